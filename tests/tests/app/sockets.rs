//! What the transport does with requests and clients that misbehave, over a small schema of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use api::transport::{self, Guard};
use async_graphql::{Object, Schema, Subscription};
use futures::stream::Stream;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use crate::support::{TOKEN, http};

struct Query;

#[Object]
impl Query {
    async fn answer(&self) -> i32 {
        42
    }

    async fn again(&self) -> Self {
        Self
    }
}

/// Counts what was done.
#[derive(Clone, Default)]
struct Mutation(Arc<Mutex<u32>>);

#[Object]
impl Mutation {
    async fn done(&self) -> u32 {
        let mut done = self.0.lock().unwrap();
        *done += 1;
        *done
    }
}

/// Says when it is dropped.
struct Ticks(Mutex<Option<oneshot::Sender<()>>>);

struct TellWhenDropped(Option<oneshot::Sender<()>>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            let _nobody_may_be_waiting = tell.send(());
        }
    }
}

#[Subscription]
impl Ticks {
    /// More than any buffer between us and the client holds.
    async fn flood(&self) -> impl Stream<Item = String> + 'static {
        let tell = TellWhenDropped(self.0.lock().unwrap().take());
        futures::stream::repeat_with(move || {
            let _held = &tell;
            "x".repeat(256 * 1024)
        })
    }

    async fn never(&self) -> impl Stream<Item = i32> + 'static {
        futures::stream::pending()
    }
}

