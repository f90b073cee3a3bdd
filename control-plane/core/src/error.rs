//! Every refusal the plane can give: one list for all transports.

use control_plane_store::StoreError;
use policies::action::Action;
use policies::rights::{Denied, RightsError};
use serde::{Deserialize, Serialize};
use types::id::ApprovalId;
use types::money::Decimal;
use types::quota::QuotaMeter;
use types::text_enum;

text_enum! {
    /// The stable code of a refusal: `extensions.code` of the API. Described in
    /// `docs/error-codes.md`, which a test compares with this list.
    ErrorCode {
        /// Nobody is signed in, or the session ended.
        Unauthenticated = "UNAUTHENTICATED",
        /// The subject may see the target and not do this to it.
        Forbidden = "FORBIDDEN",
        /// It does not exist, or the subject may not see it.
        NotFound = "NOT_FOUND",
        /// The name is taken.
        AlreadyExists = "ALREADY_EXISTS",
        /// One or more fields cannot be accepted.
        Invalid = "INVALID",
        /// The state of things forbids it now.
        Conflict = "CONFLICT",
        /// Something would be below itself.
        Cycle = "CYCLE",
        /// What was previewed has changed since.
        Outdated = "OUTDATED",
        /// A licence or other limit would be passed.
        LimitReached = "LIMIT_REACHED",
        /// It waits for somebody else to approve it.
        ApprovalNeeded = "APPROVAL_NEEDED",
        /// The idempotency key was used for something else.
        IdempotencyMismatch = "IDEMPOTENCY_MISMATCH",
        /// Too many requests.
        TooMany = "TOO_MANY",
        /// A part the plane needs does not answer.
        Unavailable = "UNAVAILABLE",
        /// The query itself is wrong or too large.
        BadQuery = "BAD_QUERY",
        /// A defect of ours.
        Internal = "INTERNAL",
    }
}

/// What is wrong with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Path of the field, e.g. `parameters.maxmemory`.
    pub field: String,
    /// A stable word, e.g. `out_of_range`.
    pub problem: String,
    /// What was wrong and what to do.
    pub message: String,
}

/// Something that must be gone before what holds it can go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Its kind, e.g. `project`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A budget that would be passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetReached {
    /// Id of the organization or project where it is set.
    pub node: String,
    /// How people call that, e.g. `organization rnd`.
    pub place: String,
    /// The code of the currency.
    pub currency: String,
    /// The budget.
    pub amount: Decimal,
    /// What is committed.
    pub committed: Decimal,
    /// What was asked for on top.
    pub added: Decimal,
}

impl std::fmt::Display for BudgetReached {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, currency, amount, committed, added, .. } = self;
        write!(
            out,
            "{committed} of {amount} {currency} per month are committed at {place} and below, and \
             {added} more would pass the budget that is set there; delete some, or ask for a larger \
             budget"
        )
    }
}

