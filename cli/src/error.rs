//! Why a command did not do what was asked, for the person or script that called it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use graphql_client::structure::StructureError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::exit::Exit;

/// What a command returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong here, one variant for each thing that a reader can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is wrong or incomplete.
    #[error("{0}")]
    Usage(String),
    /// There is no session in the file.
    #[error("not signed in")]
    NotSignedIn,
    /// The plane understood and refused.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The plane could not be asked.
    #[error("{address} does not answer")]
    Unreachable {
        /// Where the plane was looked for.
        address: String,
        /// What the network said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something answered, but not as a plane does.
    #[error("{address} does not answer like a plane: {what}")]
    Strange {
        /// Who answered.
        address: String,
        /// What was strange about it.
        what: String,
    },
    /// The operation was accepted, and failed.
    #[error("operation {operation} {verb}: {message}")]
    OperationFailed {
        /// Id of the operation.
        operation: String,
        /// Failed or superseded, as a verb phrase.
        verb: &'static str,
        /// The plane's stable word for it.
        code: String,
        /// What happened.
        message: String,
    },
    /// The audit was changed behind the plane's back.
    #[error("the audit is broken at record {number}: {what}")]
    AuditBroken {
        /// The first record that is not as it was written.
        number: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The person said no.
    #[error("nothing was changed")]
    Declined,
    /// Ctrl-C while an operation was watched.
    #[error("no longer watching; operation {0} goes on")]
    Interrupted(String),
    /// The configuration file cannot be used.
    #[error("configuration file {}: {problem}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The terminal cannot be read or written.
    #[error("use the terminal")]
    Terminal(#[from] std::io::Error),
}

/// What the plane says when it refuses: its `extensions` with the sentence for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refusal {
    /// One of the documented codes.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The rest of `extensions`.
    pub details: Map<String, Value>,
    /// Where the command's own flags differ from the plane's fields: beginning of field → flag.
    pub flags: &'static [(&'static str, &'static str)],
}

impl Refusal {
    /// After how long the same may be asked for again, if it only came too soon.
    pub fn wait(&self) -> Option<Duration> {
        let told = self.details.get("retryAfter").filter(|_| self.code == "TOO_MANY")?;
        let seconds = told.as_u64().or_else(|| told.as_str()?.parse().ok())?;
        Some(Duration::from_secs(seconds))
    }
}

/// One field that the plane does not accept.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FieldProblem {
    /// Path of the field, as in `parameters.maxmemory`.
    pub field: String,
    /// Stable word for what is wrong.
    #[serde(default)]
    pub problem: String,
    /// The same as a sentence.
    #[serde(default)]
    pub message: String,
}

impl Refusal {
    /// The fields that are wrong, all at once.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let given = self.details.get("problems").cloned().unwrap_or(Value::Null);
        if let Ok(problems) = serde_json::from_value::<Vec<FieldProblem>>(given)
            && !problems.is_empty()
        {
            return problems;
        }
        let alone = serde_json::from_value::<FieldProblem>(Value::Object(self.details.clone()));
        alone.into_iter().collect()
    }

    /// How the field is called on the command line.
    pub fn flag(&self, field: &str) -> String {
        let field = field.strip_prefix("input.").unwrap_or(field);
        let field = field.strip_prefix("order.").unwrap_or(field);
        let field = field.strip_prefix("change.").unwrap_or(field);
        for (prefix, flag) in self.flags {
            if let Some(rest) = field.strip_prefix(prefix) {
                return format!("{flag}{rest}");
            }
        }
        field.to_owned()
    }
}

impl From<StructureError> for Error {
    fn from(error: StructureError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Error {
    /// How the program ends because of it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::NotSignedIn => Exit::Unauthenticated,
            Self::Refused(refusal) => Exit::of_code(&refusal.code),
            Self::Unreachable { .. } => Exit::Unavailable,
            Self::OperationFailed { .. } => Exit::OperationFailed,
            Self::Interrupted(_) => Exit::Interrupted,
            Self::Strange { .. }
            | Self::AuditBroken { .. }
            | Self::Declined
            | Self::Config { .. }
            | Self::Terminal(_) => Exit::Other,
        }
    }

