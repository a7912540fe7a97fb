//! Questions. Every root field that looks at the companion takes `asOf` and `branch`, and its answer names its basis.

use std::collections::{BTreeMap, HashSet};

use ::events::log::verify::verify;
use ::events::{BranchId, Code, ConversationId, MessageId};
use async_graphql::{Context, ID, Json, Object};
use commands::branches;
use projections::basis::branch_named;
use projections::timeline::Window;

use super::audit::Audit;
use super::backups::{Backup, VerifiedBackup};
use super::branching::{Branch, BranchDiff, BranchDifference};
use super::episodes::{EpisodePage, Profile};
use super::events::{Event, EventPage, LogStats, LogVerification, TypeCount};
use super::memory::{MemorySearch, MemoryStats};
use super::perceive::TextPerception;
use super::read::{Density, Health, Model, Projection, StateChange, StateDiff, StateView, TimelinePage, Why};
use super::scalars::{Basis, Position};
use super::subjects::{Erasure, ErasurePreview, Subject};
use super::talk::{ConversationPage, ConversationView, Me, MessageView};
use super::{Result, app, id, refuse};
use crate::app::{App, AppError, STATE_NAMES};
use crate::tail::Filter;

/// The most items that a list holds.
const MAX_ITEMS: u32 = 1_000;

pub(super) fn limit(wanted: Option<i32>, usual: u32) -> u32 {
    wanted.map_or(usual, |n| u32::try_from(n).unwrap_or(0)).min(MAX_ITEMS)
}

pub(super) fn own_filter(app: &App, types: Option<Vec<String>>) -> Filter {
    Filter { types: types.unwrap_or_default(), person: app.owner, common: app.companion.into() }
}

/// Questions about talk, memory, states, events and lines of history.
#[derive(Default)]
pub struct Questions;

#[Object]
impl Questions {
    /// Who is asking, and whom.
    async fn me(&self, context: &Context<'_>, as_of: Option<String>, branch: Option<String>) -> Result<Me> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let people = app.read.minds().people(&basis).await.map_err(refuse)?;
        let companions = app.read.minds().companions(&basis).await.map_err(refuse)?;
        let person = people.into_iter().find(|p| p.id == app.owner);
        let companion = companions.into_iter().find(|c| c.id == app.companion);
        let nobody = || refuse(AppError::new(Code::NoSuchPerson, format!("nobody was there at {basis}")));
        Ok(Me {
            basis: (&basis).into(),
            person: person.ok_or_else(nobody)?.into(),
            companion: companion.ok_or_else(nobody)?.into(),
        })
    }

    /// Reads a text for feeling, intent, language, names and danger, and records nothing.
    async fn perceive(&self, context: &Context<'_>, text: String) -> Result<TextPerception> {
        let app = app(context)?;
        let begun = app.clock.now();
        let perception = app.turns.perceiver().perceive(&text);
        Ok(TextPerception::new(perception, app.clock.now().0 - begun.0))
    }

    /// The moment that `asOf` and `branch` mean.
    async fn basis(&self, context: &Context<'_>, as_of: Option<String>, branch: Option<String>) -> Result<Basis> {
        let basis = app(context)?.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        Ok((&basis).into())
    }

