//! How good recall is on conversations with questions whose evidence is known.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use commands::import::{self, Format, ParsedConversation};
use domain::context::{self, Candidate, Policy, Tier};
use events::payload::RecalledItem;
use events::{Code, Timestamp};
use models::Embedder;
use projections::memory::Remembered;
use projections::memory::evaluate::{Figures, Haystack, Turn, figures, mean};
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::recall::AT_ONCE;

/// How many results a question gets.
const DEPTH: usize = 50;
/// The tokens that memories may take of a usual prompt.
const CONTEXT_TOKENS: usize = 1_500;

/// What an evaluation found.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Over all questions.
    pub overall: Figures,
    /// By the number of the category.
    pub categories: BTreeMap<String, Figures>,
    /// Turns searched.
    pub turns: usize,
    /// Questions left out because no evidence of theirs is there.
    pub without_evidence: usize,
    /// Of the evidence among the first eight results, how much would come to mind unasked.
    pub evidence_told: f64,
    /// For how many questions about another conversation of the file nothing comes to mind.
    pub silent_elsewhere: Option<f64>,
    /// What the context of a turn would hold: by our formula, and by that of the Python original.
    pub context: BTreeMap<&'static str, ContextFigures>,
    /// Words of the first twenty results of a question, on average, as tokens of four characters.
    pub tokens: f64,
    /// Microseconds of a question: half of them took at most this, and 95 and 99 of a hundred.
    pub latency_us: BTreeMap<&'static str, u64>,
    /// Turns taken in per second.
    pub turns_per_second: f64,
    /// What made the vectors.
    pub embedder: String,
    /// Each question with its results.
    #[serde(skip)]
    pub questions: Vec<Asked>,
}

/// What a context holds, on average over the questions.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ContextFigures {
    /// The share of the evidence.
    pub evidence: f64,
    /// Items.
    pub items: f64,
    /// Words of the items, as tokens of four characters.
    pub tokens: f64,
}

/// One question with its results.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The conversation.
    pub conversation: String,
    /// The question.
    pub question: String,
    /// Its category.
    pub category: String,
    /// Ids of the turns that hold the answer.
    pub evidence: Vec<String>,
    /// Ids of the turns that were found, best first.
    pub found: Vec<String>,
    /// Their scores.
    pub scores: Vec<f64>,
    /// What the score of the first is made of.
    pub signals: BTreeMap<&'static str, f64>,
    /// Its figures.
    pub figures: Figures,
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    qa: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    question: String,
    #[serde(default)]
    evidence: Vec<String>,
    category: serde_json::Value,
}

/// The ids in an evidence string. Some strings name several, and some have stray zeros (`D30:05`).
fn ids(evidence: &str) -> Vec<String> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let id = |piece: &str| {
        let (session, turn) = piece.trim().trim_start_matches(['D', ':']).split_once(':')?;
        Some(format!("D{}:{}", number(session)?, number(turn)?))
    };
    evidence.split([';', ',', ' ']).filter_map(id).collect()
}

/// A conversation, taken in.
struct Taken {
    haystack: Haystack,
    key: String,
    /// Ids of the turns in the file, and how long each turn is.
    ids: Vec<String>,
    lengths: Vec<usize>,
    numbers: HashMap<String, usize>,
    /// When the last of it was said.
    last: Timestamp,
}

fn unusable(error: events::log::BoxError) -> AppError {
    AppError::new(Code::EmbeddingFailed, error.to_string())
}

impl Taken {
    fn new(conversation: ParsedConversation, embedder: Arc<dyn Embedder>) -> Result<Self, AppError> {
        let mut taken = Self {
            haystack: Haystack::new(embedder),
            key: conversation.key,
            ids: Vec::new(),
            lengths: Vec::new(),
            numbers: HashMap::new(),
            last: Timestamp::default(),
        };
        for message in conversation.messages {
            let id = message.source.unwrap_or_default();
            taken.numbers.insert(id.clone(), taken.ids.len());
            taken.ids.push(id);
            taken.lengths.push(message.text.chars().count());
            let captions: Vec<String> = message.attachments.into_iter().map(|a| a.caption).collect();
            let turn = Turn {
                role: message.role,
                speaker: Some(message.speaker),
                text: message.text,
                captions: captions.join("\n"),
                at: message.occurred_at.unwrap_or_default(),
            };
            taken.last = taken.last.max(turn.at);
            taken.haystack.add(turn).map_err(unusable)?;
        }
        Ok(taken)
    }

