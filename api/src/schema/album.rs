//! The memory album.

use ::events::payload::{self, Annotation, Keepsake};
use ::events::{Code, ConversationId, MemoryId, MessageId};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::album::{Change, Command};
use projections::album as model;

use super::mutation::{Done, branch_id, command, own_meta};
use super::scalars::{Basis, Position};
use super::talk::Role;
use super::{Result, app, id, refuse};
use crate::app::{AppError, Keep, Wanted};

/// What was kept.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::What")]
pub enum AlbumContent {
    Message,
    Excerpt,
    Conversation,
}

/// What an entry means to the person.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "payload::MemoryType")]
pub enum MemoryType {
    Fact,
    Insight,
    Moment,
    Milestone,
    Wisdom,
}

/// What a kept fact is about.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "payload::FactType")]
pub enum FactType {
    Identity,
    Preference,
    Relationship,
    Temporal,
}

/// How it felt.
#[derive(SimpleObject)]
pub struct Tone {
    /// The strongest emotion, `neutral` when none was found.
    label: String,
    /// From -1 (unpleasant) to 1 (pleasant).
    valence: f64,
    /// From 0 (calm) to 1 (excited).
    arousal: f64,
    /// What perceived it.
    by: String,
}

/// One entry of the album.
#[derive(SimpleObject)]
pub struct AlbumEntry {
    id: ID,
    content: AlbumContent,
    conversation: ID,
    /// The message, when one or a part of one was kept.
    message: Option<ID>,
    /// For an excerpt: its first character.
    from_char: Option<u32>,
    /// For an excerpt: the character after its last.
    to_char: Option<u32>,
    /// The words as they stood when they were kept; for a conversation its title. Null when they are gone.
    text: Option<String>,
    /// Why there are no words: `erased`, or `missing` when the message is no longer there.
    gone: Option<String>,
    /// Which side spoke.
    role: Option<Role>,
    speaker: Option<String>,
    /// When it was said; for a conversation, when it began.
    said_at: Option<String>,
    /// Whether the words were changed since.
    edited: bool,
    /// For a conversation: how many messages it had.
    messages: Option<u64>,
    /// Null when erased, as are the next four.
    memory_type: Option<MemoryType>,
    fact_type: Option<FactType>,
    category: Option<String>,
    note: Option<String>,
    tags: Vec<String>,
    favourite: bool,
    tone: Option<Tone>,
    /// How often it was come back to.
    revisits: u64,
    last_revisited: Option<String>,
    kept_at: String,
    /// The event that kept it.
    position: Position,
}

fn gid(id: impl std::fmt::Display) -> ID {
    id.to_string().into()
}

impl From<model::AlbumEntry> for AlbumEntry {
    fn from(entry: model::AlbumEntry) -> Self {
        let (content, from, to) = match entry.of {
            Keepsake::Message { .. } => (AlbumContent::Message, None, None),
            Keepsake::Excerpt { from, to, .. } => (AlbumContent::Excerpt, Some(from), Some(to)),
            Keepsake::Conversation { .. } => (AlbumContent::Conversation, None, None),
        };
        let annotation = entry.annotation.as_ref();
        let tone = |tone: payload::Tone| Tone {
            label: tone.label,
            valence: tone.valence,
            arousal: tone.arousal,
            by: format!("{} {}", tone.by.name, tone.by.version),
        };
        Self {
            id: gid(entry.id),
            content,
            conversation: gid(entry.of.conversation()),
            message: entry.of.message().map(gid),
            from_char: from,
            to_char: to,
            text: entry.content.text,
            gone: entry.content.gone.map(|gone| match gone {
                model::Gone::Erased => "erased".to_owned(),
                model::Gone::Missing => "missing".to_owned(),
            }),
            role: entry.content.role.map(Into::into),
            speaker: entry.content.speaker,
            said_at: entry.content.said_at.map(|t| t.to_string()),
            edited: entry.content.edited,
            messages: entry.content.messages,
            memory_type: annotation.map(|a| a.memory_type.into()),
            fact_type: annotation.and_then(|a| a.fact_type).map(Into::into),
            category: annotation.and_then(|a| a.category.clone()),
            note: annotation.and_then(|a| a.note.clone()),
            tags: annotation.map(|a| a.tags.clone()).unwrap_or_default(),
            favourite: entry.favourite,
            tone: entry.tone.map(tone),
            revisits: entry.revisits,
            last_revisited: entry.last_revisited.map(|t| t.to_string()),
            kept_at: entry.kept_at.to_string(),
            position: entry.position.into(),
        }
    }
}

