//! Feeling by word lists, in English and German and by emoji: for texts in languages that no model has learned.

use std::collections::{BTreeMap, BTreeSet};

use events::MadeBy;

use crate::lexicon::{FEELINGS, INTENSIFIERS, NEGATIONS, words};

/// How many words a negation reaches.
const NEGATION_REACH: usize = 3;
/// A text is read this far; what a person feels is said early, and cost must have a bound.
const MAX_WORDS: usize = 2_000;

/// What the words of a text say of feeling.
pub(super) struct Felt {
    /// Pleasantness in `[-1, 1]`.
    pub valence: f64,
    /// Emotions with their strength in `[0, 1]`.
    pub emotions: BTreeMap<&'static str, f64>,
    /// Emotions that are named only to be denied, as in "not happy".
    pub denied: BTreeSet<&'static str>,
}

/// Name and version, as recorded in events.
pub(super) fn identity() -> MadeBy {
    MadeBy { name: "aico-lexicon".to_owned(), version: "3".to_owned() }
}

fn entry(word: &str) -> Option<(f64, &'static str)> {
    FEELINGS.iter().find_map(|(pattern, valence, emotion)| {
        let hit = pattern.strip_suffix('*').map_or(*pattern == word, |stem| word.starts_with(stem));
        hit.then_some((*valence, *emotion))
    })
}

/// Reads a text for words and signs of feeling; `None` when there are none.
pub(super) fn feel(text: &str) -> Option<Felt> {
    let mut words = words(text);
    words.truncate(MAX_WORDS);
    let mut sum = 0.0;
    let mut count = 0.0f64;
    let mut by_emotion: BTreeMap<&str, f64> = BTreeMap::new();
    let mut denied = BTreeSet::new();
    for (i, word) in words.iter().enumerate() {
        let Some((mut valence, emotion)) = entry(word) else { continue };
        let before = &words[i.saturating_sub(NEGATION_REACH)..i];
        let negated = before.iter().any(|w| NEGATIONS.contains(&w.as_str()));
        if let Some((_, factor)) = before.last().and_then(|w| INTENSIFIERS.iter().find(|(i, _)| i == w)) {
            valence *= factor;
        }
        if negated {
            valence *= -0.6;
            denied.insert(emotion);
        } else {
            *by_emotion.entry(emotion).or_default() += valence.abs();
        }
        sum += valence;
        count += 1.0;
    }
    for (sign, valence, emotion) in FEELINGS.iter().filter(|(word, ..)| !word.is_ascii() && word.chars().count() == 1)
    {
        let times = text.matches(sign).count() as f64;
        sum += times * valence;
        count += times;
        if times > 0.0 {
            *by_emotion.entry(emotion).or_default() += times * valence.abs();
        }
    }
    // Several signs of feeling outweigh one, with falling returns, and the result stays in range.
    if count == 0.0 {
        return None;
    }
    let valence = (sum / count.sqrt()).clamp(-1.0, 1.0);
    denied.retain(|emotion| !by_emotion.contains_key(emotion));
    let emotions = by_emotion.into_iter().map(|(label, weight)| (label, weight / (weight + 0.5))).collect();
    Some(Felt { valence, emotions, denied })
}

/// Excitement in `[0, 1]`: strong feeling, exclamation marks and capitals.
pub(super) fn arousal(text: &str, valence: f64) -> f64 {
    let exclamations = text.matches('!').count().min(3) as f64 * 0.15;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let shouting = if letters >= 8 && capitals * 10 > letters * 7 { 0.3 } else { 0.0 };
    (0.2 + 0.3 * valence.abs() + exclamations + shouting).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defect_17_valence_follows_the_words_and_their_strength() {
        let valence = |text| feel(text).unwrap().valence;
        let (very, plain) = (valence("I am very happy today"), valence("I am happy today"));
        let (negated, sad) = (valence("I am not happy today"), valence("I feel so sad and lonely"));
        assert!(very > plain && plain > 0.0 && negated < 0.0 && sad < negated, "{very} {plain} {negated} {sad}");
    }

    #[test]
    fn emoji_speak_every_language_and_plain_words_say_nothing() {
        assert!(feel("xin chào 😍").unwrap().emotions["joy"] > 0.5);
        assert!(feel("the table has four legs").is_none());
        assert!(feel("").is_none());
    }

    #[test]
    fn what_is_denied_is_not_felt() {
        let denied = |text| feel(text).unwrap().denied.into_iter().collect::<Vec<_>>();
        assert_eq!(denied("I am not happy today"), ["joy"]);
        assert_eq!(denied("I was not happy then but I am happy now"), Vec::<&str>::new());
        assert_eq!(denied("Ich habe keine Angst"), ["fear"]);
    }

    #[test]
    fn shouting_is_more_aroused() {
        assert!(arousal("LEAVE ME ALONE!!!", 0.0) > arousal("leave me alone", 0.0));
    }
}
