//! Whose data is here, on the wire.

use ::events::CommandId;
use async_graphql::{Json, SimpleObject};
use serde_json::Value;

use super::scalars::Position;
use super::{Result, refuse};
use crate::app::{self, App, Erased, Preview};

/// Somebody who has, or had, a data key here.
#[derive(SimpleObject)]
pub struct Subject {
    id: String,
    /// `person`, `companion` or `install`.
    kind: String,
    /// The name; nothing when it was erased.
    name: Option<String>,
    since: String,
    erased_at: Option<String>,
}

impl From<app::Subject> for Subject {
    fn from(s: app::Subject) -> Self {
        Self {
            id: s.id.to_string(),
            kind: s.kind.to_owned(),
            name: s.name,
            since: s.since.to_string(),
            erased_at: s.erased_at.map(|t| t.to_string()),
        }
    }
}

/// What an erasure will touch.
#[derive(SimpleObject)]
pub struct ErasurePreview {
    subject: Subject,
    /// How many events can no longer be read afterwards, on all branches.
    events: u64,
    /// How many of each type.
    types: Json<Value>,
    /// How many of each branch's own.
    branches: Json<Value>,
    /// The read models that are built anew without them.
    rebuilt: Vec<String>,
    /// How many events of others stay as they are.
    others: u64,
}

impl From<Preview> for ErasurePreview {
    fn from(p: Preview) -> Self {
        Self {
            subject: p.subject.into(),
            events: p.events,
            types: Json(serde_json::json!(p.types)),
            branches: Json(serde_json::json!(p.branches)),
            rebuilt: p.rebuilt.into_iter().map(str::to_owned).collect(),
            others: p.others,
        }
    }
}

/// A finished erasure.
#[derive(SimpleObject)]
pub struct Erasure {
    subject: String,
    /// Where it was recorded.
    position: Position,
    /// Where it was recorded that every file was searched.
    completed: Position,
    /// In how many files something was still found; 0 means that the erasure is complete.
    found: u64,
    /// The signed receipt.
    receipt: String,
}

impl From<Erased> for Erasure {
    fn from(e: Erased) -> Self {
        Self {
            subject: e.subject.to_string(),
            position: e.position.into(),
            completed: e.completed.into(),
            found: e.found,
            receipt: e.receipt,
        }
    }
}

/// Everything about a subject.
#[derive(SimpleObject)]
pub struct SubjectExport {
    /// For other programs: one JSON object each.
    lines: Vec<Json<Value>>,
    /// For people, in Markdown.
    text: String,
}

impl SubjectExport {
    pub(super) async fn of(app: &App, who: &str, command: CommandId) -> Result<Self> {
        let (lines, text) = app.export_subject(who, command).await.map_err(refuse)?;
        Ok(Self { lines: lines.into_iter().map(Json).collect(), text })
    }
}
