//! Sessions, tokens and service accounts.

use serde::{Deserialize, Serialize};

use super::order::With;
use super::organization::OrganizationName;
use super::{Nothing, Slice};
use crate::page::Page;

documents! {
    /// Ends the session.
    SignOut = "sign-out", "signOut" (Nothing) -> bool;
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
}

/// One page of what a subject signs in with; without a subject one's own.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OfSubject {
    pub first: u32,
    pub after: Option<String>,
    pub subject: Option<String>,
}

/// One page of service accounts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServiceAccountsOf {
    pub first: u32,
    pub after: Option<String>,
    pub organization: Option<String>,
}

/// A token of a program.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    pub id: String,
    pub name: String,
    pub created_by: String,
    pub created_at: String,
    pub expires_at: String,
    pub revoked_at: Option<String>,
    pub previous_until: Option<String>,
    pub last_used_at: Option<String>,
    pub last_address: Option<String>,
    pub addresses: Vec<String>,
    pub actions: Option<Vec<String>>,
    pub within: Option<String>,
}

/// A token with its secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShownToken {
    pub token: Token,
    pub secret: Option<String>,
}

/// A token to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateToken {
    pub service_account: Option<String>,
    pub name: String,
    pub expires_at: String,
    pub addresses: Vec<String>,
    pub actions: Option<Vec<String>>,
    pub within: Option<String>,
    pub idempotency_key: String,
}

/// A token to be given another secret.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotateToken {
    pub token: String,
    pub overlap_minutes: Option<u32>,
    pub expires_at: Option<String>,
    pub idempotency_key: String,
}

/// A token to be ended.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevokeToken {
    pub token: String,
    pub idempotency_key: String,
}

/// A program that can be given roles and tokens.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    pub id: String,
    pub name: String,
    pub title: String,
    pub organization: OrganizationName,
    pub created_by: String,
    pub created_at: String,
}

/// A service account to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateServiceAccount {
    pub organization: String,
    pub name: String,
    pub title: String,
    pub idempotency_key: String,
}

/// A service account to be deleted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteServiceAccount {
    pub service_account: String,
    pub idempotency_key: String,
}

/// An open session.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub id: String,
    pub client: String,
    pub created_at: String,
    pub expires_at: String,
    pub last_used_at: String,
    pub last_address: Option<String>,
    pub is_own: bool,
    pub impersonated_by: Option<String>,
    pub reason: Option<String>,
}

/// An open session by which an operator acts as a subject of the tenant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActingSession {
    pub id: String,
    pub subject: String,
    pub impersonated_by: Option<String>,
    pub reason: Option<String>,
    pub created_at: String,
    pub expires_at: String,
    pub last_used_at: String,
    pub last_address: Option<String>,
}

/// A session to be ended.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndSession {
    pub session: String,
    pub idempotency_key: String,
}

/// All other sessions to be ended.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndOtherSessions {
    pub idempotency_key: String,
}

/// Whom to act as.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Impersonate {
    pub tenant: String,
    pub subject: Option<String>,
    pub user: Option<String>,
    pub reason: String,
    pub minutes: u32,
    pub idempotency_key: String,
}

/// A session as somebody else, and the code that opens it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Impersonation {
    pub session: Session,
    pub code: Option<String>,
}
