//! Coming in by name and secret, going on, and leaving.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::account::Permission;
use events::payload::SessionEnd;
use events::{Actor, Code};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::answer::Refusal;
use super::body;
use super::guard::Guard;
use super::peer::{self, MaybePeer, Peer};
use crate::app::access::Admitted;
use crate::app::{App, AppError};

/// The longest body of these requests, in bytes.
const MAX_ASK: usize = 4_096;

/// What every handler shares.
#[derive(Clone)]
struct Door {
    app: Arc<App>,
    guard: Guard,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    name: String,
    secret: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    refresh: String,
}

/// The routes.
pub(super) fn routes(app: Arc<App>, guard: Guard) -> Router {
    Router::new()
        .route("/session/open", post(open))
        .route("/session/refresh", post(refresh))
        .route("/session/close", post(close))
        .with_state(Door { app, guard })
}

/// POST /session/open with `{"name": "...", "secret": "..."}`: a pair of tokens.
async fn open(State(door): State<Door>, request: Request) -> Result<Response, Refusal> {
    let (peer, asked) = door.asked::<Credentials>(request).await?;
    door.guard.limits().sign_in(peer.address)?;
    let admitted = door.app.access.sign_in(&asked.name, &asked.secret).await.map_err(refused)?;
    Ok(told(&admitted))
}

/// POST /session/refresh with `{"refresh": "..."}`: the next pair of tokens.
async fn refresh(State(door): State<Door>, request: Request) -> Result<Response, Refusal> {
    let (peer, asked) = door.asked::<Token>(request).await?;
    match door.app.access.refresh(&asked.refresh, peer.fingerprint.as_deref()).await {
        Ok(admitted) => Ok(told(&admitted)),
        Err(error) => {
            door.guard.limits().failure(peer.address)?;
            Err(refused(error))
        }
    }
}

/// POST /session/close with an access token: its session ends.
async fn close(State(door): State<Door>, headers: HeaderMap, peer: MaybePeer) -> Result<Response, Refusal> {
    let caller = door.guard.admit_to(Permission::Known, &headers, &peer::of(peer))?;
    let Some(session) = caller.session else {
        return Err(Refusal::bad_request("the token of the data folder has no session to be closed"));
    };
    let (of, by) = (caller.person, Actor::Person(caller.person));
    door.app.access.end_session(of, by, session, SessionEnd::SignedOut).await.map_err(refused)?;
    Ok(axum::Json(json!({ "ended": session })).into_response())
}

impl Door {
    /// Who asks for what. A page of another origin gets no further: neither its origin nor its content type is taken.
    async fn asked<T: DeserializeOwned>(&self, request: Request) -> Result<(Peer, T), Refusal> {
        self.guard.check_place(request.headers())?;
        super::graphql::check_content_type(request.headers())?;
        let peer = request.extensions().get().cloned().unwrap_or_default();
        let bytes = body::read(request, MAX_ASK).await?;
        if bytes.len() > MAX_ASK {
            let what = format!("the request is over the limit of {MAX_ASK} bytes");
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BadRequest, what));
        }
        // What is wrong is told without the words that were sent: a secret may be among them.
        let asked = serde_json::from_slice(&bytes)
            .map_err(|e| Refusal::bad_request(format!("not what is wanted here, at column {}", e.column())))?;
        Ok((peer, asked))
    }
}

fn refused(error: AppError) -> Refusal {
    let status = match error.code {
        Code::AccountLocked => StatusCode::TOO_MANY_REQUESTS,
        Code::SignInRefused | Code::Unauthorised | Code::SessionOver | Code::TokenExpired | Code::NoSuchAccount => {
            StatusCode::UNAUTHORIZED
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let retry_after = (error.code == Code::AccountLocked).then_some(domain::account::LOCK_SECONDS.unsigned_abs());
    Refusal { retry_after, ..Refusal::new(status, error.code, error.message) }
}

fn told(admitted: &Admitted) -> Response {
    let told = json!({
        "person": admitted.person, "session": admitted.session, "access": admitted.access,
        "accessUntil": admitted.access_until.to_string(), "refresh": admitted.refresh,
        "until": admitted.until.to_string(),
    });
    axum::Json(told).into_response()
}
