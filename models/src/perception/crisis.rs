//! Signs that a person may be in danger: whole words, with negation, quotation, idiom and other people told apart.
//!
//! Rules, not a model: a rule can be read, tested and repaired. It finds words that call for care and decides nothing
//! about a person.

mod phrases;

use super::text::tokens_of_all;
use phrases::{
    CLAUSE_ENDS, DESPITE, FIRST_PERSON, IDIOM_AFTER, IDIOM_BEFORE, LAUGHTER, NEGATIONS, PHRASES, PLACES, QUOTES,
    REPORTED,
};

/// Words that a negation reaches over.
const REACH: usize = 4;
/// Characters that are read, half from the beginning and half from the end: danger may be told last.
const MAX_CHARS: usize = 100_000;

/// How sure a sign is.
const CERTAIN: f64 = 0.9;
const LIKELY: f64 = 0.6;
const JOKING: f64 = 0.3;

/// What a phrase is a sign of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The wish to die, or a plan.
    Suicide,
    /// The wish to hurt oneself.
    SelfHarm,
    /// No way out is seen.
    Hopelessness,
    /// Somebody hurts the person.
    Danger,
}

impl Kind {
    /// As recorded.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Suicide => "suicide",
            Self::SelfHarm => "self_harm",
            Self::Hopelessness => "hopelessness",
            Self::Danger => "danger",
        }
    }
}

/// The signs in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Crisis {
    /// The strongest, in `[0, 1]`; 0 when there is none.
    pub score: f64,
    /// Of what kind they are.
    pub kinds: Vec<Kind>,
}

/// Reads a text for signs of danger.
pub(crate) fn crisis(text: &str) -> Crisis {
    let tokens = ends(text);
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let quoted = quotations(&tokens);
    let laughs = tokens.iter().any(|t| LAUGHTER.contains(t));
    let mut found = Crisis::default();
    for (kind, certain, phrase) in PHRASES.iter() {
        for at in 0..tokens.len() {
            let Some(end) = matches_at(&tokens, at, phrase) else { continue };
            if quoted.get(at).copied().unwrap_or(false) || negated(&tokens, at) || idiom(&tokens, at, end) {
                continue;
            }
            let score = match (*certain, laughs) {
                (_, true) => JOKING,
                (true, _) => CERTAIN,
                // A noun alone may be the subject of a film; with the speaker beside it, it is about the speaker.
                (false, _) if first_person(&tokens, at) => LIKELY,
                (false, _) => continue,
            };
            found.score = found.score.max(score);
            found.kinds.push(*kind);
        }
    }
    found.kinds.sort_unstable();
    found.kinds.dedup();
    found
}

fn ends(text: &str) -> Vec<String> {
    let count = text.chars().count();
    if count <= MAX_CHARS {
        return tokens_of_all(text);
    }
    let cut = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    let mut tokens = tokens_of_all(&text[..cut(MAX_CHARS / 2)]);
    tokens.push(".".to_owned());
    tokens.extend(tokens_of_all(&text[cut(count - MAX_CHARS / 2)..]));
    tokens
}

/// Where a phrase that begins at a token ends. A word that ends in `*` is a stem; `_` is any one or no word.
fn matches_at(tokens: &[&str], at: usize, phrase: &str) -> Option<usize> {
    let mut place = at;
    let mut parts = phrase.split(' ').peekable();
    while let Some(part) = parts.next() {
        if part == "_" {
            let next = parts.peek()?;
            if !same(tokens.get(place)?, next) {
                place += 1;
            }
            continue;
        }
        if !same(tokens.get(place)?, part) {
            return None;
        }
        place += 1;
    }
    Some(place)
}

fn same(token: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(token == pattern, |stem| token.starts_with(stem))
}

/// Words of the same clause before a place, nearest first.
fn before<'a>(tokens: &'a [&'a str], at: usize) -> impl Iterator<Item = (usize, &'a str)> {
    (0..at).rev().map(|i| (i, tokens[i])).take_while(|(_, t)| !CLAUSE_ENDS.contains(t))
}

fn negated(tokens: &[&str], at: usize) -> bool {
    before(tokens, at).take(REACH).any(|(i, word)| {
        let next = tokens.get(i + 1).copied().unwrap_or("");
        // "I can't stop thinking of …" and "why not …" negate nothing.
        let despite = DESPITE.contains(&next) || (i > 0 && matches!(tokens[i - 1], "why" | "warum"));
        NEGATIONS.contains(&word) && !despite
    })
}

fn idiom(tokens: &[&str], at: usize, end: usize) -> bool {
    // Not wanting to live in a place is no wish to die.
    let place = end.checked_sub(1).is_some_and(|last| same(tokens[last], "liv*") || tokens[last] == "leben")
        && tokens.get(end).is_some_and(|next| PLACES.contains(next));
    let follows = |list: &[&str]| list.iter().any(|phrase| matches_at(tokens, end, phrase).is_some());
    let precedes = IDIOM_BEFORE.iter().any(|phrase| {
        let length = phrase.split(' ').count();
        at.checked_sub(length).is_some_and(|from| matches_at(tokens, from, phrase) == Some(at))
    });
    place || follows(IDIOM_AFTER) || precedes
}

fn first_person(tokens: &[&str], at: usize) -> bool {
    let sentence_end = |t: &&str| matches!(*t, "." | "!" | "?" | "..." | "!!" | "!!!");
    let from = tokens[..at].iter().rposition(&sentence_end).map_or(0, |i| i + 1);
    let to = tokens[at..].iter().position(sentence_end).map_or(tokens.len(), |i| at + i);
    tokens[from..to].iter().any(|t| FIRST_PERSON.contains(t))
}

/// Which tokens stand between quotation marks, or are reported of somebody else.
fn quotations(tokens: &[&str]) -> Vec<bool> {
    let mut quoted = vec![false; tokens.len()];
    let marks: Vec<usize> = (0..tokens.len()).filter(|i| QUOTES.contains(&tokens[*i])).collect();
    for pair in marks.as_chunks::<2>().0 {
        let (from, to) = (pair[0], pair[1]);
        // One's own words in quotation marks are still one's own.
        let own = from > 0 && before(tokens, from).take(3).any(|(_, t)| FIRST_PERSON.contains(&t));
        quoted[from..to].iter_mut().for_each(|q| *q = !own);
    }
    for at in 0..tokens.len() {
        if REPORTED.iter().any(|phrase| matches_at(tokens, at, phrase).is_some()) {
            let to = tokens[at..]
                .iter()
                .position(|t| CLAUSE_ENDS.contains(t) && *t != ",")
                .map_or(tokens.len(), |i| at + i);
            quoted[at..to].iter_mut().for_each(|q| *q = true);
        }
    }
    quoted
}

#[cfg(test)]
mod tests;
