//! Bills of a month that is not closed: rated from what is there, for one organization and what is
//! below it.

use std::collections::BTreeSet;
use std::sync::Arc;

use billing_rating::bill::Bill;
use billing_rating::calendar::Period;
use billing_rating::closing::Closed;
use billing_rating::ground::Ground;
use billing_rating::tree::NodeKind;
use control_plane_core::error::Result;
use control_plane_store::TenantRead;
use types::id::{OrganizationId, ProjectId};
use types::interval::Interval;

use crate::bill::Shown;
use crate::month::{self, Question};
use crate::period::Month;
use crate::source::Source;

/// Most projects that rows are asked for by name; beyond, all of the tenant are read.
const PROJECTS_MAX: usize = 5_000;

/// Rates the month for an organization; answers its last bill.
pub(super) async fn rate(
    reader: TenantRead,
    source: Arc<Source>,
    months: &[Month],
    period: Period,
    organization: OrganizationId,
) -> Result<(Shown, Option<Bill>)> {
    let text = organization.to_string();
    let interval = source.calendar()?.interval(period);
    let projects = projects(&source, &source.ground()?, &text, interval);
    let question = Question { period, closed_at: None, projects };
    let rated = month::rate(&reader, &source, months, question).await?;
    let bill = rated.closed.bills.iter().rfind(|bill| bill.organization == text).cloned();
    let complete_to = month::complete_to(&reader, &rated.cells).await?;
    let complete_to = complete_to.map(|mark| mark.min(interval.end()));
    Ok((Shown { reader, source, provisional: Some(rated.closed), complete_to }, bill))
}

/// The bills that add to one. A provisional bill has no number to refer to, so they are found by
/// the rule that makes the reference: a stay lies in exactly one stay of its parent.
pub(super) fn below(month: &Closed, bill: &Bill) -> Vec<Bill> {
    let last_of =
        |organization: &str| month.bills.iter().rfind(|each| each.organization == organization);
    let is_below = |each: &&Bill| {
        if each.parent.as_deref() != Some(&bill.organization) {
            return false;
        }
        match (each.stay, bill.stay) {
            (Some(inner), Some(outer)) => inner.intersection(outer) == Some(inner),
            (Some(_), None) => false,
            // Without a stay it adds to the last bill of its last parent.
            (None, own) => last_of(&bill.organization).is_some_and(|last| last.stay == own),
        }
    };
    month.bills.iter().filter(is_below).cloned().collect()
}

/// The projects whose usage can stand on a bill of the organization or below it; none for all.
fn projects(
    source: &Source,
    ground: &Ground<'_>,
    organization: &str,
    period: Interval,
) -> Option<Vec<ProjectId>> {
    if source.tenant.root == organization {
        return None;
    }
    let tree = &ground.tree;
    let mut below = BTreeSet::new();
    for each in tree.organizations() {
        let stays = tree.stays(each, period);
        let mut is_below = stays.iter().any(|stay| {
            let path = tree.path(each, stay.interval.start());
            path.is_some_and(|path| path.contains(&organization))
        });
        // Corrections for one that was deleted stand below its last parent.
        let mut above = Some(each);
        while let Some(here) = above {
            is_below |= here == organization;
            above = tree.last_parent(here);
        }
        if is_below {
            below.insert(each);
        }
    }
    let nodes = source.tree.iter().filter(|event| event.kind == NodeKind::Project);
    let ids: BTreeSet<&str> = nodes.map(|event| event.id.as_str()).collect();
    let owned = ids.into_iter().filter(|project| {
        tree.placements(project).iter().any(|each| below.contains(each.stretch.path[0]))
    });
    let owned: Vec<_> = owned.filter_map(|project| project.parse().ok()).collect();
    (owned.len() <= PROJECTS_MAX).then_some(owned)
}
