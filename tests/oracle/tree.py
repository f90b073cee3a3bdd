"""Organizations and projects through time (money.md: "Moves", "stay"; billing-export.md: tree.jsonl)."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from period import parse


class ImpossibleWorld(Exception):
    """The input holds something the rules rule out, such as a running member nobody owns."""


@dataclass(frozen=True)
class Stay:
    """The longest time within a period in which an organization exists and its path stays the same."""

    organization: str
    start: int
    end: int
    path: tuple

    @property
    def parent(self):
        """The organization above, null for the root."""
        return self.path[1] if len(self.path) > 1 else None


class Tree:
    """Who is whose parent, at every instant."""

    def __init__(self, events, root):
        self.root = root
        entries = {}
        for event in events:
            thing = entries.setdefault((event["kind"], event["id"]), {})
            exists = event["event"] != "deleted"
            thing[parse(event["effective_at"])] = (exists, event.get("parent"))
        self._entries = {thing: sorted(rows.items()) for thing, rows in entries.items()}
        self._instants = {thing: [at for at, _ in rows] for thing, rows in self._entries.items()}
        self.organizations = sorted(name for kind, name in entries if kind == "organization")
        self.instants = sorted({at for rows in self._instants.values() for at in rows})
        self._path_between = lru_cache(maxsize=None)(self._walk)

    def _at(self, kind, name, instant):
        """(exists, parent) at the instant; before the creation nothing exists."""
        place = bisect_right(self._instants.get((kind, name), []), instant)
        return self._entries[kind, name][place - 1][1] if place else (False, None)

    def owner(self, project, instant):
        """The organization that owns the project at the instant, null if the project does not exist."""
        return self._at("project", project, instant)[1]

    def path(self, organization, instant):
        """The organization, its parent and so on up to the root; null where it does not exist."""
        return self._path_between(organization, bisect_right(self.instants, instant))

    def _walk(self, organization, place):
        if place == 0:
            return None
        instant, path = self.instants[place - 1], []
        while organization is not None:
            exists, above = self._at("organization", organization, instant)
            if not exists and not path:
                return None
            if not exists or organization in path:
                raise ImpossibleWorld(f"the path of {path[0]} is broken at {organization}")
            path.append(organization)
            organization = above
        return tuple(path)

    def stays(self, organization, start, end):
        """The stays of an organization within [start, end), in order."""
        cuts = [start, *(at for at in self.instants if start < at < end), end]
        found = []
        for begin, stop in zip(cuts, cuts[1:]):
            path = self.path(organization, begin)
            if path is None:
                continue
            if found and found[-1].end == begin and found[-1].path == path:
                begin = found.pop().start
            found.append(Stay(organization, begin, stop, path))
        return found

    def last_parent(self, organization):
        """The parent an organization had until it was deleted."""
        living = [row for _, row in self._entries["organization", organization] if row[0]]
        return living[-1][1]
