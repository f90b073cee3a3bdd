//! Configurations of instances: history, previews, changes.

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, SimpleObject};
use catalog::form;
use catalog::recipe::Apply as Way;
use control_plane_core::configuration::{self, ChangeRequest, Configuration as Row, Values};
use control_plane_core::error::Error;
use control_plane_core::instance::Instance as InstanceRow;
use serde_json::Value;

use crate::context;
use crate::error::Result;
use crate::instance::Member;
use crate::loader::{ConfigurationOf, TitleOf};
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

/// A parameter that differs.
#[derive(SimpleObject)]
pub struct ParameterChange {
    parameter: String,
    before: Option<Json<Value>>,
    after: Option<Json<Value>>,
    apply: Apply,
}

impl From<form::Change> for ParameterChange {
    fn from(change: form::Change) -> Self {
        Self {
            parameter: change.parameter,
            before: change.before.map(Json),
            after: change.after.map(Json),
            apply: change.apply.into(),
        }
    }
}

/// A change of parameters
#[derive(InputObject)]
pub struct ChangeInput {
    /// The instance
    pub instance: ID,
    /// Object of parameter → new value; null: back to the default; what is left out stays
    pub parameters: Json<Value>,
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
        Ok(ChangeRequest { instance, parameters: values(self.parameters)? })
    }
}

/// What a change would do. Changes nothing.
pub async fn preview(ctx: &Context<'_>, input: ChangeInput) -> Result<ChangePreview> {
    let call = context::call(ctx)?;
    let request = input.request()?;
    let preview = configuration::preview(call, &request).await?;
    let name = control_plane_core::instance::get(call, request.instance).await?.name;
    let named = |row| Member::new(row, name.clone());
    Ok(ChangePreview {
        token: preview.token,
        changes: preview.changes.into_iter().map(ParameterChange::from).collect(),
        apply: preview.apply.map(Apply::from),
        restarts: preview.restarts.into_iter().map(named).collect(),
    })
}

#[Object]
impl Configuration {
    /// Counts from 1
    async fn number(&self) -> i32 {
        self.row.number
    }

    async fn parameters(&self) -> Result<Json<Value>> {
        let values = configuration::values(&self.row)?;
        Ok(Json(Value::Object(values.into_iter().collect())))
    }

    /// What differs from the one before
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<ParameterChange>> {
        let package = configuration::package_of(context::call(ctx)?, &self.instance)?;
        let key = ConfigurationOf(self.row.instance_id, self.row.number - 1);
        let Some(before) = context::load(ctx, key).await? else { return Ok(Vec::new()) };
        let (before, after) = (configuration::values(&before)?, configuration::values(&self.row)?);
        Ok(form::changes(package, &before, &after).into_iter().map(ParameterChange::from).collect())
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
