//! Why an operator has to look at a cell: a pure judgement of what is known of it.
//!
//! Of a cell that is silent nothing is said but that, and whatever is known on the plane's own side.

use std::time::Duration;

use types::cell::{CellState, Condition};
use types::instant::Instant;
use types::text_enum;

use crate::cell::view::CellView;

/// Clocks that differ by more make people doubt logs, though usage is stamped with the plane's time.
const CLOCK_OFF: Duration = Duration::from_secs(60);
/// Less than this part of the disk …
const DISK_PART: i64 = 10;
/// … and less than this is little.
const DISK_BYTES: i64 = 10 * 1024 * 1024 * 1024;
/// Less than this part of the memory is little.
const MEMORY_PART: i64 = 20;
/// Usage that waits longer is held up by something.
const USAGE_LATE: Duration = Duration::from_secs(2 * 3600);
/// Instances that are named in one sentence at most.
const NAMED: usize = 20;
/// An agent renews its certificate long before.
const CERTIFICATE_ENDS: Duration = Duration::from_secs(900);

text_enum! {
    /// What is the matter with a cell.
    AlarmCode {
        /// Two copies of one state directory, or a disk that was rolled back.
        CloneSuspected = "clone_suspected",
        /// The agent cannot write down what it must not forget.
        LedgerUnwritable = "ledger_unwritable",
        /// The plane's database is older than the cell: it was restored from a backup.
        PlaneRestored = "plane_restored",
        /// Instances are there that the plane does not know.
        Orphans = "orphans",
        /// Three reports are missing.
        Silent = "silent",
        /// It reports and does not take in what is wanted.
        Lagging = "lagging",
        /// Its clock differs much from the plane's.
        ClockOff = "clock_off",
        /// Little is left of the members' disk.
        DiskLow = "disk_low",
        /// Little memory is left.
        MemoryLow = "memory_low",
        /// Members ended too often and wait for somebody to start them again.
        MembersGivenUp = "members_given_up",
        /// Usage of long ago was not sent yet.
        UsageLate = "usage_late",
        /// Usage records are missing between others.
        UsageMissing = "usage_missing",
        /// The agent's certificate ends soon, or ended.
        CertificateEnding = "certificate_ending",
        /// The agent is of an earlier release than the plane.
        AgentOld = "agent_old",
    }
}

/// One reason to look at a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Which.
    pub code: AlarmCode,
    /// What was found and what to do.
    pub message: String,
}

/// All that is the matter, the worst first.
pub fn judge(view: &CellView, now: Instant, report_interval: Duration) -> Vec<Alarm> {
    let mut found = Found(Vec::new());
    let row = &view.row;
    if row.alarm.as_deref() == Some(AlarmCode::CloneSuspected.as_str()) {
        found.add(
            AlarmCode::CloneSuspected,
            "an agent with a copied or rolled-back state directory was refused; find all agents \
             of this cell and stop all but the true one",
        );
    }
    if row.state != CellState::Enrolled {
        return found.0;
    }
    restored(view, &mut found);
    if row.acknowledged_sequence < row.highest_sequence {
        let (from, to) = (row.acknowledged_sequence + 1, row.highest_sequence);
        let message = format!(
            "usage records between {from} and {to} are missing; they come when the agent sends \
             them again, else the time becomes a declared gap"
        );
        found.add(AlarmCode::UsageMissing, message);
    }
    let trouble = view.condition.as_ref().and_then(|condition| condition.trouble.as_ref());
    if let Some(trouble) = trouble {
        let message = format!(
            "the agent cannot write its ledger ({}: {}); members go on, and nothing is taken in or \
             reported until it can: make room on its disk",
            trouble.code, trouble.message
        );
        found.add(AlarmCode::LedgerUnwritable, message);
    }
    if let Some(since) = view.silent_since {
        let message = format!(
            "nothing was heard since {since}; look at the agent's log on its host, and whether it \
             reaches the plane"
        );
        found.add(AlarmCode::Silent, message);
        return found.0;
    }
    lagging(view, now, report_interval, &mut found);
    usage(view, now, &mut found);
    if row.certificate_expires_at.is_some_and(|end| end <= now.plus(CERTIFICATE_ENDS)) {
        let message = "the agent's certificate ends within minutes and was not renewed; see the \
                       agent's log, and restart it";
        found.add(AlarmCode::CertificateEnding, message);
    }
    if let Some(condition) = &view.condition {
        of_host(condition, &mut found);
    }
    if view.load.given_up > 0 {
        let message = format!(
            "{} members ended by themselves too often and are not started again; their owners see \
             why. If it is many at once, look at the host",
            view.load.given_up
        );
        found.add(AlarmCode::MembersGivenUp, message);
    }
    of_agent(view, &mut found);
    found.0
}

