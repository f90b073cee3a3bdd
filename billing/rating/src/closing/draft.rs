//! Bills while they are being made: which there are, which hang below which, what is on them.

use std::collections::{BTreeMap, BTreeSet};

use types::instant::Instant;
use types::interval::Interval;
use types::money::Decimal;

use crate::amount::{self, PLACES};
use crate::bill::{Gap, Line};
use crate::charge::Charge;
use crate::ground::Ground;

/// Organization and start of the stay, none without a stay; the order is the one of numbers.
pub type DraftKey = (String, Option<Instant>);

/// One bill in the making.
#[derive(Debug)]
pub struct Draft {
    /// The stay, if the organization has one in the period.
    pub stay: Option<Interval>,
    /// The bill above; none for the root.
    pub parent: Option<DraftKey>,
    /// What is on it.
    pub charges: Vec<Charge>,
    /// What is missing on it, in order.
    pub gaps: Vec<Gap>,
    /// See [`crate::bill::Bill`].
    pub own_total: Decimal,
    /// See [`crate::bill::Bill`].
    pub children_total: Decimal,
    /// See [`crate::bill::Bill`].
    pub subtree_total: Decimal,
}

/// All bills of a period in the making.
#[derive(Debug, Default)]
pub struct Drafts {
    drafts: BTreeMap<DraftKey, Draft>,
    positions: BTreeMap<DraftKey, usize>,
}

impl Drafts {
    /// An empty draft for every stay of every organization.
    pub fn of_stays(ground: &Ground<'_>, period: Interval) -> Self {
        let mut drafts = Self::default();
        for organization in ground.tree.organizations() {
            for stay in ground.tree.stays(organization, period) {
                let parent = stay.parent.map(|parent| {
                    let above = ground.tree.stays(parent, period);
                    let holder = above.iter().find(|above| {
                        above.interval.intersection(stay.interval) == Some(stay.interval)
                    });
                    (parent.to_owned(), holder.map(|holder| holder.interval.start()))
                });
                let key = (organization.to_owned(), Some(stay.interval.start()));
                drafts.drafts.insert(key, Draft::empty(Some(stay.interval), parent));
            }
        }
        drafts
    }

    /// The last bill of an organization, made without a stay if it has none.
    pub fn last_of(&mut self, ground: &Ground<'_>, organization: &str) -> DraftKey {
        let first = (organization.to_owned(), None);
        let own = self.drafts.range(first.clone()..);
        let last = own.take_while(|(key, _)| key.0 == organization).last();
        if let Some((key, _)) = last {
            return key.clone();
        }
        let parent =
            ground.tree.last_parent(organization).map(|parent| self.last_of(ground, parent));
        self.drafts.insert(first.clone(), Draft::empty(None, parent));
        first
    }

    /// Puts a charge on a bill.
    pub fn add(&mut self, key: DraftKey, charge: Charge) {
        self.draft(key).charges.push(charge);
    }

    /// Lists a gap on a bill; gaps come in order.
    pub fn declare(&mut self, key: DraftKey, gap: Gap) {
        self.draft(key).gaps.push(gap);
    }

    /// Computes all totals, from the leaves to the root.
    pub fn add_up(&mut self, places: u32) {
        let mut below: BTreeMap<DraftKey, usize> = BTreeMap::new();
        for draft in self.drafts.values() {
            if let Some(parent) = &draft.parent {
                *below.entry(parent.clone()).or_default() += 1;
            }
        }
        let zero = amount::rounded(&Decimal::zero(), places);
        for draft in self.drafts.values_mut() {
            draft.own_total = amount::rounded(&draft.sum(), places);
            (draft.subtree_total, draft.children_total) = (draft.own_total.clone(), zero.clone());
        }
        let leaves = self.drafts.keys().filter(|key| !below.contains_key(*key));
        let mut ready: BTreeSet<DraftKey> = leaves.cloned().collect();
        while let Some(key) = ready.pop_first() {
            let Some(draft) = self.drafts.get(&key) else { continue };
            let (total, parent) = (draft.subtree_total.clone(), draft.parent.clone());
            let Some(above) = parent else { continue };
            if let Some(draft) = self.drafts.get_mut(&above) {
                draft.children_total = amount::sum([&draft.children_total, &total], places);
                draft.subtree_total = amount::sum([&draft.subtree_total, &total], places);
            }
            let waiting = below.entry(above.clone()).or_default();
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 {
                ready.insert(above);
            }
        }
        self.positions = self.drafts.keys().cloned().zip(0..).collect();
    }

    /// All drafts in order of number.
    pub fn iter(&self) -> impl Iterator<Item = (&DraftKey, &Draft)> {
        self.drafts.iter()
    }

    /// The place of a draft among all, from 0; known after [`Drafts::add_up`].
    pub fn position(&self, key: &DraftKey) -> Option<usize> {
        self.positions.get(key).copied()
    }

    fn draft(&mut self, key: DraftKey) -> &mut Draft {
        self.drafts.entry(key).or_insert_with(|| Draft::empty(None, None))
    }
}

impl Draft {
    fn empty(stay: Option<Interval>, parent: Option<DraftKey>) -> Self {
        let zero = Decimal::zero();
        Self {
            stay,
            parent,
            charges: Vec::new(),
            gaps: Vec::new(),
            own_total: zero.clone(),
            children_total: zero.clone(),
            subtree_total: zero,
        }
    }

    /// Sums of charges per period, project, plan, meter and price line, in that order.
    pub fn lines(&self) -> Vec<Line> {
        let mut groups: BTreeMap<_, Vec<&Charge>> = BTreeMap::new();
        for charge in &self.charges {
            let key = &charge.key;
            let group = (key.charge_period, &key.project, &key.plan, key.meter, &key.price_line);
            groups.entry(group).or_default().push(charge);
        }
        let line = |(group, charges): (_, Vec<&Charge>)| {
            let (charge_period, project, plan, meter, price_line): (_, &String, &Option<_>, _, _) =
                group;
            let price_line: &Option<String> = price_line;
            Line {
                charge_period,
                project: project.clone(),
                plan: plan.clone(),
                meter,
                price_line: price_line.clone(),
                quantity: charges.iter().map(|charge| charge.quantity).sum(),
                amount: amount::sum(charges.iter().map(|charge| &charge.amount), PLACES),
                reason: price_line.is_none().then(|| "no price".to_owned()),
            }
        };
        groups.into_iter().map(line).collect()
    }

    /// The total less the sum of the lines.
    pub fn rounding(&self) -> Decimal {
        amount::less(&self.own_total, &self.sum(), PLACES)
    }

    fn sum(&self) -> Decimal {
        amount::sum(self.charges.iter().map(|charge| &charge.amount), PLACES)
    }
}
