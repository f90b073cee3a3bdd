//! Proving that the database is consistent: bills, and all that `control_plane_core::verify` looks
//! at. A test calls [`all`] after a fault; `cellplane-plane verify` tells [`findings`].

use std::collections::{BTreeMap, BTreeSet};

use billing_rating::amount::{self, PLACES};
use billing_rating::bill::{Bill, Line, hash};
use billing_rating::charge::Charge;
use control_plane_core::error::{Error, Result};
use control_plane_core::plane::Plane;
use control_plane_core::verify::{self, Invariant, Tally};
use control_plane_store::{InTenant, Page, PeriodState, Sorted as _};
use control_plane_store::{bill, billing_period, charge, tenant};
use policies::permit::{FleetPermit, Task, task_scope};
use types::money::{Currency, Decimal};

pub use control_plane_core::verify::{Finding, Violation};

const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "bill_unchanged",
        meaning: "the hash of a closed bill follows from its content, and its row says the same",
    },
    Invariant {
        name: "bill_sum",
        meaning: "a bill's lines are the sums of its charges, and its totals those of its lines \
                  and of the bills below",
    },
    Invariant {
        name: "charge_bill",
        meaning: "a charge stands on a bill of its month and says the same as its row",
    },
];

/// Every row that breaks an invariant; empty if the database is consistent.
///
/// # Errors
/// As [`findings`].
pub async fn all(plane: &Plane) -> Result<Vec<Violation>> {
    Ok(verify::violations(findings(plane).await?))
}

/// Every invariant with the rows that break it, also those that hold.
///
/// # Errors
/// If the database does not answer, or a row holds what this program cannot read.
pub async fn findings(plane: &Plane) -> Result<Vec<Finding>> {
    let mut findings = verify::findings(plane).await?;
    let mut tally = Tally::default();
    let fleet = plane.store.fleet_read(&FleetPermit::task(Task::Verify));
    for row in tenant::all(&fleet).await? {
        let reader = plane.store.read(&task_scope(Task::Verify, row.id));
        for period in billing_period::all(&reader).await? {
            // What is closed does not change any more, so one look is enough.
            if period.state == PeriodState::Closed {
                look_at_month(&reader, &period.period, &mut tally).await?;
            }
        }
    }
    findings.extend(tally.findings(INVARIANTS));
    Ok(findings)
}

/// What tells lines of one bill apart.
type LineKey = (String, String, String, Option<String>, String, Option<String>);
/// Quantity and amount by line.
type Sums = BTreeMap<LineKey, (i128, Decimal)>;

async fn look_at_month(reader: &dyn InTenant, period: &str, tally: &mut Tally) -> Result<()> {
    let tenant = reader.tenant();
    let rows = bill::of_period(reader, period).await?;
    let mut bills = BTreeMap::new();
    for row in &rows {
        match serde_json::from_str::<Bill>(&row.content) {
            Ok(bill) if is_unchanged(row, &bill) => {
                bills.insert(row.number.clone(), bill);
            }
            _ => tally.note("bill_unchanged", format_args!("{tenant} {}", row.number)),
        }
    }
    let numbers = rows.iter().map(|row| row.number.as_str()).collect();
    let sums = charged(reader, period, &numbers, tally).await?;
    for (number, bill) in &bills {
        let below = bills.values().filter(|child| child.parent_bill.as_ref() == Some(number));
        if !adds_up(bill, below, &sums) {
            tally.note("bill_sum", format_args!("{tenant} {number}"));
        }
    }
    Ok(())
}

fn is_unchanged(row: &bill::Bill, bill: &Bill) -> bool {
    let hash = hash::of(&row.tenant_id.to_string(), bill);
    bill.hash.as_ref() == Some(&hash)
        && row.hash == hash
        && bill.number.as_ref() == Some(&row.number)
        && bill.period.to_string() == row.period
        && bill.organization == row.organization_id.to_string()
        && bill.parent_bill == row.parent_bill
        && bill.closed_at == Some(row.closed_at)
}

/// What the charges of a month come to by bill and line.
async fn charged(
    reader: &dyn InTenant,
    period: &str,
    bills: &BTreeSet<&str>,
    tally: &mut Tally,
) -> Result<Sums> {
    let mut sums = Sums::new();
    let mut after = None;
    loop {
        let page = Page::new(control_plane_store::FIRST_MAX, after);
        let page = page.map_err(|error| Error::internal("verify charges", error))?;
        let part = charge::list(reader, period, None, &page).await?;
        for row in &part.items {
            let known = serde_json::from_str::<Charge>(&row.content).ok();
            let known = known.filter(|charge| is_same(row, charge));
            match known.and_then(|charge| Some((charge.bill.clone()?, charge))) {
                Some((bill, charge)) if bills.contains(bill.as_str()) => {
                    let zero = || (0, Decimal::zero());
                    let sum = sums.entry(line_of(bill, &charge)).or_insert_with(zero);
                    sum.0 += charge.quantity;
                    sum.1 = amount::sum([&sum.1, &charge.amount], PLACES);
                }
                _ => {
                    let tenant = reader.tenant();
                    tally.note("charge_bill", format_args!("{tenant} {period} {}", row.ordinal));
                }
            }
        }
        after = part.items.last().map(|row| row.cursor());
        if !part.has_next {
            return Ok(sums);
        }
    }
}

fn is_same(row: &charge::Charge, charge: &Charge) -> bool {
    charge.period.to_string() == row.bill_period
        && charge.key.charge_period.to_string() == row.charge_period
        && charge.key.organization == row.organization_id.to_string()
        && charge.key.resource == row.resource
}

fn line_of(bill: String, charge: &Charge) -> LineKey {
    let key = &charge.key;
    let (period, meter) = (key.charge_period.to_string(), key.meter.to_string());
    (bill, period, key.project.clone(), key.plan.clone(), meter, key.price_line.clone())
}

fn adds_up<'b>(bill: &Bill, below: impl Iterator<Item = &'b Bill>, sums: &Sums) -> bool {
    let (Some(number), Ok(currency)) = (&bill.number, bill.currency.parse::<Currency>()) else {
        return false;
    };
    let places = currency.minor_digits();
    let key = |line: &Line| {
        let (period, meter) = (line.charge_period.to_string(), line.meter.to_string());
        let names = (line.project.clone(), line.plan.clone(), line.price_line.clone());
        (number.clone(), period, names.0, names.1, meter, names.2)
    };
    let is_sum = |line: &Line| {
        let sum = sums.get(&key(line));
        sum.is_some_and(|(quantity, amount)| {
            *quantity == line.quantity && *amount == amount::rounded(&line.amount, PLACES)
        })
    };
    let charged = sums.keys().filter(|key| key.0 == *number).count();
    let own = amount::sum(bill.lines.iter().map(|line| &line.amount), PLACES);
    let children = amount::sum(below.map(|child| &child.subtree_total), places);
    let subtree = amount::sum([&bill.own_total, &bill.children_total], places);
    bill.lines.len() == charged
        && bill.lines.iter().all(is_sum)
        && bill.own_total == amount::rounded(&own, places)
        && bill.rounding == amount::less(&bill.own_total, &own, PLACES)
        && bill.children_total == children
        && bill.subtree_total == subtree
}
