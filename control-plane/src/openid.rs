//! OpenID Connect towards the providers of tenants: where a browser is sent, what its return is
//! worth, and where it signs out.
//!
//! Who somebody is here, and whether they may come in, is decided in
//! `control_plane_core::external_identity`. The protocol itself is the crate openidconnect's; what
//! it leaves to its users stands in `openid/token.rs`.

use std::sync::Arc;

use async_trait::async_trait;
use control_plane_core::external_identity::Proof;
use control_plane_core::identity_provider::{self, IdentityProvider, Wire};
use control_plane_core::pending_sign_in::{self, Departure, PendingSignIn};
use control_plane_core::plane::Plane;
use control_plane_core::sign_in::problem::{SignInError, SignInProblem};
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope};
use types::clock::SharedClock;
use types::secret::Secret;

use crate::config;
use crate::openid::document::{Document, Documents};
use crate::openid::fetch::Fetch;
use crate::openid::token::Expected;

pub mod document;
pub mod fetch;
mod json;
pub mod token;

/// Where browsers come back to, below the public address.
pub const CALLBACK: &str = "/sign-in/callback";

/// What a browser comes back with, besides of the state.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// To be redeemed.
    pub code: Option<Secret>,
    /// Which issuer says so (RFC 9207).
    pub issuer: Option<String>,
    /// The provider's word for why not.
    pub error: Option<String>,
}

/// The way to providers.
pub struct OpenId {
    fetch: Arc<Fetch>,
    documents: Documents,
    public_address: String,
}

impl OpenId {
    /// As configured.
    pub fn new(config: &config::Openid, clock: SharedClock, public_address: &str) -> Self {
        let fetch = Arc::new(Fetch::new(config));
        let documents = Documents::new(fetch.clone(), clock);
        Self { fetch, documents, public_address: public_address.to_owned() }
    }

    fn redirect(&self) -> String {
        format!("{}{CALLBACK}", self.public_address)
    }

    /// The document of a provider, if people can sign in by it.
    pub async fn document(
        &self,
        provider: &IdentityProvider,
    ) -> Result<Arc<Document>, SignInProblem> {
        let document = self.documents.document(&provider.issuer).await?;
        document.require_s256(provider.assumes_s256)?;
        Ok(document)
    }

    /// Where a browser goes to sign in.
    pub fn departure(
        &self,
        provider: &IdentityProvider,
        document: &Document,
        leaves_with: &Departure,
    ) -> Result<String, SignInProblem> {
        let client = token::client(document, &provider.client_id, None, &self.redirect())?;
        let state = CsrfToken::new(leaves_with.state.reveal().to_owned());
        let nonce = Nonce::new(leaves_with.nonce.reveal().to_owned());
        let verifier = PkceCodeVerifier::new(leaves_with.verifier.reveal().to_owned());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let scopes = provider.scopes.split(' ').filter(|scope| *scope != "openid");
        let (address, ..) = client
            .authorize_url(flow, move || state, move || nonce)
            .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.into())
    }

    /// What a browser's return is worth. A word of the provider's goes to the audit.
    pub async fn arrive(
        &self,
        plane: &Plane,
        provider: &IdentityProvider,
        pending: &PendingSignIn,
        arrival: &Arrival,
    ) -> Result<Proof, SignInError> {
        let document = self.document(provider).await?;
        // First of all whose answer this is, since the rest would go to whom it names.
        match &arrival.issuer {
            Some(issuer) if *issuer != provider.issuer => {
                return Err(SignInProblem::IssuerParameter.into());
            }
            None if document.names_issuer => return Err(SignInProblem::IssuerParameter.into()),
            _ => {}
        }
        if arrival.error.is_some() {
            return Err(SignInProblem::ProviderRefused.into());
        }
        let code = arrival.code.as_ref().filter(|code| !code.reveal().is_empty());
        let code = code.ok_or(SignInProblem::CodeMissing)?;
        let secret = identity_provider::client_secret(plane, provider)?;
        let verifier = pending_sign_in::verifier(plane, pending)?;
        let client =
            token::client(&document, &provider.client_id, secret.as_ref(), &self.redirect())?;
        let answer = token::exchange(&self.fetch, &client, code.reveal(), &verifier).await?;
        let expected = Expected {
            client_id: &provider.client_id,
            nonce_hash: &pending.nonce_hash,
            began: pending.created_at,
            now: plane.clock.now(),
        };
        for looks in [false, true] {
            let keys = self.documents.keys(&document, looks).await?;
            match token::verify(keys, &document, &answer, &expected) {
                // The provider may have changed its keys since we looked.
                Err(SignInProblem::KeyUnknown) if !looks => {}
                verdict => return Ok(verdict?),
            }
        }
        Err(SignInProblem::KeyUnknown.into())
    }
}

#[async_trait]
impl Wire for OpenId {
    async fn examine(&self, issuer: &str, assumes_s256: bool) -> Result<(), SignInProblem> {
        let document = self.documents.read(issuer).await?;
        document.require_s256(assumes_s256)?;
        self.documents.keys(&document, true).await.map(drop)
    }

    async fn farewell(&self, provider: &IdentityProvider, id_token: &Secret) -> Option<String> {
        let document = self.documents.document(&provider.issuer).await.ok()?;
        let mut address = document.end_session.clone()?;
        address
            .query_pairs_mut()
            .append_pair("id_token_hint", id_token.reveal())
            .append_pair("client_id", &provider.client_id)
            .append_pair(
                "post_logout_redirect_uri",
                &format!("{}/sign-in?signed-out", self.public_address),
            );
        Some(address.into())
    }
}

/// A word of a provider's as the audit keeps it: a short one, without surprises.
pub fn word(given: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    given.chars().filter(allowed).take(64).collect()
}
