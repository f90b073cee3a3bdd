//! Nobody reaches rows of another tenant, project or cell, not even by their ids.

use control_plane_store::binding::Binding;
use control_plane_store::{
    HolderKind, InTenant, StoreError, binding, instance, organization, project,
};
use policies::action::Action;
use policies::permit::Permit;
use policies::rights::Rights;
use policies::role::{self, Node, Role, Rules};
use policies::tree::Tree;
use types::id::{BindingId, InstanceId, OrganizationId, ProjectId, SubjectId, SystemIds, TenantId};

use crate::on_every_engine;
use crate::world::{Home, NOW, World, new_instance};

on_every_engine! {
    another_tenant_cannot_be_read_by_id
    another_tenant_cannot_be_changed_by_id
    another_tenant_cannot_be_deleted_from_by_id
    a_row_cannot_be_written_into_another_tenant
    a_sibling_project_is_not_there
    another_cell_is_not_there
}

/// A tree of one organization.
struct Flat(Home);

impl Tree for Flat {
    fn tenant(&self) -> TenantId {
        self.0.tenant
    }

    fn path(&self, node: Node) -> Option<Vec<Node>> {
        let above = [Node::Tenant(self.0.tenant), Node::Organization(self.0.organization)];
        Some(above.into_iter().chain([node]).collect())
    }

    fn top(&self) -> Option<OrganizationId> {
        Some(self.0.organization)
    }

    fn organizations_below(&self, organization: OrganizationId) -> Vec<OrganizationId> {
        vec![organization]
    }

    fn projects_of(&self, _: &[OrganizationId]) -> Vec<ProjectId> {
        Vec::new()
    }
}

async fn developer_of(home: &Home, project: ProjectId) -> Permit {
    let subject = SubjectId::next(&SystemIds);
    let node = Node::Project(project);
    let bindings = vec![role::Binding::allow(subject, Role::Developer, node)];
    let rules = Rules { bindings, ..Rules::default() };
    let rights = Rights::compile(rules).await.expect("compile");
    rights.permit(subject, Action::Order, node, &Flat(home.clone())).expect("a developer may order")
}

async fn another_tenant_cannot_be_read_by_id(world: World) {
    let (acme, other) = (world.home("acme").await, world.home("other").await);
    let cell = world.cell("home").await;
    let theirs = world.instance(&other, cell, "cache").await;
    let mine = world.read(&acme);
    assert_eq!(instance::find(&mine, theirs.id).await.expect("ask"), None);
    assert_eq!(instance::by_ids(&mine, &[theirs.id]).await.expect("ask"), []);
    assert_eq!(project::find(&mine, other.project).await.expect("ask"), None);
    assert_eq!(organization::find(&mine, other.organization).await.expect("ask"), None);
    let tx = world.begin(&acme).await;
    assert_eq!(instance::lock(&tx, theirs.id).await.expect("ask"), None);
    assert_eq!(tx.tenant(), acme.tenant);
}

async fn another_tenant_cannot_be_changed_by_id(world: World) {
    let (acme, other) = (world.home("acme").await, world.home("other").await);
    let cell = world.cell("home").await;
    let theirs = world.instance(&other, cell, "cache").await;
    let mut forged = theirs.clone();
    forged.tenant_id = acme.tenant;
    forged.name = "stolen".to_owned();
    let tx = world.begin(&acme).await;
    let changed = instance::update(&tx, forged).await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    tx.commit().await.expect("commit");
    let kept = instance::get(&world.read(&other), theirs.id).await.expect("still theirs");
    assert_eq!(kept, theirs);
}

async fn another_tenant_cannot_be_deleted_from_by_id(world: World) {
    let (acme, other) = (world.home("acme").await, world.home("other").await);
    let id = BindingId::next(&SystemIds);
    let row = Binding {
        id,
        tenant_id: Some(other.tenant),
        holder_id: SubjectId::next(&SystemIds).uuid(),
        role: "viewer".to_owned(),
        node: other.tenant.to_string(),
        created_at: NOW,
        holder_kind: HolderKind::Subject,
        effect: "allow".to_owned(),
    };
    let tx = world.begin(&other).await;
    binding::insert(&tx, row).await.expect("insert");
    tx.commit().await.expect("commit");
    let tx = world.begin(&acme).await;
    let deleted = binding::delete(&tx, id).await;
    assert!(matches!(deleted, Err(StoreError::NotFound)), "{deleted:?}");
    tx.commit().await.expect("commit");
    assert!(binding::find(&world.read(&other), id).await.expect("ask").is_some());
}

async fn a_row_cannot_be_written_into_another_tenant(world: World) {
    let (acme, other) = (world.home("acme").await, world.home("other").await);
    let cell = world.cell("home").await;
    let tx = world.begin(&acme).await;
    let planted = instance::insert(&tx, new_instance(&other, cell, "planted")).await;
    assert!(matches!(planted, Err(StoreError::OutOfReach)), "{planted:?}");
}

async fn a_sibling_project_is_not_there(world: World) {
    let acme = world.home("acme").await;
    let sibling = ProjectId::next(&SystemIds);
    world.project(&acme, sibling, "sibling").await;
    let cell = world.cell("home").await;
    let mine = world.instance(&acme, cell, "mine").await;
    let theirs = world.instance(&Home { project: sibling, ..acme.clone() }, cell, "theirs").await;
    let permit = developer_of(&acme, acme.project).await;
    let tx = world.store.begin(&permit).await.expect("begin");
    assert_eq!(instance::find(&tx, mine.id).await.expect("ask"), Some(mine.clone()));
    assert_eq!(instance::find(&tx, theirs.id).await.expect("ask"), None);
    assert_eq!(project::find(&tx, sibling).await.expect("ask"), None);
    let moved = instance::update(&tx, theirs.clone()).await;
    assert!(matches!(moved, Err(StoreError::OutOfReach)), "{moved:?}");
    let forged =
        instance::update(&tx, instance::Instance { project_id: acme.project, ..theirs }).await;
    assert!(matches!(forged, Err(StoreError::NotFound)), "{forged:?}");
    // A licence counts what the developer cannot see.
    let live = instance::count_live(&tx).await.expect("count");
    assert_eq!(live.get("redis"), Some(&2));
}

async fn another_cell_is_not_there(world: World) {
    let acme = world.home("acme").await;
    let (here, there) = (world.cell("here").await, world.cell("there").await);
    let theirs = world.instance(&acme, there, "cache").await;
    let tx = world.cell_tx(here).await;
    assert_eq!(instance::lock_in_cell(&tx, theirs.id).await.expect("ask"), None);
    assert_eq!(instance::all_in_cell(&tx).await.expect("ask"), []);
    let claimed =
        instance::update_in_cell(&tx, instance::Instance { cell_id: here, ..theirs.clone() }).await;
    assert!(matches!(claimed, Err(StoreError::NotFound)), "{claimed:?}");
    drop(tx);
    let tx = world.cell_tx(there).await;
    let known = instance::known_in_cell(&tx).await.expect("ask");
    assert_eq!(known, [(theirs.id, theirs.generation)]);
    let unknown = InstanceId::next(&SystemIds);
    assert_eq!(instance::lock_in_cell(&tx, unknown).await.expect("ask"), None);
}
