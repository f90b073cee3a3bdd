//! The API asked by the plane itself, in the name of whoever asked the plane: each question and
//! each change is admitted, permitted and recorded as if it had come alone.

use async_graphql::{Request, Response, ServerError, Value, Variables};
use control_plane_core::call::Call;
use control_plane_core::error::{Error, ErrorCode, FieldProblem, UNWRITTEN};
use futures::future::BoxFuture;
use graphql_client::ask::Ask;
use graphql_client::query::Document;
use graphql_client::structure::StructureError;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::batch::Refusal;
use crate::error::code_of;
use crate::schema::{Schema, loaders};

/// Things of one kind that are read within one request.
const MOST: u32 = 1_000;
/// Why the plane can do nothing at all for a while, beside what it cannot write down either.
const BUSY: &str = "database_busy";

/// The schema that a request came through.
#[derive(Clone)]
pub struct Inside(Schema);

/// The same for one call and one change.
pub struct Asker<'c> {
    /// The schema.
    pub inside: &'c Inside,
    /// Who asks.
    pub call: &'c Call,
    /// The idempotency key of a change.
    pub key: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The API refused.
    Refused(Box<ServerError>),
    /// The answers do not make a structure, or the document does not fit.
    Structure(StructureError),
    /// What we ask and what we answer have come apart.
    Defect(Box<dyn std::error::Error + Send + Sync>),
}

impl From<StructureError> for Unanswered {
    fn from(error: StructureError) -> Self {
        Self::Structure(error)
    }
}

impl Inside {
    /// For requests that come through this schema.
    pub fn of(schema: Schema) -> Self {
        Self(schema)
    }

    /// In a task of its own: a resolver of the same schema waits for it, and one request would stand
    /// on the stack of the other one. It ends with whoever waits.
    async fn execute(&self, call: &Call, request: Request) -> Result<Response, Unanswered> {
        let schema = self.0.clone();
        let request = request.data(loaders(call)).data(call.clone());
        // Without a type that leads to itself.
        let answer: BoxFuture<'static, Response> =
            Box::pin(async move { schema.execute(request).await });
        let mut tasks = JoinSet::new();
        tasks.spawn(answer.in_current_span());
        match tasks.join_next().await {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => Err(Unanswered::Defect(error.into())),
            None => Err(Unanswered::Defect("no answer came".into())),
        }
    }
}

impl Ask for Asker<'_> {
    type Error = Unanswered;

    async fn ask<D: Document>(&self, variables: &D::Variables) -> Result<D::Answer, Unanswered> {
        let defect = |error: serde_json::Error| Unanswered::Defect(error.into());
        let variables = Variables::from_json(serde_json::to_value(variables).map_err(defect)?);
        let request = Request::new(D::TEXT).variables(variables);
        let response = self.inside.execute(self.call, request).await?;
        if let Some(error) = response.errors.into_iter().next() {
            return Err(Unanswered::Refused(Box::new(error)));
        }
        let field = match response.data {
            Value::Object(mut data) => data.swap_remove(D::ROOT),
            _ => None,
        };
        let field = field.unwrap_or_default().into_json().map_err(defect)?;
        serde_json::from_value(field).map_err(defect)
    }

    fn new_key(&self) -> String {
        self.key.clone()
    }

    fn most(&self) -> u32 {
        MOST
    }
}

impl Unanswered {
    /// The refusal of one change, if it says something about that change alone.
    pub fn of_one(self) -> Result<Refusal, Error> {
        let error = match self {
            Self::Refused(error) => error,
            Self::Structure(gone @ StructureError::Gone(_)) => {
                return Ok(Refusal::conflict("gone", gone.to_string()));
            }
            other => return Err(other.into()),
        };
        match code_of(&error) {
            Some(ErrorCode::Unauthenticated | ErrorCode::Internal) | None => {
                Err(Self::Refused(error).into())
            }
            Some(ErrorCode::Unavailable) if is_away(&error) => Err(Self::Refused(error).into()),
            Some(code) => Ok(Refusal::told(code, &error)),
        }
    }
}

impl From<Unanswered> for Error {
    /// The same as of the whole request.
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Refused(error) => whole(&error),
            Unanswered::Structure(error) => of_structure(error),
            Unanswered::Defect(source) => Self::Internal { context: "ask the own API", source },
        }
    }
}

/// The word, if it says that nothing can be done for a while.
fn away(why: &str) -> Option<&'static str> {
    UNWRITTEN.into_iter().chain([BUSY]).find(|known| *known == why)
}

/// Whether nothing can be done for a while, rather than this one thing.
fn is_away(error: &ServerError) -> bool {
    text(error, "why").is_none_or(|why| away(&why).is_some())
}

fn whole(error: &ServerError) -> Error {
    let why = text(error, "why").unwrap_or_default();
    match (code_of(error), away(&why)) {
        (Some(ErrorCode::Unauthenticated), _) => Error::Unauthenticated,
        (Some(ErrorCode::Unavailable), Some(why)) => {
            Error::Unavailable { why, message: error.message.clone() }
        }
        (Some(ErrorCode::Unavailable), None) => Error::Repeated,
        _ => Error::internal("ask the own API", error.message.clone()),
    }
}

fn of_structure(error: StructureError) -> Error {
    let told = |problem: String| {
        let (field, word) = ("structure.document".to_owned(), "unfit".to_owned());
        FieldProblem { field, problem: word, message: problem }
    };
    match error {
        StructureError::Unfit(problems) => Error::Invalid(problems.into_iter().map(told).collect()),
        StructureError::TooLarge { .. } => {
            let message = format!("{error}; take the command line, which reads without a limit");
            Error::Conflict { why: "too_large", message }
        }
        StructureError::NotAll | StructureError::Gone(_) => Error::Outdated,
        StructureError::Unread(_) => Error::internal("ask the own API", error),
    }
}

/// A text beside the code of an error.
pub fn text(error: &ServerError, name: &str) -> Option<String> {
    match error.extensions.as_ref()?.get(name)? {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
