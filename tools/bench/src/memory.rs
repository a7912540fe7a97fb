//! Semantic memory over many turns: taking in, recall now and in the past, its files, its start.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::log::Log;
use events::log::sqlite::SqliteOptions;
use events::payload::{ConversationEvent, Role};
use events::seal::memory::MemoryKeyRing;
use events::time::SeededEntropy;
use events::{
    Actor, Append, BranchId, CommandId, CompanionId, ConversationId, Entropy, EventLog, Expected, MessageId,
    NewEvent, PersonId, Position, StreamWrite, SystemClock, SystemEntropy, Timestamp,
};
use projections::memory::{MemoryQuery, Names};
use projections::{AsOf, Ports, ReadModels};
use uuid::Uuid;

use crate::Failure;
use crate::measure::Plan;
use crate::report::Report;

const PERSON: PersonId = PersonId(Uuid::from_u128(0xA1C0));
const COMPANION: CompanionId = CompanionId(Uuid::from_u128(0xC0DE));
const RECALL: &str = "recall";
const QUESTIONS: usize = 500;
/// Turns of a session, and sessions of a conversation.
const SESSION: u64 = 20;
const SESSIONS: u64 = 25;
/// The words of the language, the most frequent first, as far as they are words.
const VOCABULARY: &str = include_str!("../../../models/assets/embedding/vocab.txt");

/// Words drawn as often as their rank says (Zipf).
struct Talker {
    words: Vec<&'static str>,
    dice: SeededEntropy,
}

impl Talker {
    fn new(seed: u64) -> Self {
        let is_word = |w: &&str| w.len() >= 2 && w.bytes().all(|b| b.is_ascii_lowercase());
        Self { words: VOCABULARY.lines().filter(is_word).collect(), dice: SeededEntropy::new(seed) }
    }

    fn word(&self) -> &'static str {
        let rank = (self.words.len() as f64).powf(self.dice.unit()) as usize;
        self.words.get(rank.saturating_sub(1)).copied().unwrap_or("word")
    }

    fn sentence(&self, least: usize, more: usize) -> String {
        let count = least + (self.dice.unit() * more as f64) as usize;
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// Measures memory over a log of so many turns.
pub async fn run(plan: &Plan, folder: &Path, turns: u64, report: &mut Report) -> Result<(), Failure> {
    if !plan.wants(RECALL) {
        return Ok(());
    }
    let keys = Arc::new(MemoryKeyRing::new());
    let options = SqliteOptions::new(folder.join("memory.db"));
    let log = Log::sqlite(&options, keys.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let head = talk(&log, turns).await?;
    let embedder = models::embedding::embedded()?;
    let ports = Ports { log: Arc::new(log.clone()), keys, entropy: Arc::new(SystemEntropy), embedder };
    let path = folder.join("memory");
    let models = ReadModels::open(&path, ports.clone()).await?;
    models.start();
    while models.health(BranchId::MAIN).iter().any(|h| h.failure.is_none() && h.position < head) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let start = Instant::now();
    models.rebuild("memory", &mut |_| ()).await?;
    report.single(&format!("{RECALL} taking in"), "turns/s", turns as f64 / start.elapsed().as_secs_f64(), None);
    recall(&models, head, turns, report).await?;
    models.close().await;
    report.single(&format!("{RECALL} files"), "MiB", bytes(&path.join("memory"))? as f64 / f64::from(1 << 20), None);
    let before = resident()?;
    let start = Instant::now();
    let models = ReadModels::open(&path, ports).await?;
    report.times(&format!("{RECALL} open all models"), &mut [start.elapsed()], &[50]);
    report.single(&format!("{RECALL} memory of open models"), "MiB", resident()? - before, None);
    models.close().await;
    log.close().await?;
    Ok(())
}

async fn talk(log: &dyn EventLog, turns: u64) -> Result<Position, Failure> {
    let talker = Talker::new(7);
    let mut last = Position::START;
    let per_conversation = SESSION * SESSIONS;
    for conversation in 0..turns.div_ceil(per_conversation) {
        let id = ConversationId(Uuid::from_u128(0x1000 + u128::from(conversation)));
        let origin = "import".to_owned();
        let started = ConversationEvent::ConversationStarted {
            person: PERSON,
            companion: COMPANION,
            private: false,
            origin,
            title: None,
        };
        let mut happened = vec![NewEvent::new(started, PERSON)];
        for n in 0..per_conversation.min(turns - conversation * per_conversation) {
            let turn = conversation * per_conversation + n;
            let role = if n % 2 == 0 { Role::Person } else { Role::Companion };
            let message = ConversationEvent::MessageImported {
                message: MessageId(Uuid::from_u128((u128::from(turn) + 1) << 8)),
                role,
                speaker: if role == Role::Person { "Ada" } else { "Aico" }.to_owned(),
                text: talker.sentence(8, 22),
                attachments: vec![],
                source: None,
            };
            // A session a day.
            let at = Timestamp(((turn / SESSION) as i64 * 86_400 + (n % SESSION) as i64 * 30) * 1_000_000);
            happened.push(NewEvent { occurred_at: Some(at), ..NewEvent::new(message, PERSON) });
        }
        let command = CommandId(SystemEntropy.uuid_v7(events::Clock::now(&SystemClock)));
        let append = Append {
            command_id: command,
            correlation: command.into(),
            actor: Actor::Person(PERSON),
            branch: BranchId::MAIN,
            writes: vec![StreamWrite { stream: id.into(), expected: Expected::Any, events: happened }],
        };
        last = log.append(append).await?.last();
    }
    Ok(last)
}

/// Questions of three to eight words, now and at random positions in turn.
async fn recall(models: &ReadModels, head: Position, turns: u64, report: &mut Report) -> Result<(), Failure> {
    let talker = Talker::new(11);
    let (mut latest, mut past) = (Vec::new(), Vec::new());
    for n in 0..QUESTIONS {
        let query = MemoryQuery {
            person: PERSON,
            text: format!("when did i talk about {}?", talker.sentence(3, 6)),
            asked_at: None,
            names: Names { person: "Ada".to_owned(), companion: "Aico".to_owned() },
            but: None,
            kinds: vec![],
            limit: 20,
        };
        let somewhere = Position(head.0 / 5 + (talker.dice.unit() * (head.0 - head.0 / 5) as f64) as u64);
        for (as_of, times) in [(AsOf::Latest, &mut latest), (AsOf::Position(somewhere), &mut past)] {
            let start = Instant::now();
            let basis = models.at("main", as_of).await?;
            let found = models.memory().search(&basis, &query).await?;
            // The first looks build what the later ones use.
            if n > 2 {
                times.push(start.elapsed());
            }
            if found.is_empty() {
                return Err("a question without an answer".into());
            }
        }
    }
    report.times(&format!("{RECALL} latest"), &mut latest, &[50, 95, 99]);
    report.floor(&format!("{RECALL} latest p95"), if turns <= 100_000 { 10_000.0 } else { 50_000.0 });
    report.times(&format!("{RECALL} as-of"), &mut past, &[50, 95, 99]);
    report.floor_from(&format!("{RECALL} as-of p95"), &format!("{RECALL} latest p95"), 1.5);
    report.compare(&format!("{RECALL} as-of p95"), &format!("{RECALL} latest p95"));
    Ok(())
}

fn bytes(folder: &Path) -> Result<u64, Failure> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { bytes(&entry.path())? } else { about.len() };
    }
    Ok(sum)
}

/// The memory of this process in MiB.
fn resident() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc/self/status")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
}
