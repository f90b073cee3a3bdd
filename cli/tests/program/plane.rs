//! A listener that loses connections and answers by script: faults that a real plane does not
//! produce on demand. Stories against the real plane are in the workspace's `tests`.

use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request as Upgrade, Response};

/// What a request is answered with.
pub enum Reply {
    /// The connection is closed after the request was read.
    Lost,
    /// Status, further headers and body.
    Say(u16, &'static str, String),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// First line and headers.
    pub head: String,
    /// Its JSON.
    pub body: Value,
}

impl Request {
    /// The name of its GraphQL operation.
    pub fn operation(&self) -> &str {
        let query = self.body["query"].as_str().unwrap_or_default();
        let name = query.split_whitespace().nth(1).unwrap_or_default();
        name.split('(').next().unwrap_or_default()
    }
}

/// The listener and what it heard.
pub struct Plane {
    /// Its address.
    pub address: String,
    heard: Arc<Mutex<Vec<Request>>>,
}

impl Plane {
    /// Listens; `reply` answers the requests one after the other. No socket is to be had.
    pub async fn listen(reply: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        Self::listen_and_push(Vec::new(), reply).await
    }

    /// The same, and the first subscription is pushed these answers before its socket is lost.
    pub async fn listen_and_push(
        pushed: Vec<Value>,
        mut reply: impl FnMut(&Request) -> Reply + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut method = [0; 3];
                if stream.peek(&mut method).await.is_ok_and(|_| method == *b"GET") {
                    push(stream, &pushed).await;
                    continue;
                }
                let Some(request) = read(&mut stream).await else { continue };
                written.lock().expect("no panic before").push(request.clone());
                if let Reply::Say(status, headers, body) = reply(&request) {
                    let length = body.len();
                    let text = format!(
                        "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\
                         {headers}\r\n{body}"
                    );
                    let _ = stream.write_all(text.as_bytes()).await;
                }
            }
        });
        Self { address, heard }
    }

    /// The requests so far.
    pub fn heard(&self) -> Vec<Request> {
        self.heard.lock().expect("no panic before").clone()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if let Ok(body) = serde_json::from_str(body) {
            return Some(Request { head: head.to_lowercase(), body });
        }
    }
}

async fn push(stream: TcpStream, pushed: &[Value]) {
    if pushed.is_empty() {
        return;
    }
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let answer = |request: &Upgrade, mut response: Response| {
        let protocol = request.headers()["sec-websocket-protocol"].clone();
        assert_eq!(protocol, "graphql-transport-ws");
        assert_eq!(request.headers()["authorization"], "Bearer cps_word");
        response.headers_mut().insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, answer).await;
    let mut socket = socket.expect("the upgrade is accepted");
    let mut id = Value::Null;
    while id.is_null() {
        let Some(Ok(Message::Text(text))) = socket.next().await else { return };
        let message: Value = serde_json::from_str(&text).expect("JSON");
        match message["type"].as_str() {
            Some("connection_init") => {
                for kind in ["connection_ack", "ping"] {
                    let text = json!({ "type": kind }).to_string();
                    socket.send(Message::text(text)).await.expect("sent");
                }
            }
            Some("subscribe") => id = message["id"].clone(),
            _ => assert_eq!(message["type"], "pong"),
        }
    }
    for payload in pushed {
        let message = json!({ "type": "next", "id": id, "payload": { "data": payload } });
        socket.send(Message::text(message.to_string())).await.expect("sent");
    }
}