/// Which entries; what is left out lets all through.
#[derive(InputObject, Default)]
pub struct AlbumFilter {
    memory_type: Option<MemoryType>,
    fact_type: Option<FactType>,
    category: Option<String>,
    tag: Option<String>,
    favourites: Option<bool>,
    conversation: Option<ID>,
    content: Option<AlbumContent>,
}

/// Entries of the album at a basis.
#[derive(SimpleObject)]
pub struct AlbumPage {
    basis: Basis,
    /// The one kept last first.
    items: Vec<AlbumEntry>,
    /// How many there are in all that the filter lets through.
    total: u64,
}

/// One entry of the album at a basis.
#[derive(SimpleObject)]
pub struct AlbumEntryView {
    basis: Basis,
    entry: AlbumEntry,
}

/// The most entries of one page.
const MAX_PAGE: i32 = 200;

/// Questions about the album.
#[derive(Default)]
pub struct AlbumQuestions;

#[Object]
impl AlbumQuestions {
    /// What was kept, the entry kept last first.
    #[graphql(complexity = "first.unwrap_or(50).clamp(0, 200) as usize + child_complexity")]
    async fn album(
        &self,
        context: &Context<'_>,
        filter: Option<AlbumFilter>,
        first: Option<i32>,
        offset: Option<i32>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<AlbumPage> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let filter = filter.unwrap_or_default();
        let conversation: Option<ConversationId> =
            filter.conversation.map(|c| id(&c, "conversation", Code::NoSuchConversation)).transpose()?;
        let filter = model::AlbumFilter {
            memory_type: filter.memory_type.map(Into::into),
            fact_type: filter.fact_type.map(Into::into),
            category: filter.category,
            tag: filter.tag,
            favourites: filter.favourites.unwrap_or(false),
            conversation,
            what: filter.content.map(Into::into),
            offset: usize::try_from(offset.unwrap_or(0)).unwrap_or(0),
            limit: usize::try_from(first.unwrap_or(50).min(MAX_PAGE)).unwrap_or(0),
        };
        let found = app.read.album().list(&basis, app.owner, &filter).await.map_err(refuse)?;
        let items = found.entries.into_iter().map(Into::into).collect();
        Ok(AlbumPage { basis: (&basis).into(), items, total: found.total as u64 })
    }

    /// One entry of the album.
    async fn album_entry(
        &self,
        context: &Context<'_>,
        #[graphql(name = "id")] wanted: ID,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<AlbumEntryView> {
        let app = app(context)?;
        let wanted = memory(&wanted)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.read.album().get(&basis, app.owner, wanted).await.map_err(refuse)?;
        Ok(AlbumEntryView { basis: (&basis).into(), entry: found.into() })
    }
}

fn memory(text: &ID) -> Result<MemoryId> {
    id(text, "memory", Code::NoSuchMemory)
}

/// What is to be kept: one of a message and a conversation.
#[derive(InputObject)]
pub struct KeepInput {
    /// A message, or with `fromChar` and `toChar`, or with `quote`, a part of it.
    message: Option<ID>,
    conversation: Option<ID>,
    /// The first character of an excerpt.
    from_char: Option<u32>,
    /// The character after the last of an excerpt.
    to_char: Option<u32>,
    /// An excerpt in its own words.
    quote: Option<String>,
    memory_type: Option<MemoryType>,
    fact_type: Option<FactType>,
    category: Option<String>,
    note: Option<String>,
    tags: Option<Vec<String>>,
    favourite: Option<bool>,
}

impl KeepInput {
    fn wanted(&self) -> Result<Wanted> {
        let part = self.from_char.zip(self.to_char);
        let bad = |what: &str| Err(refuse(AppError::new(Code::BadRequest, what)));
        match (&self.message, &self.conversation, &self.quote) {
            (Some(_), _, _) if part.is_none() && (self.from_char.is_some() || self.to_char.is_some()) => {
                bad("an excerpt needs both its first character and the one after its last")
            }
            (Some(message), None, quote) => {
                let message: MessageId = id(message, "message", Code::NoSuchMessage)?;
                match (quote, part) {
                    (Some(_), Some(_)) => bad("an excerpt is either quoted or given by its characters"),
                    (Some(quote), None) => Ok(Wanted::Quote(message, quote.clone())),
                    (None, part) => Ok(Wanted::Message(message, part)),
                }
            }
            (None, Some(conversation), None) if part.is_none() => {
                Ok(Wanted::Conversation(id(conversation, "conversation", Code::NoSuchConversation)?))
            }
            _ => bad("name one thing to keep: a message, a part of one, or a conversation"),
        }
    }
}

