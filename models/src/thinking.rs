//! Telling thinking from the answer when a model writes both into one text, as `<think>...</think>`.

use std::collections::VecDeque;

use crate::language::Delta;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes a text in pieces, cut anywhere, and gives its pieces as text or thinking.
///
/// White space before the first word of the answer is dropped, as it stands between the thinking and the answer. A block
/// that is never closed stays thinking.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    inside: bool,
    /// The end of the text so far, when it may be the beginning of a tag.
    held: String,
    answered: bool,
}

impl Splitter {
    pub(crate) fn push(&mut self, text: &str, out: &mut VecDeque<Delta>) {
        self.held.push_str(text);
        loop {
            let tag = if self.inside { CLOSE } else { OPEN };
            let whole = self.held.find(tag);
            let sure = whole.unwrap_or_else(|| self.held.len() - begun(&self.held, tag));
            let piece: String = self.held.drain(..sure).collect();
            self.give(piece, out);
            if whole.is_none() {
                return;
            }
            self.held.drain(..tag.len());
            self.inside = !self.inside;
        }
    }

    /// The text is over: what looked like a tag was none.
    pub(crate) fn finish(&mut self, out: &mut VecDeque<Delta>) {
        let rest = std::mem::take(&mut self.held);
        self.give(rest, out);
    }

    fn give(&mut self, piece: String, out: &mut VecDeque<Delta>) {
        let piece = if self.inside || self.answered { piece } else { piece.trim_start().to_owned() };
        if piece.is_empty() {
            return;
        }
        out.push_back(if self.inside {
            Delta::Thinking(piece)
        } else {
            self.answered = true;
            Delta::Text(piece)
        });
    }
}

/// How many bytes at the end of `text` are the beginning of `tag`.
fn begun(text: &str, tag: &str) -> usize {
    (1..tag.len()).rev().find(|n| text.ends_with(&tag[..*n])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let (mut splitter, mut out) = (Splitter::default(), VecDeque::new());
        for piece in pieces {
            splitter.push(piece, &mut out);
        }
        splitter.finish(&mut out);
        let (mut thinking, mut text) = (String::new(), String::new());
        for delta in out {
            match delta {
                Delta::Text(t) => text += &t,
                Delta::Thinking(t) => thinking += &t,
                Delta::Done { .. } => unreachable!(),
            }
        }
        (thinking, text)
    }

    #[test]
    fn tags_are_found_across_pieces() {
        let hm = |t: &str, a: &str| (t.to_owned(), a.to_owned());
        assert_eq!(split(["<th", "ink>\nhm", "m</thi", "nk>\n\nYes ", "or no"]), hm("\nhmm", "Yes or no"));
        assert_eq!(split(["1 <", " 2 <think", "ing>"]), hm("", "1 < 2 <thinking>"));
        assert_eq!(split(["  <think>a</think> b <think>c</think>d"]), hm("ac", "b d"));
        assert_eq!(split(["<think>never closed </thin"]), hm("never closed </thin", ""));
    }

    proptest! {
        #[test]
        fn where_pieces_are_cut_does_not_matter(text in "(<think>|</think>|<th|é|a| |<){0,12}", width in 1usize..6) {
            let chars: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = chars.chunks(width).map(|c| c.iter().collect()).collect();
            prop_assert_eq!(split(pieces.iter().map(String::as_str)), split([text.as_str()]));
        }
    }
}
