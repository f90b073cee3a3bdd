//! `audit` and `get audit`: who did what, from a change to its operation and back, and whether the
//! record of it is whole.

mod stream;

use graphql_client::page::{self, List, Page};
use graphql_client::query::audit::{
    AuditEntry, AuditFilter, AuditOf, AuditRecord, AuditRecordsOf, AuditVerification,
};
use graphql_client::query::{
    AskAuditVerification, AskInstallationAuditVerification, AskInstanceSummary, ListAudit,
    ListAuditRecords, ListInstallationAudit, ListInstallationAuditRecords, Nothing,
};
use serde::Serialize;

use crate::arguments::{
    AuditArguments, AuditCommand, AuditFilterArguments, AuditOverall, InstanceArguments,
};
use crate::chain::Chain;
use crate::client::Client;
use crate::command::named;
use crate::csv;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::{Output, Style};
use crate::text;

/// Records of a page when all of them are looked at.
const CHAIN: u32 = 200;

/// How flags are called that the API calls otherwise; `--address` is the plane's.
const FLAGS: &[(&str, &str)] = &[("filter.address", "--client"), ("filter.", "--")];

/// Whose audit is read.
#[derive(Clone, Copy)]
pub enum Trail {
    /// That of the viewer's tenant.
    Tenant,
    /// That of the installation, for operators.
    Installation,
}

impl Trail {
    async fn records(self, client: &Client, asked: &AuditRecordsOf) -> Result<Page<AuditRecord>> {
        match self {
            Self::Tenant => client.ask::<ListAuditRecords>(asked).await,
            Self::Installation => client.ask::<ListInstallationAuditRecords>(asked).await,
        }
    }

    async fn verification(self, client: &Client) -> Result<AuditVerification> {
        match self {
            Self::Tenant => client.ask::<AskAuditVerification>(&Nothing {}).await,
            Self::Installation => client.ask::<AskInstallationAuditVerification>(&Nothing {}).await,
        }
    }
}

/// Records, and what a look at all of them found if one was asked for.
#[derive(Serialize)]
struct Audit {
    #[serde(flatten)]
    list: List<AuditEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<AuditVerification>,
}

/// Lists who did what, newest first.
pub async fn audit(
    program: &Program,
    client: &Client,
    trail: Trail,
    limit: u32,
    given: AuditArguments,
) -> Result<()> {
    let is_verified = given.verify;
    let filter = filter(program, client, given.filter).await?;
    let slice = |first, after| AuditOf { first, after, filter: filter.clone() };
    let list = match trail {
        Trail::Tenant => page::collect::<ListAudit, _, _>(client, limit, slice, |page| page).await,
        Trail::Installation => {
            page::collect::<ListInstallationAudit, _, _>(client, limit, slice, |page| page).await
        }
    };
    let list = list.map_err(|error| error.at_flags(FLAGS))?;
    let verification = match is_verified {
        true => Some(trail.verification(client).await?),
        false => None,
    };
    let audit = Audit { list, verification };
    if program.terminal.output == Output::Csv {
        csv_of(program, &audit.list, limit)?;
    } else {
        program.terminal.show(&audit, |style| table_of(style, &audit))?;
        table::note_if_cut(&audit.list, &program.terminal);
    }
    match audit.verification.and_then(|found| found.broken_at) {
        Some(number) => {
            let what = "it was changed, removed or put in between";
            Err(Error::AuditBroken { number, what })
        }
        None => Ok(()),
    }
}

/// What a proof of the whole audit found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    records: String,
    hash: String,
    holds: bool,
    broken_at: Option<i64>,
    what: Option<&'static str>,
}

/// Runs one of the commands below `audit`.
pub async fn run(program: &Program, given: AuditOverall) -> Result<()> {
    let trail = if given.installation { Trail::Installation } else { Trail::Tenant };
    match given.command {
        AuditCommand::List { given, limit } => {
            audit(program, &program.client()?, trail, limit, given).await
        }
        AuditCommand::Follow { filter } => stream::follow(program, trail, filter).await,
        AuditCommand::Export { filter, file } => stream::export(program, trail, filter, file).await,
        AuditCommand::Verify => verify(program, trail).await,
    }
}

