//! Questions generated from the schema: every field of the root with each of the ids that it takes,
//! what its objects have, and what is one and two edges away. Further on is asked only where there is
//! something, since below nothing there is nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::{Answer, User};

use super::columns::CANARY;
use super::schema::{Field, Schema};

/// Rows of a list, and of one whose rows lead further.
const ROWS: usize = 20;
const ROWS_OF_MANY: usize = 5;

/// A field of the root with one way to ask for it.
pub(super) struct Root {
    name: String,
    /// What stands before the selection, e.g. the variables.
    head: String,
    given: String,
    variables: Value,
}

/// Where a word of another tenant was told, and in which words.
#[derive(Clone, Debug)]
pub(super) struct Leak {
    pub field: String,
    #[expect(dead_code, reason = "shown when there is one")]
    text: String,
}

/// What was heard.
#[derive(Default)]
pub(super) struct Heard {
    pub questions: usize,
    pub leaks: Vec<Leak>,
    /// What was answered, further than the root.
    pub reached: BTreeSet<String>,
}

impl Root {
    /// One that takes an input of a type.
    pub fn of_input(name: &str, kind: &str, input: &Value) -> Self {
        Self {
            name: name.to_owned(),
            head: format!("query($input: {kind}!) "),
            given: "input: $input".to_owned(),
            variables: json!({ "input": input }),
        }
    }
}

/// Each field of the root for each of the ids where one is taken; those that take an input are given.
pub(super) fn roots(schema: &Schema, ids: &[String], of_input: Vec<Root>) -> Vec<Root> {
    let is_by_input = |name: &str| of_input.iter().any(|root| root.name == name);
    let mut roots = Vec::new();
    for field in schema.fields("Query").iter().filter(|field| !is_by_input(&field.name)) {
        roots.extend(arguments(field, ids).into_iter().map(|given| Root {
            name: field.name.clone(),
            head: String::new(),
            given,
            variables: json!({}),
        }));
    }
    roots.into_iter().chain(of_input).collect()
}

/// What a field can be given: each id for what takes one, and nothing where it needs nothing.
fn arguments(field: &Field, ids: &[String]) -> Vec<String> {
    let is_period = |name: &str| name == "period";
    let fixed: Vec<_> = field.required.iter().filter(|(name, _)| is_period(name)).collect();
    let fixed: Vec<_> = fixed.iter().map(|(name, _)| format!("{name}: \"2026-11\"")).collect();
    let open: Vec<_> = field.required.iter().filter(|(name, _)| !is_period(name)).collect();
    if open.is_empty() {
        return vec![fixed.join(", ")];
    }
    let is_id = |kind: &str| kind == "ID" || kind == "String";
    assert!(open.iter().all(|(_, kind)| is_id(kind)), "{} needs a case of its own", field.name);
    let each = |id: &String| {
        let named = open.iter().map(|(name, _)| format!("{name}: {}", json!(id)));
        named.chain(fixed.iter().cloned()).collect::<Vec<_>>().join(", ")
    };
    ids.iter().map(each).collect()
}

impl Heard {
    /// Asks for all that there is.
    pub async fn explore(&mut self, who: (&str, &User), schema: &Schema, roots: &[Root]) {
        for root in roots {
            let fields = schema.fields("Query").iter();
            let field = fields.clone().find(|field| field.name == root.name).expect("a field");
            let ask = |rows: usize, inside: &str| {
                let asked = schema.asked(field, &root.given, rows, inside);
                (format!("{}{{ {asked} }}", root.head), root.variables.clone())
            };
            let answer = self.ask(who, &root.name, ask(ROWS, &schema.plain(field))).await;
            if !leads_further(&answer, &root.name) {
                continue;
            }
            for edge in schema.edges(field).filter(|edge| !edge.repeats(field)) {
                let path = format!("{}.{}", root.name, edge.name);
                let all = schema.asked(edge, "", ROWS_OF_MANY, &schema.all(edge, 1));
                let answer = self.ask(who, &path, ask(ROWS_OF_MANY, &all)).await;
                if answer.code() == "done" {
                    continue;
                }
                // Too much at once, or a part of it is not for everybody.
                let plain = schema.asked(edge, "", ROWS_OF_MANY, &schema.plain(edge));
                self.ask(who, &path, ask(ROWS_OF_MANY, &plain)).await;
                let further = schema.edges(edge);
                let further = further.filter(|it| !it.repeats(edge) && !it.repeats(field));
                for deeper in further {
                    let path = format!("{path}.{}", deeper.name);
                    let inside = schema.asked(deeper, "", ROWS_OF_MANY, &schema.plain(deeper));
                    let inside = schema.asked(edge, "", ROWS_OF_MANY, &inside);
                    let answer = self.ask(who, &path, ask(ROWS_OF_MANY, &inside)).await;
                    assert_ne!(answer.code(), "BAD_QUERY", "{path}: {}", answer.text);
                }
            }
        }
    }

    async fn ask(
        &mut self,
        (who, user): (&str, &User),
        path: &str,
        (query, variables): (String, Value),
    ) -> Answer {
        self.questions += 1;
        let answer = user.ask(&query, variables).await;
        if answer.code() == "done" {
            self.reached.insert(path.to_owned());
        }
        if answer.text.contains(CANARY) {
            let text = format!("{who}: {query} {}", answer.text);
            self.leaks.push(Leak { field: path.to_owned(), text });
        }
        answer
    }
}

/// Whether there is anything below an answer.
fn leads_further(answer: &Answer, root: &str) -> bool {
    assert_ne!(answer.code(), "BAD_QUERY", "{root}: {}", answer.text);
    if answer.code() != "done" {
        return false;
    }
    let found = &answer.granted()[root];
    let rows = if found["nodes"].is_array() { &found["nodes"] } else { found };
    !rows.is_null() && rows.as_array().is_none_or(|rows| !rows.is_empty())
}
