//! The key store: a small file of wrapped data keys.
//!
//! The file is replaced whole and atomically. A destroyed key leaves a tombstone, so that its events read as erased; a
//! key that was never there is an error. Every wrapped key is bound to its id and subject, and carries a commitment,
//! as GCM alone does not bind a ciphertext to one key.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::{Aes256Gcm, KeyInit as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::unlock::{self, Key, MasterSource, Unlock};
use super::{KeyError, KeyRing, aead};
use crate::id::{KeyId, SubjectId};
use crate::time::{Clock, Entropy, Timestamp};

const FORMAT: u32 = 1;
/// What the verifier seals: opening it shows that the master key is right.
const VERIFIED: &[u8] = b"aico key store";

#[derive(Clone, Serialize, Deserialize)]
struct Content {
    format: u32,
    master: MasterSource,
    /// Nonce and ciphertext of [`VERIFIED`] under the master key, in hex.
    verifier: String,
    keys: Vec<Entry>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    id: KeyId,
    subject: SubjectId,
    created_at: Timestamp,
    /// Nonce and wrapped key, in hex; empty when destroyed.
    wrapped: String,
    /// SHA-256 over `kc` and the key, in hex.
    commitment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destroyed_at: Option<Timestamp>,
}

struct State {
    content: Content,
    master: Key,
    current: HashMap<SubjectId, KeyId>,
    ciphers: HashMap<KeyId, Option<Arc<Aes256Gcm>>>,
}

/// See the module.
pub struct KeyStore {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    state: RwLock<State>,
}

fn unusable(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> KeyError {
    KeyError::Store(what.to_owned(), Some(Box::new(source)))
}

fn damaged(what: &str) -> KeyError {
    KeyError::Store(what.to_owned(), None)
}

fn wrap(master: &Key, entropy: &dyn Entropy, bound_to: &[u8], plain: &[u8]) -> Result<String, KeyError> {
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    let sealed = aead::seal(&Aes256Gcm::new((&**master).into()), &nonce, bound_to, plain);
    let sealed = sealed.map_err(|e| unusable("sealing failed", e))?;
    Ok(hex::encode([&nonce[..], &sealed].concat()))
}

fn unwrap(master: &Key, bound_to: &[u8], text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = hex::decode(text).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<12>()?;
    aead::open(&Aes256Gcm::new((&**master).into()), nonce, bound_to, sealed).ok().map(Zeroizing::new)
}

fn bound(id: KeyId, subject: SubjectId) -> Vec<u8> {
    [&id.as_bytes()[..], &subject.as_bytes()[..]].concat()
}

fn commitment(key: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(b"kc").chain_update(key).finalize())
}

