//! What two lines of history did differently after a position.

use std::collections::BTreeMap;

use events::{Body, BranchId, EventLog, Position, Recorded};
use serde_json::Value;

use super::{BranchingError, own_events};

/// One difference, in the order of the left side, then what only the right side has.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Only the left side has it.
    OnlyLeft(Recorded),
    /// Only the right side has it.
    OnlyRight(Recorded),
    /// Both have it, with other content; the names of the fields that differ.
    Changed(Box<Recorded>, Box<Recorded>, Vec<String>),
}

/// Compares the events of two branches after the position where they part.
///
/// Events answer each other when they are of the same stream and type and are about the same message, run or reply, in
/// the same order. Ids, positions and times of recording are not compared: they differ by nature.
///
/// # Errors
/// When the log cannot be read.
pub async fn diff(
    log: &dyn EventLog,
    left: BranchId,
    right: BranchId,
    after: Position,
) -> Result<Vec<Difference>, BranchingError> {
    let mut rights: BTreeMap<Key, Recorded> = keyed(own_events(log, right, after).await?).into_iter().collect();
    let mut differences = Vec::new();
    for (key, l) in keyed(own_events(log, left, after).await?) {
        match rights.remove(&key) {
            None => differences.push(Difference::OnlyLeft(l)),
            Some(r) => {
                let fields = changed(&content(&l), &content(&r));
                if !fields.is_empty() {
                    differences.push(Difference::Changed(Box::new(l), Box::new(r), fields));
                }
            }
        }
    }
    let mut rest: Vec<Recorded> = rights.into_values().collect();
    rest.sort_by_key(Recorded::position);
    differences.extend(rest.into_iter().map(Difference::OnlyRight));
    Ok(differences)
}

/// Stream, type, what it is about, and which one of those.
type Key = (String, String, String, usize);

fn keyed(events: Vec<Recorded>) -> Vec<(Key, Recorded)> {
    let mut seen: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let mut out = Vec::with_capacity(events.len());
    for event in events {
        let json = content(&event);
        let about: String = ["run", "message", "reply", "memory"]
            .iter()
            .filter_map(|f| json.get(f).and_then(Value::as_str))
            .collect();
        let key = (event.header.stream.to_string(), event.header.event_type.to_string(), about);
        let nth = seen.entry(key.clone()).and_modify(|n| *n += 1).or_insert(0);
        out.push(((key.0, key.1, key.2, *nth), event));
    }
    out
}

fn content(event: &Recorded) -> Value {
    match &event.body {
        Body::Open(json) => serde_json::from_slice(json).unwrap_or(Value::Null),
        Body::Erased => Value::Null,
    }
}

fn changed(left: &Value, right: &Value) -> Vec<String> {
    match (left, right) {
        (Value::Object(l), Value::Object(r)) => {
            let names: std::collections::BTreeSet<&String> = l.keys().chain(r.keys()).collect();
            names.into_iter().filter(|name| l.get(*name) != r.get(*name)).cloned().collect()
        }
        _ if left == right => vec![],
        _ => vec!["content".to_owned()],
    }
}
