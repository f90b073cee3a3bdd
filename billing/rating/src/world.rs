//! Everything about one tenant, and its whole history of bills computed from it.

use std::collections::BTreeMap;

use types::instant::Instant;

use crate::acceptance::{self, Accepted};
use crate::bill::Bill;
use crate::calendar::Period;
use crate::charge::Charge;
use crate::closing::{self, Closing};
use crate::credit::{self, Used};
use crate::error::RatingError;
use crate::ground::Ground;
use crate::knowledge::Knowledge;
use crate::lifecycle::StateLine;
use crate::price::Prices;
use crate::tenant::{PeriodState, Tenant};
use crate::tree::TreeEvent;
use crate::usage::{Decision, UsageLine};

/// The content of an export, or of a world made by a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// `tenant.json`.
    pub tenant: Tenant,
    /// `tree.jsonl`, in its order.
    pub tree: Vec<TreeEvent>,
    /// `prices.json`.
    pub prices: Prices,
    /// `lifecycle.jsonl`, in its order.
    pub lifecycle: Vec<StateLine>,
    /// `usage.jsonl`, in its order.
    pub usage: Vec<UsageLine>,
}

/// What a world comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rated {
    /// All bills, by period, in order of number.
    pub bills: Vec<Bill>,
    /// All charges, in order.
    pub charges: Vec<Charge>,
    /// For each line of `usage.jsonl` what became of it.
    pub decisions: Vec<Decision>,
}

/// A period with the instant up to which things were known; none: everything.
struct Step {
    period: Period,
    closed_at: Option<Instant>,
}

/// Decides about all records and closes all periods of a tenant in order, each with what was known
/// when its closing began; a last period that is not closed gets provisional bills.
pub fn rate(world: &World) -> Result<Rated, RatingError> {
    let ground = Ground::new(&world.tenant, &world.tree, &world.prices.books)?;
    let replay = acceptance::replay(&world.usage, &world.lifecycle);
    let periods = &world.tenant.periods;
    let mut rated = Rated::default();
    let mut used = Used::new();
    let mut before: Option<Instant> = None;
    let mut past: Vec<Period> = Vec::new();
    for step in steps(world)? {
        let again = touched(world, &ground, &replay.accepted, &past, before, step.closed_at);
        let knowledge = known(world, &ground, &replay.accepted, step.period, &again, &step);
        let closing = Closing {
            period: step.period,
            closed_at: step.closed_at,
            knowledge: &knowledge,
            again: &again,
            billed: &rated.charges,
            used: &used,
        };
        let closed = closing::close(&ground, &closing)?;
        for uses in closed.bills.iter().filter_map(|bill| bill.credits.as_ref()) {
            credit::book(&mut used, uses, world.tenant.minor_digits);
        }
        rated.bills.extend(closed.bills);
        rated.charges.extend(closed.charges);
        before = step.closed_at;
        past.push(step.period);
    }
    let accepted: BTreeMap<usize, Instant> =
        replay.accepted.iter().map(|(index, accepted)| (*index, accepted.at)).collect();
    let decide = |(index, (status, reason))| Decision {
        status,
        reason,
        billed_in: accepted.get(&index).and_then(|at| {
            acceptance::billed_in(&ground.calendar, periods, world.usage[index].start, *at)
        }),
    };
    rated.decisions = replay.verdicts.into_iter().enumerate().map(decide).collect();
    Ok(rated)
}

/// The closings in order; refuses periods that do not follow each other.
fn steps(world: &World) -> Result<Vec<Step>, RatingError> {
    let mut steps: Vec<Step> = Vec::new();
    for (index, entry) in world.tenant.periods.iter().enumerate() {
        let wrong = |problem| RatingError::Periods { period: entry.period.to_string(), problem };
        let closed_at = match entry.state {
            PeriodState::Closed => {
                Some(entry.closed_at.ok_or_else(|| wrong("it is closed without an instant"))?)
            }
            PeriodState::Open | PeriodState::Closing => None,
        };
        if closed_at.is_none() && index + 1 < world.tenant.periods.len() {
            return Err(wrong("only the last period may be other than closed"));
        }
        if let Some(last) = steps.last() {
            if last.period.next() != entry.period {
                return Err(wrong("periods must follow each other"));
            }
            if closed_at.is_some_and(|at| Some(at) < last.closed_at) {
                return Err(wrong("periods must be closed in order"));
            }
        }
        steps.push(Step { period: entry.period, closed_at });
    }
    Ok(steps)
}

/// Whether something that came at `at` became known between two closings.
fn is_new(at: Instant, before: Option<Instant>, closed_at: Option<Instant>) -> bool {
    before.is_none_or(|before| before <= at) && closed_at.is_none_or(|closed| at < closed)
}

/// The closed periods that anything became known for since the last closing. A state can change
/// what was billed from its instant on, a record where it has time.
fn touched(
    world: &World,
    ground: &Ground<'_>,
    accepted: &[(usize, Accepted)],
    past: &[Period],
    before: Option<Instant>,
    closed_at: Option<Instant>,
) -> Vec<Period> {
    let states = world.lifecycle.iter().filter(|line| is_new(line.recorded_at, before, closed_at));
    let earliest_state = states.map(|line| line.at).min();
    let is_touched = |period: &&Period| {
        let interval = ground.calendar.interval(**period);
        let by_record = |(_, accepted): &(usize, Accepted)| {
            is_new(accepted.at, before, closed_at)
                && accepted.record.interval.intersection(interval).is_some()
        };
        earliest_state.is_some_and(|at| at < interval.end()) || accepted.iter().any(by_record)
    };
    past.iter().filter(is_touched).copied().collect()
}

/// What was known before a closing began, with the records of the periods it rates.
fn known<'w>(
    world: &'w World,
    ground: &Ground<'_>,
    accepted: &'w [(usize, Accepted)],
    period: Period,
    again: &[Period],
    step: &Step,
) -> Knowledge<'w> {
    let is_known = |at: Instant| step.closed_at.is_none_or(|closed| at < closed);
    let rated: Vec<_> =
        again.iter().chain([&period]).map(|period| ground.calendar.interval(*period)).collect();
    let records = accepted.iter().map(|(_, accepted)| accepted).filter(|accepted| {
        let time = accepted.record.interval;
        is_known(accepted.at) && rated.iter().any(|each| each.intersection(time).is_some())
    });
    Knowledge::new(
        world.lifecycle.iter().filter(|line| is_known(line.recorded_at)),
        records.map(|accepted| &accepted.record),
    )
}
