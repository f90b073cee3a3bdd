//! A cell that delivers usage: enrolled by a join token, with a certificate of its own, and with
//! members whose births the plane knows.

use std::fs;

use cell_agent_protocol::VERSION;
use cell_agent_protocol::enrol::{EnrolRequest, Identity, JoinToken};
use cell_agent_protocol::session::{OpenSession, Session};
use cell_agent_protocol::usage::{UsageAnswer, UsageRecord, UsageRequest};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer as _, SigningKey};
use reqwest::{Certificate, Client};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use types::clock::{Clock as _, SystemClock};
use types::id::{AgentSessionId, CellId, MemberId};
use types::instant::Instant;
use uuid::Uuid;

use crate::Outcome;
use crate::stage::Plane;
use crate::usage::BATCH;

const MEMBERS: usize = 125;
const METERS: [(&str, i64); 4] = [
    ("member_seconds", 1),
    ("millivcpu_seconds", 500),
    ("memory_mib_seconds", 256),
    ("storage_mib_seconds", 1_024),
];
const MINUTES: usize = BATCH / MEMBERS / METERS.len();
const MINUTE_S: i64 = 60;
/// How long ago the first record begins.
const AGO_S: i64 = 12 * 3_600;

/// Where the members belong, as literals of the database's own.
pub struct Place {
    /// The tenant.
    pub tenant: String,
    /// The project.
    pub project: String,
}

/// A cell with a session.
pub struct Cell {
    post: Post,
    id: CellId,
    key: SigningKey,
    members: Vec<MemberId>,
    began: Instant,
    minutes: i64,
    sequence: i64,
    metered: i64,
}

/// The cell's way to the plane.
#[derive(Clone)]
pub struct Post {
    client: Client,
    address: String,
    session: AgentSessionId,
}

impl Cell {
    /// Joins the plane.
    pub async fn join(plane: &Plane, number: usize) -> Outcome<Self> {
        let line = plane.join_line(&format!("bench-{number}"))?;
        let token = JoinToken::from_line(&line)?;
        let key = SigningKey::from_bytes(&[u8::try_from(number + 1)?; 32]);
        let ca = Certificate::from_pem(&fs::read(plane.file("keys/ca.pem"))?)?;
        let builder = || Client::builder().no_proxy().tls_certs_only([ca.clone()]);
        let public = key.verifying_key().to_bytes();
        let enrol = EnrolRequest {
            secret: token.secret.clone(),
            public_key: hex(&public),
            agent_version: "bench".to_owned(),
            boot_id: "bench".to_owned(),
        };
        let address = format!("{}/agent/v{VERSION}", token.address);
        let asked = builder().build()?.post(format!("{address}/enrol")).json(&enrol);
        let identity: Identity = read(asked.send().await?).await?;
        let pem = format!("{}{}", *key.to_pkcs8_pem(LineEnding::LF)?, identity.certificate);
        let client = builder().identity(reqwest::Identity::from_pem(pem.as_bytes())?).build()?;
        let open = OpenSession {
            protocol: VERSION,
            agent_version: "bench".to_owned(),
            boot_id: "bench".to_owned(),
            last_sequence: 0,
            sent_at: SystemClock.now(),
            capabilities: Vec::new(),
            process: None,
            kept_from: None,
            revision: None,
        };
        let asked = client.post(format!("{address}/session")).json(&open).send().await?;
        let session: Session = read(asked).await?;
        let began = SystemClock.now().hour().shifted(-AGO_S * 1_000_000);
        let member = |at: usize| {
            let at = u128::try_from(number * MEMBERS + at + 1).unwrap_or_default();
            // Version 7 of a time long ago; only the count differs.
            MemberId::from(Uuid::from_u128((0x0190_0000_0000_7000_8000 << 48) + at))
        };
        Ok(Self {
            post: Post { client, address, session: session.session },
            id: identity.cell,
            key,
            members: (0..MEMBERS).map(member).collect(),
            began,
            minutes: 0,
            sequence: 0,
            metered: 0,
        })
    }

    /// The cell.
    pub fn id(&self) -> CellId {
        self.id
    }

    /// The last sequence that was put into a batch.
    pub fn delivered(&self) -> i64 {
        self.sequence
    }

    /// The sum of all quantities in batches.
    pub fn metered(&self) -> i64 {
        self.metered
    }

    /// The way to the plane.
    pub fn post(&self) -> Post {
        self.post.clone()
    }

    /// Statements that make the members known.
    pub fn births(&self, place: &Place, is_sqlite: bool) -> String {
        let literal = |id: Uuid| match is_sqlite {
            true => format!("X'{}'", hex(id.as_bytes())),
            false => format!("'{id}'"),
        };
        let Place { tenant, project } = place;
        let at = self.began.micros();
        let cell = literal(self.id.uuid());
        let mut sql = String::new();
        for member in &self.members {
            let id = literal(member.uuid());
            sql.push_str(&format!(
                "INSERT INTO lifecycle (id, tenant_id, project_id, instance_id, cell_id, resource, \
                 kind, state, at, recorded_at) VALUES ({id}, {tenant}, {project}, {id}, {cell}, \
                 '{member}', 'member', 'running', {at}, {at});\n"
            ));
        }
        sql
    }

    /// The next ten minutes of all members, signed, as the body of a request.
    pub fn next_batch(&mut self) -> Outcome<Vec<u8>> {
        let mut records = Vec::with_capacity(BATCH);
        for _ in 0..MINUTES {
            let start = self.began.shifted(self.minutes * MINUTE_S * 1_000_000);
            let end = start.shifted(MINUTE_S * 1_000_000);
            self.minutes += 1;
            for member in &self.members {
                for (meter, per_second) in METERS {
                    self.sequence += 1;
                    let quantity = MINUTE_S * per_second;
                    self.metered += quantity;
                    let mut record = UsageRecord {
                        sequence: self.sequence,
                        resource: member.to_string(),
                        meter: meter.to_owned(),
                        start,
                        end,
                        quantity,
                        signature: String::new(),
                    };
                    let text = record.signed_text(self.id);
                    record.signature = hex(&self.key.sign(text.as_bytes()).to_bytes());
                    records.push(record);
                }
            }
        }
        let watermark = self.began.shifted(self.minutes * MINUTE_S * 1_000_000);
        let request = UsageRequest { session: self.post.session, records, watermark };
        Ok(serde_json::to_vec(&request)?)
    }
}

impl Post {
    /// Sends a batch and answers what is acknowledged.
    pub async fn usage(&self, body: Vec<u8>) -> Outcome<i64> {
        let asked = self.client.post(format!("{}/usage", self.address));
        let asked = asked.header("content-type", "application/json").body(body);
        let answer: UsageAnswer = read(asked.send().await?).await?;
        Ok(answer.acknowledged)
    }
}

async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Outcome<T> {
    let bytes = answer.bytes().await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let said: Value = serde_json::from_slice(&bytes).unwrap_or(json!("no JSON"));
        format!("{error}: {said}").into()
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
