//! The first pages of many lists at once are as each of them alone.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use control_plane_store::application::{self, Application};
use control_plane_store::application_part::{self, ApplicationPart};
use control_plane_store::configuration::{self, Configuration};
use control_plane_store::group::{self, Group};
use control_plane_store::group_member::{self, GroupMember, MANUAL};
use control_plane_store::instance::{self, Instance, InstanceFilter};
use control_plane_store::operation::{self, Operation, OperationFilter};
use control_plane_store::subject::{self, Subject};
use control_plane_store::{Page, Paged, SubjectKind, SubjectState};
use types::generation::Generation;
use types::id::{ApplicationId, GroupId, OperationId, ProjectId, SubjectId, SystemIds};
use types::operation::{OperationKind, OperationState};

use crate::on_every_engine;
use crate::world::{Home, NOW, World};

on_every_engine! {
    instances_of_projects
    operations_of_instances
    configurations_of_instances
    parts_of_applications
    members_of_groups
}

/// Rows of a page.
const FIRST: u64 = 2;
/// How many rows each list has.
const COUNTS: [usize; 5] = [0, 1, 2, 3, 4];

fn first() -> Page {
    Page::new(FIRST, None).expect("a page")
}

/// What has no rows may be left out.
#[track_caller]
fn check<G: Ord + Debug, R: PartialEq + Debug>(
    found: &BTreeMap<G, Paged<R>>,
    alone: &BTreeMap<G, Paged<R>>,
) {
    let nothing = Paged { items: Vec::new(), has_next: false };
    let some = alone.values().filter(|page| **page != nothing).count();
    assert!(some >= COUNTS.len() - 1 && alone.values().any(|page| page.has_next));
    assert_eq!(found.len(), some, "and nobody else's");
    for (of, page) in alone {
        assert_eq!(found.get(of).unwrap_or(&nothing), page, "{of:?}");
    }
}

/// Instances of a tenant, and one of another.
async fn instances(world: &World, home: &Home) -> (Vec<Instance>, Instance) {
    let cell = world.cell("home").await;
    let mut mine = Vec::new();
    for number in 0..COUNTS.len() {
        mine.push(world.instance(home, cell, &format!("cache-{number}")).await);
    }
    let stranger = world.home("globex").await;
    (mine, world.instance(&stranger, cell, "foreign").await)
}

async fn instances_of_projects(world: World) {
    let home = world.home("acme").await;
    let stranger = world.home("globex").await;
    let cell = world.cell("home").await;
    // More than one union takes.
    let mut projects = Vec::new();
    for number in 0..205 {
        let id = ProjectId::next(&SystemIds);
        world.project(&home, id, &format!("part-{number}")).await;
        projects.push(id);
    }
    for (place, count) in [(0, 1), (1, 2), (2, 3), (204, 4)] {
        let there = Home { project: projects[place], ..home.clone() };
        for number in 0..count {
            world.instance(&there, cell, &format!("cache-{number}")).await;
        }
    }
    world.instance(&stranger, cell, "foreign").await;
    let reader = world.read(&home);
    let asked = [projects.as_slice(), &[stranger.project]].concat();
    let found = instance::first_of_projects(&reader, &asked, FIRST).await.expect("pages");
    let mut alone = BTreeMap::new();
    for project in asked {
        let filter = InstanceFilter { projects: Some(vec![project]), ..InstanceFilter::default() };
        alone.insert(project, instance::list(&reader, &filter, &first()).await.expect("list"));
    }
    check(&found, &alone);
}

async fn operations_of_instances(world: World) {
    let home = world.home("acme").await;
    let (mine, theirs) = instances(&world, &home).await;
    let tx = world.begin(&home).await;
    for (instance, count) in mine.iter().zip(COUNTS) {
        for _ in 0..count {
            operation::insert(&tx, operation(instance)).await.expect("insert");
        }
    }
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let asked: Vec<_> = mine.iter().chain([&theirs]).map(|row| row.id).collect();
    let found = operation::first_of_instances(&reader, &asked, FIRST).await.expect("pages");
    let mut alone = BTreeMap::new();
    for id in asked {
        let filter = OperationFilter { instance: Some(id), ..OperationFilter::default() };
        alone.insert(id, operation::list(&reader, &filter, &first()).await.expect("list"));
    }
    check(&found, &alone);
}

fn operation(instance: &Instance) -> Operation {
    Operation {
        id: OperationId::next(&SystemIds),
        tenant_id: instance.tenant_id,
        project_id: instance.project_id,
        instance_id: instance.id,
        cell_id: instance.cell_id,
        kind: OperationKind::Start,
        state: OperationState::Pending,
        generation: Generation(1),
        created_at: NOW,
        created_by: instance.created_by,
        started_at: None,
        ended_at: None,
        deadline: NOW.plus(Duration::from_secs(60)),
        steps: "[]".to_owned(),
        problem_code: None,
        problem_message: None,
        last_line: 0,
        attempt: None,
    }
}

