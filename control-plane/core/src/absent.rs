//! Acting for somebody who asked earlier: with the rights that they have now, or not at all.

use std::sync::Arc;

use control_plane_store::{SubjectState, access_token, subject};
use policies::permit::{FleetPermit, Task};
use types::id::{SubjectId, TokenId};

use crate::access_token::holder;
use crate::call::{Caller, Through};
use crate::error::{Error, Result};
use crate::plane::Plane;

/// Whoever asked through a session or token, as they would come now; or why they cannot.
pub(crate) async fn caller(
    plane: &Plane,
    asked: SubjectId,
    through: &str,
) -> Result<std::result::Result<Caller, String>> {
    let (reader, now) =
        (plane.store.fleet_read(&FleetPermit::task(Task::SignIn)), plane.clock.now());
    let subject = subject::find_anywhere(&reader, asked).await?;
    let Some(subject) = subject.filter(|subject| subject.state == SubjectState::Active) else {
        return Ok(Err("whoever asked cannot sign in any more".to_owned()));
    };
    let (through, limits) = match through.parse::<TokenId>() {
        Err(_) => {
            let session = through.parse();
            let unreadable = |error| Error::internal("read what was asked through", error);
            (Through::Session(session.map_err(unreadable)?), None)
        }
        Ok(token) => {
            let token = access_token::find(&reader, token).await?;
            let is_good = |token: &access_token::AccessToken| {
                token.revoked_at.is_none() && now < token.expires_at
            };
            let Some(token) = token.filter(is_good) else {
                return Ok(Err("the token that it was asked with is over".to_owned()));
            };
            (Through::Token(token.id), Some(Arc::new(holder::limits(&token)?)))
        }
    };
    Ok(Ok(Caller {
        subject: subject.id,
        name: subject.name,
        tenant: subject.tenant_id,
        through,
        session_expires_at: now,
        limits,
        impersonated_by: None,
    }))
}
