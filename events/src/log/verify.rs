//! Checking a log: order, versions, times, hashes.

use std::collections::HashMap;

use super::{Branch, EventLog, MAX_READ, ReadError};
use crate::envelope::{Digest, SealedEvent};
use crate::id::{BranchId, Position, Version};
use crate::stream::StreamId;
use crate::time::Timestamp;

/// What a complete check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events were checked.
    pub events: u64,
    /// The last of them.
    pub head: Position,
    /// Its leaf hash.
    pub leaf: Digest,
}

/// The state of a check as it walks along a branch.
struct Walk {
    branch: BranchId,
    position: Position,
    leaf: Option<Digest>,
    recorded_at: Timestamp,
    versions: Option<HashMap<StreamId, Version>>,
}

impl Walk {
    /// Checks the next event. `after` is what comes behind it says its leaf is.
    fn step(&mut self, event: &SealedEvent, after: Option<Digest>) -> Result<(), ReadError> {
        let h = &event.header;
        let position = self.position.next();
        let own = h.leaf();
        if self.leaf.is_some_and(|leaf| leaf != h.prev) && h.position == position {
            // One of the two was changed. When what follows still knows this one, it was the one before.
            let first = if after == Some(own) && self.position > Position::START { self.position } else { position };
            let what = "the event is not chained to its neighbour".to_owned();
            return Err(ReadError::Damaged { branch: self.branch, position: first, what });
        }
        let bad = |what: String| Err(ReadError::Damaged { branch: self.branch, position, what });
        if h.position != position {
            return bad(format!("the event is missing; the next one found is {}", h.position));
        }
        if h.recorded_at < self.recorded_at {
            return bad("it was recorded before the event before it".to_owned());
        }
        if usize::try_from(h.body_len).ok() != Some(event.body.len()) {
            return bad("the body does not have the length that the header says".to_owned());
        }
        if let Some(versions) = &mut self.versions {
            let version = versions.entry(h.stream).or_default();
            *version = version.next();
            if *version != h.version {
                return bad(format!("stream {} goes on with version {} here", h.stream, h.version));
            }
        }
        self.position = position;
        self.leaf = Some(own);
        self.recorded_at = h.recorded_at;
        Ok(())
    }
}

/// Checks every event of a branch, its ancestors' included. `progress` is told how many were checked.
///
/// Headers are hashed anew and bodies compared with their digests; seals are not opened, so no key is needed.
///
/// # Errors
/// [`ReadError::Damaged`] names the first bad position.
pub async fn verify(
    log: &dyn EventLog,
    branch: &Branch,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Verified, ReadError> {
    let mut walk = Walk {
        branch: branch.id,
        position: Position::START,
        leaf: Some([0; 32]),
        recorded_at: Timestamp(i64::MIN),
        versions: Some(HashMap::new()),
    };
    walk_on(log, &mut walk, branch, progress).await?;
    Ok(Verified { events: walk.position.0, head: walk.position, leaf: walk.leaf.unwrap_or_default() })
}

/// Checks the events of a branch after a position, as far as that shows without those before.
pub(super) async fn verify_tail(log: &dyn EventLog, branch: &Branch, after: Position) -> Result<(), ReadError> {
    let mut walk = Walk {
        branch: branch.id,
        position: after,
        leaf: (after == Position::START).then_some([0; 32]),
        recorded_at: Timestamp(i64::MIN),
        versions: None,
    };
    walk_on(log, &mut walk, branch, &mut |_| ()).await
}

async fn walk_on(
    log: &dyn EventLog,
    walk: &mut Walk,
    branch: &Branch,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), ReadError> {
    // Events that come in while the check runs are beyond its head and left for the next.
    while walk.position < branch.head {
        let page = log.read_sealed(branch.id, walk.position, MAX_READ).await?;
        let bad = |position, what: &str| ReadError::Damaged { branch: branch.id, position, what: what.to_owned() };
        if page.is_empty() {
            return Err(bad(walk.position.next(), "the event is missing"));
        }
        let page: Vec<&SealedEvent> = page.iter().take_while(|e| e.header.position <= branch.head).collect();
        for (n, event) in page.iter().enumerate() {
            let after = match page.get(n + 1) {
                Some(next) => Some(next.header.prev),
                None if event.header.position == branch.head => Some(branch.head_leaf),
                // The page ends; its last event is read once more, with the one behind it.
                None if n > 0 => break,
                None => None,
            };
            walk.step(event, after)?;
        }
        progress(walk.position.0);
    }
    if walk.leaf.is_some_and(|leaf| leaf != branch.head_leaf) {
        let what = "the last event is not the one that the head names".to_owned();
        return Err(ReadError::Damaged { branch: branch.id, position: walk.position, what });
    }
    Ok(())
}
