//! What is not yours is as if it were missing, also below one tenant.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::User;
use tests::world::World;

use super::{Access, Kind, ask, cases, is_tenants, missing, things};

pub(super) async fn what_is_not_yours_is_as_if_it_were_missing(world: &mut World) {
    let seed = world.seed;
    let (dev, seller) = (world.user("dev").await, world.user("seller").await);
    let stranger = world.user("stranger").await;
    let order = world.redis(seed.platform_dev, "mine", "standalone");
    let mut mine = things(
        world,
        ["dev", "admin"],
        &dev,
        &order,
        seed.platform,
        ["mine", "platform", "platform-dev"],
    )
    .await;
    let theirs = world.redis(seed.sales_dev, "sold", "standalone");
    let theirs = things(
        world,
        ["seller", "admin"],
        &seller,
        &theirs,
        seed.sales,
        ["sold", "sales", "sales-dev"],
    )
    .await;
    let foreign = world.redis(seed.globex_dev, "foreign", "standalone");
    let names = ["foreign", "globex", "globex-dev"];
    let mut foreign =
        things(world, ["stranger"; 2], &stranger, &foreign, seed.globex_root, names).await;
    let fresh = world.redis(seed.platform_dev, "fresh", "standalone");
    let admin = world.user("admin").await;
    mine.access = Some(Access::of(&admin, seed.platform.to_string()).await);
    foreign.access = Some(Access::of(&stranger, seed.globex_root.to_string()).await);
    mine.plan = Some(world.plan_for(seed.acme, "ours").await);
    foreign.plan = Some(world.plan_for(seed.globex, "foreign").await);
    let by = |kind: Kind| if kind.is_of_access() { &admin } else { &dev };
    let cases = cases(&fresh, &mine);
    let tried: BTreeSet<_> = cases.iter().map(|case| case.argument.to_owned()).collect();
    assert_eq!(arguments(&dev).await, tried, "an argument that takes an id lacks a case");
    let untouched =
        (seller.instance(&theirs.instance).await, stranger.instance(&foreign.instance).await);
    for case in &cases {
        let ids = missing(case.kind);
        let expected = ask(by(case.kind), case, &ids[0]).await.without_request();
        let others = theirs.of(case.kind).into_iter().chain(foreign.of(case.kind));
        for id in ids[1..].iter().cloned().chain(others) {
            let answer = ask(by(case.kind), case, &id).await;
            assert_eq!(answer.without_request(), expected, "{} of {id:?}", case.argument);
            let is_hidden =
                answer.code() == "NOT_FOUND" || answer.text == r#"{"data":{"node":null}}"#;
            assert!(is_hidden, "{} of {id:?}: {}", case.argument, answer.text);
        }
    }
    // What only administrators and operators are told of has its stories elsewhere.
    let is_told = |kind| is_tenants(kind) && kind != Kind::Program;
    let asked = cases.iter().filter(|case| is_told(case.kind));
    for case in asked {
        let answer = ask(by(case.kind), case, &mine.of(case.kind)[0]).await;
        assert_ne!(answer.code(), "NOT_FOUND", "{}: the case asks nothing", case.argument);
    }
    let after =
        (seller.instance(&theirs.instance).await, stranger.instance(&foreign.instance).await);
    assert_eq!(untouched.0["generation"], after.0["generation"]);
    assert_eq!(untouched.1["generation"], after.1["generation"]);
}

/// Arguments of the schema that take an id, or an id or a name.
async fn arguments(user: &User) -> BTreeSet<String> {
    let query = "{ __schema { types { name kind \
        fields { name args { name type { ...T } } } inputFields { name type { ...T } } } } } \
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { name } } } }";
    let schema = user.get(query, json!({})).await;
    let types = schema["__schema"]["types"].as_array().expect("types").clone();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut open = Vec::new();
    let is_object =
        |kind: &&Value| kind["kind"] == "OBJECT" && !text(&kind["name"]).starts_with("__");
    for object in types.iter().filter(is_object) {
        for field in list(&object["fields"]) {
            let path = format!("{}.{}", text(&object["name"]), text(&field["name"]));
            open.extend(list(&field["args"]).into_iter().map(|each| (path.clone(), each)));
        }
    }
    let mut found = BTreeSet::new();
    while let Some((path, argument)) = open.pop() {
        let name = text(&argument["name"]);
        let path = format!("{path}.{name}");
        let mut kind = &argument["type"];
        while kind["ofType"].is_object() {
            kind = &kind["ofType"];
        }
        let takes_name =
            ["idOrName", "project", "organization", "instance", "parts"].contains(&&*name);
        if kind["name"] == "ID" || (kind["name"] == "String" && takes_name) {
            found.insert(path);
        } else if let Some(input) = types.iter().find(|each| each["name"] == kind["name"]) {
            open.extend(list(&input["inputFields"]).into_iter().map(|each| (path.clone(), each)));
        }
    }
    // The cursor of a page says where to go on and finds nothing by itself.
    found
}
