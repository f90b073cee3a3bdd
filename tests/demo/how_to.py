"""Runs every command of `docs/how-to.md`, and lets the plane check every configuration in it.

A block is run as it stands, in a folder that looks like the one where a reader would be. The few
that need something first, or do not end by themselves, are named in `PREPARED`.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.request

from demo import ROOT, Demo

PAGE = ROOT / "docs" / "how-to.md"


def blocks(language: str) -> list[tuple[str, str]]:
    """The heading above, and the text of each block in a language, in order."""
    found, heading = [], ""
    for match in re.finditer(r"^#+ (?P<heading>[^\n]+)$|^```(?P<language>\w+)\n(?P<text>.*?)^```$", PAGE.read_text(), re.M | re.S):
        if match["heading"]:
            heading = match["heading"]
        elif match["language"] == language:
            found.append((heading, match["text"]))
    return found


class Reader:
    """Somebody who follows the page, on the machine of the plane."""

    def __init__(self, demo: Demo, folder: pathlib.Path, period: str):
        self.demo, self.folder, self.period = demo, folder, period
        self.environment = {**demo.environment, "XDG_CONFIG_HOME": str(demo.home / "config")}
        self.environment["PATH"] = f"{demo.home / 'bin'}:{demo.environment['PATH']}"
        self.agent = None
        self.other_home = folder / "other-home"
        self.other_home.mkdir(mode=0o700)
        self.note_database("postgres://cellplane@127.0.0.1:1/postgres")
        (folder / "tests").symlink_to(ROOT / "tests")
        (folder / ".cellplane").symlink_to(demo.home)

    def note_database(self, url: str):
        note = self.other_home / "database-url"
        note.write_text(url)
        note.chmod(0o600)

    def command(self, text: str) -> list[str]:
        # The page names a month; the demo lives in this one.
        return ["bash", "-euo", "pipefail", "-c", text.replace("2026-11", self.period)]

    def run(self, text: str) -> str:
        done = subprocess.run(
            self.command(text), cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180,
        )
        assert done.returncode == 0, f"{text}exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def run_agent(self, text: str):
        """Runs the other cell's agent until its plane heard it."""
        self.agent = self.start(f"exec {as_root()}{text}", "agent.log")
        log = self.folder / "agent.log"
        self.demo.until("a session of the other cell", lambda: "session opened" in log.read_text())

    def start(self, text: str, name: str) -> subprocess.Popen:
        log = open(self.folder / name, "w")
        return subprocess.Popen(
            self.command(text), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )


def another_database(reader: Reader, text: str):
    """Migrates and serves on a PostgreSQL of its own, with the page's configuration."""
    home = reader.other_home
    configuration = next(block for heading, block in blocks("toml") if heading == "Use PostgreSQL or MariaDB")
    ports = '[http]\nlisten = "127.0.0.1:0"\n[agent]\nlisten = "127.0.0.1:0"\n'
    (reader.folder / "plane.toml").write_text(configuration + ports)
    migrate, serve = text.splitlines()
    with postgres() as url:
        reader.note_database(url)
        mine, reader.environment = reader.environment, {**reader.environment, "CELLPLANE_HOME": str(home)}
        try:
            reader.run(migrate)
            plane = reader.start(f"exec {serve}", "plane.log")
            try:
                reader.demo.until("the plane on PostgreSQL", lambda: answers(home))
            finally:
                os.killpg(plane.pid, signal.SIGTERM)
                plane.wait(30)
        finally:
            reader.environment = mine


def answers(home: pathlib.Path) -> bool:
    """Whether the plane of a home is ready, at the address that it noted there."""
    note = home / "addresses.json"
    if not note.exists():
        return False
    with urllib.request.urlopen(f"{json.loads(note.read_text())['http']}/readyz", timeout=5) as answer:
        return answer.status == 200


