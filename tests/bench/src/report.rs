//! What was measured: medians of rounds, and the rows that `make bench` shows.

use std::io::Write as _;

/// The rows of one figure.
#[derive(Default)]
pub struct Report {
    last: Option<f64>,
}

/// What a figure is held against.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// More is better.
    AtLeast(f64),
    /// Less is better.
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(bound) => format!("≥ {}", number(bound)),
            Self::AtMost(bound) => format!("≤ {}", number(bound)),
        }
    }
}

/// A row of the table.
pub struct Row<'a> {
    /// What was measured.
    pub figure: &'a str,
    /// The figure, with its unit.
    pub value: String,
    /// What it is measured beside, with its figure.
    pub reference: String,
    /// What is held against the bounds: a ratio, or the figure itself where there is no reference.
    pub ratio: f64,
    /// What is wanted.
    pub target: Option<Bound>,
    /// What must be.
    pub floor: Option<Bound>,
}

impl Report {
    /// A line for whoever watches.
    pub fn say(&self, line: &str) {
        // Nobody may read it; the measurement goes on.
        let _ = writeln!(std::io::stderr(), "  {line}");
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row<'_>) {
        let bound = |bound: Option<Bound>| bound.map_or("-".to_owned(), Bound::text);
        let holds = |bound: Option<Bound>| bound.is_none_or(|bound| bound.holds(row.ratio));
        let verdict = match (holds(row.target), holds(row.floor)) {
            (true, true) => "ok",
            (false, true) if row.floor.is_some() => "below target",
            _ => "below",
        };
        let (target, floor) = (bound(row.target), bound(row.floor));
        let Row { figure, value, reference, ratio, .. } = row;
        let ratio_text = number(ratio);
        self.last = Some(ratio);
        let line = [figure, &value, &reference, &ratio_text, &target, &floor, verdict].join("\t");
        let _ = writeln!(std::io::stdout(), "row\t{line}");
    }

    /// The ratio of the last row alone, as the last line.
    pub fn end(&self) {
        let _ = writeln!(std::io::stdout(), "{}", self.last.map_or("-".to_owned(), number));
    }
}

/// The middle of several figures; of an even count the lower.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// The middle of the ratios of figures that were measured in turns.
pub fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let each: Vec<f64> = ours.iter().zip(theirs).map(|(our, their)| our / their).collect();
    median(&each)
}

/// A figure as people read it.
pub fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at) % 3 == 0 {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        medium if medium >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_in_the_middle() {
        for (figures, middle) in
            [(vec![3.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0, 2.0, 3.0], 2.0), (vec![], 0.0)]
        {
            assert_eq!(median(&figures), middle);
        }
    }

    #[test]
    fn figures_are_readable() {
        for (value, text) in
            [(0.254, "0.25"), (12.34, "12.3"), (1234.6, "1,235"), (1e6, "1,000,000")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_ratio_is_of_the_same_round() {
        assert_eq!(ratio(&[1.0, 10.0, 4.0], &[2.0, 20.0, 8.0]), 0.5);
    }
}
