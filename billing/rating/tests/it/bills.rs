//! Bills of a closed month: lines, stays, totals, gaps, tax, credits, numbers.

use serde_json::json;

use crate::world::{Lines, lines, totals};

/// A member `m` that runs from the first day on for an hour, priced 0.36 an hour.
fn one_hour() -> Lines {
    let mut world = Lines::new();
    world.prices(
        "2026-01-01",
        json!([{"id": "hour", "meter": "member_seconds", "model": "unit", "unit_price": "0.36",
                "per": 3600}]),
    );
    world.state("m", "running", "2026-01-11T10:00");
    world.state("m", "deleted", "2026-01-11T11:00");
    world
}

#[test]
fn a_parent_is_the_sum_of_its_children() {
    let mut world = one_hour();
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:50", 3000);
    let rated = world.rate();
    assert_eq!(
        totals(&rated, "2026-01"),
        [
            "a 01..01 0.30 + 0.00 = 0.30",
            "b 01..01 0.00 + 0.00 = 0.00",
            "r 01..01 0.00 + 0.30 = 0.30",
        ]
    );
    assert_eq!(lines(&rated, "2026-01", "a"), ["2026-01 hour 3000 0.3000000000"]);
    let numbers: Vec<_> = rated.bills.iter().map(|bill| bill.number.clone()).collect();
    assert_eq!(numbers, ["2026-01-0001", "2026-01-0002", "2026-01-0003"].map(|n| Some(n.into())));
    assert_eq!(rated.bills[0].parent_bill, numbers[2]);
    assert_eq!(rated.bills[2].parent_bill, None);
    assert_eq!(rated.charges[0].bill, numbers[0]);
}

#[test]
fn time_without_a_record_is_a_declared_gap() {
    let mut world = one_hour();
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T10:20", 1200);
    world.record("m", "member_seconds", "2026-01-11T10:30", "2026-01-11T11:00", 1800);
    world.state("m", "unknown", "2026-01-11T10:40");
    world.state("m", "running", "2026-01-11T10:45");
    let rated = world.rate();
    let gaps: Vec<_> = rated.bills[0]
        .gaps
        .iter()
        .map(|gap| format!("{} {} {}", gap.start, gap.end, gap.reason.as_str()))
        .collect();
    assert_eq!(
        gaps,
        [
            "2026-01-11T10:20:00.000000Z 2026-01-11T10:30:00.000000Z missing",
            "2026-01-11T10:40:00.000000Z 2026-01-11T10:45:00.000000Z unknown",
        ]
    );
    assert_eq!(lines(&rated, "2026-01", "a"), ["2026-01 hour 2700 0.2700000000"]);
}

#[test]
fn a_project_that_moves_is_split_by_the_second() {
    let mut world = one_hour();
    world.project("moved", "pa", Some("b"), "2026-01-11T10:15");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
    let rated = world.rate();
    assert_eq!(lines(&rated, "2026-01", "a"), ["2026-01 hour 900 0.0900000000"]);
    assert_eq!(lines(&rated, "2026-01", "b"), ["2026-01 hour 2700 0.2700000000"]);
}

#[test]
fn an_organization_that_moves_has_two_bills_under_two_parents() {
    let mut world = one_hour();
    world.organization("created", "c", Some("a"), "2026-01-01");
    world.project("moved", "pa", Some("c"), "2026-01-02");
    world.organization("moved", "a", Some("b"), "2026-01-11T10:30");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
    assert_eq!(
        totals(&world.rate(), "2026-01"),
        [
            "a 01..11 0.00 + 0.18 = 0.18",
            "a 11..01 0.00 + 0.18 = 0.18",
            "b 01..01 0.00 + 0.18 = 0.18",
            "c 01..11 0.18 + 0.00 = 0.18",
            "c 11..01 0.18 + 0.00 = 0.18",
            "r 01..01 0.00 + 0.36 = 0.36",
        ]
    );
}

#[test]
fn an_organization_is_billed_for_the_time_it_exists() {
    let mut world = Lines::new();
    world.organization("created", "c", Some("a"), "2026-01-05");
    world.organization("deleted", "c", None, "2026-01-09");
    assert_eq!(totals(&world.rate(), "2026-01")[2], "c 05..09 0.00 + 0.00 = 0.00");
}

#[test]
fn small_amounts_are_kept_and_rounded_once() {
    let mut world = one_hour();
    world.prices(
        "2026-01-11",
        json!([{"id": "tiny", "meter": "requests", "model": "unit", "unit_price": "0.0049",
                "per": 1}]),
    );
    for minute in 10..14 {
        let (start, end) =
            (format!("2026-01-11T10:{minute}"), format!("2026-01-11T10:{minute}:30"));
        world.record("m", "requests", &start, &end, 1);
    }
    let bill = &world.rate().bills[0];
    assert_eq!(bill.lines[0].amount.to_string(), "0.0196000000");
    assert_eq!(bill.own_total.to_string(), "0.02");
    assert_eq!(bill.rounding.to_string(), "0.0004000000");
}

