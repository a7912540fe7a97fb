//! Everything that can be asked, asked at a basis, so that two read sides can be compared by what they say.

use std::collections::BTreeSet;

use events::payload::ConversationEvent as E;
use events::{BranchId, CompanionId, ConversationId, Event, EventLog, MessageId, Position, RunId, Timestamp};

use super::history::{COMPANIONS, CONTEXTS, PEOPLE};
use crate::ReadModels;
use crate::album::AlbumFilter;
use crate::basis::Basis;
use crate::conversations::Page;
use crate::graph::closeness;
use crate::memory::{MemoryQuery, Names};
use crate::timeline::Window;

/// The things that were ever mentioned on a line of history.
#[derive(Debug, Default)]
pub(super) struct Mentioned {
    conversations: BTreeSet<ConversationId>,
    messages: BTreeSet<MessageId>,
    runs: BTreeSet<RunId>,
}

impl Mentioned {
    pub(super) async fn on(log: &dyn EventLog, branch: BranchId) -> Self {
        let mut all = Self::default();
        let mut after = Position::START;
        loop {
            let page = log.read(branch, after, 4_096).await.unwrap();
            let Some(last) = page.last() else { return all };
            after = last.position();
            for event in page {
                let Some(Event::Conversation(e)) = event.event().unwrap() else { continue };
                all.conversations.insert(ConversationId(event.header.stream.id));
                match e {
                    E::MessageReceived { message, .. } | E::MessageImported { message, .. } => {
                        all.messages.insert(message);
                    }
                    E::ReplyStarted { run, .. } => {
                        all.runs.insert(run);
                    }
                    E::ReplyCompleted { reply, .. } | E::ReplyInterrupted { reply, .. } => {
                        all.messages.insert(reply);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn say(lines: &mut Vec<String>, what: impl std::fmt::Display, answer: impl std::fmt::Debug) {
    lines.push(format!("{what}: {answer:?}"));
}

/// Asks everything. Errors are answers as well.
pub(super) async fn answers(read: &ReadModels, basis: &Basis, mentioned: &Mentioned) -> Vec<String> {
    let mut lines = Vec::new();
    let (talk, minds, timeline) = (read.conversations(), read.minds(), read.timeline());
    say(&mut lines, "people", minds.people(basis).await);
    say(&mut lines, "companions", minds.companions(basis).await);
    say(&mut lines, "unfinished", talk.unfinished(basis).await);
    for person in PEOPLE {
        say(&mut lines, format!("list {person}"), talk.list(basis, person, 100).await);
        say(&mut lines, format!("first {person}"), talk.list(basis, person, 1).await);
        say(&mut lines, format!("facts {person}"), minds.facts(basis, person, 100).await);
        let kept = AlbumFilter { limit: 100, ..AlbumFilter::default() };
        say(&mut lines, format!("album {person}"), read.album().list(basis, person, &kept).await);
        say(&mut lines, format!("skills {person}"), minds.skills(basis, person).await);
        let known = read.graphs().graph(basis, person).await;
        if let Ok(graph) = &known {
            // On the other clock: what held at some moments, as known at this basis.
            for moment in ["2026-01-15", "2026-03-01", "2026-04-20"] {
                let at = graph.at(Timestamp::parse(moment).unwrap());
                say(&mut lines, format!("graph {person} valid {moment}"), (at.nodes(), at.edges()));
                say(
                    &mut lines,
                    format!("people {person} {moment}"),
                    closeness(graph, Timestamp::parse(moment).unwrap()),
                );
            }
        }
        say(&mut lines, format!("graph {person}"), known.map(|g| (g.digest().unwrap(), g.doubts().to_vec())));
        for question in ["words", "What did you answer, and when?", "the harbour note"] {
            let query = MemoryQuery {
                person,
                text: question.to_owned(),
                asked_at: basis.time,
                names: Names::default(),
                but: None,
                kinds: vec![],
                limit: 30,
            };
            let found = read.memory().search(basis, &query).await;
            say(&mut lines, format!("{question} {person}"), found);
        }
        for context in CONTEXTS {
            say(&mut lines, format!("{context} {person}"), minds.posteriors(basis, person, context).await);
        }
        for companion in COMPANIONS {
            say(&mut lines, format!("mood {companion} {person}"), minds.mood(basis, companion, person).await);
        }
        let common = CompanionId(COMPANIONS[0].0).into();
        let whole = Window { after: Position::START, before: Position::END, limit: 1_000, lanes: vec![] };
        let part = Window {
            after: Position(3),
            limit: 5,
            lanes: vec!["conversation".into(), "skill".into()],
            ..whole.clone()
        };
        say(&mut lines, format!("timeline {person}"), timeline.window(basis, person, common, &whole).await);
        say(&mut lines, format!("part {person}"), timeline.window(basis, person, common, &part).await);
        say(&mut lines, format!("density {person}"), timeline.density(basis, person, common, 7).await);
        for conversation in &mentioned.conversations {
            say(&mut lines, format!("get {conversation} {person}"), talk.get(basis, person, *conversation).await);
            let oldest = Page { newest: false, ..Page::newest(4) };
            for page in [Page::newest(100), Page::newest(3), oldest, Page { after: Position(9), ..oldest }] {
                let found = talk.messages(basis, person, *conversation, page).await;
                say(&mut lines, format!("messages {conversation} {person} {page:?}"), found);
            }
        }
        for message in &mentioned.messages {
            say(&mut lines, format!("message {message} {person}"), talk.message(basis, person, *message).await);
        }
    }
    for conversation in &mentioned.conversations {
        say(&mut lines, format!("parties {conversation}"), minds.parties(basis, *conversation).await);
        for limit in [1, 3, 100] {
            let recent = read.working_memory().recent(basis, *conversation, limit).await;
            say(&mut lines, format!("recent {limit} {conversation}"), recent);
        }
    }
    for message in &mentioned.messages {
        let steps = talk.steps(basis, *message).await.unwrap();
        say(&mut lines, format!("steps {message}"), steps.iter().map(|s| s.position()).collect::<Vec<_>>());
    }
    for run in &mentioned.runs {
        say(&mut lines, format!("run {run}"), talk.run(basis, *run).await);
    }
    lines
}

/// The first question that two read sides answer differently.
pub(super) fn difference(left: &[String], right: &[String]) -> Option<String> {
    assert_eq!(left.len(), right.len(), "the same was asked");
    left.iter().zip(right).find(|(l, r)| l != r).map(|(l, r)| format!("{l}\n{r}"))
}
