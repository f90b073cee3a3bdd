//! What operators do with tenants and offerings.

use serde_json::{Value, json};

use types::id::TenantId;

use crate::client::User;
use crate::world::World;

/// What is asked of a tenant.
const TENANT: &str =
    "id name title state stateReason stateAt zone currency createdAt instanceCount";
/// What is asked of an offering.
const OFFERING: &str = "id name audience tenantCount withdrawnAt \
    plans { id name audience tenantCount }";
/// Tenants by name.
pub const TENANTS: &str = "query($first: Int, $after: String, $search: String, $offering: ID, \
    $plan: ID) { managedTenants(first: $first, after: $after, search: $search, \
    offering: $offering, plan: $plan) { \
    nodes { id name state } pageInfo { hasNextPage endCursor } } }";
/// The mutations of operators about tenants.
pub const OF_TENANTS: [&str; 5] =
    ["createTenant", "renameTenant", "suspendTenant", "resumeTenant", "closeTenant"];
/// The mutations of operators about offerings, each with the name of its input.
pub const OF_OFFERINGS: [(&str, &str); 6] = [
    ("addPlan", "AddPlanInput"),
    ("publishOffering", "PublishOfferingInput"),
    ("withdrawOffering", "OfferingInput"),
    ("setOfferingAudience", "SetOfferingAudienceInput"),
    ("offerToTenant", "OfferInput"),
    ("withdrawFromTenant", "OfferInput"),
];

/// The text of one of them.
///
/// # Panics
/// If it is none.
pub fn text(mutation: &str) -> String {
    let of_offering = OF_OFFERINGS.iter().find(|(name, _)| *name == mutation);
    let (input, payload) = match of_offering {
        Some((_, input)) => ((*input).to_owned(), OFFERING.to_owned()),
        None => {
            assert!(OF_TENANTS.contains(&mutation), "{mutation}");
            let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
            let payload = match mutation {
                "createTenant" => format!("tenant {{ {TENANT} }} code codeExpiresAt"),
                _ => TENANT.to_owned(),
            };
            (input, payload)
        }
    };
    format!("mutation($input: {input}!) {{ {mutation}(input: $input) {{ {payload} }} }}")
}

/// A tenant to be made.
pub fn wanted(name: &str) -> Value {
    json!({ "name": name, "title": format!("{name} Ltd."), "zone": "Asia/Shanghai",
        "currency": "CNY", "administrator": { "name": "boss", "title": "The boss" } })
}

/// A plan to be, larger than those that packages suggest.
pub fn plan_named(offering: &str, name: &str) -> Value {
    json!({ "offering": offering, "name": name, "title": { "en": name, "zh": "特大" },
        "size": { "millivcpu": 2_000, "memoryMib": 4_096, "storageMib": 8_192 } })
}

impl World {
    /// A plan of redis for one tenant alone; its id.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn plan_for(&self, tenant: TenantId, name: &str) -> String {
        let offering = self.redis(self.seed.platform_dev, "x", "standalone")["offering"].clone();
        let operator = self.user("operator").await;
        let wanted = plan_named(offering.as_str().expect("an id"), name);
        let made = operator.act(&text("addPlan"), wanted).await;
        let plans = made.granted()["addPlan"]["plans"].clone();
        let plan = plans.as_array().and_then(|plans| plans.last()).expect("a plan")["id"].clone();
        let to = json!({ "offering": offering, "plan": plan, "tenant": tenant.to_string() });
        operator.act(&text("offerToTenant"), to).await.granted();
        plan.as_str().expect("an id").to_owned()
    }
}

impl User {
    /// A tenant as operators see it.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn managed_tenant(&self, id_or_name: &str) -> Value {
        let query = format!("query($x: String!) {{ managedTenant(idOrName: $x) {{ {TENANT} }} }}");
        self.get(&query, json!({ "x": id_or_name })).await["managedTenant"].clone()
    }

    /// Names of the tenants that a search finds, in order.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn managed_tenants(&self, asked: Value) -> Vec<String> {
        let found = self.get(TENANTS, asked).await;
        let nodes = found["managedTenants"]["nodes"].as_array().expect("tenants").iter();
        nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
    }
}
