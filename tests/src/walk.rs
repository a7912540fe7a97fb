//! Walks a log from its first event and believes nothing that it says about itself.

use std::collections::HashMap;

use events::codec::{encode_header, leaf_hash, sha256};
use events::envelope::Digest;
use events::payload::{ConversationEvent, Event};
use events::{BranchId, CommandId, EventLog, Position, StreamId};

/// An append that was acknowledged: its command, first position and number of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The command.
    pub command: CommandId,
    /// Position of its first event.
    pub first: Position,
    /// How many events.
    pub count: u32,
}

/// How far the trunk was walked, and what was seen on the way.
#[derive(Debug, Default)]
pub struct Walk {
    at: Position,
    leaf: Digest,
    versions: HashMap<StreamId, u64>,
    commands: HashMap<CommandId, (Position, u32)>,
}

/// How many events are read at once.
const PAGE: u32 = 4_096;

impl Walk {
    /// The last position seen.
    pub fn position(&self) -> Position {
        self.at
    }

    /// Walks on to the head: positions without gaps, versions without gaps in every stream, each event chained to the
    /// one before, each body as its header says, and all events of a command next to each other.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub async fn advance(&mut self, log: &dyn EventLog) -> Result<(), String> {
        loop {
            let page =
                log.read_sealed(BranchId::MAIN, self.at, PAGE).await.map_err(|e| format!("cannot read: {e:?}"))?;
            for event in &page {
                let header = &event.header;
                let here = header.position;
                let wrong = |what: String| format!("position {here}: {what}");
                if here != self.at.next() {
                    return Err(wrong(format!("comes after {}", self.at)));
                }
                if header.prev != self.leaf {
                    return Err(wrong("is not chained to the event before".into()));
                }
                if header.body_digest != sha256(&event.body) || header.body_len as usize != event.body.len() {
                    return Err(wrong("its body is not the one that its header names".into()));
                }
                let version = self.versions.entry(header.stream).or_default();
                if header.version.0 != *version + 1 {
                    return Err(wrong(format!(
                        "version {} of {} comes after {version}",
                        header.version, header.stream
                    )));
                }
                *version += 1;
                let (first, count) = self.commands.entry(header.command_id).or_insert((here, 0));
                if first.0 + u64::from(*count) != here.0 {
                    return Err(wrong("its command was interrupted by another".into()));
                }
                *count += 1;
                self.leaf = leaf_hash(&encode_header(header));
                self.at = here;
            }
            if page.is_empty() {
                return Ok(());
            }
        }
    }

    /// Looks for acknowledged appends among what was walked over.
    ///
    /// # Errors
    /// Names the first that is missing or elsewhere than acknowledged.
    pub fn expect(&self, acknowledged: &[Acknowledged]) -> Result<(), String> {
        for ack in acknowledged {
            match self.commands.get(&ack.command) {
                Some(found) if *found == (ack.first, ack.count) => {}
                Some((first, count)) => {
                    return Err(format!("{ack:?} was acknowledged, found at {first} with {count} events"));
                }
                None => return Err(format!("{ack:?} was acknowledged and is lost; the head is {}", self.at)),
            }
        }
        Ok(())
    }
}

/// Opens the last events of the trunk and reads in each the name of its own command.
///
/// # Errors
/// Says which one does not open or says something else.
pub async fn expect_readable(log: &dyn EventLog, last: Position, how_many: u32) -> Result<(), String> {
    let after = Position(last.0.saturating_sub(u64::from(how_many)));
    let read = log.read(BranchId::MAIN, after, how_many).await.map_err(|e| format!("cannot read: {e:?}"))?;
    for recorded in read {
        let here = recorded.position();
        match recorded.event() {
            Ok(Some(Event::Conversation(ConversationEvent::MessageReceived { text, .. }))) => {
                if !text.starts_with(&recorded.header.command_id.to_string()) {
                    return Err(format!("position {here} says what another command wrote"));
                }
            }
            other => return Err(format!("position {here} does not open as it was written: {other:?}")),
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use events::log::Log;
    use events::{SystemClock, SystemEntropy};

    use super::*;
    use crate::keys::DerivedKeys;
    use crate::writer::Writer;

    #[tokio::test]
    async fn a_lost_a_moved_and_a_kept_acknowledgement_are_told_apart() {
        let log = Log::memory(Arc::new(DerivedKeys), Arc::new(SystemClock), Arc::new(SystemEntropy));
        let mut writer = Writer::new(1, 100);
        let append = writer.compose();
        let command = append.command_id;
        let done = log.append(append).await.unwrap();
        let kept = Acknowledged { command, first: done.first, count: done.count };
        let mut walk = Walk::default();
        walk.advance(&log).await.unwrap();
        assert_eq!(walk.position(), done.last());
        walk.expect(&[kept]).unwrap();
        assert!(walk.expect(&[Acknowledged { first: done.first.next(), ..kept }]).is_err());
        assert!(walk.expect(&[Acknowledged { count: done.count + 1, ..kept }]).is_err());
        let lost = writer.compose().command_id;
        assert!(walk.expect(&[kept, Acknowledged { command: lost, ..kept }]).unwrap_err().contains("is lost"));
        expect_readable(&log, walk.position(), 10).await.unwrap();
    }

    #[tokio::test]
    async fn a_walk_that_skips_an_event_is_noticed() {
        let log = Log::memory(Arc::new(DerivedKeys), Arc::new(SystemClock), Arc::new(SystemEntropy));
        let mut writer = Writer::new(2, 100);
        for _ in 0..3 {
            log.append(writer.compose()).await.unwrap();
        }
        // A walk that believes to be further than it is sees a chain that does not fit.
        let mut walk = Walk { at: Position(1), ..Walk::default() };
        assert!(walk.advance(&log).await.unwrap_err().contains("is not chained"));
    }
}
