//! A plane by script: the protocol over real TLS, and a memory of everything it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest, digest};
use cell_agent_protocol::enrol::{Challenge, EnrolRequest, Identity, JoinToken, RenewRequest};
use cell_agent_protocol::error::{AgentError, AgentErrorCode};
use cell_agent_protocol::observed::{ObservedAnswer, ObservedRequest};
use cell_agent_protocol::session::{OpenSession, Session};
use cell_agent_protocol::usage::{UsageAnswer, UsageRecord, UsageRequest};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use types::cell::Condition;
use types::clock::{Clock, ManualClock};
use types::generation::Revision;
use types::id::{AgentSessionId, CellId, InstanceId, OperationId, ResourceId, SystemIds};
use types::instance::{InstanceObserved, InstanceSpec, State, StateChange, Wish};
use types::instant::Instant;
use types::operation::{LogLine, OperationObserved, OperationState};
use types::secret::Secret;

use crate::authority::Authority;

/// What the plane was told, and what it wants.
#[derive(Default)]
pub struct Memory {
    pub tokens: BTreeSet<String>,
    pub public_key: Option<String>,
    pub boot_id: Option<String>,
    pub challenge: Option<String>,
    pub renewals: u32,
    pub session: Option<AgentSessionId>,
    pub sessions: u32,
    pub revision: i64,
    pub objects: BTreeMap<InstanceId, (i64, InstanceSpec)>,
    pub forgotten: Vec<InstanceId>,
    pub wrong_digest: bool,
    pub asked_all: u32,
    pub instances: BTreeMap<InstanceId, InstanceObserved>,
    pub changes: Vec<StateChange>,
    pub operations: BTreeMap<OperationId, OperationObserved>,
    pub logs: BTreeMap<(OperationId, i64), LogLine>,
    pub condition: Option<Condition>,
    pub records: BTreeMap<i64, UsageRecord>,
    pub watermark: Instant,
    pub is_away: bool,
    pub refuse: Option<AgentErrorCode>,
    /// The sequence of a record that is taken for malformed, and with it its batch.
    pub malformed: Option<i64>,
    /// How often usage was sent.
    pub usage_calls: u32,
}

impl Memory {
    pub fn acknowledged(&self) -> i64 {
        (1..).zip(self.records.keys()).take_while(|(n, key)| n == *key).count() as i64
    }
}

pub struct Plane {
    pub cell: CellId,
    pub clock: ManualClock,
    /// Microseconds by which the plane's clock is ahead of the story's.
    ahead_us: AtomicI64,
    pub authority: Authority,
    pub address: String,
    memory: Mutex<Memory>,
    told: watch::Sender<u64>,
}

type Answer = Result<Vec<u8>, (StatusCode, AgentErrorCode)>;

