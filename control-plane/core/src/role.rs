//! Roles: those that every installation has, and those that a tenant makes of actions and of other
//! roles.

use std::collections::BTreeSet;

pub use control_plane_store::role::Role as Row;
use control_plane_store::{TenantTx, role};
use policies::action::Action;
use policies::rights::Rights;
use policies::role::{All, AnyRole, Node, OwnRole, Part, Role};
use serde::Serialize;
use types::id::RoleId;
use types::name::{Name, Title};

use crate::access::{self, Changed};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::rights::own_role;

/// Most roles of a tenant, and most parts of a role.
pub const ROLES_MAX: usize = 500;
/// Roles in roles in roles: Casbin's evaluator follows ten.
pub const DEPTH_MAX: usize = 5;

/// What a role is to be.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// Unique within the tenant.
    pub name: Name,
    /// For people.
    pub title: Title,
    /// Actions, roles or `*`, as texts.
    pub parts: BTreeSet<String>,
}

/// A role that can be bound in the caller's tenant.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Which.
    pub role: AnyRole,
    /// Its row, if the tenant made it.
    pub own: Option<Row>,
    /// What it is made of; none for those every installation has.
    pub parts: Vec<Part>,
    /// All that it allows.
    pub actions: Vec<Action>,
}

/// The roles that can be bound in the caller's tenant: first those every installation has.
pub async fn list(call: &Call) -> Result<Vec<Definition>> {
    governs(call).await?;
    let standing = call.standing().await?;
    let common = Role::ALL.iter().copied().filter(|role| *role != Role::Operator);
    let common = common.map(|role| define(&standing.rights, AnyRole::Common(role), None));
    let own = role::list(&call.reader().await?).await?.into_iter();
    let own = own.map(|row| define(&standing.rights, AnyRole::Own(row.id), Some(row)));
    common.chain(own).collect()
}

/// What some roles are, for whoever sees that they are held.
pub async fn of(call: &Call, wanted: &[AnyRole]) -> Result<Vec<Definition>> {
    let has_own = wanted.iter().any(|role| matches!(role, AnyRole::Own(_)));
    let rows = if has_own { role::list(&call.reader().await?).await? } else { Vec::new() };
    let rights = match call.caller().tenant {
        Some(_) => call.standing().await?.rights.clone(),
        None => call.plane().rights.of_installation(call.plane()).await?,
    };
    let defined = wanted.iter().filter_map(|wanted| {
        let own = match wanted {
            AnyRole::Own(id) => Some(rows.iter().find(|row| row.id == *id)?.clone()),
            AnyRole::Common(_) => None,
        };
        Some(define(&rights, *wanted, own))
    });
    defined.collect()
}

fn define(rights: &Rights, role: AnyRole, own: Option<Row>) -> Result<Definition> {
    let parts = own.as_ref().map(own_role).transpose()?.map(|own| own.parts);
    Ok(Definition {
        role,
        own,
        parts: parts.unwrap_or_default().into_iter().collect(),
        actions: rights.actions_of(role).unwrap_or_default().into_iter().collect(),
    })
}

/// Refuses who manages access nowhere: such things concern nobody else.
pub(crate) async fn governs(call: &Call) -> Result<()> {
    if !call.scope(Action::ManageAccess).await?.is_empty() {
        return Ok(());
    }
    access::permit(call, "tenant").await.map(drop)
}

/// Makes a role.
pub async fn create(call: &Call, draft: Draft, key: &str) -> Result<RoleId> {
    let once = Once::new("createRole", key, &draft)?;
    let permit = access::permit(call, "tenant").await?;
    let id = RoleId::next(&*call.plane().ids);
    let parts = judged(call, &draft.parts).await?;
    access::change(call, &permit, &once, "role_created", async |tx| {
        let all = role::list(tx).await?;
        if all.len() >= ROLES_MAX {
            let (at, limit) = ("roles of the tenant".to_owned(), ROLES_MAX as i64);
            return Err(Error::LimitReached { at, limit, used: limit, added: 1 });
        }
        admit(id, &parts, &all)?;
        let row = Row {
            id,
            tenant_id: call.tenant()?,
            name: draft.name.to_string(),
            title: draft.title.to_string(),
            parts: text(&parts),
            created_at: call.now(),
        };
        let (target, content) = (id.to_string(), content(&row));
        let name = row.name.clone();
        role::insert(tx, row).await.map_err(|error| taken(error, "role", &name))?;
        Ok(Changed { answer: id, target, content })
    })
    .await
}

