//! Random worlds, and each decision in them beside that of Casbin's own evaluator.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};
use policies::action::Action;
use policies::rights::{Denied, Rights, path_of_part, rows};
use policies::role::{
    All, AnyRole, Binding, Effect, Holder, Membership, Node, OwnRole, Part, Role, Rules,
};
use policies::tree::Tree;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use types::id::{ApplicationId, GroupId, OrganizationId, ProjectId, SubjectId, TenantId};
use uuid::Uuid;

/// Most rules of a world, with those that say what roles may do.
const RULES_MAX: usize = 200;

/// A tenant whose tree was drawn.
pub struct World {
    tenant: TenantId,
    parents: BTreeMap<OrganizationId, Option<OrganizationId>>,
    projects: BTreeMap<ProjectId, OrganizationId>,
    applications: BTreeMap<ApplicationId, OrganizationId>,
    /// Instances: each in a project and in some applications.
    instances: Vec<(ProjectId, Vec<ApplicationId>)>,
    subjects: Vec<SubjectId>,
    /// A node of somebody else's tree.
    foreign: Node,
}

fn id<T: From<Uuid>>(random: &mut StdRng) -> T {
    Uuid::from_u128(random.random()).into()
}

impl World {
    /// A tree, its subjects, and a node that is not in it.
    pub fn draw(random: &mut StdRng) -> Self {
        let mut organizations: Vec<OrganizationId> = Vec::new();
        let mut parents = BTreeMap::new();
        for _ in 0..random.random_range(1..10) {
            let organization = id(random);
            parents.insert(organization, organizations.choose(random).copied());
            organizations.push(organization);
        }
        let owner = |random: &mut StdRng| *organizations.choose(random).expect("at least one");
        let projects: BTreeMap<ProjectId, _> =
            (0..6).map(|_| (id(random), owner(random))).collect();
        let applications: BTreeMap<ApplicationId, _> =
            (0..3).map(|_| (id(random), owner(random))).collect();
        let known: Vec<_> = projects.keys().copied().collect();
        let instances = (0..6).map(|_| {
            let project = *known.choose(random).expect("some");
            let within = applications.keys().copied().filter(|_| random.random_bool(0.4));
            (project, within.collect())
        });
        let instances = instances.collect();
        let subjects = (0..5).map(|_| id(random)).collect();
        let foreign = Node::Organization(id(random));
        Self { tenant: id(random), parents, projects, applications, instances, subjects, foreign }
    }

    /// All nodes whose rights can be asked for.
    fn nodes(&self) -> Vec<Node> {
        let organizations = self.parents.keys().copied().map(Node::Organization);
        let projects = self.projects.keys().copied().map(Node::Project);
        let applications = self.applications.keys().copied().map(Node::Application);
        let tree = [Node::Tenant(self.tenant)].into_iter().chain(organizations).chain(projects);
        tree.chain(applications).collect()
    }

    /// Own roles of which each may contain those before it, groups, and what is bound to both.
    pub fn rules(&self, random: &mut StdRng) -> Rules {
        let mut roles: Vec<OwnRole> = Vec::new();
        for _ in 0..random.random_range(0..6) {
            let parts = (0..random.random_range(1..4)).map(|_| part(&roles, random)).collect();
            roles.push(OwnRole { id: id(random), parts });
        }
        let groups: Vec<GroupId> = (0..3).map(|_| id(random)).collect();
        let memberships: BTreeSet<_> = (0..random.random_range(0..8))
            .map(|_| Membership {
                subject: *self.subjects.choose(random).expect("some"),
                group: *groups.choose(random).expect("some"),
            })
            .collect();
        let mut rules =
            Rules { roles, memberships: memberships.into_iter().collect(), bindings: Vec::new() };
        let mut nodes = self.nodes();
        nodes.extend([Node::Installation, self.foreign]);
        let denials = random.random_range(0.0..0.5);
        for _ in 0..random.random_range(0..RULES_MAX - rows(&rules).count()) {
            let holder = match random.random_bool(0.3) {
                true => Holder::Group(*groups.choose(random).expect("some")),
                false => Holder::Subject(*self.subjects.choose(random).expect("some")),
            };
            let role = any_role(&rules.roles, random);
            let node = *nodes.choose(random).expect("some");
            let effect = if random.random_bool(denials) { Effect::Deny } else { Effect::Allow };
            rules.bindings.push(Binding { holder, role, node, effect });
        }
        rules
    }

