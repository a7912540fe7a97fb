//! Nothing of one machine in the repository: no home folders, no private registries.

use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "machine";

/// In two parts each, so that this file does not break its own rule.
const FOLDERS: &[&str] =
    &[concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];

/// The public homes of packages, as lock files write them.
const PUBLIC: &[&str] = &["registry+https://github.com/rust-lang/crates.io-index", "https://registry.npmjs.org/"];

/// Finds paths of somebody's machine.
pub fn paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (n, line) in file.text.lines().enumerate() {
            if let Some(folder) = FOLDERS.iter().find(|f| is_absolute(line, f)) {
                let what = format!("names a folder of one machine (`{folder}`): use a relative path or a variable");
                findings.push(Finding::new(&file.path, n + 1, RULE, what));
            }
        }
    }
    findings
}

/// Whether the folder stands there as an absolute path: not in the middle of a relative one or of an address.
fn is_absolute(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | ')'))
    })
}

/// Finds package sources other than the public ones in lock files and settings.
pub fn registries(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        for (n, line) in file.text.lines().enumerate() {
            let foreign = match name {
                "Cargo.lock" => line.trim_start().strip_prefix("source = ").is_some_and(|s| !public(s)),
                "package-lock.json" => line.trim_start().strip_prefix("\"resolved\": ").is_some_and(|s| !public(s)),
                ".npmrc" => line.contains("registry"),
                "config.toml" if file.path.contains(".cargo") => {
                    ["[source", "replace-with", "[registr", "index ="].iter().any(|w| line.contains(w))
                }
                _ => false,
            };
            if foreign {
                let what = "names a package source other than the public one: make the lock file without a mirror";
                findings.push(Finding::new(&file.path, n + 1, RULE, what));
            }
        }
    }
    findings
}

fn public(value: &str) -> bool {
    PUBLIC.iter().any(|home| value.trim_start_matches('"').starts_with(home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_folder_is_found_and_a_relative_one_is_not() {
        let bad = format!("see {}x", FOLDERS[0]);
        assert_eq!(paths(&Tree::of(&[("docs/a.md", &bad)])).len(), 1);
        let fine = format!("see docs{}x and https://example.org{}y", FOLDERS[2], FOLDERS[1]);
        assert_eq!(paths(&Tree::of(&[("docs/a.md", &fine)])), []);
    }

    #[test]
    fn a_mirror_in_a_lock_file_is_found() {
        let source = |host: &str| format!("name = \"a\"\nsource = \"registry+https://{host}\"\n");
        let found =
            |text: &str| registries(&Tree::of(&[("Cargo.lock", text)])).iter().map(|f| f.line).collect::<Vec<_>>();
        assert_eq!(found(&source("github.com/rust-lang/crates.io-index")), [0usize; 0]);
        assert_eq!(found(&source("mirror.example/index")), [2]);
        let npm = "  \"resolved\": \"https://mirror.example/a.tgz\",";
        assert_eq!(registries(&Tree::of(&[("api/web/package-lock.json", npm)])).len(), 1);
    }

    #[test]
    fn settings_that_replace_the_source_are_found() {
        assert_eq!(
            registries(&Tree::of(&[(".cargo/config.toml", "[source.crates-io]\nreplace-with = \"m\"")])).len(),
            2
        );
        assert_eq!(registries(&Tree::of(&[(".cargo/config.toml", "[alias]\nxtask = \"run -p xtask\"")])), []);
    }
}
