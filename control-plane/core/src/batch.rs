//! The same work on many instances: looked at together, done one by one.
//!
//! What would be refused is left out with the reason and stops nothing else. What was decided is
//! kept before the first instance is touched, and each instance has a key of its own, so a request
//! that was cut off goes on where it was when it is sent again.

use control_plane_store::instance::Instance;
use control_plane_store::{Covered, outbox};
use policies::permit::Permit;
use serde::{Deserialize, Serialize};
use types::generation::Generation;
use types::id::{ApprovalId, InstanceId, OperationId};
use types::instance::Wish;

use crate::approval::ahead::{self, Ahead};
use crate::call::Call;
use crate::configuration::change::{self, ChangePreview, ChangeRequest, Wanted};
use crate::error::{Error, FieldProblem, Result};
use crate::idempotency::Once;
use crate::selection::{self, Selection};
use crate::{audit, instance, preview, token};

mod look;

/// What is to be done to each instance.
#[derive(Clone, Debug, Serialize)]
pub enum Work {
    /// Its configuration is to change.
    Change(Wanted),
    /// It is to be started or stopped.
    Wish(Wish),
}

/// The same work on many instances.
#[derive(Clone, Debug, Serialize)]
pub struct BatchRequest {
    /// The instances.
    pub selection: Selection,
    /// The work.
    pub work: Work,
}

/// What would be done.
#[derive(Debug)]
pub struct BatchPreview {
    /// Stands for all of it as it was shown.
    pub token: String,
    /// Every selected instance.
    pub items: Vec<Item>,
}

/// What would be done to one instance.
#[derive(Debug)]
pub struct Item {
    /// The instance.
    pub instance: Instance,
    /// What would change of its configuration, if that could be said.
    pub change: Option<ChangePreview>,
    /// Why it is left out.
    pub refusal: Option<Error>,
    /// What it would wait for.
    pub approvals: Vec<Ahead>,
    permit: Option<Permit>,
}

/// Why an instance was left out, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The stable code, as of a request about this instance alone.
    pub code: String,
    /// The stable word beside it, of a conflict.
    pub why: Option<String>,
    /// What was wrong and what to do.
    pub message: String,
    /// The fields that are wrong.
    pub problems: Vec<FieldProblem>,
    /// What waits for an approval.
    #[serde(default)]
    pub approval: Option<ApprovalId>,
}

/// What became of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The instance.
    pub instance: InstanceId,
    /// The operation that makes it true, or why there is none.
    pub result: std::result::Result<OperationId, Refused>,
}

/// What was decided about an instance, kept with the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Decided {
    instance: InstanceId,
    generation: Generation,
    token: Option<String>,
    refusal: Option<Refused>,
}

/// What would be done. Changes nothing.
pub async fn preview(call: &Call, request: &BatchRequest) -> Result<BatchPreview> {
    if matches!(&request.work, Work::Change(wanted) if wanted.restore.is_some()) {
        let message = "an earlier configuration belongs to one instance; bring it back there";
        return Err(Error::invalid("restore", "not_allowed", message));
    }
    let rows = selection::resolve(call, &request.selection).await?;
    let mut items = look::at_all(call, rows, &request.work).await?;
    let taken = items.iter().filter(|item| item.refusal.is_none());
    let taken: Vec<_> = taken.map(|item| &item.instance).collect();
    let mut ahead = ahead::of_instances(call, request.work.covered(), &taken).await?;
    for item in &mut items {
        item.approvals = ahead.remove(&item.instance.id).unwrap_or_default();
    }
    let seen: Vec<_> = items.iter().map(|item| (item.decided(), &request.work)).collect();
    Ok(BatchPreview { token: token::digest_of(&seen), items })
}

/// Does what was previewed, one operation for each instance that is not left out.
pub async fn apply(
    call: &Call,
    request: &BatchRequest,
    reason: Option<&str>,
    preview_token: &str,
    key: &str,
) -> Result<Vec<Outcome>> {
    let once = Once::new("applyBatch", key, &(request, reason, preview_token))?;
    let decide = decide(call, &once, request, reason, preview_token);
    let decided = once.own(call, decide).await?;
    let mut outcomes = Vec::new();
    for one in decided {
        outcomes.push(carry_out(call, request, reason, one, key).await?);
    }
    Ok(outcomes)
}

