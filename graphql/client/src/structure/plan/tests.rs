//! What a document leads to.

use super::*;

const DOCUMENT: &str = r#"
cellplane: 1
organizations:
  - path: rnd/platform
    title: Platform
  - path: rnd
    title: Research
projects:
  - { organization: rnd/platform, name: web, title: The shop }
service-accounts:
  - { organization: rnd, name: robot, title: Deploys }
quotas:
  - { at: { project: rnd/platform/web }, meter: members, limit: 4 }
  - { at: { organization: rnd }, meter: members, limit: 9 }
budgets:
  - { at: { organization: '' }, amount: 5000 }
instances:
  - project: rnd/platform/web
    name: cache
    package: redis
    software-version: 7.2.4
    topology: standalone
    plan: small
    template: throughput
    parameters: { maxmemory-policy: noeviction, databases: 4, title: '1.10' }
  - { project: rnd/platform/web, name: queue, package: redis, software-version: 7.2.4, topology: standalone, plan: small }
applications:
  - organization: rnd
    name: shop
    title: Shop
    exclusive: true
    parts: [rnd/platform/web/cache, rnd/platform/web/queue]
    needs: { rnd/platform/web/queue: [rnd/platform/web/cache] }
roles:
  - { name: lead, title: Leads, roles: [restarter, viewer] }
  - { name: restarter, title: Restarts, actions: [operate] }
groups:
  - { name: ops, title: Operations, members: [wei] }
bindings:
  - holder: { group: ops }
    role: lead
    at: { organization: rnd }
  - holder: { subject: wei }
    role: viewer
    at: tenant
    effect: deny
  - holder: { subject: wei }
    role: viewer
    at: { application: rnd/shop }
  - holder: { subject: robot }
    role: viewer
    at: { project: rnd/platform/web }
approval-rules:
  - at: { organization: rnd }
    mutations: [order, delete]
    above-per-month: '100.50'
    plans: [redis/small]
    approvers: 2
    days: 7
"#;

fn known() -> Known {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let redis = Offered {
        versions: words(&["7.2.4"]),
        topologies: words(&["standalone"]),
        plans: words(&["small"]),
        templates: words(&["throughput"]),
    };
    Known {
        actions: words(&["view", "operate"]),
        roles: words(&["viewer"]),
        subjects: words(&["wei"]),
        offerings: [("redis".to_owned(), redis)].into(),
        kept_plans: BTreeSet::new(),
    }
}

fn read(text: &str) -> Structure {
    Structure::parse(text).expect("a document")
}

#[test]
fn what_is_above_is_made_before_what_is_below() {
    let steps = plan(&Structure::empty(), &read(DOCUMENT), &known()).expect("a plan");
    let made: Vec<_> = steps
        .iter()
        .map(|step| match step {
            Step::CreateOrganization(one) => one.path.clone(),
            Step::CreateProject(one) => one.path(),
            Step::CreateServiceAccount(one) => one.name.clone(),
            Step::SetQuota(one) => format!("{} at {}", one.limit, one.at),
            Step::SetBudget(one) => format!("{} at {}", one.amount, one.at),
            Step::Order(one) => format!("{} ordered", one.path()),
            Step::CreateApplication(one) => one.path(),
            Step::AddPart { application, part } => format!("{part} in {application}"),
            Step::Depend { part, needs, .. } => format!("{part} needs {needs}"),
            Step::CreateRole(one) => one.name.clone(),
            Step::CreateGroup { name, .. } => name.clone(),
            Step::AddMember { group, subject } => format!("{subject} in {group}"),
            Step::Bind(one) => format!("{} bound", one.role),
            Step::CreateRule(one) => format!("{} approve at {}", one.approvers, one.at),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "rnd",
        "rnd/platform",
        "rnd/platform/web",
        "robot",
        "9 at organization/rnd",
        "4 at project/rnd/platform/web",
        "5000 at the root",
        "rnd/platform/web/cache ordered",
        "rnd/platform/web/queue ordered",
        "rnd/shop",
        "rnd/platform/web/cache in rnd/shop",
        "rnd/platform/web/queue in rnd/shop",
        "rnd/platform/web/queue needs rnd/platform/web/cache",
        "restarter",
        "lead",
        "ops",
        "wei in ops",
        "lead bound",
        "viewer bound",
        "viewer bound",
        "viewer bound",
        "2 approve at organization/rnd",
    ];
    assert_eq!(made, expected);
}

#[test]
fn what_is_there_needs_nothing_also_after_it_was_written_and_read() {
    let there = read(DOCUMENT);
    let again = read(&there.text().expect("a text"));
    assert_eq!(again, there);
    assert_eq!(plan(&there, &again, &known()), Ok(Vec::new()));
}

#[test]
fn only_what_differs_is_changed_and_nothing_is_taken_away() {
    let there = read(DOCUMENT);
    let mut wanted = Structure::empty();
    wanted.organizations.push(Organization { path: "rnd".to_owned(), title: "R&D".to_owned() });
    let role = Role { actions: ["view".to_owned()].into(), ..there.roles[1].clone() };
    wanted.roles.push(role.clone());
    let steps = plan(&there, &wanted, &known()).expect("a plan");
    let titled = Step::TitleOrganization(wanted.organizations[0].clone());
    assert_eq!(steps, [titled, Step::ChangeRole(role)]);
}

#[test]
fn everything_that_points_nowhere_is_told_at_once() {
    let text = r#"
cellplane: 1
organizations:
  - { path: a/b, title: B }
  - { path: rnd, title: One }
  - { path: rnd, title: Two }
projects:
  - { organization: gone, name: web, title: Web }
roles:
  - { name: own, title: Own, actions: [fly], roles: [nobody] }
groups:
  - { name: ops, title: Ops, members: [stranger] }
bindings:
  - { holder: { group: none }, role: missing, at: { project: rnd/none } }
"#;
    let problems = plan(&Structure::empty(), &read(text), &known()).expect_err("problems");
    for part in [
        "rnd is named twice",
        "organization a",
        "organization gone",
        "action fly",
        "role nobody",
        "account stranger",
        "group none",
        "role missing",
        "project rnd/none",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(part)), "{part}: {problems:#?}");
    }
    assert_eq!(problems.len(), 9, "{problems:#?}");
}

