//! Histories as people make them: any sequence of acts becomes events that a conversation could really have.

use std::collections::HashMap;
use std::sync::Arc;

use events::log::Log;
use events::payload::{
    Affect, AlbumEvent, Annotation, CompanionEvent, ConversationEvent as E, Fact, Feedback, FinishReason, GraphEvent,
    GraphTerm, InterruptReason, Keepsake, PersonEvent, Role, Usage,
};
use events::seal::memory::MemoryKeyRing;
use events::stream::StreamId;
use events::time::ManualClock;
use events::{
    Actor, Append, BranchId, Category, CommandId, CompanionId, ConversationId, Event, EventLog, Expected, MadeBy,
    MemoryId, MessageId, NewEvent, PersonId, Position, Recorded, RunId, StreamWrite, SubjectId, SystemEntropy,
    Timestamp,
};
use models::graph::{Input, RuleStatements, StatementExtractor as _};
use proptest::prelude::*;
use uuid::Uuid;

/// Who there is: the owner and another person.
pub(super) const PEOPLE: [PersonId; 2] = [PersonId(Uuid::from_u128(0xA1)), PersonId(Uuid::from_u128(0xA2))];
pub(super) const COMPANIONS: [CompanionId; 2] =
    [CompanionId(Uuid::from_u128(0xC1)), CompanionId(Uuid::from_u128(0xC2))];
pub(super) const CONTEXTS: [&str; 2] = ["question", "statement"];
const SKILLS: [&str; 3] = ["listen", "ask_back", "cheer_up"];
const DAY: i64 = 86_400;
/// What each of the two says of people and places.
const SAID: [&[&str]; 2] = [
    &[
        "My sister Anna lives in Lisbon",
        "Anna moved from Lisbon to Porto last May",
        "Annika works at Siemens",
        "I love jazz",
        "I hate jazz",
        "Anna no longer lives in Porto",
        "Anna Berg loves climbing",
    ],
    &[
        "My brother Tom lives in Oslo",
        "Tom moved to Bergen in March",
        "Tom works at Equinor",
        "I love skiing",
        "I hate skiing",
    ],
];

/// Something that happens. Numbers choose among what there is at that moment.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Start { person: usize, private: bool, titled: bool },
    Retitle { of: usize },
    Say { of: usize },
    Import { of: usize, companion: bool },
    Edit { of: usize },
    Begin { of: usize, skill: usize, context: usize },
    Finish { of: usize, interrupted: bool, words: bool },
    Select { of: usize },
    Judge { of: usize, tenths: i32 },
    Learn { of: usize },
    Feel { of: usize, hundredths: i32 },
    Keep { of: usize, whole: bool, noted: bool },
    Tend { of: usize, how: u8 },
    Forget { of: usize, reply: bool },
    Read { of: usize, says: usize },
    Relate { of: usize, how: u8 },
    RenamePerson { of: usize },
    RenameCompanion { of: usize, persona: bool },
    Pass { days: i64 },
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let n = || 0usize..1_000;
    prop_oneof![
        3 => (0usize..2, any::<bool>(), any::<bool>())
            .prop_map(|(person, private, titled)| Act::Start { person, private, titled }),
        1 => n().prop_map(|of| Act::Retitle { of }),
        8 => n().prop_map(|of| Act::Say { of }),
        2 => (n(), any::<bool>()).prop_map(|(of, companion)| Act::Import { of, companion }),
        2 => n().prop_map(|of| Act::Edit { of }),
        8 => (n(), 0usize..3, 0usize..2).prop_map(|(of, skill, context)| Act::Begin { of, skill, context }),
        8 => (n(), prop::bool::weighted(0.3), any::<bool>())
            .prop_map(|(of, interrupted, words)| Act::Finish { of, interrupted, words }),
        3 => n().prop_map(|of| Act::Select { of }),
        4 => (n(), -10i32..=10).prop_map(|(of, tenths)| Act::Judge { of, tenths }),
        3 => n().prop_map(|of| Act::Learn { of }),
        3 => (n(), -100i32..=100).prop_map(|(of, hundredths)| Act::Feel { of, hundredths }),
        4 => (n(), any::<bool>(), any::<bool>()).prop_map(|(of, whole, noted)| Act::Keep { of, whole, noted }),
        4 => (n(), 0u8..4).prop_map(|(of, how)| Act::Tend { of, how }),
        2 => (n(), any::<bool>()).prop_map(|(of, reply)| Act::Forget { of, reply }),
        6 => (n(), n()).prop_map(|(of, says)| Act::Read { of, says }),
        2 => (n(), 0u8..6).prop_map(|(of, how)| Act::Relate { of, how }),
        1 => n().prop_map(|of| Act::RenamePerson { of }),
        1 => (n(), any::<bool>()).prop_map(|(of, persona)| Act::RenameCompanion { of, persona }),
        5 => (1i64..25).prop_map(|days| Act::Pass { days }),
    ]
}

