//! Which embedder an index belongs to, and what answers while it is being replaced.
//!
//! An index says what made its vectors. When that is not what is wanted, it goes on with the embedder that made it, or by
//! words alone where that one cannot be had any more, until another index is built beside it.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use events::MadeBy;
use events::log::BoxError;
use models::embedding::{Kind, Reading, readings, told};
use models::{Embedder, EmbeddingError};
use serde::{Deserialize, Serialize};

/// What makes the vectors of an index.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    embedder: MadeBy,
    dimensions: usize,
}

const FILE: &str = "embedder.json";

/// The embedder that an index goes on with, and why it should be built anew, if it should.
pub(super) fn chosen(
    folder: &Path,
    wanted: &Arc<dyn Embedder>,
) -> Result<(Arc<dyn Embedder>, Option<String>), BoxError> {
    let is_wanted = Mark { embedder: wanted.identity(), dimensions: wanted.dimensions() };
    let path = folder.join(FILE);
    let mark: Mark = match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
            if folder.join("seen.json").exists() {
                return Err("it does not say what made its vectors".into());
            }
            let temporary = folder.join("embedder.new");
            let mut file = File::create(&temporary)?;
            file.write_all(&serde_json::to_vec(&is_wanted)?)?;
            file.sync_all()?;
            std::fs::rename(temporary, path)?;
            is_wanted
        }
        Err(other) => return Err(other.into()),
    };
    if mark == (Mark { embedder: wanted.identity(), dimensions: wanted.dimensions() }) {
        return Ok((wanted.clone(), None));
    }
    let former = wanted.former(&mark.embedder).filter(|f| f.dimensions() == mark.dimensions);
    let (was, will) = (told(&mark.embedder), told(&wanted.identity()));
    let meanwhile =
        if former.is_some() { format!("{was} answers meanwhile") } else { "words answer meanwhile".into() };
    let why = format!("vectors are made anew by {will}, {meanwhile}");
    Ok((former.unwrap_or_else(|| Arc::new(Gone(mark))), Some(why)))
}

/// An embedder that cannot be had any more: nothing is near to anything.
struct Gone(Mark);

impl Embedder for Gone {
    fn identity(&self) -> MadeBy {
        self.0.embedder.clone()
    }

    fn dimensions(&self) -> usize {
        self.0.dimensions
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        Ok(vec![vec![0.0; self.0.dimensions]; texts.len()])
    }

    fn kind(&self) -> Kind {
        Kind::Words
    }
}

/// Why the last question had no vector, if it had none.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn set(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(super) fn told(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Makes vectors of questions. A question without one is better answered by its words than not at all; health tells it.
pub(super) struct Forgiving {
    embedder: Arc<dyn Embedder>,
    trouble: Trouble,
}

impl Forgiving {
    pub(super) fn new(embedder: Arc<dyn Embedder>, trouble: Trouble) -> Self {
        Self { embedder, trouble }
    }
}

impl Embedder for Forgiving {
    fn identity(&self) -> MadeBy {
        self.embedder.identity()
    }

    fn dimensions(&self) -> usize {
        self.embedder.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        Ok(self.read(texts)?.into_iter().map(|r| r.vector).collect())
    }

    fn token_dimensions(&self) -> usize {
        self.embedder.token_dimensions()
    }

    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
        match readings(&*self.embedder, texts) {
            Ok(readings) => {
                self.trouble.set(None);
                Ok(readings)
            }
            Err(error) => {
                tracing::warn!(code = %error.code(), %error, "a question is answered by words alone");
                self.trouble.set(Some(format!("the last question was answered by words alone: {error}")));
                let nothing = Reading { vector: vec![0.0; self.dimensions()], tokens: vec![] };
                Ok(vec![nothing; texts.len()])
            }
        }
    }

    fn kind(&self) -> Kind {
        self.embedder.kind()
    }
}
