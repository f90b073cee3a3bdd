"""Faults that are made on purpose: a check that was never seen to find anything proves nothing. Each
makes one, demands that the very check of the kills finds it, and takes it back."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import bill
import check
import host
import plan
from installation import Stuck, until
from life import Life
from points import Arm

SETPRIV = ["/usr/bin/setpriv", "--clear-groups"]


class Ground:
    """A calm instance, and what was caught so far."""

    def __init__(self, site, points, combination, failed):
        self.site, self.points, self.failed, self.caught = site, points, failed, []
        self.life = Life(site, points, "planted", combination)

    def demand(self, what, words, look, seconds=20):
        """The check must say these words."""
        try:
            until(what, lambda: any(words in one for one in look()), seconds, 0.2)
            self.caught.append(what)
            print(f"  planted: {what}: caught", flush=True)
        except Stuck:
            self.failed.append(f"planted: {what}: not caught; the check said {look()}")

    def member(self):
        return next(iter(self.life.members))

    def directory(self):
        return self.site.host / "members" / self.member()

    def place(self):
        return host.read(self.directory() / "place.json")

    @contextlib.contextmanager
    def process(self, folder="/"):
        """A second process of the member's user."""
        user = self.place()["user"] if self.place() else self.user
        words = [*SETPRIV, f"--reuid={user}", f"--regid={user}", "/usr/bin/sleep", "300"]
        process = subprocess.Popen(words, cwd=folder, start_new_session=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def frozen(self):
        """An agent that does not move."""
        os.kill(self.site.pid("agent"), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.site.pid("agent"), signal.SIGCONT)


def all_of(site, points, combinations, failed):
    """Every planted fault; the names of those that were caught."""
    ground = Ground(site, points, next(iter(combinations.values())), failed)
    life = ground.life
    life.perform("install")
    life.settle("install")
    while_it_runs(ground)
    life.settle("install")
    life.perform("stop")
    while_it_stands(ground)
    life.settle("stop")
    life.perform("start")
    an_operation_hangs(ground)
    life.settle("stop")
    in_the_books(ground)
    ground.user = ground.place()["user"]
    life.perform("delete")
    after_its_end(ground)
    life.settle("delete")
    points_that_do_not_come(ground)
    failed += [f"planted: {one}" for one in life.wrong]
    return ground.caught


def while_it_runs(ground):
    look = lambda: ground.life.findings("install")
    with ground.process():
        ground.demand("a second process of a member", "has 2 processes", look)
    with ground.frozen():
        for shim in host.shims(ground.member()):
            host.kill(shim.pid)
        ground.demand("a member without its keeper", "has 0 keepers", look)
        child = host.read(ground.directory() / "child.json")
        host.kill(child["pid"])
        ground.demand("a member without its process", "has 0 processes", look)
    ground.life.member_kills += 1
    ground.life.settle("install")
    child = ground.directory() / "child.json"
    kept = child.read_text()
    child.write_text(kept.replace('"pid":', '"pid":1'))
    ground.demand("a keeper that watches another process", "its keeper says", look)
    child.write_text(kept)
    claim = ground.site.claims / f"port-{ground.place()['port']}"
    kept = claim.read_text()
    claim.unlink()
    ground.demand("a port that is used and not claimed", "holds [", look)
    claim.write_text(kept)


def while_it_stands(ground):
    look = lambda: ground.life.findings("stop")
    with ground.process():
        ground.demand("a process that outlives the stop", "left a process", look)
    with socket.socket() as stolen:
        stolen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stolen.bind(("127.0.0.1", ground.place()["port"]))
        stolen.listen()
        ground.demand("a port that is still open after the stop", "still listens", look)


def an_operation_hangs(ground):
    life = ground.life
    with ground.frozen():
        life.current = "stop"
        operation = life.ask_for("stop")

        def look():
            try:
                life.wait("stop", operation, 3)
            except Stuck as error:
                return [str(error)]
            return []
        ground.demand("an operation that does not end", "did not end", look)
    life.wait("stop", operation)


def in_the_books(ground):
    """Faults in copies of the plane's database and in the agent's ledger."""
    site, life = ground.site, ground.life
    # Everything up to the calm times must have reached the plane.
    end = max(until_ for _, _, until_ in life.calm)
    try:
        until("the usage", lambda: not bill.calm(site.home / "plane.db", life), 30, 0.5)
    except Stuck:
        ground.failed += [f"planted: before any fault: {one}" for one in bill.calm(site.home / "plane.db", life)]
        return
    home = site.base / "copy"
    shutil.copytree(site.home, home, ignore=shutil.ignore_patterns("plane.db*"))
    home.chmod(0o700)
    subject, path = ground.member(), home / "plane.db"
    books = lambda: bill.calm(path, life) + bill.tables(path)
    for what, words, change, look in (
        ("a usage record that was lost", "missing in the sequence", f"""delete from usage_record where sequence =
            (select max(sequence) from usage_record where resource = ? and end_at < {int(end * 1e6)})""", books),
        ("running time that is not billed", "are not billed", """delete from usage_record
            where resource = ? and meter = 'millivcpu_seconds'""", books),
        ("a record that is counted twice", "billed twice", """insert into usage_record select cell_id,
            sequence + 1000000, tenant_id, project_id, resource, meter, start_at, end_at, quantity, received_at,
            accepted_at, signature, status, reason, billed_in from usage_record
            where resource = ? and meter = 'millivcpu_seconds' limit 1""", books),
        ("time that is billed while nothing ran", "while it stood", """update usage_record
            set meter = 'millivcpu_seconds' where resource = ? and meter = 'member_seconds'""", books),
        ("a life that is not accounted for", "usage audit", "delete from usage_record where resource = ?",
         lambda: bill.accounts(site, "--home", str(home), gaps_max=2)[0]),
        ("a row that two tables tell differently", "verify", "update instance set state = 'failed' where ? <> ''",
         lambda: bill.verified(site, "--home", str(home))[0]),
        ("a member's row that stays", "member stopped", "select ?", books),
    ):
        path.unlink(missing_ok=True)
        with sqlite3.connect(site.home / "plane.db") as database:
            database.execute("vacuum into ?", (str(path),))
        with sqlite3.connect(path) as database:
            database.execute(change, (subject,))
        ground.demand(what, words, look, 5)
    kept, life.journals = life.journals, {}
    ground.demand("a keeper that skips its journal", "its keeper saw it run for 0", lambda: bill.calm(site.home / "plane.db", life), 5)
    life.journals = kept
    site.stop("agent")
    ground.demand("rows that the agent's ledger keeps", "the ledger has", lambda: bill.ledger_left(site))
    site.run("agent")
    shutil.rmtree(home)


def after_its_end(ground):
    look = lambda: ground.life.findings("delete")
    directory = ground.directory()
    directory.mkdir(mode=0o755)
    ground.demand("a directory that was left", "left its directory", look)
    with ground.process(directory):
        ground.demand("a process that was left", "left a process", look)
    directory.rmdir()
    claim = ground.site.claims / f"user-{ground.user}"
    ground.site.claims.mkdir(exist_ok=True)
    claim.write_text(str(directory))
    ground.demand("a user id that was left", "left the claim", look)
    claim.unlink()


def points_that_do_not_come(ground):
    """A kill at a point that is not there must not pass for one."""
    arm = Arm("delete", "agent", "agent", "enter delete 7 no-such-step running")
    life = Life(ground.site, ground.points, "planted-2", ground.life.combination, [arm], ("install", "delete")).run()
    ground.failed += life.wrong
    if arm.outcome is None and plan.comes_always(arm.program, arm.name):
        ground.caught.append("a point that never comes")
    else:
        ground.failed.append(f"planted: a point that is not there was {arm.outcome or 'let pass'}")
