//! The same work on many instances.

use async_graphql::{Context, Enum, ID, InputObject, Json, ServerError, SimpleObject};
use control_plane_core::batch::{self, BatchRequest, Refused, Work};
use control_plane_core::configuration::change::Wanted;
use control_plane_core::error::{Error, ErrorCode, FieldProblem as Problem};
use control_plane_core::selection::Selection;
use serde_json::Value;
use types::instance::Wish;

use crate::approval::ApprovalAhead;
use crate::configuration::{Apply, OwnValue, ParameterChange, values};
use crate::context;
use crate::error::Result;
use crate::inside::text;
use crate::instance::{Instance, Member};
use crate::operation::Operation;

/// Which instances: named ones, or all of a project or organization
#[derive(InputObject, Default)]
pub struct SelectionInput {
    /// Ids or names, at most 100
    pub instances: Option<Vec<ID>>,
    /// Where names are looked up; without names, all of its instances: id or name
    pub project: Option<String>,
    /// The same for an organization and all below it: id or name
    pub organization: Option<String>,
    /// Only those of this package
    pub package: Option<String>,
}

/// What is to be done to each instance
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchWork {
    /// Change its configuration
    Change,
    /// Start it
    Start,
    /// Stop it
    Stop,
}

/// The same work on many instances
#[derive(InputObject)]
pub struct BatchInput {
    /// The instances
    pub selection: SelectionInput,
    /// The work
    pub work: BatchWork,
    /// For a change: object of parameter → new value; null: back to the default
    pub parameters: Option<Json<Value>>,
    /// For a change: template of the package to take the values of; parameters win
    pub template: Option<String>,
    /// Let the template replace the instances' own values too
    #[graphql(default)]
    pub replace_own: bool,
}

/// Work on many instances that was previewed
#[derive(InputObject)]
pub struct ApplyBatchInput {
    /// The same as previewed
    pub batch: BatchInput,
    /// From the preview
    pub preview_token: String,
    /// Why, for the histories; at most 500 characters
    pub reason: Option<String>,
    /// New for each request. Sent again after it was cut off, it goes on where it was
    pub idempotency_key: String,
}

/// What would be done to many instances.
#[derive(SimpleObject)]
pub struct BatchPreview {
    token: String,
    /// Every selected instance
    items: Vec<BatchItem>,
}

/// What would be done to one instance, or why it is left out.
#[derive(SimpleObject)]
pub struct BatchItem {
    instance: Instance,
    changes: Vec<ParameterChange>,
    /// null: nothing changes
    apply: Option<Apply>,
    /// Members that would be restarted, in this order, one at a time
    restarts: Vec<Member>,
    /// Own values that stand against the template's
    own_values: Vec<OwnValue>,
    /// Why it is left out
    refusal: Option<Refusal>,
    /// Rules that make it wait for others; empty: it is done at once
    approvals: Vec<ApprovalAhead>,
}

/// What became of many instances.
#[derive(SimpleObject)]
pub struct BatchPayload {
    items: Vec<BatchOutcome>,
}

/// What became of one instance: an operation, or the reason why there is none.
#[derive(SimpleObject)]
pub struct BatchOutcome {
    instance: Option<Instance>,
    operation: Option<Operation>,
    refusal: Option<Refusal>,
}

/// Why one instance was left out; as the error of a request about it alone would say.
#[derive(SimpleObject)]
pub struct Refusal {
    /// Stable, as in extensions.code
    code: String,
    /// Stable word beside the code of a conflict
    why: Option<String>,
    /// What was wrong and what to do
    message: String,
    problems: Vec<FieldProblem>,
    /// What waits, of something that takes an approval
    approval: Option<ID>,
}

/// What is wrong with one field.
#[derive(SimpleObject)]
pub struct FieldProblem {
    field: String,
    problem: String,
    message: String,
}

impl Refusal {
    /// What the error of a request about one thing alone says.
    pub fn told(code: ErrorCode, error: &ServerError) -> Self {
        let extensions = error.extensions.as_ref();
        let problems = extensions.and_then(|found| found.get("problems")).cloned();
        let problems = problems.and_then(|list| list.into_json().ok()).unwrap_or_default();
        let problems: Vec<Problem> = serde_json::from_value(problems).unwrap_or_default();
        let (why, approval) = (text(error, "why"), text(error, "approval").map(ID::from));
        let (code, message) = (code.to_string(), error.message.clone());
        let problems = problems.into_iter().map(FieldProblem::from).collect();
        Self { code, why, message, problems, approval }
    }

