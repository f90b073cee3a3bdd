//! Rating one period: from records and histories to pieces, from pieces to charges.

use std::collections::{BTreeMap, HashMap};

use types::instant::Instant;
use types::money::Decimal;

use crate::amount;
use crate::calendar::{Day, Period};
use crate::charge::{Charge, ChargeKey, Percent};
use crate::error::RatingError;
use crate::ground::Ground;
use crate::knowledge::Knowledge;
use crate::meter::Meter;
use crate::piece::{Cutter, Piece};
use crate::price::PriceLine;
use crate::rates::percentage;
use crate::tier;

/// What is the same in all pieces of a charge, cheap to compare; a charge may have several.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Slot<'g> {
    placement: usize,
    resource: &'g str,
    plan: Option<&'g str>,
    meter: Meter,
    line: Option<&'g str>,
    tier: Option<u32>,
    day: Day,
    discount: Option<(&'g str, Instant)>,
}

struct Sum<'g> {
    quantity: i128,
    line: Option<&'g PriceLine>,
}

/// All pieces of a period in the order they are found in, tiers decided.
///
/// With `only`, the pieces of one resource; the tiers of those depend on the others, so where a
/// tiered line may apply it must be none.
pub fn pieces<'g>(
    ground: &'g Ground<'g>,
    period: Period,
    knowledge: &'g Knowledge<'g>,
    only: Option<&str>,
    mut each: impl FnMut(Piece<'g>),
) -> Result<(), RatingError> {
    let mut cutter = Cutter::new(ground, period);
    let mut tiered = Vec::new();
    let wanted = |resource: &str| only.is_none_or(|only| only == resource);
    for record in knowledge.records(ground.calendar.interval(period)) {
        let Some(history) = knowledge.history(&record.resource) else { continue };
        if wanted(history.resource) {
            cutter.cut(record, history, |piece| match piece.is_tiered() {
                true => tiered.push(piece),
                false => each(piece),
            })?;
        }
    }
    tier::divide(ground, tiered, &mut each)?;
    let lives = knowledge.histories().filter(|history| wanted(history.resource));
    lives.filter_map(|history| cutter.once(history)).for_each(each);
    Ok(())
}

/// The charges of a period, in order, as what is known gives them now; on no bill yet.
pub fn period<'g>(
    ground: &'g Ground<'g>,
    period: Period,
    knowledge: &'g Knowledge<'g>,
) -> Result<Vec<Charge>, RatingError> {
    let mut slots: HashMap<Slot<'g>, (Sum<'g>, Piece<'g>)> = HashMap::new();
    pieces(ground, period, knowledge, None, |piece| {
        let sum = Sum { quantity: 0, line: piece.line };
        slots.entry(slot(&piece)).or_insert((sum, piece)).0.quantity += piece.quantity;
    })?;
    let mut charges: BTreeMap<ChargeKey, Sum<'g>> = BTreeMap::new();
    for (sum, piece) in slots.into_values() {
        let entry = charges.entry(key(ground, period, &piece));
        entry.or_insert(Sum { quantity: 0, line: sum.line }).quantity += sum.quantity;
    }
    let seconds = ground.calendar.interval(period).seconds();
    charges.into_iter().map(|(key, sum)| charge(period, key, &sum, seconds)).collect()
}

/// The key of the charge that a piece belongs to.
pub fn key<'g>(ground: &'g Ground<'g>, period: Period, piece: &Piece<'g>) -> ChargeKey {
    let placement = ground.tree.placement(piece.placement);
    let stretch = &placement.stretch;
    ChargeKey {
        charge_period: period,
        organization: stretch.path[0].to_owned(),
        stay: stretch.start.max(ground.calendar.interval(period).start()),
        project: placement.project.to_owned(),
        resource: piece.resource.to_owned(),
        plan: piece.condition.plan.map(str::to_owned),
        meter: piece.meter,
        price_line: piece.line.map(|line| line.id.clone()),
        tier: piece.tier,
        day: piece.day,
        discount: Percent::from(&percentage(piece.discount)),
    }
}

fn slot<'g>(piece: &Piece<'g>) -> Slot<'g> {
    Slot {
        placement: piece.placement,
        resource: piece.resource,
        plan: piece.condition.plan,
        meter: piece.meter,
        line: piece.line.map(|line| line.id.as_str()),
        tier: piece.tier,
        day: piece.day,
        discount: piece.discount.map(|each| (each.organization.as_str(), each.effective_from)),
    }
}

fn charge(
    period: Period,
    key: ChargeKey,
    sum: &Sum<'_>,
    period_seconds: i64,
) -> Result<Charge, RatingError> {
    let quantity = sum.quantity;
    let Some(line) = sum.line else {
        let amount = amount::rounded(&Decimal::zero(), amount::PLACES);
        return Ok(Charge {
            period,
            key,
            quantity,
            amount,
            per: None,
            unit_price: None,
            bill: None,
        });
    };
    let unit = line.unit_price(key.tier, period_seconds)?;
    let amount = amount::of(quantity, unit.per, &unit.price, &key.discount.number());
    let (per, unit_price) = (Some(unit.per), Some(unit.price));
    Ok(Charge { period, key, quantity, amount, per, unit_price, bill: None })
}
