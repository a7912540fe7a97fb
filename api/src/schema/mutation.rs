//! Commands. Each that makes an event takes the client's command id; repeating it returns the first outcome.

use ::events::payload::{ConversationEvent, Feedback, ThreadChoice};
use ::events::{Actor, BranchId, Code, CommandId, ConversationId, Event, MessageId, RunId};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use commands::{Meta, branches};
use domain::{companion, conversation, person};
use projections::basis::branch_named;

use super::backups::Backup;
use super::branching::{Branch, BranchDiff, Promoted};
use super::episodes::Consolidation;
use super::query::diff;
use super::read::Verification;
use super::scalars::Position;
use super::subjects::{Erasure, SubjectExport};
use super::{Result, app, id, refuse};
use crate::app::{App, AppError, Correction, Retention, Samples};

/// A message on its way.
#[derive(SimpleObject)]
pub struct Sent {
    conversation: ID,
    message: ID,
    /// The run that answers: subscribe to its `replyDeltas`.
    run: ID,
    /// The id that the reply will have.
    reply: ID,
    /// Where the message was recorded.
    position: Position,
    /// How its conversation was found, where the message named none.
    thread: Option<ThreadFound>,
}

/// How the conversation of a message was found.
#[derive(SimpleObject)]
pub struct ThreadFound {
    /// What became of the message.
    action: ThreadAction,
    /// Why, in words.
    reason: String,
}

/// What became of a message that named no conversation.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "::events::payload::ThreadAction")]
pub enum ThreadAction {
    /// It went on with the latest conversation.
    Continued,
    /// It took up an older one again.
    Reactivated,
    /// It began a new one.
    Created,
}

impl From<ThreadChoice> for ThreadFound {
    fn from(choice: ThreadChoice) -> Self {
        Self { action: choice.action.into(), reason: choice.reason }
    }
}

impl From<commands::Accepted> for Sent {
    fn from(a: commands::Accepted) -> Self {
        Self {
            conversation: a.conversation.to_string().into(),
            message: a.message.to_string().into(),
            run: a.run.to_string().into(),
            reply: a.reply.to_string().into(),
            position: a.position.into(),
            thread: None,
        }
    }
}

/// A conversation that began.
#[derive(SimpleObject)]
pub struct Started {
    conversation: ID,
    position: Position,
}

/// Something that was recorded.
#[derive(SimpleObject)]
pub struct Done {
    position: Position,
    /// Whether the same command was taken before.
    repeated: bool,
}

impl From<::events::Appended> for Done {
    fn from(a: ::events::Appended) -> Self {
        Self { position: a.last().into(), repeated: a.repeated }
    }
}

pub(super) fn command(text: &ID) -> Result<CommandId> {
    id(text, "command", Code::BadRequest)
}

pub(super) async fn branch_id(app: &App, name: Option<&str>) -> Result<BranchId> {
    match name {
        None | Some("main") => Ok(BranchId::MAIN),
        Some(name) => Ok(branch_named(&*app.log, name).await.map_err(refuse)?.id),
    }
}

/// A conversation of the caller on a branch; another person's is not found.
async fn own(app: &App, branch: Option<&str>, conversation: &ID) -> Result<(BranchId, ConversationId)> {
    let wanted: ConversationId = id(conversation, "conversation", Code::NoSuchConversation)?;
    let basis = app.basis(branch, None).await.map_err(refuse)?;
    app.read.conversations().get(&basis, app.owner, wanted).await.map_err(refuse)?;
    Ok((basis.branch, wanted))
}

pub(super) fn own_meta(app: &App, command_id: CommandId) -> Meta {
    Meta::new(command_id, Actor::Person(app.owner), app.owner)
}

/// Commands about talk, people and lines of history.
#[derive(Default)]
pub struct Commands;

