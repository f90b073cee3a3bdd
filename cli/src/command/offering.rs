//! `offering`: who may order what, for operators.

use graphql_client::page::{self, List};
use graphql_client::query::managed_offering::{
    AddPlan, ManagedOffering, ManagedPackage, ManagedPlan, Offer, OnOffering, PublishOffering,
    SetAudience, Texts,
};
use graphql_client::query::offering::Size;
use graphql_client::query::order::With;
use graphql_client::query::{
    DoAddPlan, DoOffer, DoPublishOffering, DoSetAudience, DoWithdraw, DoWithdrawOffering,
    ListManagedOfferings, ListPackages, Nothing, Slice,
};

use crate::arguments::{AddPlanArguments, OfferingArguments, OfferingCommand};
use crate::client::Client;
use crate::command::get::show;
use crate::command::tenant;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left, Column::Right};
use crate::text;

/// More offerings than any installation has.
const ALL: u32 = 10_000;

/// Does what is asked for.
pub async fn run(program: &Program, arguments: OfferingArguments) -> Result<()> {
    let client = program.client()?;
    let (changed, verb) = match arguments.command {
        OfferingCommand::List { limit } => return list(program, &client, limit).await,
        OfferingCommand::Packages => return packages(program, &client).await,
        OfferingCommand::Publish { package, version, audience } => {
            let (audience, idempotency_key) = (audience.to_uppercase(), client.new_key());
            let input = PublishOffering { package, version, audience, idempotency_key };
            let made = client.ask::<DoPublishOffering>(&With { input }).await?;
            let verb = format!("can be ordered by {} tenants", text::word(&made.audience));
            (made, verb)
        }
        OfferingCommand::Plans { offering } => return plans(program, &client, &offering).await,
        OfferingCommand::AddPlan(wanted) => return add_plan(program, &client, wanted).await,
        OfferingCommand::Audience { offering, plan, audience } => {
            let (id, plan_id) = meant(&client, &offering, plan.as_deref()).await?;
            let (word, key) = (audience.to_uppercase(), client.new_key());
            let input =
                SetAudience { offering: id, plan: plan_id, audience: word, idempotency_key: key };
            let changed = client.ask::<DoSetAudience>(&With { input }).await?;
            (changed, format!("{}is for {audience} tenants", of_plan(plan)))
        }
        OfferingCommand::Offer { offering, plan, to } => {
            let (input, name) = pair(&client, (&offering, plan.as_deref()), to).await?;
            let changed = client.ask::<DoOffer>(&With { input }).await?;
            (changed, format!("{}is offered to {name}", of_plan(plan)))
        }
        OfferingCommand::Withdraw { offering, plan, from: Some(from), .. } => {
            let (input, name) = pair(&client, (&offering, plan.as_deref()), from).await?;
            let changed = client.ask::<DoWithdraw>(&With { input }).await?;
            (changed, format!("{}is offered to {name} no more", of_plan(plan)))
        }
        OfferingCommand::Withdraw { offering, from: None, yes, .. } => {
            if !yes {
                let asked = format!("Let nobody order {offering} any more?");
                prompt::confirm(&program.terminal, &asked, "--yes")?;
            }
            let offering = find(&client, &offering).await?.id;
            let input = OnOffering { offering, idempotency_key: client.new_key() };
            let changed = client.ask::<DoWithdrawOffering>(&With { input }).await?;
            (changed, "can be ordered no more".to_owned())
        }
    };
    program.terminal.show(&changed, |_| format!("{} {verb}: {}\n", changed.name, changed.id))
}

/// What this release can offer, and to whom it is offered.
async fn packages(program: &Program, client: &Client) -> Result<()> {
    let found = client.ask::<ListPackages>(&Nothing {}).await?;
    program.terminal.show(&found, |style| {
        let columns = [Left("NAME"), Left("VERSION"), Left("FOR"), Left("TITLE")];
        let row = |one: &ManagedPackage| {
            let open = one.offering.as_ref().filter(|offering| offering.withdrawn_at.is_none());
            let audience = open.map(|offering| text::word(&offering.audience));
            let (name, version) = (one.name.clone(), one.version.clone());
            vec![name, version, text::maybe(audience.as_ref()), one.title.en.clone()]
        };
        table::list(style, &columns, found.iter().map(row).collect())
    })
}

