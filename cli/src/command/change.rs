//! Every change of a configuration: `set`, `restore`, `template`. Shows first what it does to the
//! members, asks, changes, and follows the operation.

use graphql_client::query::batch::Batch;
use graphql_client::query::instance::{
    InstanceForm as AskedForm, InstanceNamed, OwnValue, ParameterChange,
};
use graphql_client::query::order::{
    ChangeConfiguration, ChangePreview, ChangePreviewOf, ParameterNote, With,
};
use graphql_client::query::{AskInstanceForm, AskInstanceSummary, DoChange, PreviewChange};
use serde_json::{Map, Value, json};

use crate::arguments::{
    ChangeArguments, InstanceArguments, RestoreArguments, SelectionArguments, SetArguments,
    TemplateArguments,
};
use crate::client::Client;
use crate::command::{approval, batch, named, wait};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::terminal::Style;
use crate::{text, value};

const AFTER_A_LOOK: &str = "--yes, after a look at --preview";
const FLAGS: &[(&str, &str)] = &[
    ("parameters.", ""),
    ("instance", "INSTANCE"),
    ("restore", "NUMBER"),
    ("template", "TEMPLATE"),
    ("reason", "--reason"),
];

/// Changes parameters.
pub async fn set(program: &Program, arguments: SetArguments) -> Result<()> {
    let (names, given) = arguments.sorted();
    let SetArguments { set_file: files, reset, change, selection, .. } = arguments;
    if given.is_empty() && reset.is_empty() && files.is_empty() {
        let message = "say what to set: PARAMETER=VALUE, --set-file or --reset";
        return Err(Error::Usage(message.to_owned()));
    }
    let client = begin(program, &change)?;
    if let Some(named) = only(program, &names, &selection)? {
        let instance = client.ask::<AskInstanceForm>(&named).await?;
        let parameters = assigned(&instance.parameter_schema, &given, &files, &reset)?;
        let wanted = ChangePreviewOf { instance: instance.id, parameters, ..Default::default() };
        return apply(program, &client, &instance.name, wanted, change).await;
    }
    let selection = batch::selection(program, names, selection)?;
    let schema = batch::schema(&client, &selection).await?;
    let parameters = Some(assigned(&schema, &given, &files, &reset)?);
    let work = "CHANGE".to_owned();
    let batch = Batch { selection, work, parameters, ..Batch::default() };
    batch::run(program, &client, batch, change.into()).await
}

/// Brings an earlier configuration back.
pub async fn restore(program: &Program, arguments: RestoreArguments) -> Result<()> {
    let client = begin(program, &arguments.change)?;
    let instance = client.ask::<AskInstanceSummary>(&named(program, &arguments.instance)?).await?;
    let restore = Some(arguments.number);
    let change = ChangePreviewOf { instance: instance.id, restore, ..Default::default() };
    apply(program, &client, &instance.name, change, arguments.change).await
}

/// Takes the values of a template.
pub async fn template(program: &Program, arguments: TemplateArguments) -> Result<()> {
    let client = begin(program, &arguments.change)?;
    let (template, replace_own) = (Some(arguments.template), arguments.replace_own);
    if let Some(named) = only(program, &arguments.instances, &arguments.selection)? {
        let AskedForm { id: instance, name, parameter_schema, .. } =
            client.ask::<AskInstanceForm>(&named).await?;
        let parameters = value::parameters(&parameter_schema, &arguments.set, &[])?;
        let change = ChangePreviewOf { instance, parameters, template, replace_own, restore: None };
        return apply(program, &client, &name, change, arguments.change).await;
    }
    let selection = batch::selection(program, arguments.instances, arguments.selection)?;
    let schema = batch::schema(&client, &selection).await?;
    let parameters = Some(value::parameters(&schema, &arguments.set, &[])?);
    let work = "CHANGE".to_owned();
    let change = Batch { selection, work, parameters, template, replace_own };
    batch::run(program, &client, change, arguments.change.into()).await
}

/// The one instance that is meant, if it is only one.
pub fn only(
    program: &Program,
    names: &[String],
    selection: &SelectionArguments,
) -> Result<Option<InstanceNamed>> {
    match names {
        [instance] if !selection.all => {
            let (instance, project) = (instance.clone(), selection.project.clone());
            Ok(Some(named(program, &InstanceArguments { instance, project })?))
        }
        _ => Ok(None),
    }
}

