"""The demo from `make run` to `make clean-demo`: command line, Redis, crash, restart, browser, bill."""

import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import how_to
import structure
from demo import ROOT, Demo

PERIOD = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).strftime("%Y-%m")


def step(text: str):
    print(f"    {text}", flush=True)


def readme_commands() -> list[str]:
    """The blocks of the README that say they run, in order."""
    return re.findall(r"```sh run\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def shell(demo: Demo, commands: str):
    """Runs commands as a user types them, in a shell beside the demo."""
    environment = {**demo.environment, "XDG_CONFIG_HOME": str(demo.home / "config")}
    environment["PATH"] = f"{demo.home / 'bin'}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{commands}\n{done.stderr}"


def order_from_the_command_line(demo: Demo):
    step("a developer does what the README says")
    blocks = readme_commands()
    assert len(blocks) == 3, "the README's commands changed: look at this story too"
    shell(demo, blocks[0])
    shell(demo, blocks[1])
    names = [item["name"] for item in demo.json("get", "instances")["items"]]
    assert sorted(names) == ["first-cache", "shop-cache"], names


def members(demo: Demo, name: str):
    found = demo.json("describe", name)
    found = found.get("instance", found)
    return sorted(found["members"], key=lambda member: member["ordinal"])


def pids(demo: Demo):
    return [demo.pid(member) for member in members(demo, "shop-cache")]


def password(demo: Demo, name: str) -> str:
    revealed = demo.json("connect", name, "--reveal", "--yes")
    secrets = revealed.get("secrets") or revealed["revealed"]["secrets"]
    return secrets[0]["value"]


def redis_answers(demo: Demo):
    step("both members are what the topology says, and need the password")
    secret = password(demo, "shop-cache")
    primary, replica = members(demo, "shop-cache")
    assert demo.redis(primary, secret, "role").startswith("master"), demo.redis(primary, secret, "role")
    demo.until("replication", lambda: "connected" in demo.redis(replica, secret, "role"))
    assert demo.redis(replica, secret, "role").startswith("slave")
    assert "NOAUTH" in demo.redis(primary, "", "ping")
    assert demo.redis(primary, secret, "config", "get", "maxmemory").split()[-1] == str(96 * 1024 * 1024)
    assert demo.redis(primary, secret, "set", "greeting", "hello") == "OK"
    demo.until("the replica's copy", lambda: demo.redis(replica, secret, "get", "greeting") == "hello")
    return secret


def a_killed_redis_comes_back(demo: Demo, secret: str):
    step("a killed Redis comes back, with its data")
    primary = members(demo, "shop-cache")[0]
    killed = demo.pid(primary)
    os.kill(killed, 9)
    demo.until("another process", lambda: demo.pid(primary) not in (None, killed))
    demo.until("the restart to be told", lambda: members(demo, "shop-cache")[0]["restarts"] >= 1)
    back = members(demo, "shop-cache")[0]
    demo.until("its data", lambda: demo.redis(back, secret, "get", "greeting") == "hello")


def parameters_change(demo: Demo, secret: str):
    step("a hot parameter changes without a restart, bad ones are refused at the field")
    before = pids(demo)
    print(demo.cellplane("set", "shop-cache", "maxmemory=48mb", "--yes"))
    after = members(demo, "shop-cache")
    assert before == pids(demo)
    shown = demo.redis(after[0], secret, "config", "get", "maxmemory").split()[-1]
    assert shown == str(48 * 1024 * 1024), shown
    for bad in ("maxmemory=1tb", "no-such-parameter=1", "maxclients=-5"):
        refusal = demo.cellplane("set", "shop-cache", bad, "--yes", fails=5)
        assert bad.split("=")[0] in refusal, refusal
    beyond = demo.cellplane("get", "instances", "--project", "sales-dev", fails=4)
    assert "NOT_FOUND" in beyond or "not found" in beyond, beyond


def agent_and_plane_go_and_return(demo: Demo, secret: str):
    step("Ctrl-C stops plane and agent, Redis goes on; the next run finds it again")
    before, kept = pids(demo), members(demo, "shop-cache")
    demo.interrupt()
    for member in kept:
        assert demo.redis(member, secret, "ping") == "PONG"
    demo.run(300)
    demo.until("the members", lambda: all(member["state"] == "RUNNING" for member in members(demo, "shop-cache")))
    assert before == pids(demo)


class Pings:
    """Asks a Redis all the time, from a thread, and remembers what did not answer."""

    def __init__(self, demo: Demo, secret: str):
        self.failures = 0
        self.answers = 0
        self.ended = threading.Event()
        member = members(demo, "first-cache")[0]
        self.thread = threading.Thread(target=self.ask, args=(demo, member, secret), daemon=True)
        self.thread.start()

    def ask(self, demo: Demo, member: dict, secret: str):
        while not self.ended.is_set():
            if demo.redis(member, secret, "ping") == "PONG":
                self.answers += 1
            else:
                self.failures += 1

    def end(self):
        self.ended.set()
        self.thread.join(30)
        assert self.answers > 20 and self.failures == 0, f"{self.answers} answers, {self.failures} failures"


def kill_in_the_middle(demo: Demo, which: int, name: str):
    """Kills plane (0) or agent (1) with signal 9 while an order is on its way, and runs again."""
    pid = int((demo.home / "running").read_text().split()[which])
    words = ["order", "redis", "--name", name, "--project", "platform-dev", "--plan", "small"]
    words += ["--topology", "primary-replica", "--yes"]
    order = subprocess.Popen(
        [demo.home / "bin" / "cellplane", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**demo.environment, "XDG_CONFIG_HOME": str(demo.home / "config")}, text=True,
    )
    if which == 1:
        demo.until("the installation to begin", lambda: named(demo, name))
    else:
        demo.until("the order to leave", lambda: order.poll() is None)
    os.kill(pid, 9)
    demo.process.wait(60)
    print(order.communicate(timeout=120)[0])
    demo.process = None
    demo.run(300)
    if not named(demo, name):
        # The plane died before it had accepted anything, so nothing was made and the user asks again.
        demo.cellplane(*words)
    demo.until("its members", lambda: [member["state"] for member in members(demo, name)] == ["RUNNING"] * 2)
    assert len(named(demo, name)) == 1
    for member in members(demo, name):
        folder = f"members/{member['id']}/data"
        running = subprocess.run(["pgrep", "-fc", f"redis-server.*{member['endpoint']['port']}"], capture_output=True, text=True)
        assert running.stdout.strip() == "1", f"{folder}: {running.stdout}"


def named(demo: Demo, name: str) -> list:
    return [item for item in demo.json("get", "instances")["items"] if item["name"] == name]


def kills(demo: Demo):
    secret = password(demo, "first-cache")
    for which, victim in ((1, "agent"), (0, "plane")):
        step(f"kill -9 of the {victim} in the middle of an order: one instance, one process per member")
        pings = Pings(demo, secret)
        kill_in_the_middle(demo, which, f"killed-{victim}")
        pings.end()
        demo.cellplane("delete", f"killed-{victim}", "--yes", "--confirm-name", f"killed-{victim}")


def the_browser(demo: Demo):
    step("the portal in Chromium, in both languages")
    environment = {
        **os.environ,
        "CELLPLANE_ADDRESS": demo.address(),
        "CELLPLANE_LINK_DEVELOPER": demo.plane("sign-in", "--as", "dev").strip(),
        "CELLPLANE_LINK_HEAD": demo.plane("sign-in", "--as", "head").strip(),
        "CELLPLANE_LINK_OPERATOR": demo.plane("sign-in", "--as", "operator").strip(),
        "CELLPLANE_LINK_AUDITOR": demo.plane("sign-in", "--as", "auditor").strip(),
    }
    subprocess.run(["npm", "run", "--silent", "story"], cwd=ROOT / "portal", env=environment, check=True, timeout=1500)


def the_bill(demo: Demo):
    step("the head of the organization reads the bill, and an independent program reaches the same")
    shell(demo, readme_commands()[2])
    demo.until(
        "usage on the bill",
        lambda: any(line["quantity"] != "0" for line in demo.json("bill", "--organization", "platform", "--period", PERIOD)["lines"]),
        90,
    )
    print(demo.cellplane("bill", "--organization", "acme", "--period", PERIOD, "--resources"))
    export = demo.home / "export"
    demo.plane("billing", "export", "--tenant", "acme", "--period", PERIOD, "--output", str(export))
    oracle = [sys.executable, "tests/oracle/recompute.py", str(export), "--compare"]
    done = subprocess.run(oracle, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr)
    assert done.returncode == 0, "the oracle disagrees"


def story(home: pathlib.Path):
    demo = Demo(home)
    try:
        step("make run")
        first = demo.run(1800)
        print(first)
        assert "CNY per hour" in first and "no price" not in first, "the first order has a price"
        order_from_the_command_line(demo)
        secret = redis_answers(demo)
        a_killed_redis_comes_back(demo, secret)
        parameters_change(demo, secret)
        agent_and_plane_go_and_return(demo, secret)
        kills(demo)
        the_browser(demo)
        the_bill(demo)
        step("every command of docs/how-to.md")
        how_to.follow(demo, PERIOD)
        # From here on two tenants have an admin, whom the page names without a tenant.
        step("a structure with an application goes to another tenant, and comes back the same")
        structure.taken_elsewhere(demo)
        step("Ctrl-C, make clean-demo")
        demo.interrupt()
        print(demo.clean())
        left = subprocess.run(["pgrep", "-af", str(demo.site())], capture_output=True, text=True).stdout
        assert not left and not home.exists(), left
    except BaseException:
        print(demo.output(), demo.tail("plane.log"), demo.tail("agent.log"), file=sys.stderr)
        raise
    finally:
        demo.stop_anyhow()
        if home.exists():
            demo.clean()


if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="cellplane-story-")
    try:
        story(pathlib.Path(folder) / "home")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("demo story: passed")
