//! What was known when a period was rated: histories and counted records up to an instant.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use types::instant::Instant;
use types::interval::Interval;

use crate::lifecycle::{History, StateLine};
use crate::usage::Record;

/// Histories of resources and their counted records.
///
/// For a closing: exactly what was recorded and accepted before it began. Of each resource all its
/// lines, not only those of the period (the first instant in service may lie before it); resources
/// that were gone before the rated periods may be left out. Of the records at least those with time
/// in a rated period.
#[derive(Clone, Debug, Default)]
pub struct Knowledge<'w> {
    histories: BTreeMap<&'w str, History<'w>>,
    records: Vec<&'w Record>,
}

impl<'w> Knowledge<'w> {
    /// From lines in order of recording and records in any order.
    pub fn new(
        lines: impl IntoIterator<Item = &'w StateLine>,
        records: impl IntoIterator<Item = &'w Record>,
    ) -> Self {
        let mut grouped: BTreeMap<&str, Vec<&StateLine>> = BTreeMap::new();
        for line in lines {
            match grouped.entry(&line.resource) {
                Entry::Vacant(entry) => {
                    entry.insert(vec![line]);
                }
                Entry::Occupied(mut entry) => entry.get_mut().push(line),
            }
        }
        let histories = grouped
            .into_iter()
            .filter_map(|(resource, lines)| Some((resource, History::of(&lines)?)))
            .collect();
        let mut records: Vec<_> = records.into_iter().collect();
        records.sort_by_key(|record| record.interval.start());
        Self { histories, records }
    }

    /// The life of one resource.
    pub fn history(&self, resource: &str) -> Option<&History<'w>> {
        self.histories.get(resource)
    }

    /// All lives, in order of the resource's id.
    pub fn histories(&self) -> impl Iterator<Item = &History<'w>> {
        self.histories.values()
    }

    /// The records with time in an interval, in order of start.
    pub fn records(&self, interval: Interval) -> impl Iterator<Item = &'w Record> {
        let earliest = interval.start().shifted(-Instant::HOUR);
        let first = self.records.partition_point(|record| record.interval.start() < earliest);
        let end = interval.end();
        self.records[first..]
            .iter()
            .copied()
            .take_while(move |record| record.interval.start() < end)
            .filter(move |record| record.interval.intersection(interval).is_some())
    }
}