/// What is to be said differently about an entry. What is left out stays; an empty text takes a category or a note away.
#[derive(InputObject)]
pub struct AnnotationInput {
    memory_type: Option<MemoryType>,
    fact_type: Option<FactType>,
    category: Option<String>,
    note: Option<String>,
    /// All tags of the entry.
    tags: Option<Vec<String>>,
}

/// Something that was kept.
#[derive(SimpleObject)]
pub struct Kept {
    /// The new entry.
    memory: ID,
    position: Position,
    /// Whether the same command was taken before.
    repeated: bool,
}

/// Commands about the album.
#[derive(Default)]
pub struct AlbumCommands;

#[Object]
impl AlbumCommands {
    /// Keeps a message, a part of one, or a conversation in the album.
    async fn remember(
        &self,
        context: &Context<'_>,
        command_id: ID,
        keep: KeepInput,
        branch: Option<String>,
    ) -> Result<Kept> {
        let app = app(context)?;
        let meta = own_meta(app, command(&command_id)?);
        let wanted = keep.wanted()?;
        let annotation = Annotation {
            memory_type: keep.memory_type.map(Into::into).unwrap_or_default(),
            fact_type: keep.fact_type.map(Into::into),
            category: keep.category,
            note: keep.note,
            tags: keep.tags.unwrap_or_default(),
        };
        let keep = Keep { wanted, annotation, favourite: keep.favourite.unwrap_or(false) };
        let (memory, done) = app.keep(branch.as_deref(), &meta, keep).await.map_err(refuse)?;
        Ok(Kept { memory: gid(memory), position: done.last().into(), repeated: done.repeated })
    }

    /// Says something else about an entry of the album.
    async fn annotate_memory(
        &self,
        context: &Context<'_>,
        command_id: ID,
        #[graphql(name = "memory")] wanted: ID,
        annotation: AnnotationInput,
        branch: Option<String>,
    ) -> Result<Done> {
        let change = Change {
            memory_type: annotation.memory_type.map(Into::into),
            fact_type: annotation.fact_type.map(Into::into),
            category: annotation.category,
            note: annotation.note,
            tags: annotation.tags,
        };
        let command = |memory| Command::Annotate { memory, change };
        act(context, &command_id, &wanted, branch.as_deref(), command).await
    }

    /// Makes an entry of the album a favourite, or makes it none.
    async fn favour_memory(
        &self,
        context: &Context<'_>,
        command_id: ID,
        #[graphql(name = "memory")] wanted: ID,
        favourite: bool,
        branch: Option<String>,
    ) -> Result<Done> {
        let command = |memory| Command::Favour { memory, favourite };
        act(context, &command_id, &wanted, branch.as_deref(), command).await
    }

    /// Comes back to an entry of the album, which counts it.
    async fn revisit_memory(
        &self,
        context: &Context<'_>,
        command_id: ID,
        #[graphql(name = "memory")] wanted: ID,
        branch: Option<String>,
    ) -> Result<Done> {
        act(context, &command_id, &wanted, branch.as_deref(), |memory| Command::Revisit { memory }).await
    }

    /// Takes an entry out of the album. What was said stays where it was said.
    async fn remove_memory(
        &self,
        context: &Context<'_>,
        command_id: ID,
        #[graphql(name = "memory")] wanted: ID,
        branch: Option<String>,
    ) -> Result<Done> {
        act(context, &command_id, &wanted, branch.as_deref(), |memory| Command::Remove { memory }).await
    }
}

async fn act(
    context: &Context<'_>,
    command_id: &ID,
    wanted: &ID,
    branch: Option<&str>,
    make: impl FnOnce(MemoryId) -> Command,
) -> Result<Done> {
    let app = app(context)?;
    let branch = branch_id(app, branch).await?;
    let meta = own_meta(app, command(command_id)?);
    let done = app.turns.bus().album(branch, app.owner, &meta, make(memory(wanted)?)).await;
    Ok(done.map_err(refuse)?.into())
}
