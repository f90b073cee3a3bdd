//! `tenant`: the customers of the installation, for operators.

use graphql_client::page;
use graphql_client::query::order::With;
use graphql_client::query::tenant::{
    CloseTenant, CreateTenant, FirstAdministrator, ManagedTenant, RenameTenant, ResumeTenant,
    SuspendTenant, TenantsOf,
};
use graphql_client::query::{
    AskManagedTenant, DoCloseTenant, DoCreateTenant, DoRenameTenant, DoResumeTenant,
    DoSuspendTenant, ListManagedTenants, Named,
};

use crate::arguments::{
    CreateTenantArguments, EndTenantArguments, RenameArguments, TenantArguments, TenantCommand,
};
use crate::client::Client;
use crate::command::get::show;
use crate::command::offering;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left, Column::Right, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// Does what is asked for.
pub async fn run(program: &Program, arguments: TenantArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        TenantCommand::List { search, offering, plan, limit } => {
            let offered = match offering {
                Some(named) => Some(offering::meant(&client, &named, plan.as_deref()).await?),
                None => None,
            };
            list(program, &client, limit, search, offered).await
        }
        TenantCommand::Get { tenant } => {
            let found = find(&client, tenant).await?;
            program.terminal.show(&found, |style| detail(style, &found))
        }
        TenantCommand::Create(given) => create(program, &client, given).await,
        TenantCommand::Rename(given) => rename(program, &client, given).await,
        TenantCommand::Suspend(given) => suspend(program, &client, given).await,
        TenantCommand::Resume { tenant } => {
            let tenant = find(&client, tenant).await?.id;
            let input = ResumeTenant { tenant, idempotency_key: client.new_key() };
            told(program, &client.ask::<DoResumeTenant>(&With { input }).await?, "is resumed")
        }
        TenantCommand::Close(given) => close(program, &client, given).await,
    }
}

/// One tenant by name or id.
pub async fn find(client: &Client, id_or_name: String) -> Result<ManagedTenant> {
    client.ask::<AskManagedTenant>(&Named { id_or_name }).await
}

async fn list(
    program: &Program,
    client: &Client,
    limit: u32,
    search: Option<String>,
    offered: Option<(String, Option<String>)>,
) -> Result<()> {
    let (offering, plan) = offered.map_or((None, None), |(offering, plan)| (Some(offering), plan));
    let slice = |first, after| TenantsOf {
        first,
        after,
        search: search.clone(),
        offering: offering.clone(),
        plan: plan.clone(),
    };
    let found =
        page::collect::<ListManagedTenants, _, _>(client, limit, slice, |page| page).await?;
    show(program, &found, |style, tenants| {
        let columns = [
            Left("NAME"),
            Left("TITLE"),
            Left("STATE"),
            Right("INSTANCES"),
            Left("ID"),
            Wrapped("REASON"),
        ];
        let row = |one: &ManagedTenant| {
            vec![
                one.name.clone(),
                one.title.clone(),
                one.state.clone(),
                one.instance_count.to_string(),
                one.id.clone(),
                one.state_reason.as_deref().map(text::harmless).unwrap_or_default(),
            ]
        };
        table::list(style, &columns, tenants.iter().map(row).collect())
    })
}

fn detail(style: Style, found: &ManagedTenant) -> String {
    let facts = [
        ("Name", Some(found.name.clone())),
        ("Title", Some(found.title.clone())),
        ("State", Some(found.state.clone())),
        ("Since", found.state_at.as_deref().map(text::instant)),
        ("Reason", found.state_reason.as_deref().map(text::harmless)),
        ("Instances", Some(found.instance_count.to_string())),
        ("Zone", Some(found.zone.clone())),
        ("Currency", Some(found.currency.clone())),
        ("Made", Some(text::instant(&found.created_at))),
        ("Id", Some(found.id.clone())),
    ];
    table::facts(style, &facts)
}

async fn create(program: &Program, client: &Client, given: CreateTenantArguments) -> Result<()> {
    let named = |title: Option<String>, name: &String| title.unwrap_or_else(|| name.clone());
    let administrator = FirstAdministrator {
        title: named(given.administrator_title, &given.administrator),
        name: given.administrator,
    };
    let input = CreateTenant {
        title: named(given.title, &given.name),
        name: given.name,
        zone: given.zone,
        currency: given.currency,
        administrator,
        idempotency_key: client.new_key(),
    };
    let flags = &[
        ("zone", "--zone"),
        ("currency", "--currency"),
        ("title", "--title"),
        ("administrator.name", "--administrator"),
        ("administrator.title", "--administrator-title"),
    ];
    let made = client.ask::<DoCreateTenant>(&With { input }).await;
    let made = made.map_err(|error| error.at_flags(flags))?;
    program.terminal.show(&made, |_| {
        let tenant = &made.tenant;
        let head = format!("{} is made: {}\n", tenant.name, tenant.id);
        let (Some(code), Some(until)) = (&made.code, &made.code_expires_at) else { return head };
        let until = text::instant(until);
        format!(
            "{head}Its first administrator signs in once, until {until}:\n{}/sign-in#{code}\n",
            client.address()
        )
    })
}

async fn rename(program: &Program, client: &Client, given: RenameArguments) -> Result<()> {
    let RenameArguments { id_or_name, name, title } = given;
    let tenant = find(client, id_or_name).await?.id;
    let input = RenameTenant { tenant, name, title, idempotency_key: client.new_key() };
    told(program, &client.ask::<DoRenameTenant>(&With { input }).await?, "is renamed")
}

async fn suspend(program: &Program, client: &Client, given: EndTenantArguments) -> Result<()> {
    let found = find(client, given.tenant).await?;
    if !given.yes {
        let question = format!(
            "Suspend the tenant {}? Nobody of it is let in then; its {} instances go on.",
            found.name, found.instance_count
        );
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let (tenant, reason, idempotency_key) = (found.id, given.reason, client.new_key());
    let input = SuspendTenant { tenant, reason, idempotency_key };
    told(program, &client.ask::<DoSuspendTenant>(&With { input }).await?, "is suspended")
}

async fn close(program: &Program, client: &Client, given: EndTenantArguments) -> Result<()> {
    let found = find(client, given.tenant).await?;
    if !given.yes {
        let question = format!(
            "Close the tenant {} for good? Nobody of it is ever let in again; nothing is removed.",
            found.name
        );
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = CloseTenant {
        tenant: found.id,
        name: found.name,
        reason: given.reason,
        idempotency_key: client.new_key(),
    };
    told(program, &client.ask::<DoCloseTenant>(&With { input }).await?, "is closed")
}

fn told(program: &Program, changed: &ManagedTenant, verb: &str) -> Result<()> {
    program.terminal.show(changed, |_| format!("{} {verb}: {}\n", changed.name, changed.id))
}
