//! The languages whose endings and function words are known, and which of them a text is in.

use std::collections::HashMap;
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};

/// A language that has a stemmer and a list of function words here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // The names say it.
pub enum Language {
    English,
    German,
    Spanish,
    French,
    Italian,
    Portuguese,
    Dutch,
    Swedish,
    Turkish,
    Russian,
    Arabic,
    Hindi,
}

/// The writing of a word, as far as it decides which stemmers may apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    /// Chinese, Japanese and Korean, which are cut into pairs of characters and not stemmed.
    Cjk,
    Other,
}

pub(super) fn script(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => {
            Script::Arabic
        }
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{20000}'..='\u{3ffff}'
        | '々' => Script::Cjk,
        _ => Script::Other,
    }
}

impl Language {
    /// Every language, in the order in which ties are decided.
    pub const ALL: [Self; 12] = [
        Self::English,
        Self::German,
        Self::Spanish,
        Self::French,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
        Self::Swedish,
        Self::Turkish,
        Self::Russian,
        Self::Arabic,
        Self::Hindi,
    ];

    /// Its tag by BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Italian => "it",
            Self::Portuguese => "pt",
            Self::Dutch => "nl",
            Self::Swedish => "sv",
            Self::Turkish => "tr",
            Self::Russian => "ru",
            Self::Arabic => "ar",
            Self::Hindi => "hi",
        }
    }

    /// As stored.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    pub(super) fn script(self) -> Script {
        match self {
            Self::Russian => Script::Cyrillic,
            Self::Arabic => Script::Arabic,
            Self::Hindi => Script::Devanagari,
            _ => Script::Latin,
        }
    }

    fn algorithm(self) -> Algorithm {
        match self {
            Self::English => Algorithm::English,
            Self::German => Algorithm::German,
            Self::Spanish => Algorithm::Spanish,
            Self::French => Algorithm::French,
            Self::Italian => Algorithm::Italian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Dutch => Algorithm::Dutch,
            Self::Swedish => Algorithm::Swedish,
            Self::Turkish => Algorithm::Turkish,
            Self::Russian => Algorithm::Russian,
            Self::Arabic => Algorithm::Arabic,
            Self::Hindi => Algorithm::Hindi,
        }
    }

    /// A lower-case word without its ending; a form that follows no rule is first led back to its word.
    pub(super) fn stem(self, word: &str) -> String {
        let word = match self {
            Self::English => IRREGULAR.get(word).copied().unwrap_or(word),
            _ => word,
        };
        Stemmer::new(self.algorithm()).stem(word).into_owned()
    }

    /// Whether a lower-case word is a function word of the language, which says nothing about a subject.
    pub(super) fn is_function_word(self, word: &str) -> bool {
        FUNCTION_WORDS.get(word).is_some_and(|languages| languages & self.bit() != 0)
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// English forms that no stemmer leads back (`went`, `children`), and short forms of talk (`pics`, `mum`).
static IRREGULAR: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| include_str!("irregular/en.txt").lines().filter_map(|line| line.split_once(' ')).collect());

/// Per function word the languages that have it.
static FUNCTION_WORDS: LazyLock<HashMap<&'static str, u16>> = LazyLock::new(|| {
    let lists = [
        (Language::English, include_str!("stopwords/en.txt")),
        (Language::German, include_str!("stopwords/de.txt")),
        (Language::Spanish, include_str!("stopwords/es.txt")),
        (Language::French, include_str!("stopwords/fr.txt")),
        (Language::Italian, include_str!("stopwords/it.txt")),
        (Language::Portuguese, include_str!("stopwords/pt.txt")),
        (Language::Dutch, include_str!("stopwords/nl.txt")),
        (Language::Swedish, include_str!("stopwords/sv.txt")),
        (Language::Turkish, include_str!("stopwords/tr.txt")),
        (Language::Russian, include_str!("stopwords/ru.txt")),
        (Language::Arabic, include_str!("stopwords/ar.txt")),
        (Language::Hindi, include_str!("stopwords/hi.txt")),
    ];
    let mut words: HashMap<&'static str, u16> = HashMap::new();
    for (language, list) in lists {
        for word in list.lines() {
            *words.entry(word).or_default() |= language.bit();
        }
    }
    words
});

/// The language of a text by its function words and writing; `None` when nothing tells.
///
/// Counting function words is right about short talk more often than letter statistics are, and the same words always
/// give the same answer. The first language wins a tie.
pub(super) fn detect<'a>(words: impl Iterator<Item = &'a str>) -> Option<Language> {
    let mut counts = [0_u32; Language::ALL.len()];
    let mut scripts = [0_u32; Language::ALL.len()];
    for word in words {
        let languages = FUNCTION_WORDS.get(word).copied().unwrap_or_default();
        let script = word.chars().next().map_or(Script::Other, script);
        for language in Language::ALL {
            counts[language as usize] += u32::from(languages & language.bit() != 0);
            scripts[language as usize] += u32::from(language.script() == script);
        }
    }
    let best = |votes: &[u32], among: &dyn Fn(Language) -> bool| {
        let found = Language::ALL.into_iter().filter(|l| votes[*l as usize] > 0 && among(*l));
        found.max_by(|a, b| votes[*a as usize].cmp(&votes[*b as usize]).then(b.cmp(a)))
    };
    // A writing that only one known language has tells as much as a function word; Latin letters tell nothing.
    best(&counts, &|_| true).or_else(|| best(&scripts, &|l| l.script() != Script::Latin))
}
