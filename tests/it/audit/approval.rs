//! What people decide and by which rules, in the audit.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::approval::{APPROVE, COMMENT, CREATE_RULE, DELETE_RULE, REJECT, WITHDRAW};
use tests::world::World;

use super::Witness;

/// Whoever sees nothing of it is told so.
pub(super) async fn approvals_refused(world: &World, witness: &mut Witness, seller: (&str, &User)) {
    let none = "apr_00000000000000000000000000";
    let rule = json!({ "at": world.seed.platform.to_string(), "mutations": ["STOP_INSTANCE"] });
    let all = [
        (APPROVE, json!({ "approval": none })),
        (WITHDRAW, json!({ "approval": none })),
        (REJECT, json!({ "approval": none, "comment": "no" })),
        (COMMENT, json!({ "approval": none, "comment": "no" })),
        (CREATE_RULE, rule),
        (DELETE_RULE, json!({ "rule": "arl_00000000000000000000000000" })),
    ];
    for (mutation, mut input) in all {
        input["idempotencyKey"] = json!("key");
        witness.check(seller, mutation, input, "NOT_FOUND").await;
    }
}

/// All of it, once.
pub(super) async fn approvals_done(world: &World, witness: &mut Witness) {
    // Their sessions were ended by what was tried before.
    let (dev, head) = (world.sign_in("dev").await, world.sign_in("head").await);
    let at = world.seed.platform.to_string();
    let with = |mut input: Value, key: &str| {
        input["idempotencyKey"] = json!(key);
        input
    };
    let rule = json!({ "at": at, "mutations": ["PLACE_ORDER"], "approvers": 2 });
    let head = ("head", &head);
    let made = witness.check(head, CREATE_RULE, with(rule, "key"), "done").await;
    let rule = made.granted()["createApprovalRule"]["id"].clone();
    let mut waiting = Vec::new();
    for name in ["first", "second"] {
        let order = world.redis(world.seed.platform_dev, name, "standalone");
        waiting.push(dev.place(&order, &dev.preview(&order).await, name).await.waiting());
    }
    let of = |id: &str| json!({ "approval": id, "comment": "well" });
    for mutation in [COMMENT, APPROVE] {
        witness.check(head, mutation, with(of(&waiting[0]), "key"), "done").await;
    }
    witness.check(("dev", &dev), WITHDRAW, with(of(&waiting[0]), "key"), "done").await;
    witness.check(head, REJECT, with(of(&waiting[1]), "key"), "done").await;
    witness.check(head, DELETE_RULE, with(json!({ "rule": rule }), "key"), "done").await;
}
