//! In which language a text is, and how sure that is.

use crate::lexicon;

use super::assets::Tongue;

/// A guess is taken when its probability times the share of known n-grams is over this: a language that was not learned
/// resembles one that was, in few n-grams.
const FLOOR: f64 = 0.48;
/// How sure small words are.
const BY_WORDS: f64 = 0.6;
/// Up to this many words, small words tell better than letters.
const FEW: usize = 2;

/// The BCP 47 tag, `und` when it was not recognised, and its probability.
pub(super) fn language(model: &Tongue, text: &str, grams: &[(u32, u32)]) -> (String, f64) {
    if let Some(tag) = by_script(text) {
        return (tag.to_owned(), 0.99);
    }
    if !text.chars().any(char::is_alphabetic) {
        return ("und".to_owned(), 0.0);
    }
    let words = lexicon::language(text);
    let told = matches!(words, "en" | "de");
    if told && text.split_whitespace().nth(FEW).is_none() {
        return (words.to_owned(), BY_WORDS);
    }
    match model.tell(grams) {
        Some((tag, p, known)) if p * known >= FLOOR => (tag.to_owned(), p),
        _ if told => (words.to_owned(), BY_WORDS),
        _ => ("und".to_owned(), 0.0),
    }
}

/// Writings that only one language, or mostly one, is written in.
fn by_script(text: &str) -> Option<&'static str> {
    let mut counts = [0usize; SCRIPTS.len()];
    let mut letters = 0usize;
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        for (count, (ranges, _)) in counts.iter_mut().zip(SCRIPTS) {
            *count += usize::from(ranges.iter().any(|(from, to)| (*from..=*to).contains(&(c as u32))));
        }
    }
    let (most, at) =
        counts.iter().zip(0..).max_by_key(|(count, _)| **count).map(|(count, at): (&usize, usize)| (*count, at))?;
    // Persian and Urdu have letters that Arabic has not.
    if SCRIPTS[at].1 == "ar" && text.contains(['پ', 'چ', 'ژ', 'گ', 'ٹ', 'ڈ', 'ے']) {
        return None;
    }
    // Japanese writes kana between ideographs; a third is enough to tell it.
    (most > 0 && most * 3 >= letters).then(|| SCRIPTS[at].1)
}

type Script = (&'static [(u32, u32)], &'static str);

const SCRIPTS: [Script; 11] = [
    (&[(0x600, 0x6ff), (0x750, 0x77f)], "ar"),
    (&[(0x900, 0x97f)], "hi"),
    (&[(0x3040, 0x30ff)], "ja"),
    (&[(0xac00, 0xd7af), (0x1100, 0x11ff)], "ko"),
    (&[(0x370, 0x3ff), (0x1f00, 0x1fff)], "el"),
    (&[(0x590, 0x5ff)], "he"),
    (&[(0xe00, 0xe7f)], "th"),
    (&[(0x980, 0x9ff)], "bn"),
    (&[(0xb80, 0xbff)], "ta"),
    (&[(0x10a0, 0x10ff)], "ka"),
    (&[(0x530, 0x58f)], "hy"),
];
