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
        /// See and change cells.
        OperateCells = "operate_cells",
        /// Make tenants with their first organization and subjects, publish offerings and prices,
        /// install licences, close months.
        Administer = "administer",
    }
}
