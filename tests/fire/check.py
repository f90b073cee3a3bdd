"""What must be true when an operation has ended: one process per member and its keeper, nothing left
behind, and the plane saying the same as the machine. Each function answers what is wrong, in words."""

import host


def running(site, instance, members, kills):
    """Everything runs once, and the plane knows it."""
    wrong = [] if instance["state"] == "RUNNING" else [f"the instance is {instance['state']}"]
    among = host.processes()
    for member in instance["members"]:
        name = member["name"]
        directory = site.host / "members" / member["id"]
        place, child = host.read(directory / "place.json"), host.read(directory / "child.json")
        if not place or not child:
            wrong.append(f"{name} has no place or no process")
            continue
        if member["state"] != "RUNNING":
            wrong.append(f"{name} is {member['state']}")
        wrong += one_process(name, place, child, member, among)
        if len(host.shims(member["id"], among)) != 1:
            wrong.append(f"{name} has {len(host.shims(member['id'], among))} keepers")
        held = [claim for claim, holder in host.claims(site.claims).items() if holder == str(directory)]
        if sorted(held) != sorted([f"user-{place['user']}", f"port-{place['port']}"]):
            wrong.append(f"{name} holds {held}")
        half = [path.name for path in directory.glob(".*.*.*")]
        wrong += [f"{name} has half a file {one}" for one in half]
        if not host.is_open(place["port"]):
            wrong.append(f"{name} does not listen on its port {place['port']}")
        if member["restarts"] > kills:
            wrong.append(f"{name} was started again {member['restarts']} times, killed {kills} times")
    return wrong


def one_process(name, place, child, member, among):
    pids = [process.pid for process in host.roots(place["user"], among)]
    if len(pids) != 1:
        return [f"{name} has {len(pids)} processes: {pids}"]
    if pids != [child["pid"]] or member["pid"] != child["pid"]:
        return [f"{name} runs as {pids[0]}, its keeper says {child['pid']}, the plane {member['pid']}"]
    return []


def stopped(site, instance, members, kills):
    """Nothing runs, everything is kept."""
    wrong = [] if instance["state"] == "STOPPED" else [f"the instance is {instance['state']}"]
    among = host.processes()
    for member in instance["members"]:
        name, directory = member["name"], site.host / "members" / member["id"]
        place = host.read(directory / "place.json")
        if not place:
            wrong.append(f"{name} has no place any more")
            continue
        if member["state"] != "STOPPED":
            wrong.append(f"{name} is {member['state']}")
        left = host.roots(place["user"], among) + host.shims(member["id"], among)
        wrong += [f"{name} left a process: {process.pid} {process.line()}" for process in left]
        if host.is_open(place["port"]):
            wrong.append(f"{name} still listens on its port {place['port']}")
    return wrong


def deleted(site, instance, members, kills):
    """Nothing is left: no directory, claim, process, port."""
    wrong = [] if instance["state"] == "DELETED" else [f"the instance is {instance['state']}"]
    among, claims = host.processes(), host.claims(site.claims)
    for member in instance["members"]:
        name, known = member["name"], members[member["id"]]
        directory = site.host / "members" / member["id"]
        if member["state"] != "DELETED":
            wrong.append(f"{name} is {member['state']}")
        if directory.exists():
            wrong.append(f"{name} left its directory {directory}")
        wrong += [f"{name} left the claim {claim}" for claim, holder in claims.items() if holder == str(directory)]
        left = host.inside(member["id"], among) + host.shims(member["id"], among)
        wrong += [f"{name} left a process: {process.pid} {process.line()}" for process in left]
        port = known.get("port")
        if port and f"port-{port}" not in claims and host.is_open(port):
            wrong.append(f"{name} left its port {port} open")
    return wrong


AFTER = {"install": running, "hot": running, "change": running, "stop": stopped, "start": running, "delete": deleted}


def empty(site, base):
    """After the last instance: nothing of anybody."""
    wrong = []
    members = site.host / "members"
    wrong += [f"directory {path}" for path in (members.iterdir() if members.exists() else [])]
    wrong += [f"claim {name} of {holder}" for name, holder in host.claims(site.claims).items()]
    own = {site.pid("plane"), site.pid("agent")}
    for process in host.processes(base):
        is_ours = process.user in host.USERS or str(base) in process.line()
        if is_ours and process.pid not in own:
            wrong.append(f"process {process.pid} {process.line()}")
    return wrong
