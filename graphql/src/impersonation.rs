//! Acting as a subject of a tenant, for a while.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use control_plane_core::error::Error;
use control_plane_core::impersonation::{self, NewImpersonation, Whom};

use crate::context;
use crate::error::Result;
use crate::session::Session;

/// Whom to act as
#[derive(InputObject)]
pub struct ImpersonateInput {
    /// The tenant of the subject
    tenant: ID,
    /// The subject; left out if a user is named
    subject: Option<ID>,
    /// A person of the tenant by name, in place of the subject
    user: Option<String>,
    /// Why, in one line; the tenant reads it
    reason: String,
    /// For how long, 1 to 60
    minutes: i32,
    /// New for each request
    idempotency_key: String,
}

/// A session as somebody else, and how to open it.
#[derive(SimpleObject)]
pub struct Impersonation {
    /// The session; it stands in the tenant's list from now on
    session: Session,
    /// One-time code that opens it, for the portal's sign-in page or `cellplane sign-in`. Told once:
    /// null when a request is repeated
    code: Option<String>,
}

/// One of the two, so that nobody acts as another than they think.
fn whom(subject: Option<ID>, user: Option<String>) -> Result<Whom> {
    match (subject, user) {
        (Some(subject), None) => Ok(Whom::Subject(context::id(&subject, "subject")?)),
        (None, Some(user)) => Ok(Whom::User(user)),
        (None, None) | (Some(_), Some(_)) => {
            let message = "name either the subject or the user";
            Err(Error::invalid("user", "choice", message).into())
        }
    }
}

/// Begins one.
pub async fn begin(ctx: &Context<'_>, input: ImpersonateInput) -> Result<Impersonation> {
    let new = NewImpersonation {
        tenant: context::id(&input.tenant, "subject")?,
        whom: whom(input.subject, input.user)?,
        reason: input.reason,
        // A number below zero is as far out of range as zero.
        minutes: u32::try_from(input.minutes).unwrap_or(0),
    };
    let begun = impersonation::begin(context::call(ctx)?, new, &input.idempotency_key).await?;
    let code = begun.code.map(|code| code.reveal().to_owned());
    Ok(Impersonation { session: Session(begun.session), code })
}
