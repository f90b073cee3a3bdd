"""Random resources, states and usage records for world.py, with everything acceptance has to refuse."""

from dataclasses import dataclass, field

from period import HOUR, MINUTE, SECOND, parse, show

DAY = 24 * HOUR
KINDS = {
    "member": ["member_seconds", "millivcpu_seconds", "memory_mib_seconds", "requests", "egress_bytes"],
    "machine": ["machine_seconds", "millivcpu_seconds"],
    "volume": ["storage_mib_seconds"],
    "backup": ["storage_mib_seconds"],
    "instance": [],
}
STATES = [
    "running", "running", "running", "degraded", "updating", "stopped", "stopped", "detached",
    "failed", "unknown", "provisioning", "deleting",
]
CELLS = ["cell-a", "cell-b"]
FAULTS = [
    "repeat", "repeat", "conflict", "meter", "future", "order", "hour", "negative", "seconds", "cell",
    "unknown", "overlap", "overlap",
]


@dataclass
class Resource:
    """A resource, its states by instant (as they come to be known) and its lines of lifecycle.jsonl."""

    name: str
    kind: str
    cell: str
    start: int
    end: int
    size: int
    rows: list = field(default_factory=list)
    changes: list = field(default_factory=list)


def lifecycle(world):
    """One to four resources per project."""
    found = []
    for project, created in sorted(world.projects.items()):
        for _ in range(world.chance.randint(1, 4)):
            if created + 2 * HOUR < world.end:
                found.append(_resource(world, project, created, f"r{len(found) + 1:02d}"))
    return found