    /// Conversations, the one with the latest message first.
    async fn conversations(
        &self,
        context: &Context<'_>,
        as_of: Option<String>,
        branch: Option<String>,
        first: Option<i32>,
    ) -> Result<ConversationPage> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.read.conversations().list(&basis, app.owner, limit(first, 50)).await.map_err(refuse)?;
        Ok(ConversationPage { basis: (&basis).into(), items: found.into_iter().map(Into::into).collect() })
    }

    /// One conversation.
    async fn conversation(
        &self,
        context: &Context<'_>,
        #[graphql(name = "id")] wanted: ID,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<ConversationView> {
        let app = app(context)?;
        let wanted: ConversationId = id(&wanted, "conversation", Code::NoSuchConversation)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.read.conversations().get(&basis, app.owner, wanted).await.map_err(refuse)?;
        Ok(ConversationView { basis: (&basis).into(), conversation: found.into(), at: basis, id: wanted })
    }

    /// One message.
    async fn message(
        &self,
        context: &Context<'_>,
        #[graphql(name = "id")] wanted: ID,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<MessageView> {
        let app = app(context)?;
        let wanted: MessageId = id(&wanted, "message", Code::NoSuchMessage)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.read.conversations().message(&basis, app.owner, wanted).await.map_err(refuse)?;
        Ok(MessageView { basis: (&basis).into(), message: found.into() })
    }

    /// Searches memory by words and meaning, as of any moment, best first.
    async fn memory(
        &self,
        context: &Context<'_>,
        query: String,
        first: Option<i32>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<MemorySearch> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.search_memory(&basis, &query, limit(first, 10) as usize).await.map_err(refuse)?;
        Ok(MemorySearch::new((&basis).into(), found))
    }

    /// What talk settled into while the companion slept, the newest formed first.
    async fn episodes(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<EpisodePage> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let found = app.episodes(&basis, limit(first, 50)).await.map_err(refuse)?;
        Ok(EpisodePage { basis: (&basis).into(), items: found.into_iter().map(Into::into).collect() })
    }

    /// What is known of the person and of whom they speak, the latest said first. With `past`, also what no longer holds.
    async fn profile(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        past: Option<bool>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<Profile> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let known = app.profile(&basis, app.owner).await.map_err(refuse)?;
        let past = past.unwrap_or(false);
        let mut items: Vec<_> = known.iter().filter(|k| past || k.until.is_none()).collect();
        items.sort_by_key(|k| std::cmp::Reverse((k.said_last, k.sources.last().copied())));
        items.truncate(limit(first, 50) as usize);
        Ok(Profile { basis: (&basis).into(), items: items.into_iter().cloned().map(Into::into).collect() })
    }

    /// What memory consists of.
    async fn memory_stats(
        &self,
        context: &Context<'_>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<MemoryStats> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let stats = app.read.memory().stats(&basis, app.owner).map_err(refuse)?;
        Ok(MemoryStats::new((&basis).into(), stats))
    }

    /// What happened when: the newest entries of a window, oldest first.
    #[allow(clippy::too_many_arguments)]
    async fn timeline(
        &self,
        context: &Context<'_>,
        as_of: Option<String>,
        branch: Option<String>,
        after: Option<Position>,
        before: Option<Position>,
        last: Option<i32>,
        lanes: Option<Vec<String>>,
    ) -> Result<TimelinePage> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let window = Window {
            after: after.map_or(::events::Position::START, |p| p.0),
            before: before.map_or(::events::Position::END, |p| p.0),
            limit: limit(last, 100),
            lanes: lanes.unwrap_or_default(),
        };
        let timeline = app.read.timeline();
        let found = timeline.window(&basis, app.owner, app.companion.into(), &window).await.map_err(refuse)?;
        Ok(TimelinePage { basis: (&basis).into(), items: found.into_iter().map(Into::into).collect() })
    }

    /// How much happened over the whole past.
    async fn density(
        &self,
        context: &Context<'_>,
        as_of: Option<String>,
        branch: Option<String>,
        buckets: Option<i32>,
    ) -> Result<Density> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let timeline = app.read.timeline();
        let found =
            timeline.density(&basis, app.owner, app.companion.into(), limit(buckets, 100)).await.map_err(refuse)?;
        Ok(Density { basis: (&basis).into(), buckets: found.into_iter().map(Into::into).collect() })
    }

    /// The names that `state` knows.
    async fn state_names(&self) -> Vec<&'static str> {
        STATE_NAMES.to_vec()
    }

    /// A named state: what the companion knows or feels.
    async fn state(
        &self,
        context: &Context<'_>,
        name: String,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<StateView> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let value = app.state(&basis, &name).await.map_err(refuse)?;
        Ok(StateView { basis: (&basis).into(), name, value: Json(value) })
    }

    /// What changed from `asOf` to `to`, in one state or in all.
    async fn state_diff(
        &self,
        context: &Context<'_>,
        name: Option<String>,
        as_of: Option<String>,
        branch: Option<String>,
        to: Option<String>,
        to_branch: Option<String>,
    ) -> Result<StateDiff> {
        let app = app(context)?;
        let from = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let to_branch = to_branch.or(branch);
        let to = app.basis(to_branch.as_deref(), to.as_deref()).await.map_err(refuse)?;
        let changes = app.state_diff(&from, &to, name.as_deref()).await.map_err(refuse)?;
        let changes = changes
            .into_iter()
            .map(|c| StateChange { path: c.path, before: c.before.map(Json), after: c.after.map(Json) })
            .collect();
        Ok(StateDiff { from: (&from).into(), to: (&to).into(), changes })
    }

    /// All that led to a reply, or was done with a message.
    async fn why(
        &self,
        context: &Context<'_>,
        message: ID,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<Why> {
        let app = app(context)?;
        let message: MessageId = id(&message, "message", Code::NoSuchMessage)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        Ok(Why::new((&basis).into(), app.why(&basis, message).await.map_err(refuse)?))
    }

    /// One event; null when it is another person's or past the basis.
    async fn event(
        &self,
        context: &Context<'_>,
        position: Position,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<Option<Event>> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        if position.0 > basis.position {
            return Ok(None);
        }
        let found = app.log.at(basis.branch, &[position.0]).await.map_err(refuse)?;
        Ok(found.first().filter(|e| own_filter(app, None).takes(e)).map(Event::from))
    }

    /// Events up to the basis: the first so many after a position, or the last so many.
    #[allow(clippy::too_many_arguments)]
    async fn events(
        &self,
        context: &Context<'_>,
        after: Option<Position>,
        first: Option<i32>,
        last: Option<i32>,
        types: Option<Vec<String>>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<EventPage> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let filter = own_filter(app, types);
        let wanted = limit(first.or(last), 100) as usize;
        let after = after.map_or(::events::Position::START, |p| p.0);
        if let (Some(_), None) = (last, first) {
            let items = newest(app, &basis, &filter, after, wanted).await?;
            return Ok(EventPage { basis: (&basis).into(), items });
        }
        let mut found = Vec::new();
        let mut from = after;
        'pages: while from < basis.position {
            let page = app.log.read(basis.branch, from, 1_000).await.map_err(refuse)?;
            let Some(end) = page.last() else { break };
            from = end.position();
            for event in page.iter().filter(|e| e.position() <= basis.position && filter.takes(e)) {
                if found.len() == wanted {
                    break 'pages;
                }
                found.push(Event::from(event));
            }
        }
        Ok(EventPage { basis: (&basis).into(), items: found })
    }

    /// The log in numbers, up to the basis.
    async fn log_stats(
        &self,
        context: &Context<'_>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<LogStats> {
        let app = app(context)?;
        let basis = app.basis(branch.as_deref(), as_of.as_deref()).await.map_err(refuse)?;
        let mut types: BTreeMap<String, u64> = BTreeMap::new();
        let mut streams = HashSet::new();
        let (mut events, mut bytes) = (0, 0);
        let (mut first, mut last) = (None, None);
        let mut from = ::events::Position::START;
        while from < basis.position {
            let page = app.log.read_sealed(basis.branch, from, 2_000).await.map_err(refuse)?;
            let Some(end) = page.last() else { break };
            from = end.header.position;
            for event in page.iter().filter(|e| e.header.position <= basis.position) {
                events += 1;
                bytes += event.body.len() as u64;
                streams.insert(event.header.stream);
                *types.entry(event.header.event_type.to_string()).or_default() += 1;
                first.get_or_insert(event.header.recorded_at);
                last = Some(event.header.recorded_at);
            }
        }
        Ok(LogStats {
            basis: (&basis).into(),
            events,
            bytes,
            streams: streams.len() as u64,
            first: first.map(|t| t.to_string()),
            last: last.map(|t| t.to_string()),
            types: types.into_iter().map(|(event_type, count)| TypeCount { event_type, count }).collect(),
        })
    }

    /// The backups in a folder of the machine that holds the companion.
    async fn backups(&self, context: &Context<'_>, folder: String) -> Result<Vec<Backup>> {
        let found = app(context)?.backup_list(folder.as_ref()).map_err(refuse)?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// Reads a backup whole, the newest one when none is named, and compares it with its signed checkpoints.
    async fn verify_backup(
        &self,
        context: &Context<'_>,
        folder: String,
        name: Option<String>,
    ) -> Result<VerifiedBackup> {
        let (backup, root) = app(context)?.backup_verify(folder.as_ref(), name.as_deref()).map_err(refuse)?;
        Ok(VerifiedBackup { name: backup.name, events: backup.events, root })
    }

    /// Everybody who has, or had, a data key here.
    async fn subjects(&self, context: &Context<'_>) -> Result<Vec<Subject>> {
        Ok(app(context)?.subjects().await.map_err(refuse)?.into_iter().map(Into::into).collect())
    }

    /// What an erasure of a subject (an id, a name, or `me`) would touch.
    async fn erasure_preview(&self, context: &Context<'_>, subject: String) -> Result<ErasurePreview> {
        Ok(app(context)?.erasure_preview(&subject).await.map_err(refuse)?.into())
    }

    /// The receipt of a finished erasure.
    async fn erasure_receipt(&self, context: &Context<'_>, subject: String) -> Result<Erasure> {
        let app = app(context)?;
        let subject = app.subject_named(&subject).await.map_err(refuse)?;
        Ok(app.erased(subject.id).await.map_err(refuse)?.into())
    }

    /// Proof that nothing in the log was changed, taken out or put in.
    async fn audit(&self) -> Audit {
        Audit
    }

    /// Checks order, versions, times and hashes of every event of a branch.
    async fn verify_log(&self, context: &Context<'_>, branch: Option<String>) -> Result<LogVerification> {
        let app = app(context)?;
        let name = branch.unwrap_or_else(|| "main".to_owned());
        let found = branch_named(&*app.log, &name).await.map_err(refuse)?;
        match verify(&*app.log, &found, &mut |_| ()).await {
            Ok(verified) => Ok(LogVerification {
                branch: name,
                events: verified.events,
                ok: true,
                bad_position: None,
                detail: "order, versions, times and hashes are sound".to_owned(),
                leaf: Some(verified.leaf.iter().map(|b| format!("{b:02x}")).collect()),
            }),
            Err(::events::ReadError::Damaged { position, what, .. }) => Ok(LogVerification {
                branch: name,
                events: position.0.saturating_sub(1),
                ok: false,
                bad_position: Some(position.into()),
                detail: what,
                leaf: None,
            }),
            Err(other) => Err(refuse(other)),
        }
    }

    /// The read models, with their digests at the basis.
    async fn projections(
        &self,
        context: &Context<'_>,
        as_of: Option<String>,
        branch: Option<String>,
    ) -> Result<Vec<Projection>> {
        list_projections(app(context)?, as_of, branch).await
    }

    /// Every line of history.
    async fn branches(&self, context: &Context<'_>) -> Result<Vec<Branch>> {
        let all = app(context)?.log.branches().await.map_err(refuse)?;
        Ok(all.iter().map(|b| Branch::of(b, &all)).collect())
    }

    /// What two lines of history did differently after they parted. Without `against`, a branch and its parent.
    async fn branch_diff(
        &self,
        context: &Context<'_>,
        branch: String,
        against: Option<String>,
    ) -> Result<BranchDiff> {
        diff(app(context)?, &branch, against.as_deref()).await
    }

    /// How everything is.
    async fn health(&self, context: &Context<'_>) -> Result<Health> {
        let app = app(context)?;
        let projections = list_projections(app, None, None).await.unwrap_or_default();
        let model = app.turns.model();
        let identity = model.identity();
        Ok(Health {
            ok: !projections.is_empty() && projections.iter().all(|p| p.healthy),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sqlite: ::events::log::sqlite::sqlite_version()
                .await
                .map_err(|e| refuse(AppError::new(Code::LogUnreadable, e.to_string())))?,
            head: (*app.log.head(BranchId::MAIN).await.map_err(refuse)?.borrow()).into(),
            uptime_seconds: app.uptime_seconds(),
            model: Model { name: identity.name, version: identity.version, context_tokens: model.context_tokens() },
            projections,
        })
    }
}

