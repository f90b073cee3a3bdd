//! Other packages than Redis through the whole product: lists, given secrets, a configuration that
//! the product refuses, an instance without a password.

use connectors::runtime::CommandOutput;
use control_plane_core::offering;
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::{OPERATION, Ordered, PREVIEW_CHANGE, PREVIEW_ORDER, REVEAL, START};
use tests::stories;
use tests::world::World;
use tests::world::seed::console;
use types::cell::HostFacts;
use types::id::{MemberId, ProjectId};

stories! {
    a_list_is_judged_at_its_fields_and_changed_like_any_parameter,
    a_given_key_is_used_and_never_shown,
    what_the_product_refuses_changes_nothing,
    a_cache_without_a_password_is_ordered_and_changed,
    an_installation_that_cannot_go_well_changes_nothing,
}

const HISTORY: &str = "query($id: String!) { instance(idOrName: $id) { configurations(first: 10) { \
    nodes { number parameters changes { parameter before after apply } } } \
    connection { secrets examples { text } } } }";
const NOTES: &str = "query($input: OrderInput!) { previewOrder(input: $input) { \
    parameters notes { parameter message { en zh } } } }";

/// An order of a package with defaults, published on the way.
async fn order(world: &World, package: &str, name: &str, project: ProjectId) -> Value {
    let plane = world.plane();
    let found = plane.catalog.find(package, "1.0.0").expect("it is embedded");
    offering::publish::to_all(plane, &console(), found).await.expect("published");
    let query = "query($id: String!) { offering(idOrName: $id) { id softwareVersions \
        topologies { name } plans { id } } }";
    let dev = world.user("dev").await;
    let offered = dev.get(query, json!({ "id": package })).await["offering"].clone();
    json!({
        "project": project.to_string(), "name": name, "offering": offered["id"],
        "plan": offered["plans"][0]["id"], "softwareVersion": offered["softwareVersions"][0],
        "topology": offered["topologies"][0]["name"], "parameters": {},
    })
}

async fn change(dev: &User, instance: &str, parameters: Value, key: &str) -> (Value, Ordered) {
    let change = json!({ "instance": instance, "parameters": parameters });
    let shown = dev.preview_change(&change).await;
    let changed = Ordered::from(&dev.change(&change, &shown["token"], key).await);
    (shown, changed)
}

fn member(instance: &Value) -> MemberId {
    let id = instance["members"][0]["id"].as_str().expect("an id");
    id.parse().expect("an id of a member")
}

