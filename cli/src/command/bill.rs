//! `bill`: an organization's month, down to the resource.

use graphql_client::page;
use graphql_client::query::bill::{
    Bill, BillGap, BillLine, BillOf, BillResource, ChildBill, ResourcesOf,
};
use graphql_client::query::{AskBill, AskBillingPeriods, ListBillResources, Named, Reference};

use crate::arguments::BillArguments;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::Style;
use crate::text;

/// Shows a bill.
pub async fn bill(program: &Program, arguments: BillArguments) -> Result<()> {
    let client = program.client()?;
    let organization = arguments.organization.clone();
    let period = match arguments.period.clone() {
        Some(period) => period,
        None => newest(&client, organization.clone()).await?,
    };
    let of = BillOf { organization: organization.clone(), period: period.clone() };
    let mut bill = client.ask::<AskBill>(&of).await.map_err(at_flags)?;
    if arguments.resources {
        let slice = |first, after| ResourcesOf {
            organization: organization.clone(),
            period: period.clone(),
            first,
            after,
        };
        let limit = arguments.limit;
        let list =
            page::collect::<ListBillResources, _, _>(&client, limit, slice, |of| of.resources);
        bill.resources = Some(list.await?);
    }
    program.terminal.show(&bill, |style| whole(style, &bill))?;
    if let Some(resources) = &bill.resources {
        table::note_if_cut(resources, &program.terminal);
    }
    Ok(())
}

fn at_flags(error: Error) -> Error {
    error.at_flags(&[("organization", "--organization"), ("period", "--period")])
}

async fn newest(client: &Client, id_or_name: String) -> Result<String> {
    let organization = client.ask::<AskBillingPeriods>(&Named { id_or_name }).await?;
    let newest = organization.billing_periods.into_iter().next();
    newest.map(|period| period.period).ok_or_else(|| {
        Error::Usage(format!("{} has no bill yet; give --period YYYY-MM", organization.name))
    })
}

fn whole(style: Style, bill: &Bill) -> String {
    let mut page = head(style, bill);
    page.push_str(&table::part("Lines", &lines(style, &bill.lines)));
    if let Some(resources) = &bill.resources {
        page.push_str(&table::part("Resources", &by_resource(style, &resources.items)));
    }
    if !bill.children.is_empty() {
        page.push_str(&table::part("Organizations below", &children(style, &bill.children)));
    }
    if !bill.gaps.is_empty() {
        page.push_str(&table::part("Gaps: usage is not known here", &gaps(style, &bill.gaps)));
    }
    page.push_str(&table::part("Totals", &totals(style, bill)));
    page
}

fn head(style: Style, bill: &Bill) -> String {
    let organization = &bill.organization;
    table::facts(
        style,
        &[
            ("Organization", Some(format!("{} ({})", organization.title, organization.name))),
            ("Period", Some(bill.period.clone())),
            ("State", Some(text::word(&bill.state))),
            ("Number", bill.number.clone()),
            ("Since", bill.stay_start.as_deref().map(text::instant)),
            ("Until", bill.stay_end.as_deref().map(text::instant)),
            ("Complete to", bill.complete_to.as_deref().map(text::instant)),
            ("Closed", bill.closed_at.as_deref().map(text::instant)),
            ("Hash", bill.hash.clone()),
        ],
    )
}

fn lines(style: Style, lines: &[BillLine]) -> String {
    let columns = [
        Left("PROJECT"),
        Left("PLAN"),
        Left("METER"),
        Left("PERIOD"),
        Right("QUANTITY"),
        Right("UNIT PRICE"),
        Right("PER"),
        Right("AMOUNT"),
    ];
    let row = |line: &BillLine| {
        vec![
            name(line.project.as_ref()),
            name(line.plan.as_ref()),
            text::word(&line.meter),
            line.charge_period.clone(),
            line.quantity.clone(),
            text::maybe(line.unit_price.as_ref().or(line.reason.as_ref())),
            text::maybe(line.per.as_ref()),
            line.amount.clone(),
        ]
    };
    table::list(style, &columns, lines.iter().map(row).collect())
}

fn by_resource(style: Style, resources: &[BillResource]) -> String {
    let columns = [
        Left("PROJECT"),
        Left("INSTANCE"),
        Left("RESOURCE"),
        Left("PLAN"),
        Left("METER"),
        Right("QUANTITY"),
        Right("UNIT PRICE"),
        Right("PER"),
        Right("AMOUNT"),
        Left("ID"),
    ];
    let row = |resource: &BillResource| {
        vec![
            name(resource.project.as_ref()),
            resource.instance_name.clone(),
            resource.name.clone(),
            name(resource.plan.as_ref()),
            text::word(&resource.meter),
            resource.quantity.clone(),
            text::maybe(resource.unit_price.as_ref()),
            text::maybe(resource.per.as_ref()),
            resource.amount.clone(),
            resource.resource.clone(),
        ]
    };
    table::list(style, &columns, resources.iter().map(row).collect())
}

fn children(style: Style, children: &[ChildBill]) -> String {
    let columns =
        [Left("ORGANIZATION"), Left("STATE"), Right("OWN"), Right("BELOW"), Right("TOTAL")];
    let row = |child: &ChildBill| {
        vec![
            child.organization.name.clone(),
            text::word(&child.state),
            child.own_total.clone(),
            child.children_total.clone(),
            child.subtree_total.clone(),
        ]
    };
    table::list(style, &columns, children.iter().map(row).collect())
}

fn gaps(style: Style, gaps: &[BillGap]) -> String {
    let columns = [Left("RESOURCE"), Left("FROM"), Left("TO"), Left("REASON"), Left("ID")];
    let row = |gap: &BillGap| {
        vec![
            gap.name.clone(),
            text::instant(&gap.start),
            text::instant(&gap.end),
            text::word(&gap.reason),
            gap.resource.clone(),
        ]
    };
    table::list(style, &columns, gaps.iter().map(row).collect())
}

fn totals(style: Style, bill: &Bill) -> String {
    let mut rows = Vec::new();
    let mut total = |what: String, amount: &str| {
        rows.push(vec![what, amount.to_owned(), bill.currency.clone()]);
    };
    total("Rounding".into(), &bill.rounding);
    total(format!("Own, {}", bill.organization.name), &bill.own_total);
    total("Organizations below".into(), &bill.children_total);
    total("Together".into(), &bill.subtree_total);
    if let Some(tax) = &bill.tax {
        let percent = bill.tax_percent.as_ref();
        let percent = percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
        total(format!("Tax{percent}"), tax);
    }
    if let Some(payable) = &bill.payable {
        total("Payable".into(), payable);
    }
    table::list(style, &[Left("TOTAL"), Right("AMOUNT"), Left("CURRENCY")], rows)
}

fn name(reference: Option<&Reference>) -> String {
    reference.map_or_else(|| text::NONE.to_owned(), |reference| reference.name.clone())
}

#[cfg(test)]
mod tests;
