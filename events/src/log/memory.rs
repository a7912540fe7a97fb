//! The store that lives and dies with the process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use super::store::{Row, StoreReader, StoreWriter, Stretch};
use super::{Appended, BoxError, Branch};
use crate::codec;
use crate::envelope::SealedEvent;
use crate::id::{BranchId, CommandId, EventId, Position, Version};
use crate::stream::StreamId;
use crate::time::Timestamp;

#[derive(Clone, Debug)]
struct Kept {
    row: Row,
    stream: StreamId,
    version: Version,
    recorded_at: Timestamp,
}

#[derive(Debug, Default)]
struct Tables {
    events: BTreeMap<(BranchId, Position), Kept>,
    by_stream: BTreeMap<(StreamId, BranchId, Version), Position>,
    by_id: HashMap<EventId, (BranchId, Position)>,
    outcomes: HashMap<CommandId, Appended>,
    branches: BTreeMap<BranchId, Branch>,
}

/// Both sides of the store.
#[derive(Clone, Debug)]
pub(super) struct MemoryStore {
    tables: Arc<RwLock<Tables>>,
    staged: Vec<SealedEvent>,
    staged_outcomes: Vec<(CommandId, Appended)>,
    staged_branches: Vec<Branch>,
}

impl MemoryStore {
    pub(super) fn new(trunk: Branch) -> Self {
        let tables = Tables { branches: BTreeMap::from([(trunk.id, trunk)]), ..Tables::default() };
        Self {
            tables: Arc::new(RwLock::new(tables)),
            staged: vec![],
            staged_outcomes: vec![],
            staged_branches: vec![],
        }
    }

    fn read<T>(&self, ask: impl FnOnce(&Tables) -> T) -> T {
        ask(&self.tables.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl StoreWriter for MemoryStore {
    async fn begin(&mut self) -> Result<Vec<Branch>, BoxError> {
        Ok(self.read(|t| t.branches.values().cloned().collect()))
    }

    async fn outcomes(&mut self, commands: &[CommandId]) -> Result<Vec<(CommandId, Appended)>, BoxError> {
        Ok(self.read(|t| commands.iter().filter_map(|c| t.outcomes.get(c).map(|o| (*c, *o))).collect()))
    }

    async fn version(&mut self, stretches: &[Stretch], stream: StreamId) -> Result<Version, BoxError> {
        Ok(self.read(|t| {
            let last = |s: &Stretch| {
                t.by_stream
                    .range((stream, s.branch, Version(0))..=(stream, s.branch, Version(u64::MAX)))
                    .rev()
                    .find(|(_, position)| s.after < **position && **position <= s.through)
                    .map(|((_, _, version), _)| *version)
            };
            stretches.iter().rev().find_map(last).unwrap_or_default()
        }))
    }

    async fn write(
        &mut self,
        events: &[SealedEvent],
        outcomes: &[(CommandId, Appended)],
        branches: &[Branch],
    ) -> Result<(), BoxError> {
        let taken = self.read(|t| events.iter().any(|e| t.by_id.contains_key(&e.header.event_id)));
        let mut ids: Vec<EventId> = events.iter().map(|e| e.header.event_id).collect();
        ids.sort_unstable();
        if taken || ids.windows(2).any(|w| w[0] == w[1]) {
            return Err("an event id is in use".into());
        }
        self.staged.extend_from_slice(events);
        self.staged_outcomes.extend_from_slice(outcomes);
        self.staged_branches.extend_from_slice(branches);
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), BoxError> {
        let mut t = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for event in self.staged.drain(..) {
            let h = &event.header;
            let place = (h.branch, h.position);
            t.by_stream.insert((h.stream, h.branch, h.version), h.position);
            t.by_id.insert(h.event_id, place);
            let row =
                Row { branch: h.branch, position: h.position, header: codec::encode_header(h), body: event.body };
            let kept = Kept { row, stream: h.stream, version: h.version, recorded_at: h.recorded_at };
            t.events.insert(place, kept);
        }
        t.outcomes.extend(self.staged_outcomes.drain(..));
        for branch in self.staged_branches.drain(..) {
            t.branches.insert(branch.id, branch);
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), BoxError> {
        self.staged.clear();
        self.staged_outcomes.clear();
        self.staged_branches.clear();
        Ok(())
    }

    fn is_disk_full(&self, _: &BoxError) -> bool {
        false
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[async_trait]
impl StoreReader for MemoryStore {
    async fn rows(&self, s: Stretch, limit: u32) -> Result<Vec<Row>, BoxError> {
        if s.after >= s.through {
            return Ok(vec![]);
        }
        Ok(self.read(|t| {
            t.events
                .range((s.branch, s.after.next())..=(s.branch, s.through))
                .take(limit as usize)
                .map(|(_, kept)| kept.row.clone())
                .collect()
        }))
    }

    async fn stream_rows(
        &self,
        s: Stretch,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Row>, BoxError> {
        Ok(self.read(|t| {
            t.by_stream
                .range((stream, s.branch, after.next())..=(stream, s.branch, Version(u64::MAX)))
                .filter(|(_, position)| s.after < **position && **position <= s.through)
                .filter_map(|(_, position)| t.events.get(&(s.branch, *position)))
                .filter(|kept| kept.stream == stream && kept.version > after)
                .take(limit as usize)
                .map(|kept| kept.row.clone())
                .collect()
        }))
    }

    async fn rows_at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Row>, BoxError> {
        let find = |t: &Tables| {
            positions.iter().filter_map(|p| t.events.get(&(branch, *p))).map(|k| k.row.clone()).collect()
        };
        Ok(self.read(find))
    }

    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, BoxError> {
        Ok(self.read(|t| t.by_id.get(&event).copied()))
    }

    async fn position_at(&self, s: Stretch, time: Timestamp) -> Result<Option<Position>, BoxError> {
        Ok(self.read(|t| {
            t.events
                .range((s.branch, s.after.next())..=(s.branch, s.through.max(s.after.next())))
                .take_while(|((_, position), kept)| *position <= s.through && kept.recorded_at <= time)
                .last()
                .map(|((_, position), _)| *position)
        }))
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Appended>, BoxError> {
        Ok(self.read(|t| t.outcomes.get(&command).copied()))
    }

    async fn branches(&self) -> Result<Vec<Branch>, BoxError> {
        Ok(self.read(|t| t.branches.values().cloned().collect()))
    }
}
