//! Who may knock: a token, known hosts, known origins.
//!
//! A page on another site can make a browser send requests to loopback. It cannot read our token, set our content type
//! without asking first, or fake `Host` and `Origin`; each is checked, so that one mistake elsewhere is not enough.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use domain::account::Permission;
use events::{Code, PersonId, Timestamp};
use subtle::ConstantTimeEq as _;

use super::answer::Refusal;
use super::limits::{Limits, Rates};
use super::pass::Passes;
use super::peer::Peer;
use crate::app::{App, Caller};

/// See the module.
#[derive(Clone)]
pub struct Guard {
    token: String,
    hosts: Vec<String>,
    passes: Passes,
    limits: Arc<Limits>,
    /// Whose accounts are asked, and as whom they see it; none for a schema without people.
    app: Option<Arc<App>>,
}

impl Guard {
    /// A guard that knows one token, and loopback under any name and port, besides these host names.
    pub fn new(token: impl Into<String>, hosts: Vec<String>) -> Self {
        Self { token: token.into(), hosts, passes: Passes::default(), limits: Arc::default(), app: None }
    }

    /// With other rates than the usual ones.
    #[must_use]
    pub fn limited(self, rates: Rates) -> Self {
        Self { limits: Arc::new(Limits::new(rates)), ..self }
    }

    /// A guard that also knows the people of an app.
    pub(super) fn over(self, app: Arc<App>) -> Self {
        Self { app: Some(app), ..self }
    }

    /// How often somebody may ask.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A secret for a link that lets one browser in, once.
    pub fn ticket(&self) -> String {
        self.passes.ticket()
    }

    /// A pass for a browser, and when it ends.
    pub(super) fn pass(&self) -> (String, Timestamp) {
        self.passes.pass(&self.token)
    }

    /// Takes a ticket back; whether it was good.
    pub(super) fn redeem(&self, ticket: &str) -> bool {
        self.passes.redeem(ticket)
    }

    fn knows_host(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else { return false };
        ["127.0.0.1", "localhost", "::1"].iter().any(|known| host.eq_ignore_ascii_case(known))
            || self.hosts.iter().any(|known| host.eq_ignore_ascii_case(known))
    }

    fn knows_origin(&self, origin: &str) -> bool {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        authority.is_some_and(|authority| self.knows_host(authority))
    }

    /// Whether a token is the right one, or a pass given under it, in a time that does not tell how much of it is.
    pub fn knows_token(&self, token: &str) -> bool {
        // A guard without a token would otherwise let in whoever sends none.
        !self.token.is_empty()
            && (bool::from(token.as_bytes().ct_eq(self.token.as_bytes())) || self.passes.knows(&self.token, token))
    }

