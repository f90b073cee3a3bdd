"""Price books and discounts (money.md: "Price book", "Resolution for a piece", "Discount")."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from number import shortest
from period import parse


@dataclass(frozen=True)
class Line:
    """A price line; `unit_price` stays text, as a charge repeats it."""

    id: str
    plan: str
    meter: str
    model: str
    unit_price: str
    per: int
    stopped: bool
    tiers: tuple


def _line(row):
    tiers = tuple((tier.get("up_to"), tier["unit_price"]) for tier in row.get("tiers") or ())
    return Line(
        row["id"], row.get("plan"), row["meter"], row["model"], row.get("unit_price"),
        row.get("per"), bool(row.get("stopped")), tiers,
    )


class Timeline:
    """Values with effective instants; from each instant on its value holds."""

    def __init__(self, pairs):
        self._pairs = sorted(dict(pairs).items())
        self.instants = [at for at, _ in self._pairs]

    def at(self, instant, missing=None):
        """The value in force at the instant."""
        place = bisect_right(self.instants, instant)
        return self._pairs[place - 1][1] if place else missing


class Prices:
    """All books a tenant can be rated from, in the tenant's currency."""

    def __init__(self, books, currency):
        self._books = {}
        for book in books:
            place = (book["scope"], book.get("organization"))
            if place in self._books:
                raise ValueError(f"two price books for {place}")
            self._books[place] = Timeline(
                (parse(version["effective_from"]),
                 [_line(row) for row in version["lines"] if row["currency"] == currency])
                for version in book["versions"]
            )
        self.instants = sorted({at for book in self._books.values() for at in book.instants})

    def find(self, path, plan, meter, instant, one_off):
        """The line for (path of the owner, plan, meter) at an instant, or null.

        `one_off` chooses between the two separate look-ups.
        """
        places = [("organization", organization) for organization in path]
        for place in [*places, ("tenant", None), ("global", None)]:
            book = self._books.get(place)
            fitting = [
                line for line in (book.at(instant, []) if book else [])
                if line.meter == meter and (line.model == "one_off") == one_off
            ]
            for wanted in dict.fromkeys((plan, None)):
                for line in fitting:
                    if line.plan == wanted:
                        return line
        return None


class Discounts:
    """Percentages per organization; the nearest on the path wins."""

    def __init__(self, rows):
        by_organization = {}
        for row in rows:
            pair = (parse(row["effective_from"]), row.get("percent"))
            by_organization.setdefault(row["organization"], []).append(pair)
        self._timelines = {name: Timeline(pairs) for name, pairs in by_organization.items()}
        self.instants = sorted({at for line in self._timelines.values() for at in line.instants})

    def percent(self, path, instant):
        """The percentage as text without trailing zeros, "0" if none."""
        for organization in path:
            timeline = self._timelines.get(organization)
            percent = timeline.at(instant) if timeline else None
            if percent is not None:
                return shortest(percent)
        return "0"


def amount(quantity, per, unit_price, discount):
    """Quantity ÷ per × unit_price × (100 − discount) ÷ 100, exactly."""
    return Fraction(quantity, per) * Fraction(unit_price) * (100 - Fraction(discount)) / 100
