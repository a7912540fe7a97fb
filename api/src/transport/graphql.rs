//! GraphQL over HTTP, as its specification says: `async-graphql`'s own layer answers with the wrong media types and takes
//! any content type, which would let a foreign page send commands.

use async_graphql::parser::types::{DocumentOperations, OperationType};
use async_graphql::{Executor, Request, Response as GraphqlResponse, ServerError, Variables};
use axum::extract::{RawQuery, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Code;
use serde_json::Value;

use super::answer::{self, Media, Refusal};
use super::peer::{self, MaybePeer};
use super::server::Served;
use super::{MAX_BODY, body, fanout};
use crate::app::Caller;

/// POST.
pub(super) async fn post<E: Executor>(State(served): State<Served<E>>, request: HttpRequest) -> Response {
    posted(&served, request).await.unwrap_or_else(IntoResponse::into_response)
}

/// GET: questions only.
pub(super) async fn get<E: Executor>(
    State(served): State<Served<E>>,
    headers: HeaderMap,
    peer: MaybePeer,
    RawQuery(query): RawQuery,
) -> Response {
    got(&served, &headers, peer, &query.unwrap_or_default()).await.unwrap_or_else(IntoResponse::into_response)
}

async fn posted<E: Executor>(served: &Served<E>, request: HttpRequest) -> Result<Response, Refusal> {
    // Nothing of the body is read for somebody who may not send one.
    let peer = request.extensions().get().cloned().map(axum::Extension);
    let (caller, media) = admitted(served, request.headers(), peer)?;
    check_content_type(request.headers())?;
    let body = body::read(request, MAX_BODY).await?;
    let parameters = serde_json::from_slice(&body).map_err(|e| Refusal::bad_request(format!("not JSON: {e}")))?;
    answered(served, caller, media, parameters, false).await
}

async fn got<E: Executor>(
    served: &Served<E>,
    headers: &HeaderMap,
    peer: MaybePeer,
    query: &str,
) -> Result<Response, Refusal> {
    let (caller, media) = admitted(served, headers, peer)?;
    answered(served, caller, media, from_query(query)?, true).await
}

/// Checks who asks, and finds out how to answer.
fn admitted<E: Executor>(
    served: &Served<E>,
    headers: &HeaderMap,
    peer: MaybePeer,
) -> Result<(Caller, Media), Refusal> {
    let caller = served.guard.admit(headers, &peer::of(peer))?;
    let media = Media::accepted(headers).ok_or_else(|| {
        let what = "answers are application/json or application/graphql-response+json";
        Refusal::new(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, what)
    })?;
    Ok((caller, media))
}

async fn answered<E: Executor>(
    served: &Served<E>,
    caller: Caller,
    media: Media,
    parameters: Value,
    by_get: bool,
) -> Result<Response, Refusal> {
    let mut request = request(parameters)?;
    match operation(&mut request) {
        Ok(Some(OperationType::Mutation)) if by_get => {
            let what = "a mutation must be sent by POST";
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, what));
        }
        Ok(Some(OperationType::Subscription)) => {
            return Err(Refusal::bad_request("subscriptions go over the websocket at the same path"));
        }
        Ok(_) => {}
        Err(response) => return Ok(answer::graphql(media, *response, false)),
    }
    let result = served.schema.execute(served.guard.seen_by(caller, request)).await;
    // A failure before execution leaves no data at all; an error of a field leaves at least `null` with a path.
    let executed = result.errors.is_empty() || result.errors.iter().any(|e| !e.path.is_empty());
    Ok(answer::graphql(media, result, executed))
}

pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut pieces = value.split(';').map(|p| p.trim().to_ascii_lowercase());
    let json = pieces.next().as_deref() == Some("application/json");
    let utf8 = pieces.all(|p| p.strip_prefix("charset=").is_none_or(|c| c.trim_matches('"') == "utf-8"));
    if json && utf8 {
        return Ok(());
    }
    let what = "send the request as application/json in UTF-8";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadRequest, what))
}

/// The parameters of a GET, as the object that a POST would carry.
fn from_query(query: &str) -> Result<Value, Refusal> {
    let mut object = serde_json::Map::new();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value).ok_or_else(|| Refusal::bad_request("the query string is malformed"))?;
        let value = match name {
            "query" | "operationName" => Value::String(value),
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|e| Refusal::bad_request(format!("`{name}` is not JSON: {e}")))?,
            _ => continue,
        };
        object.insert(name.to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// Undoes the encoding of a query string.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A request from its JSON object; says what is wrong with one that is not well formed.
pub(super) fn request(parameters: Value) -> Result<Request, Refusal> {
    let Value::Object(mut object) = parameters else {
        return Err(Refusal::bad_request("a request is one JSON object; batches are not taken"));
    };
    let query = match object.remove("query") {
        Some(Value::String(query)) => query,
        _ => return Err(Refusal::bad_request("`query` must be a string")),
    };
    let mut request = Request::new(query);
    match object.remove("operationName") {
        None | Some(Value::Null) => {}
        Some(Value::String(name)) => request = request.operation_name(name),
        Some(_) => return Err(Refusal::bad_request("`operationName` must be a string")),
    }
    match object.remove("variables") {
        None | Some(Value::Null) => {}
        Some(variables @ Value::Object(_)) => request = request.variables(Variables::from_json(variables)),
        Some(_) => return Err(Refusal::bad_request("`variables` must be an object")),
    }
    match object.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => {}
        Some(_) => return Err(Refusal::bad_request("`extensions` must be an object")),
    }
    Ok(request)
}

/// The kind of operation that a request asks for; `Ok(None)` when it names one that is not there, or none of many,
/// which the execution reports. Refuses what does not parse and what is too large when its fragments are written out.
pub(super) fn operation(request: &mut Request) -> Result<Option<OperationType>, Box<GraphqlResponse>> {
    let wanted = request.operation_name.clone();
    let refused = |error| Box::new(GraphqlResponse::from_errors(vec![error]));
    let document = request.parsed_query().map_err(refused)?;
    fanout::check(document).map_err(|e| refused(ServerError::new(e.to_string(), None)))?;
    Ok(match (&document.operations, wanted) {
        (DocumentOperations::Single(operation), _) => Some(operation.node.ty),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name.as_str()).map(|o| o.node.ty),
        // The only one is executed without being named, be it ever so much a mutation.
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next().map(|o| o.node.ty),
        (DocumentOperations::Multiple(_), None) => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn kind(query: &str, name: Option<&str>) -> Option<OperationType> {
        let mut request = Request::new(query);
        request.operation_name = name.map(Into::into);
        operation(&mut request).unwrap()
    }

    #[test]
    fn the_kind_is_that_of_the_operation_that_would_be_executed() {
        let two = "query A { a } mutation B { b }";
        assert_eq!(kind("{ a }", None), Some(OperationType::Query));
        assert_eq!(kind("mutation { a }", None), Some(OperationType::Mutation));
        assert_eq!(kind("mutation Named { a }", None), Some(OperationType::Mutation));
        assert_eq!(kind("subscription Named { a }", None), Some(OperationType::Subscription));
        assert_eq!(kind(two, Some("A")), Some(OperationType::Query));
        assert_eq!(kind(two, Some("B")), Some(OperationType::Mutation));
        assert_eq!(kind(two, Some("C")), None);
        assert_eq!(kind(two, None), None);
    }

    #[test]
    fn query_strings_are_decoded_or_refused() {
        assert_eq!(decode("a+b%20%C3%BC"), Some("a b ü".into()));
        for bad in ["%", "%2", "%zz", "%FF", "%+1"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
