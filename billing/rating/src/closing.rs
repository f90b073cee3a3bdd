//! The bills of one period: charges and corrections on stays, totals up the tree, tax, credits,
//! numbers, hashes.
//!
//! The same input gives the same bytes, so a closing that was killed is simply repeated. When a
//! period may close and where bills are kept is left to `billing`.

mod draft;

use types::instant::Instant;
use types::interval::Interval;
use types::money::Decimal;

use crate::amount;
use crate::bill::{Bill, BillState, hash};
use crate::calendar::Period;
use crate::charge::Charge;
use crate::closing::draft::{Draft, DraftKey, Drafts};
use crate::correction;
use crate::credit::{self, Used};
use crate::error::RatingError;
use crate::gap;
use crate::ground::Ground;
use crate::knowledge::Knowledge;
use crate::rate;

/// What a period is closed, or shown provisionally, with.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// The period.
    pub period: Period,
    /// When its closing began; none makes provisional bills.
    pub closed_at: Option<Instant>,
    /// Everything recorded and accepted before the closing began; for provisional bills everything.
    pub knowledge: &'a Knowledge<'a>,
    /// The earlier periods to rate again: at least all that usage or states became known for since
    /// the last closing. More of them change nothing.
    pub again: &'a [Period],
    /// All charges and corrections billed so far for the periods in `again`; others are ignored.
    pub billed: &'a [Charge],
    /// How much of each credit earlier bills used.
    pub used: &'a Used,
}

/// The outcome: all that is to be stored or shown for the period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// In order of number; provisional ones in order of organization and stay.
    pub bills: Vec<Bill>,
    /// Charges and corrections in order.
    pub charges: Vec<Charge>,
}

/// Makes the bills of a period.
pub fn close<'a>(ground: &'a Ground<'a>, closing: &Closing<'a>) -> Result<Closed, RatingError> {
    let interval = ground.calendar.interval(closing.period);
    let mut drafts = Drafts::of_stays(ground, interval);
    for charge in rate::period(ground, closing.period, closing.knowledge)? {
        let key = (charge.key.organization.clone(), Some(charge.key.stay));
        drafts.add(key, charge);
    }
    for again in closing.again.iter().filter(|again| **again < closing.period) {
        let now = rate::period(ground, *again, closing.knowledge)?;
        let billed = closing.billed.iter().filter(|charge| charge.key.charge_period == *again);
        for change in correction::between(closing.period, now, billed) {
            let key = drafts.last_of(ground, &change.key.organization);
            drafts.add(key, change);
        }
    }
    if closing.closed_at.is_some() {
        for gap in gap::declared(ground, interval, closing.knowledge) {
            drafts.declare((gap.organization, Some(gap.stay)), gap.gap);
        }
    }
    write(ground, closing, interval, drafts)
}

fn write(
    ground: &Ground<'_>,
    closing: &Closing<'_>,
    interval: Interval,
    mut drafts: Drafts,
) -> Result<Closed, RatingError> {
    drafts.add_up(ground.tenant.minor_digits);
    let numbered = closing.closed_at.is_some();
    let number = |drafts: &Drafts, key: &DraftKey| {
        let place = drafts.position(key)? + 1;
        numbered.then(|| format!("{}-{place:04}", closing.period))
    };
    let mut closed = Closed::default();
    for (key, draft) in drafts.iter() {
        let own = number(&drafts, key);
        let parent_bill = draft.parent.as_ref().and_then(|parent| number(&drafts, parent));
        let mut bill = bill(ground, closing, key, draft);
        (bill.number, bill.parent_bill) = (own, parent_bill);
        if bill.parent.is_none() {
            settle(ground, closing, interval, &mut bill)?;
        }
        bill.hash = numbered.then(|| hash::of(&ground.tenant.tenant, &bill));
        let billed = draft.charges.iter().cloned();
        closed.charges.extend(billed.map(|charge| Charge { bill: bill.number.clone(), ..charge }));
        closed.bills.push(bill);
    }
    closed.charges.sort_unstable();
    Ok(closed)
}

/// A bill from its draft, without numbers, tax, credits and hash.
fn bill(ground: &Ground<'_>, closing: &Closing<'_>, key: &DraftKey, draft: &Draft) -> Bill {
    Bill {
        number: None,
        period: closing.period,
        state: match closing.closed_at {
            Some(_) => BillState::Closed,
            None => BillState::Provisional,
        },
        organization: key.0.clone(),
        parent: draft.parent.as_ref().map(|parent| parent.0.clone()),
        parent_bill: None,
        stay: draft.stay,
        currency: ground.tenant.currency.clone(),
        lines: draft.lines(),
        rounding: draft.rounding(),
        own_total: draft.own_total.clone(),
        children_total: draft.children_total.clone(),
        subtree_total: draft.subtree_total.clone(),
        gaps: draft.gaps.clone(),
        tax_percent: None,
        tax: None,
        credits: None,
        payable: None,
        closed_at: closing.closed_at,
        hash: None,
    }
}

/// Tax, credits and what is left to pay, on the root bill.
fn settle(
    ground: &Ground<'_>,
    closing: &Closing<'_>,
    interval: Interval,
    bill: &mut Bill,
) -> Result<(), RatingError> {
    let (tenant, places) = (ground.tenant, ground.tenant.minor_digits);
    let percent = credit::tax_percent(&tenant.taxes, interval.end());
    let tax = amount::percent_of(&bill.subtree_total, &percent, places);
    let due = amount::sum([&bill.subtree_total, &tax], places);
    let credits = match closing.closed_at {
        Some(_) => credit::apply(&tenant.credits, closing.used, &due, interval.end(), places)?,
        None => Vec::new(),
    };
    let paid: Decimal = amount::sum(credits.iter().map(|used| &used.amount), places);
    bill.payable = Some(amount::less(&due, &paid, places));
    (bill.tax_percent, bill.tax, bill.credits) = (Some(percent), Some(tax), Some(credits));
    Ok(())
}
