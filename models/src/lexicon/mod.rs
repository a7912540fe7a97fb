//! Word lists of our own, and how a text is cut into words.

mod feelings;
mod languages;

pub(crate) use feelings::{FEELINGS, INTENSIFIERS, NEGATIONS};
pub(crate) use languages::{language, stop_words};

/// Words in lower case, in order; letters, digits and apostrophes stay together.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('\u{2019}', "'")
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|w| w.trim_matches('\'').to_owned())
        .filter(|w| !w.is_empty())
        .collect()
}

/// Sentences with their closing mark.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['.', '!', '?', '\n', '。', '！', '？']).map(str::trim).filter(|s| !s.is_empty()).collect()
}

/// A rough stem for English and German: one common ending off, never below three letters. `live` and `lives` agree.
pub(crate) fn stem(word: &str) -> String {
    let cut = ["ing", "es", "ed", "en", "s", "e"].iter().filter_map(|end| word.strip_suffix(end));
    cut.into_iter().find(|rest| rest.chars().count() >= 3).unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_agree_across_endings() {
        assert_eq!(stem("live"), stem("lives"));
        assert_eq!((stem("students"), stem("worked")), (stem("student"), stem("work")));
        assert_eq!(stem("is"), "is", "nothing is left of a short word");
    }
}
