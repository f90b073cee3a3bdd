"""Exact numbers and their plain text ("Numbers are integers or exact decimals, never floats")."""

from decimal import Decimal
from fractions import Fraction

CHARGE_PLACES = 10


def half_even(value, places):
    """Rounds an exact value once, half-even, symmetric about zero."""
    return round(Fraction(value), places) if places else Fraction(round(Fraction(value)))


def half_up(numerator, denominator):
    """The integer nearest to numerator / denominator (neither negative), a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def fixed(value, places):
    """Text with exactly `places` digits after the point; the value must already have no more."""
    scaled = Fraction(value) * 10**places
    if scaled.denominator != 1:
        raise ValueError(f"{value} has more than {places} places")
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


def shortest(text):
    """The same decimal without trailing zeros, as the `discount` of a charge is written."""
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def null_first(*values):
    """A key to sort by: null before everything, numbers as numbers, text bytewise."""
    return tuple((0,) if value is None else (1, value) for value in values)
