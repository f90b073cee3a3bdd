//! Who may do what where, compiled from the rules that Casbin's rows say: what one holder has lies
//! together, where Casbin's evaluator walks through all rows.

use std::collections::BTreeSet;

use foldhash::HashMap as QuickMap;
use types::id::SubjectId;

use crate::action::Action;
use crate::rights::RightsError;
use crate::role::{All, AnyRole, Binding, Effect, Holder, Membership, Node, Part, Rules};

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Actions(u64);

impl Actions {
    fn of(action: Action) -> Self {
        Self(1 << action as u64)
    }

    fn all() -> Self {
        Action::ALL.iter().fold(Self::default(), |all, action| all.with(Self::of(*action)))
    }

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn has(self, action: Action) -> bool {
        self.0 & Self::of(action).0 != 0
    }

    pub fn list(self) -> BTreeSet<Action> {
        Action::ALL.iter().copied().filter(|action| self.has(*action)).collect()
    }
}

/// What is bound at one node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    allowed: Actions,
    denied: Actions,
}

impl Said {
    fn with(self, other: Self) -> Self {
        Self { allowed: self.allowed.with(other.allowed), denied: self.denied.with(other.denied) }
    }

    pub fn allows(self, action: Action) -> bool {
        self.allowed.has(action)
    }

    pub fn denies(self, action: Action) -> bool {
        self.denied.has(action)
    }
}

/// A holder of bindings: its place among all of them.
type Place = u32;

/// So few nodes are looked through one after the other; of more, those of the path are looked for.
const FEW: usize = 16;

/// What each subject may do at each node where a role is bound.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By itself and through groups.
    holding: QuickMap<SubjectId, Vec<Place>>,
    /// By holder, in order of the nodes, so that what is looked at together lies together.
    said: Vec<Vec<(Node, Said)>>,
    roles: QuickMap<AnyRole, Actions>,
}

impl Index {
    /// From the rules, and the rows of the roles that every installation has.
    ///
    /// # Errors
    /// If a rule names what does not exist: to leave it out would decide otherwise than Casbin.
    pub fn compile(common: &[[String; 2]], rules: &Rules) -> Result<Self, RightsError> {
        let mut index = Self { roles: closed(common, rules)?, ..Self::default() };
        let mut places: QuickMap<Holder, Place> = QuickMap::default();
        for Binding { holder, role, node, effect } in rules.bindings.iter().copied() {
            let unknown = || RightsError::Rule(role.to_string());
            let actions = index.roles.get(&role).copied().ok_or_else(unknown)?;
            let said = match effect {
                Effect::Allow => Said { allowed: actions, ..Said::default() },
                Effect::Deny => Said { denied: actions, ..Said::default() },
            };
            let place = *places.entry(holder).or_insert_with(|| index.add(holder));
            index.said[place as usize].push((node, said));
        }
        index.said.iter_mut().for_each(in_order);
        for Membership { subject, group } in rules.memberships.iter().copied() {
            if let Some(place) = places.get(&Holder::Group(group)) {
                index.holding.entry(subject).or_default().push(*place);
            }
        }
        Ok(index)
    }

    fn add(&mut self, holder: Holder) -> Place {
        let place = Place::try_from(self.said.len()).expect("fewer holders than 4 billion");
        self.said.push(Vec::new());
        if let Holder::Subject(subject) = holder {
            self.holding.entry(subject).or_default().push(place);
        }
        place
    }

    /// What the subject may do to the last node of the path.
    pub fn actions(&self, subject: SubjectId, path: &[Node]) -> Actions {
        let Some(places) = self.holding.get(&subject) else { return Actions::default() };
        let mut all = Said::default();
        for place in places {
            let said = &self.said[*place as usize];
            if said.len() <= FEW {
                let here = said.iter().filter(|(node, _)| path.contains(node));
                all = here.fold(all, |all, (_, said)| all.with(*said));
                continue;
            }
            for node in path {
                if let Ok(at) = said.binary_search_by_key(node, |(node, _)| *node) {
                    all = all.with(said[at].1);
                }
            }
        }
        all.allowed.without(all.denied)
    }

    /// All nodes where something is bound that concerns the subject; one may come twice.
    pub fn said(&self, subject: SubjectId) -> impl Iterator<Item = (Node, Said)> + '_ {
        let places = self.holding.get(&subject).into_iter().flatten();
        places.flat_map(|place| self.said[*place as usize].iter().copied())
    }

    /// Everybody whom a binding concerns.
    pub fn subjects(&self) -> impl Iterator<Item = SubjectId> + '_ {
        self.holding.keys().copied()
    }

    /// What a role is made of, with all that its parts are made of; none if there is no such role.
    pub fn role(&self, role: AnyRole) -> Option<Actions> {
        self.roles.get(&role).copied()
    }
}

/// Sorts what is said, and puts together what is said at one node.
fn in_order(said: &mut Vec<(Node, Said)>) {
    said.sort_unstable_by_key(|(node, _)| *node);
    said.dedup_by(|(node, more), (known, all)| {
        let is_same = node == known;
        if is_same {
            *all = all.with(*more);
        }
        is_same
    });
    said.shrink_to_fit();
}

/// The actions of each role, with those of the roles that are part of it.
fn closed(
    common: &[[String; 2]],
    rules: &Rules,
) -> Result<QuickMap<AnyRole, Actions>, RightsError> {
    let mut parts: QuickMap<AnyRole, Vec<Part>> = QuickMap::default();
    for [role, part] in common {
        parts.entry(parse(role)?).or_default().push(parse(part)?);
    }
    for role in &rules.roles {
        parts.entry(AnyRole::Own(role.id)).or_default().extend(&role.parts);
    }
    let of = |role: AnyRole| -> Result<Actions, RightsError> {
        let (mut actions, mut seen, mut open) = (Actions::default(), BTreeSet::new(), vec![role]);
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            let unknown = || RightsError::Rule(next.to_string());
            for part in parts.get(&next).ok_or_else(unknown)? {
                match *part {
                    Part::Action(action) => actions = actions.with(Actions::of(action)),
                    Part::Role(role) => open.push(role),
                    Part::All(All::Star) => actions = Actions::all(),
                }
            }
        }
        Ok(actions)
    };
    parts.keys().map(|role| Ok((*role, of(*role)?))).collect()
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, RightsError> {
    word.parse().map_err(|_| RightsError::Rule(word.to_owned()))
}
