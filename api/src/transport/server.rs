//! The server: routes, limits, shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use events::Code;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::answer::Refusal;
use super::guard::Guard;
use super::peer::MaybePeer;
use super::{MAX_BODY, MAX_SOCKETS, events as sse, graphql, listen, sessions, socket, upload, window};
use crate::app::App;
use crate::schema;

/// How long a client may take to receive its last answer when the server stops.
const LEAVE: Duration = Duration::from_secs(10);

/// What every handler shares.
pub(super) struct Served<E> {
    pub schema: E,
    pub guard: Guard,
    pub sockets: Arc<Semaphore>,
    pub sessions: TaskTracker,
    pub closing: CancellationToken,
}

impl<E: Clone> Clone for Served<E> {
    fn clone(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            guard: self.guard.clone(),
            sockets: self.sockets.clone(),
            sessions: self.sessions.clone(),
            closing: self.closing.clone(),
        }
    }
}

/// Why the server could not be started, or failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("{address} cannot be listened on")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The listener failed.
    #[error("the server failed")]
    Serve(#[source] std::io::Error),
}

impl ServeError {
    /// The stable code.
    pub fn code(&self) -> Code {
        Code::ServerUnreachable
    }
}

/// A bound address.
pub struct Bound {
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    /// The address, with the port that was given.
    pub address: SocketAddr,
}

/// Binds an address, so that its port is known before anything is served.
///
/// # Errors
/// When it is taken or not ours.
pub async fn bind(address: SocketAddr) -> Result<Bound, ServeError> {
    let error = |source| ServeError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok(Bound { listener, tls: None, address })
}

impl Bound {
    /// With encryption, for devices that were enrolled and nobody else.
    #[must_use]
    pub fn encrypted(self, tls: Arc<rustls::ServerConfig>) -> Self {
        Self { tls: Some(tls), ..self }
    }
}

impl<E: Executor> Served<E> {
    fn new(schema: E, guard: Guard, closing: CancellationToken) -> Self {
        let sockets = Arc::new(Semaphore::new(MAX_SOCKETS));
        Self { schema, guard, sockets, sessions: TaskTracker::new(), closing }
    }

    fn routes(self) -> Router {
        let entrance = get(entrance::<E>).post(graphql::post::<E>);
        Router::new().route("/graphql", entrance).with_state(self)
    }
}

/// Routes over any schema: `/graphql` by GET, POST and websocket.
pub fn router<E: Executor>(schema: E, guard: Guard, closing: CancellationToken) -> Router {
    finished(Served::new(schema, guard, closing).routes())
}

/// GET is a question, or the beginning of a websocket.
async fn entrance<E: Executor>(
    state: axum::extract::State<Served<E>>,
    query: axum::extract::RawQuery,
    headers: axum::http::HeaderMap,
    peer: MaybePeer,
    upgrade: Result<axum::extract::ws::WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => socket::upgrade(state, headers, peer, upgrade).await,
        Err(_) => graphql::get(state, headers, peer, query).await,
    }
}

fn finished(router: Router) -> Router {
    let set = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    router
        .fallback(|| async {
            let what = "nothing is here; the window is at /, the interface at /graphql, the events at /events";
            Refusal::new(StatusCode::NOT_FOUND, Code::BadRequest, what)
        })
        .method_not_allowed_fallback(|| async {
            let what = "this path does not take the method; /graphql takes GET and POST";
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, what)
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a request handler panicked");
            let what = "something failed inside";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, what).into_response()
        }))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .layer(set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
}

/// Serves an app until told to stop; then lets requests end, and says goodbye to websockets.
///
/// # Errors
/// When the listener fails.
pub async fn serve(app: Arc<App>, bound: Bound, guard: Guard, closing: CancellationToken) -> Result<(), ServeError> {
    serve_all(app, vec![bound], guard, closing).await
}

/// As [`serve`], at several addresses.
///
/// # Errors
/// When a listener fails.
pub async fn serve_all(
    app: Arc<App>,
    bounds: Vec<Bound>,
    guard: Guard,
    closing: CancellationToken,
) -> Result<(), ServeError> {
    let guard = guard.over(app.clone());
    let window = window::routes(guard.clone());
    let people = sessions::routes(app.clone(), guard.clone());
    let served = Served::new(schema::build(app.clone()), guard, closing.clone());
    let sessions = served.sessions.clone();
    let source = sse::Source::new(app, &served);
    let file = post(upload::take).layer(DefaultBodyLimit::max(commands::import::MAX_FILE_BYTES));
    let events = Router::new().route("/events", get(sse::stream)).route("/import", file).with_state(source);
    let alive = Router::new().route("/alive", get(|| async { "ok\n" }));
    let routes = finished(served.routes().merge(events).merge(alive).merge(window).merge(people));
    let room = listen::Room::new(routes, closing.clone());
    let listening = bounds.into_iter().map(|bound| listen::run(bound.listener, bound.tls, room.clone()));
    let too_long = async {
        closing.cancelled().await;
        tokio::time::sleep(LEAVE).await;
    };
    let result = tokio::select! {
        result = futures::future::try_join_all(listening) => result.map(drop),
        () = too_long => {
            tracing::warn!("connections that did not end in time were left");
            Ok(())
        }
    };
    // An upgraded connection is no longer the server's: its task is waited for here. Each ends by itself in a set time.
    sessions.close();
    sessions.wait().await;
    result.map_err(ServeError::Serve)
}
