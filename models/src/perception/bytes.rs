//! Reading little-endian numbers from a model file.

use super::ClassifierError;

/// A position in a file. Every read is checked.
pub(super) struct Bytes(&'static [u8]);

impl Bytes {
    /// Behind the mark that the file must begin with.
    pub(super) fn open(bytes: &'static [u8], mark: &[u8; 8]) -> Result<Self, ClassifierError> {
        bytes.strip_prefix(mark).map(Self).ok_or(ClassifierError::Damaged("it does not begin as one"))
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'static [u8], ClassifierError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(ClassifierError::Damaged("it is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn count(&mut self) -> Result<usize, ClassifierError> {
        let counts = self.words(1)?;
        counts.first().map(|n| *n as usize).ok_or(ClassifierError::Damaged("it is cut short"))
    }

    pub(super) fn words(&mut self, n: usize) -> Result<Vec<u32>, ClassifierError> {
        let bytes = self.take(n.checked_mul(4).ok_or(ClassifierError::Damaged("its head is wrong"))?)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect())
    }

    pub(super) fn floats(&mut self, n: usize) -> Result<Vec<f32>, ClassifierError> {
        Ok(self.words(n)?.into_iter().map(f32::from_bits).collect())
    }

    pub(super) fn end(self) -> Result<(), ClassifierError> {
        if self.0.is_empty() { Ok(()) } else { Err(ClassifierError::Damaged("it is longer than its head says")) }
    }
}
