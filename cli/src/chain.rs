//! The audit's chain of hashes, computed here from what each record says, so that the plane's word
//! for it is not needed.
//!
//! A record's hash is the SHA-256 of the hash before it, a line feed, and the record as a JSON
//! object with its keys in order: instants in microseconds, no key for an operation or an address
//! that is not there. `control-plane/store/src/audit.rs` makes them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use graphql_client::query::audit::AuditRecord;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use types::instant::Instant;

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its hash is not that of what it says.
    Changed,
    /// It is not there.
    Missing,
    /// It names another record before it than the one that is there.
    Unlinked,
}

impl Fault {
    /// For people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "its content is not what its hash was made of",
            Self::Missing => "it is missing",
            Self::Unlinked => "it does not follow the record that stands before it",
        }
    }
}

/// The hash before the first record.
fn first_hash() -> String {
    "0".repeat(64)
}

/// The hash that a record must have.
fn hash(record: &AuditRecord) -> Option<String> {
    let at = record.at.parse::<Instant>().ok()?;
    let mut content = BTreeMap::from([
        ("action", json!(record.action)),
        ("at", json!(at.micros())),
        ("code", json!(record.code)),
        ("content", json!(record.content)),
        ("number", json!(record.number)),
        ("outcome", json!(record.outcome)),
        ("request_id", json!(record.request_id)),
        ("subject_id", json!(record.subject_id)),
        ("subject_name", json!(record.subject)),
        ("target", json!(record.target)),
        ("tenant_id", json!(record.tenant)),
    ]);
    if let Some(operation) = &record.operation {
        content.insert("operation_id", json!(operation));
    }
    if let Some(address) = &record.address {
        content.insert("address", json!(address));
    }
    let content: Value = json!(content);
    let mut digest = Sha256::new();
    digest.update(record.previous_hash.as_bytes());
    digest.update(b"\n");
    digest.update(content.to_string().as_bytes());
    Some(HEXLOWER.encode(&digest.finalize()))
}

/// A walk from the newest record to the first, that remembers the oldest fault.
#[derive(Debug)]
pub struct Chain {
    /// The number and the hash that the next, older record must have.
    expected: (i64, String),
    /// How many records were looked at.
    pub seen: u64,
    fault: Option<(i64, Fault)>,
}

impl Chain {
    /// From the last record that the plane's head names.
    pub fn from_head(number: i64, hash: &str) -> Self {
        Self { expected: (number, hash.to_owned()), seen: 0, fault: None }
    }

    /// Looks at the next, older record. Those that came after the head was read are left out.
    pub fn take(&mut self, record: &AuditRecord) {
        let (number, linked) = &self.expected;
        if self.seen == 0 && record.number > *number {
            return;
        }
        self.seen += 1;
        let found = if hash(record).as_ref() != Some(&record.hash) {
            Some((record.number, Fault::Changed))
        } else if record.number < *number {
            Some((record.number + 1, Fault::Missing))
        } else if record.hash != *linked {
            Some((record.number + 1, Fault::Unlinked))
        } else {
            None
        };
        // What is found further back stands first in the chain; of one record the first word holds.
        let is_first = |new: &(i64, Fault)| self.fault.is_none_or(|known| new.0 < known.0);
        self.fault = found.filter(is_first).or(self.fault);
        self.expected = (record.number - 1, record.previous_hash.clone());
    }

    /// The first record of the chain that is not as it was written.
    pub fn end(self) -> Option<(i64, Fault)> {
        match self.expected {
            (0, linked) if linked == first_hash() => self.fault,
            (0, _) => Some((1, Fault::Unlinked)),
            _ => Some((1, Fault::Missing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: i64, previous_hash: &str) -> AuditRecord {
        let mut record = AuditRecord {
            tenant: "ten_06h25lulh5qtd1n92rarkkab14".to_owned(),
            number,
            at: "2026-11-01T08:30:00.000001Z".to_owned(),
            subject: "dev".to_owned(),
            action: "stopInstance".to_owned(),
            outcome: "done".to_owned(),
            content: "{}".to_owned(),
            request_id: "req_1".to_owned(),
            previous_hash: previous_hash.to_owned(),
            ..AuditRecord::default()
        };
        record.hash = hash(&record).expect("a hash");
        record
    }

    /// Oldest first; every other one has an address.
    fn chain(count: i64) -> Vec<AuditRecord> {
        let mut records: Vec<AuditRecord> = Vec::new();
        for number in 1..=count {
            let before = records.last().map_or_else(first_hash, |last| last.hash.clone());
            let mut next = record(number, &before);
            if number % 2 == 0 {
                next.address = Some("192.0.2.7".to_owned());
                next.hash = hash(&next).expect("a hash");
            }
            records.push(next);
        }
        records
    }

    #[track_caller]
    fn check(tamper: impl FnOnce(&mut Vec<AuditRecord>), expected: Option<(i64, Fault)>) {
        let mut records = chain(6);
        let mut walk = Chain::from_head(6, &records[5].hash);
        tamper(&mut records);
        records.iter().rev().for_each(|record| walk.take(record));
        assert_eq!(walk.end(), expected);
    }

    #[test]
    fn a_hash_is_what_another_program_makes_of_the_record() {
        // Python: sha256("0" * 64 + "\n" + json.dumps(record, separators=(",", ":"), sort_keys=True)).
        let expected = "873cb44804ed7ba6c53c386945c832a89b8e65d2f75fbf6e5c496e0e3b32c1b4";
        assert_eq!(chain(1)[0].hash, expected);
        let from_there =
            AuditRecord { address: Some("192.0.2.7".to_owned()), ..record(1, &first_hash()) };
        let expected = "21ff08a986188435505988a3237de50c478dcb8132a721f7ded7d1faff8c95a0";
        assert_eq!(hash(&from_there).as_deref(), Some(expected));
    }

    #[test]
    fn a_whole_chain_holds_also_while_it_grows() {
        check(|_| {}, None);
        check(|records| records.push(record(7, "x")), None);
    }

    #[test]
    fn whatever_was_done_is_told_at_its_first_record() {
        check(|records| records[2].subject = "somebody".to_owned(), Some((3, Fault::Changed)));
        for address in [None, Some("192.0.2.8".to_owned())] {
            check(|records| records[3].address = address, Some((4, Fault::Changed)));
        }
        let invented = Some("192.0.2.7".to_owned());
        check(|records| records[2].address = invented, Some((3, Fault::Changed)));
        check(|records| drop(records.remove(2)), Some((3, Fault::Missing)));
        check(|records| drop(records.remove(0)), Some((1, Fault::Missing)));
        check(|records| records.truncate(4), Some((5, Fault::Missing)));
        check(Vec::clear, Some((1, Fault::Missing)));
        let rewritten = |records: &mut Vec<AuditRecord>| {
            records[2].subject = "somebody".to_owned();
            records[2].hash = hash(&records[2]).expect("a hash");
        };
        check(rewritten, Some((4, Fault::Unlinked)));
        let swapped = |records: &mut Vec<AuditRecord>| {
            records.swap(2, 3);
            records[2].number = 3;
            records[3].number = 4;
        };
        check(swapped, Some((3, Fault::Changed)));
        let twice = |records: &mut Vec<AuditRecord>| {
            records[2].code = Some("x".to_owned());
            records[4].code = Some("x".to_owned());
        };
        check(twice, Some((3, Fault::Changed)));
    }
}
