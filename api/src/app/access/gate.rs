//! An embedder on another machine, asked only when everybody whose words it would get has agreed.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use events::MadeBy;
use events::payload::{DataKind, Purpose};
use models::embedding::{Kind, Reading};
use models::language::ModelError;
use models::{Embedder, EmbeddingError};

use super::Access;

/// How long a text waits, at the start, until it is known who has agreed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The accounts, once they are known: read models begin before.
#[derive(Clone, Default)]
pub(crate) struct Known(Arc<(Mutex<Option<Arc<Access>>>, Condvar)>);

impl Known {
    /// From now on these are asked.
    pub(crate) fn are(&self, access: Arc<Access>) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(access);
        self.0.1.notify_all();
    }

    fn wait(&self) -> Option<Arc<Access>> {
        let none = |known: &mut Option<Arc<Access>>| known.is_none();
        let known = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, _) = self.0.1.wait_timeout_while(known, PATIENCE, none).unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}

struct Gate {
    inner: Arc<dyn Embedder>,
    recipient: String,
    known: Known,
}

/// An embedder behind the gate; one on this machine needs none.
pub(crate) fn gated(inner: Arc<dyn Embedder>, known: &Known) -> Arc<dyn Embedder> {
    match inner.recipient() {
        None => inner,
        Some(recipient) => Arc::new(Gate { inner, recipient, known: known.clone() }),
    }
}

impl Gate {
    fn agreed(&self) -> Result<(), EmbeddingError> {
        let agreed = |access: Arc<Access>| access.all_consent(Purpose::Vectors, DataKind::Words, &self.recipient);
        if self.known.wait().is_some_and(agreed) {
            return Ok(());
        }
        Err(ModelError::NotAgreed { recipient: self.recipient.clone(), purpose: "vectors" }.into())
    }
}

impl Embedder for Gate {
    fn identity(&self) -> MadeBy {
        self.inner.identity()
    }

    fn dimensions(&self) -> usize {
        self.inner.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        self.agreed()?;
        self.inner.embed(texts)
    }

    fn token_dimensions(&self) -> usize {
        self.inner.token_dimensions()
    }

    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
        self.agreed()?;
        self.inner.read(texts)
    }

    fn recipient(&self) -> Option<String> {
        Some(self.recipient.clone())
    }

    fn kind(&self) -> Kind {
        self.inner.kind()
    }

    fn former(&self, identity: &MadeBy) -> Option<Arc<dyn Embedder>> {
        self.inner.former(identity).map(|former| gated(former, &self.known))
    }
}
