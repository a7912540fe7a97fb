//! Sentences and tokens, with the bytes where they stand.

/// One word or mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// As written.
    pub text: String,
    /// In lower case.
    pub lower: String,
    /// Whether it begins with a capital letter.
    pub upper: bool,
}

impl Token {
    fn new(text: &str) -> Self {
        let upper = text.chars().next().is_some_and(char::is_uppercase);
        Self { text: text.to_owned(), lower: text.to_lowercase(), upper }
    }

    /// Whether it is a mark and no word.
    pub(super) fn is_mark(&self) -> bool {
        !self.text.chars().next().is_some_and(char::is_alphanumeric) && self.lower != "'s"
    }
}

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    /// The first byte in the text.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// Words and marks. What stands in quotation marks is left out.
    pub tokens: Vec<Token>,
    /// Whether it asks.
    pub asks: bool,
}

/// Before a full stop they end no sentence.
const ABBREVIATIONS: &[&str] = &["dr", "mr", "mrs", "ms", "st", "prof", "e.g", "i.e", "z.b", "bzw", "ca", "nr"];
/// The longest sentence that is looked at, in bytes.
const MAX_SENTENCE: usize = 600;

/// The sentences of a text.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let stops = match c {
            '!' | '?' | '\n' | '…' => true,
            '.' => {
                let word: String = text[start..at].chars().rev().take_while(|c| !c.is_whitespace()).collect();
                let word: String = word.chars().rev().collect::<String>().to_lowercase();
                let number = word.chars().all(|c| c.is_ascii_digit()) && !word.is_empty() && word.len() < 3;
                let more = chars.peek().is_none_or(|(_, next)| next.is_whitespace() || *next == '.');
                more && !number && !ABBREVIATIONS.contains(&word.trim_start_matches('(')) && word.chars().count() != 1
            }
            _ => false,
        };
        if stops {
            push(text, start, end, &mut all);
            start = end;
        }
    }
    push(text, start, text.len(), &mut all);
    all
}

fn push(text: &str, start: usize, end: usize, all: &mut Vec<Sentence>) {
    let raw = &text[start..end];
    let trimmed = raw.trim();
    if trimmed.is_empty() || trimmed.len() > MAX_SENTENCE {
        return;
    }
    let start = start + raw.find(trimmed).unwrap_or(0);
    let tokens = tokens(&unquoted(trimmed));
    if tokens.iter().any(|t| !t.is_mark()) {
        all.push(Sentence { start, end: start + trimmed.len(), tokens, asks: trimmed.contains('?') });
    }
}

/// A text without what stands in double quotation marks; a mark of its own stands for it.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '"' if inside => inside = false,
            '“' | '”' | '»' | '«' if inside => inside = false,
            '"' | '“' | '„' | '«' | '»' => {
                inside = true;
                out.push_str(" ¶ ");
            }
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}

/// Words that stand before `'s` as in `she is`.
const IS_BEFORE: &[&str] = &["he", "she", "it", "that", "there", "here", "what", "who", "where", "name", "how"];
/// Words that follow `'s` as in `Anna is`.
const IS_AFTER: &[&str] =
    &["a", "an", "the", "not", "been", "got", "getting", "moving", "living", "working", "so", "in"];

fn tokens(text: &str) -> Vec<Token> {
    let text = text.replace(['’', '‘'], "'");
    let mut raw: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = |n: Option<&char>| n.is_some_and(|n| n.is_alphanumeric());
        if c.is_alphanumeric() || (matches!(c, '\'' | '-') && !word.is_empty() && joins(chars.peek())) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            raw.push(std::mem::take(&mut word));
        }
        match c {
            '\'' if raw.last().is_some_and(|w| w.ends_with('s')) => raw.push("'s".to_owned()),
            '&' => raw.push(c.to_string()),
            // The stop of a title belongs to it.
            '.' if raw.last().is_some_and(|w| ABBREVIATIONS.contains(&w.to_lowercase().as_str())) => {
                if let Some(title) = raw.last_mut() {
                    title.push('.');
                }
            }
            c if c.is_whitespace() => {}
            c => raw.push(c.to_string()),
        }
    }
    if !word.is_empty() {
        raw.push(word);
    }
    let mut out = Vec::with_capacity(raw.len());
    for (n, word) in raw.iter().enumerate() {
        let next = raw.get(n + 1).map(|w| w.to_lowercase()).unwrap_or_default();
        split(word, &next, &mut out);
    }
    out
}

fn split(word: &str, next: &str, out: &mut Vec<Token>) {
    let lower = word.to_lowercase();
    if lower == "'s" {
        out.push(Token::new(word));
        return;
    }
    if lower == "can't" || lower == "cannot" {
        out.extend([Token::new("can"), Token::new("not")]);
        return;
    }
    let cut = |end: &str| lower.ends_with(end).then(|| &word[..word.len() - end.len()]);
    for (end, becomes) in
        [("n't", "not"), ("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would")]
    {
        if let Some(base) = cut(end).filter(|b| !b.is_empty()) {
            out.extend([Token::new(base), Token::new(becomes)]);
            return;
        }
    }
    if let Some(base) = cut("'s").filter(|b| !b.is_empty()) {
        let is = IS_BEFORE.contains(&base.to_lowercase().as_str()) || IS_AFTER.contains(&next);
        out.extend([Token::new(base), Token::new(if is { "is" } else { "'s" })]);
        return;
    }
    out.push(Token::new(word));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        sentences(text).iter().flat_map(|s| s.tokens.iter().map(|t| t.text.clone())).collect()
    }

    #[test]
    fn words_are_cut_where_english_joins_them() {
        assert_eq!(cut("I'm Anna's boss"), ["I", "am", "Anna", "'s", "boss"]);
        assert_eq!(cut("She's a vet, Tom's not."), ["She", "is", "a", "vet", ",", "Tom", "is", "not", "."]);
        assert_eq!(cut("I can’t, he doesn't"), ["I", "can", "not", ",", "he", "does", "not"]);
        assert_eq!(cut("Dr. Chen at St Thomas' Hospital")[..2], ["Dr.", "Chen"]);
    }

    #[test]
    fn sentences_know_where_they_stand() {
        let text = "Hi there. I said \"no way\" to Dr. Weiß! Really?";
        let all = sentences(text);
        assert_eq!(all.len(), 3);
        assert_eq!(&text[all[1].start..all[1].end], "I said \"no way\" to Dr. Weiß!");
        assert!(all[1].tokens.iter().all(|t| t.lower != "way"), "what is quoted is not said");
        assert!(all[2].asks && !all[1].asks);
    }
}
