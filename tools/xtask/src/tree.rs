//! The files that the rules look at.

use std::fs;
use std::io;
use std::path::Path;

use crate::mask::{self, Masked};

/// A text file.
pub struct File {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// For Rust: the text with comments, tests and (in one view) strings blanked.
    pub rust: Option<Masked>,
}

impl File {
    /// A file as if it were in the repository.
    pub fn new(path: &str, text: &str) -> Self {
        let rust = path.ends_with(".rs").then(|| mask::mask(text, is_test_path(path)));
        Self { path: path.to_owned(), text: text.to_owned(), rust }
    }

    /// The top folder.
    pub fn top(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }
}

/// All text files of the repository, in order of their path.
pub struct Tree {
    /// The files.
    pub files: Vec<File>,
    /// Every path there is, folders and binary files included.
    pub paths: Vec<String>,
}

impl Tree {
    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|f| f.path == path)
    }

    /// Whether a file or folder is there.
    pub fn has(&self, path: &str) -> bool {
        self.paths.binary_search_by(|p| p.as_str().cmp(path)).is_ok()
    }

    /// A tree of made-up files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<_> = files.iter().map(|(path, text)| File::new(path, text)).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut paths = vec![String::new()];
        for file in &files {
            let mut path = file.path.as_str();
            paths.push(path.to_owned());
            while let Some((folder, _)) = path.rsplit_once('/') {
                paths.push(folder.to_owned());
                path = folder;
            }
        }
        paths.sort();
        paths.dedup();
        Self { files, paths }
    }
}

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &[".git", "target", "node_modules", "dist", ".idea", ".vscode"];

/// Reads the repository.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn read(root: &Path) -> io::Result<Tree> {
    let mut tree = Tree { files: Vec::new(), paths: vec![String::new()] };
    walk(root, "", &mut tree)?;
    tree.files.sort_by(|a, b| a.path.cmp(&b.path));
    tree.paths.sort();
    Ok(tree)
}

fn walk(root: &Path, folder: &str, tree: &mut Tree) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                tree.paths.push(path.clone());
                walk(root, &path, tree)?;
            }
        } else if kind.is_file() && name != ".git" {
            tree.paths.push(path.clone());
            // Binary files are of no interest to any rule but for being there.
            if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
                tree.files.push(File::new(&path, &text));
            }
        }
    }
    Ok(())
}

/// Whether a whole file is test code.
pub fn is_test_path(path: &str) -> bool {
    let mut parts = path.split('/');
    let name = parts.next_back().unwrap_or_default();
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let test_name = |part: &str| part == "tests" || part == "testing" || part == "conformance" || part == "benches";
    test_name(stem) || stem.ends_with("_tests") || stem == "test" || parts.any(test_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_told_by_their_path() {
        for path in ["tests/src/lib.rs", "events/src/log/tests.rs", "api/tests/http.rs", "events/src/conformance.rs"]
        {
            assert!(is_test_path(path), "{path}");
        }
        for path in ["events/src/log/mod.rs", "domain/src/attests.rs", "tools/bench/src/main.rs"] {
            assert!(!is_test_path(path), "{path}");
        }
    }

    #[test]
    fn folders_count_as_paths() {
        let tree = Tree::of(&[("docs/errors/AICO-1001.md", "x")]);
        assert!(tree.has("docs/errors") && tree.has("docs") && !tree.has("docs/adr"));
    }
}
