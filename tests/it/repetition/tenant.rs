//! What operators do with tenants and offerings, sent again.

use serde_json::{Value, json};
use tests::client::tenant::{OF_OFFERINGS, OF_TENANTS, plan_named, text, wanted};
use tests::world::World;
use types::id::{OfferingId, SystemIds};

use super::ways_in::told_once;
use super::{all_at_once, mismatch};

/// Every mutation of operators about tenants and offerings; answers their names.
pub(super) async fn of_tenants(world: &World) -> Vec<String> {
    let operator = world.user("operator").await;
    let (globex, other) = (world.seed.globex.to_string(), world.seed.acme.to_string());
    let mut input = wanted("initech");
    input["idempotencyKey"] = json!("key");
    let made = told_once(&operator, &text("createTenant"), "createTenant", "tenant", &input).await;
    mismatch(&operator, &text("createTenant"), input, "/title", json!("Another")).await;
    let all = async |mutation: &str, mut input: Value, pointer: &str, value: &str| {
        input["idempotencyKey"] = json!("key");
        all_at_once(&operator, &text(mutation), &input).await;
        mismatch(&operator, &text(mutation), input, pointer, json!(value)).await;
    };
    let offering = world.redis(world.seed.platform_dev, "x", "standalone")["offering"].clone();
    let chosen = json!({ "offering": offering, "audience": "CHOSEN" });
    all("setOfferingAudience", chosen, "/audience", "ALL").await;
    let plan = plan_named(offering.as_str().expect("an id"), "huge");
    all("addPlan", plan, "/name", "other").await;
    let to = json!({ "offering": offering, "tenant": globex });
    all("offerToTenant", to.clone(), "/tenant", &other).await;
    all("withdrawFromTenant", to, "/tenant", &other).await;
    all(
        "publishOffering",
        json!({ "package": "memcached", "audience": "CHOSEN" }),
        "/audience",
        "ALL",
    )
    .await;
    let named = json!({ "tenant": made, "title": "Another" });
    all("renameTenant", named, "/tenant", &globex).await;
    let why = json!({ "tenant": made, "reason": "unpaid" });
    all("suspendTenant", why, "/reason", "paid").await;
    all("resumeTenant", json!({ "tenant": made }), "/tenant", &globex).await;
    let none = OfferingId::next(&SystemIds).to_string();
    all("withdrawOffering", json!({ "offering": offering }), "/offering", &none).await;
    let gone = json!({ "tenant": made, "name": "initech", "reason": "left" });
    all("closeTenant", gone, "/reason", "stays").await;
    let of_offerings = OF_OFFERINGS.map(|(name, _)| name);
    OF_TENANTS.into_iter().chain(of_offerings).map(str::to_owned).collect()
}
