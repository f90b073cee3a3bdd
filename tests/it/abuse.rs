//! Queries that ask for too much: refused with a stable word, and nothing of them is done, although
//! each begins with a mutation that its sender may do. The most that is taken is done.
//!
//! A new limit gets a line in [`limits`].

use serde_json::{Value, json};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

stories! {
    what_asks_for_too_much_is_refused_and_nothing_of_it_is_done,
    what_cannot_be_a_query_is_refused_and_suggests_nothing,
}

/// What a limit is about: the word for it, the most that is taken, and a document that takes so
/// much of it.
struct Limit {
    why: &'static str,
    most: usize,
    document: fn(usize) -> String,
    variables: fn(usize) -> Value,
}

fn limit(why: &'static str, most: usize, document: fn(usize) -> String) -> Limit {
    Limit { why, most, document, variables: |_| json!({}) }
}

fn repeated(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().join(" ")
}

const CODE: &str = r#"createSignInCode(input: { idempotencyKey: "k" }) { expiresAt }"#;
const MISSING: &str = r#"(input: { instance: "ins_none", idempotencyKey: "k" })"#;

/// A mutation that is done, and another one that asks for an organization's fields.
fn with(of_organization: &str) -> String {
    format!(
        "mutation {{ {CODE} stopInstance{MISSING} {{ instance {{ project {{ organization {{ \
         {of_organization} }} }} }} }} }}"
    )
}

fn limits() -> Vec<Limit> {
    vec![
        limit("too_many_aliases", 15, |count| {
            format!("mutation {{ {} }}", repeated(count, |at| format!("a{at}: {CODE}")))
        }),
        limit("too_many_root_fields", 20, |count| {
            let aliases = repeated(15, |at| format!("a{at}: {CODE}"));
            let others = ["stopInstance", "startInstance", "revealSecret"]
                .map(|name| format!("{name}{MISSING} {{ __typename }}"));
            let left = ["__typename", "signOut"].map(str::to_owned);
            let all: Vec<_> = [CODE.to_owned()].into_iter().chain(others).chain(left).collect();
            format!("mutation {{ {aliases} {} }}", all[..count - 15].join(" "))
        }),
        limit("too_deep", 15, |depth| {
            let above = depth - 5;
            with(&format!("{} id {}", "parent {".repeat(above), "}".repeat(above)))
        }),
        limit("too_complex", 1_000, |objects| {
            // Code, stop, instance, project and organization are one each.
            with(&format!("projects(first: {}) {{ nodes {{ id }} }}", objects - 5))
        }),
        limit("too_many_directives", 15, |count| {
            let directive = "@include(if: true)";
            let others =
                repeated(count - 1, |at| format!("... {directive} {{ n{}: name }}", at % 14));
            format!(
                "mutation {{ {CODE} stopInstance{MISSING} {directive} {{ instance {{ {others} }} }} }}"
            )
        }),
        limit("too_many_tokens", 1_000, |count| {
            let instances = "\"ins_none\" ".repeat(count - 50);
            format!(
                "mutation {{ {CODE} applyBatch(input: {{ batch: {{ selection: {{ instances: \
                 [{instances}] }}, work: STOP }}, previewToken: \"\", idempotencyKey: \"k\" }}) \
                 {{ items {{ __typename }} }} }}"
            )
        }),
        Limit {
            why: "variables_too_deep",
            most: 15,
            document: |_| {
                format!(
                    "mutation($input: PlaceOrderInput!) {{ {CODE} placeOrder(input: $input) \
                     {{ __typename }} }}"
                )
            },
            variables: |depth| {
                // The input, the order and its parameters are three.
                let nested = (3..depth).fold(json!(1), |inside, _| json!({ "x": inside }));
                let parameters = json!({ "x": nested });
                json!({ "input": { "previewToken": "", "idempotencyKey": "k", "order": {
                    "project": "prj_none", "name": "x", "offering": "off_none", "plan": "plan_none",
                    "softwareVersion": "1", "topology": "x", "parameters": parameters } } })
            },
        },
    ]
}

/// Rows that the audit has.
async fn records(auditor: &User) -> usize {
    let found = auditor.get("{ audit(first: 200) { nodes { number } } }", json!({})).await;
    found["audit"]["nodes"].as_array().expect("rows").len()
}

async fn what_asks_for_too_much_is_refused_and_nothing_of_it_is_done(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    for Limit { why, most, document, variables } in limits() {
        let before = records(&auditor).await;
        let answer = dev.ask(&document(most + 1), variables(most + 1)).await;
        check(&answer, why);
        assert_eq!(records(&auditor).await, before, "{why}: something was done");
        let answer = dev.ask(&document(most), variables(most)).await;
        assert_ne!(answer.code(), "BAD_QUERY", "{why}: {}", answer.text);
        assert!(records(&auditor).await > before, "{why}: the edge did nothing");
    }
}

#[track_caller]
fn check(answer: &Answer, why: &str) {
    let told = answer.told();
    assert_eq!((answer.code(), &told["why"]), ("BAD_QUERY", &json!(why)), "{}", answer.text);
    assert!(told["requestId"].is_string(), "{}", answer.text);
}

async fn what_cannot_be_a_query_is_refused_and_suggests_nothing(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    let layers = repeated(40, |at| {
        let next = at + 1;
        format!("fragment F{at} on InstancePayload {{ ...F{next} instance {{ id }} ...F{next} }}")
    });
    let unfolds = format!("mutation {{ {CODE} stopInstance{MISSING} {{ ...F0 }} }} {layers}");
    let brackets = format!("mutation {{ {CODE} x(y: {} {}) }}", "[".repeat(31), "]".repeat(31));
    let twice = format!("mutation {{ {CODE} ...F }} fragment F on Mutation {{ {CODE} }}");
    let cycle = format!(
        "mutation {{ {CODE} stopInstance{MISSING} {{ ...F }} }} \
         fragment F on InstancePayload {{ instance {{ id }} ...F }}"
    );
    let introspection = "{ __schema { types { fields { type { fields { name } } } } } }";
    let cases = [
        (unfolds.as_str(), "too_complex"),
        (brackets.as_str(), "too_deep"),
        (twice.as_str(), "duplicate_field"),
        (cycle.as_str(), "fragment_cycle"),
        (introspection, "too_complex"),
        ("{ viewer { name } viewer { name } }", "duplicate_field"),
        ("{ organization(idOrName: \"rnd\") { path { path { id } } } }", "too_complex"),
        ("mutation { signOut", "syntax"),
        ("mutation { signOut sign0ut }", "not_valid"),
        ("{ vieweer { name } }", "not_valid"),
        ("{ instance(idOrNam: \"x\") { id } }", "not_valid"),
        ("{ viewer { name @includ(if: true) } }", "not_valid"),
        ("query A { viewer { name } } query B { viewer { name } }", "not_valid"),
        ("", "syntax"),
    ];
    let before = records(&auditor).await;
    for (query, why) in cases {
        let answer = dev.ask(query, json!({})).await;
        check(&answer, why);
        assert!(!answer.text.contains("Did you mean"), "{}", answer.text);
    }
    assert_eq!(records(&auditor).await, before, "something was done");
    dev.get("{ viewer { name } }", json!({})).await;
}
