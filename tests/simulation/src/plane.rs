//! The plane's host: the program as `wiring` makes it, behind the simulated network.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use control_plane::agent_api::{self, AgentParts};
use control_plane::ca::{Authority, CellCertificate};
use control_plane::home::{Addresses, Home};
use control_plane::http::limit::Limiter;
use control_plane::http::{self, WebParts};
use control_plane::listener::Ends;
use control_plane::metrics::Metrics;
use control_plane::openid::OpenId;
use control_plane::wiring::{self, Parts};
use control_plane_core::plane::SharedPlane;
use control_plane_core::task::drive;
use tokio::io::AsyncReadExt as _;
use tokio::task::spawn_local;
use tower::ServiceExt as _;
use turmoil::net::TcpListener;
use types::clock::SharedClock;

use crate::chance::SeededIds;
use crate::clock::HostClock;
use crate::lockstep::{in_lockstep, pass_statement};
use crate::middle;
use crate::template;
use crate::wire::{Frame, Head, PLANE};
use crate::world::World;

/// Bytes of an answer at most.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

type Failed = Box<dyn std::error::Error>;

/// Who answers what.
#[derive(Clone)]
pub struct Routers {
    agents: Router,
    people: Router,
    /// The plane inside, for planted bugs.
    pub plane: SharedPlane,
}

/// Runs until the host is taken down.
///
/// # Errors
/// If the plane does not start.
pub async fn serve(world: Arc<World>) -> Result<(), Failed> {
    world.plane.begin();
    // Inside the lockstep the threads are at home, so the host's timers are named here.
    let clock = HostClock::of_this_host(&world.time, &Arc::default());
    let opening = open(world.clone(), Arc::new(clock));
    let (routers, holder, ends) = in_lockstep(&world.threads, &world.plane, opening).await?;
    for task in wiring::tasks() {
        let work = drive(routers.plane.clone(), task, holder.clone(), ends.stop.clone());
        spawn_local(in_lockstep(&world.threads, &world.plane, work));
    }
    world.tell("plane starts", &[]);
    let listener = TcpListener::bind((IpAddr::from(Ipv4Addr::UNSPECIFIED), PLANE.1)).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let (world, routers) = (world.clone(), routers.clone());
        spawn_local(async move {
            // What breaks off here is seen by who asked.
            let _ = answer(&world, routers, stream, peer).await;
        });
    }
}

async fn open(world: Arc<World>, clock: SharedClock) -> Result<(Routers, String, Ends), Failed> {
    let ids = SeededIds { clock: clock.clone(), chance: world.plane_chance.clone() };
    let parts = Parts {
        clock: clock.clone(),
        ids: Arc::new(ids),
        random: Arc::new(world.plane_chance.clone()),
    };
    let home = Home::open(&world.folder.join("home"))?;
    let config = template::config();
    let store = wiring::open_store(&home, &config).await?;
    let process = world.plane.clone();
    store.on_statement(move || pass_statement(&process));
    let authority = Arc::new(Authority::open(&home, clock.now(), &*parts.random)?);
    let addresses =
        Addresses { http: "http://plane:8080".to_owned(), agent: "https://plane:8443".to_owned() };
    let holder = parts.ids.next().to_string();
    let openid = Arc::new(OpenId::new(&config.openid, clock.clone(), &addresses.http));
    let plane = wiring::plane(&home, &config, store, parts, &addresses, openid.clone())?;
    let (ends, metrics) = (Ends::default(), Arc::new(Metrics::default()));
    let limiter = || Limiter::new(1_000_000, 1_000_000);
    let web = Arc::new(WebParts {
        patience: config.patience(),
        plane: plane.clone(),
        openid,
        schema: graphql::schema(),
        origins: Vec::new(),
        is_secure: true,
        trusted_proxies: Vec::new(),
        body_max_bytes: config.http.body_max_bytes,
        recheck: Duration::from_secs(config.session.recheck_s),
        requests: limiter(),
        metrics: metrics.clone(),
        shows_metrics: false,
        ends: ends.clone(),
    });
    let certificate_life = Duration::from_secs(config.agent.certificate_life_h * 3600);
    let api = Arc::new(AgentParts {
        patience: config.patience(),
        plane: plane.clone(),
        authority,
        certificate_life,
        metrics,
        ends: ends.clone(),
    });
    let people = http::router(web, &limiter());
    let agents = agent_api::router(api, &limiter());
    Ok((Routers { agents, people, plane }, holder, ends))
}

async fn answer(
    world: &Arc<World>,
    routers: Routers,
    stream: turmoil::net::TcpStream,
    peer: std::net::SocketAddr,
) -> std::io::Result<()> {
    let (mut read, mut write) = stream.into_split();
    let question = Frame::receive(&mut read).await?;
    let path = question.head.path.clone();
    world.tell(format_args!("plane < {path}"), &question.body);
    let work = in_lockstep(&world.threads, &world.plane, {
        let world = world.clone();
        async move { middle::answered(&world, &routers, question, peer).await }
    });
    let mut rest = [0];
    let answer = tokio::select! {
        biased;
        answer = work => answer,
        // Who asked does not wait any more.
        _ = read.read(&mut rest) => return Ok(()),
    };
    if world.plane.is_dead() {
        return Ok(());
    }
    world.tell(format_args!("plane > {path} {}", answer.head.status), &middle::told(&answer));
    answer.send(&mut write).await
}

impl Routers {
    /// The plane's answer to a question.
    pub async fn ask(&self, question: Frame, peer: std::net::SocketAddr) -> Frame {
        let Head { path, shown, token, .. } = question.head;
        let mut request = Request::post(path.as_str())
            .header("content-type", "application/json")
            .extension(ConnectInfo(peer));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some((cell, public_key)) = shown {
            let expires_at = self.plane.clock.now().plus(Duration::from_secs(3600));
            request = request.extension(CellCertificate { cell, public_key, expires_at });
        }
        let request = request.body(Body::from(question.body)).expect("a path is an address");
        let router = if path.starts_with("/agent/") { &self.agents } else { &self.people };
        let response = match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), ANSWER_MAX).await.unwrap_or_default();
        Frame { head: Head { path, status, ..Head::default() }, body: body.to_vec() }
    }
}
