//! Golden files: one JSON file per stored type and shape, added and never edited.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Where they are.
pub const FOLDER: &str = "events/golden";
/// Their digests, in the form of `sha256sum`.
pub const SUMS: &str = "events/golden/SHA256SUMS";

/// SHA-256 in hex.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads a list of digests: name to digest and line number.
pub fn parse(sums: &str) -> BTreeMap<String, (String, usize)> {
    sums.lines()
        .enumerate()
        .filter_map(|(n, line)| {
            let (digest, name) = line.split_once("  ")?;
            Some((name.to_owned(), (digest.to_owned(), n + 1)))
        })
        .collect()
}

/// Adds the digests of new golden files.
///
/// # Errors
/// When a known file changed or is gone, or a file cannot be read or written.
pub fn take_new(root: &Path) -> Result<usize, Box<dyn Error>> {
    let sums_path = root.join(SUMS);
    let known = match fs::read_to_string(&sums_path) {
        Ok(text) => parse(&text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
        Err(e) => return Err(e.into()),
    };
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(root.join(FOLDER))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            all.insert(name, digest(&fs::read(entry.path())?));
        }
    }
    for (name, (sum, _)) in &known {
        if all.get(name) != Some(sum) {
            return Err(format!("{FOLDER}/{name} changed or is gone: golden files are added, never edited").into());
        }
    }
    let taken = all.len() - known.len();
    let text: String = all.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    fs::write(sums_path, text)?;
    Ok(taken)
}
