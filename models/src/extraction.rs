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

/// The stored word for a relation (`mom` and `Mutter` are `mother`), if a word is one. Words in lower case.
pub(crate) fn relation(word: &str) -> Option<&'static str> {
    RELATIVES.iter().find(|(from, _)| *from == word).map(|(_, to)| *to)
}

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
    ("i am a", "is a"),
    ("i'm a", "is a"),
    ("i am an", "is a"),
    ("i'm an", "is a"),
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
    (" is a ", "is a"),
    (" is an ", "is a"),
    (" heißt ", "is called"),
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
        MadeBy { name: "aico-rules".to_owned(), version: "2".to_owned() }
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
    let lower = lower(sentence);
    for (phrase, predicate) in SELF {
        let Some(at) = word_start(&lower, phrase) else { continue };
        let rest = clause(&sentence[at + phrase.len()..]);
        if *predicate == "favourite" {
            if let Some((kind, object)) = rest.split_once(" is ").or_else(|| rest.split_once(" ist ")) {
                found.extend(fact("you", &format!("favourite {}", kind.trim()), object, sentence, 0.8));
            }
        } else if !is_vague(rest) {
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
            let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
            let name = name.strip_suffix("'s").or_else(|| name.strip_suffix("’s")).unwrap_or(name).to_owned();
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
        let who = match &subject {
            Some((name, end)) if *end == at || *end == at + 1 => name.clone(),
            _ => named_last(&sentence[..at]),
        };
        match who.strip_prefix("your ") {
            _ if who.is_empty() || is_vague(object) => {}
            // "My sister is called Anna" names a relation.
            Some(relation) if *predicate == "is called" => found.extend(fact("you", relation, object, sentence, 0.9)),
            _ => found.extend(fact(&who, predicate, object, sentence, 0.7)),
        }
    }
    found
}

/// Lower case that keeps every byte position: a character whose small form is longer or shorter stays as it is.
fn lower(text: &str) -> String {
    let small = |c: char| {
        let mut forms = c.to_lowercase();
        match (forms.next(), forms.next()) {
            (Some(form), None) if form.len_utf8() == c.len_utf8() => form,
            _ => c,
        }
    };
    text.chars().map(small).collect()
}

/// Capitalised words that are no names, at the start of a sentence.
const NO_NAMES: &[&str] = &[
    "i",
    "he",
    "she",
    "they",
    "it",
    "we",
    "you",
    "ich",
    "er",
    "sie",
    "es",
    "wir",
    "du",
    "this",
    "that",
    "there",
    "here",
    "what",
    "who",
    "which",
    "today",
    "yesterday",
    "tomorrow",
    "now",
    "life",
    "work",
    "everything",
    "nothing",
    "someone",
    "everyone",
    "the",
    "a",
    "my",
    "your",
    "his",
    "her",
    "our",
    "their",
    "so",
    "and",
    "but",
    "das",
    "dies",
    "heute",
    "gestern",
    "morgen",
    "jemand",
    "alles",
    "mein",
    "meine",
    "der",
    "die",
    "one",
    "also",
    "then",
    "maybe",
];

/// The name that a text ends with, or nothing.
fn named_last(text: &str) -> String {
    let mut name: Vec<&str> = text.split_whitespace().rev().take_while(|w| starts_upper(w)).collect();
    while name.last().is_some_and(|w| NO_NAMES.contains(&w.to_lowercase().as_str())) {
        name.pop();
    }
    name.reverse();
    name.join(" ")
}

/// Objects that mean nothing outside their talk.
fn is_vague(object: &str) -> bool {
    const VAGUE: &[&str] = &[
        "you", "it", "this", "that", "these", "those", "him", "her", "them", "me", "bit", "little", "lot", "dich",
        "es", "das", "ihn", "ihr", "here", "there", "hier", "dort", "how", "when", "what", "where",
    ];
    object
        .split_whitespace()
        .next()
        .is_some_and(|w| VAGUE.contains(&w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().as_str()))
}

fn starts_upper(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// Where a phrase stands as whole words.
fn word_start(text: &str, phrase: &str) -> Option<usize> {
    let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '\'');
    text.match_indices(phrase).map(|(at, _)| at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + phrase.len()..]);
        outside(before.chars().next_back()) && (phrase.ends_with(' ') || outside(after.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn learn(text: &str) -> Vec<String> {
        let facts = RuleExtractor.extract(text);
        facts.iter().map(|f| format!("{} | {} | {}", f.subject, f.predicate, f.object)).collect()
    }

    #[test]
    fn plain_statements_are_learned() {
        for (text, facts) in [
            ("My sister Anna lives in Lisbon", &["you | sister | Anna", "Anna | lives in | Lisbon"][..]),
            ("I live in Berlin and I love tea.", &["you | lives in | Berlin", "you | loves | tea"]),
            ("Meine Schwester Anna wohnt in Wien.", &["you | sister | Anna", "Anna | lives in | Wien"]),
            ("My brother works at Siemens", &["your brother | works at | Siemens"]),
            ("My favourite colour is green", &["you | favourite colour | green"]),
            ("my name is Ada", &["you | name | Ada"]),
            ("My sister is called Anna.", &["you | sister | Anna"]),
            ("Mein Hund heißt Rex", &["you | dog | Rex"]),
            ("My sister Anna's cat is grey", &["you | sister | Anna"]),
            ("I'm a nurse, and I sing at night", &["you | is a | nurse"]),
            ("Anna is a doctor", &["Anna | is a | doctor"]),
            ("Yesterday Anna Berg moved to Rome", &["Anna Berg | lives in | Rome"]),
            ("Ich heiße Ada und ich wohne in Graz", &["you | name | Ada", "you | lives in | Graz"]),
        ] {
            let mut learned = learn(text);
            learned.sort_unstable();
            let mut facts = facts.to_vec();
            facts.sort_unstable();
            assert_eq!(learned, facts, "{text}");
        }
    }

    #[test]
    fn what_is_no_fact_teaches_nothing() {
        for text in [
            "Does Anna live in Lisbon?",
            "I don't live in Berlin",
            "If I live in Rome one day I will be glad",
            "She said \"I love tea\"",
            "Maybe Anna lives in Porto",
            "I loved tea",
            "I'm angry",
            "I am a bit tired",
            "I love you",
            "Today is a good day",
            "He lives in Rome",
            "I'd like a tea",
            "Ich mag dich",
            "semi live in peace",
        ] {
            assert_eq!(learn(text), Vec::<String>::new(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(my sister |I live in |İ|K|ß|’s| is a |Anna|heißt |mag |\"|\\PC){0,12}") {
            let facts = RuleExtractor.extract(&text);
            prop_assert_eq!(facts, RuleExtractor.extract(&text));
        }
    }
}
