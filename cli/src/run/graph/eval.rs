//! `aico graph eval`

use std::path::Path;

use events::{Code, Timestamp};
use models::graph::RuleStatements;
use models::graph::gold::{measure, parse};
use serde_json::json;

use crate::args::Global;
use crate::error::CliError;
use crate::out;
use crate::run::{Done, OK};

pub(super) fn run(global: &Global, files: &[std::path::PathBuf]) -> Done {
    // Relative times in the sentences are told from a day that never changes.
    let said_at = Timestamp(1_764_028_800_000_000);
    let mut rows = Vec::new();
    let mut all = Vec::new();
    for file in files {
        let unusable =
            |why: String| CliError::new(Code::FileUnusable, format!("{} cannot be used: {why}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|e| unusable(e.to_string()))?;
        let lines = parse(&text).map_err(|line| unusable(format!("line {line} has not the form of a gold set")))?;
        let report = measure(&RuleStatements, &lines, said_at);
        for (what, score) in [("entities", report.entities), ("relations", report.relations)] {
            let set = file.file_stem().map_or_else(String::new, |s| Path::new(s).display().to_string());
            all.push(json!({ "set": set, "sentences": lines.len(), "of": what, "precision": score.precision(),
                "recall": score.recall(), "right": score.right, "wrong": score.wrong, "missed": score.missed }));
            rows.push(vec![
                set,
                lines.len().to_string(),
                what.to_owned(),
                format!("{:.3}", score.precision()),
                format!("{:.3}", score.recall()),
                format!("{} right, {} wrong, {} missed", score.right, score.wrong, score.missed),
            ]);
        }
    }
    if global.json {
        out::json(&json!(all));
    } else {
        out::table(&["set", "sentences", "of", "precision", "recall", "counts"], rows);
    }
    OK
}
