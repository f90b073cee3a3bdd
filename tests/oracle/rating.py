"""Rates one period from known records and states (money.md: "A record is cut ...", "Charges and bills")."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from history import EVERY_STATE_METERS, RESTING, WORKING
from number import CHARGE_PLACES, half_even, half_up, null_first
from period import HOUR, SECOND
from price import amount
from tree import ImpossibleWorld

ONE_OFF_METERS = {"member": "member_seconds", "machine": "machine_seconds"}


class Key(NamedTuple):
    """What makes a charge, within its charge period; `stay` is an instant."""

    organization: str
    stay: int
    project: str
    resource: str
    plan: str
    meter: str
    price_line: str
    tier: int
    day: str
    discount: str

    def order(self):
        """Sorts as charges.jsonl does."""
        return null_first(*self)


@dataclass
class Charge:
    """Quantity and amount of a charge, with the price they came from (null without one)."""

    quantity: int
    per: int
    unit_price: str
    amount: Fraction = Fraction(0)


def pieces(start, end, quantity, cuts):
    """(start, end, quantity) between the cuts; up to a cut: quantity × elapsed ÷ duration, half up."""
    begin, before, duration = start, 0, end - start
    for stop in [*cuts, end]:
        up_to = half_up(quantity * (stop - start), duration)
        yield begin, stop, up_to - before
        begin, before = stop, up_to


def split_by_tier(position, quantity, tiers):
    """(tier from 1, quantity) of what lies from `position` on, divided exactly at the boundaries."""
    for number, (up_to, _) in enumerate(tiers, start=1):
        part = quantity if up_to is None else min(quantity, max(0, up_to - position))
        if part:
            yield number, part
            position, quantity = position + part, quantity - part


class Rater:
    """Rates a period as a whole; knows the tree, the prices and the discounts."""

    def __init__(self, calendar, tree, prices, discounts):
        self.calendar, self.tree, self.prices, self.discounts = calendar, tree, prices, discounts
        self._cuts = sorted({*tree.instants, *prices.instants, *discounts.instants})
        self._found = {}

    def rate(self, period, records, histories):
        """All charges of the period: Key → Charge."""
        return _PeriodRating(self, period).run(records, histories)

    def cuts(self, record, history, days):
        """Every instant inside the record where anything that decides its price may change."""
        inside = set()
        for instants in (self._cuts, history.instants, days):
            low, high = bisect_right(instants, record.start), bisect_left(instants, record.end)
            inside.update(instants[low:high])
        return sorted(inside)

    def line(self, path, plan, meter, instant, one_off=False):
        """The price line that `Prices.find` gives, remembered between two cuts."""
        key = (path, plan, meter, one_off, bisect_right(self._cuts, instant))
        if key not in self._found:
            self._found[key] = self.prices.find(path, plan, meter, instant, one_off)
        return self._found[key]


class _PeriodRating:
    """The work on one period: collects quantities by key, then computes each amount once."""

    def __init__(self, rater, period):
        self.rater, self.period = rater, period
        self.start, self.end = rater.calendar.bounds(period)
        self.days = rater.calendar.day_starts(self.start - HOUR, self.end + HOUR)
        self.charges, self.tiered, self.stays = {}, {}, {}

    def run(self, records, histories):
        for record in records:
            history = histories.get(record.resource)
            if history and record.start < self.end and record.end > self.start:
                self._rate_record(record, history)
        for waiting in self.tiered.values():
            self._rate_tiered(waiting)
        for history in histories.values():
            self._rate_one_off(history)
        for key, charge in self.charges.items():
            if charge.unit_price is not None:
                exact = amount(charge.quantity, charge.per, charge.unit_price, key.discount)
                charge.amount = half_even(exact, CHARGE_PLACES)
        return self.charges

    def _rate_record(self, record, history):
        cuts = self.rater.cuts(record, history, self.days)
        for begin, stop, quantity in pieces(record.start, record.end, record.quantity, cuts):
            if quantity and self.start <= begin < self.end:
                self._rate_piece(record.meter, history, begin, quantity)

    def _rate_piece(self, meter, history, begin, quantity):
        state, plan = history.at(begin) or (None, None)
        resting = meter == "member_seconds" and state in RESTING
        if state is None or not (meter in EVERY_STATE_METERS or state in WORKING or resting):
            return
        owner, path = self._owner(history, begin)
        line = self.rater.line(path, plan, meter, begin)
        if resting and (line is None or not line.stopped):
            return
        key = self._key(history, owner, path, plan, meter, line, begin)
        if line is None:
            self._add(key, quantity, None, None)
        elif line.model == "tiered":
            count = self.tiered.setdefault((owner, meter, line.plan), [])
            count.append((begin // HOUR, history.resource, begin, quantity, key, line))
        elif line.model == "flat_month":
            self._add(key, quantity, (self.end - self.start) // SECOND, line.unit_price)
        else:
            self._add(key, quantity, line.per, line.unit_price)

    def _rate_tiered(self, waiting):
        """Pieces of one count in order of clock hour, resource id, start."""
        position = 0
        for _, _, _, quantity, key, line in sorted(waiting, key=lambda piece: piece[:3]):
            for tier, part in split_by_tier(position, quantity, line.tiers):
                self._add(key._replace(tier=tier), part, line.per, line.tiers[tier - 1][1])
            position += quantity

    def _rate_one_off(self, history):
        """The price once, for the first instant in running, degraded or updating."""
        meter, first = ONE_OFF_METERS.get(history.kind), history.first_working()
        if meter is None or first is None or not self.start <= first[0] < self.end:
            return
        instant, plan = first
        owner, path = self._owner(history, instant)
        line = self.rater.line(path, plan, meter, instant, one_off=True)
        if line is not None:
            key = self._key(history, owner, path, plan, meter, line, instant)
            self._add(key, 1, 1, line.unit_price)

    def _owner(self, history, instant):
        owner = self.rater.tree.owner(history.project, instant)
        path = self.rater.tree.path(owner, instant) if owner is not None else None
        if path is None:
            raise ImpossibleWorld(f"nobody owns {history.resource} at {instant}")
        return owner, path

    def _key(self, history, owner, path, plan, meter, line, instant):
        if owner not in self.stays:
            self.stays[owner] = self.rater.tree.stays(owner, self.start, self.end)
        stay = next(stay for stay in self.stays[owner] if stay.start <= instant < stay.end)
        return Key(
            owner, stay.start, history.project, history.resource, plan, meter,
            line.id if line else None, None, self.rater.calendar.day_of(instant).isoformat(),
            self.rater.discounts.percent(path, instant),
        )

    def _add(self, key, quantity, per, unit_price):
        charge = self.charges.setdefault(key, Charge(0, per, unit_price))
        charge.quantity += quantity
