//! A whole installation in one process: a plane over a database of its own, an agent that talks to
//! it through TLS and runs members in memory, people, and a clock that only [`World::until`] and
//! the story itself turn.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cell_agent::agent::{Agent, AgentHandle};
use cell_agent_protocol::enrol::JoinToken;
use connectors::memory::MemoryRuntime;
use connectors::runtime::Runtime as _;
use control_plane::command::licence::keygen;
use control_plane::config::Config;
use control_plane::home::Home;
use control_plane::wiring::ServerHandle;
use control_plane_core::nudge::Topic;
use control_plane_core::plane::SharedPlane;
use control_plane_core::{cell, sign_in, subject};
use control_plane_store::{Store, StoreSettings};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tracing::subscriber::DefaultGuard;
use types::clock::{Clock as _, ManualClock, WrongClock};
use types::id::ProjectId;
use types::random::SystemRandom;

use crate::alarm::Alarms;
use crate::client::User;
use crate::engine::Engine;

pub mod books;
mod process;
pub mod seed;
mod wire;

use process::{config, serve};
use seed::{Seed, console};
use wire::Wire;

/// How far the clock is turned when nothing happens any more.
const TURN: Duration = Duration::from_millis(250);
/// When nothing happens any more: no hint for this long, in the time of the machine.
const QUIET: Duration = Duration::from_millis(4);
/// Turns after which a story is given up: more than any deadline of the product.
const TURNS_MAX: u32 = 4_000;

/// A running installation.
pub struct World {
    /// Turned by the story alone.
    pub clock: ManualClock,
    /// What the cell's machine shows; right until the story sets it.
    pub machine: WrongClock,
    /// Where members run.
    pub host: Arc<MemoryRuntime>,
    /// What is there to begin with.
    pub seed: Seed,
    /// Errors that were logged; a story that expects one takes it.
    pub alarms: Alarms,
    offering: (String, String),
    folder: TempDir,
    config: Config,
    key: SigningKey,
    plane: Option<ServerHandle>,
    agent: Option<AgentHandle>,
    wire: Wire,
    backup: Option<String>,
    http: reqwest::Client,
    people: Mutex<BTreeMap<String, User>>,
    _guard: DefaultGuard,
}

/// Tells a story on an engine. Afterwards every invariant must hold, and no error may have been
/// logged that the story did not expect.
pub async fn tell(engine: Engine, story: impl AsyncFnOnce(&mut World)) {
    tell_on(migrated(engine).await, |_| (), story).await;
}

/// Address of a new database with the tables of this release: they are made once and copied.
async fn migrated(engine: Engine) -> String {
    static MADE: [OnceCell<String>; 3] = [const { OnceCell::const_new() }; 3];
    let make = || async {
        let url = engine.start().new_database();
        migrate(&url).await;
        url
    };
    let made = MADE[engine as usize].get_or_init(make).await;
    engine.start().copy_of(made)
}

async fn migrate(url: &str) {
    let store = Store::open(&StoreSettings::at(url.to_owned())).await.expect("a database");
    store.migrate().await.expect("tables");
    store.close().await.expect("closed");
}

/// Tells a story on a new database at the address, with other settings.
pub async fn tell_on(
    database: String,
    set: impl FnOnce(&mut Config),
    story: impl AsyncFnOnce(&mut World),
) {
    let mut world = World::start(database, set).await;
    story(&mut world).await;
    world.end().await;
}

