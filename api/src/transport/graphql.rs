//! GraphQL over HTTP, as its specification says: `async-graphql`'s own layer answers with the wrong media types and takes
//! any content type, which would let a foreign page send commands.

use async_graphql::parser::types::{DocumentOperations, OperationType};
use async_graphql::{Executor, Request, Response as GraphqlResponse, Variables};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Code;
use serde_json::Value;

use super::answer::{self, Media, Refusal};
use super::server::Served;

/// POST.
pub(super) async fn post<E: Executor>(State(served): State<Served<E>>, headers: HeaderMap, body: Bytes) -> Response {
    respond(answered(&served, &headers, Asked::Post(body)).await)
}

/// GET: questions only.
pub(super) async fn get<E: Executor>(
    State(served): State<Served<E>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    respond(answered(&served, &headers, Asked::Get(query.unwrap_or_default())).await)
}

fn respond(result: Result<Response, Refusal>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

enum Asked {
    Post(Bytes),
    Get(String),
}

async fn answered<E: Executor>(served: &Served<E>, headers: &HeaderMap, asked: Asked) -> Result<Response, Refusal> {
    served.guard.check_place(headers)?;
    served.guard.check_token(headers)?;
    let not_acceptable = || {
        let what = "answers are application/json or application/graphql-response+json";
        Refusal::new(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, what)
    };
    let media = Media::accepted(headers).ok_or_else(not_acceptable)?;
    let (parameters, by_get) = match asked {
        Asked::Post(body) => {
            check_content_type(headers)?;
            let json = serde_json::from_slice(&body).map_err(|e| Refusal::bad_request(format!("not JSON: {e}")))?;
            (json, false)
        }
        Asked::Get(query) => (from_query(&query)?, true),
    };
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
        Err(response) => return Ok(answer::graphql(media, &response, false)),
    }
    let result = served.schema.execute(request).await;
    // A failure before execution leaves no data at all; an error of a field leaves at least `null` with a path.
    let executed = result.errors.is_empty() || result.errors.iter().any(|e| !e.path.is_empty());
    Ok(answer::graphql(media, &result, executed))
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
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
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
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

/// The kind of operation that a request asks for; `Ok(None)` when it names one that is not there, which the execution
/// reports.
pub(super) fn operation(request: &mut Request) -> Result<Option<OperationType>, Box<GraphqlResponse>> {
    let wanted = request.operation_name.clone();
    let document = request.parsed_query().map_err(|e| Box::new(GraphqlResponse::from_errors(vec![e])))?;
    Ok(match (&document.operations, wanted) {
        (DocumentOperations::Single(operation), _) => Some(operation.node.ty),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name.as_str()).map(|o| o.node.ty),
        (DocumentOperations::Multiple(_), None) => None,
    })
}
