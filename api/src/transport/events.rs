//! Events as server-sent events: `curl` can follow them, and `Last-Event-ID` takes up again by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::account::Permission;
use events::{Position, Recorded};
use futures::StreamExt;
use projections::basis::branch_named;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::answer::Refusal;
use super::guard::Guard;
use super::peer::{self, MaybePeer};
use super::server::Served;
use crate::app::{App, AppError};
use crate::tail::{Filter, tail};

/// How often a comment tells that the stream is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What the stream is made from.
#[derive(Clone)]
pub(super) struct Source {
    pub app: Arc<App>,
    pub guard: Guard,
    sockets: Arc<Semaphore>,
    closing: CancellationToken,
}

impl Source {
    /// Over an app, with the guard and the limits of a server.
    pub(super) fn new<E>(app: Arc<App>, served: &Served<E>) -> Self {
        let (guard, sockets, closing) = (served.guard.clone(), served.sockets.clone(), served.closing.clone());
        Self { app, guard, sockets, closing }
    }
}

/// The query string.
#[derive(Deserialize)]
pub(super) struct Parameters {
    after: Option<u64>,
    types: Option<String>,
    branch: Option<String>,
}

/// GET /events?after=N&types=A,B&branch=NAME
pub(super) async fn stream(
    State(source): State<Source>,
    headers: HeaderMap,
    peer: MaybePeer,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    open(&source, &headers, peer, parameters).await.unwrap_or_else(IntoResponse::into_response)
}

async fn open(
    source: &Source,
    headers: &HeaderMap,
    peer: MaybePeer,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Refusal> {
    let caller = source.guard.admit_to(Permission::Own, headers, &peer::of(peer))?;
    let Query(parameters) = parameters.map_err(|e| Refusal::bad_request(e.body_text()))?;
    let permit = source.sockets.clone().try_acquire_owned().map_err(|_| {
        let what = "too many websockets and event streams are open: close one first";
        Refusal::too_many(StatusCode::SERVICE_UNAVAILABLE, 5, what)
    })?;
    let app = &source.app.seen_by(caller);
    // What the browser saw last counts more than where the page once began.
    let after = Position(last_seen(headers)?.or(parameters.after).unwrap_or(0));
    let name = parameters.branch.as_deref().unwrap_or("main");
    let branch = branch_named(&*app.log, name).await.map_err(|e| refused(StatusCode::NOT_FOUND, e.into()))?;
    let types = parameters.types.unwrap_or_default();
    let types = types.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect();
    let filter = Filter { types, person: app.owner, common: app.companion.into() };
    let events = tail(app.log.clone(), branch.id, after, filter)
        .await
        .map_err(|e| refused(StatusCode::BAD_REQUEST, e.into()))?;
    let events = events.map(move |event| {
        let _held_until_the_stream_ends = &permit;
        Ok::<_, Infallible>(match event {
            Ok(event) => told(&event),
            Err(error) => {
                let AppError { code, message } = error.into();
                let data = json!({ "code": code.as_str(), "message": message });
                Event::default().event("error").data(data.to_string())
            }
        })
    });
    // A server that stops waits for its answers, and this one has no other end.
    let events = events.take_until(source.closing.clone().cancelled_owned());
    let events = events.take_until(source.guard.clone().ended(caller));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn refused(status: StatusCode, error: AppError) -> Refusal {
    Refusal::new(status, error.code, error.message)
}

/// The position of the last event that the client has seen.
fn last_seen(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    // To begin anew for want of a number would tell everything twice.
    let position = value.to_str().ok().and_then(|v| v.trim().parse().ok());
    position.map(Some).ok_or_else(|| Refusal::bad_request("`Last-Event-ID` must be the position of an event"))
}

fn told(event: &Recorded) -> Event {
    let h = &event.header;
    let body = crate::shown::content(event);
    let data = json!({
        "position": h.position, "stream": h.stream.to_string(), "version": h.version, "eventId": h.event_id,
        "type": h.event_type, "recordedAt": h.recorded_at.to_string(), "occurredAt": h.occurred_at.to_string(),
        "actor": h.actor.to_string(), "causation": h.causation, "erased": body.is_none(), "body": body,
    });
    Event::default().id(h.position.to_string()).event(&h.event_type).data(data.to_string())
}
