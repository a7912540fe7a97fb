//! Files stay small enough to read.

use crate::exceptions::LONG;
use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "size";
const LIMIT: usize = 30 * 1024;
/// What people write. Data, lock files and printed schemas have no limit.
const WRITTEN: &[&str] = &[".rs", ".md", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".sql", ".sh", ".toml"];

/// Finds files over the limit.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|f| f.text.len() > LIMIT && WRITTEN.iter().any(|end| f.path.ends_with(end)))
        .filter(|f| !LONG.iter().any(|(path, _)| *path == f.path))
        .map(|f| {
            let what = format!(
                "is {} KB long, over {} KB: split it by the question it answers, or give a reason in tools/xtask/src/exceptions.rs",
                f.text.len() / 1024,
                LIMIT / 1024
            );
            Finding::new(&f.path, 1, RULE, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_found_and_data_is_not() {
        let long = "x".repeat(LIMIT + 1);
        let found = |path| check(&Tree::of(&[(path, long.as_str())])).len();
        assert_eq!(found("events/src/a.rs"), 1);
        assert_eq!(found("Cargo.lock"), 0);
        assert_eq!(check(&Tree::of(&[("events/src/a.rs", &long[1..])])), []);
    }
}
