//! Ports: one task per connection, so that nobody's slow handshake makes others wait.
//!
//! What a connection is asked is the router's; here are its beginning and its end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use types::clock::SharedClock;

use crate::ca::CellCertificate;

/// The head of the next request has to arrive within this time; this is about sockets, not about the
/// plane's clock, which a rehearsal may turn by weeks.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Ports tried after a taken one.
const FALLBACK_PORTS: u16 = 20;
/// The pause after the system refused to accept, e.g. for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A port that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Somebody else has it.
    #[error("{key} = {address} is in use; stop what uses it, or set {key} to another address")]
    Taken {
        /// The key of the configuration.
        key: &'static str,
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system refuses.
    #[error("listen on {address} ({key})")]
    Refused {
        /// The key of the configuration.
        key: &'static str,
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Binds the address, or one of the next ports if that is allowed.
///
/// # Errors
/// If none can be had.
pub async fn bind(
    key: &'static str,
    wanted: SocketAddr,
    fallback: bool,
) -> Result<TcpListener, PortError> {
    let further = if fallback && wanted.port() != 0 { FALLBACK_PORTS } else { 0 };
    for step in 0..=further {
        let Some(port) = wanted.port().checked_add(step) else { break };
        let address = SocketAddr::new(wanted.ip(), port);
        match TcpListener::bind(address).await {
            Ok(listener) => {
                if step > 0 {
                    tracing::warn!(%wanted, taken = %address, "{key} is in use, another is taken");
                }
                return Ok(listener);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(source) => return Err(PortError::Refused { key, address, source }),
        }
    }
    Err(PortError::Taken { key, address: wanted })
}

/// When connections end: `stop` lets requests finish, `kill` drops them.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// No new requests.
    pub stop: CancellationToken,
    /// Nothing goes on.
    pub kill: CancellationToken,
    /// Everything that has not ended yet.
    pub open: TaskTracker,
}

/// The outermost layer of the agents' port.
#[derive(Clone)]
pub struct Tls {
    /// The settings.
    pub acceptor: TlsAcceptor,
    /// How long a handshake may take.
    pub handshake: Duration,
    /// Ends connections together with the certificate they were opened with.
    pub clock: SharedClock,
}

/// One listening port.
pub struct Port {
    /// Where connections come from.
    pub listener: TcpListener,
    /// Who answers.
    pub router: Router,
    /// Without it the port speaks plain HTTP.
    pub tls: Option<Tls>,
    /// Most connections at once.
    pub connections_max: usize,
    /// When they end.
    pub ends: Ends,
}

impl Port {
    /// Accepts until it is stopped.
    pub async fn serve(self) {
        let Self { listener, router, tls, connections_max, ends } = self;
        let places = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
        loop {
            let accepted = tokio::select! {
                () = ends.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "accept a connection");
                    // A pause of the machine, not of the plane's clock.
                    let _ = timeout(ACCEPT_PAUSE, ends.stop.cancelled()).await;
                    continue;
                }
            };
            let Ok(place) = places.clone().try_acquire_owned() else {
                tracing::warn!(%peer, "too many connections; one is closed");
                continue;
            };
            let (router, tls, ending) = (router.clone(), tls.clone(), ends.clone());
            ends.open.spawn(async move {
                tokio::select! {
                    () = ending.kill.cancelled() => {}
                    () = open(socket, peer, router, tls, &ending.stop) => {}
                }
                drop(place);
            });
        }
    }
}

async fn open(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    tls: Option<Tls>,
    stop: &CancellationToken,
) {
    // Answers are small and somebody waits for each.
    let _ = socket.set_nodelay(true);
    let Some(tls) = tls else {
        let service = answers(peer, router, None);
        return converse(socket, false, peer, service, stop, std::future::pending()).await;
    };
    let stream = match timeout(tls.handshake, tls.acceptor.accept(socket)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => return tracing::debug!(%peer, "TLS handshake took too long"),
    };
    let session = stream.get_ref().1;
    let is_http2 = session.alpn_protocol() == Some(b"h2".as_slice());
    let shown = session.peer_certificates().and_then(|chain| chain.first());
    let certificate = shown.and_then(CellCertificate::read);
    let ends_at = certificate.as_ref().map(|certificate| certificate.expires_at);
    let ends = async {
        match ends_at {
            Some(instant) => tls.clock.sleep_until(instant).await,
            None => std::future::pending().await,
        }
    };
    let service = answers(peer, router, certificate);
    converse(stream, is_http2, peer, service, stop, ends).await;
}

/// Hands requests to the router, together with who sends them.
fn answers(
    peer: SocketAddr,
    router: Router,
    certificate: Option<CellCertificate>,
) -> impl Service<
    hyper::Request<Incoming>,
    Response = Response,
    Error = Infallible,
    Future: Send + 'static,
> + Send
+ 'static {
    service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(certificate) = &certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        // `oneshot` waits until the router is ready, as its contract wants.
        router.clone().oneshot(request)
    })
}

/// Serves one connection until it ends, the plane stops, or `ends` says that it may not go on.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    is_http2: bool,
    peer: SocketAddr,
    service: impl Service<
        hyper::Request<Incoming>,
        Response = Response,
        Error = Infallible,
        Future: Send + 'static,
    > + Send
    + 'static,
    stop: &CancellationToken,
    ends: impl Future<Output = ()>,
) {
    let over = async {
        tokio::select! {
            () = stop.cancelled() => {}
            () = ends => {}
        }
    };
    // The version is known beforehand: looking for it would wait for ever for a silent client.
    let ended = if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new()).keep_alive_interval(KEEP_ALIVE);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = connection.as_mut() => ended,
            () = over => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    } else {
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => ended,
            () = over => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, error = &error as &dyn std::error::Error, "connection broke off");
    }
}
