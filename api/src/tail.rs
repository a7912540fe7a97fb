//! Replay, then tail: every event after a position, once and in order, for ever.

use std::sync::Arc;

use events::{BranchId, EventLog, PersonId, Position, ReadError, Recorded, SubjectId};
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

/// All events of a branch after a position that pass the filter: those that are, then those that come. Ends with an
/// error, or when the log is closed.
pub fn tail(
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
