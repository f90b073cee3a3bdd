//! Cases of the decision what to do next: desired and observed in, steps out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use types::generation::Generation;
use types::id::{Ids, SystemIds};
use types::instance::{OperationSpec, PackageRef};
use types::instant::Instant;
use types::operation::OperationKind;
use types::secret::Secret;
use types::size::Size;

use super::*;

fn spec(wish: Wish) -> InstanceSpec {
    InstanceSpec {
        id: SystemIds.next().into(),
        generation: Generation(1),
        tenant: SystemIds.next().into(),
        project: SystemIds.next().into(),
        name: "shop-cache".to_owned(),
        package: PackageRef {
            name: "redis".to_owned(),
            version: "1.0.0".to_owned(),
            digest: String::new(),
        },
        software_version: "7.0".to_owned(),
        topology: "primary-replica".to_owned(),
        size: Size { millivcpu: 500, memory_mib: 256, storage_mib: 1024 },
        members: Vec::new(),
        parameters: BTreeMap::from([("maxclients".to_owned(), json!(100))]),
        secrets: BTreeMap::from([("password".to_owned(), Secret::new("not-a-real-one"))]),
        wish,
        operation: OperationSpec {
            id: SystemIds.next().into(),
            kind: OperationKind::Change,
            deadline: Instant::from_seconds(0),
            is_done: false,
        },
    }
}

/// Of an instance that runs as its specification says.
fn reached(spec: &InstanceSpec) -> Progress {
    Progress {
        installed: true,
        runs: true,
        parameters: spec.parameters.clone(),
        build: Some(build_of(spec)),
        ..Progress::none(spec.id)
    }
}

/// The steps of two members, the first of which starts first, as `name/member`.
fn plan(spec: &InstanceSpec, reached: &Progress, hot: &[&str]) -> Vec<String> {
    let members: [MemberId; 2] = [SystemIds.next().into(), SystemIds.next().into()];
    let changed = changed_parameters(spec, reached);
    let hot: BTreeSet<_> =
        changed.iter().filter(|name| hot.contains(&name.as_str())).cloned().collect();
    let restart_order = restart_order(&members, |member| member == members[0]);
    let wanted = Wanted {
        spec,
        start_order: &members,
        restart_order: &restart_order,
        hot: &hot,
        changed: &changed,
    };
    let name = |member: Option<MemberId>| match member {
        None => "-",
        Some(member) if member == members[0] => "a",
        Some(_) => "b",
    };
    let steps = decide(wanted, reached).steps.into_iter();
    steps.map(|step| format!("{}/{}", step.name, name(step.member))).collect()
}

#[track_caller]
fn check(steps: &[String], expected: &str) {
    let expected: Vec<_> = expected.split_whitespace().collect();
    assert_eq!(steps, expected);
}

const INSTALL: &str = "check-architecture/- check-medium/- check-users/- check-ports/-
    check-memory/- check-disk/- fetch-media/- place-member/a place-member/b
    write-configuration/a start-member/a wait-healthy/a check-role/a
    write-configuration/b start-member/b wait-healthy/b check-role/b";

#[test]
fn an_instance_that_was_never_made_is_made_whatever_the_kind_of_work() {
    let spec = spec(Wish::Running);
    check(&plan(&spec, &Progress::none(spec.id), &[]), INSTALL);
    let unsettled = Progress { unsettled: true, ..Progress::none(spec.id) };
    check(&plan(&spec, &unsettled, &[]), INSTALL);
}

#[test]
fn a_hot_change_touches_no_process() {
    let spec = spec(Wish::Running);
    let mut reached = reached(&spec);
    reached.parameters.insert("maxclients".to_owned(), json!(10));
    let expected =
        "write-configuration/a apply-parameters/a write-configuration/b apply-parameters/b";
    check(&plan(&spec, &reached, &["maxclients"]), expected);
}

const ROLLING: &str = "write-configuration/b restart-member/b wait-healthy/b
    write-configuration/a restart-member/a wait-healthy/a";

#[test]
fn what_is_not_hot_restarts_one_member_after_the_other() {
    let spec = spec(Wish::Running);
    let mut cold = reached(&spec);
    cold.parameters.insert("maxclients".to_owned(), json!(10));
    check(&plan(&spec, &cold, &[]), ROLLING);
    let mut other_secret = reached(&spec);
    other_secret.build.as_mut().expect("a build").secrets.clear();
    check(&plan(&spec, &other_secret, &[]), ROLLING);
}

#[test]
fn what_a_failed_change_may_have_touched_is_applied_again() {
    let spec = spec(Wish::Running);
    let touched = BTreeSet::from(["maxclients".to_owned()]);
    let uncertain = Progress { unsettled: true, touched, ..reached(&spec) };
    check(
        &plan(&spec, &uncertain, &["maxclients"]),
        "write-configuration/a start-member/a wait-healthy/a check-role/a
         write-configuration/b start-member/b wait-healthy/b check-role/b
         apply-parameters/a apply-parameters/b",
    );
}

#[test]
fn a_stop_begins_with_the_last_to_start() {
    let spec = spec(Wish::Stopped);
    check(&plan(&spec, &reached(&spec), &[]), "stop-member/b stop-member/a");
}

#[test]
fn a_change_while_stopped_only_writes() {
    let spec = spec(Wish::Stopped);
    let mut stopped = Progress { runs: false, ..reached(&spec) };
    stopped.parameters.clear();
    check(
        &plan(&spec, &stopped, &[]),
        "stop-member/b stop-member/a write-configuration/a write-configuration/b",
    );
}

#[test]
fn a_start_reads_the_files_so_nothing_is_applied_by_command() {
    let spec = spec(Wish::Running);
    let mut stopped = Progress { runs: false, ..reached(&spec) };
    stopped.parameters.clear();
    check(
        &plan(&spec, &stopped, &["maxclients"]),
        "write-configuration/a start-member/a wait-healthy/a check-role/a
         write-configuration/b start-member/b wait-healthy/b check-role/b",
    );
}

#[test]
fn a_deletion_stops_everything_first() {
    let spec = spec(Wish::Deleted);
    let expected = "stop-member/b stop-member/a remove-member/b remove-member/a";
    check(&plan(&spec, &reached(&spec), &[]), expected);
    check(&plan(&spec, &Progress::none(spec.id), &[]), expected);
}
