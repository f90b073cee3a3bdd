//! `connect`: how to connect to an instance, with its password only if asked for.

use graphql_client::query::instance::{ConnectionExample, ConnectionGuide};
use graphql_client::query::order::{NamedSecret, OnInstance, With};
use graphql_client::query::{AskConnection, DoReveal};
use serde_json::json;

use crate::arguments::ConnectArguments;
use crate::command::get::state;
use crate::command::named;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::Style;
use crate::text;

/// Shows how to connect.
pub async fn connect(program: &Program, arguments: ConnectArguments) -> Result<()> {
    let client = program.client()?;
    let terminal = &program.terminal;
    let named = named(program, &arguments.instance)?;
    let instance = client.ask::<AskConnection>(&named).await?;
    if instance.state != "RUNNING" || instance.unknown_since.is_some() {
        let state = state(&instance.state, instance.unknown_since.as_ref());
        terminal.note(&format!("note: {} is {state}", instance.name));
    }
    if !arguments.reveal {
        terminal.show(&instance, |style| guide(style, &instance.connection))?;
        if instance.connection.secrets.is_empty() {
            return terminal.tell("\nIt has no password.\n");
        }
        let again = format!("cellplane connect {} --reveal", instance.name);
        return terminal.tell(&format!("\nWith the password: {again}\n"));
    }
    if !arguments.yes {
        let question = format!(
            "Show the password of {} on this screen? It is recorded in the audit.",
            instance.name
        );
        prompt::confirm(terminal, &question, "--yes")?;
    }
    let input = OnInstance { instance: instance.id.clone(), idempotency_key: client.new_key() };
    let revealed = client.ask::<DoReveal>(&With { input }).await?;
    let answer = json!({
        "id": instance.id,
        "name": instance.name,
        "state": instance.state,
        "unknownSince": instance.unknown_since,
        "connection": {
            "endpoints": instance.connection.endpoints,
            "examples": revealed.examples,
        },
        "secrets": revealed.secrets,
    });
    terminal.show(&answer, |style| {
        let endpoints = endpoints(style, &instance.connection);
        let secrets = secrets(style, &revealed.secrets);
        format!("{endpoints}{}{}", table::part("Secrets", &secrets), examples(&revealed.examples))
    })
}

/// Endpoints and examples, without secrets.
pub fn guide(style: Style, guide: &ConnectionGuide) -> String {
    format!("{}{}", endpoints(style, guide), examples(&guide.examples))
}

fn endpoints(style: Style, guide: &ConnectionGuide) -> String {
    let columns = [Left("ROLE"), Left("HOST"), Right("PORT")];
    let rows = guide.endpoints.iter();
    let rows = rows.map(|one| vec![one.role.clone(), one.host.clone(), one.port.to_string()]);
    table::list(style, &columns, rows.collect())
}

fn secrets(style: Style, secrets: &[NamedSecret]) -> String {
    let rows = secrets.iter();
    let rows = rows.map(|one| vec![one.name.clone(), one.value.reveal().to_owned()]);
    table::list(style, &[Left("NAME"), Left("VALUE")], rows.collect())
}

/// Printed as they are and never wrapped, since they are there to be copied.
fn examples(examples: &[ConnectionExample]) -> String {
    let each = |example: &ConnectionExample| {
        table::part(&text::harmless(&example.title.en), &text::harmless_lines(&example.text))
    };
    examples.iter().map(each).collect()
}
