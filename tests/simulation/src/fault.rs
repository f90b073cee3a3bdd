//! What goes wrong in a run, and when: drawn from its seed before it begins.

use std::time::Duration;

use crate::chance::Chance;

/// Faults come until then; afterwards everything is mended.
pub const OVER: Duration = Duration::from_secs(100);

/// Hosts that faults happen to; people stay where they are.
pub const HOSTS: [&str; 3] = ["plane", "north", "south"];

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing gets through between two hosts.
    Partition(&'static str, &'static str),
    /// Nothing gets through from one host to another.
    OneWay(&'static str, &'static str),
    /// They reach each other again.
    Repair(&'static str, &'static str),
    /// Messages between two hosts wait.
    Hold(&'static str, &'static str),
    /// All that waited arrives.
    Release(&'static str, &'static str),
    /// Messages are slow from now on.
    Latency(Duration),
    /// The program on a host is gone at once.
    Crash(&'static str),
    /// It dies after so many statements or steps.
    Fuse(&'static str, u64),
    /// It is started again, if it is down.
    Restart(&'static str),
    /// The clock of a cell is set, so many microseconds ahead of the plane's.
    Clock(usize, i64),
    /// The process of some member ends by itself.
    MemberEnds(usize),
}

/// When what goes wrong.
pub type Plan = Vec<(Duration, Fault)>;

/// Draws a plan.
pub fn draw(chance: &mut Chance) -> Plan {
    let mut plan = Plan::new();
    // A cell that comes late lets the other one have the first orders.
    let late = *chance.pick(&HOSTS[1..]);
    plan.push((Duration::ZERO, Fault::Crash(late)));
    let comes = chance.between(Duration::from_secs(5), Duration::from_secs(50));
    plan.push((comes, Fault::Restart(late)));
    let mut at = Duration::from_secs(4);
    while at < OVER {
        at += chance.between(Duration::from_secs(1), Duration::from_secs(14));
        let lasts = chance.between(Duration::from_secs(1), Duration::from_secs(35));
        let host = *chance.pick(&HOSTS);
        let peers: Vec<_> = ["plane", "north", "south", "people"]
            .into_iter()
            .filter(|peer| *peer != host)
            .collect();
        let peer = if host == "plane" { *chance.pick(&peers) } else { "plane" };
        let cell = usize::try_from(chance.below(2)).unwrap_or_default();
        match chance.below(100) {
            0..16 => {
                plan.push((at, Fault::Partition(host, peer)));
                plan.push((at + lasts, Fault::Repair(host, peer)));
            }
            16..26 => {
                plan.push((at, Fault::OneWay(host, peer)));
                plan.push((at + lasts, Fault::Repair(host, peer)));
            }
            26..36 => {
                plan.push((at, Fault::Hold(host, peer)));
                plan.push((at + lasts, Fault::Release(host, peer)));
            }
            36..42 => {
                let slow = chance.between(Duration::from_millis(60), Duration::from_secs(4));
                plan.push((at, Fault::Latency(slow)));
                plan.push((at + lasts, Fault::Latency(FAST)));
            }
            42..54 => plan.push((at, Fault::Crash(host))),
            54..84 => {
                let points = if host == "plane" { 250 } else { 12 };
                plan.push((at, Fault::Fuse(host, 1 + chance.below(points))));
            }
            84..90 => plan.push((at, Fault::Clock(cell, skew(chance)))),
            _ => plan.push((at, Fault::MemberEnds(cell))),
        }
        plan.push((at + lasts, Fault::Restart(host)));
    }
    plan.retain(|(at, _)| *at < OVER);
    plan.sort_by_key(|(at, _)| *at);
    plan
}

/// How long a message takes at most when nothing is wrong.
pub const FAST: Duration = Duration::from_millis(60);

/// Up to five minutes, either way.
fn skew(chance: &mut Chance) -> i64 {
    let span = i64::try_from(chance.below(600_000_000)).unwrap_or_default();
    span - 300_000_000
}
