//! The same work on several instances: shows first what would be done to each and which are left
//! out, asks, does it, and follows the operations one after the other.

use graphql_client::query::batch::{
    ApplyBatch, Batch, BatchItem, BatchOutcome, BatchPreview, Refusal, Selection,
};
use graphql_client::query::instance::InstanceNamed;
use graphql_client::query::order::With;
use graphql_client::query::{AskInstanceForm, DoBatch, PreviewBatch};
use serde_json::{Map, Value, json};

use crate::arguments::{SelectionArguments, WaitArguments};
use crate::client::Client;
use crate::command::approval;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::steps;
use crate::table::{self, Column::Left, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

const FLAGS: &[(&str, &str)] = &[
    ("parameters.", ""),
    ("instances", "INSTANCE"),
    ("template", "TEMPLATE"),
    ("reason", "--reason"),
];

/// How work on several instances is done.
pub struct Way {
    /// What it is called in questions: `Change`, `Start`, `Stop`.
    pub verb: &'static str,
    /// The flag that answers yes.
    pub flag: &'static str,
    /// Only show.
    pub preview: bool,
    /// Do not ask.
    pub yes: bool,
    /// Why, for the histories.
    pub reason: Option<String>,
    /// Whether to follow the operations.
    pub wait: WaitArguments,
}

/// Where names are looked up; ids stand alone.
pub fn project(
    program: &Program,
    names: &[String],
    given: Option<String>,
) -> Result<Option<String>> {
    if names.iter().all(|name| name.starts_with("ins_")) {
        return Ok(None);
    }
    program.project(given.as_deref())
}

/// Which instances are meant.
pub fn selection(
    program: &Program,
    names: Vec<String>,
    given: SelectionArguments,
) -> Result<Selection> {
    let SelectionArguments { project: of, all, organization, package } = given;
    match (names.is_empty(), all) {
        (false, true) => Err(Error::Usage("name instances or give --all, not both".to_owned())),
        (true, false) => {
            let told = "name instances, or give --all with --project or --organization";
            Err(Error::Usage(told.to_owned()))
        }
        (true, true) if of.is_none() && organization.is_none() => {
            Err(Error::Usage("--all needs --project or --organization".to_owned()))
        }
        (true, true) => Ok(Selection { instances: None, project: of, organization, package }),
        (false, false) => {
            let project = project(program, &names, of)?;
            Ok(Selection { instances: Some(names), project, organization, package })
        }
    }
}

/// The parameters of all selected packages, as one schema.
pub async fn schema(client: &Client, selection: &Selection) -> Result<Value> {
    let input =
        Batch { selection: selection.clone(), work: "CHANGE".to_owned(), ..Batch::default() };
    let found = client.ask::<PreviewBatch>(&With { input }).await;
    let found = found.map_err(|error| error.at_flags(FLAGS))?;
    let mut properties = Map::new();
    let mut seen = Vec::new();
    for item in found.items {
        if seen.contains(&item.instance.package) {
            continue;
        }
        let named = InstanceNamed { id_or_name: item.instance.id, project: None };
        let form = client.ask::<AskInstanceForm>(&named).await?;
        if let Some(more) = form.parameter_schema["properties"].as_object() {
            properties.extend(more.clone());
        }
        seen.push(item.instance.package);
    }
    Ok(json!({ "properties": properties }))
}

/// Previews, asks and does it.
pub async fn run(program: &Program, client: &Client, batch: Batch, way: Way) -> Result<()> {
    let terminal = &program.terminal;
    let preview = client.ask::<PreviewBatch>(&With { input: batch.clone() }).await;
    let preview = preview.map_err(|error| error.at_flags(FLAGS))?;
    let page = page(terminal.style, &preview);
    let taken = preview.items.iter().filter(|item| item.refusal.is_none()).count();
    if way.preview || (taken == 0 && !way.yes) {
        return terminal.show(&json!({ "preview": preview }), |_| page);
    }
    if way.yes {
        terminal.tell(&page)?;
    } else {
        terminal.note(&page);
        let all = preview.items.len();
        let question = format!("{} {taken} of {all} instances?", way.verb);
        prompt::confirm(terminal, &question, way.flag)?;
    }
    let input = ApplyBatch {
        batch,
        preview_token: preview.token.clone(),
        reason: way.reason,
        idempotency_key: client.new_key(),
    };
    let done = client.ask::<DoBatch>(&With { input }).await;
    let mut items = done.map_err(|error| error.at_flags(FLAGS))?.items;
    let failure =
        if way.wait.follows() { follow(program, client, &mut items).await? } else { None };
    let answer = json!({ "items": items, "preview": preview });
    terminal.show(&answer, |style| outcome_table(style, &items))?;
    failure.map_or(Ok(()), Err)
}

/// Follows each operation to its end; the first that failed is the error of the whole.
async fn follow(
    program: &Program,
    client: &Client,
    items: &mut [BatchOutcome],
) -> Result<Option<Error>> {
    let terminal = &program.terminal;
    let mut failure = None;
    for item in items {
        let (Some(instance), Some(operation)) = (&item.instance, &mut item.operation) else {
            continue;
        };
        terminal.note(&instance.name);
        match steps::follow(client, terminal, &operation.id).await {
            Ok(ended) => operation.state = ended.state,
            Err(error @ Error::OperationFailed { .. }) => {
                operation.state = "FAILED".to_owned();
                failure.get_or_insert(error);
            }
            Err(other) => return Err(other),
        }
    }
    Ok(failure)
}

fn page(style: Style, preview: &BatchPreview) -> String {
    let columns =
        [Left("INSTANCE"), Left("PROJECT"), Left("WHAT"), Wrapped("CHANGES OR LEFT OUT BECAUSE")];
    table::list(style, &columns, preview.items.iter().map(row).collect())
}

fn row(item: &BatchItem) -> Vec<String> {
    let changes = item.changes.iter().map(|change| {
        let side = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| text::NONE.to_owned(), text::value)
        };
        format!("{}: {} → {}", change.parameter, side(&change.before), side(&change.after))
    });
    let (what, told) = match &item.refusal {
        Some(refusal) => ("left out", why(refusal, item)),
        None if !item.approvals.is_empty() => ("waits", {
            let lines = changes.chain([approval::ahead(&item.approvals)]);
            lines.collect::<Vec<_>>().join("\n")
        }),
        None if item.restarts.is_empty() => ("done", changes.collect::<Vec<_>>().join("\n")),
        None => ("restarted", changes.collect::<Vec<_>>().join("\n")),
    };
    let (name, project) = (&item.instance.name, &item.instance.project.name);
    vec![name.clone(), project.clone(), what.to_owned(), told]
}

