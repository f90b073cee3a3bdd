//! Why a charge is what it is: its pieces with their records, and the arithmetic.

use types::money::Decimal;

use crate::amount;
use crate::calendar::Period;
use crate::charge::ChargeKey;
use crate::error::RatingError;
use crate::ground::Ground;
use crate::knowledge::Knowledge;
use crate::piece::Piece;
use crate::price::{PriceLine, UnitPrice};
use crate::rate;

/// The whole derivation of a charge, as what is known gives it.
#[derive(Clone, Debug)]
pub struct Explanation<'g> {
    /// Its pieces in order of time: record, interval, quantity, state, plan.
    pub pieces: Vec<Piece<'g>>,
    /// The price line; none: `no price`.
    pub line: Option<&'g PriceLine>,
    /// Price and scale as used; none without price.
    pub unit: Option<UnitPrice>,
    /// The sum of the pieces.
    pub quantity: i128,
    /// What it costs, ten places.
    pub amount: Decimal,
    /// The calculation as text, like `3000 ÷ 3600 × 0.36 × (100 − 0) ÷ 100 = 0.3000000000`.
    pub arithmetic: String,
}

/// Explains one charge of a period; none when what is known gives no such charge. `knowledge` may
/// hold one resource only, except for a charge with a tier.
pub fn charge<'g>(
    ground: &'g Ground<'g>,
    knowledge: &'g Knowledge<'g>,
    key: &ChargeKey,
) -> Result<Option<Explanation<'g>>, RatingError> {
    let only = key.tier.is_none().then_some(key.resource.as_str());
    let period: Period = key.charge_period;
    let mut pieces = Vec::new();
    rate::pieces(ground, period, knowledge, only, |piece| {
        if piece.resource == key.resource && rate::key(ground, period, &piece) == *key {
            pieces.push(piece);
        }
    })?;
    pieces.sort_by_key(|piece| (piece.start, piece.end));
    let Some(first) = pieces.first() else { return Ok(None) };
    let line = first.line;
    let quantity = pieces.iter().map(|piece| piece.quantity).sum();
    let seconds = ground.calendar.interval(period).seconds();
    let unit = line.map(|line| line.unit_price(key.tier, seconds)).transpose()?;
    let (amount, arithmetic) = match &unit {
        None => {
            let amount = amount::rounded(&Decimal::zero(), amount::PLACES);
            (amount.clone(), format!("{quantity} without price = {amount}"))
        }
        Some(UnitPrice { per, price }) => {
            let amount = amount::of(quantity, *per, price, &key.discount.number());
            let discount = &key.discount;
            let text =
                format!("{quantity} ÷ {per} × {price} × (100 − {discount}) ÷ 100 = {amount}");
            (amount, text)
        }
    };
    Ok(Some(Explanation { pieces, line, unit, quantity, amount, arithmetic }))
}
