//! `offering`: who may order what, for operators.

use crate::arguments::{OfferingArguments, OfferingCommand};
use crate::client::Client;
use crate::command::get::show;
use crate::command::tenant;
use crate::error::{Error, Result};
use crate::page::{self, List};
use crate::program::Program;
use crate::query::order::With;
use crate::query::tenant::{ManagedOffering, Offer, SetAudience};
use crate::query::{DoOffer, DoSetAudience, DoWithdraw, ListManagedOfferings, Slice};
use crate::table::{self, Column::Left, Column::Right};
use crate::text;

/// More offerings than any installation has.
const ALL: u32 = 10_000;

/// Does what is asked for.
pub async fn run(program: &Program, arguments: OfferingArguments) -> Result<()> {
    let client = program.client()?;
    let (changed, verb) = match arguments.command {
        OfferingCommand::List { limit } => return list(program, &client, limit).await,
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
        OfferingCommand::Withdraw { offering, from } => {
            let (input, name) = pair(&client, &offering, from).await?;
            let changed = client.ask::<DoWithdraw>(&With { input }).await?;
            (changed, format!("is offered to {name} no more"))
        }
    };
    program.terminal.show(&changed, |_| format!("{} {verb}: {}\n", changed.name, changed.id))
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
        let row = |one: &ManagedOffering| {
            vec![
                one.name.clone(),
                one.package_version.clone(),
                text::word(&one.audience),
                one.tenant_count.to_string(),
                one.id.clone(),
            ]
        };
        table::list(style, &columns, offerings.iter().map(row).collect())
    })
}
