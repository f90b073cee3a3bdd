//! Random worlds for properties: two closed months and an open one in a zone with odd midnights.

use proptest::prelude::*;
use serde_json::json;

use crate::world::Lines;

/// Something that happens, as a few numbers; what they mean depends on the kind.
pub type Happening = (u8, i64, i64, i64);

const MONTHS: i64 = 89 * 24 * 60;

pub fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    prop::collection::vec((0..6u8, 0..MONTHS, 0..5i64, 0..100i64), 0..60)
}

/// Minutes since the world began, as an instant.
fn minute(minutes: i64) -> String {
    types::instant::Instant::from_seconds(1_767_225_600 + minutes * 60).to_string().replace('Z', "")
}

/// A world in which these things happen.
pub fn world(happenings: &[Happening]) -> Lines {
    let mut world = Lines::new();
    world.tenant["zone"] = json!("Asia/Kolkata");
    world.tree.clear();
    for (kind, id, parent) in [
        ("organization", "r", None),
        ("organization", "a", Some("r")),
        ("organization", "b", Some("r")),
        ("organization", "c", Some("a")),
        ("project", "pa", Some("a")),
        ("project", "pb", Some("b")),
    ] {
        let when = "2025-12-31T12:00";
        match kind {
            "project" => world.project("created", id, parent, when),
            _ => world.organization("created", id, parent, when),
        }
    }
    world.closed("2026-02", "2026-03-02");
    world.open("2026-03");
    prices(&mut world);
    for resource in ["m0", "m1", "h2", "v3", "m4"] {
        world.state(resource, "provisioning", "2025-12-31T13:00");
    }
    for happening in happenings {
        happen(&mut world, *happening);
    }
    world
}

fn prices(world: &mut Lines) {
    let unit = |id: &str, meter: &str, price: &str| {
        json!({"id": id, "meter": meter, "model": "unit", "unit_price": price, "per": 3600,
               "stopped": true})
    };
    let tiers = json!([{"up_to": 5000, "unit_price": "0.1"}, {"unit_price": "0.07"}]);
    world.prices(
        "2025-12-31",
        json!([
            unit("g1", "storage_mib_seconds", "0.7"),
            {"id": "g2", "meter": "machine_seconds", "model": "flat_month", "unit_price": "99.99"},
            {"id": "g3", "meter": "member_seconds", "model": "tiered", "per": 60, "tiers": tiers},
            {"id": "g4", "meter": "member_seconds", "model": "one_off", "unit_price": "3.333"},
        ]),
    );
    let own = json!([unit("o1", "member_seconds", "0.123456789")]);
    world.book("organization", Some("c"), "2026-01-15T07:07", own);
}

fn happen(world: &mut Lines, (kind, time, which, number): Happening) {
    let resource = ["m0", "m1", "h2", "v3", "m4"][which as usize];
    let when = minute(time);
    let organization = ["r", "a", "b", "c", "a"][which as usize];
    match kind {
        0 => {
            let states = ["running", "stopped", "unknown", "degraded", "failed", "updating"];
            let state = if number == 99 { "deleted" } else { states[number as usize % 6] };
            let recorded = minute(time + number * number * number % 70_000);
            world.late_state(resource, state, &when, &recorded);
        }
        1 => world.project("moved", "pa", Some(organization), &when),
        2 if organization == "c" => world.organization("moved", "c", Some("b"), &when),
        3 => {
            let percent = (number != 50).then(|| format!("{number}.25"));
            world.add(
                "discounts",
                json!({"organization": organization, "percent": percent,
                "effective_from": format!("{when}Z")}),
            );
        }
        _ => record(world, resource, time / 60 * 60, number),
    }
}

fn record(world: &mut Lines, resource: &str, hour: i64, number: i64) {
    let meter = match resource.as_bytes()[0] {
        b'h' => "machine_seconds",
        b'v' => "storage_mib_seconds",
        _ => "member_seconds",
    };
    let (start, end) = (hour + number % 30, hour + 60 - number % 7);
    let quantity = if meter == "storage_mib_seconds" { number * 77 } else { (end - start) * 60 };
    let received = minute(end + number * number * 9);
    world.late_record(resource, meter, &minute(start), &minute(end), quantity, &received);
}
