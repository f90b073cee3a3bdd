//! Previews and explanations agree with bills.

use billing_rating::acceptance;
use billing_rating::explain;
use billing_rating::ground::Ground;
use billing_rating::knowledge::Knowledge;
use billing_rating::meter::Meter;
use billing_rating::preview::{Asked, estimate};
use serde_json::json;

use crate::world::Lines;

fn one_hour() -> Lines {
    let mut world = Lines::new();
    world.prices(
        "2026-01-01",
        json!([
            {"id": "hour", "plan": "small", "meter": "member_seconds", "model": "unit",
             "unit_price": "0.123456789", "per": 3600},
            {"id": "memory", "meter": "memory_mib_seconds", "model": "unit",
             "unit_price": "0.001", "per": 86400},
            {"id": "setup", "meter": "member_seconds", "model": "one_off", "unit_price": "5"},
        ]),
    );
    world.add(
        "discounts",
        json!({"organization": "r", "percent": "7",
                                  "effective_from": "2026-01-01T00:00:00Z"}),
    );
    world.state("m", "running", "2026-01-11T10:00");
    world.state("m", "updating", "2026-01-11T10:20");
    world.record("m", "member_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 3600);
    world.record("m", "memory_mib_seconds", "2026-01-11T10:00", "2026-01-11T11:00", 512 * 3600);
    world
}

#[test]
fn the_price_of_an_hour_is_what_the_bill_says_for_it() {
    let world = one_hour().world();
    let ground = Ground::new(&world.tenant, &world.tree, &world.prices.books).expect("ground");
    let at = "2026-01-11T10:00:00Z".parse().expect("an instant");
    let path = ground.tree.path("a", at).expect("a path");
    let asked = Asked {
        path,
        plan: Some("small"),
        members: 1,
        per_second: &[(Meter::MemberSeconds, 1), (Meter::MemoryMibSeconds, 512)],
        at,
    };
    let estimate = estimate(&ground.rates, &ground.calendar, &asked).expect("an estimate");
    assert_eq!(estimate.once.to_string(), "4.6500000000");
    assert_eq!(estimate.per_hour.to_string(), "0.1346548138");
    assert_eq!(estimate.per_month.to_string(), "96.9514659144");
    let bill = &one_hour().rate().bills[0];
    let lines = bill.lines.iter().filter(|line| line.price_line.as_deref() != Some("setup"));
    let billed = billing_rating::amount::sum(lines.map(|line| &line.amount), 10);
    assert_eq!(billed, estimate.per_hour);
}

#[test]
fn a_tiered_line_has_no_price_by_itself() {
    let mut world = Lines::new();
    world.prices(
        "2026-01-01",
        json!([{"id": "tiered", "meter": "requests", "model": "tiered", "per": 1,
                "tiers": [{"up_to": null, "unit_price": "1"}]}]),
    );
    let world = world.world();
    let ground = Ground::new(&world.tenant, &world.tree, &world.prices.books).expect("ground");
    let at = "2026-01-11T10:00:00Z".parse().expect("an instant");
    let asked = Asked {
        path: &["a", "r"],
        plan: None,
        members: 1,
        per_second: &[(Meter::Requests, 1)],
        at,
    };
    let refused = estimate(&ground.rates, &ground.calendar, &asked).expect_err("no price");
    assert_eq!(refused.code(), "TIERED");
}

#[test]
fn every_charge_is_explained_to_the_last_digit() {
    let world = one_hour().world();
    let ground = Ground::new(&world.tenant, &world.tree, &world.prices.books).expect("ground");
    let replay = acceptance::replay(&world.usage, &world.lifecycle);
    let records = replay.accepted.iter().map(|(_, accepted)| &accepted.record);
    let knowledge = Knowledge::new(&world.lifecycle, records);
    let charges = one_hour().rate().charges;
    assert_eq!(charges.len(), 3);
    for charge in charges {
        let found = explain::charge(&ground, &knowledge, &charge.key).expect("an explanation");
        let found = found.expect("a charge that exists");
        assert_eq!((found.quantity, &found.amount), (charge.quantity, &charge.amount));
        assert!(found.arithmetic.ends_with(&charge.amount.to_string()), "{}", found.arithmetic);
        let seconds = found.pieces.iter().filter(|piece| piece.meter == Meter::MemberSeconds);
        if seconds.clone().any(|piece| piece.record.is_some()) {
            let quantities: Vec<_> = seconds.map(|piece| piece.quantity).collect();
            assert_eq!(quantities, [1200, 2400]);
        }
    }
}
