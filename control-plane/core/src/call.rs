//! The context of one request: who asks, on which plane, under which request id.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use control_plane_store::instance::Instance;
use control_plane_store::{TenantRead, application_part};
use policies::action::Action;
use policies::permit::{FleetPermit, Permit, Scope};
use policies::rights::Denied;
use policies::role::Node;
use policies::tree::Tree;
use types::id::{ApplicationId, ProjectId, RequestId, SessionId, SubjectId, TenantId, TokenId};
use types::instant::Instant;

use crate::approval::Approved;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::plane::{Plane, SharedPlane};
use crate::rights::Standing;

/// What somebody came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Through {
    /// A session that was opened by signing in.
    Session(SessionId),
    /// A token of a program.
    Token(TokenId),
}

impl std::fmt::Display for Through {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Session(id) => id.fmt(out),
            Self::Token(id) => id.fmt(out),
        }
    }
}

/// Who acts as somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonator {
    /// Who it is.
    pub subject: SubjectId,
    /// That one's name.
    pub name: String,
    /// Why they do.
    pub reason: String,
}

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subject.
    pub subject: SubjectId,
    /// The subject's name, for the audit.
    pub name: String,
    /// The subject's tenant; none for subjects of the installation.
    pub tenant: Option<TenantId>,
    /// The session or token it came through.
    pub through: Through,
    /// When that ends.
    pub session_expires_at: Instant,
    /// What holds it back beyond the subject's rights; none for a session of its own.
    pub limits: Option<Arc<Limits>>,
    /// Who acts as the subject; none if it is itself.
    pub impersonated_by: Option<Arc<Impersonator>>,
}

/// One request.
#[derive(Clone)]
pub struct Call {
    plane: SharedPlane,
    caller: Arc<Caller>,
    request: RequestId,
    from: Option<IpAddr>,
    approved: Option<Arc<Approved>>,
}

impl Call {
    /// Opens a call for someone whose session was checked, and who asks from there; from nowhere
    /// what the plane does by itself as somebody.
    pub fn new(plane: SharedPlane, caller: Caller, from: Option<IpAddr>) -> Self {
        let request = RequestId::next(&*plane.ids);
        Self { plane, caller: Arc::new(caller), request, from, approved: None }
    }

    /// The same request, going on as whoever asked for what was approved by it.
    pub(crate) fn acting(&self, caller: Caller, approved: Approved) -> Self {
        let (caller, approved) = (Arc::new(caller), Some(Arc::new(approved)));
        Self { plane: self.plane.clone(), caller, request: self.request, from: self.from, approved }
    }

    /// What was approved, if this call does it.
    pub(crate) fn approved(&self) -> Option<&Approved> {
        self.approved.as_deref()
    }

    /// The plane.
    pub fn plane(&self) -> &Plane {
        &self.plane
    }

