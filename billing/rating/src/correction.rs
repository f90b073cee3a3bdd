//! Corrections: what a closed period would cost with all that is known now, less what was billed.

use std::collections::BTreeMap;

use types::money::Decimal;

use crate::amount::{self, PLACES};
use crate::calendar::Period;
use crate::charge::{Charge, ChargeKey};

/// The corrections to bill in `period` for one closed period, in order of key.
///
/// `now` is that period rated again, `billed` are all its charges and corrections so far. What is
/// zero in quantity and amount is left out, so after it the sum over all bills is `now`.
pub fn between<'a>(
    period: Period,
    now: Vec<Charge>,
    billed: impl IntoIterator<Item = &'a Charge>,
) -> Vec<Charge> {
    let mut changes: BTreeMap<ChargeKey, Charge> = BTreeMap::new();
    for charge in now {
        changes.insert(charge.key.clone(), Charge { period, bill: None, ..charge });
    }
    for charge in billed {
        let change = changes.entry(charge.key.clone()).or_insert_with(|| Charge {
            period,
            quantity: 0,
            amount: amount::rounded(&Decimal::zero(), PLACES),
            bill: None,
            ..charge.clone()
        });
        change.quantity -= charge.quantity;
        change.amount = amount::less(&change.amount, &charge.amount, PLACES);
    }
    changes
        .into_values()
        .filter(|change| change.quantity != 0 || !amount::is_zero(&change.amount))
        .collect()
}