impl KeyStore {
    /// Opens the key store at a path, or makes one.
    ///
    /// # Errors
    /// [`KeyError::WrongPassphrase`] at once when the master key does not fit; [`KeyError::NoPassphrase`] when there is
    /// no way to a master key; [`KeyError::Store`] when the file is damaged, which leaves it as it is.
    pub fn open(
        path: &Path,
        unlock: Unlock<'_>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyError> {
        let state = match std::fs::read(path) {
            Ok(bytes) => load(&bytes, unlock)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let (master, source) = unlock::fresh(unlock, &*entropy)?;
                let verifier = wrap(&master, &*entropy, b"verifier", VERIFIED)?;
                let content = Content { format: FORMAT, master: source, verifier, keys: vec![] };
                save(path, &content)?;
                State { content, master, current: HashMap::new(), ciphers: HashMap::new() }
            }
            Err(e) => return Err(unusable("it cannot be read", e)),
        };
        Ok(Self { path: path.to_owned(), clock, entropy, state: RwLock::new(state) })
    }

    /// Destroys the key of a subject for ever. Whether there was one.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing is destroyed.
    pub fn destroy(&self, subject: SubjectId) -> Result<bool, KeyError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Some(id) = state.current.get(&subject).copied() else { return Ok(false) };
        let mut content = state.content.clone();
        for entry in content.keys.iter_mut().filter(|e| e.id == id && e.destroyed_at.is_none()) {
            entry.wrapped.clear();
            entry.destroyed_at = Some(self.clock.now());
        }
        save(&self.path, &content)?;
        state.content = content;
        Ok(state.ciphers.insert(id, None).flatten().is_some())
    }

    /// Wraps all keys anew under a passphrase. No event is touched.
    ///
    /// # Errors
    /// When the passphrase is empty or the file cannot be written; then the old one stays.
    pub fn change_passphrase(&self, passphrase: &str) -> Result<(), KeyError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let (master, source) = unlock::chosen(passphrase, &*self.entropy)?;
        let mut content = state.content.clone();
        content.master = source;
        content.verifier = wrap(&master, &*self.entropy, b"verifier", VERIFIED)?;
        for entry in content.keys.iter_mut().filter(|e| e.destroyed_at.is_none()) {
            let bound = bound(entry.id, entry.subject);
            let key = unwrap(&state.master, &bound, &entry.wrapped).ok_or_else(|| damaged("a key does not open"))?;
            entry.wrapped = wrap(&master, &*self.entropy, &bound, &key)?;
        }
        save(&self.path, &content)?;
        state.content = content;
        state.master = master;
        Ok(())
    }

    /// Where the master key comes from, in words.
    pub fn source(&self) -> &'static str {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.content.master {
            MasterSource::Keyring { .. } => "keyring",
            MasterSource::Passphrase { .. } => "passphrase",
        }
    }
}

fn load(bytes: &[u8], unlock: Unlock<'_>) -> Result<State, KeyError> {
    let content: Content = serde_json::from_slice(bytes).map_err(|e| unusable("it is damaged", e))?;
    if content.format != FORMAT {
        return Err(damaged("it has a format that this version of AICO does not know"));
    }
    let master = unlock::existing(&content.master, unlock)?;
    match unwrap(&master, b"verifier", &content.verifier) {
        Some(plain) if &plain[..] == VERIFIED => {}
        _ => return Err(KeyError::WrongPassphrase),
    }
    let mut current = HashMap::new();
    let mut ciphers = HashMap::new();
    for entry in &content.keys {
        current.insert(entry.subject, entry.id);
        let cipher = if entry.destroyed_at.is_some() {
            None
        } else {
            let key = unwrap(&master, &bound(entry.id, entry.subject), &entry.wrapped);
            let key = key.filter(|k| commitment(k) == entry.commitment);
            let key = key.ok_or_else(|| damaged("a wrapped key was changed"))?;
            let cipher = Aes256Gcm::new_from_slice(&key).map_err(|_| damaged("a key has the wrong length"))?;
            Some(Arc::new(cipher))
        };
        ciphers.insert(entry.id, cipher);
    }
    Ok(State { content, master, current, ciphers })
}

/// Replaces the file atomically: a crash leaves the old one or the new one.
fn save(path: &Path, content: &Content) -> Result<(), KeyError> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let temporary = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(content)?)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|e| unusable("it cannot be written", e))
}

