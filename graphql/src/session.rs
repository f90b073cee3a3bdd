//! Sessions: which are open, and the end of them.

use async_graphql::{Context, ID, InputObject, Object};
use control_plane_core::call::Through;
use control_plane_core::impersonation;
use control_plane_core::session::{self, Session as Row};

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::loader::TitleOf;
use crate::page;
use crate::scalar::DateTime;

/// A signed-in browser or command line.
pub struct Session(pub Row);

/// A session to be ended
#[derive(InputObject)]
pub struct EndSessionInput {
    /// The session
    session: ID,
    /// New for each request
    idempotency_key: String,
}

/// All sessions of the viewer but this one
#[derive(InputObject)]
pub struct EndOtherSessionsInput {
    /// New for each request
    idempotency_key: String,
}

#[Object]
impl Session {
    /// Its global id
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Title of whom it signs in
    async fn subject(&self, ctx: &Context<'_>) -> Result<String> {
        let caller = context::call(ctx)?.caller();
        if caller.tenant.is_none() {
            // Subjects of the installation see no sessions but their own.
            return Ok(caller.name.clone());
        }
        Ok(context::load(ctx, TitleOf(self.0.subject_id)).await?.unwrap_or_default())
    }

    /// portal, command-line
    async fn client(&self) -> &str {
        &self.0.client
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// Give or take a minute
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.0.last_used_at)
    }

    /// From where it was last used; null before that was written down
    async fn last_address(&self) -> Option<&str> {
        self.0.last_address.as_deref()
    }

    /// Whether this is asked through it
    async fn is_own(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(context::call(ctx)?.caller().through == Through::Session(self.0.id))
    }

    /// Name of who acts as the subject by it; null for the subject's own
    async fn impersonated_by(&self) -> Option<&str> {
        self.0.impersonator.as_deref()
    }

    /// Why they do
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }
}

/// Open sessions of the viewer or of another subject.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    subject: Option<ID>,
) -> Result<Connection<Session>> {
    let of = subject.map(|id| context::id(&id, "subject")).transpose()?;
    let had_after = after.is_some();
    let paged = session::list(context::call(ctx)?, of, &page::page(first, after)?).await?;
    Ok(page::connection(paged, had_after, Session))
}

/// Open sessions by which somebody acts as a subject of the viewer's tenant.
pub async fn impersonated(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<Session>> {
    let had_after = after.is_some();
    let paged = impersonation::list(context::call(ctx)?, &page::page(first, after)?).await?;
    Ok(page::connection(paged, had_after, Session))
}

/// Ends one.
pub async fn end(ctx: &Context<'_>, input: EndSessionInput) -> Result<ID> {
    let id = context::id(&input.session, "session")?;
    Ok(session::end(context::call(ctx)?, id, &input.idempotency_key).await?.id.into())
}

/// Ends all but this one.
pub async fn end_others(ctx: &Context<'_>, input: EndOtherSessionsInput) -> Result<i32> {
    let ended = session::end_others(context::call(ctx)?, &input.idempotency_key).await?;
    Ok(i32::try_from(ended).unwrap_or(i32::MAX))
}
