//! Keeping things in the album: what is wanted is looked up first, so that nothing is kept that is not there.

use std::collections::BTreeMap;

use commands::{Meta, derive};
use domain::album::Command;
use events::payload::{Annotation, ConversationEvent as E, Keepsake, Perception, Role, Tone};
use events::{Appended, Code, ConversationId, Event, MadeBy, MemoryId, MessageId};
use projections::Basis;
use projections::conversations::{Message, Page};

use super::{App, AppError};

/// The most messages of a conversation that its tone is taken from: the newest.
const TONE_OF: u32 = 200;

/// What is to be kept.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A message, or the part of it between two characters.
    Message(MessageId, Option<(u32, u32)>),
    /// The part of a message that reads like this.
    Quote(MessageId, String),
    /// A conversation.
    Conversation(ConversationId),
}

/// Something to be kept, with what the person says about it.
#[derive(Clone, Debug)]
pub struct Keep {
    /// What.
    pub wanted: Wanted,
    /// What the person says.
    pub annotation: Annotation,
    /// Whether it is a favourite at once.
    pub favourite: bool,
}

/// Which part of a message; the whole where there is none.
enum Part {
    Between(Option<(u32, u32)>),
    Quoted(String),
}

fn refused(code: Code, message: impl Into<String>) -> AppError {
    AppError::new(code, message)
}

impl App {
    /// Keeps something in the owner's album, as it stands at the head of a branch.
    ///
    /// # Errors
    /// When it does not exist there or was erased, is private, is in the album already, or breaks a limit.
    pub async fn keep(
        &self,
        branch: Option<&str>,
        meta: &Meta,
        keep: Keep,
    ) -> Result<(MemoryId, Appended), AppError> {
        let memory = MemoryId(derive(meta.command_id.0, "memory"));
        // What was kept may have changed since: a repeated command must not fail for that.
        if let Some(first) = self.log.outcome(meta.command_id).await? {
            return Ok((memory, Appended { repeated: true, ..first }));
        }
        let basis = self.basis(branch, None).await?;
        let (of, tone) = match keep.wanted {
            Wanted::Conversation(conversation) => self.conversation_to_keep(&basis, conversation).await?,
            Wanted::Message(message, part) => self.message_to_keep(&basis, message, Part::Between(part)).await?,
            Wanted::Quote(message, quote) => self.message_to_keep(&basis, message, Part::Quoted(quote)).await?,
        };
        let (annotation, favourite) = (keep.annotation, keep.favourite);
        let command = Command::Keep { memory, of, annotation, favourite, tone };
        let done = self.turns.bus().album(basis.branch, self.owner, meta, command).await?;
        Ok((memory, done))
    }

    async fn message_to_keep(
        &self,
        basis: &Basis,
        message: MessageId,
        part: Part,
    ) -> Result<(Keepsake, Option<Tone>), AppError> {
        let said = self.read.conversations().said(basis, self.owner, message).await?;
        let gone =
            || refused(Code::NoSuchMessage, format!("there is no message {message} at {basis}: it cannot be kept"));
        let said = said.ok_or_else(gone)?;
        let conversation = said.conversation;
        self.refuse_private(basis, conversation).await?;
        let text = said.text.as_deref();
        let text = text.ok_or_else(|| {
            refused(Code::SubjectErased, format!("the words of message {message} were erased: they cannot be kept"))
        })?;
        let part = match part {
            Part::Between(part) => part,
            Part::Quoted(quote) => Some(place(text, &quote)?),
        };
        let of = match part {
            None => Keepsake::Message { conversation, message },
            Some((from, to)) => {
                let length = text.chars().count();
                if to as usize > length {
                    let what = format!("the message has {length} characters; an excerpt cannot end at {to}");
                    return Err(refused(Code::BadRequest, what));
                }
                Keepsake::Excerpt { conversation, message, from, to }
            }
        };
        let tone = match self.perceived(basis, &said).await? {
            Some((perception, by)) => tone(&perception, by),
            None if said.role == Role::Person || said.run.is_none() => {
                let perceiver = self.turns.perceiver();
                tone(&perceiver.perceive(text), perceiver.identity())
            }
            None => return Ok((of, None)),
        };
        Ok((of, Some(tone)))
    }

