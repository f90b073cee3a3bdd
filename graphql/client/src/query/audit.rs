//! The audit.

use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::page::Page;

documents! {
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
}

/// One page of the audit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AuditOf {
    pub first: u32,
    pub after: Option<String>,
    pub filter: AuditFilter,
}

/// One page of the audit in either order.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecordsOf {
    pub first: u32,
    pub after: Option<String>,
    pub filter: AuditFilter,
    pub oldest_first: bool,
}

/// Which records.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AuditFilter {
    pub target: Option<String>,
    pub subject: Option<String>,
    pub action: Option<String>,
    pub operation: Option<String>,
    pub address: Option<String>,
    pub outcome: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Who did what.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    pub number: i64,
    pub at: String,
    pub subject: String,
    pub action: String,
    pub outcome: String,
    pub code: Option<String>,
    pub target: Option<String>,
    pub operation: Option<String>,
    pub address: Option<String>,
    pub request_id: String,
    pub hash: String,
}

/// All that a record says, and its place in the chain.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    pub tenant: String,
    pub number: i64,
    pub at: String,
    pub subject_id: Option<String>,
    pub subject: String,
    pub action: String,
    pub outcome: String,
    pub code: Option<String>,
    pub target: Option<String>,
    pub operation: Option<String>,
    pub address: Option<String>,
    pub request_id: String,
    pub content: String,
    pub previous_hash: String,
    pub hash: String,
}

/// Whether the chain of hashes holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerification {
    pub holds: bool,
    pub broken_at: Option<String>,
    pub records: String,
    pub hash: String,
}
