"""Charges computed by hand: models, cuts, discounts, tiers."""

import unittest
from datetime import date

from period import Calendar, show
from rating import pieces
from small_world import SmallWorld, effective, line

HOUR = ("2026-01-05 10:00", "2026-01-05 11:00")


def running(**fields):
    world = SmallWorld(**fields)
    world.state("2026-01-01 00:00")
    return world


def tiers(*steps):
    return [{"up_to": up_to, "unit_price": price} for up_to, price in steps]


class Days(unittest.TestCase):
    def check(self, zone, day, expected):
        self.assertEqual(show(Calendar(zone).day_start(date.fromisoformat(day))), f"{expected}:00.000000Z")

    def test_a_day_begins_at_the_first_instant_of_that_date_or_a_later_one(self):
        self.check("Asia/Shanghai", "2026-03-01", "2026-02-28T16:00")
        self.check("Europe/Berlin", "2026-03-30", "2026-03-29T22:00")
        self.check("America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00")
        self.check("America/St_Johns", "2010-11-07", "2010-11-07T02:30")
        self.check("Pacific/Apia", "2011-12-30", "2011-12-30T10:00")
        self.check("Pacific/Apia", "2011-12-31", "2011-12-30T10:00")


class Cuts(unittest.TestCase):
    def test_quantities_up_to_a_cut_are_rounded_half_up_and_add_up(self):
        self.assertEqual([q for _, _, q in pieces(0, 10, 5, [1, 3, 5])], [1, 1, 1, 2])
        self.assertEqual([q for _, _, q in pieces(0, 10, 5, [5])], [3, 2])

    def test_a_month_ends_inside_a_clock_hour(self):
        world = running(zone="Asia/Kolkata", closed=("2026-02-01 02:00", "2026-03-01 02:00"))
        world.prices(line("requests", per=1, unit_price="1"))
        world.record("2026-01-31 18:00", "2026-01-31 19:00", 7, "requests")
        self.assertEqual(
            world.rows("period", "charge_period", "day", "stay", "quantity"),
            [("2026-01", "2026-01", "2026-01-31", "2026-01-01T00:00:00.000000Z", 4),
             ("2026-02", "2026-02", "2026-02-01", "2026-01-31T18:30:00.000000Z", 3)],
        )

    def test_a_day_ends_inside_a_clock_hour(self):
        world = running(zone="Asia/Kolkata")
        world.prices(line())
        world.record("2026-01-05 18:00", "2026-01-05 19:00")
        self.assertEqual(world.rows("day", "quantity"), [("2026-01-05", 1800), ("2026-01-06", 1800)])

    def test_a_stopped_member_is_free_unless_the_line_says_stopped(self):
        for stopped, expected in [(False, 1200), (True, 3600)]:
            world = running()
            world.state("2026-01-05 10:20", "stopped")
            world.prices(line(stopped=stopped))
            world.record(*HOUR)
            self.assertEqual(world.rows("quantity"), [(expected,)])

    def test_the_first_deleted_ends_a_life_and_at_one_instant_the_last_report_holds(self):
        world = running()
        world.state("2026-01-05 10:10", "deleted")
        world.state("2026-01-05 10:20", "deleted")
        world.state("2026-01-05 10:30", "running")
        world.state("2026-01-05 10:10", "updating")
        world.prices(line())
        world.record(*HOUR)
        self.assertEqual(world.rows("quantity"), [(1200,)])

    def test_storage_is_billed_in_every_state_and_cpu_only_while_working(self):
        for kind, meter, expected in [("volume", "storage_mib_seconds", 3600), ("member", "requests", 1800)]:
            world = SmallWorld()
            world.state("2026-01-05 10:00", "unknown", kind=kind)
            world.state("2026-01-05 10:30", "running", kind=kind)
            world.prices(line(meter))
            world.record(*HOUR, 3600, meter)
            self.assertEqual(world.rows("quantity"), [(expected,)])

    def test_a_price_version_cuts(self):
        world = running()
        world.prices(line(id="old"))
        world.prices(line(id="new", unit_price="3.6"), since="2026-01-05 10:45")
        world.record(*HOUR)
        self.assertEqual(world.rows("price_line", "quantity", "amount"),
                         [("new", 900, "0.9000000000"), ("old", 2700, "0.2700000000")])


