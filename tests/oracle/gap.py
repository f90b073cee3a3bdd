"""Declared gaps (money.md: "A declared gap"): time that should have been metered and was not."""

from history import RESTING, WORKING, intersection, without

LIFE_METERS = {
    "machine": "machine_seconds",
    "volume": "storage_mib_seconds",
    "backup": "storage_mib_seconds",
}


def gaps_of(history, covered, start, end):
    """(reason, intervals) of one resource within [start, end).

    `covered(meter)` gives the intervals of its counted records.
    """
    if history.kind == "member":
        yield "unknown", history.intervals(start, end, {"unknown"})
        metered = history.intervals(start, end, WORKING | RESTING)
        yield "missing", without(metered, covered("member_seconds"))
    elif history.kind in LIFE_METERS:
        life = history.intervals(start, end)
        yield "missing", without(life, covered(LIFE_METERS[history.kind]))


def ownership(tree, project, start, end):
    """organization → intervals within [start, end) in which it owns the project."""
    cuts = [start, *(at for at in tree.instants if start < at < end), end]
    owned = {}
    for begin, stop in zip(cuts, cuts[1:]):
        owner = tree.owner(project, begin)
        if owner is not None:
            owned.setdefault(owner, []).append((begin, stop))
    return owned


def gaps_by_organization(tree, histories, records, start, end):
    """organization → list of (resource, start, end, reason) within [start, end), cut where owners change."""
    counted = {}
    for record in records:
        if record.start < end and record.end > start:
            counted.setdefault((record.resource, record.meter), []).append((record.start, record.end))
    found = {}
    for resource, history in histories.items():
        owned = ownership(tree, history.project, start, end)

        def covered(meter):
            return counted.get((resource, meter), [])

        for reason, intervals in gaps_of(history, covered, start, end):
            for owner, times in owned.items():
                rows = found.setdefault(owner, [])
                rows.extend((resource, *time, reason) for time in intersection(intervals, times))
    return found


def gaps_of_stay(gaps, stay):
    """Those of the organization, cut to its stay, in order of (resource, start, reason)."""
    cut = (
        (resource, max(start, stay.start), min(end, stay.end), reason)
        for resource, start, end, reason in gaps
    )
    return sorted((gap for gap in cut if gap[1] < gap[2]), key=lambda gap: (gap[0], gap[1], gap[3]))
