//! What holds for every world.

use std::collections::BTreeMap;

use billing_rating::acceptance;
use billing_rating::amount;
use billing_rating::charge::ChargeKey;
use billing_rating::files;
use billing_rating::ground::Ground;
use billing_rating::knowledge::Knowledge;
use billing_rating::rate;
use billing_rating::world::{Rated, rate as rate_world};
use proptest::prelude::*;
use serde_json::json;
use types::money::Decimal;

use crate::random::{happenings, world};

fn texts(rated: &Rated) -> [String; 3] {
    [files::bills(&rated.bills), files::charges(&rated.charges), files::decisions(&rated.decisions)]
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_superfluous_cut_changes_nothing(
        list in happenings(),
        cuts in prop::collection::vec(0..130_000i64, 0..20),
    ) {
        let plain = world(&list);
        let mut cut = plain.clone();
        for minutes in cuts {
            let at = types::instant::Instant::from_seconds(1_767_225_600 + minutes * 60 + 13);
            cut.add("discounts", json!({"organization": "nobody", "percent": "3",
                "effective_from": at}));
            cut.book("organization", Some("nobody"), &at.to_string().replace('Z', ""), json!([]));
        }
        prop_assert_eq!(texts(&plain.rate()), texts(&cut.rate()));
    }

    #[test]
    fn a_parent_is_the_sum_of_its_children(list in happenings()) {
        let rated = world(&list).rate();
        for bill in &rated.bills {
            let lines = amount::sum(bill.lines.iter().map(|line| &line.amount), 10);
            prop_assert_eq!(amount::sum([&lines, &bill.rounding], 10),
                amount::sum([&bill.own_total], 10));
            let below = rated.bills.iter()
                .filter(|child| child.period == bill.period && child.parent_bill.is_some()
                    && child.parent_bill == bill.number);
            if bill.number.is_some() {
                let children = amount::sum(below.map(|child| &child.subtree_total), 2);
                prop_assert_eq!(&children, &bill.children_total);
            }
            prop_assert_eq!(amount::sum([&bill.own_total, &bill.children_total], 2),
                bill.subtree_total.clone());
        }
        let periods: Vec<_> = rated.bills.iter().map(|bill| bill.period).collect();
        for period in periods {
            let of_period = || rated.bills.iter().filter(|bill| bill.period == period);
            let own = amount::sum(of_period().map(|bill| &bill.own_total), 2);
            let root = of_period().find(|bill| bill.parent.is_none()).expect("a root bill");
            prop_assert_eq!(own, root.subtree_total.clone());
        }
    }

    #[test]
    fn all_bills_together_are_what_rating_now_gives(list in happenings()) {
        let lines = world(&list);
        let (rated, world) = (lines.rate(), lines.world());
        let ground = Ground::new(&world.tenant, &world.tree, &world.prices.books).expect("ground");
        let replay = acceptance::replay(&world.usage, &world.lifecycle);
        let records = replay.accepted.iter().map(|(_, accepted)| &accepted.record);
        let knowledge = Knowledge::new(&world.lifecycle, records);
        let mut billed: BTreeMap<ChargeKey, (i128, Decimal)> = BTreeMap::new();
        for charge in &rated.charges {
            let sum = billed.entry(charge.key.clone()).or_insert((0, Decimal::zero()));
            sum.0 += charge.quantity;
            sum.1 = amount::sum([&sum.1, &charge.amount], 10);
        }
        billed.retain(|_, (quantity, amount)| *quantity != 0 || !amount::is_zero(amount));
        let mut now = BTreeMap::new();
        for entry in &world.tenant.periods {
            for charge in rate::period(&ground, entry.period, &knowledge).expect("charges") {
                now.insert(charge.key, (charge.quantity, charge.amount));
            }
        }
        prop_assert_eq!(billed, now);
    }

    #[test]
    fn the_order_of_lines_does_not_matter_where_instants_decide(list in happenings()) {
        let plain = world(&list);
        let mut shuffled = plain.world();
        shuffled.lifecycle.sort_by(|left, right| right.resource.cmp(&left.resource));
        shuffled.tree.sort_by(|left, right| left.id.cmp(&right.id));
        shuffled.prices.books.reverse();
        prop_assert_eq!(texts(&plain.rate()), texts(&rate_world(&shuffled).expect("rated")));
    }

    #[test]
    fn nothing_is_billed_that_was_not_metered(list in happenings()) {
        let lines = world(&list);
        let (rated, world) = (lines.rate(), lines.world());
        let mut metered: BTreeMap<_, i128> = BTreeMap::new();
        for (line, decision) in world.usage.iter().zip(&rated.decisions) {
            if decision.status == billing_rating::usage::Status::Counted {
                *metered.entry((line.resource.clone(), line.meter.clone())).or_default() +=
                    i128::from(line.quantity);
            }
        }
        let mut billed: BTreeMap<_, i128> = BTreeMap::new();
        for charge in &rated.charges {
            if charge.key.price_line.as_deref() == Some("g4") {
                continue;
            }
            let key = (charge.key.resource.clone(), charge.key.meter.to_string());
            *billed.entry(key).or_default() += charge.quantity;
        }
        for (key, quantity) in billed {
            prop_assert!(quantity <= metered[&key], "{key:?}");
            let all = key.0 == "v3" && !world.lifecycle.iter().any(|line| line.resource == key.0
                && line.state == types::instance::State::Deleted);
            prop_assert!(!all || quantity == metered[&key], "storage is billed in every state");
        }
    }
}