impl From<ChangeArguments> for batch::Way {
    fn from(arguments: ChangeArguments) -> Self {
        let ChangeArguments { reason, preview, yes, wait } = arguments;
        Self { verb: "Change", flag: AFTER_A_LOOK, preview, yes, reason, wait }
    }
}

/// Refuses early where a question would come later and nobody could answer it.
fn begin(program: &Program, arguments: &ChangeArguments) -> Result<Client> {
    if !arguments.yes && !arguments.preview {
        prompt::need_person(&program.terminal, AFTER_A_LOOK)?;
    }
    program.client()
}

/// New values, and null for those that get their default back.
fn assigned(
    schema: &Value,
    set: &[(String, String)],
    files: &[(String, String)],
    reset: &[String],
) -> Result<Map<String, Value>> {
    let mut parameters = value::parameters(schema, set, files)?;
    for parameter in reset {
        if parameters.insert(parameter.clone(), Value::Null).is_some() {
            return Err(Error::Usage(format!("{parameter} is both set and reset")));
        }
    }
    Ok(parameters)
}

async fn apply(
    program: &Program,
    client: &Client,
    name: &str,
    change: ChangePreviewOf,
    arguments: ChangeArguments,
) -> Result<()> {
    let terminal = &program.terminal;
    let asked = With { input: change.clone() };
    let preview =
        client.ask::<PreviewChange>(&asked).await.map_err(|error| error.at_flags(FLAGS))?;
    let page = page(terminal.style, name, &preview);
    if arguments.preview || preview.apply.is_none() {
        return terminal.show(&json!({ "preview": preview }), |_| page);
    }
    if !arguments.yes && preview.own_values.is_empty() {
        terminal.note(&page);
        prompt::confirm(terminal, "Change it?", AFTER_A_LOOK)?;
    } else {
        terminal.tell(&page)?;
    }
    let input = ChangeConfiguration {
        change,
        preview_token: preview.token.clone(),
        reason: arguments.reason,
        idempotency_key: client.new_key(),
    };
    let accepted = client.ask::<DoChange>(&With { input }).await;
    let accepted = accepted.map_err(|error| error.at_flags(FLAGS))?;
    let done = format!("{name} has its new configuration.");
    let outcome = wait::settle(program, client, accepted, arguments.wait, &done).await?;
    let mut answer = json!(outcome);
    answer["preview"] = json!(preview);
    terminal.show(&answer, |_| String::new())
}

/// What differs, as a table.
pub fn change_table(style: Style, changes: &[ParameterChange]) -> String {
    let columns = [Left("PARAMETER"), Left("BEFORE"), Left("AFTER"), Left("FROM"), Left("APPLIED")];
    let side =
        |value: &Option<Value>| value.as_ref().map_or_else(|| text::NONE.to_owned(), text::value);
    let row = |change: &ParameterChange| {
        let applied = if change.apply == "HOT" { "while running" } else { "by restart" };
        vec![
            change.parameter.clone(),
            side(&change.before),
            side(&change.after),
            origin(change.after_origin.as_deref(), change.template.as_ref()),
            applied.to_owned(),
        ]
    };
    table::list(style, &columns, changes.iter().map(row).collect())
}

/// Where a value comes from: `own`, `default`, or the template by its name.
pub fn origin(origin: Option<&str>, template: Option<&String>) -> String {
    match (origin, template) {
        (_, Some(template)) => format!("template {template}"),
        (Some(word), None) => text::word(word),
        (None, None) => text::NONE.to_owned(),
    }
}

/// Own values that stand against a template, as a table.
pub fn own_table(style: Style, values: &[OwnValue]) -> String {
    let columns = [Left("PARAMETER"), Left("OWN"), Left("TEMPLATE")];
    let row = |one: &OwnValue| {
        vec![one.parameter.clone(), text::value(&one.own), text::value(&one.template)]
    };
    table::list(style, &columns, values.iter().map(row).collect())
}

/// What is worth knowing of parameters, a line each.
pub fn notes(notes: &[ParameterNote]) -> String {
    let line = |note: &ParameterNote| {
        format!("\n{}: {}\n", note.parameter, text::harmless(&note.message.en))
    };
    notes.iter().map(line).collect()
}

