//! What a provider publishes: its discovery document and its keys, kept for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use control_plane_core::sign_in::problem::SignInProblem;
use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::url::Url;
use openidconnect::{AdditionalProviderMetadata, ProviderMetadata};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::clock::SharedClock;
use types::instant::Instant;

use crate::openid::fetch::Fetch;

/// How long documents and keys are used before they are read again.
const LIFE: Duration = Duration::from_secs(600);
/// How long after a look for new keys the next one may follow.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Providers that are kept; beyond it, all are read again.
const KEPT_MAX: usize = 1_000;
const KEYS_MAX: usize = 100;
/// Smallest RSA modulus in bytes (NIST SP 800-131A).
const MODULUS_MIN: usize = 256;
/// What may sign. All are asymmetric: a shared secret proves nothing to third parties, and `none`
/// proves nothing to anybody.
pub const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What we read besides of what the library does.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct More {
    #[serde(default)]
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl AdditionalProviderMetadata for More {}

/// A discovery document.
pub type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A discovery document that was found good.
#[derive(Debug)]
pub struct Document {
    /// As the library reads it.
    pub metadata: Metadata,
    /// Which algorithms the provider signs with and we take.
    pub algorithms: Vec<CoreJwsSigningAlgorithm>,
    /// Where people sign out, if that may be called.
    pub end_session: Option<Url>,
    /// Whether answers always name their issuer (RFC 9207).
    pub names_issuer: bool,
    challenges: Option<Vec<String>>,
}

impl Document {
    /// Whether the provider checks code challenges with S256. To say nothing is not to do it,
    /// unless it is known better; to name others is.
    pub fn require_s256(&self, assumed: bool) -> Result<(), SignInProblem> {
        let checks = match &self.challenges {
            Some(methods) => methods.iter().any(|method| method == "S256"),
            None => assumed,
        };
        if checks { Ok(()) } else { Err(SignInProblem::NoS256) }
    }
}

struct Known {
    document: Arc<Document>,
    read_at: Instant,
    keys: Option<(CoreJsonWebKeySet, Instant)>,
}

/// What providers publish, by issuer.
pub struct Documents {
    fetch: Arc<Fetch>,
    clock: SharedClock,
    known: Mutex<BTreeMap<String, Known>>,
}

impl Documents {
    /// Knows nothing yet.
    pub fn new(fetch: Arc<Fetch>, clock: SharedClock) -> Self {
        Self { fetch, clock, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The document of an issuer, as it was at most some minutes ago.
    pub async fn document(&self, issuer: &str) -> Result<Arc<Document>, SignInProblem> {
        let now = self.clock.steady();
        let fresh = |known: &&Known| now.since(known.read_at) < LIFE;
        if let Some(known) = self.known().get(issuer).filter(fresh) {
            return Ok(known.document.clone());
        }
        self.read(issuer).await
    }

    /// The document of an issuer as it is now.
    pub async fn read(&self, issuer: &str) -> Result<Arc<Document>, SignInProblem> {
        let address = Url::parse(issuer).map_err(|_| SignInProblem::AddressRefused)?;
        self.fetch.admit(&address)?;
        if address.query().is_some() {
            return Err(SignInProblem::AddressRefused);
        }
        let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let place = Url::parse(&place).map_err(|_| SignInProblem::AddressRefused)?;
        let bytes = self.fetch.object(&place).await?;
        let document = Arc::new(self.judge(issuer, &bytes)?);
        let mut known = self.known();
        if known.len() >= KEPT_MAX {
            known.clear();
        }
        let keys = known.remove(issuer).and_then(|known| known.keys);
        let read_at = self.clock.steady();
        known.insert(issuer.to_owned(), Known { document: document.clone(), read_at, keys });
        Ok(document)
    }

    /// Whether people can sign in by such a document.
    fn judge(&self, issuer: &str, bytes: &[u8]) -> Result<Document, SignInProblem> {
        let raw: Value =
            serde_json::from_slice(bytes).map_err(|_| SignInProblem::AnswerMalformed)?;
        if raw["issuer"].as_str() != Some(issuer) {
            return Err(SignInProblem::IssuerMismatch);
        }
        let has = |field: &str, word: &str| {
            let words = raw[field].as_array();
            words.is_some_and(|words| words.iter().any(|known| known == word))
        };
        let grants = raw["grant_types_supported"].is_null()
            || has("grant_types_supported", "authorization_code");
        if !has("response_types_supported", "code") || !grants || raw["token_endpoint"].is_null() {
            return Err(SignInProblem::NoCodeFlow);
        }
        let metadata: Metadata =
            serde_json::from_slice(bytes).map_err(|_| SignInProblem::AnswerMalformed)?;
        self.fetch.admit(metadata.authorization_endpoint().url())?;
        self.fetch.admit(metadata.jwks_uri().url())?;
        if let Some(endpoint) = metadata.token_endpoint() {
            self.fetch.admit(endpoint.url())?;
        }
        let signs = metadata.id_token_signing_alg_values_supported();
        let algorithms: Vec<_> =
            ALGORITHMS.into_iter().filter(|known| signs.contains(known)).collect();
        if algorithms.is_empty() {
            return Err(SignInProblem::NoAlgorithm);
        }
        let More {
            end_session_endpoint,
            code_challenge_methods_supported,
            authorization_response_iss_parameter_supported,
        } = metadata.additional_metadata().clone();
        Ok(Document {
            algorithms,
            end_session: end_session_endpoint.filter(|address| self.fetch.admit(address).is_ok()),
            names_issuer: authorization_response_iss_parameter_supported == Some(true),
            challenges: code_challenge_methods_supported,
            metadata,
        })
    }

    /// The keys of a provider; newer ones than those that are known if they are looked for and the
    /// last look is not too near.
    pub async fn keys(
        &self,
        document: &Document,
        look: bool,
    ) -> Result<CoreJsonWebKeySet, SignInProblem> {
        let issuer = document.metadata.issuer().as_str();
        let now = self.clock.steady();
        let life = if look { LOOK_AGAIN } else { LIFE };
        let fresh = |keys: &&(CoreJsonWebKeySet, Instant)| now.since(keys.1) < life;
        let kept =
            self.known().get(issuer).and_then(|known| known.keys.as_ref().filter(fresh).cloned());
        if let Some((keys, _)) = kept {
            return Ok(keys);
        }
        let bytes = self.fetch.object(document.metadata.jwks_uri().url()).await?;
        let keys = usable(&bytes)?;
        if let Some(known) = self.known().get_mut(issuer) {
            known.keys = Some((keys.clone(), now));
        }
        Ok(keys)
    }
}

/// The keys that may verify a signature.
fn usable(bytes: &[u8]) -> Result<CoreJsonWebKeySet, SignInProblem> {
    let malformed = SignInProblem::AnswerMalformed;
    let mut raw: Value = serde_json::from_slice(bytes).map_err(|_| malformed)?;
    let keys = raw["keys"].as_array_mut().ok_or(malformed)?;
    if keys.len() > KEYS_MAX {
        return Err(SignInProblem::Oversized);
    }
    keys.retain(is_usable);
    serde_json::from_value(raw).map_err(|_| malformed)
}

/// Neither a shared secret, nor a key whose private half is published, nor one that is too short.
fn is_usable(key: &Value) -> bool {
    let modulus = || {
        let text = key["n"].as_str().unwrap_or_default();
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
        bytes.iter().skip_while(|byte| **byte == 0).count()
    };
    let is_public = key["d"].is_null() && key["k"].is_null();
    is_public
        && match key["kty"].as_str() {
            Some("RSA") => modulus() >= MODULUS_MIN,
            Some("EC" | "OKP") => true,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn count(key: Value) -> usize {
        let set = json!({ "keys": [key] }).to_string();
        usable(set.as_bytes()).expect("a set").keys().len()
    }

    fn rsa(bytes: usize, zeros: usize) -> Value {
        let mut modulus = vec![0; zeros];
        modulus.extend(vec![0xff; bytes]);
        json!({ "kty": "RSA", "e": "AQAB", "n": BASE64URL_NOPAD.encode(&modulus) })
    }

    #[test]
    fn weak_and_secret_keys_verify_nothing() {
        assert_eq!(count(rsa(256, 0)), 1);
        assert_eq!(count(rsa(255, 8)), 0);
        assert_eq!(count(rsa(64, 200)), 0);
        assert_eq!(count(json!({ "kty": "oct", "k": "AAAA" })), 0);
        let edwards =
            json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64URL_NOPAD.encode(&[1; 32]) });
        assert_eq!(count(edwards.clone()), 1);
        let mut published = edwards;
        published["d"] = json!("AAAA");
        assert_eq!(count(published), 0);
    }
}
