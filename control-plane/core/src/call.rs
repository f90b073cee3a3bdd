//! The context of one request: who asks, on which plane, under which request id.

use std::sync::Arc;

use control_plane_store::TenantRead;
use policies::action::Action;
use policies::permit::{FleetPermit, Permit, Scope};
use policies::role::Node;
use types::id::{RequestId, SessionId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Error, Result};
use crate::plane::{Plane, SharedPlane};
use crate::rights::Standing;

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subject.
    pub subject: SubjectId,
    /// The subject's name, for the audit.
    pub name: String,
    /// The subject's tenant; none for subjects of the installation.
    pub tenant: Option<TenantId>,
    /// The session it came through.
    pub session: SessionId,
    /// When that session ends.
    pub session_expires_at: Instant,
}

/// One request.
#[derive(Clone)]
pub struct Call {
    plane: SharedPlane,
    caller: Arc<Caller>,
    request: RequestId,
}

impl Call {
    /// Opens a call for someone whose session was checked.
    pub fn new(plane: SharedPlane, caller: Caller) -> Self {
        let request = RequestId::next(&*plane.ids);
        Self { plane, caller: Arc::new(caller), request }
    }

    /// The plane.
    pub fn plane(&self) -> &Plane {
        &self.plane
    }

    /// The plane, for what outlives the call.
    pub fn shared_plane(&self) -> SharedPlane {
        self.plane.clone()
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The request's id, for the log and for error messages.
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.plane.clock.now()
    }

    /// The caller's tenant. Subjects of the installation have none and find nothing there.
    pub fn tenant(&self) -> Result<TenantId> {
        self.caller.tenant.ok_or(Error::NotFound { what: "tenant" })
    }

    /// Rights and tree of the caller's tenant.
    pub async fn standing(&self) -> Result<Arc<Standing>> {
        self.plane.rights.of(&self.plane, self.tenant()?).await
    }

    /// Asks for one action to one target; `what` names the kind of target in a refusal.
    pub async fn permit(&self, action: Action, target: Node, what: &'static str) -> Result<Permit> {
        let standing = self.standing().await?;
        let permit = standing.rights.permit(self.caller.subject, action, target, &standing.tree);
        permit.map_err(|denied| Error::denied(denied, what))
    }

    /// What the caller may do the action to.
    pub async fn scope(&self, action: Action) -> Result<Scope> {
        let standing = self.standing().await?;
        Ok(standing.scope(self.caller.subject, action))
    }

    /// A reader for what the caller may see.
    pub async fn reader(&self) -> Result<TenantRead> {
        Ok(self.plane.store.read(&self.scope(Action::View).await?))
    }

    /// Asks for one action to the installation.
    pub async fn fleet(&self, action: Action, what: &'static str) -> Result<FleetPermit> {
        let rights = self.plane.rights.of_installation(&self.plane).await?;
        rights.fleet(self.caller.subject, action).map_err(|denied| Error::denied(denied, what))
    }

    /// Which of the actions the caller may do to the target.
    pub async fn allowed(&self, target: Node) -> Result<Vec<Action>> {
        use policies::tree::Tree as _;
        let standing = self.standing().await?;
        let Some(path) = standing.tree.path(target) else { return Ok(Vec::new()) };
        let may = |action: &Action| standing.rights.allows(self.caller.subject, *action, &path);
        Ok(Action::ALL.iter().copied().filter(may).collect())
    }
}
