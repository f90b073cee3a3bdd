//! Applications: what takes the id of one, or of what is to be in it.

use serde_json::{Value, json};
use tests::client::application::of_application;

use super::{Case, Kind, case};

/// All of it; `own` is an application that the asker sees, `part` an instance.
pub(super) fn of_applications(own: &str, part: &str) -> Vec<Case> {
    let x = json!({ "x": "$x" });
    let text = |ask: &str| format!("query($x: String!) {{ {ask} }}");
    let list = text("applications(organization: $x) { nodes { id } }");
    let find = text("application(idOrName: $x) { id }");
    let mut cases = vec![
        case("Query.applications.organization", &list, x.clone(), Kind::Organization),
        case("Query.application.idOrName", &find, x, Kind::Application),
    ];
    let of = |application: &str, instance: &str| json!({ "application": application, "instance": instance });
    let needs = |application: &str, instance: &str, needs: &str| json!({ "application": application, "instance": instance, "needs": needs });
    let new = json!({ "organization": "$x", "name": "new", "title": "New" });
    let words = json!({ "application": "$x", "title": "New" });
    let mut more = vec![
        ("createApplication", "organization", new, Kind::Organization),
        ("renameApplication", "application", words, Kind::Application),
        ("deleteApplication", "application", json!({ "application": "$x" }), Kind::Application),
    ];
    for mutation in ["addToApplication", "removeFromApplication"] {
        more.push((mutation, "application", of("$x", part), Kind::Application));
        more.push((mutation, "instance", of(own, "$x"), Kind::Instance));
    }
    for mutation in ["addDependency", "removeDependency"] {
        more.push((mutation, "application", needs("$x", part, part), Kind::Application));
        more.push((mutation, "instance", needs(own, "$x", part), Kind::Instance));
        more.push((mutation, "needs", needs(own, part, "$x"), Kind::Instance));
    }
    cases.extend(more.into_iter().map(|(mutation, field, mut input, kind): (_, _, Value, _)| {
        input["idempotencyKey"] = json!("$k");
        let argument = format!("Mutation.{mutation}.input.{field}");
        case(argument.leak(), &of_application(mutation), json!({ "input": input }), kind)
    }));
    cases
}
