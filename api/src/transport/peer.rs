//! Who is at the other end of a connection.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Extension;

/// See the module. Put into every request by the server; a request without one comes from nobody in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Peer {
    /// Where the connection comes from.
    pub address: Option<IpAddr>,
    /// SHA-256 of the certificate that was shown, in hex; our own authority has signed it.
    pub fingerprint: Option<Arc<str>>,
}

/// How handlers ask for it.
pub(super) type MaybePeer = Option<Extension<Peer>>;

/// The peer of a request.
pub(super) fn of(peer: MaybePeer) -> Peer {
    peer.map(|Extension(peer)| peer).unwrap_or_default()
}