#[test]
fn people_who_are_not_there_can_be_left_out() {
    let nobody = Known { subjects: BTreeSet::new(), ..known() };
    let wanted = without_strangers(read(DOCUMENT), &nobody);
    let steps = plan(&Structure::empty(), &wanted, &nobody).expect("a plan");
    assert!(!steps.iter().any(|step| matches!(step, Step::AddMember { .. })));
    // A service account that the document makes is no stranger.
    assert_eq!(steps.iter().filter(|step| matches!(step, Step::Bind(_))).count(), 2);
}

#[test]
fn roles_made_of_each_other_are_left_to_the_plane_to_refuse() {
    let text = r#"
cellplane: 1
roles:
  - { name: one, title: One, roles: [two] }
  - { name: two, title: Two, roles: [one] }
"#;
    assert_eq!(plan(&Structure::empty(), &read(text), &known()).expect("a plan").len(), 2);
}

#[test]
fn a_document_that_cannot_be_read_says_where() {
    for (text, part) in [
        ("cellplane: 2", "form 2"),
        ("cellplane: 1\nwhat: 2", "what"),
        ("cellplane: 1\nroles: [", "line"),
        ("cellplane: 1\nquotas: [{ at: tenant, meter: wishes, limit: 1 }]", "line"),
        ("organizations: []", "cellplane"),
    ] {
        let told = Structure::parse(text).expect_err("refused").to_string();
        assert!(told.contains(part), "{text}: {told}");
    }
}

#[test]
fn an_application_keeps_what_it_is_and_holds_what_is_there() {
    let there = read(DOCUMENT);
    let changed = DOCUMENT.replace("title: Shop", "title: Store\n    description: all");
    let steps = plan(&there, &read(&changed), &known()).expect("a plan");
    assert!(matches!(steps.as_slice(), [Step::WordApplication(one)] if one.title == "Store"));
    let check = |text: &str, expected: &str| {
        let problems = plan(&there, &read(text), &known()).expect_err("refused");
        assert_eq!(problems, [expected]);
    };
    check(
        &DOCUMENT.replace("exclusive: true", "exclusive: false"),
        "application rnd/shop: whether it is exclusive differs from what is there, and stays",
    );
    check(
        &DOCUMENT.replace("rnd/platform/web/cache", "rnd/platform/web/gone"),
        "application rnd/shop: there is no instance rnd/platform/web/gone",
    );
    check(
        &DOCUMENT.replace("application: rnd/shop", "application: rnd/none"),
        "binding: there is no application rnd/none",
    );
    check(
        &DOCUMENT
            .replace("organization: rnd\n    name: shop", "organization: none\n    name: shop")
            .replace("application: rnd/shop", "application: none/shop"),
        "application none/shop: there is no organization none",
    );
}