/// What has been made so far on one line of history.
#[derive(Clone, Debug, Default)]
struct Made {
    conversations: Vec<(ConversationId, PersonId)>,
    /// Messages that can be edited, answered and learned from.
    messages: Vec<(usize, MessageId)>,
    open: Vec<(usize, MessageId, RunId)>,
    replies: Vec<(usize, MessageId, MessageId)>,
    kept: Vec<(PersonId, MemoryId)>,
}

/// A log in memory, and what is needed to go on writing to it.
pub(super) struct World {
    pub log: Arc<Log>,
    pub keys: Arc<MemoryKeyRing>,
    pub clock: Arc<ManualClock>,
    made: HashMap<BranchId, Made>,
    next: u128,
}

fn by(name: &str) -> MadeBy {
    MadeBy { name: name.to_owned(), version: "1".to_owned() }
}

impl World {
    /// Two people with a companion each.
    pub(super) async fn new() -> Self {
        let keys = Arc::new(MemoryKeyRing::new());
        let clock = Arc::new(ManualClock::new(Timestamp::parse("2026-01-01").unwrap()));
        let log = Arc::new(Log::memory(keys.clone(), clock.clone(), Arc::new(SystemEntropy)));
        let mut world = Self { log, keys, clock, made: HashMap::new(), next: 0x1000 };
        for (n, (person, companion)) in PEOPLE.into_iter().zip(COMPANIONS).enumerate() {
            let registered = PersonEvent::PersonRegistered { name: format!("person {n}"), owner: n == 0 };
            world.write(BranchId::MAIN, person.into(), person.into(), vec![registered.into()]).await;
            let created = CompanionEvent::CompanionCreated {
                name: format!("companion {n}"),
                owner: person,
                persona: "calm".to_owned(),
            };
            world.write(BranchId::MAIN, companion.into(), companion.into(), vec![created.into()]).await;
        }
        world
    }

    fn id<T: From<Uuid>>(&mut self) -> T {
        self.next += 1;
        Uuid::from_u128(self.next).into()
    }

    fn made(&mut self, branch: BranchId) -> &mut Made {
        self.made.entry(branch).or_default()
    }

    pub(super) async fn write(
        &mut self,
        branch: BranchId,
        stream: StreamId,
        subject: SubjectId,
        happened: Vec<Event>,
    ) -> Position {
        self.write_at(branch, stream, subject, None, happened).await
    }

    async fn write_at(
        &mut self,
        branch: BranchId,
        stream: StreamId,
        subject: SubjectId,
        occurred_at: Option<Timestamp>,
        happened: Vec<Event>,
    ) -> Position {
        let command_id: CommandId = self.id();
        let event = |e| NewEvent { occurred_at, ..NewEvent::new(e, subject) };
        let events = happened.into_iter().map(event).collect();
        let append = Append {
            command_id,
            correlation: command_id.into(),
            actor: Actor::System,
            branch,
            writes: vec![StreamWrite { stream, expected: Expected::Any, events }],
        };
        self.log.append(append).await.unwrap().last()
    }

    /// Writes to a conversation, as its person.
    pub(super) async fn talk(&mut self, branch: BranchId, of: usize, happened: Vec<E>) -> Position {
        let (conversation, person) = self.made(branch).conversations[of];
        let happened = happened.into_iter().map(Event::from).collect();
        self.write(branch, conversation.into(), person.into(), happened).await
    }

    pub(super) async fn start(&mut self, person: PersonId, private: bool) -> (usize, ConversationId) {
        let id = self.id();
        let made = self.made(BranchId::MAIN);
        let of = made.conversations.len();
        made.conversations.push((id, person));
        let companion = COMPANIONS[PEOPLE.iter().position(|p| *p == person).unwrap()];
        let started = E::ConversationStarted { person, companion, private, origin: "chat".to_owned(), title: None };
        self.talk(BranchId::MAIN, of, vec![started]).await;
        (of, id)
    }

    pub(super) async fn say(&mut self, of: usize, text: &str) -> MessageId {
        let message = self.id();
        self.made(BranchId::MAIN).messages.push((of, message));
        let received = E::MessageReceived { message, text: text.to_owned(), attachments: vec![], thread: None };
        self.talk(BranchId::MAIN, of, vec![received]).await;
        message
    }