#[test]
fn usage_without_a_price_is_listed_with_its_reason() {
    let mut world = one_hour();
    world.record("m", "requests", "2026-01-11T10:00", "2026-01-11T10:30", 7);
    world.state("m", "stopped", "2026-01-11T10:10");
    world.state("m", "running", "2026-01-11T10:20");
    let rated = world.rate();
    assert_eq!(lines(&rated, "2026-01", "a"), ["2026-01 no price 4 0.0000000000"]);
    assert_eq!(rated.bills[0].lines[0].reason.as_deref(), Some("no price"));
}

#[test]
fn tax_and_credits_are_on_the_root_bill_only() {
    let mut world = one_hour();
    world.prices(
        "2026-01-10",
        json!([{"id": "dear", "meter": "member_seconds", "model": "unit", "unit_price": "10",
                "per": 3600}]),
    );
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
    world.add("taxes", json!({"percent": "6.5", "effective_from": "2026-01-31T23:59:59.999999Z"}));
    world.add("taxes", json!({"percent": "9", "effective_from": "2026-02-01T00:00:00Z"}));
    world
        .add("credits", json!({"id": "k", "amount": "4.00", "granted_at": "2026-01-05T00:00:00Z"}));
    let rated = world.rate();
    let root = &rated.bills[2];
    let text = |amount: &Option<types::money::Decimal>| amount.as_ref().map(ToString::to_string);
    assert_eq!(text(&root.tax_percent).as_deref(), Some("6.5"));
    assert_eq!(text(&root.tax).as_deref(), Some("0.65"));
    assert_eq!(text(&root.payable).as_deref(), Some("6.65"));
    let credit = &root.credits.as_ref().expect("a list")[0];
    assert_eq!(
        (credit.amount.to_string(), credit.balance.to_string()),
        ("4.00".into(), "0.00".into())
    );
    assert_eq!((&rated.bills[0].tax, &rated.bills[0].credits), (&None, &None));
}

#[test]
fn an_open_period_is_provisional() {
    let mut world = one_hour();
    world.open("2026-02");
    world.state("n", "running", "2026-02-03T10:00");
    world.record("n", "member_seconds", "2026-02-03T10:00", "2026-02-03T11:00", 3600);
    let rated = world.rate();
    assert_eq!(lines(&rated, "2026-02", "a"), ["2026-02 hour 3600 0.3600000000"]);
    let bill = rated.bills.last().expect("the root's");
    assert_eq!((&bill.number, &bill.hash, bill.closed_at), (&None, &None, None));
    assert!(bill.gaps.is_empty());
    assert_eq!(bill.credits.as_deref(), Some(&[][..]));
    assert_eq!(bill.payable.as_ref().map(ToString::to_string).as_deref(), Some("0.36"));
}

#[test]
fn days_and_months_are_those_of_the_zone() {
    let mut world = one_hour();
    world.tenant["zone"] = json!("Asia/Kolkata");
    world.state("n", "running", "2026-01-01T18:00");
    world.record("n", "member_seconds", "2026-01-01T18:00", "2026-01-01T19:00", 3600);
    let rated = world.rate();
    let days: Vec<_> = rated
        .charges
        .iter()
        .map(|charge| format!("{} {}", charge.key.day, charge.quantity))
        .collect();
    assert_eq!(days, ["2026-01-01 1800", "2026-01-02 1800"]);
}

#[test]
fn a_world_that_contradicts_itself_is_refused() {
    let refused = |change: fn(&mut Lines)| {
        let mut world = one_hour();
        world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
        change(&mut world);
        world.refusal()
    };
    assert_eq!(refused(|world| world.tenant["zone"] = json!("Moon/Tycho")), "ZONE");
    assert_eq!(refused(|world| world.closed("2026-04", "2026-05-02")), "PERIODS");
    assert_eq!(refused(|world| world.closed("2026-02", "2026-02-01")), "PERIODS");
    assert_eq!(refused(|world| world.project("deleted", "pa", None, "2026-01-02")), "OWNER");
    assert_eq!(refused(|world| world.organization("moved", "r", Some("a"), "2026-01-02")), "TREE");
    assert_eq!(
        refused(|world| world.books[0]["versions"][0]["lines"][0]["per"] = json!(0)),
        "PRICE"
    );
    assert_eq!(refused(|world| world.books.push(world.books[0].clone())), "BOOK");
}
