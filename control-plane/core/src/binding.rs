//! Bindings: roles given at a node of the tenant, for all below it, and denials.

pub use control_plane_store::binding::Binding as Row;
use control_plane_store::{HolderKind, InTenant, StoreError, binding, group, subject};
use policies::action::Action;
use policies::role::{AnyRole, Binding, Effect, Holder, Node, Role};
use policies::tree::Tree as _;
use serde::Serialize;
use serde_json::json;
use types::id::{BindingId, SubjectId};
use uuid::Uuid;

use crate::access::{self, Changed};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::page::{Cursor, Page, Paged, Sorted};
use crate::rights::of_row;

/// A role to be given or denied.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// To whom.
    pub holder: Holder,
    /// Which.
    pub role: AnyRole,
    /// Where, and for everything below.
    pub node: Node,
    /// Whether it gives or takes.
    pub effect: Effect,
}

/// A binding with what its row says.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The row.
    pub row: Row,
    /// What it says.
    pub binding: Binding,
}

impl Sorted for Bound {
    fn cursor(&self) -> Cursor {
        self.row.cursor()
    }
}

/// What is bound at a node, to a holder, or in the whole tenant. Who does not manage access to the
/// whole tenant has to name a node.
pub async fn list(
    call: &Call,
    node: Option<Node>,
    holder: Option<Holder>,
    page: &Page,
) -> Result<Paged<Bound>> {
    match node {
        Some(node) => access::permit_at(call, node, "node").await?,
        None => access::permit(call, "tenant").await?,
    };
    let reader = call.reader().await?;
    let holder = match holder {
        Some(holder) => {
            name_of(&reader, holder).await?;
            Some(row_of(holder).1)
        }
        None => None,
    };
    let node = node.map(|node| node.to_string());
    let found = binding::page(&reader, node.as_deref(), holder, page).await?;
    let items = found.items.into_iter().map(|row| {
        let binding = of_row(&row)?;
        Ok(Bound { row, binding })
    });
    Ok(Paged { items: items.collect::<Result<_>>()?, has_next: found.has_next })
}

/// One binding.
pub async fn get(call: &Call, id: BindingId) -> Result<Bound> {
    let found = binding::find(&call.reader().await?, id).await?;
    let row = found.ok_or(Error::NotFound { what: "binding" })?;
    let binding = of_row(&row)?;
    access::permit_at(call, binding.node, "binding").await?;
    Ok(Bound { row, binding })
}

/// One action to a target, and what is bound that speaks for or against it.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The action.
    pub action: Action,
    /// Whether it may be done.
    pub is_allowed: bool,
    /// What is bound on the way to the target and names the action, from above.
    pub bindings: Vec<Binding>,
}

/// Why a subject may or may not do what to a node.
pub async fn explain(call: &Call, subject: SubjectId, node: Node) -> Result<Vec<Reason>> {
    access::permit_at(call, node, "node").await?;
    crate::subject::find(call, subject).await?;
    let standing = call.standing().await?;
    let rights = &standing.rights;
    let path = standing.tree.path(node).ok_or(Error::NotFound { what: "node" })?;
    let mut held: Vec<_> = rights
        .bindings_of(subject)
        .filter_map(|bound| Some((path.iter().position(|one| *one == bound.node)?, bound)))
        .collect();
    held.sort_by_key(|(place, _)| *place);
    let actions = Action::ALL.iter().copied().filter(|action| !action.is_of_installation());
    let reason = |action| {
        let says = |role| rights.actions_of(role).is_some_and(|says| says.contains(&action));
        let bindings = held.iter().map(|(_, bound)| *bound).filter(|bound| says(bound.role));
        Reason {
            action,
            is_allowed: rights.allows(subject, action, &path),
            bindings: bindings.collect(),
        }
    };
    Ok(actions.map(reason).collect())
}

/// The input of `bindRole` as it is hashed.
#[derive(Serialize)]
struct Hashed {
    holder: String,
    role: String,
    node: String,
    effect: String,
}

/// Gives or denies a role.
pub async fn create(call: &Call, draft: Draft, key: &str) -> Result<BindingId> {
    let Draft { holder, role, node, effect } = draft;
    let hashed = Hashed {
        holder: holder.to_string(),
        role: role.to_string(),
        node: node.to_string(),
        effect: effect.to_string(),
    };
    let once = Once::new("bindRole", key, &hashed)?;
    let permit = access::permit_at(call, node, "node").await?;
    if role == AnyRole::Common(Role::Operator) {
        return Err(Error::NotFound { what: "role" });
    }
    if effect == Effect::Allow {
        access::covers(call, role, node).await?;
    }
    let id = BindingId::next(&*call.plane().ids);
    access::change(call, &permit, &once, "role_bound", async |tx| {
        let name = name_of(tx, holder).await?;
        let (holder_kind, holder_id) = row_of(holder);
        let row = Row {
            id,
            tenant_id: Some(call.tenant()?),
            holder_id,
            role: hashed.role.clone(),
            node: hashed.node.clone(),
            created_at: call.now(),
            holder_kind,
            effect: hashed.effect.clone(),
        };
        binding::insert(tx, row).await.map_err(|error| taken(error, "binding of", &name))?;
        Ok(Changed { answer: id, target: id.to_string(), content: content(&draft, &name) })
    })
    .await
}

/// Takes a binding away.
pub async fn delete(call: &Call, id: BindingId, key: &str) -> Result<BindingId> {
    let once = Once::new("unbindRole", key, &id)?;
    let missing = || Error::NotFound { what: "binding" };
    let found = binding::find(&call.reader().await?, id).await?;
    let Some(row) = found else {
        // It may be gone since this was asked the first time.
        return once.find_own(call).await?.ok_or_else(missing);
    };
    let Binding { holder, role, node, effect } = of_row(&row)?;
    let permit = access::permit_at(call, node, "binding").await?;
    if effect == Effect::Deny {
        access::covers(call, role, node).await?;
    }
    access::change(call, &permit, &once, "role_unbound", async |tx| {
        let name = name_of(tx, holder).await?;
        binding::delete(tx, id).await.map_err(|error| match error {
            // Somebody else was first.
            StoreError::NotFound => missing(),
            other => other.into(),
        })?;
        let draft = Draft { holder, role, node, effect };
        Ok(Changed { answer: id, target: id.to_string(), content: content(&draft, &name) })
    })
    .await
}

fn content(draft: &Draft, name: &str) -> serde_json::Value {
    json!({
        "holder": draft.holder.to_string(),
        "name": name,
        "role": draft.role.to_string(),
        "node": draft.node.to_string(),
        "effect": draft.effect.to_string(),
    })
}

/// A holder as a row has it.
fn row_of(holder: Holder) -> (HolderKind, Uuid) {
    match holder {
        Holder::Subject(id) => (HolderKind::Subject, id.uuid()),
        Holder::Group(id) => (HolderKind::Group, id.uuid()),
    }
}

/// What the holder is called, if the tenant has such a one.
async fn name_of(reader: &dyn InTenant, holder: Holder) -> Result<String> {
    let name = match holder {
        Holder::Subject(id) => subject::find(reader, id).await?.map(|found| found.name),
        Holder::Group(id) => group::find(reader, id).await?.map(|found| found.name),
    };
    name.ok_or(Error::NotFound { what: "holder" })
}
