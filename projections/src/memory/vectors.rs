//! Vectors of one byte per number, searched exactly.
//!
//! Why every vector is looked at: what is found as of a past moment must be what a rebuild up to there would find, and a
//! clustered index is formed by what came later. 100,000 vectors of 256 bytes are read in about 2 ms. See ADR 0011.

use events::log::BoxError;

/// What a component of a unit vector is multiplied with. Components of a vector of 256 numbers are small; those above a
/// third are cut, which hardly one is.
const SCALE: f32 = 127.0 * 3.0;

/// See the module.
pub(crate) struct Vectors {
    dimensions: usize,
    bytes: Vec<i8>,
    /// One over the length of each vector after rounding, zero for the zero vector.
    inverse: Vec<f32>,
}

#[inline(always)]
pub(super) fn dot(a: &[i8], b: &[i8]) -> i32 {
    // Chunks of a fixed length are what the compiler turns into vector instructions.
    let (a_chunks, a_rest) = a.as_chunks::<32>();
    let (b_chunks, b_rest) = b.as_chunks::<32>();
    let chunked: i32 = a_chunks
        .iter()
        .zip(b_chunks)
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>())
        .sum();
    chunked + a_rest.iter().zip(b_rest).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>()
}

/// The product of every row with one, as exact whole numbers whichever way it is worked out.
fn products_with(rows: &[i8], with: &[i8], into: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code)]
        // SAFETY: the processor was just found to have the instructions that the function is compiled for.
        return unsafe { products_avx2(rows, with, into) };
    }
    products_plain(rows, with, into);
}

/// The same words compiled for wider registers: twice as fast, and nearly every x86 processor since 2013 has them.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn products_avx2(rows: &[i8], with: &[i8], into: &mut [f32]) {
    products_plain(rows, with, into);
}

#[inline(always)]
fn products_plain(rows: &[i8], with: &[i8], into: &mut [f32]) {
    for (row, product) in rows.chunks_exact(with.len().max(1)).zip(into) {
        // Below 2^24, so that the whole number is kept as it is.
        *product = dot(row, with) as f32;
    }
}

fn inverse(vector: &[i8]) -> f32 {
    match dot(vector, vector) {
        0 => 0.0,
        square => 1.0 / (square as f32).sqrt(),
    }
}

impl Vectors {
    pub(crate) fn new(dimensions: usize) -> Self {
        Self { dimensions, bytes: Vec::new(), inverse: Vec::new() }
    }

    /// Room for so many more.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.bytes.reserve_exact(more * self.dimensions);
        self.inverse.reserve_exact(more);
    }

    /// A vector as it is compared. Lengths are checked where vectors are made; what is no vector counts as zero.
    fn rounded(&self, vector: &[f32]) -> Vec<i8> {
        if vector.len() != self.dimensions {
            return vec![0; self.dimensions];
        }
        vector.iter().map(|x| (x * SCALE).round().clamp(-127.0, 127.0) as i8).collect()
    }

    pub(crate) fn push(&mut self, vector: &[f32]) {
        let rounded = self.rounded(vector);
        self.inverse.push(inverse(&rounded));
        self.bytes.extend(rounded);
    }

    pub(crate) fn push_stored(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        if bytes.len() != self.dimensions {
            return Err(format!("a vector has {} numbers and should have {}", bytes.len(), self.dimensions).into());
        }
        let vector: Vec<i8> = bytes.iter().map(|b| *b as i8).collect();
        self.inverse.push(inverse(&vector));
        self.bytes.extend(vector);
        Ok(())
    }

    fn row(&self, number: u32) -> &[i8] {
        let from = number as usize * self.dimensions;
        self.bytes.get(from..from + self.dimensions).unwrap_or_default()
    }

    pub(crate) fn stored(&self, number: u32) -> Vec<u8> {
        self.row(number).iter().map(|b| *b as u8).collect()
    }

    pub(crate) fn is_zero(&self, number: u32) -> bool {
        self.inverse.get(number as usize).is_none_or(|i| *i == 0.0)
    }

    /// The cosine of two vectors; zero when either is zero or not there.
    pub(crate) fn cosine(&self, a: u32, b: u32) -> f32 {
        let inverse = |n: u32| self.inverse.get(n as usize).copied().unwrap_or_default();
        dot(self.row(a), self.row(b)) as f32 * inverse(a) * inverse(b)
    }

    /// The length of the sum of unit vectors.
    pub(crate) fn norm_of_sum(&self, numbers: impl Iterator<Item = u32>) -> f32 {
        let mut sum = vec![0.0_f32; self.dimensions];
        for number in numbers {
            let inverse = self.inverse.get(number as usize).copied().unwrap_or_default();
            sum.iter_mut().zip(self.row(number)).for_each(|(s, x)| *s += f32::from(*x) * inverse);
        }
        sum.iter().map(|s| s * s).sum::<f32>().sqrt()
    }

    /// The cosine of every vector with one.
    pub(crate) fn cosines(&self, with: &[f32], into: &mut [f32]) {
        let with = self.rounded(with);
        products_with(&self.bytes, &with, into);
        let inverse = inverse(&with);
        into.iter_mut().zip(&self.inverse).for_each(|(product, other)| *product *= other * inverse);
    }
}
