//! What people decide and by which rules, sent again.

use serde_json::{Value, json};
use tests::client::approval::{APPROVE, COMMENT, CREATE_RULE, DELETE_RULE, REJECT, WITHDRAW};
use tests::world::World;

use super::{all_at_once, mismatch};

/// All of it; answers the names of the mutations.
pub(super) async fn of_approvals(world: &World) -> Vec<String> {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    let mut waiting = Vec::new();
    let at = world.seed.platform.to_string();
    let spare = head.rule(&at, "DELETE_INSTANCE", json!({ "days": 2 })).await;
    let rule = head.rule(&at, "PLACE_ORDER", json!({ "approvers": 2 })).await;
    for number in 0..4 {
        let name = format!("asked-{number}");
        let order = world.redis(world.seed.platform_dev, &name, "standalone");
        waiting.push(dev.place(&order, &dev.preview(&order).await, &name).await.waiting());
    }
    let one = |id: &str| json!({ "approval": id });
    let said = |id: &str| json!({ "approval": id, "comment": "well" });
    let drafted = json!({ "at": at, "mutations": ["STOP_INSTANCE"], "packages": ["memcached"] });
    let all = [
        (&head, COMMENT, said(&waiting[0]), "/approval", &waiting[3]),
        (&head, APPROVE, one(&waiting[0]), "/approval", &waiting[3]),
        (&head, REJECT, said(&waiting[1]), "/approval", &waiting[3]),
        (&dev, WITHDRAW, one(&waiting[2]), "/approval", &waiting[3]),
        (&head, CREATE_RULE, drafted, "/at", &world.seed.sales.to_string()),
        (&head, DELETE_RULE, json!({ "rule": rule }), "/rule", &spare),
    ];
    let mut names = Vec::new();
    for (user, mutation, mut input, field, other) in all {
        input["idempotencyKey"] = json!("key");
        let answer = all_at_once(user, mutation, &input).await;
        mismatch(user, mutation, input, field, Value::from(other.as_str())).await;
        names.extend(answer.granted().as_object().expect("fields").keys().cloned());
    }
    head.act(DELETE_RULE, json!({ "rule": spare })).await.granted();
    names
}