    /// A whole run; without text it stays open.
    pub(super) async fn answer(&mut self, of: usize, message: MessageId, text: &str, interrupted: bool) -> MessageId {
        let (run, reply) = (self.id(), self.id());
        let ended = ended(message, run, reply, text.to_owned(), interrupted);
        let started = E::ReplyStarted { message, run, model: by("model"), parameters: Default::default() };
        self.talk(BranchId::MAIN, of, vec![started, ended]).await;
        self.made(BranchId::MAIN).replies.push((of, message, reply));
        reply
    }

    pub(super) fn chosen(message: MessageId, skill: &str, context: &str) -> E {
        E::SkillChosen {
            message,
            skill: skill.to_owned(),
            context: context.to_owned(),
            candidates: vec![],
            by: by("bandit"),
        }
    }

    pub(super) async fn judge(&mut self, of: usize, reply: MessageId, reward: f64) {
        let feedback = Feedback { reward, reason: None, text: None };
        self.talk(BranchId::MAIN, of, vec![E::FeedbackGiven { reply, feedback }]).await;
    }

    /// Does it on a branch, if it can be done there now.
    pub(super) async fn act(&mut self, branch: BranchId, act: &Act) {
        self.clock.advance_seconds(61);
        let made = self.made(branch).clone();
        let pick = |n: usize, len: usize| (len > 0).then(|| n % len.max(1));
        match *act {
            Act::Start { person, private, titled } => {
                let (person, companion) = (PEOPLE[person], COMPANIONS[person]);
                let (of, id) = (made.conversations.len(), self.id());
                self.made(branch).conversations.push((id, person));
                let title = titled.then(|| "a title".to_owned());
                let origin = "chat".to_owned();
                let started = E::ConversationStarted { person, companion, private, origin, title };
                self.talk(branch, of, vec![started]).await;
            }
            Act::Retitle { of } => {
                let Some(of) = pick(of, made.conversations.len()) else { return };
                self.talk(branch, of, vec![E::ConversationRenamed { title: "renamed".to_owned() }]).await;
            }
            Act::Say { of } => {
                let Some(of) = pick(of, made.conversations.len()) else { return };
                let message = self.id();
                self.made(branch).messages.push((of, message));
                let text = format!("words {}", self.next);
                let perceived = E::MessagePerceived { message, perception: Box::default(), by: by("lexicon") };
                self.talk(
                    branch,
                    of,
                    vec![E::MessageReceived { message, text, attachments: vec![], thread: None }, perceived],
                )
                .await;
            }
            Act::Import { of, companion } => {
                let Some(of) = pick(of, made.conversations.len()) else { return };
                let message = self.id();
                let text = format!("imported {}", self.next);
                let role = if companion { Role::Companion } else { Role::Person };
                let speaker = "somebody".to_owned();
                let imported = E::MessageImported { message, role, speaker, text, attachments: vec![], source: None };
                let (conversation, person) = made.conversations[of];
                let long_ago = Timestamp(self.next as i64 * 7_919 % 1_000_000_007 * 1_000);
                let happened = vec![imported.into()];
                self.write_at(branch, conversation.into(), person.into(), Some(long_ago), happened).await;
            }
            Act::Edit { of } => {
                let Some(at) = pick(of, made.messages.len()) else { return };
                let (of, message) = made.messages[at];
                let text = format!("reworded {}", self.next);
                self.talk(branch, of, vec![E::MessageEdited { message, text }]).await;
            }
            Act::Begin { of, skill, context } => {
                let Some(at) = pick(of, made.messages.len()) else { return };
                let (of, message) = made.messages[at];
                let run = self.id();
                self.made(branch).open.push((of, message, run));
                let recalled = E::MemoriesRecalled { message, basis: Position(1), items: vec![], by: by("words") };
                let started = E::ReplyStarted { message, run, model: by("model"), parameters: Default::default() };
                let chosen = Self::chosen(message, SKILLS[skill], CONTEXTS[context]);
                self.talk(branch, of, vec![recalled, chosen, started]).await;
            }
            Act::Finish { of, interrupted, words } => {
                let Some(at) = pick(of, made.open.len()) else { return };
                let (of, message, run) = self.made(branch).open.remove(at);
                let reply = self.id();
                self.made(branch).replies.push((of, message, reply));
                let text = if interrupted && !words { String::new() } else { format!("answer {}", self.next) };
                self.talk(branch, of, vec![ended(message, run, reply, text, interrupted)]).await;
            }
            Act::Select { of } => {
                let Some(at) = pick(of, made.replies.len()) else { return };
                let (of, message, reply) = made.replies[at];
                self.talk(branch, of, vec![E::VariantSelected { message, reply }]).await;
            }
            Act::Judge { of, tenths } => {
                let Some(at) = pick(of, made.replies.len()) else { return };
                let (of, _, reply) = made.replies[at];
                let feedback = Feedback { reward: f64::from(tenths) / 10.0, reason: None, text: None };
                self.talk(branch, of, vec![E::FeedbackGiven { reply, feedback }]).await;
            }
            Act::Learn { of } => {
                let Some(at) = pick(of, made.messages.len()) else { return };
                let (of, message) = made.messages[at];
                let fact = |object: &str| Fact {
                    subject: "person".to_owned(),
                    predicate: "likes".to_owned(),
                    object: object.to_owned(),
                    sentence: "said so".to_owned(),
                    confidence: 0.5,
                };
                let facts = vec![fact("tea"), fact("rain")];
                self.talk(branch, of, vec![E::FactsExtracted { message, facts, by: by("patterns") }]).await;
            }
            Act::Feel { of, hundredths } => {
                let Some(at) = pick(of, made.messages.len()) else { return };
                let (of, message) = made.messages[at];
                let after = Affect { valence: f64::from(hundredths) / 100.0, arousal: 0.5, dominance: 0.5 };
                let appraised = E::EmotionAppraised {
                    message,
                    checks: vec![],
                    before: Affect::default(),
                    after,
                    label: if hundredths < 0 { "sad" } else { "glad" }.to_owned(),
                    intensity: 0.5,
                    by: by("appraisal"),
                };
                self.talk(branch, of, vec![appraised]).await;
            }
            Act::Keep { of, whole, noted } => {
                let Some(at) = pick(of, made.messages.len()) else { return };
                let (of, message) = made.messages[at];
                let ((conversation, person), memory) = (made.conversations[of], self.id());
                self.made(branch).kept.push((person, memory));
                let of = if whole {
                    Keepsake::Conversation { conversation }
                } else {
                    Keepsake::Excerpt { conversation, message, from: 1, to: 5 }
                };
                let note = noted.then(|| format!("a note of the harbour {}", self.next));
                let annotation = Annotation { note, ..Annotation::default() };
                let kept = AlbumEvent::MemoryKept { memory, of, annotation, favourite: whole, tone: None };
                self.write(branch, album(person), person.into(), vec![kept.into()]).await;
            }
            Act::Tend { of, how } => {
                let Some(at) = pick(of, made.kept.len()) else { return };
                let (person, memory) = made.kept[at];
                let happened = match how {
                    0 => AlbumEvent::MemoryFavoured { memory, favourite: at % 2 == 0 },
                    1 => AlbumEvent::MemoryRevisited { memory },
                    2 => {
                        let note = (at % 3 > 0).then(|| format!("another note {}", self.next));
                        let tags = vec!["harbour".to_owned()];
                        AlbumEvent::MemoryAnnotated {
                            memory,
                            annotation: Annotation { note, tags, ..Annotation::default() },
                        }
                    }
                    _ => {
                        self.made(branch).kept.remove(at);
                        AlbumEvent::MemoryRemoved { memory }
                    }
                };
                self.write(branch, album(person), person.into(), vec![happened.into()]).await;
            }
            Act::Forget { of, reply } => {
                let (of, message, reply_to) = if reply {
                    let Some(at) = pick(of, made.replies.len()) else { return };
                    let (of, message, reply) = self.made(branch).replies.remove(at);
                    (of, reply, Some(message))
                } else {
                    let Some(at) = pick(of, made.messages.len()) else { return };
                    let (of, message) = made.messages[at];
                    // A message that is being answered is not forgotten.
                    if made.open.iter().any(|(_, m, _)| *m == message) {
                        return;
                    }
                    self.made(branch).messages.remove(at);
                    (of, message, None)
                };
                self.talk(branch, of, vec![E::MessageForgotten { message, reply_to }]).await;
            }
            Act::Read { of, says } => {
                let Some(at) = pick(of, made.messages.len()) else { return };
                let (of, message) = made.messages[at];
                let (conversation, person) = made.conversations[of];
                // Each speaks of people of their own, so that a mixture would show.
                let own = PEOPLE.iter().position(|p| *p == person).unwrap_or_default();
                let text = SAID[own][says % SAID[own].len()];
                let said_at = Timestamp::parse("2026-02-01").unwrap().plus_seconds((says % 97) as i64 * DAY);
                let found = RuleStatements.extract(&Input { text, said_at, before: &[] });
                let read = GraphEvent::StatementsExtracted {
                    message,
                    conversation,
                    said_at,
                    entities: found.entities,
                    relations: found.relations,
                    by: RuleStatements.identity(),
                };
                self.write(branch, graph(person), person.into(), vec![read.into()]).await;
            }
            Act::Relate { of, how } => {
                let person = PEOPLE[of % PEOPLE.len()];
                let term = |kind: &str, name: &str| GraphTerm { kind: kind.to_owned(), name: name.to_owned() };
                let (from, into) = (term("person", "Annika"), term("person", "Anna"));
                let (subject, predicate, object) = (into.clone(), "lives_in".to_owned(), term("place", "Rome"));
                let told = match how {
                    0 => GraphEvent::EntitiesMerged { from, into, reason: String::new() },
                    1 => GraphEvent::EntitiesSplit { from, into },
                    2 | 3 => GraphEvent::RelationCorrected {
                        subject,
                        predicate,
                        object,
                        holds: how == 2,
                        valid_from: None,
                        valid_until: None,
                    },
                    4 => GraphEvent::CorrectionWithdrawn { subject, predicate, object },
                    _ => {
                        let Some(at) = pick(of, made.messages.len()) else { return };
                        let (of, message) = made.messages[at];
                        let person = made.conversations[of].1;
                        let withdrawn = GraphEvent::StatementsWithdrawn { message };
                        self.write(branch, graph(person), person.into(), vec![withdrawn.into()]).await;
                        return;
                    }
                };
                self.write(branch, graph(person), person.into(), vec![told.into()]).await;
            }
            Act::RenamePerson { of } => {
                let person = PEOPLE[of % PEOPLE.len()];
                let renamed = PersonEvent::PersonRenamed { name: format!("name {}", self.next) };
                self.write(branch, person.into(), person.into(), vec![renamed.into()]).await;
            }
            Act::RenameCompanion { of, persona } => {
                let companion = COMPANIONS[of % COMPANIONS.len()];
                let name = format!("name {}", self.next);
                let changed = if persona {
                    CompanionEvent::PersonaChanged { before: "calm".to_owned(), after: name }
                } else {
                    CompanionEvent::CompanionRenamed { name }
                };
                self.write(branch, companion.into(), companion.into(), vec![changed.into()]).await;
            }
            Act::Pass { days } => self.clock.advance_seconds(days * DAY),
        }
    }

