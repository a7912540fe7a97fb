//! C2SP signed notes with Ed25519, and the checkpoints in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::Bad;
use crate::tree::Hash;

/// The key that the auditor trusts.
pub struct Key {
    /// Which log it is of.
    pub name: String,
    hash: Vec<u8>,
    key: VerifyingKey,
}

impl Key {
    /// From its text: name, hash and key behind plus signs.
    pub fn read(text: &str) -> Result<Self, Bad> {
        let bad = || Bad::new(0, "the public key is not of the form name+hash+key");
        let text = text.trim();
        let (name, rest) = text.split_once('+').ok_or_else(bad)?;
        let (hash, key) = rest.split_once('+').ok_or_else(bad)?;
        let hash = hex::decode(hash).map_err(|_| bad())?;
        let typed = STANDARD.decode(key).map_err(|_| bad())?;
        let bytes: [u8; 32] = typed.get(1..).and_then(|k| k.try_into().ok()).ok_or_else(bad)?;
        let right = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(&typed).finalize();
        if typed[0] != 1 || hash[..] != right[..4] {
            return Err(Bad::new(0, "the public key's hash does not fit, or it is not an Ed25519 key"));
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| bad())?;
        Ok(Self { name: name.to_owned(), hash, key })
    }
}

/// A checkpoint whose signature was checked.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// How many leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// The text of a note that this key signed, such as the receipt of an erasure.
pub fn signed<'a>(note: &'a str, key: &Key) -> Result<&'a str, Bad> {
    let bad = |what: &str| Bad::new(0, format!("the note {what}"));
    let (text, signatures) = note.rsplit_once("\n\n").ok_or_else(|| bad("is not signed"))?;
    let text = &note[..text.len() + 1];
    for line in signatures.lines() {
        let signature = line.strip_prefix("\u{2014} ").and_then(|l| l.split_once(' '));
        let (name, signature) = signature.ok_or_else(|| bad("has a line that is no signature"))?;
        let bytes = STANDARD.decode(signature).map_err(|_| bad("has a signature that is not base64"))?;
        if name == key.name && bytes.get(..4) == Some(&key.hash) {
            let signature = Signature::from_slice(&bytes[4..]).map_err(|_| bad("has a signature cut short"))?;
            key.key.verify_strict(text.as_bytes(), &signature).map_err(|_| bad("has a wrong signature"))?;
            return Ok(text);
        }
    }
    Err(bad("is not signed by this key"))
}

/// Checks a note and reads the checkpoint in it.
pub fn checkpoint(note: &str, key: &Key) -> Result<Checkpoint, Bad> {
    let lines: Vec<&str> = note.split('\n').collect();
    // Origin, size, root, nothing, a signature, and nothing after the last line break.
    let claimed = lines.get(1).and_then(|size| size.parse::<u64>().ok()).unwrap_or(0);
    let bad = |what: &str| Bad::new(claimed, format!("the checkpoint {what}"));
    let [origin, size, root, "", signatures @ .., ""] = &lines[..] else {
        return Err(bad("does not have the form of a signed note"));
    };
    if *origin != key.name {
        return Err(bad("is of another log"));
    }
    let text = format!("{origin}\n{size}\n{root}\n");
    let mut signed = false;
    for line in signatures {
        let line = line.strip_prefix("\u{2014} ").ok_or_else(|| bad("has a line that is no signature"))?;
        let (name, signature) = line.split_once(' ').ok_or_else(|| bad("has a line that is no signature"))?;
        let bytes = STANDARD.decode(signature).map_err(|_| bad("has a signature that is not base64"))?;
        if name == key.name && bytes.get(..4) == Some(&key.hash) {
            let signature = Signature::from_slice(&bytes[4..]).map_err(|_| bad("has a signature cut short"))?;
            key.key.verify_strict(text.as_bytes(), &signature).map_err(|_| bad("has a wrong signature"))?;
            signed = true;
        }
    }
    if !signed {
        return Err(bad("is not signed by this key"));
    }
    let root = STANDARD.decode(root).ok().and_then(|r| r.try_into().ok());
    Ok(Checkpoint { size: claimed, root: root.ok_or_else(|| bad("has no root"))? })
}
