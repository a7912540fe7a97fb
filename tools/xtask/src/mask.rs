//! Rust source with the parts blanked that a rule must not see. Lines and columns stay where they are.
//!
//! A small lexer of our own: it knows comments, the literal forms and braces, which is all that the rules need, and
//! so the tool builds in a second.

/// Two views of one source.
pub struct Masked {
    /// Comments, test code and the inside of literals are blank.
    pub code: String,
    /// Comments and test code are blank, literals are there.
    pub literals: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Blanks what the rules must not see; everything when the file is a test as a whole.
pub fn mask(source: &str, test_file: bool) -> Masked {
    let kinds = classify(source.as_bytes());
    let code = blank(source, |i| kinds[i] == Kind::Code);
    let tests = if test_file || code.trim_start().starts_with("#![cfg(test)]") {
        vec![true; source.len()]
    } else {
        test_code(&code)
    };
    Masked {
        code: blank(source, |i| kinds[i] == Kind::Code && !tests[i]),
        literals: blank(source, |i| kinds[i] != Kind::Comment && !tests[i]),
    }
}

/// Spaces for every byte that is not kept. Whole characters are kept or dropped, so the result is UTF-8.
fn blank(source: &str, keep: impl Fn(usize) -> bool) -> String {
    let mut out = String::with_capacity(source.len());
    for (i, c) in source.char_indices() {
        if c == '\n' || keep(i) {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
    out
}

fn classify(s: &[u8]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; s.len()];
    let mut i = 0;
    while i < s.len() {
        let (end, kind) = match s[i] {
            b'/' if s.get(i + 1) == Some(&b'/') => (line_end(s, i), Kind::Comment),
            b'/' if s.get(i + 1) == Some(&b'*') => (block_end(s, i), Kind::Comment),
            b'"' => (string_end(s, i + 1), Kind::Literal),
            b'r' if !is_word(s, i) => match raw_end(s, i) {
                Some(end) => (end, Kind::Literal),
                None => (i + 1, Kind::Code),
            },
            b'\'' => match char_end(s, i) {
                Some(end) => (end, Kind::Literal),
                None => (i + 1, Kind::Code),
            },
            _ => (i + 1, Kind::Code),
        };
        let end = end.min(s.len());
        kinds[i..end].fill(kind);
        i = end;
    }
    kinds
}

/// Whether the byte at `i` continues a word. `b` and `c` before `r` belong to the literal.
fn is_word(s: &[u8], i: usize) -> bool {
    let mut before = i;
    if before > 0 && matches!(s[before - 1], b'b' | b'c') {
        before -= 1;
    }
    before > 0 && (s[before - 1].is_ascii_alphanumeric() || s[before - 1] == b'_')
}

fn line_end(s: &[u8], from: usize) -> usize {
    s[from..].iter().position(|b| *b == b'\n').map_or(s.len(), |n| from + n)
}

fn block_end(s: &[u8], from: usize) -> usize {
    let mut depth = 0usize;
    let mut i = from;
    while i + 1 < s.len() {
        match (s[i], s[i + 1]) {
            (b'/', b'*') => {
                depth += 1;
                i += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    s.len()
}

fn string_end(s: &[u8], mut i: usize) -> usize {
    while i < s.len() {
        match s[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    s.len()
}

/// The end of `r"..."` or `r#"..."#`; `None` when it is only the letter, or a raw name such as `r#type`.
fn raw_end(s: &[u8], from: usize) -> Option<usize> {
    let hashes = s[from + 1..].iter().take_while(|b| **b == b'#').count();
    let open = from + 1 + hashes;
    if s.get(open) != Some(&b'"') {
        return None;
    }
    let mut i = open + 1;
    while i < s.len() {
        if s[i] == b'"' && s[i + 1..].iter().take(hashes).filter(|b| **b == b'#').count() == hashes {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(s.len())
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(s: &[u8], from: usize) -> Option<usize> {
    let first = *s.get(from + 1)?;
    if first == b'\\' {
        // At least one byte follows the backslash; it may itself be a quote.
        return s[from + 3..].iter().position(|b| *b == b'\'').map(|n| from + 3 + n + 1);
    }
    let width = match first {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    (s.get(from + 1 + width) == Some(&b'\'')).then_some(from + width + 2)
}

/// Marks items under `#[cfg(test)]` and functions under a test attribute.
fn test_code(code: &str) -> Vec<bool> {
    const MARKS: &[&str] = &["#[cfg(test)]", "#[cfg(all(test", "#[cfg(any(test", "#[test]", "#[tokio::test"];
    let mut tests = vec![false; code.len()];
    for mark in MARKS {
        for (start, _) in code.match_indices(mark) {
            let end = item_end(code.as_bytes(), start + mark.len());
            tests[start..end].fill(true);
        }
    }
    tests
}

/// The end of the item that follows: its closing brace, or its semicolon.
fn item_end(s: &[u8], from: usize) -> usize {
    let (mut braces, mut others) = (0usize, 0usize);
    for (i, b) in s.iter().enumerate().skip(from) {
        match b {
            b'{' => braces += 1,
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 && others == 0 {
                    return i + 1;
                }
            }
            b'(' | b'[' => others += 1,
            b')' | b']' => others = others.saturating_sub(1),
            b';' if braces == 0 && others == 0 => return i + 1,
            _ => {}
        }
    }
    s.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> String {
        mask(source, false).code
    }

    #[test]
    fn comments_and_literals_are_blank_in_the_code_view() {
        let source = "let a = \"x.now()\"; // now()\n/* now() /* now() */ now() */ let b = 'n';";
        assert!(!code(source).contains("now"));
        assert_eq!(code(source).len(), source.len());
        assert!(mask(source, false).literals.contains("x.now()"));
        assert!(!mask(source, false).literals.contains("// now"));
    }

    #[test]
    fn raw_strings_end_at_their_own_mark() {
        let source = "a(r#\"it says \"now()\" here\"#); now(); let r#type = 1; br\"now\"; after();";
        let seen = code(source);
        assert_eq!(seen.matches("now").count(), 1);
        assert!(seen.contains("r#type = 1") && seen.contains("after();"));
    }

    #[test]
    fn a_quote_in_a_character_does_not_open_a_string() {
        let seen = code(r#"f('"', '\'', '\\', b'"'); now(); g::<'a>("now");"#);
        assert_eq!(seen.matches("now").count(), 1, "{seen}");
    }

    #[test]
    fn test_modules_and_test_functions_are_blank() {
        let source = "fn a() { now() }\n#[cfg(test)]\nmod tests { fn b() { now() } }\nfn c() { now() }\n\
                      #[cfg(test)]\nmod more;\nfn d() { now() }\n#[tokio::test(flavor = \"x\")]\nasync fn e() { now() }";
        assert_eq!(code(source).matches("now").count(), 3);
    }

    #[test]
    fn a_test_file_is_blank_as_a_whole() {
        assert!(!mask("fn a() { now() }", true).code.contains("now"));
        assert!(!code("#![cfg(test)]\nfn a() { now() }").contains("now"));
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "// one\nlet s = \"two\nthree\";\nfour();";
        assert_eq!(code(source).lines().nth(3), Some("four();"));
    }
}
