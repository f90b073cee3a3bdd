//! The audit as a list.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use control_plane_core::audit::{
    self, Audit, AuditOutcome as Outcome, Filter, Trail, Verification,
};

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::page;
use crate::scalar::{DateTime, Int64};

/// Who did what, with what result.
pub struct AuditEntry(pub Audit);

/// How something went.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in the store's words")]
pub enum AuditOutcome {
    Done,
    Refused,
}

/// Which records of the audit
#[derive(InputObject, Default)]
pub struct AuditFilter {
    /// Only what was asked of this: an id
    pub target: Option<ID>,
    /// Only what one of this name asked for
    pub subject: Option<String>,
    /// Only this action, e.g. placeOrder
    pub action: Option<String>,
    /// Only what began this operation
    pub operation: Option<ID>,
    /// Only what was asked from this address
    pub address: Option<String>,
    /// Only with this outcome
    pub outcome: Option<AuditOutcome>,
    /// Only from this instant on
    pub from: Option<DateTime>,
    /// Only before this instant
    pub to: Option<DateTime>,
}

/// Whether the chain of hashes holds
#[derive(SimpleObject)]
pub struct AuditVerification {
    /// Whether every record is as it was written, and none is missing
    holds: bool,
    /// The first record that was changed, removed or added
    broken_at: Option<Int64>,
    /// How many records there are
    records: Int64,
    /// Hash of the last one, to be kept elsewhere: who has it can see later that none before it
    /// was changed
    hash: String,
}

impl From<Verification> for AuditVerification {
    fn from(found: Verification) -> Self {
        Self {
            holds: found.broken.is_none(),
            broken_at: found.broken.map(Int64),
            records: Int64(found.rows),
            hash: found.hash,
        }
    }
}

/// A page of an audit, newest first unless asked for the other way round.
pub async fn list(
    ctx: &Context<'_>,
    trail: Trail,
    first: Option<i32>,
    after: Option<String>,
    filter: Option<AuditFilter>,
    is_oldest_first: bool,
) -> Result<Connection<AuditEntry>> {
    let given = filter.unwrap_or_default();
    let filter = Filter {
        target: given.target.map(|target| target.to_string()),
        subject_name: given.subject,
        action: given.action,
        operation: None,
        address: given.address,
        outcome: given.outcome.map(|outcome| match outcome {
            AuditOutcome::Done => Outcome::Done,
            AuditOutcome::Refused => Outcome::Refused,
        }),
        from: given.from.map(|from| from.0),
        to: given.to.map(|to| to.0),
        is_oldest_first,
    };
    let had_after = after.is_some();
    let (call, page) = (context::call(ctx)?, page::page(first, after)?);
    let operation = given.operation.as_deref().map(String::as_str);
    let paged = audit::list(call, trail, filter, operation, &page).await?;
    Ok(page::connection(paged, had_after, AuditEntry))
}

/// Whether an audit is as it was written.
pub async fn verification(ctx: &Context<'_>, trail: Trail) -> Result<AuditVerification> {
    Ok(AuditVerification::from(audit::verify(context::call(ctx)?, trail).await?))
}

/// What operators can ask about the installation's own audit.
#[derive(Default)]
pub struct InstallationAuditQuery;

#[Object]
impl InstallationAuditQuery {
    /// What operators and the console did to the installation, newest first: tenants, offerings,
    /// prices, licences, cells, sign-ins of operators; operators only
    async fn installation_audit(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<AuditFilter>,
        #[graphql(default)] oldest_first: bool,
    ) -> Result<Connection<AuditEntry>> {
        list(ctx, Trail::Installation, first, after, filter, oldest_first).await
    }

    /// Whether the installation's audit is as it was written; reads all of it; operators only
    async fn installation_audit_verification(
        &self,
        ctx: &Context<'_>,
    ) -> Result<AuditVerification> {
        verification(ctx, Trail::Installation).await
    }
}

#[Object]
impl AuditEntry {
    /// Whose audit it is; the nil id for the installation's
    async fn tenant(&self) -> ID {
        ID::from(self.0.tenant_id)
    }

    async fn number(&self) -> i32 {
        i32::try_from(self.0.number).unwrap_or(i32::MAX)
    }

    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Who did it; null for tasks and cells
    async fn subject_id(&self) -> Option<ID> {
        self.0.subject_id.map(ID::from)
    }

    /// Name of who did it
    async fn subject(&self) -> &str {
        &self.0.subject_name
    }

    /// Stable word, e.g. placeOrder
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// done, refused
    async fn outcome(&self) -> &'static str {
        self.0.outcome.as_str()
    }

    /// Error code if refused
    async fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What it was done to
    async fn target(&self) -> Option<&str> {
        self.0.target.as_deref()
    }

    /// The operation that was begun by it
    async fn operation(&self) -> Option<ID> {
        self.0.operation_id.map(ID::from)
    }

    /// Where the request came from: the client's address, behind a trusted proxy too; null for tasks,
    /// cells and the console, and in records of earlier releases
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// What else is worth knowing, as a JSON object without secrets; part of what the hash is over
    async fn content(&self) -> &str {
        &self.0.content
    }

    /// The request, as errors and logs name it; empty for what nobody asked for over the API
    async fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// Hash of the record before
    async fn previous_hash(&self) -> &str {
        &self.0.previous_hash
    }

    /// Hash over the record before and this one
    async fn hash(&self) -> &str {
        &self.0.hash
    }
}
