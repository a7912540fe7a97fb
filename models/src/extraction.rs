//! Learning facts from plain sentences, without a model. Small and careful: questions, negations and conditions are no
//! facts.

use events::MadeBy;
use events::payload::Fact;

use crate::lexicon::{NEGATIONS, sentences, words};

/// Extracts facts. Pure: the same text gives the same facts.
pub trait Extractor: Send + Sync {
    /// Name and version, as recorded in events.
    fn identity(&self) -> MadeBy;

    /// The facts that a text states. The speaker is called `you`.
    fn extract(&self, text: &str) -> Vec<Fact>;
}

/// Works by rules, for English and German.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleExtractor;

const RELATIVES: &[(&str, &str)] = &[
    ("sister", "sister"),
    ("brother", "brother"),
    ("mother", "mother"),
    ("mom", "mother"),
    ("father", "father"),
    ("dad", "father"),
    ("wife", "wife"),
    ("husband", "husband"),
    ("partner", "partner"),
    ("girlfriend", "girlfriend"),
    ("boyfriend", "boyfriend"),
    ("son", "son"),
    ("daughter", "daughter"),
    ("friend", "friend"),
    ("colleague", "colleague"),
    ("boss", "boss"),
    ("dog", "dog"),
    ("cat", "cat"),
    ("schwester", "sister"),
    ("bruder", "brother"),
    ("mutter", "mother"),
    ("vater", "father"),
    ("frau", "wife"),
    ("mann", "husband"),
    ("sohn", "son"),
    ("tochter", "daughter"),
    ("freundin", "friend"),
    ("freund", "friend"),
    ("hund", "dog"),
    ("katze", "cat"),
];

/// (words of the speaker, predicate): what follows them is the object.
const SELF: &[(&str, &str)] = &[
    ("my name is", "name"),
    ("i live in", "lives in"),
    ("i work at", "works at"),
    ("i work for", "works at"),
    ("i work as", "works as"),
    ("i am from", "is from"),
    ("i'm from", "is from"),
    ("i was born in", "was born in"),
    ("i love", "loves"),
    ("i like", "likes"),
    ("i hate", "hates"),
    ("i moved to", "lives in"),
    ("my favourite", "favourite"),
    ("my favorite", "favourite"),
    ("mein name ist", "name"),
    ("ich heiße", "name"),
    ("ich wohne in", "lives in"),
    ("ich lebe in", "lives in"),
    ("ich arbeite bei", "works at"),
    ("ich arbeite als", "works as"),
    ("ich komme aus", "is from"),
    ("ich liebe", "loves"),
    ("ich mag", "likes"),
    ("ich hasse", "hates"),
];

/// (verb phrase, predicate) between a name and an object.
const THIRD: &[(&str, &str)] = &[
    (" lives in ", "lives in"),
    (" works at ", "works at"),
    (" works as ", "works as"),
    (" moved to ", "lives in"),
    (" is from ", "is from"),
    (" loves ", "loves"),
    (" likes ", "likes"),
    (" is called ", "is called"),
    (" wohnt in ", "lives in"),
    (" lebt in ", "lives in"),
    (" arbeitet bei ", "works at"),
    (" arbeitet als ", "works as"),
    (" liebt ", "loves"),
    (" mag ", "likes"),
];

const DOUBT: &[&str] = &["if", "maybe", "perhaps", "wish", "would", "might", "could", "wenn", "vielleicht", "würde"];
/// The longest sentence that is looked at, in bytes.
const MAX_SENTENCE: usize = 600;

impl Extractor for RuleExtractor {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "aico-rules".to_owned(), version: "1".to_owned() }
    }

    fn extract(&self, text: &str) -> Vec<Fact> {
        let mut facts: Vec<Fact> = Vec::new();
        for sentence in sentences(text).into_iter().filter(|s| s.len() <= MAX_SENTENCE && states(s)) {
            for fact in from_sentence(sentence) {
                let known = facts
                    .iter()
                    .any(|f| (&f.subject, &f.predicate, &f.object) == (&fact.subject, &fact.predicate, &fact.object));
                if !known {
                    facts.push(fact);
                }
            }
        }
        facts
    }
}

fn states(sentence: &str) -> bool {
    let words = words(sentence);
    !sentence.contains('?')
        && !sentence.contains('"')
        && !words.iter().any(|w| NEGATIONS.contains(&w.as_str()) || DOUBT.contains(&w.as_str()))
}

