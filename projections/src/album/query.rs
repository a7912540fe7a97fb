//! What can be asked about an album. Every question names the person; another person's entries are not found.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use events::log::BoxError;
use events::payload::{AlbumEvent as E, Annotation, FactType, Keepsake, MemoryType, Role, Tone};
use events::{ConversationId, Event, MemoryId, MessageId, PersonId, Position, Recorded, Timestamp};

use super::{AlbumModel, ENTRY, EntryRow, FAVOUR, FavourRow, Here, Marks, REMOVED, VISIT, VisitRow, WORDS, WordsRow};
use crate::basis::Basis;
use crate::conversations::Conversations;
use crate::error::ReadSideError;
use crate::sql::{Model, SqlStore};
use crate::store::{Ports, Slot};
use crate::versions::{Scan, SeenRow, View};

/// Why what was kept is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Its content was erased.
    Erased,
    /// Nothing of it is on this line of history.
    Missing,
}

/// What was kept, as it stood then.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The words; for a conversation its title.
    pub text: Option<String>,
    /// Which side spoke, for a message or a part of one.
    pub role: Option<Role>,
    /// The speaker's name, for imports.
    pub speaker: Option<String>,
    /// When it was said; for a conversation, when it began.
    pub said_at: Option<Timestamp>,
    /// Whether the words were changed since.
    pub edited: bool,
    /// For a conversation: how many messages it had.
    pub messages: Option<u64>,
    /// Why there are no words, when there are none.
    pub gone: Option<Gone>,
}

/// One entry at a basis.
#[derive(Clone, Debug, PartialEq)]
pub struct AlbumEntry {
    /// Its id.
    pub id: MemoryId,
    /// What it points at.
    pub of: Keepsake,
    /// What the person says about it; `None` when erased.
    pub annotation: Option<Annotation>,
    /// Whether it is a favourite.
    pub favourite: bool,
    /// How it felt.
    pub tone: Option<Tone>,
    /// How often the person came back to it.
    pub revisits: u64,
    /// When that was last.
    pub last_revisited: Option<Timestamp>,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// The event that kept it.
    pub position: Position,
    /// The event that holds its newest words.
    pub words_position: Position,
    /// What was kept.
    pub content: Content,
}

/// The kinds of things that can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A message.
    Message,
    /// Part of one.
    Excerpt,
    /// A conversation.
    Conversation,
}

/// Which entries. What is `None` or false lets all through.
#[derive(Clone, Debug, Default)]
pub struct AlbumFilter {
    /// Only of this meaning.
    pub memory_type: Option<MemoryType>,
    /// Only about this.
    pub fact_type: Option<FactType>,
    /// Only under this heading, in any case of letters.
    pub category: Option<String>,
    /// Only with this tag, in any case of letters.
    pub tag: Option<String>,
    /// Only favourites.
    pub favourites: bool,
    /// Only from this conversation.
    pub conversation: Option<ConversationId>,
    /// Only of this kind.
    pub what: Option<What>,
    /// So many are left out at the beginning.
    pub offset: usize,
    /// The most entries.
    pub limit: usize,
}

