"""Which kills are tried: from what a run without kills said, for what the catalogue offers."""

import collections
import random
import re

from life import OPERATIONS, PREVIEW_CHANGE, PROJECT
from points import Arm
from installation import Refused

OFFERINGS = """query { offerings(first: 50) { nodes { id name packageVersion softwareVersions
    topologies { name memberRoles } plans { id name } } } }"""
SCHEMA = """query($offering: String!, $topology: String!, $version: String!, $plan: ID!) {
    offering(idOrName: $offering) { parameterSchema(topology: $topology, softwareVersion: $version, plan: $plan) } }"""
VICTIMS = ("agent", "plane", "shim", "member")


class Combination:
    """A package in one topology, as it is ordered, and the changes that are tried on it."""

    def __init__(self, offering, topology, project):
        self.offering, self.topology, self.project = offering, topology["name"], project
        self.size = len(topology["memberRoles"])
        self.plan, self.version = offering["plans"][0]["id"], offering["softwareVersions"][0]
        self.changes = {}

    def label(self):
        return f"{self.offering['name']} {self.topology}"

    def order(self, name):
        return {"project": self.project, "name": name, "offering": self.offering["id"], "plan": self.plan,
                "softwareVersion": self.version, "topology": self.topology, "parameters": {}}

    def find_changes(self, dev, instance):
        """The first parameter that changes while a member runs, and the first that needs a restart."""
        schema = dev.ask(SCHEMA, offering=self.offering["name"], topology=self.topology, version=self.version,
                         plan=self.plan)["offering"]["parameterSchema"]
        for name, field in schema["properties"].items():
            wanted = {"hot": "hot", "restart": "change"}.get(field.get("x-apply"))
            if wanted is None or wanted in self.changes:
                continue
            for value in others(field):
                change = {"instance": instance, "parameters": {name: value}}
                try:
                    shown = dev.ask(PREVIEW_CHANGE, input=change)["previewChange"]
                except Refused:
                    continue
                if shown["apply"] == {"hot": "HOT", "change": "RESTART"}[wanted]:
                    self.changes[wanted] = {name: value}
                    break


def others(field):
    """Values that differ from the default."""
    default = field.get("default")
    if isinstance(default, bool):
        return [not default]
    if "enum" in field:
        return [value for value in field["enum"] if value != default]
    if isinstance(default, int):
        return [value for value in (default + 1, default - 1) if
                field.get("minimum", value) <= value <= field.get("maximum", value)]
    # What is written as a list or as text is tried as the package's examples show it.
    return [value for value in field.get("examples", []) if value != default]


def combinations(site):
    """Every package that is offered, in each of its topologies."""
    project = site.dev.ask(PROJECT)["project"]["id"]
    offerings = site.dev.ask(OFFERINGS)["offerings"]["nodes"]
    return [Combination(offering, topology, project) for offering in offerings for topology in offering["topologies"]]


def is_step(program, name):
    """A step that the agent journals, or a wish that it takes in: there everybody is killed."""
    return program == "agent" and name.split()[0] in ("enter", "entered", "take", "taken")


def comes_always(program, name):
    """A step's point that an operation cannot do without. One that only looks is written down when it was
    not well at once, as on a slow machine (decision 76), which the next operation need not be."""
    return is_step(program, name) and not re.search(r" (check-[a-z]+|wait-healthy) ", f"{name} ")


def arms_of(recorded):
    """All kills of one combination: whom, in which operation, at which point, for which time."""
    found = []
    for op in OPERATIONS:
        for program, name, nth in recorded.get(op, []):
            for victim in VICTIMS if is_step(program, name) else [program]:
                found.append(Arm(op, victim, program, name, nth))
    return found


def kind(arm):
    """Points that differ only in a number are one kind: a step's place in its plan, a user, a turn."""
    return (arm.op, arm.victim, arm.program, re.sub(r"\d+", "#", arm.name))


def chosen(recordings, seed):
    """Every kind of kill once; in which combination, and at which of its points, the seed says."""
    chance, kinds = random.Random(seed), collections.defaultdict(list)
    for label in sorted(recordings):
        for arm in arms_of(recordings[label]):
            kinds[kind(arm)].append((label, arm))
    return [chance.choice(kinds[key]) for key in sorted(kinds)]


def everything(recordings):
    """Every kill of every combination."""
    return [(label, arm) for label in sorted(recordings) for arm in arms_of(recordings[label])]


def taken(arms, count):
    """Takes the first arms out of the list, no two of the same point: it may be reached only once."""
    first = {}
    for arm in arms:
        if len(first) < count:
            first.setdefault((arm.program, arm.name), arm)
    for arm in first.values():
        arms.remove(arm)
    return list(first.values())


def lives(kills, seed, at_once):
    """Deals the kills out to lives: at most so many in each operation."""
    chance, dealt = random.Random(seed), []
    kills = list(kills)
    chance.shuffle(kills)
    waiting = collections.defaultdict(lambda: collections.defaultdict(list))
    for label, arm in kills:
        waiting[label][arm.op].append(arm)
    for label in sorted(waiting):
        by_op = waiting[label]
        while any(by_op.values()):
            arms = []
            for op in list(by_op):
                arms += taken(by_op[op], at_once)
            dealt.append((label, arms))
    chance.shuffle(dealt)
    return dealt
