//! What our own clients ask for is within the limits that hold for everybody.

use std::fs;
use std::path::Path;

use async_graphql::{Request, Variables};
use serde_json::json;

/// Rows of a page, as portal and command line ask for them.
const PAGE: u32 = 50;
/// Those that ask for fewer, since their rows are large, or for more.
const OTHERS: [(&str, u32); 4] = [
    ("graphql/client/queries/offerings.graphql", 20),
    ("graphql/client/queries/organization-limits.graphql", 20),
    ("graphql/client/queries/project-limits.graphql", 20),
    ("portal/src/gql/asset.graphql", 100),
];

/// Texts of all operations, each with the fragments of its file.
fn operations() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["graphql/client/queries", "portal/src/gql"] {
        for file in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|kind| kind == "graphql") {
                let text = fs::read_to_string(&path).expect("a text");
                let parts = split(&text);
                let fragments: String =
                    parts.iter().filter(|part| part.starts_with("fragment")).cloned().collect();
                let name = path.display().to_string();
                let asked = parts.iter().filter(|part| !part.starts_with("fragment"));
                found.extend(asked.map(|part| (name.clone(), format!("{part}{fragments}"))));
            }
        }
    }
    assert!(found.len() > 50, "only {} operations", found.len());
    found
}

/// Definitions begin at the beginning of a line.
fn split(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        if ["query", "mutation", "subscription", "fragment"].iter().any(|it| line.starts_with(it)) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

#[tokio::test]
async fn what_our_clients_ask_is_within_the_limits() {
    let mut beyond = Vec::new();
    for (file, text) in operations() {
        let other = OTHERS.iter().find(|(path, _)| file.ends_with(path));
        let first = other.map_or(PAGE, |(_, rows)| *rows);
        let variables = Variables::from_json(json!({ "first": first }));
        let request = Request::new(&text).variables(variables);
        let answer = graphql::schema().execute(request).await;
        let why = answer.errors.iter().find_map(|error| error.extensions.as_ref()?.get("why"));
        let why = why.map(ToString::to_string).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default();
        if why.contains("too_") || why.contains("duplicate") || why.contains("syntax") {
            beyond.push(format!("{file}: {first}: {why}"));
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}