#[test]
fn what_needs_what_is_added_to_what_is_there_and_is_between_parts() {
    let there = read(DOCUMENT);
    let application = |parts: &str, needs: &str| {
        let head =
            "cellplane: 1\napplications:\n  - { organization: rnd, name: shop, title: Shop, ";
        read(&format!("{head}exclusive: true, parts: [{parts}], needs: {{ {needs} }} }}\n"))
    };
    let (cache, queue) = ("rnd/platform/web/cache", "rnd/platform/web/queue");
    // Parts and dependencies that are not named stay, and may be named.
    let again = application("", &format!("{queue}: [{cache}]"));
    assert_eq!(plan(&there, &again, &known()), Ok(Vec::new()));
    let mut without = there.clone();
    without.applications[0].needs.clear();
    let step = Step::Depend {
        application: "rnd/shop".to_owned(),
        part: queue.to_owned(),
        needs: cache.to_owned(),
    };
    assert_eq!(plan(&without, &again, &known()), Ok(vec![step]));
    let check = |needs: &str, expected: &[&str]| {
        let problems = plan(&there, &application("", needs), &known()).expect_err("refused");
        assert_eq!(problems, expected);
    };
    check(
        &format!("{queue}: [rnd/none, {cache}], rnd/lost: [{cache}]"),
        &[
            "application rnd/shop: rnd/lost, which needs or is needed, is no part",
            "application rnd/shop: rnd/none, which needs or is needed, is no part",
        ],
    );
    check(
        &format!("{cache}: [{queue}]"),
        &["application rnd/shop: nothing can need itself, and rnd/platform/web/cache needs \
           rnd/platform/web/queue needs rnd/platform/web/cache"],
    );
    check(
        &format!("{cache}: [{cache}]"),
        &["application rnd/shop: nothing can need itself, and rnd/platform/web/cache needs \
           rnd/platform/web/cache"],
    );
}

#[test]
fn what_is_there_is_neither_ordered_nor_made_again_however_it_differs() {
    let there = read(DOCUMENT);
    let mut wanted = Structure::empty();
    let Structure { instances, service_accounts, approval_rules, .. } = there.clone();
    (wanted.instances, wanted.service_accounts) = (instances, service_accounts);
    wanted.instances[0].package = "gone".to_owned();
    wanted.service_accounts[0].title = "Otherwise".to_owned();
    let robot = Known { subjects: ["robot".to_owned()].into(), ..known() };
    assert_eq!(plan(&there, &wanted, &robot), Ok(Vec::new()));
    // A rule has no name: two that are alike are two.
    wanted.approval_rules = [approval_rules.clone(), approval_rules].concat();
    let steps = plan(&there, &wanted, &robot).expect("a plan");
    assert!(matches!(steps.as_slice(), [Step::CreateRule(_)]), "{steps:#?}");
}

#[test]
fn what_cannot_be_ordered_or_limited_is_told_at_once() {
    let text = r#"
cellplane: 1
service-accounts:
  - { organization: gone, name: wei, title: A person }
quotas:
  - { at: tenant, meter: members, limit: 4 }
  - { at: { organization: '' }, meter: members, limit: 4 }
  - { at: { organization: '' }, meter: members, limit: 5 }
budgets:
  - { at: { project: none }, amount: '1' }
instances:
  - { project: none, name: one, package: tea, software-version: '1', topology: t, plan: p }
  - { project: none, name: two, package: redis, software-version: '1', topology: t, plan: p, template: q }
approval-rules:
  - { at: { application: lost }, mutations: [sing], packages: [tea], plans: [redis/huge, plan_1], approvers: 1, days: 7 }
"#;
    let problems = plan(&Structure::empty(), &read(text), &known()).expect_err("problems");
    for part in [
        "service account wei: there is no organization gone",
        "service account wei: a person has that name",
        "quota: it holds at an organization or a project",
        "the quota of members at the root is named twice",
        "budget: there is no project none",
        "instance none/one: there is no project none",
        "instance none/one: there is no package tea",
        "instance none/two: there is no project none",
        "instance none/two: redis has no version 1",
        "instance none/two: redis has no topology t",
        "instance none/two: redis has no plan p",
        "instance none/two: redis has no template q",
        "approval rule: there is no application lost",
        "approval rule: it holds at the tenant, an organization or a project",
        "approval rule: nothing is called sing that takes an approval",
        "approval rule: there is no package tea",
        "approval rule: there is no plan redis/huge",
        "approval rule: there is no plan plan_1",
    ] {
        assert!(problems.iter().any(|problem| problem == part), "{part}: {problems:#?}");
    }
    assert_eq!(problems.len(), 18, "{problems:#?}");
}

#[test]
fn quotas_are_lowered_from_below_and_raised_from_above() {
    let there = read(DOCUMENT);
    let check = |[above, below]: [u64; 2], expected: &[&str]| {
        let mut wanted = there.clone();
        (wanted.quotas[1].limit, wanted.quotas[0].limit) = (above, below);
        let steps = plan(&there, &wanted, &known()).expect("a plan");
        let told: Vec<_> = steps
            .iter()
            .map(|step| match step {
                Step::SetQuota(one) => format!("{} at {}", one.limit, one.at),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(told, expected);
    };
    check([3, 2], &["2 at project/rnd/platform/web", "3 at organization/rnd"]);
    check([20, 12], &["20 at organization/rnd", "12 at project/rnd/platform/web"]);
    check([4, 4], &["4 at organization/rnd"]);
    check([12, 3], &["3 at project/rnd/platform/web", "12 at organization/rnd"]);
}
