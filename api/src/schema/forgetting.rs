//! Forgetting one message.

use ::events::{Code, MessageId};
use async_graphql::{Context, ID, Object, SimpleObject};

use super::mutation::{Done, command, own_meta};
use super::scalars::Basis;
use super::talk::Message;
use super::{Result, app, id, refuse};

/// What forgetting a message touches.
#[derive(SimpleObject)]
pub struct Forgetting {
    basis: Basis,
    /// The message, which goes.
    message: Message,
    /// Its replies stay; each can be forgotten by itself.
    replies: Vec<ID>,
    /// What was learned from it, which goes with it.
    facts: Vec<String>,
    /// Entries of the album that point at it: their notes stay, its words go.
    album: Vec<ID>,
}

/// Questions about forgetting.
#[derive(Default)]
pub struct ForgettingQuestions;

#[Object]
impl ForgettingQuestions {
    /// What would go if a message were forgotten.
    async fn forgetting(
        &self,
        context: &Context<'_>,
        message: ID,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<Forgetting> {
        let app = app(context)?;
        let message: MessageId = id(&message, "message", Code::NoSuchMessage)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.would_forget(&basis, message).await.map_err(refuse)?;
        let fact = |f: ::events::payload::Fact| format!("{} | {} | {}", f.subject, f.predicate, f.object);
        Ok(Forgetting {
            basis: (&basis).into(),
            replies: found.message.variants.iter().map(|v| v.to_string().into()).collect(),
            message: found.message.into(),
            facts: found.facts.into_iter().map(fact).collect(),
            album: found.album.into_iter().map(|m| m.to_string().into()).collect(),
        })
    }
}

/// Commands about forgetting.
#[derive(Default)]
pub struct ForgettingCommands;

#[Object]
impl ForgettingCommands {
    /// Forgets one message: from then on nothing shows it, nor what was learned from it. The past before still does;
    /// only an erasure reaches that.
    async fn forget_message(
        &self,
        context: &Context<'_>,
        command_id: ID,
        message: ID,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let message: MessageId = id(&message, "message", Code::NoSuchMessage)?;
        let meta = own_meta(app, command(&command_id)?);
        Ok(app.forget(branch.as_deref(), &meta, message).await.map_err(refuse)?.into())
    }
}
