//! Replies while they are being written. Nothing here is an event: the finished text is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use events::payload::InterruptReason;
use events::{Code, MessageId, PersonId, Position, RunId};
use futures::stream::{BoxStream, StreamExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How many finished runs are remembered, so that a late subscriber still sees the end.
const REMEMBERED: usize = 256;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// The answer is in the log.
    Completed {
        /// The answer.
        reply: MessageId,
        /// Its position.
        position: Position,
    },
    /// What was said so far is in the log.
    Interrupted {
        /// The answer.
        reply: MessageId,
        /// Its position.
        position: Position,
        /// Why.
        reason: InterruptReason,
        /// What went wrong, if something did.
        error: Option<(Code, String)>,
    },
    /// The turn failed before a model was asked; it is taken up again at the next start.
    Failed {
        /// The stable code.
        code: Code,
        /// What happened.
        message: String,
    },
}

/// All that a run has said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// The words.
    pub text: String,
    /// The thinking.
    pub thinking: String,
    /// The end.
    pub ended: Option<Ended>,
}

/// A piece of a reply as a subscriber gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveDelta {
    /// Where the text begins, in Unicode scalar values from the start of the reply.
    pub from_char: usize,
    /// New words; may be empty in the last piece.
    pub text: String,
    /// New thinking.
    pub thinking: String,
    /// Set in the last piece.
    pub ended: Option<Ended>,
}

struct Run {
    person: PersonId,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
}

/// The runs that are going on. Each is apart from all others.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<Runs>>);

#[derive(Default)]
struct Runs {
    by_id: HashMap<RunId, Arc<Run>>,
    order: VecDeque<RunId>,
}

/// The writing end of a run. Dropping it without an end marks the run as failed, so that no subscriber waits for ever.
pub(crate) struct Writer(Arc<Run>);

impl Writer {
    pub(crate) fn text(&self, piece: &str) {
        self.0.progress.send_modify(|p| p.text.push_str(piece));
    }

    pub(crate) fn thinking(&self, piece: &str) {
        self.0.progress.send_modify(|p| p.thinking.push_str(piece));
    }

    pub(crate) fn so_far(&self) -> Progress {
        self.0.progress.borrow().clone()
    }

    pub(crate) fn end(&self, ended: Ended) {
        self.0.progress.send_modify(|p| p.ended = Some(ended));
    }

    pub(crate) fn stopped(&self) -> CancellationToken {
        self.0.stop.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.progress.send_if_modified(|p| {
            let open = p.ended.is_none();
            if open {
                let message = "the turn ended without a result".to_owned();
                p.ended = Some(Ended::Failed { code: Code::Internal, message });
            }
            open
        });
    }
}