#[Object]
impl Commands {
    /// Begins a conversation. A private one never becomes memory.
    async fn start_conversation(
        &self,
        context: &Context<'_>,
        command_id: ID,
        private: Option<bool>,
        title: Option<String>,
        branch: Option<String>,
    ) -> Result<Started> {
        let app = app(context)?;
        let branch = branch_id(app, branch.as_deref()).await?;
        let private = private.unwrap_or(false);
        let started = app.turns.start(command(&command_id)?, branch, app.owner, app.companion, private, title).await;
        let (conversation, appended) = started.map_err(refuse)?;
        Ok(Started { conversation: conversation.to_string().into(), position: appended.last().into() })
    }

    /// Says something. Without a conversation, one is found: the latest within a sitting; after a rest, an older one that the
    /// message is about, or a new one. `thread` says which and why. A private one is never chosen.
    async fn send_message(
        &self,
        context: &Context<'_>,
        command_id: ID,
        text: String,
        conversation: Option<ID>,
        branch: Option<String>,
    ) -> Result<Sent> {
        let app = app(context)?;
        let command_id = command(&command_id)?;
        let (branch, conversation, thread) = match &conversation {
            Some(wanted) => {
                let (branch, conversation) = own(app, branch.as_deref(), wanted).await?;
                (branch, conversation, None)
            }
            None => find_thread(app, branch.as_deref(), command_id, &text).await?,
        };
        let (person, attachments) = (app.owner, vec![]);
        let send = commands::turn::Send {
            command_id,
            branch,
            conversation,
            person,
            text,
            attachments,
            thread: thread.clone(),
        };
        let sent = Sent::from(app.turns.send(send).await.map_err(refuse)?);
        Ok(Sent { thread: thread.map(Into::into), ..sent })
    }

    /// Lets talk that has come to rest settle into episodes now, as happens by itself when nobody talks. With `all`, talk
    /// that is still going on settles too. A second time adds nothing.
    async fn consolidate(
        &self,
        context: &Context<'_>,
        all: Option<bool>,
        branch: Option<String>,
    ) -> Result<Consolidation> {
        let app = app(context)?;
        let branch = branch_id(app, branch.as_deref()).await?;
        Ok(app.consolidate(branch, all.unwrap_or(false), &|_, _| ()).await.map_err(refuse)?.into())
    }

    /// Answers a message once more; earlier answers stay.
    async fn regenerate(
        &self,
        context: &Context<'_>,
        command_id: ID,
        conversation: ID,
        message: ID,
        branch: Option<String>,
    ) -> Result<Sent> {
        let app = app(context)?;
        let (branch, conversation) = own(app, branch.as_deref(), &conversation).await?;
        let message: MessageId = id(&message, "message", Code::NoSuchMessage)?;
        let taken = app.turns.regenerate(command(&command_id)?, branch, conversation, app.owner, message).await;
        Ok(taken.map_err(refuse)?.into())
    }

    /// Rewords a message; the earlier words stay in the past.
    async fn edit_message(
        &self,
        context: &Context<'_>,
        command_id: ID,
        conversation: ID,
        message: ID,
        text: String,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let (branch, conversation) = own(app, branch.as_deref(), &conversation).await?;
        let message: MessageId = id(&message, "message", Code::NoSuchMessage)?;
        let meta = own_meta(app, command(&command_id)?);
        Ok(app.turns.edit(&meta, branch, conversation, message, text).await.map_err(refuse)?.into())
    }

