//! One large tenant: a tree six organizations deep, 10,000 roles of its own with 100,000 rules, and
//! 100,000 bindings, of which every tenth is a group's and every twentieth denies.

use std::collections::BTreeSet;

use policies::action::Action;
use policies::role::{AnyRole, Binding, Effect, Holder, Membership, Node, OwnRole, Part, Rules};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use types::id::{GroupId, OrganizationId, SubjectId, TenantId};
use uuid::Uuid;

use crate::Outcome;

const DEPTH: usize = 6;
const BRANCHES: usize = 8;
const ROLES: usize = 10_000;
const PARTS: usize = 10;
const BINDINGS: usize = 100_000;
const SUBJECTS: usize = 20_000;
const GROUPS: usize = 1_000;

/// A question: may the subject do this in the organization at this place?
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub subject: SubjectId,
    pub action: Action,
    pub place: usize,
}

/// The tenant.
pub struct World {
    pub rules: Rules,
    pub subjects: Vec<SubjectId>,
    /// From the tenant down to each organization, those above first.
    paths: Vec<Vec<Node>>,
    /// Where the deepest level begins.
    deepest: usize,
}

fn id<T: From<Uuid>>(random: &mut StdRng) -> T {
    Uuid::from_u128(random.random()).into()
}

fn one_of<T: Copy>(all: &[T], random: &mut StdRng) -> T {
    *all.choose(random).expect("there are some")
}

impl World {
    /// The same at every run.
    pub fn draw() -> Self {
        let random = &mut StdRng::seed_from_u64(3);
        let (paths, deepest) = tree(random);
        let subjects: Vec<SubjectId> = (0..SUBJECTS).map(|_| id(random)).collect();
        let groups: Vec<GroupId> = (0..GROUPS).map(|_| id(random)).collect();
        let roles: Vec<OwnRole> = (0..ROLES).map(|_| role(random)).collect();
        let member =
            |subject: &SubjectId| Membership { subject: *subject, group: one_of(&groups, random) };
        let memberships = subjects.iter().map(member).collect();
        let bind = |at: usize| Binding {
            holder: match at % 10 {
                0 => Holder::Group(one_of(&groups, random)),
                _ => Holder::Subject(one_of(&subjects, random)),
            },
            role: AnyRole::Own(roles.choose(random).expect("there are some").id),
            node: *paths.choose(random).and_then(|path| path.last()).expect("a path"),
            effect: if at % 20 == 1 { Effect::Deny } else { Effect::Allow },
        };
        let bindings = (0..BINDINGS).map(bind).collect();
        Self { rules: Rules { roles, memberships, bindings }, subjects, paths, deepest }
    }

    /// How many rules say what roles are made of.
    pub fn parts(&self) -> usize {
        self.rules.roles.iter().map(|role| role.parts.len()).sum()
    }

    /// How many organizations there are.
    pub fn organizations(&self) -> usize {
        self.paths.len()
    }

    /// From the tenant down to the organization at this place.
    pub fn path(&self, place: usize) -> &[Node] {
        self.paths.get(place).map_or(&[], Vec::as_slice)
    }

    /// The paths of all organizations.
    pub fn paths(&self) -> impl Iterator<Item = &[Node]> {
        self.paths.iter().map(Vec::as_slice)
    }

    /// Questions about the deepest organizations; half of them below where the subject has a role.
    pub fn requests(&self, count: usize) -> Vec<Request> {
        let random = &mut StdRng::seed_from_u64(4);
        let places = self.paths.iter().enumerate();
        let places: std::collections::HashMap<Node, usize> =
            places.filter_map(|(place, path)| Some((*path.last()?, place))).collect();
        let draw = |at: usize| {
            let action = one_of(Action::ALL, random);
            let binding = self.rules.bindings.choose(random).expect("there are some");
            match (at % 2, binding.holder, places.get(&binding.node)) {
                (0, Holder::Subject(subject), Some(place)) => {
                    Request { subject, action, place: self.below(*place, random) }
                }
                _ => {
                    let place = random.random_range(self.deepest..self.paths.len());
                    Request { subject: one_of(&self.subjects, random), action, place }
                }
            }
        };
        (0..count).map(draw).collect()
    }

    /// A place on the deepest level below this one: children of the n-th stand from n × branches + 1.
    fn below(&self, mut place: usize, random: &mut StdRng) -> usize {
        while place < self.deepest {
            place = place * BRANCHES + 1 + random.random_range(0..BRANCHES);
        }
        place
    }
}

fn role(random: &mut StdRng) -> OwnRole {
    let mut parts = BTreeSet::new();
    while parts.len() < PARTS {
        parts.insert(Part::Action(one_of(Action::ALL, random)));
    }
    OwnRole { id: id(random), parts }
}

/// Paths of a full tree, level by level, and where the last level begins.
fn tree(random: &mut StdRng) -> (Vec<Vec<Node>>, usize) {
    let tenant = Node::Tenant(id::<TenantId>(random));
    let mut organization = || Node::Organization(id::<OrganizationId>(random));
    let mut paths = vec![vec![tenant, organization()]];
    let mut deepest = 0;
    for _ in 1..DEPTH {
        let level = deepest..paths.len();
        deepest = paths.len();
        for above in level {
            for _ in 0..BRANCHES {
                let mut path = paths.get(above).cloned().unwrap_or_default();
                path.push(organization());
                paths.push(path);
            }
        }
    }
    (paths, deepest)
}

impl Request {
    /// The organization that is asked about.
    pub fn node(&self, world: &World) -> Outcome<Node> {
        world.path(self.place).last().copied().ok_or_else(|| "no such place".into())
    }
}
