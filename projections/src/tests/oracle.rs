//! The same answers by the plainest means: walk over all events up to the basis and write down what was said.

use std::collections::{BTreeMap, HashMap};

use events::payload::{ConversationEvent as E, Role};
use events::{
    Category, CompanionId, ConversationId, Event, EventLog, MessageId, PersonId, Position, Recorded, RunId, Timestamp,
};

use super::history::{COMPANIONS, PEOPLE};
use crate::ReadModels;
use crate::basis::Basis;
use crate::conversations::{Page, ReplyState};
use crate::timeline::{LANES, Window};
use crate::working_memory::LIFETIME_SECONDS;

#[derive(Clone, Debug, PartialEq)]
struct Line {
    id: MessageId,
    role: Role,
    text: String,
    at: Timestamp,
    position: Position,
    text_position: Position,
    reply_to: Option<MessageId>,
    state: Option<ReplyState>,
    variants: Vec<MessageId>,
    selected: Option<MessageId>,
    rewards: Vec<f64>,
}

#[derive(Debug)]
struct Talk {
    person: PersonId,
    companion: CompanionId,
    private: bool,
    started: (Timestamp, Position),
    lines: Vec<Line>,
}

impl Talk {
    fn line(&mut self, id: MessageId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|l| l.id == id)
    }

    /// When and where something was last said.
    fn last(&self) -> (Timestamp, Position) {
        self.lines.last().map_or(self.started, |l| (l.at, l.position))
    }
}

#[derive(Debug, Default)]
struct Expected {
    talks: HashMap<ConversationId, Talk>,
    /// Per message: whether its turn is over, and where that was last told.
    turns: BTreeMap<MessageId, (bool, Option<RunId>, Position)>,
    moods: HashMap<(CompanionId, PersonId), (Position, f64)>,
    facts: HashMap<PersonId, Vec<Position>>,
    chosen: BTreeMap<(PersonId, String, String), u64>,
    /// Per reply: its person, skill and context, and the latest verdict.
    judged: HashMap<MessageId, (PersonId, String, String, f64)>,
}

