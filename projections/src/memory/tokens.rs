//! Vectors of the tokens of every entry, for comparing a few of them word by word (Khattab and Zaharia 2020).
//!
//! A text of a person has some fifteen tokens that say something, each of 64 bytes: a kilobyte. An embedder that tells no
//! tokens costs nothing here.

use events::log::BoxError;

use super::vectors::dot;

/// See the module.
pub(crate) struct Tokens {
    dimensions: usize,
    bytes: Vec<i8>,
    /// Where the tokens of each entry end.
    ends: Vec<usize>,
}

impl Tokens {
    pub(crate) fn new(dimensions: usize) -> Self {
        Self { dimensions, bytes: Vec::new(), ends: Vec::new() }
    }

    pub(crate) fn push(&mut self, tokens: &[i8]) {
        if self.dimensions > 0 {
            self.bytes.extend(tokens);
            self.ends.push(self.bytes.len());
        }
    }

    pub(crate) fn push_stored(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        if bytes.len().checked_rem(self.dimensions).unwrap_or(bytes.len()) != 0 {
            return Err(format!("tokens of {} bytes, and each should have {}", bytes.len(), self.dimensions).into());
        }
        if self.dimensions > 0 {
            self.bytes.extend(bytes.iter().map(|b| *b as i8));
            self.ends.push(self.bytes.len());
        }
        Ok(())
    }

    fn of(&self, number: u32) -> &[i8] {
        let number = number as usize;
        let from = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(number).and_then(|to| self.bytes.get(from..*to)).unwrap_or_default()
    }

    pub(crate) fn stored(&self, number: u32) -> Vec<u8> {
        self.of(number).iter().map(|b| *b as u8).collect()
    }

    /// For each token of a question the cosine of the token of an entry that is nearest to it; zero where none is near.
    pub(crate) fn nearest(&self, number: u32, question: &[i8]) -> Vec<f32> {
        let size = self.dimensions.max(1);
        let of = self.of(number);
        let lengths: Vec<f32> = of.chunks_exact(size).map(length).collect();
        let nearest = |asked: &[i8]| {
            let cosine = |(token, long): (&[i8], &f32)| dot(asked, token) as f32 / long;
            let best = of.chunks_exact(size).zip(&lengths).map(cosine).fold(0.0, f32::max);
            best / length(asked)
        };
        question.chunks_exact(size).map(nearest).collect()
    }
}

fn length(vector: &[i8]) -> f32 {
    (dot(vector, vector) as f32).sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_of_a_question_finds_its_nearest() {
        let mut tokens = Tokens::new(2);
        tokens.push(&[]);
        tokens.push(&[100, 0, 0, 50]);
        tokens.push(&[-7, 0]);
        assert_eq!(tokens.nearest(0, &[1, 0]), [0.0]);
        assert_eq!(tokens.nearest(1, &[3, 0, 0, 9, -1, 0]), [1.0, 1.0, 0.0]);
        assert!((tokens.nearest(1, &[5, 5])[0] - 0.5_f32.sqrt()).abs() < 1e-6);
        assert_eq!(tokens.nearest(2, &[-1, 0]), [1.0]);
        assert_eq!((tokens.stored(1), tokens.stored(9)), (vec![100, 0, 0, 50], vec![]));
    }

    #[test]
    fn stored_tokens_are_whole_or_refused() {
        let mut tokens = Tokens::new(2);
        assert!(tokens.push_stored(&[1, 2, 3]).is_err());
        tokens.push_stored(&[1, 255]).unwrap();
        assert_eq!(tokens.of(0), [1, -1]);
        let mut none = Tokens::new(0);
        assert!(none.push_stored(&[1]).is_err());
        none.push_stored(&[]).unwrap();
        assert_eq!(none.nearest(0, &[]), Vec::<f32>::new());
    }
}
