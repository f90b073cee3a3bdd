//! Every long-lived part of the plane, in reading order: home, database, ports, plane, tasks, doors.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing::task::{Attribute, CloseMonths};
use catalog::Catalog;
use cell_agent_protocol::enrol::JoinToken;
use control_plane_core::cell;
use control_plane_core::error::Error;
use control_plane_core::identity_provider::Wire;
use control_plane_core::key::MasterKey;
use control_plane_core::nudge::{Nudges, watch};
use control_plane_core::plane::{Plane, Settings, SharedPlane};
use control_plane_core::rights::RightsCache;
use control_plane_core::session::{self, SessionCache};
use control_plane_core::task::expire::Expire;
use control_plane_core::task::move_planned::MovePlanned;
use control_plane_core::task::{Task, drive};
use control_plane_store::{Engine, Store, StoreError, StoreSettings, wall};
use policies::permit::FleetPermit;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use types::clock::{SharedClock, SystemClock};
use types::id::{CellId, Ids, SystemIds};
use types::random::{Random, SystemRandom};
use types::secret::Secret;

use crate::agent_api::{self, AgentParts};
use crate::ca::{Authority, CaError};
use crate::config::Config;
use crate::home::{Addresses, Home, HomeError};
use crate::http::limit::Limiter;
use crate::http::{self, WebParts};
use crate::listener::{Ends, Port, PortError, Tls};
use crate::metrics::Metrics;
use crate::nudge::Relay;
use crate::openid::OpenId;
use crate::tls::{self, TlsError};
use crate::wiring::port::{Ports, hosts, origins};

pub mod port;

/// What keeps the plane from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The home directory.
    #[error("open the home directory")]
    Home(#[from] HomeError),
    /// The database.
    #[error("open the database")]
    Store(#[from] StoreError),
    /// The database has tables of an earlier release.
    #[error("{0} migrations are to be run first; run `cellplane-plane migrate`")]
    Unmigrated(usize),
    /// The database has tables that row-level security does not cover.
    #[error(
        "no row-level security on {}; run `cellplane-plane migrate` as the owner of the tables",
        .0.join(", ")
    )]
    NoWall(Vec<String>),
    /// Row-level security does not bind the role that the plane works under.
    #[error(
        "{0} is a superuser or has BYPASSRLS, so row-level security does not bind it; run \
         `ALTER ROLE {0} NOSUPERUSER NOBYPASSRLS`"
    )]
    StepsAround(String),
    /// The address of Redis is none.
    #[error("`redis.url`, or the file `redis.url_file`, must hold a redis:// or rediss:// address")]
    Redis(#[source] redis::RedisError),
    /// A port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The certificate authority.
    #[error("open the certificate authority")]
    Ca(#[from] CaError),
    /// TLS of the agents' port.
    #[error("set up TLS for agents")]
    Tls(#[from] TlsError),
}

/// Time, ids and chance: inputs, so that a story can be replayed.
#[derive(Clone)]
pub struct Parts {
    /// The time.
    pub clock: SharedClock,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Chance.
    pub random: Arc<dyn Random>,
}

impl Parts {
    /// Those of the machine.
    pub fn of_machine() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            random: Arc::new(SystemRandom),
        }
    }
}

/// Opens the database. The embedded one is migrated on the way; others want `migrate` first.
///
/// # Errors
/// If it does not answer or has tables of another release.
pub async fn open_store(home: &Home, config: &Config) -> Result<Store, StartError> {
    let settings = StoreSettings {
        url: home.database(config)?,
        connections_max: config.database.connections_max,
        wait: Duration::from_millis(config.database.wait_ms),
        statement: Some(Duration::from_millis(config.database.statement_ms)),
        role: config.database_role(),
    };
    let store = Store::open(&settings).await?;
    match store.pending_migrations().await? {
        0 => match wall::look(&store).await? {
            Some(wall) if wall.steps_around => Err(StartError::StepsAround(wall.role)),
            Some(wall) if !wall.gaps.is_empty() => Err(StartError::NoWall(wall.gaps)),
            _ => Ok(store),
        },
        _ if store.engine() == Engine::Sqlite => {
            store.migrate().await?;
            Ok(store)
        }
        pending => Err(StartError::Unmigrated(pending)),
    }
}