    /// Moves an organization, or a project, below another one.
    pub fn shift(&mut self, random: &mut StdRng) {
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
            Node::Application(id) => Some(*self.applications.get(&id)?),
        };
        while let Some(organization) = above {
            path.push(Node::Organization(organization));
            above = self.parents[&organization];
        }
        path.push(Node::Tenant(self.tenant));
        path.reverse();
        Some(path)
    }

    fn top(&self) -> Option<OrganizationId> {
        let mut all = self.parents.iter();
        all.find(|(_, parent)| parent.is_none()).map(|(organization, _)| *organization)
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

fn any_role(own: &[OwnRole], random: &mut StdRng) -> AnyRole {
    match own.choose(random) {
        Some(own) if random.random_bool(0.5) => AnyRole::Own(own.id),
        _ => AnyRole::Common(*Role::ALL.choose(random).expect("some")),
    }
}

fn part(own: &[OwnRole], random: &mut StdRng) -> Part {
    match random.random_range(0..10) {
        0 => Part::All(All::Star),
        1..4 => Part::Role(any_role(own, random)),
        _ => Part::Action(*Action::ALL.choose(random).expect("some")),
    }
}

/// Casbin itself, with what it answered already.
pub struct Oracle {
    enforcer: Enforcer,
    known: HashMap<(SubjectId, Vec<Node>, Action), bool>,
}

impl Oracle {
    /// With all rules.
    pub async fn new(rules: &Rules) -> Self {
        let model =
            DefaultModel::from_str(include_str!("../../model.conf")).await.expect("a model");
        let mut enforcer =
            Enforcer::new(model, MemoryAdapter::default()).await.expect("an enforcer");
        for (kind, row) in rows(rules) {
            // One that stands there already is refused, which changes nothing.
            let _ = match &kind[..1] {
                "p" => enforcer.add_named_policy(kind, row).await.expect("a rule"),
                _ => enforcer.add_named_grouping_policy(kind, row).await.expect("a rule"),
            };
        }
        Self { enforcer, known: HashMap::new() }
    }

    fn allows(&mut self, subject: SubjectId, action: Action, path: &[Node]) -> bool {
        *self.known.entry((subject, path.to_vec(), action)).or_insert_with(|| {
            let path: Vec<_> = path.iter().map(ToString::to_string).collect();
            let request = (subject.to_string(), path, action.to_string());
            self.enforcer.enforce(request).expect("an answer")
        })
    }
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Decisions.
    pub decisions: usize,
    /// Those that allowed.
    pub allowed: usize,
    /// Worlds.
    pub worlds: u64,
}

impl Tally {
    /// Compares every decision that can be asked for in the world, or says the first that differs.
    pub fn compare(
        &mut self,
        world: &World,
        rights: &Rights,
        oracle: &mut Oracle,
    ) -> Result<(), String> {
        for subject in world.subjects.iter().copied() {
            for action in Action::ALL.iter().copied() {
                self.compare_action(world, rights, oracle, subject, action)?;
            }
        }
        Ok(())
    }

    fn compare_action(
        &mut self,
        world: &World,
        rights: &Rights,
        oracle: &mut Oracle,
        subject: SubjectId,
        action: Action,
    ) -> Result<(), String> {
        let scope = rights.scope(subject, action, world);
        for node in world.nodes() {
            let path = world.path(node).expect("it is in the tree");
            let expected = oracle.allows(subject, action, &path);
            let refused = match oracle.allows(subject, Action::View, &path) {
                true => Err(Denied::Forbidden(action)),
                false => Err(Denied::Hidden),
            };
            let is_in_scope = match node {
                Node::Project(project) => scope.has_project(project),
                Node::Organization(organization) => scope.has_organization(organization),
                Node::Application(id) => scope.has_application(id, world.applications[&id]),
                Node::Tenant(_) | Node::Installation => expected,
            };
            let permit = rights.permit(subject, action, node, world).map(drop);
            let told = (rights.allows(subject, action, &path), permit, is_in_scope);
            let right = (expected, if expected { Ok(()) } else { refused }, expected);
            if told != right {
                return Err(format!("{subject} {action} {path:?}: {told:?} instead of {right:?}"));
            }
            self.decisions += 1;
            self.allowed += usize::from(expected);
        }
        self.compare_parts(world, rights, oracle, (subject, action))?;
        let expected = oracle.allows(subject, action, &[Node::Installation]);
        match rights.fleet(subject, action).is_ok() == expected {
            true => Ok(()),
            false => Err(format!("{subject} {action} at the installation: not {expected}")),
        }
    }

    /// Compares what may be done to instances, which are in applications as well.
    fn compare_parts(
        &mut self,
        world: &World,
        rights: &Rights,
        oracle: &mut Oracle,
        (subject, action): (SubjectId, Action),
    ) -> Result<(), String> {
        let scope = rights.scope(subject, action, world);
        for (project, applications) in &world.instances {
            let path = path_of_part(*project, applications, world).expect("it is in the tree");
            let expected = oracle.allows(subject, action, &path);
            let of = (*project, applications.as_slice());
            let permit = rights.permit_part(subject, action, of, world).is_ok();
            let is_in_scope = scope.has_part(*project, applications);
            // Whoever looks at the project alone must be right if no application matters.
            let is_minded =
                rights.minds_applications(subject) || scope.has_project(*project) == expected;
            let told = (permit, is_in_scope, is_minded);
            if told != (expected, expected, true) {
                return Err(format!("{subject} {action} {path:?}: {told:?}, not {expected}"));
            }
            self.decisions += 1;
            self.allowed += usize::from(expected);
        }
        Ok(())
    }

    /// Compares in the world that a seed draws, before and after a move, or says the first
    /// difference.
    pub async fn of_world(seed: u64) -> Result<Self, String> {
        let mut tally = Self { worlds: 1, ..Self::default() };
        let random = &mut StdRng::seed_from_u64(seed);
        let mut world = World::draw(random);
        let rules = world.rules(random);
        let mut oracle = Oracle::new(&rules).await;
        let rights = Rights::compile(rules).await.expect("rights compile");
        for _ in 0..2 {
            let compared = tally.compare(&world, &rights, &mut oracle);
            compared.map_err(|found| format!("world {seed}: {found}"))?;
            // The tree stands in no rule, so nothing is compiled again.
            world.shift(random);
        }
        Ok(tally)
    }

    /// Adds what was compared elsewhere.
    pub fn add(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.allowed += other.allowed;
        self.worlds += other.worlds;
    }
}
