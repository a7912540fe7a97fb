//! The GraphQL schema: thin types and resolvers over [`crate::app::App`].

mod accounts;
mod album;
mod audit;
mod backups;
mod branching;
mod episodes;
mod events;
mod forgetting;
mod graph;
mod memory;
mod models;
mod mutation;
mod perceive;
mod query;
mod read;
mod rules;
mod scalars;
mod subjects;
mod subscription;
mod talk;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::{Context, ErrorExtensions, MergedObject, Request, Variables};
use futures::stream::{BoxStream, StreamExt};

pub use subscription::Subscription;

use crate::app::{App, AppError, Caller};

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The root of all commands.
#[derive(MergedObject, Default)]
pub struct Mutation(
    mutation::Commands,
    album::AlbumCommands,
    forgetting::ForgettingCommands,
    accounts::AccountCommands,
);

/// The root of all questions.
#[derive(MergedObject, Default)]
pub struct Query(
    query::Questions,
    album::AlbumQuestions,
    forgetting::ForgettingQuestions,
    graph::GraphQuestions,
    models::ModelQuestions,
    accounts::AccountQuestions,
);

/// The deepest nesting that a query may have.
pub const MAX_DEPTH: usize = 15;
/// The most fields that a query may ask for.
pub const MAX_COMPLEXITY: usize = 2_000;

/// The schema over an app. Whoever has it in this process has the folder open, and asks as the owner; the server puts the
/// caller and their view of the app into each request.
pub fn build(app: Arc<App>) -> Schema {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .data(Caller::owner(app.owner))
        .data(app)
        .extension(rules::Rules)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_recursive_depth(32)
        .limit_directives(16)
        .finish()
}

/// The schema in the schema language, as committed in `api/schema.graphql`.
pub fn sdl() -> String {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription).finish();
    schema.sdl_with_options(async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items())
}

fn request(operation: &str, variables: serde_json::Value) -> Request {
    Request::new(operation).variables(Variables::from_json(variables))
}

/// Runs a question or a command in this process and gives the whole answer, errors included.
pub async fn execute(schema: &Schema, operation: &str, variables: serde_json::Value) -> serde_json::Value {
    serde_json::to_value(schema.execute(request(operation, variables)).await).unwrap_or_default()
}

/// Follows a subscription in this process; each item is a whole answer.
pub fn follow(
    schema: &Schema,
    operation: &str,
    variables: serde_json::Value,
) -> BoxStream<'static, serde_json::Value> {
    let answers = schema.execute_stream(request(operation, variables));
    answers.map(|answer| serde_json::to_value(answer).unwrap_or_default()).boxed()
}

type Result<T> = std::result::Result<T, async_graphql::Error>;

fn app<'a>(context: &Context<'a>) -> Result<&'a Arc<App>> {
    context.data::<Arc<App>>()
}

/// An error with its stable code in `extensions.code`.
fn refuse(error: impl Into<AppError>) -> async_graphql::Error {
    let AppError { code, message } = error.into();
    async_graphql::Error::new(message).extend_with(|_, e| e.set("code", code.as_str()))
}

/// Parses an id argument.
fn id<T: From<uuid::Uuid>>(text: &async_graphql::ID, what: &str, code: ::events::Code) -> Result<T> {
    uuid::Uuid::parse_str(text)
        .map(T::from)
        .map_err(|_| refuse(AppError::new(code, format!("`{}` is not the id of a {what}", text.as_str()))))
}
