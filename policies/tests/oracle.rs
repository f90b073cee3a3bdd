//! The index decides as Casbin's own evaluator does, in random worlds.

use std::collections::{BTreeMap, HashMap};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};
use policies::action::Action;
use policies::rights::{Denied, Rights};
use policies::role::{Binding, Node, Role};
use policies::tree::Tree;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use types::id::{OrganizationId, ProjectId, SubjectId, TenantId};
use uuid::Uuid;

/// Decisions that are compared.
const DECISIONS: usize = 100_000;
/// Most rules of a world, with those that say what roles may do.
const RULES_MAX: usize = 200;

/// A tenant whose tree was drawn.
struct World {
    tenant: TenantId,
    parents: BTreeMap<OrganizationId, Option<OrganizationId>>,
    projects: BTreeMap<ProjectId, OrganizationId>,
    subjects: Vec<SubjectId>,
    /// A node of somebody else's tree.
    foreign: Node,
}

fn id<T: From<Uuid>>(random: &mut StdRng) -> T {
    Uuid::from_u128(random.random()).into()
}

impl World {
    fn draw(random: &mut StdRng) -> Self {
        let mut organizations: Vec<OrganizationId> = Vec::new();
        let mut parents = BTreeMap::new();
        for _ in 0..random.random_range(1..10) {
            let organization = id(random);
            parents.insert(organization, organizations.choose(random).copied());
            organizations.push(organization);
        }
        let owner = |random: &mut StdRng| *organizations.choose(random).expect("at least one");
        let projects = (0..6).map(|_| (id(random), owner(random))).collect();
        let subjects = (0..5).map(|_| id(random)).collect();
        let foreign = Node::Organization(id(random));
        Self { tenant: id(random), parents, projects, subjects, foreign }
    }

    /// All nodes whose rights can be asked for.
    fn nodes(&self) -> Vec<Node> {
        let organizations = self.parents.keys().copied().map(Node::Organization);
        let projects = self.projects.keys().copied().map(Node::Project);
        [Node::Tenant(self.tenant)].into_iter().chain(organizations).chain(projects).collect()
    }

    fn bindings(&self, random: &mut StdRng) -> Vec<Binding> {
        let mut nodes = self.nodes();
        nodes.extend([Node::Installation, self.foreign]);
        let count = random.random_range(0..RULES_MAX - roles().len());
        let binding = |_| Binding {
            subject: *self.subjects.choose(random).expect("some"),
            role: *Role::ALL.choose(random).expect("some"),
            node: *nodes.choose(random).expect("some"),
        };
        (0..count).map(binding).collect()
    }

    /// Moves an organization, or a project, below another one.
    fn shift(&mut self, random: &mut StdRng) {
        let organizations: Vec<_> = self.parents.keys().copied().collect();
        let to = *organizations.choose(random).expect("at least one");
        let moved = *organizations.choose(random).expect("at least one");
        if !self.organizations_below(moved).contains(&to) {
            self.parents.insert(moved, Some(to));
        }
        let projects: Vec<_> = self.projects.keys().copied().collect();
        self.projects.insert(*projects.choose(random).expect("some"), to);
    }
}

impl Tree for World {
    fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn path(&self, node: Node) -> Option<Vec<Node>> {
        let mut path = vec![node];
        let mut above = match node {
            Node::Installation => return None,
            Node::Tenant(tenant) => return (tenant == self.tenant).then_some(path),
            Node::Organization(organization) => *self.parents.get(&organization)?,
            Node::Project(project) => Some(*self.projects.get(&project)?),
        };
        while let Some(organization) = above {
            path.push(Node::Organization(organization));
            above = self.parents[&organization];
        }
        path.push(Node::Tenant(self.tenant));
        path.reverse();
        Some(path)
    }

    fn organizations_below(&self, organization: OrganizationId) -> Vec<OrganizationId> {
        let here = Node::Organization(organization);
        let is_below = |other: &OrganizationId| {
            self.path(Node::Organization(*other)).is_some_and(|path| path.contains(&here))
        };
        self.parents.keys().copied().filter(is_below).collect()
    }

