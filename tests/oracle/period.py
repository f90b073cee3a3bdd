"""Instants, local days and periods (money.md: first paragraph and "A local day begins ...").

An instant is an integer: microseconds since 1970-01-01 UTC.
"""

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")


def parse(text):
    """The instant of a text like 2026-03-01T00:00:00.000000Z; null stays null."""
    if text is None:
        return None
    if not FORM.fullmatch(text):
        raise ValueError(f"not an instant: {text!r}")
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def show(instant):
    """The text of an instant; null stays null."""
    if instant is None:
        return None
    moment = EPOCH + timedelta(microseconds=instant)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def next_period(period):
    """The month after "2026-12" is "2027-01"."""
    year, month = map(int, period.split("-"))
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


class Calendar:
    """Cuts time into local days and periods of one IANA zone."""

    def __init__(self, zone):
        self.zone = ZoneInfo(zone)
        self.day_start = lru_cache(maxsize=None)(self._day_start)

    def _offset(self, instant):
        moment = EPOCH + timedelta(microseconds=instant)
        return moment.astimezone(self.zone).utcoffset() // timedelta(microseconds=1)

    def _spans(self, start, end):
        """[start, end) in spans (start, end, offset) of one UTC offset each."""
        spans, begin, offset = [], start, self._offset(start)
        for hour in range(start + HOUR, end + HOUR, HOUR):
            if self._offset(hour) == offset:
                continue
            low, high = hour - HOUR, hour
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
            spans.append((begin, high, offset))
            begin, offset = high, self._offset(high)
        return [*spans, (begin, end + HOUR, offset)]

    def _day_start(self, day):
        """The first instant whose local date is `day` or a later one."""
        midnight = (datetime(day.year, day.month, day.day, tzinfo=timezone.utc) - EPOCH) // timedelta(
            microseconds=1
        )
        for start, end, offset in self._spans(midnight - 48 * HOUR, midnight + 48 * HOUR):
            first = max(start, midnight - offset)
            if first < end:
                return first
        raise ValueError(f"{day} never begins")

    def day_of(self, instant):
        """The last day that has begun at the instant."""
        moment = EPOCH + timedelta(microseconds=instant)
        day, step = moment.astimezone(self.zone).date(), timedelta(days=1)
        while self.day_start(day) > instant:
            day -= step
        while self.day_start(day + step) <= instant:
            day += step
        return day

    def day_starts(self, start, end):
        """All beginnings of days in [start, end]."""
        day, starts = self.day_of(start), []
        while self.day_start(day) <= end:
            starts.append(self.day_start(day))
            day += timedelta(days=1)
        return starts

    def period_of(self, instant):
        """The period ("2026-03") that holds the instant: that of its day."""
        return self.day_of(instant).isoformat()[:7]

    def bounds(self, period):
        """Start and end of a period: a period begins with its first day."""
        first, after = (date.fromisoformat(f"{name}-01") for name in (period, next_period(period)))
        return self.day_start(first), self.day_start(after)
