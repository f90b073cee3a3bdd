"""What is on this machine of an installation's members: directories, claims, processes, ports."""

import json
import os
import pathlib
import signal
import socket


# Of this run's members, and their ports below those that the system gives to anybody; several runs on one
# machine would find each other's processes, so each takes a part of its own.
SLOT = os.getpid() % 40
USERS = range(50_000 + 200 * SLOT, 50_200 + 200 * SLOT)
PORTS = range(30_000 + 60 * SLOT, 30_060 + 60 * SLOT)


def read(path):
    """A record of the keeper; none if it is not there."""
    try:
        return json.loads(pathlib.Path(path).read_text())
    except (OSError, ValueError):
        return None


def text(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


class Process:
    """One process as /proc shows it; none of it is sure a moment later."""

    def __init__(self, pid):
        self.pid = pid
        self.words = text(f"/proc/{pid}/cmdline").split(b"\0")
        stat = text(f"/proc/{pid}/stat").decode(errors="replace").rpartition(")")[2].split()
        self.state, self.parent, self.session = (stat[0], int(stat[1]), int(stat[3])) if stat else ("Z", 0, 0)
        status = text(f"/proc/{pid}/status").decode(errors="replace")
        line = next((line for line in status.splitlines() if line.startswith("Uid:")), "Uid: -1")
        self.user = int(line.split()[1])
        try:
            self.folder = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            self.folder = ""

    def line(self):
        return b" ".join(self.words).decode(errors="replace")

    def is_alive(self):
        return self.state not in "ZXx"


def processes(below=None):
    """What has not ended of members' users and of keepers, or everything that names a directory."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        words = text(f"/proc/{pid}/cmdline")
        try:
            is_member = os.stat(f"/proc/{pid}").st_uid in USERS
        except OSError:
            continue
        if is_member or b"\0keep\0" in words or (below and str(below).encode() in words):
            process = Process(pid)
            found += [process] if process.is_alive() else []
    return found


def shims(member, among=None):
    """Keepers of the member."""
    found = []
    for process in among or processes():
        if b"keep" in process.words and any(word.endswith(member.encode()) for word in process.words):
            found.append(process)
    return found


def roots(user, among):
    """Processes of the user that no process of the same user started: a server with its workers is one."""
    own = [process for process in among if process.user == user]
    pids = {process.pid for process in own}
    return [process for process in own if process.parent not in pids]


def inside(member, among):
    """Processes that work in the member's directory, or did before it was removed."""
    return [process for process in among if member in process.folder]


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def claims(folder):
    """Claimed numbers: the file's name and who holds it; half a file shows by its name."""
    found = {path.name: text(path).decode(errors="replace") for path in folder.glob("*-*")}
    return {name: holder for name, holder in found.items() if holder}


def is_open(port):
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def journal(directory):
    """The keeper's journal of the member's process."""
    lines = text(directory / "journal").decode(errors="replace").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]
