//! The app: log, commands, read models and language model, wired together over one data folder.

pub mod access;
mod album;
mod audit;
mod backup;
mod checkpoints;
mod diary;
mod error;
mod evaluate;
mod explain;
mod folder;
mod forget;
pub mod graph;
mod memory;
mod mind;
mod portable;
mod recall;
mod report;
mod sleep;
mod state;
mod subjects;
mod take_in;
mod threads;
mod verify;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use commands::branches::fresh_command;
use commands::reactor::{Learn, Reactor, Runner, Statements};
use commands::sleep::Sleeper;
use commands::turn::Parts;
use commands::{Bus, Meta, Turns};
use domain::{companion, person};
use events::ledger::{Ledger, Shelf};
use events::log::sqlite::SqliteOptions;
use events::log::{Branch, Log};
use events::seal::{KeyRing, KeyStore, Unlock};
use events::{
    Actor, BranchId, Clock, Code, CompanionId, Entropy, EventLog, PersonId, Position, SystemClock, SystemEntropy,
};
use models::extraction::RuleExtractor;
use models::graph::RuleStatements;
use models::perception::{ModelPerceiver, Perceiver};
use models::summary::{ByModel, Extractive, Summariser};
use models::{Embedder, LanguageModel};
use projections::{AsOf, Basis, ReadModels};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::graph::{Answered, Correction, GraphView, Question, Study, Unanswered};
pub use access::{Access, Caller};
pub use album::{Keep, Wanted};
pub use audit::{AuditVerdict, Range, ToProve};
pub use backup::{Backup, Restore, Restored, Retention, restore};
pub use error::AppError;
pub use evaluate::{Asked, Evaluation, evaluate_locomo};
pub use explain::{Explanation, RebuiltPrompt, Step};
pub use folder::DataFolder;
pub use forget::Forgetting;
pub use memory::{MemoryHit, MemorySearch};
pub use portable::{Place, export_archive, import_archive};
pub use sleep::ToldEpisode;
pub use state::{STATE_NAMES, StateChange};
pub use subjects::{Erased, Preview, Subject};
pub use take_in::TakenIn;
pub use verify::{ProjectionVerdict, Samples};

use checkpoints::FileCheckpoints;
use diary::ReadDiary;
use mind::ReadMind;
use recall::SemanticRecall;

/// The character of a new companion.
const FIRST_PERSONA: &str =
    "Friendly, attentive and honest. You remember what you are told and say so when you do not know.";

/// Who is made when a folder is empty.
#[derive(Clone, Debug)]
pub struct Newcomers {
    /// The owner's name.
    pub owner: String,
    /// The companion's name.
    pub companion: String,
}

/// What is needed to open an app.
pub struct Opening<'a> {
    /// The data folder.
    pub folder: &'a Path,
    /// How to get at the keys.
    pub unlock: Unlock<'a>,
    /// Whom to make when the folder is empty; without it an empty folder is refused.
    pub newcomers: Option<Newcomers>,
    /// What answers.
    pub model: Arc<dyn LanguageModel>,
    /// Sampling parameters for it.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// What makes vectors for memory. Another one than before means that memory is built anew beside the one in use.
    pub embedder: Arc<dyn Embedder>,
    /// Where the log is, when it is not in a file of the folder.
    pub database: Option<Database>,
}

/// A PostgreSQL database that holds the log. Keys and read models stay in the folder.
#[derive(Clone, Debug)]
pub struct Database {
    /// For example `postgres://user@host/name`.
    pub url: String,
    /// The schema in it.
    pub schema: String,
}

struct Following {
    stop: CancellationToken,
    task: JoinHandle<()>,
    branch: BranchId,
    progress: watch::Receiver<Position>,
}

/// The app as one person sees it: their talk, memory, graph, album and companion, and what their role allows.
///
/// Everything that is shared is the [`Install`]; a question of somebody else is asked of another view of it.
#[derive(Clone)]
pub struct App {
    install: Arc<Install>,
    /// Whose things these are: the owner of the install, unless somebody else asks.
    pub owner: PersonId,
    /// Their companion.
    pub companion: CompanionId,
    /// Who asks.
    pub caller: Caller,
}

