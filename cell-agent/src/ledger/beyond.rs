//! What is here and not on the plane, whose database was restored from a backup. Nothing is done
//! with it by itself; a person on the cell's host may say that an orphan is to be deleted.

use std::collections::BTreeMap;

use types::cell::Orphan;
use types::generation::Generation;
use types::id::{Ids, InstanceId, OperationId};
use types::instance::{InstanceSpec, OperationSpec, Wish};
use types::operation::OperationKind;

use super::table::{self, META};
use super::{Ledger, LedgerError};

/// What a plane does not know of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Instances that it does not know.
    pub orphans: Vec<Orphan>,
    /// Instances of which a newer wish is here than it knows, with its generation.
    pub newer: Vec<(InstanceId, Generation)>,
}

impl Beyond {
    /// Whether the plane knows everything.
    pub fn is_empty(&self) -> bool {
        self.orphans.is_empty() && self.newer.is_empty()
    }
}

impl Ledger {
    /// After everything was asked for again: what the plane does not know, or only older wishes of.
    pub fn beyond(&self, named: &BTreeMap<InstanceId, Generation>) -> Beyond {
        let held = self.held();
        let mut beyond = Beyond::default();
        for spec in held.desired.values() {
            match named.get(&spec.id) {
                Some(theirs) if spec.generation > *theirs => {
                    beyond.newer.push((spec.id, spec.generation));
                }
                Some(_) => {}
                None => {
                    let places = held.progress.get(&spec.id).map_or(0, |one| one.places.len());
                    beyond.orphans.push(Orphan {
                        instance: spec.id,
                        tenant: spec.tenant,
                        project: spec.project,
                        members: i64::try_from(places).unwrap_or(i64::MAX),
                    });
                }
            }
        }
        beyond
    }

    /// Keeps which instances the plane does not know.
    pub fn enter_orphans(&self, orphans: &[Orphan]) -> Result<(), LedgerError> {
        if orphans == self.orphans()? {
            return Ok(());
        }
        let mut writing = self.begin()?;
        writing.put(META, "orphans", &orphans)?;
        writing.commit()
    }

    /// The instances that the plane did not know when it was asked last.
    pub fn orphans(&self) -> Result<Vec<Orphan>, LedgerError> {
        Ok(self.reading()?.get(META, "orphans")?.unwrap_or_default())
    }

    /// Wishes an orphan deleted, since nobody else can. False if it is none.
    pub fn delete_orphan(&self, instance: InstanceId, ids: &dyn Ids) -> Result<bool, LedgerError> {
        let is_orphan = self.orphans()?.iter().any(|orphan| orphan.instance == instance);
        let Some(spec) = self.spec(instance).filter(|_| is_orphan) else { return Ok(false) };
        let operation = OperationSpec {
            id: OperationId::next(ids),
            kind: OperationKind::Delete,
            is_done: false,
            ..spec.operation.clone()
        };
        let generation = spec.generation.next();
        let spec = InstanceSpec { generation, wish: Wish::Deleted, operation, ..(*spec).clone() };
        let mut writing = self.begin()?;
        writing.put(table::DESIRED, &instance.to_string(), &spec)?;
        writing.commit()?;
        self.held_mut().desired.insert(instance, spec.into());
        Ok(true)
    }
}
