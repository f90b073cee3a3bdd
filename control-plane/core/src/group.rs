//! Groups: subjects that are given roles together.

use std::collections::{BTreeMap, BTreeSet};

pub use control_plane_store::group::Group;
use control_plane_store::group_member::{self, GroupMember, MANUAL};
use control_plane_store::subject::Subject;
use control_plane_store::{TenantTx, binding, group, subject};
use policies::role::{Effect, Holder};
use serde::Serialize;
use serde_json::json;
use types::id::{GroupId, SubjectId};
use types::name::{Name, Title};

use crate::access::{self, Changed};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::page::{Page, Paged};
use crate::role::governs;

/// What a group is to be called.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// Unique within the tenant; what a provider's groups are mapped to.
    pub name: Name,
    /// For people.
    pub title: Title,
}

/// The groups of the caller's tenant, by name.
pub async fn list(call: &Call, page: &Page) -> Result<Paged<Group>> {
    governs(call).await?;
    Ok(group::list(&call.reader().await?, page).await?)
}

/// One group.
pub async fn get(call: &Call, id: GroupId) -> Result<Group> {
    governs(call).await?;
    let found = group::find(&call.reader().await?, id).await?;
    found.ok_or(Error::NotFound { what: "group" })
}

/// Who is in a group, by name.
pub async fn members(call: &Call, id: GroupId, page: &Page) -> Result<Paged<Subject>> {
    governs(call).await?;
    Ok(subject::of_group(&call.reader().await?, id, page).await?)
}

/// Who is in each of several groups, the first by name.
pub async fn first_members(
    call: &Call,
    ids: &[GroupId],
    first: u64,
) -> Result<BTreeMap<GroupId, Paged<Subject>>> {
    governs(call).await?;
    Ok(subject::first_of_groups(&call.reader().await?, ids, first).await?)
}

/// A batch, for those who see what the groups hold.
pub async fn by_ids(call: &Call, ids: &[GroupId]) -> Result<Vec<Group>> {
    Ok(group::by_ids(&call.reader().await?, ids).await?)
}

/// The groups that subjects are in, by name.
pub async fn of_subjects(
    call: &Call,
    ids: &[SubjectId],
) -> Result<BTreeMap<SubjectId, Vec<Group>>> {
    governs(call).await?;
    let standing = call.standing().await?;
    let ids: BTreeSet<_> = ids.iter().copied().collect();
    let members = standing.rights.rules().memberships.iter();
    let members: Vec<_> = members.filter(|member| ids.contains(&member.subject)).collect();
    let wanted: BTreeSet<_> = members.iter().map(|member| member.group).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let mut groups = group::by_ids(&call.reader().await?, &wanted).await?;
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let mut found: BTreeMap<_, Vec<_>> = ids.into_iter().map(|id| (id, Vec::new())).collect();
    for group in groups {
        for member in members.iter().filter(|member| member.group == group.id) {
            found.entry(member.subject).or_default().push(group.clone());
        }
    }
    Ok(found)
}

/// Makes a group that nobody is in.
pub async fn create(call: &Call, draft: Draft, key: &str) -> Result<GroupId> {
    let once = Once::new("createGroup", key, &draft)?;
    let permit = access::permit(call, "tenant").await?;
    let id = GroupId::next(&*call.plane().ids);
    access::change(call, &permit, &once, "group_created", async |tx| {
        let row = Group {
            id,
            tenant_id: call.tenant()?,
            name: draft.name.to_string(),
            title: draft.title.to_string(),
            created_at: call.now(),
        };
        let content = json!({ "name": row.name, "title": row.title });
        let name = row.name.clone();
        group::insert(tx, row).await.map_err(|error| taken(error, "group", &name))?;
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await
}

/// Changes what a group is called.
pub async fn change(call: &Call, id: GroupId, draft: Draft, key: &str) -> Result<GroupId> {
    let once = Once::new("changeGroup", key, &(id, &draft))?;
    let permit = access::permit(call, "group").await?;
    // Providers put people into groups by name.
    access::covers_all(call, Holder::Group(id), Effect::Allow).await?;
    access::change(call, &permit, &once, "group_changed", async |tx| {
        let mut row = found(tx, id).await?;
        (row.name, row.title) = (draft.name.to_string(), draft.title.to_string());
        let content = json!({ "name": row.name, "title": row.title });
        let name = row.name.clone();
        group::update(tx, row).await.map_err(|error| taken(error, "group", &name))?;
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await
}

/// Deletes a group that holds no roles; whoever is in it is not any more.
pub async fn delete(call: &Call, id: GroupId, key: &str) -> Result<GroupId> {
    let once = Once::new("deleteGroup", key, &id)?;
    let permit = access::permit(call, "group").await?;
    access::change(call, &permit, &once, "group_deleted", async |tx| {
        let row = found(tx, id).await?;
        if !binding::page(tx, None, Some(id.uuid()), &Page::largest()).await?.items.is_empty() {
            let message = "the group holds roles; take them from it first";
            return Err(Error::Conflict { why: "group_bound", message: message.to_owned() });
        }
        group_member::delete_all(tx, id).await?;
        group::delete(tx, id).await?;
        Ok(Changed { answer: id, target: id.to_string(), content: json!({ "name": row.name }) })
    })
    .await
}

/// Puts a subject into a group.
pub async fn add(call: &Call, id: GroupId, member: SubjectId, key: &str) -> Result<GroupId> {
    let once = Once::new("addGroupMember", key, &(id, member))?;
    let permit = access::permit(call, "group").await?;
    access::covers_all(call, Holder::Group(id), Effect::Allow).await?;
    access::change(call, &permit, &once, "group_member_added", async |tx| {
        found(tx, id).await?;
        let subject = subject::find(tx, member).await?;
        let subject = subject.ok_or(Error::NotFound { what: "subject" })?;
        let row = GroupMember {
            group_id: id,
            subject_id: member,
            source: MANUAL.to_owned(),
            tenant_id: call.tenant()?,
            created_at: call.now(),
        };
        group_member::insert(tx, row).await?;
        let content = json!({ "member": member, "name": subject.name });
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await
}

/// Takes a subject out of a group. Whom a provider put there comes back at the next sign-in, so
/// that is refused.
pub async fn remove(call: &Call, id: GroupId, member: SubjectId, key: &str) -> Result<GroupId> {
    let once = Once::new("removeGroupMember", key, &(id, member))?;
    let permit = access::permit(call, "group").await?;
    access::covers_all(call, Holder::Group(id), Effect::Deny).await?;
    access::change(call, &permit, &once, "group_member_removed", async |tx| {
        found(tx, id).await?;
        if !group_member::delete(tx, id, member, MANUAL).await? {
            if group_member::of_group(tx, id, member).await?.is_empty() {
                return Err(Error::NotFound { what: "subject" });
            }
            let message = "the provider that they sign in through put them into this group; \
                           change the provider's groups or its mapping";
            return Err(Error::Conflict { why: "provider_group", message: message.to_owned() });
        }
        let content = json!({ "member": member });
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await
}

async fn found(tx: &TenantTx, id: GroupId) -> Result<Group> {
    group::find(tx, id).await?.ok_or(Error::NotFound { what: "group" })
}
