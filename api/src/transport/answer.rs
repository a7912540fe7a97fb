//! Answers: GraphQL results by what the client accepts, and refusals with their code.

use async_graphql::Response as GraphqlResponse;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Code;

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

/// Which of the two media types of GraphQL over HTTP the client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: every well-formed request is answered with 200.
    Json,
    /// `application/graphql-response+json`: the status tells whether there is data.
    Graphql,
}

impl Media {
    /// What the `Accept` header asks for, by weight and then by order; `None` when neither is acceptable.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let Some(accept) = headers.get(header::ACCEPT) else { return Some(Self::Json) };
        let mut best: Option<(f32, Self)> = None;
        for part in accept.to_str().ok()?.split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let media = match pieces.next()?.to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::Graphql,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let weight = pieces.find_map(|p| p.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(w, _)| weight > w) {
                best = Some((weight, media));
            }
        }
        best.map(|(_, media)| media)
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => JSON,
            Self::Graphql => GRAPHQL,
        })
    }
}

/// Gives the errors that `async-graphql` found itself a code: they are all mistakes in the request, since our resolvers
/// give theirs one.
pub(super) fn coded(mut result: GraphqlResponse) -> GraphqlResponse {
    for error in &mut result.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", Code::BadRequest.as_str());
        }
    }
    result
}

/// Writes a result. `executed` is false when it did not come to an execution: a parse or validation failure.
pub(super) fn graphql(media: Media, result: GraphqlResponse, executed: bool) -> Response {
    let status = match media {
        Media::Graphql if !executed => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let mut json = serde_json::to_value(coded(result)).unwrap_or_default();
    if !executed && let Some(object) = json.as_object_mut() {
        object.remove("data");
    }
    let mut response = Response::new(Body::from(json.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, media.content_type());
    response
}

/// A request that is turned away before it is GraphQL.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: StatusCode,
    pub code: Code,
    pub message: String,
    /// After how many seconds it is worth asking again.
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// Too much of something; it is worth asking again after so many seconds.
    pub(super) fn too_many(status: StatusCode, seconds: u64, message: impl Into<String>) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(status, Code::TooMany, message) }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// As one error of a GraphQL answer.
    pub(super) fn error(&self) -> serde_json::Value {
        serde_json::json!({ "message": self.message, "extensions": { "code": self.code.as_str() } })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "errors": [self.error()] });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"aico\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(value).unwrap());
        Media::accepted(&headers)
    }

    #[test]
    fn the_heaviest_media_type_wins() {
        assert_eq!(accepted("*/*"), Some(Media::Json));
        assert_eq!(accepted("application/graphql-response+json, application/json;q=0.9"), Some(Media::Graphql));
        assert_eq!(accepted("application/graphql-response+json;q=0.2, application/json"), Some(Media::Json));
        assert_eq!(accepted("text/html"), None);
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
    }
}
