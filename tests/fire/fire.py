"""kill -9 at every point that the programs themselves name, and what is left of it.

    fire.py PROGRAMS [--seed N] [--seeds N] [--all] [--at-once N] [--side-by-side N] [--only TEXT]

PROGRAMS is a directory with plane, agent and keeper built with points (infra/fire-build.sh). A first run
without kills records the points of every package, topology and operation; then each kind of point is killed
once per seed. With --all every point of every combination is killed once.
"""

import argparse
import collections
import concurrent.futures
import itertools
import pathlib
import random
import shutil
import time

import bill
import check
import plan
import planted
from life import Life
from points import Arm, Points
from installation import Site, fail

ROUNDS = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="every point of every combination")
    parser.add_argument("--at-once", type=int, default=3, help="most kills in one operation")
    parser.add_argument("--side-by-side", type=int, default=6, help="lives at the same time")
    parser.add_argument("--only", default="", help="only kills whose description holds this text")
    parser.add_argument("--limit", type=int, default=0, help="at most so many kills; 0: all")
    parser.add_argument("--keep", type=pathlib.Path, help="a directory for a copy of the plane's database")
    parser.add_argument("--skip-planted", action="store_true")
    return parser.parse_args()


def run_lives(options, lives):
    with concurrent.futures.ThreadPoolExecutor(options.side_by_side) as pool:
        for life in pool.map(Life.run, lives):
            if life.wrong:
                print(f"  WRONG {life}: " + "; ".join(life.wrong), flush=True)
                start = life.told[0][0] if life.told else 0
                for at, line in life.told:
                    print(f"      +{at - start:6.2f} s {line}", flush=True)
    return lives


def record(site, points, options):
    """One life of each combination without kills: what points there are."""
    combinations = {one.label(): one for one in plan.combinations(site)}
    for label, one in combinations.items():
        first = Life(site, points, f"form-{label.replace(' ', '-')}"[:38], one, operations=("install",)).run()
        one.find_changes(site.dev, first.instance)
        first.operations = ("delete",)
        first.run()
        if first.wrong:
            fail(f"{label}: {first.wrong}")
    with points.condition:
        points.common.clear()
    lives = [Life(site, points, f"record-{label.replace(' ', '-')}"[:38], one) for label, one in combinations.items()]
    run_lives(options, lives)
    if any(life.wrong for life in lives):
        fail("the run without kills went wrong")
    recordings = {life.combination.label(): dict(life.seen) for life in lives}
    return combinations, recordings, sorted(points.common), lives


def one_seed(site, points, options, known, seed, numbers):
    combinations, recordings, common, _ = known
    kills = plan.everything(recordings) if options.all else plan.chosen(recordings, seed)
    kills = [(label, arm) for label, arm in kills if options.only in f"{label} {arm}"]
    if options.limit:
        kills = random.Random(seed).sample(kills, min(options.limit, len(kills)))
    # Those that are about nobody: whichever life makes plane or agent reach one.
    points.common_arms = [Arm("any", program, program, name) for program, name in common if not options.only]
    lives, waiting, began = [], kills, time.monotonic()
    for turn in range(ROUNDS):
        dealt = plan.lives(waiting, seed + turn, options.at_once if turn == 0 else 1)
        lives += run_lives(options, [
            Life(site, points, f"fire-{next(numbers)}", combinations[label], arms) for label, arms in dealt])
        waiting = [(label, again(arm)) for label, arms in dealt for arm in arms if arm.outcome is None]
        if not waiting or any(life.wrong for life in lives):
            break
    common_arms, points.common_arms = points.common_arms, []
    arms = [arm for life in lives for arm in life.arms] + common_arms
    return lives, arms, waiting, [arm for arm in common_arms if arm.outcome is None], time.monotonic() - began


def again(arm):
    return Arm(arm.op, arm.victim, arm.program, arm.name, 1)


def report(seed, arms, missed, seconds):
    killed = collections.Counter(arm.victim for arm in arms if arm.outcome == "killed")
    nobody = sum(arm.outcome == "nobody" for arm in arms)
    words = ", ".join(f"{victim} {count}" for victim, count in sorted(killed.items()))
    print(f"seed {seed}: {sum(killed.values())} points killed ({words}), at {nobody} nobody was there to be killed, "
          f"{len(missed)} never came, {seconds:.0f} s", flush=True)
    for label, arm in missed[:20]:
        print(f"  never came: {label} {arm}")
    return sum(killed.values())


def main():
    options = arguments()
    began = time.monotonic()
    site = Site(options.programs)
    points, failed = None, []
    try:
        points = Points(site)
        site.start()
        known = record(site, points, options)
        combinations, recordings, common, lives = known
        names = {(label, op, program, name) for label, ops in recordings.items()
                 for op, said in ops.items() for program, name, _ in said}
        print(f"{len(combinations)} combinations: " + ", ".join(
            f"{label} ({'/'.join(one.changes) or 'no change'})" for label, one in combinations.items()))
        print(f"recorded: {len(names)} points of instances, {len(common)} of plane and agent themselves; "
              f"{len(plan.everything(recordings))} kills in all combinations, "
              f"{len(plan.chosen(recordings, 0))} kinds of kills ({time.monotonic() - began:.0f} s)", flush=True)
        if options.keep:
            options.keep.mkdir(exist_ok=True)
        caught = [] if options.skip_planted else planted.all_of(site, points, combinations, failed)
        total, numbers, absent = 0, itertools.count(1), []
        for seed in range(options.seed, options.seed + options.seeds):
            done, arms, missed, rare, seconds = one_seed(site, points, options, known, seed, numbers)
            lives = lives + done
            total += report(seed, arms, missed, seconds)
            if rare:
                print(f"  of {len(common)} points of plane and agent themselves did not come again: "
                      + ", ".join(sorted(arm.name for arm in rare)), flush=True)
            failed += [f"{life}: {one}" for life in done for one in life.wrong]
            absent += [f"never came: {label} {arm}" for label, arm in missed
                       if plan.comes_always(arm.program, arm.name)]
            if failed:
                break
        if not failed:
            try_empty(site, failed)
            wrong, told = bill.reckon(site, lives)
            failed += wrong
            print("\n".join(f"  {line}" for line in told))
        failed += site.surprises + absent
        print(f"killed: {site.kills}; {total} points, {len(caught)} planted faults caught, {len(lives)} lives, "
              f"{len(failed)} findings, {time.monotonic() - began:.0f} s", flush=True)
    finally:
        if options.keep and (site.home / "plane.db").exists():
            shutil.copy(site.home / "plane.db", options.keep)
        if failed:
            print(f"--- agent\n{site.tail('agent')}\n--- plane\n{site.tail('plane')}")
        said = site.clean()
        if points:
            points.close()
    if "STILL THERE" in said:
        failed.append(said)
    for one in failed:
        print(f"FINDING: {one}")
    if failed:
        fail(f"fire: {len(failed)} findings; again with --seed {options.seed}")
    print("fire: nothing left, nothing twice, nothing stuck")


def try_empty(site, failed):
    left = []
    for _ in range(50):
        left = check.empty(site, site.base)
        if not left:
            return
        time.sleep(0.2)
    failed += [f"left: {one}" for one in left]


if __name__ == "__main__":
    main()
