//! `aico memory`

mod forgetting;
mod settled;

use std::io::Write as _;
use std::path::Path;

use api::app::{DataFolder, Evaluation, evaluate_locomo};
use events::Code;
use projections::memory::evaluate::{DEPTHS, Figures};
use serde_json::{Value, json};

use super::{Done, OK, archive, basis, list, tell_basis, text, with_session};
use crate::args::{Global, Memory, Questions};
use crate::embedder;
use crate::error::CliError;
use crate::out;
use crate::session::data_folder;
use crate::settings::Settings;

pub(super) async fn run(global: &Global, args: &Memory) -> Done {
    match args {
        Memory::Search { query, limit, explain } => search(global, query, *limit, *explain).await,
        Memory::Profile { past, limit } => settled::profile(global, *past, *limit).await,
        Memory::Episodes { limit } => settled::episodes(global, *limit).await,
        Memory::Consolidate { all } => settled::consolidate(global, *all).await,
        Memory::Stats => stats(global).await,
        Memory::Show { message } => forgetting::show(global, message).await,
        Memory::Forget { message, dry_run } => forgetting::forget(global, message, *dry_run).await,
        Memory::Export { file } => archive::export(global, file).await,
        Memory::Import { file } => archive::import(global, file).await,
        Memory::Eval { format: Questions::Locomo, file, results } => eval(global, file, results.as_deref()).await,
    }
}

const SEARCH: &str = "query($at: String, $branch: String, $query: String!, $first: Int) {
    memory(query: $query, first: $first, asOf: $at, branch: $branch) {
        basis { position branch time latest } nothing
        items { kind text position message conversation at score reason signals { name part says } } } }";

async fn search(global: &Global, query: &str, limit: u32, explain: bool) -> Done {
    with_session(global, async |session| {
        let mut variables = basis(global);
        variables.insert("query".to_owned(), json!(query));
        variables.insert("first".to_owned(), json!(limit));
        let answer = session.run(SEARCH, Value::Object(variables)).await?;
        let items = list(&answer, "/memory/items");
        if global.json {
            out::json(&answer["memory"]);
            return OK;
        }
        tell_basis(&answer, "/memory/basis");
        if let Some(nothing) = answer.pointer("/memory/nothing").and_then(Value::as_str) {
            out::note(nothing);
            return OK;
        }
        let row = |hit: &Value| {
            vec![
                format!("{:.2}", hit["score"].as_f64().unwrap_or_default()),
                out::time(text(hit, "/at")),
                out::cell(hit.get("position")),
                out::short(text(hit, "/text"), 90),
                if explain { out::short(&parts(hit), 160) } else { out::short(text(hit, "/reason"), 60) },
            ]
        };
        let why = if explain { "made of" } else { "because it" };
        out::table(&["score", "said", "event", "memory", why], items.iter().map(row).collect());
        OK
    })
    .await
}

const STATS: &str = "query($at: String, $branch: String) { memoryStats(asOf: $at, branch: $branch) {
    basis { position branch time latest } person companion facts notes conversations sessions first last embedder
    languages { language count } } }";

async fn stats(global: &Global) -> Done {
    with_session(global, async |session| {
        let answer = session.run(STATS, Value::Object(basis(global))).await?;
        let stats = &answer["memoryStats"];
        if global.json {
            out::json(stats);
            return OK;
        }
        tell_basis(&answer, "/memoryStats/basis");
        let languages = list(stats, "/languages").iter().map(|l| format!("{} {}", text(l, "/language"), l["count"]));
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        out::table(
            &["memory", ""],
            vec![
                row("said by you", out::cell(stats.get("person"))),
                row("said to you", out::cell(stats.get("companion"))),
                row("facts", out::cell(stats.get("facts"))),
                row("notes in the album", out::cell(stats.get("notes"))),
                row("conversations", out::cell(stats.get("conversations"))),
                row("sessions", out::cell(stats.get("sessions"))),
                row("languages", languages.collect::<Vec<_>>().join(", ")),
                row("from", out::time(text(stats, "/first"))),
                row("until", out::time(text(stats, "/last"))),
                row("vectors by", out::cell(stats.get("embedder"))),
            ],
        );
        OK
    })
    .await
}

