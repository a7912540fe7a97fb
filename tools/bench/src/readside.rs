//! The read models: building them anew, the past against the present, working memory.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::log::Log;
use events::log::sqlite::SqliteOptions;
use events::payload::{ConversationEvent, FinishReason, Usage};
use events::seal::memory::MemoryKeyRing;
use events::time::SeededEntropy;
use events::{
    Actor, Append, BranchId, CommandId, CompanionId, ConversationId, Entropy, EventLog, Expected, MadeBy, MessageId,
    NewEvent, PersonId, Position, RunId, StreamWrite, SystemClock, SystemEntropy,
};
use projections::conversations::Page;
use projections::{AsOf, Ports, ReadModels};
use uuid::Uuid;

use crate::Failure;
use crate::append::body;
use crate::measure::Plan;
use crate::report::Report;

const PERSON: PersonId = PersonId(Uuid::from_u128(0xA1C0));
const COMPANION: CompanionId = CompanionId(Uuid::from_u128(0xC0DE));
const CONVERSATIONS: u64 = 100;
/// Questions per measurement.
const QUESTIONS: usize = 2_000;

const REBUILD: &str = "rebuild";
const AS_OF: &str = "messages";
const WORKING: &str = "working-memory recent-20";

/// Measures the read models over a log of so many events.
pub async fn run(plan: &Plan, folder: &Path, events: u64, report: &mut Report) -> Result<(), Failure> {
    let wants = [REBUILD, AS_OF, WORKING].map(|name| plan.wants(name));
    if !wants.contains(&true) {
        return Ok(());
    }
    let keys = Arc::new(MemoryKeyRing::new());
    let options = SqliteOptions::new(folder.join("readside.db"));
    let log = Log::sqlite(&options, keys.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let head = talk(&log, (PERSON, COMPANION), events).await?;
    let embedder = models::embedding::embedded()?;
    let ports = Ports { log: Arc::new(log.clone()), keys, entropy: Arc::new(SystemEntropy), embedder };
    let models = ReadModels::open(&folder.join("readside"), ports).await?;
    models.start();
    // Everything is read once before anything is asked.
    while models.health(BranchId::MAIN).iter().any(|h| h.failure.is_none() && h.position < head) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if wants[0] {
        rebuild(&models, head, report).await?;
    }
    if wants[1] {
        past_and_present(&models, head, report).await?;
    }
    if wants[2] {
        working_memory(&models, report).await?;
    }
    models.close().await;
    log.close().await?;
    Ok(())
}

/// One of the conversations that [`talk`] makes.
pub fn conversation(n: u64) -> ConversationId {
    ConversationId(Uuid::from_u128(0x1000 + u128::from(n % CONVERSATIONS)))
}

/// Talk of one person in a hundred conversations that take turns; a turn is five events.
pub async fn talk(
    log: &dyn EventLog,
    (person, companion): (PersonId, CompanionId),
    events: u64,
) -> Result<Position, Failure> {
    let by = || MadeBy { name: "bench".into(), version: "1".into() };
    let mut turn = 0;
    let mut last = Position::START;
    while last.0 < events {
        let mut writes: Vec<StreamWrite> = Vec::new();
        for _ in 0..CONVERSATIONS {
            let id = |part: u128| Uuid::from_u128((u128::from(turn) + 1) << 8 | part);
            let (message, reply, run) = (MessageId(id(1)), MessageId(id(2)), RunId(id(3)));
            let mut happened = vec![
                ConversationEvent::MessageReceived {
                    message,
                    text: body(0, turn),
                    attachments: vec![],
                    thread: None,
                },
                ConversationEvent::MessagePerceived { message, perception: Box::default(), by: by() },
                ConversationEvent::ReplyStarted { message, run, model: by(), parameters: Default::default() },
                ConversationEvent::ReplyCompleted {
                    message,
                    run,
                    reply,
                    text: body(1, turn),
                    thinking: None,
                    finish: FinishReason::Stop,
                    usage: Usage::default(),
                },
                ConversationEvent::FactsExtracted { message, facts: vec![], by: by() },
            ];
            if turn < CONVERSATIONS {
                let origin = "chat".to_owned();
                happened.insert(
                    0,
                    ConversationEvent::ConversationStarted { person, companion, private: false, origin, title: None },
                );
            }
            writes.push(StreamWrite {
                stream: conversation(turn).into(),
                expected: Expected::Any,
                events: happened.into_iter().map(|e| NewEvent::new(e, person)).collect(),
            });
            turn += 1;
        }
        let command = CommandId(SystemEntropy.uuid_v7(events::Clock::now(&SystemClock)));
        let append = Append {
            command_id: command,
            correlation: command.into(),
            actor: Actor::Person(person),
            branch: BranchId::MAIN,
            writes,
        };
        last = log.append(append).await?.last();
    }
    Ok(last)
}

async fn rebuild(models: &ReadModels, head: Position, report: &mut Report) -> Result<(), Failure> {
    let mut whole = 0.0;
    for name in models.names() {
        let start = Instant::now();
        models.rebuild(name, &mut |_| ()).await?;
        let seconds = start.elapsed().as_secs_f64();
        whole += seconds;
        report.single(&format!("{REBUILD} {name}"), "events/s", head.0 as f64 / seconds, Some(50_000.0));
    }
    // The floor is a million events within ten minutes.
    report.single(&format!("{REBUILD} all, one after another"), "events/s", head.0 as f64 / whole, Some(1_666.7));
    Ok(())
}

/// The newest fifty messages of a conversation, with the basis resolved for each question as a request does.
async fn past_and_present(models: &ReadModels, head: Position, report: &mut Report) -> Result<(), Failure> {
    let dice = SeededEntropy::new(1);
    let (mut latest, mut past) = (Vec::new(), Vec::new());
    // In turn, so that both meet the same state of the machine.
    for n in 0..QUESTIONS as u64 {
        let somewhere = Position(head.0 / 5 + (dice.unit() * (head.0 - head.0 / 5) as f64) as u64);
        for (as_of, times) in [(AsOf::Latest, &mut latest), (AsOf::Position(somewhere), &mut past)] {
            let start = Instant::now();
            let basis = models.at("main", as_of).await?;
            let page = Page::newest(50);
            let found = models.conversations().messages(&basis, PERSON, conversation(n * 7), page).await?;
            times.push(start.elapsed());
            if found.is_empty() {
                return Err("a conversation without messages".into());
            }
        }
    }
    report.times(&format!("{AS_OF} latest"), &mut latest, &[50, 95]);
    report.times(&format!("{AS_OF} as-of"), &mut past, &[50, 95]);
    report.floor_from(&format!("{AS_OF} as-of p95"), &format!("{AS_OF} latest p95"), 1.5);
    report.compare(&format!("{AS_OF} as-of p95"), &format!("{AS_OF} latest p95"));
    Ok(())
}

async fn working_memory(models: &ReadModels, report: &mut Report) -> Result<(), Failure> {
    let basis = models.at("main", AsOf::Latest).await?;
    let mut times = Vec::new();
    for n in 0..(QUESTIONS * 10) as u64 {
        let start = Instant::now();
        let turns = models.working_memory().recent(&basis, conversation(n * 7), 20).await?;
        times.push(start.elapsed());
        if turns.len() != 20 {
            return Err(format!("{} turns instead of 20", turns.len()).into());
        }
    }
    report.times(WORKING, &mut times, &[50, 99]);
    report.floor(&format!("{WORKING} p99"), 100.0);
    Ok(())
}
