//! Files to be taken in, sent by the command line when this server has the data folder.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use commands::import::{self, Format, MAX_FILE_BYTES};
use domain::account::Permission;
use events::Code;
use serde::Deserialize;

use super::answer::Refusal;
use super::body;
use super::events::Source;
use crate::app::AppError;

/// The query string.
#[derive(Deserialize)]
pub(super) struct Parameters {
    format: String,
    branch: Option<String>,
}

/// POST /import?format=jsonl&branch=NAME with the file as body.
pub(super) async fn take(
    State(source): State<Source>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    request: Request,
) -> Response {
    taken(&source, parameters, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn taken(
    source: &Source,
    parameters: Result<Query<Parameters>, QueryRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let peer = request.extensions().get().cloned().unwrap_or_default();
    let caller = source.guard.admit_to(Permission::Own, request.headers(), &peer)?;
    let Query(parameters) = parameters.map_err(|e| Refusal::bad_request(e.body_text()))?;
    let body = body::read(request, MAX_FILE_BYTES).await?;
    let format: Format = parameters.format.parse().map_err(|e: String| Refusal::bad_request(e))?;
    let bytes = body.clone();
    // A large file is understood on a thread of its own, so that the others are still served.
    let parsed = tokio::task::spawn_blocking(move || import::parse(format, &bytes))
        .await
        .map_err(|e| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, e.to_string()))?
        .map_err(|e| refused(e.into()))?;
    let branch = parameters.branch.as_deref().unwrap_or("main");
    let done =
        source.app.seen_by(caller).take_in(branch, format, &body, parsed, &mut |_, _| ()).await.map_err(refused)?;
    Ok(axum::Json(done.told()).into_response())
}

fn refused(error: AppError) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error.code, error.message)
}