    /// The plane, for what may be done as others on the way.
    pub(crate) fn shared(&self) -> &SharedPlane {
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

    /// Where the request came from.
    pub fn from(&self) -> Option<IpAddr> {
        self.from
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

    /// What holds the caller back beyond the subject's rights.
    fn limits(&self) -> Option<&Limits> {
        self.caller.limits.as_deref()
    }

    /// Refuses whoever did not sign in as themselves: tokens, and who acts as somebody else.
    pub fn in_person(&self) -> Result<()> {
        self.limits().map_or(Ok(()), |limits| Err(limits.not_in_person()))
    }

    /// Asks for one action to one target; `what` names the kind of target in a refusal.
    pub async fn permit(&self, action: Action, target: Node, what: &'static str) -> Result<Permit> {
        let standing = self.standing().await?;
        let (subject, tree) = (self.caller.subject, &standing.tree);
        let ask = |action| standing.rights.permit(subject, action, target, tree);
        self.within_limits(action, (target, what), tree, ask)
    }

    /// Asks for one action to an instance: by its project, and by its applications if anything is
    /// bound at applications that concerns the caller.
    pub async fn permit_part(&self, action: Action, part: &Instance) -> Result<Permit> {
        let standing = self.standing().await?;
        let (subject, tree) = (self.caller.subject, &standing.tree);
        let project = Node::Project(part.project_id);
        if !standing.rights.minds_applications(subject) {
            return self.permit(action, project, "instance").await;
        }
        let reader = self.plane.store.read(&self.scope(Action::View).await?);
        let rows = application_part::of_instance(&reader, part.id).await?;
        let applications: Vec<_> = rows.into_iter().map(|row| row.application_id).collect();
        let of = (part.project_id, applications.as_slice());
        let ask = |action| standing.rights.permit_part(subject, action, of, tree);
        self.within_limits(action, (project, "instance"), tree, ask)
    }

    fn within_limits(
        &self,
        action: Action,
        (target, what): (Node, &'static str),
        tree: &dyn Tree,
        ask: impl Fn(Action) -> Result<Permit, Denied>,
    ) -> Result<Permit> {
        let permit = |action| ask(action).map_err(|denied| Error::denied(denied, what));
        let Some(limits) = self.limits() else { return permit(action) };
        if !limits.reach(target, tree) {
            return Err(Error::NotFound { what });
        }
        let permitted = permit(action)?;
        if !limits.allow(action) {
            // Only who may see the target is told why.
            return Err(
                permit(Action::View).map_or_else(|hidden| hidden, |_| limits.refusal(action))
            );
        }
        Ok(limits.narrow(permitted, tree))
    }

    /// Whether anything is bound at applications that concerns the caller: if not, nobody need know
    /// what an instance is in.
    pub async fn minds_applications(&self) -> Result<bool> {
        Ok(self.standing().await?.rights.minds_applications(self.caller.subject))
    }

    /// What the caller may do the action to.
    pub async fn scope(&self, action: Action) -> Result<Scope> {
        let standing = self.standing().await?;
        let subject = self.caller.subject;
        Ok(match self.limits() {
            Some(limits) if limits.allow(action) => {
                standing.scope_within(subject, action, limits.node)
            }
            Some(limits) => {
                limits.restrict(standing.scope(subject, action), action, &standing.tree)
            }
            None => standing.scope(subject, action),
        })
    }

    /// The same in another tree of the tenant, e.g. that of an earlier instant.
    pub async fn scope_in(&self, action: Action, tree: &dyn Tree) -> Result<Scope> {
        let standing = self.standing().await?;
        let scope = standing.rights.scope(self.caller.subject, action, tree);
        Ok(match self.limits() {
            Some(limits) => limits.restrict(scope, action, tree),
            None => scope,
        })
    }

    /// A reader for what the caller may see.
    pub async fn reader(&self) -> Result<TenantRead> {
        Ok(self.plane.store.read(&self.scope(Action::View).await?))
    }

    /// Asks for one action to the installation.
    pub async fn fleet(&self, action: Action, what: &'static str) -> Result<FleetPermit> {
        let rights = self.plane.rights.of_installation(&self.plane).await?;
        let permit = rights.fleet(self.caller.subject, action);
        let permit = permit.map_err(|denied| Error::denied(denied, what))?;
        match self.limits() {
            Some(limits) if limits.node.is_some() => Err(Error::NotFound { what }),
            Some(limits) if !limits.allow(action) => Err(limits.refusal(action)),
            _ => Ok(permit),
        }
    }

    /// Which of the actions the caller may do to anything at all. What is allowed anywhere is allowed
    /// where a role that says it is bound, so no more than those places are looked at.
    pub async fn allowed_somewhere(&self) -> Result<BTreeSet<Action>> {
        if self.caller.tenant.is_none() {
            let rights = self.plane.rights.of_installation(&self.plane).await?;
            let given = rights.actions(self.caller.subject, &[Node::Installation]);
            let left = |action: &Action| self.limits().is_none_or(|limits| limits.allow(*action));
            return Ok(given.into_iter().filter(left).collect());
        }
        let standing = self.standing().await?;
        let bound = standing.rights.bindings_of(self.caller.subject).map(|binding| binding.node);
        // A token that is for less than a binding holds for what it is for.
        let narrowed = self.limits().and_then(|limits| limits.node);
        let mut allowed = BTreeSet::new();
        for node in bound.chain(narrowed).collect::<BTreeSet<_>>() {
            allowed.extend(self.allowed(node).await?);
        }
        Ok(allowed)
    }

    /// Which of the actions the caller may do to the target.
    pub async fn allowed(&self, target: Node) -> Result<Vec<Action>> {
        let standing = self.standing().await?;
        Ok(self.allowed_in(&standing, target))
    }

    /// The same by rights and a tree that are held.
    pub(crate) fn allowed_in(&self, standing: &Standing, target: Node) -> Vec<Action> {
        let path = standing.tree.path(target);
        path.map_or_else(Vec::new, |path| self.allowed_on(standing, target, &path))
    }

    /// Which of the actions the caller may do to an instance in a project and in applications.
    pub async fn allowed_part(
        &self,
        project: ProjectId,
        applications: &[ApplicationId],
    ) -> Result<Vec<Action>> {
        let standing = self.standing().await?;
        let path = policies::rights::path_of_part(project, applications, &standing.tree);
        let Some(path) = path else { return Ok(Vec::new()) };
        Ok(self.allowed_on(&standing, Node::Project(project), &path))
    }

    fn allowed_on(&self, standing: &Standing, target: Node, path: &[Node]) -> Vec<Action> {
        let limits = self.limits();
        if limits.is_some_and(|limits| !limits.reach(target, &standing.tree)) {
            return Vec::new();
        }
        let may = |action: &Action| {
            limits.is_none_or(|limits| limits.allow(*action))
                && standing.rights.allows(self.caller.subject, *action, path)
        };
        Action::ALL.iter().copied().filter(may).collect()
    }
}
