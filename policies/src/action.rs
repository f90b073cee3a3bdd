//! What can be permitted.

use types::text_enum;

text_enum! {
    /// What someone wants to do to a target. The words stand in `roles.csv`.
    Action {
        /// See it.
        View = "view",
        /// Order instances in a project.
        Order = "order",
        /// Change the configuration of an instance.
        Change = "change",
        /// Start and stop an instance.
        Operate = "operate",
        /// Delete an instance with its data.
        Delete = "delete",
        /// See the password of an instance.
        Reveal = "reveal",
        /// Read bills and costs.
        ReadBill = "read_bill",
        /// Read the audit of the tenant.
        ReadAudit = "read_audit",
        /// Make, rename, move and delete organizations and projects below.
        ManageTree = "manage_tree",
        /// See who may do what below; make roles, groups and service accounts, and give roles.
        ManageAccess = "manage_access",
        /// Say which OpenID providers people of the tenant sign in through.
        ManageSignIn = "manage_sign_in",
        /// Set quotas below.
        ManageLimits = "manage_limits",
        /// Say what needs an approval below.
        ManageApprovals = "manage_approvals",
        /// Approve or reject what others asked for.
        Approve = "approve",
        /// See and change cells.
        OperateCells = "operate_cells",
        /// Make tenants with their first organization and subjects, publish offerings and prices,
        /// install licences, close months.
        Administer = "administer",
        /// Act as a subject of a tenant for a while, seen by the tenant.
        Impersonate = "impersonate",
    }
}

impl Action {
    /// Whether it concerns the installation alone: no role of a tenant can give it.
    pub fn is_of_installation(self) -> bool {
        matches!(self, Self::OperateCells | Self::Administer | Self::Impersonate)
    }
}
