//! Groups of subjects.

use async_graphql::{Context, ID, InputObject, Object};
use control_plane_core::call::Call;
use control_plane_core::group::{self, Draft, Group as Row};
use control_plane_core::page::Page;
use types::id::{GroupId, SubjectId};

use crate::connection::Connection;
use crate::context::{self, name, title};
use crate::error::Result;
use crate::loader::first_page::{self, SubjectsOf};
use crate::page;
use crate::scalar::DateTime;
use crate::subject::Subject;

/// Subjects that are given roles together.
pub struct Group(pub Row);

#[Object]
impl Group {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Who is in it, by name
    async fn subjects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Subject>> {
        let id = self.0.id;
        let later = async move |call: &Call, page: &Page| group::members(call, id, page).await;
        let key = |first| SubjectsOf(id, first);
        first_page::connection(ctx, (first, after), key, later, Subject).await
    }
}

/// A group to be made
#[derive(InputObject)]
pub struct CreateGroupInput {
    /// Unique within the tenant; groups of a provider that people sign in through are told by it
    name: String,
    /// For people
    title: String,
    /// New for each request
    idempotency_key: String,
}

/// What a group is to be called
#[derive(InputObject)]
pub struct ChangeGroupInput {
    /// The group
    group: ID,
    /// Unique within the tenant
    name: String,
    /// For people
    title: String,
    /// New for each request
    idempotency_key: String,
}

/// A group
#[derive(InputObject)]
pub struct GroupInput {
    /// The group
    group: ID,
    /// New for each request
    idempotency_key: String,
}

/// A subject in a group
#[derive(InputObject)]
pub struct GroupMemberInput {
    /// The group
    group: ID,
    /// Who
    subject: ID,
    /// New for each request
    idempotency_key: String,
}

/// A page of groups.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<Group>> {
    let had_after = after.is_some();
    let paged = group::list(context::call(ctx)?, &page::page(first, after)?).await?;
    Ok(page::connection(paged, had_after, Group))
}

/// One group.
pub async fn find(ctx: &Context<'_>, id: &ID) -> Result<Group> {
    get(ctx, context::id(id, "group")?).await
}

async fn get(ctx: &Context<'_>, id: GroupId) -> Result<Group> {
    Ok(Group(group::get(context::call(ctx)?, id).await?))
}

/// Makes a group.
pub async fn create(ctx: &Context<'_>, input: CreateGroupInput) -> Result<Group> {
    let draft = Draft { name: name("name", &input.name)?, title: title("title", &input.title)? };
    get(ctx, group::create(context::call(ctx)?, draft, &input.idempotency_key).await?).await
}

/// Changes what a group is called.
pub async fn change(ctx: &Context<'_>, input: ChangeGroupInput) -> Result<Group> {
    let draft = Draft { name: name("name", &input.name)?, title: title("title", &input.title)? };
    let id = context::id(&input.group, "group")?;
    get(ctx, group::change(context::call(ctx)?, id, draft, &input.idempotency_key).await?).await
}

/// Deletes a group.
pub async fn delete(ctx: &Context<'_>, input: GroupInput) -> Result<ID> {
    let id = context::id(&input.group, "group")?;
    Ok(group::delete(context::call(ctx)?, id, &input.idempotency_key).await?.into())
}

fn ids(input: &GroupMemberInput) -> Result<(GroupId, SubjectId)> {
    Ok((context::id(&input.group, "group")?, context::id(&input.subject, "subject")?))
}

/// Puts a subject into a group.
pub async fn add(ctx: &Context<'_>, input: GroupMemberInput) -> Result<Group> {
    let (group, subject) = ids(&input)?;
    let call = context::call(ctx)?;
    get(ctx, group::add(call, group, subject, &input.idempotency_key).await?).await
}

/// Takes a subject out of a group.
pub async fn remove(ctx: &Context<'_>, input: GroupMemberInput) -> Result<Group> {
    let (group, subject) = ids(&input)?;
    let call = context::call(ctx)?;
    get(ctx, group::remove(call, group, subject, &input.idempotency_key).await?).await
}
