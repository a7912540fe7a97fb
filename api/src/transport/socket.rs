//! The `graphql-transport-ws` protocol. `async-graphql`'s own handler closes with other codes than the protocol names,
//! replaces a running operation of the same id in silence, and reports validation failures as data.

use std::collections::HashSet;
use std::time::Duration;

use async_graphql::{Executor, Response as GraphqlResponse};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use events::Code;
use futures::stream::{BoxStream, SelectAll};
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::answer::Refusal;
use super::graphql;
use super::guard::Guard;
use super::server::Served;
use super::{MAX_FRAME, MAX_OPERATIONS};

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to introduce itself.
const INIT: Duration = Duration::from_secs(10);
/// How often we ask whether the client is still there.
const PING: Duration = Duration::from_secs(25);
/// How long a client may take to accept a message before it is sent away. It may come back and take up where it was.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes a websocket.
pub(super) async fn upgrade<E: Executor>(
    State(served): State<Served<E>>,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = served.guard.check_place(&headers) {
        return refusal.into_response();
    }
    let Ok(permit) = served.sockets.clone().try_acquire_owned() else {
        let what = "too many websockets are open";
        return Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Code::BadRequest, what).into_response();
    };
    let offered = headers.get("sec-websocket-protocol").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !offered.split(',').any(|p| p.trim() == PROTOCOL) {
        return Refusal::bad_request(format!("the sub-protocol is {PROTOCOL}")).into_response();
    }
    let known = Guard::bearer(&headers).is_some_and(|token| served.guard.knows_token(token));
    socket.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME).protocols([PROTOCOL]).on_upgrade(
        move |socket| async move {
            Session::new(served, known).run(socket).await;
            drop(permit);
        },
    )
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Incoming {
    ConnectionInit {
        #[serde(default)]
        payload: Value,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Value,
    },
    Complete {
        id: String,
    },
}

/// Why a socket is closed.
struct Close(u16, &'static str);

/// An item of one operation: its result, or its end.
type Item = (String, Option<GraphqlResponse>);

struct Session<E> {
    served: Served<E>,
    known: bool,
    acknowledged: bool,
    /// All operations, polled in turn, so that a busy one does not starve the others.
    operations: SelectAll<BoxStream<'static, Item>>,
    running: HashSet<String>,
    stops: std::collections::HashMap<String, CancellationToken>,
}

impl<E: Executor> Session<E> {
    fn new(served: Served<E>, known: bool) -> Self {
        Self {
            served,
            known,
            acknowledged: false,
            operations: SelectAll::new(),
            running: HashSet::new(),
            stops: std::collections::HashMap::new(),
        }
    }

    async fn run(mut self, socket: WebSocket) {
        let (mut out, mut incoming) = socket.split();
        let introduced_by = Instant::now() + INIT;
        let mut next_ping = Instant::now() + PING;
        let closing = self.served.closing.clone();
        let close = loop {
            let reply = tokio::select! {
                message = incoming.next() => match message {
                    Some(Ok(message)) => match self.take(message) {
                        Ok(reply) => reply,
                        Err(close) => break Some(close),
                    },
                    Some(Err(_)) | None => break None,
                },
                Some(item) = self.operations.next(), if !self.operations.is_empty() => self.item(item),
                () = sleep_until(introduced_by), if !self.acknowledged => {
                    break Some(Close(4408, "Connection initialisation timeout"));
                }
                () = sleep_until(next_ping), if self.acknowledged => {
                    next_ping = Instant::now() + PING;
                    Some(json!({ "type": "ping" }))
                }
                () = closing.cancelled() => break Some(Close(1012, "Service restart")),
            };
            let Some(reply) = reply else { continue };
            let sent = tokio::time::timeout(PATIENCE, out.send(Message::Text(reply.to_string().into()))).await;
            match sent {
                Ok(Ok(())) => {}
                Ok(Err(_)) => break None,
                Err(_) => break Some(Close(1013, "Try again later: messages were not taken")),
            }
        };
        if let Some(Close(code, reason)) = close {
            let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
            // The client may be gone already; then there is nobody to tell.
            let _told = tokio::time::timeout(PATIENCE, out.send(Message::Close(Some(frame)))).await;
        }
    }

    fn take(&mut self, message: Message) -> Result<Option<Value>, Close> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Close(4400, "Messages are text")),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(None),
        };
        let message: Incoming =
            serde_json::from_str(text.as_str()).map_err(|_| Close(4400, "Invalid message received"))?;
        match message {
            Incoming::ConnectionInit { payload } => self.init(&payload).map(Some),
            Incoming::Ping { payload } => Ok(Some(match payload {
                Some(payload) => json!({ "type": "pong", "payload": payload }),
                None => json!({ "type": "pong" }),
            })),
            Incoming::Pong {} => Ok(None),
            Incoming::Subscribe { id, payload } => self.subscribe(id, payload),
            Incoming::Complete { id } => {
                if let Some(stop) = self.stops.remove(&id) {
                    stop.cancel();
                    self.running.remove(&id);
                }
                Ok(None)
            }
        }
    }

    fn init(&mut self, payload: &Value) -> Result<Value, Close> {
        if self.acknowledged {
            return Err(Close(4429, "Too many initialisation requests"));
        }
        let token = payload.get("token").and_then(Value::as_str);
        if !self.known && !token.is_some_and(|t| self.served.guard.knows_token(t)) {
            return Err(Close(4403, "Forbidden"));
        }
        self.acknowledged = true;
        Ok(json!({ "type": "connection_ack" }))
    }

    fn subscribe(&mut self, id: String, payload: Value) -> Result<Option<Value>, Close> {
        if !self.acknowledged {
            return Err(Close(4401, "Unauthorized"));
        }
        if id.is_empty() {
            return Err(Close(4400, "Invalid message received"));
        }
        if self.running.contains(&id) {
            return Err(Close(4409, "Subscriber already exists"));
        }
        if self.running.len() >= MAX_OPERATIONS {
            return Ok(Some(error(&id, &json!([{ "message": "too many operations on this websocket" }]))));
        }
        let request = match graphql::request(payload) {
            Ok(request) => request,
            Err(refusal) => return Ok(Some(error(&id, &json!([{ "message": refusal.message }])))),
        };
        let stop = CancellationToken::new();
        let results = self.served.schema.execute_stream(request, None);
        let tag = id.clone();
        let end = (id.clone(), None);
        let items = results
            .map(move |result| (tag.clone(), Some(result)))
            .chain(futures::stream::once(async move { end }))
            .take_until(stop.clone().cancelled_owned());
        self.operations.push(items.boxed());
        self.running.insert(id.clone());
        self.stops.insert(id, stop);
        Ok(None)
    }

    fn item(&mut self, (id, result): Item) -> Option<Value> {
        if !self.running.contains(&id) {
            return None; // Completed by the client; nothing more may be said about it.
        }
        match result {
            Some(result) => {
                let failed_before_execution =
                    !result.errors.is_empty() && result.errors.iter().all(|e| e.path.is_empty());
                if failed_before_execution {
                    self.end(&id);
                    return Some(error(&id, &serde_json::to_value(&result.errors).unwrap_or_default()));
                }
                Some(json!({ "type": "next", "id": id, "payload": result }))
            }
            None => {
                self.end(&id);
                Some(json!({ "type": "complete", "id": id }))
            }
        }
    }

    fn end(&mut self, id: &str) {
        self.running.remove(id);
        if let Some(stop) = self.stops.remove(id) {
            stop.cancel();
        }
    }
}

fn error(id: &str, errors: &Value) -> Value {
    json!({ "type": "error", "id": id, "payload": errors })
}
