//! Whether the time can be trusted: after a jump of the own clock, what was used is not written
//! down before the plane's clock was heard again.

use std::time::Duration;

use types::instant::Instant;

use crate::site::Site;

/// More than this between two rounds of looking is a jump, or a machine that slept.
const JUMP: Duration = Duration::from_secs(60);
/// A plane that does not answer for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(300);

/// What the own clock showed last, and since when it is doubted.
pub(super) struct Doubt {
    ticked_at: Instant,
    /// The own time of the jump, and how many measurements there were before.
    jumped: Option<(Instant, u64)>,
}

impl Doubt {
    pub fn none(site: &Site) -> Self {
        Self { ticked_at: site.clock.now(), jumped: None }
    }

    /// To be asked in every round.
    pub fn remains(&mut self, site: &Site) -> bool {
        let now = site.clock.now();
        let measured = *site.measured.borrow();
        if now.since(self.ticked_at) > JUMP || now < self.ticked_at {
            self.jumped = Some((now, measured));
            site.moved.notify_one();
        }
        self.ticked_at = now;
        self.jumped =
            self.jumped.filter(|(at, before)| measured == *before && now.since(*at) < PATIENCE);
        self.jumped.is_some()
    }
}