async fn a_list_is_judged_at_its_fields_and_changed_like_any_parameter(world: &mut World) {
    let dev = world.user("dev").await;
    let mut wanted = order(world, "nginx", "shop", world.seed.platform_dev).await;
    wanted["parameters"]["upstreams"] = json!([{ "host": "a", "port": 1 }, { "host": "b;", "port": 70_000, "x": 1 }, { "port": 1 }]);
    let refused = dev.ask(PREVIEW_ORDER, json!({ "input": wanted })).await;
    assert_eq!(refused.code(), "INVALID");
    let problems = refused.problems();
    let at = |path: &str, why: &str| (format!("parameters.upstreams{path}"), why.to_owned());
    let expected = [
        at("[1].host", "not_allowed"),
        at("[1].port", "out_of_range"),
        at("[1].x", "unknown"),
        at("[2].host", "required"),
    ];
    assert_eq!(problems, expected, "{}", refused.text);

    let rows = |port: i64| json!([{ "host": "10.0.0.5", "port": port, "weight": 1 }]);
    wanted["parameters"]["upstreams"] = json!([{ "host": "10.0.0.5", "port": 80 }]);
    let Ordered { instance, operation } = dev.order(&wanted).await;
    world.succeeded(&dev, &operation).await;
    let file = |instance: &Value| world.host.file(member(instance), "nginx.conf").expect("there");
    let running = world.becomes(&dev, &instance, "RUNNING").await;
    let only = &running["members"][0];
    assert_eq!(only["observedRole"], only["role"], "nothing gives it another one");
    assert!(file(&running).contains("server 10.0.0.5:80 weight=1;"), "{}", file(&running));
    let before = world.pids().await;
    let (shown, changed) = change(&dev, &instance, json!({ "upstreams": rows(81) }), "81").await;
    let told = json!([{ "parameter": "upstreams", "before": rows(80), "after": rows(81),
        "apply": "HOT" }]);
    assert_eq!((&shown["apply"], &shown["changes"]), (&json!("HOT"), &told));
    world.succeeded(&dev, &changed.operation).await;
    assert!(file(&running).contains("server 10.0.0.5:81 weight=1;"), "{}", file(&running));
    assert_eq!(world.pids().await, before, "nothing restarts");
    let history = dev.get(HISTORY, json!({ "id": instance })).await["instance"].clone();
    assert_eq!(history["configurations"]["nodes"][0]["changes"], told);
    let bad = json!({ "instance": instance, "parameters": { "upstreams": [{ "host": "$a" }] } });
    for somebody in ["stranger", "seller"] {
        let user = world.user(somebody).await;
        let answer = user.ask(PREVIEW_CHANGE, json!({ "input": bad })).await;
        assert_eq!(answer.code(), "NOT_FOUND", "whatever is wrong in it: {}", answer.text);
    }
}

