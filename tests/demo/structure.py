"""A structure with an application and what needs what in it, taken to a tenant of its own."""

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

    def takes(self, document: str, fails: int = 0) -> str:
        words = ["structure", "import", "-", "--yes"]
        return self.does(*words, fails=fails, given=document)

    def refuses(self, document: str, because: str):
        """What cannot be taken as a whole changes nothing."""
        before = self.structure()
        told = self.takes(document, fails=2)
        assert because in told and "nothing was changed" in told, told
        assert self.structure() == before


def reversed_too(document: str) -> str:
    """The same, in which what is needed needs back."""
    needs = re.search(r"\n *needs:\n(?P<key>(?P<in> +)(?P<part>\S+):\n)(?P<item> *- )(?P<needed>\S+)\n", document)
    assert needs, document
    back = f"{needs['in']}{needs['needed']}:\n{needs['item']}{needs['part']}\n"
    at = needs.start("key")
    return document[:at] + back + document[at:]


def taken_elsewhere(demo: Demo):
    """Export, import in another tenant, export: the same; import again: nothing."""
    admin = Person(demo, "admin", "acme")
    admin.does("application", "create", "till", "--organization", "rnd", "--title", "The till")
    for part in PARTS:
        admin.does("application", "add", "till", part, "--project", "platform-dev")
    admin.does("application", "depend", "till", "shop-cache", "--on", "first-cache")
    document = admin.structure()
    assert f"{HOME}/shop-cache:\n" in document.split("needs:")[1], document
    admin.refuses(reversed_too(document), "nothing can need itself")
    assert "nothing to do" in admin.takes(document)

    Person(demo, "operator").does("tenant", "create", "elsewhere", "--administrator", "admin")
    other = Person(demo, "admin", "elsewhere")
    for name in sorted(set(re.findall(r"subject: (\S+)", document)) - {"admin"}):
        other.does("user", "create", name)
    other.refuses(document, f"there is no instance {HOME}/first-cache")
    tree = re.sub(r"(?ms)^applications:.*?(?=^\w)", "", document)
    assert "make the project" in other.takes(tree)
    for part in PARTS:
        words = ["--name", part, "--project", "platform-dev", "--plan", "small"]
        other.does("order", "memcached", *words, "--topology", "standalone", "--yes")
    other.refuses(reversed_too(document), "nothing can need itself")
    told = other.takes(document)
    assert f"say that {HOME}/shop-cache needs {HOME}/first-cache" in told, told
    assert other.structure() == document
    assert "nothing to do" in other.takes(document)
    demo.plane("verify")

    for part in PARTS:
        other.does("delete", part, "--yes", "--confirm-name", part)
    admin.does("application", "delete", "till", "--yes")
