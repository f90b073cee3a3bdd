"""One installation below a directory of its own: the real plane, agent and keepers, each in a process
that may be killed at any moment and is started again at once."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import host

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Shared by all runs on this machine, so that what is installed is fetched once.
MEDIA = pathlib.Path(tempfile.gettempdir()) / "cellplane-test-media"
DEADLINE_S = 240
PROBE_MS = 200


class Stuck(Exception):
    """Something did not come true in time."""


def until(what, condition, seconds=60.0, pause=0.1):
    """Waits for a condition that answers something true."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Stuck(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


def free_ports(count):
    """Ports that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Site:
    """Plane and agent with everything they need; members run below `host`."""

    def __init__(self, programs):
        # Members are users of their own, so every directory above them lets everybody pass.
        above = pathlib.Path("/var/lib/cellplane-fire")
        above.mkdir(mode=0o711, exist_ok=True)
        self.base = pathlib.Path(tempfile.mkdtemp(dir=above, prefix="run-"))
        self.base.chmod(0o711)
        self.home, self.bin = self.base / "home", self.base / "bin"
        self.host, self.claims = self.base / "host", self.base / "claims"
        self.home.mkdir(mode=0o700)
        shutil.copytree(programs, self.bin)
        (self.host / "bin").mkdir(parents=True)
        self.host.chmod(0o711)
        # A program says its points beside itself, and the keeper is copied below the host.
        (self.host / "bin" / "fire.sock").symlink_to(self.bin / "fire.sock")
        http, agent = free_ports(2)
        self.address = f"http://127.0.0.1:{http}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "CELLPLANE_HOME": str(self.home),
            "CELLPLANE__HTTP__LISTEN": f"127.0.0.1:{http}",
            "CELLPLANE__AGENT__LISTEN": f"127.0.0.1:{agent}",
            "CELLPLANE__AGENT__REPORT_INTERVAL_S": "1",
            "CELLPLANE__OPERATION__DEADLINE_S": str(DEADLINE_S),
            "CELLPLANE__LOG__FILTER": "warn",
            **{f"CELLPLANE__LIMIT__{key}": "100000" for key in (
                "REQUESTS_BURST", "REQUESTS_PER_SECOND", "STRANGERS_BURST", "STRANGERS_PER_SECOND")},
        }
        (self.base / "agent.toml").write_text(f"""
