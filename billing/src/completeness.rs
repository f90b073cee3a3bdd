//! The proof that no time is lost or counted twice: for each resource whose time is measured,
//! its life is what was counted, what is free by rule, and declared gaps, without overlap.

use std::collections::BTreeMap;

use billing_rating::lifecycle::{History, Kind, StateLine};
use billing_rating::meter::Meter;
use billing_rating::timeline::{merged, without};
use control_plane_core::error::Result;
use control_plane_core::plane::Plane;
use control_plane_store::{lifecycle, usage_record};
use policies::permit::{Task, task_scope};
use types::id::TenantId;
use types::instance::State;
use types::instant::Instant;

use crate::source::{accepted, state_line};

/// How the life of one resource is accounted for, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The resource.
    pub resource: String,
    /// From its first state to its deletion or the instant of the audit.
    pub life: i64,
    /// Time with a counted record, in states that are metered.
    pub counted: i64,
    /// Time that is free by rule.
    pub free: i64,
    /// Declared gaps: time in which its cell could not say what it did.
    pub unknown: Times,
    /// Declared gaps: time that should have been metered and was not.
    pub missing: Times,
    /// Time that two counted records claim; always zero, or ingestion is wrong.
    pub twice: i64,
}

impl Account {
    /// Whether every instant is accounted for exactly once.
    pub fn is_complete(&self) -> bool {
        self.twice == 0 && self.life == self.counted + self.free + self.gap()
    }

    /// How long all its declared gaps are, in microseconds.
    pub fn gap(&self) -> i64 {
        length(&self.unknown) + length(&self.missing)
    }
}

/// Half-open intervals in order, none touching another.
pub type Times = Vec<(Instant, Instant)>;

/// Accounts for all resources of a tenant up to an instant, in order of their ids.
pub async fn audit(plane: &Plane, tenant: TenantId, until: Instant) -> Result<Vec<Account>> {
    let reader = plane.store.read(&task_scope(Task::Console, tenant));
    let beginning = Instant::from_micros(0);
    let mut counted: BTreeMap<(String, Meter), Times> = BTreeMap::new();
    for row in usage_record::counted_between(&reader, None, beginning, until).await? {
        let record = accepted(row)?.record;
        let times = counted.entry((record.resource, record.meter)).or_default();
        times.push((record.interval.start(), record.interval.end().min(until)));
    }
    let mut states: BTreeMap<String, Vec<StateLine>> = BTreeMap::new();
    for row in lifecycle::all(&reader).await? {
        states.entry(row.resource.clone()).or_default().push(state_line(row)?);
    }
    let account = |(resource, lines): (String, Vec<StateLine>)| {
        let history = History::of(&lines.iter().collect::<Vec<_>>())?;
        let meter = Meter::of_time(history.kind)?;
        let times = counted.remove(&(resource, meter)).unwrap_or_default();
        Some(of_life(&history, times, until))
    };
    Ok(states.into_iter().filter_map(account).collect())
}

fn of_life(history: &History<'_>, counted: Times, until: Instant) -> Account {
    let in_states = |wanted: &dyn Fn(State) -> bool| cut(history.time_in(wanted), until);
    let is_metered = |state: State| match history.kind {
        Kind::Member => state.serves() || matches!(state, State::Stopped | State::Detached),
        _ => state != State::Deleted,
    };
    let is_gap = |state: State| history.kind == Kind::Member && state == State::Unknown;
    let life = in_states(&|state| state != State::Deleted);
    let metered = in_states(&is_metered);
    let unknown = in_states(&is_gap);
    let free = in_states(&|state| state != State::Deleted && !is_metered(state) && !is_gap(state));
    let claimed = length(&counted);
    let counted = merged(counted);
    let twice = claimed - length(&counted);
    let missing = without(metered.clone(), counted.clone());
    Account {
        resource: history.resource.to_owned(),
        life: length(&life),
        counted: length(&metered) - length(&missing),
        free: length(&free),
        unknown,
        missing,
        twice,
    }
}

fn cut(times: Times, until: Instant) -> Times {
    merged(times.into_iter().map(|(start, end)| (start, end.min(until))).collect())
}

fn length(times: &Times) -> i64 {
    times.iter().map(|(start, end)| end.micros() - start.micros()).sum()
}
