//! Which price line and which discount hold for whom and when.

use std::collections::BTreeMap;

use types::instant::Instant;
use types::money::Decimal;

use crate::error::RatingError;
use crate::meter::Meter;
use crate::price::{Book, Model, PriceLine, Scope, Version};
use crate::tenant::Discount;
use crate::timeline::Timeline;

/// The two sorts of lines, which are looked up separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineSort {
    /// `one_off` lines.
    OneOff,
    /// All others.
    Recurring,
}

/// Prices and discounts of one tenant, ready to be asked.
#[derive(Clone, Debug)]
pub struct Rates<'w> {
    currency: &'w str,
    global: Option<Timeline<&'w Version>>,
    tenant: Option<Timeline<&'w Version>>,
    organizations: BTreeMap<&'w str, Timeline<&'w Version>>,
    discounts: BTreeMap<&'w str, Timeline<&'w Discount>>,
    instants: Vec<Instant>,
}

impl<'w> Rates<'w> {
    /// Prices of these books in one currency, with these discounts. Refuses two books for one.
    pub fn new(
        currency: &'w str,
        books: &'w [Book],
        discounts: &'w [Discount],
    ) -> Result<Self, RatingError> {
        let mut rates = Self {
            currency,
            global: None,
            tenant: None,
            organizations: BTreeMap::new(),
            discounts: BTreeMap::new(),
            instants: Vec::new(),
        };
        for book in books {
            rates.add(book)?;
        }
        let mut steps: BTreeMap<&str, Vec<(Instant, &Discount)>> = BTreeMap::new();
        for discount in discounts {
            let step = (discount.effective_from, discount);
            steps.entry(&discount.organization).or_default().push(step);
            rates.instants.push(discount.effective_from);
        }
        rates.discounts = steps.into_iter().map(|(id, each)| (id, Timeline::new(each))).collect();
        rates.instants.sort_unstable();
        rates.instants.dedup();
        Ok(rates)
    }

    /// The line for a plan and meter on a path (an organization, its parent, …, the root): the
    /// first book that has one decides, the line with the plan before the line without.
    pub fn line(
        &self,
        path: &[&str],
        plan: Option<&str>,
        meter: Meter,
        sort: LineSort,
        at: Instant,
    ) -> Option<&'w PriceLine> {
        let own = path.iter().filter_map(|organization| self.organizations.get(organization));
        own.chain(&self.tenant).chain(&self.global).find_map(|book| {
            let lines = book.at(at)?.lines.iter().filter(|line| {
                line.meter == meter
                    && line.currency == self.currency
                    && (line.model == Model::OneOff) == (sort == LineSort::OneOff)
                    && (line.plan.is_none() || line.plan.as_deref() == plan)
            });
            lines.max_by_key(|line| line.plan.is_some())
        })
    }

    /// The discount on a path: the nearest one that has a percentage, also one of 0.
    pub fn discount(&self, path: &[&str], at: Instant) -> Option<&'w Discount> {
        let nearest = |organization| {
            let discount: &'w Discount = self.discounts.get(organization)?.at(at)?;
            discount.percent.is_some().then_some(discount)
        };
        path.iter().find_map(nearest)
    }

    /// Counts the changes up to an instant: two instants with one count have the same prices.
    pub fn epoch(&self, at: Instant) -> usize {
        self.instants.partition_point(|each| *each <= at)
    }

    /// The instants of changes strictly inside.
    pub fn inside(&self, start: Instant, end: Instant) -> impl Iterator<Item = Instant> {
        self.instants[self.epoch(start)..].iter().copied().take_while(move |at| *at < end)
    }

    fn add(&mut self, book: &'w Book) -> Result<(), RatingError> {
        let steps: Vec<_> =
            book.versions.iter().map(|version| (version.effective_from, version)).collect();
        self.instants.extend(steps.iter().map(|step| step.0));
        let timeline = Timeline::new(steps);
        let before = match (book.scope, book.organization.as_deref()) {
            (Scope::Global, _) => self.global.replace(timeline),
            (Scope::Tenant, _) => self.tenant.replace(timeline),
            (Scope::Organization, organization) => {
                self.organizations.insert(organization.unwrap_or_default(), timeline)
            }
        };
        match before {
            None => Ok(()),
            Some(_) => Err(RatingError::Book { book: book.id.clone() }),
        }
    }
}