fn expected(events: &[Recorded]) -> Expected {
    let mut all = Expected::default();
    let mut choices: HashMap<MessageId, (String, String)> = HashMap::new();
    let mut runs: HashMap<RunId, Option<(String, String)>> = HashMap::new();
    let mut replies: HashMap<MessageId, RunId> = HashMap::new();
    let mut learned: HashMap<MessageId, Vec<Position>> = HashMap::new();
    for event in events {
        let (at, when) = (event.position(), event.header.occurred_at);
        let conversation = ConversationId(event.header.stream.id);
        let Some(Event::Conversation(e)) = event.event().unwrap() else { continue };
        if let E::ConversationStarted { person, companion, private, .. } = &e {
            let talk = Talk {
                person: *person,
                companion: *companion,
                private: *private,
                started: (when, at),
                lines: vec![],
            };
            all.talks.insert(conversation, talk);
        }
        let talk = all.talks.get_mut(&conversation).unwrap();
        let person = talk.person;
        let line = |id, role, text: String, reply_to, state| Line {
            id,
            role,
            text,
            at: when,
            position: at,
            text_position: at,
            reply_to,
            state,
            variants: vec![],
            selected: None,
            rewards: vec![],
        };
        match e {
            E::MessageReceived { message, text, .. } => {
                talk.lines.push(line(message, Role::Person, text, None, None));
                all.turns.insert(message, (false, None, at));
            }
            E::MessageImported { message, role, text, .. } => talk.lines.push(line(message, role, text, None, None)),
            E::MessageEdited { message, text } => {
                let edited = talk.line(message).unwrap();
                (edited.text, edited.text_position) = (text, at);
            }
            E::ReplyStarted { message, run, .. } => {
                runs.insert(run, choices.get(&message).cloned());
                all.turns.insert(message, (false, Some(run), at));
            }
            E::ReplyCompleted { message, run, reply, text, .. } => {
                talk.lines.push(line(reply, Role::Companion, text, Some(message), Some(ReplyState::Completed)));
                talk.line(message).unwrap().variants.push(reply);
                talk.line(message).unwrap().selected = Some(reply);
                replies.insert(reply, run);
                all.turns.insert(message, (true, Some(run), at));
            }
            E::ReplyInterrupted { message, run, reply, text, .. } => {
                talk.lines.push(line(reply, Role::Companion, text, Some(message), Some(ReplyState::Interrupted)));
                talk.line(message).unwrap().variants.push(reply);
                replies.insert(reply, run);
                all.turns.insert(message, (true, Some(run), at));
            }
            E::VariantSelected { message, reply } => {
                if let Some(line) = talk.line(message) {
                    line.selected = Some(reply);
                }
            }
            E::MessageForgotten { message, reply_to } => {
                talk.lines.retain(|line| line.id != message);
                if let Some(answered) = reply_to.and_then(|to| talk.line(to)) {
                    answered.variants.retain(|reply| *reply != message);
                    answered.selected = answered.selected.filter(|reply| *reply != message);
                }
                all.turns.insert(message, (true, None, at));
                let gone = learned.remove(&message).unwrap_or_default();
                all.facts.entry(person).or_default().retain(|position| !gone.contains(position));
            }
            E::FeedbackGiven { reply, feedback } => {
                talk.line(reply).unwrap().rewards.push(feedback.reward);
                if let Some((skill, context)) = replies.get(&reply).and_then(|run| runs.get(run)).cloned().flatten() {
                    all.judged.insert(reply, (person, skill, context, feedback.reward));
                }
            }
            E::SkillChosen { message, skill, context, .. } => {
                *all.chosen.entry((person, skill.clone(), context.clone())).or_default() += 1;
                choices.insert(message, (skill, context));
            }
            E::EmotionAppraised { after, .. } => {
                all.moods.insert((talk.companion, person), (at, after.valence));
            }
            E::FactsExtracted { message, facts, .. } if !talk.private => {
                learned.entry(message).or_default().push(at);
                all.facts.entry(person).or_default().extend(facts.iter().map(|_| at));
            }
            _ => {}
        }
    }
    all
}

/// The turns of a conversation that are not expired, newest first: of several replies the one that counts, and without
/// such a one the newest that broke off with words.
fn remembered(
    events: &[Recorded],
    conversation: ConversationId,
    basis: &Basis,
) -> Vec<(MessageId, String, Position)> {
    let fresh = |e: &&Recorded| e.header.recorded_at.plus_seconds(LIFETIME_SECONDS) > basis.time.unwrap();
    let own: Vec<Recorded> = events
        .iter()
        .filter(|e| e.header.stream.category == Category::Conversation && e.header.stream.id == conversation.0)
        .filter(fresh)
        .cloned()
        .collect();
    let mut texts: HashMap<MessageId, (String, Position)> = HashMap::new();
    let mut counts: HashMap<MessageId, MessageId> = HashMap::new();
    let mut broken: HashMap<MessageId, MessageId> = HashMap::new();
    let mut said: Vec<(MessageId, Option<MessageId>)> = vec![];
    let forgotten: Vec<MessageId> = own
        .iter()
        .filter_map(|event| match event.event().unwrap() {
            Some(Event::Conversation(E::MessageForgotten { message, .. })) => Some(message),
            _ => None,
        })
        .collect();
    for event in &own {
        let at = event.position();
        let Some(Event::Conversation(e)) = event.event().unwrap() else { continue };
        match e {
            E::ReplyCompleted { reply: message, .. }
            | E::ReplyInterrupted { reply: message, .. }
            | E::VariantSelected { reply: message, .. }
            | E::MessageReceived { message, .. }
            | E::MessageImported { message, .. }
                if forgotten.contains(&message) => {}
            E::MessageReceived { message, text, .. } | E::MessageImported { message, text, .. } => {
                texts.insert(message, (text, at));
                said.push((message, None));
            }
            E::MessageEdited { message, text } => {
                texts.insert(message, (text, at));
            }
            E::ReplyCompleted { message, reply, text, .. } => {
                texts.insert(reply, (text, at));
                said.push((reply, Some(message)));
                counts.insert(message, reply);
            }
            E::ReplyInterrupted { message, reply, text, .. } if !text.is_empty() => {
                texts.insert(reply, (text, at));
                said.push((reply, Some(message)));
                broken.insert(message, reply);
            }
            E::VariantSelected { message, reply } => {
                counts.insert(message, reply);
            }
            _ => {}
        }
    }
    said.retain(|(id, to)| to.is_none_or(|to| counts.get(&to).or_else(|| broken.get(&to)) == Some(id)));
    said.iter().rev().map(|(id, _)| (*id, texts[id].0.clone(), texts[id].1)).collect()
}

