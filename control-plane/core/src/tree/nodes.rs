//! The nodes of one kind of a tree: by id, by name, and by what is above them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use control_plane_store::organization::Organization;
use control_plane_store::project::Project;
use types::id::{OrganizationId, ProjectId};
use uuid::Uuid;

/// A node of a tree.
pub trait Node {
    /// Its id.
    type Id: Copy + Ord + From<Uuid>;
    /// Its id.
    fn id(&self) -> Self::Id;
    /// The organization above it; none above the root.
    fn above(&self) -> Option<OrganizationId>;
    /// Its name, which no sibling has.
    fn name(&self) -> &str;
    /// Whether it was deleted.
    fn is_deleted(&self) -> bool;
}

impl Node for Organization {
    type Id = OrganizationId;

    fn id(&self) -> OrganizationId {
        self.id
    }

    fn above(&self) -> Option<OrganizationId> {
        self.parent_id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
}

impl Node for Project {
    type Id = ProjectId;

    fn id(&self) -> ProjectId {
        self.id
    }

    fn above(&self) -> Option<OrganizationId> {
        Some(self.organization_id)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
}

type Below<N> = (OrganizationId, Arc<str>, <N as Node>::Id);
/// What is below: the rows themselves, since whoever asks goes through many of them.
type Children<N> = BTreeMap<Below<N>, Arc<N>>;
type Named<N> = (Arc<str>, <N as Node>::Id);

/// Living nodes. A clone shares everything until one of the two is changed.
#[derive(Debug)]
pub(super) struct Nodes<N: Node> {
    rows: Arc<BTreeMap<N::Id, Arc<N>>>,
    below: Arc<Children<N>>,
    named: Arc<BTreeSet<Named<N>>>,
}

impl<N: Node> Clone for Nodes<N> {
    fn clone(&self) -> Self {
        let (rows, below, named) = (self.rows.clone(), self.below.clone(), self.named.clone());
        Self { rows, below, named }
    }
}

impl<N: Node> Nodes<N> {
    /// Of these rows; deleted ones are left out.
    pub fn new(rows: Vec<N>) -> Self {
        let living: Vec<_> =
            rows.into_iter().filter(|row| !row.is_deleted()).map(Arc::new).collect();
        let name = |row: &N| Arc::<str>::from(row.name());
        let names: Vec<_> = living.iter().map(|row| (name(row), row.clone())).collect();
        let below = names
            .iter()
            .filter_map(|(name, row)| Some(((row.above()?, name.clone(), row.id()), row.clone())));
        let below = below.collect();
        let named = names.iter().map(|(name, row)| (name.clone(), row.id())).collect();
        let rows = living.into_iter().map(|row| (row.id(), row)).collect();
        Self { rows: Arc::new(rows), below: Arc::new(below), named: Arc::new(named) }
    }

    /// Takes in rows as they are now.
    pub fn put(&mut self, changed: Vec<N>)
    where
        N: Clone,
    {
        if changed.is_empty() {
            return;
        }
        let rows = Arc::make_mut(&mut self.rows);
        let (below, named) = (Arc::make_mut(&mut self.below), Arc::make_mut(&mut self.named));
        for row in changed {
            let id = row.id();
            if let Some(old) = rows.remove(&id) {
                let name = Arc::<str>::from(old.name());
                if let Some(above) = old.above() {
                    below.remove(&(above, name.clone(), id));
                }
                named.remove(&(name, id));
            }
            if row.is_deleted() {
                continue;
            }
            let (name, row) = (Arc::<str>::from(row.name()), Arc::new(row));
            if let Some(above) = row.above() {
                below.insert((above, name.clone(), id), row.clone());
            }
            named.insert((name, id));
            rows.insert(id, row);
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn get(&self, id: N::Id) -> Option<&N> {
        self.rows.get(&id).map(|row| &**row)
    }

    /// In order of their ids, behind one of them.
    pub fn behind(&self, after: Option<N::Id>) -> impl Iterator<Item = &N> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((from, Bound::Unbounded)).map(|(_, row)| &**row)
    }

    /// Directly below, in order of their names, behind a name.
    pub fn below(&self, above: OrganizationId, after: Option<&str>) -> impl Iterator<Item = &N> {
        let from = match after {
            None => Bound::Included((above, "".into(), Uuid::nil().into())),
            Some(name) => Bound::Excluded((above, name.into(), Uuid::max().into())),
        };
        let from = self.below.range((from, Bound::Unbounded));
        let here = from.take_while(move |((parent, _, _), _)| *parent == above);
        here.map(|(_, row)| &**row)
    }

    /// The one of this name directly below.
    pub fn child(&self, above: OrganizationId, name: &str) -> Option<&N> {
        let from = Bound::Included((above, name.into(), Uuid::nil().into()));
        let ((parent, found, _), row) = self.below.range((from, Bound::Unbounded)).next()?;
        (*parent == above && &**found == name).then_some(&**row)
    }

    /// All of this name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &N> {
        let end = |id: Uuid| Bound::Included((Arc::<str>::from(name), id.into()));
        let range = (end(Uuid::nil()), end(Uuid::max()));
        self.named.range(range).filter_map(|(_, id)| self.get(*id))
    }
}
