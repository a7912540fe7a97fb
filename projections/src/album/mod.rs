//! The memory album: what a person kept, with notes, tags, favourites and visits.
//!
//! Rows hold what an entry points at and where its words stand. What was said is read where it was said, as it stood when
//! it was kept; so an entry whose message is gone shows that it is gone, and keeps the person's own note.

mod lift;
mod query;

use events::log::BoxError;
use events::payload::{AlbumEvent as E, Keepsake, MemoryType, Tone};
use events::{Event, MemoryId, Position, Recorded, Timestamp};
use serde::{Deserialize, Serialize};

pub use lift::{FAVOURITE, KEPT, Marks, lift};
pub use query::{Album, AlbumEntry, AlbumFilter, AlbumPage, Content, Gone, What};

use crate::sql::Model;
use crate::versions::{Kind, NewRow};

const ENTRY: Kind = 1;
/// Where the newest words of an entry stand.
const WORDS: Kind = 2;
const FAVOUR: Kind = 3;
const VISIT: Kind = 4;
const REMOVED: Kind = 5;

#[derive(Serialize, Deserialize)]
struct EntryRow {
    of: Keepsake,
    kept_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tone: Option<Tone>,
}

#[derive(Serialize, Deserialize)]
struct WordsRow {
    memory_type: MemoryType,
}

#[derive(Serialize, Deserialize)]
struct FavourRow {
    favourite: bool,
}

#[derive(Serialize, Deserialize)]
struct VisitRow {
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Here {}

fn visit_key(memory: &MemoryId, at: Position) -> Vec<u8> {
    [&memory.as_bytes()[..], &at.0.to_be_bytes()].concat()
}

/// The model.
#[derive(Default)]
pub(crate) struct AlbumModel;

impl Model for AlbumModel {
    const NAME: &'static str = "album";
    const VERSION: u32 = 1;

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let Event::Album(payload) = payload else { return Ok(()) };
        let at = event.position();
        let when = event.header.occurred_at;
        // All rows stand under their person, so that an album is read in a few scans however large it is.
        let person = event.header.subject.as_bytes();
        match payload {
            E::MemoryKept { memory, of, annotation, favourite, tone } => {
                let key = memory.as_bytes();
                let row = EntryRow { of: *of, kept_at: when, tone: tone.clone() };
                rows.push(NewRow::new(ENTRY, key, at, person, &row)?);
                let words = WordsRow { memory_type: annotation.memory_type };
                rows.push(NewRow::new(WORDS, key, at, person, &words)?);
                rows.push(NewRow::new(FAVOUR, key, at, person, &FavourRow { favourite: *favourite })?);
            }
            E::MemoryAnnotated { memory, annotation } => {
                let words = WordsRow { memory_type: annotation.memory_type };
                rows.push(NewRow::new(WORDS, memory.as_bytes(), at, person, &words)?);
            }
            E::MemoryFavoured { memory, favourite } => {
                let row = FavourRow { favourite: *favourite };
                rows.push(NewRow::new(FAVOUR, memory.as_bytes(), at, person, &row)?);
            }
            E::MemoryRevisited { memory } => {
                let (key, row) = (visit_key(memory, at), VisitRow { at: when });
                rows.push(NewRow::new(VISIT, key, at, person, &row)?);
            }
            E::MemoryRemoved { memory } => {
                rows.push(NewRow::new(REMOVED, memory.as_bytes(), at, person, &Here {})?);
            }
        }
        Ok(())
    }
}
