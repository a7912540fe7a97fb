//! Who may knock: a bearer token, known hosts, known origins.
//!
//! A page on another site can make a browser send requests to loopback. It cannot read our token, set our content type
//! without asking first, or fake `Host` and `Origin`; each is checked, so that one mistake elsewhere is not enough.

use axum::http::{HeaderMap, StatusCode, header};
use events::Code;
use subtle::ConstantTimeEq as _;

use super::answer::Refusal;

/// See the module.
#[derive(Clone)]
pub struct Guard {
    token: String,
    hosts: Vec<String>,
}

impl Guard {
    /// A guard that knows one token, and loopback under any name and port, besides these host names.
    pub fn new(token: impl Into<String>, hosts: Vec<String>) -> Self {
        Self { token: token.into(), hosts }
    }

    fn knows_host(&self, authority: &str) -> bool {
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        matches!(host, "127.0.0.1" | "localhost" | "::1") || self.hosts.iter().any(|h| h == host)
    }

    /// Whether a token is the right one, in a time that does not tell how much of it is.
    pub fn knows_token(&self, token: &str) -> bool {
        token.as_bytes().ct_eq(self.token.as_bytes()).into()
    }

    /// Refuses foreign hosts and origins.
    pub(super) fn check_place(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let host_is_ours = text(header::HOST).is_some_and(|host| self.knows_host(host));
        if !host_is_ours {
            return Err(Refusal::new(StatusCode::FORBIDDEN, Code::OriginRefused, "this host name is not ours"));
        }
        if headers.contains_key(header::ORIGIN) {
            let origin = text(header::ORIGIN).and_then(|o| o.split_once("://")).map(|(_, authority)| authority);
            if !origin.is_some_and(|o| self.knows_host(o)) {
                let what = "this origin may not use AICO";
                return Err(Refusal::new(StatusCode::FORBIDDEN, Code::OriginRefused, what));
            }
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
        let what = "send the token of the data folder as `Authorization: Bearer ...`";
        Err(Refusal::new(StatusCode::UNAUTHORIZED, Code::Unauthorised, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_named_hosts_are_known() {
        let guard = Guard::new("t", vec!["my.home".into()]);
        for good in ["127.0.0.1:8770", "localhost", "[::1]:1", "my.home:80"] {
            assert!(guard.knows_host(good), "{good}");
        }
        for bad in ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "[::2]:1", "null"] {
            assert!(!guard.knows_host(bad), "{bad}");
        }
    }

    #[test]
    fn a_token_is_right_or_wrong() {
        let guard = Guard::new("secret", vec![]);
        assert!(guard.knows_token("secret"));
        for bad in ["", "secre", "secret ", "Secret"] {
            assert!(!guard.knows_token(bad));
        }
    }
}
