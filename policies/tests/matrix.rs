//! The table of roles and actions, as people review it: `policies/matrix.txt`.

use policies::action::Action;
use policies::permit::Reach;
use policies::rights::{Denied, Rights};
use policies::role::{Binding, Node, Role, Rules};
use policies::tree::Tree;
use types::id::{Ids, OrganizationId, ProjectId, SubjectId, SystemIds, TenantId};

/// A tenant with the organizations `top` and, below it, `left` and `right`, a project in each leaf.
struct World {
    tenant: TenantId,
    top: OrganizationId,
    left: OrganizationId,
    right: OrganizationId,
    left_project: ProjectId,
    right_project: ProjectId,
}

impl World {
    fn new() -> Self {
        let next = || SystemIds.next();
        Self {
            tenant: next().into(),
            top: next().into(),
            left: next().into(),
            right: next().into(),
            left_project: next().into(),
            right_project: next().into(),
        }
    }
}

impl Tree for World {
    fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn path(&self, node: Node) -> Option<Vec<Node>> {
        let top = [Node::Tenant(self.tenant), Node::Organization(self.top)];
        let leaf = |organization: OrganizationId| {
            [top.as_slice(), &[Node::Organization(organization)]].concat()
        };
        match node {
            Node::Tenant(id) if id == self.tenant => Some(top[..1].to_vec()),
            Node::Organization(id) if id == self.top => Some(top.to_vec()),
            Node::Organization(id) if id == self.left || id == self.right => Some(leaf(id)),
            Node::Project(id) if id == self.left_project => {
                Some([leaf(self.left), vec![node]].concat())
            }
            Node::Project(id) if id == self.right_project => {
                Some([leaf(self.right), vec![node]].concat())
            }
            _ => None,
        }
    }

    fn top(&self) -> Option<OrganizationId> {
        Some(self.top)
    }

    fn organizations_below(&self, organization: OrganizationId) -> Vec<OrganizationId> {
        match organization {
            id if id == self.top => vec![self.top, self.left, self.right],
            id if id == self.left || id == self.right => vec![id],
            _ => Vec::new(),
        }
    }

    fn projects_of(&self, organizations: &[OrganizationId]) -> Vec<ProjectId> {
        let all = [(self.left, self.left_project), (self.right, self.right_project)];
        all.into_iter()
            .filter(|(owner, _)| organizations.contains(owner))
            .map(|(_, id)| id)
            .collect()
    }
}

async fn rights(role: Role, node: Node) -> (Rights, SubjectId) {
    let subject = SubjectId::next(&SystemIds);
    let rights = Rights::compile(Rules {
        bindings: vec![Binding::allow(subject, role, node)],
        ..Rules::default()
    });
    let rights = rights.await.expect("rights compile");
    (rights, subject)
}

/// What a role bound at the left organization says for an action to each kind of target.
async fn row(role: Role, action: Action, world: &World) -> String {
    let (rights, subject) = rights(role, Node::Organization(world.left)).await;
    let decide = |node| match rights.permit(subject, action, node, world) {
        Ok(_) => "yes",
        Err(Denied::Forbidden(_)) => "forbidden",
        Err(Denied::Hidden) => "not found",
    };
    format!(
        "{role:<20}{action:<18}{:<12}{:<12}{:<12}{}\n",
        decide(Node::Organization(world.top)),
        decide(Node::Organization(world.left)),
        decide(Node::Project(world.left_project)),
        decide(Node::Project(world.right_project)),
    )
}

#[tokio::test]
async fn the_committed_matrix_is_what_casbin_answers() {
    let world = World::new();
    let mut matrix = String::from(
        "# role bound at one organization x action x target; written by `make generate`\n",
    );
    matrix += &format!(
        "{:<20}{:<18}{:<12}{:<12}{:<12}{}\n",
        "role", "action", "parent", "own", "project", "sibling"
    );
    for role in Role::ALL {
        for action in Action::ALL {
            matrix += &row(*role, *action, &world).await;
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/matrix.txt");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    if committed != matrix {
        std::fs::write(path, &matrix).expect("matrix.txt can be written");
        panic!(
            "policies/matrix.txt was out of date and is now rewritten: review its diff and commit it"
        );
    }
}

#[tokio::test]
async fn a_role_at_an_organization_reaches_all_below_and_nothing_beside() {
    let world = World::new();
    let (rights, subject) = rights(Role::Developer, Node::Organization(world.left)).await;
    let scope = rights.scope(subject, Action::View, &world);
    assert!(scope.has_project(world.left_project));
    assert!(!scope.has_project(world.right_project));
    assert!(!scope.has_organization(world.top));
}

#[tokio::test]
async fn a_tenant_admin_reaches_the_whole_tenant() {
    let world = World::new();
    let (rights, subject) = rights(Role::TenantAdmin, Node::Tenant(world.tenant)).await;
    assert_eq!(rights.scope(subject, Action::View, &world).reach(), &Reach::Tenant);
}

#[tokio::test]
async fn a_binding_of_another_tenant_gives_nothing() {
    let (world, other) = (World::new(), World::new());
    let (rights, subject) = rights(Role::TenantAdmin, Node::Tenant(other.tenant)).await;
    assert!(rights.scope(subject, Action::View, &world).is_empty());
    let denied = rights.permit(subject, Action::View, Node::Project(world.left_project), &world);
    assert_eq!(denied.map(|_| ()), Err(Denied::Hidden));
}

#[tokio::test]
async fn an_operator_runs_cells_and_sees_no_resources() {
    let world = World::new();
    let (rights, subject) = rights(Role::Operator, Node::Installation).await;
    assert!(rights.fleet(subject, Action::OperateCells).is_ok());
    assert!(rights.scope(subject, Action::View, &world).is_empty());
}
