//! Texts as vectors: near in direction when near in meaning.

mod table;
mod wordpiece;

use std::sync::Arc;

use events::{Code, MadeBy};

pub use table::StaticTable;

/// Turns texts into vectors of unit length.
///
/// The same text gives the same vector, bit for bit, on every machine: what is found as of a past moment must not depend
/// on where it is asked. A text in which nothing is known gives the zero vector, which is near to nothing.
pub trait Embedder: Send + Sync {
    /// Name and version. They are part of an index's identity: another one means that the index is built anew.
    fn identity(&self) -> MadeBy;

    /// Numbers of a vector.
    fn dimensions(&self) -> usize;

    /// A vector for each text, in order.
    ///
    /// # Errors
    /// When the model cannot be asked or answers with something else than was promised.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError>;
}

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The table of vectors is not what it should be.
    #[error("the embedding table is damaged: {0}")]
    Damaged(&'static str),
}

impl EmbeddingError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Damaged(_) => Code::EmbeddingFailed,
        }
    }
}

/// The table that is part of the program.
///
/// # Errors
/// When the program's own copy is damaged.
pub fn embedded() -> Result<Arc<dyn Embedder>, EmbeddingError> {
    Ok(Arc::new(StaticTable::embedded()?))
}
