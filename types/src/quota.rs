//! What can be limited before it is used: what an order is known to take when it is placed.

use crate::size::Size;
use crate::text_enum;

text_enum! {
    /// What a quota counts.
    QuotaMeter {
        /// Instances.
        Instances = "instances",
        /// Members of instances.
        Members = "members",
        /// Thousandths of a vCPU granted to members.
        Millivcpu = "millivcpu",
        /// MiB of memory granted to members.
        MemoryMib = "memory_mib",
        /// MiB of storage of members' volumes.
        StorageMib = "storage_mib",
    }
}

/// So much of each meter. What is stopped or has failed counts until it is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amounts {
    instances: i64,
    members: i64,
    size: Total,
}

/// The sizes of all members together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Total {
    millivcpu: i64,
    memory_mib: i64,
    storage_mib: i64,
}

impl Amounts {
    /// Of so many instances with so many members of one size together. What is too large for a
    /// number is the largest number.
    pub fn new(instances: i64, members: i64, size: Size) -> Self {
        Self {
            instances,
            members,
            size: Total {
                millivcpu: size.millivcpu.saturating_mul(members),
                memory_mib: size.memory_mib.saturating_mul(members),
                storage_mib: size.storage_mib.saturating_mul(members),
            },
        }
    }

    /// Of one meter.
    pub fn of(&self, meter: QuotaMeter) -> i64 {
        match meter {
            QuotaMeter::Instances => self.instances,
            QuotaMeter::Members => self.members,
            QuotaMeter::Millivcpu => self.size.millivcpu,
            QuotaMeter::MemoryMib => self.size.memory_mib,
            QuotaMeter::StorageMib => self.size.storage_mib,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.with(other, i64::saturating_add)
    }

    /// The same, to be given back.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::default().with(self, i64::saturating_sub)
    }

    fn with(self, other: Self, combine: impl Fn(i64, i64) -> i64) -> Self {
        let (one, two) = (self.size, other.size);
        Self {
            instances: combine(self.instances, other.instances),
            members: combine(self.members, other.members),
            size: Total {
                millivcpu: combine(one.millivcpu, two.millivcpu),
                memory_mib: combine(one.memory_mib, two.memory_mib),
                storage_mib: combine(one.storage_mib, two.storage_mib),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { millivcpu: 500, memory_mib: 1_024, storage_mib: 10 };

    #[track_caller]
    fn check(amounts: Amounts, expected: [i64; 5]) {
        let found: Vec<_> = QuotaMeter::ALL.iter().map(|meter| amounts.of(*meter)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_member_takes_its_size() {
        check(Amounts::new(1, 3, SIZE), [1, 3, 1_500, 3_072, 30]);
    }

    #[test]
    fn what_is_given_back_takes_away_what_was_taken() {
        let taken = Amounts::new(1, 3, SIZE);
        check(taken.plus(taken).plus(taken.negated()), [1, 3, 1_500, 3_072, 30]);
        check(taken.plus(taken.negated()), [0; 5]);
    }

    #[test]
    fn what_is_too_large_does_not_become_small() {
        let huge = Size { millivcpu: i64::MAX, memory_mib: 1, storage_mib: 1 };
        check(Amounts::new(1, 2, huge), [1, 2, i64::MAX, 2, 2]);
    }
}
