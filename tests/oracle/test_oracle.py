"""Bills computed by hand, the hash of the document, and the comparison itself."""

import contextlib
import io
import json
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

import recompute
import world as random_world
from bills import bill_hash
from small_world import SmallWorld, effective, line

VECTOR = "3a78f9a59cfa521958c3f5a662524139efec84d43853aee3a9721fa729f07376"
TWO_MONTHS = ("2026-02-01 02:00", "2026-03-01 02:00")


def sums(bill):
    return bill["own_total"], bill["children_total"], bill["subtree_total"]


class Bills(unittest.TestCase):
    def test_the_bill_of_the_document_has_its_hash(self):
        world = SmallWorld()
        world.state("2026-01-31 23:00")
        world.prices(line())
        world.record("2026-01-31 23:00", "2026-01-31 23:50")
        (bill,) = world.run().bills
        self.assertEqual(bill["hash"], VECTOR)
        self.assertNotEqual(bill_hash({**bill, "payable": "0.31"}, "t"), VECTOR)

    def test_the_lines_are_rounded_once_and_the_difference_is_a_line(self):
        for price, total, rounding in [("0.125", "0.12", "-0.0050000000"), ("0.375", "0.38", "0.0050000000")]:
            world = SmallWorld()
            world.state("2026-01-05 00:00")
            world.prices(line(unit_price=price))
            world.record("2026-01-05 10:00", "2026-01-05 11:00")
            (bill,) = world.run().bills
            self.assertEqual((bill["own_total"], bill["rounding"]), (total, rounding))

    def test_a_move_on_the_11th_makes_two_bills_and_both_parents_add_up(self):
        world = SmallWorld()
        for name, parent in [("x", "root"), ("y", "root"), ("a", "x")]:
            world.organization(name, parent, "2026-01-01 00:00:01")
        world.project("q", "a", "2026-01-01 00:00:02")
        world.organization("a", "y", "2026-01-11 00:30", "moved")
        world.state("2026-01-02 00:00", project="q")
        world.prices(line(unit_price="3.6"))
        world.record("2026-01-11 00:00", "2026-01-11 01:00")
        world.record("2026-01-11 01:00", "2026-01-11 02:00")
        found = [(b["number"], b["organization"], b["parent_bill"], sums(b)) for b in world.run().bills]
        self.assertEqual(found, [
            ("2026-01-0001", "a", "2026-01-0004", ("1.80", "0.00", "1.80")),
            ("2026-01-0002", "a", "2026-01-0005", ("5.40", "0.00", "5.40")),
            ("2026-01-0003", "root", None, ("0.00", "7.20", "7.20")),
            ("2026-01-0004", "x", "2026-01-0003", ("0.00", "1.80", "1.80")),
            ("2026-01-0005", "y", "2026-01-0003", ("0.00", "5.40", "5.40")),
        ])

    def test_tax_is_rounded_once_and_credits_pay_the_earliest_expiry_first(self):
        world = SmallWorld()
        world.state("2026-01-05 00:00")
        world.prices(line(unit_price="10.05"))
        world.record("2026-01-05 10:00", "2026-01-05 11:00")
        world.tenant["taxes"] = [effective("2026-01-20 00:00", percent="10"),
                                 effective("2026-02-01 00:00", percent="99")]
        world.tenant["credits"] = [
            {"id": name, "amount": amount, "granted_at": f"2026-{granted}T00:00:00.000000Z",
             "expires_at": expires and f"2026-{expires}T00:00:00.000000Z"}
            for name, amount, granted, expires in [
                ("a-none", "10.00", "01-02", None), ("b-soon", "5.00", "01-02", "02-01"),
                ("c-expired", "7.00", "01-02", "01-31"), ("d-late", "7.00", "02-01", "02-02"),
            ]
        ]
        (bill,) = world.run().bills
        self.assertEqual((bill["tax_percent"], bill["tax"], bill["payable"]), ("10", "1.00", "0.00"))
        used = [tuple(row.values()) for row in bill["credits"]]
        self.assertEqual(used, [("b-soon", "5.00", "0.00"), ("a-none", "6.05", "3.95")])

    def test_gaps_are_unknown_time_and_time_without_a_record(self):
        world = SmallWorld()
        world.state("2026-01-31 23:00", "unknown")
        world.state("2026-01-31 23:10", "stopped")
        world.state("2026-01-31 23:20", "running")
        world.state("2026-01-31 23:40", "failed")
        world.record("2026-01-31 23:15", "2026-01-31 23:35")
        (bill,) = world.run().bills
        found = [(gap["reason"], gap["start"][11:16], gap["end"][11:16]) for gap in bill["gaps"]]
        self.assertEqual(found, [("unknown", "23:00", "23:10"), ("missing", "23:10", "23:15"),
                                 ("missing", "23:35", "23:40")])

    def test_a_provisional_bill_has_no_number_hash_gaps_or_credits(self):
        world = SmallWorld(closed=(None,))
        world.state("2026-01-05 00:00")
        (bill,) = world.run().bills
        empty = [bill[name] for name in ("number", "hash", "closed_at", "gaps", "credits", "tax_percent")]
        self.assertEqual((bill["state"], empty), ("provisional", [None, None, None, [], [], "0"]))


