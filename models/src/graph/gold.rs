//! Measuring an extractor against sentences that people have read.
//!
//! One line each: `text || kind:name; ... || subject >predicate> object; ...`. `context ~~ text` puts a message before it,
//! and `!` before a relation says that it came to an end. Names are compared without regard to case.

use std::collections::BTreeSet;

use events::Timestamp;

use super::{Input, StatementExtractor};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Messages before, oldest first.
    pub before: Vec<String>,
    /// The message.
    pub text: String,
    /// What it names.
    pub entities: BTreeSet<String>,
    /// What it says.
    pub relations: BTreeSet<String>,
}

/// Right, wrong and missed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Found and there.
    pub right: usize,
    /// Found and not there.
    pub wrong: usize,
    /// There and not found.
    pub missed: usize,
}

impl Score {
    /// Of what was found, the part that is there.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// Of what is there, the part that was found.
    pub fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missed).max(1) as f64
    }

    fn take(&mut self, found: &BTreeSet<String>, there: &BTreeSet<String>) {
        self.right += found.intersection(there).count();
        self.wrong += found.difference(there).count();
        self.missed += there.difference(found).count();
    }
}

/// What an extractor does with a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Of entities.
    pub entities: Score,
    /// Of relations.
    pub relations: Score,
    /// Lines where something differs: text, wrong ones, missed ones.
    pub differences: Vec<(String, Vec<String>, Vec<String>)>,
}

/// Reads a set.
///
/// # Errors
/// With the number of the first line that has not this form.
pub fn parse(text: &str) -> Result<Vec<Line>, usize> {
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    lines.map(|(n, line)| parse_line(line).ok_or(n + 1)).collect()
}

fn parse_line(line: &str) -> Option<Line> {
    let mut parts = line.split("||");
    let (text, entities, relations) = (parts.next()?.trim(), parts.next()?, parts.next()?);
    // The newest is written first.
    let (text, before) = match text.split_once("~~") {
        Some((text, before)) => (text.trim(), vec![before.trim().to_owned()]),
        None => (text, vec![]),
    };
    let list = |part: &str| -> Vec<String> {
        part.split(';').map(|e| e.trim().to_lowercase()).filter(|e| !e.is_empty()).collect()
    };
    let entities = list(entities).iter().map(|e| coarse(e)).collect::<Option<_>>()?;
    let relations: BTreeSet<String> = list(relations).into_iter().collect();
    relations.iter().all(|r| r.matches('>').count() == 2).then_some(())?;
    let relations = relations.iter().map(|r| r.replace(" >", ">").replace("> ", ">")).collect();
    Some(Line { before, text: text.to_owned(), entities, relations })
}

/// What one does, is and has are not told apart by everybody in the same way: they count as one kind.
fn coarse(entity: &str) -> Option<String> {
    let (kind, name) = entity.split_once(':')?;
    let kind = if matches!(kind, "activity" | "occupation") { "thing" } else { kind };
    Some(format!("{kind}:{}", name.trim()))
}

/// Measures an extractor.
pub fn measure(extractor: &dyn StatementExtractor, lines: &[Line], said_at: Timestamp) -> Report {
    let mut report = Report::default();
    for line in lines {
        let found = extractor.extract(&Input { text: &line.text, said_at, before: &line.before });
        let entities: BTreeSet<String> =
            found.entities.iter().filter_map(|e| coarse(&format!("{}:{}", e.kind, e.name).to_lowercase())).collect();
        let relations: BTreeSet<String> = found
            .relations
            .iter()
            .map(|r| {
                let ended = if r.holds && r.valid_until.is_none() { "" } else { "!" };
                format!("{ended}{}>{}>{}", r.subject.name, r.predicate, r.object.name).to_lowercase()
            })
            .collect();
        report.entities.take(&entities, &line.entities);
        report.relations.take(&relations, &line.relations);
        let wrong = entities.difference(&line.entities).chain(relations.difference(&line.relations));
        let missed = line.entities.difference(&entities).chain(line.relations.difference(&relations));
        let (wrong, missed): (Vec<String>, Vec<String>) = (wrong.cloned().collect(), missed.cloned().collect());
        if !wrong.is_empty() || !missed.is_empty() {
            report.differences.push((line.text.clone(), wrong, missed));
        }
    }
    report
}