    /// Takes two names of the graph for the same. It can be undone with `graphSplit`.
    async fn graph_merge(
        &self,
        context: &Context<'_>,
        command_id: ID,
        from: String,
        into: String,
        reason: Option<String>,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), None).await.map_err(refuse)?;
        let meta = own_meta(app, command(&command_id)?);
        let done = app.merge(&basis, &meta, &from, &into, reason.unwrap_or_default()).await;
        Ok(done.map_err(refuse)?.into())
    }

    /// Lets a name stand for itself again: undoes a merge, or a rule that saw one in the other.
    async fn graph_split(
        &self,
        context: &Context<'_>,
        command_id: ID,
        from: String,
        into: String,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), None).await.map_err(refuse)?;
        let meta = own_meta(app, command(&command_id)?);
        Ok(app.split(&basis, &meta, &from, &into).await.map_err(refuse)?.into())
    }

    /// Says how it is, or with `holds: false` that it is not so and never was. Outranks whatever was said before.
    #[allow(clippy::too_many_arguments)]
    async fn graph_correct(
        &self,
        context: &Context<'_>,
        command_id: ID,
        subject: String,
        predicate: String,
        object: String,
        holds: Option<bool>,
        valid_from: Option<String>,
        valid_until: Option<String>,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), None).await.map_err(refuse)?;
        let meta = own_meta(app, command(&command_id)?);
        let correction = Correction {
            subject: &subject,
            predicate: &predicate,
            object: &object,
            holds: holds.unwrap_or(true),
            valid_from: valid_from.as_deref(),
            valid_until: valid_until.as_deref(),
        };
        Ok(app.correct(&basis, &meta, correction).await.map_err(refuse)?.into())
    }

    /// Lets what a message said count no more in the graph. What other messages said too stays.
    async fn graph_forget(
        &self,
        context: &Context<'_>,
        command_id: ID,
        message: ID,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let message: MessageId = id(&message, "message", Code::NoSuchMessage)?;
        let branch = branch_id(app, branch.as_deref()).await?;
        let meta = own_meta(app, command(&command_id)?);
        let forget = domain::graph::Command::Withdraw { message };
        Ok(app.tell(branch, &meta, forget).await.map_err(refuse)?.into())
    }

    /// Stops a reply; what was said so far is kept. Whether it was going on.
    async fn stop_reply(&self, context: &Context<'_>, run: ID) -> Result<bool> {
        let run: RunId = id(&run, "run", Code::BadRequest)?;
        let app = app(context)?;
        // Another person's run is as unknown as one that never was.
        Ok(app.turns.live().person(run) == Some(app.owner) && app.turns.stop(run))
    }

    /// Of several replies to one message, lets this one count.
    async fn select_variant(
        &self,
        context: &Context<'_>,
        command_id: ID,
        conversation: ID,
        reply: ID,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let (branch, conversation) = own(app, branch.as_deref(), &conversation).await?;
        let reply: MessageId = id(&reply, "reply", Code::NoSuchMessage)?;
        let meta = own_meta(app, command(&command_id)?);
        Ok(app.turns.select_variant(&meta, branch, conversation, reply).await.map_err(refuse)?.into())
    }

    /// Tells what you think of a reply: from -1 (bad) to 1 (good).
    #[allow(clippy::too_many_arguments)]
    async fn give_feedback(
        &self,
        context: &Context<'_>,
        command_id: ID,
        conversation: ID,
        reply: ID,
        reward: f64,
        reason: Option<String>,
        text: Option<String>,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let (branch, conversation) = own(app, branch.as_deref(), &conversation).await?;
        let reply: MessageId = id(&reply, "reply", Code::NoSuchMessage)?;
        let meta = own_meta(app, command(&command_id)?);
        let feedback = Feedback { reward, reason, text };
        Ok(app.turns.feedback(&meta, branch, conversation, reply, feedback).await.map_err(refuse)?.into())
    }

    /// Titles a conversation.
    async fn rename_conversation(
        &self,
        context: &Context<'_>,
        command_id: ID,
        conversation: ID,
        title: String,
        branch: Option<String>,
    ) -> Result<Done> {
        let app = app(context)?;
        let (branch, conversation) = own(app, branch.as_deref(), &conversation).await?;
        let meta = own_meta(app, command(&command_id)?);
        let rename = conversation::Command::Rename { title };
        Ok(app.turns.bus().conversation(branch, conversation, &meta, rename).await.map_err(refuse)?.into())
    }

    /// Changes what the companion calls you.
    async fn rename_person(&self, context: &Context<'_>, command_id: ID, name: String) -> Result<Done> {
        let app = app(context)?;
        let meta = own_meta(app, command(&command_id)?);
        let rename = person::Command::Rename { name };
        Ok(app.turns.bus().person(BranchId::MAIN, app.owner, &meta, rename).await.map_err(refuse)?.into())
    }

    /// Makes a backup into a folder of the machine that holds the companion. It holds no keys.
    async fn create_backup(&self, context: &Context<'_>, folder: String) -> Result<Backup> {
        Ok(app(context)?.backup_create(folder.as_ref()).await.map_err(refuse)?.into())
    }

    /// Removes backups beyond the newest of so many days, weeks and months. Gives their names.
    async fn prune_backups(
        &self,
        context: &Context<'_>,
        folder: String,
        #[graphql(default = 7)] daily: u32,
        #[graphql(default = 4)] weekly: u32,
        #[graphql(default = 6)] monthly: u32,
    ) -> Result<Vec<String>> {
        let most = Retention { daily: daily as usize, weekly: weekly as usize, monthly: monthly as usize };
        app(context)?.backup_prune(folder.as_ref(), most).map_err(refuse)
    }

    /// Erases a person for ever: the data key is destroyed, everything derived is built anew, every file is searched.
    async fn erase_subject(
        &self,
        context: &Context<'_>,
        command_id: ID,
        subject: String,
        reason: Option<String>,
    ) -> Result<Erasure> {
        let command = command(&command_id)?;
        Ok(app(context)?.erase(&subject, command, reason).await.map_err(refuse)?.into())
    }

    /// Everything about a subject, readable; that it was given out is recorded.
    async fn export_subject(&self, context: &Context<'_>, command_id: ID, subject: String) -> Result<SubjectExport> {
        SubjectExport::of(app(context)?, &subject, command(&command_id)?).await
    }

    /// Changes what the companion is called.
    async fn rename_companion(&self, context: &Context<'_>, command_id: ID, name: String) -> Result<Done> {
        let app = app(context)?;
        let meta = Meta::new(command(&command_id)?, Actor::Person(app.owner), app.companion);
        let rename = companion::Command::Rename { name };
        Ok(app.turns.bus().companion(BranchId::MAIN, app.companion, &meta, rename).await.map_err(refuse)?.into())
    }

    /// Changes the companion's character; the event keeps what it was before.
    async fn change_persona(&self, context: &Context<'_>, command_id: ID, persona: String) -> Result<Done> {
        let app = app(context)?;
        let meta = Meta::new(command(&command_id)?, Actor::Person(app.owner), app.companion);
        let change = companion::Command::ChangePersona { persona };
        Ok(app.turns.bus().companion(BranchId::MAIN, app.companion, &meta, change).await.map_err(refuse)?.into())
    }

    /// Forks a line of history. Nothing is copied.
    async fn create_branch(
        &self,
        context: &Context<'_>,
        name: String,
        as_of: Option<String>,
        parent: Option<String>,
    ) -> Result<Branch> {
        let app = app(context)?;
        let basis = app.basis(parent.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let name = branch_name(&name)?;
        let actor = Actor::Person(app.owner);
        let made = branches::create(&*app.log, app.companion, actor, name, basis.branch, basis.position).await;
        let made = made.map_err(refuse)?;
        app.follow(&made);
        let all = app.log.branches().await.map_err(refuse)?;
        Ok(Branch::of(&made, &all))
    }

    /// Decides again, with today's deciders and on a new branch, all that came after `asOf`; gives the differences.
    async fn redecide(
        &self,
        context: &Context<'_>,
        name: String,
        as_of: String,
        parent: Option<String>,
    ) -> Result<BranchDiff> {
        let app = app(context)?;
        let basis = app.basis(parent.as_deref(), Some(&as_of)).await.map_err(refuse)?;
        let name = branch_name(&name)?;
        let actor = Actor::Person(app.owner);
        let made = branches::redecide(&app.turns, app.companion, actor, name, basis.branch, basis.position).await;
        let made = made.map_err(refuse)?;
        app.follow(&made);
        app.settle(made.id).await.map_err(refuse)?;
        diff(app, name, None).await
    }

    /// Takes the events of a branch over as new events of its parent.
    async fn promote_branch(&self, context: &Context<'_>, name: String) -> Result<Promoted> {
        let app = app(context)?;
        let branch = branch_named(&*app.log, &name).await.map_err(refuse)?;
        let done = branches::promote(&*app.log, app.companion, Actor::Person(app.owner), &branch).await;
        let done = done.map_err(refuse)?;
        Ok(Promoted { events: done.events, position: done.position.into() })
    }

    /// Puts a branch away; its events stay in the log.
    async fn drop_branch(&self, context: &Context<'_>, name: String) -> Result<bool> {
        let app = app(context)?;
        let branch = branch_named(&*app.log, &name).await.map_err(refuse)?;
        branches::drop(&*app.log, app.companion, Actor::Person(app.owner), &branch).await.map_err(refuse)?;
        Ok(true)
    }

    /// Compares live, rebuilt and as-of at random positions of main.
    async fn verify_projections(
        &self,
        context: &Context<'_>,
        samples: Option<i32>,
        seed: Option<String>,
    ) -> Result<Vec<Verification>> {
        let app = app(context)?;
        let seed = match seed {
            Some(text) => text
                .parse()
                .map_err(|_| refuse(AppError::new(Code::BadRequest, format!("`{text}` is not a number"))))?,
            None => {
                let mut bytes = [0; 8];
                app.entropy.fill(&mut bytes);
                u64::from_le_bytes(bytes)
            }
        };
        let count = u32::try_from(samples.unwrap_or(8)).unwrap_or(0).min(1_000);
        let found = app.verify_projections(Samples { count, seed }, &mut |_, _| ()).await.map_err(refuse)?;
        Ok(found
            .into_iter()
            .map(|v| Verification {
                name: v.name.to_owned(),
                samples: v.samples as u64,
                seed: seed.to_string(),
                ok: v.ok,
                detail: v.detail,
            })
            .collect())
    }
}

