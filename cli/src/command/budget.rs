//! `budget`: what organizations and projects may cost in a month.

use graphql_client::query::budget::{Budget, Budgets, NodeBudgets, RemoveBudget, SetBudget};
use graphql_client::query::order::With;
use graphql_client::query::{
    AskOrganizationBudgets, AskProjectBudgets, DoRemoveBudget, DoSetBudget, Named,
};

use crate::arguments::{BudgetArguments, BudgetCommand, QuotaPlace};
use crate::client::Client;
use crate::error::Result;
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::Style;
use crate::text;

/// Does what is asked for.
pub async fn budget(program: &Program, arguments: BudgetArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        BudgetCommand::List(place) => {
            let found = find(&client, place).await?;
            program.terminal.show(&found, |style| page(style, &found.budgets))
        }
        BudgetCommand::Set { amount, action, place } => {
            let at = find(&client, place).await?.id;
            let (action, key) = (action.to_uppercase(), client.new_key());
            let input = SetBudget { at, amount: amount.to_string(), action, idempotency_key: key };
            let changed = client.ask::<DoSetBudget>(&With { input }).await?;
            program.terminal.show(&changed, |style| page(style, &changed.budgets))
        }
        BudgetCommand::Remove { place } => {
            let at = find(&client, place).await?.id;
            let input = RemoveBudget { at, idempotency_key: client.new_key() };
            let changed = client.ask::<DoRemoveBudget>(&With { input }).await?;
            program.terminal.show(&changed, |style| page(style, &changed.budgets))
        }
    }
}

async fn find(client: &Client, place: QuotaPlace) -> Result<NodeBudgets> {
    match place.project {
        Some(id_or_name) => client.ask::<AskProjectBudgets>(&Named { id_or_name }).await,
        // One of the two is always given.
        None => {
            let id_or_name = place.organization.unwrap_or_default();
            client.ask::<AskOrganizationBudgets>(&Named { id_or_name }).await
        }
    }
}

fn page(style: Style, budgets: &Budgets) -> String {
    let Budgets { currency, committed, holding } = budgets;
    let told = format!("{committed} {currency} per month of 30 days, before tax");
    let mut page = table::facts(style, &[("Committed here and below", Some(told))]);
    if holding.is_empty() {
        page.push_str("\nNo budget holds here.\n");
        return page;
    }
    let columns = [
        Left("BUDGET OF"),
        Left("ACTION"),
        Right("PER MONTH"),
        Right("COMMITTED"),
        Right("LEFT"),
        Left("CURRENCY"),
    ];
    let row = |budget: &Budget| {
        vec![
            budget.place.clone(),
            text::word(&budget.action),
            budget.amount.clone(),
            budget.committed.clone(),
            budget.free.clone(),
            currency.clone(),
        ]
    };
    let rows = holding.iter().map(row).collect();
    page.push_str(&table::part("Budgets, from the root down", &table::list(style, &columns, rows)));
    page
}
