//! Configurations of instances: history, previews, changes.

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, SimpleObject};
use catalog::form::{Note as StoredNote, Origin as Source, OwnValue as StoredOwnValue};
use catalog::recipe::Apply as Way;
use control_plane_core::configuration::change::{self, ChangeRequest, Wanted};
use control_plane_core::configuration::{self, Configuration as Row, Difference, Shown, Values};
use control_plane_core::error::Error;
use control_plane_core::instance::Instance as InstanceRow;
use serde_json::Value;

use crate::approval::ApprovalAhead;
use crate::context;
use crate::error::Result;
use crate::instance::Member;
use crate::loader::{ConfigurationOf, TitleOf};
use crate::offering::Text;
use crate::operation::Operation;
use crate::scalar::DateTime;

/// A configuration of an instance.
pub struct Configuration {
    /// The row.
    pub row: Row,
    /// Whose it is.
    pub instance: InstanceRow,
}

/// How a changed parameter reaches a running instance
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Apply {
    /// Nobody notices
    Hot,
    /// By a rolling restart
    Restart,
}

impl From<Way> for Apply {
    fn from(way: Way) -> Self {
        match way {
            Way::Hot => Self::Hot,
            Way::Restart => Self::Restart,
        }
    }
}

/// Where a value comes from
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The one that the parameter has unless another is given
    Default,
    /// A template of the package
    Template,
    /// Given for this instance
    Own,
}

impl From<&Source> for Origin {
    fn from(source: &Source) -> Self {
        match source {
            Source::Default => Self::Default,
            Source::Template(_) => Self::Template,
            Source::Own => Self::Own,
        }
    }
}

/// The name of the template that a value comes from.
fn template_of(source: Source) -> Option<String> {
    match source {
        Source::Template(name) => Some(name),
        Source::Default | Source::Own => None,
    }
}

/// A parameter that differs. Secret values are masked.
#[derive(SimpleObject)]
pub struct ParameterChange {
    parameter: String,
    before: Option<Json<Value>>,
    after: Option<Json<Value>>,
    /// Where the value before came from
    before_origin: Option<Origin>,
    /// Where the value after comes from
    after_origin: Option<Origin>,
    /// The template that the value after comes from
    template: Option<String>,
    apply: Apply,
}

impl From<Difference> for ParameterChange {
    fn from(difference: Difference) -> Self {
        let Difference { change, before, after } = difference;
        Self {
            parameter: change.parameter,
            before: change.before.map(Json),
            after: change.after.map(Json),
            before_origin: before.as_ref().map(Origin::from),
            after_origin: after.as_ref().map(Origin::from),
            template: after.and_then(template_of),
            apply: change.apply.into(),
        }
    }
}

/// A parameter with its value; masked if secret.
#[derive(SimpleObject)]
pub struct ParameterValue {
    parameter: String,
    value: Json<Value>,
    origin: Origin,
    /// The template that the value comes from
    template: Option<String>,
}

impl From<Shown> for ParameterValue {
    fn from(shown: Shown) -> Self {
        Self {
            parameter: shown.parameter,
            value: Json(shown.value),
            origin: (&shown.origin).into(),
            template: template_of(shown.origin),
        }
    }
}

/// A value of the instance's own where a template says otherwise.
#[derive(SimpleObject)]
pub struct OwnValue {
    parameter: String,
    own: Json<Value>,
    template: Json<Value>,
}

impl From<StoredOwnValue> for OwnValue {
    fn from(kept: StoredOwnValue) -> Self {
        let (own, template) = (Json(kept.own), Json(kept.template));
        Self { parameter: kept.parameter, own, template }
    }
}

/// A change of parameters
#[derive(InputObject)]
pub struct ChangeInput {
    /// The instance
    pub instance: ID,
    /// Object of parameter → new value; null: back to the default; what is left out stays
    pub parameters: Json<Value>,
    /// Number of an earlier configuration to bring back, instead of anything else
    pub restore: Option<i32>,
    /// Template of the package to take the values of; parameters given beside it win
    pub template: Option<String>,
    /// Let the template replace the instance's own values too
    #[graphql(default)]
    pub replace_own: bool,
}

