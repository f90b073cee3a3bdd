//! Billing periods of a tenant: every month from its first one on, and how far each is.
//!
//! A month without a row is open: rows are written by [`crate::closing`] alone.

use billing_rating::calendar::{Calendar, Period};
use control_plane_core::call::Call;
use control_plane_core::error::{Error, Result};
use control_plane_core::organization;
use control_plane_store::{InTenant, billing_period};
use policies::action::Action;
use policies::permit::{Task, task_scope};
use policies::role::Node;
use types::id::OrganizationId;
use types::instant::Instant;
use types::interval::Interval;

pub use control_plane_store::PeriodState;

use crate::source::{failed, read_period};

/// A month, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodRow {
    /// Like `2026-11`.
    pub period: String,
    /// Where it stands.
    pub state: PeriodState,
}

/// A month of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// Which.
    pub period: Period,
    /// From its first instant to the first one behind.
    pub interval: Interval,
    /// Where it stands.
    pub state: PeriodState,
    /// When its closing began.
    pub closed_at: Option<Instant>,
}

/// All months of a tenant that was created at an instant, in order, up to the one of `now`.
pub(crate) async fn all(
    reader: &dyn InTenant,
    calendar: &Calendar,
    created_at: Instant,
    now: Instant,
) -> Result<Vec<Month>> {
    let mut rows = Vec::new();
    for row in billing_period::all(reader).await? {
        rows.push((read_period(&row.period)?, row));
    }
    let mut months = Vec::new();
    let mut period = calendar.period_of(created_at);
    let last = calendar.period_of(now.max(created_at));
    while period <= last {
        let row = rows.iter().find(|row| row.0 == period).map(|row| &row.1);
        months.push(Month {
            period,
            interval: calendar.interval(period),
            state: row.map_or(PeriodState::Open, |row| row.state),
            closed_at: row.and_then(|row| row.closed_at),
        });
        period = period.next();
    }
    Ok(months)
}

/// The months of the caller's tenant so far.
#[derive(Clone, Debug)]
pub struct Months(Vec<Month>);

/// Reads the months of the caller's tenant: once for all organizations that a query asks about.
///
/// # Errors
/// Those of the database.
pub async fn of_tenant(call: &Call) -> Result<Months> {
    let scope = task_scope(Task::Observe, call.tenant()?);
    let reader = call.plane().store.read(&scope);
    let tenant = control_plane_store::tenant::get(&reader).await?;
    let calendar = Calendar::new(&tenant.zone).map_err(failed)?;
    Ok(Months(all(&reader, &calendar, tenant.created_at, call.now()).await?))
}

/// Those months that have a bill of this organization, newest first.
///
/// # Errors
/// Asks for the right to read its bills.
pub async fn of_organization(
    call: &Call,
    organization: OrganizationId,
    months: &Months,
) -> Result<Vec<PeriodRow>> {
    let target = Node::Organization(organization);
    call.permit(Action::ReadBill, target, "organization").await?;
    let row = organization::get(call, organization).await?;
    let lived = months.0.iter().rev().filter(|month| row.created_at < month.interval.end());
    let shown = |month: &Month| PeriodRow { period: month.period.to_string(), state: month.state };
    Ok(lived.map(shown).collect())
}

/// Reads the name of a period that someone asks for.
pub(crate) fn parse(text: &str) -> Result<Period> {
    text.parse().map_err(|_| Error::invalid("period", "malformed", "use a month like 2026-11"))
}