[state]
directory = "{self.base}/agent"
[host]
directory = "{self.host}"
claims_directory = "{self.claims}"
media_directory = "{MEDIA}"
shim = "{self.bin}/cellplane-shim"
first_port = {host.PORTS.start}
last_port = {host.PORTS.stop - 1}
first_uid = {host.USERS.start}
last_uid = {host.USERS.stop - 1}
[probe]
interval_ms = {PROBE_MS}
[work]
concurrency = 8
[log]
filter = "warn"
""")
        self.processes, self.expected = {}, set()
        self.kills = {"agent": 0, "plane": 0, "shim": 0, "member": 0}
        self.lock, self.surprises = threading.RLock(), []
        self.closing = False

    # Programs.

    def plane(self, *words, fails=False):
        """Runs `cellplane-plane` on the console; what it printed."""
        done = subprocess.run([self.bin / "cellplane-plane", *words], env=self.environment, cwd=ROOT,
                              capture_output=True, text=True, timeout=120)
        if (done.returncode != 0) != fails:
            raise Stuck(f"cellplane-plane {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def start(self):
        """Makes the demo's tenant, starts plane and agent, signs the developer in."""
        self.plane("migrate")
        self.plane("demo", "seed")
        self.plane("cell", "create", "fire")
        self.run("plane")
        self.until_ready()
        token = self.base / "join-token"
        token.write_text(self.plane("cell", "join-token", "fire"))
        self.run("agent")
        until("the enrolment", lambda: "enrolled" in self.plane("cell", "list"), 60, 0.5)
        self.dev = User(self, "dev")
        self.operator = User(self, "operator")
        threading.Thread(target=self.watch, daemon=True).start()

    def run(self, which):
        """Starts the plane or the agent, on what the one before it left."""
        words = {
            "plane": [self.bin / "cellplane-plane", "serve"],
            "agent": [self.bin / "cellplane-agent", "--config", self.base / "agent.toml", "run",
                      "--join-token-file", self.base / "join-token"],
        }[which]
        with open(self.base / f"{which}.log", "ab") as log:
            # In sessions of their own: what they leave behind is told apart by that.
            self.processes[which] = subprocess.Popen(
                words, env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def until_ready(self):
        def is_ready():
            try:
                return urllib.request.urlopen(f"{self.address}/readyz", timeout=5).status == 200
            except OSError:
                return False
        until("the plane", is_ready, 60, 0.05)

    def pid(self, which):
        return self.processes[which].pid

    def kill(self, which):
        """kill -9, and a new one at once."""
        with self.lock:
            process = self.processes[which]
            self.expected.add(process.pid)
            process.kill()
            process.wait()
            self.kills[which] += 1
            self.run(which)

    def watch(self):
        """A program that ends by itself is a finding."""
        while not self.closing:
            with self.lock:
                for which, process in list(self.processes.items()):
                    if process.poll() is not None and process.pid not in self.expected:
                        self.expected.add(process.pid)
                        self.surprises.append(f"{which} ended by itself with {process.returncode}: {self.tail(which)}")
                        self.run(which)
            time.sleep(0.2)

    def tail(self, which, size=1500):
        path = self.base / f"{which}.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join(line for line in lines if "listening on" not in line)[-size:]

    def stop(self, which):
        """Asks a program to end, and waits for it."""
        with self.lock:
            process = self.processes[which]
            self.expected.add(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    def clean(self):
        """Removes everything, whatever stands in the way; says what the keeper's own cleaning says."""
        self.closing = True
        for which, process in self.processes.items():
            self.expected.add(process.pid)
            process.kill()
            process.wait()
        said = ""
        if (self.host / "bin" / "cellplane-shim").exists():
            done = subprocess.run([self.bin / "cellplane-shim", "clean", "--root", self.host, "--claims", self.claims],
                                  capture_output=True, text=True, timeout=300)
            said = done.stdout + done.stderr
        shutil.rmtree(self.base, ignore_errors=True)
        try:
            self.base.parent.rmdir()
        except OSError:
            pass
        return said


class Refused(Exception):
    """The plane answered with an error."""


class User:
    """Somebody who is signed in, and who asks again while the plane is away."""

    def __init__(self, site, name):
        self.site = site
        code = site.plane("sign-in", "--as", name).strip().splitlines()[0].split("#")[1]
        self.token = None
        self.token = self.post("/sign-in", {"code": code, "client": "command-line"})["token"]

    def post(self, path, body):
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.site.address + path, json.dumps(body).encode(), headers)
        end = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise Refused(f"{path}: {error.code} {error.read()!r}") from error
                if time.monotonic() > end:
                    raise
            except (OSError, ValueError, EOFError) as error:
                # Killed before or after it wrote: the same question again.
                if time.monotonic() > end:
                    raise Stuck(f"{path}: {error}") from error
            except Exception as error:  # http.client tells a cut answer in several ways
                if time.monotonic() > end:
                    raise Stuck(f"{path}: {error}") from error
            time.sleep(0.1)

    def ask(self, query, **variables):
        """Answers what was asked for; a plane that is busy or coming back is asked again."""
        end = time.monotonic() + 120
        while True:
            body = self.post("/graphql", {"query": query, "variables": variables})
            errors = body.get("errors")
            if not errors:
                return body["data"]
            code = errors[0].get("extensions", {}).get("code")
            if code not in ("UNAVAILABLE", "TOO_MANY", "INTERNAL") or time.monotonic() > end:
                raise Refused(json.dumps(errors))
            if code == "INTERNAL":
                self.site.surprises.append(f"INTERNAL for {query[:60]}: {self.site.tail('plane')}")
            time.sleep(0.2)


def fail(text):
    print(text, file=sys.stderr)
    raise SystemExit(1)
