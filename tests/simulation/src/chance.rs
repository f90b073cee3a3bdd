//! Chance by seed: the same seed draws the same numbers, on every machine.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use types::clock::SharedClock;
use types::id::Ids;
use types::random::Random;
use uuid::Uuid;

/// A stream of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// Another stream, so that one more draw here changes nothing there.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.draw())
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below the end.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// True so many times in a thousand.
    pub fn per_mille(&mut self, count: u64) -> bool {
        self.below(1_000) < count
    }

    /// One of several.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len() as u64);
        &from[usize::try_from(at).expect("an index fits")]
    }

    /// A time between two.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX);
        from + Duration::from_millis(self.below(span.max(1)))
    }
}

/// A stream that several parts draw from, in the order in which they come.
#[derive(Clone, Debug)]
pub struct Shared {
    chance: Arc<Mutex<Chance>>,
    /// Ids that were drawn, since ids of one millisecond sort as they were made.
    count: Arc<AtomicU32>,
}

impl Shared {
    /// Shares a stream.
    pub fn new(chance: Chance) -> Self {
        Self { chance: Arc::new(Mutex::new(chance)), count: Arc::default() }
    }

    /// The stream, for one draw or several together.
    pub fn lock(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Random for Shared {
    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.lock();
        bytes.chunks_mut(8).for_each(|part| {
            let drawn = chance.draw().to_le_bytes();
            part.copy_from_slice(&drawn[..part.len()]);
        });
    }
}

/// Ids of version 7 from simulated time and chance.
pub struct SeededIds {
    /// Tells the time.
    pub clock: SharedClock,
    /// Where the rest comes from.
    pub chance: Shared,
}

impl Ids for SeededIds {
    fn next(&self) -> Uuid {
        let mut rest = [0; 10];
        let count = self.chance.count.fetch_add(1, Ordering::Relaxed);
        rest[3..7].copy_from_slice(&count.to_be_bytes());
        self.chance.fill(&mut rest[7..]);
        let millis = u64::try_from(self.clock.now().micros() / 1_000).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}
