//! What a model is: `model.json`, written by `tools/onnx`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::InstallError;

/// The manifest's file name.
pub const MANIFEST: &str = "model.json";
/// The version of the manifest's shape that is read.
const FORMAT: u32 = 1;
/// A manifest is small.
pub(super) const MAX_MANIFEST: u64 = 1 << 20;
const MAX_FILES: usize = 32;
const MAX_BYTES: u64 = 8 << 30;
const MAX_DIMENSIONS: usize = 8_192;

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Makes a vector of a text.
    Sentence,
    /// Tells how well a text answers a question.
    Reranker,
}

/// How the vectors of tokens become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// That of the first token.
    First,
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What the model makes of a text, so that whoever runs it can see that it runs as it should.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The text.
    pub text: String,
    /// Its vector.
    pub vector: Vec<f32>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this shape.
    pub format: u32,
    /// Name, which is also that of the folder.
    pub name: String,
    /// Version of the model.
    pub version: String,
    /// What it is for.
    pub kind: ModelKind,
    /// Numbers of a vector; one for a reranker.
    pub dimensions: usize,
    /// How the vectors of tokens become one.
    #[serde(default)]
    pub pooling: Pooling,
    /// Numbers of a vector of the second output, which tells tokens apart; zero without such an output.
    #[serde(default)]
    pub token_dimensions: usize,
    /// The most tokens that are read, the marks at both ends included.
    pub max_tokens: usize,
    /// Under which licence it may be used.
    pub licence: String,
    /// Where it comes from, in words.
    pub source: String,
    /// A text with its vector.
    #[serde(default)]
    pub probe: Option<Probe>,
    /// Every other file of the model, by name.
    pub files: BTreeMap<String, FileEntry>,
}

/// Small letters, digits, `.`, `-` and `_`, beginning with a letter or digit: safe as the name of a folder.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.contains("..")
}

/// The same with capitals: safe as the name of a file in the model's own folder.
fn is_file_name(name: &str) -> bool {
    is_name(&name.to_ascii_lowercase()) && name != MANIFEST
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is none, or names something that cannot be.
    pub fn parse(text: &[u8]) -> Result<Self, InstallError> {
        let wrong = |what: String| InstallError::damaged(format!("{MANIFEST}: {what}"));
        if text.len() as u64 > MAX_MANIFEST {
            return Err(wrong("it is too long".to_owned()));
        }
        let manifest: Self = serde_json::from_slice(text).map_err(|e| wrong(e.to_string()))?;
        let is_sha = |text: &str| text.len() == 64 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        let problem = if manifest.format != FORMAT {
            Some(format!("its format is {} and not {FORMAT}", manifest.format))
        } else if !is_name(&manifest.name) {
            Some("its name is no name of a model".to_owned())
        } else if manifest.version.is_empty() || manifest.version.len() > 64 {
            Some("its version is empty or too long".to_owned())
        } else if !(1..=MAX_DIMENSIONS).contains(&manifest.dimensions)
            || manifest.token_dimensions > MAX_DIMENSIONS
            || manifest.max_tokens < 3
        {
            Some("dimensions or max_tokens make no sense".to_owned())
        } else if manifest.files.is_empty() || manifest.files.len() > MAX_FILES || manifest.bytes() > MAX_BYTES {
            Some("it names no files, too many, or too large ones".to_owned())
        } else if manifest.probe.as_ref().is_some_and(|p| p.vector.len() != manifest.dimensions) {
            Some("the vector of its probe has another size than its dimensions".to_owned())
        } else {
            let bad = manifest.files.iter().find(|(name, entry)| !is_file_name(name) || !is_sha(&entry.sha256));
            bad.map(|(name, _)| format!("the entry {name:?} has a name or a checksum that cannot be"))
        };
        problem.map_or(Ok(manifest), |p| Err(wrong(p)))
    }

    /// Length of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.values().fold(0, |sum, f| sum.saturating_add(f.bytes))
    }

    /// The version with what tells its weights from others of the same version.
    pub fn exact_version(&self) -> String {
        let digest = self.files.values().map(|f| f.sha256.as_str()).collect::<Vec<_>>().concat();
        let digest = hex::encode(events::codec::sha256(digest.as_bytes()));
        format!("{}-{}", self.version, &digest[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut serde_json::Value)) -> Result<Manifest, InstallError> {
        let mut value = serde_json::json!({
            "format": 1, "name": "tiny", "version": "1", "kind": "sentence", "dimensions": 2, "max_tokens": 8,
            "licence": "none", "source": "a test", "files": { "model.onnx": { "bytes": 3, "sha256": "0".repeat(64) } },
        });
        change(&mut value);
        Manifest::parse(value.to_string().as_bytes())
    }

    #[test]
    fn a_manifest_that_cannot_be_is_refused() {
        assert!(with(|_| ()).is_ok());
        assert!(with(|v| v["name"] = "../up".into()).is_err());
        assert!(with(|v| v["name"] = ".hidden".into()).is_err());
        assert!(with(|v| v["format"] = 2.into()).is_err());
        assert!(with(|v| v["surprise"] = 2.into()).is_err());
        assert!(with(|v| v["files"] = serde_json::json!({})).is_err());
        for name in ["../x", "a/b", "a\\b", "..", "", "model.json", ".x", "a..b"] {
            let files = serde_json::json!({ name: { "bytes": 3, "sha256": "0".repeat(64) } });
            assert!(with(|v| v["files"] = files).is_err(), "{name}");
        }
        assert!(with(|v| v["files"]["model.onnx"]["bytes"] = u64::MAX.into()).is_err());
        assert!(with(|v| v["files"]["model.onnx"]["sha256"] = "abc".into()).is_err());
        assert!(with(|v| v["probe"] = serde_json::json!({ "text": "a", "vector": [1.0] })).is_err());
        assert!(Manifest::parse(b"\xff").is_err());
    }
}
