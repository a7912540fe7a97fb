//! From a text to the terms it is found by.
//!
//! Words are cut by Unicode's rules (UAX 29), lower-cased, freed of their endings by the Snowball stemmer of the text's
//! language, and then of accents. Chinese, Japanese and Korean are cut into overlapping pairs of characters, as they
//! write no spaces. Function words are left out. The same text gives the same terms on every machine.

mod languages;
#[cfg(test)]
mod tests;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

pub use languages::Language;
use languages::{Script, detect, script};

/// The longest word that becomes a term, in characters; of a longer one the beginning counts. It bounds what one line of
/// noise can put into the index.
const MAX_TERM_CHARS: usize = 40;

/// What a text is found by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysed {
    /// The terms in the order of the text, repeated as often as they occur.
    pub terms: Vec<String>,
    /// The language of the text, if anything in it tells.
    pub language: Option<Language>,
}

/// A word of a question with every form under which a text of any language may hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The word as written, in lower case.
    pub word: String,
    /// Its terms, each once; the first is the one of the question's own language.
    pub forms: Vec<String>,
}

/// A word in lower case, or a run of characters of a writing without spaces.
struct Word {
    text: String,
    script: Script,
}

fn words(text: &str) -> Vec<Word> {
    // Compatibility forms (full width, ligatures) become plain ones; a typographic apostrophe is one.
    let plain: String = text.nfkc().map(|c| if matches!(c, '\u{2019}' | '\u{2bc}') { '\'' } else { c }).collect();
    let mut found = Vec::new();
    let mut run = String::new();
    for piece in plain.split_word_bounds() {
        let Some(first) = piece.chars().find(|c| c.is_alphanumeric()) else {
            flush(&mut run, &mut found);
            continue;
        };
        if script(first) == Script::Cjk {
            run.push_str(piece);
            continue;
        }
        flush(&mut run, &mut found);
        let lower = piece.to_lowercase();
        let text = without_elision(&lower).to_owned();
        found.push(Word { text, script: script(first) });
    }
    flush(&mut run, &mut found);
    found
}

/// The part of a word that means something where an apostrophe joins two: `anna's`, `she'll`, `l'amour`. A negated
/// verb (`can't`) stays whole and is a function word.
fn without_elision(word: &str) -> &str {
    match word.split_once('\'') {
        Some((_, "t")) | None => word,
        Some((head, tail)) if head.chars().count() <= 2 && tail.chars().count() > 2 => tail,
        Some(("", tail)) => tail,
        Some((head, _)) => head,
    }
}

fn flush(run: &mut String, found: &mut Vec<Word>) {
    if !run.is_empty() {
        found.push(Word { text: std::mem::take(run).to_lowercase(), script: Script::Cjk });
    }
}

/// Overlapping pairs of characters; one character alone stands for itself.
fn pairs(run: &str) -> Vec<String> {
    let chars: Vec<char> = run.chars().collect();
    if chars.len() < 2 {
        return vec![run.to_owned()];
    }
    chars.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// Characters that in Chinese and Japanese hold sentences together and say nothing about a subject.
const FUNCTION_CHARACTERS: &str = "的了是在我你您他她它们这那哪什么吗呢吧啊和与跟也都就还没不有个一多少几怎样为会要想把被让给从对到去来上下里\
    过得地着说时候次做叫些谁何為會說個們這還沒樣麼";

/// Whether a pair of characters is only what sentences are held together with.
fn is_function_pair(pair: &str) -> bool {
    let hiragana = |c: char| ('\u{3041}'..='\u{309f}').contains(&c);
    pair.chars().all(hiragana) || pair.chars().all(|c| FUNCTION_CHARACTERS.contains(c))
}

/// A word without accents. Marks stay where they are letters and not ornaments, as the vowels of Hindi are.
fn folded(word: &str, script: Script) -> String {
    let cut = |c: &char| match script {
        Script::Latin | Script::Other => !is_combining_mark(*c),
        // Arabic vowel signs and the stretching line are left out in most writing.
        Script::Arabic => !matches!(c, '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}'),
        _ => true,
    };
    let folded: String = match script {
        Script::Latin | Script::Other => word.nfd().filter(cut).collect(),
        Script::Cyrillic => word.replace('ё', "е"),
        _ => word.chars().filter(cut).collect(),
    };
    folded.replace('ß', "ss").chars().take(MAX_TERM_CHARS).collect()
}

fn term(word: &Word, language: Option<Language>) -> String {
    let stemmed = match language {
        Some(language) if language.script() == word.script => language.stem(&folded_before(word)),
        _ => word.text.clone(),
    };
    folded(&stemmed, word.script)
}

/// What a stemmer does not expect is taken away before it: vowel signs in Arabic, `ё` in Russian.
fn folded_before(word: &Word) -> String {
    match word.script {
        Script::Arabic | Script::Cyrillic => folded(&word.text, word.script),
        _ => word.text.chars().take(MAX_TERM_CHARS).collect(),
    }
}

fn language_of(words: &[Word]) -> Option<Language> {
    detect(words.iter().filter(|w| w.script != Script::Cjk).map(|w| w.text.as_str()))
}

/// The terms of a text. Where the text itself does not tell its language, `otherwise` is taken.
pub fn analyse(text: &str, otherwise: Option<Language>) -> Analysed {
    let words = words(text);
    let language = language_of(&words);
    let stemming = language.or(otherwise);
    let mut terms = Vec::with_capacity(words.len());
    for word in &words {
        match word.script {
            Script::Cjk => terms.extend(pairs(&word.text)),
            _ if stemming.is_some_and(|l| l.is_function_word(&word.text)) || word.text.ends_with("n't") => {}
            _ => terms.push(term(word, stemming)),
        }
    }
    terms.retain(|t| !t.is_empty());
    Analysed { terms, language }
}

/// The words of a question in the order of the question, each once, with their forms in every language that texts to be
/// searched are in.
pub fn asked(question: &str, languages: &[Language]) -> Vec<Asked> {
    let words = words(question);
    let language = language_of(&words).or_else(|| languages.first().copied());
    let mut found: Vec<Asked> = Vec::new();
    for word in &words {
        if word.script == Script::Cjk {
            let telling = pairs(&word.text).into_iter().filter(|pair| !is_function_pair(pair));
            found.extend(telling.map(|pair| Asked { word: pair.clone(), forms: vec![pair] }));
            continue;
        }
        if language.is_some_and(|l| l.is_function_word(&word.text)) || word.text.ends_with("n't") {
            continue;
        }
        let mut forms = vec![term(word, language)];
        for form in languages.iter().map(|l| term(word, Some(*l))).chain([term(word, None)]) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        forms.retain(|f| !f.is_empty());
        found.push(Asked { word: word.text.clone(), forms });
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|asked| !asked.forms.is_empty() && seen.insert(asked.forms[0].clone()));
    found
}