/// What a change would do.
#[derive(SimpleObject)]
pub struct ChangePreview {
    token: String,
    changes: Vec<ParameterChange>,
    /// null: nothing changes
    apply: Option<Apply>,
    /// Members that will be restarted, in this order, one at a time
    restarts: Vec<Member>,
    /// Own values of the instance that stand against the template's. While there are any, nothing
    /// is changed, unless replaceOwn says so
    own_values: Vec<OwnValue>,
    /// What is worth knowing of the new values, say when a certificate ends
    notes: Vec<ParameterNote>,
    /// Rules that make it wait for others; empty: it is done at once
    approvals: Vec<ApprovalAhead>,
}

/// Something worth a look at one parameter.
#[derive(SimpleObject)]
pub struct ParameterNote {
    parameter: String,
    message: Text,
}

impl From<StoredNote> for ParameterNote {
    fn from(note: StoredNote) -> Self {
        Self { parameter: note.parameter, message: (&note.message).into() }
    }
}

/// An object of parameters.
pub fn values(given: Json<Value>) -> Result<Values> {
    match given.0 {
        Value::Object(object) => Ok(object.into_iter().collect()),
        _ => {
            Err(Error::invalid("parameters", "wrong_type", "use an object of parameter and value")
                .into())
        }
    }
}

impl ChangeInput {
    /// The same for the core.
    pub fn request(self) -> Result<ChangeRequest> {
        let instance = context::id(&self.instance, "instance")?;
        let wanted = Wanted {
            parameters: values(self.parameters)?,
            restore: self.restore,
            template: self.template,
            replace_own: self.replace_own,
        };
        Ok(ChangeRequest { instance, wanted })
    }
}

/// What a change would do. Changes nothing.
pub async fn preview(ctx: &Context<'_>, input: ChangeInput) -> Result<ChangePreview> {
    let call = context::call(ctx)?;
    let request = input.request()?;
    let preview = change::preview(call, &request).await?;
    let name = control_plane_core::instance::get(call, request.instance).await?.name;
    let named = |row| Member::new(row, name.clone());
    Ok(ChangePreview {
        token: preview.token,
        changes: preview.changes.into_iter().map(ParameterChange::from).collect(),
        apply: preview.apply.map(Apply::from),
        restarts: preview.restarts.into_iter().map(named).collect(),
        own_values: preview.own_values.into_iter().map(OwnValue::from).collect(),
        notes: preview.notes.into_iter().map(ParameterNote::from).collect(),
        approvals: preview.approvals.into_iter().map(ApprovalAhead::from).collect(),
    })
}

#[Object]
impl Configuration {
    /// Counts from 1
    async fn number(&self) -> i32 {
        self.row.number
    }

    /// All parameters; secret values are masked
    async fn parameters(&self, ctx: &Context<'_>) -> Result<Json<Value>> {
        let call = context::call(ctx)?;
        let package = configuration::package_of(call, &self.instance)?;
        let values = configuration::content(call.plane(), &self.row)?.values;
        Ok(Json(Value::Object(catalog::form::shown(package, &values).into_iter().collect())))
    }

    /// All parameters with where their values come from
    async fn values(&self, ctx: &Context<'_>) -> Result<Vec<ParameterValue>> {
        let call = context::call(ctx)?;
        let package = configuration::package_of(call, &self.instance)?;
        let content = configuration::content(call.plane(), &self.row)?;
        let shown = configuration::shown(package, configuration::size_of(&self.instance), &content);
        Ok(shown.into_iter().map(ParameterValue::from).collect())
    }

    /// What differs from the one before
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<ParameterChange>> {
        let call = context::call(ctx)?;
        let package = configuration::package_of(call, &self.instance)?;
        let key = ConfigurationOf(self.row.instance_id, self.row.number - 1);
        let Some(before) = context::load(ctx, key).await? else { return Ok(Vec::new()) };
        let before = configuration::content(call.plane(), &before)?;
        let after = configuration::content(call.plane(), &self.row)?;
        let size = configuration::size_of(&self.instance);
        let differing = configuration::differences(package, size, &before, &after);
        Ok(differing.into_iter().map(ParameterChange::from).collect())
    }

    /// Why it was made, in the words of who made it
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// The number of the earlier one that it brought back
    async fn restored_from(&self) -> Option<i32> {
        self.row.restored_from
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    async fn created_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.row.created_by)).await?.unwrap_or_default())
    }

    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        Ok(context::load(ctx, self.row.operation_id).await?.map(Operation))
    }
}
