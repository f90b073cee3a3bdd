//! `quota`: limits at organizations and projects.

use graphql_client::query::order::With;
use graphql_client::query::quota::{NodeQuotas, Quota, RemoveQuota, SetQuota};
use graphql_client::query::{
    AskOrganizationQuotas, AskProjectQuotas, DoRemoveQuota, DoSetQuota, Named,
};

use crate::arguments::{QuotaArguments, QuotaCommand, QuotaPlace};
use crate::client::Client;
use crate::error::Result;
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::Style;
use crate::text;

/// Does what is asked for.
pub async fn quota(program: &Program, arguments: QuotaArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        QuotaCommand::List(place) => {
            let found = find(&client, place).await?;
            program.terminal.show(&found, |style| list(style, &found.quotas))
        }
        QuotaCommand::Set { meter, limit, place } => {
            let at = find(&client, place).await?.id;
            let (meter, key) = (meter.to_uppercase(), client.new_key());
            let input = SetQuota { at, meter, limit: limit.to_string(), idempotency_key: key };
            let changed = client.ask::<DoSetQuota>(&With { input }).await?;
            program.terminal.show(&changed, |style| list(style, &changed.quotas))
        }
        QuotaCommand::Remove { meter, place } => {
            let at = find(&client, place).await?.id;
            let (meter, key) = (meter.to_uppercase(), client.new_key());
            let input = RemoveQuota { at, meter, idempotency_key: key };
            let changed = client.ask::<DoRemoveQuota>(&With { input }).await?;
            program.terminal.show(&changed, |style| list(style, &changed.quotas))
        }
    }
}

async fn find(client: &Client, place: QuotaPlace) -> Result<NodeQuotas> {
    match place.project {
        Some(id_or_name) => client.ask::<AskProjectQuotas>(&Named { id_or_name }).await,
        // One of the two is always given.
        None => {
            let id_or_name = place.organization.unwrap_or_default();
            client.ask::<AskOrganizationQuotas>(&Named { id_or_name }).await
        }
    }
}

fn list(style: Style, quotas: &[Quota]) -> String {
    let columns =
        [Left("METER"), Right("LIMIT"), Right("USED"), Right("FREE"), Left("TIGHTEST LIMIT")];
    let row = |quota: &Quota| {
        let tightest = quota.tightest.as_ref();
        let tightest = tightest.map(|it| format!("{} of {} at {}", it.used, it.limit, it.place));
        vec![
            text::word(&quota.meter).replace(' ', "_"),
            text::maybe(quota.limit.as_ref()),
            quota.used.clone(),
            text::maybe(quota.free.as_ref()),
            text::maybe(tightest.as_ref()),
        ]
    };
    table::list(style, &columns, quotas.iter().map(row).collect())
}