    /// Of something that stands in the way.
    pub fn conflict(why: &str, message: String) -> Self {
        let (code, why) = (ErrorCode::Conflict.to_string(), Some(why.to_owned()));
        Self { code, why, message, problems: Vec::new(), approval: None }
    }
}

impl From<Problem> for FieldProblem {
    fn from(Problem { field, problem, message }: Problem) -> Self {
        Self { field, problem, message }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self {
            code: refused.code,
            why: refused.why,
            message: refused.message,
            problems: refused.problems.into_iter().map(FieldProblem::from).collect(),
            approval: refused.approval.map(ID::from),
        }
    }
}

impl SelectionInput {
    /// The same for the core.
    pub async fn resolve(self, ctx: &Context<'_>) -> Result<Selection> {
        let project = match &self.project {
            None => None,
            Some(project) => Some(crate::project::find(ctx, project).await?.id),
        };
        let organization = match &self.organization {
            None => None,
            Some(organization) => Some(crate::organization::find(ctx, organization).await?.id),
        };
        let instances = match self.instances {
            // Nobody in a list is nobody, and not everybody.
            Some(named) if named.is_empty() => {
                let message = "name an instance, or leave the list out";
                return Err(Error::invalid("instances", "required", message).into());
            }
            named => named.unwrap_or_default().into_iter().map(|id| id.0).collect(),
        };
        Ok(Selection { instances, project, organization, package: self.package })
    }
}

impl BatchInput {
    async fn request(self, ctx: &Context<'_>) -> Result<BatchRequest> {
        let parameters = match self.parameters {
            None => Default::default(),
            Some(given) => values(given)?,
        };
        let is_change = self.work == BatchWork::Change;
        if !is_change && (!parameters.is_empty() || self.template.is_some()) {
            let message = "values are for a change; to start or stop needs none";
            return Err(Error::invalid("parameters", "not_allowed", message).into());
        }
        let (template, replace_own) = (self.template, self.replace_own);
        let work = match self.work {
            BatchWork::Change => {
                Work::Change(Wanted { parameters, restore: None, template, replace_own })
            }
            BatchWork::Start => Work::Wish(Wish::Running),
            BatchWork::Stop => Work::Wish(Wish::Stopped),
        };
        Ok(BatchRequest { selection: self.selection.resolve(ctx).await?, work })
    }
}

/// What would be done. Changes nothing.
pub async fn preview(ctx: &Context<'_>, input: BatchInput) -> Result<BatchPreview> {
    let request = input.request(ctx).await?;
    let preview = batch::preview(context::call(ctx)?, &request).await?;
    let items = preview.items.into_iter().map(|item| {
        let name = item.instance.name.clone();
        let named = |row| Member::new(row, name.clone());
        let refusal = item.refusal.as_ref().map(|refusal| Refused::from(refusal).into());
        let (apply, changes, restarts, own_values) = match item.change {
            None => Default::default(),
            Some(change) => (change.apply, change.changes, change.restarts, change.own_values),
        };
        BatchItem {
            instance: Instance(item.instance),
            changes: changes.into_iter().map(ParameterChange::from).collect(),
            apply: apply.map(Apply::from),
            restarts: restarts.into_iter().map(named).collect(),
            own_values: own_values.into_iter().map(OwnValue::from).collect(),
            refusal,
            approvals: item.approvals.into_iter().map(ApprovalAhead::from).collect(),
        }
    });
    Ok(BatchPreview { token: preview.token, items: items.collect() })
}

/// Does what was previewed.
pub async fn apply(ctx: &Context<'_>, input: ApplyBatchInput) -> Result<BatchPayload> {
    let request = input.batch.request(ctx).await?;
    let (token, key) = (&input.preview_token, &input.idempotency_key);
    let call = context::call(ctx)?;
    let outcomes = batch::apply(call, &request, input.reason.as_deref(), token, key).await?;
    let ids: Vec<_> = outcomes.iter().map(|outcome| outcome.instance).collect();
    let instances = control_plane_core::instance::by_ids(call, &ids).await?;
    let operations: Vec<_> =
        outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok().copied()).collect();
    let operations = control_plane_core::operation::by_ids(call, &operations).await?;
    let items = outcomes.into_iter().map(|outcome| {
        let instance = instances.iter().find(|row| row.id == outcome.instance).cloned();
        let (operation, refusal) = match outcome.result {
            Ok(id) => (operations.iter().find(|row| row.id == id).cloned(), None),
            Err(refused) => (None, Some(refused.into())),
        };
        let (instance, operation) = (instance.map(Instance), operation.map(Operation));
        BatchOutcome { instance, operation, refusal }
    });
    Ok(BatchPayload { items: items.collect() })
}
