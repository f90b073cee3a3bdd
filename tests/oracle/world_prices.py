"""Random price books for world.py: every model, overrides that end, lines in another currency."""

from period import HOUR, show

METERS = [
    "member_seconds", "machine_seconds", "millivcpu_seconds", "memory_mib_seconds",
    "storage_mib_seconds", "requests", "egress_bytes",
]
SCALES = {
    "member_seconds": 20_000, "machine_seconds": 20_000, "millivcpu_seconds": 20_000_000,
    "memory_mib_seconds": 20_000_000, "storage_mib_seconds": 40_000_000, "requests": 3_000,
    "egress_bytes": 2**54,
}
PLANS = [None, "small", "large"]
YEAR = 365 * 24 * HOUR


def books(world):
    """The list of books: a global one, sometimes the tenant's and those of organizations."""
    chance, found = world.chance, [_book(world, "global", None, world.start - YEAR, 0.85)]
    if chance.random() < 0.5:
        found.append(_book(world, "tenant", None, world.created, 0.4))
    for name, created in sorted(world.organizations().items()):
        if chance.random() < 0.4:
            found.append(_book(world, "organization", name, created, 0.4))
    return found


def _book(world, scope, organization, start, density):
    name = f"{scope}-{organization}" if organization else scope
    instants = {start, *(world.fresh(world.created, world.end) for _ in range(world.chance.randint(0, 2)))}
    versions = []
    for place, at in enumerate(sorted(at for at in instants if at >= start)):
        empty = scope != "global" and place and world.chance.random() < 0.3
        lines = [] if empty else _lines(world, f"{name}-{place}", density)
        versions.append({
            "id": f"{name}-{place}", "effective_from": show(at), "entered_at": show(at), "lines": lines,
        })
    return {"id": name, "scope": scope, "organization": organization, "versions": versions}


def _lines(world, version, density):
    chance, lines = world.chance, []
    for meter in METERS:
        for plan in PLANS:
            for currency in (world.currency, "XAF"):
                likely = density * (1 if plan is None else 0.4) * (1 if currency != "XAF" else 0.2)
                if chance.random() < likely:
                    lines.append(_line(chance, version, plan, meter, currency, _model(chance, meter)))
                if meter in ("member_seconds", "machine_seconds") and chance.random() < likely / 2:
                    lines.append(_line(chance, version, plan, meter, currency, "one_off"))
    chance.shuffle(lines)
    for place, line in enumerate(lines):
        line["id"] = f"{version}-{place:02d}"
    return lines


def _model(chance, meter):
    timed = meter in ("member_seconds", "machine_seconds")
    return chance.choice(["unit", "tiered", "flat_month"] if timed else ["unit", "tiered"])


def _price(chance, meter, model):
    """A decimal of up to 12 places, big enough that a month costs something."""
    if chance.random() < 0.08:
        return "0"
    if model in ("flat_month", "one_off"):
        return f"{chance.randint(1, 90000) / 1000:.3f}" if chance.random() < 0.5 else "17"
    return f"{chance.randint(0, 2)}.{chance.randint(1, 10**12 - 1):012d}"


def _line(chance, version, plan, meter, currency, model):
    tiers, per = None, None
    if model in ("unit", "tiered"):
        small = [] if meter == "egress_bytes" else [3600, 7]
        per = chance.choice([*small, SCALES[meter] // 100, SCALES[meter] // 10])
    if model == "tiered":
        steps = sorted({chance.randint(1, SCALES[meter]) for _ in range(chance.randint(1, 3))})
        tiers = [{"up_to": step, "unit_price": _price(chance, meter, model)} for step in [*steps, None]]
    return {
        "id": version, "plan": plan, "meter": meter, "model": model, "currency": currency,
        "unit_price": None if tiers else _price(chance, meter, model), "per": per,
        "stopped": meter == "member_seconds" and chance.random() < 0.5, "tiers": tiers,
    }