class Prices(unittest.TestCase):
    def test_unit_price(self):
        world = running()
        world.prices(line(unit_price="0.000000000001", per=7))
        world.record(*HOUR)
        self.assertEqual(world.rows("quantity", "amount", "per", "unit_price"),
                         [(3600, "0.0000000005", 7, "0.000000000001")])

    def test_the_nearest_book_with_a_line_decides_and_the_plan_before_none(self):
        world = SmallWorld()
        world.state("2026-01-01 00:00", plan="small")
        world.prices(line(id="plain"), line(id="small", plan="small"), line(id="large", plan="large"))
        world.prices(line(id="dollar", currency="USD"), scope="organization", organization="root")
        world.record(*HOUR)
        self.assertEqual(world.rows("price_line"), [("small",)])
        world.prices(line(id="tenant"), scope="tenant")
        self.assertEqual(world.rows("price_line"), [("tenant",)])
        world.prices(scope="tenant", since="2026-01-03 00:00")
        self.assertEqual(world.rows("price_line"), [("small",)])

    def test_without_a_price_the_charge_is_zero_and_listed(self):
        world = running()
        world.record(*HOUR)
        result = world.run()
        self.assertEqual(world.rows("price_line", "quantity", "amount", "per", "unit_price"),
                         [(None, 3600, "0.0000000000", None, None)])
        self.assertEqual(result.bills[0]["lines"][0]["reason"], "no price")

    def test_discount_before_rounding_nearest_wins_and_zero_too(self):
        world = running()
        world.prices(line(unit_price="0.1"))
        world.tenant["discounts"] = [
            effective("2026-01-01 00:00", organization="root", percent="33.33330"),
            effective("2026-01-05 11:00", organization="root", percent="0"),
            effective("2026-01-05 12:00", organization="root", percent=None),
        ]
        world.record(*HOUR)
        world.record("2026-01-05 11:00", "2026-01-05 12:00")
        self.assertEqual(world.rows("discount", "amount"),
                         [("0", "0.1000000000"), ("33.3333", "0.0666667000")])

    def test_a_discount_of_zero_hides_the_parents_and_an_ended_one_does_not(self):
        world = running()
        world.organization("a", "root", "2026-01-02 00:00")
        world.project("q", "a", "2026-01-03 00:00")
        world.state("2026-01-04 00:00", resource="n", project="q")
        world.prices(line())
        world.tenant["discounts"] = [
            effective("2026-01-02 00:00", organization="root", percent="10"),
            effective("2026-01-03 00:00", organization="a", percent="0"),
            effective("2026-01-05 10:30", organization="a", percent=None),
        ]
        world.record(*HOUR, resource="n")
        self.assertEqual(world.rows("discount", "quantity"), [("0", 1800), ("10", 1800)])

    def test_a_flat_month_with_daylight_saving_has_the_seconds_it_really_has(self):
        world = SmallWorld("Europe/Berlin", ("2026-04-01 02:00",), "2026-03", "2026-03-02 00:00")
        world.state("2026-03-02 00:00")
        world.prices(line(model="flat_month", per=None, unit_price="26.748"))
        world.record("2026-03-05 10:00", "2026-03-05 11:00")
        self.assertEqual(world.rows("per", "amount"), [(31 * 86400 - 3600, "0.0360000000")])

    def test_one_off_is_charged_for_the_first_working_instant_without_any_record(self):
        world = SmallWorld()
        world.state("2026-01-01 00:00", "provisioning")
        world.state("2026-01-07 00:00", "degraded")
        world.state("2026-01-09 00:00", "running")
        world.prices(line(model="one_off", per=None, unit_price="17"))
        self.assertEqual(world.rows("day", "quantity", "per", "amount"),
                         [("2026-01-07", 1, 1, "17.0000000000")])


class Tiers(unittest.TestCase):
    def world(self):
        world = running()
        world.state("2026-01-01 00:00", resource="n")
        steps = tiers((5000, "0.01"), (None, "0.001"))
        world.prices(line("requests", "tiered", None, 1, tiers=steps))
        return world

    def test_a_quantity_across_a_boundary_is_divided_exactly_there(self):
        world = self.world()
        world.record("2026-01-05 10:00", "2026-01-05 11:00", 3000, "requests")
        world.record("2026-01-05 11:00", "2026-01-05 12:00", 4000, "requests")
        self.assertEqual(world.rows("tier", "quantity", "amount"),
                         [(1, 5000, "50.0000000000"), (2, 2000, "2.0000000000")])

    def test_positions_go_by_clock_hour_then_resource(self):
        world = self.world()
        world.record("2026-01-05 11:00", "2026-01-05 12:00", 3000, "requests")
        world.record("2026-01-05 10:50", "2026-01-05 11:00", 4500, "requests", "n")
        world.record("2026-01-05 10:55", "2026-01-05 11:00", 1000, "requests")
        self.assertEqual(world.rows("resource", "tier", "quantity"),
                         [("m", 1, 1000), ("m", 2, 3000), ("n", 1, 4000), ("n", 2, 500)])

    def test_the_count_goes_on_through_versions_and_other_models_are_not_counted(self):
        world = self.world()
        steps = tiers((6000, "1"), (None, "2"))
        world.prices(line("requests", id="unit", per=1), since="2026-01-06 00:00")
        world.prices(line("requests", "tiered", None, 1, id="new", tiers=steps), since="2026-01-07 00:00")
        for day in ("05", "06", "07"):
            world.record(f"2026-01-{day} 10:00", f"2026-01-{day} 11:00", 4000, "requests")
        self.assertEqual(world.rows("price_line", "tier", "quantity"),
                         [("hour", 1, 4000), ("new", 1, 2000), ("new", 2, 2000), ("unit", None, 4000)])


if __name__ == "__main__":
    unittest.main()
