//! `aico memory`

use std::io::Write as _;
use std::path::Path;

use api::app::{Evaluation, evaluate_locomo};
use events::Code;
use projections::memory::evaluate::{DEPTHS, Figures};
use serde_json::json;

use super::{Done, OK};
use crate::args::{Global, Memory, Questions};
use crate::error::CliError;
use crate::out;

pub(super) async fn run(global: &Global, args: &Memory) -> Done {
    match args {
        Memory::Eval { format: Questions::Locomo, file, results } => eval(global, file, results.as_deref()),
    }
}

fn eval(global: &Global, file: &Path, results: Option<&Path>) -> Done {
    let unusable = |path: &Path, e: std::io::Error| {
        CliError::new(Code::FileUnusable, format!("{} cannot be used: {e}", path.display()))
    };
    let bytes = std::fs::read(file).map_err(|e| unusable(file, e))?;
    let bar = out::progress("questions");
    let found = evaluate_locomo(&bytes, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
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
    if found.without_evidence > 0 {
        out::note(&format!("{} questions name no turn that is there, and were left out", found.without_evidence));
    }
    if let Some(path) = results {
        out::note(&format!("each question with its results is in {}", path.display()));
    }
}