    fn projects_of(&self, organizations: &[OrganizationId]) -> Vec<ProjectId> {
        let owned = self.projects.iter().filter(|(_, owner)| organizations.contains(owner));
        owned.map(|(project, _)| *project).collect()
    }
}

fn roles() -> Vec<Vec<String>> {
    let rows = include_str!("../roles.csv").lines().filter(|line| !line.trim().is_empty());
    rows.map(|row| row.split(',').skip(1).map(|word| word.trim().to_owned()).collect()).collect()
}

/// Casbin itself, with what it answered already.
struct Oracle {
    enforcer: Enforcer,
    known: HashMap<(SubjectId, Node, Action), bool>,
}

impl Oracle {
    async fn new(bindings: &[Binding]) -> Self {
        let model = DefaultModel::from_str(include_str!("../model.conf")).await.expect("a model");
        let mut enforcer =
            Enforcer::new(model, MemoryAdapter::default()).await.expect("an enforcer");
        enforcer.add_policies(roles()).await.expect("rules");
        let mut rows: Vec<Vec<String>> = Vec::new();
        for Binding { subject, role, node } in bindings {
            let row = vec![subject.to_string(), role.to_string(), node.to_string()];
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        if !rows.is_empty() {
            enforcer.add_grouping_policies(rows).await.expect("bindings");
        }
        Self { enforcer, known: HashMap::new() }
    }

    fn allows(&mut self, subject: SubjectId, action: Action, path: &[Node]) -> bool {
        path.iter().any(|node| {
            *self.known.entry((subject, *node, action)).or_insert_with(|| {
                let request = (subject.to_string(), node.to_string(), action.to_string());
                self.enforcer.enforce(request).expect("an answer")
            })
        })
    }
}

/// Compares every decision that can be asked for in the world; says how many.
fn compare(world: &World, rights: &Rights, oracle: &mut Oracle) -> usize {
    let mut count = 0;
    for subject in world.subjects.iter().copied() {
        for action in Action::ALL.iter().copied() {
            let scope = rights.scope(subject, action, world);
            for node in world.nodes() {
                let path = world.path(node).expect("it is in the tree");
                let expected = oracle.allows(subject, action, &path);
                let is_seen = oracle.allows(subject, Action::View, &path);
                assert_eq!(rights.allows(subject, action, &path), expected, "{action} {path:?}");
                let permit = rights.permit(subject, action, node, world).map(drop);
                let refused = match is_seen {
                    true => Err(Denied::Forbidden(action)),
                    false => Err(Denied::Hidden),
                };
                assert_eq!(permit, if expected { Ok(()) } else { refused }, "{action} {path:?}");
                let is_in_scope = match node {
                    Node::Project(project) => scope.has_project(project),
                    Node::Organization(organization) => scope.has_organization(organization),
                    Node::Tenant(_) | Node::Installation => expected,
                };
                assert_eq!(is_in_scope, expected, "{action} {path:?}");
                count += 1;
            }
            let fleet = oracle.allows(subject, action, &[Node::Installation]);
            assert_eq!(rights.fleet(subject, action).is_ok(), fleet, "{action}");
        }
    }
    count
}

#[tokio::test]
async fn the_index_decides_as_casbin_does_also_after_moves() {
    let (mut decisions, mut seed) = (0, 0);
    while decisions < DECISIONS {
        let random = &mut StdRng::seed_from_u64(seed);
        let mut world = World::draw(random);
        let bindings = world.bindings(random);
        let mut oracle = Oracle::new(&bindings).await;
        let rights = Rights::compile(bindings).await.expect("rights compile");
        decisions += compare(&world, &rights, &mut oracle);
        // The tree stands in no rule, so nothing is compiled again.
        world.shift(random);
        decisions += compare(&world, &rights, &mut oracle);
        seed += 1;
    }
    println!("{decisions} decisions in {seed} worlds: no difference");
}
