//! `aico perceive`: the classifiers without a companion.

mod eval;
mod score;

use std::io::BufRead as _;

use api::app::AppError;
use events::payload::Perception;
use events::{Clock as _, Code, SystemClock};
use models::perception::{ModelPerceiver, Perceiver as _};
use serde_json::{Map, Value, json};

use super::{Done, OK};
use crate::args::{Global, Perceive, PerceiveWhat};
use crate::error::CliError;
use crate::out;

pub(super) fn run(global: &Global, args: &Perceive) -> Done {
    let perceiver = ModelPerceiver::embedded().map_err(|e| CliError::new(Code::PerceptionFailed, e.to_string()))?;
    if let Some(PerceiveWhat::Eval { goemotions, sentiment, emotions }) = &args.what {
        return eval::run(global, &perceiver, goemotions, sentiment, emotions);
    }
    match args.text.as_deref() {
        Some("-") => lines(global, &perceiver)?,
        text => one(global, &perceiver, text.unwrap_or_default()),
    }
    OK
}

/// One text, with everything.
fn one(global: &Global, perceiver: &ModelPerceiver, text: &str) {
    let begun = SystemClock.now();
    let perception = perceiver.perceive(text);
    let took = (SystemClock.now().0 - begun.0).max(0);
    if global.json {
        let mut object = object(&perception);
        let classifiers: Vec<Value> = perception
            .classifiers
            .iter()
            .map(
                |c| json!({ "task": c.task, "name": c.by.name, "version": c.by.version, "thresholds": c.thresholds }),
            )
            .collect();
        object.insert("classifiers".to_owned(), classifiers.into());
        object.insert("tookUs".to_owned(), took.into());
        out::json(&Value::Object(object));
        return;
    }
    out::table(&["what", "value"], rows(&perception, took));
    if perception.crisis > 0.0 {
        let kinds = perception.crisis_kinds.join(", ");
        out::note(&format!(
            "a sign of danger ({kinds}): see docs/perception.md for what it means and what it does not"
        ));
    }
}

fn rows(p: &Perception, took: i64) -> Vec<Vec<String>> {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let by = |task: &str| {
        let used = p.classifiers.iter().find(|c| c.task == task);
        used.map_or_else(String::new, |c| format!("  ({} {})", c.by.name, c.by.version))
    };
    let limit = |label: &str| {
        let used = p.classifiers.iter().find(|c| c.task == "emotion");
        used.and_then(|c| c.thresholds.get(label)).map_or_else(String::new, |t| format!(" over {t:.2}"))
    };
    let s = p.sentiment.unwrap_or_default();
    let mut rows = vec![row(
        "sentiment",
        format!(
            "{} (negative {:.2}, neutral {:.2}, positive {:.2}){}",
            p.tone(),
            s.negative,
            s.neutral,
            s.positive,
            by("sentiment")
        ),
    )];
    rows.push(row("valence", format!("{:+.2}", p.valence)));
    rows.push(row("arousal", format!("{:.2}", p.arousal)));
    for e in &p.emotions {
        let holds = if e.active == Some(true) { "  holds" } else { "" };
        rows.push(row(&e.label, format!("{:.2}{}{holds}", e.score, limit(&e.label))));
    }
    rows.push(row("emotion by", by("emotion").trim().to_owned()));
    rows.push(row("intent", format!("{}{}", p.intent, by("intent"))));
    rows.push(row("acts", p.acts.join(", ")));
    rows.push(row("language", format!("{}{}", p.language, by("language"))));
    rows.push(row("confidence", format!("{:.2}", p.confidence.unwrap_or(0.0))));
    rows.push(row("crisis", format!("{:.2} {}{}", p.crisis, p.crisis_kinds.join(", "), by("crisis"))));
    rows.push(row(
        "names",
        p.entities.iter().map(|e| format!("{} ({})", e.text, e.kind)).collect::<Vec<_>>().join(", "),
    ));
    rows.push(row("notes", p.notes.join(", ")));
    rows.push(row("took", format!("{took} µs")));
    rows
}

/// One text per line of standard input, one line of output for each, empty lines too.
fn lines(global: &Global, perceiver: &ModelPerceiver) -> Result<(), CliError> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    let mut number = 0u64;
    while input.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        if std::str::from_utf8(&line).is_err() {
            out::note(&format!("line {number} is not UTF-8: the bytes that are not are left out"));
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        let perception = perceiver.perceive(text);
        if global.json {
            out::line(&Value::Object(object(&perception)).to_string());
        } else {
            let holds: Vec<&str> =
                perception.emotions.iter().filter(|e| e.active == Some(true)).map(|e| e.label.as_str()).collect();
            let (intent, language) = (&perception.intent, &perception.language);
            let valence = perception.valence;
            out::line(&format!(
                "{valence:+.2}  {language:3} {intent:19} {:24} {}",
                holds.join(","),
                out::short(text, 60)
            ));
        }
        line.clear();
    }
    Ok(())
}

/// What programs read.
fn object(p: &Perception) -> Map<String, Value> {
    let emotions: Map<String, Value> = p
        .emotions
        .iter()
        .map(|e| (e.label.clone(), json!({ "score": e.score, "active": e.active.unwrap_or(false) })))
        .collect();
    let entities: Vec<Value> = p.entities.iter().map(|e| json!({ "text": e.text, "kind": e.kind })).collect();
    let s = p.sentiment.unwrap_or_default();
    let value = json!({
        "emotions": emotions,
        "sentiment": p.tone(),
        "tones": { "negative": s.negative, "neutral": s.neutral, "positive": s.positive },
        "valence": p.valence,
        "arousal": p.arousal,
        "intent": p.intent,
        "acts": p.acts,
        "language": p.language,
        "confidence": p.confidence,
        "crisis": { "score": p.crisis, "kinds": p.crisis_kinds },
        "entities": entities,
        "notes": p.notes,
    });
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// A file that cannot be read as what it should be.
fn bad_file(path: &std::path::Path, why: impl std::fmt::Display) -> CliError {
    let error = AppError::new(Code::ImportDamaged, format!("{}: {why}", path.display()));
    CliError::new(error.code, error.message)
}
