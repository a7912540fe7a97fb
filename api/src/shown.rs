//! The content of an event as it is shown.

use events::{Body, Category, Recorded};
use serde_json::Value;

/// What stands for a thing that is not shown.
const HIDDEN: &str = "(not shown)";

/// The content; `None` when it was erased. What secrets and tokens are proved with is not shown to anybody: whoever had
/// it could guess at them.
pub fn content(recorded: &Recorded) -> Option<Value> {
    let Body::Open(json) = &recorded.body else { return None };
    let mut value: Value = serde_json::from_slice(json).ok()?;
    if recorded.header.stream.category == Category::Account {
        for field in ["verifier", "digest"] {
            if let Some(secret) = value.get_mut(field) {
                *secret = HIDDEN.into();
            }
        }
    }
    Some(value)
}
