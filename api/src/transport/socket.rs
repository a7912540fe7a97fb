//! The `graphql-transport-ws` protocol. `async-graphql`'s own handler closes with other codes than the protocol names,
//! replaces a running operation of the same id in silence, and reports validation failures as data.

use std::collections::HashSet;
use std::time::Duration;

use async_graphql::{Executor, Response as GraphqlResponse};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use futures::stream::{BoxStream, SelectAll};
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::answer::{self, Refusal};
use super::graphql;
use super::guard::Guard;
use super::peer::{self, MaybePeer, Peer};
use super::server::Served;
use super::{MAX_FRAME, MAX_OPERATIONS};
use crate::app::Caller;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to introduce itself.
const INIT: Duration = Duration::from_secs(10);
/// How often we ask whether the client is still there.
const PING: Duration = Duration::from_secs(25);
/// How long a client may take to accept a message before it is sent away. It may come back and take up where it was.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long we wait for a client's goodbye after ours.
const FAREWELL: Duration = Duration::from_secs(1);
/// A message over [`MAX_FRAME`] is read up to here, so that its sender is told why the socket is closed.
const HARD_LIMIT: usize = 4 * MAX_FRAME;

/// Takes a websocket.
pub(super) async fn upgrade<E: Executor>(
    State(served): State<Served<E>>,
    headers: HeaderMap,
    peer: MaybePeer,
    socket: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = served.guard.check_place(&headers) {
        return refusal.into_response();
    }
    let Ok(permit) = served.sockets.clone().try_acquire_owned() else {
        let what = "too many websockets are open: close one first";
        return Refusal::too_many(StatusCode::SERVICE_UNAVAILABLE, 5, what).into_response();
    };
    let offered = headers.get("sec-websocket-protocol").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !offered.split(',').any(|p| p.trim() == PROTOCOL) {
        return Refusal::bad_request(format!("the sub-protocol is {PROTOCOL}")).into_response();
    }
    let peer = peer::of(peer);
    // A token in the header is as good as one in the first message; a bad one there may still be followed by a good one.
    let known = Guard::bearer(&headers).and_then(|token| served.guard.caller(Some(token), &peer).ok());
    // Taken before the upgrade: a server that stops waits for sockets that are just being opened, too.
    let session = served.sessions.token();
    let socket = socket.max_message_size(HARD_LIMIT).max_frame_size(HARD_LIMIT).protocols([PROTOCOL]);
    socket.on_upgrade(move |socket| async move {
        Session::new(served, known, peer).run(socket).await;
        drop((permit, session));
    })
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
    known: Option<Caller>,
    peer: Peer,
    acknowledged: bool,
    /// All operations, polled in turn, so that a busy one does not starve the others.
    operations: SelectAll<BoxStream<'static, Item>>,
    running: HashSet<String>,
    stops: std::collections::HashMap<String, CancellationToken>,
}

impl<E: Executor> Session<E> {
    fn new(served: Served<E>, known: Option<Caller>, peer: Peer) -> Self {
        Self {
            served,
            known,
            peer,
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
        let mut heard = true;
        let closing = self.served.closing.clone();
        let mut ended: BoxFuture<'static, ()> = Box::pin(std::future::pending());
        let mut watched = None;
        let close = loop {
            if self.acknowledged && watched != self.known {
                watched = self.known;
                if let Some(caller) = self.known {
                    ended = Box::pin(self.served.guard.clone().ended(caller));
                }
            }
            let reply = tokio::select! {
                message = incoming.next() => match message {
                    Some(Ok(message)) => {
                        heard = true;
                        match self.take(message) {
                            Ok(reply) => reply,
                            Err(close) => break Some(close),
                        }
                    }
                    Some(Err(_)) | None => break None,
                },
                Some(item) = self.operations.next(), if !self.operations.is_empty() => self.item(item),
                () = sleep_until(introduced_by), if !self.acknowledged => {
                    break Some(Close(4408, "Connection initialisation timeout"));
                }
                () = sleep_until(next_ping), if self.acknowledged => {
                    // A client whose machine went away never says so, and would hold its place for ever.
                    if !heard {
                        break None;
                    }
                    heard = false;
                    next_ping = Instant::now() + PING;
                    Some(json!({ "type": "ping" }))
                }
                () = &mut ended => break Some(Close(4403, "The session is over")),
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
        // Whatever was asked for ends now, not when the client has taken its leave.
        self.operations.clear();
        if let Some(Close(code, reason)) = close {
            let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
            // The client may be gone already; then there is nobody to tell.
            let told = tokio::time::timeout(PATIENCE, out.send(Message::Close(Some(frame)))).await;
            if matches!(told, Ok(Ok(()))) {
                // Closing while messages are still unread would reset the connection, and our reason with it.
                let goodbye = async { while let Some(Ok(_)) = incoming.next().await {} };
                let _answered_or_not = tokio::time::timeout(FAREWELL, goodbye).await;
            }
        }
    }

    fn take(&mut self, message: Message) -> Result<Option<Value>, Close> {
        let text = match message {
            Message::Text(text) if text.len() > MAX_FRAME => return Err(Close(1009, "Message too big")),
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
        if let Some(token) = token {
            self.known = self.served.guard.caller(Some(token), &self.peer).ok().or(self.known);
        }
        if self.known.is_none() {
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
        let refused = |refusal: &Refusal| Some(error(&id, &json!([refusal.error()])));
        if self.running.len() >= MAX_OPERATIONS {
            let what = format!("{MAX_OPERATIONS} operations are running on this websocket: complete one first");
            return Ok(refused(&Refusal::bad_request(what)));
        }
        // A payload of another shape is a message of another shape; a document that does not hold is an answer.
        let mut request = graphql::request(payload).map_err(|_| Close(4400, "Invalid message received"))?;
        if let Err(response) = graphql::operation(&mut request) {
            return Ok(Some(failed(&id, *response)));
        }
        let stop = CancellationToken::new();
        let Some(caller) = self.known else { return Err(Close(4401, "Unauthorized")) };
        let request = self.served.guard.seen_by(caller, request);
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
                    return Some(failed(&id, result));
                }
                Some(json!({ "type": "next", "id": id, "payload": answer::coded(result) }))
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

fn failed(id: &str, result: GraphqlResponse) -> Value {
    error(id, &serde_json::to_value(answer::coded(result).errors).unwrap_or_default())
}

fn error(id: &str, errors: &Value) -> Value {
    json!({ "type": "error", "id": id, "payload": errors })
}
