//! Noticing feeling, intent, names and danger in a message.

use std::collections::BTreeMap;

use events::MadeBy;
use events::payload::{EmotionScore, Entity, Perception};

use crate::lexicon::{FEELINGS, INTENSIFIERS, NEGATIONS, language, words};

/// Notices. Pure: the same text gives the same perception.
pub trait Perceiver: Send + Sync {
    /// Name and version, as recorded in events.
    fn identity(&self) -> MadeBy;

    /// What is noticed in a text.
    fn perceive(&self, text: &str) -> Perception;
}

/// Works with word lists, without any model. English and German; other languages are told apart but not felt.
#[derive(Clone, Copy, Debug, Default)]
pub struct LexiconPerceiver;

/// How many words a negation reaches.
const NEGATION_REACH: usize = 3;
/// A text is read this far; what a person feels is said early, and cost must have a bound.
const MAX_WORDS: usize = 2_000;

impl Perceiver for LexiconPerceiver {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "aico-lexicon".to_owned(), version: "2".to_owned() }
    }

    fn perceive(&self, text: &str) -> Perception {
        let mut words = words(text);
        words.truncate(MAX_WORDS);
        let (valence, emotions) = feeling(text, &words);
        let crisis = if is_crisis(&words) { 0.9 } else { 0.0 };
        Perception {
            valence,
            arousal: arousal(text, valence),
            emotions,
            intent: intent(text, &words, valence).to_owned(),
            entities: entities(text),
            language: language(text).to_owned(),
            crisis,
        }
    }
}

fn entry(word: &str) -> Option<(f64, &'static str)> {
    FEELINGS.iter().find_map(|(pattern, valence, emotion)| {
        let hit = pattern.strip_suffix('*').map_or(*pattern == word, |stem| word.starts_with(stem));
        hit.then_some((*valence, *emotion))
    })
}

fn feeling(text: &str, words: &[String]) -> (f64, Vec<EmotionScore>) {
    let mut sum = 0.0;
    let mut count = 0.0f64;
    let mut by_emotion: BTreeMap<&str, f64> = BTreeMap::new();
    for (i, word) in words.iter().enumerate() {
        let Some((mut valence, emotion)) = entry(word) else { continue };
        let before = &words[i.saturating_sub(NEGATION_REACH)..i];
        let negated = before.iter().any(|w| NEGATIONS.contains(&w.as_str()));
        if let Some((_, factor)) = before.last().and_then(|w| INTENSIFIERS.iter().find(|(i, _)| i == w)) {
            valence *= factor;
        }
        if negated {
            valence *= -0.6;
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
    let valence = if count == 0.0 { 0.0 } else { (sum / count.sqrt()).clamp(-1.0, 1.0) };
    let mut emotions: Vec<EmotionScore> = by_emotion
        .into_iter()
        .map(|(label, weight)| EmotionScore { label: label.to_owned(), score: weight / (weight + 0.5) })
        .collect();
    if emotions.is_empty() {
        emotions.push(EmotionScore { label: "neutral".to_owned(), score: 1.0 });
    }
    emotions.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.label.cmp(&b.label)));
    (valence, emotions)
}

fn arousal(text: &str, valence: f64) -> f64 {
    let exclamations = text.matches('!').count().min(3) as f64 * 0.15;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let shouting = if letters >= 8 && capitals * 10 > letters * 7 { 0.3 } else { 0.0 };
    (0.2 + 0.3 * valence.abs() + exclamations + shouting).clamp(0.0, 1.0)
}

const QUESTION_WORDS: &[&str] = &[
    "what", "where", "when", "who", "whose", "which", "why", "how", "do", "does", "did", "is", "are", "can", "could",
    "would", "will", "was", "wo", "wann", "wer", "wie", "warum", "wieso", "welche", "kannst", "hast", "weißt",
];

fn intent(text: &str, words: &[String], valence: f64) -> &'static str {
    let first = words.first().map_or("", String::as_str);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    // "What a day!" begins like a question and is none.
    let exclaimed = text.trim_end().ends_with('!');
    if text.contains(['?', '？', '؟']) || (QUESTION_WORDS.contains(&first) && !exclaimed) {
        return "question";
    }
    if words.len() <= 6 && has(&["hello", "hi", "hey", "hallo", "moin", "servus"]) {
        return "greeting";
    }
    if words.len() <= 8 && has(&["bye", "goodbye", "goodnight", "tschüss", "ciao", "later"]) {
        return "farewell";
    }
    if words.len() <= 8 && has(&["thanks", "thank", "danke", "dankeschön"]) {
        return "thanks";
    }
    let about_answers = has(&["answer", "answers", "reply", "replies", "response", "antwort", "antworten"])
        || text.to_lowercase().contains("you are wrong")
        || text.to_lowercase().contains("that's wrong");
    if about_answers && has(&["your", "that", "this", "you", "deine", "das"]) && words.len() <= 12 {
        return "feedback";
    }
    if matches!(first, "please" | "bitte" | "tell" | "show" | "help" | "remind" | "give" | "explain" | "write") {
        return "request";
    }
    let about_self = has(&["i", "i'm", "me", "my", "ich", "mir", "mich"]);
    if about_self && valence.abs() >= 0.4 { "feeling" } else { "statement" }
}

