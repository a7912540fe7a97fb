//! The key store: a small file of wrapped data keys.
//!
//! A destroyed key leaves a tombstone, so that its events read as erased; a key that was never there is an error. One
//! process at a time writes: the one that holds the log.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::{Aes256Gcm, KeyInit as _};
use zeroize::Zeroizing;

use super::file::{self, Content, Entry, damaged, unusable};
use super::lock::{ArchiveKey, Wrapped};
use super::unlock::{self, Key, MasterSource, Unlock};
use super::wrap::{bound, commitment, data_key, unwrap, verifier, verifies, wrap};
use super::{KeyError, KeyRing};
use crate::id::{KeyId, SubjectId};
use crate::ledger::note::NoteSigner;
use crate::time::{Clock, Entropy, Timestamp};

/// What the ledger's key is bound to.
const LEDGER: &[u8] = b"ledger signing key";

struct State {
    content: Content,
    master: Key,
    current: HashMap<SubjectId, KeyId>,
    ciphers: HashMap<KeyId, Option<Arc<Aes256Gcm>>>,
}

/// That a subject has a data key; not the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectKey {
    /// Whose.
    pub subject: SubjectId,
    /// Which key.
    pub key: KeyId,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was destroyed.
    pub destroyed_at: Option<Timestamp>,
}

/// See the module.
pub struct KeyStore {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    state: RwLock<State>,
}

impl State {
    /// Unwraps all keys, so that a changed one is found at once and not in the middle of a talk.
    fn unlocked(content: Content, master: Key) -> Result<Self, KeyError> {
        if !verifies(&master, &content.verifier) {
            return Err(match content.master {
                MasterSource::Passphrase { .. } => KeyError::WrongPassphrase,
                MasterSource::Keyring { .. } => damaged("the keyring holds another key than the one that made it"),
            });
        }
        let mut current = HashMap::new();
        let mut ciphers = HashMap::new();
        for entry in &content.keys {
            current.insert(entry.subject, entry.id);
            let cipher = match entry.destroyed_at {
                Some(_) => None,
                None => {
                    let key = data_key(&master, entry)?;
                    let cipher = Aes256Gcm::new_from_slice(&key);
                    Some(Arc::new(cipher.map_err(|_| damaged("a key has the wrong length"))?))
                }
            };
            ciphers.insert(entry.id, cipher);
        }
        Ok(Self { content, master, current, ciphers })
    }
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
            Ok(bytes) => {
                let content = file::parse(&bytes)?;
                let master = unlock::existing(&content.master, unlock)?;
                State::unlocked(content, master)?
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let (master, source) = unlock::fresh(unlock, &*entropy)?;
                created(path, master, source, &*entropy)?
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
        if state.ciphers.get(&id).is_none_or(Option::is_none) {
            return Ok(false);
        }
        let mut content = state.content.clone();
        for entry in content.keys.iter_mut().filter(|e| e.id == id) {
            entry.wrapped.clear();
            entry.destroyed_at = Some(self.clock.now());
        }
        file::replace(&self.path, &content)?;
        state.content = content;
        state.ciphers.insert(id, None);
        Ok(true)
    }

    /// Wraps all keys anew under a passphrase. No event is touched.
    ///
    /// # Errors
    /// When the passphrase is empty or the file cannot be written; then the old one stays.
    pub fn change_passphrase(&self, passphrase: &str) -> Result<(), KeyError> {
        let (master, source) = unlock::chosen(passphrase, &*self.entropy)?;
        self.rewrap(master, source)
    }

