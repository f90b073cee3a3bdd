//! An OpenID provider that answers as a story wants: by the book, or with anything in it bent. Its
//! keys are its own, so whatever it signs is signed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer as _, SigningKey};
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use types::clock::{Clock as _, ManualClock};

use crate::browser::part;

pub mod real;

/// Who the plane is at the provider.
pub const CLIENT: &str = "cellplane";
/// What it shows there.
pub const SECRET: &str = "s3cret/with+signs";

type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;
/// Writes a payload from the claims.
type Write = Arc<dyn Fn(&Value) -> String + Send + Sync>;
/// Changes a token.
type Change = Arc<dyn Fn(String) -> String + Send + Sync>;

/// What signs an id token.
#[derive(Clone, Debug, Default)]
pub enum Sign {
    /// The provider's key on P-256.
    #[default]
    Own,
    /// The provider's Ed25519 key.
    Edwards,
    /// A key on P-256 that nobody published.
    Foreign,
    /// A shared secret.
    Hmac(Vec<u8>),
    /// These bytes instead of a signature.
    Bytes(Vec<u8>),
}

/// An answer instead of the one by the book.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Status.
    pub status: u16,
    /// Content type.
    pub kind: &'static str,
    /// Body.
    pub body: String,
    /// Where it sends to.
    pub location: Option<String>,
}

impl Raw {
    /// An answer of 200 with JSON.
    pub fn json(body: impl Into<String>) -> Self {
        Self { status: 200, kind: "application/json", body: body.into(), location: None }
    }
}

/// What is bent.
#[derive(Clone, Default)]
pub struct Play {
    edits: BTreeMap<&'static str, Vec<Edit>>,
    raw: BTreeMap<&'static str, Raw>,
    /// What signs.
    sign: Sign,
    /// The payload as text, instead of the claims.
    payload: Option<Write>,
    /// What becomes of the token at last.
    token: Option<Change>,
}

impl Play {
    /// Edits a part: `discovery`, `keys`, `header`, `claims`, `answer`, `callback`.
    #[must_use]
    pub fn edit(
        mut self,
        what: &'static str,
        edit: impl Fn(&mut Value) + Send + Sync + 'static,
    ) -> Self {
        self.edits.entry(what).or_default().push(Arc::new(edit));
        self
    }

    /// Answers a part with something else: `discovery`, `keys`, `answer`.
    #[must_use]
    pub fn raw(mut self, what: &'static str, raw: Raw) -> Self {
        self.raw.insert(what, raw);
        self
    }

    /// Signs otherwise.
    #[must_use]
    pub fn sign(mut self, sign: Sign) -> Self {
        self.sign = sign;
        self
    }

    /// Writes the payload itself.
    #[must_use]
    pub fn payload(mut self, write: impl Fn(&Value) -> String + Send + Sync + 'static) -> Self {
        self.payload = Some(Arc::new(write));
        self
    }

    /// Changes the token after it was signed.
    #[must_use]
    pub fn token(mut self, change: impl Fn(String) -> String + Send + Sync + 'static) -> Self {
        self.token = Some(Arc::new(change));
        self
    }

    fn bend(&self, what: &str, mut value: Value) -> Value {
        for edit in self.edits.get(what).into_iter().flatten() {
            edit(&mut value);
        }
        value
    }
}

/// A sign-in at the provider: what the browser brought.
#[derive(Clone, Debug)]
struct Asked {
    nonce: String,
    challenge: String,
}

struct Shared {
    issuer: String,
    clock: ManualClock,
    play: Mutex<Play>,
    asked: Mutex<BTreeMap<String, Asked>>,
    seen: Mutex<BTreeMap<&'static str, usize>>,
    own: EcdsaKeyPair,
    foreign: EcdsaKeyPair,
    edwards: SigningKey,
}

/// A running provider; gone when dropped.
pub struct Provider(Arc<Shared>, tokio::task::JoinHandle<()>);

impl Drop for Provider {
    fn drop(&mut self) {
        self.1.abort();
    }
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
    let made = made.expect("a key");
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).expect("a key")
}

