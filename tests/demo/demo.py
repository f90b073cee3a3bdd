"""Starts and stops the demo the way a user does, and runs its programs.

Everything lives below a temporary home; what a story leaves behind is removed by `clean`.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Demo:
    """One home of the demo, with `make run` in the background while it is up."""

    def __init__(self, home: pathlib.Path):
        self.home = home
        self.environment = {**os.environ, "CELLPLANE_HOME": str(home)}
        self.process = None
        self.lines = []

    def run(self, seconds: float) -> str:
        """`make run` until it prints the sign-in links; what it printed."""
        self.lines = []
        self.process = subprocess.Popen(
            ["make", "--no-print-directory", "run"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A parent that was started in the background hands its deafness for Ctrl-C down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.until("the sign-in links", lambda: "make clean-demo removes" in self.output(), seconds)
        return self.output()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def output(self) -> str:
        return "".join(self.lines)

    def until(self, what: str, condition, seconds: float = 60):
        """Waits for a condition; fails with what the demo printed."""
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            ended = self.process is not None and self.process.poll() is not None
            if time.monotonic() > end or ended:
                logs = [self.tail(name) for name in ("plane.log", "agent.log")]
                why = "the demo ended" if ended else f"{seconds:.0f} s passed"
                raise AssertionError(f"waiting for {what}: {why}\n{self.output()}\n" + "\n".join(logs))
            time.sleep(0.1)

    def tail(self, name: str) -> str:
        path = self.home / name
        return f"--- {name}\n" + (path.read_text()[-3000:] if path.exists() else "(none)")

    def address(self) -> str:
        return re.search(r"cellplane is running: (\S+)", self.output()).group(1)

    def interrupt(self):
        """Ctrl-C: the terminal sends it to the whole process group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(60)
        self.process = None

    def stop_anyhow(self):
        """For the end of a story that went wrong."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(60)
        self.process = None

    def plane(self, *words: str) -> str:
        return self.program("cellplane-plane", *words)

    def program(self, name: str, *words: str, fails: int = 0, given: str = "") -> str:
        """Runs one of the demo's programs; its exit code must be `fails`."""
        done = subprocess.run(
            [self.home / "bin" / name, *words],
            cwd=ROOT,
            env={**self.environment, "XDG_CONFIG_HOME": str(self.home / "config")},
            input=given,
            capture_output=True,
            text=True,
            timeout=180,
        )
        if done.returncode != fails:
            raise AssertionError(f"{name} {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout if fails == 0 else done.stderr

    def cellplane(self, *words: str, fails: int = 0, given: str = "") -> str:
        return self.program("cellplane", *words, fails=fails, given=given)

    def json(self, *words: str):
        return json.loads(self.cellplane(*words, "--output", "json"))

    def site(self) -> pathlib.Path:
        """Where the cell keeps its members; the same rule as `infra/demo/place.sh`."""
        script = f'. infra/demo/place.sh; printf %s "$demo_site"'
        shown = subprocess.run(["bash", "-c", script], cwd=ROOT, env=self.environment, capture_output=True, text=True)
        return pathlib.Path(shown.stdout)

    def pid(self, member: dict) -> int | None:
        """The member's process, as its shim keeps it on disk; none between two."""
        path = self.site() / "host" / "members" / member["id"] / "child.json"
        return json.loads(path.read_text())["pid"] if path.exists() else None

    def redis(self, member: dict, password: str, *words: str) -> str:
        """Asks a member by the redis-cli of its own medium."""
        program = next(self.site().glob("host/media/**/usr/bin/redis-cli"))
        libraries = sorted({str(path.parent) for path in program.parents[2].glob("**/*.so*")})
        done = subprocess.run(
            [program, "-h", member["endpoint"]["host"], "-p", str(member["endpoint"]["port"]), *words],
            env={"REDISCLI_AUTH": password, "LD_LIBRARY_PATH": ":".join(libraries)},
            capture_output=True,
            text=True,
            timeout=10,
        )
        return done.stdout.strip()

    def clean(self) -> str:
        """`make clean-demo` without a question."""
        done = subprocess.run(
            ["make", "--no-print-directory", "clean-demo"],
            cwd=ROOT,
            env={**self.environment, "CLEAN_DEMO": "yes"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != 0:
            raise AssertionError(f"make clean-demo: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr
