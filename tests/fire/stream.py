"""kill -9 of plane and agent under a stream of usage whose content is known.

    stream.py PROGRAMS [--kills N] [--seed N]

A generator enters usage into the spool of the real agent (`cellplane-agent enter`, only in programs built with
points), and keeps a ledger of its own. The agent brings it to the real plane over mutual TLS, through a wire that
repeats, cuts, reorders and delays a fourth of the batches and loses answers. Meanwhile one of the two is killed at
a random moment, most often while a batch is on its way, again and again. In the end the plane must have each record once, and hours that add up.
"""

import argparse
import pathlib
import random
import sqlite3
import subprocess
import time

import usage
from installation import Site, Stuck, fail, free_ports, until
from wire import REPEATED, Wire

MEMBERS = 30
MINUTES = 2
# The longest wait for a batch to be on its way, and how long after its beginning the kill comes at most: it
# takes about as long from there to the commit, and to the answer.
WAIT_S, JITTER_S = 0.8, 0.08


class Stream(Site):
    """An installation whose agent finds the plane at the wire's address."""

    def __init__(self, programs, seed):
        super().__init__(programs)
        self.random = random.Random(seed)
        (self.port,) = free_ports(1)
        self.environment["CELLPLANE__AGENT__PUBLIC_ADDRESS"] = f"https://127.0.0.1:{self.port}"
        self.upstream = int(self.environment["CELLPLANE__AGENT__LISTEN"].rpartition(":")[2])
        self.wire, self.seed = None, seed
        now = time.time_ns() // 1_000
        self.began = now - now % usage.HOUR - 48 * usage.HOUR
        self.generator = usage.Generator(MEMBERS, self.began)

    def start(self):
        # The authority's key is made by the first command that needs a home.
        self.plane("migrate")
        self.plane("demo", "seed")
        self.plane("cell", "create", "fire")
        self.run("plane")
        self.until_ready()
        self.wire = Wire(self, self.port, self.upstream, self.seed)
        (self.base / "join-token").write_text(self.plane("cell", "join-token", "fire"))
        self.run("agent")
        until("the enrolment", lambda: "enrolled" in self.plane("cell", "list"), 60, 0.2)
        self.generator.births(self.database, self.began)

    @property
    def database(self):
        return self.home / "plane.db"

    def end(self, which):
        with self.lock:
            process = self.processes[which]
            self.expected.add(process.pid)
            process.kill()
            process.wait()

    def enter(self, minutes=MINUTES):
        """Puts the next usage into the spool of an agent that is down."""
        readings = self.generator.next(minutes)
        done = subprocess.run(
            [self.bin / "cellplane-agent", "--config", self.base / "agent.toml", "enter"],
            input="".join(f"{one.line()}\n" for one in readings), capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise Stuck(f"enter: {done.stderr}")
        self.generator.ledger += readings
        last = int(done.stdout)
        if last != len(self.generator.ledger):
            raise Stuck(f"the agent's last sequence is {last} after {len(self.generator.ledger)} records")

    def one_kill(self):
        which = self.random.choice(["agent", "agent", "plane"])
        is_waiting = self.cell()[0] < len(self.generator.ledger)
        if not is_waiting:
            # Nothing is on its way, so there is nothing for the plane to lose.
            which = "agent"
        elif self.random.random() < 0.8:
            self.wire.moving.clear()
            self.wire.moving.wait(WAIT_S)
        time.sleep(self.random.uniform(0, JITTER_S))
        alive = self.processes[which].poll() is None
        if not alive:
            self.surprises.append(f"{which} ended by itself: {self.tail(which)}")
        self.end(which)
        self.kills[which] += 1
        if which == "agent":
            self.enter()
        self.run(which)

    def settle(self):
        """Lets everything arrive that is on its way, and the agent hear of it."""
        self.wire.is_calm = True
        self.end("agent")
        self.run("agent")
        wanted = len(self.generator.ledger)
        try:
            until("all usage at the plane", lambda: self.cell()[0] == wanted, 60, 0.2)
            arrived = self.cell()[3]
            until("an empty spool", lambda: self.cell()[2] == 0 and self.cell()[3] > arrived, 30, 0.2)
        except Stuck as error:
            self.surprises.append(f"{error}: {self.cell()} of {wanted}; agent: {self.tail('agent')}; "
                                  f"plane: {self.tail('plane')}")
        self.stop("agent")
        counts = subprocess.run([self.bin / "cellplane-agent", "--config", self.base / "agent.toml", "ledger"],
                                capture_output=True, text=True, timeout=60).stdout
        spool = dict(line.split() for line in counts.splitlines()).get("spool")
        if spool != "0":
            self.surprises.append(f"{spool} records are left in the agent's spool")
        self.stop("plane")

    def cell(self):
        """What the plane knows of the cell."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60) as plane:
            return plane.execute(
                "SELECT acknowledged_sequence, highest_sequence, spooled, last_report_at FROM cell").fetchone()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    return parser.parse_args()


def main():
    options, began = arguments(), time.monotonic()
    site, failed = Stream(options.programs, options.seed), []
    try:
        site.start()
        for _ in range(options.kills):
            site.one_kill()
        site.settle()
        ledger, done = site.generator.ledger, site.wire.done
        failed += usage.wrong(site.database, ledger) + site.surprises
        caught = usage.planted(site.database, ledger, site.base / "planted.db")
        failed += [f"planted and not seen: {name}" for name, seen in caught.items() if not seen]
        odd = sum(done[fate] for fate in REPEATED)
        print(f"seed {options.seed}: kill -9 of agent {site.kills['agent']}, of plane {site.kills['plane']}; "
              f"{len(ledger)} records entered, {done['records']} sent in {done['batches']} batches")
        print("  " + ", ".join(f"{name} {count}" for name, count in sorted(done.items())))
        print(f"  {odd} batches repeated or reordered ({100 * odd // max(done['batches'], 1)} %), "
              f"{len(caught)} faults planted, {sum(caught.values())} seen; {time.monotonic() - began:.0f} s")
        if done["batches"] < options.kills // 10:
            failed.append(f"only {done['batches']} batches in {options.kills} kills: nothing was under way to be lost")
    except (Stuck, OSError, subprocess.SubprocessError) as error:
        failed.append(f"{error}\nagent: {site.tail('agent')}\nplane: {site.tail('plane')}")
    finally:
        if site.wire:
            site.wire.close()
        site.clean()
    if failed:
        fail("\n".join(f"WRONG {one}" for one in failed))
    print("stream: lost 0, doubled 0, hours add up")


if __name__ == "__main__":
    main()
