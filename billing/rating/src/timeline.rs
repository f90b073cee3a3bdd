//! A value that changes at instants: state histories, owners, versions of prices.

use types::instant::Instant;

/// After every instant that anything happens at; the end of what has no end.
pub const FOREVER: Instant = Instant::from_micros(i64::MAX);

/// The steps of one value through time, in order; at one instant there is one value.
#[derive(Clone, Debug)]
pub struct Timeline<T> {
    steps: Vec<(Instant, T)>,
}

impl<T> Timeline<T> {
    /// Sorts the steps by instant; of several at one instant the last given one holds.
    pub fn new(mut steps: Vec<(Instant, T)>) -> Self {
        steps.sort_by_key(|(at, _)| *at);
        let mut kept: Vec<(Instant, T)> = Vec::with_capacity(steps.len());
        for step in steps {
            match kept.last_mut() {
                Some(last) if last.0 == step.0 => *last = step,
                _ => kept.push(step),
            }
        }
        Self { steps: kept }
    }

    /// Leaves out what comes after the first step that ends it.
    #[must_use]
    pub fn ended_by(mut self, is_end: impl Fn(&T) -> bool) -> Self {
        if let Some(end) = self.steps.iter().position(|(_, value)| is_end(value)) {
            self.steps.truncate(end + 1);
        }
        self
    }

    /// The value at an instant; none before the first step.
    pub fn at(&self, instant: Instant) -> Option<&T> {
        let count = self.steps.partition_point(|(at, _)| *at <= instant);
        count.checked_sub(1).map(|index| &self.steps[index].1)
    }

    /// The next step after an instant.
    pub fn next_after(&self, instant: Instant) -> Option<Instant> {
        self.steps.get(self.steps.partition_point(|(at, _)| *at <= instant)).map(|step| step.0)
    }

    /// The instants of steps strictly inside.
    pub fn inside(&self, start: Instant, end: Instant) -> impl Iterator<Item = Instant> {
        let first = self.steps.partition_point(|(at, _)| *at <= start);
        self.steps[first..].iter().map(|step| step.0).take_while(move |at| *at < end)
    }

    /// Each value with the interval it holds in; the last one holds until [`FOREVER`].
    pub fn segments(&self) -> impl Iterator<Item = (Instant, Instant, &T)> {
        self.steps.iter().enumerate().map(|(index, (at, value))| {
            (*at, self.steps.get(index + 1).map_or(FOREVER, |next| next.0), value)
        })
    }

    /// The steps themselves.
    pub fn steps(&self) -> &[(Instant, T)] {
        &self.steps
    }
}

/// What is in `all` and not in `taken`, both as intervals in any order; the result is in order, its
/// intervals as long as possible.
pub fn without(
    all: Vec<(Instant, Instant)>,
    taken: Vec<(Instant, Instant)>,
) -> Vec<(Instant, Instant)> {
    let taken = merged(taken);
    let mut rest = Vec::new();
    for (start, end) in merged(all) {
        let mut from = start;
        let first = taken.partition_point(|interval| interval.1 <= start);
        for (taken_start, taken_end) in taken[first..].iter().take_while(|taken| taken.0 < end) {
            if from < *taken_start {
                rest.push((from, *taken_start));
            }
            from = from.max(*taken_end);
        }
        if from < end {
            rest.push((from, end));
        }
    }
    rest
}

/// The same time as few intervals in order; empty ones are left out.
pub fn merged(mut intervals: Vec<(Instant, Instant)>) -> Vec<(Instant, Instant)> {
    intervals.retain(|(start, end)| start < end);
    intervals.sort_unstable();
    let mut kept: Vec<(Instant, Instant)> = Vec::with_capacity(intervals.len());
    for (start, end) in intervals {
        match kept.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => kept.push((start, end)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        Instant::from_seconds(second)
    }

    #[test]
    fn at_one_instant_the_last_report_holds() {
        let line = Timeline::new(vec![(at(5), 'b'), (at(1), 'a'), (at(5), 'c')]);
        let values: Vec<_> = [0, 1, 4, 5].map(|second| line.at(at(second)).copied()).into();
        assert_eq!(values, [None, Some('a'), Some('a'), Some('c')]);
        assert_eq!(line.next_after(at(1)), Some(at(5)));
        assert_eq!(line.inside(at(1), at(5)).count(), 0);
    }

    #[track_caller]
    fn check(all: &[(i64, i64)], taken: &[(i64, i64)], expected: &[(i64, i64)]) {
        let make = |list: &[(i64, i64)]| {
            list.iter().map(|(start, end)| (at(*start), at(*end))).collect::<Vec<_>>()
        };
        assert_eq!(without(make(all), make(taken)), make(expected));
    }

    #[test]
    fn time_without_time() {
        check(&[(0, 10)], &[(2, 4), (4, 5)], &[(0, 2), (5, 10)]);
        check(&[(0, 5), (5, 10)], &[], &[(0, 10)]);
        check(&[(0, 5)], &[(0, 9)], &[]);
        check(&[(3, 5), (7, 9)], &[(0, 4), (8, 20)], &[(4, 5), (7, 8)]);
    }
}
