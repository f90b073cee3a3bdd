//! The index decides as Casbin's own evaluator does, in random worlds; `make rights` compares more.

#[path = "oracle/compare.rs"]
mod compare;

use compare::{Oracle, Tally, World};
use policies::rights::Rights;
use policies::role::{Effect, Rules};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const DECISIONS: usize = 100_000;

#[tokio::test]
async fn the_index_decides_as_casbin_does_also_after_moves() {
    let mut tally = Tally::default();
    while tally.decisions < DECISIONS {
        tally.add(Tally::of_world(tally.worlds).await.expect("no difference"));
    }
    let Tally { decisions, allowed, worlds } = tally;
    println!("{decisions} decisions in {worlds} worlds, {allowed} allowed: no difference");
    let share = allowed * 10 / decisions;
    assert!((1..9).contains(&share), "both answers are given often");
}

/// Whether the comparison notices that one rule of those that `left_out` finds is not in the index.
async fn is_noticed(left_out: impl Fn(&mut Rules) -> bool) -> bool {
    for seed in 0..50 {
        let random = &mut StdRng::seed_from_u64(seed);
        let world = World::draw(random);
        let mut rules = world.rules(random);
        let mut oracle = Oracle::new(&rules).await;
        if !left_out(&mut rules) {
            continue;
        }
        let rights = Rights::compile(rules).await.expect("rights compile");
        if Tally::default().compare(&world, &rights, &mut oracle).is_err() {
            return true;
        }
    }
    false
}

fn without_binding(rules: &mut Rules, effect: Effect) -> bool {
    let found = rules.bindings.iter().position(|binding| binding.effect == effect);
    found.map(|place| rules.bindings.remove(place)).is_some()
}

#[tokio::test]
async fn a_rule_that_is_left_out_is_noticed() {
    assert!(is_noticed(|rules| without_binding(rules, Effect::Allow)).await, "what is allowed");
    assert!(is_noticed(|rules| without_binding(rules, Effect::Deny)).await, "what is denied");
    assert!(is_noticed(|rules| rules.memberships.pop().is_some()).await, "who is in a group");
    let without_part = |rules: &mut Rules| {
        let mut many = rules.roles.iter_mut().filter(|role| role.parts.len() > 1);
        many.next().and_then(|role| role.parts.pop_last()).is_some()
    };
    assert!(is_noticed(without_part).await, "what a role is made of");
    assert!(!is_noticed(|_| true).await, "nothing was left out");
}
