//! From a text to tokens, as `tools/perceive/features.py` does it; a golden file holds the two together.

/// Characters of a text that the classifiers read. What a person feels is said early, and cost must have a bound.
pub const MAX_CHARS: usize = 4_096;

/// Emoji, arrows and other signs that stand for themselves.
pub(super) fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{3030}' | '\u{303d}' | '\u{a9}' | '\u{ae}' | '\u{2122}')
}

/// Characters of writings that set no spaces between words.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2ebef}' | '\u{f900}'..='\u{faff}' | '\u{3040}'..='\u{30ff}')
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{66a}'..='\u{66d}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}'
            | '\u{3008}'..='\u{301f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}')
        || matches!(
            c,
            '\u{a1}'
                | '\u{a7}'
                | '\u{ab}'
                | '\u{b0}'
                | '\u{b4}'
                | '\u{b6}'
                | '\u{b7}'
                | '\u{bb}'
                | '\u{bf}'
                | '\u{589}'
                | '\u{5be}'
                | '\u{60c}'
                | '\u{61b}'
                | '\u{61f}'
                | '\u{6d4}'
                | '\u{964}'
                | '\u{965}'
        )
}

/// Controls, soft hyphens, marks of direction, variation and skin tone: they are left out.
fn is_silent(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{7f}' | '\u{ad}' | '\u{feff}' | '\u{fffd}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

pub(super) fn is_letter(c: char) -> bool {
    !(is_silent(c) || c.is_whitespace() || is_punctuation(c) || is_symbol(c) || is_ideograph(c))
}

/// The beginning of a text that is read, and whether anything was cut off.
pub(super) fn head(text: &str) -> (&str, bool) {
    text.char_indices().nth(MAX_CHARS).map_or((text, false), |(at, _)| (&text[..at], true))
}

/// Words in lower case, runs of one punctuation mark (at most three), single symbols and ideographs.
pub(super) fn tokens(text: &str) -> Vec<String> {
    tokens_of_all(head(text).0)
}

/// The same, without the bound.
pub(super) fn tokens_of_all(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = Word::default();
    let mut chars = text.chars().map(|c| if c == '\u{2019}' { '\'' } else { c }).peekable();
    while let Some(c) = chars.next() {
        if is_silent(c) {
            continue;
        }
        if c == '\'' && !word.text.is_empty() && chars.peek().copied().is_some_and(is_letter) {
            word.push(c);
            continue;
        }
        if is_letter(c) {
            c.to_lowercase().for_each(|low| word.push_once(low));
            continue;
        }
        word.end(&mut out);
        if c.is_whitespace() {
            continue;
        }
        let mut run = 1;
        if is_punctuation(c) {
            while chars.next_if_eq(&c).is_some() {
                run += 1;
            }
        }
        out.push(c.to_string().repeat(run.min(3)));
    }
    word.end(&mut out);
    out
}

/// A word in the making.
#[derive(Default)]
struct Word {
    text: String,
    last: Option<char>,
    run: usize,
}

impl Word {
    fn push(&mut self, c: char) {
        self.run = if self.last == Some(c) { self.run + 1 } else { 1 };
        self.last = Some(c);
        self.text.push(c);
    }

    /// `sooooo` says no more than `sooo`.
    fn push_once(&mut self, c: char) {
        if self.last != Some(c) || self.run < 3 {
            self.push(c);
        }
    }

    fn end(&mut self, out: &mut Vec<String>) {
        if !self.text.is_empty() {
            out.push(std::mem::take(&mut self.text));
        }
        (self.last, self.run) = (None, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_marks_and_signs_are_told_apart() {
        assert_eq!(tokens("Don’t!!!! stop"), ["don't", "!!!", "stop"]);
        assert_eq!(tokens("sooooo 😀👍🏽 好的"), ["sooo", "😀", "👍", "好", "的"]);
        assert_eq!(tokens("'quoted' a\u{0}b\u{200b}c"), ["'", "quoted", "'", "abc"]);
        assert_eq!(tokens(" \n\t"), Vec::<String>::new());
    }

    #[test]
    fn a_long_text_is_read_to_the_bound() {
        let long = "ä ".repeat(MAX_CHARS);
        assert_eq!(tokens(&long).len(), MAX_CHARS / 2);
        assert!(head(&long).1 && !head("short").1);
        assert_eq!(head(&"x".repeat(MAX_CHARS)), ("x".repeat(MAX_CHARS).as_str(), false));
    }
}
