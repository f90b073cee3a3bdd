//! `user` and `group`: people, and groups of people and programs.

use graphql_client::page;
use graphql_client::query::access::{
    ChangeGroup, CreateGroup, CreateUser, Group, GroupMember, MembersOf, OnGroup, OnUser,
};
use graphql_client::query::order::With;
use graphql_client::query::{
    DoAddGroupMember, DoChangeGroup, DoCreateGroup, DoCreateUser, DoCreateUserCode, DoDeleteGroup,
    DoDisableUser, DoEnableUser, DoRemoveGroupMember, ListGroupMembers,
};
use serde_json::json;

use crate::arguments::{GroupArguments, GroupCommand, UserArguments, UserCommand};
use crate::client::Client;
use crate::command::access::{self, group, subject, subject_table};
use crate::command::get::show;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::terminal::Style;
use crate::text;

/// Lists people, makes them, and says whether they can sign in.
pub async fn user(program: &Program, given: UserArguments) -> Result<()> {
    let client = program.client()?;
    match given.command {
        UserCommand::List { search, limit } => {
            show(program, &access::subjects(&client, limit.limit, search).await?, subject_table)
        }
        UserCommand::Create { name, title } => {
            let title = title.unwrap_or_else(|| name.clone());
            let input = CreateUser { name, title, idempotency_key: client.new_key() };
            let made = client.ask::<DoCreateUser>(&With { input }).await?;
            program.terminal.show(&made, |_| {
                format!(
                    "{name} is made: {}\nGive a role with `cellplane binding create --user \
                     {name}`, and a way in with `cellplane user code {name}`.\n",
                    made.id,
                    name = made.name
                )
            })
        }
        UserCommand::Enable { user } => {
            let on = on_user(&client, &user).await?;
            let changed = client.ask::<DoEnableUser>(&on).await?;
            program.terminal.show(&changed, |_| format!("{} can sign in.\n", changed.name))
        }
        UserCommand::Disable { user, yes } => {
            let on = on_user(&client, &user).await?;
            if !yes {
                let question = format!("Let {user} sign in no more, and end their sessions?");
                prompt::confirm(&program.terminal, &question, "--yes")?;
            }
            let changed = client.ask::<DoDisableUser>(&on).await?;
            program.terminal.show(&changed, |_| format!("{} cannot sign in.\n", changed.name))
        }
        UserCommand::Code { user } => {
            let on = on_user(&client, &user).await?;
            let made = client.ask::<DoCreateUserCode>(&on).await?;
            program.terminal.show(&made, |_| {
                let until = text::instant(&made.expires_at);
                let (address, code) = (client.address(), &made.code);
                format!("Good once, until {until}:\n{address}/sign-in#{code}\n")
            })
        }
    }
}

async fn on_user(client: &Client, named: &str) -> Result<With<OnUser>> {
    let user = subject(client, named, Some("USER")).await?;
    Ok(With { input: OnUser { user, idempotency_key: client.new_key() } })
}

/// Lists groups, changes them, and says who is in them.
pub async fn groups(program: &Program, given: GroupArguments) -> Result<()> {
    let client = program.client()?;
    match given.command {
        GroupCommand::List { limit } => {
            show(program, &access::groups(&client, limit.limit).await?, group_table)
        }
        GroupCommand::Create { name, title } => {
            let title = title.unwrap_or_else(|| name.clone());
            let input = CreateGroup { name, title, idempotency_key: client.new_key() };
            let made = client.ask::<DoCreateGroup>(&With { input }).await?;
            told(program, &made, "is made")
        }
        GroupCommand::Rename { group: named, name, title } => {
            let Group { id, name: old_name, title: old_title, .. } = group(&client, &named).await?;
            let input = ChangeGroup {
                group: id,
                name: name.unwrap_or(old_name),
                title: title.unwrap_or(old_title),
                idempotency_key: client.new_key(),
            };
            let changed = client.ask::<DoChangeGroup>(&With { input }).await?;
            told(program, &changed, "is renamed")
        }
        GroupCommand::Delete { group: named, yes } => {
            let found = group(&client, &named).await?;
            if !yes {
                let question = format!("Delete the group {}?", found.name);
                prompt::confirm(&program.terminal, &question, "--yes")?;
            }
            let input = OnGroup { group: found.id, idempotency_key: client.new_key() };
            let gone = client.ask::<DoDeleteGroup>(&With { input }).await?;
            let told = json!({ "deleted": gone });
            program.terminal.show(&told, |_| format!("The group {} is deleted.\n", found.name))
        }
        GroupCommand::Add { group, member } => {
            let input = membership(&client, &group, &member).await?;
            let changed = client.ask::<DoAddGroupMember>(&With { input }).await?;
            told(program, &changed, &format!("has {member} in it"))
        }
        GroupCommand::Remove { group, member } => {
            let input = membership(&client, &group, &member).await?;
            let changed = client.ask::<DoRemoveGroupMember>(&With { input }).await?;
            told(program, &changed, &format!("has {member} in it no more"))
        }
        GroupCommand::Members { group: named, limit } => {
            let id = group(&client, &named).await?.id;
            let slice = |first, after| MembersOf { id: id.clone(), first, after };
            let pick = |of: graphql_client::query::access::Members| of.subjects;
            let list =
                page::collect::<ListGroupMembers, _, _>(&client, limit.limit, slice, pick).await?;
            show(program, &list, subject_table)
        }
    }
}

async fn membership(client: &Client, named: &str, member: &str) -> Result<GroupMember> {
    let group = group(client, named).await?.id;
    let subject = subject(client, member, None).await?;
    Ok(GroupMember { group, subject, idempotency_key: client.new_key() })
}

fn group_table(style: Style, groups: &[Group]) -> String {
    let columns = [Left("NAME"), Left("TITLE"), Left("MADE"), Left("ID")];
    let row = |one: &Group| {
        vec![one.name.clone(), one.title.clone(), text::instant(&one.created_at), one.id.clone()]
    };
    table::list(style, &columns, groups.iter().map(row).collect())
}

fn told(program: &Program, group: &Group, what: &str) -> Result<()> {
    program.terminal.show(group, |_| format!("The group {} {what}: {}\n", group.name, group.id))
}
