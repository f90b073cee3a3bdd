"""People, roles and the tree in a real browser: a plane of its own, a real OpenID provider, Chromium.

    CARGO_TARGET_DIR=… python3 tests/people/story.py

Needs the built portal and programs (`make portal`, `cargo build -p control-plane -p cli`) and the
packages of `portal` and `tests/provider`. Pictures are in `portal/test-results/pictures/`.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import commands

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pathlib.Path.home() / ".cache/cellplane/target"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Plane:
    """A plane with the demo's tenant, on free ports, without cells."""

    def __init__(self, folder: pathlib.Path):
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.environment = {
            **os.environ,
            "CELLPLANE_HOME": str(self.home),
            "XDG_CONFIG_HOME": str(folder / "config"),
            # A port that is known beforehand: the page's own origin is checked against it.
            "CELLPLANE__HTTP__LISTEN": f"127.0.0.1:{free_port()}",
            "CELLPLANE__AGENT__LISTEN": "127.0.0.1:0",
            "CELLPLANE__OPENID__LOOPBACK_HTTP": "true",
            "CELLPLANE__LOG__FILTER": "warn",
        }
        self.process = None

    def program(self, name: str, *words: str, given: str = "") -> str:
        done = subprocess.run(
            [TARGET / "debug" / name, *words], env=self.environment, input=given,
            capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == 0, f"{name} {words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def start(self):
        self.program("cellplane-plane", "migrate")
        self.program("cellplane-plane", "demo", "seed")
        log = open(self.home / "plane.log", "w")
        self.process = subprocess.Popen(
            [TARGET / "debug" / "cellplane-plane", "serve"], env=self.environment, stdout=log, stderr=log,
        )
        end = time.monotonic() + 60
        while not self.is_ready():
            assert self.process.poll() is None and time.monotonic() < end, (self.home / "plane.log").read_text()
            time.sleep(0.1)

    def address(self) -> str:
        return json.loads((self.home / "addresses.json").read_text())["http"]

    def is_ready(self) -> bool:
        if not (self.home / "addresses.json").exists():
            return False
        try:
            with urllib.request.urlopen(f"{self.address()}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def link(self, who: str) -> str:
        return self.program("cellplane-plane", "sign-in", "--as", who)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


class Provider:
    """panva's oidc-provider, for a plane at an address."""

    def __init__(self, plane: str):
        self.process = subprocess.Popen(
            ["node", "server.mjs"], cwd=ROOT / "tests" / "provider", text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self.process.stdin.write(json.dumps({"plane": plane}) + "\n")
        self.process.stdin.flush()
        self.issuer = json.loads(self.process.stdout.readline())["issuer"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)


def from_the_command_line(plane: Plane):
    """What docs/how-to.md says of rights and of the audit, against the real plane."""
    link = plane.link("admin")
    plane.program("cellplane", "sign-in", "--code-file", "-", given=link)

    def run(*words: str) -> str:
        return plane.program("cellplane", *words)

    def asked(*words: str):
        return json.loads(run(*words, "--output", "json"))

    run("user", "create", "lin", "--title", "Lin Tao")
    assert "/sign-in#" in run("user", "code", "lin")
    run("group", "create", "night-shift", "--title", "Night shift")
    run("group", "add", "night-shift", "lin")
    assert "lin" in run("group", "members", "night-shift")
    run("role", "create", "restarter", "--title", "May restart", "--part", "view", "--part", "operate")
    given = asked("binding", "create", "--group", "night-shift", "--role", "restarter", "--at", "organization/platform")
    reasons = asked("access", "explain", "lin", "operate", "project/platform-dev")
    assert reasons[0]["isAllowed"] and reasons[0]["because"][0]["at"]["name"] == "platform", reasons
    run("binding", "create", "--user", "lin", "--role", "restarter", "--at", "platform-dev", "--effect", "deny")
    assert not asked("access", "explain", "lin", "operate", "platform-dev")[0]["isAllowed"]
    run("role", "change", "restarter", "--part", "operate")
    assert asked("role", "get", "restarter")["parts"] == ["operate"]
    run("binding", "delete", given["id"], "--yes")
    assert asked("binding", "list", "--group", "night-shift")["items"] == []
    run("group", "rename", "night-shift", "--title", "By night")
    run("group", "remove", "night-shift", "lin")
    run("group", "delete", "night-shift", "--yes")
    run("user", "disable", "lin", "--yes")
    assert asked("user", "list", "--search", "lin")["items"][0]["state"] == "DISABLED"
    run("user", "enable", "lin")

    file = plane.home / "audit.jsonl"
    run("audit", "export", "--file", str(file))
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert [record["number"] for record in records] == list(range(1, len(records) + 1))
    assert any(record["action"] == "disableUser" for record in records)
    done = run("audit", "export", "--action", "bindRole", "--output", "csv").splitlines()
    assert len(done) == 1 + sum(record["action"] == "bindRole" for record in records), done
    assert "as they were written" in run("audit", "verify")
    the_audit_is_followed(plane, run)


def the_audit_is_followed(plane: Plane, run):
    """What is done while somebody follows is shown to them."""
    follow = subprocess.Popen(
        [TARGET / "debug" / "cellplane", "audit", "follow", "--action", "createUser", "--output", "json"],
        env=plane.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        # Only what is recorded from now on is shown, so something is done until it is.
        names = []
        seen = None
        end = time.monotonic() + 60
        os.set_blocking(follow.stdout.fileno(), False)
        while not seen:
            assert time.monotonic() < end and follow.poll() is None, "nothing was followed"
            names.append(f"followed-{len(names)}")
            run("user", "create", names[-1])
            time.sleep(1)
            seen = follow.stdout.readline()
        assert json.loads(seen)["action"] == "createUser", seen
    finally:
        follow.terminate()
        follow.wait(10)


def story(folder: pathlib.Path):
    plane = Plane(folder)
    provider = None
    try:
        plane.start()
        from_the_command_line(plane)
        provider = Provider(plane.address())
        commands.story(plane, str(TARGET / "debug" / "cellplane"), provider.issuer)
        environment = {
            **os.environ,
            "CELLPLANE_ADDRESS": plane.address(),
            "CELLPLANE_ISSUER": provider.issuer,
            "CELLPLANE_LINK_ADMIN": plane.link("admin"),
            "CELLPLANE_LINK_DEVELOPER": plane.link("dev"),
            "CELLPLANE_LINK_HEAD": plane.link("head"),
            "CELLPLANE_LINK_AUDITOR": plane.link("auditor"),
            "CELLPLANE_LINK_OPERATOR": plane.link("operator"),
        }
        words = ["npm", "run", "--silent", "story-people"]
        subprocess.run(words, cwd=ROOT / "portal", env=environment, check=True, timeout=600)
    except BaseException:
        log = plane.home / "plane.log"
        print(log.read_text()[-3000:] if log.exists() else "")
        raise
    finally:
        if provider is not None:
            provider.stop()
        plane.stop()


if __name__ == "__main__":
    below = tempfile.mkdtemp(prefix="cellplane-people-")
    try:
        story(pathlib.Path(below))
    finally:
        shutil.rmtree(below, ignore_errors=True)
    print("story of people, roles and the tree: passed")
