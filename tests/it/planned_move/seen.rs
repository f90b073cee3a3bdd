//! Who sees what of planned moves, and what is left of them when their places are gone.

use tests::client::tree::CANCEL_MOVE;
use types::id::{PlannedMoveId, SystemIds};

use super::*;

pub(super) async fn a_stranger_and_a_sibling_see_nothing(world: &mut World) {
    let head = world.user("head").await;
    let rnd = id(&head, "rnd").await;
    let to_rnd = json!({ "project": world.seed.platform_dev.to_string(), "organization": rnd });
    let planned = head.planned("moveProject", to_rnd, later(world, HOUR)).await;
    let none = PlannedMoveId::next(&SystemIds).to_string();
    let find = "query($x: ID!) { plannedMove(id: $x) { id } }";
    let input = |id: &str| json!({ "input": { "plannedMove": id, "idempotencyKey": "key" } });
    for name in ["stranger", "seller", "nobody"] {
        let user = world.user(name).await;
        let missing = user.ask(find, json!({ "x": none })).await.without_request();
        let hidden = user.ask(find, json!({ "x": planned })).await;
        assert_eq!((hidden.code(), hidden.without_request()), ("NOT_FOUND", missing), "{name}");
        let missing = user.ask(CANCEL_MOVE, input(&none)).await.without_request();
        let hidden = user.ask(CANCEL_MOVE, input(&planned)).await;
        assert_eq!((hidden.code(), hidden.without_request()), ("NOT_FOUND", missing), "{name}");
        assert_eq!(user.planned_moves(None, None).await, Vec::<Value>::new(), "{name}");
        let at = user
            .ask(
                "query($x: ID!) { plannedMoves(at: $x) { nodes { id } } }",
                json!({ "x": world.seed.platform.to_string() }),
            )
            .await;
        assert_eq!(at.code(), "NOT_FOUND", "{name}");
    }
    let seen = world.user("viewer").await.planned_moves(None, None).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(head.planned_move(&planned).await["state"], "PLANNED");
}

pub(super) async fn a_list_is_asked_at_a_place_and_by_state(world: &mut World) {
    let head = world.user("head").await;
    let (root, platform) = (id(&head, "acme").await, world.seed.platform.to_string());
    let (sales, project) = (world.seed.sales.to_string(), world.seed.platform_dev.to_string());
    let at = later(world, HOUR);
    let first = head.planned("moveProject", to_sales(world), at).await;
    head.cancel_move(&first).await.granted();
    let second = head.planned("moveOrganization", below(&sales, &platform), at).await;
    let third = head.planned("moveProject", to_sales(world), at.plus(HOUR)).await;
    let lab = head.organization(&root, "lab").await;
    let found = async |at: Option<&str>, state: Option<&str>| {
        let found = head.planned_moves(at, state).await;
        found.iter().map(|each| each["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(None, None).await, [third.clone(), second.clone(), first.clone()]);
    assert_eq!(found(None, Some("PLANNED")).await, [third.clone(), second.clone()]);
    assert_eq!(found(None, Some("CANCELLED")).await, std::slice::from_ref(&first));
    assert_eq!(found(Some(&project), None).await, [third.clone(), first.clone()]);
    // What leads to a place is told there as well.
    assert_eq!(found(Some(&sales), None).await, [third.clone(), second.clone(), first.clone()]);
    assert_eq!(found(Some(&platform), Some("PLANNED")).await, [third.clone(), second]);
    assert_eq!(found(Some(&lab), None).await, Vec::<String>::new());
    let page = "query($after: String) { plannedMoves(first: 2, after: $after) { nodes { id } \
        pageInfo { hasNextPage endCursor } } }";
    let one = head.get(page, json!({})).await["plannedMoves"].clone();
    assert_eq!(
        (one["nodes"].as_array().map(Vec::len), &one["pageInfo"]["hasNextPage"]),
        (Some(2), &json!(true))
    );
    let after = json!({ "after": one["pageInfo"]["endCursor"] });
    let two = head.get(page, after).await["plannedMoves"].clone();
    assert_eq!(two["nodes"], json!([{ "id": first }]));
}

pub(super) async fn what_is_deleted_ends_what_was_planned_of_it(world: &mut World) {
    let head = world.user("head").await;
    let platform = world.seed.platform.to_string();
    let lab = head.organization(&platform, "lab").await;
    let away = head.organization(&platform, "away").await;
    let spare = head.project(&platform, "spare").await;
    let at = later(world, HOUR);
    let of_lab = head.planned("moveOrganization", below(&lab, &away), at).await;
    let to_away = json!({ "project": spare, "organization": away });
    let of_spare = head.planned("moveProject", to_away, at).await;
    head.alter("deleteOrganization", json!({ "organization": away })).await.granted();
    for id in [&of_lab, &of_spare] {
        let ended = head.planned_move(id).await;
        assert_eq!((&ended["state"], &ended["to"]), (&json!("FAILED"), &Value::Null), "{ended}");
    }
    let viewed = world.user("admin").await.planned_move(&of_lab).await;
    assert_eq!(viewed["problem"], "the organization that it was to be moved to was deleted");
    let rnd = id(&head, "rnd").await;
    let of_lab = head.planned("moveOrganization", below(&lab, &rnd), at).await;
    head.alter("deleteOrganization", json!({ "organization": lab })).await.granted();
    // Who sees where it was still sees what became of it.
    for name in ["head", "viewer", "dev"] {
        let ended = world.user(name).await.planned_move(&of_lab).await;
        let expected = (&json!("FAILED"), &json!("lab"), &Value::Null);
        assert_eq!((&ended["state"], &ended["name"], &ended["organization"]), expected, "{name}");
    }
    let ended = head.planned_move(&of_lab).await;
    assert_eq!(
        (&ended["code"], &ended["problem"]),
        (&json!("NOT_FOUND"), &json!("the organization was deleted"))
    );
    world.pass(2 * HOUR);
    world.counted().await;
    assert_eq!(head.planned_move(&of_lab).await["state"], "FAILED");
}
