//! Stored shapes are added, never edited.

use crate::finding::Finding;
use crate::golden::{FOLDER, SUMS, digest, parse};
use crate::tree::Tree;

const RULE: &str = "golden";

/// Compares the golden files with their list of digests.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(sums) = tree.file(SUMS) else {
        return vec![Finding::new(SUMS, 1, RULE, "is missing: run `cargo run -p xtask -- golden`")];
    };
    let known = parse(&sums.text);
    let mut findings = Vec::new();
    for (name, (sum, line)) in &known {
        match tree.file(&format!("{FOLDER}/{name}")) {
            None => findings.push(Finding::new(SUMS, *line, RULE, format!("{name} is gone: bring it back"))),
            Some(file) if digest(file.text.as_bytes()) != *sum => findings.push(Finding::new(
                &file.path,
                1,
                RULE,
                "was edited: put it back, raise the number in events/src/catalog.rs, and add an upcaster and a new file",
            )),
            Some(_) => {}
        }
    }
    let prefix = format!("{FOLDER}/");
    for file in &tree.files {
        let Some(name) = file.path.strip_prefix(&prefix) else { continue };
        if name.ends_with(".json") && !known.contains_key(name) {
            let what = "is new and not yet in SHA256SUMS: run `cargo run -p xtask -- golden`";
            findings.push(Finding::new(&file.path, 1, RULE, what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(text: &str) -> String {
        format!("{}  A.v1.json\n", digest(text.as_bytes()))
    }

    #[test]
    fn an_untouched_file_is_clean() {
        let tree = Tree::of(&[("events/golden/A.v1.json", "{}"), (SUMS, &sums("{}"))]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn an_edited_a_lost_and_an_unlisted_file_are_found() {
        let edited = Tree::of(&[("events/golden/A.v1.json", "{ }"), (SUMS, &sums("{}"))]);
        assert!(check(&edited)[0].what.starts_with("was edited"));
        let lost = Tree::of(&[(SUMS, &sums("{}"))]);
        assert!(check(&lost)[0].what.contains("is gone"));
        let unlisted = Tree::of(&[("events/golden/B.v1.json", "{}"), (SUMS, "")]);
        assert!(check(&unlisted)[0].what.starts_with("is new"));
    }

    #[test]
    fn a_missing_list_is_found() {
        assert_eq!(check(&Tree::of(&[])).len(), 1);
    }
}
