"""What must be true at the end, when nothing is left: the plane's tables, the agent's ledger, and a bill
that agrees with what ran, second by second where nothing was asked of an instance."""

import re
import sqlite3
import subprocess
import sys
import time

from installation import ROOT, Stuck, until

# The plane's clock and the harness's are the same; a record may begin this much later than what was seen.
TOLERANCE_US = 50_000
# A member that was killed together with its keeper: since when it did not run, nobody saw.
# Up to a heartbeat each time; every gap is told with its reason.
GAPS_S = 30
LICENCE = "query { tenant { licence { used limit } } }"


def rows(path, query, *values):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute(query, values).fetchall()


def intervals(path, member, meter):
    found = rows(path, "select start_at, end_at from usage_record where resource = ? and meter = ? "
                 "and status = 'counted' order by start_at", member, meter)
    return [(int(start), int(end)) for start, end in found]


def overlap(found, begin, end):
    return sum(max(0, min(end, stop) - max(begin, start)) for start, stop in found)


def calm(path, life):
    """While an instance was seen to run and nothing was asked, all of it is billed; while it stood, nothing."""
    wrong = []
    for member in life.members:
        served = intervals(path, member, "millivcpu_seconds")
        kept = intervals(path, member, "member_seconds")
        for doing, begin, end in life.calm:
            begin, end = int(begin * 1e6), int(end * 1e6)
            whole = end - begin
            counted = overlap(served, begin, end)
            if doing == "stopped" and counted > TOLERANCE_US:
                wrong.append(f"{life} {member}: {counted} µs billed as running while it stood")
            if doing == "running" and counted < whole - TOLERANCE_US:
                wrong.append(f"{life} {member}: {whole - counted} µs of {whole} that it ran are not billed")
            if overlap(kept, begin, end) < whole - TOLERANCE_US:
                wrong.append(f"{life} {member}: not counted as a member for {whole - overlap(kept, begin, end)} µs")
            wrong += against_journal(life, member, doing, begin, end)
        wrong += doubled(life, member, served)
    return wrong


def against_journal(life, member, doing, begin, end):
    """The keeper's journal says the same."""
    ran, unseen, since = [], [], None
    entries = life.journals.get(member, [])
    for entry, following in zip(entries, entries[1:] + [{"at": 2**62}]):
        if "no shim was there" in entry["why"]:
            # It may have run until it was missed; the journal tells what was seen, up to a heartbeat.
            unseen.append((entry["at"], following["at"]))
        if entry["doing"] == "running":
            since = entry["at"] if since is None else since
        elif since is not None:
            ran.append((since, entry["at"]))
            since = None
    if since is not None:
        ran.append((since, 2**62))
    counted = overlap(ran, begin, end)
    if doing == "running" and counted + overlap(unseen, begin, end) < end - begin or doing == "stopped" and counted > 0:
        return [f"{life} {member}: {doing} by the plane, but its keeper saw it run for {counted} of {end - begin} µs"]
    return []


def doubled(life, member, found):
    return [f"{life} {member}: billed twice from {start}" for (_, before), (start, _) in zip(found, found[1:])
            if start < before]


def tables(path):
    """No work is open, and no member is anything but deleted."""
    wrong = [f"operation {state}: {count}" for state, count in rows(
        path, "select state, count(*) from operation where state in ('pending', 'running') group by state")]
    wrong += [f"member {state}: {count}" for state, count in rows(
        path, "select state, count(*) from member where state <> 'deleted' group by state")]
    wrong += [f"flagged usage: {kind} {reason} ({count})" for kind, reason, count in rows(
        path, "select kind, reason, count(*) from usage_flag group by kind, reason")]
    missing = rows(path, "select max(sequence) - min(sequence) + 1 - count(*) from usage_record")[0][0]
    if missing:
        wrong.append(f"{missing} usage records are missing in the sequence")
    return wrong


def accounts(site, *extra, gaps_max=GAPS_S):
    """`usage audit`: every second of every life is counted or free. A gap would be a second that ran and is on
    no bill; nothing was away for long enough here for one."""
    done = subprocess.run([site.bin / "cellplane-plane", "usage", "audit", "--gaps", *extra], env=site.environment, cwd=ROOT,
                          capture_output=True, text=True, timeout=120)
    said = done.stdout + done.stderr
    gaps = sum(int(gap) for gap in re.findall(r"gaps (\d+) s", said))
    wrong = [f"usage audit: {said[-3000:]}"] if done.returncode or gaps > gaps_max else []
    return wrong, [line for line in said.splitlines() if " resources, " in line or " from " in line]


def verified(site, *extra):
    """`verify`: the invariants that do not hold, and how many were looked at."""
    done = subprocess.run([site.bin / "cellplane-plane", "verify", *extra], env=site.environment, cwd=ROOT,
                          capture_output=True, text=True, timeout=300)
    said = done.stdout + done.stderr
    wrong = [f"verify: {said[-3000:]}"] if done.returncode else []
    return wrong, [f"verify: {len(done.stdout.splitlines())} invariants hold"] if not wrong else []


def ledger(site):
    """How many rows the agent's ledger has, by table; the agent is down."""
    done = subprocess.run([site.bin / "cellplane-agent", "--config", site.base / "agent.toml", "ledger"],
                          env=site.environment, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise Stuck(f"ledger: {done.stderr}")
    return {name: int(count) for name, count in (line.split() for line in done.stdout.splitlines())}


def ledger_left(site):
    return [f"the ledger has {count} rows of {table}" for table, count in ledger(site).items() if count]


def oracle(site):
    """The independent program reaches the same bill from the export."""
    months = {time.strftime("%Y-%m", time.gmtime(time.time() + 8 * 3600))}
    said = []
    for month in months:
        output = site.base / f"export-{month}"
        site.plane("billing", "export", "--tenant", "acme", "--period", month, "--output", str(output))
        done = subprocess.run([sys.executable, ROOT / "tests/oracle/recompute.py", output, "--compare"],
                              cwd=ROOT, capture_output=True, text=True, timeout=120)
        said.append(done.stdout.strip())
        if done.returncode:
            return [f"the oracle disagrees: {done.stdout}{done.stderr}"], said
    return [], said


def reckon(site, lives):
    """Everything at the end; what is wrong, and what is worth telling."""
    path = site.home / "plane.db"
    wrong, told = [], []
    try:
        until("everything to be reported", lambda: not tables(path), 60, 0.5)
    except Stuck:
        wrong += tables(path)
    used = site.dev.ask(LICENCE)["tenant"]["licence"]["used"]
    if used:
        wrong.append(f"the licence still counts {used} members")
    for _ in range(5):
        time.sleep(2)
        site.stop("agent")
        left = ledger_left(site)
        if not left:
            break
        site.run("agent")
    wrong += left
    if left:
        site.stop("agent")
    for life in lives:
        if not life.wrong:
            wrong += calm(path, life)
    unaccounted, said = accounts(site)
    wrong += unaccounted
    told += said
    broken, said = verified(site)
    wrong += broken
    told += said
    failed, said = oracle(site)
    site.run("agent")
    return wrong + failed, told + said