fn page(style: Style, name: &str, preview: &ChangePreview) -> String {
    let Some(apply) = &preview.apply else {
        return format!("Nothing changes: {name} has these values already.\n");
    };
    let mut changes = change_table(style, &preview.changes);
    changes.push_str(&notes(&preview.notes));
    let effect = if apply == "HOT" && preview.restarts.is_empty() {
        format!("{name} takes the change while it runs; no member is restarted.\n")
    } else {
        let each = preview.restarts.iter().enumerate().map(|(index, member)| {
            let role = member.observed_role.as_ref().unwrap_or(&member.role);
            format!("  {}. {} ({role})\n", index + 1, member.name)
        });
        let order: String = each.collect();
        if order.is_empty() {
            format!("{name} takes the change when it starts again; no member runs now.\n")
        } else {
            format!("Rolling restart, one member at a time, connections break:\n{order}")
        }
    };
    if preview.own_values.is_empty() {
        let waits = match preview.approvals.as_slice() {
            [] => String::new(),
            rules => format!("{}\n", approval::ahead(rules)),
        };
        return format!("{changes}\n{effect}{waits}");
    }
    let title = format!(
        "Values of {name} itself that stand against the template; nothing is changed unless \
         --replace-own, or --set with the value to keep, says so"
    );
    format!("{changes}{}", table::part(&title, &own_table(style, &preview.own_values)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphql_client::query::approval::ApprovalAhead;

    fn preview(apply: Value, restarts: Value) -> ChangePreview {
        serde_json::from_value(json!({
            "token": "t",
            "changes": [
                {"parameter": "maxmemory", "before": "48mb", "after": "64mb",
                 "beforeOrigin": "DEFAULT", "afterOrigin": "TEMPLATE", "template": "roomy",
                 "apply": "HOT"},
                {"parameter": "databases", "before": 16, "after": null,
                 "beforeOrigin": "OWN", "afterOrigin": null, "template": null,
                 "apply": "RESTART"},
            ],
            "apply": apply,
            "restarts": restarts,
            "ownValues": [],
            "notes": [],
            "approvals": [],
        }))
        .expect("a preview")
    }

    #[test]
    fn a_rolling_restart_is_announced_in_its_order() {
        let restarts = json!([
            {"name": "shop-cache-1", "role": "replica", "observedRole": null},
            {"name": "shop-cache-0", "role": "replica", "observedRole": "primary"},
        ]);
        let expected = "\
PARAMETER  BEFORE  AFTER  FROM            APPLIED
maxmemory  48mb    64mb   template roomy  while running
databases  16      -      -               by restart

Rolling restart, one member at a time, connections break:
  1. shop-cache-1 (replica)
  2. shop-cache-0 (primary)
";
        assert_eq!(
            page(Style::default(), "shop-cache", &preview(json!("RESTART"), restarts)),
            expected
        );
    }

    #[test]
    fn a_hot_change_says_that_nothing_restarts() {
        let text = page(Style::default(), "shop-cache", &preview(json!("HOT"), json!([])));
        assert!(text.ends_with("no member is restarted.\n"), "{text}");
    }

    #[test]
    fn what_waits_for_others_says_for_how_many() {
        let mut seen = preview(json!("HOT"), json!([]));
        seen.approvals = vec![ApprovalAhead { at: "ten_1".into(), approvers: 1 }];
        let text = page(Style::default(), "shop-cache", &seen);
        assert!(text.ends_with("It waits until another person approves.\n"), "{text}");
    }

    #[test]
    fn own_values_are_told_beside_the_templates() {
        let mut seen = preview(json!("HOT"), json!([]));
        seen.own_values =
            vec![OwnValue { parameter: "hz".into(), own: json!(20), template: json!(10) }];
        let text = page(Style::default(), "shop-cache", &seen);
        assert!(text.contains("PARAMETER  OWN  TEMPLATE\n  hz         20   10\n"), "{text}");
        assert!(text.contains("--replace-own"), "{text}");
    }

    #[test]
    fn no_change_says_so() {
        let text = page(Style::default(), "shop-cache", &preview(json!(null), json!([])));
        assert!(text.starts_with("Nothing changes"), "{text}");
    }
}