fn why(refusal: &Refusal, item: &BatchItem) -> String {
    let own = item.own_values.iter().map(|one| {
        let (own, template) = (text::value(&one.own), text::value(&one.template));
        format!("\n{}: {own} of its own, {template} in the template", one.parameter)
    });
    format!("{}{}", refusal.message, own.collect::<String>())
}

fn outcome_table(style: Style, items: &[BatchOutcome]) -> String {
    let columns = [Left("INSTANCE"), Left("OPERATION"), Left("STATE"), Wrapped("LEFT OUT BECAUSE")];
    let row = |item: &BatchOutcome| {
        let none = || text::NONE.to_owned();
        let operation = item.operation.as_ref();
        vec![
            item.instance.as_ref().map_or_else(none, |instance| instance.name.clone()),
            operation.map_or_else(none, |operation| operation.id.clone()),
            operation.map_or_else(none, |operation| text::word(&operation.state)),
            item.refusal.as_ref().map(|refusal| refusal.message.clone()).unwrap_or_default(),
        ]
    };
    table::list(style, &columns, items.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_says_why() {
        let instance = |name: &str| json!({"id": name, "name": name, "project": {"id": "p", "name": "shop"}, "package": "redis"});
        let change = json!({"parameter": "hz", "before": 10, "after": 20, "beforeOrigin": "DEFAULT",
            "afterOrigin": "OWN", "template": null, "apply": "HOT"});
        let refusal = json!({"code": "CONFLICT", "why": "unchanged", "message": "Nothing to do.",
            "problems": []});
        let preview = serde_json::from_value(json!({"token": "t", "items": [
            {"instance": instance("cache-1"), "changes": [change], "apply": "HOT", "restarts": [],
             "ownValues": [], "approvals": [], "refusal": null},
            {"instance": instance("cache-2"), "changes": [], "apply": null, "restarts": [],
             "ownValues": [], "approvals": [], "refusal": refusal},
            {"instance": instance("cache-3"), "changes": [], "apply": null, "restarts": [],
             "ownValues": [], "approvals": [{"at": "ten_1", "approvers": 2}], "refusal": null},
        ]}))
        .expect("a preview");
        let expected = "\
INSTANCE  PROJECT  WHAT      CHANGES OR LEFT OUT BECAUSE
cache-1   shop     done      hz: 10 → 20
cache-2   shop     left out  Nothing to do.
cache-3   shop     waits     It waits until 2 other people approve.
";
        assert_eq!(page(Style::default(), &preview), expected);
    }
}
