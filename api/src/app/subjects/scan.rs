//! Searching every byte of a folder for texts that must not be there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Texts shorter than this are in other people's words too, and prove nothing.
const SHORTEST: usize = 12;
/// The most texts that are looked for, and the most bytes of each.
const MOST: usize = 50_000;
const LONGEST: usize = 96;

/// Texts to look for.
#[derive(Default)]
pub(super) struct Canaries(BTreeSet<Vec<u8>>);

impl Canaries {
    /// Takes every text in a payload that tells one person's data from another's. Identifiers and the names of models and
    /// skills are not among them.
    pub(super) fn take(&mut self, payload: &Value) {
        match payload {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().for_each(|item| self.take(item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    // What made a value, and what it is called in our words, is nobody's.
                    if !matches!(name.as_str(), "type" | "by" | "model" | "skill" | "skills" | "context" | "parts") {
                        self.take(value);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.trim();
        let own = text.len() >= SHORTEST && text.contains(' ') && self.0.len() < MOST;
        if own {
            let mut end = text.len().min(LONGEST);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            self.0.insert(text.as_bytes()[..end].to_vec());
        }
    }

    /// Texts that others have said too are not this person's alone.
    pub(super) fn leave_out(&mut self, others: &Self) {
        self.0.retain(|text| !others.0.contains(text));
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Looks into every file below a folder.
    pub(super) fn search(&self, folder: &Path) -> io::Result<Searched> {
        let mut searched = Searched::default();
        let patterns: Vec<&[u8]> = self.0.iter().map(Vec::as_slice).collect();
        let finder = aho_corasick::AhoCorasick::new(&patterns).map_err(io::Error::other)?;
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                // A file that goes away meanwhile holds nothing any more.
                let Ok(file) = fs::File::open(&path) else { continue };
                searched.files += 1;
                searched.bytes += file.metadata()?.len();
                if finder.stream_find_iter(io::BufReader::new(file)).next().transpose()?.is_some() {
                    searched.found.push(path);
                }
            }
        }
        Ok(searched)
    }
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub files: u64,
    pub bytes: u64,
    pub found: Vec<PathBuf>,
}
