//! A subscription over a WebSocket (graphql-transport-ws).

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::client::{Answer, User};

/// Until the plane is thought to go on with a subscription, in the time of the machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open subscription.
pub struct Subscription(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl User {
    /// Opens a socket of its own and subscribes.
    ///
    /// # Panics
    /// If the plane does not take the socket.
    pub async fn follow(&self, query: &str, variables: Value) -> Subscription {
        let mut opened = self.knock().await;
        assert_eq!(opened.receive().await["type"], "connection_ack");
        let payload = json!({ "query": query, "variables": variables });
        opened.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        opened
    }

    /// Opens a socket of its own and says who it is.
    ///
    /// # Panics
    /// If the plane does not take the socket.
    pub async fn knock(&self) -> Subscription {
        let address = format!("{}/graphql/ws", self.address.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a value"));
        let bearer = format!("Bearer {}", self.token);
        headers.insert("authorization", bearer.parse().expect("a value"));
        let mut opened = Subscription(connect_async(request).await.expect("a socket").0);
        opened.send(json!({ "type": "connection_init" })).await;
        opened
    }
}

impl Subscription {
    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    async fn receive(&mut self) -> Value {
        loop {
            let message = self.0.next().await.expect("a message").expect("a message");
            let Message::Text(text) = message else {
                assert!(!message.is_close(), "the plane hung up: {message}");
                continue;
            };
            let message: Value = serde_json::from_str(&text).expect("JSON");
            if message["type"] != "ping" {
                return message;
            }
            self.send(json!({ "type": "pong" })).await;
        }
    }

    /// The next answer; none when the plane completed the subscription.
    ///
    /// # Panics
    /// If the connection is lost.
    pub async fn next(&mut self) -> Option<Answer> {
        let mut message = self.receive().await;
        match message["type"].as_str() {
            Some("next") => Some(Answer::of(message["payload"].take())),
            Some("error") => Some(Answer::of(json!({ "errors": message["payload"].take() }))),
            Some("complete") => None,
            _ => panic!("unexpected: {message}"),
        }
    }

    /// Waits until the plane hangs up, and says with which code.
    ///
    /// # Panics
    /// If it does not, in the time of the machine.
    pub async fn closed(self) -> u16 {
        self.end().await.0
    }

    /// The same, and says why.
    ///
    /// # Panics
    /// If it does not, in the time of the machine.
    pub async fn end(mut self) -> (u16, String) {
        let close = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => {
                        return (frame.code.into(), frame.reason.to_string());
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return (0, String::new()),
                }
            }
        };
        tokio::time::timeout(PATIENCE, close).await.expect("the plane hangs up")
    }
}
