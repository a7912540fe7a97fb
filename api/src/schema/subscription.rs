//! What comes as it happens. Every subscription can be taken up again where it was left.

use std::time::Duration;

use ::events::{Code, MessageId, RunId};
use async_graphql::{Context, ID, Json, SimpleObject, Subscription};
use commands::live::{Ended, LiveDelta};
use futures::stream::{BoxStream, Stream, StreamExt};
use projections::AsOf;
use projections::basis::branch_named;

use super::events::Event;
use super::graph::GraphChanges;
use super::query::own_filter;
use super::read::{RebuildProgress, StateView};
use super::scalars::Position;
use super::talk::ReplyState;
use super::{Result, app, id, refuse};
use crate::app::{App, AppError};

/// Words of a reply are collected for this long, so that a fast model does not become a message per token.
const COLLECT: Duration = Duration::from_millis(30);

/// A piece of a reply.
#[derive(SimpleObject)]
pub struct ReplyDelta {
    run: ID,
    /// Where the text begins, in Unicode characters from the start of the reply.
    from_char: u64,
    text: String,
    thinking: String,
    /// Set in the last piece.
    ended: Option<ReplyEnd>,
}

/// How a reply ended.
#[derive(SimpleObject)]
pub struct ReplyEnd {
    state: ReplyState,
    reply: Option<ID>,
    position: Option<Position>,
    reason: Option<String>,
    /// The stable code of what went wrong.
    code: Option<String>,
    message: Option<String>,
}

impl From<Ended> for ReplyEnd {
    fn from(ended: Ended) -> Self {
        let empty = Self {
            state: ReplyState::Completed,
            reply: None,
            position: None,
            reason: None,
            code: None,
            message: None,
        };
        match ended {
            Ended::Completed { reply, position } => {
                Self { reply: Some(reply.to_string().into()), position: Some(position.into()), ..empty }
            }
            Ended::Interrupted { reply, position, reason, error } => Self {
                state: ReplyState::Interrupted,
                reply: Some(reply.to_string().into()),
                position: Some(position.into()),
                reason: serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(str::to_owned)),
                code: error.as_ref().map(|(code, _)| code.to_string()),
                message: error.map(|(_, message)| message),
            },
            Ended::Failed { code, message } => {
                Self { state: ReplyState::Failed, code: Some(code.to_string()), message: Some(message), ..empty }
            }
        }
    }
}

/// The root of all that comes as it happens.
pub struct Subscription;

#[Subscription]
impl Subscription {
    /// Events after a position: those that are, then those that come. To take up again, pass the last position seen.
    async fn events<'a>(
        &self,
        context: &Context<'a>,
        after: Option<Position>,
        types: Option<Vec<String>>,
        branch: Option<String>,
    ) -> Result<impl Stream<Item = Result<Event>> + 'a> {
        let app = app(context)?;
        let branch = branch_named(&*app.log, branch.as_deref().unwrap_or("main")).await.map_err(refuse)?;
        let after = after.map_or(::events::Position::START, |p| p.0);
        let tail =
            crate::tail::tail(app.log.clone(), branch.id, after, own_filter(app, types)).await.map_err(refuse)?;
        Ok(tail.map(|event| event.map(|e| Event::from(&e)).map_err(refuse)))
    }

    /// What changes in the graph, as it becomes known: from now on, or after a position. To take up again, pass the
    /// position of the last `after` seen.
    async fn graph_changes<'a>(
        &self,
        context: &Context<'a>,
        after: Option<Position>,
        branch: Option<String>,
    ) -> Result<impl Stream<Item = Result<GraphChanges>> + 'a> {
        let app = app(context)?.clone();
        let name = branch.unwrap_or_else(|| "main".to_owned());
        let branch = branch_named(&*app.log, &name).await.map_err(refuse)?;
        // A message that is forgotten takes what it said out of the graph.
        let types = ::events::payload::GraphEvent::TYPES.iter().chain(&["MessageForgotten"]);
        let filter = own_filter(&app, Some(types.map(|t| (*t).to_owned()).collect()));
        let after = after.map_or(branch.head, |p| p.0);
        let tail = crate::tail::tail(app.log.clone(), branch.id, after, filter).await.map_err(refuse)?;
        let told = tail.then(move |event| {
            let (app, name) = (app.clone(), name.clone());
            async move {
                let at = event.map_err(refuse)?.position();
                let earlier = ::events::Position(at.0 - 1);
                let before = app.read.at(&name, AsOf::Position(earlier)).await.map_err(refuse)?;
                let after = app.read.at(&name, AsOf::Position(at)).await.map_err(refuse)?;
                let was = app.graph(&before, None).await.map_err(refuse)?;
                let is = app.graph(&after, None).await.map_err(refuse)?;
                let changes = was.graph.changes(&is.graph).into_iter().map(Json).collect();
                Ok(GraphChanges { before: (&before).into(), after: (&after).into(), changes })
            }
        });
        // An event that changes nothing, such as a message forgotten of which nothing was known, is no news.
        Ok(told.filter(|found| futures::future::ready(found.as_ref().map_or(true, |f| !f.changes.is_empty()))))
    }

    /// What a run says after its first so many characters, until its end. To take up again, pass the length seen.
    async fn reply_deltas<'a>(
        &self,
        context: &Context<'a>,
        run_id: ID,
        from_char: Option<i32>,
    ) -> Result<BoxStream<'a, Result<ReplyDelta>>> {
        let app = app(context)?.clone();
        let run: RunId = id(&run_id, "run", Code::BadRequest)?;
        let from = usize::try_from(from_char.unwrap_or(0)).unwrap_or(0);
        let own = app.turns.live().person(run) == Some(app.owner);
        if let Some(deltas) = app.turns.live().deltas(run, from).filter(|_| own) {
            return Ok(collected(deltas).map(move |d| Ok(delta(&run_id, d))).boxed());
        }
        let recorded = recorded_reply(&app, run, from).await?;
        Ok(futures::stream::once(async move { Ok(delta(&run_id, recorded)) }).boxed())
    }

    /// A named state now, and again whenever it changes.
    async fn state<'a>(
        &self,
        context: &Context<'a>,
        name: String,
        branch: Option<String>,
    ) -> Result<impl Stream<Item = Result<StateView>> + 'a> {
        let app = app(context)?.clone();
        let found = branch_named(&*app.log, branch.as_deref().unwrap_or("main")).await.map_err(refuse)?;
        let head = app.log.head(found.id).await.map_err(refuse)?;
        let mut head_now = head.clone();
        head_now.mark_changed();
        let start = (app, head_now, None::<serde_json::Value>);
        Ok(futures::stream::unfold(start, move |(app, mut head, shown)| {
            let (name, branch) = (name.clone(), found.name.clone());
            async move {
                loop {
                    head.changed().await.ok()?;
                    head.borrow_and_update();
                    let seen = view(&app, &branch, &name).await;
                    match seen {
                        Ok((view, value)) if shown.as_ref() != Some(&value) => {
                            return Some((Ok(view), (app, head, Some(value))));
                        }
                        Ok(_) => {}
                        Err(error) => return Some((Err(error), (app, head, shown))),
                    }
                }
            }
        }))
    }

    /// Builds a read model anew, or all of them by the name `all`, and tells how far it is.
    async fn rebuild_projection<'a>(
        &self,
        context: &Context<'a>,
        name: String,
    ) -> Result<impl Stream<Item = Result<RebuildProgress>> + 'a> {
        let app = app(context)?.clone();
        let names: Vec<String> = match name.as_str() {
            "all" => app.read.names().into_iter().map(str::to_owned).collect(),
            _ => vec![name],
        };
        let (send, receive) = tokio::sync::mpsc::channel(16);
        tokio::spawn(async move {
            for name in names {
                rebuild(&app, &name, &send).await;
            }
        });
        Ok(tokio_stream::wrappers::ReceiverStream::new(receive))
    }
}

