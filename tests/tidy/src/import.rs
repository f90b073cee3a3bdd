//! Who may import whom. The holes in the tables are the walls of the product:
//!
//! the plane never links a connector; the agent never links the database, GraphQL or casbin;
//! GraphQL never sees SQL; the decisions do not know the wire; one price function below all.

use crate::finding::Finding;
use crate::graph::Import;

/// A crate of ours and those of ours that it may import.
type Row = (&'static str, &'static [&'static str]);

/// The table of layout and `ARCHITECTURE.md`.
pub const OURS: &[Row] = &[
    ("types", &[]),
    ("types-point", &[]),
    ("policies", &["types"]),
    ("catalog", &["types"]),
    ("cell-agent-protocol", &["types"]),
    ("billing-rating", &["types"]),
    ("connectors", &["types", "catalog"]),
    ("connectors-aws", &["types", "connectors"]),
    ("connectors-openstack", &["types", "connectors"]),
    ("connectors-huawei", &["types", "connectors"]),
    ("connectors-alibaba", &["types", "connectors"]),
    ("connectors-kubernetes", &["types", "catalog", "connectors"]),
    ("connectors-host", &["types", "catalog", "connectors", "connectors-host-shim"]),
    // A process per member: it knows nothing of the product.
    ("connectors-host-shim", &["types-point"]),
    ("control-plane-store", &["types", "types-point", "policies"]),
    (
        "control-plane-core",
        &["types", "policies", "catalog", "billing-rating", "control-plane-store"],
    ),
    (
        "billing",
        &["types", "policies", "billing-rating", "control-plane-store", "control-plane-core"],
    ),
    (
        "graphql",
        &["types", "policies", "catalog", "control-plane-core", "billing", "graphql-client"],
    ),
    (
        "control-plane",
        // The catalogue is read once in `wiring.rs` and handed to the decisions.
        &[
            "types",
            "policies",
            "catalog",
            "cell-agent-protocol",
            "control-plane-store",
            "control-plane-core",
            "billing",
            "graphql",
        ],
    ),
    (
        "cell-agent",
        &[
            "types",
            "types-point",
            "catalog",
            "cell-agent-protocol",
            "connectors",
            "connectors-aws",
            "connectors-openstack",
            "connectors-huawei",
            "connectors-alibaba",
            "connectors-kubernetes",
            "connectors-host",
        ],
    ),
    ("graphql-client", &["types"]),
    ("cli", &["types", "graphql-client"]),
    ("tests-tidy", &[]),
];

/// The crates that may import everything of ours: stories, simulation and benchmarks run the whole
/// product.
const WHOLE: [&str; 3] = ["tests", "tests-bench", "tests-simulation"];

fn is_whole(member: &str) -> bool {
    WHOLE.contains(&member)
}

/// Crates from outside that only some of ours may import. A `*` at the end stands for any rest.
pub const OUTSIDE: &[Row] = &[
    ("casbin", &["policies"]),
    ("sea-orm", &["control-plane-store"]),
    ("sea-orm-migration", &["control-plane-store"]),
    ("sea-query*", &["control-plane-store"]),
    ("sqlx*", &["control-plane-store"]),
    ("rusqlite", &[]),
    ("tokio-postgres", &[]),
    ("mysql_async", &[]),
    ("async-graphql", &["graphql", "control-plane"]),
    ("async-graphql-axum", &["control-plane"]),
    ("axum*", &["control-plane"]),
    ("tower*", &["control-plane"]),
    ("hyper", &["control-plane"]),
    ("hyper-util", &["control-plane"]),
    ("governor", &["control-plane"]),
    ("openidconnect", &["control-plane"]),
    ("redis", &["control-plane"]),
    // The agent makes a key and sends its public half; certificates are made by the plane only.
    ("rcgen", &["control-plane"]),
    // The catalogue reads the certificates that users give.
    ("x509-parser", &["control-plane", "catalog"]),
    ("prometheus-client", &["control-plane"]),
    ("tokio-tungstenite", &["cli"]),
    ("clap*", &["control-plane", "cell-agent", "cli"]),
    ("dialoguer", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy-table", &["cli"]),
    ("tracing-subscriber", &["control-plane", "cell-agent", "cli"]),
    ("redb", &["cell-agent"]),
    (
        "reqwest",
        &[
            "control-plane",
            "cell-agent",
            "cli",
            "connectors-openstack",
            "connectors-huawei",
            "connectors-alibaba",
        ],
    ),
    ("aws-*", &["connectors-aws"]),
    ("kube*", &["connectors-kubernetes"]),
    ("k8s-openapi", &["connectors-kubernetes"]),
    ("russh*", &["connectors-host"]),
    ("openssh*", &["connectors-host"]),
    ("jsonschema", &["catalog"]),
    ("minijinja", &["catalog"]),
    ("cargo_metadata", &["tests-tidy"]),
];

/// `types` may know these behind a feature, so that ids and states are columns and scalars.
const OPTIONAL_IN_TYPES: [&str; 2] = ["sea-orm", "async-graphql"];

/// What the program in a cell must not carry, however indirectly.
const NOT_IN_AGENT: [&str; 9] = [
    "sea-orm*",
    "sea-query*",
    "sqlx*",
    "async-graphql*",
    "casbin",
    "policies",
    "graphql",
    "control-plane*",
    "billing*",
];

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

fn manifest(member: &str) -> String {
    format!("{member} (Cargo.toml)")
}

/// Imports between our crates that the table does not have, and crates without a row.
pub fn between_ours(members: &[String], imports: &[Import]) -> Vec<Finding> {
    let row = |member: &str| OURS.iter().find(|(name, _)| *name == member);
    let strangers =
        members.iter().filter(|member| !is_whole(member) && row(member).is_none()).map(|member| {
            let instead = "decide what it may import: `OURS` in tests/tidy/src/import.rs";
            Finding::new(&manifest(member), 0, "a crate without a row in the table", instead)
        });
    let wrong = imports
        .iter()
        .filter(|import| !is_whole(&import.from) && members.contains(&import.to))
        .filter(|import| row(&import.from).is_none_or(|(_, may)| !may.contains(&&*import.to)))
        .map(|import| {
            let what = format!("`{}` must not import `{}`", import.from, import.to);
            let instead =
                "move the code, or pass a value; the table is in tests/tidy/src/import.rs";
            Finding::new(&manifest(&import.from), 0, what, instead)
        });
    strangers.chain(wrong).collect()
}

/// Crates from outside in a crate of ours that must not know them.
pub fn from_outside(imports: &[Import]) -> Vec<Finding> {
    imports
        .iter()
        .filter(|import| !is_whole(&import.from))
        .filter(|import| {
            let may_by_feature = import.from == "types"
                && import.is_optional
                && OPTIONAL_IN_TYPES.contains(&&*import.to);
            !may_by_feature
                && OUTSIDE
                    .iter()
                    .any(|(name, only)| matches(name, &import.to) && !only.contains(&&*import.from))
        })
        .map(|import| {
            let what = format!("`{}` must not import `{}`", import.from, import.to);
            let instead = "use it where it belongs: `OUTSIDE` in tests/tidy/src/import.rs";
            Finding::new(&manifest(&import.from), 0, what, instead)
        })
        .collect()
}

/// What the agent links and must not; `tree` is `cargo tree --prefix none` for it alone.
pub fn in_agent(tree: &str) -> Vec<Finding> {
    let mut names: Vec<&str> =
        tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| NOT_IN_AGENT.iter().any(|pattern| matches(pattern, name)))
        .map(|name| {
            let instead = "see who brings it: `cargo tree -p cell-agent -e normal -i <it>`";
            Finding::new("cell-agent/Cargo.toml", 0, format!("the agent links `{name}`"), instead)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(from: &str, to: &str, is_optional: bool) -> Import {
        Import { from: from.into(), to: to.into(), is_optional }
    }

    fn check_ours(from: &str, to: &str, expected: usize) {
        let members = [from.to_owned(), to.to_owned()];
        assert_eq!(
            between_ours(&members, &[import(from, to, false)]).len(),
            expected,
            "{from} {to}"
        );
    }

    fn check_outside(from: &str, to: &str, is_optional: bool, expected: usize) {
        assert_eq!(from_outside(&[import(from, to, is_optional)]).len(), expected, "{from} {to}");
    }

    #[test]
    fn a_forbidden_import_of_ours_is_found() {
        check_ours("control-plane-core", "graphql", 1);
        check_ours("graphql", "control-plane-store", 1);
        check_ours("control-plane", "connectors", 1);
        check_ours("cell-agent", "policies", 1);
        check_ours("billing-rating", "billing", 1);
        check_ours("graphql", "control-plane-core", 0);
        check_ours("tests", "connectors", 0);
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        assert_eq!(between_ours(&["invoices".into()], &[]).len(), 1);
    }

    #[test]
    fn a_crate_from_outside_in_the_wrong_place_is_found() {
        check_outside("control-plane-core", "sea-orm", false, 1);
        check_outside("control-plane-core", "axum", false, 1);
        check_outside("control-plane-core", "async-graphql", false, 1);
        check_outside("graphql", "sqlx-core", false, 1);
        check_outside("cell-agent", "casbin", false, 1);
        check_outside("cell-agent", "rcgen", false, 1);
        check_outside("control-plane", "aws-sdk-ec2", false, 1);
        check_outside("types", "sea-orm", false, 1);
        check_outside("types", "sea-orm", true, 0);
        check_outside("control-plane-store", "sea-orm", false, 0);
        check_outside("control-plane-core", "serde", false, 0);
    }

    #[test]
    fn the_database_in_the_agent_is_found() {
        assert_eq!(in_agent("cell-agent v0.1.0 (x)\nserde v1.0.0\nsqlx-core v0.9.0 (*)").len(), 1);
        assert_eq!(in_agent("cell-agent v0.1.0 (x)\npolicies v0.1.0 (y)\ncasbin v2.2.0").len(), 2);
        assert_eq!(in_agent("cell-agent v0.1.0 (x)\nserde v1.0.0"), []);
    }
}
