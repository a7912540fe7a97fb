//! Sleep: talk that has come to rest settles into episodes, and earlier episodes are gone over again.
//!
//! Nothing is lost and nothing is made up: the turns stay as they were said, an episode points at them. Each turn is
//! considered once, so a second run adds nothing. Only what was said is looked at, never what was recalled.

use std::sync::Arc;

use domain::memory::{Command, Episode, replay};
use events::payload::{Excerpt, Purpose, Summary};
use events::{Actor, BranchId, Clock, CommandId, Entropy, EpisodeId, PersonId};
use models::perception::Perceiver;
use models::summary::{Extractive, Summariser, Summed, TalkLine};
use uuid::Uuid;

use crate::bus::{Bus, CommandError};
use crate::ids::derive;
use crate::meta::Meta;
use crate::ports::{Consents, Diary, PortError, Talk};

/// Episodes that are gone over again in one sleep.
const REPLAYED: usize = 10;

/// Why a sleep was cut short. What it did before stays.
#[derive(Debug, thiserror::Error)]
pub enum SleepError {
    /// The read side did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
    /// An episode could not be recorded.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl SleepError {
    /// The stable code.
    pub fn code(&self) -> events::Code {
        match self {
            Self::Port(e) => e.code(),
            Self::Command(e) => e.code(),
        }
    }
}

/// What a sleep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slept {
    /// Turns that became part of an episode.
    pub turns: u64,
    /// Episodes that were formed.
    pub episodes: u64,
    /// Stretches of talk that are still going on, and were left alone.
    pub going_on: u64,
    /// Earlier episodes that were gone over again.
    pub replayed: u64,
}

/// What a sleep is made with.
#[derive(Clone)]
pub struct Sleeper {
    /// Runs commands.
    pub bus: Bus,
    /// Knows what was said.
    pub diary: Arc<dyn Diary>,
    /// Sums up.
    pub summariser: Arc<dyn Summariser>,
    /// Knows what may leave this machine.
    pub consents: Arc<dyn Consents>,
    /// Tells how strong a turn was felt.
    pub perceiver: Arc<dyn Perceiver>,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// The seed of the draws.
    pub entropy: Arc<dyn Entropy>,
}

/// How much a stretch of talk matters, in `[0, 1]`: half the strongest pleasantness either way, three tenths the strongest
/// excitement of what the person said, a fifth its length up to twenty turns.
fn salience(perceiver: &dyn Perceiver, talk: &Talk) -> f64 {
    let felt = talk.lines.iter().filter(|l| l.line.by_person).map(|l| perceiver.perceive(&l.line.text));
    let (valence, arousal) =
        felt.fold((0.0_f64, 0.0_f64), |(v, a), p| (v.max(p.valence.abs()), a.max(p.arousal.abs())));
    let length = (talk.lines.len() as f64 / 20.0).min(1.0);
    (0.5 * valence + 0.3 * arousal + 0.2 * length).clamp(0.0, 1.0)
}

impl Sleeper {
    /// Lets a person's talk settle. With `everything`, talk that is still going on settles too.
    ///
    /// # Errors
    /// When the read side or the log fails; what was formed before stays.
    pub async fn sleep(
        &self,
        branch: BranchId,
        person: PersonId,
        everything: bool,
        progress: &(dyn Fn(u64, u64) + Send + Sync),
    ) -> Result<Slept, SleepError> {
        let now = self.clock.now();
        let unsettled = self.diary.unsettled(branch, person, now).await?;
        let (rested, going_on): (Vec<Talk>, Vec<Talk>) =
            unsettled.into_iter().partition(|talk| everything || !talk.going_on);
        let mut slept = Slept { going_on: going_on.len() as u64, ..Slept::default() };
        let total = rested.len() as u64;
        for (n, talk) in (1..).zip(rested) {
            if let Some(turns) = self.settle(branch, person, &talk).await? {
                slept.turns += turns;
                slept.episodes += 1;
            }
            progress(n, total);
        }
        // Going over old talk is part of a sleep that had something new, so that sleeping again at once adds nothing.
        if slept.episodes > 0 {
            slept.replayed = self.replay(branch, person).await?;
        }
        Ok(slept)
    }

    /// Forms an episode; how many turns it has, `None` when another sleeper was first.
    async fn settle(&self, branch: BranchId, person: PersonId, talk: &Talk) -> Result<Option<u64>, SleepError> {
        let Some((first, last)) = talk.lines.first().zip(talk.lines.last()) else { return Ok(None) };
        let lines: Vec<TalkLine> = talk.lines.iter().map(|l| l.line.clone()).collect();
        let away = self.summariser.recipient();
        let agreed = away.is_none_or(|to| self.consents.agreed(person, Purpose::Answers, &to));
        // Without consent the words stay here, and sentences that were said sum up.
        let summariser: &dyn Summariser = if agreed { &*self.summariser } else { &Extractive };
        let (summed, by) = summariser.summarise(&lines).await;
        let summary = match summed {
            Summed::Written(text) => Summary::Written { text },
            Summed::Extract(pieces) => {
                let excerpt = |(line, range): (usize, std::ops::Range<usize>)| {
                    let message = talk.lines.get(line)?.message;
                    Some(Excerpt {
                        message,
                        from: u32::try_from(range.start).ok()?,
                        to: u32::try_from(range.end).ok()?,
                    })
                };
                Summary::Extract { lines: pieces.into_iter().filter_map(excerpt).collect() }
            }
        };
        let episode = Episode {
            episode: EpisodeId(derive(first.message.0, "episode")),
            conversation: talk.conversation,
            messages: talk.lines.iter().map(|l| l.message).collect(),
            began: first.at.min(last.at),
            ended: last.at.max(first.at),
            summary,
            salience: salience(&*self.perceiver, talk),
            by,
        };
        let turns = episode.messages.len() as u64;
        let place = format!("sleep/{branch}/{}/{}", first.message, last.message);
        let id = CommandId(derive(Uuid::NAMESPACE_OID, &place));
        let meta = Meta::new(id, Actor::System, person);
        let done = self.bus.memory(branch, person, &meta, Command::Form(Box::new(episode))).await?;
        Ok((!done.repeated && done.count > 0).then_some(turns))
    }

    async fn replay(&self, branch: BranchId, person: PersonId) -> Result<u64, SleepError> {
        let known = self.diary.episodes(branch, person).await?;
        let mut seed = [0; 8];
        self.entropy.fill(&mut seed);
        let seed = u64::from_le_bytes(seed) >> 11; // 53 bits survive every JSON reader.
        let now = self.clock.now();
        let replays = replay::draw(&known, now, REPLAYED, seed);
        let count = replays.len() as u64;
        let id = CommandId(self.entropy.uuid_v7(now));
        let meta = Meta::new(id, Actor::System, person);
        let command = Command::Replay { replays, seed, by: replay::identity() };
        self.bus.memory(branch, person, &meta, command).await?;
        Ok(count)
    }
}