impl Live {
    /// Forgets what finished runs said: somebody was erased.
    pub fn forget(&self) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.by_id.retain(|_, run| run.progress.borrow().ended.is_none());
        let left: Vec<RunId> = runs.order.iter().copied().filter(|id| runs.by_id.contains_key(id)).collect();
        runs.order = left.into();
    }

    /// Opens a run; `None` when it is open or was a short while ago.
    pub(crate) fn open(&self, run: RunId, person: PersonId) -> Option<Writer> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.by_id.contains_key(&run) {
            return None;
        }
        while runs.order.len() >= REMEMBERED {
            // Only finished runs are forgotten; one that still goes on is moved to the back of the line.
            let Some(oldest) = runs.order.pop_front() else { break };
            let finished = runs.by_id.get(&oldest).is_none_or(|r| r.progress.borrow().ended.is_some());
            if finished {
                runs.by_id.remove(&oldest);
            } else {
                runs.order.push_back(oldest);
                break;
            }
        }
        let entry = Arc::new(Run {
            person,
            progress: watch::Sender::new(Progress::default()),
            stop: CancellationToken::new(),
        });
        runs.by_id.insert(run, entry.clone());
        runs.order.push_back(run);
        Some(Writer(entry))
    }

    fn find(&self, run: RunId) -> Option<Arc<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(&run).cloned()
    }

    /// Asks a run to stop. Whether it was going on.
    pub fn stop(&self, run: RunId) -> bool {
        let Some(entry) = self.find(run) else { return false };
        let going = entry.progress.borrow().ended.is_none();
        if going {
            entry.stop.cancel();
        }
        going
    }

    /// The runs that are going on.
    pub fn going_on(&self) -> Vec<RunId> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.by_id.iter().filter(|(_, r)| r.progress.borrow().ended.is_none()).map(|(id, _)| *id).collect()
    }

    /// Whose message a run answers; `None` when it is not known here.
    pub fn person(&self, run: RunId) -> Option<PersonId> {
        self.find(run).map(|run| run.person)
    }

    /// Waits for the end of a run; `None` when it is not known here.
    pub async fn wait(&self, run: RunId) -> Option<Progress> {
        let mut progress = self.find(run)?.progress.subscribe();
        let ended = progress.wait_for(|p| p.ended.is_some()).await.ok()?;
        Some(ended.clone())
    }

    /// What a run says after its first `from_char` characters, until its end; `None` when it is not known here.
    ///
    /// A slow reader gets larger pieces, never a gap: every piece is cut from the whole text.
    pub fn deltas(&self, run: RunId, from_char: usize) -> Option<BoxStream<'static, LiveDelta>> {
        let entry = self.find(run)?;
        let mut progress = entry.progress.subscribe();
        progress.mark_changed();
        let start = (progress, from_char, 0usize, false);
        let stream = futures::stream::unfold(start, |(mut progress, chars, thought, done)| async move {
            if done {
                return None;
            }
            loop {
                progress.changed().await.ok()?;
                let seen = progress.borrow_and_update().clone();
                let text: String = seen.text.chars().skip(chars).collect();
                let thinking = seen.thinking.get(thought..).unwrap_or_default().to_owned();
                if text.is_empty() && thinking.is_empty() && seen.ended.is_none() {
                    continue;
                }
                let next = (chars + text.chars().count(), thought + thinking.len(), seen.ended.is_some());
                let delta = LiveDelta { from_char: chars, text, thinking, ended: seen.ended };
                return Some((delta, (progress, next.0, next.1, next.2)));
            }
        });
        Some(stream.boxed())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn run(n: u128) -> RunId {
        RunId(Uuid::from_u128(n))
    }

    #[tokio::test]
    async fn defect_27_the_end_of_one_run_leaves_others_going() {
        let live = Live::default();
        let one = live.open(run(1), PersonId(Uuid::nil())).unwrap();
        let two = live.open(run(2), PersonId(Uuid::nil())).unwrap();
        let mut listener = live.deltas(run(2), 0).unwrap();
        one.text("first");
        one.end(Ended::Failed { code: Code::Internal, message: String::new() });
        two.text("second");
        assert_eq!(listener.next().await.unwrap().text, "second");
        assert_eq!(live.going_on(), vec![run(2)]);
    }

    #[tokio::test]
    async fn a_subscriber_that_comes_back_misses_and_repeats_nothing() {
        let live = Live::default();
        let writer = live.open(run(1), PersonId(Uuid::nil())).unwrap();
        writer.text("Grüß ");
        let first = live.deltas(run(1), 0).unwrap().next().await.unwrap();
        writer.text("dich, ");
        writer.text("Anna.");
        let again = live.deltas(run(1), first.text.chars().count()).unwrap().next().await.unwrap();
        assert_eq!(format!("{}{}", first.text, again.text), "Grüß dich, Anna.");
    }

    #[tokio::test]
    async fn a_dropped_writer_ends_its_run() {
        let live = Live::default();
        drop(live.open(run(1), PersonId(Uuid::nil())).unwrap());
        assert!(matches!(live.wait(run(1)).await.unwrap().ended, Some(Ended::Failed { .. })));
    }

    #[test]
    fn a_run_is_opened_once() {
        let live = Live::default();
        let _writer = live.open(run(1), PersonId(Uuid::nil())).unwrap();
        assert!(live.open(run(1), PersonId(Uuid::nil())).is_none());
    }
}
