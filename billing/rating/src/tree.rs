//! `tree.jsonl` and what follows from it: paths of organizations, stays, owners of projects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::instant::Instant;
use types::interval::Interval;

use crate::error::RatingError;
use crate::timeline::{FOREVER, Timeline};

/// A line of `tree.jsonl`: an organization or project was created, moved or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEvent {
    /// What it happened to.
    pub kind: NodeKind,
    /// Its id.
    pub id: String,
    /// Its name, for readers.
    pub name: Option<String>,
    /// What happened.
    pub event: NodeEvent,
    /// The organization above, or the owner of the project; null for the root and for `deleted`.
    pub parent: Option<String>,
    /// From when on it is so.
    pub effective_at: Instant,
    /// When it was entered.
    pub entered_at: Option<Instant>,
}

/// Organization or project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// An organization.
    Organization,
    /// A project.
    Project,
}

/// What happened to a node of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeEvent {
    /// It came to be below `parent`.
    Created,
    /// It is below `parent` from now on.
    Moved,
    /// It is gone.
    Deleted,
}

/// The longest time in which an organization exists and its whole path to the root is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<'w> {
    /// From the first instant.
    pub start: Instant,
    /// To the first instant behind; [`FOREVER`] while it lasts.
    pub end: Instant,
    /// The organization, its parent, and so on to the root.
    pub path: Arc<[&'w str]>,
}

/// A time in which a project has one owner, whose path stays the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement<'w> {
    /// The project.
    pub project: &'w str,
    /// From the first instant.
    pub start: Instant,
    /// To the first instant behind.
    pub end: Instant,
    /// The stretch of the owner that this lies in.
    pub stretch: Stretch<'w>,
}

/// A stretch of an organization cut to a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay<'w> {
    /// When.
    pub interval: Interval,
    /// The organization above; none for the root.
    pub parent: Option<&'w str>,
}