/// Computes the hash of every record from what it says, and holds them against the plane's head.
async fn verify(program: &Program, trail: Trail) -> Result<()> {
    let client = program.client()?;
    let head = trail.verification(&client).await?;
    let strange = || {
        let what = "it counts the records of its audit with what is no number".to_owned();
        Error::Strange { address: client.address().to_string(), what }
    };
    let records: i64 = head.records.parse().map_err(|_| strange())?;
    let mut chain = Chain::from_head(records, &head.hash);
    let mut after = None;
    loop {
        let asked = AuditRecordsOf { first: CHAIN, after, ..AuditRecordsOf::default() };
        let page = trail.records(&client, &asked).await?;
        page.nodes.iter().for_each(|record| chain.take(record));
        program.terminal.note(&format!("{} of {records} records", chain.seen));
        after = page.end.end_cursor;
        if !page.end.has_next_page || after.is_none() {
            break;
        }
    }
    let broken = chain.end();
    let proof = Proof {
        records: head.records,
        hash: head.hash,
        holds: broken.is_none(),
        broken_at: broken.map(|(number, _)| number),
        what: broken.map(|(_, fault)| fault.as_str()),
    };
    program.terminal.show(&proof, |_| match broken {
        None => format!(
            "All {} records are as they were written. The last one's hash, to be kept \
             elsewhere:\n{}\n",
            proof.records, proof.hash
        ),
        Some(_) => String::new(),
    })?;
    match broken {
        None => Ok(()),
        Some((number, fault)) => {
            Err(Error::AuditBroken { number: number.to_string(), what: fault.as_str() })
        }
    }
}

async fn filter(
    program: &Program,
    client: &Client,
    given: AuditFilterArguments,
) -> Result<AuditFilter> {
    let target = match given.instance {
        // A deleted instance has lost its name and kept its id.
        Some(id) if id.starts_with("ins_") => Some(id),
        Some(name) => {
            let asked = InstanceArguments { instance: name, project: given.project };
            Some(client.ask::<AskInstanceSummary>(&named(program, &asked)?).await?.id)
        }
        None => given.target,
    };
    Ok(AuditFilter {
        target,
        subject: given.subject,
        action: given.action,
        operation: given.operation,
        address: given.client,
        outcome: match (given.refused, given.done) {
            (true, _) => Some("REFUSED".to_owned()),
            (_, true) => Some("DONE".to_owned()),
            _ => None,
        },
        from: given.from,
        to: given.to,
    })
}

fn table_of(style: Style, audit: &Audit) -> String {
    let columns = [
        Right("NUMBER"),
        Left("AT"),
        Left("SUBJECT"),
        Left("ACTION"),
        Left("OUTCOME"),
        Left("CODE"),
        Left("TARGET"),
        Left("OPERATION"),
        Left("ADDRESS"),
    ];
    let row = |entry: &AuditEntry| {
        vec![
            entry.number.to_string(),
            text::instant(&entry.at),
            entry.subject.clone(),
            entry.action.clone(),
            entry.outcome.clone(),
            text::maybe(entry.code.as_ref()),
            text::maybe(entry.target.as_ref()),
            text::maybe(entry.operation.as_ref()),
            text::maybe(entry.address.as_ref()),
        ]
    };
    let mut page = table::list(style, &columns, audit.list.items.iter().map(row).collect());
    if let Some(AuditVerification { holds: true, records, hash, .. }) = &audit.verification {
        page.push_str(&format!(
            "\nAll {records} records are as they were written. The last one's hash, to be kept \
             elsewhere:\n{hash}\n"
        ));
    }
    page
}

const HEADINGS: [&str; 11] = [
    "number",
    "at",
    "subject",
    "action",
    "outcome",
    "code",
    "target",
    "operation",
    "address",
    "request_id",
    "hash",
];

/// A part of the audit would be taken for all of it, so it is refused.
fn csv_of(program: &Program, list: &List<AuditEntry>, limit: u32) -> Result<()> {
    if !list.complete {
        let told = format!("there are more than {limit} records; give a larger --limit");
        return Err(Error::Usage(told));
    }
    let row = |entry: &AuditEntry| {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            entry.number.to_string(),
            entry.at.clone(),
            entry.subject.clone(),
            entry.action.clone(),
            entry.outcome.clone(),
            or_empty(&entry.code),
            or_empty(&entry.target),
            or_empty(&entry.operation),
            or_empty(&entry.address),
            entry.request_id.clone(),
            entry.hash.clone(),
        ]
    };
    program.terminal.write(&csv::list(&HEADINGS, list.items.iter().map(row)))
}
