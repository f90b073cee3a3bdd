//! Each alarm seen to ring, and to be silent otherwise.

use control_plane_store::cell::Cell;
use control_plane_store::cell::load::Load;
use types::cell::HostFacts;
use types::generation::Revision;
use types::id::{CellId, SystemIds};
use types::operation::Problem;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const NOW: Instant = Instant::from_seconds(1_000_000);

fn cell() -> Cell {
    Cell {
        id: CellId::next(&SystemIds),
        name: "north".to_owned(),
        title: "North".to_owned(),
        state: CellState::Enrolled,
        created_at: NOW.minus(MINUTE * 600),
        public_key: None,
        boot_id: None,
        agent_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        session_id: None,
        session_opened_at: None,
        last_report_at: Some(NOW.minus(MINUTE)),
        clock_difference_us: Some(-3_000),
        taken_revision: Revision(3),
        spooled: 4,
        watermark: Some(NOW.minus(MINUTE)),
        acknowledged_sequence: 9,
        highest_sequence: 9,
        alarm: None,
        capabilities: None,
        protocol: Some(1),
        session_count: Some(2),
        report_number: None,
        certificate_expires_at: Some(NOW.plus(MINUTE * 600)),
        agent_condition: None,
        agent_process: None,
        agent_process_before: None,
        restored_at: None,
        loss_checked_at: None,
    }
}

fn condition() -> Condition {
    let gibibyte = 1024 * 1024 * 1024;
    let host = HostFacts {
        kernel: "6.1.0".to_owned(),
        processors: 2,
        memory_total_bytes: 4 * gibibyte,
        memory_available_bytes: 2 * gibibyte,
        disk_total_bytes: 100 * gibibyte,
        disk_free_bytes: 50 * gibibyte,
    };
    Condition { host: Some(host), ..Condition::default() }
}

#[track_caller]
fn check(row: Cell, load: Load, expected: &[AlarmCode]) {
    let view = CellView::new(row, load, NOW, MINUTE);
    let found: Vec<_> = view.alarms.iter().map(|alarm| alarm.code).collect();
    assert_eq!(found, expected, "{:?}", view.alarms);
}

fn idle() -> Load {
    Load { revision: Revision(3), ..Load::default() }
}

fn busy() -> Load {
    let oldest_open_at = Some(NOW.minus(MINUTE * 5));
    Load { members: 2, open_operations: 1, oldest_open_at, ..idle() }
}

fn with(change: impl FnOnce(&mut Condition)) -> Cell {
    let mut condition = condition();
    change(&mut condition);
    Cell { agent_condition: serde_json::to_string(&condition).ok(), ..cell() }
}

#[test]
fn a_good_cell_has_no_alarm() {
    check(cell(), idle(), &[]);
    check(with(|_| ()), busy(), &[]);
    check(Cell { state: CellState::Awaited, last_report_at: None, ..cell() }, busy(), &[]);
}

#[test]
fn each_thing_that_is_the_matter_is_told() {
    use AlarmCode::*;
    let clone = Some("clone_suspected".to_owned());
    check(Cell { alarm: clone, ..cell() }, busy(), &[CloneSuspected]);
    check(Cell { taken_revision: Revision(2), ..cell() }, busy(), &[Lagging]);
    check(Cell { taken_revision: Revision(2), ..cell() }, idle(), &[]);
    check(Cell { clock_difference_us: Some(-300_000_000), ..cell() }, busy(), &[ClockOff]);
    check(Cell { acknowledged_sequence: 7, ..cell() }, busy(), &[UsageMissing]);
    let stuck = Cell { watermark: Some(NOW.minus(MINUTE * 200)), ..cell() };
    check(stuck.clone(), busy(), &[UsageLate]);
    check(stuck, idle(), &[]);
    check(Cell { watermark: None, ..cell() }, busy(), &[]);
    check(cell(), Load { given_up: 1, ..busy() }, &[MembersGivenUp]);
    let ends = Some(NOW.plus(MINUTE * 10));
    check(Cell { certificate_expires_at: ends, ..cell() }, busy(), &[CertificateEnding]);
    check(Cell { agent_version: Some("0.0.9".to_owned()), ..cell() }, busy(), &[AgentOld]);
    check(Cell { agent_version: Some("what".to_owned()), ..cell() }, busy(), &[]);
    let host = |change: fn(&mut HostFacts)| {
        with(|condition| change(condition.host.as_mut().expect("facts")))
    };
    check(host(|facts| facts.disk_free_bytes = 1024 * 1024), busy(), &[DiskLow]);
    check(host(|facts| facts.memory_available_bytes = 1024 * 1024), busy(), &[MemoryLow]);
    let full = |condition: &mut Condition| {
        let (code, message) = ("DISK_FULL".to_owned(), "no room".to_owned());
        condition.trouble = Some(Box::new(Problem { code, message }));
    };
    check(with(full), busy(), &[LedgerUnwritable]);
    let last_report_at = Some(NOW.minus(MINUTE * 4));
    check(Cell { last_report_at, ..with(full) }, busy(), &[LedgerUnwritable, Silent]);
    let waits = |condition: &mut Condition| {
        condition.oldest_usage_at = Some(NOW.minus(MINUTE * 200));
    };
    check(with(waits), busy(), &[UsageLate]);
}

#[test]
fn of_a_silent_cell_only_that_is_told() {
    let full = with(|condition| condition.host.as_mut().expect("facts").disk_free_bytes = 1);
    let silent = Cell { last_report_at: Some(NOW.minus(MINUTE * 4)), ..full };
    check(silent, busy(), &[AlarmCode::Silent]);
}

#[test]
fn what_is_made_true_ends_before_the_oldest_open_operation() {
    let made = |lowest| {
        let load = Load { lowest_open_revision: lowest, ..Load::default() };
        CellView::new(cell(), load, NOW, MINUTE).made_revision()
    };
    assert_eq!(made(None), Revision(3));
    assert_eq!(made(Some(Revision(2))), Revision(1));
    assert_eq!(made(Some(Revision(9))), Revision(3));
}
