//! A key ring that lives and dies with the process, for tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aes_gcm::{Aes256Gcm, KeyInit};

use super::{KeyError, KeyRing};
use crate::id::{KeyId, SubjectId};
use crate::time::Clock as _;
use crate::time::{Entropy, SystemClock, SystemEntropy};

#[derive(Default)]
struct Keys {
    current: HashMap<SubjectId, KeyId>,
    by_id: HashMap<KeyId, Option<Arc<Aes256Gcm>>>,
}

/// See the module.
#[derive(Default)]
pub struct MemoryKeyRing(Mutex<Keys>);

impl MemoryKeyRing {
    /// An empty ring.
    pub fn new() -> Self {
        Self::default()
    }

    /// Destroys the key of a subject.
    pub fn destroy(&self, subject: SubjectId) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = keys.current.get(&subject).copied() {
            keys.by_id.insert(id, None);
        }
    }
}

impl KeyRing for MemoryKeyRing {
    fn sealing_key(&self, subject: SubjectId) -> Result<(KeyId, Arc<Aes256Gcm>), KeyError> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = keys.current.get(&subject).copied() {
            let cipher = keys.by_id.get(&id).cloned().flatten();
            return cipher.map(|cipher| (id, cipher)).ok_or(KeyError::Erased(subject));
        }
        let id = KeyId(SystemEntropy.uuid_v7(SystemClock.now()));
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key);
        let cipher = Arc::new(Aes256Gcm::new(&key.into()));
        keys.current.insert(subject, id);
        keys.by_id.insert(id, Some(cipher.clone()));
        Ok((id, cipher))
    }

    fn opening_key(&self, key: KeyId) -> Result<Option<Arc<Aes256Gcm>>, KeyError> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.by_id.get(&key).cloned().ok_or(KeyError::Missing(key))
    }
}
