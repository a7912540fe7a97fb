//! To which conversation a message belongs that names none.
//!
//! Who was talking a moment ago goes on there, whatever the subject: people change it in mid-talk. After a rest the subject
//! decides. A conversation is gone on with while its strength is at least [`NEW_BELOW`]; an older one is taken up again when
//! the message is about what was said there and clearly less about the latest. The strength and the bounds are those of
//! the original's notes on context assembly and thread resolution (`0.5 x coherence + 0.3 x max(0.1, 1 - hours / 48) +
//! 0.2 x min(1, messages / 10)`; new below 0.4); its bound of 0.8 for taking up again was never tried on real vectors, ours is
//! on the share of the message's words.

use events::ConversationId;
use events::payload::{ThreadAction, ThreadChoice, ThreadScore};

/// A rest shorter than this ends no talk, in hours.
pub const SITTING: f64 = 2.0;
/// Weaker than this, a conversation is not gone on with.
pub const NEW_BELOW: f64 = 0.4;
/// How much of a message must have been talked about in an older conversation.
pub const REACTIVATE_FROM: f64 = 0.6;
/// And how much more than in the latest.
pub const CLEARLY: f64 = 0.2;
/// The hits of a conversation that its coherence is the mean of: one stray likeness makes no subject.
pub const HITS: usize = 3;
/// The most conversations that a choice tells of.
const TOLD: usize = 5;

/// A conversation that a message may belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub conversation: ConversationId,
    /// Hours since anything was said there.
    pub idle_hours: f64,
    /// What was said there, replies included.
    pub messages: u64,
    /// How much of the message was talked about there, in `[0, 1]`.
    pub coherence: f64,
}

impl Candidate {
    /// How much speaks for going on with it, in `[0, 1]`.
    pub fn strength(&self) -> f64 {
        let fresh = f64::max(0.1, 1.0 - self.idle_hours.max(0.0) / 48.0);
        let long = f64::min(1.0, self.messages as f64 / 10.0);
        0.5 * self.coherence.clamp(0.0, 1.0) + 0.3 * fresh + 0.2 * long
    }

    fn told(&self) -> ThreadScore {
        ThreadScore {
            conversation: self.conversation,
            coherence: self.coherence,
            idle_hours: self.idle_hours,
            strength: self.strength(),
        }
    }
}

/// The coherence of a conversation whose best hits tell so much of the message, in any order.
pub fn coherence(mut hits: Vec<f64>) -> f64 {
    hits.sort_by(|a, b| b.total_cmp(a));
    hits.iter().take(HITS).map(|h| h.clamp(0.0, 1.0)).sum::<f64>() / HITS as f64
}

/// Chooses. `None` stands for a new conversation. Of equals the one that was talked in last.
pub fn resolve(mut candidates: Vec<Candidate>) -> (Option<ConversationId>, ThreadChoice) {
    candidates.sort_by(|a, b| a.idle_hours.total_cmp(&b.idle_hours));
    let (chosen, action, reason) = choose(&candidates);
    let place = |c: &Candidate| (Some(c.conversation) != chosen, -c.strength());
    candidates.sort_by(|a, b| place(a).partial_cmp(&place(b)).unwrap_or(std::cmp::Ordering::Equal));
    let weighed = candidates.iter().take(TOLD).map(Candidate::told).collect();
    (chosen, ThreadChoice { action, reason: reason.to_owned(), weighed })
}

fn choose(latest_first: &[Candidate]) -> (Option<ConversationId>, ThreadAction, &'static str) {
    let Some(latest) = latest_first.first() else {
        return (None, ThreadAction::Created, "there was no conversation yet");
    };
    if latest.idle_hours < SITTING {
        return (Some(latest.conversation), ThreadAction::Continued, "you were talking here a moment ago");
    }
    let older = latest_first.iter().skip(1);
    let best = older.fold(None, |best: Option<&Candidate>, c| match best {
        Some(b) if b.coherence >= c.coherence => Some(b),
        _ => Some(c),
    });
    if let Some(best) = best
        && best.coherence >= REACTIVATE_FROM
        && best.coherence >= latest.coherence + CLEARLY
    {
        return (Some(best.conversation), ThreadAction::Reactivated, "this is what you talked about there");
    }
    if latest.strength() >= NEW_BELOW {
        return (Some(latest.conversation), ThreadAction::Continued, "the last conversation is near enough");
    }
    (None, ThreadAction::Created, "the last conversation was long ago, or about something else")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(n: u128, idle_hours: f64, messages: u64, coherence: f64) -> Candidate {
        Candidate { conversation: ConversationId(uuid::Uuid::from_u128(n)), idle_hours, messages, coherence }
    }

    fn chosen(candidates: Vec<Candidate>) -> (Option<u128>, ThreadAction) {
        let (conversation, choice) = resolve(candidates);
        (conversation.map(|c| c.0.as_u128()), choice.action)
    }

    #[test]
    fn without_a_conversation_one_begins() {
        assert_eq!(chosen(vec![]), (None, ThreadAction::Created));
    }

    #[test]
    fn within_a_sitting_no_change_of_subject_ends_the_talk() {
        let talks = vec![candidate(1, 500.0, 80, 1.0), candidate(2, 0.1, 2, 0.0)];
        assert_eq!(chosen(talks), (Some(2), ThreadAction::Continued));
    }

    #[test]
    fn a_dormant_talk_is_taken_up_again_when_the_message_is_about_it() {
        let talks = vec![candidate(1, 500.0, 80, 0.7), candidate(2, 8.0, 20, 0.1)];
        assert_eq!(chosen(talks), (Some(1), ThreadAction::Reactivated));
    }

    #[test]
    fn what_both_are_about_stays_with_the_latest() {
        let talks = vec![candidate(1, 500.0, 80, 0.7), candidate(2, 8.0, 20, 0.6)];
        assert_eq!(chosen(talks), (Some(2), ThreadAction::Continued));
    }

    #[test]
    fn the_next_morning_goes_on_and_the_next_week_begins_anew() {
        assert_eq!(chosen(vec![candidate(1, 12.0, 10, 0.0)]), (Some(1), ThreadAction::Continued));
        assert_eq!(chosen(vec![candidate(1, 170.0, 10, 0.0)]), (None, ThreadAction::Created));
        // After a week the same subject still goes on.
        assert_eq!(chosen(vec![candidate(1, 170.0, 10, 0.4)]), (Some(1), ThreadAction::Continued));
    }

    #[test]
    fn one_stray_likeness_makes_no_subject() {
        assert!(coherence(vec![1.0]) < REACTIVATE_FROM);
        assert_eq!(coherence(vec![0.5, 1.0, 0.75, 0.9]), (1.0 + 0.9 + 0.75) / 3.0);
    }

    #[test]
    fn the_chosen_one_is_told_first_with_what_it_was_weighed_by() {
        let (_, choice) = resolve(vec![candidate(1, 500.0, 80, 0.7), candidate(2, 8.0, 20, 0.1)]);
        assert_eq!(choice.weighed[0].conversation.0.as_u128(), 1);
        assert!((choice.weighed[0].strength - (0.35 + 0.03 + 0.2)).abs() < 1e-12);
    }
}
