//! Quotas, budgets and approval rules of a document: what is wrong, and what has to be done.

use std::collections::BTreeSet;

use super::{Known, Places, Problems, Step};
use crate::query::approval::Covered;
use crate::structure::limit::{Budget, Quota, Rule};
use crate::structure::{At, Structure};

/// Tells what is set twice, at places where nothing can be set, and what points nowhere.
pub(super) fn problems(
    problems: &mut Problems,
    places: &Places<'_>,
    wanted: &Structure,
    known: &Known,
) {
    let quota = |one: &Quota| format!("{} at {}", one.meter, one.at);
    problems.once("quota of", wanted.quotas.iter().map(quota));
    problems.once("budget of", wanted.budgets.iter().map(|one| one.at.to_string()));
    for one in &wanted.quotas {
        places.need(problems, "quota", &one.at);
        limited(problems, "quota", &one.at);
    }
    for one in &wanted.budgets {
        places.need(problems, "budget", &one.at);
        limited(problems, "budget", &one.at);
    }
    for one in &wanted.approval_rules {
        places.need(problems, "approval rule", &one.at);
        let is_there = !matches!(one.at, At::Application(_));
        let told = "approval rule: it holds at the tenant, an organization or a project";
        problems.need(is_there, told.to_owned());
        problems_of_rule(problems, one, known);
    }
}

fn problems_of_rule(problems: &mut Problems, rule: &Rule, known: &Known) {
    for mutation in &rule.mutations {
        let missing = format!("approval rule: nothing is called {mutation} that takes an approval");
        problems.need(mutation.parse::<Covered>().is_ok(), missing);
    }
    for package in &rule.packages {
        let missing = format!("approval rule: there is no package {package}");
        problems.need(known.offerings.contains_key(package), missing);
    }
    for plan in &rule.plans {
        let found = plan.split_once('/').and_then(|(package, plan)| {
            known.offerings.get(package).filter(|offered| offered.plans.contains(plan))
        });
        // One that is offered no more is told by its id.
        let is_there = found.is_some() || known.kept_plans.contains(plan);
        problems.need(is_there, format!("approval rule: there is no plan {plan}"));
    }
}

fn limited(problems: &mut Problems, what: &str, at: &At) {
    let is_there = matches!(at, At::Organization(_) | At::Project(_));
    problems.need(is_there, format!("{what}: it holds at an organization or a project"));
}

/// Quotas, then budgets. No quota may be above one higher up at any time: what is lowered comes first,
/// from below, then what is raised or new, from above.
pub(super) fn steps(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let is_lowered = |one: &&Quota| {
        let is_same = |there: &&Quota| there.at == one.at && there.meter == one.meter;
        now.quotas.iter().find(is_same).is_some_and(|there| one.limit < there.limit)
    };
    let mut quotas: Vec<&Quota> =
        wanted.quotas.iter().filter(|one| !now.quotas.contains(one)).collect();
    quotas.sort_by_key(|one| depth(&one.at));
    let (lowered, others): (Vec<_>, Vec<_>) = quotas.into_iter().partition(is_lowered);
    let quotas = lowered.into_iter().rev().chain(others);
    let is_set = |one: &&Budget| now.budgets.contains(one);
    let budgets = wanted.budgets.iter().filter(|one| !is_set(one));
    quotas.cloned().map(Step::SetQuota).chain(budgets.cloned().map(Step::SetBudget)).collect()
}

/// Approval rules like which there is none yet.
pub(super) fn rules(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let mut there: Vec<&Rule> = now.approval_rules.iter().collect();
    let mut steps = Vec::new();
    for one in &wanted.approval_rules {
        // Of two that are alike in the document, one that is there is but one of them.
        match there.iter().position(|rule| *rule == one) {
            Some(place) => {
                there.swap_remove(place);
            }
            None => steps.push(Step::CreateRule(one.clone())),
        }
    }
    steps
}

/// Plans of rules that are there, and that no package offers.
pub fn kept_plans(now: &Structure) -> BTreeSet<String> {
    let plans = now.approval_rules.iter().flat_map(|rule| rule.plans.iter());
    plans.filter(|plan| !plan.contains('/')).cloned().collect()
}

/// How far below the root a place is: what is above is limited first.
fn depth(at: &At) -> usize {
    match at {
        At::Tenant => 0,
        At::Organization(path) if path.is_empty() => 0,
        At::Organization(path) | At::Project(path) | At::Application(path) => {
            1 + path.matches('/').count()
        }
    }
}
