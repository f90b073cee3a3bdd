//! Exact arithmetic of money: computed with whole numbers of any size, rounded once.

use bigdecimal::BigDecimal;
use num_bigint::{BigInt, Sign};
use types::money::Decimal;

/// Places that charges and lines keep: small amounts are not rounded away.
pub const PLACES: u32 = 10;

/// What a quantity costs: `quantity ÷ per × unit_price × (100 − discount) ÷ 100`, half-even at
/// [`PLACES`]. `per` is above zero.
pub fn of(quantity: i128, per: i64, unit_price: &Decimal, discount: &Decimal) -> Decimal {
    debug_assert!(per > 0, "price lines are checked before they are used");
    let paid = BigDecimal::from(100) - discount.number();
    let exact = unit_price.number() * paid * BigDecimal::from(BigInt::from(quantity));
    round_ratio(&exact, &(BigInt::from(per) * 100), PLACES)
}

/// A share of an amount in percent, half-even at `places`.
pub fn percent_of(amount: &Decimal, percent: &Decimal, places: u32) -> Decimal {
    round_ratio(&(amount.number() * percent.number()), &BigInt::from(100), places)
}

/// The number with exactly so many places, half-even.
pub fn rounded(amount: &Decimal, places: u32) -> Decimal {
    round_ratio(amount.number(), &BigInt::from(1), places)
}

/// The exact sum, with exactly so many places, which every summand must fit.
pub fn sum<'a>(amounts: impl IntoIterator<Item = &'a Decimal>, places: u32) -> Decimal {
    let total = amounts.into_iter().fold(BigDecimal::from(0), |sum, each| sum + each.number());
    rounded(&total.into(), places)
}

/// `left − right`, with exactly so many places, which both must fit.
pub fn less(left: &Decimal, right: &Decimal, places: u32) -> Decimal {
    rounded(&(left.number() - right.number()).into(), places)
}

/// Whether the amount is zero.
pub fn is_zero(amount: &Decimal) -> bool {
    amount.number().sign() == Sign::NoSign
}

/// Whether the amount is above zero.
pub fn is_positive(amount: &Decimal) -> bool {
    amount.number().sign() == Sign::Plus
}

/// Half-even of a number divided by a whole number above zero; symmetric about zero.
fn round_ratio(number: &BigDecimal, divisor: &BigInt, places: u32) -> Decimal {
    let (digits, scale) = number.as_bigint_and_exponent();
    let ten = |power: i64| BigInt::from(10).pow(u32::try_from(power).unwrap_or(0));
    let shift = i64::from(places) - scale;
    let numerator = digits * ten(shift.max(0));
    let denominator = divisor * ten((-shift).max(0));
    let quotient = &numerator / &denominator;
    let rest = numerator - &quotient * &denominator;
    let twice: BigInt = BigInt::from(rest.magnitude().clone()) * 2;
    let away = match twice.cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient.bit(0),
        std::cmp::Ordering::Greater => true,
    };
    let step = match (away, rest.sign()) {
        (false, _) | (_, Sign::NoSign) => 0,
        (true, Sign::Plus) => 1,
        (true, Sign::Minus) => -1,
    };
    BigDecimal::new(quotient + step, i64::from(places)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[track_caller]
    fn check(quantity: i128, per: i64, unit_price: &str, discount: &str, amount: &str) {
        let shown = of(quantity, per, &decimal(unit_price), &decimal(discount)).to_string();
        assert_eq!(shown, amount, "{quantity} ÷ {per} × {unit_price} less {discount} %");
    }

    #[test]
    fn an_amount_keeps_ten_places() {
        check(3000, 3600, "0.36", "0", "0.3000000000");
        check(1, 3600, "0.000000000001", "0", "0.0000000000");
        check(1, 3, "1", "0", "0.3333333333");
        check(2, 3, "1", "0", "0.6666666667");
        check(0, 3, "1", "0", "0.0000000000");
        check(7, 1, "2", "100", "0.0000000000");
        check(1, 1, "100", "12.5", "87.5000000000");
        check(
            i128::from(i64::MAX),
            1,
            "123456789.123456789012",
            "0.0001",
            "1138686757873271614812088487.6248931433",
        );
    }

    #[test]
    fn halves_go_to_the_even_neighbour_on_both_sides_of_zero() {
        check(1, 2, "0.0000000001", "0", "0.0000000000");
        check(3, 2, "0.0000000001", "0", "0.0000000002");
        check(-1, 2, "0.0000000001", "0", "0.0000000000");
        check(-3, 2, "0.0000000001", "0", "-0.0000000002");
        let minor = |text: &str, places| rounded(&decimal(text), places).to_string();
        assert_eq!(minor("0.125", 2), "0.12");
        assert_eq!(minor("0.1250000001", 2), "0.13");
        assert_eq!(minor("-0.135", 2), "-0.14");
        assert_eq!(minor("-0.004", 2), "0.00");
        assert_eq!(minor("2.5", 0), "2");
        assert_eq!(minor("3", 2), "3.00");
    }

    #[test]
    fn tax_on_a_negative_total_is_negative() {
        assert_eq!(percent_of(&decimal("-10.25"), &decimal("6"), 2).to_string(), "-0.62");
        assert_eq!(percent_of(&decimal("10.25"), &decimal("6"), 2).to_string(), "0.62");
    }

    #[test]
    fn sums_are_exact() {
        let parts = [decimal("0.0000000001"), decimal("-0.0000000001"), decimal("5")];
        assert_eq!(sum(&parts, PLACES).to_string(), "5.0000000000");
        assert_eq!(sum(&[], 2).to_string(), "0.00");
        assert!(is_zero(&less(&parts[2], &parts[2], 2)));
    }
}
