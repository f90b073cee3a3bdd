//! The price in a preview: by the same resolution and the same arithmetic as the bill.

use types::instant::Instant;
use types::money::Decimal;

use crate::amount::{self, PLACES};
use crate::calendar::Calendar;
use crate::error::RatingError;
use crate::meter::Meter;
use crate::price::{Model, PriceLine};
use crate::rates::{LineSort, Rates, percentage};

/// Hours of the month that prices are shown for: 30 days.
pub const HOURS_PER_MONTH: i128 = 30 * 24;

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The organization that would own it, its parent, and so on to the root.
    pub path: &'a [&'a str],
    /// The plan.
    pub plan: Option<&'a str>,
    /// How many members.
    pub members: i64,
    /// What one running member uses in a second: `member_seconds` 1, `memory_mib_seconds` its MiB.
    pub per_second: &'a [(Meter, i64)],
    /// The instant whose prices and discounts hold.
    pub at: Instant,
}

/// What it would cost while it runs. Amounts have ten places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// For an hour.
    pub per_hour: Decimal,
    /// For 30 × 24 hours.
    pub per_month: Decimal,
    /// Once, with the first instant in service.
    pub once: Decimal,
    /// Where that comes from; a meter without a price has a line with zeros.
    pub lines: Vec<EstimateLine>,
}

/// One meter's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstimateLine {
    /// The meter.
    pub meter: Meter,
    /// The id of the price line; none: no price.
    pub price_line: Option<String>,
    /// Quantity of all members in an hour; for `one_off` the number of members.
    pub quantity: i128,
    /// For an hour; zero for `one_off`.
    pub per_hour: Decimal,
    /// For 30 × 24 hours; zero for `one_off`.
    pub per_month: Decimal,
    /// Once; zero for all others.
    pub once: Decimal,
}

/// The price of what is asked about. A month's price is taken by the seconds that the month of `at`
/// really has; a tiered line has no price by itself and is refused.
pub fn estimate(
    rates: &Rates<'_>,
    calendar: &Calendar,
    asked: &Asked<'_>,
) -> Result<Estimate, RatingError> {
    let seconds = calendar.interval(calendar.period_of(asked.at)).seconds();
    let mut lines = Vec::new();
    for (meter, per_second) in asked.per_second {
        let find = |sort| rates.line(asked.path, asked.plan, *meter, sort, asked.at);
        let quantity = i128::from(asked.members) * i128::from(*per_second) * 3600;
        lines.push(recurring(rates, asked, *meter, find(LineSort::Recurring), quantity, seconds)?);
        let is_once = matches!(meter, Meter::MemberSeconds | Meter::MachineSeconds);
        if let Some(line) = find(LineSort::OneOff).filter(|_| is_once) {
            lines.push(once(rates, asked, *meter, line, seconds)?);
        }
    }
    let total = |part: fn(&EstimateLine) -> &Decimal| amount::sum(lines.iter().map(part), PLACES);
    Ok(Estimate {
        per_hour: total(|line| &line.per_hour),
        per_month: total(|line| &line.per_month),
        once: total(|line| &line.once),
        lines,
    })
}

fn recurring(
    rates: &Rates<'_>,
    asked: &Asked<'_>,
    meter: Meter,
    line: Option<&PriceLine>,
    quantity: i128,
    seconds: i64,
) -> Result<EstimateLine, RatingError> {
    let mut part = nothing(meter, line, quantity);
    let Some(line) = line else { return Ok(part) };
    if line.model == Model::Tiered {
        return Err(RatingError::Tiered { line: line.id.clone() });
    }
    let unit = line.unit_price(None, seconds)?;
    let discount = percentage(rates.discount(asked.path, asked.at));
    part.per_hour = amount::of(quantity, unit.per, &unit.price, &discount);
    part.per_month = amount::of(quantity * HOURS_PER_MONTH, unit.per, &unit.price, &discount);
    Ok(part)
}

fn once(
    rates: &Rates<'_>,
    asked: &Asked<'_>,
    meter: Meter,
    line: &PriceLine,
    seconds: i64,
) -> Result<EstimateLine, RatingError> {
    let mut part = nothing(meter, Some(line), asked.members.into());
    let unit = line.unit_price(None, seconds)?;
    let discount = percentage(rates.discount(asked.path, asked.at));
    let each = amount::of(1, unit.per, &unit.price, &discount);
    part.once = amount::rounded(&(each.number() * asked.members).into(), PLACES);
    Ok(part)
}

fn nothing(meter: Meter, line: Option<&PriceLine>, quantity: i128) -> EstimateLine {
    let zero = amount::rounded(&Decimal::zero(), PLACES);
    EstimateLine {
        meter,
        price_line: line.map(|line| line.id.clone()),
        quantity,
        per_hour: zero.clone(),
        per_month: zero.clone(),
        once: zero,
    }
}
