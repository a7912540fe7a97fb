//! From characters to tokens.

use std::sync::Arc;

use super::tokens::{Kind, Span, Token};
use crate::error::{Outcome, fault};

/// Signs, longer ones first.
const SIGNS: &[&str] = &[
    "..", "<>", "<=", ">=", "=~", "==", "!=", "+=", "(", ")", "[", "]", "{", "}", ",", ".", ":", ";", "|", "+", "-",
    "*", "/", "%", "^", "=", "<", ">", "&", "!",
];

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    open: Vec<(usize, &'static str)>,
}

/// Cuts a text into tokens; the last is [`Kind::End`].
pub fn tokens(text: &str) -> Outcome<Vec<Token>> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), open: Vec::new() };
    loop {
        lexer.blank()?;
        let start = lexer.at;
        let Some(c) = lexer.peek() else { break };
        let kind = lexer.token(c)?;
        lexer.push(kind, start);
    }
    let end = lexer.at;
    lexer.push(Kind::End, end);
    Ok(lexer.tokens)
}

#[allow(clippy::cast_possible_truncation)] // A text is at most MAX_TEXT long.
fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let index = self.tokens.len();
        if let Kind::Sign(sign) = kind {
            match sign {
                "(" | "[" | "{" => self.open.push((index, sign)),
                ")" | "]" | "}" => {
                    let wanted = match sign {
                        ")" => "(",
                        "]" => "[",
                        _ => "{",
                    };
                    if self.open.last().is_some_and(|(_, s)| *s == wanted)
                        && let Some((opened, _)) = self.open.pop()
                    {
                        self.tokens[opened].partner = u32::try_from(index).unwrap_or(0);
                    }
                }
                _ => {}
            }
        }
        self.tokens.push(Token { kind, span: span(start, self.at), partner: 0 });
    }

    /// Skips blanks and comments.
    fn blank(&mut self) -> Outcome<()> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                match trimmed.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => {
                        return Err(fault(
                            "UnexpectedSyntax",
                            "the comment is never closed",
                            span(self.at, self.at + 2),
                        ));
                    }
                }
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self, c: char) -> Outcome<Kind> {
        let start = self.at;
        match c {
            '\'' | '"' => return self.text(c).map(Kind::Text),
            '`' => return self.quoted().map(Kind::Quoted),
            '$' => {
                self.at += 1;
                return match self.peek() {
                    Some('`') => self.quoted().map(Kind::Param),
                    Some(c) if c.is_alphanumeric() || c == '_' => Ok(Kind::Param(self.word())),
                    _ => Err(fault("UnexpectedSyntax", "a parameter needs a name after `$`", span(start, start + 1))),
                };
            }
            '0'..='9' => return self.number(),
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => return self.number(),
            c if c.is_alphabetic() || c == '_' => return Ok(Kind::Word(self.word())),
            _ => {}
        }
        if let Some(sign) = SIGNS.iter().find(|s| self.rest().starts_with(**s)) {
            self.at += sign.len();
            return Ok(Kind::Sign(sign));
        }
        self.at += c.len_utf8();
        let place = span(start, self.at);
        if c.is_ascii() {
            Err(fault(
                "UnexpectedSyntax",
                format!("the character `{}` means nothing here", c.escape_default()),
                place,
            ))
        } else {
            Err(fault("InvalidUnicodeCharacter", format!("the character `{c}` is not part of the language"), place))
        }
    }

    fn word(&mut self) -> Arc<str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = rest[..end].into();
        self.at += end;
        word
    }

    fn quoted(&mut self) -> Outcome<Arc<str>> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        loop {
            let Some(end) = self.rest().find('`') else {
                return Err(fault(
                    "UnexpectedSyntax",
                    "the name in backticks is never closed",
                    span(start, start + 1),
                ));
            };
            name.push_str(&self.rest()[..end]);
            self.at += end + 1;
            if !self.rest().starts_with('`') {
                break;
            }
            name.push('`');
            self.at += 1;
        }
        Ok(name.into())
    }

    fn text(&mut self, quote: char) -> Outcome<Arc<str>> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(fault("UnexpectedSyntax", "the text is never closed", span(start, start + 1)));
            };
            let here = self.at;
            self.at += c.len_utf8();
            match c {
                c if c == quote => return Ok(out.into()),
                '\\' => out.push(self.escape(here)?),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Outcome<char> {
        let c = self.peek();
        self.at += c.map_or(0, char::len_utf8);
        Ok(match c {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(c @ ('\\' | '\'' | '"' | '`' | '/')) => c,
            Some('u') => return self.unicode(start, 4),
            Some('U') => return self.unicode(start, 8),
            _ => {
                return Err(fault("UnexpectedSyntax", "no such escape; `\\\\` is a backslash", span(start, self.at)));
            }
        })
    }

    fn unicode(&mut self, start: usize, digits: usize) -> Outcome<char> {
        let hex = |lexer: &Self, skip: usize| {
            let code = lexer.text.get(lexer.at + skip..lexer.at + skip + digits)?;
            code.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(code, 16).ok()).flatten()
        };
        let wrong = |lexer: &Self| {
            let message = format!(
                "`\\{}` needs {digits} hexadecimal digits of a character",
                if digits == 4 { 'u' } else { 'U' }
            );
            fault("InvalidUnicodeLiteral", message, span(start, lexer.at))
        };
        let Some(mut code) = hex(self, 0) else { return Err(wrong(self)) };
        self.at += digits;
        if (0xd800..0xdc00).contains(&code) && self.rest().starts_with("\\u") {
            // The second half of a pair of UTF-16.
            if let Some(low) = hex(self, 2).filter(|low| (0xdc00..0xe000).contains(low)) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                self.at += 2 + digits;
            }
        }
        char::from_u32(code).ok_or_else(|| wrong(self))
    }

    fn number(&mut self) -> Outcome<Kind> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let radix = match self.rest().get(..2) {
            Some("0x" | "0X") => Some(16),
            Some("0o" | "0O") => Some(8),
            _ => None,
        };
        if let Some(radix) = radix {
            self.at += 2;
            let word = self.word();
            let place = span(start, self.at);
            if word.is_empty() || !word.chars().all(|c| c.is_digit(radix)) {
                return Err(fault(
                    "InvalidNumberLiteral",
                    format!("`{}` is not a number", &self.text[start..self.at]),
                    place,
                ));
            }
            return match u64::from_str_radix(&word, radix) {
                Ok(n) => Ok(Kind::Int(n)),
                Err(_) => Err(overflow(place)),
            };
        }
        let mut end = digits(start);
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            is_float = true;
            end = digits(end + 1);
        }
        if bytes.get(end).is_some_and(|b| matches!(b, b'e' | b'E')) {
            let sign = usize::from(bytes.get(end + 1).is_some_and(|b| matches!(b, b'+' | b'-')));
            let power = digits(end + 1 + sign);
            if power > end + 1 + sign {
                is_float = true;
                end = power;
            }
        }
        self.at = end;
        let more = self.word();
        let place = span(start, self.at);
        if !more.is_empty() {
            return Err(fault(
                "InvalidNumberLiteral",
                format!("`{}` is not a number", &self.text[start..self.at]),
                place,
            ));
        }
        let digits = &self.text[start..end];
        if !is_float {
            return digits.parse().map(Kind::Int).map_err(|_| overflow(place));
        }
        match digits.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(Kind::Float(x)),
            _ => Err(fault("FloatingPointOverflow", "the number is too large for a float of 64 bits", place)),
        }
    }
}