class Corrections(unittest.TestCase):
    def test_late_usage_stands_on_the_next_bill_with_its_charge_period(self):
        world = SmallWorld(closed=TWO_MONTHS)
        world.state("2026-01-05 00:00")
        world.prices(line())
        world.record("2026-01-05 10:00", "2026-01-05 11:00")
        world.record("2026-01-05 11:00", "2026-01-05 12:00", received="2026-02-05 00:00")
        result = world.run()
        self.assertEqual([bill["own_total"] for bill in result.bills], ["0.36", "0.36"])
        self.assertEqual(result.bills[1]["lines"][0]["charge_period"], "2026-01")
        self.assertEqual(world.rows("period", "charge_period", "quantity", "bill"),
                         [("2026-01", "2026-01", 3600, "2026-01-0001"),
                          ("2026-02", "2026-01", 3600, "2026-02-0001")])

    def test_a_life_that_ended_earlier_gives_a_credit_note(self):
        world = SmallWorld(closed=TWO_MONTHS)
        world.state("2026-01-05 00:00")
        world.state("2026-01-05 10:30", "deleted", recorded="2026-02-03 00:00")
        world.prices(line(unit_price="0.25"))
        world.tenant["taxes"] = [effective("2026-01-01 00:00", percent="20")]
        world.record("2026-01-05 10:00", "2026-01-05 11:00")
        second = world.run().bills[1]
        self.assertEqual((second["own_total"], second["rounding"], second["tax"], second["payable"]),
                         ("-0.12", "0.0050000000", "-0.02", "-0.14"))

    def test_tiers_shift_when_an_earlier_hour_comes_late(self):
        world = SmallWorld(closed=TWO_MONTHS)
        world.state("2026-01-01 00:00")
        steps = [{"up_to": 100, "unit_price": "0.02"}, {"up_to": None, "unit_price": "0.01"}]
        world.prices(line("requests", "tiered", None, 1, tiers=steps))
        world.record("2026-01-06 10:00", "2026-01-06 11:00", 100, "requests")
        world.record("2026-01-05 10:00", "2026-01-05 11:00", 60, "requests", received="2026-02-05 00:00")
        found = world.rows("period", "day", "tier", "quantity", "amount")
        self.assertEqual(found, [("2026-01", "2026-01-06", 1, 100, "2.0000000000"),
                                 ("2026-02", "2026-01-05", 1, 60, "1.2000000000"),
                                 ("2026-02", "2026-01-06", 1, -60, "-1.2000000000"),
                                 ("2026-02", "2026-01-06", 2, 60, "0.6000000000")])

    def test_deleted_organizations_get_bills_without_a_stay(self):
        world = SmallWorld(closed=TWO_MONTHS)
        world.organization("above", "root", "2026-01-02 00:00")
        world.organization("gone", "root", "2026-01-03 00:00")
        world.organization("gone", "above", "2026-01-10 00:00", "moved")
        world.project("q", "gone", "2026-01-04 00:00")
        world.project("q", "root", "2026-01-20 00:00", "moved")
        world.organization("gone", None, "2026-01-21 00:00", "deleted")
        world.organization("above", None, "2026-01-22 00:00", "deleted")
        world.state("2026-01-05 00:00", project="q")
        world.prices(line())
        world.record("2026-01-05 10:00", "2026-01-05 11:00", received="2026-02-05 00:00")
        found = [(b["organization"], b["stay"] is None, b["parent_bill"], *sums(b))
                 for b in world.run().bills if b["period"] == "2026-02"]
        self.assertEqual(found, [("above", True, "2026-02-0003", "0.00", "0.36", "0.36"),
                                 ("gone", True, "2026-02-0001", "0.36", "0.00", "0.36"),
                                 ("root", False, None, "0.00", "0.36", "0.36")])


class Comparison(unittest.TestCase):
    def run_main(self, *arguments):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            code = recompute.main([str(argument) for argument in arguments])
        return code, printed.getvalue()

    def test_worlds_agree_with_themselves_and_parents_are_sums(self):
        for seed in range(6):
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                random_world.main([str(seed), "--output", folder])
                self.run_main(folder, "--output", folder)
                code, printed = self.run_main(folder, "--compare")
                self.assertEqual(code, 0, printed)
                self.assertRegex(printed, r"^\d+ bills, \d+ charges, \d+ records: no difference\n$")
                self.check_sums(json.loads((Path(folder) / "bills.json").read_text())["bills"])

    def check_sums(self, bills):
        for period in {bill["period"] for bill in bills}:
            rows = [bill for bill in bills if bill["period"] == period]
            roots = [bill for bill in rows if bill["parent"] is None]
            own = sum(Fraction(bill["own_total"]) for bill in rows)
            self.assertEqual(sum(Fraction(bill["subtree_total"]) for bill in roots), own)

    def test_a_changed_amount_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            random_world.main(["7", "--output", folder])
            self.run_main(folder, "--output", folder)
            path = Path(folder) / "bills.json"
            document = json.loads(path.read_text())
            bill = next(bill for bill in document["bills"] if bill["lines"])
            bill["lines"][0]["amount"] = "12345.0000000000"
            path.write_text(json.dumps(document))
            code, printed = self.run_main(folder, "--compare")
            self.assertEqual((code, printed.count("\n")), (1, 1))
            self.assertIn("lines[0].amount: ours ", printed)
            self.assertIn("theirs 12345.0000000000", printed)


if __name__ == "__main__":
    unittest.main()