impl Plane {
    pub async fn start(clock: ManualClock, ahead_us: i64) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let authority = Authority::new();
        let acceptor = TlsAcceptor::from(Arc::new(authority.server()));
        let plane = Arc::new(Self {
            cell: CellId::next(&SystemIds),
            clock,
            ahead_us: AtomicI64::new(ahead_us),
            authority,
            address: format!("https://{}", listener.local_addr().expect("an address")),
            memory: Mutex::default(),
            told: watch::Sender::new(0),
        });
        tokio::spawn({
            let plane = plane.clone();
            async move {
                loop {
                    let Ok((stream, _)) = listener.accept().await else { return };
                    let (plane, acceptor) = (plane.clone(), acceptor.clone());
                    tokio::spawn(async move {
                        let Ok(stream) = acceptor.accept(stream).await else { return };
                        let is_known = stream.get_ref().1.peer_certificates().is_some();
                        let answer = service_fn(move |request| {
                            let plane = plane.clone();
                            async move { plane.answer(request, is_known).await }
                        });
                        let server = auto::Builder::new(TokioExecutor::new());
                        // A connection that breaks is part of the stories.
                        let _ = server.serve_connection(TokioIo::new(stream), answer).await;
                    });
                }
            }
        });
        plane
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no story panics with it")
    }

    pub fn now(&self) -> Instant {
        self.clock.now().shifted(self.ahead_us.load(Ordering::SeqCst))
    }

    pub fn token(&self) -> JoinToken {
        let secret = types::id::Ids::next(&SystemIds).to_string();
        self.memory().tokens.insert(secret.clone());
        JoinToken {
            address: self.address.clone(),
            ca_fingerprint: self.authority.fingerprint(),
            secret: Secret::new(secret),
        }
    }

    /// Wants an object from now on.
    pub fn want(&self, spec: &InstanceSpec) {
        let mut memory = self.memory();
        memory.revision += 1;
        let revision = memory.revision;
        memory.objects.insert(spec.id, (revision, spec.clone()));
        drop(memory);
        self.told.send_modify(|count| *count += 1);
    }

    /// Acknowledges that an object is gone.
    pub fn forget(&self, instance: InstanceId) {
        let mut memory = self.memory();
        memory.revision += 1;
        memory.objects.remove(&instance);
        memory.forgotten.push(instance);
        drop(memory);
        self.told.send_modify(|count| *count += 1);
    }

    /// Waits until something is true, turning the clock a little whenever nothing happens.
    #[track_caller]
    pub fn eventually<'a>(
        &'a self,
        what: &'a str,
        mut is_true: impl FnMut(&Memory) -> bool + 'a,
    ) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let mut told = self.told.subscribe();
            for _ in 0..3_000 {
                if is_true(&self.memory()) {
                    return;
                }
                if tokio::time::timeout(Duration::from_millis(4), told.changed()).await.is_err() {
                    self.clock.advance(Duration::from_millis(200));
                }
            }
            let memory = self.memory();
            panic!(
                "{caller}: never saw {what}\noperations {:#?}\nlogs {:#?}\ninstances {:#?}",
                memory.operations,
                memory.logs.values().map(|line| &line.text).collect::<Vec<_>>(),
                memory.instances,
            );
        }
    }

    /// Turns the clock in small steps and lets everybody follow.
    pub async fn pass(&self, time: Duration) {
        let until = self.clock.now().plus(time);
        let mut told = self.told.subscribe();
        while self.clock.now() < until {
            self.clock.advance(Duration::from_secs(2).min(until.since(self.clock.now())));
            let _ = tokio::time::timeout(Duration::from_millis(3), told.changed()).await;
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        is_known: bool,
    ) -> Result<Response<Full<Bytes>>, std::io::Error> {
        let name = request.uri().path().trim_start_matches("/agent/v1/").to_owned();
        let body = request.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
        if self.memory().is_away {
            return Err(std::io::Error::other("away"));
        }
        let answer = self.act(&name, &body, is_known).await;
        self.told.send_modify(|count| *count += 1);
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err((status, code)) => {
                let refusal = AgentError { code, message: "by script".to_owned() };
                (status, serde_json::to_vec(&refusal).expect("JSON"))
            }
        };
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = status;
        Ok(response)
    }

    async fn act(&self, name: &str, body: &[u8], is_known: bool) -> Answer {
        let is_open = matches!(name, "enrol" | "challenge" | "renew");
        if !is_known && !is_open {
            return refuse(AgentErrorCode::NotEnrolled);
        }
        if let Some(code) = self.memory().refuse.filter(|_| !is_open) {
            return refuse(code);
        }
        match name {
            "enrol" => self.enrol(&parse(body)),
            "challenge" => {
                let challenge = types::id::Ids::next(&SystemIds).to_string();
                self.memory().challenge = Some(challenge.clone());
                reply(&Challenge { challenge })
            }
            "renew" => self.renew(&parse(body)),
            "session" => self.session(&parse(body)),
            "desired" => self.desired(&parse(body)).await,
            "observed" => self.observed(parse(body)),
            "usage" => self.usage(parse(body)),
            _ => refuse(AgentErrorCode::Malformed),
        }
    }

    fn identity(&self, memory: &Memory) -> Identity {
        let key = memory.public_key.as_ref().expect("an enrolled key");
        Identity {
            cell: self.cell,
            cell_name: "story".to_owned(),
            certificate: self.authority.sign(&self.cell.to_string(), key),
            ca_certificate: self.authority.pem.clone(),
            expires_at: self.now().plus(Duration::from_secs(24 * 3_600)),
            next_sequence: memory.acknowledged() + 1,
        }
    }

    fn enrol(&self, request: &EnrolRequest) -> Answer {
        let mut memory = self.memory();
        if !memory.tokens.remove(request.secret.reveal()) {
            return refuse(AgentErrorCode::JoinTokenInvalid);
        }
        memory.public_key = Some(request.public_key.clone());
        memory.boot_id = Some(request.boot_id.clone());
        reply(&self.identity(&memory))
    }

    fn renew(&self, request: &RenewRequest) -> Answer {
        use ed25519_dalek::Verifier;
        let mut memory = self.memory();
        if memory.challenge.take().as_ref() != Some(&request.challenge) {
            return refuse(AgentErrorCode::ChallengeFailed);
        }
        let text = RenewRequest::signed_text(self.cell, &request.challenge);
        if key(&memory).verify(text.as_bytes(), &signature(&request.signature)).is_err() {
            return refuse(AgentErrorCode::ChallengeFailed);
        }
        memory.renewals += 1;
        reply(&self.identity(&memory))
    }

    fn session(&self, request: &OpenSession) -> Answer {
        let mut memory = self.memory();
        let highest = memory.records.keys().next_back().copied().unwrap_or(0);
        if memory.boot_id.as_ref() != Some(&request.boot_id) || request.last_sequence < highest {
            return refuse(AgentErrorCode::CloneSuspected);
        }
        let session = AgentSessionId::next(&SystemIds);
        memory.session = Some(session);
        memory.sessions += 1;
        reply(&Session {
            session,
            plane_time: self.now(),
            acknowledged_sequence: memory.acknowledged(),
            report_interval_s: 60,
            complete_to: None,
        })
    }

    async fn desired(&self, request: &DesiredRequest) -> Answer {
        let until = self.clock.now().plus(Duration::from_millis(request.wait_ms.into()));
        let mut told = self.told.subscribe();
        loop {
            {
                let mut memory = self.memory();
                if memory.session != Some(request.session) {
                    return refuse(AgentErrorCode::SessionSuperseded);
                }
                memory.asked_all += u32::from(request.after == Revision(0));
                let is_new = memory.revision > request.after.0;
                if is_new || self.clock.now() >= until || memory.refuse.is_some() {
                    let news = memory.objects.values();
                    let news = news.filter(|(revision, _)| *revision > request.after.0);
                    let wanted =
                        memory.objects.values().map(|(_, spec)| (spec.id, spec.generation));
                    let digest = digest(wanted);
                    let answer = DesiredAnswer {
                        revision: Revision(memory.revision),
                        objects: news.map(|(_, spec)| spec.clone()).collect(),
                        more: false,
                        digest: Some(if memory.wrong_digest { "0".repeat(64) } else { digest }),
                        forgotten: memory.forgotten.clone(),
                    };
                    return reply(&answer);
                }
            }
            tokio::select! {
                _ = told.changed() => {}
                () = self.clock.sleep_until(until) => {}
            }
        }
    }

    fn observed(&self, request: ObservedRequest) -> Answer {
        let mut memory = self.memory();
        if memory.session != Some(request.session) {
            return refuse(AgentErrorCode::SessionSuperseded);
        }
        for observed in request.instances {
            memory.instances.insert(observed.id, observed);
        }
        for change in request.changes {
            if !memory.changes.contains(&change) {
                memory.changes.push(change);
            }
        }
        for line in request.logs {
            memory.logs.insert((line.operation, line.number), line);
        }
        memory.condition = request.condition;
        let ended = request.operations.iter().filter(|operation| operation.state.is_final());
        let settled = ended.map(|operation| operation.id).collect();
        for operation in request.operations {
            assert_not_early(&memory, &operation);
            memory.operations.insert(operation.id, operation);
        }
        reply(&ObservedAnswer { settled, plane_time: Some(self.now()) })
    }

    fn usage(&self, request: UsageRequest) -> Answer {
        use ed25519_dalek::Verifier;
        let mut memory = self.memory();
        if memory.session != Some(request.session) {
            return refuse(AgentErrorCode::SessionSuperseded);
        }
        memory.usage_calls += 1;
        let malformed = memory.malformed;
        if request.records.iter().any(|record| Some(record.sequence) == malformed) {
            return refuse(AgentErrorCode::Malformed);
        }
        let key = key(&memory);
        for record in request.records {
            let text = record.signed_text(self.cell);
            let is_signed = key.verify(text.as_bytes(), &signature(&record.signature)).is_ok();
            assert!(is_signed, "an unsigned record");
            let before = memory.records.insert(record.sequence, record.clone());
            assert!(before.is_none_or(|before| before == record), "a sequence used twice");
        }
        assert!(request.watermark >= memory.watermark || request.watermark == Instant::default());
        memory.watermark = memory.watermark.max(request.watermark);
        reply(&UsageAnswer { acknowledged: memory.acknowledged() })
    }
}

