//! Seeded chance.

use events::Entropy;
use events::time::SeededEntropy;

/// A sequence of draws that a seed decides.
#[derive(Debug)]
pub struct Dice(SeededEntropy);

impl Dice {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// Uniform in `0..n`; 0 when `n` is 0.
    pub fn below(&self, n: usize) -> usize {
        if n == 0 { 0 } else { ((self.0.unit() * n as f64) as usize).min(n - 1) }
    }

    /// True with the given chance.
    pub fn chance(&self, p: f64) -> bool {
        self.0.unit() < p
    }

    /// Random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
