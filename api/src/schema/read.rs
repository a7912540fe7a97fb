//! Timeline, states, explanations, read models.

use async_graphql::{ID, Json, SimpleObject};
use serde_json::Value;

use super::scalars::{Basis, Position};

/// One noteworthy event.
#[derive(SimpleObject)]
pub struct TimelineEntry {
    position: Position,
    /// `conversation`, `feeling`, `memory`, `skill`, `feedback`, `branch` or `person`.
    lane: String,
    #[graphql(name = "type")]
    event_type: String,
    occurred_at: String,
    recorded_at: String,
    conversation: Option<ID>,
    message: Option<ID>,
}

impl From<projections::timeline::Entry> for TimelineEntry {
    fn from(e: projections::timeline::Entry) -> Self {
        Self {
            position: e.position.into(),
            lane: e.lane.to_owned(),
            event_type: e.event_type,
            occurred_at: e.occurred_at.to_string(),
            recorded_at: e.recorded_at.to_string(),
            conversation: e.conversation.map(|id| id.to_string().into()),
            message: e.message.map(|id| id.to_string().into()),
        }
    }
}

/// Part of the timeline, oldest first.
#[derive(SimpleObject)]
pub struct TimelinePage {
    pub(super) basis: Basis,
    pub(super) items: Vec<TimelineEntry>,
}

/// Entries counted over a stretch of positions.
#[derive(SimpleObject)]
pub struct Bucket {
    from: Position,
    through: Position,
    start: Option<String>,
    end: Option<String>,
    /// Entries by lane.
    counts: Json<Value>,
}

impl From<projections::timeline::Bucket> for Bucket {
    fn from(b: projections::timeline::Bucket) -> Self {
        let lanes = projections::timeline::LANES;
        let counts = lanes.iter().zip(b.counts).map(|(lane, n)| ((*lane).to_owned(), n.into())).collect();
        Self {
            from: b.from.into(),
            through: b.through.into(),
            start: b.start.map(|t| t.to_string()),
            end: b.end.map(|t| t.to_string()),
            counts: Json(Value::Object(counts)),
        }
    }
}

/// How much happened when.
#[derive(SimpleObject)]
pub struct Density {
    pub(super) basis: Basis,
    pub(super) buckets: Vec<Bucket>,
}

/// A named state at a basis.
#[derive(SimpleObject)]
pub struct StateView {
    pub(super) basis: Basis,
    pub(super) name: String,
    pub(super) value: Json<Value>,
}

/// One difference.
#[derive(SimpleObject)]
pub struct StateChange {
    pub(super) path: String,
    pub(super) before: Option<Json<Value>>,
    pub(super) after: Option<Json<Value>>,
}

/// What differs between two bases.
#[derive(SimpleObject)]
pub struct StateDiff {
    pub(super) from: Basis,
    pub(super) to: Basis,
    pub(super) changes: Vec<StateChange>,
}

/// One event on the way to a reply.
#[derive(SimpleObject)]
pub struct WhyStep {
    /// `message`, `perception`, `appraisal`, `recall`, `skill`, `prompt`, `model`, `reply`, `facts`, `feedback`, ...
    kind: String,
    position: Position,
    event_id: ID,
    at: String,
    by: String,
    /// In words.
    summary: String,
    /// The content; null when erased.
    value: Option<Json<Value>>,
}

/// One line of a prompt.
#[derive(SimpleObject)]
pub struct PromptLine {
    /// `system`, `person` or `companion`.
    speaker: String,
    content: String,
}

/// One part of a prompt.
#[derive(SimpleObject)]
pub struct PromptPart {
    kind: String,
    /// The events that its words stand in.
    sources: Vec<Position>,
    tokens: u32,
}

/// A prompt made again from the log.
#[derive(SimpleObject)]
pub struct Prompt {
    lines: Vec<PromptLine>,
    parts: Vec<PromptPart>,
    /// SHA-256 now.
    digest: String,
    /// SHA-256 when it was sent.
    recorded_digest: String,
    /// Whether both are the same: then this is the prompt, byte for byte.
    identical: bool,
    budget: u32,
}

/// All that led to a reply.
#[derive(SimpleObject)]
pub struct Why {
    basis: Basis,
    message: ID,
    steps: Vec<WhyStep>,
    prompt: Option<Prompt>,
}

impl Why {
    pub(super) fn new(basis: Basis, found: crate::app::Explanation) -> Self {
        let steps = found.steps.into_iter().map(|s| WhyStep {
            kind: s.kind.to_owned(),
            position: s.position.into(),
            event_id: s.event_id.to_string().into(),
            at: s.at.to_string(),
            by: s.by,
            summary: s.summary,
            value: s.value.map(Json),
        });
        let prompt = found.prompt.map(|p| Prompt {
            identical: p.digest == p.recorded,
            digest: p.digest,
            recorded_digest: p.recorded,
            budget: p.budget,
            lines: p.lines.into_iter().map(prompt_line).collect(),
            parts: p
                .parts
                .into_iter()
                .map(|part| PromptPart {
                    kind: part.kind,
                    sources: part.sources.into_iter().map(Position::from).collect(),
                    tokens: part.tokens,
                })
                .collect(),
        });
        Self { basis, message: found.message.id.to_string().into(), steps: steps.collect(), prompt }
    }
}

fn prompt_line(line: domain::prompt::Line) -> PromptLine {
    use domain::prompt::Speaker;
    let speaker = match line.speaker {
        Speaker::System => "system",
        Speaker::Person => "person",
        Speaker::Companion => "companion",
    };
    PromptLine { speaker: speaker.to_owned(), content: line.content }
}

/// A read model.
#[derive(SimpleObject)]
pub struct Projection {
    pub(super) name: String,
    /// Raised when the same events give other rows.
    pub(super) version: u32,
    pub(super) position: Position,
    pub(super) head: Position,
    pub(super) healthy: bool,
    /// Why it stopped.
    pub(super) error: Option<String>,
    /// The stable code of the error.
    pub(super) code: Option<String>,
    /// What happened to its files at the last start.
    pub(super) note: Option<String>,
    /// SHA-256 over its rows at its position, in hex.
    pub(super) digest: String,
}

/// How far a rebuild is.
#[derive(Clone, SimpleObject)]
pub struct RebuildProgress {
    pub(super) name: String,
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) per_second: f64,
    pub(super) seconds_left: Option<f64>,
    /// Set in the last item.
    pub(super) digest: Option<String>,
}

/// What was found about a read model.
#[derive(SimpleObject)]
pub struct Verification {
    pub(super) name: String,
    pub(super) samples: u64,
    /// Seed of the choice of positions.
    pub(super) seed: String,
    pub(super) ok: bool,
    pub(super) detail: String,
}

/// What answers.
#[derive(SimpleObject)]
pub struct Model {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) context_tokens: u32,
}

/// How the server is.
#[derive(SimpleObject)]
pub struct Health {
    pub(super) ok: bool,
    pub(super) version: String,
    /// Version of the SQLite library.
    pub(super) sqlite: String,
    pub(super) head: Position,
    pub(super) uptime_seconds: f64,
    pub(super) model: Model,
    pub(super) projections: Vec<Projection>,
}
