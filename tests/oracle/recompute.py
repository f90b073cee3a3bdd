"""Recomputes every bill of an export directory from the raw files and the rules alone.

recompute.py DIR --output DIR2    writes bills.json, charges.jsonl, decisions.jsonl
recompute.py DIR --compare        compares with those in DIR; exit 1 on any difference
"""

import argparse
import sys
from pathlib import Path

from closing import recompute
from compare import differences
from export import FORMAT, World, write_json, write_lines


def main(arguments=None):
    """The exit code: 0 no difference, 1 a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--output", metavar="DIR2", help="directory to write to (made if missing)")
    parser.add_argument("--compare", action="store_true", help="compare with the files in DIR")
    parser.add_argument(
        "--given", action="store_true",
        help="let the billed_in of the files say what a closing knew (a commit may race with a closing)",
    )
    chosen = parser.parse_args(arguments)
    if not chosen.output and not chosen.compare:
        parser.error("one of --output and --compare is needed")
    world = World(chosen.directory)
    ours = recompute(world, given=chosen.given, accepted_at=chosen.compare)
    if chosen.output:
        write(ours, chosen.output)
    if not chosen.compare:
        return 0
    count = 0
    for path, mine, theirs in differences(ours, world, chosen.directory):
        count += 1
        print(f"{path}: ours {mine}, theirs {theirs}")
    if count:
        print(f"{count} differences", file=sys.stderr)
        return 1
    sizes = f"{len(ours.bills)} bills, {len(ours.charges)} charges, {len(world.usage)} records"
    print(f"{sizes}: no difference")
    return 0


def write(ours, folder):
    """Writes the three files."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "bills.json", {"format": FORMAT, "bills": ours.bills})
    write_lines(folder / "charges.jsonl", ours.charges)
    write_lines(folder / "decisions.jsonl", ours.decisions)


if __name__ == "__main__":
    sys.exit(main())
