//! What takes an approval: what takes the id of a rule, or of what waits.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::approval::{APPROVE, COMMENT, CREATE_RULE, DELETE_RULE, REJECT, WITHDRAW};
use tests::world::World;

use super::{Case, Kind, case};

/// All of it; `node` is where the administrator makes rules.
pub(super) fn of_approvals(node: &str) -> Vec<Case> {
    let x = json!({ "x": "$x" });
    let of = |mut input: Value| {
        input["idempotencyKey"] = json!("$k");
        json!({ "input": input })
    };
    let one = || of(json!({ "approval": "$x" }));
    let said = || of(json!({ "approval": "$x", "comment": "well" }));
    let rule = |at: &str, plans: Value| {
        of(json!({ "at": at, "mutations": ["DELETE_INSTANCE"], "plans": plans }))
    };
    let list = "query($x: ID!) { approvals(at: $x) { nodes { id } } }";
    let rules = "query($x: ID!) { approvalRules(at: $x) { nodes { id } } }";
    let find = "query($x: ID!) { approval(id: $x) { id } }";
    vec![
        case("Query.approvals.at", list, x.clone(), Kind::Organization),
        case("Query.approvalRules.at", rules, x.clone(), Kind::At),
        case("Query.approval.id", find, x, Kind::Approval),
        case("Mutation.giveApproval.input.approval", APPROVE, one(), Kind::Approval),
        case("Mutation.rejectApproval.input.approval", REJECT, said(), Kind::Approval),
        case("Mutation.commentOnApproval.input.approval", COMMENT, said(), Kind::Approval),
        case("Mutation.withdrawApproval.input.approval", WITHDRAW, one(), Kind::Approval),
        case("Mutation.createApprovalRule.input.at", CREATE_RULE, rule("$x", json!([])), Kind::At),
        case(
            "Mutation.createApprovalRule.input.plans",
            CREATE_RULE,
            rule(node, json!(["$x"])),
            Kind::ChosenPlan,
        ),
        case(
            "Mutation.deleteApprovalRule.input.rule",
            DELETE_RULE,
            of(json!({ "rule": "$x" })),
            Kind::ApprovalRule,
        ),
    ]
}

/// Something that waits for an approval by a rule of the manager.
pub(super) async fn waiting(world: &World, manager: &str, user: &User, order: &Value) -> String {
    let at = &order["project"];
    let rule = json!({ "at": at, "mutations": ["PLACE_ORDER"], "abovePerMonth": "50" });
    world.user(manager).await.make(CREATE_RULE, rule).await;
    let mut dear = order.clone();
    dear["name"] = json!("waiting");
    dear["topology"] = json!("primary-replica");
    user.place(&dear, &user.preview(&dear).await, "waiting").await.waiting()
}