/// The newest events that a filter takes, oldest first: read backwards, so that a long past costs nothing.
async fn newest(
    app: &App,
    basis: &projections::Basis,
    filter: &Filter,
    after: ::events::Position,
    wanted: usize,
) -> Result<Vec<Event>> {
    const PAGE: u32 = 1_000;
    let mut found = std::collections::VecDeque::new();
    let mut end = basis.position;
    while end > after && found.len() < wanted {
        let from = ::events::Position(end.0.saturating_sub(u64::from(PAGE))).max(after);
        let page = app.log.read(basis.branch, from, PAGE).await.map_err(refuse)?;
        for event in page.iter().rev().filter(|e| e.position() <= end && filter.takes(e)) {
            if found.len() == wanted {
                break;
            }
            found.push_front(Event::from(event));
        }
        end = from;
    }
    Ok(found.into())
}

async fn list_projections(app: &App, as_of: Option<String>, branch: Option<String>) -> Result<Vec<Projection>> {
    let as_of = as_of.as_deref().unwrap_or("latest").parse().map_err(|e: projections::AsOfError| refuse(e))?;
    let branch = branch.unwrap_or_else(|| "main".to_owned());
    // Not through `App::basis`: a read model that stopped must show here, not make the question fail.
    let basis = projections::resolve(&*app.log, &branch, as_of).await.map_err(refuse)?;
    let waited = app.read.reach(&basis).await;
    let mut list = Vec::new();
    for health in app.read.health(basis.branch) {
        let digest = app.read.digest(health.name, &basis).await.map_err(refuse)?;
        let behind = waited.as_ref().err().map(ToString::to_string).filter(|_| health.position < basis.position);
        list.push(Projection {
            name: health.name.to_owned(),
            version: health.version,
            position: health.position.min(basis.position).into(),
            head: basis.position.into(),
            healthy: health.failure.is_none() && behind.is_none(),
            code: health.failure.as_ref().map(|f| f.code.to_string()),
            error: health.failure.map(|f| f.message).or(behind),
            note: health.note,
            digest: digest.iter().map(|b| format!("{b:02x}")).collect(),
        });
    }
    Ok(list)
}

