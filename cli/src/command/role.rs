//! `role` and `binding`: what can be given, and what is given or denied to whom.

use graphql_client::page;
use graphql_client::query::access::{
    BindRole, Binding, BindingsOf, ChangeRole, CreateRole, OnBinding, OnRole, Role,
};
use graphql_client::query::order::With;
use graphql_client::query::{
    DoBindRole, DoChangeRole, DoCreateRole, DoDeleteRole, DoUnbindRole, ListBindings,
};
use serde_json::json;

use crate::arguments::{BindingArguments, BindingCommand, Effect, RoleArguments, RoleCommand};
use crate::client::Client;
use crate::command::access::{self, at, group, place, roles, subject, whom};
use crate::command::get::show;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// Lists roles, shows and changes them.
pub async fn role(program: &Program, given: RoleArguments) -> Result<()> {
    let client = program.client()?;
    match given.command {
        RoleCommand::List => {
            let all = roles(&client).await?;
            program.terminal.show(&all, |style| role_table(style, &all))
        }
        RoleCommand::Get { role } => {
            let all = roles(&client).await?;
            let found = access::role(&all, &role)?;
            program.terminal.show(found, |style| detail(style, found, &all))
        }
        RoleCommand::Create { name, title, parts } => {
            let title = title.unwrap_or_else(|| name.clone());
            let input = CreateRole { name, title, parts, idempotency_key: client.new_key() };
            let made = client.ask::<DoCreateRole>(&With { input }).await;
            let made = made.map_err(|error| error.at_flags(&[("parts", "--part")]))?;
            told(program, &made, "is made")
        }
        RoleCommand::Change { role, name, title, parts } => {
            let all = roles(&client).await?;
            let Role { id, name: old_name, title: old_title, parts: old_parts, .. } =
                access::role(&all, &role)?.clone();
            let input = ChangeRole {
                role: id,
                name: name.unwrap_or(old_name),
                title: title.unwrap_or(old_title),
                parts: if parts.is_empty() { old_parts } else { parts },
                idempotency_key: client.new_key(),
            };
            let changed = client.ask::<DoChangeRole>(&With { input }).await;
            let changed = changed.map_err(|error| error.at_flags(&[("parts", "--part")]))?;
            told(program, &changed, "is changed")
        }
        RoleCommand::Delete { role, yes } => {
            let all = roles(&client).await?;
            let found = access::role(&all, &role)?;
            if !yes {
                let question = format!("Delete the role {}?", found.name);
                prompt::confirm(&program.terminal, &question, "--yes")?;
            }
            let input = OnRole { role: found.id.clone(), idempotency_key: client.new_key() };
            let gone = client.ask::<DoDeleteRole>(&With { input }).await?;
            let told = json!({ "deleted": gone });
            program.terminal.show(&told, |_| format!("The role {} is deleted.\n", found.name))
        }
    }
}

/// Lists what is given and denied, gives and denies, and takes back.
pub async fn binding(program: &Program, given: BindingArguments) -> Result<()> {
    let client = program.client()?;
    match given.command {
        BindingCommand::List { at, holder, limit } => {
            let holder = (holder.user, holder.group, holder.service_account);
            let holder = self::holder(&client, holder).await?;
            let at = match at {
                Some(at) => Some(place(&client, &at).await?),
                None => None,
            };
            let slice =
                |first, after| BindingsOf { first, after, at: at.clone(), holder: holder.clone() };
            let list =
                page::collect::<ListBindings, _, _>(&client, limit.limit, slice, |page| page);
            show(program, &list.await?, binding_table)
        }
        BindingCommand::Create { holder, role, at, effect } => {
            let given = (holder.user, holder.group, holder.service_account);
            let holder = self::holder(&client, given).await?.unwrap_or_default();
            let all = roles(&client).await?;
            let role = access::role(&all, &role)?.id.clone();
            let at = place(&client, &at).await?;
            let effect = if effect == Effect::Deny { "DENY" } else { "ALLOW" };
            let effect = Some(effect.to_owned());
            let input = BindRole { holder, role, at, effect, idempotency_key: client.new_key() };
            let made = client.ask::<DoBindRole>(&With { input }).await?;
            program.terminal.show(&made, |_| {
                let verb = if made.effect == "DENY" { "denied" } else { "given" };
                let (role, whom, at) = (&made.role.name, whom(&made.holder), at_of(&made));
                format!("{role} is {verb} to {whom} at {at}: {}\n", made.id)
            })
        }
        BindingCommand::Delete { binding, yes } => {
            if !yes {
                let question = format!("Take {binding} back?");
                prompt::confirm(&program.terminal, &question, "--yes")?;
            }
            let input = OnBinding { binding, idempotency_key: client.new_key() };
            let gone = client.ask::<DoUnbindRole>(&With { input }).await?;
            let told = json!({ "deleted": gone });
            program.terminal.show(&told, |_| format!("{gone} is taken back.\n"))
        }
    }
}

/// Person, group and service account; at most one of them is given.
type Whom = (Option<String>, Option<String>, Option<String>);

async fn holder(client: &Client, given: Whom) -> Result<Option<String>> {
    Ok(match given {
        (Some(user), ..) => Some(subject(client, &user, Some("USER")).await?),
        (_, Some(named), _) => Some(group(client, &named).await?.id),
        (.., Some(account)) => Some(subject(client, &account, Some("SERVICE")).await?),
        (None, None, None) => None,
    })
}

fn at_of(binding: &Binding) -> String {
    at(binding.at.as_ref())
}

fn role_table(style: Style, roles: &[Role]) -> String {
    let columns = [Left("NAME"), Left("TITLE"), Left("MADE BY"), Wrapped("ACTIONS"), Left("ID")];
    let row = |one: &Role| {
        let by = if one.is_own { "tenant" } else { "cellplane" };
        vec![
            one.name.clone(),
            one.title.clone(),
            by.to_owned(),
            words(&one.actions),
            one.id.clone(),
        ]
    };
    table::list(style, &columns, roles.iter().map(row).collect())
}

fn words(actions: &[String]) -> String {
    actions.iter().map(|one| one.to_lowercase()).collect::<Vec<_>>().join(", ")
}

fn detail(style: Style, one: &Role, all: &[Role]) -> String {
    let named = |part: &String| {
        let role = all.iter().find(|role| role.id == *part);
        role.map_or_else(|| part.clone(), |role| role.name.clone())
    };
    let parts: Vec<_> = one.parts.iter().map(named).collect();
    table::facts(
        style,
        &[
            ("Name", Some(one.name.clone())),
            ("Title", Some(one.title.clone())),
            ("Id", Some(one.id.clone())),
            ("Made by", Some(if one.is_own { "tenant" } else { "cellplane" }.to_owned())),
            ("Parts", Some(parts.join("\n")).filter(|parts| !parts.is_empty())),
            ("Actions", Some(words(&one.actions))),
        ],
    )
}

fn binding_table(style: Style, bindings: &[Binding]) -> String {
    let columns =
        [Left("WHOM"), Left("ROLE"), Left("EFFECT"), Left("AT"), Left("MADE"), Left("ID")];
    let row = |one: &Binding| {
        vec![
            whom(&one.holder),
            one.role.name.clone(),
            text::word(&one.effect),
            at_of(one),
            text::instant(&one.created_at),
            one.id.clone(),
        ]
    };
    table::list(style, &columns, bindings.iter().map(row).collect())
}

fn told(program: &Program, role: &Role, verb: &str) -> Result<()> {
    program.terminal.show(role, |_| format!("The role {} {verb}: {}\n", role.name, role.id))
}
