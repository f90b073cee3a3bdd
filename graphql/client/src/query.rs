//! What is asked of the plane: one query file, its variables and its answer for each question.
//!
//! States and kinds are kept as the words of the API, so that a newer plane's words are shown and
//! not refused. Amounts and instants stay text.

/// Questions about one noun: the file, the one field that it asks for, its variables and its answer.
macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident = $file:literal, $root:literal ($variables:ty) -> $answer:ty;)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl crate::query::Document for $name {
                const TEXT: &'static str =
                    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/", $file, ".graphql"));
                const ROOT: &'static str = $root;
                type Variables = $variables;
                type Answer = $answer;
            }
        )*

        /// Checks each of these.
        #[cfg(test)]
        pub(super) fn each(check: &mut crate::query::tests::Check) {
            $(check.document::<$name>($file);)*
        }
    };
}

pub mod access;
pub mod application;
pub mod approval;
pub mod asset;
pub mod audit;
pub mod batch;
pub mod bill;
pub mod budget;
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
pub mod structure;
pub mod tenant;
pub mod tree;
pub mod viewer;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use access::{
    AskAccess, DoAddGroupMember, DoBindRole, DoChangeGroup, DoChangeRole, DoCreateGroup,
    DoCreateRole, DoCreateUser, DoCreateUserCode, DoDeleteGroup, DoDeleteRole, DoDisableUser,
    DoEnableUser, DoRemoveGroupMember, DoUnbindRole, ListBindings, ListGroupMembers, ListGroups,
    ListRoles, ListSubjects,
};
pub use application::{
    AskApplication, DoAddDependency, DoAddPart, DoCreateApplication, DoDeleteApplication,
    DoRemoveDependency, DoRemovePart, DoRenameApplication, ListApplications, ListParts,
};
pub use approval::{
    AskApproval, DoCommentOnApproval, DoCreateApprovalRule, DoDeleteApprovalRule, DoGiveApproval,
    DoRejectApproval, DoWithdrawApproval, ListApprovalRules, ListApprovals,
};
pub use asset::{AskAssetCounts, ListAssets};
pub use audit::{
    AskAuditVerification, AskInstallationAuditVerification, ListAudit, ListAuditRecords,
    ListInstallationAudit, ListInstallationAuditRecords,
};
pub use batch::{AskComparison, DoBatch, PreviewBatch};
pub use bill::{AskBill, ListBillResources};
pub use budget::{AskOrganizationBudgets, AskProjectBudgets, DoRemoveBudget, DoSetBudget};
pub use cell::{AskCell, ListCells};
pub use instance::{
    AskConnection, AskInstance, AskInstanceForm, AskInstanceSummary, ListConfigurations,
    ListInstances, ListOperations,
};
pub use managed_offering::{
    DoAddPlan, DoOffer, DoPublishOffering, DoSetAudience, DoWithdraw, DoWithdrawOffering,
    ListManagedOfferings, ListPackages,
};
pub use offering::{AskOffering, AskOrderForm, ListOfferings};
pub use operation::{AskOperation, FollowOperation, ListSlowOperations};
pub use order::{
    DoChange, DoDelete, DoPlaceOrder, DoReveal, DoStart, DoStop, PreviewChange, PreviewOrder,
};
pub use organization::{
    AskBillingPeriods, AskProject, ListOrganizations, ListPlacedProjects, ListProjects,
};
pub use provider::{DoChangeProvider, DoCreateProvider, DoDeleteProvider, ListProviders};
pub use quota::{AskOrganizationQuotas, AskProjectQuotas, DoRemoveQuota, DoSetQuota};
pub use sign_in::{
    DoCreateServiceAccount, DoCreateToken, DoDeleteServiceAccount, DoEndOtherSessions,
    DoEndSession, DoImpersonate, DoRevokeToken, DoRotateToken, ListImpersonations,
    ListServiceAccounts, ListSessions, ListTokens, SignOut,
};
pub use structure::{
    ListOrderedInstances, ListOrganizationLimits, ListPlacedServiceAccounts, ListProjectLimits,
};
pub use tenant::{
    AskManagedTenant, DoCloseTenant, DoCreateTenant, DoRenameTenant, DoResumeTenant,
    DoSuspendTenant, ListManagedTenants,
};
pub use tree::{
    AskOrganization, AskPlannedMove, DoCancelPlannedMove, DoCreateOrganization, DoCreateProject,
    DoDeleteOrganization, DoDeleteProject, DoMoveOrganization, DoMoveProject, DoRenameOrganization,
    DoRenameProject, ListPlannedMoves,
};
pub use viewer::{AskOwnPlace, AskViewer};

/// A file of `queries/`, what goes in and what comes out.
pub trait Document {
    /// The text of the file.
    const TEXT: &'static str;
    /// The one field that is asked for.
    const ROOT: &'static str;
    /// What the variables are made from.
    type Variables: Serialize + Default + Send + Sync;
    /// What the field holds.
    type Answer: DeserializeOwned + Send;
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

#[cfg(test)]
mod tests;
