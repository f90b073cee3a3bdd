"""The life of one instance from its order to its deletion, with kills on the way."""

import collections
import time
import uuid

import check
import host
from installation import DEADLINE_S, Refused, Stuck, until

OPERATIONS = ("install", "hot", "change", "stop", "start", "delete")
# After so long an operation that has ended must be true on the machine and in the plane.
SETTLE_S = 45
# So long nothing is asked of an instance between two operations: what is billed then is known exactly.
CALM_S = 0.5

PROJECT = 'query { project(idOrName: "platform-dev") { id } }'
PREVIEW = "query($input: OrderInput!) { previewOrder(input: $input) { token } }"
PLACE = """mutation($input: PlaceOrderInput!) { done: placeOrder(input: $input) {
    instance { id } operation { id } } }"""
PREVIEW_CHANGE = "query($input: ChangeInput!) { previewChange(input: $input) { token apply } }"
CHANGE = """mutation($input: ChangeConfigurationInput!) { done: changeConfiguration(input: $input) {
    instance { id } operation { id } } }"""
COMMAND = """mutation($input: %s!) { done: %s(input: $input) { instance { id } operation { id } } }"""
INSTANCE = """query($id: String!) { instance(idOrName: $id) { id name state
    members { id name state pid restarts endpoint { port } } } }"""
OPERATION = """query($id: ID!) { operation(id: $id) { state endedAt deadline
    steps { name state } problem { code message } } }"""


