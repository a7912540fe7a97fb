//! What a question asks for, apart from its words: of whom, of when.

use std::collections::HashSet;

use events::Timestamp;
use models::embedding;
use unicode_segmentation::UnicodeSegmentation;

use super::super::entry::Kind;
use super::super::text::{Asked, Language, asked};
use super::super::time::Dates;
use super::cues::ONESELF;

/// The names of those who talk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    /// The person's.
    pub person: String,
    /// The companion's.
    pub companion: String,
}

/// Who speaks, as a question may mean them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Speaker {
    Person,
    Companion,
    Named(String),
}

/// Of whose words a question seems to ask.
#[derive(Default)]
pub(super) struct Owner {
    pub speaker: Option<Speaker>,
    /// Whether nobody else is mentioned.
    pub alone: bool,
}

/// A question, taken apart.
pub(crate) struct Question {
    pub asked: Vec<Asked>,
    /// The question without the names of those who talk: a vector is pulled to greetings by them.
    pub subject: String,
    pub vector: Vec<f32>,
    /// The vectors of its tokens, where the embedder tells them.
    pub tokens: Vec<i8>,
    /// What made the vector.
    pub kind: embedding::Kind,
    pub dates: Dates,
    pub when: bool,
    pub(super) names: Names,
    mentions: Vec<Speaker>,
}

/// Whoever is asked is the companion.
const YOU: &[&str] = &[
    "you",
    "your",
    "yours",
    "yourself",
    "du",
    "dich",
    "dir",
    "dein",
    "deine",
    "deinem",
    "deinen",
    "deiner",
    "tú",
    "tu",
    "te",
    "ti",
    "tus",
    "toi",
    "ton",
    "ta",
    "tes",
    "você",
    "ты",
    "тебя",
    "тебе",
    "твой",
    "твоя",
    "твоё",
    "твои",
    "أنت",
    "انت",
    "तुम",
    "तुमने",
    "तुम्हारा",
    "आप",
    "आपने",
    "आपका",
    "你",
    "您",
    "あなた",
    "君",
];
/// What asks for a time.
const WHEN: &[&str] = &[
    "when",
    "how long",
    "what date",
    "what day",
    "what month",
    "what year",
    "what time",
    "which month",
    "which year",
    "which day",
    "wann",
    "wie lange",
    "welchem jahr",
    "welchem monat",
    "welchem tag",
    "cuándo",
    "cuando",
    "cuánto tiempo",
    "qué día",
    "qué año",
    "qué mes",
    "qué fecha",
    "quand",
    "quando",
    "когда",
    "как долго",
    "в каком году",
    "в каком месяце",
    "متى",
    "कब",
    "किस दिन",
    "किस साल",
    "什么时候",
    "什麼時候",
    "何时",
    "哪天",
    "哪年",
    "几号",
    "多久",
    "いつ",
    "何日",
    "何年",
    "何月",
];
/// Stems of what questions say and turns do not.
const SAID_BY_QUESTIONS: &[&str] =
    &["kind", "type", "sort", "mention", "describ", "recent", "specif", "certain", "accord"];

/// A text as its words between single spaces, with one at either end, so that whole words can be looked for.
fn spaced(text: &str) -> String {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let words: Vec<&str> = lower.unicode_words().map(|w| w.split('\'').next().unwrap_or(w)).collect();
    format!(" {} ", words.join(" "))
}

/// Where a word stands in a spaced text. Writings without spaces are looked through as they are.
fn position(spaced: &str, word: &str) -> Option<usize> {
    match word.chars().next()? {
        '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' => spaced.replace(' ', "").find(&word.replace(' ', "")),
        _ => spaced.find(&format!(" {word} ")),
    }
}

/// The words of a text that may be names: those that are not written small, and in a text that is written small all of
/// them. `Will` is a name, `will` is none where anything else is written large.
fn may_be_names(text: &str) -> HashSet<String> {
    let plain = text.replace('\u{2019}', "'");
    let words: Vec<&str> = plain.unicode_words().map(|w| w.split('\'').next().unwrap_or(w)).collect();
    let small = |w: &&str| w.chars().next().is_some_and(char::is_lowercase);
    let all_small = words.iter().all(small);
    words.into_iter().filter(|w| all_small || !small(w)).map(str::to_lowercase).collect()
}