    /// Refuses foreign hosts and origins.
    pub(super) fn check_place(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let refused = |what| Err(Refusal::new(StatusCode::FORBIDDEN, Code::OriginRefused, what));
        // Several of them are refused too: which one counts is a matter of opinion between a proxy and us.
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|v| v.to_str().ok());
        if hosts.next().is_some() || !host.is_some_and(|host| self.knows_host(host)) {
            return refused(
                "this host name is not ours: use 127.0.0.1 or localhost, or name it in `hosts` of config.json",
            );
        }
        let known = |v: &HeaderValue| v.to_str().is_ok_and(|origin| self.knows_origin(origin));
        if !headers.get_all(header::ORIGIN).iter().all(known) {
            return refused(
                "this origin may not use AICO: open the page from 127.0.0.1 or localhost, or name its host in `hosts` of config.json",
            );
        }
        Ok(())
    }

    /// The token of a request, if it carries one.
    pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// Who asks; refuses foreign places, unknown tokens, and whoever asks too often.
    pub(super) fn admit(&self, headers: &HeaderMap, peer: &Peer) -> Result<Caller, Refusal> {
        self.check_place(headers)?;
        self.caller(Self::bearer(headers), peer)
    }

    /// As [`Guard::admit`], and refuses whose role does not reach something.
    pub(super) fn admit_to(
        &self,
        permission: Permission,
        headers: &HeaderMap,
        peer: &Peer,
    ) -> Result<Caller, Refusal> {
        let caller = self.admit(headers, peer)?;
        if caller.may(permission) {
            return Ok(caller);
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden, "your role does not reach this"))
    }

    /// Who has a token.
    pub(super) fn caller(&self, token: Option<&str>, peer: &Peer) -> Result<Caller, Refusal> {
        let refused = |code, what: &str| Refusal::new(StatusCode::UNAUTHORIZED, code, what);
        let what =
            "send a token as `Authorization: Bearer ...`: that of the data folder, of a window, or of a session";
        let Some(token) = token else { return Err(refused(Code::Unauthorised, what)) };
        if let (Some(fingerprint), Some(app)) = (&peer.fingerprint, &self.app)
            && !app.access.device_known(fingerprint)
        {
            let what = "this device was not enrolled here, or was taken out";
            return Err(Refusal::new(StatusCode::FORBIDDEN, Code::CertificateUnusable, what));
        }
        // The token of the folder is for this machine; a device has tokens of its own.
        if peer.fingerprint.is_none() && self.knows_token(token) {
            let owner = self.app.as_ref().map_or(PersonId(uuid::Uuid::nil()), |app| app.owner);
            return Ok(Caller::owner(owner));
        }
        let found = match &self.app {
            Some(app) => app.access.check(token, peer.fingerprint.as_deref()),
            None => Err(crate::app::AppError::new(Code::Unauthorised, what)),
        };
        match found {
            Ok(caller) => {
                self.limits.session(caller.session)?;
                Ok(caller)
            }
            Err(error) => {
                // Only what fails is counted, so that whoever guesses keeps nobody else out.
                self.limits.failure(peer.address)?;
                tracing::warn!(target: "security", event = "token_refused", code = %error.code, peer = ?peer.address);
                Err(refused(error.code, &error.message))
            }
        }
    }

    /// A request as its caller sees things.
    pub(super) fn seen_by(&self, caller: Caller, request: async_graphql::Request) -> async_graphql::Request {
        match &self.app {
            Some(app) => request.data(caller).data(app.seen_by(caller)),
            None => request,
        }
    }

    /// Waits until a caller is no longer let in.
    pub(super) async fn ended(self, caller: Caller) {
        match &self.app {
            Some(app) => app.access.clone().ended(caller).await,
            None => std::future::pending().await,
        }
    }
}

/// The host of an authority such as `localhost:8770` or `[::1]`; `None` when it is none.
fn host_of(authority: &str) -> Option<&str> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_or_nothing = rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (port_or_nothing && !host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_named_hosts_are_known() {
        let guard = Guard::new("t", vec!["my.home".into()]);
        for good in ["127.0.0.1:8770", "localhost", "LocalHost:1", "[::1]:1", "[::1]", "my.home:80"] {
            assert!(guard.knows_host(good), "{good}");
        }
        for bad in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "",
            "[::2]:1",
            "null",
            "[::1].evil",
            "[::1",
            "localhost:",
            "localhost:99999",
            "localhost:80@evil",
            "user@localhost",
            "::1",
        ] {
            assert!(!guard.knows_host(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_a_page_of_a_known_host() {
        let guard = Guard::new("t", vec!["my.home".into()]);
        for good in ["http://localhost:5173", "https://my.home", "http://[::1]:80"] {
            assert!(guard.knows_origin(good), "{good}");
        }
        for bad in ["null", "https://evil.example", "file://localhost", "localhost", "http://localhost/x", "http://"]
        {
            assert!(!guard.knows_origin(bad), "{bad}");
        }
    }

    #[test]
    fn host_and_origin_are_checked_each_time_they_are_given() {
        let guard = Guard::new("t", vec![]);
        let place = |pairs: &[(header::HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(name, HeaderValue::from_static(value));
            }
            guard.check_place(&headers).is_ok()
        };
        assert!(place(&[(header::HOST, "localhost")]));
        assert!(place(&[(header::HOST, "localhost"), (header::ORIGIN, "http://localhost")]));
        assert!(!place(&[]));
        assert!(!place(&[(header::HOST, "localhost"), (header::HOST, "evil.example")]));
        let both = [(header::ORIGIN, "http://localhost"), (header::ORIGIN, "http://evil.example")];
        assert!(!place(&[(header::HOST, "localhost"), both[0].clone(), both[1].clone()]));
    }

    #[test]
    fn a_token_is_right_or_wrong() {
        let guard = Guard::new("secret", vec![]);
        assert!(guard.knows_token("secret"));
        for bad in ["", "secre", "secret ", "Secret"] {
            assert!(!guard.knows_token(bad));
        }
        assert!(!Guard::new("", vec![]).knows_token(""));
    }
}
