"""Hears every point that a program reaches, while the program waits, and kills whoever is to be killed
there. What points there are, nobody knows before: they are what a run without kills said."""

import collections
import os
import pathlib
import re
import socketserver
import threading
import time

# A program that says a point of an instance that was ordered just now waits until it is known whose.
KNOWN_S = 15


# Between two kills at points that are about nobody, so that something else happens, too.
PAUSE_S = 0.7


class Arm:
    """A kill to come: whom, at which point of an operation, for the how manieth time it is reached."""

    def __init__(self, op, victim, program, name, nth=1):
        self.op, self.victim, self.program, self.name, self.nth = op, victim, program, name, nth
        self.outcome = None

    def key(self):
        return (self.op, self.victim, self.program, self.name, self.nth)

    def __str__(self):
        times = f" (time {self.nth})" if self.nth > 1 else ""
        return f"{self.op}: {self.victim} at {self.program} `{self.name}`{times}"


class Points:
    """The socket `fire.sock`, and the arms."""

    def __init__(self, site):
        self.site = site
        self.owners, self.condition = {}, threading.Condition()
        # Points that are about nobody: said by plane and agent themselves.
        self.common, self.common_arms, self.calm_until = collections.Counter(), [], 0.0
        self.killing = threading.Lock()
        points = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline().decode(errors="replace").strip()
                if line:
                    pid, subject, name = (line.split(" ", 2) + ["", ""])[:3]
                    points.reached(int(pid), subject, name)

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(str(site.bin / "fire.sock"), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def own(self, subject, life):
        """From now on points of the instance or member are this life's."""
        with self.condition:
            self.owners[subject] = life
            self.condition.notify_all()

    def reached(self, pid, subject, name):
        try:
            program = pathlib.Path(os.readlink(f"/proc/{pid}/exe")).name.removeprefix("cellplane-")
        except OSError:
            return
        running = self.site.processes.get(program)
        if program in ("plane", "agent") and (running is None or pid != running.pid):
            return  # A command of the console, or one that was killed meanwhile.
        if not subject.startswith(("ins_", "mbr_")):
            return self.reached_common(pid, program, name)
        with self.condition:
            self.condition.wait_for(lambda: subject in self.owners, KNOWN_S)
            life = self.owners.get(subject)
            arm = life.reached(subject, program, name) if life else None
        if arm:
            self.fire(arm, pid, life)

    def reached_common(self, pid, program, name):
        # Which number is claimed is another one each time.
        name = re.sub(r"-\d+$", "-#", name)
        with self.condition:
            self.common[(program, name)] += 1
            is_calm = time.monotonic() >= self.calm_until
            arm = next((arm for arm in self.common_arms if is_calm and arm.outcome is None
                        and (arm.program, arm.name) == (program, name)), None)
            if arm:
                arm.outcome = "fired"
                self.calm_until = time.monotonic() + PAUSE_S
        if arm:
            self.fire(arm, pid, None)

    def fire(self, arm, pid, life):
        """Kills the victim while the program waits at the point."""
        with self.killing:
            at = time.time()
            if arm.victim in ("agent", "plane"):
                if arm.program == arm.victim and self.site.pid(arm.victim) != pid:
                    arm.outcome = "nobody"
                    return
                self.site.kill(arm.victim)
                arm.outcome = "killed"
            elif arm.victim == "shim":
                killed = life.kill_shims(pid if arm.program == "shim" else None)
                arm.outcome = "killed" if killed else "nobody"
            else:
                arm.outcome = "killed" if life.kill_member() else "nobody"
            if life:
                life.told.append((at, f"{arm} → {arm.outcome}"))
