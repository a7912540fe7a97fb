//! In which language a text is, and how sure that is.

use crate::lexicon;

use super::assets::Tongue;

/// Below this a model's guess is not taken.
const FLOOR: f64 = 0.5;
/// Below this share of known n-grams a text is in no language that was learned.
const KNOWN: f64 = 0.45;

/// The BCP 47 tag, `und` when it was not recognised, and its probability.
pub(super) fn language(model: &Tongue, text: &str, grams: &[(u32, u32)]) -> (String, f64) {
    if let Some(tag) = by_script(text) {
        return (tag.to_owned(), 0.99);
    }
    let words = lexicon::language(text);
    match model.tell(grams) {
        Some((tag, p, known)) if p >= FLOOR && known >= KNOWN => (tag.to_owned(), p),
        // Small words tell a short text better than its letters.
        _ if matches!(words, "en" | "de") => (words.to_owned(), FLOOR),
        _ => ("und".to_owned(), 0.0),
    }
}

/// Writings that only one language, or mostly one, is written in, and that the model has not learned.
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
    // Japanese writes kana between ideographs; a third is enough to tell it.
    (most > 0 && most * 3 >= letters).then(|| SCRIPTS[at].1)
}

type Script = (&'static [(u32, u32)], &'static str);

const SCRIPTS: [Script; 9] = [
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
