//! The rules. Each is a function from files to findings, with tests on made-up files.

mod arrows;
mod errors;
mod golden;
mod links;
mod machine;
mod ports;
mod printing;
mod size;
mod sql;
mod state;

use crate::finding::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Workspace;

/// The folders of the product itself; tests and tools are freer.
const PRODUCT: &[&str] = &["events", "graph", "cypher", "domain", "models", "commands", "projections", "api", "cli"];

/// Every rule over everything, in order of the place.
pub fn all(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(arrows::between_ours(workspace));
    findings.extend(arrows::heavy_at_the_edge(workspace));
    findings.extend(ports::check(tree));
    findings.extend(sql::check(tree));
    findings.extend(printing::check(tree));
    findings.extend(golden::check(tree));
    findings.extend(size::check(tree));
    findings.extend(machine::paths(tree));
    findings.extend(machine::registries(tree));
    findings.extend(errors::check(tree));
    findings.extend(links::check(tree));
    findings.extend(state::check(tree));
    for finding in &mut findings {
        // Arrows name a manifest only; the tree knows the line.
        if finding.line == 0 {
            finding.line = 1;
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

/// Rust files of the product.
fn product(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|f| PRODUCT.contains(&f.top()) && f.rust.is_some())
}

/// Where a word stands in a line: not as the tail or the head of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let open_start = !word.starts_with(part);
    let open_end = !word.ends_with(part);
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        (open_start || !before.is_some_and(part)) && (open_end || !after.is_some_and(part))
    })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn words_are_whole() {
        assert!(has_word("rand::random()", "rand::"));
        assert!(!has_word("operand::x", "rand::"));
        assert!(has_word("a.print!(", "print!"));
        assert!(!has_word("eprint!(", "print!"));
        assert!(!has_word("Instant::now_or", "Instant::now"));
    }
}
