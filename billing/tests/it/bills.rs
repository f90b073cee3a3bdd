//! Bills and costs as people read them.

use std::time::Duration;

use billing::bill::resource;
use billing::{bill, closing, cost, period};
use control_plane_core::error::ErrorCode;
use policies::role::{Node, Role};
use types::instant::Instant;

use crate::world::{World, clock_now, october, september};

async fn delivered() -> World {
    let world = World::new().await;
    world.organization("sibling").await;
    world.clock.set(october().shifted(-Instant::HOUR));
    world.deliver(world.hours(1, september(), 100)).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_bill_has_the_amounts_of_the_closed_one() {
    let world = delivered().await;
    let call = world.caller("boss", Role::TenantAdmin, Node::Tenant(world.tenant)).await;
    let open = bill::get(&call, world.root, "2026-09").await.expect("a bill");
    assert_eq!(open.bill.number, None);
    assert_eq!(open.complete_to, Some(clock_now(&world.clock)));
    assert_eq!(open.bill.payable.as_ref().map(ToString::to_string).as_deref(), Some("37.00"));
    world.clock.set(october());
    world.deliver(Vec::new()).await;
    world.clock.advance(Duration::from_secs(1));
    closing::advance(&world.plane, world.tenant, None).await.expect("closed");
    let closed = bill::get(&call, world.root, "2026-09").await.expect("a bill");
    assert!(closed.bill.number.is_some());
    assert_eq!(closed.complete_to, Some(october()));
    assert_eq!(open.bill.lines, closed.bill.lines);
    assert_eq!(open.bill.payable, closed.bill.payable);
    for view in [&open, &closed] {
        let children = bill::children(view).await.expect("children");
        let shown: Vec<_> = children
            .iter()
            .map(|each| format!("{} {}", each.organization.name, each.bill.subtree_total))
            .collect();
        assert_eq!(shown, ["child 37.00", "sibling 0.00"]);
        assert_eq!(children[0].bill.subtree_total, view.bill.children_total);
        assert_eq!(view.bill.children_total, view.bill.subtree_total);
        let line = &children[0].lines[0];
        assert_eq!(line.unit_price.as_ref().map(ToString::to_string).as_deref(), Some("0.37"));
        assert_eq!(line.per, Some(3600));
        let page = resource::list(&children[0], 10, None).await.expect("resources");
        let shown: Vec<_> =
            page.rows.iter().map(|row| (row.name.as_str(), row.amount.to_string())).collect();
        assert_eq!(shown, [("cache-0", "37.0000000000".to_owned())]);
        assert!(!page.has_next);
        assert!(resource::list(view, 10, None).await.expect("resources").rows.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn finance_of_a_part_reads_its_own_bill_only() {
    let world = delivered().await;
    let node = Node::Organization(world.child);
    let call = world.caller("finance", Role::Finance, node).await;
    let own = bill::get(&call, world.child, "2026-09").await.expect("a bill");
    assert_eq!(own.bill.own_total.to_string(), "37.00");
    let code = async |call, organization, period| {
        bill::get(call, organization, period).await.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(code(&call, world.root, "2026-09").await, Err(ErrorCode::NotFound));
    assert_eq!(code(&call, world.child, "2026-08").await, Err(ErrorCode::NotFound));
    assert_eq!(code(&call, world.child, "soon").await, Err(ErrorCode::Invalid));
    let viewer = world.caller("viewer", Role::Viewer, node).await;
    assert_eq!(code(&viewer, world.child, "2026-09").await, Err(ErrorCode::Forbidden));
    let months = period::of_tenant(&call).await.expect("months");
    let periods = period::of_organization(&call, world.child, &months).await.expect("periods");
    let shown: Vec<_> = periods.iter().map(|row| format!("{} {}", row.period, row.state)).collect();
    assert_eq!(shown, ["2026-09 open"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cost_of_an_instance_is_its_part_of_the_bill() {
    let world = delivered().await;
    let call = world.caller("viewer", Role::Viewer, Node::Project(world.project)).await;
    let cost = cost::of_instance(&call, &world.instance).await.expect("a cost");
    assert_eq!(cost.amount.to_string(), "37.0000000000");
    assert_eq!(cost.period, "2026-09");
    assert_eq!(cost.complete_to, Some(clock_now(&world.clock)));
    let lines: Vec<_> =
        cost.lines.iter().map(|line| (line.meter.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("member_seconds", 360_000)]);
}
