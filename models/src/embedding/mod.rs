//! Texts as vectors: near in direction when near in meaning.

mod endpoint;
mod table;
mod wordpiece;

use std::sync::Arc;

use events::{Code, MadeBy};

pub use endpoint::{EndpointConfig, EndpointEmbedder, Protocol};
pub use table::StaticTable;
pub use wordpiece::WordPiece;

use crate::language::ModelError;

/// Turns texts into vectors of unit length.
///
/// The same text gives the same vector, bit for bit, whichever texts it comes with: what is found as of a past moment must
/// be what a rebuild up to there would find. A text in which nothing is known gives the zero vector, which is near to
/// nothing. A call may compute or wait for a server: it belongs on a thread that may block.
pub trait Embedder: Send + Sync {
    /// Name and version. They are part of an index's identity: another one means that the index is built anew.
    fn identity(&self) -> MadeBy;

    /// Numbers of a vector.
    fn dimensions(&self) -> usize;

    /// A vector for each text, in order. Ask through [`vectors`], which holds the answer against what was promised.
    ///
    /// # Errors
    /// When the model cannot be asked or answers with something else than was promised.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError>;

    /// Numbers of the vector of one token, where texts can be compared token by token as well; zero where they cannot.
    fn token_dimensions(&self) -> usize {
        0
    }

    /// The same as [`Embedder::embed`], with the vectors of tokens. Ask through [`readings`].
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
        Ok(self.embed(texts)?.into_iter().map(|vector| Reading { vector, tokens: vec![] }).collect())
    }

    /// Where the texts go when they leave this machine: the server's host, with its port if it has one of its own.
    fn recipient(&self) -> Option<String> {
        None
    }

    /// How its cosines are to be read.
    fn kind(&self) -> Kind {
        Kind::Sentences
    }

    /// The one that made an older index, where it can still be had: that index answers until a new one is built beside it.
    /// The program's own table always can.
    fn former(&self, identity: &MadeBy) -> Option<Arc<dyn Embedder>> {
        embedded().ok().filter(|table| table.identity() == *identity)
    }
}

/// What kind of embedder it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text is the sum of its words; takes microseconds.
    Words,
    /// A model reads the whole text; takes milliseconds.
    Sentences,
}

/// What an embedder makes of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The vector of the whole.
    pub vector: Vec<f32>,
    /// The vectors of its tokens that say something, one after the other, rounded by [`to_bytes`]; empty where texts cannot
    /// be compared token by token.
    pub tokens: Vec<i8>,
}

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The table of vectors is not what it should be.
    #[error("the embedding table is damaged: {0}")]
    Damaged(&'static str),
    /// A vector of another length than promised.
    #[error("a vector of {model} has {got} numbers and should have {wanted}")]
    WrongSize {
        /// Which embedder.
        model: String,
        /// Numbers that came.
        got: usize,
        /// Numbers that were promised.
        wanted: usize,
    },
    /// Not one vector per text, or one that holds no numbers.
    #[error("{model} did not give what was asked for: {reason}")]
    Unfit {
        /// Which embedder.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// A model could not be loaded or run.
    #[error("{model} cannot be run: {reason}")]
    Failed {
        /// Which one.
        model: String,
        /// Why.
        reason: String,
    },
    /// A server could not be asked.
    #[error(transparent)]
    Server(#[from] ModelError),
}

impl EmbeddingError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Damaged(_) | Self::Unfit { .. } | Self::Failed { .. } => Code::EmbeddingFailed,
            Self::WrongSize { .. } => Code::WrongVectorSize,
            Self::Server(error) => error.code(),
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

/// An embedder as people and indexes name it.
pub fn told(by: &MadeBy) -> String {
    format!("{} {}", by.name, by.version)
}

/// A vector for each text, in order, each of the promised size and of numbers only.
///
/// # Errors
/// When the model cannot be asked or breaks its promise.
pub fn vectors(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
    let all = embedder.embed(texts)?;
    check(embedder, texts.len(), all.iter().map(Vec::as_slice))?;
    Ok(all)
}

/// The same with the vectors of tokens.
///
/// # Errors
/// As [`vectors`].
pub fn readings(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
    let all = embedder.read(texts)?;
    check(embedder, texts.len(), all.iter().map(|r| r.vector.as_slice()))?;
    let size = embedder.token_dimensions();
    match all.iter().map(|r| r.tokens.len()).find(|got| got.checked_rem(size).unwrap_or(*got) != 0) {
        None => Ok(all),
        Some(got) => Err(EmbeddingError::WrongSize { model: told(&embedder.identity()), got, wanted: size }),
    }
}

fn check<'a>(
    embedder: &dyn Embedder,
    texts: usize,
    all: impl ExactSizeIterator<Item = &'a [f32]>,
) -> Result<(), EmbeddingError> {
    let model = || told(&embedder.identity());
    if all.len() != texts {
        let reason = format!("{} vectors for {texts} texts", all.len());
        return Err(EmbeddingError::Unfit { model: model(), reason });
    }
    let wanted = embedder.dimensions();
    for vector in all {
        if vector.len() != wanted {
            return Err(EmbeddingError::WrongSize { model: model(), got: vector.len(), wanted });
        }
        if !vector.iter().all(|x| x.is_finite()) {
            return Err(EmbeddingError::Unfit { model: model(), reason: "a vector holds what is no number".into() });
        }
    }
    Ok(())
}

/// A vector of unit length in bytes. Numbers of a vector of 64 are seldom above two thirds; those are cut.
pub fn to_bytes(vector: &[f32]) -> impl Iterator<Item = i8> {
    vector.iter().map(|x| (x * 190.5).round().clamp(-127.0, 127.0) as i8)
}

/// Brings a vector to unit length; the zero vector stays.
pub fn to_unit_length(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gives(Vec<Vec<f32>>);

    impl Embedder for Gives {
        fn identity(&self) -> MadeBy {
            MadeBy { name: "gives".to_owned(), version: "1".to_owned() }
        }
        fn dimensions(&self) -> usize {
            2
        }
        fn embed(&self, _: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
            Ok(self.0.clone())
        }
    }

    #[test]
    fn a_vector_of_the_wrong_size_is_an_error_that_names_both_sizes() {
        let error = vectors(&Gives(vec![vec![1.0, 0.0], vec![1.0, 0.0, 0.0]]), &["a", "b"]).unwrap_err();
        assert_eq!(error.to_string(), "a vector of gives 1 has 3 numbers and should have 2");
        assert_eq!(error.code(), Code::WrongVectorSize);
    }

    #[test]
    fn what_is_no_vector_for_each_text_is_refused() {
        assert!(vectors(&Gives(vec![vec![1.0, 0.0]]), &["a", "b"]).is_err());
        assert!(vectors(&Gives(vec![vec![f32::NAN, 0.0]]), &["a"]).is_err());
        assert!(vectors(&Gives(vec![vec![0.6, 0.8]]), &["a"]).is_ok());
    }
}