/// Changes what a role is called and made of, for everybody who has it.
pub async fn change(call: &Call, id: RoleId, draft: Draft, key: &str) -> Result<RoleId> {
    let once = Once::new("changeRole", key, &(id, &draft))?;
    let permit = access::permit(call, "role").await?;
    // What it says now is taken from its holders, or stays: both need the right to give it.
    access::covers(call, AnyRole::Own(id), whole(call)?).await?;
    let parts = judged(call, &draft.parts).await?;
    access::change(call, &permit, &once, "role_changed", async |tx| {
        let (all, mut row) = own(tx, id).await?;
        admit(id, &parts, &all)?;
        row.parts = text(&parts);
        (row.name, row.title) = (draft.name.to_string(), draft.title.to_string());
        let (content, name) = (content(&row), row.name.clone());
        role::update(tx, row).await.map_err(|error| taken(error, "role", &name))?;
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await
}

/// Deletes a role that nobody has and no other contains.
pub async fn delete(call: &Call, id: RoleId, key: &str) -> Result<RoleId> {
    let once = Once::new("deleteRole", key, &id)?;
    let permit = access::permit(call, "role").await?;
    access::change(call, &permit, &once, "role_deleted", async |tx| {
        let (all, row) = own(tx, id).await?;
        let used = control_plane_store::binding::count_of_role(tx, &id.to_string()).await?;
        if used > 0 {
            let message = format!("the role is bound {used} times; take it from its holders first");
            return Err(Error::Conflict { why: "role_bound", message });
        }
        for other in &all {
            if own_role(other)?.parts.contains(&Part::Role(AnyRole::Own(id))) {
                let message = format!("the role {} contains it; change that one first", other.name);
                return Err(Error::Conflict { why: "role_contained", message });
            }
        }
        role::delete(tx, id).await?;
        Ok(Changed { answer: id, target: id.to_string(), content: content(&row) })
    })
    .await
}

fn whole(call: &Call) -> Result<Node> {
    Ok(Node::Tenant(call.tenant()?))
}

async fn own(tx: &TenantTx, id: RoleId) -> Result<(Vec<Row>, Row)> {
    let all = role::list(tx).await?;
    let row = all.iter().find(|row| row.id == id).cloned();
    Ok((all, row.ok_or(Error::NotFound { what: "role" })?))
}

fn content(row: &Row) -> serde_json::Value {
    let parts: serde_json::Value = serde_json::from_str(&row.parts).unwrap_or_default();
    serde_json::json!({ "name": row.name, "title": row.title, "parts": parts })
}

fn text(parts: &BTreeSet<Part>) -> String {
    let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
    serde_json::json!(parts).to_string()
}

/// The parts of a role, if the caller may give them.
async fn judged(call: &Call, parts: &BTreeSet<String>) -> Result<BTreeSet<Part>> {
    if parts.is_empty() {
        let message = "name at least one action or role that it is made of";
        return Err(Error::invalid("parts", "missing", message));
    }
    let mut read = BTreeSet::new();
    for (place, text) in parts.iter().enumerate() {
        let part = text.parse().ok().filter(is_of_tenant).ok_or_else(|| {
            let message = format!("`{text}` is no action, no role and not *");
            Error::invalid(&format!("parts.{place}"), "unknown", message)
        })?;
        read.insert(part);
    }
    let standing = call.standing().await?;
    let allowed = call.allowed(whole(call)?).await?;
    for part in &read {
        let given = match part {
            Part::Action(action) => BTreeSet::from([*action]),
            Part::All(All::Star) => Action::ALL.iter().copied().collect(),
            Part::Role(role) => {
                let given = standing.rights.actions_of(*role);
                given.ok_or(Error::NotFound { what: "role" })?
            }
        };
        let mut given = given.into_iter().filter(|action| !action.is_of_installation());
        if let Some(action) = given.find(|action| !allowed.contains(action)) {
            return Err(Error::Forbidden { action });
        }
    }
    Ok(read)
}

/// Refuses parts that are gone, and those that would make roles contain themselves.
fn admit(id: RoleId, parts: &BTreeSet<Part>, all: &[Row]) -> Result<()> {
    let mut roles: Vec<OwnRole> = all.iter().map(own_role).collect::<Result<_>>()?;
    let is_gone = |part: &Part| match part {
        Part::Role(AnyRole::Own(inner)) => !roles.iter().any(|role| role.id == *inner),
        _ => false,
    };
    if parts.iter().any(is_gone) {
        return Err(Error::NotFound { what: "role" });
    }
    roles.retain(|role| role.id != id);
    roles.push(OwnRole { id, parts: parts.clone() });
    admit_depth(id, &roles)
}

fn is_of_tenant(part: &Part) -> bool {
    match part {
        Part::Action(action) => !action.is_of_installation(),
        Part::Role(role) => *role != AnyRole::Common(Role::Operator),
        Part::All(All::Star) => true,
    }
}

/// Refuses a role that contains itself, and roles that are too deep in each other.
fn admit_depth(id: RoleId, roles: &[OwnRole]) -> Result<()> {
    let inner = |role: &RoleId| -> Vec<RoleId> {
        let parts = roles.iter().filter(|one| one.id == *role).flat_map(|one| &one.parts);
        let own = parts.filter_map(|part| match part {
            Part::Role(AnyRole::Own(inner)) => Some(*inner),
            _ => None,
        });
        own.collect()
    };
    let mut below: BTreeSet<_> = inner(&id).into_iter().collect();
    for _ in 0..roles.len() {
        below.extend(below.clone().iter().flat_map(inner));
    }
    if below.contains(&id) {
        let message = "a role cannot contain itself, nor a role that contains it";
        return Err(Error::invalid("parts", "cycle", message));
    }
    let mut level: BTreeSet<_> = roles.iter().map(|role| role.id).collect();
    for _ in 0..DEPTH_MAX {
        level = level.iter().flat_map(inner).collect();
    }
    if !level.is_empty() {
        let message = format!("roles can contain each other {DEPTH_MAX} deep");
        return Err(Error::invalid("parts", "too_deep", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::id::{Ids as _, SystemIds};

    use super::*;

    #[track_caller]
    fn check(contains: &[(usize, usize)], problem: Option<&str>) {
        let ids: Vec<RoleId> = (0..8).map(|_| SystemIds.next().into()).collect();
        let roles: Vec<_> = (0..8)
            .map(|outer| {
                let inner = contains.iter().filter(|(one, _)| *one == outer);
                let parts = inner.map(|(_, inner)| Part::Role(AnyRole::Own(ids[*inner])));
                OwnRole { id: ids[outer], parts: parts.collect() }
            })
            .collect();
        let found = match admit_depth(ids[0], &roles) {
            Err(Error::Invalid(problems)) => Some(problems[0].problem.clone()),
            _ => None,
        };
        assert_eq!(found.as_deref(), problem);
    }

    #[test]
    fn roles_contain_each_other_five_deep_and_never_themselves() {
        check(&[], None);
        check(&[(0, 0)], Some("cycle"));
        check(&[(0, 1), (1, 2), (2, 0)], Some("cycle"));
        check(&[(0, 1), (1, 2), (2, 3), (3, 4)], None);
        check(&[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)], Some("too_deep"));
        check(&[(7, 6), (6, 0), (0, 1), (1, 2), (2, 3)], Some("too_deep"));
    }
}
