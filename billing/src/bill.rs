//! Bills as people read them: closed ones from their table, provisional ones rated from what is
//! there by the same rules.
//!
//! Who may read an organization's bill may read what it is the sum of: the bills below it, and the
//! names on them, also of what was moved or deleted since.

pub mod provisional;
pub mod resource;

use std::collections::HashMap;
use std::sync::Arc;

use billing_rating::calendar::Period;
use billing_rating::closing::Closed;
use billing_rating::price::Model;
use control_plane_core::call::Call;
use control_plane_core::error::{Error, Result};
use control_plane_store::organization::{self, Organization};
use control_plane_store::{InTenant, PeriodState, TenantRead, bill, lifecycle};
use policies::action::Action;
use policies::permit::{Task, task_scope};
use policies::role::Node;
use types::id::OrganizationId;
use types::instant::Instant;
use types::money::Decimal;

pub use billing_rating::bill::{Bill, BillState, Gap, Line};

use crate::month;
use crate::period::{self, Month};
use crate::source::Source;

/// A bill with what belongs to it.
#[derive(Clone)]
pub struct BillView {
    /// The bill as the export writes it.
    pub bill: Bill,
    /// Whom it is for, maybe deleted since.
    pub organization: Organization,
    /// Everything before this instant is counted; none: nothing is yet, or nothing is to be.
    pub complete_to: Option<Instant>,
    /// Its lines with their prices.
    pub lines: Vec<LineView>,
    shown: Arc<Shown>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineView {
    /// The line.
    pub line: Line,
    /// The price of `per` units; none without one price for all of it: tiered, or no price.
    pub unit_price: Option<Decimal>,
    /// How many units the price is for.
    pub per: Option<i64>,
}

/// What all bills that hang together are shown from.
pub(crate) struct Shown {
    pub(crate) reader: TenantRead,
    pub(crate) source: Arc<Source>,
    /// The whole month, if it is not closed.
    pub(crate) provisional: Option<Closed>,
    complete_to: Option<Instant>,
}

/// The bill of an organization for a month like `2026-11`. An organization that moved within the
/// month has several; this is the one of its last stay.
///
/// # Errors
/// [`Error::NotFound`] for a month in which it has no bill.
pub async fn get(call: &Call, organization: OrganizationId, period: &str) -> Result<BillView> {
    let target = Node::Organization(organization);
    call.permit(Action::ReadBill, target, "organization").await?;
    let period = period::parse(period)?;
    let reader = call.plane().store.read(&task_scope(Task::Observe, call.tenant()?));
    let source = Arc::new(Source::load(&reader).await?);
    let calendar = source.calendar()?;
    let months = period::all(&reader, &calendar, source.row.created_at, call.now()).await?;
    let missing = || Error::NotFound { what: "bill" };
    let month = months.iter().find(|month| month.period == period).ok_or_else(missing)?;
    let (shown, bill) = match month.state {
        PeriodState::Closed => closed(reader, source, month, organization).await?,
        PeriodState::Open | PeriodState::Closing => {
            provisional::rate(reader, source, &months, period, organization).await?
        }
    };
    let views = views(Arc::new(shown), vec![bill.ok_or_else(missing)?]).await?;
    views.into_iter().next().ok_or_else(missing)
}

/// The bills that add to this one, in order of number.
pub async fn children(view: &BillView) -> Result<Vec<BillView>> {
    let shown = &view.shown;
    let below = match (&shown.provisional, &view.bill.number) {
        (Some(month), _) => provisional::below(month, &view.bill),
        (None, Some(number)) => {
            let period = view.bill.period.to_string();
            let rows = bill::children(&shown.reader, &period, number).await?;
            rows.iter().map(read).collect::<Result<Vec<_>>>()?
        }
        (None, None) => Vec::new(),
    };
    views(shown.clone(), below).await
}

async fn closed(
    reader: TenantRead,
    source: Arc<Source>,
    month: &Month,
    organization: OrganizationId,
) -> Result<(Shown, Option<Bill>)> {
    let period = month.period.to_string();
    let rows = bill::of_organization(&reader, organization, &period).await?;
    let bill = rows.last().map(read).transpose()?;
    let (start, end) = (month.interval.start(), month.interval.end());
    let cells = lifecycle::cells_alive(&reader, start, end).await?;
    let complete_to = month::complete_to(&reader, &cells).await?.map(|mark| mark.min(end));
    Ok((Shown { reader, source, provisional: None, complete_to }, bill))
}

/// A bill as it was closed.
pub(crate) fn read(row: &bill::Bill) -> Result<Bill> {
    serde_json::from_str(&row.content).map_err(|error| Error::internal("read a bill", error))
}

async fn views(shown: Arc<Shown>, bills: Vec<Bill>) -> Result<Vec<BillView>> {
    let id = |bill: &Bill| {
        let id = bill.organization.parse::<OrganizationId>();
        id.map_err(|error| Error::internal("read the organization of a bill", error))
    };
    let ids = bills.iter().map(id).collect::<Result<Vec<_>>>()?;
    let reader: &dyn InTenant = &shown.reader;
    let rows = organization::by_ids(reader, &ids).await?;
    let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let lines = |bill: &Bill| {
        bill.lines.iter().map(|line| priced(&shown.source, line)).collect::<Result<Vec<_>>>()
    };
    let mut views = Vec::with_capacity(bills.len());
    for (bill, id) in bills.into_iter().zip(ids) {
        let missing = || Error::NotFound { what: "organization" };
        views.push(BillView {
            organization: rows.get(&id).cloned().ok_or_else(missing)?,
            complete_to: shown.complete_to,
            lines: lines(&bill)?,
            bill,
            shown: shown.clone(),
        });
    }
    Ok(views)
}

fn priced(source: &Source, line: &Line) -> Result<LineView> {
    let unit = unit(source, line.price_line.as_deref(), line.charge_period)?;
    let (unit_price, per) = unit.unwrap_or_default();
    Ok(LineView { line: line.clone(), unit_price, per })
}

/// Price and scale of a price line in a month; none without price.
fn unit(
    source: &Source,
    line: Option<&str>,
    period: Period,
) -> Result<Option<(Option<Decimal>, Option<i64>)>> {
    let Some(line) = line.and_then(|id| source.price_line(id)) else { return Ok(None) };
    if line.model == Model::Tiered {
        return Ok(Some((None, line.per)));
    }
    let seconds = source.calendar()?.interval(period).seconds();
    let unit = line.unit_price(None, seconds).map_err(crate::source::failed)?;
    Ok(Some((Some(unit.price), Some(unit.per))))
}
