"""Makes a random world, the same for the same seed, in the input format of recompute.

world.py SEED --output DIR    writes tenant.json, tree.jsonl, prices.json, lifecycle.jsonl, usage.jsonl
"""

import argparse
import random
import sys
from pathlib import Path

from export import FORMAT, write_json, write_lines
from period import HOUR, SECOND, Calendar, next_period, show
from world_prices import books
from world_usage import lifecycle, usage

DAY = 24 * HOUR
SETTINGS = [
    ("Asia/Shanghai", "2026-01", "CNY", 2),
    ("Europe/Berlin", "2026-02", "EUR", 2),
    ("America/New_York", "2025-10", "USD", 2),
    ("Europe/Berlin", "2025-09", "EUR", 2),
    ("America/New_York", "2026-02", "JPY", 0),
    ("Asia/Shanghai", "2025-11", "CNY", 2),
    ("Asia/Kolkata", "2026-01", "INR", 2),
]


def moment(chance, start, end):
    """An instant in [start, end): a whole hour, a whole second or any microsecond; never used twice."""
    unit = chance.choice([HOUR, SECOND, SECOND, 1])
    low, high = -(-start // unit), (end - 1) // unit
    return chance.randint(low, high) * unit if low <= high else start


class World:
    """One tenant over three periods."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.zone, first, self.currency, self.minor_digits = SETTINGS[seed % len(SETTINGS)]
        self.names = [first, next_period(first), next_period(next_period(first))]
        calendar = Calendar(self.zone)
        self.bounds = [calendar.bounds(name) for name in self.names]
        self.start, self.end = self.bounds[0][0], self.bounds[-1][1]
        self.created = moment(self.chance, self.start, self.start + 6 * DAY)
        self.events, self.parents, self.owners, self.instants = [], {}, {}, {self.created}
        self.former, self.made = set(), {"organization": 0, "project": 0}
        self._tree()
        self.projects = {
            row["id"]: row["at"] for row in self.events
            if row["kind"] == "project" and row["event"] == "created"
        }
        self.last_state = self.chance.choice(["closed", "closed", "open", "closing"])
        self.closings = [end + self.chance.randint(1, 72) * HOUR for _, end in self.bounds]

    def fresh(self, start, end):
        """An instant no other event has."""
        instant = moment(self.chance, start, end)
        while instant in self.instants:
            instant += SECOND
        self.instants.add(instant)
        return instant

    def _event(self, kind, name, event, parent, at):
        entered = at if event == "created" else max(self.created, at - self.chance.randint(0, 36) * HOUR)
        self.events.append({
            "kind": kind, "id": name, "name": name.upper(), "event": event, "parent": parent,
            "effective_at": show(at), "entered_at": show(entered), "at": at,
        })

    def _tree(self):
        self._event("organization", "root", "created", None, self.created)
        self.parents["root"] = None
        soon = self.created + 5 * DAY
        first = [self.fresh(self.created + 1, soon) for _ in range(self.chance.randint(5, 11))]
        later = [self.fresh(soon, self.end) for _ in range(self.chance.randint(4, 12))]
        for place, at in enumerate(sorted(first)):
            self._create("organization" if place < 3 or self.chance.random() < 0.5 else "project", at)
        if not self.owners:
            self._create("project", self.fresh(soon - HOUR, soon))
        self._create("project", self.fresh(soon, soon + HOUR))
        leaving = self._leaving(soon + 2 * HOUR) if self.chance.random() < 0.6 else []
        for at in sorted(later + leaving):
            if at in leaving:
                self._leave(leaving.index(at), at)
            else:
                self._change(at)
        self.events.sort(key=lambda event: event["at"])

    def _create(self, kind, at):
        above = self.chance.choice(sorted(set(self.parents) - self.former))
        places = self.parents if kind == "organization" else self.owners
        self.made[kind] += 1
        name = f"{kind[0]}{self.made[kind]}"
        places[name] = above
        self._event(kind, name, "created", above, at)

    def _leaving(self, at):
        """Instants of: two organizations come, a project moves in and out again, both are deleted."""
        first_end = self.bounds[0][1]
        steps = [at, at + 3 * HOUR, at + 5 * HOUR, first_end - 4 * DAY, first_end - 3 * DAY]
        steps.append(first_end + self.chance.choice([-2, 2]) * DAY)
        steps.append(steps[-1] + HOUR)
        return [self.fresh(step, step + HOUR // 2) for step in steps]

    def _leave(self, step, at):
        if step < 2:
            name, above = [("x-above", "root"), ("x-below", "x-above")][step]
            self.parents[name] = above
            self.former.add(name)
            self._event("organization", name, "created", above, at)
        elif step in (2, 3):
            self._move_project("p1", "x-below" if step == 2 else "root", at)
        elif step > 4:
            name = ["x-below", "x-above"][step - 5]
            del self.parents[name]
            self._event("organization", name, "deleted", None, at)

    def _move_project(self, project, owner, at):
        self.owners[project] = owner
        self._event("project", project, "moved", owner, at)

    def _path(self, organization):
        path = []
        while organization is not None:
            path.append(organization)
            organization = self.parents[organization]
        return path

    def _change(self, at):
        """One random change of the tree."""
        living = sorted(set(self.parents) - self.former)
        kind = self.chance.choice(["organization", "project", "move", "move", "move", "owner", "delete"])
        if kind in ("organization", "project"):
            self._create(kind, at)
        elif kind == "owner":
            project = self.chance.choice(sorted(set(self.owners) - {"p1"}) or ["p1"])
            others = [name for name in living if name != self.owners[project]]
            if project != "p1" and others:
                self._move_project(project, self.chance.choice(others), at)
        elif kind == "move":
            name = self.chance.choice(living[:-1] or living)
            above = [
                other for other in living
                if name not in self._path(other) and other != self.parents[name]
            ]
            if name != "root" and above:
                self.parents[name] = self.chance.choice(above)
                self._event("organization", name, "moved", self.parents[name], at)
        else:
            busy = {*self.parents.values(), *self.owners.values(), "root"}
            unused = [name for name in living if name not in busy]
            if unused:
                name = self.chance.choice(unused)
                del self.parents[name]
                self._event("organization", name, "deleted", None, at)

    def organizations(self):
        """organization → instant of its creation."""
        return {
            row["id"]: row["at"] for row in self.events
            if row["kind"] == "organization" and row["event"] == "created"
        }

    def tenant(self):
        """tenant.json without what the plane decides."""
        periods = []
        for place, name in enumerate(self.names):
            state = "closed" if place < 2 else self.last_state
            closed_at = show(self.closings[place]) if state == "closed" else None
            periods.append({"period": name, "state": state, "closed_at": closed_at})
        return {
            "format": FORMAT, "tenant": "t", "root": "root", "zone": self.zone,
            "currency": self.currency, "minor_digits": self.minor_digits, "tzdata": None,
            "created_at": show(self.created), "period": self.names[-1], "periods": periods,
            "taxes": self._taxes(), "discounts": self._discounts(), "credits": self._credits(),
        }

    def _entry(self, at, **fields):
        return {**fields, "effective_from": show(at), "entered_at": show(at)}

    def _taxes(self):
        instants = [self.fresh(self.created, self.end) for _ in range(self.chance.randint(0, 3))]
        percents = ["6", "19", "8.875", "0", "13"]
        return [self._entry(at, percent=self.chance.choice(percents)) for at in sorted(instants)]

    def _discounts(self):
        rows = []
        for name, created in sorted(self.organizations().items()):
            for _ in range(self.chance.choice([0, 0, 1, 2])):
                at = self.fresh(created + 1, self.end) if created + HOUR < self.end else created
                percent = self.chance.choice(["10", "33.3333", "0", None, "12.5000", "100", "2.75"])
                rows.append((at, name, percent))
        return [self._entry(at, organization=name, percent=percent) for at, name, percent in sorted(
            rows, key=lambda row: row[:2]
        )]

    def _credits(self):
        rows = []
        for place in range(self.chance.randint(0, 4)):
            granted = self.fresh(self.created, self.end)
            expires = self.fresh(granted, self.end + 9 * DAY)
            whole = str(self.chance.randint(1, 60))
            rows.append({
                "id": f"c{place}", "amount": whole + (".37" if self.minor_digits else ""),
                "granted_at": show(granted), "expires_at": self.chance.choice([None, show(expires)]),
            })
        return rows

    def write(self, folder):
        """Writes the five files."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "tenant.json", self.tenant())
        rows = [{name: row[name] for name in row if name != "at"} for row in self.events]
        write_lines(folder / "tree.jsonl", rows)
        write_json(folder / "prices.json", {"books": books(self)})
        resources = lifecycle(self)
        states = [row for resource in resources for row in resource.rows]
        states.sort(key=lambda row: row["recorded_at"])
        write_lines(folder / "lifecycle.jsonl", states)
        write_lines(folder / "usage.jsonl", usage(self, resources))


def main(arguments=None):
    """Writes one world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("seed", metavar="SEED", type=int)
    parser.add_argument("--output", metavar="DIR", required=True)
    chosen = parser.parse_args(arguments)
    World(chosen.seed).write(chosen.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
