//! `offering`: who may order what, for operators.

use crate::arguments::{OfferingArguments, OfferingCommand};
use crate::client::Client;
use crate::command::get::show;
use crate::command::tenant;
use crate::error::{Error, Result};
use crate::page::{self, List};
use crate::program::Program;
use crate::prompt;
use crate::query::order::With;
use crate::query::tenant::{
    ManagedOffering, ManagedPackage, Offer, OnOffering, PublishOffering, SetAudience,
};
use crate::query::{
    DoOffer, DoPublishOffering, DoSetAudience, DoWithdraw, DoWithdrawOffering,
    ListManagedOfferings, ListPackages, Nothing, Slice,
};
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
        OfferingCommand::Audience { offering, audience } => {
            let offering = find(&client, &offering).await?.id;
            let (audience, key) = (audience.to_uppercase(), client.new_key());
            let input = SetAudience { offering, audience, idempotency_key: key };
            let changed = client.ask::<DoSetAudience>(&With { input }).await?;
            let verb = format!("is for {} tenants", text::word(&changed.audience));
            (changed, verb)
        }
        OfferingCommand::Offer { offering, to } => {
            let (input, name) = pair(&client, &offering, to).await?;
            let changed = client.ask::<DoOffer>(&With { input }).await?;
            (changed, format!("is offered to {name}"))
        }
        OfferingCommand::Withdraw { offering, from: Some(from), .. } => {
            let (input, name) = pair(&client, &offering, from).await?;
            let changed = client.ask::<DoWithdraw>(&With { input }).await?;
            (changed, format!("is offered to {name} no more"))
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

async fn pair(client: &Client, offering: &str, tenant: String) -> Result<(Offer, String)> {
    let offering = find(client, offering).await?.id;
    let tenant = tenant::find(client, tenant).await?;
    let key = client.new_key();
    Ok((Offer { offering, tenant: tenant.id, idempotency_key: key }, tenant.name))
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
    page::collect::<ListManagedOfferings, _>(client, limit, slice, |page| page).await
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
