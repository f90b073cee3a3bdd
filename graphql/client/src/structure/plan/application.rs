//! Applications of a document: what is wrong with them, and what has to be done for them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Places, Problems, Step, instance};
use crate::structure::{Application, At, Structure};

/// By the part, what it needs.
type Needs<'d> = BTreeMap<&'d str, BTreeSet<&'d str>>;

/// Tells what points nowhere, what cannot be changed, and what would need itself.
pub(super) fn problems(
    problems: &mut Problems,
    places: &Places<'_>,
    now: &Structure,
    wanted: &Structure,
) {
    let there: BTreeMap<_, _> = now.applications.iter().map(|one| (one.path(), one)).collect();
    let mut instances = instance::paths(now);
    instances.extend(instance::paths(wanted));
    for one in &wanted.applications {
        let (path, above) = (one.path(), At::Organization(one.organization.clone()));
        let there = there.get(&path).copied();
        places.need(problems, &format!("application {path}"), &above);
        for part in &one.parts {
            let missing = format!("application {path}: there is no instance {part}");
            problems.need(instances.contains(part), missing);
        }
        let is_same = there.is_none_or(|it| it.exclusive == one.exclusive);
        let differs = "whether it is exclusive differs from what is there, and stays";
        problems.need(is_same, format!("application {path}: {differs}"));
        let is_part = |part: &String| {
            one.parts.contains(part) || there.is_some_and(|it| it.parts.contains(part))
        };
        for part in one.needs.iter().flat_map(|(part, needs)| std::iter::once(part).chain(needs)) {
            let missing =
                format!("application {path}: {part}, which needs or is needed, is no part");
            problems.need(is_part(part), missing);
        }
        if let Some(cycle) = cycle(&together(there, one)) {
            let first = cycle.first().copied().unwrap_or_default();
            let chain = format!("{} needs {first}", cycle.join(" needs "));
            problems
                .need(false, format!("application {path}: nothing can need itself, and {chain}"));
        }
    }
}

/// What is needed once the document is taken: dependencies that are there stay.
fn together<'d>(there: Option<&'d Application>, wanted: &'d Application) -> Needs<'d> {
    let mut needs = Needs::new();
    for (part, of) in there.into_iter().chain([wanted]).flat_map(|one| &one.needs) {
        needs.entry(part).or_default().extend(of.iter().map(String::as_str));
    }
    needs
}

/// Parts of which each needs the next and the last one the first; none if nothing needs itself.
fn cycle<'d>(needs: &Needs<'d>) -> Option<Vec<&'d str>> {
    let of = |part: &str| needs.get(part).into_iter().flatten().copied();
    let mut harmless = BTreeSet::new();
    for start in needs.keys() {
        let mut path = vec![(*start, of(start))];
        while let Some((part, rest)) = path.last_mut() {
            match rest.next() {
                None => {
                    harmless.insert(*part);
                    path.pop();
                }
                Some(next) if harmless.contains(next) => {}
                Some(next) => match path.iter().position(|(part, _)| *part == next) {
                    Some(first) => {
                        return Some(path[first..].iter().map(|(part, _)| *part).collect());
                    }
                    None => path.push((next, of(next))),
                },
            }
        }
    }
    None
}

/// Applications, then what is in each, then what that needs.
pub(super) fn steps(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let known: BTreeMap<_, _> = now.applications.iter().map(|one| (one.path(), one)).collect();
    let mut steps = Vec::new();
    for one in &wanted.applications {
        let there = known.get(&one.path()).copied();
        match there {
            None => steps.push(Step::CreateApplication(one.clone())),
            Some(it) if it.title == one.title && it.description == one.description => {}
            Some(_) => steps.push(Step::WordApplication(one.clone())),
        }
        let is_new = |part: &&String| there.is_none_or(|it| !it.parts.contains(*part));
        let add = |part: &String| Step::AddPart { application: one.path(), part: part.clone() };
        steps.extend(one.parts.iter().filter(is_new).map(add));
        steps.extend(dependencies(there, one));
    }
    steps
}

/// Those that are not there yet.
fn dependencies(there: Option<&Application>, wanted: &Application) -> Vec<Step> {
    let pairs =
        wanted.needs.iter().flat_map(|(part, of)| of.iter().map(move |needs| (part, needs)));
    let is_new = |(part, needs): &(&String, &String)| {
        let known = there.and_then(|it| it.needs.get(*part));
        !known.is_some_and(|known| known.contains(*needs))
    };
    let step = |(part, needs): (&String, &String)| Step::Depend {
        application: wanted.path(),
        part: part.clone(),
        needs: needs.clone(),
    };
    pairs.filter(is_new).map(step).collect()
}
