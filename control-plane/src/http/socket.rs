//! `GET /graphql/ws`: subscriptions over graphql-transport-ws.
//!
//! A connection is worth as much as the session or token that it was opened with: it ends when that
//! expires, and looks at once when something of it was ended, in this process or in another
//! ([`control_plane_core::session::watch`]). Now and then it looks by itself.

use std::future::ready;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::Data;
use async_graphql::http::{WebSocket as Protocol, WebSocketProtocols, WsMessage};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use control_plane_core::call::Caller;
use control_plane_core::error::Error;
use control_plane_core::{access_token, sign_in};
use futures::{SinkExt as _, StreamExt as _};
use graphql::schema::loaders;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;
use types::instant::Instant;
use types::secret::Secret;

use crate::http::Web;
use crate::http::address::ClientAddress;
use crate::http::authenticate::{credentials, foreign, is_own_origin};
use crate::http::refusal::Refusal;
use crate::http::stream::Streams;
use crate::metrics::Counted;

const PROTOCOL: &str = "graphql-transport-ws";
/// For the first message, and for a message to leave. Sockets are real, so is this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Code of the sub-protocol: "Unauthorized".
const UNAUTHORIZED: u16 = 4401;
/// The same: "Forbidden".
const FORBIDDEN: u16 = 4403;
/// RFC 6455: "Going Away".
const GOING_AWAY: u16 = 1001;

/// Whose connection it is, from its first message on.
#[derive(Clone, Default)]
struct Holder {
    known: Arc<OnceLock<(Caller, Secret)>>,
    /// Why somebody who is known is not let in.
    refused: Arc<OnceLock<&'static str>>,
}

impl Holder {
    fn caller(&self) -> Option<&Caller> {
        self.known.get().map(|(caller, _)| caller)
    }

    /// The end of a connection whose first message was not taken.
    fn turned_away(&self) -> (u16, &'static str) {
        self.refused.get().map_or((UNAUTHORIZED, "sign in first"), |why| (FORBIDDEN, why))
    }

    /// When to look: not later than what it was opened with expires.
    fn due(&self, look: Instant) -> Instant {
        self.caller().map_or(look, |caller| look.min(caller.session_expires_at))
    }
}

/// Opens the connection. Who it is for, may also be told by its first message.
pub async fn open(
    State(web): State<Web>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let shown = credentials(&headers, web.is_secure);
    let is_cookie = shown.as_ref().is_some_and(|shown| shown.is_cookie);
    if (is_cookie || headers.contains_key(ORIGIN)) && !is_own_origin(&web, &headers) {
        return Err(foreign());
    }
    let wrong = |message| Refusal::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message);
    let upgrade = upgrade.map_err(|_| wrong("open a WebSocket here").why("no_web_socket"))?;
    let max = web.body_max_bytes;
    let upgrade = upgrade.max_message_size(max).max_frame_size(max).protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(wrong("speak the sub-protocol graphql-transport-ws").why("sub_protocol"));
    }
    if is_cookie && shown.as_ref().is_some_and(|shown| access_token::is_one(shown.token.reveal())) {
        return Err(Error::Unauthenticated.into());
    }
    let token = shown.map(|shown| shown.token);
    Ok(upgrade.on_upgrade(async move |socket| {
        let (open, kill) = (web.ends.open.clone(), web.ends.kill.clone());
        let conversation = open.track_future(converse(web, socket, token, from));
        tokio::select! {
            () = kill.cancelled() => {}
            () = conversation => {}
        }
    }))
}

async fn converse(web: Web, socket: WebSocket, token: Option<Secret>, from: IpAddr) {
    let _counted = Counted::in_gauge(&web.metrics.web_sockets);
    let holder = Holder::default();
    let mut ended = web.plane.sessions.listen();
    let (mut sink, stream) = socket.split();
    let input = stream.take_while(|message| ready(message.is_ok())).filter_map(|message| {
        ready(match message {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => Some(message.into_data()),
            _ => None,
        })
    });
    let init = {
        let (web, holder) = (web.clone(), holder.clone());
        async move |payload: Value| admit(&web, &holder, token, &payload, from).await
    };
    let protocol = Protocol::new(Streams::of(&web), input, WebSocketProtocols::GraphQLWS)
        .on_connection_init(init);
    let mut protocol = std::pin::pin!(protocol);
    let mut patience = std::pin::pin!(timeout(PATIENCE, std::future::pending::<()>()));
    let mut look = web.plane.clock.now().plus(web.recheck);
    let (code, reason) = loop {
        tokio::select! {
            message = protocol.next() => match message {
                Some(WsMessage::Text(text)) => {
                    let sent = timeout(PATIENCE, sink.send(Message::Text(text.into()))).await;
                    if !matches!(sent, Ok(Ok(()))) {
                        return;
                    }
                }
                // The library closes with its own code when the first message is refused.
                Some(WsMessage::Close(..)) if holder.known.get().is_none() => break holder.turned_away(),
                Some(WsMessage::Close(code, _)) => break (code, "wrong message"),
                None => return,
            },
            over = ended.recv() => match over {
                Ok(over) if holder.caller().is_some_and(|caller| over.concerns(caller)) => {
                    look = web.plane.clock.now();
                }
                Ok(_) => {}
                // Too many ends to follow: look at once.
                Err(RecvError::Lagged(_)) => look = web.plane.clock.now(),
                Err(RecvError::Closed) => return,
            },
            () = web.plane.clock.sleep_until(holder.due(look)) => {
                if let Some(end) = end(&web, &holder, from).await {
                    break end;
                }
                look = web.plane.clock.now().plus(web.recheck);
            }
            _ = patience.as_mut(), if holder.known.get().is_none() => break (UNAUTHORIZED, "sign in first"),
            () = web.ends.stop.cancelled() => break (GOING_AWAY, "the plane is stopping"),
        }
    };
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    // Whoever is gone needs no farewell.
    let _ = timeout(PATIENCE, sink.send(Message::Close(Some(frame)))).await;
}

/// Finds out who opens the connection.
async fn admit(
    web: &Web,
    holder: &Holder,
    shown: Option<Secret>,
    payload: &Value,
    from: IpAddr,
) -> Result<Data, async_graphql::Error> {
    let refused = || async_graphql::Error::new("sign in first");
    let told = payload.get("token").and_then(Value::as_str).map(Secret::new);
    let token = shown.or(told).ok_or_else(refused)?;
    let call = sign_in::call(&web.plane, token.reveal(), from).await.map_err(|error| {
        match &error {
            Error::Unauthenticated => {}
            // There is one first message, so this is set once.
            Error::Limited { why, .. } => drop(holder.refused.set(why)),
            _ => tracing::warn!(error = &error as &dyn std::error::Error, "open a subscription"),
        }
        refused()
    })?;
    // The protocol allows one first message.
    let _ = holder.known.set((call.caller().clone(), token));
    let mut data = Data::default();
    data.insert(loaders(&call));
    data.insert(call);
    Ok(data)
}

/// Why the connection ends, if what it was opened with is worth nothing any more. A database that
/// does not answer ends nothing.
async fn end(web: &Web, holder: &Holder, from: IpAddr) -> Option<(u16, &'static str)> {
    let (_, token) = holder.known.get()?;
    match sign_in::authenticate(&web.plane, token.reveal(), from).await {
        Err(Error::Unauthenticated) => Some((UNAUTHORIZED, "the session is over")),
        Err(Error::Limited { why, .. }) => Some((FORBIDDEN, why)),
        _ => None,
    }
}
