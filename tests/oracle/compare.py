"""Compares what was recomputed with what stands in a directory, field by field."""

from pathlib import Path

from export import FORMAT, read_json, read_lines

BILL_KEY = ("period", "organization", "stay")
CHARGE_KEY = (
    "period", "charge_period", "organization", "stay", "project", "resource", "plan", "meter",
    "price_line", "tier", "day", "discount",
)
ABSENT = object()


def differences(ours, world, folder):
    """(path, ours, theirs) of every difference."""
    folder = Path(folder)
    document = read_json(folder / "bills.json")
    yield from _fields("bills.json.format", FORMAT, document.get("format"))
    yield from _rows("bills.json", BILL_KEY, ours.bills, document["bills"])
    yield from _rows("charges.jsonl", CHARGE_KEY, ours.charges, read_lines(folder / "charges.jsonl"))
    decisions = folder / "decisions.jsonl"
    if decisions.exists():
        yield from _fields("decisions.jsonl", ours.decisions, read_lines(decisions))
    last = world.periods[-1].name
    for place, (decision, record) in enumerate(zip(ours.decisions, world.usage)):
        if "status" in record.raw:
            yield from _plane(f"usage.jsonl[{place}]", decision, record.raw, last)
    for place, state in enumerate(world.states):
        if "billed_in" in state.raw:
            mine = {"billed_in": state.billed_in}
            yield from _plane(f"lifecycle.jsonl[{place}]", mine, state.raw, last)


def _plane(path, ours, raw, last):
    """Fields the plane decided; a closing after the exported period is no difference."""
    for name, value in ours.items():
        theirs = raw.get(name)
        if name == "billed_in" and value is None and theirs is not None and theirs > last:
            continue
        yield from _fields(f"{path}.{name}", value, theirs)


def _name(row, key):
    values = (row.get(name) for name in key)
    return " ".join(
        value.get("start", "?") if isinstance(value, dict) else "-" if value is None else str(value)
        for value in values
    )


def _rows(path, key, ours, theirs):
    """Objects found by key, so that one more or less does not shift the rest; then their order."""
    mine = {_name(row, key): row for row in ours}
    others = {}
    for row in theirs:
        name = _name(row, key)
        if name in others:
            yield f"{path}[{name}]", "once", "twice"
        others[name] = row
    for name in {**mine, **others}:
        yield from _fields(f"{path}[{name}]", mine.get(name, ABSENT), others.get(name, ABSENT))
    if mine.keys() == others.keys():
        for place, (one, other) in enumerate(zip(mine, others)):
            if one != other:
                yield f"{path} order at {place}", one, other
                return


def _fields(path, ours, theirs):
    """A missing key reads as null, an unknown key is ignored."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, value in ours.items():
            yield from _fields(f"{path}.{name}", value, theirs.get(name))
    elif isinstance(ours, list) and isinstance(theirs, list):
        for place in range(max(len(ours), len(theirs))):
            one, other = (rows[place] if place < len(rows) else ABSENT for rows in (ours, theirs))
            yield from _fields(f"{path}[{place}]", one, other)
    elif type(ours) is not type(theirs) or ours != theirs:
        yield path, _shown(ours), _shown(theirs)


def _shown(value):
    return "absent" if value is ABSENT else value
