//! What people do with sessions, tokens and service accounts.

use serde_json::{Value, json};

use crate::client::{Answer, User};

/// Makes a token.
pub const CREATE_TOKEN: &str = "mutation($input: CreateTokenInput!) { createToken(input: $input) { \
    token { id name actions within addresses expiresAt } secret } }";
/// Gives a token another secret.
pub const ROTATE_TOKEN: &str = "mutation($input: RotateTokenInput!) { rotateToken(input: $input) { \
    token { id name previousUntil expiresAt } secret } }";
/// Ends a token.
pub const REVOKE_TOKEN: &str = "mutation($input: RevokeTokenInput!) { revokeToken(input: $input) { \
    id revokedAt } }";
/// Makes a service account.
pub const CREATE_SERVICE_ACCOUNT: &str = "mutation($input: CreateServiceAccountInput!) { \
    createServiceAccount(input: $input) { id name title organization { id } } }";
/// Ends a service account.
pub const DELETE_SERVICE_ACCOUNT: &str = "mutation($input: DeleteServiceAccountInput!) { \
    deleteServiceAccount(input: $input) }";
/// Ends a session.
pub const END_SESSION: &str = "mutation($input: EndSessionInput!) { endSession(input: $input) }";
/// Ends all sessions but one.
pub const END_OTHER_SESSIONS: &str =
    "mutation($input: EndOtherSessionsInput!) { endOtherSessions(input: $input) }";
/// Acts as somebody else.
pub const IMPERSONATE: &str = "mutation($input: ImpersonateInput!) { impersonate(input: $input) { \
    session { id expiresAt impersonatedBy reason } code } }";
/// Open sessions.
pub const SESSIONS: &str = "query($subject: ID) { sessions(subject: $subject) { nodes { \
    id client createdAt expiresAt lastUsedAt lastAddress isOwn impersonatedBy reason } } }";
/// Tokens.
pub const TOKENS: &str = "query($subject: ID) { tokens(subject: $subject) { nodes { \
    id name createdBy createdAt expiresAt revokedAt previousUntil lastUsedAt lastAddress \
    addresses actions within } } }";

/// A token as its maker was told of it.
#[derive(Clone, Debug)]
pub struct MadeToken {
    /// Its id.
    pub id: String,
    /// What programs sign in with.
    pub secret: String,
}

impl User {
    /// Makes a token.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn token(&self, input: Value) -> MadeToken {
        let made = self.ask(CREATE_TOKEN, json!({ "input": input })).await;
        let made = &made.granted()["createToken"];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        MadeToken { id: text(&made["token"]["id"]), secret: text(&made["secret"]) }
    }

    /// Gives a token another secret.
    pub async fn rotate(&self, id: &str, overlap_minutes: u32, key: &str) -> Answer {
        let input =
            json!({ "token": id, "overlapMinutes": overlap_minutes, "idempotencyKey": key });
        self.ask(ROTATE_TOKEN, json!({ "input": input })).await
    }

    /// Ends a token.
    pub async fn revoke(&self, id: &str, key: &str) -> Answer {
        let input = json!({ "token": id, "idempotencyKey": key });
        self.ask(REVOKE_TOKEN, json!({ "input": input })).await
    }

    /// Ends a session.
    pub async fn end_session(&self, id: &str, key: &str) -> Answer {
        let input = json!({ "session": id, "idempotencyKey": key });
        self.ask(END_SESSION, json!({ "input": input })).await
    }

    /// Open sessions of a subject; none: one's own.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn sessions(&self, subject: Option<&str>) -> Vec<Value> {
        let found = self.get(SESSIONS, json!({ "subject": subject })).await;
        found["sessions"]["nodes"].as_array().expect("sessions").clone()
    }

    /// Tokens of a subject; none: one's own.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn tokens(&self, subject: Option<&str>) -> Vec<Value> {
        let found = self.get(TOKENS, json!({ "subject": subject })).await;
        found["tokens"]["nodes"].as_array().expect("tokens").clone()
    }

    /// The subject's id.
    ///
    /// # Panics
    /// If nobody is signed in.
    pub async fn subject(&self) -> String {
        let viewer = self.get("{ viewer { id } }", json!({})).await;
        viewer["viewer"]["id"].as_str().expect("an id").to_owned()
    }

    /// Makes a service account.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn service_account(&self, organization: &str, name: &str) -> String {
        let input = json!({ "organization": organization, "name": name, "title": name,
            "idempotencyKey": format!("service account {name}") });
        let made = self.ask(CREATE_SERVICE_ACCOUNT, json!({ "input": input })).await;
        made.granted()["createServiceAccount"]["id"].as_str().expect("an id").to_owned()
    }
}
