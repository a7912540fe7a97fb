//! What a person's talk settles into: episodes, each turn in one only, and which of them are gone over again.

pub mod replay;

use std::collections::HashSet;

use events::payload::{MemoryEvent, Replay, Summary};
use events::{Category, Code, ConversationId, EpisodeId, MadeBy, MessageId, Timestamp};

use crate::decider::{DecideContext, Decider};

/// The decider of a person's memory.
#[derive(Debug)]
pub struct Memory;

/// A stretch of talk with what it comes down to.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Its id.
    pub episode: EpisodeId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// Its turns, oldest first.
    pub messages: Vec<MessageId>,
    /// When the first was said.
    pub began: Timestamp,
    /// When the last was said.
    pub ended: Timestamp,
    /// What it comes down to.
    pub summary: Summary,
    /// How much it matters, in `[0, 1]`.
    pub salience: f64,
    /// What summed it up.
    pub by: MadeBy,
}

/// What can be asked of a person's memory.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Make an episode of some turns. Nothing happens when one of them is part of an episode already: two sleepers that
    /// look at the same talk at once form it once.
    Form(Box<Episode>),
    /// Go over earlier episodes again.
    Replay {
        /// In the order they were drawn.
        replays: Vec<Replay>,
        /// The seed of the draws.
        seed: u64,
        /// The rule that drew.
        by: MadeBy,
    },
}

/// What a decision needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    settled: HashSet<MessageId>,
    episodes: HashSet<EpisodeId>,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Rejection {
    /// Nothing to make an episode of.
    #[error("an episode needs at least one turn")]
    Empty,
    /// The episode ends before it begins, or matters more than all or less than nothing.
    #[error("an episode must end after it begins and matter between 0 and 1")]
    Malformed,
    /// The episode is not known.
    #[error("there is no episode {0}")]
    NoEpisode(EpisodeId),
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        Code::Rejected
    }
}

impl Decider for Memory {
    const CATEGORY: Category = Category::Memory;
    type Command = Command;
    type Event = MemoryEvent;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, _: &DecideContext) -> Result<Vec<MemoryEvent>, Rejection> {
        match command {
            Command::Form(episode) => {
                let Episode { episode, conversation, messages, began, ended, summary, salience, by } = *episode;
                if messages.is_empty() {
                    return Err(Rejection::Empty);
                }
                if ended < began || !(0.0..=1.0).contains(&salience) {
                    return Err(Rejection::Malformed);
                }
                if messages.iter().any(|m| state.settled.contains(m)) {
                    return Ok(vec![]);
                }
                Ok(vec![MemoryEvent::EpisodeFormed {
                    episode,
                    conversation,
                    messages,
                    began,
                    ended,
                    summary,
                    salience,
                    by,
                }])
            }
            Command::Replay { replays, seed, by } => {
                if let Some(unknown) = replays.iter().find(|r| !state.episodes.contains(&r.episode)) {
                    return Err(Rejection::NoEpisode(unknown.episode));
                }
                Ok(if replays.is_empty() {
                    vec![]
                } else {
                    vec![MemoryEvent::EpisodesReplayed { replays, seed, by }]
                })
            }
        }
    }

    fn evolve(mut state: State, event: &MemoryEvent) -> State {
        match event {
            MemoryEvent::EpisodeFormed { episode, messages, .. } => {
                state.settled.extend(messages);
                state.episodes.insert(*episode);
            }
            MemoryEvent::EpisodesReplayed { .. } => {}
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn context() -> DecideContext {
        DecideContext { id: Uuid::nil(), now: Timestamp(0) }
    }

    fn episode(id: u128, messages: &[u128]) -> Command {
        Command::Form(Box::new(Episode {
            episode: EpisodeId(Uuid::from_u128(id)),
            conversation: ConversationId(Uuid::nil()),
            messages: messages.iter().map(|m| MessageId(Uuid::from_u128(*m))).collect(),
            began: Timestamp(1),
            ended: Timestamp(2),
            summary: Summary::Extract { lines: vec![] },
            salience: 0.5,
            by: MadeBy { name: "t".into(), version: "1".into() },
        }))
    }

    fn after(commands: &[Command]) -> State {
        commands.iter().fold(State::default(), |state, command| {
            let events = Memory::decide(&state, command.clone(), &context()).expect("accepted");
            events.iter().fold(state, Memory::evolve)
        })
    }

    #[test]
    fn defect_9_a_turn_settles_into_one_episode_only() {
        let state = after(&[episode(1, &[10, 11])]);
        for again in [episode(1, &[10, 11]), episode(2, &[11, 12])] {
            assert_eq!(Memory::decide(&state, again, &context()), Ok(vec![]));
        }
        assert_eq!(Memory::decide(&state, episode(2, &[12]), &context()).map(|e| e.len()), Ok(1));
    }

    #[test]
    fn an_episode_without_turns_or_with_an_impossible_weight_is_refused() {
        let refuse = |command| Memory::decide(&State::default(), command, &context());
        assert_eq!(refuse(episode(1, &[])), Err(Rejection::Empty));
        let Command::Form(mut odd) = episode(1, &[1]) else { unreachable!() };
        odd.salience = f64::NAN;
        assert_eq!(refuse(Command::Form(odd)), Err(Rejection::Malformed));
    }

    #[test]
    fn only_a_known_episode_is_gone_over_again() {
        let replay = |id| Command::Replay {
            replays: vec![Replay { episode: EpisodeId(Uuid::from_u128(id)), priority: 1.0, propensity: 1.0 }],
            seed: 1,
            by: MadeBy { name: "t".into(), version: "1".into() },
        };
        let state = after(&[episode(1, &[10])]);
        assert_eq!(Memory::decide(&state, replay(1), &context()).map(|e| e.len()), Ok(1));
        assert!(matches!(Memory::decide(&state, replay(2), &context()), Err(Rejection::NoEpisode(_))));
    }
}