/// Where everything was at any instant.
#[derive(Clone, Debug)]
pub struct Tree<'w> {
    stretches: BTreeMap<&'w str, Vec<Stretch<'w>>>,
    last_parents: BTreeMap<&'w str, Option<&'w str>>,
    placements: Vec<Placement<'w>>,
    of_project: BTreeMap<&'w str, std::ops::Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'w> {
    Top,
    Below(&'w str),
    Gone,
}

type Nodes<'w> = BTreeMap<&'w str, Timeline<Place<'w>>>;

impl<'w> Tree<'w> {
    /// Reads the events, which are in order of recording for one instant.
    pub fn new(events: &'w [TreeEvent]) -> Result<Self, RatingError> {
        let organizations = nodes(events, NodeKind::Organization);
        let mut stretches = BTreeMap::new();
        for organization in organizations.keys() {
            stretches.insert(*organization, stretches_of(&organizations, organization)?);
        }
        let last_parents = organizations
            .iter()
            .map(|(id, line)| {
                let last = line.steps().iter().rev().find(|step| step.1 != Place::Gone);
                (*id, last.and_then(|step| parent_of(step.1)))
            })
            .collect();
        let mut tree =
            Self { stretches, last_parents, placements: Vec::new(), of_project: BTreeMap::new() };
        for (project, owners) in nodes(events, NodeKind::Project) {
            let first = tree.placements.len();
            tree.place(project, &owners);
            tree.of_project.insert(project, first..tree.placements.len());
        }
        Ok(tree)
    }

    /// The index of the placement of a project at an instant, for [`Tree::placement`].
    pub fn placed(&self, project: &str, at: Instant) -> Option<usize> {
        let range = self.of_project.get(project)?.clone();
        let first = range.start;
        let count = self.placements[range].partition_point(|each| each.start <= at);
        let index = first + count.checked_sub(1)?;
        (at < self.placements[index].end).then_some(index)
    }

    /// One placement by the index that [`Tree::placed`] gave.
    pub fn placement(&self, index: usize) -> &Placement<'w> {
        &self.placements[index]
    }

    /// All placements of a project, in order.
    pub fn placements(&self, project: &str) -> &[Placement<'w>] {
        self.of_project.get(project).map_or(&[], |range| &self.placements[range.clone()])
    }

    /// The path of an organization at an instant, itself first.
    pub fn path(&self, organization: &str, at: Instant) -> Option<&[&'w str]> {
        let stretches = self.stretches.get(organization)?;
        stretches
            .iter()
            .find(|stretch| stretch.start <= at && at < stretch.end)
            .map(|stretch| &*stretch.path)
    }

    /// All organizations that ever were, in order of id.
    pub fn organizations(&self) -> impl Iterator<Item = &'w str> {
        self.stretches.keys().copied()
    }

    /// The stays of an organization in a period, in order.
    pub fn stays(&self, organization: &str, period: Interval) -> Vec<Stay<'w>> {
        let stretches = self.stretches.get(organization).map_or(&[][..], Vec::as_slice);
        let cut = |stretch: &Stretch<'w>| {
            let (start, end) = (stretch.start.max(period.start()), stretch.end.min(period.end()));
            let interval = Interval::new(start, end).ok()?;
            Some(Stay { interval, parent: stretch.path.get(1).copied() })
        };
        stretches.iter().filter_map(cut).collect()
    }

    /// The parent an organization has, or had when it was deleted.
    pub fn last_parent(&self, organization: &str) -> Option<&'w str> {
        self.last_parents.get(organization).copied().flatten()
    }

    fn place(&mut self, project: &'w str, owners: &Timeline<Place<'w>>) {
        let mut owned: Vec<(Instant, Instant, &'w str)> = Vec::new();
        for (start, end, place) in owners.segments() {
            let Some(owner) = parent_of(*place) else { continue };
            match owned.last_mut() {
                Some(last) if last.1 == start && last.2 == owner => last.1 = end,
                _ => owned.push((start, end, owner)),
            }
        }
        for (start, end, owner) in owned {
            let stretches = self.stretches.get(owner).map_or(&[][..], Vec::as_slice);
            for stretch in stretches {
                let (start, end) = (start.max(stretch.start), end.min(stretch.end));
                if start < end {
                    let stretch = stretch.clone();
                    self.placements.push(Placement { project, start, end, stretch });
                }
            }
        }
    }
}

fn nodes(events: &[TreeEvent], kind: NodeKind) -> Nodes<'_> {
    let mut steps: BTreeMap<&str, Vec<(Instant, Place<'_>)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == kind) {
        let place = match (event.event, event.parent.as_deref()) {
            (NodeEvent::Deleted, _) => Place::Gone,
            (_, Some(parent)) => Place::Below(parent),
            (_, None) => Place::Top,
        };
        steps.entry(&event.id).or_default().push((event.effective_at, place));
    }
    steps.into_iter().map(|(id, steps)| (id, Timeline::new(steps))).collect()
}

fn parent_of(place: Place<'_>) -> Option<&str> {
    match place {
        Place::Below(parent) => Some(parent),
        Place::Top | Place::Gone => None,
    }
}

fn stretches_of<'w>(
    nodes: &Nodes<'w>,
    organization: &'w str,
) -> Result<Vec<Stretch<'w>>, RatingError> {
    let mut stretches: Vec<Stretch<'w>> = Vec::new();
    let mut next = nodes[organization].steps().first().map(|step| step.0);
    while let Some(start) = next {
        let (path, until) = path_from(nodes, organization, start)?;
        next = until;
        let Some(path) = path else { continue };
        let end = until.unwrap_or(FOREVER);
        match stretches.last_mut() {
            Some(last) if last.end == start && *last.path == *path => last.end = end,
            _ => stretches.push(Stretch { start, end, path: path.into() }),
        }
    }
    Ok(stretches)
}

