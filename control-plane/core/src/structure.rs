//! A structure that is taken in parts. What a part is made of is decided once and kept with its
//! key; each of its steps is a change of its own, with its own permit, approval and record.

use control_plane_store::outbox;
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::error::Result;
use crate::idempotency::Once;
use crate::{access, audit, preview, token};

/// The kind of thing that is told of.
const WHAT: &str = "tenant";

/// One step, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Stands for all that it says.
    pub digest: String,
    /// The same for people.
    pub sentence: String,
}

/// What one request does of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// In this order.
    pub steps: Vec<Step>,
    /// How many more the document needs.
    pub left: usize,
    /// Whether all of it was done once; then it is not looked at again.
    pub done: bool,
}

/// A request to do a part of an import.
#[derive(Debug)]
pub struct Import {
    once: Once,
    permit: Permit,
}

impl Step {
    /// Of something that is said completely by its form.
    pub fn of(said: &(impl Serialize + ToString)) -> Self {
        Self { digest: token::digest_of(said), sentence: said.to_string() }
    }

    /// The key of this step below the request's: the same whenever that is sent again.
    pub fn key(&self, of_request: &str) -> String {
        token::hash(&format!("{of_request} {}", self.digest))
    }
}

/// Stands for steps as they were shown.
pub fn token_of(steps: &[Step]) -> String {
    token::digest_of(&steps)
}

/// Refuses who does not see the whole tenant or does not manage its access: part of a structure
/// would look like all of it.
///
/// # Errors
/// Not found or forbidden.
pub async fn admit(call: &Call) -> Result<Permit> {
    call.permit(Action::View, Node::Tenant(call.tenant()?), WHAT).await?;
    access::permit(call, WHAT).await
}

impl Import {
    /// A request with all that it asks for.
    ///
    /// # Errors
    /// Those of [`admit`]; a key that is none.
    pub async fn begin(call: &Call, asked: &impl Serialize, key: &str) -> Result<Self> {
        let once = Once::new("importStructure", key, asked)?;
        Ok(Self { once, permit: admit(call).await? })
    }

    /// What was decided when it was sent before.
    ///
    /// # Errors
    /// The key was used for something else.
    pub async fn decided(&self, call: &Call) -> Result<Option<Part>> {
        self.once.find(call, &self.permit).await
    }

    /// Decides, before the first step is done. The same may have come twice at once: then what the
    /// other one decided holds, also if that one did steps since and less is to be done now.
    ///
    /// # Errors
    /// Outdated, if something else was shown than what is to be done now.
    pub async fn decide(&self, call: &Call, shown: &str, now: &str, part: Part) -> Result<Part> {
        let kept = match preview::check_token(shown, now) {
            Ok(()) => self.keep(call, &part).await,
            Err(outdated) => Err(outdated),
        };
        match kept {
            Ok(()) => Ok(part),
            Err(error) => self.once.settle(call, &self.permit, error).await,
        }
    }

    /// Remembers that all of it was done. Another one who did the same may have been first.
    ///
    /// # Errors
    /// Those of the database; sent again, the request comes here again.
    pub async fn finish(&self, call: &Call, mut part: Part) -> Result<Part> {
        part.done = true;
        let error = match self.mark(call, &part).await {
            Ok(()) => return Ok(part),
            Err(error) => error,
        };
        match self.decided(call).await {
            Ok(Some(part)) if part.done => Ok(part),
            _ => Err(error),
        }
    }

    async fn mark(&self, call: &Call, part: &Part) -> Result<()> {
        let tx = call.plane().store.begin(&self.permit).await?;
        self.once.replace(call, &tx, part).await?;
        Ok(tx.commit().await?)
    }

    async fn keep(&self, call: &Call, part: &Part) -> Result<()> {
        let tx = call.plane().store.begin(&self.permit).await?;
        self.once.keep(call, &tx, part).await?;
        let done = audit::of_call(call, self.once.mutation(), None);
        outbox::record(&tx, Vec::new(), vec![done]).await?;
        Ok(tx.commit().await?)
    }
}
