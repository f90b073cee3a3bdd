//! What operators do with tenants and offerings.

use serde_json::{Value, json};

use crate::client::User;

/// What is asked of a tenant.
const TENANT: &str =
    "id name title state stateReason stateAt zone currency createdAt instanceCount";
/// What is asked of an offering.
const OFFERING: &str = "id name audience tenantCount withdrawnAt";
/// Tenants by name.
pub const TENANTS: &str = "query($first: Int, $after: String, $search: String, $offering: ID) { \
    managedTenants(first: $first, after: $after, search: $search, offering: $offering) { \
    nodes { id name state } pageInfo { hasNextPage endCursor } } }";
/// The mutations of operators about tenants.
pub const OF_TENANTS: [&str; 5] =
    ["createTenant", "renameTenant", "suspendTenant", "resumeTenant", "closeTenant"];
/// The mutations of operators about offerings, each with the name of its input.
pub const OF_OFFERINGS: [(&str, &str); 5] = [
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