/// The path at an instant, and the next instant at which anything happens to a node of it.
fn path_from<'w>(
    nodes: &Nodes<'w>,
    organization: &'w str,
    at: Instant,
) -> Result<(Option<Vec<&'w str>>, Option<Instant>), RatingError> {
    let mut path = Vec::new();
    let mut seen = BTreeSet::new();
    let mut until: Option<Instant> = None;
    let mut here = organization;
    loop {
        if !seen.insert(here) {
            return Err(RatingError::Tree { organization: organization.to_owned(), at });
        }
        let Some((id, line)) = nodes.get_key_value(here) else { return Ok((None, until)) };
        path.push(*id);
        until = [until, line.next_after(at)].into_iter().flatten().min();
        match line.at(at) {
            Some(Place::Below(parent)) => here = parent,
            Some(Place::Top) => return Ok((Some(path), until)),
            Some(Place::Gone) | None => return Ok((None, until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: NodeKind, id: &str, parent: Option<&str>, second: i64) -> TreeEvent {
        TreeEvent {
            kind,
            id: id.into(),
            name: None,
            event: NodeEvent::Moved,
            parent: parent.map(str::to_owned),
            effective_at: Instant::from_seconds(second),
            entered_at: None,
        }
    }

    fn organization(id: &str, parent: Option<&str>, second: i64) -> TreeEvent {
        event(NodeKind::Organization, id, parent, second)
    }

    #[track_caller]
    fn check(events: &[TreeEvent], id: &str, expected: &[(i64, i64, &str)]) {
        let tree = Tree::new(events).expect("a tree");
        let shown: Vec<_> = tree.stretches[id]
            .iter()
            .map(|each| {
                (
                    each.start.seconds(),
                    each.end.min(Instant::from_seconds(99)).seconds(),
                    each.path.join("<"),
                )
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(start, end, path)| (*start, *end, (*path).to_owned())).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_move_of_an_ancestor_cuts_all_below() {
        let events = [
            organization("r", None, 0),
            organization("a", Some("r"), 1),
            organization("b", Some("r"), 1),
            organization("c", Some("a"), 2),
            organization("a", Some("b"), 7),
            organization("a", Some("b"), 8),
        ];
        check(&events, "c", &[(2, 7, "c<a<r"), (7, 99, "c<a<b<r")]);
        check(&events, "b", &[(1, 99, "b<r")]);
    }

    #[test]
    fn two_may_change_places_over_time() {
        let events = [
            organization("r", None, 0),
            organization("a", Some("r"), 0),
            organization("b", Some("a"), 0),
            organization("b", Some("r"), 5),
            organization("a", Some("b"), 5),
        ];
        check(&events, "a", &[(0, 5, "a<r"), (5, 99, "a<b<r")]);
        check(&events, "b", &[(0, 5, "b<a<r"), (5, 99, "b<r")]);
    }

    #[test]
    fn nobody_is_above_itself() {
        let events = [organization("a", Some("b"), 3), organization("b", Some("a"), 3)];
        let error = Tree::new(&events).map(|_| ()).expect_err("a cycle");
        assert_eq!(error.code(), "TREE");
    }

    #[test]
    fn a_project_is_placed_by_owner_and_path() {
        let mut events = vec![
            organization("r", None, 0),
            organization("a", Some("r"), 0),
            organization("b", Some("r"), 0),
            event(NodeKind::Project, "p", Some("a"), 1),
            event(NodeKind::Project, "p", Some("b"), 5),
            organization("b", Some("a"), 6),
        ];
        events.push(TreeEvent {
            event: NodeEvent::Deleted,
            parent: None,
            ..event(NodeKind::Project, "p", None, 9)
        });
        let tree = Tree::new(&events).expect("a tree");
        let owner = |second| {
            let placed = tree.placed("p", Instant::from_seconds(second));
            placed.map(|index| tree.placement(index).stretch.path.join("<"))
        };
        assert_eq!(owner(0), None);
        assert_eq!(owner(4).as_deref(), Some("a<r"));
        assert_eq!(owner(5).as_deref(), Some("b<r"));
        assert_eq!(owner(8).as_deref(), Some("b<a<r"));
        assert_eq!(owner(9), None);
    }
}