pub(super) async fn diff(app: &App, branch: &str, against: Option<&str>) -> Result<BranchDiff> {
    let all = app.log.branches().await.map_err(refuse)?;
    let right = branch_named(&*app.log, branch).await.map_err(refuse)?;
    let left = match against {
        Some(name) => branch_named(&*app.log, name).await.map_err(refuse)?,
        None => {
            let parent = right.parent.and_then(|id| all.iter().find(|b| b.id == id));
            let trunk = || refuse(AppError::new(Code::TrunkBranch, "main has no parent to be compared with"));
            parent.cloned().ok_or_else(trunk)?
        }
    };
    let fork = parting(&all, &left, &right);
    let found = branches::diff(&*app.log, left.id, right.id, fork).await.map_err(refuse)?;
    let l = app.basis(Some(&left.name), None).await.map_err(refuse)?;
    let r = app.basis(Some(&right.name), None).await.map_err(refuse)?;
    // That the branch was made, is told on its parent, and is no difference in what happened.
    let told = |d: &branches::Difference| match d {
        branches::Difference::OnlyLeft(e) | branches::Difference::OnlyRight(e) => {
            e.header.stream.category != ::events::Category::Branch
        }
        branches::Difference::Changed(..) => true,
    };
    let own = own_filter(app, None);
    let mine = |d: &branches::Difference| match d {
        branches::Difference::OnlyLeft(e) | branches::Difference::OnlyRight(e) => own.takes(e),
        branches::Difference::Changed(l, r, _) => own.takes(l) && own.takes(r),
    };
    let differences = found.into_iter().filter(told).filter(mine).map(BranchDifference::from).collect();
    Ok(BranchDiff { fork: fork.into(), left: (&l).into(), right: (&r).into(), differences })
}

/// The last position that two branches share.
fn parting(all: &[::events::Branch], left: &::events::Branch, right: &::events::Branch) -> ::events::Position {
    let path = |b: &::events::Branch| ::events::log::stretches(all, b.id, b.head).unwrap_or_default();
    let (l, r) = (path(left), path(right));
    let mut last = ::events::Position::START;
    for (a, b) in l.iter().zip(&r) {
        if a.branch != b.branch {
            break;
        }
        last = a.through.min(b.through);
    }
    last
}
