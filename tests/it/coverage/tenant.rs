//! Tenants and offerings as operators see them: what takes the id of one.

use serde_json::{Value, json};
use tests::client::tenant::{TENANTS, plan_named, text};
use types::id::{OfferingId, SystemIds, TenantId};

use super::{Case, Kind, case};

/// The operators' alone; see `tenant.rs` and `offering.rs` for what they find.
pub(super) fn of_operators() -> Vec<Case> {
    let tenant = "query($x: String!) { managedTenant(idOrName: $x) { name } }";
    let some = OfferingId::next(&SystemIds).to_string();
    let close = json!({ "tenant": "$x", "name": "acme", "reason": "left" });
    let mut cases = vec![
        case("Query.managedTenant.idOrName", tenant, json!({ "x": "$x" }), Kind::WhomToBe),
        case("Query.managedTenants.offering", TENANTS, json!({ "offering": "$x" }), Kind::WhomToBe),
        case(
            "Query.managedTenants.plan",
            TENANTS,
            json!({ "offering": some, "plan": "$x" }),
            Kind::WhomToBe,
        ),
        change(
            "Mutation.renameTenant.input.tenant",
            "renameTenant",
            json!({ "tenant": "$x", "title": "Mine" }),
        ),
        change(
            "Mutation.suspendTenant.input.tenant",
            "suspendTenant",
            json!({ "tenant": "$x", "reason": "mine" }),
        ),
        change("Mutation.resumeTenant.input.tenant", "resumeTenant", json!({ "tenant": "$x" })),
        change("Mutation.closeTenant.input.tenant", "closeTenant", close),
    ];
    cases.extend(of_offerings(&some));
    cases
}

/// What operators change: `$x` in the input is what the case asks for.
fn change(argument: &'static str, mutation: &str, mut input: Value) -> Case {
    input["idempotencyKey"] = json!("$k");
    case(argument, &text(mutation), json!({ "input": input }), Kind::WhomToBe)
}

fn of_offerings(some: &str) -> Vec<Case> {
    let any = TenantId::next(&SystemIds).to_string();
    vec![
        change(
            "Mutation.withdrawOffering.input.offering",
            "withdrawOffering",
            json!({ "offering": "$x" }),
        ),
        change("Mutation.addPlan.input.offering", "addPlan", plan_named("$x", "mine")),
        change(
            "Mutation.setOfferingAudience.input.offering",
            "setOfferingAudience",
            json!({ "offering": "$x", "audience": "CHOSEN" }),
        ),
        change(
            "Mutation.setOfferingAudience.input.plan",
            "setOfferingAudience",
            json!({ "offering": some, "plan": "$x", "audience": "CHOSEN" }),
        ),
        change(
            "Mutation.offerToTenant.input.plan",
            "offerToTenant",
            json!({ "offering": some, "plan": "$x", "tenant": any }),
        ),
        change(
            "Mutation.withdrawFromTenant.input.plan",
            "withdrawFromTenant",
            json!({ "offering": some, "plan": "$x", "tenant": any }),
        ),
        change(
            "Mutation.offerToTenant.input.offering",
            "offerToTenant",
            json!({ "offering": "$x", "tenant": any }),
        ),
        change(
            "Mutation.offerToTenant.input.tenant",
            "offerToTenant",
            json!({ "offering": some, "tenant": "$x" }),
        ),
        change(
            "Mutation.withdrawFromTenant.input.offering",
            "withdrawFromTenant",
            json!({ "offering": "$x", "tenant": any }),
        ),
        change(
            "Mutation.withdrawFromTenant.input.tenant",
            "withdrawFromTenant",
            json!({ "offering": some, "tenant": "$x" }),
        ),
    ]
}
