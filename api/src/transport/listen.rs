//! Taking connections: so many at once, each with a time for its first words, encrypted or not.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::peer::Peer;
use crate::app::access::fingerprint;

/// The most connections at once. Below what an ordinary process may have open, files of its own included.
pub const MAX_CONNECTIONS: usize = 512;
/// How long a client may take to send the head of a request, and to stay without one.
const HEAD: Duration = Duration::from_secs(60);
/// How long a client may take to agree on encryption.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many of those that are sent away are told so in peace.
const FAREWELLS: usize = 64;
/// How long that may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long to wait when the system gives no more connections.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// What somebody is told who is one too many.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json; charset=utf-8\r\n\
    retry-after: 5\r\nconnection: close\r\ncontent-length: 102\r\n\r\n\
    {\"errors\":[{\"message\":\"too many connections are open: try again\",\"extensions\":{\"code\":\"AICO-9006\"}}]}\n";

/// What all listeners of a server share.
#[derive(Clone)]
pub(super) struct Room {
    pub router: Router,
    pub connections: Arc<Semaphore>,
    pub farewells: Arc<Semaphore>,
    pub closing: CancellationToken,
}

impl Room {
    pub(super) fn new(router: Router, closing: CancellationToken) -> Self {
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Self { router, connections, farewells: Arc::new(Semaphore::new(FAREWELLS)), closing }
    }
}

/// Takes connections until told to stop, then waits for the requests that are going on.
pub(super) async fn run(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    room: Room,
) -> Result<(), io::Error> {
    let tls = tls.map(TlsAcceptor::from);
    let going = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = room.closing.cancelled() => break,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if gone_already(&error) => continue,
            Err(error) => {
                // Out of descriptors, as a rule: those that are open go on, and end.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        let Ok(permit) = room.connections.clone().try_acquire_owned() else {
            send_away(stream, &room.farewells);
            continue;
        };
        // Small answers are not held back to be sent together.
        let _not_needed_to_work = stream.set_nodelay(true);
        let (router, tls, closing) = (room.router.clone(), tls.clone(), room.closing.clone());
        going.spawn(async move {
            match tls {
                None => serve(stream, peer(from, None), router, closing).await,
                Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                        let peer = peer(from, shown.map(|c| fingerprint(c).into()));
                        serve(stream, peer, router, closing).await;
                    }
                    Ok(Err(error)) => {
                        tracing::warn!(target: "security", event = "tls_refused", %from, %error);
                    }
                    Err(_) => {
                        tracing::warn!(target: "security", event = "tls_refused", %from, "no handshake in time")
                    }
                },
            }
            drop(permit);
        });
    }
    going.close();
    going.wait().await;
    Ok(())
}

fn peer(from: SocketAddr, fingerprint: Option<Arc<str>>) -> Peer {
    Peer { address: Some(from.ip().to_canonical()), fingerprint }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    closing: CancellationToken,
) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The other end went away in the middle, as a rule.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Tells a client that it is one too many. Some in peace, so that the answer arrives; the rest at once, so that a flood
/// costs nothing.
fn send_away(mut stream: TcpStream, farewells: &Arc<Semaphore>) {
    let Ok(permit) = farewells.clone().try_acquire_owned() else {
        let _told_or_not = stream.try_write(FULL);
        return;
    };
    tokio::spawn(async move {
        let farewell = async {
            stream.write_all(FULL).await?;
            stream.shutdown().await?;
            // Closing with words unread would take our answer back.
            let mut unread = [0; 1_024];
            while stream.read(&mut unread).await? > 0 {}
            Ok::<_, io::Error>(())
        };
        let _told_or_not = tokio::time::timeout(FAREWELL, farewell).await;
        drop(permit);
    });
}

fn gone_already(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_full_server_is_whole() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], events::Code::TooMany.as_str());
    }
}
