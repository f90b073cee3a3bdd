//! What contradicts itself in applications.

use serde_json::json;
use tests::world::World;

use super::{ACME, GLOBEX, GONE, MINE, MY_PROJECT, Plant, THEIR_PROJECT, other, plant};

/// Two applications that hold an instance.
pub(super) async fn hold(world: &World, instance: &str) {
    let admin = world.user("admin").await;
    let rnd = admin.get("{ organization(idOrName: \"rnd\") { id } }", json!({})).await;
    let rnd = rnd["organization"]["id"].as_str().expect("an id").to_owned();
    for (name, is_exclusive) in [("shop", true), ("view", false)] {
        let made = admin.application(&rnd, name, is_exclusive).await;
        admin.put_in(&made, instance).await.granted();
    }
}

/// What is planted into two applications that hold the one that lives.
pub(super) fn plants() -> Vec<Plant> {
    let organization = |name: &str| format!("(SELECT id FROM organization WHERE name = '{name}')");
    let (sales, globex, rnd) = (organization("sales"), organization("globex"), organization("rnd"));
    let (shop, view) = ("name = 'shop'", "name = 'view'");
    let part = format!(
        "instance_id = {MINE} AND application_id = (SELECT id FROM application WHERE {shop})"
    );
    let needs = |part: &str, needed: &str, tenant: &str| {
        format!(
            "INSERT INTO application_dependency (application_id, instance_id, needs_id, \
             tenant_id, added_at) SELECT id, {part}, {needed}, {tenant}, 0 FROM application \
             WHERE {shop}"
        )
    };
    let forget = "DELETE FROM application_dependency";
    let two =
        |invariant, value: [&str; 2]| other(invariant, "application", "exclusive", value, view);
    vec![
        other("application_home", "application", "organization_id", [&globex, &rnd], shop),
        other("application_below", "application", "organization_id", [&sales, &rnd], shop),
        other("application_part", "application_part", "tenant_id", [GLOBEX, ACME], &part),
        other(
            "application_part",
            "application_part",
            "project_id",
            [THEIR_PROJECT, MY_PROJECT],
            &part,
        ),
        other(
            "application_exclusive",
            "application_part",
            "exclusive_id",
            ["NULL", "instance_id"],
            &part,
        ),
        two("application_exclusive", ["TRUE", "FALSE"]),
        plant("application_dependency", &needs(MINE, GONE, "tenant_id"), forget),
        plant("application_dependency", &needs(GONE, MINE, "tenant_id"), forget),
        plant("application_dependency", &needs(MINE, MINE, GLOBEX), forget),
        plant("application_acyclic", &needs(MINE, MINE, "tenant_id"), forget),
    ]
}