impl World {
    /// Starts plane and agent on a new database of their own.
    ///
    /// # Panics
    /// If anything is in the way.
    pub async fn start(database: String, set: impl FnOnce(&mut Config)) -> Self {
        let (alarms, guard) = Alarms::listen();
        let folder = tempfile::tempdir().expect("a folder");
        let wire = Wire::lay().await;
        let mut config = config(database);
        config.agent.public_address = format!("https://{}", wire.address);
        set(&mut config);
        migrate(&config.database.url).await;
        let home = Home::open(&folder.path().join("home")).expect("a home");
        let key = keygen(&home.path("keys"), &SystemRandom).expect("a key");
        let clock = ManualClock::at("2026-11-01T08:30:00Z".parse().expect("an instant"));
        let plane = serve(folder.path(), &config, &clock).await.expect("a running plane");
        let seed = seed::sow(&plane, &key).await;
        wire.lead(Some(plane.agent_address));
        let machine = WrongClock::beside(clock.clone());
        let host = Arc::new(MemoryRuntime::new(Arc::new(machine.clone())));
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
        let mut world = Self {
            clock,
            machine,
            host,
            seed,
            alarms,
            offering: Default::default(),
            folder,
            config,
            key,
            plane: Some(plane),
            agent: None,
            wire,
            backup: None,
            http: http.build().expect("a client"),
            people: Mutex::default(),
            _guard: guard,
        };
        world.join().await;
        world.offering = world.find_offering().await;
        world
    }

    /// Makes the cell `north`, and an agent that enrols and reports.
    async fn join(&mut self) {
        let (name, title) = ("north".parse().expect("a name"), "North".parse().expect("a title"));
        let made = cell::create(self.plane(), &console(), &name, &title).await.expect("a cell");
        let plane = self.plane.as_ref().expect("a running plane");
        let line = plane.join_line(&console(), made).await.expect("a line");
        let token = JoinToken::from_line(line.reveal()).expect("a token");
        let parts = self.agent_parts("agent", Some(token));
        self.agent = Some(Agent::start(parts).await.expect("an agent"));
        self.until("the first report", async || self.last_report().await.is_some()).await;
    }

    async fn find_offering(&self) -> (String, String) {
        let query = "{ offering(idOrName: \"redis\") { id plans { id name } } }";
        let found = self.user("dev").await.get(query, json!({})).await["offering"].clone();
        let plans = found["plans"].as_array().expect("plans");
        let small = plans.iter().find(|plan| plan["name"] == "small").expect("a plan");
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        (text(&found["id"]), text(&small["id"]))
    }

    /// Stops everything and looks at what is left.
    async fn end(mut self) {
        if let Some(agent) = self.agent.take() {
            agent.stop().await.expect("the agent stops");
        }
        let broken = billing::verify::all(self.plane()).await.expect("an answer");
        assert!(broken.is_empty(), "the database contradicts itself: {broken:#?}");
        self.plane.take().expect("a running plane").stop().await;
        let heard = self.alarms.take();
        assert!(heard.is_empty(), "logged as errors:\n{}", heard.join("\n"));
    }

    /// The plane inside, for what is not done through the API.
    ///
    /// # Panics
    /// While it is down.
    pub fn plane(&self) -> &SharedPlane {
        self.plane.as_ref().expect("a running plane").plane()
    }

    /// Address of the database, to plant faults in it.
    pub fn database(&self) -> &str {
        &self.config.database.url
    }

    /// Where the plane answers people.
    ///
    /// # Panics
    /// While it is down.
    pub fn address(&self) -> String {
        format!("http://{}", self.plane.as_ref().expect("a running plane").http_address)
    }

    /// Somebody of the seed, signed in.
    ///
    /// # Panics
    /// If there is nobody of that name.
    pub async fn user(&self, name: &str) -> User {
        let known = self.people.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(user) = known {
            return user.at(&self.address());
        }
        let user = self.sign_in(name).await;
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.entry(name.to_owned()).or_insert(user).clone()
    }

    /// A session of its own for somebody of the seed.
    ///
    /// # Panics
    /// If there is nobody of that name.
    pub async fn sign_in(&self, name: &str) -> User {
        let found = subject::named(self.plane(), &console(), name).await.expect("an answer");
        let subject = subject::only(found).expect("exactly one");
        let code = sign_in::create_code(self.plane(), subject.id).await.expect("a code");
        User::sign_in(&self.http, &self.address(), code.code.reveal()).await
    }