fn branch_name(name: &str) -> Result<&str> {
    let good = !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
    if good {
        return Ok(name);
    }
    let message = "a branch name has 1 to 100 letters, digits, `-`, `_`, `.` or `/`";
    Err(refuse(AppError::new(Code::BadRequest, message)))
}

/// The last conversation of a branch that is not private, or a new one.
async fn find_thread(
    app: &App,
    branch: Option<&str>,
    command_id: CommandId,
    text: &str,
) -> Result<(BranchId, ConversationId, Option<ThreadChoice>)> {
    let basis = app.basis(branch, None).await.map_err(refuse)?;
    // A repeated command is in a conversation already, and goes nowhere else.
    if let Some(done) = app.log.outcome(command_id).await.map_err(refuse)?
        && let [event] = &app.log.at(done.branch, &[done.last()]).await.map_err(refuse)?[..]
        && let Ok(Some(Event::Conversation(ConversationEvent::MessageReceived { thread, .. }))) = event.event()
    {
        return Ok((done.branch, ConversationId(event.header.stream.id), thread));
    }
    // The same when all that it came to was to begin one.
    let start = CommandId(commands::derive(command_id.0, "start"));
    let begun = app.log.outcome(start).await.map_err(refuse)?.is_some();
    let (found, choice) = if begun {
        domain::threads::resolve(vec![])
    } else {
        app.choose_thread(&basis, text).await.map_err(refuse)?
    };
    let conversation = match found {
        Some(conversation) => conversation,
        None => {
            let started = app.turns.start(start, basis.branch, app.owner, app.companion, false, None).await;
            started.map_err(refuse)?.0
        }
    };
    Ok((basis.branch, conversation, Some(choice)))
}