/// Phrases that call for care, as whole words.
const CRISIS: &[&[&str]] = &[
    &["kill", "myself"],
    &["end", "my", "life"],
    &["want", "to", "die"],
    &["hurt", "myself"],
    &["suicide"],
    &["suicidal"],
    &["no", "reason", "to", "live"],
    &["don't", "want", "to", "live"],
    &["better", "off", "dead"],
    &["take", "my", "own", "life"],
    &["harm", "myself"],
    &["wish", "i", "was", "dead"],
    &["wish", "i", "were", "dead"],
    &["nicht", "mehr", "leben"],
    &["mich", "umbringen"],
    &["mir", "das", "leben", "nehmen"],
    &["mir", "etwas", "antun"],
    &["will", "sterben"],
    &["selbstmord"],
    &["suizid"],
];

/// Whether words, in lower case, hold a sign of danger to the speaker that is not negated.
pub(crate) fn is_crisis(words: &[String]) -> bool {
    CRISIS.iter().any(|phrase| {
        words.windows(phrase.len()).enumerate().any(|(at, window)| {
            let before = &words[at.saturating_sub(NEGATION_REACH)..at];
            window == *phrase && !before.iter().any(|w| NEGATIONS.contains(&w.as_str()))
        })
    })
}

/// Capitalised words inside a sentence, joined when they follow each other; after a word like `sister` they are a person.
/// German writes every noun so, and gets only the latter.
fn entities(text: &str) -> Vec<Entity> {
    let german = language(text) == "de";
    let mut found: Vec<Entity> = Vec::new();
    for sentence in crate::lexicon::sentences(text) {
        let mut run: Vec<&str> = Vec::new();
        let words: Vec<&str> = sentence.split_whitespace().collect();
        for (i, raw) in words.iter().enumerate() {
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
            let word = word.strip_suffix("'s").unwrap_or(word);
            let kin_before = i > run.len() && is_kin(words[i - run.len() - 1]);
            let name = i > 0
                && (kin_before || !german)
                && word.len() > 1
                && word.chars().next().is_some_and(char::is_uppercase);
            if name && !matches!(word, "I'm" | "I'll" | "I've" | "I'd") {
                run.push(word);
            }
            if !name || raw.ends_with([',', '.', '!', '?', ';', ':']) || i + 1 == words.len() {
                let text = run.join(" ");
                // The run ends at this word when it is a name, before it when not.
                let start = (i + usize::from(name)).saturating_sub(run.len());
                if !text.is_empty() && found.iter().all(|e| e.text != text) {
                    let person = start > 0 && is_kin(words[start - 1]);
                    found.push(Entity { text, kind: if person { "person" } else { "name" }.to_owned() });
                }
                run.clear();
            }
        }
    }
    found
}

fn is_kin(raw: &str) -> bool {
    crate::extraction::relation(&raw.to_lowercase()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn see(text: &str) -> Perception {
        LexiconPerceiver.perceive(text)
    }

    #[test]
    fn defect_17_valence_follows_the_words_and_their_strength() {
        let very = see("I am very happy today").valence;
        let plain = see("I am happy today").valence;
        let negated = see("I am not happy today").valence;
        let sad = see("I feel so sad and lonely").valence;
        assert!(very > plain && plain > 0.0 && negated < 0.0 && sad < negated, "{very} {plain} {negated} {sad}");
    }

    #[test]
    fn defect_16_idioms_and_longer_words_are_no_crisis() {
        for harmless in
            ["I am on a diet", "I studied all night", "this heat is killing me", "I don't want to die yet"]
        {
            assert_eq!(see(harmless).crisis, 0.0, "{harmless}");
        }
        assert!(see("sometimes I want to die").crisis > 0.5);
        assert!(see("Ich will nicht mehr leben").crisis > 0.5);
        assert!(see("I don’t want to live like this").crisis > 0.5);
    }

    #[test]
    fn intents_are_told_apart() {
        for (text, intent) in [
            ("Where does Anna live?", "question"),
            ("where does Anna live", "question"),
            ("Hello there", "greeting"),
            ("Thanks a lot!", "thanks"),
            ("Please write a poem", "request"),
            ("My sister Anna lives in Lisbon", "statement"),
            ("I feel terrible today", "feeling"),
            ("Bye, see you later", "farewell"),
            ("What a day!", "statement"),
            ("Your answer was too long", "feedback"),
            ("Deine Antwort war zu lang", "feedback"),
            ("Danke dir", "thanks"),
            ("Wo wohnt Anna?", "question"),
        ] {
            assert_eq!(see(text).intent, intent, "{text}");
        }
    }

    #[test]
    fn names_are_found_inside_sentences() {
        let names: Vec<String> =
            see("My sister Anna lives in New York. I'm well").entities.into_iter().map(|e| e.text).collect();
        assert_eq!(names, ["Anna", "New York"]);
        let kinds = |text: &str| -> Vec<(String, String)> {
            see(text).entities.into_iter().map(|e| (e.text, e.kind)).collect()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(kinds("My sister Anna lives in Rome"), [pair("Anna", "person"), pair("Rome", "name")]);
        assert_eq!(kinds("Das ist meine Schwester Anna Berg"), [pair("Anna Berg", "person")]);
        assert_eq!(kinds("Ich habe ein Haus und einen Garten"), []);
    }

    #[test]
    fn languages_are_told_apart() {
        for (text, tag) in [
            ("Where is my book?", "en"),
            ("Wo ist mein Buch?", "de"),
            ("Meine Schwester Anna wohnt in Wien", "de"),
            ("Hallo", "de"),
            ("My sister Anna lives in Vienna", "en"),
            ("Где моя книга?", "ru"),
            ("我的书在哪里", "zh"),
            ("xyzzy", "und"),
        ] {
            assert_eq!(see(text).language, tag, "{text}");
        }
    }
}
