//! The listening sockets, and the names they are called by.

use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

use crate::config::Config;
use crate::home::Addresses;
use crate::listener::{PortError, bind};

/// The listening sockets.
pub struct Ports {
    /// Of portal and API.
    pub http: TcpListener,
    /// Where it listens.
    pub http_address: SocketAddr,
    /// Of agents.
    pub agent: TcpListener,
    /// Where it listens.
    pub agent_address: SocketAddr,
    /// Of numbers, if they have one of their own.
    pub metrics: Option<TcpListener>,
}

impl Ports {
    /// Binds all of them.
    ///
    /// # Errors
    /// If one cannot be had.
    pub async fn bind(config: &Config) -> Result<Self, PortError> {
        let fallback = config.http.fallback_ports;
        let http = bind("http.listen", config.http.listen, fallback).await?;
        // Agents remember where they enrolled: another port would cut them off without a word.
        let agent = bind("agent.listen", config.agent.listen, false).await?;
        let metrics = match config.metrics.listen.parse() {
            Ok(address) => Some(bind("metrics.listen", address, false).await?),
            Err(_) => None,
        };
        let bound = |key, listener: &TcpListener, address| {
            listener.local_addr().map_err(|source| PortError::Refused { key, address, source })
        };
        let http_address = bound("http.listen", &http, config.http.listen)?;
        let agent_address = bound("agent.listen", &agent, config.agent.listen)?;
        Ok(Self { http, http_address, agent, agent_address, metrics })
    }

    /// How people and agents reach them: as configured, or where they listen.
    pub fn addresses(&self, config: &Config) -> Addresses {
        let or = |configured: &str, listened: String| {
            if configured.is_empty() { listened } else { configured.to_owned() }
        };
        Addresses {
            http: or(&config.http.public_address, format!("http://{}", self.http_address)),
            agent: or(&config.agent.public_address, format!("https://{}", self.agent_address)),
        }
    }
}

/// Names and addresses that agents may call the port by.
pub fn hosts(address: &str, listened: SocketAddr) -> Vec<String> {
    let mut hosts = Vec::new();
    let public = address.parse::<http::Uri>().ok();
    if let Some(host) = public.as_ref().and_then(|uri| uri.host()) {
        hosts.push(host.trim_matches(['[', ']']).to_owned());
    }
    if !listened.ip().is_unspecified() {
        hosts.push(listened.ip().to_string());
    }
    if listened.ip().is_loopback() {
        hosts.push("localhost".to_owned());
    }
    hosts.dedup();
    hosts
}

/// What browsers may call the portal by.
pub fn origins(public_address: &str, listened: SocketAddr) -> Vec<String> {
    let mut origins = vec![public_address.to_owned()];
    let ip: IpAddr = listened.ip();
    if !ip.is_unspecified() {
        origins.push(format!("http://{listened}"));
    }
    if ip.is_loopback() {
        origins.push(format!("http://localhost:{}", listened.port()));
    }
    origins
}
