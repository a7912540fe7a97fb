//! One page per stable error code.

use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "error-pages";
const CODES: &str = "events/src/code.rs";
const FOLDER: &str = "docs/errors";

/// Compares the codes with their pages.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(source) = tree.file(CODES) else {
        return vec![Finding::new(CODES, 1, RULE, "is missing: the codes are declared there")];
    };
    let codes = declared(&source.text);
    let mut findings = Vec::new();
    for (code, line) in &codes {
        let page = format!("{FOLDER}/{code}.md");
        match tree.file(&page) {
            None => findings.push(Finding::new(CODES, *line, RULE, format!("{code} has no page: write {page}"))),
            Some(file) => {
                let mut lines = file.text.lines().filter(|l| !l.trim().is_empty());
                if !lines.next().is_some_and(|title| title.starts_with(&format!("# {code}"))) {
                    findings.push(Finding::new(&page, 1, RULE, format!("must begin with `# {code}`")));
                }
                if lines.next().is_none() {
                    findings.push(Finding::new(&page, 1, RULE, "says nothing: what happened, and what to do?"));
                }
            }
        }
    }
    for file in tree.files.iter().filter(|f| f.path.starts_with(FOLDER)) {
        let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
        if name.starts_with("AICO-") && !codes.iter().any(|(code, _)| code == name) {
            findings.push(Finding::new(&file.path, 1, RULE, "belongs to no code: a retired code stays declared"));
        }
    }
    findings
}

/// The codes with their lines: every `"AICO-dddd"`.
fn declared(source: &str) -> Vec<(String, usize)> {
    let mut codes = Vec::new();
    for (n, line) in source.lines().enumerate() {
        let Some((_, rest)) = line.split_once("= \"AICO-") else { continue };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() == 4 && rest[4..].starts_with('"') {
            codes.push((format!("AICO-{digits}"), n + 1));
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "codes! {\n    A = \"AICO-1001\",\n    B = \"AICO-1002\",\n}";

    #[test]
    fn pages_that_say_something_are_clean() {
        let tree = Tree::of(&[
            (CODES, SOURCE),
            ("docs/errors/AICO-1001.md", "# AICO-1001: a\n\nWhat to do.\n"),
            ("docs/errors/AICO-1002.md", "# AICO-1002: b\n\nWhat to do.\n"),
            ("docs/errors/README.md", "# Errors\n"),
        ]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn missing_empty_misnamed_and_stray_pages_are_found() {
        let tree = Tree::of(&[
            (CODES, SOURCE),
            ("docs/errors/AICO-1001.md", "# AICO-1009\n"),
            ("docs/errors/AICO-1003.md", "# AICO-1003\n\nText.\n"),
        ]);
        let found: Vec<_> = check(&tree).into_iter().map(|f| (f.path, f.line)).collect();
        let page = |n: u32| (format!("docs/errors/AICO-{n}.md"), 1);
        assert_eq!(found, [page(1001), page(1001), (CODES.to_owned(), 3), page(1003)]);
    }
}
