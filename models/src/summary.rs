//! What a stretch of talk comes down to: sentences that were said, or a model's own words.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use events::MadeBy;
use futures::StreamExt as _;

use crate::language::{ChatMessage, ChatRequest, ChatRole, Delta, LanguageModel, ModelError};
use crate::lexicon::{stem, stop_words, words};

/// One turn of the talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkLine {
    /// Who speaks.
    pub speaker: String,
    /// Whether it is the person rather than the companion.
    pub by_person: bool,
    /// The words.
    pub text: String,
}

/// What talk comes down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Summed {
    /// Sentences of it: number of the line and bytes of its text, in their order.
    Extract(Vec<(usize, Range<usize>)>),
    /// New words.
    Written(String),
}

/// Sums up. Never fails: without a model there are still the sentences that were said.
#[async_trait]
pub trait Summariser: Send + Sync {
    /// What the talk comes down to, and by what it was summed up.
    async fn summarise(&self, talk: &[TalkLine]) -> (Summed, MadeBy);

    /// Where the words go when they leave this machine, as [`LanguageModel::recipient`] tells.
    fn recipient(&self) -> Option<String> {
        None
    }
}

/// Picks sentences; deterministic, in any language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extractive;

/// The most sentences, and their most characters together.
const MAX_SENTENCES: usize = 3;
const MAX_CHARS: usize = 400;
/// Sentences of fewer words say little, those of more are no summary.
const GOOD_LENGTH: Range<usize> = 4..41;

impl Extractive {
    fn identity() -> MadeBy {
        MadeBy { name: "aico-extract".into(), version: "1".into() }
    }

    /// SumBasic (Nenkova and Vanderwende 2005): a sentence is worth the mean probability of its words, and the words of a
    /// chosen one count less from then on. What the person tells counts for more than what they ask or are told.
    pub fn pick(talk: &[TalkLine]) -> Vec<(usize, Range<usize>)> {
        let mut sentences: Vec<Sentence> = Vec::new();
        for (line, turn) in talk.iter().enumerate() {
            sentences.extend(ranges(&turn.text).into_iter().filter_map(|range| {
                let text = turn.text.get(range.clone())?;
                let spoken = words(text);
                let terms = spoken.iter().filter(|w| !stop_words(w)).map(|w| stem(w)).collect();
                let factor = weight(text, spoken.len(), turn.by_person);
                Some(Sentence { line, range, chars: text.chars().count(), terms, factor })
            }));
        }
        let total = sentences.iter().map(|s| s.terms.len()).sum::<usize>().max(1) as f64;
        let mut chance: HashMap<String, f64> = HashMap::new();
        for term in sentences.iter().flat_map(|s| &s.terms) {
            *chance.entry(term.clone()).or_default() += 1.0 / total;
        }
        let (mut chosen, mut chars): (Vec<Sentence>, usize) = (Vec::new(), 0);
        while chosen.len() < MAX_SENTENCES {
            sentences.retain(|s| chars + s.chars <= MAX_CHARS || chosen.is_empty());
            let worth = |s: &Sentence| {
                let sum: f64 = s.terms.iter().filter_map(|t| chance.get(t)).sum();
                s.factor * sum / s.terms.len().max(1) as f64
            };
            // The first of equals, so that the order of the talk decides and not the order of a map.
            let best =
                (0..sentences.len()).rev().max_by(|a, b| worth(&sentences[*a]).total_cmp(&worth(&sentences[*b])));
            let Some(best) = best.filter(|b| worth(&sentences[*b]) > 0.0) else { break };
            let sentence = sentences.remove(best);
            for term in &sentence.terms {
                if let Some(p) = chance.get_mut(term) {
                    *p *= *p;
                }
            }
            chars += sentence.chars;
            chosen.push(sentence);
        }
        let mut found: Vec<(usize, Range<usize>)> = chosen.into_iter().map(|s| (s.line, s.range)).collect();
        found.sort_by_key(|(line, range)| (*line, range.start));
        found
    }
}

struct Sentence {
    line: usize,
    range: Range<usize>,
    chars: usize,
    terms: Vec<String>,
    factor: f64,
}

fn weight(text: &str, words: usize, by_person: bool) -> f64 {
    let asks = text.trim_end().ends_with(['?', '？', '؟']);
    let tells = text.chars().any(|c| c.is_ascii_digit())
        || text.split_whitespace().skip(1).any(|w| w.chars().next().is_some_and(char::is_uppercase));
    // Writings without spaces have few words however long they are.
    let spaced = text.is_ascii() || text.contains(' ');
    [
        if by_person { 1.4 } else { 1.0 },
        if asks { 0.4 } else { 1.0 },
        if tells { 1.2 } else { 1.0 },
        if !spaced || GOOD_LENGTH.contains(&words) { 1.0 } else { 0.5 },
    ]
    .iter()
    .product()
}