/// The parts of a score, the largest first.
fn parts(hit: &Value) -> String {
    let mut parts: Vec<(f64, &str)> =
        list(hit, "/signals").iter().map(|s| (s["part"].as_f64().unwrap_or_default(), text(s, "/name"))).collect();
    parts.retain(|(part, _)| part.abs() >= 0.005);
    parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    parts.iter().map(|(part, name)| format!("{name} {part:+.2}")).collect::<Vec<_>>().join(", ")
}

async fn eval(global: &Global, file: &Path, results: Option<&Path>) -> Done {
    let folder = DataFolder::at(&data_folder(global.data_dir.as_deref())?);
    let embedder = embedder::choose(&Settings::load(&folder.config())?, &folder).await?;
    let unusable = |path: &Path, e: std::io::Error| {
        CliError::new(Code::FileUnusable, format!("{} cannot be used: {e}", path.display()))
    };
    let bytes = std::fs::read(file).map_err(|e| unusable(file, e))?;
    let bar = out::progress("questions");
    let mut tell = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let found = tokio::task::block_in_place(|| evaluate_locomo(&bytes, embedder, &mut tell));
    bar.finish_and_clear();
    let found = found.map_err(|e| CliError::new(e.code, e.message))?;
    if let Some(path) = results {
        let mut file = std::fs::File::create(path).map_err(|e| unusable(path, e))?;
        for question in &found.questions {
            writeln!(file, "{}", json!(question)).map_err(|e| unusable(path, e))?;
        }
    }
    if global.json {
        out::json(&json!(found));
    } else {
        show(&found, results);
    }
    OK
}

fn show(found: &Evaluation, results: Option<&Path>) {
    let depths = DEPTHS.map(|d| format!("recall@{d}"));
    let hits = DEPTHS.map(|d| format!("hit@{d}"));
    let names: Vec<&str> = depths.iter().chain(&hits).map(String::as_str).chain(["mrr", "ndcg@10"]).collect();
    let row = |name: &str, figures: &Figures| {
        let value = |n: &&str| format!("{:.3}", figures.values.get(*n).copied().unwrap_or_default());
        [name.to_owned(), figures.questions.to_string()].into_iter().chain(names.iter().map(value)).collect()
    };
    let mut rows: Vec<Vec<String>> = found.categories.iter().map(|(name, f)| row(name, f)).collect();
    rows.push(row("all", &found.overall));
    let header: Vec<&str> = ["category", "questions"].into_iter().chain(names.iter().copied()).collect();
    out::table(&header, rows);
    out::line(&format!(
        "{} turns, {:.0} taken in per second; a question took {} us (p50), {} us (p95), {} us (p99); \
         the first 20 results have {:.0} tokens; vectors by {}",
        found.turns,
        found.turns_per_second,
        found.latency_us["p50"],
        found.latency_us["p95"],
        found.latency_us["p99"],
        found.tokens,
        found.embedder
    ));
    let silent =
        found.silent_elsewhere.map(|s| format!("; asked of another conversation, {:.0} % bring nothing", s * 100.0));
    out::line(&format!(
        "of the evidence among the first 8, {:.0} % comes to mind unasked{}",
        found.evidence_told * 100.0,
        silent.unwrap_or_default()
    ));
    for (name, whose) in [("ours", "our formula"), ("original", "the formula of the Python original")] {
        let held = found.context.get(name).copied().unwrap_or_default();
        out::line(&format!(
            "a context by {whose} holds {:.1} % of the evidence in {:.1} items and {:.0} tokens",
            held.evidence * 100.0,
            held.items,
            held.tokens
        ));
    }
    if found.without_evidence > 0 {
        out::note(&format!("{} questions name no turn that is there, and were left out", found.without_evidence));
    }
    if let Some(path) = results {
        out::note(&format!("each question with its results is in {}", path.display()));
    }
}
