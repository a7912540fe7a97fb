//! Getting the master key: from the operating system's keyring, or from a passphrase.

use std::sync::mpsc;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::KeyError;
use crate::time::Entropy;

/// A key of 256 bits that is wiped when it is dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// How long the keyring may take. It may ask the person to unlock it; a missing service must not hang a script.
const KEYRING_PATIENCE: Duration = Duration::from_secs(20);
/// The most that a stored file may ask for: it must not be able to take all memory or time of the machine.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 64;
/// Name of our entries in the keyring.
const SERVICE: &str = "aico";

/// Argon2id parameters, as stored. The defaults follow the second recommended option of RFC 9106 (64 MiB, 3 passes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argon2idParameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Argon2idParameters {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

/// How the master key of a key store is had; stored beside the wrapped keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub(super) enum MasterSource {
    /// From an entry of the operating system's keyring.
    Keyring { entry: String },
    /// From a passphrase.
    Passphrase { salt: String, argon2id: Argon2idParameters },
}

/// What the caller can offer to unlock a key store.
#[derive(Default)]
pub struct Unlock<'a> {
    /// A passphrase that was given beforehand, as through `AICO_PASSPHRASE`.
    pub passphrase: Option<Zeroizing<String>>,
    /// Asks for a passphrase at a terminal; the argument says whether a new one is chosen.
    #[allow(clippy::type_complexity)]
    pub prompt: Option<Box<dyn FnOnce(bool) -> Option<Zeroizing<String>> + Send + 'a>>,
    /// Leaves the keyring alone, as tests must.
    pub no_keyring: bool,
}

impl Unlock<'_> {
    /// Unlocks with this passphrase and nothing else.
    pub fn with_passphrase(passphrase: &str) -> Self {
        Self { passphrase: Some(Zeroizing::new(passphrase.to_owned())), prompt: None, no_keyring: true }
    }
}

/// The master key of an existing store.
pub(super) fn existing(source: &MasterSource, unlock: Unlock<'_>) -> Result<Key, KeyError> {
    match source {
        MasterSource::Keyring { .. } if unlock.no_keyring => Err(KeyError::NoPassphrase),
        MasterSource::Keyring { entry } => from_keyring(entry),
        MasterSource::Passphrase { salt, argon2id } => {
            let passphrase = unlock.passphrase.or_else(|| unlock.prompt.and_then(|ask| ask(false)));
            let passphrase = passphrase.ok_or(KeyError::NoPassphrase)?;
            let salt = hex::decode(salt).map_err(|e| KeyError::Store("the salt".into(), Some(Box::new(e))))?;
            derive(&passphrase, &salt, *argon2id)
        }
    }
}

/// A master key for a new store, and how it will be had again: a given passphrase, else the keyring, else a prompt.
pub(super) fn fresh(unlock: Unlock<'_>, entropy: &dyn Entropy) -> Result<(Key, MasterSource), KeyError> {
    if let Some(passphrase) = unlock.passphrase {
        return chosen(&passphrase, entropy);
    }
    if !unlock.no_keyring {
        let mut key: Key = Zeroizing::new([0; 32]);
        entropy.fill(&mut key[..]);
        let mut name = [0; 8];
        entropy.fill(&mut name);
        let entry = format!("master-{}", hex::encode(name));
        match kept_by_keyring(&entry, &key) {
            Ok(()) => return Ok((key, MasterSource::Keyring { entry })),
            // Most servers have no keyring; the passphrase is the usual way there.
            Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "the keyring is not used"),
        }
    }
    let asked = unlock.prompt.and_then(|ask| ask(true)).ok_or(KeyError::NoPassphrase)?;
    chosen(&asked, entropy)
}

/// A master key from a passphrase that was just chosen.
pub(super) fn chosen(passphrase: &str, entropy: &dyn Entropy) -> Result<(Key, MasterSource), KeyError> {
    if passphrase.is_empty() {
        return Err(KeyError::NoPassphrase);
    }
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let argon2id = Argon2idParameters::default();
    let key = derive(passphrase, &salt, argon2id)?;
    Ok((key, MasterSource::Passphrase { salt: hex::encode(salt), argon2id }))
}