/// The plane that decisions work on.
///
/// # Errors
/// If the files of the home directory cannot be used.
pub fn plane(
    home: &Home,
    config: &Config,
    store: Store,
    parts: Parts,
    addresses: &Addresses,
    providers: Arc<dyn Wire>,
) -> Result<SharedPlane, StartError> {
    let seconds = Duration::from_secs;
    let settings = Settings {
        public_address: addresses.http.clone(),
        installation: home.installation(config, &*parts.ids)?,
        licence_issuers: home.licence_issuers(config)?,
        sign_in_code_life: seconds(config.session.code_life_s),
        portal_session_life: seconds(config.session.portal_life_s),
        command_line_session_life: seconds(config.session.command_line_life_s),
        token_life_max: seconds(config.session.token_life_max_s),
        report_interval: seconds(config.agent.report_interval_s),
        operation_deadline: seconds(config.operation.deadline_s),
    };
    let key = MasterKey::new(&home.master_key(&*parts.random)?);
    Ok(Arc::new(Plane {
        store,
        clock: parts.clock,
        ids: parts.ids,
        random: parts.random,
        catalog: Catalog::embedded(),
        key,
        settings,
        rights: RightsCache::default(),
        sessions: SessionCache::default(),
        providers,
        nudges: Nudges::default(),
    }))
}

/// Makes a join token for a cell, as the line that is carried to its agent.
///
/// # Errors
/// As for any write.
pub async fn join_line(
    plane: &Plane,
    authority: &Authority,
    agent_address: &str,
    permit: &FleetPermit,
    cell: CellId,
) -> Result<Secret, Error> {
    let secret = cell::create_join_token(plane, permit, cell).await?;
    let (address, ca_fingerprint) = (agent_address.to_owned(), authority.fingerprint());
    Ok(JoinToken { address, ca_fingerprint, secret }.to_line())
}

/// Work that repeats for as long as the plane runs.
pub fn tasks() -> Vec<Arc<dyn Task>> {
    vec![Arc::new(MovePlanned), Arc::new(Expire), Arc::new(Attribute), Arc::new(CloseMonths)]
}

/// The way of hints to other processes; none without Redis.
fn relay(
    home: &Home,
    config: &Config,
    plane: &Plane,
    origin: &str,
) -> Result<Option<Relay>, StartError> {
    let Some(url) = home.redis(config)? else { return Ok(None) };
    let relay = Relay::new(url.reveal(), &plane.settings.installation, origin);
    Ok(Some(relay.map_err(StartError::Redis)?))
}

/// The plane as a process.
pub struct Server;

impl Server {
    /// Starts everything; nothing is left running when it fails.
    ///
    /// # Errors
    /// Says what is in the way.
    pub async fn start(
        home: &Path,
        config: Config,
        parts: Parts,
    ) -> Result<ServerHandle, StartError> {
        tls::install_provider();
        let home = Home::open(home)?;
        let store = open_store(&home, &config).await?;
        let ports = Ports::bind(&config).await?;
        let addresses = ports.addresses(&config);
        let authority = Authority::open(&home, parts.clock.now(), &*parts.random)?;
        let authority = Arc::new(authority);
        let openid = OpenId::new(&config.openid, parts.clock.clone(), &addresses.http);
        let openid = Arc::new(openid);
        let plane = plane(&home, &config, store, parts.clone(), &addresses, openid.clone())?;
        let hosts = hosts(&addresses.agent, ports.agent_address);
        let tls = tls::server_config(
            authority.clone(),
            hosts,
            parts.clock.clone(),
            parts.random.clone(),
        )?;
        let tls = Tls {
            acceptor: TlsAcceptor::from(Arc::new(tls)),
            handshake: Duration::from_millis(config.agent.handshake_timeout_ms),
            clock: parts.clock.clone(),
        };
        let holder = parts.ids.next().to_string();
        let relay = relay(&home, &config, &plane, &holder)?;
        home.note_addresses(&addresses)?;
        let handle = ServerHandle {
            http_address: ports.http_address,
            agent_address: ports.agent_address,
            addresses,
            plane: plane.clone(),
            authority: authority.clone(),
            ends: Ends::default(),
            drain: config.drain(),
            home,
        };
        for task in tasks() {
            let (plane, stop) = (plane.clone(), handle.ends.stop.clone());
            handle.spawn(drive(plane, task, holder.clone(), stop));
        }
        handle.serve(&config, ports, tls, openid, relay);
        Ok(handle)
    }
}

