//! The whole app with its built-in model: what a turn costs, and how long a start takes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::{App, Newcomers, Opening};
use commands::turn::Send;
use events::seal::Unlock;
use events::{BranchId, Clock, CommandId, Entropy, SystemClock, SystemEntropy};
use models::builtin::Builtin;
use projections::AsOf;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::Failure;
use crate::measure::Plan;
use crate::readside::{conversation, talk};
use crate::report::Report;

const TURN: &str = "turn without a model";
const START: &str = "cold-start";
const TURNS: u64 = 300;
const STARTS: usize = 5;
/// What is said, in turn: something to learn, something to recall, something felt, something of no consequence.
const WORDS: [&str; 4] = [
    "My sister Anna lives in Lisbon and works as a nurse.",
    "Where does my sister live?",
    "I am so tired and sad today, nothing went right.",
    "Tell me something about the sea.",
];

async fn open(folder: &Path) -> Result<Arc<App>, Failure> {
    let opening = Opening {
        folder,
        unlock: Unlock::with_passphrase("for the benchmark"),
        newcomers: Some(Newcomers { owner: "Ada".into(), companion: "Eve".into() }),
        model: Arc::new(Builtin),
        parameters: BTreeMap::new(),
        embedder: models::embedding::embedded()?,
        database: None,
    };
    Ok(App::open(opening).await?)
}

/// Measures turns and starts over a folder with so many events.
pub async fn run(plan: &Plan, folder: &Path, events: u64, report: &mut Report) -> Result<(), Failure> {
    let wants = [TURN, START].map(|name| plan.wants(name));
    if !wants.contains(&true) {
        return Ok(());
    }
    let folder = folder.join("whole");
    let app = open(&folder).await?;
    talk(&*app.log, (app.owner, app.companion), events).await?;
    app.settle(BranchId::MAIN).await?;
    app.basis(None, None).await?;
    let turned = if wants[0] { turns(&app, report).await } else { Ok(()) };
    app.close().await?;
    turned?;
    if wants[1] {
        starts(&folder, report).await?;
    }
    Ok(())
}

/// From sending a message to its recorded answer. What the reactors learn afterwards is waited for outside the time.
async fn turns(app: &App, report: &mut Report) -> Result<(), Failure> {
    let mut times = Vec::new();
    for n in 0..TURNS {
        let start = Instant::now();
        turn(app, n).await?;
        times.push(start.elapsed());
        app.settle(BranchId::MAIN).await?;
    }
    report.times(TURN, &mut times, &[50, 95]);
    report.floor(&format!("{TURN} p95"), 50_000.0);
    Ok(())
}

async fn turn(app: &App, n: u64) -> Result<(), Failure> {
    let send = Send {
        command_id: CommandId(SystemEntropy.uuid_v7(SystemClock.now())),
        branch: BranchId::MAIN,
        conversation: conversation(n * 7),
        person: app.owner,
        text: WORDS[(n % WORDS.len() as u64) as usize].to_owned(),
        attachments: vec![],
        thread: None,
    };
    let accepted = app.turns.send(send).await?;
    let progress = app.turns.live().wait(accepted.run).await.ok_or("the run is not known")?;
    match progress.ended {
        Some(commands::live::Ended::Completed { .. }) => Ok(()),
        other => Err(format!("a turn ended with {other:?}").into()),
    }
}

/// Starts a process of its own each time, which opens the folder, answers a question, replies, and rests.
async fn starts(folder: &Path, report: &mut Report) -> Result<(), Failure> {
    let (mut answers, mut replies, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let start = Instant::now();
        let mut child = tokio::process::Command::new(std::env::current_exe()?)
            .arg("--start")
            .arg(folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let mut line = async || -> Result<String, Failure> {
            Ok(lines.next_line().await?.ok_or("the started process ended early")?)
        };
        line().await?;
        answers.push(start.elapsed());
        line().await?;
        replies.push(start.elapsed());
        memory.push(line().await?.parse::<f64>()? / 1024.0);
        if !child.wait().await?.success() {
            return Err("the started process failed".into());
        }
    }
    memory.sort_by(f64::total_cmp);
    report.times(&format!("{START} first answer"), &mut answers, &[50, 95]);
    report.floor(&format!("{START} first answer p50"), 1_000_000.0);
    report.times(&format!("{START} first reply"), &mut replies, &[50]);
    report.least(&format!("{START} memory after"), "MiB", memory[memory.len() / 2], 150.0);
    Ok(())
}

/// What the started process does: a line when it has answered, one when it has replied, one with its resident memory in
/// KiB when it is idle.
pub async fn start(folder: &Path) -> Result<(), Failure> {
    let app = open(folder).await?;
    let basis = app.read.at("main", AsOf::Latest).await?;
    let found = app.read.conversations().list(&basis, app.owner, 20).await?;
    println!("{} conversations", found.len());
    turn(&app, 0).await?;
    println!("replied");
    app.settle(BranchId::MAIN).await?;
    // Memory is looked at when nothing is being done any more; that moment cannot be awaited.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc/self/status")?;
    println!("{}", resident.trim_end_matches("kB").trim());
    Ok(app.close().await?)
}
