"""A structure with instances, an application and limits in it, taken to a tenant of its own."""

import json
import re

from demo import Demo

HOME = "rnd/platform/platform-dev"
PARTS = ("first-cache", "shop-cache")


class Person:
    """Somebody of a tenant, or of none, with a command line of their own."""

    def __init__(self, demo: Demo, name: str, tenant: str = ""):
        self.demo = demo
        self.config = demo.home / f"{name}-{tenant}.toml"
        link = demo.plane("sign-in", "--as", name, *(["--tenant", tenant] if tenant else []))
        self.does("sign-in", "--code-file", "-", given=link)

    def does(self, *words: str, fails: int = 0, given: str = "") -> str:
        return self.demo.cellplane("--config", str(self.config), *words, fails=fails, given=given)

    def structure(self) -> str:
        return self.does("structure", "export")

    def takes(self, document: str, *more: str, fails: int = 0) -> str:
        words = ["structure", "import", "-", "--yes"]
        return self.does(*words, *more, fails=fails, given=document)

    def refuses(self, document: str, because: str, *more: str):
        """What cannot be taken as a whole changes nothing."""
        before = self.structure()
        told = self.takes(document, *more, fails=2)
        assert because in told and "nothing was changed" in told, told
        assert self.structure() == before


def reversed_too(document: str) -> str:
    """The same, in which what is needed needs back."""
    needs = re.search(r"\n *needs:\n(?P<key>(?P<in> +)(?P<part>\S+):\n)(?P<item> *- )(?P<needed>\S+)\n", document)
    assert needs, document
    back = f"{needs['in']}{needs['needed']}:\n{needs['item']}{needs['part']}\n"
    at = needs.start("key")
    return document[:at] + back + document[at:]


def only(document: str, names: tuple) -> str:
    """The same with these instances alone."""
    head, rest = document.split("\ninstances:\n")
    body, tail = re.split(r"(?m)^(?=\w)", rest, maxsplit=1)
    items = re.split(r"(?m)^(?= *- project:)", body)
    kept = [item for item in items if item and re.search(r"\n *name: (\S+)", item)[1] in names]
    assert len(kept) == len(names), body
    return f"{head}\ninstances:\n{''.join(kept)}{tail}"


def limited(admin: Person):
    """Limits, a rule and a program, each at another place."""
    admin.does("quota", "set", "members", "60", "--organization", "rnd")
    admin.does("quota", "set", "members", "40", "--project", "platform-dev")
    admin.does("budget", "set", "90000.50", "--organization", "acme")
    admin.does("budget", "set", "80000", "--action", "note", "--project", "platform-dev")
    offering = json.loads(admin.does("get", "offerings", "--output", "json"))["items"]
    plans = {f"{one['name']}/{plan['name']}": plan["id"] for one in offering for plan in one["plans"]}
    rule = ["approval", "rule", "create", "--for", "order", "--for", "delete", "--above-per-month", "90000"]
    admin.does(*rule, "--at", "organization/rnd", "--plan", plans["redis/small"], "--approvers", "2")
    admin.does("service-account", "create", "robot", "--organization", "rnd", "--title", "Deploys")


def is_running(person: Person, name: str) -> bool:
    shown = json.loads(person.does("describe", name, "--project", "platform-dev", "--output", "json"))
    return shown["state"] == "RUNNING"


def taken_elsewhere(demo: Demo):
    """Export, import in another tenant, export: the same; import again: nothing."""
    admin = Person(demo, "admin", "acme")
    admin.does("application", "create", "till", "--organization", "rnd", "--title", "The till")
    for part in PARTS:
        admin.does("application", "add", "till", part, "--project", "platform-dev")
    admin.does("application", "depend", "till", "shop-cache", "--on", "first-cache")
    limited(admin)
    everything = admin.structure()
    document = only(everything, PARTS)
    assert f"{HOME}/shop-cache:\n" in document.split("needs:")[1], document
    admin.refuses(reversed_too(document), "nothing can need itself")
    assert "nothing to do" in admin.takes(everything)
    assert "nothing to do" in admin.takes(document)

    Person(demo, "operator").does("tenant", "create", "elsewhere", "--administrator", "admin")
    other = Person(demo, "admin", "elsewhere")
    other.refuses(document, "there is no person or service account")
    for name in sorted(set(re.findall(r"subject: (\S+)", document)) - {"admin", "robot"}):
        other.does("user", "create", name)
    other.refuses(document, f"there is no instance {HOME}/first-cache", "--without-instances")
    other.refuses(document.replace("plan: small", "plan: immense"), "redis has no plan immense")
    other.refuses(reversed_too(document), "nothing can need itself")
    told = other.takes(document)
    for part in PARTS:
        assert f"order {HOME}/{part}, a redis of plan small" in told, told
    assert f"say that {HOME}/shop-cache needs {HOME}/first-cache" in told, told
    assert "limit members at organization/rnd to 60" in told, told
    assert "set the budget of the root to 90000.5" in told, told
    assert "nothing to do" in other.takes(document), "what is on its way is there"
    demo.until("what was ordered to run", lambda: all(is_running(other, part) for part in PARTS))
    assert other.structure() == document
    demo.plane("verify")

    for part in PARTS:
        other.does("delete", part, "--yes", "--confirm-name", part)
    admin.does("application", "delete", "till", "--yes")
