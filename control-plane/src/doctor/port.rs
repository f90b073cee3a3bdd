//! The ports: free, or taken by the plane of this home. A port is bound for a moment and let go.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::config::Config;
use crate::doctor::Findings;
use crate::home::Home;

/// A plane that takes longer to say that it is alive is ill.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at all ports. Whether a plane of this home runs.
pub async fn all(home: Option<&Home>, config: &Config, findings: &mut Findings) -> bool {
    let noted = home.and_then(Home::noted_addresses);
    let http = noted.as_ref().and_then(|noted| place(&noted.http));
    let agent = noted.as_ref().and_then(|noted| place(&noted.agent));
    let listened = http.filter(|_| config.http.public_address.is_empty());
    let asked = listened.unwrap_or(config.http.listen);
    let is_running = noted.is_some() && says_alive(asked).await;
    match (&noted, is_running) {
        (Some(_), true) => findings.ok("plane", format!("it runs and answers on {asked}")),
        (Some(_), false) => {
            let told = format!("it noted that it runs, and nothing answers on {asked}");
            findings.warning("plane", told, "it was killed or hangs: see its log, start it again");
        }
        (None, _) => findings.ok("plane", "no plane of this home runs"),
    }
    let ours = |place: Option<SocketAddr>, wanted: SocketAddr| {
        is_running && place.is_none_or(|place| place.port() == wanted.port() || wanted.port() == 0)
    };
    one("port.http", "http.listen", config.http.listen, ours(http, config.http.listen), findings)
        .await;
    one(
        "port.agent",
        "agent.listen",
        config.agent.listen,
        ours(agent, config.agent.listen),
        findings,
    )
    .await;
    proxy(config, findings);
    if let Ok(metrics) = config.metrics.listen.parse() {
        one("port.metrics", "metrics.listen", metrics, is_running, findings).await;
    }
    is_running
}

/// People reach the port through TLS that a proxy ends: of whom does it ask?
fn proxy(config: &Config, findings: &mut Findings) {
    let name = "proxy";
    let trusted: Vec<_> = config.http.trusted_proxies.iter().map(ToString::to_string).collect();
    if !trusted.is_empty() {
        return findings.ok(name, format!("{} say whom they ask for", trusted.join(", ")));
    }
    if !config.http.public_address.starts_with("https://") {
        return findings.ok(name, "none is trusted; clients are the peers of connections");
    }
    let advice = "name the proxy in `http.trusted_proxies`, and let it set X-Forwarded-For";
    let told = "http.public_address is https, so a proxy ends TLS, and none is trusted: limits, \
                tokens for address ranges and the audit see the proxy's address";
    findings.warning(name, told, advice);
}

async fn one(
    name: &'static str,
    key: &str,
    wanted: SocketAddr,
    is_ours: bool,
    findings: &mut Findings,
) {
    if wanted.port() == 0 {
        return findings.ok(name, format!("{key} takes any free port"));
    }
    match TcpListener::bind(wanted).await {
        Ok(_) if is_ours => {
            let told = format!("the plane runs and does not listen on {wanted}");
            findings.warning(name, told, format!("restart it if {key} was changed"));
        }
        Ok(_) => findings.ok(name, format!("{wanted} is free")),
        Err(_) if is_ours => findings.ok(name, format!("{wanted} is taken by our plane")),
        Err(error) => {
            let advice = format!("stop what uses it, or set {key} to another address");
            findings.error(name, format!("{wanted}: {error}"), advice);
        }
    }
}

fn place(address: &str) -> Option<SocketAddr> {
    address.split_once("://")?.1.parse().ok()
}

async fn says_alive(place: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(place).await?;
        let request =
            format!("GET /healthz HTTP/1.1\r\nhost: {place}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(4_096).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.contains("200 OK") && answer.ends_with("alive\n"))
    };
    matches!(timeout(PATIENCE, asked).await, Ok(Ok(true)))
}
