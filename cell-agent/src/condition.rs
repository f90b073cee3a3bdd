//! How this agent and its host are, for whoever operates the cell. What cannot be found out is left
//! out: a report never fails for want of a fact.

use std::fs;
use std::time::Duration;

use types::cell::Condition;

use crate::ledger::LedgerError;
use crate::site::Site;

/// A host that takes longer to be asked, e.g. with a disk that hangs, holds up no report.
const LOOK_LIMIT: Duration = Duration::from_secs(2);
/// Vain tries in one report at most; there are more only if the whole host is in trouble.
const ATTEMPTS_MAX: usize = 200;
/// Instances that the plane does not know, or not as new, in one report at most.
const BEYOND_MAX: usize = 200;

pub(crate) async fn look(site: &Site) -> Result<Condition, LedgerError> {
    let oldest = site.ledger.spooled(0, 1)?.records.into_iter().next();
    let ledger = fs::metadata(site.ledger_path());
    let beyond = site.beyond().clone();
    Ok(Condition {
        clock_ahead_us: Some(-site.ledger.offset_us()),
        oldest_usage_at: oldest.map(|record| record.start),
        ledger_bytes: ledger.ok().and_then(|found| i64::try_from(found.len()).ok()),
        host: tokio::time::timeout(LOOK_LIMIT, site.runtime.host()).await.ok().flatten(),
        trouble: site.trouble().clone().map(Box::new),
        attempts: site.attempts().values().take(ATTEMPTS_MAX).cloned().collect(),
        orphans: beyond.orphans.into_iter().take(BEYOND_MAX).collect(),
        newer: beyond.newer.into_iter().take(BEYOND_MAX).collect(),
    })
}
