//! What a person kept comes to mind a little more readily.

use std::collections::HashMap;

use events::{ConversationId, MessageId};

use crate::memory::Remembered;

/// What a kept message gains. Scores of good finds lie between 5 and 10, so this breaks near ties and no more.
pub const KEPT: f64 = 0.25;
/// What a favourite gains.
pub const FAVOURITE: f64 = 0.5;

/// What is in an album, and whether it is a favourite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    pub(super) messages: HashMap<MessageId, bool>,
    pub(super) conversations: HashMap<ConversationId, bool>,
}

impl Marks {
    fn gain(&self, found: &Remembered) -> f64 {
        let of_message = self.messages.get(&found.message);
        match of_message.or_else(|| self.conversations.get(&found.conversation)) {
            None => 0.0,
            Some(false) => KEPT,
            Some(true) => FAVOURITE,
        }
    }
}

/// Moves what was kept up past what has a lower score than its own with the gain. What was not kept stays in its order.
pub fn lift(found: &mut [Remembered], marks: &Marks) {
    for n in 0..found.len() {
        let gain = found.get(n).map_or(0.0, |f| marks.gain(f));
        let Some(kept) = found.get_mut(n).filter(|_| gain > 0.0) else { continue };
        kept.score += gain;
        kept.signals.push(("kept", gain));
        kept.reason = format!("{}; you kept it in the album", kept.reason);
        let mut at = n;
        while at > 0 && found.get(at - 1).zip(found.get(at)).is_some_and(|(before, own)| before.score < own.score) {
            found.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use events::{Position, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::memory::Kind;

    fn found(n: u128, score: f64) -> Remembered {
        Remembered {
            kind: Kind::Person,
            source: Position(1),
            part: 0,
            conversation: ConversationId(Uuid::nil()),
            message: MessageId(Uuid::from_u128(n)),
            at: Timestamp(0),
            speaker: None,
            score,
            signals: vec![],
            share: 1.0,
            likeness: 0.0,
            relevant: true,
            reason: "holds `tea`".into(),
        }
    }

    #[test]
    fn what_was_kept_passes_near_ties_alone() {
        let mut all = vec![found(1, 6.0), found(2, 5.0), found(3, 4.9), found(4, 4.6)];
        let messages = HashMap::from([(MessageId(Uuid::from_u128(3)), false), (MessageId(Uuid::from_u128(4)), true)]);
        lift(&mut all, &Marks { messages, ..Marks::default() });
        let order: Vec<u128> = all.iter().map(|f| f.message.0.as_u128()).collect();
        assert_eq!(order, [1, 3, 4, 2]);
        assert_eq!(all[2].signals, [("kept", FAVOURITE)]);
        assert!(all[0].signals.is_empty());
    }
}
