//! The crates and their arrows, from `cargo metadata`.

use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// A crate of ours.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its manifest, relative to the root.
    pub manifest: String,
    /// What it names as dependencies.
    pub dependencies: Vec<Dependency>,
}

/// One arrow.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The crate it points to.
    pub name: String,
    /// Whether only tests follow it.
    pub dev: bool,
}

/// The crates of the workspace.
pub struct Workspace {
    /// In order of their names.
    pub packages: Vec<Package>,
}

/// Asks cargo.
///
/// # Errors
/// When cargo fails.
pub fn read(root: &Path) -> Result<Workspace, cargo_metadata::Error> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    let mut packages: Vec<_> = metadata
        .packages
        .iter()
        .map(|p| Package {
            name: p.name.to_string(),
            manifest: p.manifest_path.strip_prefix(root).map_or(p.manifest_path.to_string(), ToString::to_string),
            dependencies: p
                .dependencies
                .iter()
                .map(|d| Dependency { name: d.name.clone(), dev: d.kind == DependencyKind::Development })
                .collect(),
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Workspace { packages })
}
