//! The table and the JSON.

use std::fmt::Write as _;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::Failure;
use crate::machine::Machine;
use crate::measure::Rate;

/// One line of the report.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Name of the measurement, as `--only` takes it.
    pub name: String,
    /// What was counted, for example `events/s`.
    pub unit: &'static str,
    /// Least of the runs.
    pub min: f64,
    /// Middle of the runs.
    pub median: f64,
    /// Most of the runs.
    pub max: f64,
    /// Attempts that failed and were not counted.
    pub failed: u64,
    /// What it is compared with, and the ratio of the medians.
    pub ratios: Vec<(String, f64)>,
    /// The floor of the design, when there is one.
    pub floor: Option<f64>,
    /// Whether less is better, as for times.
    pub less_is_better: bool,
}

/// All that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    lines: Vec<Line>,
    #[serde(skip)]
    progress: bool,
}

impl Report {
    /// An empty report; with `progress` each line is told as it comes.
    pub fn new(machine: Machine, progress: bool) -> Self {
        Self { machine, lines: Vec::new(), progress }
    }

    /// Adds a rate.
    pub fn rate(&mut self, name: &str, unit: &'static str, rate: Rate, floor: Option<f64>) {
        if self.progress {
            eprintln!("  {name}: {} {unit}", number(rate.median));
        }
        self.lines.push(Line {
            name: name.to_owned(),
            unit,
            min: rate.min,
            median: rate.median,
            max: rate.max,
            failed: rate.failed,
            ratios: Vec::new(),
            floor,
            less_is_better: false,
        });
    }

    /// The median of a line that was measured.
    pub fn median(&self, name: &str) -> Option<f64> {
        self.lines.iter().find(|l| l.name == name).map(|l| l.median)
    }

    /// Compares two lines, when both were measured.
    pub fn compare(&mut self, name: &str, with: &str) {
        let Some(other) = self.median(with) else { return };
        if let Some(line) = self.lines.iter_mut().find(|l| l.name == name) {
            line.ratios.push((with.to_owned(), line.median / other));
        }
    }

    /// Adds a figure that was measured once.
    pub fn single(&mut self, name: &str, unit: &'static str, value: f64, floor: Option<f64>) {
        self.rate(name, unit, Rate { min: value, median: value, max: value, failed: 0 }, floor);
    }

    /// Adds a line for each percentile of these times, in microseconds.
    pub fn times(&mut self, name: &str, times: &mut [Duration], percentiles: &[usize]) {
        times.sort_unstable();
        for percentile in percentiles {
            let Some(time) = times.get((times.len() * percentile / 100).min(times.len().saturating_sub(1))) else {
                continue;
            };
            self.single(&format!("{name} p{percentile}"), "us", time.as_secs_f64() * 1e6, None);
            if let Some(line) = self.lines.last_mut() {
                line.less_is_better = true;
            }
        }
    }

    /// Adds a figure of which less is better, with the most that it may be.
    pub fn least(&mut self, name: &str, unit: &'static str, value: f64, most: f64) {
        self.single(name, unit, value, Some(most));
        if let Some(line) = self.lines.last_mut() {
            line.less_is_better = true;
        }
    }

    /// Sets the floor of a line.
    pub fn floor(&mut self, name: &str, floor: f64) {
        if let Some(line) = self.lines.iter_mut().find(|l| l.name == name) {
            line.floor = Some(floor);
        }
    }

    /// Sets the floor of a line as a part of another line, when both were measured.
    pub fn floor_from(&mut self, name: &str, with: &str, part: f64) {
        if let Some(other) = self.median(with) {
            self.floor(name, other * part);
        }
    }

    /// JSON for programs.
    pub fn json(&self) -> Result<String, Failure> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// A table for people.
    pub fn table(&self) -> String {
        let m = &self.machine;
        let mut out = format!(
            "{} cores, {}, Linux {}; {} with {} us per 4 KiB append and fdatasync; SQLite {}; {} build\n",
            m.cores,
            m.processor,
            m.kernel,
            m.file_system,
            m.sync_micros,
            m.sqlite,
            if m.release { "release" } else { "debug" }
        );
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["what", "unit", "min", "median", "max", "against", "floor"]);
        for line in &self.lines {
            let mut against = String::new();
            for (n, (with, ratio)) in line.ratios.iter().enumerate() {
                let _infallible = write!(against, "{}{ratio:.2} x {with}", if n > 0 { ", " } else { "" });
            }
            if line.failed > 0 {
                let _infallible = write!(against, " ({} failed tries)", line.failed);
            }
            table.add_row([
                line.name.clone(),
                line.unit.to_owned(),
                number(line.min),
                number(line.median),
                number(line.max),
                against,
                line.floor.map_or_else(String::new, |floor| {
                    let reached = if line.less_is_better { line.median <= floor } else { line.median >= floor };
                    format!("{} {}", number(floor), if reached { "reached" } else { "MISSED" })
                }),
            ]);
        }
        for column in 2..5 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        out.push_str(&table.to_string());
        out
    }
}

/// Three digits that matter, thousands apart.
fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(number(0.5), "0.50");
        assert_eq!(number(999.4), "999");
        assert_eq!(number(1234567.0), "1,234,567");
    }
}