/// The agent's clock and version.
fn of_agent(view: &CellView, found: &mut Found) {
    let row = &view.row;
    let ahead_us = row.clock_difference_us.unwrap_or_default();
    if Duration::from_micros(ahead_us.unsigned_abs()) > CLOCK_OFF {
        let seconds = ahead_us / 1_000_000;
        let message = format!(
            "the cell's clock is {seconds} s ahead of the plane's; set up NTP on both (usage is \
             stamped with the plane's time all the same)"
        );
        found.add(AlarmCode::ClockOff, message);
    }
    let ours = env!("CARGO_PKG_VERSION");
    if let Some(theirs) = row.agent_version.as_deref().filter(|theirs| is_older(theirs, ours)) {
        let message = format!("the agent is {theirs}, the plane {ours}; update the agent");
        found.add(AlarmCode::AgentOld, message);
    }
}

/// What a restored database lacks. What it does about that is up to people.
fn restored(view: &CellView, found: &mut Found) {
    let row = &view.row;
    let condition = view.condition.clone().unwrap_or_default();
    let unchecked = row.restored_at.filter(|at| row.loss_checked_at.is_none_or(|seen| seen < *at));
    if unchecked.is_some() || !condition.newer.is_empty() {
        let since = row.restored_at.map_or(String::new(), |at| format!(" (seen at {at})"));
        let newer = named(condition.newer.iter().map(|(instance, _)| instance.to_string()));
        let message = format!(
            "the plane's database is older than this cell{since}: wishes, deletions and usage since \
             its backup are not in it; the cell has newer wishes of {newer}, which it keeps until \
             they are changed again; see “The plane was restored” in docs/how-to.md, then say \
             `cellplane-plane cell accept-loss {}`",
            row.name
        );
        found.add(AlarmCode::PlaneRestored, message);
    }
    if !condition.orphans.is_empty() {
        let named = named(
            condition
                .orphans
                .iter()
                .map(|one| format!("{} of {} in {}", one.instance, one.tenant, one.project)),
        );
        let message = format!(
            "{named} run here and are unknown to the plane; nothing removes them by itself: see \
             “The plane was restored” in docs/how-to.md"
        );
        found.add(AlarmCode::Orphans, message);
    }
}

/// The first of them, and how many there are.
fn named(all: impl Iterator<Item = String>) -> String {
    let all: Vec<_> = all.collect();
    match all.len() {
        0 => "no instance".to_owned(),
        count if count <= NAMED => all.join(", "),
        count => format!("{} and {} more", all[..NAMED].join(", "), count - NAMED),
    }
}

struct Found(Vec<Alarm>);

impl Found {
    fn add(&mut self, code: AlarmCode, message: impl Into<String>) {
        self.0.push(Alarm { code, message: message.into() });
    }
}

fn lagging(view: &CellView, now: Instant, report_interval: Duration, found: &mut Found) {
    let waits = view.load.oldest_open_at.map(|at| now.since(at)).unwrap_or_default();
    if view.row.taken_revision < view.load.revision && waits > report_interval * 3 {
        let message = format!(
            "it reports but has taken in revision {} of {} only; restart the agent if this lasts",
            view.row.taken_revision.0, view.load.revision.0
        );
        found.add(AlarmCode::Lagging, message);
    }
}

fn usage(view: &CellView, now: Instant, found: &mut Found) {
    let waits_since = view.condition.as_ref().and_then(|condition| condition.oldest_usage_at);
    let stuck_at = view.row.watermark.filter(|_| view.load.members > 0);
    let oldest = [waits_since, stuck_at].into_iter().flatten().min();
    if let Some(oldest) = oldest.filter(|oldest| now.since(*oldest) > USAGE_LATE) {
        let message = format!(
            "usage since {oldest} was not sent yet ({} records wait); months cannot close before \
             it comes: see the agent's log for refused records",
            view.row.spooled
        );
        found.add(AlarmCode::UsageLate, message);
    }
}

fn of_host(condition: &Condition, found: &mut Found) {
    let Some(host) = &condition.host else { return };
    let mebibytes = |bytes: i64| bytes / (1024 * 1024);
    let (free, total) = (host.disk_free_bytes, host.disk_total_bytes);
    if total > 0 && free < total / DISK_PART && free < DISK_BYTES {
        let message = format!(
            "{} MiB are left of the members' disk of {} MiB; make room, or delete instances",
            mebibytes(free),
            mebibytes(total)
        );
        found.add(AlarmCode::DiskLow, message);
    }
    let (free, total) = (host.memory_available_bytes, host.memory_total_bytes);
    if total > 0 && free < total / MEMORY_PART {
        let message = format!(
            "{} MiB of {} MiB memory are left; the kernel may end members soon",
            mebibytes(free),
            mebibytes(total)
        );
        found.add(AlarmCode::MemoryLow, message);
    }
}

/// Whether a version is below ours; what cannot be compared is not.
fn is_older(theirs: &str, ours: &str) -> bool {
    let parts = |text: &str| -> Option<Vec<u64>> {
        let plain = text.split(['-', '+']).next()?;
        plain.split('.').map(|part| part.parse().ok()).collect()
    };
    matches!((parts(theirs), parts(ours)), (Some(theirs), Some(ours)) if theirs < ours)
}

#[cfg(test)]
mod tests;
