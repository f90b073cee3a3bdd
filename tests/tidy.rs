//! The rules of the repository that no compiler checks, run over the tree.
//!
//! What each rule looks for, and a planted fault that it must see, stands in `tidy/src/`.

use std::io::Write;
use std::sync::LazyLock;

use tests_tidy::attribute;
use tests_tidy::ban;
use tests_tidy::exception::{EXCEPTIONS, settle};
use tests_tidy::finding::{Finding, listed};
use tests_tidy::graph::{self, Graph};
use tests_tidy::import;
use tests_tidy::licence;
use tests_tidy::lock;
use tests_tidy::manifest;
use tests_tidy::name;
use tests_tidy::place;
use tests_tidy::schema;
use tests_tidy::size;
use tests_tidy::source::Source;
use tests_tidy::table;
use tests_tidy::tree;
use tests_tidy::version;

static FILES: LazyLock<Vec<Source>> = LazyLock::new(|| tree::files().expect("git lists the files"));
static GRAPH: LazyLock<Graph> =
    LazyLock::new(|| graph::read().expect("cargo resolves the workspace as locked"));

#[track_caller]
fn none(rule: &str, findings: Vec<Finding>) {
    let left = settle(rule, findings, EXCEPTIONS);
    assert!(left.is_empty(), "{rule} found {}:{}", left.len(), listed(left));
}

/// A rule over every file.
#[track_caller]
fn check(rule: &str, scan: impl Fn(&Source) -> Vec<Finding>) {
    none(rule, FILES.iter().flat_map(scan).collect());
}

fn file(path: &str) -> Source {
    let text = std::fs::read_to_string(tree::root().join(path)).expect("the file is there");
    Source::new(path, &text)
}

#[test]
fn our_crates_import_each_other_as_the_table_says() {
    none("import::between_ours", import::between_ours(&GRAPH.members, &GRAPH.imports));
}

#[test]
fn crates_from_outside_stay_where_they_belong() {
    none("import::from_outside", import::from_outside(&GRAPH.imports));
}

#[test]
fn the_agent_links_neither_database_nor_graphql_nor_casbin() {
    let arguments = ["tree", "--locked", "-p", "cell-agent", "-e", "normal", "--prefix", "none"];
    let tree = tree::run(env!("CARGO"), &arguments).unwrap();
    assert!(tree.starts_with("cell-agent "), "an unexpected tree: {tree}");
    none("import::in_agent", import::in_agent(&tree));
}

#[test]
fn files_are_short() {
    let long: Vec<_> =
        FILES.iter().flat_map(|file| size::longer_than(size::LINES_WARN, file)).collect();
    if !long.is_empty() {
        // Past the harness, which keeps what a passing test prints.
        writeln!(std::io::stderr(), "soon too long:{}", listed(long)).expect("stderr is open");
    }
    check("size::longer_than", |file| size::longer_than(size::LINES_MAX, file));
}

#[test]
fn names_say_something() {
    check("name::of_file", name::of_file);
    check("name::of_items", name::of_items);
}

#[test]
fn nothing_is_left_unfinished() {
    check("ban::unfinished", ban::unfinished);
    check("ban::placeholders", ban::placeholders);
}

#[test]
fn lints_are_silenced_with_a_reason_and_tests_are_not_switched_off() {
    check("attribute::allowing", attribute::allowing);
    check("attribute::without_reason", attribute::without_reason);
    check("attribute::ignoring", attribute::ignoring);
}

#[test]
fn every_module_says_what_it_is_for() {
    check("attribute::without_opening", attribute::without_opening);
}

#[test]
fn no_code_escapes_the_compiler() {
    check("ban::unchecked", ban::unchecked);
}

#[test]
fn the_environment_is_read_by_settings_only() {
    check("ban::environment", ban::environment);
}

#[test]
fn money_and_rights_know_no_floating_point() {
    check("ban::floats", ban::floats);
}

#[test]
fn every_query_of_the_store_starts_from_its_own_filter() {
    check("table::unfiltered", table::unfiltered);
}

#[test]
fn columns_keep_every_digit() {
    check("schema::lossy_columns", schema::lossy_columns);
}

#[test]
fn no_internal_text_reaches_a_client() {
    check("schema::leaking_errors", schema::leaking_errors);
    check("schema::printable_errors", schema::printable_errors);
}

#[test]
fn numbers_of_the_schema_fit_their_type() {
    check("schema::wide_numbers", schema::wide_numbers);
}

#[test]
fn manifests_follow_the_workspace() {
    check("manifest::misnamed", manifest::misnamed);
    check("manifest::unlinted", manifest::unlinted);
    check("manifest::own_versions", manifest::own_versions);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    check("place::machine_paths", place::machine_paths);
    check("place::registry_hosts", place::registry_hosts);
    check("place::authoring_tools", place::authoring_tools);
}

#[test]
fn lock_files_name_no_mirror() {
    none("lock::crates", lock::crates(&file("Cargo.lock")));
    for place in ["portal", "tests/bench/node", "tests/bench/postgraphile"] {
        let lock = &format!("{place}/package-lock.json");
        none("lock::npm_hosts", lock::npm_hosts(&file(lock)));
    }
}

#[test]
fn licences_are_allowed() {
    let allowed = licence::allowed(&file("deny.toml").text).unwrap();
    let crates = GRAPH.packages.iter().map(|it| (it.name.as_str(), it.licence.as_deref()));
    none("licence::refused", licence::refused("Cargo.lock", crates, &allowed));
    let lock = file("portal/package-lock.json");
    let shipped = lock::npm_licences(&lock).unwrap();
    let shipped = shipped.iter().map(|(name, licence)| (name.as_str(), licence.as_deref()));
    none("licence::refused", licence::refused(&lock.path, shipped, &allowed));
}

#[test]
fn every_crate_has_one_version() {
    let rules = version::rules(&file("deny.toml").text).unwrap();
    let versions = GRAPH.packages.iter().map(|it| (it.name.as_str(), it.version.as_str()));
    none("version::doubles", version::doubles(versions, &rules));
    let names = GRAPH.packages.iter().map(|it| it.name.as_str());
    none("version::banned", version::banned(names, &rules));
}

#[test]
fn the_scans_see_the_whole_tree() {
    for path in ["Cargo.lock", "types/src/id.rs", "graphql/src/error.rs", "tests/tidy.rs"] {
        assert!(FILES.iter().any(|file| file.path == path), "{path} is not scanned");
    }
    for place in ["control-plane/store/src/migration/", "billing/", "policies/", "portal/src/"] {
        assert!(FILES.iter().any(|file| file.is_in(&[place])), "nothing is scanned in {place}");
    }
}
