//! One look at one instance through the runtime: it only asks, and judges nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use catalog::recipe::{InstanceRecipe, MemberRecipe};
use connectors::runtime::{ConnectorError, MemberSeen, ProcessChange, ProcessState};
use tokio::sync::Semaphore;
use types::id::{InstanceId, MemberId};
use types::instant::Instant;

use crate::probe;
use crate::site::{Site, Under};

/// No look takes longer; what was not seen by then cannot be said.
const LOOK_LIMIT: Duration = Duration::from_secs(15);

/// What is to be asked.
pub(super) struct Question {
    pub instance: InstanceId,
    /// Members that have a place, with the instant (in the plane's time) up to which they are
    /// known, and whether this is the first look at them.
    pub members: Vec<(MemberId, Instant, bool)>,
    /// None before all members have a place.
    pub recipe: Option<Arc<InstanceRecipe>>,
}

/// What was seen of one member.
pub(super) struct Seen {
    pub member: Result<MemberSeen, ConnectorError>,
    /// What its keeper wrote since it was last known.
    pub journal: Vec<ProcessChange>,
    /// What the health probe answered, or why it did not; none if there was nobody to ask.
    pub health: Option<Result<String, String>>,
    pub role: Option<String>,
}

/// What was seen of one instance.
pub(super) struct Glance {
    pub instance: InstanceId,
    /// Before the first question, in the plane's time.
    pub at: Instant,
    /// The work that was in hand before the first question.
    pub under: Under,
    /// A member that is missing here was not seen in time.
    pub members: BTreeMap<MemberId, Seen>,
}

/// Looks at an instance.
pub(super) async fn look(site: &Site, views: &Semaphore, question: Question) -> Glance {
    // The semaphore is never closed.
    let _turn = views.acquire().await;
    let mut glance = Glance {
        instance: question.instance,
        at: site.now(),
        under: site.under(question.instance),
        members: BTreeMap::new(),
    };
    let asking = async {
        for (member, known_to, is_first) in &question.members {
            let recipe = question.recipe.as_deref();
            let seen = ask(site, *member, site.in_own_time(*known_to), *is_first, recipe).await;
            glance.members.insert(*member, seen);
        }
    };
    tokio::select! {
        () = asking => {}
        () = site.clock.sleep(LOOK_LIMIT) => {}
    }
    glance
}

async fn ask(
    site: &Site,
    member: MemberId,
    known_to: Instant,
    is_first: bool,
    recipe: Option<&InstanceRecipe>,
) -> Seen {
    let seen = match site.runtime.see(member).await {
        Ok(seen) => seen,
        Err(error) => {
            return Seen { member: Err(error), journal: Vec::new(), health: None, role: None };
        }
    };
    let mut journal = Vec::new();
    // What happened at the very instant of the last look may have been missed by it.
    if is_first || seen.since >= known_to {
        match site.runtime.journal(member, known_to.shifted(-1)).await {
            Ok(changes) => journal = changes,
            Err(error) => {
                return Seen { member: Err(error), journal, health: None, role: None };
            }
        }
    }
    let (mut health, mut role) = (None, None);
    if let Some(recipe) = recipe
        && seen.process == ProcessState::Running
        && let Some(one) = recipe.members.iter().find(|one| one.id == member)
    {
        health = Some(answer(site, recipe, one, &one.health).await);
        role = match (&health, &one.role_probe) {
            (Some(Ok(_)), Some(probe)) => answer(site, recipe, one, probe).await.ok(),
            // Nothing gives it another one.
            (Some(Ok(_)), None) => Some(one.role.clone()),
            _ => None,
        };
    }
    Seen { member: Ok(seen), journal, health, role }
}

async fn answer(
    site: &Site,
    recipe: &InstanceRecipe,
    member: &MemberRecipe,
    probe: &catalog::recipe::Probe,
) -> Result<String, String> {
    match site.runtime.ask(member.id, &recipe.medium, &probe.question).await {
        Ok(output) => probe::judge(&probe.expect, &output),
        Err(error) => Err(error.to_string()),
    }
}