class postgres:
    """A PostgreSQL below a folder, for as long as the block runs."""

    def __init__(self):
        # PostgreSQL refuses root, and its user cannot pass through everybody's folders.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cellplane-postgres-"))
        self.programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]

    def _as_postgres(self, *words) -> list:
        drop = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        return [*(drop if os.geteuid() == 0 else []), *map(str, words)]

    def __enter__(self) -> str:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        quiet = {"check": True, "capture_output": True, "cwd": self.folder, "timeout": 60}
        data = self.folder / "data"
        make = ["--auth", "trust", "--username", "cellplane", "--no-sync", "--encoding", "UTF8"]
        subprocess.run(self._as_postgres(self.programs / "initdb", "-D", data, *make), **quiet)
        port = free_port()
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={self.folder}"
        control = self._as_postgres(self.programs / "pg_ctl", "-D", data, "-w", "-l", self.folder / "log")
        subprocess.run([*control, "-o", options, "start"], **quiet)
        return f"postgres://cellplane@127.0.0.1:{port}/postgres"

    def __exit__(self, *_):
        stop = self._as_postgres(self.programs / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        subprocess.run(stop, check=False, capture_output=True, cwd=self.folder, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def another_cell(reader: Reader, text: str):
    """The plane's half, then the host's: its agent is left running until it is revoked."""
    if "cell create" in text:
        reader.run(text)
        return
    site = reader.demo.site().with_name(f"{reader.demo.site().name}-other")
    (reader.folder / "agent.toml").write_text(
        f'[state]\ndirectory = "{site}/agent"\n[host]\ndirectory = "{site}/host"\n'
    )
    enrol, run = text.splitlines()
    reader.run(as_root() + enrol)
    reader.run_agent(run)
    reader.demo.until("the cell", lambda: re.search(r"shanghai-2\s+enrolled", reader.run("cellplane-plane cell list")))


def enrol_again(reader: Reader, text: str):
    token, enrol, run = text.splitlines()
    reader.run(token)
    reader.run(as_root() + enrol)
    reader.run_agent(run)
    os.killpg(reader.agent.pid, signal.SIGTERM)
    reader.agent.wait(30)
    reader.agent = None


def restored(reader: Reader, text: str):
    """Nothing was lost and there is no orphan, and each command says so."""
    for line in text.splitlines():
        if "--delete" not in line:
            reader.run(line if "accept-loss" in line else as_root() + line)
            continue
        none = line.replace("ins_…", "ins_06h00ou6tpplhb09pjgen1ph5o")
        refused = subprocess.run(
            reader.command(as_root() + none), cwd=reader.folder, env=reader.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )
        assert refused.returncode != 0 and "ins_" in refused.stderr, refused


def as_root() -> str:
    return "" if os.geteuid() == 0 else "sudo -n "


def revoke(reader: Reader, text: str):
    reader.run(text)
    reader.agent.wait(30)
    reader.agent = None


def close_a_month(reader: Reader, text: str):
    """This month is not over, and closing says so; months that are over are the tests' of billing."""
    if "billing close" in text:
        assert "is open until" in reader.run(text)
    else:
        reader.run(text)


def as_admin(reader: Reader, text: str):
    """Takes the tenant's own structure, which does nothing, and then one with something new."""
    config = reader.folder / "admin.toml"
    told = reader.run("cellplane-plane sign-in --as admin")
    link = re.search(r"http\S+/sign-in#\S+", told)[0]
    reader.run(f"cellplane --config {config} sign-in '{link}'")
    mine = f"export CELLPLANE_CONFIG={config}\n"
    assert "nothing to do" in reader.run(mine + text)
    document = reader.folder / "structure.yaml"
    before = document.read_text()
    new = re.sub(r"(organizations:\n)(\s*)-", r"\1\2- path: taken\n\2  title: Taken along\n\2-", before, count=1)
    assert new != before, before
    document.write_text(new)
    again = text.splitlines()[1]
    assert "make the organization taken" in reader.run(mine + again)
    assert "nothing to do" in reader.run(mine + again)
    document.write_text(new.replace("path: taken", "path: nowhere/taken"))
    refused = subprocess.run(
        reader.command(mine + again), cwd=reader.folder, env=reader.environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )
    assert refused.returncode != 0 and "there is no organization nowhere" in refused.stderr, refused
    reader.run(mine + "cellplane organization delete taken --yes")


def as_governor(reader: Reader, text: str):
    """Commands of an administrator of the tenant."""
    config = reader.folder / "governor.toml"
    told = reader.run("cellplane-plane sign-in --as admin")
    link = re.search(r"http\S+/sign-in#\S+", told)[0]
    reader.run(f"cellplane --config {config} sign-in '{link}'")
    reader.run(f"export CELLPLANE_CONFIG={config}\n{text}")


def as_operator(reader: Reader, text: str):
    """Commands of an operator, who is signed in beside the reader."""
    config = reader.folder / "operator.toml"
    if not config.exists():
        told = reader.run("cellplane-plane sign-in --as operator")
        link = re.search(r"http\S+/sign-in#\S+", told)[0]
        reader.run(f"cellplane --config {config} sign-in '{link}'")
    reader.run(f"export CELLPLANE_CONFIG={config}\n{text}")


def licence(reader: Reader, text: str):
    reader.run("cellplane-plane licence sign --id how-to --count 3 > licence.json")
    reader.run(text)


PREPARED = {
    "Use PostgreSQL or MariaDB": another_database,
    "Enrol another cell": another_cell,
    "Revoke an agent": revoke,
    "A clone is suspected": enrol_again,
    "The plane was restored": restored,
    "Close a month": close_a_month,
    "Licences": licence,
    "Take a structure elsewhere": as_admin,
    "Act as a user of a tenant": as_governor,
    "Group what works together": as_governor,
    "Move something at an instant to come": as_governor,
    "Make, suspend and close a tenant": as_operator,
    "Offer something to chosen tenants": as_operator,
}
# Minutes of measuring, which no test waits for.
ELSEWHERE = {"See whether a change makes it faster"}


def follow(demo: Demo, period: str):
    """Does all that the page says, in its order."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cellplane-how-to-"))
    reader = Reader(demo, folder, period)
    assert len(blocks("sh")) > 8, "the page's commands are not found any more"
    try:
        for heading, text in blocks("toml"):
            (folder / "checked.toml").write_text(text)
            reader.run(f"cellplane-plane --home {reader.other_home} --config checked.toml config check")
        for heading, text in blocks("sh"):
            if heading in ELSEWHERE:
                continue
            print(f"      {heading}", flush=True)
            PREPARED.get(heading, Reader.run)(reader, text)
    finally:
        if reader.agent is not None:
            os.killpg(reader.agent.pid, signal.SIGTERM)
        site = demo.site().with_name(f"{demo.site().name}-other")
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        subprocess.run([*as_root, "rm", "-rf", str(site)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