fn derive(passphrase: &str, salt: &[u8], p: Argon2idParameters) -> Result<Key, KeyError> {
    let bad = |e: argon2::Error| KeyError::Store(format!("the parameters of Argon2id: {e}"), None);
    if p.memory_kib > MOST_MEMORY_KIB || p.passes > MOST_PASSES || p.lanes > MOST_LANES {
        return Err(KeyError::Store("the parameters of Argon2id are out of range".into(), None));
    }
    let params = Params::new(p.memory_kib, p.passes, p.lanes, Some(32)).map_err(bad)?;
    let mut key: Key = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(passphrase.as_bytes(), salt, &mut key[..]).map_err(bad)?;
    Ok(key)
}

/// Runs a keyring call on a thread of its own, so that a service that does not answer cannot hang the caller.
fn guarded<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeyError> {
    let (done, wait) = mpsc::channel();
    // A result that comes too late has nobody left to hear it.
    std::thread::spawn(move || done.send(call()).ok());
    match wait.recv_timeout(patience) {
        Ok(result) => result.map_err(|e| KeyError::Keyring(Box::new(e))),
        Err(e) => Err(KeyError::Keyring(Box::new(e))),
    }
}

fn from_keyring(entry: &str) -> Result<Key, KeyError> {
    let name = entry.to_owned();
    let read = move || Ok(Zeroizing::new(keyring::Entry::new(SERVICE, &name)?.get_secret()?));
    let secret = guarded(KEYRING_PATIENCE, read)?;
    let key = <[u8; 32]>::try_from(&secret[..]);
    key.map(Zeroizing::new).map_err(|_| KeyError::Store("the keyring's entry does not have 32 bytes".into(), None))
}

/// Gives a new key to the keyring, and asks for it again: a keyring that takes and forgets would lose everything.
fn kept_by_keyring(entry: &str, key: &Key) -> Result<(), KeyError> {
    let (name, secret) = (entry.to_owned(), key.clone());
    guarded(KEYRING_PATIENCE, move || keyring::Entry::new(SERVICE, &name)?.set_secret(&secret[..]))?;
    match from_keyring(entry)? == *key {
        true => Ok(()),
        false => Err(KeyError::Store("the keyring gave back another key".into(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9106 section 5.3.
    #[test]
    fn argon2id_gives_the_vector_of_rfc_9106() {
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
            .build()
            .unwrap();
        let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        assert_eq!(hex::encode(tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    #[test]
    fn nothing_offered_is_refused() {
        let nothing = Unlock { no_keyring: true, ..Unlock::default() };
        assert!(matches!(fresh(nothing, &crate::SystemEntropy), Err(KeyError::NoPassphrase)));
    }

    #[test]
    fn a_keyring_that_never_answers_does_not_hang_the_caller() {
        let (_never, wait) = mpsc::channel::<()>();
        let silent = move || {
            let _ = wait.recv();
            Ok(())
        };
        assert!(matches!(guarded(Duration::from_millis(10), silent), Err(KeyError::Keyring(_))));
    }

    #[test]
    fn a_file_cannot_ask_for_all_memory() {
        let greedy = Argon2idParameters { memory_kib: u32::MAX, ..Argon2idParameters::default() };
        assert!(matches!(derive("p", &[0; 16], greedy), Err(KeyError::Store(..))));
    }

    #[test]
    fn a_given_passphrase_comes_before_the_prompt() {
        let salt = hex::encode([7; 16]);
        let argon2id = Argon2idParameters { memory_kib: 8, passes: 1, lanes: 1 };
        let source = MasterSource::Passphrase { salt, argon2id };
        let asked = |offered: Option<&str>| {
            let prompt: Box<dyn FnOnce(bool) -> Option<Zeroizing<String>> + Send> =
                Box::new(|new| (!new).then(|| Zeroizing::new("typed".to_owned())));
            let passphrase = offered.map(|p| Zeroizing::new(p.to_owned()));
            existing(&source, Unlock { passphrase, prompt: Some(prompt), no_keyring: true }).unwrap()
        };
        assert_eq!(asked(Some("given")), derive("given", &[7; 16], argon2id).unwrap());
        assert_eq!(asked(None), derive("typed", &[7; 16], argon2id).unwrap());
        assert!(matches!(existing(&source, Unlock::default()), Err(KeyError::NoPassphrase)));
    }
}
