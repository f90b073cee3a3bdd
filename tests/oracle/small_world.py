"""A small world for a test: one tenant, one root, one project `p`, one member `m`; a test changes what it is about."""

import tempfile
from pathlib import Path

from closing import recompute
from export import FORMAT, World, write_json, write_lines
from period import SECOND, parse, show


def at(text):
    """"2026-01-05 10:00", also with seconds and digits after them, as an instant of the files."""
    day, time = text.split(" ")
    seconds, _, digits = (time if time.count(":") == 2 else time + ":00").partition(".")
    return f"{day}T{seconds}.{digits.ljust(6, '0')}Z"


def effective(when, **fields):
    """An entry with an effective instant."""
    return {**fields, "effective_from": at(when), "entered_at": at(when)}


def line(meter="member_seconds", model="unit", unit_price="0.36", per=3600, **fields):
    """A price line; its id is `hour` unless given."""
    row = {"id": "hour", "plan": None, "meter": meter, "model": model, "currency": "CNY",
           "unit_price": unit_price, "per": per, "stopped": False, "tiers": None}
    return {**row, **fields}


class SmallWorld:
    """Collects the input files, recomputes, and hands out rows."""

    def __init__(self, zone="UTC", closed=("2026-02-01 02:00",), first="2026-01", created="2026-01-01 00:00"):
        self.tenant = {
            "format": FORMAT, "tenant": "t", "root": "root", "zone": zone, "currency": "CNY",
            "minor_digits": 2, "created_at": at(created), "periods": [], "taxes": [], "discounts": [],
            "credits": [],
        }
        year, month = map(int, first.split("-"))
        for place, closing in enumerate(closed):
            state = "closed" if closing else "open"
            name = f"{year}-{month + place:02d}"
            self.tenant["periods"].append(
                {"period": name, "state": state, "closed_at": closing and at(closing)}
            )
        self.events, self.states, self.usage, self.sequence = [], [], [], 0
        self.books = []
        self.organization("root", None, created)
        self.project("p", "root", created)

    def _event(self, kind, name, event, parent, when):
        self.events.append({"kind": kind, "id": name, "event": event, "parent": parent,
                            "effective_at": at(when), "entered_at": at(when)})

    def organization(self, name, parent, when, event="created"):
        """Creates, moves or deletes an organization."""
        self._event("organization", name, event, parent, when)

    def project(self, name, owner, when, event="created"):
        """Creates or moves a project."""
        self._event("project", name, event, owner, when)

    def prices(self, *lines, scope="global", organization=None, since="2020-01-01 00:00"):
        """A version of a book."""
        version = effective(since, id=f"v{len(self.books)}", lines=list(lines))
        for book in self.books:
            if (book["scope"], book["organization"]) == (scope, organization):
                book["versions"].append(version)
                return
        self.books.append({"id": f"b{len(self.books)}", "scope": scope, "organization": organization,
                           "versions": [version]})

    def state(self, when, state="running", resource="m", kind="member", plan=None, project="p", recorded=None):
        """A state of a resource from an instant on."""
        self.states.append({"resource": resource, "kind": kind, "cell": "c", "project": project,
                            "plan": plan, "state": state, "at": at(when),
                            "recorded_at": at(recorded or when)})

    def record(self, start, end, quantity=None, meter="member_seconds", resource="m", received=None, **fields):
        """A usage record; the next sequence and the right seconds unless given."""
        self.sequence += 1
        begin, stop = parse(at(start)), parse(at(end))
        row = {
            "cell": "c", "sequence": self.sequence, "resource": resource, "meter": meter,
            "start": at(start), "end": at(end),
            "quantity": (stop - begin) // SECOND if quantity is None else quantity,
            "received_at": at(received) if received else show(stop),
        }
        self.usage.append({**row, **fields})

    def write(self, folder):
        """Writes the input files."""
        folder = Path(folder)
        write_json(folder / "tenant.json", self.tenant)
        write_lines(folder / "tree.jsonl", sorted(self.events, key=lambda event: event["effective_at"]))
        write_json(folder / "prices.json", {"books": self.books})
        write_lines(folder / "lifecycle.jsonl", self.states)
        write_lines(folder / "usage.jsonl", self.usage)

    def run(self):
        """What the rules give."""
        with tempfile.TemporaryDirectory() as folder:
            self.write(folder)
            return recompute(World(folder))

    def rows(self, *names):
        """The named fields of all charges."""
        return [tuple(charge[name] for name in names) for charge in self.run().charges]
