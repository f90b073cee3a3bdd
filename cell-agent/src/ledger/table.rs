//! Rows of the ledger: JSON values under text or numeric keys, in transactions that reach the disk.

use std::collections::BTreeMap;

use redb::{
    Database, Durability, Key, ReadTransaction, ReadableDatabase, ReadableTable,
    ReadableTableMetadata, TableDefinition, Value, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::operation::LogLine;

use super::LedgerError;

pub(super) type Rows<K> = TableDefinition<'static, K, &'static [u8]>;

/// Single values by name.
pub(super) const META: Rows<&str> = TableDefinition::new("meta");
/// Specifications by instance.
pub(super) const DESIRED: Rows<&str> = TableDefinition::new("desired");
/// What was reached, by instance.
pub(super) const PROGRESS: Rows<&str> = TableDefinition::new("progress");
/// Journals by operation.
pub(super) const JOURNAL: Rows<&str> = TableDefinition::new("journal");
/// States and meter positions by resource.
pub(super) const POSITION: Rows<&str> = TableDefinition::new("position");
/// Changes of state that are not acknowledged, in order.
pub(super) const CHANGE: Rows<u64> = TableDefinition::new("change");
/// Log lines that are not acknowledged, in order.
pub(super) const LINE: Rows<u64> = TableDefinition::new("line");
/// Usage records that are not acknowledged, by sequence.
pub(super) const SPOOL: Rows<u64> = TableDefinition::new("spool");

/// A transaction that only reads.
pub(super) struct Reading(ReadTransaction);

impl Reading {
    pub fn begin(database: &Database) -> Result<Self, LedgerError> {
        Ok(Self(database.begin_read()?))
    }

    pub fn get<T: DeserializeOwned>(
        &self,
        rows: Rows<&'static str>,
        key: &str,
    ) -> Result<Option<T>, LedgerError> {
        let table = self.0.open_table(rows)?;
        table.get(key)?.map(|row| parse(&rows, &key, row.value())).transpose()
    }

    /// The number of rows in each table of objects.
    pub fn counts(&self) -> Result<BTreeMap<&'static str, u64>, LedgerError> {
        let mut counts = BTreeMap::new();
        for (name, rows) in [
            ("desired", DESIRED),
            ("progress", PROGRESS),
            ("journal", JOURNAL),
            ("position", POSITION),
        ] {
            counts.insert(name, self.0.open_table(rows)?.len()?);
        }
        for (name, rows) in [("change", CHANGE), ("line", LINE), ("spool", SPOOL)] {
            counts.insert(name, self.0.open_table(rows)?.len()?);
        }
        Ok(counts)
    }

    /// All rows in order of key.
    pub fn all<K: Key + 'static, T: DeserializeOwned>(
        &self,
        rows: Rows<K>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut all = Vec::new();
        for row in self.0.open_table(rows)?.iter()? {
            let (_, value) = row?;
            all.push(parse(&rows, &"?", value.value())?);
        }
        Ok(all)
    }

    /// The first rows with their keys.
    pub fn first<T: DeserializeOwned>(
        &self,
        rows: Rows<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, T)>, LedgerError> {
        self.first_from(rows, 0, limit)
    }

    /// The first rows from a key on, with their keys.
    pub fn first_from<T: DeserializeOwned>(
        &self,
        rows: Rows<u64>,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(u64, T)>, LedgerError> {
        let mut first = Vec::new();
        for row in self.0.open_table(rows)?.range(from..)?.take(limit) {
            let (key, value) = row?;
            first.push((key.value(), parse(&rows, &key.value(), value.value())?));
        }
        Ok(first)
    }
}

/// A transaction that writes; without a commit nothing of it stays.
pub(super) struct Writing(WriteTransaction);

impl Writing {
    pub fn begin(database: &Database) -> Result<Self, LedgerError> {
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        Ok(Self(transaction))
    }

    pub fn make_tables(&self) -> Result<(), LedgerError> {
        for rows in [META, DESIRED, PROGRESS, JOURNAL, POSITION] {
            self.0.open_table(rows)?;
        }
        for rows in [CHANGE, LINE, SPOOL] {
            self.0.open_table(rows)?;
        }
        Ok(())
    }

    pub fn get<T: DeserializeOwned>(
        &self,
        rows: Rows<&'static str>,
        key: &str,
    ) -> Result<Option<T>, LedgerError> {
        let table = self.0.open_table(rows)?;
        table.get(key)?.map(|row| parse(&rows, &key, row.value())).transpose()
    }

    pub fn put<T: Serialize>(
        &mut self,
        rows: Rows<&'static str>,
        key: &str,
        value: &T,
    ) -> Result<(), LedgerError> {
        let row = write(&rows, &key, value)?;
        self.0.open_table(rows)?.insert(key, row.as_slice())?;
        Ok(())
    }

    pub fn remove(&mut self, rows: Rows<&'static str>, key: &str) -> Result<(), LedgerError> {
        self.0.open_table(rows)?.remove(key)?;
        Ok(())
    }

    pub fn put_at<T: Serialize>(
        &mut self,
        rows: Rows<u64>,
        key: u64,
        value: &T,
    ) -> Result<(), LedgerError> {
        let row = write(&rows, &key, value)?;
        self.0.open_table(rows)?.insert(key, row.as_slice())?;
        Ok(())
    }

    /// Adds a row behind all others. Keys may be used again once the table was empty.
    pub fn append<T: Serialize>(&mut self, rows: Rows<u64>, value: &T) -> Result<(), LedgerError> {
        let mut table = self.0.open_table(rows)?;
        let key = table.last()?.map_or(0, |(last, _)| last.value()) + 1;
        let row = write(&rows, &key, value)?;
        table.insert(key, row.as_slice())?;
        Ok(())
    }

    /// Appends lines with the numbers behind the last one.
    pub fn number(&mut self, last: &mut i64, lines: &[LogLine]) -> Result<(), LedgerError> {
        for line in lines {
            *last += 1;
            self.append(LINE, &LogLine { number: *last, ..line.clone() })?;
        }
        Ok(())
    }

    /// Removes all rows up to and including the key.
    pub fn remove_up_to(&mut self, rows: Rows<u64>, key: u64) -> Result<(), LedgerError> {
        self.0.open_table(rows)?.retain_in(..=key, |_, _| false)?;
        Ok(())
    }

    pub fn commit(self) -> Result<(), LedgerError> {
        Ok(self.0.commit()?)
    }
}

fn parse<K: Key + Value, T: DeserializeOwned>(
    rows: &Rows<K>,
    key: &dyn std::fmt::Display,
    row: &[u8],
) -> Result<T, LedgerError> {
    serde_json::from_slice(row).map_err(|source| damaged(rows, key, source))
}

fn write<K: Key + Value, T: Serialize>(
    rows: &Rows<K>,
    key: &dyn std::fmt::Display,
    value: &T,
) -> Result<Vec<u8>, LedgerError> {
    serde_json::to_vec(value).map_err(|source| damaged(rows, key, source))
}

fn damaged<K: Key + Value>(
    rows: &Rows<K>,
    key: &dyn std::fmt::Display,
    source: serde_json::Error,
) -> LedgerError {
    use redb::TableHandle;
    LedgerError::Damaged { table: rows.name().to_owned(), key: key.to_string(), source }
}
