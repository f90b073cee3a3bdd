//! Cedar: a policy for each binding, roles as groups of actions, the tree as entities.

use std::collections::{HashMap, HashSet};
use std::fmt::{Display, Write as _};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request as Question,
};
use policies::action::Action;
use policies::role::{Effect, Holder, Part};

use crate::world::{Request, World};
use crate::{Judge, Outcome};

/// The authorizer with all policies.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Cedar {
    /// With all rules of the world.
    pub fn of(world: &World) -> Outcome<Self> {
        let mut text = String::new();
        for binding in &world.rules.bindings {
            let effect = match binding.effect {
                Effect::Allow => "permit",
                Effect::Deny => "forbid",
            };
            let holder = match binding.holder {
                Holder::Subject(subject) => format!("== User::\"{subject}\""),
                Holder::Group(group) => format!("in Group::\"{group}\""),
            };
            let (role, node) = (binding.role, binding.node);
            writeln!(
                text,
                "{effect}(principal {holder}, action in Action::\"{role}\", resource in Node::\"{node}\");"
            )?;
        }
        let policies = text.parse()?;
        let entities = Entities::from_entities(entities(world)?, None)?;
        Ok(Self { authorizer: Authorizer::new(), policies, entities })
    }
}

impl Judge for Cedar {
    fn decide(&self, world: &World, request: &Request) -> Outcome<bool> {
        let question = Question::new(
            uid("User", request.subject)?,
            uid("Action", request.action)?,
            uid("Node", request.node(world)?)?,
            Context::empty(),
            None,
        )?;
        let answer = self.authorizer.is_authorized(&question, &self.policies, &self.entities);
        Ok(answer.decision() == Decision::Allow)
    }
}

fn uid(kind: &str, id: impl Display) -> Outcome<EntityUid> {
    let kind: EntityTypeName = kind.parse()?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id.to_string())))
}

/// Subjects in their groups, actions in the roles that are made of them, organizations in those
/// above.
fn entities(world: &World) -> Outcome<Vec<Entity>> {
    let mut all = Vec::new();
    for member in &world.rules.memberships {
        let groups = HashSet::from([uid("Group", member.group)?]);
        all.push(Entity::new_no_attrs(uid("User", member.subject)?, groups));
    }
    let mut roles: HashMap<Action, HashSet<EntityUid>> = HashMap::new();
    for role in &world.rules.roles {
        for part in &role.parts {
            if let Part::Action(action) = part {
                roles.entry(*action).or_default().insert(uid("Action", role.id)?);
            }
        }
    }
    for (action, roles) in roles {
        all.push(Entity::new_no_attrs(uid("Action", action)?, roles));
    }
    for path in world.paths() {
        let [.., above, node] = path else { continue };
        let above = HashSet::from([uid("Node", above)?]);
        all.push(Entity::new_no_attrs(uid("Node", node)?, above));
    }
    Ok(all)
}
