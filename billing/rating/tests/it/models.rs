//! Price models, resolution and discounts, as they show on a bill.

use serde_json::{Value, json};

use crate::world::{Lines, lines};

/// A member `m` running on 11 January from 10:00 to 12:00 with full records.
fn two_hours(prices: Value) -> Lines {
    let mut world = Lines::new();
    world.prices("2026-01-01", prices);
    world.state("m", "running", "2026-01-11T10:00");
    world.state("m", "deleted", "2026-01-11T12:00");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
    world.record("m", "member_seconds", "2026-01-11T11:00", "2026-01-11T12:00", 3600);
    world
}

fn unit(id: &str, price: &str) -> Value {
    json!({"id": id, "meter": "member_seconds", "model": "unit", "unit_price": price, "per": 3600})
}

#[track_caller]
fn check(world: &Lines, expected: &[&str]) {
    assert_eq!(lines(&world.rate(), "2026-01", "a"), expected);
}

#[test]
fn a_version_holds_from_its_instant_on() {
    let mut world = two_hours(json!([unit("old", "1")]));
    world.prices("2026-01-11T10:30", json!([unit("new", "2")]));
    check(&world, &["2026-01 new 5400 3.0000000000", "2026-01 old 1800 0.5000000000"]);
}

#[test]
fn an_organizations_book_goes_before_the_global_one_until_it_is_emptied() {
    let mut world = two_hours(json!([unit("global", "1")]));
    world.book("organization", Some("r"), "2026-01-01", json!([unit("own", "3")]));
    world.book("organization", Some("r"), "2026-01-11T11:00", json!([]));
    check(&world, &["2026-01 global 3600 1.0000000000", "2026-01 own 3600 3.0000000000"]);
}

#[test]
fn stopped_time_is_billed_only_where_the_line_says_so() {
    let mut line = unit("hour", "1");
    let stopped = |line: &Value| {
        let mut world = two_hours(json!([line]));
        world.state("m", "stopped", "2026-01-11T11:00");
        world
    };
    check(&stopped(&line), &["2026-01 hour 3600 1.0000000000"]);
    line["stopped"] = json!(true);
    check(&stopped(&line), &["2026-01 hour 7200 2.0000000000"]);
}

#[test]
fn a_month_costs_its_price() {
    let month = json!({"id": "month", "meter": "member_seconds", "model": "flat_month",
                       "unit_price": "31"});
    let world = two_hours(json!([month]));
    check(&world, &["2026-01 month 7200 0.0833333333"]);
    assert_eq!(world.rate().charges[0].per, Some(31 * 86_400));
}

#[test]
fn a_fee_is_charged_once_for_the_first_instant_in_service() {
    let fee = json!({"id": "setup", "meter": "member_seconds", "model": "one_off",
                     "unit_price": "5"});
    let mut world = two_hours(json!([unit("hour", "1"), fee]));
    world.state("m", "provisioning", "2026-01-11T09:00");
    world.state("m", "stopped", "2026-01-11T10:20");
    world.state("m", "running", "2026-01-11T10:40");
    check(&world, &["2026-01 hour 6000 1.6666666667", "2026-01 setup 1 5.0000000000"]);
}

#[test]
fn tiers_are_divided_exactly_at_their_boundaries() {
    let tiers = json!([{"up_to": 1000, "unit_price": "0"}, {"up_to": 5000, "unit_price": "1"},
                       {"up_to": null, "unit_price": "0.5"}]);
    let line = json!({"id": "tiered", "meter": "member_seconds", "model": "tiered", "per": 1000,
                      "tiers": tiers});
    let mut world = two_hours(json!([line]));
    world.state("n", "running", "2026-01-11T10:00");
    world.record("n", "member_seconds", "2026-01-11T10:10", "2026-01-11T10:20", 600);
    let charges: Vec<_> = world
        .rate()
        .charges
        .iter()
        .map(|charge| {
            let tier = charge.key.tier.expect("a tier");
            format!("{} {tier} {} {}", charge.key.resource, charge.quantity, charge.amount)
        })
        .collect();
    assert_eq!(
        charges,
        [
            "m 1 1000 0.0000000000",
            "m 2 3400 3.4000000000",
            "m 3 2800 1.4000000000",
            "n 2 600 0.6000000000",
        ]
    );
}

#[test]
fn a_discount_is_applied_before_rounding_and_ends_where_it_says() {
    let mut world = two_hours(json!([unit("hour", "1")]));
    world.add(
        "discounts",
        json!({"organization": "r", "percent": "12.500",
                                  "effective_from": "2026-01-01T00:00:00Z"}),
    );
    world.add(
        "discounts",
        json!({"organization": "a", "percent": "0",
                                  "effective_from": "2026-01-11T11:00:00Z"}),
    );
    world.add(
        "discounts",
        json!({"organization": "a", "percent": null,
                                  "effective_from": "2026-01-11T11:30:00Z"}),
    );
    let discounts: Vec<_> = world
        .rate()
        .charges
        .iter()
        .map(|charge| format!("{} {} {}", charge.key.discount, charge.quantity, charge.amount))
        .collect();
    assert_eq!(discounts, ["0 1800 0.5000000000", "12.5 5400 1.3125000000"]);
}

#[test]
fn the_resources_plan_is_on_the_line_and_picks_the_price() {
    let mut small = unit("small", "2");
    small["plan"] = json!("small");
    let mut world = two_hours(json!([unit("any", "1"), small]));
    world.state("m", "running", "2026-01-11T11:00");
    world.lifecycle.last_mut().expect("a line")["plan"] = json!("large");
    check(&world, &["2026-01 any 3600 1.0000000000", "2026-01 small 3600 2.0000000000"]);
}

#[test]
fn storage_is_billed_in_every_state_until_deleted() {
    let line = json!({"id": "disk", "meter": "storage_mib_seconds", "model": "unit",
                      "unit_price": "1", "per": 3600});
    let mut world = Lines::new();
    world.prices("2026-01-01", json!([line]));
    world.state("v", "provisioning", "2026-01-11T10:00");
    world.state("v", "failed", "2026-01-11T10:20");
    world.state("v", "deleted", "2026-01-11T10:40");
    world.record("v", "storage_mib_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 7200);
    check(&world, &["2026-01 disk 4800 1.3333333333"]);
}
