//! What becomes known after a month was closed.

use serde_json::json;

use crate::world::{Lines, lines, totals};

fn two_months() -> Lines {
    let mut world = Lines::new();
    world.closed("2026-02", "2026-03-02");
    world.prices(
        "2026-01-01",
        json!([{"id": "hour", "meter": "member_seconds", "model": "unit", "unit_price": "0.36",
                "per": 3600}]),
    );
    world.state("m", "running", "2026-01-11T10:00");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
    world
}

#[test]
fn late_usage_is_a_correction_in_the_next_month() {
    let mut world = two_months();
    let (start, end) = ("2026-01-11T11:00", "2026-01-11T12:00");
    world.late_record("m", "member_seconds", start, end, 3600, "2026-02-05");
    let rated = world.rate();
    assert_eq!(lines(&rated, "2026-01", "a"), ["2026-01 hour 3600 0.3600000000"]);
    assert_eq!(lines(&rated, "2026-02", "a"), ["2026-01 hour 3600 0.3600000000"]);
    let billed: Vec<_> = rated
        .decisions
        .iter()
        .map(|decision| decision.billed_in.map(|period| period.to_string()))
        .collect();
    assert_eq!(billed, [Some("2026-01".into()), Some("2026-02".into())]);
}

#[test]
fn a_life_that_ended_earlier_is_given_back() {
    let mut world = two_months();
    world.late_state("m", "deleted", "2026-01-11T10:30", "2026-02-05");
    let rated = world.rate();
    assert_eq!(lines(&rated, "2026-02", "a"), ["2026-01 hour -1800 -0.1800000000"]);
    assert_eq!(
        totals(&rated, "2026-02"),
        [
            "a 01..01 -0.18 + 0.00 = -0.18",
            "b 01..01 0.00 + 0.00 = 0.00",
            "r 01..01 0.00 + -0.18 = -0.18",
        ]
    );
}

#[test]
fn a_change_that_comes_to_nothing_is_left_out() {
    let mut world = two_months();
    world.late_state("m", "degraded", "2026-01-11T10:30", "2026-02-05");
    assert!(lines(&world.rate(), "2026-02", "a").is_empty());
}

#[test]
fn a_deleted_organization_and_its_deleted_parent_get_bills_without_a_stay() {
    let mut world = two_months();
    world.organization("created", "c", Some("a"), "2026-01-01");
    world.project("moved", "pa", Some("c"), "2026-01-02");
    world.state("m", "deleted", "2026-01-12");
    world.project("moved", "pa", Some("b"), "2026-01-20");
    world.organization("deleted", "c", None, "2026-01-21");
    world.organization("deleted", "a", None, "2026-01-22");
    let (start, end) = ("2026-01-11T11:00", "2026-01-11T12:00");
    world.late_record("m", "member_seconds", start, end, 3600, "2026-02-05");
    let rated = world.rate();
    assert_eq!(
        totals(&rated, "2026-02"),
        [
            "a - 0.00 + 0.36 = 0.36",
            "b 01..01 0.00 + 0.00 = 0.00",
            "c - 0.36 + 0.00 = 0.36",
            "r 01..01 0.00 + 0.36 = 0.36",
        ]
    );
    let parents: Vec<_> = rated
        .bills
        .iter()
        .filter(|bill| bill.period.to_string() == "2026-02")
        .map(|bill| bill.parent_bill.as_deref().unwrap_or("-"))
        .collect();
    assert_eq!(parents, ["2026-02-0004", "2026-02-0004", "2026-02-0001", "-"]);
}

#[test]
fn corrections_stand_in_the_last_stay_of_the_closing_month() {
    let mut world = two_months();
    world.organization("moved", "a", Some("b"), "2026-02-11");
    world.late_state("m", "deleted", "2026-01-11T10:30", "2026-02-05");
    assert_eq!(
        totals(&world.rate(), "2026-02"),
        [
            "a 01..11 0.00 + 0.00 = 0.00",
            "a 11..01 -0.18 + 0.00 = -0.18",
            "b 01..01 0.00 + -0.18 = -0.18",
            "r 01..01 0.00 + -0.18 = -0.18",
        ]
    );
}

#[test]
fn credits_go_on_with_what_is_left_and_a_credit_note_uses_none() {
    let mut world = two_months();
    world.closed("2026-03", "2026-04-02");
    world
        .add("credits", json!({"id": "k", "amount": "0.50", "granted_at": "2026-01-05T00:00:00Z"}));
    world.late_state("m", "stopped", "2026-01-11T10:50", "2026-02-05");
    world.late_state("m", "running", "2026-03-05T10:00", "2026-03-05T10:00");
    world.record("m", "member_seconds", "2026-03-05T10:00", "2026-03-05T11:00", 3600);
    let rated = world.rate();
    let shown: Vec<_> = rated
        .bills
        .iter()
        .filter(|bill| bill.organization == "r")
        .map(|bill| {
            let uses = bill.credits.as_deref().unwrap_or_default();
            let uses: Vec<_> =
                uses.iter().map(|each| format!("{}/{}", each.amount, each.balance)).collect();
            format!("{} [{}]", bill.payable.as_ref().expect("on the root"), uses.join(" "))
        })
        .collect();
    assert_eq!(shown, ["0.00 [0.36/0.14]", "-0.06 []", "0.22 [0.14/0.00]"]);
}
