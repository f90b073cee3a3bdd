"""Usage that somebody made up, with a ledger of its own, and what the plane has of it."""

import base64
import collections
import dataclasses
import datetime
import json
import sqlite3
import uuid

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
METERS = {"member_seconds": 1, "millivcpu_seconds": 500, "memory_mib_seconds": 256, "storage_mib_seconds": 1_024}


@dataclasses.dataclass(frozen=True)
class Reading:
    resource: str
    meter: str
    start: int
    end: int
    quantity: int

    def line(self):
        return json.dumps({"resource": self.resource, "meter": self.meter, "start": instant(self.start),
                           "end": instant(self.end), "quantity": self.quantity})


def instant(micros):
    moment = datetime.datetime.fromtimestamp(micros // SECOND, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{micros % SECOND:06d}Z"


def member(number):
    """A member's id as bytes and as text (docs/decisions/0001)."""
    made = uuid.UUID(int=(0x0190_0000_0000_7000_8000 << 48) + number + 1)
    return made.bytes, "mbr_" + base64.b32hexencode(made.bytes).decode().rstrip("=").lower()


class Generator:
    """Minutes of many members, one after the other, each entered once. `ledger` is the truth."""

    def __init__(self, members, began):
        self.members = [member(number) for number in range(members)]
        self.at, self.ledger = began, []

    def births(self, database, began):
        """Makes the members known to the plane, in the only cell and the demo's project."""
        with sqlite3.connect(database, timeout=60) as plane:
            (cell,) = plane.execute("SELECT id FROM cell WHERE name = 'fire'").fetchone()
            tenant, project = plane.execute(
                "SELECT tenant_id, id FROM project WHERE name = 'platform-dev'").fetchone()
            plane.executemany(
                "INSERT INTO lifecycle (id, tenant_id, project_id, instance_id, cell_id, resource, kind, state, at, "
                "recorded_at) VALUES (?, ?, ?, ?, ?, ?, 'member', 'running', ?, ?)",
                [(key, tenant, project, key, cell, name, began, began) for key, name in self.members])

    def next(self, minutes):
        """The next minutes of everybody."""
        readings = []
        for _ in range(minutes):
            for _, name in self.members:
                readings += [Reading(name, meter, self.at, self.at + MINUTE, 60 * rate)
                             for meter, rate in METERS.items()]
            self.at += MINUTE
        return readings


def wrong(database, ledger):
    """What the plane has otherwise than the ledger; nothing if all is there, once, and adds up."""
    found = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60) as plane:
        rows = plane.execute("SELECT resource, meter, start_at, end_at, quantity, status FROM usage_record").fetchall()
        hours = plane.execute("SELECT resource, meter, hour, quantity FROM usage_hour").fetchall()
        flags = plane.execute("SELECT kind, count(*) FROM usage_flag GROUP BY kind").fetchall()
        cells = plane.execute("SELECT acknowledged_sequence, highest_sequence FROM cell").fetchall()
    sent = collections.Counter(ledger)
    there = collections.Counter(Reading(*row[:5]) for row in rows if row[5] == "counted")
    lost, doubled = sent - there, there - sent
    odd = collections.Counter(row[5] for row in rows if row[5] != "counted")
    if lost:
        found.append(f"lost: {lost.total()} records, the first {next(iter(lost))}")
    if doubled:
        found.append(f"doubled: {doubled.total()} records, the first {next(iter(doubled))}")
    if odd:
        found.append(f"not counted: {dict(odd)}")
    if flags:
        found.append(f"flagged: {dict(flags)}")
    sums = collections.Counter()
    for one in ledger:
        sums[one.resource, one.meter, one.start - one.start % HOUR] += one.quantity
    told = collections.Counter()
    for resource, meter, hour, quantity in hours:
        told[resource, meter, hour] += quantity
    differing = [key for key in sums.keys() | told.keys() if sums[key] != told[key]]
    if differing:
        key = min(differing)
        found.append(f"rollup: {len(differing)} hours, the first {key}: {told[key]} instead of {sums[key]}")
    if cells != [(len(ledger), len(ledger))]:
        found.append(f"sequence: acknowledged and highest are {cells}, not {len(ledger)}")
    return found


def planted(database, ledger, copy):
    """Faults in copies of the database, each with whether the same look at it sees them."""
    faults = {
        "a lost record": ("lost", "DELETE FROM usage_record WHERE sequence = 7"),
        "a lost record of the last batch": (
            "lost", "DELETE FROM usage_record WHERE sequence = (SELECT max(sequence) FROM usage_record)"),
        "a doubled record": ("doubled", "doubled"),
        "a changed quantity": ("lost", "UPDATE usage_record SET quantity = quantity + 1 WHERE sequence = 7"),
        "a moved record": ("doubled", "UPDATE usage_record SET end_at = end_at + 1 WHERE sequence = 7"),
        "a record that is not counted": ("not counted", "UPDATE usage_record SET status = 'overlap' WHERE sequence = 7"),
        "a wrong rollup": ("rollup", "UPDATE usage_hour SET quantity = quantity + 1 WHERE rowid = 1"),
        "a missing rollup": ("rollup", "DELETE FROM usage_hour WHERE rowid = 1"),
        "an acknowledgement too far": ("sequence", "UPDATE cell SET acknowledged_sequence = acknowledged_sequence + 1"),
    }
    outcome = {}
    for name, (kind, statement) in faults.items():
        copy.unlink(missing_ok=True)
        with sqlite3.connect(database) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
        with sqlite3.connect(copy) as plane:
            if statement == "doubled":
                names = [row[1] for row in plane.execute("PRAGMA table_info(usage_record)")]
                picked = ", ".join("sequence + 1000000" if one == "sequence" else one for one in names)
                statement = (f"INSERT INTO usage_record ({', '.join(names)}) SELECT {picked} FROM usage_record "
                             "WHERE sequence = 7")
            changed = plane.execute(statement).rowcount
        told = wrong(copy, ledger)
        outcome[name] = changed > 0 and any(one.startswith(kind) for one in told)
    copy.unlink(missing_ok=True)
    return outcome
