//! Who may do what where, compiled from Casbin's rules: some look-ups for each node of a path, where
//! Casbin's evaluator walks through all rules.

use std::collections::{BTreeSet, HashMap};

use casbin::Model;
use foldhash::HashMap as QuickMap;
use types::id::SubjectId;

use crate::action::Action;
use crate::rights::RightsError;
use crate::role::{Effect, Holder, Node};

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
    roles: HashMap<String, Actions>,
}

impl Index {
    /// From all rules of a model.
    ///
    /// # Errors
    /// If a rule names what does not exist: to leave it out would decide otherwise than Casbin.
    pub fn compile(model: &dyn Model) -> Result<Self, RightsError> {
        let mut index = Self { roles: closed(model)?, ..Self::default() };
        let mut places: QuickMap<Holder, Place> = QuickMap::default();
        for rule in rules(model, "p", "p") {
            let [holder, role, node, effect] = words(rule)?;
            let holder: Holder = parse(holder)?;
            let unknown = || RightsError::Rule(role.to_owned());
            let actions = index.roles.get(role).copied().ok_or_else(unknown)?;
            let said = match parse(effect)? {
                Effect::Allow => Said { allowed: actions, ..Said::default() },
                Effect::Deny => Said { denied: actions, ..Said::default() },
            };
            let place = *places.entry(holder).or_insert_with(|| index.add(holder));
            index.said[place as usize].push((parse(node)?, said));
        }
        for said in &mut index.said {
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
        for rule in rules(model, "g", "g") {
            let [subject, group] = words(rule)?;
            let (subject, group) = (parse(subject)?, Holder::Group(parse(group)?));
            if let Some(place) = places.get(&group) {
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
    pub fn role(&self, role: &str) -> Option<Actions> {
        self.roles.get(role).copied()
    }
}

/// The rows of one kind, as they are in the model.
fn rules<'m>(
    model: &'m dyn Model,
    section: &str,
    kind: &str,
) -> impl Iterator<Item = &'m Vec<String>> + use<'m> {
    let assertion = model.get_model().get(section).and_then(|section| section.get(kind));
    assertion.into_iter().flat_map(|assertion| assertion.get_policy().iter())
}

/// The actions of each role, with those of the roles that are part of it.
fn closed(model: &dyn Model) -> Result<HashMap<String, Actions>, RightsError> {
    let mut parts: HashMap<&str, Vec<&str>> = HashMap::new();
    for rule in rules(model, "g", "g2") {
        let [role, part] = words(rule)?;
        parts.entry(role).or_default().push(part);
    }
    let of = |role: &str| {
        let (mut actions, mut seen, mut open) = (Actions::default(), BTreeSet::new(), vec![role]);
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            match (parts.get(next), next.parse()) {
                (Some(parts), _) => open.extend(parts),
                (None, Ok(action)) => actions = actions.with(Actions::of(action)),
                (None, Err(_)) if next == "*" => actions = Actions::all(),
                (None, Err(_)) => return Err(RightsError::Rule(next.to_owned())),
            }
        }
        Ok(actions)
    };
    parts.keys().map(|role| Ok(((*role).to_owned(), of(role)?))).collect()
}

fn words<const N: usize>(rule: &[String]) -> Result<[&str; N], RightsError> {
    let words: Vec<_> = rule.iter().map(String::as_str).collect();
    words.try_into().map_err(|_| RightsError::Rule(rule.join(", ")))
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, RightsError> {
    word.parse().map_err(|_| RightsError::Rule(word.to_owned()))
}
