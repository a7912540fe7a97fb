//! What a decision about an album needs to know.

use std::collections::HashMap;

use events::MemoryId;
use events::payload::{AlbumEvent as E, Annotation, Keepsake};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was kept.
    pub of: Keepsake,
    /// What the person says about it now.
    pub annotation: Annotation,
    /// Whether it is a favourite.
    pub favourite: bool,
}

/// The state of one album.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What is in it; `None` for what was taken out, whose id is not given again.
    pub(super) entries: HashMap<MemoryId, Option<Entry>>,
    pub(super) kept: HashMap<Keepsake, MemoryId>,
}

impl State {
    /// An entry that is in the album.
    pub fn entry(&self, memory: MemoryId) -> Option<&Entry> {
        self.entries.get(&memory)?.as_ref()
    }

    pub(super) fn evolve(mut self, event: &E) -> Self {
        match event {
            E::MemoryKept { memory, of, annotation, favourite, .. } => {
                let entry = Entry { of: *of, annotation: annotation.clone(), favourite: *favourite };
                self.entries.insert(*memory, Some(entry));
                self.kept.insert(*of, *memory);
            }
            E::MemoryAnnotated { memory, annotation } => {
                if let Some(Some(entry)) = self.entries.get_mut(memory) {
                    entry.annotation = annotation.clone();
                }
            }
            E::MemoryFavoured { memory, favourite } => {
                if let Some(Some(entry)) = self.entries.get_mut(memory) {
                    entry.favourite = *favourite;
                }
            }
            E::MemoryRevisited { .. } => {}
            E::MemoryRemoved { memory } => {
                if let Some(Some(entry)) = self.entries.insert(*memory, None) {
                    self.kept.remove(&entry.of);
                }
            }
        }
        self
    }
}
