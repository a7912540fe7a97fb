//! Queries in openCypher over the graph of a basis.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cypher::Engine;
use events::Code;
use graph::query::{ErrorKind, Phase, QueryError};
use graph::value::{from_json, to_json};
use graph::{Limits, Query, QueryEngine, Snapshot, Table, Value};
use projections::Basis;
use serde_json::Value as Json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{App, AppError, GraphView};

/// Rows of an answer, unless it is said otherwise, and at most.
const ROWS: usize = 10_000;
const MOST_ROWS: usize = 100_000;
/// Seconds that a query may run, unless it is said otherwise, and at most.
const SECONDS: f64 = 10.0;
const MOST_SECONDS: f64 = 30.0;
/// Bytes that one query may hold, and that its answer may have.
const MEMORY: u64 = 128 << 20;
const ANSWER: usize = 32 << 20;
/// Queries that run at once, so that memory is bounded whoever asks; others wait.
const AT_ONCE: usize = 2;

/// Where queries are answered: by one engine, a few at once.
pub struct Desk {
    engine: Arc<dyn QueryEngine>,
    places: Arc<Semaphore>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { engine: Arc::new(Engine), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Desk {
    /// A place among those that reckon at once.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit, AppError> {
        let place = self.places.clone().acquire_owned().await;
        place.map_err(|e| AppError::new(Code::Internal, e.to_string()))
    }
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The query in openCypher.
    pub text: String,
    /// Values of `$name`, by name.
    pub params: Option<Json>,
    /// The most rows.
    pub rows: Option<usize>,
    /// The most seconds.
    pub seconds: Option<f64>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// As many values in each row.
    pub rows: Vec<Vec<Json>>,
    /// Steps that it took.
    pub work: u64,
    /// Nodes of the answer.
    pub nodes: BTreeSet<Uuid>,
    /// Relations of the answer.
    pub edges: BTreeSet<Uuid>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The query is at fault, or reached a limit.
    Query(Box<QueryError>),
    /// Something else.
    App(AppError),
}

impl From<AppError> for Unanswered {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<QueryError> for Unanswered {
    fn from(error: QueryError) -> Self {
        Self::Query(Box::new(error))
    }
}

/// Stops a query when nobody waits for it any more.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn limit(message: String) -> QueryError {
    QueryError::new(ErrorKind::Limit, Phase::Run, "LimitReached", message)
}

fn params(given: Option<&Json>) -> Result<graph::Map, QueryError> {
    let wrong = |detail: String| QueryError::new(ErrorKind::Parameter, Phase::Compile, "InvalidParameter", detail);
    let object = match given {
        None | Some(Json::Null) => return Ok(graph::Map::default()),
        Some(object @ Json::Object(_)) => object,
        Some(_) => return Err(wrong("parameters are a JSON object such as {\"name\": \"Anna\"}".to_owned())),
    };
    match from_json(object).map_err(|e| wrong(format!("the parameters cannot be used: {e}")))? {
        Value::Map(map) => Ok(map),
        _ => Ok(graph::Map::default()),
    }
}

fn limits(question: &Question) -> Result<Limits, AppError> {
    let seconds = question.seconds.unwrap_or(SECONDS);
    if !(seconds > 0.0 && seconds <= MOST_SECONDS) {
        return Err(AppError::new(Code::BadRequest, format!("a query may run up to {MOST_SECONDS} seconds")));
    }
    let rows = question.rows.unwrap_or(ROWS);
    if rows == 0 || rows > MOST_ROWS {
        return Err(AppError::new(Code::BadRequest, format!("an answer may have 1 to {MOST_ROWS} rows")));
    }
    let time = Some(Duration::from_secs_f64(seconds));
    Ok(Limits { rows, memory: MEMORY, time, ..Limits::default() })
}

impl App {
    /// Answers a query over a graph, within its limits. What holds now is told by the moment of the view.
    ///
    /// # Errors
    /// When the query is no reading query, its parameters do not fit, or a limit is reached.
    pub async fn ask_graph(
        &self,
        basis: &Basis,
        view: &GraphView,
        question: Question,
    ) -> Result<Answered, Unanswered> {
        let limits = limits(&question)?;
        let params = params(question.params.as_ref())?;
        let lived = if basis.latest { self.clock.now() } else { basis.time.unwrap_or_default() };
        let now = i128::from(view.valid.unwrap_or(lived).0) * 1_000;
        let place = self.desk.place().await?;
        let waiting = Waiting(Arc::default());
        let (engine, graph, cancel) = (self.desk.engine.clone(), view.graph.clone(), waiting.0.clone());
        let work = move || -> Result<Answered, Unanswered> {
            let _until_done = place;
            let snapshot = graph.snapshot().map_err(|e| AppError::new(Code::GraphQueryLimit, e.to_string()))?;
            let query = Query { params, limits, cancel: Some(cancel), ..Query::new(&question.text, now) };
            let table = engine.run(&snapshot, &query)?;
            Ok(answered(table, &snapshot)?)
        };
        let done = tokio::task::spawn_blocking(work).await;
        let done = done.map_err(|e| AppError::new(Code::Internal, e.to_string()))?;
        drop(waiting);
        done
    }
}

fn answered(table: Table, snapshot: &Snapshot) -> Result<Answered, QueryError> {
    let mut answer = Answered { columns: table.columns, work: table.work, ..Answered::default() };
    let mut size = 0;
    for row in table.rows {
        row.iter().for_each(|value| collect(value, snapshot, &mut answer));
        let row: Vec<Json> = row.iter().map(|value| to_json(value, snapshot)).collect();
        size += row.iter().map(weight).sum::<usize>();
        if size > ANSWER {
            return Err(limit(format!("the answer is longer than {} MiB: ask for less at once", ANSWER >> 20)));
        }
        answer.rows.push(row);
    }
    Ok(answer)
}

/// Nodes and relations that a value names.
fn collect(value: &Value, snapshot: &Snapshot, into: &mut Answered) {
    let node = |id| Uuid::from_u128(snapshot.node_element(id).0);
    let rel = |id| Uuid::from_u128(snapshot.rel_element(id).0);
    match value {
        Value::Node(id) => {
            into.nodes.insert(node(*id));
        }
        Value::Rel(id) => {
            into.edges.insert(rel(*id));
            into.nodes.extend([node(snapshot.source(*id)), node(snapshot.target(*id))]);
        }
        Value::Path(path) => {
            into.nodes.extend(path.nodes.iter().map(|n| node(*n)));
            into.edges.extend(path.rels.iter().map(|r| rel(*r)));
        }
        Value::List(list) => list.iter().for_each(|v| collect(v, snapshot, into)),
        Value::Map(map) => map.iter().for_each(|(_, v)| collect(v, snapshot, into)),
        _ => {}
    }
}

/// About how many bytes a value is as JSON.
fn weight(json: &Json) -> usize {
    match json {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(|v| weight(v) + 1).sum::<usize>() + 2,
        Json::Object(fields) => fields.iter().map(|(k, v)| k.len() + weight(v) + 4).sum::<usize>() + 2,
        _ => 8,
    }
}