    pub(super) async fn head(&self, branch: BranchId) -> Position {
        *self.log.head(branch).await.unwrap().borrow()
    }

    /// Forks a line of history at its head.
    pub(super) async fn fork(&mut self, name: &str, from: BranchId) -> BranchId {
        let at = self.head(from).await;
        let id = self.log.create_branch(name, from, at).await.unwrap().id;
        let made = self.made(from).clone();
        self.made.insert(id, made);
        id
    }

    pub(super) async fn read_all(&self, branch: BranchId) -> Vec<Recorded> {
        let mut all = Vec::new();
        loop {
            let page = self.log.read(branch, Position(all.len() as u64), 4_096).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// Writes events of a line of history again on another one, each at its own moment.
    pub(super) async fn replay(&mut self, onto: BranchId, events: &[Recorded]) {
        for event in events {
            let h = &event.header;
            self.clock.set(h.recorded_at);
            let command_id: CommandId = self.id();
            let copy = NewEvent {
                occurred_at: Some(h.occurred_at),
                ..NewEvent::new(event.event().unwrap().unwrap(), h.subject)
            };
            let append = Append {
                command_id,
                correlation: command_id.into(),
                actor: h.actor,
                branch: onto,
                writes: vec![StreamWrite { stream: h.stream, expected: Expected::Any, events: vec![copy] }],
            };
            self.log.append(append).await.unwrap();
        }
    }
}

fn graph(person: PersonId) -> StreamId {
    StreamId::new(Category::Graph, person.0)
}

fn album(person: PersonId) -> StreamId {
    StreamId::new(Category::Album, person.0)
}

fn ended(message: MessageId, run: RunId, reply: MessageId, text: String, interrupted: bool) -> E {
    if interrupted {
        E::ReplyInterrupted { message, run, reply, text, reason: InterruptReason::Stopped, detail: None }
    } else {
        let (finish, usage) = (FinishReason::Stop, Usage::default());
        E::ReplyCompleted { message, run, reply, text, thinking: None, finish, usage }
    }
}
