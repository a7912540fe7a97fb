//! Events as server-sent events: `curl` can follow them, and `Last-Event-ID` takes up again by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use events::{Body, Position, Recorded};
use futures::StreamExt;
use projections::basis::branch_named;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::guard::Guard;
use crate::app::App;
use crate::tail::{Filter, tail};

/// What the stream is made from.
#[derive(Clone)]
pub(super) struct Source {
    pub app: Arc<App>,
    pub guard: Guard,
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
    Query(parameters): Query<Parameters>,
) -> Response {
    match open(&source, &headers, parameters).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn open(source: &Source, headers: &HeaderMap, parameters: Parameters) -> Result<Response, Refusal> {
    source.guard.check_place(headers)?;
    source.guard.check_token(headers)?;
    let app = &source.app;
    // What the browser saw last counts more than where the page once began.
    let seen = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let after = Position(seen.or(parameters.after).unwrap_or(0));
    let name = parameters.branch.as_deref().unwrap_or("main");
    let branch = branch_named(&*app.log, name)
        .await
        .map_err(|e| Refusal::new(axum::http::StatusCode::NOT_FOUND, e.code(), e.to_string()))?;
    let types = parameters.types.map(|t| t.split(',').map(|t| t.trim().to_owned()).collect()).unwrap_or_default();
    let filter = Filter { types, person: app.owner, common: app.companion.into() };
    let events = tail(app.log.clone(), branch.id, after, filter).map(|event| {
        Ok::<_, Infallible>(match event {
            Ok(event) => told(&event),
            Err(error) => {
                let data = json!({ "code": error.code().as_str(), "message": error.to_string() });
                Event::default().event("error").data(data.to_string())
            }
        })
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

fn told(event: &Recorded) -> Event {
    let h = &event.header;
    let body: Option<Value> = match &event.body {
        Body::Open(json) => serde_json::from_slice(json).ok(),
        Body::Erased => None,
    };
    let data = json!({
        "position": h.position, "stream": h.stream.to_string(), "version": h.version, "eventId": h.event_id,
        "type": h.event_type, "recordedAt": h.recorded_at.to_string(), "occurredAt": h.occurred_at.to_string(),
        "actor": h.actor.to_string(), "causation": h.causation, "erased": body.is_none(), "body": body,
    });
    Event::default().id(h.position.to_string()).event(&h.event_type).data(data.to_string())
}
