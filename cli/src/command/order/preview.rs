//! The preview of an order as people read it.

use graphql_client::query::budget::BudgetEffect;
use graphql_client::query::offering::Size;
use graphql_client::query::order::{
    OrderPreview, OrderPreviewOf, PreviewMember, PriceEstimate, PriceEstimateLine,
};
use graphql_client::query::quota::{QuotaEffect, QuotaLimit};
use serde_json::Value;

use super::Facts;
use crate::command::approval;
use crate::command::change::{notes, origin, own_table};
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::Style;
use crate::{text, value};

/// Members, parameters that differ from their default, price and licence.
pub fn page(
    style: Style,
    facts: &Facts,
    order: &OrderPreviewOf,
    schema: &Value,
    preview: &OrderPreview,
) -> String {
    let project = match &facts.organization {
        Some(owner) => format!("{} of {owner}", facts.project),
        None => facts.project.clone(),
    };
    let mut page = table::facts(
        style,
        &[
            ("New instance", Some(order.name.clone())),
            ("Project", Some(project)),
            ("Package", Some(facts.package.clone())),
            ("Software version", Some(order.software_version.clone())),
            ("Topology", Some(order.topology.clone())),
            ("Plan", Some(facts.plan.clone())),
            ("Template", order.template.clone()),
            ("Cell", Some(preview.cell.clone())),
        ],
    );
    page.push_str(&table::part("Members", &members(style, &preview.members)));
    let changed = value::changed(schema, &preview.parameters);
    if changed.is_empty() {
        page.push_str("\nAll parameters have their defaults.\n");
    } else {
        let columns = [Left("PARAMETER"), Left("VALUE"), Left("FROM"), Left("DEFAULT")];
        let row = |(name, value): (&String, &Value)| {
            let default = &schema["properties"][name]["default"];
            let kept = preview.values.iter().find(|kept| kept.parameter == *name);
            let from = kept.map(|kept| origin(Some(&kept.origin), kept.template.as_ref()));
            vec![name.clone(), text::value(value), text::maybe(from.as_ref()), text::value(default)]
        };
        let rows = changed.iter().map(row).collect();
        let title = "Parameters that differ from their default";
        page.push_str(&table::part(title, &table::list(style, &columns, rows)));
    }
    if !preview.own_values.is_empty() {
        let title = "Values of your own that win over the template";
        page.push_str(&table::part(title, &own_table(style, &preview.own_values)));
    }
    page.push_str(&notes(&preview.notes));
    page.push_str(&price(style, &preview.price));
    let licence = &preview.licence;
    page.push_str(&format!(
        "\nLicence: {} now in use, {} with this order, of {} ({}).\n",
        licence.used,
        licence.used + licence.added,
        licence.limit,
        text::word(&licence.unit),
    ));
    if !preview.quotas.is_empty() {
        page.push_str(&table::part("Quotas", &quotas(style, &preview.quotas)));
    }
    if !preview.budgets.is_empty() {
        let currency = &preview.price.currency;
        page.push_str(&table::part("Budgets", &budgets(style, currency, &preview.budgets)));
    }
    if !preview.approvals.is_empty() {
        page.push_str(&format!("\n{}\n", approval::ahead(&preview.approvals)));
    }
    page
}

fn quotas(style: Style, quotas: &[QuotaEffect]) -> String {
    let columns = [Left("METER"), Right("TAKES"), Right("LEFT AFTER IT"), Left("TIGHTEST LIMIT")];
    let row = |effect: &QuotaEffect| {
        let QuotaLimit { used, limit, place, .. } = &effect.tightest;
        let tightest = format!("{used} of {limit} at {place}");
        let meter = text::word(&effect.meter).replace(' ', "_");
        vec![meter, effect.added.clone(), effect.remains.clone(), tightest]
    };
    table::list(style, &columns, quotas.iter().map(row).collect())
}

fn budgets(style: Style, currency: &str, budgets: &[BudgetEffect]) -> String {
    let columns = [
        Left("BUDGET OF"),
        Left("ACTION"),
        Right("PER MONTH"),
        Right("COMMITTED"),
        Right("TAKES"),
        Right("LEFT AFTER IT"),
        Left("CURRENCY"),
    ];
    let row = |effect: &BudgetEffect| {
        let budget = &effect.budget;
        vec![
            budget.place.clone(),
            text::word(&budget.action),
            budget.amount.clone(),
            budget.committed.clone(),
            effect.added.clone(),
            effect.remains.clone(),
            currency.to_owned(),
        ]
    };
    table::list(style, &columns, budgets.iter().map(row).collect())
}

fn members(style: Style, members: &[PreviewMember]) -> String {
    let columns = [
        Left("NAME"),
        Left("ROLE"),
        Right("MILLI-VCPU"),
        Right("MEMORY MIB"),
        Right("STORAGE MIB"),
    ];
    let row = |member: &PreviewMember| {
        let Size { millivcpu, memory_mib, storage_mib } = &member.size;
        vec![
            member.name.clone(),
            member.role.clone(),
            millivcpu.to_string(),
            memory_mib.to_string(),
            storage_mib.to_string(),
        ]
    };
    table::list(style, &columns, members.iter().map(row).collect())
}

fn price(style: Style, price: &PriceEstimate) -> String {
    let columns = [
        Left("METER"),
        Right("QUANTITY PER HOUR"),
        Right("UNIT PRICE"),
        Right("PER"),
        Right("PER HOUR"),
    ];
    let row = |line: &PriceEstimateLine| {
        let unit = line.unit_price.as_ref().or(line.reason.as_ref());
        vec![
            text::word(&line.meter),
            line.quantity_per_hour.clone(),
            text::maybe(unit),
            text::maybe(line.per.as_ref()),
            line.per_hour.clone(),
        ]
    };
    let title = format!(
        "Price while it runs: {hour} {currency} per hour, {month} {currency} per month of 30 days, \
         before tax",
        hour = price.per_hour,
        month = price.per_month,
        currency = price.currency,
    );
    table::part(&title, &table::list(style, &columns, price.lines.iter().map(row).collect()))
}

#[cfg(test)]
mod tests;
