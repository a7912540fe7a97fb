//! Turning what went wrong on the wire into a [`ModelError`], without words of a person.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::language::ModelError;

/// How much of what a server says about its own failure is kept, in characters.
const MAX_REASON: usize = 200;

/// What a decoder found wrong. The transport adds which server it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not what the protocol says.
    Malformed(&'static str),
    /// The server reports a failure in the middle of an answer.
    Reported { status: u16, reason: String },
}

impl Fault {
    pub(super) fn at(self, server: &str) -> ModelError {
        let server = server.to_owned();
        match self {
            Self::Malformed(reason) => ModelError::Protocol { server, reason: reason.to_owned() },
            Self::Reported { status, reason } => ModelError::Refused { server, status, reason },
        }
    }
}

/// A failed attempt, and whether another one makes sense.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: ModelError,
    pub(super) again: bool,
    /// How long the server asks to wait.
    pub(super) after: Option<Duration>,
}

impl Failure {
    pub(super) fn last(error: ModelError) -> Self {
        Self { error, again: false, after: None }
    }

    pub(super) fn passing(error: ModelError) -> Self {
        Self { error, again: true, after: None }
    }

    /// A request that got no answer.
    pub(super) fn of_request(error: reqwest::Error, server: &str) -> Self {
        let server = server.to_owned();
        if error.is_builder() {
            return Self::last(ModelError::Protocol { server, reason: "the request cannot be made".to_owned() });
        }
        if error.is_connect() || error.is_timeout() {
            return Self::passing(ModelError::Unreachable { server, reason: root_cause(error) });
        }
        Self::passing(ModelError::Broken { server })
    }

    /// An answer whose status is not success. 408, 429 and 5xx pass.
    pub(super) fn of_status(status: u16, headers: &HeaderMap, body: &[u8], server: &str) -> Self {
        let again = matches!(status, 408 | 429 | 500..=599);
        let reason = serde_json::from_slice::<Value>(body)
            .ok()
            .and_then(|v| v.get("error").or_else(|| v.get("detail")).map(said_by))
            .unwrap_or_else(|| short(&String::from_utf8_lossy(body)));
        let after = if again { retry_after(headers) } else { None };
        Self { error: ModelError::Refused { server: server.to_owned(), status, reason }, again, after }
    }
}

/// The message of an error object, which is a text or an object with a `message`.
pub(crate) fn said_by(error: &Value) -> String {
    let message = error.as_str().or_else(|| error.get("message").and_then(Value::as_str));
    message.map_or_else(|| "no reason given".to_owned(), short)
}

fn short(text: &str) -> String {
    let printable = text.split(char::is_control).collect::<Vec<_>>().join(" ");
    let printable = printable.trim();
    if printable.is_empty() { "no reason given".to_owned() } else { printable.chars().take(MAX_REASON).collect() }
}

/// The innermost cause, which says more than "error sending request" and holds no address.
fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    short(&cause.to_string())
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3). A date counts from the `Date` of the same answer, so
/// that no clock of ours is needed; without one it is not used.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |s: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(s).ok();
    let wait = date(value)?.duration_since(date(text(DATE)?)?);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let at = |list: &[(&'static str, &'static str)]| retry_after(&headers(list));
        assert_eq!(at(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        let (date, later) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:40 GMT");
        assert_eq!(at(&[("retry-after", later), ("date", date)]), Some(Duration::from_secs(3)));
        assert_eq!(at(&[("retry-after", date), ("date", later)]), Some(Duration::ZERO));
        assert_eq!(at(&[("retry-after", later)]), None);
        assert_eq!(at(&[("retry-after", "soon")]), None);
    }

    #[test]
    fn reasons_are_short_and_printable() {
        let reason = |body: &str| match Failure::of_status(400, &HeaderMap::new(), body.as_bytes(), "s").error {
            ModelError::Refused { reason, .. } => reason,
            other => panic!("{other}"),
        };
        assert_eq!(reason(r#"{"error":"no"}"#), "no");
        assert_eq!(reason(r#"{"error":{"message":"a\nb\u001b[2J","code":3}}"#), "a b [2J");
        assert_eq!(reason(""), "no reason given");
        assert_eq!(reason(&"é".repeat(900)).chars().count(), 200);
    }
}