/// The percentage of a discount; zero without one.
pub fn percentage(discount: Option<&Discount>) -> Decimal {
    discount.and_then(|discount| discount.percent.clone()).unwrap_or_else(Decimal::zero).canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(scope: Scope, organization: Option<&str>, versions: &[(i64, &[&str])]) -> Book {
        let line = |text: &&str| {
            let (id, plan) = text.split_once('/').unwrap_or((text, ""));
            PriceLine {
                id: id.into(),
                plan: Some(plan.to_owned()).filter(|plan| !plan.is_empty()),
                meter: Meter::MemberSeconds,
                model: if id.starts_with("once") { Model::OneOff } else { Model::Unit },
                currency: if id.ends_with("usd") { "USD".into() } else { "CNY".into() },
                unit_price: Some(Decimal::zero()),
                per: Some(1),
                stopped: false,
                tiers: None,
            }
        };
        let version = |(second, lines): &(i64, &[&str])| Version {
            id: format!("v{second}"),
            effective_from: Instant::from_seconds(*second),
            entered_at: None,
            lines: lines.iter().map(line).collect(),
        };
        Book {
            id: format!("{scope:?}"),
            scope,
            organization: organization.map(str::to_owned),
            versions: versions.iter().map(version).collect(),
        }
    }

    #[track_caller]
    fn check(path: &[&str], plan: Option<&str>, second: i64, expected: Option<&str>) {
        let books = [
            book(Scope::Global, None, &[(0, &["g/small", "g-all", "g-usd/big", "once-g"])]),
            book(Scope::Tenant, None, &[(5, &["t-all"]), (8, &[])]),
            book(Scope::Organization, Some("r"), &[(6, &["r/small"])]),
            book(Scope::Organization, Some("a"), &[(7, &["once-a/small"])]),
        ];
        let rates = Rates::new("CNY", &books, &[]).expect("rates");
        let at = Instant::from_seconds(second);
        let line = rates.line(path, plan, Meter::MemberSeconds, LineSort::Recurring, at);
        assert_eq!(line.map(|line| line.id.as_str()), expected);
    }

    #[test]
    fn the_nearest_book_with_a_line_decides() {
        check(&["a", "r"], Some("small"), -1, None);
        check(&["a", "r"], Some("small"), 4, Some("g"));
        check(&["a", "r"], Some("big"), 4, Some("g-all"));
        check(&["a", "r"], None, 4, Some("g-all"));
        check(&["a", "r"], Some("small"), 5, Some("t-all"));
        check(&["a", "r"], Some("small"), 7, Some("r"));
        check(&["a", "r"], Some("big"), 7, Some("t-all"));
        check(&["b"], Some("small"), 7, Some("t-all"));
        check(&["b"], Some("small"), 8, Some("g"));
    }

    #[test]
    fn the_nearest_discount_wins_also_with_zero() {
        let discount = |organization: &str, second, percent: Option<i64>| Discount {
            organization: organization.into(),
            percent: percent.map(Decimal::from),
            effective_from: Instant::from_seconds(second),
            entered_at: None,
        };
        let discounts = [
            discount("r", 0, Some(10)),
            discount("a", 2, Some(0)),
            discount("a", 4, None),
            discount("a", 6, Some(20)),
        ];
        let rates = Rates::new("CNY", &[], &discounts).expect("rates");
        let percent = |second| {
            let found = rates.discount(&["a", "r"], Instant::from_seconds(second));
            percentage(found).to_string()
        };
        let shown: Vec<_> = [-1, 0, 2, 4, 6].map(percent).into();
        assert_eq!(shown, ["0", "10", "0", "10", "20"]);
    }
}