impl Deref for App {
    type Target = Install;
    fn deref(&self) -> &Install {
        &self.install
    }
}

/// See the module.
pub struct Install {
    /// The data folder.
    pub folder: DataFolder,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The read models.
    pub read: Arc<ReadModels>,
    /// Proof that the log was not changed.
    pub ledger: Arc<Ledger>,
    /// The data keys.
    pub keys: Arc<KeyStore>,
    /// Turns and commands.
    pub turns: Turns,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Who is let in.
    pub access: Arc<Access>,
    /// Whether the folder was empty before.
    pub fresh: bool,
    started: events::Timestamp,
    handle: Log,
    checkpoints: Arc<FileCheckpoints>,
    following: Mutex<Vec<Following>>,
    keeping: Mutex<Option<(CancellationToken, JoinHandle<()>)>>,
    /// Where questions about the graph are answered.
    desk: graph::Desk,
    sleeper: Sleeper,
    /// Held while the companion sleeps.
    sleeping: tokio::sync::Mutex<()>,
    idle: Mutex<Option<(CancellationToken, JoinHandle<()>)>>,
    /// Held while somebody is erased.
    erasing: tokio::sync::Mutex<()>,
}

impl App {
    /// Opens a folder: keys, log, read models; ends or resumes turns that a crash left open.
    ///
    /// # Errors
    /// When the keys do not open, another process has the folder, the log is damaged, or the folder is empty and nobody
    /// is to be made.
    pub async fn open(opening: Opening<'_>) -> Result<Arc<Self>, AppError> {
        let here = DataFolder::at(opening.folder);
        let known = here.log().exists() || (opening.database.is_some() && here.keys().exists());
        if !known && opening.newcomers.is_none() {
            let message = format!("there is no companion in {} yet: run `aico init`", opening.folder.display());
            return Err(AppError::new(Code::NotInitialised, message));
        }
        let folder = DataFolder::make(opening.folder)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let keys = {
            // Argon2id is deliberate work of some 100 ms: not on a thread that serves others.
            let (path, clock, entropy) = (folder.keys(), clock.clone(), entropy.clone());
            if known && !path.exists() {
                let message = format!("the log is there, but its key store {} is missing", path.display());
                return Err(AppError::new(Code::KeyMissing, message));
            }
            tokio::task::block_in_place(|| KeyStore::open(&path, opening.unlock, clock, entropy))?
        };
        let store = Arc::new(keys);
        let keys: Arc<dyn KeyRing> = store.clone();
        let handle = match &opening.database {
            None => {
                let options = SqliteOptions::new(folder.log());
                Log::sqlite(&options, keys.clone(), clock.clone(), entropy.clone()).await?
            }
            Some(at) => Log::postgres(&at.url, &at.schema, keys.clone(), clock.clone(), entropy.clone()).await?,
        };
        let log: Arc<dyn EventLog> = Arc::new(handle.clone());
        let signer = store.ledger_signer()?;
        let ledger = Arc::new(Ledger::new(log.clone(), Shelf::Folder(folder.ledger()), signer, clock.clone()));
        let bus = Bus::new(log.clone(), clock.clone(), entropy.clone());
        let fresh = *log.head(BranchId::MAIN).await?.borrow() == Position::START;
        if fresh {
            let newcomers = opening
                .newcomers
                .ok_or_else(|| AppError::new(Code::NotInitialised, "the log is empty: run `aico init`"))?;
            welcome(&bus, &*clock, &*entropy, &newcomers).await?;
        }
        // What leaves this machine is asked about, from the first text on.
        let known = access::Known::default();
        let embedder = access::gated(opening.embedder, &known);
        let ports = projections::Ports { log: log.clone(), keys, entropy: entropy.clone(), embedder };
        let read = Arc::new(ReadModels::open(&folder.read_models(), ports).await?);
        read.start();
        let basis = read.people_now().await?;
        let owner = read.minds().people(&basis).await?.into_iter().find(|p| p.owner).map(|p| p.id);
        let owner = owner.ok_or_else(|| AppError::new(Code::NoSuchPerson, "the log names no owner"))?;
        let companions = read.minds().companions(&basis).await?;
        let companion = companions.iter().find(|c| c.owner == owner).map(|c| c.id);
        let companion =
            companion.ok_or_else(|| AppError::new(Code::NoSuchPerson, "the log names no companion of the owner"))?;
        let people: Vec<PersonId> = read.minds().people(&basis).await?.into_iter().map(|p| p.id).collect();
        let theirs = companions.iter().map(|c| (c.owner, c.id)).collect();
        let access = Access::open(bus.clone(), clock.clone(), entropy.clone(), owner, &people, theirs).await?;
        let access = Arc::new(access);
        known.are(access.clone());
        let perceiver: Arc<dyn Perceiver> =
            Arc::new(ModelPerceiver::embedded().map_err(|e| AppError::new(Code::PerceptionFailed, e.to_string()))?);
        // The built-in companion answers from hints and cannot sum up; the sentences that were said can.
        let summariser: Arc<dyn Summariser> = match opening.model.identity().name == models::builtin::NAME {
            true => Arc::new(Extractive),
            false => Arc::new(ByModel { model: opening.model.clone() }),
        };
        let sleeper = Sleeper {
            consents: access.clone(),
            bus: bus.clone(),
            diary: Arc::new(ReadDiary { read: read.clone() }),
            summariser,
            perceiver: perceiver.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let turns = Turns::new(Parts {
            bus,
            model: opening.model,
            parameters: opening.parameters,
            extractor: Arc::new(RuleExtractor),
            statements: Arc::new(RuleStatements),
            perceiver,
            recall: Arc::new(SemanticRecall { read: read.clone() }),
            mind: Arc::new(ReadMind { read: read.clone() }),
            consents: access.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        });
        let clock_now = clock.now();
        let install = Arc::new(Install {
            checkpoints: Arc::new(FileCheckpoints::new(folder.reactors())),
            folder,
            log,
            read,
            ledger,
            keys: store,
            turns,
            clock,
            entropy,
            access,
            fresh,
            started: clock_now,
            handle,
            following: Mutex::default(),
            keeping: Mutex::default(),
            desk: graph::Desk::default(),
            sleeper,
            sleeping: tokio::sync::Mutex::default(),
            idle: Mutex::default(),
            erasing: tokio::sync::Mutex::default(),
        });
        let app = Arc::new(Self { install, owner, companion, caller: Caller::owner(owner) });
        app.finish_erasures().await?;
        app.keep_ledger();
        for branch in app.log.branches().await?.iter().filter(|b| b.open) {
            let (closed, resumed) = app.turns.recover(branch.id).await?;
            if closed + resumed > 0 {
                tracing::warn!(closed, resumed, branch = %branch.name, "turns that a crash left open were taken up");
            }
            app.follow(branch);
        }
        let stop = CancellationToken::new();
        let task = tokio::spawn(app.clone().sleep_when_idle(stop.clone()));
        *app.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some((stop, task));
        Ok(app)
    }

    /// The app as a caller sees it.
    pub fn seen_by(&self, caller: Caller) -> Arc<Self> {
        let companion = self.access.companion(caller.person).unwrap_or(self.companion);
        Arc::new(Self { install: self.install.clone(), owner: caller.person, companion, caller })
    }

    /// Lets the ledger follow the log.
    fn keep_ledger(&self) {
        let stop = CancellationToken::new();
        let (token, ledger) = (stop.clone(), self.ledger.clone());
        let task = tokio::spawn(async move { ledger.keep(token.cancelled()).await });
        *self.keeping.lock().unwrap_or_else(PoisonError::into_inner) = Some((stop, task));
    }

    /// Lets the reactors follow a branch.
    pub fn follow(&self, branch: &Branch) {
        let reactors: [Arc<dyn Reactor>; 2] =
            [Arc::new(Learn::new(Arc::new(RuleExtractor))), Arc::new(Statements::new(Arc::new(RuleStatements)))];
        for reactor in reactors {
            self.follow_with(branch, reactor);
        }
    }

    fn follow_with(&self, branch: &Branch, reactor: Arc<dyn Reactor>) {
        let bus = self.turns.bus().clone();
        let runner = Runner::new(reactor, bus, self.checkpoints.clone(), branch.id, branch.fork);
        let progress = runner.progress();
        let stop = CancellationToken::new();
        let token = stop.clone();
        let name = branch.name.clone();
        let task = tokio::spawn(async move {
            if let Err(error) = runner.run(token).await {
                tracing::error!(%error, branch = %name, "the reactors of a branch stopped");
            }
        });
        let following = Following { stop, task, branch: branch.id, progress };
        self.following.lock().unwrap_or_else(PoisonError::into_inner).push(following);
    }

    /// Waits until the reactors have seen all that happened on a branch before the call.
    ///
    /// # Errors
    /// When the branch does not exist.
    pub async fn settle(&self, branch: BranchId) -> Result<(), AppError> {
        let all = {
            let following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
            following.iter().filter(|f| f.branch == branch).map(|f| f.progress.clone()).collect::<Vec<_>>()
        };
        let head = *self.log.head(branch).await?.borrow();
        for mut progress in all {
            // When the reactors stopped, their error is in the log of errors; waiting for them would be for ever.
            let _stopped = progress.wait_for(|p| *p >= head).await;
        }
        Ok(())
    }

    /// A basis that every read model has reached.
    ///
    /// # Errors
    /// When the moment cannot be looked at.
    pub async fn basis(&self, branch: Option<&str>, at: Option<&str>) -> Result<Basis, AppError> {
        let as_of = at.unwrap_or("latest").parse::<AsOf>()?;
        Ok(self.read.at(branch.unwrap_or("main"), as_of).await?)
    }

    /// Seconds since the app was opened.
    pub fn uptime_seconds(&self) -> f64 {
        (self.clock.now().0 - self.started.0).max(0) as f64 / 1e6
    }

    /// Lets going turns end, then closes everything.
    ///
    /// # Errors
    /// When the log could not be closed cleanly.
    pub async fn close(&self) -> Result<(), AppError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, task)) = idle {
            stop.cancel();
            let _it_was_told_to_end = task.await;
        }
        self.turns.drain().await;
        let branches: Vec<BranchId> = {
            let following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
            following.iter().map(|f| f.branch).collect()
        };
        for branch in branches {
            self.settle(branch).await?;
        }
        let following: Vec<Following> =
            self.following.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for f in following {
            f.stop.cancel();
            let _it_was_told_to_end = f.task.await;
        }
        self.read.close().await;
        let keeping = self.keeping.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, task)) = keeping {
            stop.cancel();
            let _it_was_told_to_end = task.await;
            // A broken ledger must not keep the log from being closed; `aico audit verify` says what is broken.
            if let Err(error) = self.ledger.finish().await {
                tracing::error!(%error, "the last events were not signed");
            }
        }
        self.handle.close().await.map_err(|e| AppError::new(Code::LogUnreadable, e.to_string()))
    }
}

async fn welcome(bus: &Bus, clock: &dyn Clock, entropy: &dyn Entropy, newcomers: &Newcomers) -> Result<(), AppError> {
    let owner = PersonId(entropy.uuid_v7(clock.now()));
    let companion = CompanionId(entropy.uuid_v7(clock.now()));
    let meta = Meta::new(fresh_command(entropy, clock), Actor::Person(owner), owner);
    let register = person::Command::Register { name: newcomers.owner.clone(), owner: true };
    bus.person(BranchId::MAIN, owner, &meta, register).await?;
    let meta = Meta::new(fresh_command(entropy, clock), Actor::Person(owner), companion);
    let create =
        companion::Command::Create { name: newcomers.companion.clone(), owner, persona: FIRST_PERSONA.to_owned() };
    bus.companion(BranchId::MAIN, companion, &meta, create).await?;
    Ok(())
}