impl KeyRing for KeyStore {
    fn sealing_key(&self, subject: SubjectId) -> Result<(KeyId, Arc<Aes256Gcm>), KeyError> {
        let known = |state: &State| {
            let id = state.current.get(&subject)?;
            let cipher = state.ciphers.get(id).cloned().flatten();
            Some(cipher.map(|c| (*id, c)).ok_or(KeyError::Erased(subject)))
        };
        if let Some(found) = known(&self.state.read().unwrap_or_else(PoisonError::into_inner)) {
            return found;
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known(&state) {
            return found;
        }
        let now = self.clock.now();
        let id = KeyId(self.entropy.uuid_v7(now));
        let mut key: Key = Zeroizing::new([0; 32]);
        self.entropy.fill(&mut key[..]);
        let entry = Entry {
            id,
            subject,
            created_at: now,
            wrapped: wrap(&state.master, &*self.entropy, &bound(id, subject), &key[..])?,
            commitment: commitment(&key[..]),
            destroyed_at: None,
        };
        let mut content = state.content.clone();
        content.keys.push(entry);
        // Durable before it is used: an event sealed under a key that a crash forgot could never be read.
        save(&self.path, &content)?;
        state.content = content;
        let cipher = Arc::new(Aes256Gcm::new((&*key).into()));
        state.current.insert(subject, id);
        state.ciphers.insert(id, Some(cipher.clone()));
        Ok((id, cipher))
    }

    fn opening_key(&self, key: KeyId) -> Result<Option<Arc<Aes256Gcm>>, KeyError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.ciphers.get(&key).cloned().ok_or(KeyError::Missing(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SystemClock, SystemEntropy};

    fn open(path: &Path, passphrase: &str) -> Result<KeyStore, KeyError> {
        let unlock = Unlock::with_passphrase(passphrase);
        KeyStore::open(path, unlock, Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    fn subject(n: u128) -> SubjectId {
        SubjectId(uuid::Uuid::from_u128(n))
    }

    fn seals(store: &KeyStore, n: u128) -> (KeyId, Vec<u8>) {
        let (id, cipher) = store.sealing_key(subject(n)).unwrap();
        (id, aead::seal(&cipher, &[0; 12], b"", b"words").unwrap())
    }

    #[test]
    fn keys_survive_a_restart_and_differ_by_subject() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let store = open(&path, "right").unwrap();
        let (one, sealed) = seals(&store, 1);
        let (two, other) = seals(&store, 2);
        assert!(one != two && sealed != other);
        drop(store);
        let store = open(&path, "right").unwrap();
        let cipher = store.opening_key(one).unwrap().unwrap();
        assert_eq!(aead::open(&cipher, &[0; 12], b"", &sealed).unwrap(), b"words");
        assert_eq!(seals(&store, 1).0, one, "the key of a subject stays");
    }

    #[test]
    fn defect_21_a_wrong_passphrase_is_refused_at_once_and_a_change_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let store = open(&path, "right").unwrap();
        let (id, sealed) = seals(&store, 1);
        assert!(matches!(open(&path, "wrong"), Err(KeyError::WrongPassphrase)));
        store.change_passphrase("new").unwrap();
        drop(store);
        assert!(matches!(open(&path, "right"), Err(KeyError::WrongPassphrase)));
        let cipher = open(&path, "new").unwrap().opening_key(id).unwrap().unwrap();
        assert_eq!(aead::open(&cipher, &[0; 12], b"", &sealed).unwrap(), b"words");
    }

    #[test]
    fn a_destroyed_key_reads_as_erased_and_an_unknown_one_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let store = open(&path, "p").unwrap();
        let (id, _) = seals(&store, 1);
        assert!(store.destroy(subject(1)).unwrap());
        for store in [store, open(&path, "p").unwrap()] {
            assert!(store.opening_key(id).unwrap().is_none());
            assert!(matches!(store.sealing_key(subject(1)), Err(KeyError::Erased(_))));
            assert!(matches!(store.opening_key(KeyId(uuid::Uuid::nil())), Err(KeyError::Missing(_))));
        }
    }

    #[test]
    fn defect_20_no_key_lies_in_the_file_and_only_the_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let store = open(&path, "p").unwrap();
        let (id, _) = seals(&store, 1);
        let state = store.state.read().unwrap();
        let entry = state.content.keys.iter().find(|e| e.id == id).unwrap();
        let key = unwrap(&state.master, &bound(id, subject(1)), &entry.wrapped).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&hex::encode(&*key)) && !text.contains(&hex::encode(*state.master)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        seals(&open(&path, "p").unwrap(), 1);
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 1, whole.len() / 2, whole.len() - 2] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(matches!(open(&path, "p"), Err(KeyError::Store(..))), "cut at {cut}");
            assert_eq!(std::fs::read(&path).unwrap(), &whole[..cut]);
        }
        let text = String::from_utf8(whole).unwrap();
        let at = text.find("\"commitment\": \"").unwrap() + 15;
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        std::fs::write(&path, &changed).unwrap();
        assert!(matches!(open(&path, "p"), Err(KeyError::Store(..))));
    }
}