/// Who reads that an operation succeeded finds its instance as it was wanted.
fn assert_not_early(memory: &Memory, operation: &OperationObserved) {
    let Some((_, spec)) = memory.objects.get(&operation.instance) else { return };
    if operation.state != OperationState::Succeeded || spec.operation.id != operation.id {
        return;
    }
    let resource = ResourceId::Instance(spec.id);
    let mut states = memory.changes.iter().filter(|change| change.resource == resource);
    // Sight may have been lost since.
    let state = states.rfind(|change| change.state != State::Unknown).map(|change| change.state);
    let is_so = match spec.wish {
        Wish::Running => matches!(state, Some(State::Running | State::Degraded)),
        Wish::Stopped => state == Some(State::Stopped),
        Wish::Deleted => state == Some(State::Deleted),
    };
    assert!(is_so, "{:?} succeeded while {state:?}", spec.wish);
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> T {
    serde_json::from_slice(body).expect("a message of the protocol")
}

fn reply<T: Serialize>(answer: &T) -> Answer {
    Ok(serde_json::to_vec(answer).expect("JSON"))
}

fn refuse(code: AgentErrorCode) -> Answer {
    Err((StatusCode::CONFLICT, code))
}

fn key(memory: &Memory) -> ed25519_dalek::VerifyingKey {
    let hex = memory.public_key.as_ref().expect("an enrolled key");
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex");
    ed25519_dalek::VerifyingKey::from_bytes(&bytes.try_into().expect("32 bytes")).expect("a key")
}

fn signature(hex: &str) -> ed25519_dalek::Signature {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex");
    ed25519_dalek::Signature::from_slice(&bytes).expect("a signature")
}
