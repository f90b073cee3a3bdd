//! Access tokens of people and of service accounts.

use std::time::Duration;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use control_plane_core::access_token::{self, AccessToken as Row, NewToken, Rotation, Shown};
use control_plane_core::error::Error;
use policies::role::Node;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::page;
use crate::scalar::DateTime;
use crate::viewer::Action;

/// What a program signs in with.
pub struct AccessToken(pub Row);

/// A token to be made
#[derive(InputObject)]
pub struct CreateTokenInput {
    /// The service account that it signs in; null: the viewer
    service_account: Option<ID>,
    /// Lower-case letters, digits and hyphens
    name: String,
    /// From when on it is worth nothing; at most as far away as the installation allows
    expires_at: DateTime,
    /// Where it may be used from, e.g. 10.0.0.0/8; null or empty: from anywhere
    addresses: Option<Vec<String>>,
    /// What it may be used for, VIEW always among it; null: all that its subject may do
    actions: Option<Vec<Action>>,
    /// The organization or project that it reaches, with all below; null: all its subject reaches
    within: Option<ID>,
    /// New for each request
    idempotency_key: String,
}

/// A token to be given another secret
#[derive(InputObject)]
pub struct RotateTokenInput {
    /// The token
    token: ID,
    /// For how long the secret before is good as well, at most 1440; null: not at all
    overlap_minutes: Option<i32>,
    /// Another end; null: the one that it has
    expires_at: Option<DateTime>,
    /// New for each request
    idempotency_key: String,
}

/// A token to be ended
#[derive(InputObject)]
pub struct RevokeTokenInput {
    /// The token
    token: ID,
    /// New for each request
    idempotency_key: String,
}

/// A token and its secret.
#[derive(SimpleObject)]
pub struct TokenPayload {
    /// The token
    token: AccessToken,
    /// What programs sign in with. Told once: null when a request is repeated
    secret: Option<String>,
}

impl From<Shown> for TokenPayload {
    fn from(shown: Shown) -> Self {
        let secret = shown.secret.map(|secret| secret.reveal().to_owned());
        Self { token: AccessToken(shown.row), secret }
    }
}

#[Object]
impl AccessToken {
    /// Its global id
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Name of who made it
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// When it was ended before that
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }

    /// Until when the secret before the last rotation is good as well
    async fn previous_until(&self) -> Option<DateTime> {
        self.0.previous_until.map(DateTime)
    }

    /// Give or take a minute; null: never
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }

    /// From where that was
    async fn last_address(&self) -> Option<&str> {
        self.0.last_address.as_deref()
    }

    /// Where it may be used from; empty: from anywhere
    async fn addresses(&self) -> Result<Vec<String>> {
        let limits = access_token::limits(&self.0)?;
        Ok(limits.addresses.iter().map(ToString::to_string).collect())
    }

    /// What it may be used for; null: all that its subject may do
    async fn actions(&self) -> Result<Option<Vec<Action>>> {
        if self.0.actions.is_none() {
            return Ok(None);
        }
        let limits = access_token::limits(&self.0)?;
        Ok(Some(limits.actions.into_iter().map(Action::from).collect()))
    }

    /// The organization or project that it reaches, with all below; null: all its subject reaches
    async fn within(&self) -> Option<ID> {
        self.0.node.as_ref().map(ID::from)
    }
}

/// An organization or a project by its id.
fn place(id: &ID) -> Result<Node> {
    match id.parse() {
        Ok(node @ (Node::Organization(_) | Node::Project(_))) => Ok(node),
        _ => Err(Error::NotFound { what: "organization or project" }.into()),
    }
}

/// Tokens of the viewer or of another subject.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    subject: Option<ID>,
) -> Result<Connection<AccessToken>> {
    let of = subject.map(|id| context::id(&id, "subject")).transpose()?;
    let had_after = after.is_some();
    let paged = access_token::list(context::call(ctx)?, of, &page::page(first, after)?).await?;
    Ok(page::connection(paged, had_after, AccessToken))
}

/// Makes one.
pub async fn create(ctx: &Context<'_>, input: CreateTokenInput) -> Result<TokenPayload> {
    let service_account =
        input.service_account.map(|id| context::id(&id, "service account")).transpose()?;
    let new = NewToken {
        service_account,
        name: input.name,
        expires_at: input.expires_at.0,
        addresses: input.addresses.unwrap_or_default(),
        actions: input.actions.map(|all| all.into_iter().map(Into::into).collect()),
        node: input.within.as_ref().map(place).transpose()?,
    };
    Ok(access_token::create(context::call(ctx)?, new, &input.idempotency_key).await?.into())
}

/// Gives one another secret.
pub async fn rotate(ctx: &Context<'_>, input: RotateTokenInput) -> Result<TokenPayload> {
    let id = context::id(&input.token, "token")?;
    let minutes = u64::try_from(input.overlap_minutes.unwrap_or(0));
    let minutes = minutes.map_err(|_| {
        Error::invalid("overlapMinutes", "out_of_range", "choose 0 to 1440 minutes")
    })?;
    let rotation = Rotation {
        overlap: Duration::from_secs(minutes * 60),
        expires_at: input.expires_at.map(|at| at.0),
    };
    let shown = access_token::rotate(context::call(ctx)?, id, rotation, &input.idempotency_key);
    Ok(shown.await?.into())
}

/// Ends one.
pub async fn revoke(ctx: &Context<'_>, input: RevokeTokenInput) -> Result<AccessToken> {
    let id = context::id(&input.token, "token")?;
    let ended = access_token::revoke(context::call(ctx)?, id, &input.idempotency_key).await?;
    Ok(AccessToken(ended))
}
