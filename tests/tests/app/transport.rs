//! The doors: who is let in, what is taken, and how streams are taken up again.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::{Home, Server, TOKEN, http};

async fn post(server: &Server, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let mut request = http().post(server.url("/graphql")).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

const JSON: (&str, &str) = ("content-type", "application/json");
const KEY: (&str, &str) = ("authorization", "Bearer a token for tests");
const ASK: &str = r#"{"query":"{ basis { position } }"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_token_host_and_origin_are_let_in() {
    let home = Home::new();
    let talk = home.open().await;
    let server = talk.serve().await;
    assert_eq!(post(&server, &[JSON, KEY], ASK).await.0, 200);
    for (headers, status, code) in [
        (vec![JSON], 401, "AICO-6001"),
        (vec![JSON, ("authorization", "Bearer wrong")], 401, "AICO-6001"),
        (vec![JSON, KEY, ("origin", "https://evil.example")], 403, "AICO-6002"),
        (vec![JSON, KEY, ("origin", "null")], 403, "AICO-6002"),
        (vec![JSON, KEY, ("host", "evil.example")], 403, "AICO-6002"),
        (vec![("content-type", "text/plain"), KEY], 415, "AICO-6003"),
        (vec![KEY], 415, "AICO-6003"),
    ] {
        let (found, body) = post(&server, &headers, ASK).await;
        assert_eq!((found, &body["errors"][0]["extensions"]["code"]), (status, &json!(code)), "{headers:?}");
    }
    let local = vec![JSON, KEY, ("origin", "http://localhost:5173")];
    assert_eq!(post(&server, &local, ASK).await.0, 200);
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_by_get_long_bodies_batches_and_deep_queries_are_refused() {
    let home = Home::new();
    let talk = home.open().await;
    let server = talk.serve().await;
    let query = "/graphql?query=mutation%7BdropBranch(name%3A%22x%22)%7D";
    let by_get = http().get(server.url(query)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(by_get.status(), 405);
    let long = format!("{{\"query\":\"{{ basis {{ position }} }} #{}\"}}", "x".repeat(api::transport::MAX_BODY));
    assert_eq!(post(&server, &[JSON, KEY], &long).await.0, 413);
    assert_eq!(post(&server, &[JSON, KEY], &format!("[{ASK}]")).await.0, 400);
    let deep = format!("{{{} __typename {}}}", "__schema { types { fields { type {".repeat(9), "} } } }".repeat(9));
    let (_, body) = post(&server, &[JSON, KEY], &json!({ "query": deep }).to_string()).await;
    assert!(body["data"].is_null() && !body["errors"].is_null(), "{body}");
    server.stop().await;
    talk.close().await;
}

/// Reads server-sent events until so many ids were seen.
async fn ids(server: &Server, last: Option<u64>, wanted: usize) -> Vec<u64> {
    let mut request = http().get(server.url("/events")).bearer_auth(TOKEN);
    if let Some(last) = last {
        request = request.header("last-event-id", last.to_string());
    }
    let mut body = request.send().await.unwrap().bytes_stream();
    let (mut text, mut found) = (String::new(), vec![]);
    while found.len() < wanted {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        found = text.lines().filter_map(|l| l.strip_prefix("id: ")?.parse().ok()).collect();
    }
    found.truncate(wanted);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_go_on_after_the_last_one_seen() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("Hello", None).await;
    let server = talk.serve().await;
    assert_eq!(ids(&server, None, 5).await, [1, 2, 3, 4, 5]);
    assert_eq!(ids(&server, Some(5), 4).await, [6, 7, 8, 9]);
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_are_those_asked_for_or_a_refusal() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("Hello", None).await;
    let head = talk.head().await;
    let server = talk.serve().await;
    let ask = |path: &str| http().get(server.url(path)).bearer_auth(TOKEN);
    for (request, status, code) in [
        (http().get(server.url("/events")), 401, "AICO-6001"),
        (ask("/events").header("origin", "https://evil.example"), 403, "AICO-6002"),
        (ask("/events?after=x"), 400, "AICO-6003"),
        (ask("/events").header("last-event-id", "x"), 400, "AICO-6003"),
        (ask(&format!("/events?after={}", head + 1)), 400, "AICO-3001"),
        (ask("/events?branch=nowhere"), 404, "AICO-3004"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], json!(code), "{body}");
    }
    let mut body = ask("/events?types=ReplyCompleted,%20MessageReceived,").send().await.unwrap().bytes_stream();
    let mut text = String::new();
    while text.matches("\n\n").count() < 2 {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    let types: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("event: ")).collect();
    assert_eq!(types, ["MessageReceived", "ReplyCompleted"]);
    assert!(text.contains(said.id("message")), "{text}");
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_lose_and_repeat_nothing_while_events_come() {
    let home = Home::new();
    let talk = home.open().await;
    let server = talk.serve().await;
    let mut seen: Vec<u64> = Vec::new();
    for round in 0..4 {
        let text = format!("Round {round}");
        let (more, _) = futures::join!(ids(&server, seen.last().copied(), 7), talk.say(&text, None));
        seen.extend(more);
    }
    assert_eq!(seen, (1..=28).collect::<Vec<_>>());
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_for_somebody_who_may_not_send() {
    let home = Home::new();
    let talk = home.open().await;
    let server = talk.serve().await;
    for path in ["/graphql", "/import?format=jsonl"] {
        for (header, status) in [("origin: https://evil.example", "403"), ("x: y", "401")] {
            let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 content-length: 1000000\r\n{header}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            // The answer comes although the body never does.
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(std::str::from_utf8(&answer).unwrap(), format!("HTTP/1.1 {status}"), "{path}");
        }
    }
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_although_somebody_listens() {
    let home = Home::new();
    let talk = home.open().await;
    let server = talk.serve().await;
    let mut listening = http().get(server.url("/events")).bearer_auth(TOKEN).send().await.unwrap().bytes_stream();
    let mut socket = socket(&server).await;
    subscribe(&mut socket, "subscription { events { position } }", json!({})).await;
    assert_eq!(next(&mut socket).await["type"], json!("next"));
    let (ended, ()) =
        futures::join!(async { while listening.next().await.transpose().unwrap().is_some() {} }, server.stop());
    let () = ended;
    let goodbye = loop {
        if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
            break frame.unwrap();
        }
    };
    assert_eq!(u16::from(goodbye.code), 1012);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_past_the_head_is_told_so() {
    let home = Home::new();
    let talk = home.open().await;
    let head = talk.head().await;
    let server = talk.serve().await;
    let mut socket = socket(&server).await;
    let query = "subscription($after: Position) { events(after: $after) { position } }";
    subscribe(&mut socket, query, json!({ "after": head + 1_000 })).await;
    let answer = next(&mut socket).await;
    let errors = answer["payload"].get("errors").unwrap_or(&answer["payload"]);
    assert_eq!(errors[0]["extensions"]["code"], json!("AICO-3001"), "{answer}");
    server.stop().await;
    talk.close().await;
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn socket(server: &Server) -> Socket {
    let mut request = server.url("/graphql").replace("http", "ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let init = json!({ "type": "connection_init", "payload": { "token": TOKEN } });
    socket.send(Message::text(init.to_string())).await.unwrap();
    assert_eq!(next(&mut socket).await["type"], json!("connection_ack"));
    socket
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

async fn subscribe(socket: &mut Socket, query: &str, variables: Value) {
    let message = json!({ "type": "subscribe", "id": "1", "payload": { "query": query, "variables": variables } });
    socket.send(Message::text(message.to_string())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_reconnects_while_events_come_loses_and_repeats_nothing() {
    let home = Home::new();
    let talk = home.open().await;
    let server = talk.serve().await;
    let query = "subscription($after: Position) { events(after: $after) { position } }";
    let mut seen: Vec<u64> = Vec::new();
    for round in 0..4 {
        let mut socket = socket(&server).await;
        subscribe(&mut socket, query, json!({ "after": seen.last().copied().unwrap_or(0) })).await;
        talk.say(&format!("Round {round}"), None).await;
        let until = seen.len() + 7;
        while seen.len() < until {
            seen.push(next(&mut socket).await["payload"]["data"]["events"]["position"].as_u64().unwrap());
        }
        // Dropped in the middle, without a goodbye.
    }
    assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reply_deltas_are_taken_up_at_a_character() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("Grüß dich! Ich wohne in Köln", None).await;
    let server = talk.serve().await;
    let query = "subscription($run: ID!, $from: Int) {
        replyDeltas(runId: $run, fromChar: $from) { fromChar text ended { state } } }";
    for from in [0, 3, said.text.chars().count(), 10_000] {
        let mut socket = socket(&server).await;
        subscribe(&mut socket, query, json!({ "run": said.id("run"), "from": from })).await;
        let delta = next(&mut socket).await["payload"]["data"]["replyDeltas"].take();
        let rest: String = said.text.chars().skip(from).collect();
        assert_eq!(delta["text"], json!(rest), "from {from}");
        assert_eq!(delta["ended"]["state"], json!("COMPLETED"));
        assert_eq!(next(&mut socket).await["type"], json!("complete"));
    }
    server.stop().await;
    talk.close().await;
}