/// Asserts that the read side says what the events say.
pub(super) async fn agrees(read: &ReadModels, log: &dyn EventLog, basis: &Basis) {
    let mut events = log.read(basis.branch, Position::START, 8_192).await.unwrap();
    events.retain(|e| e.position() <= basis.position);
    let all = expected(&events);
    let talk = read.conversations();
    for person in PEOPLE {
        let mut own: Vec<(&ConversationId, &Talk)> = all.talks.iter().filter(|(_, t)| t.person == person).collect();
        own.sort_by_key(|(_, t)| std::cmp::Reverse(t.last()));
        let list = talk.list(basis, person, 1_000).await.unwrap();
        let told: Vec<_> = list
            .iter()
            .map(|c| (c.id, c.companion, c.private, c.messages, (c.last_activity, c.last_position)))
            .collect();
        let wanted: Vec<_> =
            own.iter().map(|(id, t)| (**id, t.companion, t.private, t.lines.len() as u64, t.last())).collect();
        assert_eq!(told, wanted, "the conversations of {person}");
        for (id, wanted) in own {
            let whole = talk.messages(basis, person, *id, Page::newest(1_000)).await.unwrap();
            let lines: Vec<Line> = whole
                .into_iter()
                .map(|m| Line {
                    id: m.id,
                    role: m.role,
                    text: m.text.unwrap(),
                    at: m.occurred_at,
                    position: m.position,
                    text_position: m.text_position,
                    reply_to: m.reply_to,
                    state: m.state,
                    variants: m.variants,
                    selected: m.selected,
                    rewards: m.feedback.iter().map(|f| f.feedback.as_ref().unwrap().reward).collect(),
                })
                .collect();
            assert_eq!(lines, wanted.lines, "the messages of {id}");
            for line in &lines {
                assert_eq!(talk.message(basis, person, line.id).await.unwrap().text.as_ref(), Some(&line.text));
            }
            let recent = read.working_memory().recent(basis, *id, 1_000).await.unwrap();
            let recent: Vec<_> = recent.into_iter().map(|t| (t.message, t.text, t.source)).collect();
            let wanted = remembered(&events, *id, basis);
            assert_eq!(recent, wanted, "what is remembered of {id}");
            for limit in [0, 1, 2, 5] {
                let few = read.working_memory().recent(basis, *id, limit).await.unwrap();
                let few: Vec<_> = few.into_iter().map(|t| (t.message, t.text, t.source)).collect();
                assert_eq!(few, wanted[..limit.min(wanted.len())], "the newest {limit} of {id}");
            }
        }
        let facts = read.minds().facts(basis, person, 1_000).await.unwrap();
        let mut facts: Vec<Position> = facts.iter().map(|f| f.position).collect();
        facts.reverse();
        assert_eq!(facts, all.facts.get(&person).cloned().unwrap_or_default(), "the facts of {person}");
        for companion in COMPANIONS {
            let mood = read.minds().mood(basis, companion, person).await.unwrap();
            let mood = mood.map(|m| (m.position, m.affect.valence));
            assert_eq!(mood, all.moods.get(&(companion, person)).copied(), "the mood towards {person}");
        }
        learned(read, basis, person, &all).await;
        counted(read, basis, person).await;
    }
    // Turns of a parent are the parent's to finish.
    let last = basis.lineage.last().unwrap();
    let fork = if last.branch == basis.branch { last.after } else { basis.position };
    let mut open: Vec<_> = all.turns.into_iter().filter(|(_, (done, _, at))| !done && *at > fork).collect();
    open.sort_by_key(|(_, (_, _, at))| *at);
    let told = talk.unfinished(basis).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|t| (t.message, (false, t.run, t.position))).collect();
    assert_eq!(told, open, "open turns");
}