def _resource(world, project, created, name):
    chance = world.chance
    kind = chance.choice(["member", "member", "member", "machine", "volume", "backup", "instance"])
    start = created + SECOND
    if chance.random() < 0.6:
        start = chance.randint(start // SECOND, (start + (world.end - start) // 2) // SECOND) * SECOND
    end = world.end if chance.random() < 0.6 else chance.randint(start + HOUR, world.end)
    resource = Resource(name, kind, chance.choice(CELLS), start, end, chance.randint(1, 4096))
    plan, state = chance.choice([None, "small", "large"]), "provisioning"
    instants = sorted(chance.randint(start + 1, end) for _ in range(chance.randint(1, 9)))
    steps = [(start, state), *((at, chance.choice(STATES)) for at in instants)]
    steps.append((start + chance.randint(1, 20) * MINUTE, "running"))
    if end < world.end:
        steps.append((end, "deleted"))
    late = chance.random() < 0.08
    for at, state in sorted(steps):
        if chance.random() < 0.12:
            plan = chance.choice([None, "small", "large"])
        delay = chance.randint(0, 40) * SECOND
        if late or chance.random() < 0.06:
            delay = chance.randint(0, 50 * DAY)
        resource.changes.append(at)
        resource.rows.append({
            "resource": name, "kind": kind, "cell": resource.cell, "project": project, "plan": plan,
            "state": state, "at": show(at), "recorded_at": show(at + delay),
        })
    return resource


def usage(world, resources):
    """Lines of usage.jsonl in order of the decision."""
    chance, records = world.chance, []
    for resource in resources:
        known = min(row["recorded_at"] for row in resource.rows)
        for hour in _hours(world, resource):
            for start, end in _spans(chance, resource, hour):
                for meter in KINDS[resource.kind]:
                    if chance.random() > 0.04:
                        records.append(_record(world, resource, meter, start, end, known))
    records.sort(key=lambda record: record["arrived"])
    counters = dict.fromkeys(CELLS, 0)
    for record in records:
        _number(record, counters)
    for record in list(records):
        if chance.random() < 0.09:
            records.append(_fault(chance, record, counters))
    records.sort(key=lambda record: (max(record["arrived"], record["known"]), record["arrived"]))
    return [_line(record) for record in records]


def _hours(world, resource):
    """Clock hours to report: around ends of periods, tree events and states, and a few runs of hours."""
    chance = world.chance
    marks = [end for _, end in world.bounds]
    marks += chance.sample(sorted(world.instants), min(8, len(world.instants)))
    marks += chance.sample(resource.changes, min(3, len(resource.changes)))
    hours = {mark // HOUR + step for mark in marks for step in (-1, 0, 1)}
    for _ in range(3):
        first = chance.randint(resource.start, resource.end) // HOUR
        hours.update(range(first, first + chance.randint(2, 7)))
    inside = (resource.start // HOUR, -(-min(resource.end + HOUR, world.end) // HOUR))
    return sorted(hour * HOUR for hour in hours if inside[0] <= hour < inside[1])


def _spans(chance, resource, hour):
    """The hour in one span, or ended where states change, or at any microsecond; sometimes with a hole."""
    cuts = {hour, hour + HOUR}
    if chance.random() < 0.7:
        cuts.update(at for at in resource.changes if hour < at < hour + HOUR)
    if chance.random() < 0.25:
        cuts.add(hour + chance.randint(1, HOUR - 1))
    ordered = sorted(cuts)
    spans = list(zip(ordered, ordered[1:]))
    return [span for span in spans if chance.random() > 0.05]


def _quantity(chance, resource, meter, start, end):
    if meter == "requests":
        return chance.randint(0, 200)
    if meter == "egress_bytes":
        return 2**53 + chance.randint(-9, 10**6) if chance.random() < 0.1 else chance.randint(0, 10**12)
    seconds = end // SECOND - start // SECOND
    return seconds if meter in ("member_seconds", "machine_seconds") else seconds * resource.size


def _record(world, resource, meter, start, end, known):
    chance = world.chance
    arrived = end + chance.randint(-4 * MINUTE, 10 * MINUTE)
    if chance.random() < 0.08:
        arrived = end + chance.randint(0, 65 * DAY)
    return {
        "cell": resource.cell, "sequence": None, "resource": resource.name, "meter": meter,
        "start": start, "end": end, "quantity": _quantity(chance, resource, meter, start, end),
        "arrived": arrived, "known": parse(known),
    }


def _number(record, counters):
    counters[record["cell"]] += 1
    record["sequence"] = counters[record["cell"]]


def _fault(chance, good, counters):
    """A record that acceptance must not count (or, for some, counts only because nothing is there)."""
    fault, bad = chance.choice(FAULTS), dict(good)
    bad["arrived"] += chance.choice([0, 1, SECOND, DAY, 40 * DAY])
    if fault == "repeat":
        return bad
    if fault == "conflict":
        bad["quantity"] += 1
        return bad
    if fault == "meter":
        bad["meter"] = "gpu_seconds"
    elif fault == "future":
        bad["arrived"] = bad["end"] - 5 * MINUTE - 1
    elif fault == "order":
        bad["start"], bad["end"] = bad["end"], bad["start"]
    elif fault == "hour":
        bad["end"] += HOUR
        bad["arrived"] = max(bad["arrived"], bad["end"])
    elif fault == "negative":
        bad["quantity"] = -1 - bad["quantity"]
    elif fault == "seconds":
        bad["meter"], bad["quantity"] = "member_seconds", bad["quantity"] + 1
    elif fault == "cell":
        bad["cell"] = CELLS[1 - CELLS.index(bad["cell"])]
    elif fault == "unknown":
        bad["resource"], bad["known"] = "ghost", bad["arrived"]
    elif fault == "overlap":
        bad["start"] += chance.randint(0, bad["end"] - bad["start"] - 1)
        if bad["meter"] in ("member_seconds", "machine_seconds"):
            bad["quantity"] = bad["end"] // SECOND - bad["start"] // SECOND
    _number(bad, counters)
    return bad


def _line(record):
    row = {name: record[name] for name in ("cell", "sequence", "resource", "meter")}
    row.update(start=show(record["start"]), end=show(record["end"]), quantity=record["quantity"])
    row.update(received_at=show(record["arrived"]), signature=f"s-{record['cell']}-{record['sequence']}")
    return row
