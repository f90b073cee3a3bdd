//! `audit follow` and `audit export`: records in the order in which they were written, by the cursor
//! of the last one, so that each comes once.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use graphql_client::page::Page;
use graphql_client::query::audit::{AuditFilter, AuditRecord, AuditRecordsOf};

use crate::arguments::AuditFilterArguments;
use crate::client::Client;
use crate::command::audit::Trail;
use crate::csv;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::program::Program;
use crate::terminal::{Output, Terminal};
use crate::text;

/// Records of a page.
const PAGE: u32 = 200;
/// How often the plane is asked for what is new.
const PERIOD: Duration = Duration::from_secs(2);

const HEADINGS: [&str; 15] = [
    "tenant",
    "number",
    "at",
    "subject_id",
    "subject",
    "action",
    "outcome",
    "code",
    "target",
    "operation",
    "address",
    "request_id",
    "content",
    "previous_hash",
    "hash",
];

/// Where a reader of the audit is.
struct Reader<'a> {
    client: &'a Client,
    trail: Trail,
    filter: AuditFilter,
    after: Option<String>,
}

impl Reader<'_> {
    /// The next records; the second says whether there are more already.
    async fn next(&mut self) -> Result<(Vec<AuditRecord>, bool)> {
        let page = self.ask(PAGE, true).await?;
        // An empty page has no end; what comes next still lies behind the last record seen.
        self.after = page.end.end_cursor.or_else(|| self.after.take());
        Ok((page.nodes, page.end.has_next_page))
    }

    /// Goes behind everything that is there.
    async fn skip(&mut self) -> Result<()> {
        let filter = std::mem::take(&mut self.filter);
        let newest = self.ask(1, false).await;
        self.filter = filter;
        self.after = newest?.end.end_cursor;
        Ok(())
    }

    async fn ask(&self, first: u32, oldest_first: bool) -> Result<Page<AuditRecord>> {
        let (after, filter) = (self.after.clone(), self.filter.clone());
        let asked = AuditRecordsOf { first, after, filter, oldest_first };
        let page = self.trail.records(self.client, &asked).await;
        page.map_err(|error| error.at_flags(super::FLAGS))
    }
}

/// Shows what is recorded, until it is interrupted.
pub async fn follow(program: &Program, trail: Trail, given: AuditFilterArguments) -> Result<()> {
    let client = program.client()?;
    let from_now = given.from.is_none();
    let filter = super::filter(program, &client, given).await?;
    let mut reader = Reader { client: &client, trail, filter, after: None };
    if from_now {
        reader.skip().await?;
    }
    let terminal = &program.terminal;
    if terminal.output == Output::Csv {
        terminal.write(&csv::list(&HEADINGS, std::iter::empty()))?;
    }
    let mut is_reached = from_now;
    loop {
        let has_more = match reader.next().await {
            Ok((records, has_more)) => {
                is_reached = true;
                records.iter().try_for_each(|record| told(terminal, record))?;
                has_more
            }
            // Whoever watches for days sees restarts of the plane; nothing is lost by waiting.
            Err(error) if is_reached && error.exit() == Exit::Unavailable => {
                terminal.note(&format!("{error}; still trying"));
                false
            }
            Err(other) => return Err(other),
        };
        if !has_more {
            client.clock().sleep(PERIOD).await;
        }
    }
}

fn told(terminal: &Terminal, record: &AuditRecord) -> Result<()> {
    match terminal.output {
        Output::Json => terminal.write_json_line(record),
        Output::Csv => terminal.write(&csv::line_of(&row(record))),
        Output::Table => {
            let AuditRecord { number, subject, action, outcome, .. } = record;
            let code = record.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
            let target = record.target.as_ref().map(|on| format!(" {on}")).unwrap_or_default();
            let at = text::instant(&record.at);
            let from = record.address.as_ref().map(|from| format!(" from {from}"));
            let from = from.unwrap_or_default();
            let line =
                format!("{number}  {at}  {subject}{from}  {action}{target}  {outcome}{code}");
            terminal.write(&format!("{}\n", text::harmless(&line)))
        }
    }
}

/// Writes all records, as JSON lines unless CSV is asked for.
pub async fn export(
    program: &Program,
    trail: Trail,
    given: AuditFilterArguments,
    file: Option<PathBuf>,
) -> Result<()> {
    let client = program.client()?;
    let filter = super::filter(program, &client, given).await?;
    let mut reader = Reader { client: &client, trail, filter, after: None };
    let is_csv = program.terminal.output == Output::Csv;
    let mut sink = Sink::open(&program.terminal, file.as_deref())?;
    if is_csv {
        sink.write(&csv::list(&HEADINGS, std::iter::empty()))?;
    }
    let mut count = 0;
    loop {
        let (records, has_more) = reader.next().await?;
        let mut text = String::new();
        for record in &records {
            match is_csv {
                true => text.push_str(&csv::line_of(&row(record))),
                false => {
                    text.push_str(&serde_json::to_string(record).map_err(std::io::Error::from)?);
                    text.push('\n');
                }
            }
        }
        sink.write(&text)?;
        count += records.len();
        if !has_more || records.is_empty() {
            break;
        }
    }
    sink.finish()?;
    program.terminal.note(&format!("{count} records"));
    Ok(())
}

fn row(record: &AuditRecord) -> Vec<String> {
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        record.tenant.clone(),
        record.number.to_string(),
        record.at.clone(),
        or_empty(&record.subject_id),
        record.subject.clone(),
        record.action.clone(),
        record.outcome.clone(),
        or_empty(&record.code),
        or_empty(&record.target),
        or_empty(&record.operation),
        or_empty(&record.address),
        record.request_id.clone(),
        record.content.clone(),
        record.previous_hash.clone(),
        record.hash.clone(),
    ]
}

/// Where an export goes. A file has another name until it is complete, so that a part is never taken
/// for all.
enum Sink<'a> {
    Terminal(&'a Terminal),
    File { file: File, part: PathBuf, whole: PathBuf },
}

impl<'a> Sink<'a> {
    fn open(terminal: &'a Terminal, file: Option<&Path>) -> Result<Self> {
        let Some(whole) = file else { return Ok(Self::Terminal(terminal)) };
        let unusable = |path: &Path, why: &dyn std::fmt::Display| {
            Error::Usage(format!("--file {}: {why}", path.display()))
        };
        if whole.exists() {
            return Err(unusable(whole, &"it is there already"));
        }
        let mut part = whole.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|error| unusable(&part, &error))?;
        Ok(Self::File { file, part, whole: whole.to_owned() })
    }

    fn write(&mut self, text: &str) -> Result<()> {
        match self {
            Self::Terminal(terminal) => terminal.write(text),
            Self::File { file, .. } => Ok(file.write_all(text.as_bytes())?),
        }
    }

    fn finish(self) -> Result<()> {
        if let Self::File { file, part, whole } = self {
            file.sync_all()?;
            std::fs::rename(part, whole)?;
        }
        Ok(())
    }
}
