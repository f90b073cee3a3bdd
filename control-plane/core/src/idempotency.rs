//! Mutations that may be sent twice: the first answer is remembered with its key in the same
//! transaction and given again. Refusals are not remembered.

use control_plane_store::idempotency::{self, Idempotency};
use control_plane_store::{FleetTx, InTenant as _, StoreError, TenantRead, TenantTx};
use futures::future::BoxFuture;
use policies::permit::{FleetPermit, Permit, Task};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::id::{ApprovalId, SubjectId, TenantId};

use crate::approval::perform;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::token;

/// Longest key.
const KEY_MAX: usize = 128;

/// One mutation with its key.
#[derive(Clone, Debug)]
pub struct Once {
    mutation: &'static str,
    key: String,
    input_hash: String,
}

/// What is remembered of a mutation that waits for an approval: until it was done, it is refused
/// with the same id.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    /// What waits.
    pub approval_needed: ApprovalId,
}

impl Once {
    /// For a mutation with this input.
    pub fn new(mutation: &'static str, key: &str, input: &impl Serialize) -> Result<Self> {
        if key.is_empty() || key.len() > KEY_MAX || key.chars().any(char::is_control) {
            let message = "use a text of 1 to 128 characters, e.g. a UUID, new for each request";
            return Err(Error::invalid("idempotencyKey", "malformed", message));
        }
        Ok(Self { mutation, key: key.to_owned(), input_hash: token::digest_of(input) })
    }