/// A refusal, named for whoever receives it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// See [`ErrorCode::Unauthenticated`].
    #[error("sign in first: the session is missing, unknown or over")]
    Unauthenticated,
    /// See [`ErrorCode::Forbidden`].
    #[error("you may not {action} here; ask an administrator of the organization for the right")]
    Forbidden {
        /// What was not permitted.
        action: Action,
    },
    /// See [`ErrorCode::Forbidden`]: the subject may, and not by the way it came.
    #[error("{message}")]
    Limited {
        /// A stable word, e.g. `token`.
        why: &'static str,
        /// What was asked for, if it has a name.
        action: Option<Action>,
        /// What holds it back and what to do.
        message: String,
    },
    /// See [`ErrorCode::NotFound`].
    #[error("{what} not found")]
    NotFound {
        /// The kind of thing that was asked for, never which.
        what: &'static str,
    },
    /// See [`ErrorCode::AlreadyExists`].
    #[error("{what} {name} exists already; choose another name")]
    AlreadyExists {
        /// The kind of thing.
        what: &'static str,
        /// The taken name.
        name: String,
    },
    /// See [`ErrorCode::Invalid`].
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldProblem>),
    /// See [`ErrorCode::Conflict`].
    #[error("{message}")]
    Conflict {
        /// A stable word, e.g. `operation_running`.
        why: &'static str,
        /// What is in the way and what to do.
        message: String,
    },
    /// See [`ErrorCode::Conflict`]: what is to be gone is not empty.
    #[error("{}", in_the_way(what, blockers, *more))]
    InTheWay {
        /// The kind of thing.
        what: &'static str,
        /// What is in it, as far as it is told.
        blockers: Vec<Blocker>,
        /// How much more there is.
        more: usize,
    },
    /// See [`ErrorCode::Conflict`]: a move would take parts of applications out of their reach.
    #[error("{}", left_behind(what, blockers, *more))]
    LeftBehind {
        /// The kind of thing that was to be moved.
        what: &'static str,
        /// The parts, as far as they are told.
        blockers: Vec<Blocker>,
        /// How many more there are.
        more: usize,
    },
    /// See [`ErrorCode::Cycle`]: of what needs each other.
    #[error(
        "nothing can need itself, not through others either; remove another of these dependencies \
         first"
    )]
    NeedsItself,
    /// See [`ErrorCode::Cycle`].
    #[error("nothing can be below itself or below what it holds; choose another place")]
    Cycle,
    /// See [`ErrorCode::Outdated`].
    #[error("what was previewed has changed since; preview again")]
    Outdated,
    /// See [`ErrorCode::Outdated`]: of what was asked for.
    #[error("nothing was done, since {problem}; it has to be asked for again")]
    Stale {
        /// What has changed.
        problem: String,
    },
    /// See [`ErrorCode::ApprovalNeeded`]. Nothing was done but to keep what was asked for.
    #[error("this takes an approval, which was asked for as {approval}; it is done once approved")]
    ApprovalNeeded {
        /// What waits.
        approval: ApprovalId,
    },
    /// See [`ErrorCode::LimitReached`].
    #[error("{used} of {limit} are in use and {added} more would pass the limit of {at}")]
    LimitReached {
        /// Where the limit stands, e.g. `licence`.
        at: String,
        /// The limit.
        limit: i64,
        /// What is in use.
        used: i64,
        /// What was asked for on top.
        added: i64,
    },
    /// See [`ErrorCode::LimitReached`]: a quota.
    #[error(
        "{used} of {limit} {meter} are in use at {place} and below, and {added} more would pass the \
         limit that is set there; delete some, or ask for a higher limit"
    )]
    QuotaReached {
        /// Id of the organization or project where the limit is set.
        node: String,
        /// How people call it, e.g. `organization rnd`.
        place: String,
        /// What is limited.
        meter: QuotaMeter,
        /// The limit.
        limit: i64,
        /// What is in use.
        used: i64,
        /// What was asked for on top.
        added: i64,
    },
    /// See [`ErrorCode::LimitReached`]: a budget.
    #[error("{0}")]
    BudgetReached(Box<BudgetReached>),
    /// See [`ErrorCode::IdempotencyMismatch`].
    #[error("this idempotency key was used with another input; use a new key for a new request")]
    IdempotencyMismatch,
    /// The same request came twice at once and the other one was first; its answer is looked up
    /// again, so this reaches nobody unless that one failed meanwhile.
    #[error("the same request is being worked on; send it again")]
    Repeated,
    /// See [`ErrorCode::Unavailable`].
    #[error("{message}")]
    Unavailable {
        /// A stable word, e.g. `disk_full`.
        why: &'static str,
        /// What does not answer and what to do.
        message: String,
    },
    /// See [`ErrorCode::Internal`]. What happened stands in the log under the request's id.
    #[error("{context}")]
    Internal {
        /// What was being done, e.g. "load tenant".
        context: &'static str,
        /// Why it failed; for the log alone.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What every function of this crate answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

fn in_the_way(what: &str, blockers: &[Blocker], more: usize) -> String {
    let inside = told(blockers, more);
    format!("the {what} is not empty, nothing was changed; still there: {inside}")
}

fn left_behind(what: &str, blockers: &[Blocker], more: usize) -> String {
    let parts = told(blockers, more);
    format!(
        "the {what} has parts of applications that do not reach to the new place, nothing was \
         changed; take them out of those applications first: {parts}"
    )
}

fn told(blockers: &[Blocker], more: usize) -> String {
    let named = blockers.iter().map(|each| format!("{} {}", each.kind, each.name));
    let more = (more > 0).then(|| format!("{more} more"));
    named.chain(more).collect::<Vec<_>>().join(", ")
}

fn summary(problems: &[FieldProblem]) -> String {
    let lines: Vec<_> =
        problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
    lines.join("; ")
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::Forbidden { .. } | Self::Limited { .. } => ErrorCode::Forbidden,
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::AlreadyExists { .. } => ErrorCode::AlreadyExists,
            Self::Invalid(_) => ErrorCode::Invalid,
            Self::Conflict { .. } | Self::InTheWay { .. } | Self::LeftBehind { .. } => {
                ErrorCode::Conflict
            }
            Self::Cycle | Self::NeedsItself => ErrorCode::Cycle,
            Self::Outdated | Self::Stale { .. } => ErrorCode::Outdated,
            Self::ApprovalNeeded { .. } => ErrorCode::ApprovalNeeded,
            Self::LimitReached { .. } | Self::QuotaReached { .. } | Self::BudgetReached(_) => {
                ErrorCode::LimitReached
            }
            Self::IdempotencyMismatch => ErrorCode::IdempotencyMismatch,
            Self::Repeated | Self::Unavailable { .. } => ErrorCode::Unavailable,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }

    /// One wrong field.
    pub fn invalid(field: &str, problem: &str, message: impl Into<String>) -> Self {
        let (field, problem) = (field.to_owned(), problem.to_owned());
        Self::Invalid(vec![FieldProblem { field, problem, message: message.into() }])
    }

    /// A defect of ours while doing something.
    pub fn internal(
        context: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Internal { context, source: source.into() }
    }

    /// The refusal of someone who finds out by it whether there is something: as if there were
    /// nothing.
    #[must_use]
    pub fn hidden(self, what: &'static str) -> Self {
        match self {
            Self::Forbidden { .. } | Self::Limited { .. } | Self::NotFound { .. } => {
                Self::NotFound { what }
            }
            other => other,
        }
    }

    /// A refusal as it is to someone who may not see the target.
    pub fn denied(denied: Denied, what: &'static str) -> Self {
        match denied {
            Denied::Hidden => Self::NotFound { what },
            Denied::Forbidden(action) => Self::Forbidden { action },
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor => Self::invalid("after", "malformed", error.to_string()),
            StoreError::Unavailable(_)
            | StoreError::Contended(_)
            | StoreError::Slow(_)
            | StoreError::Full(_)
            | StoreError::ReadOnly(_)
            | StoreError::Unsure(_) => {
                let (why, message) = lack(&error);
                let error = &error as &dyn std::error::Error;
                tracing::warn!(why, error, "the database could not do it");
                Self::Unavailable { why, message: message.to_owned() }
            }
            other => Self::internal("use the database", other),
        }
    }
}

