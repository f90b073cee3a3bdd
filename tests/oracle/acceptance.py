"""Acceptance of usage records (money.md: "Acceptance, per record") and which closing takes what.

The lines of usage.jsonl stand in order of the decision.
"""

from period import HOUR, MINUTE, parse
from history import METERS, whole_seconds

FUTURE = 5 * MINUTE


def decide(usage, states):
    """Gives every record its `status` and `reason`."""
    cells, known_since = {}, {}
    for state in states:
        cells.setdefault(state.resource, state.cell)
        earlier = known_since.get(state.resource, state.recorded_at)
        known_since[state.resource] = min(earlier, state.recorded_at)
    first = _first_of_key(usage, known_since)
    counted = {}
    for place, record in enumerate(usage):
        owner = first[record.cell, record.sequence]
        if owner != place:
            same = usage[owner].content() == record.content()
            record.status = "repeated" if same else "conflict"
            continue
        record.reason = _reason(record, cells.get(record.resource))
        if record.reason:
            record.status = "rejected"
        elif record.resource not in cells:
            record.status = "unattributed"
        else:
            taken = counted.setdefault((record.resource, record.meter), _Taken())
            record.status = "counted" if taken.add(record.start, record.end) else "overlap"


def _first_of_key(usage, known_since):
    """Index of the record that takes each key.

    A record takes its key on arrival, also one that is decided later because its resource became known
    later; so among records of one key such a one stands at its arrival, not at its place in the file.
    """
    keys = {}
    for place, record in enumerate(usage):
        keys.setdefault((record.cell, record.sequence), []).append(place)

    def late(place):
        record = usage[place]
        return known_since.get(record.resource, record.received_at + 1) > record.received_at

    def arrival(place):
        return usage[place].received_at, not late(place), place

    return {
        key: min(places, key=arrival) if any(map(late, places)) else places[0]
        for key, places in keys.items()
    }


def _reason(record, cell):
    """The first reason to reject a record, or null; `cell` is null while the resource is unknown."""
    if record.meter not in METERS:
        return "meter"
    if record.end > record.received_at + FUTURE:
        return "future"
    if record.start >= record.end:
        return "order"
    if record.start // HOUR != (record.end - 1) // HOUR:
        return "hour"
    if record.quantity < 0:
        return "negative"
    if record.meter in ("member_seconds", "machine_seconds"):
        if record.quantity != whole_seconds(record.start, record.end):
            return "seconds"
    if cell is not None and record.cell != cell:
        return "cell"
    return None


class _Taken:
    """Counted time of one (resource, meter), by clock hour: a record never leaves its hour."""

    def __init__(self):
        self._hours = {}

    def add(self, start, end):
        """Takes [start, end) unless it overlaps; says whether it did."""
        hour = self._hours.setdefault(start // HOUR, [])
        if any(start < stop and begin < end for begin, stop in hour):
            return False
        hour.append((start, end))
        return True


def assign_closings(world, calendar, given=False, accepted_at=False):
    """Fills `taken` (index of the first closing that knows the line) and `billed_in`.

    Without `given` a line is known to a closing that began after its arrival (or, with `accepted_at`,
    after that instant where the line has one). With `given` the `billed_in` of the files decides.
    """
    names = [period.name for period in world.periods]
    for record in world.usage:
        decided = record.received_at
        if accepted_at and record.raw.get("accepted_at"):
            decided = max(decided, parse(record.raw["accepted_at"]))
        _assign(record, decided, record.start, world.periods, names, calendar, given)
        if record.status != "counted":
            record.billed_in = None
    for state in world.states:
        _assign(state, state.recorded_at, state.at, world.periods, names, calendar, given)


def _assign(line, decided, start, periods, names, calendar, given):
    never = len(periods)
    if given and "billed_in" in line.raw:
        line.billed_in = line.raw["billed_in"]
        line.taken = names.index(line.billed_in) if line.billed_in in names else never
        return
    closings = (
        place for place, period in enumerate(periods) if period.closed and decided < period.closed_at
    )
    line.taken = next(closings, never)
    if line.taken == never:
        return
    begins = calendar.period_of(start)
    later = max(begins, names[line.taken])
    closed = {period.name for period in periods if period.closed}
    line.billed_in = later if later in closed else None