/// What the timeline counts is what it lists.
async fn counted(read: &ReadModels, basis: &Basis, person: PersonId) {
    let common = COMPANIONS[1].into();
    let window = Window { after: Position::START, before: Position::END, limit: u32::MAX, lanes: vec![] };
    let entries = read.timeline().window(basis, person, common, &window).await.unwrap();
    for n in [1, 3, 7, 10_000] {
        let buckets = read.timeline().density(basis, person, common, n).await.unwrap();
        assert_eq!(buckets.first().unwrap().from, Position(1));
        assert!(buckets.windows(2).all(|b| b[1].from == b[0].through.next()));
        assert_eq!(buckets.last().unwrap().through, basis.position);
        for bucket in buckets {
            let within: Vec<_> =
                entries.iter().filter(|e| bucket.from <= e.position && e.position <= bucket.through).collect();
            let mut counts = [0; LANES.len()];
            for entry in &within {
                counts[LANES.iter().position(|lane| *lane == entry.lane).unwrap()] += 1;
            }
            let ends = (within.first().map(|e| e.recorded_at), within.last().map(|e| e.recorded_at));
            assert_eq!((bucket.counts, (bucket.start, bucket.end)), (counts, ends), "from {}", bucket.from);
        }
    }
}

/// A verdict counts for the skill that its run was begun with.
async fn learned(read: &ReadModels, basis: &Basis, person: PersonId, all: &Expected) {
    let mut wanted: BTreeMap<(String, String), (u64, u64, f64, f64)> = BTreeMap::new();
    for ((of, skill, context), chosen) in &all.chosen {
        if *of == person {
            wanted.insert((skill.clone(), context.clone()), (*chosen, 0, 1.0, 1.0));
        }
    }
    for (of, skill, context, reward) in all.judged.values() {
        if *of == person {
            let record = wanted.get_mut(&(skill.clone(), context.clone())).unwrap();
            record.1 += 1;
            record.2 += reward.max(0.0);
            record.3 += (-reward).max(0.0);
        }
    }
    let round = |x: f64| (x * 1e6).round() / 1e6; // Sums are made in another order.
    let skills = read.minds().skills(basis, person).await.unwrap();
    let told: BTreeMap<_, _> = skills
        .into_iter()
        .map(|s| ((s.skill, s.context), (s.chosen, s.judged, round(s.alpha), round(s.beta))))
        .collect();
    for record in wanted.values_mut() {
        (record.2, record.3) = (round(record.2), round(record.3));
    }
    assert_eq!(told, wanted, "the skills with {person}");
    for context in super::history::CONTEXTS {
        let told = read.minds().posteriors(basis, person, context).await.unwrap();
        let told: Vec<_> = told.into_iter().map(|(skill, a, b)| (skill, round(a), round(b))).collect();
        let judged = wanted.iter().filter(|((_, of), record)| of == context && record.1 > 0);
        let wanted: Vec<_> = judged.map(|((skill, _), r)| (skill.clone(), r.2, r.3)).collect();
        assert_eq!(told, wanted, "the chances for {context} with {person}");
    }
}