/// A text without some of its words and what an apostrophe joins to them.
fn without(text: &str, words: &HashSet<String>) -> String {
    let mut rest = String::new();
    for piece in text.split_word_bounds() {
        let word = piece.to_lowercase().replace('\u{2019}', "'");
        let word = word.split('\'').next().unwrap_or_default();
        if !words.contains(word) {
            rest.push_str(piece);
        }
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Question {
    /// Takes a question apart; its vector comes later. `speakers` are the names under which things were said.
    pub(crate) fn new(
        text: &str,
        at: Option<Timestamp>,
        languages: &[Language],
        names: Names,
        speakers: &[&str],
    ) -> Self {
        let spaced = spaced(text);
        let large = may_be_names(text);
        let parts = |name: &str| name.to_lowercase().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut named: HashSet<String> = HashSet::new();
        let mut mentions: Vec<(usize, Speaker)> = Vec::new();
        let outsiders = speakers.iter().filter(|s| **s != names.person && **s != names.companion);
        let everybody = [(names.person.clone(), Speaker::Person), (names.companion.clone(), Speaker::Companion)]
            .into_iter()
            .chain(outsiders.map(|s| ((*s).to_owned(), Speaker::Named((*s).to_owned()))));
        for (name, speaker) in everybody {
            let found: Vec<String> = parts(&name).into_iter().filter(|part| large.contains(part)).collect();
            mentions.extend(found.iter().filter_map(|p| position(&spaced, p)).min().map(|at| (at, speaker)));
            named.extend(found);
        }
        // Words for oneself and for the other say who is meant only where nobody is named.
        if mentions.is_empty() {
            let first = |words: &[&str]| words.iter().filter_map(|w| position(&spaced, w)).min();
            mentions.extend(first(ONESELF).map(|at| (at, Speaker::Person)));
            mentions.extend(first(YOU).map(|at| (at, Speaker::Companion)));
        }
        mentions.sort_by_key(|(at, _)| *at);
        let all = asked(text, languages);
        // Names of those who talk are in every conversation and tell whose words are meant, not what about.
        let about: Vec<Asked> = all.iter().filter(|a| !named.contains(&a.word)).cloned().collect();
        let told = |a: &&Asked| !SAID_BY_QUESTIONS.contains(&a.forms[0].as_str());
        let telling: Vec<Asked> = about.iter().filter(told).cloned().collect();
        let asked = [telling, about, all].into_iter().find(|words| !words.is_empty()).unwrap_or_default();
        Self {
            asked,
            subject: without(text, &named),
            vector: Vec::new(),
            tokens: Vec::new(),
            kind: embedding::Kind::Words,
            dates: Dates::in_text(text, at),
            when: WHEN.iter().any(|w| position(&spaced, w).is_some()),
            names,
            mentions: mentions.into_iter().map(|(_, speaker)| speaker).collect(),
        }
    }

    /// Whether it holds anything that could be looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.dates.is_empty()
    }

    pub(super) fn owner(&self) -> Owner {
        Owner { speaker: self.mentions.first().cloned(), alone: self.mentions.len() == 1 }
    }
}

impl Names {
    /// Whether a voice is the one who is meant.
    pub(super) fn is_owner(&self, (kind, speaker): &(Kind, Option<Box<str>>), owner: Option<&Speaker>) -> bool {
        let speaker = speaker.as_deref();
        match owner {
            None => false,
            Some(Speaker::Named(name)) => *kind != Kind::Fact && speaker == Some(name),
            Some(Speaker::Person) => matches!(kind, Kind::Person | Kind::Note),
            Some(Speaker::Companion) => *kind == Kind::Companion && speaker.is_none_or(|s| s == self.companion),
        }
    }
}