    /// Uses a code up that somebody was given.
    ///
    /// # Panics
    /// If it opens nothing.
    pub async fn enter(&self, code: &str) -> User {
        User::sign_in(&self.http, &self.address(), code).await
    }

    /// The same, if the code is still good.
    pub async fn try_enter(&self, code: &str) -> Option<User> {
        User::try_sign_in(&self.http, &self.address(), code).await.ok()
    }

    /// An order of a Redis with defaults.
    pub fn redis(&self, project: ProjectId, name: &str, topology: &str) -> Value {
        let (offering, plan) = &self.offering;
        json!({
            "project": project.to_string(), "name": name, "offering": offering, "plan": plan,
            "softwareVersion": "7.0", "topology": topology, "parameters": {},
        })
    }

    /// Waits until something is true. The clock is turned a little whenever nothing happens, so
    /// whoever sleeps in plane or agent gets his turn. The only place that waits.
    ///
    /// # Panics
    /// If it does not become true.
    pub async fn until(&self, what: &str, mut is_true: impl AsyncFnMut() -> bool) {
        for _ in 0..TURNS_MAX {
            let topic = Topic::Tenant(self.seed.acme);
            let hint = self.plane.as_ref().map(|plane| plane.plane().nudges.listen(topic));
            if is_true().await {
                return;
            }
            let hinted = async {
                match hint {
                    Some(mut hint) => hint.changed().await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            if tokio::time::timeout(QUIET, hinted).await.is_err() {
                self.clock.advance(TURN);
            }
        }
        panic!("never saw {what}; errors: {:?}", self.alarms.take());
    }

    /// Waits until an operation ended, and answers it.
    pub async fn ended(&self, user: &User, operation: &str) -> Value {
        let open = |row: &Value| row["state"] == "PENDING" || row["state"] == "RUNNING";
        let seen = async || !open(&user.operation(operation).await);
        self.until("the operation end", seen).await;
        user.operation(operation).await
    }

    /// Waits until an operation succeeded, and answers it.
    ///
    /// # Panics
    /// If it ended otherwise.
    pub async fn succeeded(&self, user: &User, operation: &str) -> Value {
        let row = self.ended(user, operation).await;
        assert_eq!(row["state"], "SUCCEEDED", "{row:#}");
        row
    }

    /// Waits until an instance is in a state, and answers it.
    pub async fn becomes(&self, user: &User, instance: &str, state: &str) -> Value {
        let what = format!("the instance {state}");
        self.until(&what, async || user.instance(instance).await["state"] == state).await;
        user.instance(instance).await
    }

    /// The pids of all members that the host has, by member; none for those that do not run.
    ///
    /// # Panics
    /// If a fault was planted.
    pub async fn pids(&self) -> BTreeMap<String, Option<u32>> {
        let mut pids = BTreeMap::new();
        for member in self.host.list().await.expect("members") {
            let seen = self.host.see(member).await.expect("a member");
            pids.insert(member.to_string(), seen.pid);
        }
        pids
    }

    /// Publishes another price, from now on.
    pub async fn publish_prices(&self, per_member_hour: &str) {
        seed::publish_prices(self.plane(), per_member_hour).await;
    }

    /// Installs a licence for more members of every tenant.
    pub async fn license(&self, id: &str, count: u32) {
        seed::license(self.plane(), &self.key, id, count).await;
    }

    /// The cell as the operator sees it.
    pub async fn cell(&self) -> Value {
        let query = "{ cells { nodes { name alarm lastReportAt watermark takenRevision } } }";
        let cells = self.user("operator").await.get(query, json!({})).await;
        cells["cells"]["nodes"][0].clone()
    }

    /// Where the plane has its keys.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// How the plane is set.
    pub fn config(&self) -> &Config {
        &self.config
    }

    async fn last_report(&self) -> Option<String> {
        self.cell().await["lastReportAt"].as_str().map(str::to_owned)
    }

    /// Turns the clock at once, as if nobody had been scheduled for so long.
    pub fn pass(&self, time: Duration) {
        self.clock.set(self.clock.now().plus(time));
    }
}
