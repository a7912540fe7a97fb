//! `aico perceive eval`: the classifiers against labelled files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use events::payload::Perception;
use events::{Clock as _, SystemClock};
use models::perception::{ModelPerceiver, Perceiver as _};
use serde::Deserialize;
use serde_json::json;

use super::score::Score;
use super::{Done, OK, bad_file};
use crate::args::Global;
use crate::error::CliError;
use crate::out;

const TONES: [&str; 3] = ["negative", "neutral", "positive"];

/// One line of the result.
struct Measured {
    data: String,
    part: String,
    labels: Vec<String>,
    score: Score,
}

/// Perceives and keeps the time.
struct Meter<'a> {
    perceiver: &'a ModelPerceiver,
    texts: u64,
    took_us: i64,
}

impl Meter<'_> {
    fn perceive(&mut self, text: &str) -> Perception {
        let begun = SystemClock.now();
        let perception = self.perceiver.perceive(text);
        self.took_us += (SystemClock.now().0 - begun.0).max(0);
        self.texts += 1;
        perception
    }

    fn per_second(&self) -> f64 {
        self.texts as f64 / (self.took_us.max(1) as f64 / 1e6)
    }
}

pub(super) fn run(
    global: &Global,
    perceiver: &ModelPerceiver,
    goemotions: &[PathBuf],
    sentiment: &[PathBuf],
    emotions: &[PathBuf],
) -> Done {
    let mut meter = Meter { perceiver, texts: 0, took_us: 0 };
    let mut all = Vec::new();
    for path in goemotions {
        all.push(tabbed(&mut meter, path)?);
    }
    for path in sentiment {
        all.extend(tones(&mut meter, path)?);
    }
    for path in emotions {
        all.push(columns(&mut meter, path)?);
    }
    let shown = |m: &Measured| {
        let f1 =
            m.labels.iter().zip(m.score.f1()).map(|(l, f)| (l.clone(), json!(f))).collect::<serde_json::Map<_, _>>();
        json!({
            "data": m.data, "part": m.part, "texts": m.score.texts(), "macroF1": m.score.macro_f1(),
            "calibrationError": m.score.calibration_error(), "f1": f1,
        })
    };
    if global.json {
        let results: Vec<_> = all.iter().map(shown).collect();
        out::json(&json!({ "results": results, "texts": meter.texts, "textsPerSecond": meter.per_second() }));
        return OK;
    }
    let row = |m: &Measured| {
        let f1: Vec<String> = m.labels.iter().zip(m.score.f1()).map(|(l, f)| format!("{l} {f:.3}")).collect();
        vec![
            m.data.clone(),
            m.part.clone(),
            m.score.texts().to_string(),
            format!("{:.4}", m.score.macro_f1()),
            format!("{:.4}", m.score.calibration_error()),
            f1.join(" "),
        ]
    };
    out::table(&["data", "part", "texts", "macro-F1", "ECE", "F1 by label"], all.iter().map(row).collect());
    out::line(&format!("{} texts, {:.0} per second on one core", meter.texts, meter.per_second()));
    OK
}

fn name(path: &Path) -> String {
    let tail: Vec<_> = path.iter().rev().take(2).map(|p| p.to_string_lossy().into_owned()).collect();
    tail.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn emotion(perception: &Perception, label: &str) -> (bool, f64) {
    let found = perception.emotions.iter().find(|e| e.label == label);
    found.map_or((false, 0.0), |e| (e.active == Some(true), e.score))
}

/// Text, comma-separated label numbers, id; the labels are the lines of `labels.txt` beside the file.
fn tabbed(meter: &mut Meter<'_>, path: &Path) -> Result<Measured, CliError> {
    let beside = path.with_file_name("labels.txt");
    let labels: Vec<String> =
        read(&beside)?.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    let mut score = Score::new(labels.len());
    for (n, line) in read(path)?.lines().enumerate() {
        let bad = |why| bad_file(path, format!("line {}: {why}", n + 1));
        let (text, rest) = line.split_once('\t').ok_or_else(|| bad("no tab"))?;
        let ids = rest.split('\t').next().unwrap_or_default().split(',').map(str::parse::<usize>);
        let ids: Vec<usize> = ids.collect::<Result<_, _>>().map_err(|_| bad("labels are not numbers"))?;
        if ids.iter().any(|id| *id >= labels.len()) {
            return Err(bad("a label is not in labels.txt"));
        }
        let perception = meter.perceive(text);
        score.add(labels.iter().enumerate().map(|(id, label)| {
            let (said, probability) = emotion(&perception, label);
            (ids.contains(&id), said, probability)
        }));
    }
    Ok(Measured { data: name(path), part: "all".to_owned(), labels, score })
}

#[derive(Deserialize)]
struct Toned {
    lang: String,
    text: String,
    label: usize,
}

/// One result per language and their mean.
fn tones(meter: &mut Meter<'_>, path: &Path) -> Result<Vec<Measured>, CliError> {
    let mut by: BTreeMap<String, Score> = BTreeMap::new();
    let mut whole = Score::new(TONES.len());
    for (n, line) in read(path)?.lines().enumerate() {
        let row: Toned = serde_json::from_str(line).map_err(|e| bad_file(path, format!("line {}: {e}", n + 1)))?;
        if row.label >= TONES.len() {
            return Err(bad_file(path, format!("line {}: label {} is none of 0, 1, 2", n + 1, row.label)));
        }
        let perception = meter.perceive(&row.text);
        let s = perception.sentiment.unwrap_or_default();
        let scores = [s.negative, s.neutral, s.positive];
        let of = || (0..TONES.len()).map(|i| (i == row.label, TONES[i] == perception.tone(), scores[i]));
        by.entry(row.lang).or_insert_with(|| Score::new(TONES.len())).add(of());
        whole.add(of());
    }
    let mean = by.values().map(Score::macro_f1).sum::<f64>() / by.len().max(1) as f64;
    let labels = || TONES.map(str::to_owned).to_vec();
    let mut all: Vec<Measured> =
        by.into_iter().map(|(part, score)| Measured { data: name(path), part, labels: labels(), score }).collect();
    let part = format!("all; mean of the languages {mean:.4}");
    all.push(Measured { data: name(path), part, labels: labels(), score: whole });
    Ok(all)
}

/// A column per emotion; a text in which none holds is neutral, which is not scored.
fn columns(meter: &mut Meter<'_>, path: &Path) -> Result<Measured, CliError> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| bad_file(path, e))?;
    let head = reader.headers().map_err(|e| bad_file(path, e))?.clone();
    let at = head.iter().position(|h| h == "text").ok_or_else(|| bad_file(path, "no column `text`"))?;
    let labels: Vec<(usize, String)> =
        head.iter().map(str::to_owned).enumerate().filter(|(i, h)| *i != at && h != "id").collect();
    let mut score = Score::new(labels.len());
    for record in reader.records() {
        let record = record.map_err(|e| bad_file(path, e))?;
        let perception = meter.perceive(&record[at]);
        score.add(labels.iter().map(|(i, label)| {
            let (said, probability) = emotion(&perception, label);
            (&record[*i] == "1", said, probability)
        }));
    }
    let labels = labels.into_iter().map(|(_, label)| label).collect();
    Ok(Measured { data: name(path), part: "all".to_owned(), labels, score })
}

fn read(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|e| bad_file(path, e))
}