    fn rewrap(&self, master: Key, source: MasterSource) -> Result<(), KeyError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut content = state.content.clone();
        content.master = source;
        content.verifier = verifier(&master, &*self.entropy)?;
        for entry in content.keys.iter_mut().filter(|e| e.destroyed_at.is_none()) {
            let key = data_key(&state.master, entry)?;
            entry.wrapped = wrap(&master, &*self.entropy, &bound(entry.id, entry.subject), &key)?;
        }
        if let Some(wrapped) = &content.ledger {
            let key =
                unwrap(&state.master, LEDGER, wrapped).ok_or_else(|| damaged("the ledger's key was changed"))?;
            content.ledger = Some(wrap(&master, &*self.entropy, LEDGER, &key)?);
        }
        file::replace(&self.path, &content)?;
        state.content = content;
        state.master = master;
        Ok(())
    }

    /// What signs the checkpoints of the ledger, made and made durable on first use.
    ///
    /// # Errors
    /// When the file is damaged or cannot be written.
    pub fn ledger_signer(&self) -> Result<NoteSigner, KeyError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let changed = || damaged("the ledger's key was changed");
        if let Some(wrapped) = &state.content.ledger {
            let key = unwrap(&state.master, LEDGER, wrapped).ok_or_else(changed)?;
            return Ok(NoteSigner::new(key[..].try_into().map_err(|_| changed())?));
        }
        let mut key: Key = Zeroizing::new([0; 32]);
        self.entropy.fill(&mut key[..]);
        let mut content = state.content.clone();
        content.ledger = Some(wrap(&state.master, &*self.entropy, LEDGER, &key[..])?);
        file::replace(&self.path, &content)?;
        state.content = content;
        Ok(NoteSigner::new(&key))
    }

    /// A data key itself, for an auditor who may open what it seals; `None` when it was destroyed.
    ///
    /// # Errors
    /// [`KeyError::Missing`] when the store never had it.
    pub fn disclose(&self, key: KeyId) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let entry = state.content.keys.iter().find(|e| e.id == key).ok_or(KeyError::Missing(key))?;
        if entry.destroyed_at.is_some() { Ok(None) } else { data_key(&state.master, entry).map(Some) }
    }

    /// All keys, wrapped under the key of an archive. Read from the file anew: another process may have destroyed one.
    pub(crate) fn wrapped_under(&self, key: &ArchiveKey, entropy: &dyn Entropy) -> Result<Wrapped, KeyError> {
        let bytes = std::fs::read(&self.path).map_err(|e| unusable("it cannot be read", e))?;
        let content = file::parse(&bytes)?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if content.verifier != state.content.verifier {
            return Err(damaged("its passphrase was changed a moment ago; try again"));
        }
        let again = |mut entry: Entry| {
            if entry.destroyed_at.is_none() {
                let plain = data_key(&state.master, &entry)?;
                entry.wrapped = wrap(&key.0, entropy, &bound(entry.id, entry.subject), &plain)?;
            }
            Ok(entry)
        };
        content.keys.into_iter().map(again).collect::<Result<_, KeyError>>().map(Wrapped)
    }

    /// Takes the keys of an archive in. Those that are here stay as they are; a key that is destroyed on either side is
    /// destroyed from now on.
    pub(crate) fn adopt(&self, from: &ArchiveKey, keys: Wrapped, entropy: &dyn Entropy) -> Result<(), KeyError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut content = state.content.clone();
        for mut entry in keys.0 {
            match content.keys.iter_mut().find(|own| own.id == entry.id) {
                Some(own) if own.destroyed_at.is_none() && entry.destroyed_at.is_some() => {
                    own.wrapped.clear();
                    own.destroyed_at = entry.destroyed_at;
                }
                Some(_) => {}
                None => {
                    if entry.destroyed_at.is_none() {
                        let plain = data_key(&from.0, &entry)?;
                        entry.wrapped = wrap(&state.master, entropy, &bound(entry.id, entry.subject), &plain)?;
                    }
                    content.keys.push(entry);
                }
            }
        }
        // Unwrapped before it is written: what cannot be opened must not replace what can.
        let next = State::unlocked(content, state.master.clone())?;
        file::replace(&self.path, &next.content)?;
        *state = next;
        Ok(())
    }

    /// Everybody who has, or had, a data key, in the order in which they got it.
    pub fn subjects(&self) -> Vec<SubjectKey> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let told = |e: &Entry| SubjectKey {
            subject: e.subject,
            key: e.id,
            created_at: e.created_at,
            destroyed_at: e.destroyed_at,
        };
        state.content.keys.iter().map(told).collect()
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

/// A store without keys. Two processes that both find none must not lose each other's first key, so the second gives up.
fn created(path: &Path, master: Key, source: MasterSource, entropy: &dyn Entropy) -> Result<State, KeyError> {
    let content = Content { master: source, verifier: verifier(&master, entropy)?, keys: vec![], ledger: None };
    let mut unique = [0; 8];
    entropy.fill(&mut unique);
    if !file::create(path, &content, unique)? {
        return Err(damaged("another process made one at the same moment; try again"));
    }
    State::unlocked(content, master)
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
        file::replace(&self.path, &content)?;
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
