//! The state of a decider is never stored: a serialised type is a promise.

use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "state";

/// Finds `Serialize` or `Deserialize` on the state of a decider in `domain`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let sources: Vec<_> =
        tree.files.iter().filter(|f| f.top() == "domain").filter_map(|f| Some((f, f.rust.as_ref()?))).collect();
    let mut states: Vec<&str> = sources.iter().flat_map(|(_, rust)| named_states(&rust.code)).collect();
    states.push("State");
    let mut findings = Vec::new();
    for (file, rust) in sources {
        for (name, attributes, line) in declared_types(&rust.code) {
            if states.contains(&name) && (attributes.contains("Serialize") || attributes.contains("Deserialize")) {
                let what = format!(
                    "`{name}` is a decider's state and must not be serialised: store events, fold them again"
                );
                findings.push(Finding::new(&file.path, line, RULE, what));
            }
        }
    }
    findings
}

/// The names in `type State = Name;`.
fn named_states(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices("type State =").filter_map(|(at, mark)| {
        let rest = &code[at + mark.len()..];
        Some(rest[..rest.find(';')?].trim())
    })
}

/// Each struct and enum with the text of its attributes and its line.
fn declared_types(code: &str) -> Vec<(&str, String, usize)> {
    let mut found = Vec::new();
    let mut attributes = String::new();
    let mut open = false;
    for (n, line) in code.lines().enumerate() {
        let line = line.trim();
        if open || line.starts_with("#[") {
            attributes.push_str(line);
            open = attributes.matches('[').count() > attributes.matches(']').count();
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
        if words.any(|w| w == "struct" || w == "enum")
            && let Some(name) = words.next()
        {
            found.push((name, std::mem::take(&mut attributes), n + 1));
        }
        attributes.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        check(&Tree::of(&[("domain/src/a.rs", text)])).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn a_serialised_state_is_found() {
        let text = "#[derive(Clone,\n    Serialize)]\n/// Doc.\npub struct Talk { a: u8 }\n\
                    impl Decider for X { type State = Talk; }";
        assert_eq!(found(text), [4]);
        assert_eq!(found("#[derive(serde::Deserialize)]\npub(crate) enum State { A }"), [2]);
    }

    #[test]
    fn a_plain_state_and_another_type_are_clean() {
        let text = "#[derive(Serialize)]\nstruct Policy;\n#[derive(Clone, Default)]\nstruct Talk;\n\
                    impl Decider for X { type State = Talk; }";
        assert_eq!(found(text), [0usize; 0]);
    }
}
