//! What people and programs see: tables and sentences on standard output, notes and errors on standard error.

#![allow(clippy::print_stdout, clippy::print_stderr)] // This is the one place that prints.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::error::CliError;

/// Prints a value as JSON.
pub fn json(value: &Value) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Prints a line. A reader that went away, as `head` does, ends the program quietly.
pub fn line(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints words without ending the line.
pub fn words(text: &str) {
    let mut out = std::io::stdout();
    if write!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Prints a note for people, apart from the result.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints an error with its code and what to do.
pub fn error(error: &CliError, as_json: bool) {
    if as_json {
        let json = serde_json::json!({
            "error": { "code": error.code.as_str(), "message": error.message, "exitCode": error.exit_code() },
        });
        eprintln!("{json}");
        return;
    }
    eprintln!("error {}: {}", error.code, error.message);
    if let Some(advice) = error.advice() {
        eprintln!("  {advice}");
    }
    eprintln!("  More: aico explain {}", error.code);
}

/// Prints a table that fits the terminal.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        note("(nothing)");
        return;
    }
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        // In a pipe there is no width to fit.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(header);
    table.add_rows(rows);
    line(&table.to_string());
}

/// A progress bar on standard error; silent where nobody looks.
pub fn progress(what: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = "{msg:24} [{bar:32}] {human_pos}/{human_len} {per_sec} {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar
}

/// The same for bytes.
pub fn bytes(what: &str) -> ProgressBar {
    let bar = progress(what);
    let style = "{msg:24} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// A value in one cell.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The first so many characters of a text, on one line.
pub fn short(text: &str, width: usize) -> String {
    let mut flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() > width {
        flat = flat.chars().take(width.saturating_sub(1)).chain(['…']).collect();
    }
    flat
}

/// A time as people read it: to the second.
pub fn time(text: &str) -> String {
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z").replace('T', " "),
        None => text.replace('T', " "),
    }
}
