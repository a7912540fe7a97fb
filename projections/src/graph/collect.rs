//! What the events of a graph leave standing: the newest reading of each message, merges, and corrections.

use std::collections::{BTreeMap, BTreeSet};

use events::payload::{GraphEvent as E, GraphRelation, GraphTerm, Span};
use events::{ConversationId, MessageId, Position, Timestamp};

/// One reading of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub position: Position,
    pub conversation: ConversationId,
    pub said_at: Timestamp,
    pub entities: Vec<GraphTerm>,
    pub relations: Vec<GraphRelation>,
}

/// What a person said about a relation itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Correction {
    pub position: Position,
    pub said_at: Timestamp,
    pub holds: bool,
    pub valid_from: Option<Timestamp>,
    pub valid_until: Option<Timestamp>,
}

/// About whom, what, and whom.
pub(super) type Triple = (GraphTerm, String, GraphTerm);

/// See the module. The same events give the same value, however they are batched.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Collected {
    pub readings: BTreeMap<MessageId, Reading>,
    pub merged: BTreeMap<GraphTerm, GraphTerm>,
    pub apart: BTreeSet<(GraphTerm, GraphTerm)>,
    pub corrections: BTreeMap<Triple, Correction>,
    pub forgotten: BTreeSet<MessageId>,
}

/// One statement, wherever it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement<'a> {
    pub message: Option<MessageId>,
    pub position: Position,
    pub said_at: Timestamp,
    pub subject: &'a GraphTerm,
    pub predicate: &'a str,
    pub object: &'a GraphTerm,
    pub holds: bool,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub confidence: f64,
    pub span: Span,
}

impl Collected {
    /// A message was forgotten: what it said goes, and is not read again.
    pub(super) fn forget(&mut self, message: MessageId) {
        self.readings.remove(&message);
        self.forgotten.insert(message);
    }

    /// Takes in one event.
    pub(super) fn take(&mut self, position: Position, recorded_at: Timestamp, event: E) {
        match event {
            E::StatementsExtracted { message, .. } if self.forgotten.contains(&message) => {}
            E::StatementsExtracted { message, conversation, said_at, entities, relations, .. } => {
                let reading = Reading { position, conversation, said_at, entities, relations };
                self.readings.insert(message, reading);
            }
            E::StatementsWithdrawn { message } => {
                self.readings.remove(&message);
            }
            E::EntitiesMerged { from, into, .. } => {
                self.apart.remove(&(from.clone(), into.clone()));
                self.merged.insert(from, into);
            }
            E::EntitiesSplit { from, into } => {
                if self.merged.get(&from) == Some(&into) {
                    self.merged.remove(&from);
                } else {
                    self.apart.insert((from, into));
                }
            }
            E::RelationCorrected { subject, predicate, object, holds, valid_from, valid_until } => {
                let correction = Correction { position, said_at: recorded_at, holds, valid_from, valid_until };
                self.corrections.insert((subject, predicate, object), correction);
            }
            E::CorrectionWithdrawn { subject, predicate, object } => {
                self.corrections.remove(&(subject, predicate, object));
            }
        }
    }

    /// Every statement read from messages, in the order they were recorded.
    pub(super) fn statements(&self) -> Vec<Statement<'_>> {
        let mut readings: Vec<(&MessageId, &Reading)> = self.readings.iter().collect();
        readings.sort_by_key(|(message, r)| (r.position, **message));
        let of = |(message, reading): (&MessageId, &'_ Reading)| {
            let (message, position, said_at) = (*message, reading.position, reading.said_at);
            (message, position, said_at)
        };
        let mut all = Vec::new();
        for entry in readings {
            let (message, position, said_at) = of(entry);
            all.extend(entry.1.relations.iter().map(|r| Statement {
                message: Some(message),
                position,
                said_at,
                subject: &r.subject,
                predicate: &r.predicate,
                object: &r.object,
                holds: r.holds,
                from: r.valid_from,
                until: r.valid_until,
                confidence: r.confidence,
                span: r.sentence,
            }));
        }
        all
    }
}
