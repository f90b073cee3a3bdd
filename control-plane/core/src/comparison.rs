//! Configurations side by side: of several instances of one package, or of an instance and a
//! template.

use std::collections::{BTreeMap, BTreeSet};

use catalog::form::{self, Origin};
use catalog::package::Package;
use catalog::text::Text;
use serde_json::Value;

use crate::call::Call;
use crate::configuration::{self, Content, Shown, change};
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::selection::{self, Selection};

/// The most instances side by side.
const MOST: usize = 20;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Request {
    /// The instances.
    pub selection: Selection,
    /// A template of their package beside the only instance.
    pub template: Option<String>,
    /// Parameters that do not differ, too.
    pub all: bool,
}

/// Configurations side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The instances, in the order they were asked for.
    pub instances: Vec<Instance>,
    /// The template beside them.
    pub template: Option<String>,
    /// A row for each parameter, by name.
    pub rows: Vec<Row>,
}

/// One parameter in all columns.
#[derive(Clone, Debug)]
pub struct Row {
    /// The parameter's name.
    pub parameter: String,
    /// For people; none if no package has it any more.
    pub title: Option<Text>,
    /// Whether its values differ.
    pub differs: bool,
    /// Its value in each column, masked if secret; none where it does not exist.
    pub values: Vec<Option<Shown>>,
}

/// One configuration.
struct Column {
    package: &'static Package,
    /// What is compared: the values as they are.
    values: BTreeMap<String, Value>,
    /// What is shown of them.
    shown: BTreeMap<String, Shown>,
    /// A template says nothing about parameters that it does not name.
    is_template: bool,
}

/// Compares. Changes nothing.
pub async fn compare(call: &Call, request: &Request) -> Result<Comparison> {
    let instances = selection::resolve(call, &request.selection).await?;
    admit(&instances, request.template.is_some())?;
    let mut columns = columns(call, &instances).await?;
    if let (Some(name), [instance]) = (&request.template, instances.as_slice()) {
        columns.push(template_column(call, instance, name)?);
    }
    let mut rows = rows(&columns);
    rows.retain(|row| request.all || row.differs);
    Ok(Comparison { instances, template: request.template.clone(), rows })
}

fn admit(instances: &[Instance], has_template: bool) -> Result<()> {
    let refuse = |field, problem, message: String| Err(Error::invalid(field, problem, message));
    let packages: BTreeSet<_> = instances.iter().map(|row| row.package.as_str()).collect();
    if packages.len() > 1 {
        let names = packages.into_iter().collect::<Vec<_>>().join(", ");
        let message = format!("only instances of one package can be compared; these are {names}");
        return refuse("instances", "not_allowed", message);
    }
    if instances.len() > MOST {
        let message = format!("compare at most {MOST} instances at once");
        return refuse("instances", "out_of_range", message);
    }
    match (instances.len(), has_template) {
        (1, true) => Ok(()),
        (_, true) => {
            let message = "a template is compared with one instance".to_owned();
            refuse("template", "not_allowed", message)
        }
        (0 | 1, false) => {
            let message = "name two instances or more, or one and a template".to_owned();
            refuse("instances", "out_of_range", message)
        }
        (_, false) => Ok(()),
    }
}

async fn columns(call: &Call, instances: &[Instance]) -> Result<Vec<Column>> {
    let keys: Vec<_> = instances.iter().map(|row| (row.id, row.configuration_number)).collect();
    let configurations = configuration::by_keys(call, &keys).await?;
    let column = |row: &Instance| -> Result<Column> {
        let stored = configurations.iter().find(|stored| stored.instance_id == row.id);
        let stored = stored.ok_or(Error::NotFound { what: "configuration" })?;
        let package = configuration::package_of(call, row)?;
        let content = configuration::content(call.plane(), stored)?;
        let shown = configuration::shown(package, configuration::size_of(row), &content);
        let shown = shown.into_iter().map(|shown| (shown.parameter.clone(), shown)).collect();
        Ok(Column { package, values: content.values, shown, is_template: false })
    };
    instances.iter().map(column).collect()
}

fn template_column(call: &Call, row: &Instance, name: &str) -> Result<Column> {
    let package = configuration::package_of(call, row)?;
    let values = change::template(package, name, &row.topology, &row.software_version)?;
    let content = Content { values: values.clone(), ..Content::default() };
    let masked = form::shown(package, &content.values).into_iter();
    let origin = Origin::Template(name.to_owned());
    let shown = masked.map(|(parameter, value)| {
        let origin = origin.clone();
        (parameter.clone(), Shown { parameter, value, origin })
    });
    Ok(Column { package, values, shown: shown.collect(), is_template: true })
}

fn rows(columns: &[Column]) -> Vec<Row> {
    let names: BTreeSet<_> = columns.iter().flat_map(|column| column.values.keys()).collect();
    let row = |name: &String| {
        let counted = columns.iter().filter(|it| !it.is_template || it.values.contains_key(name));
        let distinct = counted.map(|column| column.values.get(name));
        let mut distinct: Vec<_> = distinct.collect();
        distinct.dedup();
        let title = columns.iter().find_map(|column| column.package.parameters().get(name));
        Row {
            parameter: name.clone(),
            title: title.map(|parameter| parameter.title.clone()),
            differs: distinct.len() > 1,
            values: columns.iter().map(|column| column.shown.get(name).cloned()).collect(),
        }
    };
    names.into_iter().map(row).collect()
}
