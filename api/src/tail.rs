//! Replay, then tail: every event after a position, once and in order, for ever.

use std::sync::Arc;

use events::{BranchId, Code, EventLog, PersonId, Position, ReadError, Recorded, SubjectId};
use futures::stream::{BoxStream, StreamExt};

/// Events read at once.
const PAGE: u32 = 256;

/// Which events.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Only these types; all when empty.
    pub types: Vec<String>,
    /// Events of this person,
    pub person: PersonId,
    /// and events of nobody else's, such as those of branches.
    pub common: SubjectId,
}

impl Filter {
    /// Whether an event may be seen and is wanted.
    pub fn takes(&self, event: &Recorded) -> bool {
        let subject = event.header.subject;
        let allowed = subject == SubjectId::from(self.person) || subject == self.common;
        allowed && (self.types.is_empty() || self.types.iter().any(|t| *t == event.header.event_type))
    }
}

/// Why events cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// Such as a position that was seen before an older copy of the data folder was put back.
    #[error("position {asked} is past the head {head}: ask again from a position that is there")]
    PastHead {
        /// Asked for.
        asked: Position,
        /// The head.
        head: Position,
    },
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
}

impl TailError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::PastHead { .. } => Code::PositionPastHead,
            Self::Read(error) => error.code(),
        }
    }
}

/// All events of a branch after a position that pass the filter: those that are, then those that come. Ends with an
/// error, or when the log is closed.
///
/// # Errors
/// When the position is past the head, or the log cannot be read.
pub async fn tail(
    log: Arc<dyn EventLog>,
    branch: BranchId,
    after: Position,
    filter: Filter,
) -> Result<BoxStream<'static, Result<Recorded, ReadError>>, TailError> {
    let head = *log.head(branch).await?.borrow();
    // An event may be read a moment before the head tells of it.
    if after > head && log.at(branch, &[after]).await?.is_empty() {
        return Err(TailError::PastHead { asked: after, head });
    }
    Ok(follow(log, branch, after, filter))
}

fn follow(
    log: Arc<dyn EventLog>,
    branch: BranchId,
    after: Position,
    filter: Filter,
) -> BoxStream<'static, Result<Recorded, ReadError>> {
    // The head only wakes; what is read comes from the log alone, so nothing is lost or told twice at the seam.
    let pages = futures::stream::unfold(Some(after), move |at| {
        let (log, filter) = (log.clone(), filter.clone());
        async move {
            let mut at = at?;
            loop {
                let page = match log.read(branch, at, PAGE).await {
                    Ok(page) => page,
                    Err(error) => return Some((vec![Err(error)], None)),
                };
                if let Some(last) = page.last() {
                    at = last.position();
                    let wanted: Vec<_> = page.into_iter().filter(|e| filter.takes(e)).map(Ok).collect();
                    if wanted.is_empty() {
                        continue;
                    }
                    return Some((wanted, Some(at)));
                }
                let mut head = match log.head(branch).await {
                    Ok(head) => head,
                    Err(error) => return Some((vec![Err(error)], None)),
                };
                head.wait_for(|h| *h > at).await.ok()?;
            }
        }
    });
    pages.flat_map(futures::stream::iter).boxed()
}
