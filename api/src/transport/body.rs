//! Reading the body of a request, within a limit.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use events::Code;

use super::answer::Refusal;

/// Reads a body. Called after the token was checked: nothing is kept in memory for somebody who may not send anything.
/// `limit` is that of the route, for the message.
pub(super) async fn read(request: Request, limit: usize) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        let what = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                format!("the request is over the limit of {limit} bytes: send less at once")
            }
            _ => rejection.body_text(),
        };
        Refusal::new(rejection.status(), Code::BadRequest, what)
    })
}