async fn configurations_of_instances(world: World) {
    let home = world.home("acme").await;
    let (mine, theirs) = instances(&world, &home).await;
    let tx = world.begin(&home).await;
    for (instance, count) in mine.iter().zip(COUNTS) {
        for number in (1..).take(count) {
            configuration::insert(&tx, configuration(instance, number)).await.expect("insert");
        }
    }
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let asked: Vec<_> = mine.iter().chain([&theirs]).map(|row| row.id).collect();
    let found = configuration::first_of_instances(&reader, &asked, FIRST).await.expect("pages");
    let mut alone = BTreeMap::new();
    for id in asked {
        alone.insert(id, configuration::list(&reader, id, &first()).await.expect("list"));
    }
    check(&found, &alone);
}

fn configuration(instance: &Instance, number: i32) -> Configuration {
    Configuration {
        instance_id: instance.id,
        number,
        tenant_id: instance.tenant_id,
        project_id: instance.project_id,
        cell_id: instance.cell_id,
        parameters: "{}".to_owned(),
        created_at: NOW,
        created_by: instance.created_by,
        operation_id: instance.operation_id,
        reason: None,
        restored_from: None,
        templates: None,
    }
}

async fn parts_of_applications(world: World) {
    let home = world.home("acme").await;
    let (mine, _) = instances(&world, &home).await;
    let (mut asked, tx) = (Vec::new(), world.begin(&home).await);
    for count in COUNTS {
        let id = ApplicationId::next(&SystemIds);
        asked.push(id);
        let row = Application {
            id,
            tenant_id: home.tenant,
            organization_id: home.organization,
            name: format!("shop-{count}"),
            title: "Shop".to_owned(),
            description: String::new(),
            exclusive: false,
            created_at: NOW,
            created_by: SubjectId::next(&SystemIds),
        };
        application::insert(&tx, row).await.expect("insert");
        // The same instances are in many of them.
        for instance in &mine[..count] {
            application_part::insert(&tx, part(id, instance)).await.expect("insert");
        }
    }
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let found = application_part::first_of_applications(&reader, &asked, FIRST).await;
    let mut alone = BTreeMap::new();
    for id in asked {
        alone.insert(id, application_part::list(&reader, id, &first()).await.expect("list"));
    }
    check(&found.expect("pages"), &alone);
    let stranger = world.home("umbrella").await;
    let asked: Vec<_> = alone.into_keys().collect();
    let foreign = world.read(&stranger);
    let found = application_part::first_of_applications(&foreign, &asked, FIRST).await;
    assert_eq!(found.expect("pages"), BTreeMap::new());
}

fn part(application_id: ApplicationId, instance: &Instance) -> ApplicationPart {
    ApplicationPart {
        application_id,
        instance_id: instance.id,
        tenant_id: instance.tenant_id,
        project_id: instance.project_id,
        exclusive_id: None,
        added_at: NOW,
        added_by: instance.created_by,
    }
}

async fn members_of_groups(world: World) {
    let home = world.home("acme").await;
    let (mut people, mut asked, tx) = (Vec::new(), Vec::new(), world.begin(&home).await);
    // Their ids are in another order than their names.
    for name in ["dora", "carl", "berta", "anton"] {
        let row = Subject {
            id: SubjectId::next(&SystemIds),
            tenant_id: Some(home.tenant),
            name: name.to_owned(),
            title: name.to_owned(),
            kind: SubjectKind::User,
            state: SubjectState::Active,
            created_at: NOW,
        };
        people.push(row.id);
        subject::insert(&tx, row).await.expect("insert");
    }
    for count in COUNTS {
        let id = GroupId::next(&SystemIds);
        asked.push(id);
        let row = Group {
            id,
            tenant_id: home.tenant,
            name: format!("crew-{count}"),
            title: "Crew".to_owned(),
            created_at: NOW,
        };
        group::insert(&tx, row).await.expect("insert");
        for subject_id in people[..count].iter().copied() {
            // Twice, as somebody whom a provider put there as well.
            for source in [MANUAL, "provider"] {
                let row = GroupMember {
                    group_id: id,
                    subject_id,
                    source: source.to_owned(),
                    tenant_id: home.tenant,
                    created_at: NOW,
                };
                group_member::insert(&tx, row).await.expect("insert");
            }
        }
    }
    tx.commit().await.expect("commit");
    let reader = world.read(&home);
    let found = subject::first_of_groups(&reader, &asked, FIRST).await.expect("pages");
    let mut alone = BTreeMap::new();
    for id in asked {
        alone.insert(id, subject::of_group(&reader, id, &first()).await.expect("list"));
    }
    check(&found, &alone);
    let stranger = world.home("globex").await;
    let asked: Vec<_> = alone.into_keys().collect();
    let found = subject::first_of_groups(&world.read(&stranger), &asked, FIRST).await;
    assert_eq!(found.expect("pages"), BTreeMap::new());
}
