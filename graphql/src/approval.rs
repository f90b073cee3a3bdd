//! What was asked for and takes an approval.

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, SimpleObject};
use control_plane_core::approval::ahead::Ahead;
use control_plane_core::approval::{self, Approval as Asked, Filter, Value as Given};
use policies::role::Node as Place;
use types::id::ApprovalId;

use crate::approval_rule::{
    self, ApprovalRule, ApprovalRuleInput, Covered, CreateApprovalRuleInput,
};
use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::instance::Instance;
use crate::loader::TitleOf;
use crate::offering::Plan;
use crate::operation::Operation;
use crate::page;
use crate::scalar::{DateTime, Decimal};

/// Where something stands that takes an approval.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "control_plane_core::approval::State")]
pub enum ApprovalState {
    /// Waits for those who approve.
    Open,
    /// Was approved and done.
    Performed,
    /// Somebody who approves said no.
    Rejected,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
    /// Could not be done any more as it was asked for.
    Outdated,
}

/// What happened to something that was asked for.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "control_plane_core::approval::EntryKind")]
#[expect(missing_docs, reason = "described in control_plane_store::words")]
pub enum ApprovalEntryKind {
    Asked,
    Approved,
    Commented,
    Rejected,
    Withdrawn,
    Expired,
    Outdated,
}

/// A mutation that was asked for and takes an approval.
pub struct Approval(pub Asked);

/// Something that happened to it.
pub struct ApprovalEntry(approval::Entry);

/// A rule that it has to satisfy.
#[derive(SimpleObject)]
pub struct ApprovalNeed {
    /// The rule, which may be gone
    rule: ID,
    /// The tenant, organization or project where it stands: who approves there decides
    at: ID,
    /// How many people have to approve
    approvers: i32,
    /// How many of those who approved so far may still approve there
    given: i32,
}

/// A rule that would make what is previewed wait.
#[derive(SimpleObject)]
pub struct ApprovalAhead {
    /// The tenant, organization or project where it stands: who approves there decides
    at: ID,
    /// How many other people have to approve
    approvers: i32,
}

impl From<Ahead> for ApprovalAhead {
    fn from(ahead: Ahead) -> Self {
        Self { at: ahead.node.to_string().into(), approvers: ahead.approvers }
    }
}

/// A parameter that is given or that changes. Secret values are masked.
#[derive(SimpleObject)]
pub struct ApprovalValue {
    parameter: String,
    before: Option<Json<serde_json::Value>>,
    after: Option<Json<serde_json::Value>>,
}

/// What it would cost, when it was asked for.
#[derive(SimpleObject)]
pub struct ApprovalPrice {
    currency: String,
    /// While it runs, before tax; a month is 30 × 24 hours
    per_month: Decimal,
}

#[Object]
impl ApprovalEntry {
    async fn kind(&self) -> ApprovalEntryKind {
        self.0.kind.into()
    }

    /// Title of who did it; null: it ended by itself
    async fn by(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match self.0.subject_id {
            Some(subject) => context::load(ctx, TitleOf(subject)).await,
            None => Ok(None),
        }
    }

    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }

    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }
}

#[Object]
impl Approval {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<ApprovalState> {
        Ok(self.0.state(context::call(ctx)?.now()).into())
    }

    /// What was asked for
    async fn mutation(&self) -> Covered {
        self.0.row.mutation.into()
    }

    /// The project that it is about
    async fn project(&self) -> ID {
        self.0.row.project_id.into()
    }

    /// Title of the project, if it is still there
    async fn project_title(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let standing = context::call(ctx)?.standing().await?;
        Ok(standing.tree.project(self.0.row.project_id).map(|row| row.title.clone()))
    }

    /// Name of the instance that it is about
    async fn name(&self) -> &str {
        &self.0.row.name
    }

    /// The instance that it is about, or that it made, if the viewer may see it
    async fn instance(&self, ctx: &Context<'_>) -> Result<Option<Instance>> {
        let Some(id) = self.0.row.instance_id else { return Ok(None) };
        Ok(context::load(ctx, id).await?.map(Instance))
    }

    /// The operation that it began, if the viewer may see it
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        let Some(id) = self.0.row.operation_id else { return Ok(None) };
        Ok(context::load(ctx, id).await?.map(Operation))
    }

    async fn package(&self) -> &str {
        &self.0.summary.package
    }

    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<Plan>> {
        Ok(context::load(ctx, self.0.summary.plan).await?.map(Plan))
    }

    async fn topology(&self) -> &str {
        &self.0.summary.topology
    }

    async fn software_version(&self) -> &str {
        &self.0.summary.software_version
    }

    /// How many members it has
    async fn members(&self) -> i32 {
        i32::try_from(self.0.summary.members).unwrap_or(i32::MAX)
    }

    async fn price(&self) -> ApprovalPrice {
        let summary = &self.0.summary;
        let per_month = Decimal(summary.per_month.clone());
        ApprovalPrice { currency: summary.currency.clone(), per_month }
    }

    /// What is given that differs from the defaults, or what changes
    async fn values(&self) -> Vec<ApprovalValue> {
        let value = |it: &Given| ApprovalValue {
            parameter: it.parameter.clone(),
            before: it.before.clone().map(Json),
            after: it.after.clone().map(Json),
        };
        self.0.summary.values.iter().map(value).collect()
    }

    /// Title of who asked
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.row.requested_by)).await?.unwrap_or_default())
    }

    async fn requested_at(&self) -> DateTime {
        DateTime(self.0.row.created_at)
    }

    /// Until when it can be approved
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.row.expires_at)
    }

    /// When it was decided
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.row.ended_at.map(DateTime)
    }

    /// Why it could not be done any more
    async fn problem(&self) -> Option<&str> {
        self.0.row.problem.as_deref()
    }

    /// The rules that it has to satisfy
    async fn needs(&self, ctx: &Context<'_>) -> Result<Vec<ApprovalNeed>> {
        let standing = context::call(ctx)?.standing().await?;
        let who = self.0.approvers();
        let need = |need: &approval::Need| ApprovalNeed {
            rule: need.rule_id.into(),
            at: need.node.clone().into(),
            approvers: need.approvers,
            given: i32::try_from(Asked::given(need, &who, &standing)).unwrap_or(i32::MAX),
        };
        Ok(self.0.needs.iter().map(need).collect())
    }

    /// What happened to it, in order
    async fn history(&self) -> Vec<ApprovalEntry> {
        self.0.entries.iter().cloned().map(ApprovalEntry).collect()
    }

    /// Whether the viewer asked for it
    async fn is_own(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.row.requested_by == context::call(ctx)?.caller().subject)
    }

    /// Whether the viewer can approve or reject it now
    async fn viewer_can_decide(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.can_decide(context::call(ctx)?).await?)
    }
}

