//! A linear model over hashed n-grams, weighted by TF-IDF at unit length (Salton & Buckley 1988).

use super::ClassifierError;
use super::bytes::Bytes;

const MARK: &[u8; 8] = b"AICOLIN1";
/// An IDF is stored in steps of this size, from 1 upwards.
const IDF_STEP: f32 = 0.05;
const BUCKET_BITS: u32 = 16;

/// Known n-grams with one signed byte per class.
pub(super) struct Linear {
    columns: usize,
    scales: Vec<f32>,
    bias: Vec<f32>,
    /// Ascending.
    keys: Vec<u32>,
    idf: &'static [u8],
    weights: &'static [u8],
    /// Where the keys with the same upper bits begin.
    starts: Vec<u32>,
}

impl Linear {
    /// Reads a model.
    ///
    /// # Errors
    /// When its lengths do not agree or its keys do not ascend.
    pub(super) fn parse(bytes: &'static [u8], columns: usize) -> Result<Self, ClassifierError> {
        let mut bytes = Bytes::open(bytes, MARK)?;
        let (rows, found) = (bytes.count()?, bytes.count()?);
        if found != columns {
            return Err(ClassifierError::Damaged("it has not one column per class"));
        }
        let (scales, bias) = (bytes.floats(columns)?, bytes.floats(columns)?);
        let keys = bytes.words(rows)?;
        let (idf, weights) = (bytes.take(rows)?, bytes.take(rows.saturating_mul(columns))?);
        bytes.end()?;
        if !keys.is_sorted_by(|a, b| a < b) {
            return Err(ClassifierError::Damaged("its keys do not ascend"));
        }
        let begin = |bucket: u32| {
            let first = u64::from(bucket) << (32 - BUCKET_BITS);
            keys.partition_point(|k| u64::from(*k) < first) as u32
        };
        let starts = (0..=1 << BUCKET_BITS).map(begin).collect();
        Ok(Self { columns, scales, bias, keys, idf, weights, starts })
    }

    fn find(&self, key: u32) -> Option<usize> {
        let bucket = (key >> (32 - BUCKET_BITS)) as usize;
        let (from, to) = (*self.starts.get(bucket)? as usize, *self.starts.get(bucket + 1)? as usize);
        self.keys.get(from..to)?.iter().position(|k| *k == key).map(|at| from + at)
    }

    /// One number per class, and how many of the n-grams are known.
    pub(super) fn score(&self, grams: &[(u32, u32)]) -> (Vec<f32>, usize) {
        let mut sums = vec![0.0f32; self.columns];
        let (mut length, mut known) = (0.0f32, 0);
        for (key, times) in grams {
            let Some(at) = self.find(*key) else { continue };
            let (Some(idf), Some(row)) =
                (self.idf.get(at), self.weights.get(at * self.columns..(at + 1) * self.columns))
            else {
                continue;
            };
            let value = (1.0 + IDF_STEP * f32::from(*idf)) * (1.0 + (*times as f32).ln());
            length += value * value;
            known += 1;
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += value * f32::from(*weight as i8);
            }
        }
        let unit = if length > 0.0 { 1.0 / length.sqrt() } else { 0.0 };
        for ((sum, scale), bias) in sums.iter_mut().zip(&self.scales).zip(&self.bias) {
            *sum = *sum * unit * scale + bias;
        }
        (sums, known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(keys: &[u32]) -> &'static [u8] {
        let mut file = MARK.to_vec();
        file.extend((keys.len() as u32).to_le_bytes());
        file.extend(2u32.to_le_bytes());
        for x in [0.5f32, 1.0, 0.0, -1.0] {
            file.extend(x.to_le_bytes());
        }
        keys.iter().for_each(|k| file.extend(k.to_le_bytes()));
        file.extend(keys.iter().map(|_| 0u8));
        file.extend(keys.iter().flat_map(|_| [2u8, 256u16.wrapping_sub(3) as u8]));
        file.leak()
    }

    #[test]
    fn known_grams_count_and_others_do_not() {
        let model = Linear::parse(file(&[7, 1 << 20, u32::MAX]), 2).unwrap();
        assert_eq!(model.score(&[]), (vec![0.0, -1.0], 0));
        assert_eq!(model.score(&[(7, 1)]), (vec![1.0, -4.0], 1));
        assert_eq!(model.score(&[(6, 1), (u32::MAX, 1)]), (vec![1.0, -4.0], 1));
        let (two, known) = model.score(&[(7, 1), (1 << 20, 1)]);
        assert!((two[0] - 2.0 * 2.0 / 2f32.sqrt() * 0.5).abs() < 1e-6 && known == 2, "{two:?}");
    }

    #[test]
    fn a_damaged_model_is_refused() {
        let good = file(&[7, 9]);
        assert!(Linear::parse(good, 2).is_ok());
        assert!(Linear::parse(good, 3).is_err());
        assert!(Linear::parse(&good[..good.len() - 1], 2).is_err());
        assert!(Linear::parse(b"AICOLIN1", 2).is_err());
        assert!(Linear::parse(b"something else", 2).is_err());
        assert!(Linear::parse(file(&[9, 7]), 2).is_err());
    }
}
