//! Operations: steps, logs, outcome.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use control_plane_core::cell::view::Glance;
use control_plane_core::error::Error;
use control_plane_core::instance::Member;
use control_plane_core::operation::waiting;
use control_plane_core::operation::{self, LINES_MAX, Operation as Row, OperationLog};
use types::operation::Step as StepSeen;

use crate::context;
use crate::error::Result;
use crate::instance::Instance;
use crate::loader::{MembersOf, TitleOf};
use crate::scalar::DateTime;
use crate::waiting::Waiting;

/// A tracked run of work.
pub struct Operation(pub Row);

/// What kind of work.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "types::operation::OperationKind")]
#[expect(missing_docs, reason = "described in types::operation")]
pub enum OperationKind {
    Install,
    Change,
    Start,
    Stop,
    Delete,
}

/// Where an operation stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "types::operation::OperationState")]
#[expect(missing_docs, reason = "described in types::operation")]
pub enum OperationState {
    Pending,
    Running,
    Succeeded,
    Failed,
    Superseded,
}

/// Where a step stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "types::operation::StepState")]
#[expect(missing_docs, reason = "described in types::operation")]
pub enum StepState {
    Pending,
    Running,
    Succeeded,
    Failed,
    Skipped,
}

/// A step of an operation.
#[derive(SimpleObject)]
pub struct Step {
    ordinal: i32,
    /// Stable word, e.g. write-configuration
    name: String,
    /// The member's id; null for the instance as a whole
    member: Option<String>,
    /// The member's name, e.g. shop-cache-0
    member_name: Option<String>,
    state: StepState,
    started_at: Option<DateTime>,
    ended_at: Option<DateTime>,
}

/// A line of an operation's log.
#[derive(SimpleObject)]
pub struct LogLine {
    number: i32,
    step: i32,
    at: DateTime,
    text: String,
}

/// Why something did not work.
#[derive(SimpleObject)]
pub struct Problem {
    code: String,
    message: String,
}

/// An operation with the log lines that are new.
#[derive(SimpleObject)]
pub struct OperationProgress {
    /// As it is now
    pub operation: Operation,
    /// Lines behind the last one sent
    pub lines: Vec<LogLine>,
}

impl Step {
    fn new(step: StepSeen, instance: &str, members: &[Member]) -> Self {
        let member = members.iter().find(|member| Some(member.id) == step.member);
        Self {
            ordinal: step.ordinal,
            name: step.name,
            member: step.member.map(|member| member.to_string()),
            member_name: member.map(|member| format!("{instance}-{}", member.ordinal)),
            state: step.state.into(),
            started_at: step.started_at.map(DateTime),
            ended_at: step.ended_at.map(DateTime),
        }
    }
}

impl From<OperationLog> for LogLine {
    fn from(row: OperationLog) -> Self {
        Self {
            number: i32::try_from(row.number).unwrap_or(i32::MAX),
            step: row.step,
            at: DateTime(row.at),
            text: row.text,
        }
    }
}

#[Object]
impl Operation {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn kind(&self) -> OperationKind {
        self.0.kind.into()
    }

    async fn state(&self) -> OperationState {
        self.0.state.into()
    }

    async fn instance(&self, ctx: &Context<'_>) -> Result<Instance> {
        let row = context::load(ctx, self.0.instance_id).await?;
        Ok(Instance(row.ok_or(Error::NotFound { what: "instance" })?))
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn created_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.created_by)).await?.unwrap_or_default())
    }

    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(DateTime)
    }

    async fn deadline(&self) -> DateTime {
        DateTime(self.0.deadline)
    }

    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<Step>> {
        let steps = operation::steps(&self.0)?;
        let members = context::load(ctx, MembersOf(self.0.instance_id)).await?.unwrap_or_default();
        let instance = context::load(ctx, self.0.instance_id).await?;
        let name = instance.map(|instance| instance.name).unwrap_or_default();
        Ok(steps.into_iter().map(|step| Step::new(step, &name, &members)).collect())
    }

    /// What it waits for; null once it has ended
    async fn waiting_for(&self, ctx: &Context<'_>) -> Result<Option<Waiting>> {
        if self.0.state.is_final() {
            return Ok(None);
        }
        let cell: Option<Glance> = context::load(ctx, self.0.cell_id).await?;
        let instance = context::load(ctx, self.0.instance_id).await?;
        let wanted = instance.map(|instance| instance.revision).unwrap_or_default();
        let now = context::call(ctx)?.now();
        Ok(waiting::judge(&self.0, cell.as_ref(), wanted, now).map(Waiting::from))
    }

    /// Log lines after the given number, at most `first` (500)
    async fn log(
        &self,
        ctx: &Context<'_>,
        after_line: Option<i32>,
        first: Option<i32>,
    ) -> Result<Vec<LogLine>> {
        let first = first.map_or(LINES_MAX, |first| u64::try_from(first).unwrap_or(0));
        let after = i64::from(after_line.unwrap_or(0));
        let lines = operation::log(context::call(ctx)?, self.0.id, after, first).await?;
        Ok(lines.into_iter().map(LogLine::from).collect())
    }

    async fn problem(&self) -> Option<Problem> {
        let code = self.0.problem_code.clone()?;
        Some(Problem { code, message: self.0.problem_message.clone().unwrap_or_default() })
    }
}
