//! Local days and billing periods: months cut in the tenant's billing time zone.
//!
//! A local day begins at the first instant whose local date is that day or a later one. So the
//! midnights that daylight saving skips or repeats, and days that a zone left out, need no rule of
//! their own. The zone tables are the bundled ones, never the machine's: the same program computes
//! the same months everywhere.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::instant::Instant;
use types::interval::Interval;

use crate::error::RatingError;

/// A calendar month in a tenant's billing time zone; text form `2026-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(Date);

/// A calendar day in a tenant's billing time zone; text form `2026-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// A text that is not a period like `2026-03` or a day like `2026-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a period like 2026-03 or a day like 2026-03-31")]
pub struct DateError;

/// Days and periods of one zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
}

/// Days of a period with their first instants, for many look-ups.
#[derive(Clone, Debug)]
pub struct Days(Vec<(Instant, Day)>);

impl Period {
    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(Span::new().months(1)).first_of_month())
    }
}

impl Calendar {
    /// The calendar of a zone with an IANA name.
    pub fn new(zone: &str) -> Result<Self, RatingError> {
        TimeZoneDatabase::bundled()
            .get(zone)
            .map(|zone| Self { zone })
            .map_err(|_| RatingError::Zone { zone: zone.to_owned() })
    }

    /// The first instant of a local day.
    pub fn day_start(&self, day: Day) -> Instant {
        self.date_start(day.0)
    }

    /// The local day that an instant lies in: the latest one that has begun.
    pub fn day_of(&self, at: Instant) -> Day {
        let mut date = self.zone.to_offset(at.timestamp()).to_datetime(at.timestamp()).date();
        while let Ok(tomorrow) = date.tomorrow() {
            if self.date_start(tomorrow) > at {
                break;
            }
            date = tomorrow;
        }
        Day(date)
    }

    /// The period that an instant lies in.
    pub fn period_of(&self, at: Instant) -> Period {
        Period(self.day_of(at).0.first_of_month())
    }

    /// From the first instant of the period's first day to the first one of the next period.
    pub fn interval(&self, period: Period) -> Interval {
        Interval::new(self.date_start(period.0), self.date_start(period.next().0))
            .expect("a month lasts longer than any change of an offset")
    }

    /// The days of a period; a day that the zone left out is not among them.
    pub fn days(&self, period: Period) -> Days {
        let mut days: Vec<(Instant, Day)> = Vec::with_capacity(31);
        let mut date = period.0;
        while date < period.next().0 {
            let start = self.date_start(date);
            if days.last().is_some_and(|last| last.0 == start) {
                days.pop();
            }
            days.push((start, Day(date)));
            date = date.saturating_add(Span::new().days(1));
        }
        Days(days)
    }

    fn date_start(&self, date: Date) -> Instant {
        let midnight = jiff::tz::Offset::UTC
            .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
            .unwrap_or(Timestamp::MIN);
        let search = midnight.saturating_sub(SignedDuration::from_hours(36)).unwrap_or(midnight);
        let mut from = search;
        let mut offset = self.zone.to_offset(search);
        for change in self.zone.following(search) {
            if let Some(start) = first_at(midnight, offset, from, Some(change.timestamp())) {
                return start;
            }
            (from, offset) = (change.timestamp(), change.offset());
        }
        first_at(midnight, offset, from, None).unwrap_or(midnight.into())
    }
}

/// The first instant of `[from, until)` whose local date under `offset` is not before the one of
/// `midnight`, which is that date's midnight as if it were UTC.
fn first_at(
    midnight: Timestamp,
    offset: jiff::tz::Offset,
    from: Timestamp,
    until: Option<Timestamp>,
) -> Option<Instant> {
    let shift = SignedDuration::from_secs(i64::from(offset.seconds()));
    let start = midnight.saturating_sub(shift).unwrap_or(midnight).max(from);
    until.is_none_or(|until| start < until).then(|| start.into())
}

impl Days {
    /// The day that an instant of this period lies in.
    pub fn of(&self, at: Instant) -> Day {
        let count = self.0.partition_point(|(start, _)| *start <= at);
        self.0[count.saturating_sub(1)].1
    }

    /// The first instants of days strictly inside.
    pub fn inside(&self, start: Instant, end: Instant) -> impl Iterator<Item = Instant> {
        let first = self.0.partition_point(|day| day.0 <= start);
        self.0[first..].iter().map(|day| day.0).take_while(move |at| *at < end)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Period {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        if text.len() != 7 {
            return Err(DateError);
        }
        format!("{text}-01").parse().map(|Day(date)| Self(date))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Day {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(DateError);
        }
        text.parse().map(Self).map_err(|_| DateError)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, day: &str, start: &str) {
        let calendar = Calendar::new(zone).expect("a zone");
        let day: Day = day.parse().expect("a day");
        assert_eq!(calendar.day_start(day).to_string(), start, "{day} in {zone}");
    }

    #[test]
    fn a_day_begins_with_its_first_instant() {
        check("Asia/Shanghai", "2026-03-01", "2026-02-28T16:00:00.000000Z");
        check("UTC", "2026-03-01", "2026-03-01T00:00:00.000000Z");
        check("America/New_York", "2026-03-09", "2026-03-09T04:00:00.000000Z");
    }

    #[test]
    fn a_skipped_midnight_is_the_instant_of_the_change() {
        check("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000000Z");
        check("America/Toronto", "1919-03-31", "1919-03-31T04:30:00.000000Z");
    }

    #[test]
    fn a_repeated_midnight_is_the_first_one() {
        check("America/Havana", "2026-11-01", "2026-11-01T04:00:00.000000Z");
        check("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00.000000Z");
        let calendar = Calendar::new("America/St_Johns").expect("a zone");
        let at = "2010-11-07T02:45:00Z".parse().expect("an instant");
        assert_eq!(calendar.day_of(at).to_string(), "2010-11-07", "23:15 for the second time");
    }

    #[test]
    fn a_day_that_was_left_out_is_empty() {
        check("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000000Z");
        check("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000000Z");
        let calendar = Calendar::new("Pacific/Apia").expect("a zone");
        let at: Instant = "2011-12-30T10:00:00Z".parse().expect("an instant");
        assert_eq!(calendar.day_of(at).to_string(), "2011-12-31");
        let days = calendar.days("2011-12".parse().expect("a period"));
        assert_eq!(days.0.len(), 30);
        assert_eq!(days.of(at).to_string(), "2011-12-31");
    }

    #[test]
    fn a_month_is_as_long_as_it_really_is() {
        let hours = |zone: &str, period: &str| {
            let calendar = Calendar::new(zone).expect("a zone");
            calendar.interval(period.parse().expect("a period")).seconds() / 3600
        };
        assert_eq!(hours("Asia/Shanghai", "2026-03"), 31 * 24);
        assert_eq!(hours("Europe/Berlin", "2026-03"), 31 * 24 - 1);
        assert_eq!(hours("Europe/Berlin", "2026-10"), 31 * 24 + 1);
        assert_eq!(hours("UTC", "2028-02"), 29 * 24);
    }

    #[test]
    fn periods_follow_each_other_over_the_year() {
        let period: Period = "2026-12".parse().expect("a period");
        assert_eq!(period.next().to_string(), "2027-01");
        assert_eq!("2026-13".parse::<Period>(), Err(DateError));
        assert_eq!("2026-3".parse::<Period>(), Err(DateError));
        assert!(Calendar::new("Asia/Atlantis").is_err());
    }
}
