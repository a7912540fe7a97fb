//! One vector per token, and a text is the mean of its tokens: no model runs.
//!
//! How the table was made: `tools/distil/README.md`. The vectors already carry the weight of their token, so that rare
//! words count for more.

use std::sync::LazyLock;

use events::MadeBy;

use super::wordpiece::WordPiece;
use super::{Embedder, EmbeddingError, Kind, to_unit_length};

const VOCABULARY: &str = include_str!("../../assets/embedding/vocab.txt");
const TABLE: &[u8] = include_bytes!("../../assets/embedding/static-v1.bin");
const MAGIC: &[u8; 8] = b"AICOEMB1";

static WORDPIECE: LazyLock<WordPiece> = LazyLock::new(|| WordPiece::new(VOCABULARY));

/// See the module. Rows are signed bytes with one scale each, as they lie in the file.
pub struct StaticTable {
    dimensions: usize,
    scales: &'static [u8],
    rows: &'static [u8],
}

impl StaticTable {
    /// The table that is part of the program.
    ///
    /// # Errors
    /// When its lengths do not agree.
    pub fn embedded() -> Result<Self, EmbeddingError> {
        Self::parse(TABLE, WORDPIECE.len())
    }

    fn parse(bytes: &'static [u8], words: usize) -> Result<Self, EmbeddingError> {
        let body = bytes.strip_prefix(MAGIC).ok_or(EmbeddingError::Damaged("it does not begin as one"))?;
        let number = |at: usize| {
            let bytes = body.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
            bytes.map(|n| n as usize).ok_or(EmbeddingError::Damaged("its head is cut short"))
        };
        let (rows, dimensions) = (number(0)?, number(4)?);
        if rows != words {
            return Err(EmbeddingError::Damaged("it has not one row per token"));
        }
        let (scales, rest) = body
            .get(8..)
            .and_then(|b| b.split_at_checked(rows * 4))
            .ok_or(EmbeddingError::Damaged("it is cut short"))?;
        if rest.len() != rows * dimensions {
            return Err(EmbeddingError::Damaged("its length is not what its head says"));
        }
        Ok(Self { dimensions, scales, rows: rest })
    }

    fn add(&self, token: u32, sum: &mut [f32]) {
        let token = token as usize;
        let scale = self.scales.get(token * 4..token * 4 + 4).and_then(|b| b.try_into().ok()).map(f32::from_le_bytes);
        let row = self.rows.get(token * self.dimensions..(token + 1) * self.dimensions);
        if let (Some(scale), Some(row)) = (scale, row) {
            for (to, byte) in sum.iter_mut().zip(row) {
                *to += scale * f32::from(*byte as i8);
            }
        }
    }
}

impl Embedder for StaticTable {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "aico-static".to_owned(), version: "1".to_owned() }
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn kind(&self) -> Kind {
        Kind::Words
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let vector = |text: &&str| {
            let mut sum = vec![0.0; self.dimensions];
            for token in WORDPIECE.tokens(text) {
                self.add(token, &mut sum);
            }
            to_unit_length(&mut sum);
            sum
        };
        Ok(texts.iter().map(vector).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        text: String,
        ids: Vec<u32>,
        vector: Vec<f32>,
    }

    /// Written by `tools/distil`, which uses the tokeniser that the sentence model came with.
    #[test]
    fn tokens_and_vectors_are_those_of_the_recipe() {
        let golden: Vec<Golden> = serde_json::from_str(include_str!("../../assets/embedding/golden.json")).unwrap();
        let table = StaticTable::embedded().unwrap();
        for golden in golden {
            assert_eq!(WORDPIECE.tokens(&golden.text), golden.ids, "{:?}", golden.text);
            let vector = table.embed(&[&golden.text]).unwrap().remove(0);
            for (is, should) in vector.iter().zip(&golden.vector) {
                assert!((is - should).abs() < 1e-4, "{:?}: {is} and not {should}", golden.text);
            }
        }
    }

    #[test]
    fn vectors_are_of_unit_length_or_zero() {
        let table = StaticTable::embedded().unwrap();
        let length = |text| table.embed(&[text]).unwrap()[0].iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((length("My sister Anna lives in Lisbon") - 1.0).abs() < 1e-5);
        assert_eq!(length(""), 0.0);
        assert_eq!(length("\u{0}\u{200b}\n"), 0.0);
    }

    #[test]
    fn what_means_the_same_is_near() {
        let table = StaticTable::embedded().unwrap();
        let vectors = table.embed(&["my cat is ill", "the kitten feels sick", "the stock market fell"]).unwrap();
        let cosine = |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(x, y)| x * y).sum::<f32>();
        assert!(cosine(0, 1) > cosine(0, 2) + 0.1, "{} {}", cosine(0, 1), cosine(0, 2));
    }

    #[test]
    fn a_damaged_table_is_refused() {
        assert!(StaticTable::parse(b"AICOEMB1", 3).is_err());
        assert!(StaticTable::parse(b"something else", 3).is_err());
        assert!(StaticTable::parse(b"AICOEMB1\x03\0\0\0\x02\0\0\0short", 3).is_err());
        assert!(StaticTable::parse(&TABLE[..TABLE.len() - 1], WORDPIECE.len()).is_err());
        assert!(StaticTable::parse(TABLE, 3).is_err());
    }
}