/// Which plan a sentence about an offering is about.
fn of_plan(plan: Option<String>) -> String {
    plan.map(|plan| format!("plan {plan} ")).unwrap_or_default()
}

async fn plans(program: &Program, client: &Client, offering: &str) -> Result<()> {
    let found = find(client, offering).await?.plans;
    program.terminal.show(&found, |style| {
        let columns = [
            Left("NAME"),
            Left("TITLE"),
            Right("MILLI-VCPU"),
            Right("MEMORY MIB"),
            Right("STORAGE MIB"),
            Left("FOR"),
            Right("OFFERED TO"),
            Left("ID"),
        ];
        let row = |one: &ManagedPlan| {
            vec![
                one.name.clone(),
                one.title.en.clone(),
                one.size.millivcpu.to_string(),
                one.size.memory_mib.to_string(),
                one.size.storage_mib.to_string(),
                text::word(&one.audience),
                one.tenant_count.to_string(),
                one.id.clone(),
            ]
        };
        table::list(style, &columns, found.iter().map(row).collect())
    })
}

async fn add_plan(program: &Program, client: &Client, wanted: AddPlanArguments) -> Result<()> {
    let AddPlanArguments { offering, name, title, title_zh, audience, .. } = wanted;
    let size = Size {
        millivcpu: wanted.millivcpu.into(),
        memory_mib: wanted.memory_mib.into(),
        storage_mib: wanted.storage_mib.into(),
    };
    let input = AddPlan {
        offering: find(client, &offering).await?.id,
        name: name.clone(),
        title: Texts { en: title, zh: title_zh },
        size,
        audience: audience.to_uppercase(),
        idempotency_key: client.new_key(),
    };
    let changed = client.ask::<DoAddPlan>(&With { input }).await?;
    program.terminal.show(&changed, |_| {
        let id = changed.plans.iter().find(|plan| plan.name == name).map(|plan| &plan.id);
        format!("{} plan {name} is for {audience} tenants: {}\n", changed.name, text::maybe(id))
    })
}

async fn pair(
    client: &Client,
    (offering, plan): (&str, Option<&str>),
    tenant: String,
) -> Result<(Offer, String)> {
    let (offering, plan) = meant(client, offering, plan).await?;
    let tenant = tenant::find(client, tenant).await?;
    let key = client.new_key();
    Ok((Offer { offering, plan, tenant: tenant.id, idempotency_key: key }, tenant.name))
}

/// The ids of an offering and, if one is named, of a plan of it.
pub async fn meant(
    client: &Client,
    offering: &str,
    plan: Option<&str>,
) -> Result<(String, Option<String>)> {
    let found = find(client, offering).await?;
    let Some(named) = plan else { return Ok((found.id, None)) };
    let mut plans = found.plans.into_iter();
    let plan = plans.find(|plan| plan.id == named || plan.name == named);
    let missing = || Error::Usage(format!("{} has no plan {named}", found.name));
    Ok((found.id, Some(plan.ok_or_else(missing)?.id)))
}

/// One offering by name or id.
pub async fn find(client: &Client, id_or_name: &str) -> Result<ManagedOffering> {
    let found = all(client, ALL).await?.items.into_iter();
    let mut meant = found.filter(|one| one.id == id_or_name || one.name == id_or_name);
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Error::Usage(format!("there is no offering {id_or_name}"))),
        (Some(_), Some(_)) => {
            let told = format!("several offerings are named {id_or_name}; give the id");
            Err(Error::Usage(told))
        }
    }
}

async fn all(client: &Client, limit: u32) -> Result<List<ManagedOffering>> {
    let slice = |first, after| Slice { first, after };
    page::collect::<ListManagedOfferings, _, _>(client, limit, slice, |page| page).await
}

async fn list(program: &Program, client: &Client, limit: u32) -> Result<()> {
    show(program, &all(client, limit).await?, |style, offerings| {
        let columns = [Left("NAME"), Left("VERSION"), Left("FOR"), Right("OFFERED TO"), Left("ID")];
        let audience = |one: &ManagedOffering| match one.withdrawn_at {
            Some(_) => "nobody".to_owned(),
            None => text::word(&one.audience),
        };
        let row = |one: &ManagedOffering| {
            vec![
                one.name.clone(),
                one.package_version.clone(),
                audience(one),
                one.tenant_count.to_string(),
                one.id.clone(),
            ]
        };
        table::list(style, &columns, offerings.iter().map(row).collect())
    })
}
