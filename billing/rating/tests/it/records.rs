//! What becomes of records, as `decisions.jsonl` tells it.

use serde_json::json;

use crate::world::{Lines, at, lines};

fn world() -> Lines {
    let mut world = Lines::new();
    world.state("m", "running", "2026-01-11T10:00");
    world
}

#[track_caller]
fn check(world: &Lines, expected: &[&str]) {
    let word = |value: serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let shown: Vec<_> = world
        .rate()
        .decisions
        .iter()
        .map(|decision| serde_json::to_value(decision).expect("an object"))
        .map(|mut row| {
            let words = ["status", "reason", "billed_in"].map(|key| word(row[key].take()));
            words.join(" ")
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_batch_that_comes_again_counts_once() {
    let mut world = world();
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    world.usage.push(world.usage[0].clone());
    world.usage[1]["received_at"] = json!(at("2026-01-11T10:40"));
    world.usage.push(world.usage[0].clone());
    world.usage[2]["quantity"] = json!(1799);
    check(&world, &["counted - 2026-01", "repeated - -", "conflict - -"]);
}

#[test]
fn a_rejected_record_keeps_its_key() {
    let mut world = world();
    world.record("m", "nonsense", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    world.usage[1]["sequence"] = json!(1);
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    world.usage[2]["cell"] = json!("d");
    check(&world, &["rejected meter -", "conflict - -", "rejected cell -"]);
}

#[test]
fn time_is_counted_once_per_resource_and_meter() {
    let mut world = world();
    world.state("n", "running", "2026-01-11T10:00");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    world.record("m", "member_seconds", "2026-01-11T10:29", "2026-01-11T10:40", 660);
    world.record("m", "member_seconds", "2026-01-11T10:30", "2026-01-11T10:40", 600);
    world.record("m", "requests", "2026-01-11T10:00", "2026-01-11T10:40", 600);
    world.record("n", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:40", 2400);
    check(
        &world,
        &[
            "counted - 2026-01",
            "overlap - -",
            "counted - 2026-01",
            "counted - 2026-01",
            "counted - 2026-01",
        ],
    );
}

#[test]
fn a_record_waits_for_its_resource() {
    let mut world = world();
    world.closed("2026-02", "2026-03-02");
    world.late_state("n", "running", "2026-01-11T10:00", "2026-02-05");
    world.record("n", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    world.record("x", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    check(&world, &["counted - 2026-01", "unattributed - -"]);
    assert!(lines(&world.rate(), "2026-01", "a").is_empty());
    assert_eq!(lines(&world.rate(), "2026-02", "a"), ["2026-01 no price 1800 0.0000000000"]);
}

#[test]
fn a_waiting_record_has_taken_its_key_on_arrival() {
    let mut world = world();
    world.late_state("n", "running", "2026-01-11T10:00", "2026-01-15");
    world.late_record("m", "requests", "2026-01-11T10:00", "2026-01-11T10:30", 5, "2026-01-12");
    let (start, end) = ("2026-01-11T10:00", "2026-01-11T10:30");
    world.late_record("n", "member_seconds", start, end, 1800, "2026-01-11T10:31");
    world.usage[1]["sequence"] = json!(1);
    check(&world, &["conflict - -", "counted - 2026-01"]);
}

#[test]
fn a_record_of_a_month_that_is_not_closed_is_not_billed_yet() {
    let mut world = world();
    world.open("2026-02");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    let (start, end) = ("2026-01-11T10:30", "2026-01-11T10:40");
    world.late_record("m", "member_seconds", start, end, 600, "2026-02-05");
    world.record("m", "member_seconds", "2026-02-11T10:00", "2026-02-11T10:30", 1800);
    check(&world, &["counted - 2026-01", "counted - -", "counted - -"]);
}

#[test]
fn what_the_plane_decides_is_never_read() {
    let mut world = world();
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:30", 1800);
    let line = &mut world.usage[0];
    (line["status"], line["reason"], line["billed_in"]) = (json!("?"), json!(7), json!("never"));
    line["accepted_at"] = json!([]);
    world.lifecycle[0]["billed_in"] = json!({});
    world.tenant["periods"][0]["start"] = json!("long ago");
    check(&world, &["counted - 2026-01"]);
}