fn fact(subject: &str, predicate: &str, object: &str, sentence: &str, confidence: f64) -> Option<Fact> {
    let clean = |s: &str| s.trim().trim_end_matches(['.', '!', ',', ';', ':']).trim().to_owned();
    let (subject, object) = (clean(subject), clean(object));
    let sound = !subject.is_empty() && !object.is_empty() && object.chars().count() <= 80;
    sound.then(|| Fact {
        subject,
        predicate: predicate.to_owned(),
        object,
        sentence: sentence.to_owned(),
        confidence,
    })
}

/// The object ends where the next clause begins.
fn clause(text: &str) -> &str {
    let ends = [",", ";", " and ", " but ", " because ", " und ", " aber ", " weil ", ". ", "!"];
    let end = ends.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    &text[..end]
}

fn from_sentence(sentence: &str) -> Vec<Fact> {
    let mut found = Vec::new();
    // Lower case keeps byte positions only when it keeps lengths; a sentence where it does not is left alone.
    let lower = sentence.to_lowercase();
    if lower.len() != sentence.len() {
        return found;
    }
    for (phrase, predicate) in SELF {
        let Some(at) = word_start(&lower, phrase) else { continue };
        let rest = clause(&sentence[at + phrase.len()..]);
        if *predicate == "favourite" {
            if let Some((kind, object)) = rest.split_once(" is ").or_else(|| rest.split_once(" ist ")) {
                found.extend(fact("you", &format!("favourite {}", kind.trim()), object, sentence, 0.8));
            }
        } else {
            found.extend(fact("you", predicate, rest, sentence, 0.8));
        }
    }
    let mut subject: Option<(String, usize)> = None;
    for (word, relation) in RELATIVES {
        for owner in ["my ", "meine ", "mein "] {
            let phrase = format!("{owner}{word} ");
            let Some(at) = word_start(&lower, &phrase) else { continue };
            let rest = &sentence[at + phrase.len()..];
            let name: String =
                rest.split_whitespace().take_while(|w| starts_upper(w)).take(3).collect::<Vec<_>>().join(" ");
            let name = name.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned();
            if name.is_empty() {
                subject = Some((format!("your {relation}"), at + phrase.len() - 1));
            } else {
                found.extend(fact("you", relation, &name, sentence, 0.9));
                let end = at + phrase.len() + rest.find(&name).unwrap_or(0) + name.len();
                subject = Some((name, end));
            }
        }
    }
    for (verb, predicate) in THIRD {
        let Some(at) = lower.find(verb) else { continue };
        let object = clause(&sentence[at + verb.len()..]);
        let before = sentence[..at].trim();
        let who = match &subject {
            Some((name, end)) if *end == at || *end == at + 1 => name.clone(),
            _ => {
                let last: Vec<&str> = before.split_whitespace().rev().take_while(|w| starts_upper(w)).collect();
                last.into_iter().rev().collect::<Vec<_>>().join(" ")
            }
        };
        if !matches!(
            who.to_lowercase().as_str(),
            "" | "i" | "ich" | "he" | "she" | "they" | "it" | "er" | "sie" | "es"
        ) {
            found.extend(fact(&who, predicate, object, sentence, 0.7));
        }
    }
    found
}

fn starts_upper(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// Where a phrase begins at the start of a word.
fn word_start(text: &str, phrase: &str) -> Option<usize> {
    text.match_indices(phrase)
        .map(|(at, _)| at)
        .find(|at| text[..*at].chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(text: &str) -> Vec<String> {
        let facts = RuleExtractor.extract(text);
        facts.iter().map(|f| format!("{} | {} | {}", f.subject, f.predicate, f.object)).collect()
    }

    #[test]
    fn plain_statements_are_learned() {
        assert_eq!(learn("My sister Anna lives in Lisbon"), ["you | sister | Anna", "Anna | lives in | Lisbon"]);
        assert_eq!(learn("I live in Berlin and I love tea."), ["you | lives in | Berlin", "you | loves | tea"]);
        assert_eq!(learn("Meine Schwester Anna wohnt in Wien."), ["you | sister | Anna", "Anna | lives in | Wien"]);
        assert_eq!(learn("My brother works at Siemens"), ["your brother | works at | Siemens"]);
        assert_eq!(learn("My favourite colour is green"), ["you | favourite colour | green"]);
    }

    #[test]
    fn questions_negations_and_conditions_teach_nothing() {
        for text in [
            "Does Anna live in Lisbon?",
            "I don't live in Berlin",
            "If I live in Rome one day I will be glad",
            "She said \"I love tea\"",
            "Maybe Anna lives in Porto",
        ] {
            assert_eq!(learn(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn odd_texts_are_survived() {
        for text in ["", "İİİ my sister", "my sister ", "\u{0}", "MY SISTER ANNA LIVES IN", "i live in"] {
            let _no_panic = learn(text);
        }
    }
}
