//! What is asked of the plane: one query file, its variables and its answer for each question.
//!
//! States and kinds are kept as the words of the API, so that a newer plane's words are shown and
//! not refused. Amounts and instants stay text.

pub mod access;
pub mod application;
pub mod approval;
pub mod asset;
pub mod audit;
pub mod batch;
pub mod bill;
pub mod cell;
pub mod instance;
pub mod managed_offering;
pub mod offering;
pub mod operation;
pub mod order;
pub mod organization;
pub mod provider;
pub mod quota;
pub mod sign_in;
pub mod tenant;
pub mod tree;
pub mod viewer;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::page::Page;

use access::{
    AccessReason, BindRole, Binding, BindingsOf, ChangeGroup, ChangeRole, CreateGroup, CreateRole,
    CreateUser, ExplanationOf, Group, GroupMember, Members, MembersOf, OnBinding, OnGroup, OnRole,
    OnUser, Role, SignInCode, Subject, SubjectsOf,
};
use application::{
    Application, ApplicationsOf, ChangedApplication, CreateApplication, DeleteApplication,
    Dependency, OnPart, Parts, PartsOf, RenameApplication,
};
use approval::{
    Approval, ApprovalRow, ApprovalsOf, ById, CreateRule, Decide, Decided, OnRule, OnlyId, Rule,
    RulesOf,
};
use asset::{AssetCounts, AssetRegister, AssetsOf, CountsOf};
use audit::{AuditEntry, AuditOf, AuditRecord, AuditRecordsOf, AuditVerification};
use batch::{ApplyBatch, Batch, BatchPayload, BatchPreview, CompareOf, Comparison};
use bill::{Bill, BillOf, BillResources, ResourcesOf};
use cell::Cell;
use instance::{
    ConfigurationsOf, Connectable, InstanceDetail, InstanceForm, InstanceNamed, InstancePage,
    InstanceSummary, InstancesOf, OperationsOf,
};
use managed_offering::{
    AddPlan, ManagedOffering, ManagedPackage, Offer, OnOffering, PublishOffering, SetAudience,
};
use offering::{Offering, OrderForm, OrderFormOf};
use operation::{Operation, OperationFrom, OperationProgress, ProgressOf, SlowOperation};
use order::{
    Accepted, ChangeConfiguration, ChangePreview, ChangePreviewOf, DeleteInstance, OnInstance,
    OrderPreview, OrderPreviewOf, PlaceOrder, RevealedSecret, With,
};
use organization::{BillingPeriods, Organization, PlacedProject, Project};
use provider::{
    ChangeProvider, CreateProvider, DeleteProvider, IdentityProvider, IdentityProviderPayload,
};
use quota::{ChangedQuotas, NodeQuotas, RemoveQuota, SetQuota};
use sign_in::{
    ActingSession, CreateServiceAccount, CreateToken, DeleteServiceAccount, EndOtherSessions,
    EndSession, Impersonate, Impersonation, OfSubject, RevokeToken, RotateToken, ServiceAccount,
    ServiceAccountsOf, Session, ShownToken, Token,
};
use tenant::{
    CloseTenant, CreateTenant, CreatedTenant, ManagedTenant, RenameTenant, ResumeTenant,
    SuspendTenant, TenantsOf,
};
use tree::{
    CancelMove, ChangedOrganization, ChangedProject, CreateOrganization, CreateProject,
    DeleteOrganization, DeleteProject, Deleted, MoveOrganization, MoveProject, MovedOrganization,
    MovedProject, OrganizationDetail, OrganizationsOf, PlannedMove, PlannedMovesOf,
    RenameOrganization, RenameProject,
};
use viewer::{OwnPlace, Viewer};

/// A file of `cli/queries/`, what goes in and what comes out.
pub trait Document {
    /// The text of the file.
    const TEXT: &'static str;
    /// The one field that is asked for.
    const ROOT: &'static str;
    /// What the variables are made from.
    type Variables: Serialize + Default;
    /// What the field holds.
    type Answer: DeserializeOwned;
}

/// No variables.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Nothing {}

/// One thing by name or id.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    pub id_or_name: String,
}

/// One page of a list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Slice {
    pub first: u32,
    pub after: Option<String>,
}

/// What is known of something that is only pointed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    pub id: String,
    pub name: String,
}

/// A text for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Text {
    pub en: String,
}

macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident = $file:literal, $root:literal ($variables:ty) -> $answer:ty;)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl Document for $name {
                const TEXT: &'static str =
                    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/", $file, ".graphql"));
                const ROOT: &'static str = $root;
                type Variables = $variables;
                type Answer = $answer;
            }
        )*

        #[cfg(test)]
        fn each(check: &mut tests::Check) {
            $(check.document::<$name>($file);)*
        }
    };
}

documents! {
    /// Who asks.
    AskViewer = "viewer", "viewer" (Nothing) -> Viewer;
    /// Where the viewer is at home, and what it may do to all of it.
    AskOwnPlace = "own-place", "viewer" (Nothing) -> OwnPlace;
    /// Ends the session.
    SignOut = "sign-out", "signOut" (Nothing) -> bool;
    /// OpenID providers of the tenant.
    ListProviders = "identity-providers", "identityProviders" (Nothing) -> Vec<IdentityProvider>;
    /// Makes one.
    DoCreateProvider = "create-identity-provider", "createIdentityProvider"
        (With<CreateProvider>) -> IdentityProviderPayload;
    /// Changes one.
    DoChangeProvider = "change-identity-provider", "changeIdentityProvider"
        (With<ChangeProvider>) -> IdentityProviderPayload;
    /// Removes one.
    DoDeleteProvider = "delete-identity-provider", "deleteIdentityProvider"
        (With<DeleteProvider>) -> String;
    /// Open sessions.
    ListSessions = "sessions", "sessions" (OfSubject) -> Page<Session>;
    /// Ends a session.
    DoEndSession = "end-session", "endSession" (With<EndSession>) -> String;
    /// Ends all sessions but this one.
    DoEndOtherSessions = "end-other-sessions", "endOtherSessions" (With<EndOtherSessions>) -> i64;
    /// Tokens.
    ListTokens = "tokens", "tokens" (OfSubject) -> Page<Token>;
    /// Makes a token.
    DoCreateToken = "create-token", "createToken" (With<CreateToken>) -> ShownToken;
    /// Gives a token another secret.
    DoRotateToken = "rotate-token", "rotateToken" (With<RotateToken>) -> ShownToken;
    /// Ends a token.
    DoRevokeToken = "revoke-token", "revokeToken" (With<RevokeToken>) -> Token;
    /// People and programs.
    ListSubjects = "subjects", "subjects" (SubjectsOf) -> Page<Subject>;
    /// Makes a person.
    DoCreateUser = "create-user", "createUser" (With<CreateUser>) -> Subject;
    /// Lets a person sign in.
    DoEnableUser = "enable-user", "enableUser" (With<OnUser>) -> Subject;
    /// Lets a person sign in no more.
    DoDisableUser = "disable-user", "disableUser" (With<OnUser>) -> Subject;
    /// Makes a one-time code for a person.
    DoCreateUserCode = "create-user-sign-in-code", "createUserSignInCode" (With<OnUser>) -> SignInCode;
    /// Groups.
    ListGroups = "groups", "groups" (Slice) -> Page<Group>;
    /// Who is in a group.
    ListGroupMembers = "group-members", "group" (MembersOf) -> Members;
    /// Makes a group.
    DoCreateGroup = "create-group", "createGroup" (With<CreateGroup>) -> Group;
    /// Renames a group.
    DoChangeGroup = "change-group", "changeGroup" (With<ChangeGroup>) -> Group;
    /// Deletes a group.
    DoDeleteGroup = "delete-group", "deleteGroup" (With<OnGroup>) -> String;
    /// Puts a subject into a group.
    DoAddGroupMember = "add-group-member", "addGroupMember" (With<GroupMember>) -> Group;
    /// Takes a subject out of a group.
    DoRemoveGroupMember = "remove-group-member", "removeGroupMember" (With<GroupMember>) -> Group;
    /// Roles.
    ListRoles = "roles", "roles" (Nothing) -> Vec<Role>;
    /// Makes a role.
    DoCreateRole = "create-role", "createRole" (With<CreateRole>) -> Role;
    /// Changes a role.
    DoChangeRole = "change-role", "changeRole" (With<ChangeRole>) -> Role;
    /// Deletes a role.
    DoDeleteRole = "delete-role", "deleteRole" (With<OnRole>) -> String;
    /// What is given and denied.
    ListBindings = "bindings", "bindings" (BindingsOf) -> Page<Binding>;
    /// Gives or denies a role.
    DoBindRole = "bind-role", "bindRole" (With<BindRole>) -> Binding;
    /// Takes a binding back.
    DoUnbindRole = "unbind-role", "unbindRole" (With<OnBinding>) -> String;
    /// Why somebody may do what.
    AskAccess = "explain-access", "explainAccess" (ExplanationOf) -> Vec<AccessReason>;
    /// Service accounts.
    ListServiceAccounts = "service-accounts", "serviceAccounts" (ServiceAccountsOf) -> Page<ServiceAccount>;
    /// Makes a service account.
    DoCreateServiceAccount = "create-service-account", "createServiceAccount" (With<CreateServiceAccount>) -> ServiceAccount;
    /// Ends a service account.
    DoDeleteServiceAccount = "delete-service-account", "deleteServiceAccount" (With<DeleteServiceAccount>) -> String;
    /// Operators who act as subjects of the tenant.
    ListImpersonations = "impersonations", "impersonations" (Slice) -> Page<ActingSession>;
    /// Acts as somebody else.
    DoImpersonate = "impersonate", "impersonate" (With<Impersonate>) -> Impersonation;
    /// Tenants by name, for operators.
    ListManagedTenants = "managed-tenants", "managedTenants" (TenantsOf) -> Page<ManagedTenant>;
    /// One tenant, for operators.
    AskManagedTenant = "managed-tenant", "managedTenant" (Named) -> ManagedTenant;
    /// Makes a tenant.
    DoCreateTenant = "create-tenant", "createTenant" (With<CreateTenant>) -> CreatedTenant;
    /// Renames a tenant.
    DoRenameTenant = "rename-tenant", "renameTenant" (With<RenameTenant>) -> ManagedTenant;
    /// Lets nobody of a tenant in.
    DoSuspendTenant = "suspend-tenant", "suspendTenant" (With<SuspendTenant>) -> ManagedTenant;
    /// Lets them in again.
    DoResumeTenant = "resume-tenant", "resumeTenant" (With<ResumeTenant>) -> ManagedTenant;
    /// Closes a tenant.
    DoCloseTenant = "close-tenant", "closeTenant" (With<CloseTenant>) -> ManagedTenant;
    /// All offerings, for operators.
    ListManagedOfferings = "managed-offerings", "managedOfferings" (Slice) -> Page<ManagedOffering>;
    /// Says who may order an offering.
    DoSetAudience = "set-offering-audience", "setOfferingAudience" (With<SetAudience>) -> ManagedOffering;
    /// Makes a package an offering.
    DoPublishOffering = "publish-offering", "publishOffering" (With<PublishOffering>) -> ManagedOffering;
    /// Lets nobody order an offering any more.
    DoWithdrawOffering = "withdraw-offering", "withdrawOffering" (With<OnOffering>) -> ManagedOffering;
    /// Packages that can be offerings.
    ListPackages = "packages", "packages" (Nothing) -> Vec<ManagedPackage>;
    /// Adds a plan.
    DoAddPlan = "add-plan", "addPlan" (With<AddPlan>) -> ManagedOffering;
    /// Offers an offering or a plan to a tenant.
    DoOffer = "offer-to-tenant", "offerToTenant" (With<Offer>) -> ManagedOffering;
    /// Takes that back.
    DoWithdraw = "withdraw-from-tenant", "withdrawFromTenant" (With<Offer>) -> ManagedOffering;
    /// Organizations in order of the tree.
    ListOrganizations = "organizations", "organizations" (OrganizationsOf) -> Page<Organization>;
    /// One organization.
    AskOrganization = "organization", "organization" (Named) -> OrganizationDetail;
    /// Makes an organization.
    DoCreateOrganization = "create-organization", "createOrganization" (With<CreateOrganization>) -> ChangedOrganization;
    /// Renames an organization.
    DoRenameOrganization = "rename-organization", "renameOrganization" (With<RenameOrganization>) -> ChangedOrganization;
    /// Moves an organization.
    DoMoveOrganization = "move-organization", "moveOrganization" (With<MoveOrganization>) -> MovedOrganization;
    /// Deletes an organization.
    DoDeleteOrganization = "delete-organization", "deleteOrganization" (With<DeleteOrganization>) -> Deleted;
    /// What was asked for and takes an approval.
    ListApprovals = "approvals", "approvals" (ApprovalsOf) -> Page<ApprovalRow>;
    /// All of one.
    AskApproval = "approval", "approval" (ById) -> Approval;
    /// Approves.
    DoGiveApproval = "give-approval", "giveApproval" (With<Decide>) -> Decided;
    /// Rejects.
    DoRejectApproval = "reject-approval", "rejectApproval" (With<Decide>) -> Decided;
    /// Takes back.
    DoWithdrawApproval = "withdraw-approval", "withdrawApproval" (With<Decide>) -> Decided;
    /// Says something.
    DoCommentOnApproval = "comment-on-approval", "commentOnApproval" (With<Decide>) -> Decided;
    /// What takes an approval.
    ListApprovalRules = "approval-rules", "approvalRules" (RulesOf) -> Page<Rule>;
    /// Makes a rule.
    DoCreateApprovalRule = "create-approval-rule", "createApprovalRule" (With<CreateRule>) -> OnlyId;
    /// Deletes a rule.
    DoDeleteApprovalRule = "delete-approval-rule", "deleteApprovalRule" (With<OnRule>) -> String;
    /// Makes a project.
    DoCreateProject = "create-project", "createProject" (With<CreateProject>) -> ChangedProject;
    /// Renames a project.
    DoRenameProject = "rename-project", "renameProject" (With<RenameProject>) -> ChangedProject;
    /// Moves a project.
    DoMoveProject = "move-project", "moveProject" (With<MoveProject>) -> MovedProject;
    /// Moves that were entered for an instant to come.
    ListPlannedMoves = "planned-moves", "plannedMoves" (PlannedMovesOf) -> Page<PlannedMove>;
    /// One of them.
    AskPlannedMove = "planned-move", "plannedMove" (ById) -> PlannedMove;
    /// Calls one off.
    DoCancelPlannedMove = "cancel-planned-move", "cancelPlannedMove" (With<CancelMove>) -> PlannedMove;
    /// Deletes a project.
    DoDeleteProject = "delete-project", "deleteProject" (With<DeleteProject>) -> Deleted;
    /// Applications.
    ListApplications = "applications", "applications" (ApplicationsOf) -> Page<Application>;
    /// One application.
    AskApplication = "application", "application" (Named) -> Application;
    /// What is in an application.
    ListParts = "application-parts", "application" (PartsOf) -> Parts;
    /// Makes an application.
    DoCreateApplication = "create-application", "createApplication" (With<CreateApplication>) -> ChangedApplication;
    /// Renames an application.
    DoRenameApplication = "rename-application", "renameApplication" (With<RenameApplication>) -> ChangedApplication;
    /// Deletes an application.
    DoDeleteApplication = "delete-application", "deleteApplication" (With<DeleteApplication>) -> Deleted;
    /// Puts an instance into an application.
    DoAddPart = "add-to-application", "addToApplication" (With<OnPart>) -> ChangedApplication;
    /// Takes an instance out of an application.
    DoRemovePart = "remove-from-application", "removeFromApplication" (With<OnPart>) -> ChangedApplication;
    /// Says that a part needs another.
    DoAddDependency = "add-dependency", "addDependency" (With<Dependency>) -> ChangedApplication;
    /// Says that it does not any more.
    DoRemoveDependency = "remove-dependency", "removeDependency" (With<Dependency>) -> ChangedApplication;
    /// Limits of an organization.
    AskOrganizationQuotas = "organization-quotas", "organization" (Named) -> NodeQuotas;
    /// Limits of a project.
    AskProjectQuotas = "project-quotas", "project" (Named) -> NodeQuotas;
    /// Sets a limit.
    DoSetQuota = "set-quota", "setQuota" (With<SetQuota>) -> ChangedQuotas;
    /// Removes a limit.
    DoRemoveQuota = "remove-quota", "removeQuota" (With<RemoveQuota>) -> ChangedQuotas;
    /// Which bills an organization has.
    AskBillingPeriods = "billing-periods", "organization" (Named) -> BillingPeriods;
    /// Projects.
    ListProjects = "projects", "projects" (Slice) -> Page<Project>;
    /// Projects with the ids of their organizations.
    ListPlacedProjects = "placed-projects", "projects" (Slice) -> Page<PlacedProject>;
    /// One project.
    AskProject = "project", "project" (Named) -> Project;
    /// The catalogue.
    ListOfferings = "offerings", "offerings" (offering::OfferingsOf) -> Page<Offering>;
    /// One offering.
    AskOffering = "offering", "offering" (Named) -> Offering;
    /// The parameters of one choice.
    AskOrderForm = "order-form", "offering" (OrderFormOf) -> OrderForm;
    /// Instances, newest first.
    ListInstances = "instances", "instances" (InstancesOf) -> Page<InstanceSummary>;
    /// Everything about one instance.
    AskInstance = "instance", "instance" (InstanceNamed) -> InstanceDetail;
    /// What a command needs to know before it acts on an instance.
    AskInstanceSummary = "instance-summary", "instance" (InstanceNamed) -> InstanceSummary;
    /// The parameters of an instance.
    AskInstanceForm = "instance-form", "instance" (InstanceNamed) -> InstanceForm;
    /// How to connect.
    AskConnection = "connection", "instance" (InstanceNamed) -> Connectable;
    /// The configurations of an instance, newest first.
    ListConfigurations = "configurations", "instance" (InstancePage) -> ConfigurationsOf;
    /// The operations of an instance, newest first.
    ListOperations = "operations", "instance" (InstancePage) -> OperationsOf;
    /// One operation with its log.
    AskOperation = "operation", "operation" (OperationFrom) -> Operation;
    /// An operation as it moves.
    FollowOperation = "operation-progress", "operationProgress" (ProgressOf) -> OperationProgress;
    /// What an order would make.
    PreviewOrder = "preview-order", "previewOrder" (With<OrderPreviewOf>) -> OrderPreview;
    /// Orders what was previewed.
    DoPlaceOrder = "place-order", "placeOrder" (With<PlaceOrder>) -> Accepted;
    /// What a change would do.
    PreviewChange = "preview-change", "previewChange" (With<ChangePreviewOf>) -> ChangePreview;
    /// Changes what was previewed.
    DoChange = "change-configuration", "changeConfiguration" (With<ChangeConfiguration>) -> Accepted;
    /// What work on many instances would do.
    PreviewBatch = "preview-batch", "previewBatch" (With<Batch>) -> BatchPreview;
    /// Does previewed work on many instances.
    DoBatch = "apply-batch", "applyBatch" (With<ApplyBatch>) -> BatchPayload;
    /// Configurations side by side.
    AskComparison = "compare", "compare" (With<CompareOf>) -> Comparison;
    /// Stops an instance.
    DoStop = "stop-instance", "stopInstance" (With<OnInstance>) -> Accepted;
    /// Starts an instance.
    DoStart = "start-instance", "startInstance" (With<OnInstance>) -> Accepted;
    /// Deletes an instance.
    DoDelete = "delete-instance", "deleteInstance" (With<DeleteInstance>) -> Accepted;
    /// Shows a password.
    DoReveal = "reveal-secret", "revealSecret" (With<OnInstance>) -> RevealedSecret;
    /// A bill.
    AskBill = "bill", "bill" (BillOf) -> Bill;
    /// A bill, down to the resource.
    ListBillResources = "bill-resources", "bill" (ResourcesOf) -> BillResources;
    /// All cells.
    ListCells = "cells", "cells" (Slice) -> Page<Cell>;
    /// One cell.
    AskCell = "cell", "cell" (Named) -> Cell;
    /// Operations of all tenants that take longer than expected.
    ListSlowOperations = "slow-operations", "slowOperations" (Slice) -> Page<SlowOperation>;
    /// Who did what.
    ListAudit = "audit", "audit" (AuditOf) -> Page<AuditEntry>;
    /// Records with all that they say, in either order.
    ListAuditRecords = "audit-records", "audit" (AuditRecordsOf) -> Page<AuditRecord>;
    /// Whether the audit is whole.
    AskAuditVerification = "audit-verification", "auditVerification" (Nothing) -> AuditVerification;
    /// What was done to the installation.
    ListInstallationAudit = "installation-audit", "installationAudit" (AuditOf) -> Page<AuditEntry>;
    /// The same with all that the records say.
    ListInstallationAuditRecords = "installation-audit-records", "installationAudit"
        (AuditRecordsOf) -> Page<AuditRecord>;
    /// Whether the installation's audit is whole.
    AskInstallationAuditVerification =
        "installation-audit-verification", "installationAuditVerification"
        (Nothing) -> AuditVerification;
    /// What ran where at an instant.
    ListAssets = "assets", "assetRegister" (AssetsOf) -> AssetRegister;
    /// How many of each there were.
    AskAssetCounts = "asset-counts", "assetRegister" (CountsOf) -> AssetCounts;
}

#[cfg(test)]
mod tests;