/// Checks the whole request and keeps what follows from it.
async fn decide(
    call: &Call,
    once: &Once,
    request: &BatchRequest,
    reason: Option<&str>,
    preview_token: &str,
) -> Result<Vec<Decided>> {
    change::read_reason(reason)?;
    let previewed = preview(call, request).await?;
    preview::check_token(preview_token, &previewed.token)?;
    let taken = previewed.items.iter().filter(|item| item.refusal.is_none());
    let Some(permit) = taken.filter_map(|item| item.permit.as_ref()).next() else {
        let message = "none of the instances can take this; the preview says why";
        return Err(Error::Conflict { why: "nothing_left", message: message.to_owned() });
    };
    let decided: Vec<_> = previewed.items.iter().map(Item::decided).collect();
    keep(call, permit, once, request, &previewed.items, &decided).await?;
    Ok(decided)
}

async fn keep(
    call: &Call,
    permit: &Permit,
    once: &Once,
    request: &BatchRequest,
    items: &[Item],
    decided: &[Decided],
) -> Result<()> {
    let mut audits = vec![audit::of_call(call, once.mutation(), None)];
    for item in items {
        let Some(refusal) = &item.refusal else { continue };
        let target = Some(item.instance.id.to_string());
        audits.push(audit::refusal(call, request.work.mutation(), target, refusal.code()));
    }
    let tx = call.plane().store.begin(permit).await?;
    once.keep(call, &tx, &decided).await?;
    outbox::record(&tx, Vec::new(), audits).await?;
    Ok(tx.commit().await?)
}

async fn carry_out(
    call: &Call,
    request: &BatchRequest,
    reason: Option<&str>,
    decided: Decided,
    key: &str,
) -> Result<Outcome> {
    let id = decided.instance;
    let refused = |refusal| Ok(Outcome { instance: id, result: Err(refusal) });
    let Some(token) = decided.token else {
        // What is left out has its reason; one of the two is always there.
        return match decided.refusal {
            Some(refusal) => refused(refusal),
            None => refused(Refused::from(&Error::Outdated)),
        };
    };
    // A key of its own for each instance, the same whenever the request is sent again.
    let key = token::hash(&format!("{key} {id}"));
    let done = match &request.work {
        Work::Change(wanted) => {
            let request = ChangeRequest { instance: id, wanted: wanted.clone() };
            change::change(call, request, reason, &token, &key).await
        }
        Work::Wish(wish) => instance::power(call, id, *wish, Some(decided.generation), &key).await,
    };
    match done {
        Ok(done) => Ok(Outcome { instance: id, result: Ok(done.operation) }),
        Err(error) => {
            audit::refused(call, request.work.mutation(), Some(id.to_string()), error.code())
                .await?;
            if let Error::Internal { context, source } = &error {
                let error = &**source as &dyn std::error::Error;
                tracing::error!(instance.id = %id, context, error, "part of a request failed");
            }
            refused(Refused::from(&error))
        }
    }
}

impl Work {
    /// What rules about it are about.
    fn covered(&self) -> Covered {
        match self {
            Self::Change(_) => Covered::ChangeConfiguration,
            Self::Wish(wish) => instance::covered(*wish),
        }
    }

    /// The mutation that does it to one instance.
    fn mutation(&self) -> &'static str {
        match self {
            Self::Change(_) => "changeConfiguration",
            Self::Wish(Wish::Running) => "startInstance",
            Self::Wish(Wish::Stopped) => "stopInstance",
            Self::Wish(Wish::Deleted) => "deleteInstance",
        }
    }
}

impl Item {
    /// Of an instance of which nothing else was said yet.
    fn of(instance: Instance, permit: Option<Permit>) -> Self {
        Self { instance, change: None, refusal: None, approvals: Vec::new(), permit }
    }

    fn decided(&self) -> Decided {
        let token = match (&self.refusal, &self.change) {
            (Some(_), _) => None,
            (None, Some(change)) => Some(change.token.clone()),
            (None, None) => Some(String::new()),
        };
        Decided {
            instance: self.instance.id,
            generation: self.instance.generation,
            token,
            refusal: self.refusal.as_ref().map(Refused::from),
        }
    }
}

impl From<&Error> for Refused {
    fn from(error: &Error) -> Self {
        let why = match error {
            Error::Conflict { why, .. } => Some((*why).to_owned()),
            _ => None,
        };
        let problems = match error {
            Error::Invalid(problems) => problems.clone(),
            _ => Vec::new(),
        };
        let message = match error {
            Error::Internal { .. } => "a defect of ours stopped this one; send it again".to_owned(),
            other => other.to_string(),
        };
        let approval = match error {
            Error::ApprovalNeeded { approval } => Some(*approval),
            _ => None,
        };
        Self { code: error.code().to_string(), why, message, problems, approval }
    }
}