    async fn conversation_to_keep(
        &self,
        basis: &Basis,
        conversation: ConversationId,
    ) -> Result<(Keepsake, Option<Tone>), AppError> {
        self.refuse_private(basis, conversation).await?;
        let conversations = self.read.conversations();
        let page = Page::newest(TONE_OF);
        let messages = conversations.messages(basis, self.owner, conversation, page).await?;
        let mut all = Vec::new();
        for message in messages.iter().filter(|m| m.role == Role::Person) {
            all.extend(self.perceived(basis, message).await?);
        }
        if all.is_empty() {
            // Imported talk was never perceived.
            let perceiver = self.turns.perceiver();
            let texts = messages.iter().filter(|m| m.role == Role::Person).filter_map(|m| m.text.as_deref());
            all.extend(texts.map(|t| (perceiver.perceive(t), perceiver.identity())));
        }
        Ok((Keepsake::Conversation { conversation }, mixed(&all)))
    }

    async fn refuse_private(&self, basis: &Basis, conversation: ConversationId) -> Result<(), AppError> {
        let missing =
            || refused(Code::NoSuchConversation, format!("there is no conversation {conversation} at {basis}"));
        let (person, _, private) = self.read.minds().parties(basis, conversation).await?.ok_or_else(missing)?;
        match (person == self.owner, private) {
            (false, _) => Err(missing()),
            (true, true) => {
                Err(refused(Code::Rejected, "a private conversation never becomes memory: it cannot be kept"))
            }
            (true, false) => Ok(()),
        }
    }

    /// What was perceived in a message, or, for a reply, in the message that it answers.
    async fn perceived(&self, basis: &Basis, said: &Message) -> Result<Option<(Perception, MadeBy)>, AppError> {
        let asked = said.reply_to.unwrap_or(said.id);
        let steps = self.read.conversations().steps(basis, asked).await?;
        Ok(steps.iter().rev().find_map(|step| match step.event() {
            Ok(Some(Event::Conversation(E::MessagePerceived { perception, by, .. }))) => Some((*perception, by)),
            _ => None,
        }))
    }
}

/// Where a quote stands in a text, in characters.
fn place(text: &str, quote: &str) -> Result<(u32, u32), AppError> {
    let quote = quote.trim();
    let missing = || refused(Code::BadRequest, "the message does not hold these words: quote it letter by letter");
    let at = text.find(quote).filter(|_| !quote.is_empty()).ok_or_else(missing)?;
    let from = text.get(..at).map_or(0, |before| before.chars().count());
    Ok((from as u32, (from + quote.chars().count()) as u32))
}

fn tone(perception: &Perception, by: MadeBy) -> Tone {
    let strongest = perception.emotions.first().map_or("neutral", |e| e.label.as_str());
    Tone { label: strongest.to_owned(), valence: perception.valence, arousal: perception.arousal, by }
}

/// The tone of several messages: the emotion that is strongest over all of them, and the mean of the rest.
fn mixed(all: &[(Perception, MadeBy)]) -> Option<Tone> {
    let (_, by) = all.last()?;
    let mut labels: BTreeMap<&str, f64> = BTreeMap::new();
    for emotion in all.iter().flat_map(|(p, _)| &p.emotions) {
        *labels.entry(&emotion.label).or_default() += emotion.score;
    }
    let strongest = labels.iter().max_by(|a, b| a.1.total_cmp(b.1)).map_or("neutral", |(label, _)| label);
    let mean = |of: fn(&Perception) -> f64| all.iter().map(|(p, _)| of(p)).sum::<f64>() / all.len() as f64;
    Some(Tone {
        label: strongest.to_owned(),
        valence: mean(|p| p.valence),
        arousal: mean(|p| p.arousal),
        by: by.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_found_by_characters_not_bytes() {
        assert_eq!(place("Ünïcödé is fun, is it?", " is fun "), Ok((8, 14)));
        assert!(place("tea", "coffee").is_err());
        assert!(place("tea", "  ").is_err());
    }
}
