//! A subscription over a WebSocket (graphql-transport-ws,
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! Only what one subscription at a time needs. Whatever goes wrong here is one thing to the caller:
//! the socket is lost, and the same can be asked again over HTTP, where errors have their codes.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use graphql_client::query::Document;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use types::clock::SharedClock;

use crate::client::Client;

const PROTOCOL: &str = "graphql-transport-ws";
/// A socket that is silent for so long may be dead; asking over HTTP tells.
const SILENCE: Duration = Duration::from_secs(30);
const OPENING: Duration = Duration::from_secs(10);

/// The socket cannot be used or not any more.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost;

/// A running subscription.
pub struct Subscription {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    clock: SharedClock,
    root: &'static str,
}

impl Subscription {
    /// Opens a socket and subscribes.
    pub async fn open<D: Document>(
        client: &Client,
        variables: &D::Variables,
    ) -> Result<Self, Lost> {
        let opening = Self::subscribe::<D>(client, variables);
        tokio::select! {
            opened = opening => opened,
            () = client.clock().sleep(OPENING) => Err(Lost),
        }
    }

    async fn subscribe<D: Document>(
        client: &Client,
        variables: &D::Variables,
    ) -> Result<Self, Lost> {
        let address = client.address().socket_at("/graphql/ws");
        let mut request = address.into_client_request().map_err(|_| Lost)?;
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        if let Some(token) = client.token() {
            let bearer = format!("Bearer {}", token.reveal());
            let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| Lost)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await.map_err(|_| Lost)?;
        let mut opened = Self { socket, clock: client.clock().clone(), root: D::ROOT };
        opened.send(json!({ "type": "connection_init" })).await?;
        while opened.receive().await?["type"] != "connection_ack" {}
        let payload = json!({ "query": D::TEXT, "variables": variables });
        opened.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await?;
        Ok(opened)
    }

    /// The next answer; none when the plane has completed the subscription.
    pub async fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, Lost> {
        loop {
            let clock = self.clock.clone();
            let mut message = tokio::select! {
                message = self.receive() => message?,
                () = clock.sleep(SILENCE) => return Err(Lost),
            };
            match message["type"].as_str() {
                Some("next") if message["payload"]["errors"].is_null() => {
                    let field = message["payload"]["data"][self.root].take();
                    return serde_json::from_value(field).map(Some).map_err(|_| Lost);
                }
                Some("complete") => return Ok(None),
                Some("pong" | "connection_ack") => {}
                _ => return Err(Lost),
            }
        }
    }

    /// The next message that is not a ping.
    async fn receive(&mut self) -> Result<Value, Lost> {
        loop {
            let message = self.socket.next().await.ok_or(Lost)?.map_err(|_| Lost)?;
            let Message::Text(text) = message else {
                if message.is_close() {
                    return Err(Lost);
                }
                continue;
            };
            let message: Value = serde_json::from_str(&text).map_err(|_| Lost)?;
            if message["type"] == "ping" {
                self.send(json!({ "type": "pong" })).await?;
                continue;
            }
            return Ok(message);
        }
    }

    async fn send(&mut self, message: Value) -> Result<(), Lost> {
        self.socket.send(Message::text(message.to_string())).await.map_err(|_| Lost)
    }
}