async fn rebuild(app: &App, name: &str, send: &tokio::sync::mpsc::Sender<Result<RebuildProgress>>) {
    let started = app.uptime_seconds();
    let mut last = RebuildProgress {
        name: name.to_owned(),
        done: 0,
        total: 0,
        per_second: 0.0,
        seconds_left: None,
        digest: None,
    };
    let result = app
        .read
        .rebuild(name, &mut |p| {
            let seconds = (app.uptime_seconds() - started).max(1e-6);
            let per_second = p.done as f64 / seconds;
            let left = p.total.saturating_sub(p.done) as f64;
            last.done = p.done;
            last.total = p.total;
            last.per_second = per_second;
            last.seconds_left = (per_second > 0.0).then(|| left / per_second);
            // A listener that is slow or gone misses a number, and the rebuild goes on.
            let _missed = send.try_send(Ok(last.clone()));
        })
        .await;
    let end = match result {
        Ok(digest) => {
            let digest = digest.iter().map(|b| format!("{b:02x}")).collect();
            Ok(RebuildProgress { seconds_left: Some(0.0), digest: Some(digest), ..last })
        }
        Err(error) => Err(refuse(error)),
    };
    let _listener_may_be_gone = send.send(end).await;
}

fn delta(run: &ID, d: LiveDelta) -> ReplyDelta {
    ReplyDelta {
        run: run.clone(),
        from_char: d.from_char as u64,
        text: d.text,
        thinking: d.thinking,
        ended: d.ended.map(ReplyEnd::from),
    }
}

/// Waits a moment after each piece, so that the next one is longer; the last one comes at once.
fn collected(deltas: BoxStream<'static, LiveDelta>) -> impl Stream<Item = LiveDelta> {
    deltas.then(|d| async move {
        if d.ended.is_none() {
            tokio::time::sleep(COLLECT).await;
        }
        d
    })
}

/// A run that this process does not remember, from the log.
async fn recorded_reply(app: &App, run: RunId, from: usize) -> Result<LiveDelta> {
    let basis = app.basis(None, None).await.map_err(refuse)?;
    let reply: MessageId = commands::turn::reply_of(run);
    let found = app.read.conversations().message(&basis, app.owner, reply).await;
    let message = found.map_err(|_| refuse(AppError::new(Code::NoSuchMessage, format!("there is no run {run}"))))?;
    let text = message.text.unwrap_or_default().chars().skip(from).collect();
    let position = message.position;
    let ended = match message.interrupted {
        None => Ended::Completed { reply, position },
        Some(reason) => {
            let reason = serde_json::from_value(reason.into())
                .map_err(|e| refuse(AppError::new(Code::Internal, e.to_string())))?;
            Ended::Interrupted { reply, position, reason, error: None }
        }
    };
    Ok(LiveDelta { from_char: from, text, thinking: String::new(), ended: Some(ended) })
}

async fn view(app: &App, branch: &str, name: &str) -> Result<(StateView, serde_json::Value)> {
    let basis = app.read.at(branch, AsOf::Latest).await.map_err(refuse)?;
    let value = app.state(&basis, name).await.map_err(refuse)?;
    Ok((StateView { basis: (&basis).into(), name: name.to_owned(), value: Json(value.clone()) }, value))
}
