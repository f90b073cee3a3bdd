//! The states of all resources as they are written down, with what their changes close and open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use types::id::{InstanceId, ResourceId};
use types::instance::{InstanceSpec, State, StateChange};
use types::instant::Instant;
use types::size::Size;

use crate::key::CellKey;
use crate::ledger::{Entry, Ledger, LedgerError};
use crate::meter::{Position, watermark};

/// All positions, and what changed since they were written.
pub(crate) struct Book {
    positions: BTreeMap<ResourceId, Position>,
    touched: BTreeSet<ResourceId>,
    entry: Entry,
    /// The plane may have been told that everything before is complete.
    complete_to: Instant,
    /// Before it the plane has all usage, as it said last.
    skipped_to: Instant,
}

impl Book {
    /// As the ledger has it.
    pub fn open(ledger: &Ledger) -> Result<Self, LedgerError> {
        let positions = ledger.positions()?;
        let positions = positions.into_iter().map(|position| (position.resource, position));
        let (touched, entry) = (BTreeSet::new(), Entry::default());
        let complete_to = ledger.watermark();
        let skipped_to = Instant::default();
        Ok(Self { positions: positions.collect(), touched, entry, complete_to, skipped_to })
    }

    pub fn position(&self, resource: ResourceId) -> Option<&Position> {
        self.positions.get(&resource)
    }

    /// Does not measure again what the plane has: this disk may be older than that.
    pub fn skip_to(&mut self, at: Instant) {
        if at <= self.skipped_to {
            return;
        }
        self.skipped_to = at;
        self.complete_to = self.complete_to.max(at);
        for position in self.positions.values_mut() {
            if position.state != State::Deleted && position.metered_to < at {
                position.skip_to(at);
                self.touched.insert(position.resource);
            }
        }
    }

    /// The resource's life begins, unless it did.
    pub fn begin(&mut self, resource: ResourceId, size: Size, at: Instant) {
        if !self.positions.contains_key(&resource) {
            self.enter(resource, size, State::Provisioning, at);
        }
    }

    fn enter(&mut self, resource: ResourceId, size: Size, state: State, at: Instant) {
        // A clock that was set back must not begin a life in a time that is told to be over.
        let at = at.max(self.complete_to);
        self.positions.insert(resource, Position::begin(resource, size, state, at));
        self.entry.changes.push(StateChange { resource, state, at });
        self.touched.insert(resource);
    }

    /// The state is seen at the instant; the first sight begins the resource's life.
    pub fn see(&mut self, resource: ResourceId, size: Size, state: State, at: Instant) {
        let Some(position) = self.positions.get_mut(&resource) else {
            return self.enter(resource, size, state, at);
        };
        if position.state == State::Deleted {
            return;
        }
        if position.state == state {
            position.holds_until(at);
        } else {
            self.touched.insert(resource);
            self.entry.readings.extend(position.turn(state, at));
            // The position knows better: never before what was said already.
            self.entry.changes.push(StateChange { resource, state, at: position.since });
        }
        if position.size != size {
            self.touched.insert(resource);
            self.entry.readings.extend(position.resize(size, at));
        }
    }

    /// The state since the last sight cannot be known.
    pub fn lose_sight(&mut self, resource: ResourceId) {
        if let Some(position) = self.positions.get_mut(&resource)
            && !matches!(position.state, State::Unknown | State::Deleted)
        {
            let at = position.known_to;
            self.touched.insert(resource);
            self.entry.readings.extend(position.turn(State::Unknown, at));
            let at = position.since;
            self.entry.changes.push(StateChange { resource, state: State::Unknown, at });
        }
    }

    /// Closes the usage of everything, as far as it is known.
    pub fn close(&mut self, now: Instant) {
        for position in self.positions.values_mut() {
            if position.state != State::Deleted {
                self.entry.readings.extend(position.close(now));
                self.touched.insert(position.resource);
            }
        }
        self.entry.watermark = watermark(self.positions.values(), now);
        self.complete_to = self.complete_to.max(self.entry.watermark);
    }

    /// Whether there is something that must be written before anything else.
    pub fn is_dirty(&self) -> bool {
        !self.entry.changes.is_empty() || !self.entry.readings.is_empty()
    }

    /// Writes everything: what changed, and how far each resource is known.
    pub fn save(&mut self, ledger: &Ledger, key: &CellKey) -> Result<(), LedgerError> {
        let mut entry = std::mem::take(&mut self.entry);
        let touched = std::mem::take(&mut self.touched);
        let changed = touched.iter().filter_map(|resource| self.positions.get(resource));
        entry.positions = changed.cloned().collect();
        ledger.enter_history(&entry, key)
    }

    /// Drops what was forgotten.
    pub fn keep(&mut self, specs: &[Arc<InstanceSpec>]) {
        let known: BTreeSet<ResourceId> = specs.iter().flat_map(|spec| resources(spec)).collect();
        self.positions.retain(|resource, _| known.contains(resource));
    }
}

/// The instance, its members and their volumes.
pub(super) fn resources(spec: &InstanceSpec) -> impl Iterator<Item = ResourceId> + '_ {
    let instance: InstanceId = spec.id;
    let members = spec.members.iter();
    std::iter::once(ResourceId::Instance(instance))
        .chain(members.flat_map(|one| [ResourceId::Member(one.id), ResourceId::Volume(one.volume)]))
}
