//! The text of the export's files: reading a world, writing what it comes to. Who opens the files
//! is left to the caller.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bill::Bill;
use crate::charge::Charge;
use crate::tenant::FORMAT;
use crate::usage::Decision;
use crate::world::World;

/// The texts of the five files that a world is read from.
#[derive(Clone, Copy, Debug)]
pub struct WorldTexts<'a> {
    /// `tenant.json`.
    pub tenant: &'a str,
    /// `tree.jsonl`.
    pub tree: &'a str,
    /// `prices.json`.
    pub prices: &'a str,
    /// `lifecycle.jsonl`.
    pub lifecycle: &'a str,
    /// `usage.jsonl`.
    pub usage: &'a str,
}

/// A file that cannot be read as what it should be.
#[derive(Debug, thiserror::Error)]
#[error("read {file}, line {line}")]
pub struct FileError {
    /// Its name.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What the parser says.
    pub source: serde_json::Error,
}

#[derive(Serialize)]
struct Bills<'a> {
    format: &'static str,
    bills: &'a [Bill],
}

/// Reads a world.
pub fn read(texts: WorldTexts<'_>) -> Result<World, FileError> {
    Ok(World {
        tenant: object("tenant.json", texts.tenant)?,
        tree: lines("tree.jsonl", texts.tree)?,
        prices: object("prices.json", texts.prices)?,
        lifecycle: lines("lifecycle.jsonl", texts.lifecycle)?,
        usage: lines("usage.jsonl", texts.usage)?,
    })
}

/// The text of `bills.json`.
pub fn bills(bills: &[Bill]) -> String {
    let mut text = serde_json::to_string_pretty(&Bills { format: FORMAT, bills })
        .expect("bills have text keys only");
    text.push('\n');
    text
}

/// The text of `charges.jsonl`.
pub fn charges(charges: &[Charge]) -> String {
    jsonl(charges)
}

/// The text of `decisions.jsonl`.
pub fn decisions(decisions: &[Decision]) -> String {
    jsonl(decisions)
}

/// One object per line, each ended by LF.
pub fn jsonl<T: Serialize>(rows: &[T]) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(&serde_json::to_string(row).expect("rows have text keys only"));
        text.push('\n');
    }
    text
}

fn object<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, FileError> {
    serde_json::from_str(text).map_err(|source| FileError { file, line: source.line(), source })
}

fn lines<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<Vec<T>, FileError> {
    let rows = text.split('\n').enumerate().filter(|(_, row)| !row.trim().is_empty());
    rows.map(|(index, row)| {
        serde_json::from_str(row).map_err(|source| FileError { file, line: index + 1, source })
    })
    .collect()
}