/// A running plane.
pub struct ServerHandle {
    /// Where portal and API listen.
    pub http_address: SocketAddr,
    /// Where agents call in.
    pub agent_address: SocketAddr,
    addresses: Addresses,
    plane: SharedPlane,
    authority: Arc<Authority>,
    ends: Ends,
    drain: Duration,
    home: Home,
}

impl ServerHandle {
    /// The plane inside.
    pub fn plane(&self) -> &SharedPlane {
        &self.plane
    }

    /// How people and agents reach it.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The authority that agents trust.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Makes a join token for a cell, as the line that is carried to its agent.
    ///
    /// # Errors
    /// As for any write.
    pub async fn join_line(&self, permit: &FleetPermit, cell: CellId) -> Result<Secret, Error> {
        join_line(&self.plane, &self.authority, &self.addresses.agent, permit, cell).await
    }

    fn serve(
        &self,
        config: &Config,
        ports: Ports,
        tls: Tls,
        openid: Arc<OpenId>,
        relay: Option<Relay>,
    ) {
        let metrics = Arc::new(Metrics::default());
        if let Some(relay) = relay {
            let (plane, metrics) = (self.plane.clone(), metrics.clone());
            self.spawn(async move { relay.run(&plane, &metrics).await });
        }
        let limit = &config.limit;
        let requests = Limiter::new(limit.requests_burst, limit.requests_per_second);
        let strangers = Limiter::new(limit.strangers_burst, limit.strangers_per_second);
        for limiter in [requests.clone(), strangers.clone()] {
            self.spawn(limiter.forget(self.plane.clock.clone()));
        }
        let plane = self.plane.clone();
        self.spawn(async move { session::watch(&plane).await });
        let plane = self.plane.clone();
        self.spawn(async move { watch::watch(&plane).await });
        let plane = self.plane.clone();
        self.spawn(async move { session::note_uses(&plane).await });
        let web = Arc::new(WebParts {
            plane: self.plane.clone(),
            openid,
            schema: graphql::schema(),
            origins: origins(&self.addresses.http, ports.http_address),
            is_secure: self.addresses.http.starts_with("https://"),
            trusted_proxies: config.http.trusted_proxies.clone(),
            body_max_bytes: config.http.body_max_bytes,
            patience: config.patience(),
            recheck: Duration::from_secs(config.session.recheck_s),
            requests,
            metrics: metrics.clone(),
            shows_metrics: ports.metrics.is_none(),
            ends: self.ends.clone(),
        });
        let api = Arc::new(AgentParts {
            plane: self.plane.clone(),
            authority: self.authority.clone(),
            patience: config.patience(),
            certificate_life: Duration::from_secs(config.agent.certificate_life_h * 3600),
            metrics: metrics.clone(),
            ends: self.ends.clone(),
        });
        let port = |listener, router, tls| Port {
            listener,
            router,
            tls,
            connections_max: limit.connections_max,
            ends: self.ends.clone(),
        };
        let people = http::router(web, &strangers);
        let agents = agent_api::router(api, &strangers);
        self.spawn(port(ports.http, people, None).serve());
        self.spawn(port(ports.agent, agents, Some(tls)).serve());
        if let Some(listener) = ports.metrics {
            self.spawn(port(listener, http::metrics_router(metrics), None).serve());
        }
    }

    /// Runs until the plane stops.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (stop, kill) = (self.ends.stop.clone(), self.ends.kill.clone());
        self.ends.open.spawn(async move {
            tokio::select! {
                () = kill.cancelled() => {}
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// Takes no new requests, lets those that run end, and closes the database. What does not end
    /// in the configured time is dropped.
    pub async fn stop(self) {
        self.ends.stop.cancel();
        self.ends.open.close();
        if timeout(self.drain, self.ends.open.wait()).await.is_err() {
            tracing::warn!(
                open = self.ends.open.len(),
                "requests did not end in time; they are dropped"
            );
        }
        self.end().await;
    }

    /// Drops everything at once, as a crash would; the database is closed, since its file may be
    /// opened again right after.
    pub async fn kill(self) {
        self.end().await;
    }

    async fn end(self) {
        self.ends.kill.cancel();
        self.ends.stop.cancel();
        self.ends.open.close();
        self.ends.open.wait().await;
        self.home.forget_addresses();
        if let Err(error) = self.plane.store.close().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "close the database");
        }
    }
}
