//! Who may knock: a bearer token, known hosts, known origins.
//!
//! A page on another site can make a browser send requests to loopback. It cannot read our token, set our content type
//! without asking first, or fake `Host` and `Origin`; each is checked, so that one mistake elsewhere is not enough.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use events::{Code, Timestamp};
use subtle::ConstantTimeEq as _;

use super::answer::Refusal;
use super::pass::Passes;

/// See the module.
#[derive(Clone)]
pub struct Guard {
    token: String,
    hosts: Vec<String>,
    passes: Passes,
}

impl Guard {
    /// A guard that knows one token, and loopback under any name and port, besides these host names.
    pub fn new(token: impl Into<String>, hosts: Vec<String>) -> Self {
        Self { token: token.into(), hosts, passes: Passes::default() }
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

    /// Refuses requests without the right token.
    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if Self::bearer(headers).is_some_and(|token| self.knows_token(token)) {
            return Ok(());
        }
        let what = "send the token of the data folder, or the pass of a window, as `Authorization: Bearer ...`";
        Err(Refusal::new(StatusCode::UNAUTHORIZED, Code::Unauthorised, what))
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