    fn evidence(&self, question: &Question) -> HashSet<usize> {
        let ids = question.evidence.iter().flat_map(|e| ids(e));
        ids.filter_map(|id| self.numbers.get(&id).copied()).collect()
    }

    fn search(&mut self, question: &str, limit: usize) -> Result<Vec<(usize, Remembered)>, AppError> {
        self.haystack.search(question, None, limit).map_err(unusable)
    }

    /// The context that a policy makes of what was found, within the budget of a turn.
    fn context(&self, found: &[(usize, Remembered)], evidence: &HashSet<usize>, policy: &Policy) -> ContextFigures {
        let best = found.first().map_or(1.0, |(_, f)| f.score.max(f64::MIN_POSITIVE));
        let candidate = |(turn, f): &(usize, Remembered)| Candidate {
            item: RecalledItem {
                source: f.source,
                message: None,
                kind: "turn".to_owned(),
                text: turn.to_string(),
                score: f.score,
                signals: BTreeMap::new(),
                reason: String::new(),
            },
            tier: Tier::Semantic,
            relevance: (f.score / best).clamp(0.0, 1.0),
            at: f.at,
        };
        let comes = found.iter().take(AT_ONCE).any(|(_, f)| f.relevant);
        let told = found.iter().filter(|_| comes).take(context::SEARCHED).map(candidate).collect();
        let (mut left, mut held) = (CONTEXT_TOKENS, ContextFigures::default());
        for item in context::assemble(told, policy, self.last) {
            let turn: usize = item.text.parse().unwrap_or_default();
            let tokens = self.lengths.get(turn).copied().unwrap_or_default().div_ceil(4);
            if tokens > left {
                break;
            }
            left -= tokens;
            held.items += 1.0;
            held.tokens += tokens as f64;
            held.evidence += f64::from(u8::from(evidence.contains(&turn))) / evidence.len() as f64;
        }
        held
    }

    fn told(&self, question: Question, evidence: &HashSet<usize>, found: &[(usize, Remembered)]) -> Asked {
        let ranked: Vec<usize> = found.iter().map(|(turn, _)| *turn).collect();
        let id = |turn: &usize| self.ids.get(*turn).cloned().unwrap_or_default();
        let mut wanted: Vec<usize> = evidence.iter().copied().collect();
        wanted.sort_unstable();
        Asked {
            conversation: self.key.clone(),
            question: question.question,
            category: question.category.to_string(),
            evidence: wanted.iter().map(id).collect(),
            found: ranked.iter().map(id).collect(),
            scores: found.iter().map(|(_, f)| f.score).collect(),
            signals: found.first().map(|(_, f)| f.signals.iter().copied().collect()).unwrap_or_default(),
            figures: figures(&ranked, evidence),
        }
    }
}