/// A certificate with its key, made by openssl.
fn pair(folder: &std::path::Path) -> (String, String) {
    let (key, certificate) = (folder.join("key"), folder.join("certificate"));
    let mut program = std::process::Command::new("openssl");
    program.args(["req", "-x509", "-nodes", "-subj", "/CN=shop", "-days", "3650"]);
    program.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    program.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    let output = program.output().expect("openssl is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |path| std::fs::read_to_string(path).expect("it is there");
    (read(certificate), read(key))
}

/// An order of a site with a certificate, and a line of its key that nobody else has.
pub(crate) async fn site(world: &World, name: &str) -> (Value, String) {
    let (certificate, key) = pair(&world.home());
    let mut wanted = order(world, "nginx", name, world.seed.platform_dev).await;
    wanted["parameters"] = json!({ "tls-certificate": certificate, "tls-key": key });
    let line = line(&key).to_owned();
    (wanted, line)
}

async fn a_given_key_is_used_and_never_shown(world: &mut World) {
    let dev = world.user("dev").await;
    let folder = world.home();
    let ((certificate, key), (next, next_key)) = (pair(&folder), pair(&folder));
    let told = |text: &str| [&key, &next_key].iter().any(|key| text.contains(line(key)));
    let mut wanted = order(world, "nginx", "shop", world.seed.platform_dev).await;
    wanted["parameters"] = json!({ "tls-certificate": certificate, "tls-key": next_key });
    let refused = dev.ask(PREVIEW_ORDER, json!({ "input": wanted })).await;
    let at_key = |why: &str| [("parameters.tls-key".to_owned(), why.to_owned())];
    assert_eq!(refused.problems(), at_key("not_allowed"));
    assert!(!told(&refused.text), "{}", refused.text);

    wanted["parameters"]["tls-key"] = json!(key);
    let shown = dev.get(NOTES, json!({ "input": wanted })).await["previewOrder"].clone();
    assert_eq!(shown["parameters"]["tls-key"], "********");
    let note = shown["notes"][0]["message"]["en"].as_str().expect("a note");
    // The story's clock stands still; openssl's does not.
    assert!(note.starts_with("The certificate begins at 20"), "{shown}");
    let Ordered { instance, operation } = dev.order(&wanted).await;
    world.succeeded(&dev, &operation).await;
    let running = world.becomes(&dev, &instance, "RUNNING").await;
    let file = |path| world.host.file(member(&running), path).expect("it is there");
    assert_eq!((file("tls/certificate.pem"), file("tls/key.pem")), (certificate, key.clone()));
    assert!(file("nginx.conf").contains(" ssl;"));

    let before = world.pids().await;
    let both = json!({ "tls-certificate": next, "tls-key": next_key });
    let (shown, changed) = change(&dev, &instance, both.clone(), "renewed").await;
    assert_eq!(shown["apply"], "HOT");
    let ended = world.succeeded(&dev, &changed.operation).await;
    assert_eq!(file("tls/key.pem"), next_key);
    assert_eq!(world.pids().await, before, "a renewed certificate restarts nothing");
    // The same once more is no change, although what is sealed differs each time.
    let again = json!({ "instance": instance, "parameters": both });
    assert_eq!(dev.preview_change(&again).await["apply"], Value::Null);
    let half = json!({ "instance": instance, "parameters": { "tls-key": key } });
    let refused = dev.ask(PREVIEW_CHANGE, json!({ "input": half })).await;
    assert_eq!(refused.problems(), at_key("not_allowed"), "judged with what is in force");

    let history = dev.get(HISTORY, json!({ "id": instance })).await;
    let newest = &history["instance"]["configurations"]["nodes"][0];
    assert_eq!(newest["parameters"]["tls-key"], "********");
    assert_eq!(newest["changes"][1]["before"], "********");
    let revealed = dev.command(REVEAL, &instance, "reveal").await;
    assert_eq!(revealed.granted()["revealSecret"]["secrets"], json!([]), "what was given stays in");
    let audit = "{ audit(first: 50) { nodes { action code outcome target subject } } }";
    let texts = [
        shown.to_string(),
        ended.to_string(),
        history.to_string(),
        dev.instance(&instance).await.to_string(),
        world.user("auditor").await.ask(audit, json!({})).await.text,
        dev.get(OPERATION, json!({ "id": operation })).await.to_string(),
        format!("{:?}", world.host.ran()),
    ];
    assert!(texts.iter().all(|text| !told(text)), "{texts:#?}");
}

/// A line that nobody else has.
fn line(key: &str) -> &str {
    key.lines().nth(1).expect("a key has lines")
}

async fn what_the_product_refuses_changes_nothing(world: &mut World) {
    let dev = world.user("dev").await;
    let wanted = order(world, "nginx", "shop", world.seed.platform_dev).await;
    let Ordered { instance, operation } = dev.order(&wanted).await;
    world.succeeded(&dev, &operation).await;
    let running = world.becomes(&dev, &instance, "RUNNING").await;
    let before = (world.pids().await, world.host.file(member(&running), "nginx.conf"));
    let ran = world.host.ran();
    let check = ran.iter().find(|(_, argv)| argv.contains(&"-t".to_owned())).expect("it was asked");
    let argv: Vec<_> = check.1.iter().map(String::as_str).collect();
    let stderr = "nginx: [emerg] host not found in upstream \"gone\"\n".to_owned();
    let refused = CommandOutput { code: Some(1), stdout: String::new(), stderr };
    world.host.answer(&argv, refused);
    let rows = json!([{ "host": "gone", "port": 80 }]);
    let (_, changed) = change(&dev, &instance, json!({ "upstreams": rows }), "gone").await;
    let ended = world.ended(&dev, &changed.operation).await;
    assert_eq!(
        (&ended["state"], &ended["problem"]["code"]),
        (&json!("FAILED"), &json!("CONFIGURATION_REFUSED"))
    );
    let message = ended["problem"]["message"].as_str().expect("a message");
    assert!(message.contains("host not found in upstream"), "{message}");
    let after = (world.pids().await, world.host.file(member(&running), "nginx.conf"));
    assert_eq!(after, before, "the one before stays, and so does the process");
    let fine = CommandOutput { code: Some(0), stdout: String::new(), stderr: String::new() };
    world.host.answer(&argv, fine);
    let rows = json!([{ "host": "10.0.0.5", "port": 80 }]);
    let (_, changed) = change(&dev, &instance, json!({ "upstreams": rows }), "found").await;
    world.succeeded(&dev, &changed.operation).await;
    assert_ne!(world.host.file(member(&running), "nginx.conf"), before.1);
}

async fn a_cache_without_a_password_is_ordered_and_changed(world: &mut World) {
    let dev = world.user("dev").await;
    let wanted = order(world, "memcached", "sessions", world.seed.platform_dev).await;
    let Ordered { instance, operation } = dev.order(&wanted).await;
    world.succeeded(&dev, &operation).await;
    let running = world.becomes(&dev, &instance, "RUNNING").await;
    assert_eq!(running["members"][0]["role"], "cache");
    let told = dev.get(HISTORY, json!({ "id": instance })).await["instance"]["connection"].clone();
    assert_eq!(told["secrets"], json!([]), "there is nothing to reveal");
    let text = "cache_memlimit 100\r\n";
    let ok = CommandOutput { code: Some(0), stdout: "OK\r\n".to_owned(), stderr: String::new() };
    world.host.answer(&[text], ok);
    let (shown, changed) = change(&dev, &instance, json!({ "memory-limit": 100 }), "hot").await;
    assert_eq!(shown["apply"], "HOT");
    world.succeeded(&dev, &changed.operation).await;
    let sent = |(_, words): &(MemberId, Vec<String>)| words[0] == text;
    assert!(world.host.ran().iter().any(sent));
    let small = CommandOutput {
        code: Some(0),
        stdout: "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n".to_owned(),
        stderr: String::new(),
    };
    world.host.answer(&["cache_memlimit 64\r\n"], small);
    let (_, changed) = change(&dev, &instance, json!({ "memory-limit": 64 }), "small").await;
    let ended = world.ended(&dev, &changed.operation).await;
    assert_eq!(ended["problem"]["code"], "PARAMETERS_REFUSED", "{ended:#}");
}

async fn an_installation_that_cannot_go_well_changes_nothing(world: &mut World) {
    let dev = world.user("dev").await;
    let small = HostFacts {
        memory_available_bytes: 100 << 20,
        disk_free_bytes: 1 << 40,
        ..HostFacts::default()
    };
    world.host.describe(small.clone());
    let wanted = order(world, "nginx", "shop", world.seed.platform_dev).await;
    let Ordered { instance, operation } = dev.order(&wanted).await;
    let ended = world.ended(&dev, &operation).await;
    assert_eq!(
        (&ended["state"], &ended["problem"]["code"]),
        (&json!("FAILED"), &json!("MEMORY_TOO_SMALL")),
        "{ended:#}"
    );
    let message = ended["problem"]["message"].as_str().expect("a message");
    assert!(message.contains("128 MiB of memory are needed, and 100 MiB are free"), "{message}");
    let steps: Vec<_> = ended["steps"].as_array().expect("steps").iter().collect();
    let state = |name: &str| {
        let step = steps.iter().find(|step| step["name"] == name);
        step.expect("the step is there")["state"].clone()
    };
    assert_eq!(
        (state("check-ports"), state("check-memory")),
        (json!("SUCCEEDED"), json!("FAILED"))
    );
    assert_eq!((state("check-disk"), state("place-member")), (json!("SKIPPED"), json!("SKIPPED")));
    assert!(ended["log"].to_string().contains("Found: processors are amd64"), "{ended:#}");
    assert!(world.pids().await.is_empty(), "nothing was placed");
    let enough = HostFacts { memory_available_bytes: 128 << 20, ..small };
    world.host.describe(enough);
    let again = Ordered::from(&dev.command(START, &instance, "again").await);
    world.succeeded(&dev, &again.operation).await;
    world.becomes(&dev, &instance, "RUNNING").await;
}
