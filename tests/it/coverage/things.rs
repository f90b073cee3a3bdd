//! What somebody has, by kinds, and ids that nobody has.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::User;
use tests::world::World;
use types::id::{
    ApplicationId, ApprovalId, ApprovalRuleId, BindingId, CellId, GroupId, IdentityProviderId,
    InstanceId, OfferingId, OperationId, OrganizationId, PlanId, PlannedMoveId, ProjectId, RoleId,
    SessionId, SubjectId, SystemIds, TokenId,
};

use super::approval::waiting;
use super::tree::planned;
use super::{Access, Kind};

/// The ids and names that somebody has.
pub(super) struct Things {
    /// What only the administrators of tenants have.
    pub access: Option<Access>,
    pub application: String,
    pub approval: String,
    pub instance: String,
    pub operation: String,
    pub organization: String,
    /// Offered to its tenant alone; what an organization has of it, its siblings have as well.
    pub plan: Option<String>,
    pub planned_move: String,
    pub project: String,
    pub names: [&'static str; 3],
    pub subject: String,
    pub session: String,
    pub token: String,
    pub program: String,
}

impl Things {
    /// All ids and names.
    pub fn everything(&self) -> Vec<String> {
        let kinds = [Kind::Any, Kind::Instance, Kind::Organization, Kind::Project, Kind::Subject];
        let more = [
            Kind::Application,
            Kind::Session,
            Kind::Token,
            Kind::PlannedMove,
            Kind::Program,
            Kind::At,
            Kind::Binding,
            Kind::Group,
            Kind::Role,
        ];
        let all: BTreeSet<_> = kinds.iter().chain(&more).flat_map(|kind| self.of(*kind)).collect();
        all.into_iter().collect()
    }

    pub fn of(&self, kind: Kind) -> Vec<String> {
        let name = |index: usize| self.names[index].to_owned();
        let access = |id: fn(&Access) -> &String| self.access.iter().map(id).cloned().collect();
        match kind {
            Kind::Application => vec![self.application.clone(), format!("{}-suite", name(0))],
            Kind::Approval => vec![self.approval.clone()],
            Kind::ApprovalRule => access(|made| &made.rule),
            Kind::At => access(|made| &made.node),
            Kind::Binding => access(|made| &made.binding),
            Kind::Group => access(|made| &made.group),
            Kind::Part | Kind::Role => access(|made| &made.role),
            Kind::Holder | Kind::Person => access(|made| &made.subject),
            Kind::Instance => vec![self.instance.clone(), name(0)],
            Kind::Audited => vec![self.instance.clone()],
            Kind::Operation | Kind::AuditedOperation => vec![self.operation.clone()],
            Kind::Organization => vec![self.organization.clone(), name(1)],
            Kind::PlannedMove => vec![self.planned_move.clone()],
            Kind::Project => vec![self.project.clone(), name(2)],
            Kind::Any => vec![
                self.instance.clone(),
                self.operation.clone(),
                self.organization.clone(),
                self.project.clone(),
                self.application.clone(),
            ],
            Kind::Subject => vec![self.subject.clone()],
            Kind::Session => vec![self.session.clone()],
            Kind::Token => vec![self.token.clone()],
            Kind::Program => vec![self.program.clone(), self.subject.clone()],
            Kind::WhomToBe => vec![self.subject.clone(), self.organization.clone()],
            Kind::IdentityProvider => vec!["corp".to_owned(), self.instance.clone()],
            // Cells are the operator's, whatever runs in them.
            Kind::Cell => vec!["north".to_owned(), self.instance.clone()],
            Kind::ChosenPlan | Kind::Plan => {
                vec![self.plan.as_ref().unwrap_or(&self.instance).clone()]
            }
            // Offerings are everybody's here; an id of another kind is none of them.
            Kind::Offering => vec![self.instance.clone()],
        }
    }
}

pub(super) async fn things(
    world: &World,
    [name, manager]: [&str; 2],
    user: &User,
    order: &Value,
    organization: OrganizationId,
    names: [&'static str; 3],
) -> Things {
    let made = user.order(order).await;
    let project = order["project"].as_str().expect("an id").to_owned();
    let (instance, operation) = (made.instance, made.operation);
    let organization = organization.to_string();
    let suite = format!("{}-suite", names[0]);
    let application = world.user(manager).await.application(&organization, &suite, true).await;
    world.user(manager).await.put_in(&application, &instance).await.granted();
    // A session beside the one that asks.
    world.sign_in(name).await;
    let sessions = user.sessions(None).await;
    let other = sessions.iter().find(|row| row["isOwn"] == false).expect("a session");
    let session = other["id"].as_str().expect("an id").to_owned();
    let token = json!({ "name": "ci", "expiresAt": "2026-11-02T00:00:00Z", "idempotencyKey": "t" });
    let token = user.token(token).await.id;
    let program = format!("{name}-robot");
    let program = world.user(manager).await.service_account(&organization, &program).await;
    let subject = user.subject().await;
    let (access, approval) = (None, waiting(world, manager, user, order).await);
    let planned_move = planned(world, manager, &organization, names[0]).await;
    Things {
        access,
        application,
        approval,
        instance,
        operation,
        organization,
        plan: None,
        planned_move,
        project,
        names,
        subject,
        session,
        token,
        program,
    }
}

pub(super) fn missing(kind: Kind) -> Vec<String> {
    let id: String = match kind {
        Kind::Application => ApplicationId::next(&SystemIds).to_string(),
        Kind::Approval => ApprovalId::next(&SystemIds).to_string(),
        Kind::ApprovalRule => ApprovalRuleId::next(&SystemIds).to_string(),
        Kind::Binding => BindingId::next(&SystemIds).to_string(),
        Kind::Cell => CellId::next(&SystemIds).to_string(),
        Kind::Group => GroupId::next(&SystemIds).to_string(),
        Kind::Holder | Kind::Person => SubjectId::next(&SystemIds).to_string(),
        Kind::Part | Kind::Role => RoleId::next(&SystemIds).to_string(),
        Kind::IdentityProvider => IdentityProviderId::next(&SystemIds).to_string(),
        Kind::Any | Kind::Audited | Kind::Instance => InstanceId::next(&SystemIds).to_string(),
        Kind::Offering => OfferingId::next(&SystemIds).to_string(),
        Kind::Operation | Kind::AuditedOperation => OperationId::next(&SystemIds).to_string(),
        Kind::At | Kind::Organization => OrganizationId::next(&SystemIds).to_string(),
        Kind::ChosenPlan | Kind::Plan => PlanId::next(&SystemIds).to_string(),
        Kind::PlannedMove => PlannedMoveId::next(&SystemIds).to_string(),
        Kind::Project => ProjectId::next(&SystemIds).to_string(),
        Kind::Session => SessionId::next(&SystemIds).to_string(),
        Kind::Subject | Kind::Program | Kind::WhomToBe => SubjectId::next(&SystemIds).to_string(),
        Kind::Token => TokenId::next(&SystemIds).to_string(),
    };
    if kind == Kind::Part {
        return vec![id.clone(), id.to_uppercase()];
    }
    let prefix = id.split('_').next().unwrap_or_default().to_owned();
    let malformed = ["_", "_00", "' OR 1=1 --", "_\u{0}", "_中文"];
    let malformed = malformed.iter().map(|rest| format!("{prefix}{rest}"));
    [id.clone(), id.to_uppercase(), String::new()].into_iter().chain(malformed).collect()
}
