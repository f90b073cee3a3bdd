//! People and programs of a tenant.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use control_plane_core::subject::{
    self, Subject as Row, SubjectKind as Kind, SubjectState as State,
};

use crate::connection::Connection;
use crate::context::{self, name, title};
use crate::error::Result;
use crate::group::Group;
use crate::page;
use crate::scalar::DateTime;
use crate::sign_in::SignInCode;

/// Somebody or something that can be given roles.
pub struct Subject(pub Row);

/// What a subject is.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in the store's words")]
pub enum SubjectKind {
    User,
    Service,
}

/// Whether a subject can sign in.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in the store's words")]
pub enum SubjectState {
    Active,
    Disabled,
}

#[Object]
impl Subject {
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

    async fn kind(&self) -> SubjectKind {
        match self.0.kind {
            Kind::User => SubjectKind::User,
            Kind::Service => SubjectKind::Service,
        }
    }

    async fn state(&self) -> SubjectState {
        match self.0.state {
            State::Active => SubjectState::Active,
            State::Disabled => SubjectState::Disabled,
        }
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The groups it is in
    async fn member_of(&self, ctx: &Context<'_>) -> Result<Vec<Group>> {
        let groups = context::load(ctx, crate::loader::GroupsOf(self.0.id)).await?;
        Ok(groups.unwrap_or_default().into_iter().map(Group).collect())
    }
}

/// A person to be made
#[derive(InputObject)]
pub struct CreateUserInput {
    /// Unique within the tenant
    name: String,
    /// For people
    title: String,
    /// New for each request
    idempotency_key: String,
}

/// A person
#[derive(InputObject)]
pub struct UserInput {
    /// The person
    user: ID,
    /// New for each request
    idempotency_key: String,
}

/// A page of subjects.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    search: Option<String>,
) -> Result<Connection<Subject>> {
    let had_after = after.is_some();
    let page = page::page(first, after)?;
    let paged = subject::list(context::call(ctx)?, search.as_deref(), &page).await?;
    Ok(page::connection(paged, had_after, Subject))
}

/// One subject.
pub async fn find(ctx: &Context<'_>, id: &ID) -> Result<Subject> {
    Ok(Subject(subject::find(context::call(ctx)?, context::id(id, "subject")?).await?))
}

/// Makes a person.
pub async fn create(ctx: &Context<'_>, input: CreateUserInput) -> Result<Subject> {
    let (name, title) = (name("name", &input.name)?, title("title", &input.title)?);
    let call = context::call(ctx)?;
    let id = subject::create_user(call, &name, &title, &input.idempotency_key).await?;
    Ok(Subject(subject::find(call, id).await?))
}

/// Lets a person sign in, or not.
pub async fn enable(ctx: &Context<'_>, input: UserInput, is_on: bool) -> Result<Subject> {
    let (call, id) = (context::call(ctx)?, context::id(&input.user, "subject")?);
    let id = subject::enable(call, id, is_on, &input.idempotency_key).await?;
    Ok(Subject(subject::find(call, id).await?))
}

/// A code for a person.
pub async fn code(ctx: &Context<'_>, input: UserInput) -> Result<SignInCode> {
    // A code is shown once and never kept, so a repetition gets a code of its own.
    let _ = input.idempotency_key;
    let id = context::id(&input.user, "subject")?;
    Ok(subject::create_code(context::call(ctx)?, id).await?.into())
}
