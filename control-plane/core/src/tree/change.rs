//! One change of a tenant's tree: behind the tenant's lock, decided on the tree as it is there.

use control_plane_store::outbox::{self, NewAudit, NewEvent};
use control_plane_store::planned_move::{self, PlannedMove};
use control_plane_store::tree_event::{self, TreeEvent};
use control_plane_store::{InTenant as _, NodeKind, TenantTx, TreeEventKind, tenant};
use policies::permit::Permit;
use types::id::{OrganizationId, TenantId};
use types::instant::Instant;

use crate::error::{Error, Result};
use crate::nudge::Topic;
use crate::organization::Organization;
use crate::plane::SharedPlane;
use crate::planned_move::due;
use crate::project::Project;
use crate::tree::TenantTree;

/// What is written of a node, in the history from which bills know who owned what when.
pub(crate) enum Step<'r> {
    /// An organization was made, renamed, moved or deleted.
    Organization(TreeEventKind, &'r Organization),
    /// A project was.
    Project(TreeEventKind, &'r Project),
}

/// A change that is not committed yet. Nobody else changes the tree meanwhile, so two at once see
/// each other: no two siblings get one name, and no two moves make a circle together.
pub(crate) struct TreeChange<'p> {
    pub plane: &'p SharedPlane,
    pub tx: TenantTx,
    /// As it is while the lock is held.
    pub tree: TenantTree,
    /// Whether there is any budget in it.
    pub has_budgets: bool,
    /// From when on something new is there; what it was made with may begin at the same instant.
    born: Instant,
    /// From when on a change of what is there holds.
    pub at: Instant,
    /// When it was asked for, if that was earlier.
    asked: Option<Instant>,
}

impl<'p> TreeChange<'p> {
    /// Takes the lock and reads what changed. Planned moves whose instant has come are made first,
    /// so nothing that holds from later on is decided before them.
    pub async fn begin(plane: &'p SharedPlane, permit: &Permit) -> Result<Self> {
        loop {
            let change = Self::open(plane, permit).await?;
            if planned_move::next_due(&change.tx, plane.clock.now()).await?.is_none() {
                return Ok(change);
            }
            let tenant = change.tenant();
            drop(change);
            // In a box: it is rare, and as large as any move.
            Box::pin(due::make(plane, tenant)).await?;
        }
    }

    /// The same for a planned move whose instant has come: it holds from then on, and not from when
    /// somebody gets round to it. Only what the clock of another plane put behind that instant is in
    /// its way.
    pub async fn begin_due(
        plane: &'p SharedPlane,
        permit: &Permit,
        row: &PlannedMove,
    ) -> Result<Self> {
        let change = Self::open(plane, permit).await?;
        let newest = tree_event::newest(&change.tx).await?.filter(|newest| *newest > row.at);
        let at = newest.map_or(row.at, |newest| newest.shifted(1));
        Ok(Self { at, asked: Some(row.created_at), ..change })
    }

    async fn open(plane: &'p SharedPlane, permit: &Permit) -> Result<Self> {
        let tx = plane.store.begin(permit).await?;
        let held = tenant::lock(&tx).await?;
        // Through the same connection: those who wait for the lock may have all others.
        let tree = plane.rights.tree_at(&tx, held.tree_revision, plane.clock.now()).await?;
        // The clocks of two planes may differ, and the history must tell of what followed what.
        let newest = tree_event::newest(&tx).await?;
        let now = plane.clock.now();
        let born = newest.map_or(now, |newest| newest.max(now));
        let at = newest.map_or(now, |newest| newest.shifted(1).max(now));
        Ok(Self { plane, tx, tree, has_budgets: held.budgets > 0, born, at, asked: None })
    }

    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.tx.tenant()
    }

    /// An organization that is still there.
    pub fn organization(&self, id: OrganizationId) -> Result<Organization> {
        let found = self.tree.organization(id).cloned();
        found.ok_or(Error::NotFound { what: "organization" })
    }

    /// Adds to the history.
    pub async fn tell(&self, step: Step<'_>) -> Result<()> {
        let (kind, event, node, name, parent) = match step {
            Step::Organization(event, row) => {
                let above = row.parent_id.map(|parent| parent.to_string());
                (NodeKind::Organization, event, row.id.to_string(), &row.name, above)
            }
            Step::Project(event, row) => {
                let owner = Some(row.organization_id.to_string());
                (NodeKind::Project, event, row.id.to_string(), &row.name, owner)
            }
        };
        let entry = TreeEvent {
            id: self.plane.ids.next(),
            tenant_id: self.tenant(),
            kind,
            node,
            name: name.clone(),
            event,
            parent: parent.filter(|_| event != TreeEventKind::Deleted),
            effective_at: if event == TreeEventKind::Created { self.born } else { self.at },
            entered_at: self.asked.unwrap_or_else(|| self.plane.clock.now()),
        };
        Ok(tree_event::insert(&self.tx, entry).await?)
    }

    /// Something that happened to what is in an organization.
    pub fn event(&self, kind: &str, organization: OrganizationId) -> NewEvent {
        let mut event = NewEvent::new(kind, self.plane.clock.now());
        event.organization_id = Some(organization);
        event
    }

    /// The same to a project.
    pub fn event_of(&self, kind: &str, row: &Project) -> NewEvent {
        let mut event = self.event(kind, row.organization_id);
        event.project_id = Some(row.id);
        event
    }

    /// Commits, and lets everybody know.
    pub async fn commit(self, events: Vec<NewEvent>, audit: NewAudit) -> Result<()> {
        self.commit_with(events, audit, Vec::new()).await
    }

    /// The same with what else happened by it.
    pub async fn commit_with(
        self,
        mut events: Vec<NewEvent>,
        audit: NewAudit,
        more: Vec<(NewEvent, NewAudit)>,
    ) -> Result<()> {
        let tenant = self.tenant();
        let (others, more): (Vec<_>, Vec<_>) = more.into_iter().unzip();
        events.extend(others);
        let audits = std::iter::once(audit).chain(more).collect();
        outbox::record(&self.tx, events, audits).await?;
        self.tx.commit().await?;
        self.plane.rights_changed(Some(tenant));
        self.plane.nudges.send(Topic::Tenant(tenant));
        Ok(())
    }
}
