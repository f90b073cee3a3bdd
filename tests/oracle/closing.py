"""Closes the periods in order (money.md: "Period states", "correction")."""

from acceptance import assign_closings, decide
from bills import Drafts, Ledger, finished
from gap import gaps_by_organization
from history import histories
from number import CHARGE_PLACES, fixed
from period import Calendar, parse, show
from price import Discounts, Prices, Timeline
from rating import Charge, Rater
from tree import Tree


class Recomputed:
    """Bills, charges and decisions of one directory, as objects of the files."""

    def __init__(self, bills, charges, decisions):
        self.bills, self.charges, self.decisions = bills, charges, decisions


def recompute(world, given=False, accepted_at=False):
    """Everything from the raw files; `given`, `accepted_at`: see acceptance.assign_closings."""
    calendar = Calendar(world.tenant["zone"])
    if calendar.period_of(parse(world.tenant["created_at"])) != world.periods[0].name:
        raise ValueError("the first period is not the one the tenant was created in")
    decide(world.usage, world.states)
    assign_closings(world, calendar, given, accepted_at)
    closer = _Closer(world, calendar)
    bills, charges = [], []
    for place in range(len(world.periods)):
        some_bills, some_charges = closer.close(place)
        bills += some_bills
        charges += some_charges
    decisions = [
        {"status": record.status, "reason": record.reason, "billed_in": record.billed_in}
        for record in world.usage
    ]
    return Recomputed(bills, charges, decisions)


class _Closer:
    """Keeps what is billed so far and what is left of the credits."""

    def __init__(self, world, calendar):
        self.world, self.calendar, self.tenant = world, calendar, world.tenant
        self.tree = Tree(world.events, self.tenant["root"])
        prices = Prices(world.books, self.tenant["currency"])
        self.rater = Rater(calendar, self.tree, prices, Discounts(self.tenant.get("discounts") or ()))
        self.taxes = Timeline(
            (parse(row["effective_from"]), row["percent"]) for row in self.tenant.get("taxes") or ()
        )
        self.ledger = Ledger(self.tenant.get("credits") or ())
        self.billed = {period.name: {} for period in world.periods}

    def close(self, place):
        """Bills and charges of the closing with this index; the last may be provisional."""
        period = self.world.periods[place]
        start, end = self.calendar.bounds(period.name)
        known = histories(self._known(self.world.states, place))
        records = [
            record for record in self._known(self.world.usage, place) if record.status == "counted"
        ]
        drafts, found = Drafts(self.tree, period.name, start, end), []
        for earlier in self.world.periods[: place + 1]:
            now = self.rater.rate(earlier.name, records, known)
            for key, charge in self._difference(earlier.name, now):
                draft = drafts.of_charge(earlier.name, key)
                draft.add(earlier.name, key, charge)
                found.append((earlier.name, key, charge, draft))
        ordered = drafts.numbered(period.closed)
        gaps = {}
        if period.closed:
            gaps = gaps_by_organization(self.tree, known, records, start, end)
        percent = self.taxes.at(end - 1, "0")
        bills = [
            finished(draft, self.tenant, period, end, gaps, percent, self.ledger) for draft in ordered
        ]
        found.sort(key=lambda row: (row[0], row[1].order()))
        return bills, [_charge_row(period.name, *row) for row in found]

    def _known(self, lines, place):
        """What the closing knows: a provisional one everything that is there."""
        closed = self.world.periods[place].closed
        return [line for line in lines if not closed or line.taken <= place]

    def _difference(self, charge_period, now):
        """Charge by charge, new less billed so far; afterwards the new is what is billed."""
        before, found = self.billed[charge_period], []
        for key in {**before, **now}:
            source = now.get(key) or before[key]
            zero = Charge(0, source.per, source.unit_price)
            new, old = now.get(key, zero), before.get(key, zero)
            quantity, amount = new.quantity - old.quantity, new.amount - old.amount
            if quantity or amount:
                found.append((key, Charge(quantity, source.per, source.unit_price, amount)))
        self.billed[charge_period] = now
        return found


def _charge_row(period, charge_period, key, charge, draft):
    """A charge as an object of charges.jsonl."""
    return {
        "period": period,
        "charge_period": charge_period,
        **key._asdict(),
        "stay": show(key.stay),
        "quantity": charge.quantity,
        "amount": fixed(charge.amount, CHARGE_PLACES),
        "per": charge.per,
        "unit_price": charge.unit_price,
        "bill": draft.number,
    }
