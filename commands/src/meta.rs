//! What comes with a command besides its content.

use std::collections::HashMap;

use events::{Actor, CommandId, CorrelationId, EventId, SubjectId, Timestamp};

/// Who commands, for whom, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Repeating it returns the first outcome.
    pub command_id: CommandId,
    /// The thread of work.
    pub correlation: CorrelationId,
    /// Who.
    pub actor: Actor,
    /// Whose key seals what happens.
    pub subject: SubjectId,
    /// The event that led to it.
    pub causation: Option<EventId>,
    /// Whether each event of the outcome causes the next, as the steps of a turn do. Otherwise all have one cause.
    pub chain: bool,
    /// When it happened, if not now.
    pub occurred_at: Option<Timestamp>,
}

impl Meta {
    /// A command that begins a thread of work of its own.
    pub fn new(command_id: CommandId, actor: Actor, subject: impl Into<SubjectId>) -> Self {
        Self {
            command_id,
            correlation: command_id.into(),
            actor,
            subject: subject.into(),
            causation: None,
            chain: false,
            occurred_at: None,
        }
    }

    /// As texts, the only form that cqrs-es carries.
    pub fn to_map(&self) -> HashMap<String, String> {
        let mut map = HashMap::from([
            ("command_id".to_owned(), self.command_id.to_string()),
            ("correlation".to_owned(), self.correlation.to_string()),
            ("actor".to_owned(), self.actor.to_string()),
            ("subject".to_owned(), self.subject.to_string()),
            ("chain".to_owned(), self.chain.to_string()),
        ]);
        if let Some(id) = self.causation {
            map.insert("causation".to_owned(), id.to_string());
        }
        if let Some(time) = self.occurred_at {
            map.insert("occurred_at".to_owned(), time.0.to_string());
        }
        map
    }

    /// Back from texts; `None` when something is missing or malformed.
    pub fn from_json(value: &serde_json::Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
        Some(Self {
            command_id: text("command_id")?.parse().ok()?,
            correlation: text("correlation")?.parse().ok()?,
            actor: text("actor")?.parse().ok()?,
            subject: text("subject")?.parse().ok()?,
            causation: text("causation").map(str::parse).transpose().ok()?,
            chain: text("chain") == Some("true"),
            occurred_at: text("occurred_at").map(str::parse).transpose().ok()?.map(Timestamp),
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn survives_the_way_through_cqrs_es() {
        let meta = Meta {
            causation: Some(EventId(Uuid::from_u128(4))),
            chain: true,
            occurred_at: Some(Timestamp(-5)),
            ..Meta::new(CommandId(Uuid::from_u128(1)), Actor::System, SubjectId(Uuid::from_u128(3)))
        };
        let json = serde_json::to_value(meta.to_map()).unwrap();
        assert_eq!(Meta::from_json(&json), Some(meta));
    }
}