/// A whole number that does not fit.
pub fn overflow(place: Span) -> Box<crate::error::Fault> {
    fault("IntegerOverflow", "the number is too large for a whole number of 64 bits", place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn numbers_end_where_ranges_begin() {
        assert_eq!(kinds("1..2"), [Kind::Int(1), Kind::Sign(".."), Kind::Int(2), Kind::End]);
        assert_eq!(kinds(".5e-1 0xff 0o17"), [Kind::Float(0.05), Kind::Int(255), Kind::Int(15), Kind::End]);
        for bad in ["1a", "0x", "0xg", "0o8", "1e999", "99999999999999999999"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_know_their_escapes() {
        assert_eq!(
            kinds(r#"'a\'\u00e4\U0001F600' "b\"" "#),
            [Kind::Text("a'ä😀".into()), Kind::Text("b\"".into()), Kind::End]
        );
        assert_eq!(kinds(r"'\ud83d\ude00'"), [Kind::Text("😀".into()), Kind::End]);
        for bad in [r"'\uH'", r"'\x'", "'", r"'\ud83d'", "`a", "/*"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn brackets_know_their_partners() {
        let tokens = tokens("([)]").unwrap();
        assert_eq!(tokens[0].partner, 0);
        let tokens = super::tokens("(a[1])").unwrap();
        assert_eq!((tokens[0].partner, tokens[2].partner), (5, 4));
    }
}
