//! Tax and credits of a tenant's root bill.

use std::collections::BTreeMap;

use types::instant::Instant;
use types::money::Decimal;

use crate::amount;
use crate::bill::CreditUse;
use crate::error::RatingError;
use crate::tenant::{Credit, TaxRate};
use crate::timeline::FOREVER;

/// How much of each credit was used by bills so far, by its id.
pub type Used = BTreeMap<String, Decimal>;

/// The rate in force just before the period's end, as it was entered; `0` without one.
pub fn tax_percent(rates: &[TaxRate], period_end: Instant) -> Decimal {
    rates
        .iter()
        .filter(|rate| rate.effective_from < period_end)
        .max_by_key(|rate| rate.effective_from)
        .map_or_else(Decimal::zero, |rate| rate.percent.clone())
}

/// Which credits pay `due`, in order of use: those granted and not expired before the period's end,
/// earliest expiry first, then by id, each until it is empty or nothing is due. Nothing is used
/// while `due` is not above zero.
pub fn apply(
    credits: &[Credit],
    used: &Used,
    due: &Decimal,
    period_end: Instant,
    minor_digits: u32,
) -> Result<Vec<CreditUse>, RatingError> {
    let mut usable: Vec<_> = credits
        .iter()
        .filter(|credit| credit.granted_at < period_end)
        .filter(|credit| credit.expires_at.is_none_or(|expiry| expiry >= period_end))
        .collect();
    usable.sort_by_key(|credit| (credit.expires_at.unwrap_or(FOREVER), credit.id.as_str()));
    let mut due = due.clone();
    let mut uses = Vec::new();
    for credit in usable {
        let granted = amount::rounded(&credit.amount, minor_digits);
        if granted.number() != credit.amount.number() {
            return Err(RatingError::Credit { credit: credit.id.clone() });
        }
        let before = used.get(&credit.id).cloned().unwrap_or_else(Decimal::zero);
        let left = amount::less(&granted, &before, minor_digits);
        let part = if left < due { left.clone() } else { due.clone() };
        if !amount::is_positive(&part) {
            continue;
        }
        due = amount::less(&due, &part, minor_digits);
        let balance = amount::less(&left, &part, minor_digits);
        uses.push(CreditUse { credit: credit.id.clone(), amount: part, balance });
    }
    Ok(uses)
}

/// Adds a bill's entries to what was used so far.
pub fn book(used: &mut Used, uses: &[CreditUse], minor_digits: u32) {
    for entry in uses {
        let before = used.entry(entry.credit.clone()).or_insert_with(Decimal::zero);
        *before = amount::sum([&*before, &entry.amount], minor_digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credit(id: &str, amount: &str, granted: i64, expires: Option<i64>) -> Credit {
        Credit {
            id: id.into(),
            amount: amount.parse().expect("a decimal"),
            granted_at: Instant::from_seconds(granted),
            expires_at: expires.map(Instant::from_seconds),
        }
    }

    #[track_caller]
    fn check(due: &str, expected: &[(&str, &str, &str)]) {
        let credits = [
            credit("never", "100", 0, None),
            credit("b", "5", 0, Some(20)),
            credit("a", "5.00", 0, Some(20)),
            credit("at-the-end", "1", 9, Some(10)),
            credit("too-early", "50", 0, Some(9)),
            credit("too-late", "50", 10, None),
            credit("used", "7", 0, Some(11)),
        ];
        let used = Used::from([("used".to_owned(), Decimal::from(6))]);
        let due = due.parse().expect("a decimal");
        let uses = apply(&credits, &used, &due, Instant::from_seconds(10), 2).expect("uses");
        let shown: Vec<_> = uses
            .iter()
            .map(|each| (each.credit.as_str(), each.amount.to_string(), each.balance.to_string()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(id, amount, balance)| (*id, (*amount).to_owned(), (*balance).to_owned()))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn credits_are_used_by_expiry_then_id_while_something_is_due() {
        check("0.00", &[]);
        check("-3.00", &[]);
        check("0.40", &[("at-the-end", "0.40", "0.60")]);
        check("2.00", &[("at-the-end", "1.00", "0.00"), ("used", "1.00", "0.00")]);
        check(
            "8.00",
            &[
                ("at-the-end", "1.00", "0.00"),
                ("used", "1.00", "0.00"),
                ("a", "5.00", "0.00"),
                ("b", "1.00", "4.00"),
            ],
        );
    }

    #[test]
    fn a_credit_in_fractions_of_the_minor_unit_is_refused() {
        let credits = [credit("odd", "0.001", 0, None)];
        let due = Decimal::from(1);
        let refused = apply(&credits, &Used::new(), &due, Instant::from_seconds(10), 2);
        assert_eq!(refused, Err(RatingError::Credit { credit: "odd".into() }));
    }

    #[test]
    fn the_tax_rate_is_the_one_just_before_the_end() {
        let rate = |percent, second| TaxRate {
            percent: Decimal::from(percent),
            effective_from: Instant::from_seconds(second),
            entered_at: None,
        };
        let rates = [rate(6, 0), rate(9, 10)];
        let at = |second| tax_percent(&rates, Instant::from_seconds(second)).to_string();
        assert_eq!([at(0), at(10), at(11)], ["0", "6", "9"]);
    }
}
