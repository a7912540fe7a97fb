//! Lifting old stored shapes to the current one, at the boundary of the log.

use serde_json::Value;

/// Lifts one shape to the next: takes the JSON of `from`, gives the JSON of `from + 1`. Never invents data.
pub type Step = fn(Value) -> Value;

/// One rung of the ladder.
#[derive(Clone, Copy, Debug)]
pub struct Upcaster {
    /// Stored type name.
    pub event_type: &'static str,
    /// The shape it takes.
    pub from: u16,
    /// What it does.
    pub step: Step,
}

/// The rungs in use. Each raised number in [`crate::catalog`] needs one.
pub const LADDER: &[Upcaster] = &[
    // What was added may be absent: tones, acts, what limits the scores, and what made them.
    Upcaster { event_type: "MessagePerceived", from: 1, step: |v| v },
];

/// Lifts `json` from `schema` to `current`, one rung at a time; `None` when a rung is missing.
pub fn lift(ladder: &[Upcaster], event_type: &str, schema: u16, current: u16, json: Value) -> Option<Value> {
    (schema..current).try_fold(json, |json, from| {
        ladder.iter().find(|u| u.event_type == event_type && u.from == from).map(|u| (u.step)(json))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEST_LADDER: &[Upcaster] = &[
        Upcaster { event_type: "Said", from: 1, step: |v| json!({ "text": v["words"] }) },
        Upcaster { event_type: "Said", from: 2, step: |v| json!({ "text": v["text"], "tags": [] }) },
    ];

    #[test]
    fn climbs_every_rung_in_order() {
        let lifted = lift(TEST_LADDER, "Said", 1, 3, json!({ "words": "hello" }));
        assert_eq!(lifted, Some(json!({ "text": "hello", "tags": [] })));
    }

    #[test]
    fn leaves_the_current_shape_alone() {
        let json = json!({ "anything": 1 });
        assert_eq!(lift(TEST_LADDER, "Said", 3, 3, json.clone()), Some(json));
    }

    #[test]
    fn refuses_a_missing_rung() {
        assert_eq!(lift(TEST_LADDER, "Said", 1, 4, json!({ "words": "x" })), None);
    }

    #[test]
    fn the_ladder_reaches_every_current_shape() {
        for category in crate::stream::Category::ALL {
            for event_type in crate::catalog::types(category) {
                for from in 1..crate::catalog::current_schema(event_type) {
                    assert!(
                        LADDER.iter().any(|u| u.event_type == *event_type && u.from == from),
                        "{event_type} has no upcaster from {from}"
                    );
                }
            }
        }
    }
}
