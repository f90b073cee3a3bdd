//! Subscriptions end with their session.

use std::time::Duration;

use control_plane_core::sign_in;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{World, browser, config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(world: &World, headers: &[(&'static str, String)]) -> Result<Socket, Error> {
    let address = format!("ws://{}/graphql/ws", world.plane.http_address);
    let mut request = address.into_client_request().expect("a request");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a value"));
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a value"));
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

async fn send(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.expect("sent");
}

/// The next text, or the code that the plane closed with.
async fn next(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return Ok(serde_json::from_str(&text).expect("JSON"));
            }
            Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn opened(world: &World, token: &str) -> Socket {
    let bearer = [("authorization", format!("Bearer {token}"))];
    let mut socket = open(world, &bearer).await.expect("a socket");
    send(&mut socket, json!({ "type": "connection_init" })).await;
    assert_eq!(next(&mut socket).await.expect("an answer")["type"], "connection_ack");
    socket
}

#[tokio::test]
async fn a_connection_ends_at_the_sign_out() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let mut socket = opened(&world, &token).await;
    send(&mut socket, json!({ "type": "ping" })).await;
    assert_eq!(next(&mut socket).await.expect("an answer")["type"], "pong");
    let out = browser().post(world.http("/sign-out")).bearer_auth(&token).send().await;
    assert_eq!(out.expect("an answer").status().as_u16(), 204);
    assert_eq!(next(&mut socket).await, Err(4401));
}

#[tokio::test]
async fn a_connection_looks_by_itself_whether_its_session_holds() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let mut socket = opened(&world, &token).await;
    // As another process would end it: nobody here is told.
    let call = sign_in::call(world.plane.plane(), &token, std::net::Ipv4Addr::LOCALHOST.into())
        .await
        .expect("a call");
    sign_in::close(&call).await.expect("closed");
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(next(&mut socket).await, Err(4401));
}

#[tokio::test]
async fn the_first_message_may_bring_the_token() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let mut socket = open(&world, &[]).await.expect("a socket");
    send(&mut socket, json!({ "type": "connection_init", "payload": { "token": token } })).await;
    assert_eq!(next(&mut socket).await.expect("an answer")["type"], "connection_ack");
}

#[tokio::test]
async fn strangers_are_shown_the_door() {
    let world = World::start().await;
    for payload in [json!({}), json!({ "token": "cps_made-up" })] {
        let mut socket = open(&world, &[]).await.expect("a socket");
        send(&mut socket, json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(next(&mut socket).await, Err(4401));
    }
}

#[tokio::test]
async fn other_pages_cannot_open_a_connection() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let cookie = ("cookie", format!("cellplane_session={token}"));
    for headers in [
        vec![cookie.clone()],
        vec![cookie.clone(), ("origin", "https://evil.example".to_owned())],
        vec![("origin", "https://evil.example".to_owned())],
    ] {
        let refused = open(&world, &headers).await;
        assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 403));
    }
    assert!(open(&world, &[cookie, ("origin", world.origin())]).await.is_ok());
}

#[tokio::test]
async fn a_long_message_ends_the_connection() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let mut socket = opened(&world, &token).await;
    // The plane may hang up while we still send.
    let _ = socket.send(Message::text("x".repeat(70_000))).await;
    let ended = loop {
        match socket.next().await {
            None | Some(Err(_) | Ok(Message::Close(_))) => break true,
            Some(Ok(Message::Text(_))) => break false,
            Some(Ok(_)) => {}
        }
    };
    assert!(ended);
}

#[tokio::test]
async fn a_stopping_plane_says_goodbye() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let mut socket = opened(&world, &token).await;
    let stopped = tokio::spawn(world.plane.stop());
    assert_eq!(next(&mut socket).await, Err(1001));
    drop(socket);
    stopped.await.expect("stopped");
}

async fn subscribe(socket: &mut Socket, id: usize, query: &str) {
    let payload = json!({ "query": query });
    send(socket, json!({ "type": "subscribe", "id": id.to_string(), "payload": payload })).await;
}

/// What the first error of the next answer says beside its message.
async fn refusal(socket: &mut Socket) -> Value {
    let message = next(socket).await.expect("an answer");
    let errors = match message["type"].as_str() {
        Some("error") => &message["payload"],
        _ => &message["payload"]["errors"],
    };
    errors[0]["extensions"].clone()
}

/// Nothing happens, so it stays open until somebody ends it.
const FOLLOW: &str = "subscription { events { cursor } }";

#[tokio::test]
async fn a_connection_follows_so_much_at_once_and_no_more() {
    let world = World::start().await;
    let token = world.member_token("dev").await;
    let mut socket = opened(&world, &token).await;
    for id in 0..20 {
        subscribe(&mut socket, id, FOLLOW).await;
    }
    subscribe(&mut socket, 20, FOLLOW).await;
    let refused = refusal(&mut socket).await;
    assert_eq!(
        (&refused["code"], &refused["why"]),
        (&json!("BAD_QUERY"), &json!("too_many_subscriptions"))
    );
    assert_eq!(next(&mut socket).await.expect("an answer")["type"], "complete");
    // One that is ended makes room for another one.
    send(&mut socket, json!({ "type": "complete", "id": "7" })).await;
    subscribe(&mut socket, 21, FOLLOW).await;
    subscribe(&mut socket, 22, FOLLOW).await;
    let refused = loop {
        let answer = next(&mut socket).await.expect("an answer");
        if answer["type"] != "complete" {
            break answer;
        }
    };
    assert_eq!(refused["id"], "22", "{refused}");
}

#[tokio::test]
async fn queries_and_mutations_are_not_taken_over_a_socket() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let mut socket = opened(&world, &token).await;
    for query in ["{ __typename }", "mutation { signOut }"] {
        subscribe(&mut socket, 1, query).await;
        assert_eq!(refusal(&mut socket).await["why"], "not_a_subscription", "{query}");
        assert_eq!(next(&mut socket).await.expect("an answer")["type"], "complete");
    }
    let ask = browser().post(world.http("/graphql")).bearer_auth(&token);
    let answer = ask.json(&json!({ "query": "{ __typename }" })).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "the session is still there");
}

#[tokio::test]
async fn who_begins_too_much_over_a_socket_has_to_wait() {
    let mut config = config();
    config.limit.requests_burst = 3;
    config.limit.requests_per_second = 1;
    let world = World::start_with(config).await;
    let token = world.token("dev").await;
    let mut socket = opened(&world, &token).await;
    for id in 0..12 {
        subscribe(&mut socket, id, "{ __typename }").await;
    }
    let mut codes = Vec::new();
    while codes.len() < 12 {
        let message = next(&mut socket).await.expect("an answer");
        if message["type"] != "complete" {
            codes.push(message["payload"]["errors"][0]["extensions"]["code"].clone());
        }
    }
    assert!(codes.contains(&json!("TOO_MANY")), "{codes:?}");
}
