"""States of resources through time, and sets of intervals (money.md: "Billable states")."""

from bisect import bisect_right

from period import SECOND

WORKING = frozenset({"running", "degraded", "updating"})
RESTING = frozenset({"stopped", "detached"})
EVERY_STATE_METERS = frozenset({"storage_mib_seconds", "machine_seconds"})
METERS = frozenset(
    {
        "member_seconds", "millivcpu_seconds", "memory_mib_seconds", "storage_mib_seconds",
        "machine_seconds", "requests", "egress_bytes",
    }
)


def whole_seconds(start, end):
    """The whole seconds of `end` less the whole seconds of `start`."""
    return end // SECOND - start // SECOND


class History:
    """What is known of one resource: (state, plan) from each instant on."""

    def __init__(self, lines):
        """`lines` in order of recording; at one instant the last one holds, the first `deleted` ends it."""
        first = lines[0]
        self.resource, self.kind = first.resource, first.kind
        self.cell, self.project = first.cell, first.project
        by_instant = {line.at: (line.state, line.plan) for line in lines}
        self.instants, self._entries = [], []
        for at, entry in sorted(by_instant.items(), key=lambda pair: pair[0]):
            self.instants.append(at)
            self._entries.append(entry)
            if entry[0] == "deleted":
                break

    def at(self, instant):
        """(state, plan), or null before the first state and after `deleted`."""
        place = bisect_right(self.instants, instant)
        entry = self._entries[place - 1] if place else None
        return None if entry is None or entry[0] == "deleted" else entry

    def first_working(self):
        """(instant, plan) of the first instant in running, degraded or updating, or null."""
        for at, (state, plan) in zip(self.instants, self._entries):
            if state in WORKING:
                return at, plan
        return None

    def intervals(self, start, end, states=None):
        """Longest intervals within [start, end) in the states (null: every state but deleted)."""
        stops = [*self.instants[1:], end]
        found = []
        for at, stop, (state, _) in zip(self.instants, stops, self._entries):
            if state != "deleted" and (states is None or state in states):
                found.append((max(at, start), min(stop, end)))
        return merged(found)


def histories(states):
    """History by resource from lines in order of recording."""
    lines = {}
    for state in states:
        lines.setdefault(state.resource, []).append(state)
    return {resource: History(rows) for resource, rows in lines.items()}


def merged(intervals):
    """The same time in longest intervals, in order; empty ones vanish."""
    found = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def intersection(one, other):
    """Time that is in both."""
    found = [
        (max(a, c), min(b, d)) for a, b in merged(one) for c, d in merged(other) if c < b and a < d
    ]
    return merged(found)


def without(whole, taken):
    """Time of `whole` that is not in `taken`."""
    found, taken = [], merged(taken)
    for start, end in merged(whole):
        for begin, stop in taken:
            if stop <= start or begin >= end:
                continue
            found.append((start, begin))
            start = stop
        found.append((start, end))
    return merged(found)
