//! What was looked up in the last second, so that it is not looked up for every request.
//!
//! A change made by this process is seen at once, since it forgets what it changed. A change made by
//! another is seen after [`LIFE`] at the latest.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use types::instant::Instant;

/// How long what was looked up is used without looking again.
pub const LIFE: Duration = Duration::from_secs(1);
/// So many are kept before anything that is over is looked for.
const ROOM: usize = 64;

/// Values by key.
pub struct Recent<K, V>(Mutex<Held<K, V>>);

struct Held<K, V> {
    found: HashMap<K, (Instant, V)>,
    /// Counts how often something was forgotten.
    epoch: u64,
    /// With so many, what is over is dropped, so that memory follows use.
    room: usize,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Held { found: HashMap::new(), epoch: 0, room: ROOM }))
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// What was looked up lately; else the epoch, to be told with what is looked up now.
    pub fn get(&self, key: &K, now: Instant) -> Result<V, u64> {
        let held = self.held();
        match held.found.get(key) {
            Some((at, value)) if is_fresh(*at, now) => Ok(value.clone()),
            _ => Err(held.epoch),
        }
    }

    /// What was looked up last, however long ago; none if it was forgotten since.
    pub fn last(&self, key: &K) -> Option<V> {
        self.held().found.get(key).map(|(_, value)| value.clone())
    }

    /// Keeps what was looked up since [`Recent::get`] told the epoch, unless something was
    /// forgotten meanwhile: it may be older than that.
    pub fn keep(&self, key: K, value: V, now: Instant, epoch: u64) {
        let mut held = self.held();
        if held.epoch != epoch {
            return;
        }
        if held.found.len() >= held.room {
            held.found.retain(|_, (at, _)| is_fresh(*at, now));
            held.room = ROOM.max(held.found.len() * 2);
        }
        held.found.insert(key, (now, value));
    }

    /// To be called after the commit of a change of what is told here.
    pub fn forget(&self, is_changed: impl Fn(&K, &V) -> bool) {
        let mut held = self.held();
        held.epoch += 1;
        held.found.retain(|key, (_, value)| !is_changed(key, value));
    }

    /// To be called when what is told here may have changed: it is looked up again before it is told,
    /// and [`Recent::last`] still says what it was.
    pub fn doubt(&self, key: &K) {
        let mut held = self.held();
        held.epoch += 1;
        if let Some((at, _)) = held.found.get_mut(key) {
            *at = at.minus(LIFE);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back makes nothing fresh.
fn is_fresh(at: Instant, now: Instant) -> bool {
    (at..at.plus(LIFE)).contains(&now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(1_000);

    #[track_caller]
    fn check(recent: &Recent<i32, &'static str>, key: i32, now: Instant, expected: Option<&str>) {
        assert_eq!(recent.get(&key, now).ok(), expected);
    }

    #[test]
    fn it_is_told_for_a_second_and_not_before_it_was_looked_up() {
        let recent = Recent::default();
        let epoch = recent.get(&1, NOW).expect_err("nothing yet");
        recent.keep(1, "one", NOW, epoch);
        check(&recent, 1, NOW, Some("one"));
        check(&recent, 1, NOW.plus(LIFE).shifted(-1), Some("one"));
        check(&recent, 1, NOW.plus(LIFE), None);
        assert_eq!(recent.last(&1), Some("one"));
        check(&recent, 1, NOW.shifted(-1), None);
        check(&recent, 2, NOW, None);
    }

    #[test]
    fn what_was_looked_up_before_a_change_is_not_kept_after_it() {
        let recent = Recent::default();
        let epoch = recent.get(&1, NOW).expect_err("nothing yet");
        recent.keep(2, "two", NOW, epoch);
        recent.forget(|key, _| *key == 1);
        recent.keep(1, "one", NOW, epoch);
        check(&recent, 1, NOW, None);
        check(&recent, 2, NOW, Some("two"));
    }

    #[test]
    fn what_is_doubted_is_looked_up_again_and_not_forgotten() {
        let recent = Recent::default();
        recent.keep(1, "one", NOW, 0);
        recent.keep(2, "two", NOW, 0);
        recent.doubt(&1);
        check(&recent, 1, NOW, None);
        check(&recent, 2, NOW, Some("two"));
        assert_eq!(recent.last(&1), Some("one"));
        recent.keep(1, "older", NOW, 0);
        assert_eq!(recent.last(&1), Some("one"), "it was looked up before the doubt");
    }

    #[test]
    fn what_is_over_takes_no_room() {
        let recent = Recent::default();
        for key in 0..1_000 {
            recent.keep(key, "some", NOW.shifted(i64::from(key) * 100_000), 0);
        }
        assert!(recent.held().found.len() <= ROOM + 1);
    }
}