    /// The mutation's name.
    pub fn mutation(&self) -> &'static str {
        self.mutation
    }

    /// The key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What was answered to the same mutation with the same key before.
    pub async fn find<T: DeserializeOwned>(
        &self,
        call: &Call,
        permit: &Permit,
    ) -> Result<Option<T>> {
        if call.approved().is_some() {
            // What is remembered is that it waits.
            return Ok(None);
        }
        let reader = call.plane().store.read(permit.scope());
        self.look_up(&reader, permit.subject()).await
    }

    /// The same for a mutation of many targets, of which none need be permitted any more.
    pub async fn find_own<T: DeserializeOwned>(&self, call: &Call) -> Result<Option<T>> {
        self.look_up(&call.reader().await?, call.caller().subject).await
    }

    async fn look_up<T: DeserializeOwned>(
        &self,
        reader: &TenantRead,
        subject: SubjectId,
    ) -> Result<Option<T>> {
        self.read(idempotency::find(reader, subject, self.mutation, &self.key).await?)
    }

    /// The same for what a subject does to its own ways to sign in, wherever it is at home.
    pub async fn find_at_home<T: DeserializeOwned>(&self, call: &Call) -> Result<Option<T>> {
        let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
        let (home, me) = (home(call), call.caller().subject);
        self.read(idempotency::find_anywhere(&reader, home, me, self.mutation, &self.key).await?)
    }

    fn read<T: DeserializeOwned>(&self, row: Option<Idempotency>) -> Result<Option<T>> {
        let Some(row) = row else { return Ok(None) };
        if row.input_hash != self.input_hash {
            return Err(Error::IdempotencyMismatch);
        }
        if let Ok(Waiting { approval_needed }) = serde_json::from_str(&row.outcome) {
            return Err(Error::ApprovalNeeded { approval: approval_needed });
        }
        let outcome = serde_json::from_str(&row.outcome);
        outcome.map(Some).map_err(|error| Error::internal("read a remembered answer", error))
    }

    /// What to answer when the write failed. The same request may have come twice at once, or the
    /// connection broke after the commit: then what is remembered is the answer. If that cannot be
    /// found out, the first error says more than the second.
    pub async fn settle<T: DeserializeOwned>(
        &self,
        call: &Call,
        permit: &Permit,
        error: Error,
    ) -> Result<T> {
        Self::settled(self.find(call, permit).await, error)
    }

    /// Does a mutation once for who is permitted to. The same request may have come twice at once:
    /// whatever stops this one, also that the other one changed what it looks at, what that one did
    /// is the answer.
    pub async fn permitted<T: DeserializeOwned>(
        &self,
        call: &Call,
        permit: &Permit,
        work: BoxFuture<'_, Result<T>>,
    ) -> Result<T> {
        if let Some(done) = self.find(call, permit).await? {
            return Ok(done);
        }
        match work.await {
            Ok(done) => Ok(done),
            Err(error) => self.settle(call, permit, error).await,
        }
    }

    /// [`Once::settle`] for [`Once::find_at_home`].
    pub async fn settle_at_home<T: DeserializeOwned>(
        &self,
        call: &Call,
        error: Error,
    ) -> Result<T> {
        Self::settled(self.find_at_home(call).await, error)
    }

    fn settled<T>(found: Result<Option<T>>, error: Error) -> Result<T> {
        match found {
            Ok(Some(done)) => Ok(done),
            Ok(None) | Err(Error::Unavailable { .. }) => Err(error),
            Err(other) => Err(other),
        }
    }

    /// Does a mutation once, for those whose target may be gone or out of reach afterwards: who has
    /// done it is answered the same for ever, and everybody else is refused as ever.
    pub async fn own<T: DeserializeOwned>(
        &self,
        call: &Call,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if let Some(done) = self.find_own(call).await? {
            return Ok(fresh(call, done));
        }
        let error = match Box::pin(work).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match self.find_own(call).await {
            Ok(Some(done)) => Ok(fresh(call, done)),
            Ok(None) | Err(Error::Unavailable { .. }) => Err(error),
            Err(other) => Err(other),
        }
    }

    /// Remembers the answer. Somebody who sent the same at the same moment and was first makes this
    /// fail as a conflict of the key, and nothing of this transaction stays.
    pub async fn keep<T: Serialize>(&self, call: &Call, tx: &TenantTx, outcome: &T) -> Result<()> {
        let Some(approved) = call.approved() else { return self.insert(call, tx, outcome).await };
        let done = serde_json::to_value(outcome)
            .map_err(|error| Error::internal("remember an answer", error))?;
        perform::complete(call, tx, approved, done).await?;
        self.replace(call, tx, outcome).await
    }

    /// The same, whoever approved.
    pub(crate) async fn insert<T: Serialize>(
        &self,
        call: &Call,
        tx: &TenantTx,
        outcome: &T,
    ) -> Result<()> {
        let row = self.row(call, tx.tenant(), outcome)?;
        idempotency::insert(tx, row).await.map_err(repeated)
    }

    /// Remembers more of what was remembered before.
    pub(crate) async fn replace<T: Serialize>(
        &self,
        call: &Call,
        tx: &TenantTx,
        outcome: &T,
    ) -> Result<()> {
        let row = self.row(call, tx.tenant(), outcome)?;
        idempotency::replace(tx, row).await.map_err(repeated)
    }

    /// The same for [`Once::find_at_home`].
    pub async fn keep_at_home<T: Serialize>(
        &self,
        call: &Call,
        tx: &FleetTx,
        outcome: &T,
    ) -> Result<()> {
        let row = self.row(call, home(call), outcome)?;
        idempotency::insert_anywhere(tx, row).await.map_err(repeated)
    }

    fn row<T: Serialize>(&self, call: &Call, home: TenantId, outcome: &T) -> Result<Idempotency> {
        let outcome = serde_json::to_string(outcome)
            .map_err(|error| Error::internal("remember an answer", error))?;
        Ok(Idempotency {
            tenant_id: home,
            subject_id: call.caller().subject,
            mutation: self.mutation.to_owned(),
            key: self.key.clone(),
            input_hash: self.input_hash.clone(),
            outcome,
            created_at: call.now(),
        })
    }
}

fn home(call: &Call) -> TenantId {
    call.caller().tenant.unwrap_or_else(idempotency::installation)
}

fn repeated(error: StoreError) -> Error {
    match error {
        StoreError::Conflict { .. } => Error::Repeated,
        other => other.into(),
    }
}

/// Something that was done, perhaps by another process and a moment ago: what is in memory may be
/// older.
fn fresh<T>(call: &Call, done: T) -> T {
    call.plane().rights.forget(call.caller().tenant);
    done
}
