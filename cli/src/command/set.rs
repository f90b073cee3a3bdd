//! `set`: change parameters after a preview of what that does to the members.

use serde_json::{Value, json};

use crate::arguments::SetArguments;
use crate::command::{named, wait};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::query::instance::ParameterChange;
use crate::query::order::{ChangeConfiguration, ChangePreview, ChangePreviewOf, With};
use crate::query::{AskInstanceForm, DoChange, PreviewChange};
use crate::table::{self, Column::Left};
use crate::terminal::Style;
use crate::{text, value};

const AFTER_A_LOOK: &str = "--yes, after a look at --preview";
const FLAGS: &[(&str, &str)] = &[("parameters.", ""), ("instance", "INSTANCE")];

/// Changes parameters.
pub async fn set(program: &Program, arguments: SetArguments) -> Result<()> {
    if !arguments.yes && !arguments.preview {
        prompt::need_person(&program.terminal, AFTER_A_LOOK)?;
    }
    let client = program.client()?;
    let terminal = &program.terminal;
    let named = named(program, &arguments.instance)?;
    let instance = client.ask::<AskInstanceForm>(&named).await?;
    let mut parameters = value::parameters(&instance.parameter_schema, &arguments.set)?;
    for parameter in &arguments.reset {
        if parameters.insert(parameter.clone(), Value::Null).is_some() {
            return Err(Error::Usage(format!("{parameter} is both set and reset")));
        }
    }
    let change = ChangePreviewOf { instance: instance.id.clone(), parameters };
    let asked = With { input: change.clone() };
    let preview =
        client.ask::<PreviewChange>(&asked).await.map_err(|error| error.at_flags(FLAGS))?;
    let page = page(terminal.style, &instance.name, &preview);
    if arguments.preview || preview.apply.is_none() {
        return terminal.show(&json!({ "preview": preview }), |_| page);
    }
    if !arguments.yes {
        terminal.note(&page);
        prompt::confirm(terminal, "Change it?", AFTER_A_LOOK)?;
    } else {
        terminal.tell(&page)?;
    }
    let input = ChangeConfiguration {
        change,
        preview_token: preview.token.clone(),
        idempotency_key: client.new_key(),
    };
    let accepted = client.ask::<DoChange>(&With { input }).await;
    let accepted = accepted.map_err(|error| error.at_flags(FLAGS))?;
    let done = format!("{} has its new configuration.", instance.name);
    let outcome = wait::settle(program, &client, accepted, arguments.wait, &done).await?;
    let mut answer = json!(outcome);
    answer["preview"] = json!(preview);
    terminal.show(&answer, |_| String::new())
}

fn page(style: Style, name: &str, preview: &ChangePreview) -> String {
    let columns = [Left("PARAMETER"), Left("BEFORE"), Left("AFTER"), Left("APPLIED")];
    let side =
        |value: &Option<Value>| value.as_ref().map_or_else(|| text::NONE.to_owned(), text::value);
    let row = |change: &ParameterChange| {
        let applied = if change.apply == "HOT" { "while running" } else { "by restart" };
        let parameter = change.parameter.clone();
        vec![parameter, side(&change.before), side(&change.after), applied.to_owned()]
    };
    let Some(apply) = &preview.apply else {
        return format!("Nothing changes: {name} has these values already.\n");
    };
    let changes = table::list(style, &columns, preview.changes.iter().map(row).collect());
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
    format!("{changes}\n{effect}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(apply: Value, restarts: Value) -> ChangePreview {
        serde_json::from_value(json!({
            "token": "t",
            "changes": [
                {"parameter": "maxmemory", "before": "48mb", "after": "64mb", "apply": "HOT"},
                {"parameter": "databases", "before": 16, "after": null, "apply": "RESTART"},
            ],
            "apply": apply,
            "restarts": restarts,
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
PARAMETER  BEFORE  AFTER  APPLIED
maxmemory  48mb    64mb   while running
databases  16      -      by restart

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
    fn no_change_says_so() {
        let text = page(Style::default(), "shop-cache", &preview(json!(null), json!([])));
        assert!(text.starts_with("Nothing changes"), "{text}");
    }
}
