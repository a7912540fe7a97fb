//! BERT's tokens: words cut into the longest known pieces (Devlin et al. 2019, uncased).

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word of more characters than this becomes one unknown token.
const MAX_WORD_CHARS: usize = 100;

/// The known pieces and their numbers.
pub struct WordPiece {
    ids: HashMap<Cow<'static, str>, u32>,
    unknown: Option<u32>,
}

impl WordPiece {
    /// One piece per line; the line's number is the piece's.
    pub fn new(vocabulary: impl Into<Cow<'static, str>>) -> Self {
        let ids: HashMap<Cow<'static, str>, u32> = match vocabulary.into() {
            Cow::Borrowed(text) => (0..).zip(text.lines()).map(|(id, piece)| (piece.into(), id)).collect(),
            Cow::Owned(text) => (0..).zip(text.lines()).map(|(id, piece)| (piece.to_owned().into(), id)).collect(),
        };
        Self { unknown: ids.get("[UNK]").copied(), ids }
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The number of a piece.
    pub fn id(&self, piece: &str) -> Option<u32> {
        self.ids.get(piece).copied()
    }

    /// The tokens of a text. A word that cannot be put together from known pieces is the unknown token.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        for word in words(text) {
            self.pieces(&word, &mut tokens);
        }
        tokens
    }

    fn pieces(&self, word: &str, tokens: &mut Vec<u32>) {
        let begin = tokens.len();
        if word.chars().count() > MAX_WORD_CHARS {
            tokens.extend(self.unknown);
            return;
        }
        let mut start = 0;
        let mut piece = String::new();
        while start < word.len() {
            let ends = word[start..].char_indices().map(|(at, c)| start + at + c.len_utf8()).rev();
            let longest = ends.into_iter().find_map(|end| {
                piece.clear();
                if start > 0 {
                    piece.push_str("##");
                }
                piece.push_str(&word[start..end]);
                self.ids.get(piece.as_str()).map(|id| (*id, end))
            });
            let Some((id, end)) = longest else {
                tokens.truncate(begin);
                tokens.extend(self.unknown);
                return;
            };
            tokens.push(id);
            start = end;
        }
    }
}

/// Words and single punctuation marks, lower-cased and without accents.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for c in text.chars() {
        if c == '\u{0}' || c == '\u{fffd}' || (c.is_control() && !c.is_whitespace()) || is_format(c) {
            continue;
        }
        if c.is_whitespace() {
            end(&mut word, &mut words);
        } else if is_ideograph(c) || is_punctuation(c) {
            end(&mut word, &mut words);
            words.push(c.to_string());
        } else {
            word.extend(c.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)));
        }
    }
    end(&mut word, &mut words);
    words
}

/// Unicode's category Cf, as far as it is met in text.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}' | '\u{2a700}'..='\u{2ebef}' | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

/// All printable ASCII that is neither letter nor digit, and the punctuation of other writings.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}' | '\u{589}' | '\u{5be}'
            | '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{66a}'..='\u{66d}' | '\u{6d4}' | '\u{964}' | '\u{965}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}'
            | '\u{3014}'..='\u{301f}' | '\u{30fb}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}'
            | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}