/// A key as it is published.
pub fn published(key: &[u8], kid: &str) -> Value {
    let half = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": half(&key[1..33]), "y": half(&key[33..65]) })
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Provider {
    /// Starts on a free port, by the book, with the story's clock.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(clock: &ManualClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            issuer,
            clock: clock.clone(),
            play: Mutex::default(),
            asked: Mutex::default(),
            seen: Mutex::default(),
            own: key(),
            foreign: key(),
            edwards: SigningKey::from_bytes(&[7; 32]),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(shared.clone());
        let serve = async move { axum::serve(listener, router).await.expect("served") };
        Self(shared, tokio::spawn(serve))
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Plays otherwise from now on.
    pub fn play(&self, play: Play) {
        *locked(&self.0.play) = play;
    }

    /// How often a part was asked for: `discovery`, `keys`, `answer`.
    pub fn seen(&self, what: &str) -> usize {
        locked(&self.0.seen).get(what).copied().unwrap_or_default()
    }

    /// The provider's public key, in the forms that a confused verifier might take for a secret.
    pub fn public_key(&self) -> Vec<u8> {
        self.0.own.public_key().as_ref().to_vec()
    }

    /// A key that is not the provider's, as it would be published.
    pub fn foreign_key(&self, kid: &str) -> Value {
        published(self.0.foreign.public_key().as_ref(), kid)
    }

    /// Where somebody is sent back to who came with this address and signed in: the way back, by
    /// the book and then as bent.
    pub fn authorize(&self, address: &str) -> String {
        let code = self.code(address);
        let play = locked(&self.0.play).clone();
        let back = json!({ "state": part(address, "state"), "code": code });
        let back = play.bend("callback", back);
        let mut way = reqwest::Url::parse(&part(address, "redirect_uri")).expect("an address");
        for (name, value) in back.as_object().expect("an object") {
            let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for value in values.iter().filter_map(Value::as_str) {
                way.query_pairs_mut().append_pair(name, value);
            }
        }
        let way = way.to_string();
        let path = way.find("/sign-in/callback").expect("the way back");
        way[path..].to_owned()
    }

    /// A code for whoever came with this address.
    pub fn code(&self, address: &str) -> String {
        let mut asked = locked(&self.0.asked);
        let code = format!("code-{}", asked.len());
        let row =
            Asked { nonce: part(address, "nonce"), challenge: part(address, "code_challenge") };
        asked.insert(code.clone(), row);
        code
    }
}

impl Shared {
    fn count(&self, what: &'static str) -> Play {
        *locked(&self.seen).entry(what).or_default() += 1;
        locked(&self.play).clone()
    }

    fn sign(&self, play: &Play, asked: &Asked) -> String {
        let now = self.clock.now().seconds();
        let header = match play.sign {
            Sign::Edwards => json!({ "alg": "EdDSA", "kid": "edwards", "typ": "JWT" }),
            _ => json!({ "alg": "ES256", "kid": "own", "typ": "JWT" }),
        };
        let claims = json!({ "iss": self.issuer, "aud": CLIENT, "sub": "person-1", "iat": now,
            "exp": now + 300, "nonce": asked.nonce, "preferred_username": "ann",
            "name": "Ann Lee", "groups": ["/ops"] });
        let (header, claims) = (play.bend("header", header), play.bend("claims", claims));
        let payload =
            play.payload.as_ref().map_or_else(|| claims.to_string(), |write| write(&claims));
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let input = format!("{}.{}", encode(&header.to_string()), encode(&payload));
        let by = |key: &EcdsaKeyPair| {
            let signed = key.sign(&SystemRandom::new(), input.as_bytes()).expect("a signature");
            signed.as_ref().to_vec()
        };
        let signature = match &play.sign {
            Sign::Own => by(&self.own),
            Sign::Foreign => by(&self.foreign),
            Sign::Edwards => self.edwards.sign(input.as_bytes()).to_bytes().to_vec(),
            Sign::Hmac(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
            }
            Sign::Bytes(bytes) => bytes.clone(),
        };
        let token = format!("{input}.{}", BASE64URL_NOPAD.encode(&signature));
        play.token.as_ref().map_or_else(|| token.clone(), |change| change(token.clone()))
    }
}

fn answer(play: &Play, what: &'static str, value: Value) -> Response {
    let Some(raw) = play.raw.get(what) else { return Json(play.bend(what, value)).into_response() };
    let mut response = raw.body.clone().into_response();
    *response.status_mut() = StatusCode::from_u16(raw.status).expect("a status");
    let headers = response.headers_mut();
    headers.insert("content-type", raw.kind.parse().expect("a kind"));
    if let Some(location) = &raw.location {
        headers.insert("location", location.parse().expect("an address"));
    }
    response
}

async fn discovery(State(own): State<Arc<Shared>>) -> Response {
    let at = |path: &str| format!("{}{path}", own.issuer);
    let document = json!({ "issuer": own.issuer, "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
        "end_session_endpoint": at("/end?way=out"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["ES256", "EdDSA", "HS256", "none"] });
    answer(&own.count("discovery"), "discovery", document)
}

async fn keys(State(own): State<Arc<Shared>>) -> Response {
    let edwards = BASE64URL_NOPAD.encode(own.edwards.verifying_key().as_bytes());
    let edwards = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "edwards", "x": edwards });
    let set = json!({ "keys": [published(own.own.public_key().as_ref(), "own"), edwards] });
    answer(&own.count("keys"), "keys", set)
}

async fn token(
    State(own): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let play = own.count("answer");
    let refuse =
        |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let basic = headers.get("authorization").and_then(|value| value.to_str().ok());
    let expected =
        data_encoding::BASE64.encode(format!("{CLIENT}:s3cret%2Fwith%2Bsigns").as_bytes());
    if basic != Some(&*format!("Basic {expected}")) {
        return refuse("invalid_client");
    }
    // A code is good once, as everywhere.
    let code = form.get("code").cloned().unwrap_or_default();
    let Some(asked) = locked(&own.asked).remove(&code) else { return refuse("invalid_grant") };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    if challenge != asked.challenge {
        return refuse("invalid_grant");
    }
    let id_token = own.sign(&play, &asked);
    let body = json!({ "access_token": "access", "token_type": "Bearer", "expires_in": 300,
        "id_token": id_token });
    answer(&play, "answer", body)
}
