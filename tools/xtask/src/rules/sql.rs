//! No SQL in the outer crates: they ask the read side.

use super::{has_word, product};
use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "sql";

/// How a statement begins, as it is written by habit.
const STATEMENTS: &[&str] = &["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA ", "ALTER TABLE "];

/// Finds SQL in `api` and `cli`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in product(tree).filter(|f| f.top() == "api" || f.top() == "cli") {
        let Some(rust) = &file.rust else { continue };
        for (n, (code, literals)) in rust.code.lines().zip(rust.literals.lines()).enumerate() {
            let word = if has_word(code, "sqlx::") {
                Some(&"sqlx::")
            } else {
                STATEMENTS.iter().find(|w| has_word(literals, w))
            };
            if let Some(word) = word {
                let what =
                    format!("`{}` in `{}`: add a query to `projections` and call it", word.trim_end(), file.top());
                findings.push(Finding::new(&file.path, n + 1, RULE, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn sql_is_found_at_its_line() {
        assert_eq!(found("api/src/a.rs", "fn a() {\n  sqlx::query(q)\n}"), [2]);
        assert_eq!(found("cli/src/a.rs", "const Q: &str = \"\n  SELECT 1\";"), [2]);
    }

    #[test]
    fn the_read_side_and_plain_words_may() {
        assert_eq!(found("projections/src/a.rs", "sqlx::query(\"SELECT 1\")"), [0usize; 0]);
        assert_eq!(found("cli/src/a.rs", "// SELECT 1\nlet a = \"Select one\"; let b = SELECTED;"), [0usize; 0]);
    }
}
