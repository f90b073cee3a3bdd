//! Applications in the audit.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::application::{OF_APPLICATIONS, of_application};
use tests::world::World;

use super::Witness;

/// The input of a mutation.
fn input(mutation: &str, world: &World, application: &str, [one, two]: [&str; 2]) -> Value {
    let mut input = match mutation {
        "createApplication" => {
            json!({ "organization": world.seed.platform.to_string(), "name": "shop", "title": "S" })
        }
        "renameApplication" => json!({ "application": application, "name": "store" }),
        "deleteApplication" => json!({ "application": application }),
        "addDependency" | "removeDependency" => {
            json!({ "application": application, "instance": one, "needs": two })
        }
        _ => json!({ "application": application, "instance": one }),
    };
    input["idempotencyKey"] = json!("application");
    input
}

/// Whoever sees nothing of it, or may not change it.
pub(super) async fn applications_refused(
    world: &World,
    witness: &mut Witness,
    (dev, seller): ((&str, &User), (&str, &User)),
    part: &str,
) {
    let admin = world.user("admin").await;
    let made = admin.application(world.seed.platform, "suite", true).await;
    for mutation in OF_APPLICATIONS {
        let input = input(mutation, world, &made, [part, part]);
        let text = of_application(mutation);
        witness.check(seller, &text, input.clone(), "NOT_FOUND").await;
        witness.check(dev, &text, input, "FORBIDDEN").await;
    }
    let outside = json!({ "application": made, "instance": part, "idempotencyKey": "none" });
    let text = of_application("removeFromApplication");
    witness.check(("admin", &admin), &text, outside, "CONFLICT").await;
}

/// Each, once.
pub(super) async fn applications_done(world: &World, witness: &mut Witness) {
    let admin = world.user("admin").await;
    let mut parts = Vec::new();
    for name in ["app-one", "app-two"] {
        let order = world.redis(world.seed.platform_dev, name, "standalone");
        parts.push(admin.order(&order).await.instance);
    }
    let mut application = String::new();
    for mutation in OF_APPLICATIONS {
        let input = input(mutation, world, &application, [&parts[0], &parts[1]]);
        let text = of_application(mutation);
        let answer = witness.check(("admin", &admin), &text, input, "done").await;
        if mutation == "createApplication" {
            let made = answer.granted()[mutation]["application"]["id"].as_str();
            application = made.expect("an id").to_owned();
            admin.put_in(&application, &parts[1]).await.granted();
        }
    }
}
