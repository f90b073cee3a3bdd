"""Reads and writes the files of billing-export.md; nothing is decided here."""

import json
from dataclasses import dataclass
from pathlib import Path

from period import parse

FORMAT = "cellplane-billing-export/1"


def _no_float(text):
    raise ValueError(f"a float in an export: {text}")


def read_json(path):
    """One JSON document; a float is an error."""
    return json.loads(Path(path).read_text("utf-8"), parse_float=_no_float)


def read_lines(path):
    """One JSON object per line."""
    text = Path(path).read_text("utf-8")
    return [json.loads(line, parse_float=_no_float) for line in text.split("\n") if line.strip()]


def write_json(path, value):
    """One JSON document, in the order of its keys."""
    Path(path).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_lines(path, values):
    """One JSON object per line, each ended by LF."""
    rows = (json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    Path(path).write_text("".join(rows), "utf-8")


@dataclass(slots=True)
class Usage:
    """A line of usage.jsonl; `status`, `reason`, `billed_in` are filled in by acceptance.py."""

    cell: str
    sequence: int
    resource: str
    meter: str
    start: int
    end: int
    quantity: int
    received_at: int
    raw: dict
    status: str = None
    reason: str = None
    billed_in: str = None
    taken: int = None

    def content(self):
        """What a cell reports under a key."""
        return (self.resource, self.meter, self.start, self.end, self.quantity)


@dataclass(slots=True)
class State:
    """A line of lifecycle.jsonl."""

    resource: str
    kind: str
    cell: str
    project: str
    plan: str
    state: str
    at: int
    recorded_at: int
    raw: dict
    billed_in: str = None
    taken: int = None


@dataclass
class Period:
    """A period of the tenant."""

    name: str
    closed: bool
    closed_at: int


class World:
    """Everything that is read from one directory."""

    def __init__(self, folder):
        folder = Path(folder)
        self.tenant = read_json(folder / "tenant.json")
        if self.tenant.get("format") != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        self.periods = [
            Period(row["period"], row["state"] == "closed", parse(row.get("closed_at")))
            for row in self.tenant["periods"]
        ]
        self.events = read_lines(folder / "tree.jsonl")
        self.books = read_json(folder / "prices.json")["books"]
        self.states = [
            State(
                row["resource"], row["kind"], row["cell"], row["project"], row.get("plan"),
                row["state"], parse(row["at"]), parse(row["recorded_at"]), row,
            )
            for row in read_lines(folder / "lifecycle.jsonl")
        ]
        self.usage = [
            Usage(
                row["cell"], row["sequence"], row["resource"], row["meter"], parse(row["start"]),
                parse(row["end"]), row["quantity"], parse(row["received_at"]), row,
            )
            for row in read_lines(folder / "usage.jsonl")
        ]