/// Searches every conversation of a LoCoMo file for its questions, and for those of the conversation before it, of which
/// it knows nothing.
///
/// # Errors
/// When the file is damaged, or no vector can be made.
pub fn evaluate_locomo(
    bytes: &[u8],
    embedder: Arc<dyn Embedder>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Evaluation, AppError> {
    let parsed = import::parse(Format::Locomo, bytes).map_err(|e| AppError::new(e.code(), e.to_string()))?;
    let damaged = |e: serde_json::Error| AppError::new(Code::ImportDamaged, format!("the questions: {e}"));
    let samples: Vec<Sample> = serde_json::from_slice(bytes).map_err(damaged)?;
    let begun = Instant::now();
    let taken: Result<Vec<Taken>, AppError> =
        parsed.conversations.into_iter().map(|c| Taken::new(c, embedder.clone())).collect();
    let mut taken = taken?;
    let indexing = begun.elapsed();
    let turns: usize = taken.iter().map(|t| t.ids.len()).sum();
    let total = samples.iter().map(|s| s.qa.len() as u64).sum();
    let (mut all, mut took, mut without_evidence, mut characters) = (Vec::new(), Vec::new(), 0, 0_usize);
    let (mut unasked, mut elsewhere, mut silent) = (Vec::new(), 0_usize, 0_usize);
    let (mut ours, mut original) = (Vec::new(), Vec::new());
    let conversations = taken.len();
    for (n, question) in samples.into_iter().enumerate().flat_map(|(n, s)| s.qa.into_iter().map(move |q| (n, q))) {
        progress((all.len() + without_evidence) as u64, total);
        if conversations > 1
            && let Some(other) = taken.get_mut((n + 1) % conversations)
        {
            elsewhere += 1;
            silent += usize::from(other.search(&question.question, AT_ONCE)?.iter().all(|(_, f)| !f.relevant));
        }
        let Some(own) = taken.get_mut(n) else { continue };
        let evidence = own.evidence(&question);
        if evidence.is_empty() {
            without_evidence += 1;
            continue;
        }
        let begun = Instant::now();
        let found = own.search(&question.question, DEPTH)?;
        took.push(begun.elapsed());
        ours.push(own.context(&found, &evidence, &context::OURS));
        original.push(own.context(&found, &evidence, &context::ORIGINAL));
        let is_evidence = |turn: &usize| evidence.contains(turn);
        unasked.extend(found.iter().take(AT_ONCE).filter(|(t, _)| is_evidence(t)).map(|(_, f)| f.relevant));
        characters += found.iter().take(20).filter_map(|(turn, _)| own.lengths.get(*turn)).sum::<usize>();
        all.push(own.told(question, &evidence, &found));
    }
    let categories: HashSet<&String> = all.iter().map(|a| &a.category).collect();
    let of = |category: &String| mean(all.iter().filter(|a| a.category == *category).map(|a| &a.figures));
    took.sort_unstable();
    let percentile = |part: usize| took.get(took.len() * part / 100).map_or(0, |d| d.as_micros() as u64);
    let by = embedder.identity();
    Ok(Evaluation {
        overall: mean(all.iter().map(|a| &a.figures)),
        categories: categories.into_iter().map(|c| (c.clone(), of(c))).collect(),
        turns,
        without_evidence,
        evidence_told: share(unasked.iter().filter(|r| **r).count(), unasked.len()),
        silent_elsewhere: (elsewhere > 0).then(|| share(silent, elsewhere)),
        context: BTreeMap::from([("ours", average(&ours)), ("original", average(&original))]),
        tokens: characters as f64 / 4.0 / all.len().max(1) as f64,
        latency_us: BTreeMap::from([("p50", percentile(50)), ("p95", percentile(95)), ("p99", percentile(99))]),
        turns_per_second: turns as f64 / indexing.as_secs_f64().max(1e-9),
        embedder: format!("{} {}", by.name, by.version),
        questions: all,
    })
}

fn average(all: &[ContextFigures]) -> ContextFigures {
    let mean = |of: fn(&ContextFigures) -> f64| all.iter().map(of).sum::<f64>() / all.len().max(1) as f64;
    ContextFigures { evidence: mean(|c| c.evidence), items: mean(|c| c.items), tokens: mean(|c| c.tokens) }
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn malformed_evidence_is_read_as_far_as_it_makes_sense() {
        assert_eq!(ids("D8:6; D9:17"), ["D8:6", "D9:17"]);
        assert_eq!(ids("D9:1 D4:4 D4:6"), ["D9:1", "D4:4", "D4:6"]);
        assert_eq!(ids("D30:05"), ["D30:5"]);
        assert_eq!(ids("D:11:26"), ["D11:26"]);
        assert!(ids("D").is_empty());
        assert!(ids("").is_empty());
    }
}