/// Something that waits for an approval
#[derive(InputObject)]
pub struct ApprovalInput {
    /// What was asked for
    approval: ID,
    /// Why; at most 500 characters
    comment: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// Something that waits for an approval, and what is to be said about it
#[derive(InputObject)]
pub struct ApprovalCommentInput {
    /// What was asked for
    approval: ID,
    /// At most 500 characters
    comment: String,
    /// New for each request
    idempotency_key: String,
}

/// Rules, and what waits by them.
#[derive(Default)]
pub struct ApprovalQuery;

#[Object]
impl ApprovalQuery {
    /// What the viewer asked for or decides, the newest first; `isOwn` is only one or the other
    async fn approvals(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        state: Option<ApprovalState>,
        at: Option<ID>,
        is_own: Option<bool>,
    ) -> Result<Connection<Approval>> {
        let had_after = after.is_some();
        let page = page::page(first, after)?;
        let at = at.map(|at| context::id::<Place>(&at, "node")).transpose()?;
        let filter = Filter { state: state.map(Into::into), projects: None, is_own };
        let paged = approval::list(context::call(ctx)?, at, filter, &page).await?;
        let cursor = |asked: &Asked| control_plane_core::page::Sorted::cursor(&asked.row);
        Ok(page::connection_by(paged, had_after, cursor, Approval))
    }

    /// One thing that was asked for
    async fn approval(&self, ctx: &Context<'_>, id: ID) -> Result<Approval> {
        get(ctx, context::id(&id, "approval")?).await
    }

    /// What takes an approval: rules where the viewer sets them or approves, the newest first
    async fn approval_rules(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<ID>,
    ) -> Result<Connection<ApprovalRule>> {
        approval_rule::list(ctx, first, after, at).await
    }
}

/// What can be decided, and by which rules.
#[derive(Default)]
pub struct ApprovalMutation;

#[Object]
impl ApprovalMutation {
    /// Approves what somebody else asked for. The last approval that was needed does it
    async fn give_approval(&self, ctx: &Context<'_>, input: ApprovalInput) -> Result<Approval> {
        let (call, id) = (context::call(ctx)?, context::id(&input.approval, "approval")?);
        let comment = input.comment.as_deref();
        get(ctx, approval::approve(call, id, comment, &input.idempotency_key).await?).await
    }

    /// Rejects what somebody else asked for, and says why
    async fn reject_approval(
        &self,
        ctx: &Context<'_>,
        input: ApprovalCommentInput,
    ) -> Result<Approval> {
        let (call, id) = (context::call(ctx)?, context::id(&input.approval, "approval")?);
        get(ctx, approval::reject(call, id, &input.comment, &input.idempotency_key).await?).await
    }

    /// Takes back what the viewer asked for
    async fn withdraw_approval(&self, ctx: &Context<'_>, input: ApprovalInput) -> Result<Approval> {
        let (call, id) = (context::call(ctx)?, context::id(&input.approval, "approval")?);
        let comment = input.comment.as_deref();
        get(ctx, approval::withdraw(call, id, comment, &input.idempotency_key).await?).await
    }

    /// Says something about what waits
    async fn comment_on_approval(
        &self,
        ctx: &Context<'_>,
        input: ApprovalCommentInput,
    ) -> Result<Approval> {
        let (call, id) = (context::call(ctx)?, context::id(&input.approval, "approval")?);
        get(ctx, approval::comment(call, id, &input.comment, &input.idempotency_key).await?).await
    }

    /// Makes something take an approval, at a node and below
    async fn create_approval_rule(
        &self,
        ctx: &Context<'_>,
        input: CreateApprovalRuleInput,
    ) -> Result<ApprovalRule> {
        approval_rule::create(ctx, input).await
    }

    /// Deletes a rule; what waits by it is out of date. Answers its id
    async fn delete_approval_rule(
        &self,
        ctx: &Context<'_>,
        input: ApprovalRuleInput,
    ) -> Result<ID> {
        approval_rule::delete(ctx, input).await
    }
}

async fn get(ctx: &Context<'_>, id: ApprovalId) -> Result<Approval> {
    Ok(Approval(approval::get(context::call(ctx)?, id).await?))
}
