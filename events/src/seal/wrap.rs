//! Wrapping data keys with the master key.
//!
//! Every wrapped key is bound to its id and subject, and carries a commitment, as GCM alone does not bind a ciphertext
//! to one key.

use aes_gcm::{Aes256Gcm, KeyInit as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::file::{Entry, damaged, unusable};
use super::unlock::Key;
use super::{KeyError, aead};
use crate::id::{KeyId, SubjectId};
use crate::time::Entropy;

/// What the verifier seals: opening it shows that the master key is right.
const VERIFIED: &[u8] = b"aico key store";

pub(super) fn wrap(master: &Key, entropy: &dyn Entropy, bound_to: &[u8], plain: &[u8]) -> Result<String, KeyError> {
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    let sealed = aead::seal(&Aes256Gcm::new((&**master).into()), &nonce, bound_to, plain);
    let sealed = sealed.map_err(|e| unusable("sealing failed", e))?;
    Ok(hex::encode([&nonce[..], &sealed].concat()))
}

pub(super) fn unwrap(master: &Key, bound_to: &[u8], text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = hex::decode(text).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<12>()?;
    aead::open(&Aes256Gcm::new((&**master).into()), nonce, bound_to, sealed).ok().map(Zeroizing::new)
}

/// A verifier for a master key.
pub(super) fn verifier(master: &Key, entropy: &dyn Entropy) -> Result<String, KeyError> {
    wrap(master, entropy, b"verifier", VERIFIED)
}

/// Whether a verifier was made with this master key.
pub(super) fn verifies(master: &Key, verifier: &str) -> bool {
    unwrap(master, b"verifier", verifier).is_some_and(|plain| &plain[..] == VERIFIED)
}

/// What a wrapped key is bound to.
pub(super) fn bound(id: KeyId, subject: SubjectId) -> Vec<u8> {
    [&id.as_bytes()[..], &subject.as_bytes()[..]].concat()
}

/// Commits to a key without telling it.
pub(super) fn commitment(key: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(b"kc").chain_update(key).finalize())
}

/// The data key of an entry that was not destroyed.
pub(super) fn data_key(master: &Key, entry: &Entry) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let key = unwrap(master, &bound(entry.id, entry.subject), &entry.wrapped);
    key.filter(|k| k.len() == 32 && commitment(k) == entry.commitment)
        .ok_or_else(|| damaged("a wrapped key was changed"))
}
