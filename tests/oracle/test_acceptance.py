"""Which usage records count, as computed by hand from the rules."""

import unittest

from small_world import SmallWorld

HOUR = ("2026-01-05 10:00", "2026-01-05 11:00")


class Acceptance(unittest.TestCase):
    def setUp(self):
        self.world = SmallWorld()
        self.world.state("2026-01-05 09:00")

    def check(self, *expected):
        decisions = self.world.run().decisions
        found = [row["reason"] or row["status"] for row in decisions]
        self.assertEqual(found, list(expected))

    def test_a_repeated_record_counts_once_and_other_content_under_its_key_is_a_conflict(self):
        self.world.record(*HOUR, sequence=1)
        self.world.record(*HOUR, sequence=1, received="2026-01-07 00:00")
        self.world.record("2026-01-05 11:00", "2026-01-05 12:00", sequence=1)
        self.check("counted", "repeated", "conflict")

    def test_a_rejected_record_keeps_its_key(self):
        self.world.record(*HOUR, 3599, sequence=1)
        self.world.record(*HOUR, sequence=1)
        self.check("seconds", "conflict")

    def test_every_reason_to_reject(self):
        self.world.record(*HOUR, meter="gpu_seconds")
        self.world.record(*HOUR, received="2026-01-05 10:54:59")
        self.world.record(*HOUR, received="2026-01-05 10:55")
        self.world.record("2026-01-05 12:00", "2026-01-05 12:00")
        self.world.record("2026-01-05 12:30", "2026-01-05 13:00:01")
        self.world.record("2026-01-05 12:30", "2026-01-05 13:00", -1)
        self.world.record("2026-01-05 12:30", "2026-01-05 13:00", 1801)
        self.world.record("2026-01-05 12:30", "2026-01-05 13:00", cell="d")
        self.check("meter", "future", "counted", "order", "hour", "negative", "seconds", "cell")

    def test_the_first_reason_is_given(self):
        self.world.record("2026-01-05 13:00:01", "2026-01-05 12:30", -1, meter="x", cell="d")
        self.world.record("2026-01-05 13:00:01", "2026-01-05 12:30", -1, cell="d")
        self.world.record("2026-01-05 12:30", "2026-01-05 13:00:01", -1, cell="d")
        self.check("meter", "order", "hour")

    def test_seconds_are_whole_seconds_of_the_ends_so_neighbours_add_up(self):
        self.world.record("2026-01-05 10:00", "2026-01-05 10:00:10.5", 10)
        self.world.record("2026-01-05 10:00:10.5", "2026-01-05 11:00", 3590)
        self.check("counted", "counted")

    def test_overlap_is_per_resource_and_meter_and_neighbours_do_not_overlap(self):
        self.world.state("2026-01-05 09:00", resource="n")
        self.world.record("2026-01-05 10:20", "2026-01-05 10:40")
        self.world.record("2026-01-05 10:00", "2026-01-05 10:20")
        self.world.record("2026-01-05 10:39", "2026-01-05 10:41")
        self.world.record(*HOUR, 5, meter="requests")
        self.world.record(*HOUR, resource="n")
        self.world.record("2026-01-05 10:40", "2026-01-05 10:41")
        self.check("counted", "counted", "overlap", "counted", "counted", "counted")

    def test_what_overlap_refused_does_not_refuse_others(self):
        self.world.record("2026-01-05 10:00", "2026-01-05 10:20")
        self.world.record("2026-01-05 10:10", "2026-01-05 10:40")
        self.world.record("2026-01-05 10:30", "2026-01-05 10:50")
        self.check("counted", "overlap", "counted")

    def test_a_resource_nobody_knows_is_unattributed(self):
        self.world.record(*HOUR, resource="ghost")
        self.world.record(*HOUR, -1, resource="ghost")
        self.check("unattributed", "negative")

    def test_a_key_is_taken_on_arrival_even_if_decided_later(self):
        self.world.state("2026-01-05 09:00", resource="n", recorded="2026-01-05 18:00")
        self.world.record(*HOUR, sequence=7, received="2026-01-05 13:00")
        self.world.record(*HOUR, sequence=7, resource="n", received="2026-01-05 12:00")
        self.check("conflict", "counted")

    def test_billed_in_is_the_first_closing_after_arrival_but_not_before_the_use(self):
        self.world = SmallWorld(closed=("2026-02-01 02:00", "2026-03-01 02:00", None))
        self.world.state("2026-01-05 09:00")
        for start, end, received in [
            (*HOUR, "2026-02-01 01:59:59"),
            ("2026-01-05 11:00", "2026-01-05 12:00", "2026-02-01 02:00"),
            ("2026-02-01 00:00", "2026-02-01 01:00", "2026-02-01 01:00"),
            ("2026-01-05 12:00", "2026-01-05 13:00", "2026-03-01 02:00"),
        ]:
            self.world.record(start, end, received=received)
        found = [row["billed_in"] for row in self.world.run().decisions]
        self.assertEqual(found, ["2026-01", "2026-02", "2026-02", None])


if __name__ == "__main__":
    unittest.main()
