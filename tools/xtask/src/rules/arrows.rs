//! Which crate may depend on which.

use crate::finding::Finding;
use crate::workspace::{Package, Workspace};

const RULE: &str = "arrows";

/// What each of our crates may depend on. A crate that is not named here is a test or a tool.
const ALLOWED: &[(&str, &[&str])] = &[
    ("events", &[]),
    ("graph", &[]),
    ("cypher", &["graph"]),
    ("domain", &["events"]),
    ("models", &["events"]),
    ("onnx", &["events", "models"]),
    ("commands", &["events", "domain", "models"]),
    ("projections", &["events", "domain", "models", "graph", "cypher"]),
    ("api", &["events", "domain", "models", "commands", "projections", "graph", "cypher"]),
    ("aico", &["events", "domain", "models", "onnx", "commands", "projections", "api", "graph", "cypher"]),
];

/// Which of our crates may depend on a heavy or telling one.
const HEAVY: &[(&str, &[&str])] = &[
    ("sqlx", &["events", "projections"]),
    ("axum", &["api"]),
    ("async-graphql", &["api"]),
    ("heed", &["projections"]),
    ("tantivy", &["projections"]),
    ("rusqlite", &["events", "projections"]),
    ("ort", &["onnx"]),
    ("ort-tract", &["onnx"]),
    ("reqwest", &["models", "aico"]),
    ("cqrs-es", &["commands"]),
    ("tokio", &["events", "models", "commands", "projections", "api", "aico"]),
];

/// A read side that knows the write side, or the other way round, is wrong even in tests.
const NEVER: &[(&str, &str)] = &[("commands", "projections"), ("projections", "commands")];

/// Tools that check our work and so must share none of it.
const ALONE: &[&str] = &["aico-verify"];

fn rank(name: &str) -> Option<&'static [&'static str]> {
    ALLOWED.iter().find(|(n, _)| *n == name).map(|(_, to)| *to)
}

fn is_tool(package: &Package) -> bool {
    package.manifest.starts_with("tools/") || package.manifest.starts_with("tests/")
}

/// Arrows between our crates.
pub fn between_ours(workspace: &Workspace) -> Vec<Finding> {
    let ours: Vec<_> = workspace.packages.iter().map(|p| p.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &workspace.packages {
        if ALONE.contains(&package.name.as_str()) {
            for dependency in package.dependencies.iter().filter(|d| ours.contains(&d.name.as_str())) {
                let what = format!("`{}` must share no code with `{}`", package.name, dependency.name);
                findings.push(Finding::new(&package.manifest, 1, RULE, what));
            }
        }
        if is_tool(package) {
            continue;
        }
        let Some(allowed) = rank(&package.name) else {
            findings.push(Finding::new(
                &package.manifest,
                1,
                RULE,
                format!(
                    "crate `{}` has no place in the picture: name it in tools/xtask/src/rules/arrows.rs",
                    package.name
                ),
            ));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| ours.contains(&d.name.as_str())) {
            let to = dependency.name.as_str();
            let never = NEVER.contains(&(package.name.as_str(), to));
            if never || !(dependency.dev || allowed.contains(&to)) {
                findings.push(Finding::new(
                    &package.manifest,
                    1,
                    RULE,
                    format!(
                        "`{}` must not depend on `{to}`: pass what it needs through a trait that `api` or `cli` wires up",
                        package.name
                    ),
                ));
            }
        }
    }
    findings
}

/// Heavy crates stay in the crates that own them.
pub fn heavy_at_the_edge(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in workspace.packages.iter().filter(|p| !is_tool(p)) {
        for dependency in package.dependencies.iter().filter(|d| !d.dev) {
            let Some((_, homes)) = HEAVY.iter().find(|(name, _)| *name == dependency.name) else { continue };
            if !homes.contains(&package.name.as_str()) {
                findings.push(Finding::new(
                    &package.manifest,
                    1,
                    RULE,
                    format!("`{}` belongs only in {}: use what they offer", dependency.name, homes.join(", ")),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, folder: &str, to: &[(&str, bool)]) -> Package {
        Package {
            name: name.to_owned(),
            manifest: format!("{folder}/Cargo.toml"),
            dependencies: to.iter().map(|(n, dev)| Dependency { name: (*n).to_owned(), dev: *dev }).collect(),
        }
    }

    fn workspace(changed: Package) -> Workspace {
        let mut packages: Vec<_> = ALLOWED
            .iter()
            .map(|(n, to)| {
                let to: Vec<_> = to.iter().map(|t| (*t, false)).collect();
                package(n, n, &to)
            })
            .collect();
        packages.retain(|p| p.name != changed.name);
        packages.push(package("system-tests", "tests", &[("api", false)]));
        packages.push(changed);
        Workspace { packages }
    }

    #[test]
    fn the_picture_itself_is_clean() {
        assert_eq!(between_ours(&workspace(package("bench", "tools/bench", &[("events", false)]))), []);
    }

    #[test]
    fn an_upward_arrow_is_found() {
        let found = between_ours(&workspace(package("events", "events", &[("domain", false)])));
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("`events` must not depend on `domain`"));
    }

    #[test]
    fn a_test_arrow_is_free_except_between_the_two_sides() {
        assert_eq!(between_ours(&workspace(package("domain", "domain", &[("models", true)]))), []);
        assert_eq!(between_ours(&workspace(package("commands", "commands", &[("projections", true)]))).len(), 1);
        assert_eq!(between_ours(&workspace(package("projections", "projections", &[("commands", true)]))).len(), 1);
    }

    #[test]
    fn the_independent_verifier_stands_alone() {
        assert_eq!(between_ours(&workspace(package("aico-verify", "tools/verify", &[("sha2", false)]))), []);
        assert_eq!(between_ours(&workspace(package("aico-verify", "tools/verify", &[("events", false)]))).len(), 1);
        assert_eq!(between_ours(&workspace(package("aico-verify", "tools/verify", &[("events", true)]))).len(), 1);
    }

    #[test]
    fn nothing_depends_on_tests_or_tools() {
        assert_eq!(between_ours(&workspace(package("api", "api", &[("system-tests", false)]))).len(), 1);
    }

    #[test]
    fn an_unknown_crate_needs_a_place() {
        assert_eq!(between_ours(&workspace(package("stray", "stray", &[]))).len(), 1);
    }

    #[test]
    fn heavy_crates_stay_home() {
        assert_eq!(heavy_at_the_edge(&workspace(package("api", "api", &[("axum", false)]))), []);
        assert_eq!(heavy_at_the_edge(&workspace(package("api", "api", &[("sqlx", false)]))).len(), 1);
        assert_eq!(heavy_at_the_edge(&workspace(package("api", "api", &[("sqlx", true)]))), []);
        assert_eq!(heavy_at_the_edge(&workspace(package("domain", "domain", &[("tokio", false)]))).len(), 1);
        assert_eq!(heavy_at_the_edge(&workspace(package("load", "tools/load", &[("sqlx", false)]))), []);
    }
}