    /// A stable word: the plane's where it refused, else one of ours.
    pub fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "USAGE",
            Self::NotSignedIn => "UNAUTHENTICATED",
            Self::Refused(refusal) => &refusal.code,
            Self::Unreachable { .. } => "UNREACHABLE",
            Self::Strange { .. } => "STRANGE_ANSWER",
            Self::OperationFailed { .. } => "OPERATION_FAILED",
            Self::AuditBroken { .. } => "AUDIT_BROKEN",
            Self::Declined => "DECLINED",
            Self::Interrupted(_) => "INTERRUPTED",
            Self::Config { .. } => "CONFIG",
            Self::Terminal(_) => "TERMINAL",
        }
    }

    /// What to do about it, where the message does not say it already.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::NotSignedIn => {
                Some("Run `cellplane sign-in` with a link from the plane's start or portal.".into())
            }
            Self::Unreachable { .. } => {
                Some("Is the plane running, and is the address right? Then try again.".into())
            }
            Self::Strange { .. } => Some("Check the address given at sign-in.".into()),
            Self::OperationFailed { operation, .. } => {
                Some(format!("See what happened: cellplane logs {operation}"))
            }
            Self::Interrupted(operation) => {
                Some(format!("Watch again: cellplane logs {operation} --follow"))
            }
            Self::Refused(refusal) => advice_on(refusal),
            _ => None,
        }
    }

    /// The text for people, on several lines.
    pub fn for_people(&self) -> String {
        // clap's own texts say "error:" already.
        let mut text = match self {
            Self::Usage(message) if message.starts_with("error:") => message.trim_end().to_owned(),
            _ => format!("error: {}", self.chain()),
        };
        if let Self::Refused(refusal) = self {
            for problem in refusal.problems() {
                let flag = refusal.flag(&problem.field);
                let _ = write!(text, "\n  {flag}: {}", sentence(&problem));
            }
            let _ = write!(text, "\n  code: {}", refusal.code);
        }
        if let Self::OperationFailed { code, .. } = self {
            let _ = write!(text, "\n  code: {code}");
        }
        if let Some(advice) = self.advice() {
            let _ = write!(text, "\n  {advice}");
        }
        text.push('\n');
        text
    }

    /// The form for programs, the same facts.
    pub fn for_programs(&self) -> Value {
        let mut error = Map::new();
        if let Self::Refused(refusal) = self {
            error.clone_from(&refusal.details);
            let problems: Vec<Value> = refusal
                .problems()
                .iter()
                .map(|one| {
                    json!({
                        "field": one.field,
                        "flag": refusal.flag(&one.field),
                        "problem": one.problem,
                        "message": one.message,
                    })
                })
                .collect();
            if !problems.is_empty() {
                error.insert("problems".into(), problems.into());
            }
        }
        if let Self::OperationFailed { operation, code, .. } = self {
            error.insert("operation".into(), json!(operation));
            error.insert("problem".into(), json!(code));
        }
        if let Self::Interrupted(operation) = self {
            error.insert("operation".into(), json!(operation));
        }
        error.insert("code".into(), json!(self.code()));
        error.insert("message".into(), json!(self.chain().trim()));
        error.insert("exitCode".into(), json!(self.exit().number()));
        if let Some(advice) = self.advice() {
            error.insert("advice".into(), json!(advice));
        }
        json!({ "error": error })
    }

    /// Names the command's flags for the fields the plane may complain about.
    #[must_use]
    pub fn at_flags(mut self, flags: &'static [(&'static str, &'static str)]) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.flags = flags;
        }
        self
    }

    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let said = error.to_string();
            // Libraries like to repeat their sources.
            if !text.contains(&said) {
                let _ = write!(text, ": {said}");
            }
            cause = error.source();
        }
        text
    }
}

fn sentence(problem: &FieldProblem) -> &str {
    if problem.message.is_empty() { &problem.problem } else { &problem.message }
}

fn advice_on(refusal: &Refusal) -> Option<String> {
    let detail = |key: &str| match refusal.details.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(other) => Some(other.to_string()),
    };
    match refusal.code.as_str() {
        "UNAUTHENTICATED" => Some("Sign in again: cellplane sign-in".into()),
        "FORBIDDEN" => {
            detail("action").map(|action| format!("Your roles do not allow {action} here."))
        }
        "NOT_FOUND" => {
            Some("Check the name; a name in another project needs --project or the id.".into())
        }
        "OUTDATED" => Some(
            "Run the command again: package, price or cell have changed since the preview.".into(),
        ),
        "LIMIT_REACHED" => {
            let place = detail("at").map(|at| format!(" at {at}")).unwrap_or_default();
            Some(format!("{} of {} are used{place}.", detail("used")?, detail("limit")?))
        }
        "APPROVAL_NEEDED" => {
            let id = detail("approval")?;
            Some(format!("See what becomes of it: cellplane approval show {id}"))
        }
        "TOO_MANY" => detail("retryAfter").map(|wait| format!("Try again in {wait} s.")),
        "INTERNAL" => detail("requestId").map(|id| format!("Tell the operator this number: {id}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
