//! Links between documents lead somewhere.

use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "links";

/// Finds relative links in Markdown that name nothing.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|f| f.path.ends_with(".md")) {
        let mut fenced = false;
        for (n, line) in file.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            for target in targets(line) {
                let Some(path) = resolve(&file.path, target) else {
                    findings.push(Finding::new(
                        &file.path,
                        n + 1,
                        RULE,
                        format!("`{target}` leads out of the repository"),
                    ));
                    continue;
                };
                if !tree.has(&path) {
                    findings.push(Finding::new(
                        &file.path,
                        n + 1,
                        RULE,
                        format!("`{target}` names nothing: there is no {path}"),
                    ));
                }
            }
        }
    }
    findings
}

/// The relative targets of `[text](target)` in a line, without their `#part`.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        rest = &rest[at + 2..];
        let Some(end) = rest.find(')') else { break };
        // A title may follow the address.
        let target = rest[..end].split_whitespace().next().unwrap_or_default();
        let target = target.split('#').next().unwrap_or_default();
        if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
            found.push(target);
        }
        rest = &rest[end..];
    }
    found
}

/// The path from the root; `None` when it leads above it.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("docs/a.md", text), ("docs/adr/0001-x.md", ""), ("README.md", "")]);
        check(&tree).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_clean() {
        let text = "[x](adr/0001-x.md#part) [r](../README.md) [f](adr/) [w](https://e.org/x) [p](#part) `[i]`\n\
                    ```\n[not](a-link.md)\n```\n";
        assert_eq!(found(text), [0usize; 0]);
    }

    #[test]
    fn links_to_nothing_and_out_of_the_repository_are_found() {
        assert_eq!(found("x\n[a](gone.md) [b](adr/0002.md)\n[c](../../up.md)"), [2, 2, 3]);
    }
}
