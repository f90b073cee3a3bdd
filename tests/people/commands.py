"""Commands about people, programs and limits against a real plane, and an audit that somebody changed."""

import json
import sqlite3
import stat
import subprocess


class CommandLine:
    """The command line of one plane, signed in as somebody."""

    def __init__(self, plane, program: str):
        self.plane = plane
        self.path = program

    def sign_in(self, who: str):
        self.plane.program("cellplane", "sign-in", "--code-file", "-", given=self.plane.link(who))

    def run(self, *words: str) -> str:
        return self.plane.program("cellplane", *words)

    def asked(self, *words: str):
        return json.loads(self.run(*words, "--output", "json"))

    def refused(self, *words: str) -> str:
        done = subprocess.run(
            [self.path, *words], env=self.plane.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode != 0, f"{words} was not refused: {done.stdout}"
        return done.stdout + done.stderr


def programs_and_tokens(line: CommandLine):
    """A service account, and tokens that reach as far as they say."""
    secret = line.plane.home / "robot.token"
    line.run("service-account", "create", "robot", "--organization", "platform", "--title", "Robot")
    assert [one["name"] for one in line.asked("service-account", "list")["items"]] == ["robot"]
    made = ["--service-account", "robot", "--project", "platform-dev", "--days", "7"]
    line.run("token", "create", "nightly", *made, "--secret-file", str(secret))
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    line.run("binding", "create", "--service-account", "robot", "--role", "viewer", "--at", "project/platform-dev")
    seen = line.asked("get", "projects", "--token-file", str(secret))["items"]
    assert [one["name"] for one in seen] == ["platform-dev"], seen
    assert line.refused("user", "create", "mallory", "--token-file", str(secret))
    again = line.plane.home / "robot-2.token"
    line.run("token", "rotate", "nightly", "--service-account", "robot", "--secret-file", str(again))
    assert line.asked("get", "projects", "--token-file", str(again))["items"]
    line.run("token", "revoke", "nightly", "--service-account", "robot")
    assert line.refused("get", "projects", "--token-file", str(again))
    assert any(one["isOwn"] for one in line.asked("session", "list")["items"]), "nobody is signed in"


def limits_and_rules(line: CommandLine):
    """A limit, a budget and a rule at an organization, and what is taken away again."""
    line.run("quota", "set", "--organization", "platform", "members", "7")
    assert "7" in line.run("quota", "list", "--organization", "platform")
    assert line.refused("quota", "set", "--organization", "platform", "members", "many")
    line.run("budget", "set", "--organization", "platform", "5000", "--action", "note")
    assert "5000" in line.run("budget", "list", "--organization", "platform")
    line.run("budget", "remove", "--organization", "platform")
    rule = ["approval", "rule", "create", "--at", "organization/platform", "--for", "order"]
    made = line.asked(*rule, "--above-per-month", "500")
    assert line.asked("approval", "rule", "list")["items"][0]["id"] == made["id"]
    assert line.asked("approval", "list")["items"] == []
    line.run("approval", "rule", "delete", made["id"])
    assert line.asked("approval", "rule", "list")["items"] == []


def providers(line: CommandLine, issuer: str):
    """A provider of a tenant is set, changed, switched off and removed."""
    secret = line.plane.home / "provider.secret"
    secret.write_text("a secret")
    made = ["--issuer", issuer, "--client-id", "cellplane", "--client-secret-file", str(secret)]
    line.run("provider", "create", "second", *made, "--create-people", "true")
    line.run("provider", "change", "second", "--title", "The second one", "--disable")
    known = line.asked("provider", "list")
    assert [(one["name"], one["state"]) for one in known] == [("second", "DISABLED")], known
    assert line.refused("provider", "create", "third", "--issuer", "http://id.example", *made[2:])
    line.run("provider", "delete", "second", "--yes")
    assert line.asked("provider", "list") == []


def plans(line: CommandLine):
    """A plan for one tenant alone, and an operator who acts for somebody."""
    size = ["--millivcpu", "2000", "--memory-mib", "4096", "--storage-mib", "8192"]
    line.run("offering", "add-plan", "redis", "huge", "--title", "Huge", "--title-zh", "特大", *size)
    line.run("offering", "offer", "redis", "--plan", "huge", "--to", "acme")
    known = {one["name"]: one for one in line.asked("offering", "plans", "redis")}
    assert (known["huge"]["audience"], known["huge"]["tenantCount"]) == ("CHOSEN", 1), known
    offered = line.asked("tenant", "list", "--offering", "redis", "--plan", "huge")["items"]
    assert [one["name"] for one in offered] == ["acme"]
    line.run("offering", "withdraw", "redis", "--plan", "huge", "--from", "acme")
    line.run("offering", "audience", "redis", "all", "--plan", "huge")
    assert "no plan tiny" in line.refused("offering", "offer", "redis", "--plan", "tiny", "--to", "acme")


def operators_who_act(line: CommandLine):
    """The tenant sees who acts as whom and why, a page at a time, and ends it."""
    line.sign_in("admin")
    assert line.asked("impersonation", "list") == {"items": [], "complete": True}
    assert "Nothing to show." in line.run("impersonation", "list")
    line.sign_in("operator")
    assert line.refused("impersonation", "list")
    [acme] = [one["id"] for one in line.asked("tenant", "list")["items"] if one["name"] == "acme"]
    for user in ["dev", "viewer"]:
        begun = ["operator", "impersonate", "--tenant", acme, "--user", user, "--reason", f"ticket of {user}"]
        assert "/sign-in#" in line.run(*begun)
    line.sign_in("admin")
    known = line.asked("impersonation", "list")["items"]
    assert [(one["impersonatedBy"], one["subject"], one["reason"]) for one in known] == [
        ("operator", "Viewer", "ticket of viewer"),
        ("operator", "Developer", "ticket of dev"),
    ], known
    cut = line.asked("impersonation", "list", "--limit", "1")
    assert (len(cut["items"]), cut["complete"]) == (1, False), cut
    table = line.run("impersonation", "list")
    assert "OPERATOR" in table and "ticket of dev" in table and known[0]["id"] in table, table
    for one in known:
        line.run("session", "end", one["id"])
    assert line.asked("impersonation", "list")["items"] == []


def a_changed_record_is_found(line: CommandLine):
    """Somebody changes a row of the audit past the plane."""
    [file] = [path for path in line.plane.home.rglob("*.db") if b"CREATE TABLE" in path.read_bytes()]
    around = sqlite3.connect(file, timeout=30)
    where = "number = 2 AND tenant_id = (SELECT id FROM tenant WHERE name = 'acme')"
    [(name,)] = around.execute(f"SELECT subject_name FROM audit WHERE {where}").fetchall()
    with around:
        around.execute(f"UPDATE audit SET subject_name = 'somebody else' WHERE {where}")
    told = line.refused("audit", "verify")
    assert "2" in told, told
    with around:
        around.execute(f"UPDATE audit SET subject_name = ? WHERE {where}", (name,))
    around.close()
    assert "as they were written" in line.run("audit", "verify")


def story(plane, program: str, issuer: str):
    """All of it."""
    line = CommandLine(plane, program)
    line.sign_in("operator")
    plans(line)
    operators_who_act(line)
    programs_and_tokens(line)
    limits_and_rules(line)
    providers(line, issuer)
    a_changed_record_is_found(line)
