//! The decisions of an album.

use events::MemoryId;
use events::payload::{AlbumEvent as E, Annotation, Keepsake};

use super::state::{Entry, State};
use super::{Change, Command, MAX_NOTE_CHARS, MAX_TAG_CHARS, MAX_TAGS, Rejection};

pub(super) fn decide(state: &State, command: Command) -> Result<Vec<E>, Rejection> {
    match command {
        Command::Keep { memory, of, annotation, favourite, tone } => {
            if state.entries.contains_key(&memory) {
                return Err(Rejection::DuplicateMemory(memory));
            }
            if let Some(there) = state.kept.get(&of) {
                return Err(Rejection::AlreadyKept(*there));
            }
            if matches!(of, Keepsake::Excerpt { from, to, .. } if from >= to) {
                return Err(Rejection::EmptyExcerpt);
            }
            let annotation = cleaned(annotation)?;
            Ok(vec![E::MemoryKept { memory, of, annotation, favourite, tone }])
        }
        Command::Annotate { memory, change } => {
            let entry = known(state, memory)?;
            let annotation = cleaned(changed(entry.annotation.clone(), change))?;
            Ok(if annotation == entry.annotation { vec![] } else { vec![E::MemoryAnnotated { memory, annotation }] })
        }
        Command::Favour { memory, favourite } => {
            let same = known(state, memory)?.favourite == favourite;
            Ok(if same { vec![] } else { vec![E::MemoryFavoured { memory, favourite }] })
        }
        Command::Revisit { memory } => {
            known(state, memory)?;
            Ok(vec![E::MemoryRevisited { memory }])
        }
        Command::Remove { memory } => {
            known(state, memory)?;
            Ok(vec![E::MemoryRemoved { memory }])
        }
    }
}

fn known(state: &State, memory: MemoryId) -> Result<&Entry, Rejection> {
    state.entry(memory).ok_or(Rejection::NoMemory(memory))
}

fn changed(before: Annotation, change: Change) -> Annotation {
    Annotation {
        memory_type: change.memory_type.unwrap_or(before.memory_type),
        fact_type: change.fact_type.or(before.fact_type),
        category: change.category.or(before.category),
        note: change.note.or(before.note),
        tags: change.tags.unwrap_or(before.tags),
    }
}

/// Without space around texts, without empty texts, each tag once.
fn cleaned(annotation: Annotation) -> Result<Annotation, Rejection> {
    let trimmed = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let (category, note) = (trimmed(annotation.category), trimmed(annotation.note));
    let too_long = |text: &str, limit: usize| Some(text.chars().count()).filter(|n| *n > limit);
    if let Some(n) = category.as_deref().and_then(|c| too_long(c, MAX_TAG_CHARS)) {
        return Err(Rejection::LongCategory(n));
    }
    if let Some(n) = note.as_deref().and_then(|n| too_long(n, MAX_NOTE_CHARS)) {
        return Err(Rejection::LongNote(n));
    }
    let mut tags: Vec<String> = Vec::new();
    for tag in annotation.tags {
        let tag = tag.trim().trim_start_matches('#').to_owned();
        if let Some(n) = too_long(&tag, MAX_TAG_CHARS) {
            return Err(Rejection::LongTag(n));
        }
        let there = tags.iter().any(|t| t.to_lowercase() == tag.to_lowercase());
        if !tag.is_empty() && !there {
            tags.push(tag);
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(Rejection::ManyTags(tags.len()));
    }
    Ok(Annotation { category, note, tags, ..annotation })
}
