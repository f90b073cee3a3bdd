//! What every change of who may do what has in common: it is made behind the tenant's lock, nobody
//! gives what they do not have, and somebody is left who can undo it.

use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{InTenant, SubjectKind, SubjectState, TenantTx, subject, tenant};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::{AnyRole, Binding, Effect, Holder, Node};
use policies::tree::Tree as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::rights::{Standing, compile, rules};

/// A change that was written.
pub(crate) struct Changed<T> {
    /// What is answered, and answered again.
    pub answer: T,
    /// What was changed.
    pub target: String,
    /// What is worth knowing of it, for the audit.
    pub content: serde_json::Value,
}

/// The permit for what concerns all of the caller's tenant: its roles, groups and people.
pub(crate) async fn permit(call: &Call, what: &'static str) -> Result<Permit> {
    call.permit(Action::ManageAccess, Node::Tenant(call.tenant()?), what).await
}

/// The permit for the node, for whoever manages access there or anywhere above: what was denied
/// below does not bind those who govern above.
pub(crate) async fn permit_at(call: &Call, node: Node, what: &'static str) -> Result<Permit> {
    let standing = call.standing().await?;
    let path = standing.tree.path(node).ok_or(Error::NotFound { what })?;
    for above in &path {
        if let Ok(permit) = call.permit(Action::ManageAccess, *above, what).await {
            return Ok(permit);
        }
    }
    call.permit(Action::ManageAccess, node, what).await
}

/// Refuses what would give more at a node than the caller has there or somewhere above.
pub(crate) async fn covers(call: &Call, role: AnyRole, node: Node) -> Result<()> {
    let standing = call.standing().await?;
    covers_in(call, &standing, role, node)
}

/// The same by rights and a tree that are held.
pub(crate) fn covers_in(call: &Call, standing: &Standing, role: AnyRole, node: Node) -> Result<()> {
    let given = standing.rights.actions_of(role).ok_or(Error::NotFound { what: "role" })?;
    let path = standing.tree.path(node).ok_or(Error::NotFound { what: "node" })?;
    let mut lacking = None;
    for above in path.iter().rev() {
        let own = call.allowed_in(standing, *above);
        let given = given.iter().filter(|action| !action.is_of_installation());
        match given.into_iter().find(|action| !own.contains(action)) {
            None => return Ok(()),
            Some(action) => lacking = lacking.or(Some(*action)),
        }
    }
    Err(lacking.map_or(Error::NotFound { what: "role" }, |action| Error::Forbidden { action }))
}

/// Refuses what would let the caller be anybody: they have to have all that anybody is allowed.
pub(crate) fn covers_everybody(call: &Call, standing: &Standing) -> Result<()> {
    let held = standing.rights.rules().bindings.iter().copied();
    covers_each(call, standing, held.filter(|binding| binding.effect == Effect::Allow))
}

/// Refuses what would give more than the caller has: all that somebody is allowed, or denied.
pub(crate) async fn covers_all(call: &Call, holder: Holder, what: Effect) -> Result<()> {
    covers_all_in(call, &*call.standing().await?, holder, what)
}

/// The same by rights and a tree that are held.
pub(crate) fn covers_all_in(
    call: &Call,
    standing: &Standing,
    holder: Holder,
    what: Effect,
) -> Result<()> {
    let held: Vec<Binding> = match holder {
        Holder::Subject(subject) => standing.rights.bindings_of(subject).collect(),
        Holder::Group(_) => {
            let bindings = standing.rights.rules().bindings.iter().copied();
            bindings.filter(|binding| binding.holder == holder).collect()
        }
    };
    covers_each(call, standing, held.into_iter().filter(|binding| binding.effect == what))
}

fn covers_each(
    call: &Call,
    standing: &Standing,
    bindings: impl Iterator<Item = Binding>,
) -> Result<()> {
    for Binding { role, node, .. } in bindings {
        // What was bound at a node that is gone gives nothing.
        if standing.tree.path(node).is_some() {
            covers_in(call, standing, role, node)?;
        }
    }
    Ok(())
}

/// Makes a change once: with its event and audit record, and not if nobody were left who could
/// undo it. The work reads through its transaction alone: who waits for the tenant's lock holds a
/// connection, and there are not two for everybody.
pub(crate) async fn change<T: Serialize + DeserializeOwned>(
    call: &Call,
    permit: &Permit,
    once: &Once,
    event: &str,
    work: impl AsyncFnOnce(&TenantTx) -> Result<Changed<T>>,
) -> Result<T> {
    let answer = match once.find(call, permit).await? {
        Some(done) => done,
        None => match write(call, permit, once, event, work).await {
            Ok(answer) => answer,
            Err(error) => once.settle(call, permit, error).await?,
        },
    };
    // Also of what was done by somebody else, a moment ago: what is in memory may be older.
    let tenant = permit.scope().tenant();
    call.plane().rights_changed(Some(tenant));
    call.plane().nudges.send(Topic::Tenant(tenant));
    Ok(answer)
}

async fn write<T: Serialize>(
    call: &Call,
    permit: &Permit,
    once: &Once,
    event: &str,
    work: impl AsyncFnOnce(&TenantTx) -> Result<Changed<T>>,
) -> Result<T> {
    // Asked before the lock: who waits for it must not need a second connection.
    let before = call.standing().await?;
    let tx = call.plane().store.begin(permit).await?;
    let tenant = tenant::lock(&tx).await?.id;
    let Changed { answer, target, content } = work(&tx).await?;
    if !has_administrator(&tx).await?
        && !before.rights.who(Action::ManageAccess, &[Node::Tenant(tenant)]).is_empty()
    {
        let message = "nobody would be left who can manage access to the whole tenant; give \
                       somebody else that right first";
        return Err(Error::Conflict { why: "last_admin", message: message.to_owned() });
    }
    once.keep(call, &tx, &answer).await?;
    let mut audit = audit::of_call(call, once.mutation(), Some(&target));
    audit.content = content.to_string();
    outbox::record(&tx, vec![NewEvent::new(event, call.now())], vec![audit]).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Whether somebody who can sign in manages access to the whole tenant, by the rules as they are in
/// the transaction.
pub(crate) async fn has_administrator(tx: &dyn InTenant) -> Result<bool> {
    let rights = compile(rules(tx).await?).await?;
    let who = rights.who(Action::ManageAccess, &[Node::Tenant(tx.tenant())]);
    let who: Vec<_> = who.into_iter().collect();
    let can =
        |row: &subject::Subject| row.state == SubjectState::Active && row.kind == SubjectKind::User;
    Ok(subject::by_ids(tx, &who).await?.iter().any(can))
}