/// The sentences of a text as ranges of its bytes, without the space around them.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let before_space = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if matches!(c, '\n' | '。' | '！' | '？' | '।') || (matches!(c, '.' | '!' | '?' | '؟') && before_space)
        {
            found.push(from..at + c.len_utf8());
            from = at + c.len_utf8();
        }
    }
    found.push(from..text.len());
    let trimmed = found.into_iter().filter_map(|range| {
        let piece = text.get(range.clone())?;
        let start = range.start + (piece.len() - piece.trim_start().len());
        Some(start..start + piece.trim().len())
    });
    trimmed.filter(|range| !range.is_empty()).collect()
}

#[async_trait]
impl Summariser for Extractive {
    async fn summarise(&self, talk: &[TalkLine]) -> (Summed, MadeBy) {
        (Summed::Extract(Self::pick(talk)), Self::identity())
    }
}

/// Asks a language model, and picks sentences when it has nothing to say.
pub struct ByModel {
    /// The model.
    pub model: Arc<dyn LanguageModel>,
}

/// The longest summary that is kept, and the longest talk that is shown, in characters.
const MAX_WRITTEN_CHARS: usize = 1_000;
const MAX_SHOWN_CHARS: usize = 12_000;

const ASK: &str = "Sum up the talk below in at most three short sentences, in the language it is held in. \
    Keep names, dates and numbers as they are. Say only what was said. Answer with the summary alone.";

impl ByModel {
    async fn ask(&self, talk: &[TalkLine]) -> Result<String, ModelError> {
        let said: String = talk.iter().map(|l| format!("{}: {}\n", l.speaker, l.text)).collect();
        let shown = said.char_indices().nth(MAX_SHOWN_CHARS).map_or(said.as_str(), |(end, _)| &said[..end]);
        let line = |role, content: &str| ChatMessage { role, content: content.to_owned() };
        let request = ChatRequest {
            messages: vec![line(ChatRole::System, ASK), line(ChatRole::User, shown)],
            ..ChatRequest::default()
        };
        let mut stream = self.model.reply(request).await?;
        let mut written = String::new();
        while let Some(delta) = stream.next().await {
            match delta? {
                Delta::Text(text) => written.push_str(&text),
                Delta::Thinking(_) => {}
                Delta::Done { .. } => break,
            }
        }
        Ok(written.trim().chars().take(MAX_WRITTEN_CHARS).collect())
    }
}

#[async_trait]
impl Summariser for ByModel {
    fn recipient(&self) -> Option<String> {
        self.model.recipient()
    }

    async fn summarise(&self, talk: &[TalkLine]) -> (Summed, MadeBy) {
        match self.ask(talk).await {
            Ok(text) if !text.is_empty() => return (Summed::Written(text), self.model.identity()),
            Ok(_) => tracing::warn!(model = self.model.identity().name, "the model summed up nothing"),
            Err(error) => tracing::warn!(model = self.model.identity().name, %error, "the model did not sum up"),
        }
        Extractive.summarise(talk).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(by_person: bool, text: &str) -> TalkLine {
        let speaker = if by_person { "Ada" } else { "Aico" };
        TalkLine { speaker: speaker.to_owned(), by_person, text: text.to_owned() }
    }

    fn picked(talk: &[TalkLine]) -> Vec<&str> {
        Extractive::pick(talk).into_iter().map(|(line, range)| &talk[line].text[range]).collect()
    }

    #[test]
    fn cm_7_a_summary_is_what_the_person_told() {
        let talk = [
            line(true, "Hi! How are you?"),
            line(false, "I am well, thank you. What is new?"),
            line(true, "My sister Anna moved to Porto in May. I will visit her in Porto in September."),
            line(false, "That sounds lovely. Do you like Porto?"),
            line(true, "Ok."),
        ];
        let found = picked(&talk);
        assert!(found.contains(&"My sister Anna moved to Porto in May."), "{found:?}");
        assert!(found.contains(&"I will visit her in Porto in September."), "{found:?}");
        assert!(!found.iter().any(|s| s.ends_with('?')), "{found:?}");
    }

    #[test]
    fn writings_without_spaces_are_summed_up_too() {
        let talk = [line(true, "我昨天搬到了上海。你好吗？"), line(false, "很好。")];
        assert_eq!(picked(&talk).first(), Some(&"我昨天搬到了上海。"));
    }

    #[test]
    fn nothing_said_is_nothing_summed_up() {
        assert!(Extractive::pick(&[]).is_empty());
        assert!(Extractive::pick(&[line(true, "  "), line(false, "?!")]).is_empty());
    }

    proptest! {
        #[test]
        fn every_piece_is_a_piece_of_its_line(texts in proptest::collection::vec("[a-zA-Zäß。.!? \n]{0,120}", 0..6)) {
            let talk: Vec<TalkLine> = texts.iter().map(|t| line(true, t)).collect();
            for (n, range) in Extractive::pick(&talk) {
                prop_assert!(talk[n].text.get(range).is_some_and(|s| !s.trim().is_empty()));
            }
        }
    }
}