/// The words of [`Error::Unavailable`] that mean that nothing could be written about it either.
pub const UNWRITTEN: [&str; 5] =
    ["database_away", "database_slow", "disk_full", "read_only", "outcome_unknown"];

/// The refusal of somebody who was not answered in time.
pub fn too_late() -> Error {
    let message = "the plane did not come to an end in time, so whether a change was made is not \
                   known; send the same request with the same idempotency key again";
    Error::Unavailable { why: "outcome_unknown", message: message.to_owned() }
}

fn lack(error: &StoreError) -> (&'static str, &'static str) {
    match error {
        StoreError::Contended(_) => {
            ("database_busy", "others were in the way for too long; nothing was changed, try again")
        }
        StoreError::Slow(_) => {
            ("database_slow", "the database took too long; nothing was changed, try again")
        }
        StoreError::Full(_) => (
            "disk_full",
            "the disk of the database is full; nothing was changed and everything can be read; \
             tell the operator, and try again when there is room",
        ),
        StoreError::ReadOnly(_) => (
            "read_only",
            "the database takes no writes now; nothing was changed and everything can be read; \
             tell the operator, and try again",
        ),
        StoreError::Unsure(_) => (
            "outcome_unknown",
            "the database went away while the change was written, so whether it was made is not \
             known; send the same request with the same idempotency key again",
        ),
        _ => ("database_away", "the database does not answer; nothing was changed, try again"),
    }
}

impl From<RightsError> for Error {
    fn from(error: RightsError) -> Self {
        Self::internal("evaluate rights", error)
    }
}
