//! What an order leaves open: the only possibility, or a question.

use std::cmp::Ordering;

use graphql_client::query::instance::InstanceFilter;
use graphql_client::query::offering::{Offering, Plan};

use crate::client::Client;
use crate::command::get;
use crate::error::{Error, Result};
use crate::prompt;
use crate::terminal::Terminal;

/// The topology: as given, the only one, or as answered.
pub fn topology(terminal: &Terminal, offering: &Offering, given: Option<&str>) -> Result<String> {
    let names: Vec<String> = offering.topologies.iter().map(|one| one.name.clone()).collect();
    match given {
        // Whether it exists is the plane's to say, with all other problems at once.
        Some(given) => Ok(given.to_owned()),
        None => {
            let index = one_of(terminal, "Topology", names.clone(), "--topology")?;
            Ok(names[index].clone())
        }
    }
}

/// The plan: as given by name or id, the only one, or as answered.
pub fn plan<'a>(
    terminal: &Terminal,
    offering: &'a Offering,
    given: Option<&str>,
) -> Result<&'a Plan> {
    let names = || offering.plans.iter().map(|plan| plan.name.clone()).collect::<Vec<_>>();
    let Some(given) = given else {
        let index = one_of(terminal, "Plan", names(), "--plan")?;
        return Ok(&offering.plans[index]);
    };
    offering.plans.iter().find(|plan| plan.name == given || plan.id == given).ok_or_else(|| {
        let (offering, names) = (&offering.name, names().join(", "));
        Error::Usage(format!("--plan {given}: {offering} comes in {names}"))
    })
}

/// The newest of several versions: their numbers compared part by part.
pub fn newest(versions: &[String]) -> Option<String> {
    versions.iter().max_by(|one, other| compare(one, other)).cloned()
}

/// Asks for a name; proposes the first free one like `redis-1`.
pub async fn name(
    terminal: &Terminal,
    client: &Client,
    package: &str,
    project: &str,
) -> Result<String> {
    if !terminal.interactive {
        return Err(Error::Usage("give the new instance a name: --name NAME".into()));
    }
    let filter = InstanceFilter {
        project: Some(project.to_owned()),
        search: Some(format!("{package}-")),
        ..InstanceFilter::default()
    };
    let taken = get::instances(client, 1_000, filter).await?;
    let taken: Vec<&str> = taken.items.iter().map(|one| one.name.as_str()).collect();
    prompt::line(terminal, "Name of the instance", first_free(package, &taken), "--name")
}

fn first_free(package: &str, taken: &[&str]) -> Option<String> {
    // One more than are taken: at least one of them is free.
    (1..=taken.len() + 1)
        .map(|number| format!("{package}-{number}"))
        .find(|name| !taken.contains(&name.as_str()))
}

fn one_of(terminal: &Terminal, what: &str, names: Vec<String>, flag: &str) -> Result<usize> {
    match names.len() {
        0 => Err(Error::Usage(format!("the offering has nothing to choose for {flag}"))),
        1 => Ok(0),
        _ => prompt::choice(terminal, what, &names, flag),
    }
}

fn compare(one: &str, other: &str) -> Ordering {
    let parts = |version: &str| -> Vec<(u64, String)> {
        let part = |text: &str| (text.parse().unwrap_or(0), text.to_owned());
        version.split(['.', '-', '+', ':']).map(part).collect()
    };
    parts(one).cmp(&parts(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_is_newer_than_nine() {
        let versions = ["7.0".to_owned(), "10.1".to_owned(), "9.9.9".to_owned()];
        assert_eq!(newest(&versions).as_deref(), Some("10.1"));
        assert_eq!(newest(&[]), None);
    }

    #[test]
    fn the_first_free_name_is_proposed() {
        assert_eq!(first_free("redis", &[]).as_deref(), Some("redis-1"));
        assert_eq!(first_free("redis", &["redis-1", "redis-3"]).as_deref(), Some("redis-2"));
    }
}