struct Small {
    address: SocketAddr,
    done: Mutation,
    flood_ended: oneshot::Receiver<()>,
    closing: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Small {
    async fn start() -> Self {
        let (tell, flood_ended) = oneshot::channel();
        let done = Mutation::default();
        let schema = Schema::build(Query, done.clone(), Ticks(Mutex::new(Some(tell)))).limit_depth(15).finish();
        let closing = CancellationToken::new();
        let router = transport::router(schema, Guard::new(TOKEN, vec![]), closing.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = closing.clone();
        let task = tokio::spawn(async move {
            axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await.unwrap();
        });
        Self { address, done, flood_ended, closing, task }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn request(
        &self,
        headers: &[(&'static str, &str)],
    ) -> tokio_tungstenite::tungstenite::handshake::client::Request {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request
    }

    async fn connect(&self, headers: &[(&'static str, &str)]) -> Socket {
        tokio_tungstenite::connect_async(self.request(headers)).await.unwrap().0
    }

    /// The HTTP status that an upgrade is refused with.
    async fn refused(&self, headers: &[(&'static str, &str)]) -> u16 {
        match tokio_tungstenite::connect_async(self.request(headers)).await {
            Err(Error::Http(answer)) => answer.status().as_u16(),
            other => panic!("{other:?}"),
        }
    }

    async fn introduced(&self) -> Socket {
        let mut socket = self.connect(&[]).await;
        say(&mut socket, json!({ "type": "connection_init", "payload": { "token": TOKEN } })).await;
        assert_eq!(next(&mut socket).await["type"], json!("connection_ack"));
        socket
    }

    async fn stop(self) {
        self.closing.cancel();
        self.task.await.unwrap();
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => panic!("closed: {frame:?}"),
            _ => {}
        }
    }
}

/// Reads until the socket is closed, and tells with which code.
async fn closed_with(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
            return frame.unwrap().code.into();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mutation_by_get_however_it_is_written() {
    let server = Small::start().await;
    for (query, name) in [
        ("mutation{done}", None),
        ("mutation Named{done}", None),
        ("query A{answer} mutation B{done}", Some("B")),
        ("mutation Named($x:Int=1){...F} fragment F on Mutation{done}", None),
    ] {
        let mut url = reqwest::Url::parse(&server.url("/graphql")).unwrap();
        url.query_pairs_mut().append_pair("query", query);
        if let Some(name) = name {
            url.query_pairs_mut().append_pair("operationName", name);
        }
        let answer = http().get(url).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{query}");
        assert_eq!(answer.headers()["allow"], "POST");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], json!("AICO-6003"));
    }
    assert_eq!(*server.done.0.lock().unwrap(), 0);
    let by_post = http().post(server.url("/graphql")).bearer_auth(TOKEN);
    let by_post = by_post.json(&json!({ "query": "mutation Named{done}" })).send().await.unwrap();
    assert_eq!(by_post.json::<Value>().await.unwrap(), json!({ "data": { "done": 1 } }));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_keep_the_server_busy_is_refused_before_it_does() {
    let server = Small::start().await;
    let mut bomb = String::from("{ ...F0 }");
    for i in 0..30 {
        bomb += &format!(" fragment F{i} on Query {{ ...F{next} ...F{next} }}", next = i + 1);
    }
    bomb += " fragment F30 on Query { answer }";
    let cycle = "{ ...A } fragment A on Query { ...A ...A ...A }".to_owned();
    let nested = format!("{}answer{}", "{again".repeat(50_000), "}".repeat(50_000));
    for query in [bomb, cycle, nested] {
        let asked = http().post(server.url("/graphql")).bearer_auth(TOKEN).json(&json!({ "query": query }));
        let body: Value = asked.send().await.unwrap().json().await.unwrap();
        assert!(body.get("data").is_none(), "{body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], json!("AICO-6003"));
        let mut socket = server.introduced().await;
        say(&mut socket, json!({ "type": "subscribe", "id": "1", "payload": { "query": query } })).await;
        let answer = next(&mut socket).await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("1")));
        assert_eq!(answer["payload"][0]["extensions"]["code"], json!("AICO-6003"));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_json_with_a_code() {
    let server = Small::start().await;
    let url = server.url("/graphql");
    let long = "x".repeat(transport::MAX_BODY + 1);
    let post_as = |media| http().post(&url).bearer_auth(TOKEN).header("content-type", media);
    let post = || post_as("application/json");
    for (request, status) in [
        (post().body(long), 413),
        (post_as("application/json; charset=latin1").body("{}"), 415),
        (post().body("{"), 400),
        (post().body(vec![b'"', 0xff, b'"']), 400),
        (post().header("accept", "text/html").body("{}"), 406),
        (http().put(&url).bearer_auth(TOKEN), 405),
        (http().get(server.url("/elsewhere")), 404),
        (http().get(format!("{url}?query=%zz")).bearer_auth(TOKEN), 400),
        (http().post(&url).header("content-type", "application/json").body("{}"), 401),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{status}");
        assert_eq!(answer.headers().contains_key("www-authenticate"), status == 401);
        let body: Value = answer.json().await.unwrap();
        let code = body["errors"][0]["extensions"]["code"].as_str();
        assert_eq!(code, Some(if status == 401 { "AICO-6001" } else { "AICO-6003" }), "{body}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_is_opened_only_from_here_and_only_with_the_token() {
    let server = Small::start().await;
    assert_eq!(server.refused(&[("origin", "https://evil.example")]).await, 403);
    assert_eq!(server.refused(&[("host", "evil.example")]).await, 403);
    assert_eq!(server.refused(&[("sec-websocket-protocol", "graphql-ws")]).await, 400);
    for payload in [json!({}), json!({ "token": "wrong" }), json!({ "token": 1 }), Value::Null] {
        let mut socket = server.connect(&[("origin", "http://localhost:1")]).await;
        say(&mut socket, json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(closed_with(&mut socket).await, 4403);
    }
    let bearer = format!("Bearer {TOKEN}");
    let mut socket = server.connect(&[("authorization", bearer.as_str())]).await;
    say(&mut socket, json!({ "type": "connection_init" })).await;
    assert_eq!(next(&mut socket).await["type"], json!("connection_ack"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_or_too_long_message_ends_the_socket_with_its_code() {
    let server = Small::start().await;
    let of = |payload: Value| json!({ "type": "subscribe", "id": "1", "payload": payload }).to_string();
    for (message, code) in [
        (Message::text("x".repeat(transport::MAX_FRAME + 1)), 1009),
        (Message::binary(of(json!({ "query": "{ answer }" }))), 4400),
        (Message::text(of(json!({}))), 4400),
        (Message::text(of(json!({ "query": "{ answer }", "variables": [] }))), 4400),
        (Message::text(of(Value::Null)), 4400),
        (Message::text(r#"{"type":"subscribe","id":"","payload":{"query":"{ answer }"}}"#), 4400),
    ] {
        let mut socket = server.introduced().await;
        socket.send(message).await.unwrap();
        assert_eq!(closed_with(&mut socket).await, code);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_on_one_socket_are_limited_and_places_are_given_back() {
    let server = Small::start().await;
    let mut socket = server.introduced().await;
    let of =
        |id: usize, query: &str| json!({ "type": "subscribe", "id": id.to_string(), "payload": { "query": query } });
    for id in 0..transport::MAX_OPERATIONS {
        say(&mut socket, of(id, "subscription { never }")).await;
    }
    say(&mut socket, of(1_000, "{ answer }")).await;
    let answer = next(&mut socket).await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("1000")));
    assert_eq!(answer["payload"][0]["extensions"]["code"], json!("AICO-6003"));
    say(&mut socket, json!({ "type": "complete", "id": "7" })).await;
    say(&mut socket, of(1_000, "{ answer }")).await;
    assert_eq!(next(&mut socket).await["payload"], json!({ "data": { "answer": 42 } }));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_does_not_read_is_closed_with_1013() {
    let mut server = Small::start().await;
    let mut socket = server.introduced().await;
    say(&mut socket, json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription { flood }" } }))
        .await;
    // Not a byte is read until the server has had enough and dropped the operation.
    (&mut server.flood_ended).await.unwrap();
    assert_eq!(closed_with(&mut socket).await, 1013);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so_to_open_sockets() {
    let server = Small::start().await;
    let mut socket = server.introduced().await;
    say(&mut socket, json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription { never }" } }))
        .await;
    server.closing.cancel();
    assert_eq!(closed_with(&mut socket).await, 1012);
    server.stop().await;
}
