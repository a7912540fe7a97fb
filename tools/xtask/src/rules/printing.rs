//! Only the command line prints.

use super::{has_word, product};
use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "printing";
const WORDS: &[&str] = &["println!", "print!", "eprintln!", "eprint!", "dbg!"];

/// Finds printing outside the command line and the tools.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in product(tree).filter(|f| f.top() != "cli") {
        let Some(rust) = &file.rust else { continue };
        for (n, line) in rust.code.lines().enumerate() {
            for word in WORDS.iter().filter(|w| has_word(line, w)) {
                let what =
                    format!("`{word}` in a library: return the value, or use `tracing` without a person's words");
                findings.push(Finding::new(&file.path, n + 1, RULE, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_is_found_in_libraries_only() {
        let text = "fn a() {\n    println!(\"x\");\n    dbg!(1);\n}";
        let lines = |path| check(&Tree::of(&[(path, text)])).iter().map(|f| f.line).collect::<Vec<_>>();
        assert_eq!(lines("events/src/a.rs"), [2, 3]);
        assert_eq!(lines("cli/src/a.rs"), [0usize; 0]);
        assert_eq!(lines("tools/bench/src/main.rs"), [0usize; 0]);
        assert_eq!(lines("tests/src/a.rs"), [0usize; 0]);
    }

    #[test]
    fn words_in_text_do_not_count() {
        assert_eq!(check(&Tree::of(&[("api/src/a.rs", "let a = \"println!\"; // dbg!(x)")])), []);
    }
}