/// Entries of an album, the one kept last first.
#[derive(Clone, Debug, PartialEq)]
pub struct AlbumPage {
    /// A stretch of them.
    pub entries: Vec<AlbumEntry>,
    /// How many there are in all that the filter lets through.
    pub total: usize,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct Album {
    pub(crate) slot: Arc<Slot<SqlStore<AlbumModel>>>,
    pub(crate) ports: Ports,
    pub(crate) conversations: Conversations,
}

fn store(source: BoxError) -> ReadSideError {
    ReadSideError::Store { name: AlbumModel::NAME, source }
}

/// An entry without words.
struct Bare {
    id: MemoryId,
    position: Position,
    row: EntryRow,
    words: Position,
    memory_type: MemoryType,
    favourite: bool,
    visits: Option<(u64, Timestamp)>,
}

/// All that is in a person's album, the one kept last first.
fn bare(view: &View<'_>, person: &[u8]) -> Result<Vec<Bare>, BoxError> {
    let removed: Vec<SeenRow<Here>> = view.scan(&Scan::all(REMOVED, person))?;
    let removed: HashSet<Vec<u8>> = removed.into_iter().map(|row| row.key).collect();
    let words: Vec<SeenRow<WordsRow>> = view.scan(&Scan::all(WORDS, person))?;
    let words: HashMap<Vec<u8>, (Position, MemoryType)> =
        words.into_iter().map(|row| (row.key, (row.position, row.value.memory_type))).collect();
    let favours: Vec<SeenRow<FavourRow>> = view.scan(&Scan::all(FAVOUR, person))?;
    let favours: HashMap<Vec<u8>, bool> = favours.into_iter().map(|row| (row.key, row.value.favourite)).collect();
    let mut visits: HashMap<Vec<u8>, (u64, Timestamp)> = HashMap::new();
    for visit in view.scan::<VisitRow>(&Scan::all(VISIT, person))? {
        let memory = visit.key.get(..16).unwrap_or_default().to_vec();
        let (count, last) = visits.entry(memory).or_insert((0, visit.value.at));
        (*count, *last) = (*count + 1, visit.value.at.max(*last));
    }
    let entries: Vec<SeenRow<EntryRow>> = view.scan(&Scan::newest(ENTRY, person, u32::MAX))?;
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().filter(|e| !removed.contains(&e.key)) {
        let words = words.get(&entry.key).copied();
        all.push(Bare {
            id: MemoryId(uuid::Uuid::from_slice(&entry.key)?),
            position: entry.position,
            words: words.map_or(entry.position, |w| w.0),
            memory_type: words.map(|w| w.1).unwrap_or_default(),
            favourite: favours.get(&entry.key).copied().unwrap_or_default(),
            visits: visits.get(&entry.key).copied(),
            row: entry.value,
        });
    }
    Ok(all)
}

impl AlbumFilter {
    fn takes(&self, of: &Keepsake, favourite: bool, memory_type: MemoryType) -> bool {
        let what = match of {
            Keepsake::Message { .. } => What::Message,
            Keepsake::Excerpt { .. } => What::Excerpt,
            Keepsake::Conversation { .. } => What::Conversation,
        };
        self.memory_type.is_none_or(|t| t == memory_type)
            && self.what.is_none_or(|w| w == what)
            && self.conversation.is_none_or(|c| c == of.conversation())
            && (!self.favourites || favourite)
    }

    fn takes_words(&self, annotation: Option<&Annotation>) -> bool {
        let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
        let category = annotation.and_then(|a| a.category.as_deref()).unwrap_or_default();
        let tags = annotation.map_or(&[][..], |a| &a.tags);
        self.fact_type.is_none_or(|t| annotation.and_then(|a| a.fact_type) == Some(t))
            && self.category.as_deref().is_none_or(|wanted| same(wanted, category))
            && self.tag.as_deref().is_none_or(|wanted| tags.iter().any(|t| same(t, wanted.trim_start_matches('#'))))
    }
}

fn annotation_of(event: &Recorded) -> Result<Option<Annotation>, ReadSideError> {
    let payload = event.event().map_err(|e| ReadSideError::decode(AlbumModel::NAME, event, e))?;
    Ok(match payload {
        Some(Event::Album(E::MemoryKept { annotation, .. } | E::MemoryAnnotated { annotation, .. })) => {
            Some(annotation)
        }
        _ => None,
    })
}

impl Album {
    async fn all(&self, basis: &Basis, person: PersonId) -> Result<Vec<Bare>, ReadSideError> {
        let ask = move |view: &View<'_>| bare(view, person.as_bytes());
        self.slot.at(basis)?.rows.study(basis, ask).await.map_err(store)
    }

    /// Entries of a person's album, the one kept last first.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn list(
        &self,
        basis: &Basis,
        person: PersonId,
        filter: &AlbumFilter,
    ) -> Result<AlbumPage, ReadSideError> {
        let mut all = self.all(basis, person).await?;
        all.retain(|b| filter.takes(&b.row.of, b.favourite, b.memory_type));
        let places: Vec<Position> = all.iter().map(|b| b.words).collect();
        let mut words = HashMap::new();
        for event in self.ports.log.at(basis.branch, &places).await? {
            words.insert(event.position(), annotation_of(&event)?);
        }
        let mut found: Vec<(Bare, Option<Annotation>)> =
            all.into_iter().map(|b| (words.get(&b.words).cloned().flatten(), b)).map(|(a, b)| (b, a)).collect();
        found.retain(|(_, annotation)| filter.takes_words(annotation.as_ref()));
        let total = found.len();
        let mut entries = Vec::new();
        for (bare, annotation) in found.into_iter().skip(filter.offset).take(filter.limit) {
            entries.push(self.filled(basis, person, bare, annotation).await?);
        }
        Ok(AlbumPage { entries, total })
    }