class Life:
    """One instance and what became of it."""

    def __init__(self, site, points, name, combination, arms=(), operations=OPERATIONS):
        self.site, self.points, self.name, self.combination = site, points, name, combination
        self.arms, self.operations = list(arms), operations
        self.current, self.counts, self.seen = None, collections.Counter(), collections.defaultdict(list)
        self.told, self.wrong, self.calm = [], [], []
        self.instance, self.members, self.journals, self.member_kills = None, {}, {}, 0

    def __str__(self):
        return f"{self.name} ({self.combination.label()})"

    # What is heard of it.

    def reached(self, subject, program, name):
        """Called for each point of the instance and its members, one at a time."""
        if self.current is None:
            return None
        key = (self.current, program, name)
        self.counts[key] += 1
        nth = self.counts[key]
        self.seen[self.current].append((program, name, nth))
        for arm in self.arms:
            if arm.outcome is None and (arm.op, arm.program, arm.name) == key and nth >= arm.nth:
                arm.outcome = "fired"
                return arm
        return None

    # What is done to it.

    def kill_shims(self, pid=None):
        """kill -9 of one keeper, or of all keepers of the instance."""
        pids = [pid] if pid else [process.pid for member in self.members for process in host.shims(member)]
        killed = sum(host.kill(pid) for pid in pids)
        self.site.kills["shim"] += killed
        return killed

    def kill_member(self):
        """kill -9 of the members' processes."""
        killed = 0
        for member in self.members:
            directory = self.site.host / "members" / member
            child, place = host.read(directory / "child.json"), host.read(directory / "place.json")
            if child and place:
                process = host.Process(child["pid"])
                # While it starts it is still root, and the number may have gone to somebody else.
                if process.session == child["session"] and process.is_alive():
                    killed += host.kill(child["pid"])
        self.member_kills += bool(killed)
        self.site.kills["member"] += killed
        return killed

    def run(self):
        """All operations; stops at the first that goes wrong."""
        try:
            for op in self.operations:
                if op in ("hot", "change") and not self.combination.changes.get(op):
                    continue
                self.perform(op)
                if self.wrong:
                    break
        except (Stuck, Refused) as error:
            self.wrong.append(f"{self.current}: {error}")
        except Exception as error:  # A thread's error must not be lost.
            self.wrong.append(f"{self.current}: {type(error).__name__}: {error}")
        self.current = None
        if self.wrong and self.instance:
            self.give_back()
        return self

    def give_back(self):
        """What went wrong is deleted all the same, so that others have room; its findings stay."""
        try:
            self.ask_for("delete")
        except (Stuck, Refused):
            pass  # The findings are told already.

    def perform(self, op):
        with self.points.condition:
            self.counts.clear()
            self.current = op
        began = time.time()
        operation = self.ask_for(op)
        ended = self.wait(op, operation)
        if ended["state"] != "SUCCEEDED":
            self.wrong.append(f"{op} ended as {ended['state']}: {ended['problem']}")
        if ended["endedAt"] and ended["endedAt"] > ended["deadline"]:
            self.wrong.append(f"{op} ended at {ended['endedAt']}, after its deadline {ended['deadline']}")
        undone = [step["name"] for step in ended["steps"] if step["state"] != "SUCCEEDED"]
        if undone and ended["state"] == "SUCCEEDED":
            self.wrong.append(f"{op} succeeded without its steps {undone}")
        self.settle(op)
        self.told.append((time.time(), f"{op} took {time.time() - began:.1f} s"))
        if op != "delete" and not self.wrong:
            self.stay_calm("stopped" if op == "stop" else "running")

    def ask_for(self, op):
        dev, key = self.site.dev, str(uuid.uuid4())
        if op == "install":
            order = self.combination.order(self.name)
            token = dev.ask(PREVIEW, input=order)["previewOrder"]["token"]
            done = dev.ask(PLACE, input={"order": order, "previewToken": token, "idempotencyKey": key})["done"]
            self.instance = done["instance"]["id"]
            for member in self.look()["members"]:
                self.members[member["id"]] = {}
                self.points.own(member["id"], self)
            self.points.own(self.instance, self)
        elif op in ("hot", "change"):
            change = {"instance": self.instance, "parameters": self.combination.changes[op]}
            shown = dev.ask(PREVIEW_CHANGE, input=change)["previewChange"]
            done = dev.ask(CHANGE, input={"change": change, "previewToken": shown["token"], "idempotencyKey": key})
            done = done["done"]
        else:
            self.journals = {member: host.journal(self.site.host / "members" / member) for member in self.members}
            wanted = {"instance": self.instance, "idempotencyKey": key}
            if op == "delete":
                wanted["name"] = self.name
            kind = "DeleteInstanceInput" if op == "delete" else "InstanceInput"
            done = dev.ask(COMMAND % (kind, f"{op}Instance"), input=wanted)["done"]
        return done["operation"]["id"]

    def wait(self, op, operation, seconds=DEADLINE_S + 30):
        end = time.monotonic() + seconds
        while True:
            found = self.site.dev.ask(OPERATION, id=operation)["operation"]
            if found["state"] not in ("PENDING", "RUNNING"):
                return found
            if time.monotonic() > end:
                raise Stuck(f"{op} did not end by its deadline")
            time.sleep(0.2)

    def look(self):
        return self.site.dev.ask(INSTANCE, id=self.instance)["instance"]

    def findings(self, op):
        """What is wrong right now."""
        instance = self.look()
        for member in instance["members"]:
            place = host.read(self.site.host / "members" / member["id"] / "place.json")
            if place:
                self.members[member["id"]].update(port=place["port"], user=place["user"])
        return check.AFTER[op](self.site, instance, self.members, self.member_kills)

    def settle(self, op):
        wrong = []

        def is_well():
            wrong[:] = self.findings(op)
            return not wrong
        try:
            until(f"{op} to be true", is_well, SETTLE_S, 0.2)
        except Stuck:
            self.wrong += [f"after {op}: {one}" for one in wrong]

    def stay_calm(self, doing):
        """Nothing is asked; what it did in this time must be on the bill, exactly."""
        if any(arm.outcome == "killed" and arm.victim == "member" and arm.op == self.current for arm in self.arms):
            return  # Just started again: which moment the agent noticed is not known here.
        began = time.time()
        time.sleep(CALM_S)
        self.calm.append((doing, began, time.time()))
