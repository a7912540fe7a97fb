//! Named states: what the companion knows and feels at a basis, as one JSON value each.

use std::collections::BTreeSet;

use domain::emotion;
use events::Code;
use projections::Basis;
use serde_json::{Map, Value, json};

use super::{App, AppError};

/// What can be shown.
pub const STATE_NAMES: [&str; 6] = ["companion", "mood", "people", "conversations", "facts", "skills"];

/// The most facts and conversations in a state.
const LIMIT: u32 = 1_000;

/// One difference between two states.
#[derive(Clone, Debug, PartialEq)]
pub struct StateChange {
    /// Where, as in `mood.affect.valence`.
    pub path: String,
    /// What was there.
    pub before: Option<Value>,
    /// What is there.
    pub after: Option<Value>,
}

impl App {
    /// A named state at a basis.
    ///
    /// # Errors
    /// When there is no such state, or the read models cannot be read.
    pub async fn state(&self, basis: &Basis, name: &str) -> Result<Value, AppError> {
        let minds = self.read.minds();
        Ok(match name {
            "companion" => {
                let all = minds.companions(basis).await?;
                let own = all.into_iter().find(|c| c.id == self.companion);
                own.map_or(Value::Null, |c| json!({ "id": c.id, "name": c.name, "persona": c.persona }))
            }
            "mood" => match minds.mood(basis, self.companion, self.owner).await? {
                None => json!({ "affect": emotion::BASELINE, "label": "calm", "intensity": 0.0 }),
                Some(mood) => json!({
                    "affect": mood.affect, "label": mood.label, "intensity": mood.intensity,
                    "since": mood.at.to_string(), "position": mood.position,
                }),
            },
            "people" => {
                let people = minds.people(basis).await?;
                let own = people.iter().filter(|p| p.id == self.owner);
                own.map(|p| json!({ "id": p.id, "name": p.name, "owner": p.owner })).collect()
            }
            "conversations" => {
                let list = self.read.conversations().list(basis, self.owner, LIMIT).await?;
                list.iter()
                    .map(|c| {
                        json!({
                            "id": c.id, "title": c.title, "private": c.private, "messages": c.messages,
                            "lastActivity": c.last_activity.to_string(),
                        })
                    })
                    .collect()
            }
            "facts" => {
                let facts = minds.facts(basis, self.owner, LIMIT).await?;
                facts
                    .iter()
                    .map(|f| {
                        json!({
                            "subject": f.fact.subject, "predicate": f.fact.predicate, "object": f.fact.object,
                            "confidence": f.fact.confidence, "sentence": f.fact.sentence, "position": f.position,
                        })
                    })
                    .collect()
            }
            "skills" => serde_json::to_value(minds.skills(basis, self.owner).await?)
                .map_err(|e| AppError::new(Code::Internal, e.to_string()))?,
            other => {
                let message = format!("there is no state named `{other}`; there are {}", STATE_NAMES.join(", "));
                return Err(AppError::new(Code::NoSuchProjection, message));
            }
        })
    }

    /// What differs between two bases, in one named state or in all.
    ///
    /// # Errors
    /// As [`App::state`].
    pub async fn state_diff(
        &self,
        from: &Basis,
        to: &Basis,
        name: Option<&str>,
    ) -> Result<Vec<StateChange>, AppError> {
        let names: Vec<&str> = name.map_or_else(|| STATE_NAMES.to_vec(), |name| vec![name]);
        let mut changes = Vec::new();
        for name in names {
            let (before, after) = (self.state(from, name).await?, self.state(to, name).await?);
            compare(name, Some(&before), Some(&after), &mut changes);
        }
        Ok(changes)
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<StateChange>) {
    match (before, after) {
        (b, a) if b == a => {}
        (Some(Value::Object(b)), Some(Value::Object(a))) => {
            let names: BTreeSet<&String> = b.keys().chain(a.keys()).collect();
            for name in names {
                compare(&format!("{path}.{name}"), b.get(name), a.get(name), changes);
            }
        }
        (Some(Value::Array(b)), Some(Value::Array(a))) => {
            let (b, a) = (keyed(b), keyed(a));
            let names: BTreeSet<&String> = b.keys().chain(a.keys()).collect();
            for name in names {
                compare(&format!("{path}[{name}]"), b.get(name), a.get(name), changes);
            }
        }
        (b, a) => {
            changes.push(StateChange { path: path.to_owned(), before: b.cloned(), after: a.cloned() });
        }
    }
}

/// Elements of a list by what names them, so that one more in front does not make all others differ.
fn keyed(list: &[Value]) -> Map<String, Value> {
    let text = |v: &Value, k: &str| v.get(k).and_then(Value::as_str).map(str::to_owned);
    list.iter()
        .enumerate()
        .map(|(i, v)| {
            let name = text(v, "id")
                .or_else(|| {
                    let fact = (text(v, "subject")?, text(v, "predicate")?, text(v, "object")?);
                    Some(format!("{} {} {}", fact.0, fact.1, fact.2))
                })
                .or_else(|| Some(format!("{}, {}", text(v, "skill")?, text(v, "context")?)))
                .unwrap_or_else(|| i.to_string());
            (name, v.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_element_is_one_change() {
        let mut changes = vec![];
        let before = json!([{ "id": "b", "n": 1 }]);
        let after = json!([{ "id": "a", "n": 7 }, { "id": "b", "n": 2 }]);
        compare("list", Some(&before), Some(&after), &mut changes);
        let paths: Vec<&str> = changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["list[a]", "list[b].n"]);
    }
}