    /// One entry.
    ///
    /// # Errors
    /// When it is not in the album at the basis, or is another person's.
    pub async fn get(&self, basis: &Basis, person: PersonId, memory: MemoryId) -> Result<AlbumEntry, ReadSideError> {
        let missing = || ReadSideError::NoMemory(memory.to_string());
        let found = self.all(basis, person).await?.into_iter().find(|b| b.id == memory).ok_or_else(missing)?;
        let events = self.ports.log.at(basis.branch, &[found.words]).await?;
        let annotation = events.first().map(annotation_of).transpose()?.flatten();
        self.filled(basis, person, found, annotation).await
    }

    /// Entries that point at a message, or at a part of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of_message(
        &self,
        basis: &Basis,
        person: PersonId,
        message: MessageId,
    ) -> Result<Vec<MemoryId>, ReadSideError> {
        let all = self.all(basis, person).await?;
        Ok(all.into_iter().filter(|b| b.row.of.message() == Some(message)).map(|b| b.id).collect())
    }

    /// What is kept, for [`super::lift`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn marks(&self, basis: &Basis, person: PersonId) -> Result<Marks, ReadSideError> {
        let mut marks = Marks::default();
        for bare in self.all(basis, person).await? {
            let mark = match bare.row.of {
                Keepsake::Message { message, .. } | Keepsake::Excerpt { message, .. } => {
                    marks.messages.entry(message).or_default()
                }
                Keepsake::Conversation { conversation } => marks.conversations.entry(conversation).or_default(),
            };
            *mark |= bare.favourite;
        }
        Ok(marks)
    }

    async fn filled(
        &self,
        basis: &Basis,
        person: PersonId,
        bare: Bare,
        annotation: Option<Annotation>,
    ) -> Result<AlbumEntry, ReadSideError> {
        let content = match bare.row.of {
            Keepsake::Conversation { conversation } => self.whole(basis, person, conversation, bare.position).await?,
            Keepsake::Message { message, .. } => self.said(basis, person, message, bare.position, None).await?,
            Keepsake::Excerpt { message, from, to, .. } => {
                self.said(basis, person, message, bare.position, Some((from, to))).await?
            }
        };
        Ok(AlbumEntry {
            id: bare.id,
            of: bare.row.of,
            annotation,
            favourite: bare.favourite,
            tone: bare.row.tone,
            revisits: bare.visits.map_or(0, |v| v.0),
            last_revisited: bare.visits.map(|v| v.1),
            kept_at: bare.row.kept_at,
            position: bare.position,
            words_position: bare.words,
            content,
        })
    }

    async fn said(
        &self,
        basis: &Basis,
        person: PersonId,
        message: MessageId,
        kept: Position,
        part: Option<(u32, u32)>,
    ) -> Result<Content, ReadSideError> {
        let then = self.conversations.said(&basis.cut(kept), person, message).await?;
        let now = self.conversations.said(basis, person, message).await?;
        let (Some(then), Some(now)) = (then, now) else { return Ok(Content::gone(Gone::Missing)) };
        let cut = |text: String| match part {
            None => text,
            Some((from, to)) => text.chars().skip(from as usize).take(to.saturating_sub(from) as usize).collect(),
        };
        Ok(Content {
            gone: then.text.is_none().then_some(Gone::Erased),
            text: then.text.map(cut),
            role: Some(then.role),
            speaker: then.speaker,
            said_at: Some(then.occurred_at),
            edited: then.text_position != now.text_position,
            messages: None,
        })
    }

    async fn whole(
        &self,
        basis: &Basis,
        person: PersonId,
        conversation: ConversationId,
        kept: Position,
    ) -> Result<Content, ReadSideError> {
        match self.conversations.get(&basis.cut(kept), person, conversation).await {
            Ok(found) => Ok(Content {
                gone: found.title.is_none().then_some(Gone::Erased),
                text: found.title,
                role: None,
                speaker: None,
                said_at: Some(found.started_at),
                edited: false,
                messages: Some(found.messages),
            }),
            Err(ReadSideError::NoConversation(_)) => Ok(Content::gone(Gone::Missing)),
            Err(other) => Err(other),
        }
    }
}

impl Content {
    fn gone(why: Gone) -> Self {
        Self { text: None, role: None, speaker: None, said_at: None, edited: false, messages: None, gone: Some(why) }
    }
}
