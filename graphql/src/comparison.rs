//! Configurations side by side.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use control_plane_core::comparison::{self, Request, Row};

use crate::batch::SelectionInput;
use crate::configuration::ParameterValue;
use crate::context;
use crate::error::Result;
use crate::instance::Instance;
use crate::offering::Text;

/// What is compared: instances of one package, or one instance and a template of its package
#[derive(InputObject)]
pub struct CompareInput {
    /// Ids or names, at most 20
    pub instances: Vec<ID>,
    /// Where names are looked up: id or name
    pub project: Option<String>,
    /// A template beside the only instance
    pub template: Option<String>,
    /// Parameters that do not differ, too
    #[graphql(default)]
    pub all: bool,
}

/// Configurations side by side.
#[derive(SimpleObject)]
pub struct Comparison {
    /// The first columns, in the order they were asked for
    instances: Vec<Instance>,
    /// The last column, if it was asked for
    template: Option<String>,
    /// By name
    parameters: Vec<ComparedParameter>,
}

/// One parameter in all columns.
#[derive(SimpleObject)]
pub struct ComparedParameter {
    parameter: String,
    title: Option<Text>,
    differs: bool,
    /// One for each column; null where the parameter does not exist
    values: Vec<Option<ParameterValue>>,
}

impl From<Row> for ComparedParameter {
    fn from(row: Row) -> Self {
        let values = row.values.into_iter().map(|value| value.map(ParameterValue::from));
        Self {
            parameter: row.parameter,
            title: row.title.as_ref().map(Text::from),
            differs: row.differs,
            values: values.collect(),
        }
    }
}

/// Compares. Changes nothing.
pub async fn compare(ctx: &Context<'_>, input: CompareInput) -> Result<Comparison> {
    let selection = SelectionInput {
        instances: Some(input.instances),
        project: input.project,
        organization: None,
        package: None,
    };
    let selection = selection.resolve(ctx).await?;
    let request = Request { selection, template: input.template, all: input.all };
    let found = comparison::compare(context::call(ctx)?, &request).await?;
    Ok(Comparison {
        instances: found.instances.into_iter().map(Instance).collect(),
        template: found.template,
        parameters: found.rows.into_iter().map(ComparedParameter::from).collect(),
    })
}
