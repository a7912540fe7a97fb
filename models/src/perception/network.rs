//! A small convolutional network over word pieces (Kim 2014): embeddings, windows of one to three pieces, the maximum and
//! the sum over the text, and one linear head per task.

use std::collections::HashMap;

use super::ClassifierError;
use super::bytes::Bytes;

const MARK: &[u8; 8] = b"AICONET1";
/// Pieces that are read of a text.
const MAX_PIECES: usize = 256;
/// The widest window.
const WINDOWS: usize = 3;
/// The number of a piece that is not known.
const UNKNOWN: u32 = 1;

/// Several networks over one vocabulary, whose outputs are averaged (Hansen & Salamon 1990).
pub(super) struct Networks {
    pieces: HashMap<&'static str, u32>,
    longest: usize,
    members: Vec<Network>,
}

struct Network {
    width: usize,
    filters: usize,
    scales: Vec<f32>,
    rows: &'static [u8],
    /// Per window: weights of `window * width` rows of `filters` numbers, and biases.
    windows: Vec<(Vec<f32>, Vec<f32>)>,
    head: Vec<f32>,
    bias: Vec<f32>,
}

impl Networks {
    /// Reads networks; the vocabulary has one piece a line, whose number is the line's.
    ///
    /// # Errors
    /// When the lengths do not agree.
    pub(super) fn parse(
        files: &[&'static [u8]],
        vocabulary: &'static str,
        outputs: usize,
    ) -> Result<Self, ClassifierError> {
        let pieces: HashMap<_, _> = (0..).zip(vocabulary.lines()).map(|(id, piece)| (piece, id)).collect();
        let members = files.iter().map(|bytes| Network::parse(bytes, pieces.len(), outputs));
        let members = members.collect::<Result<Vec<_>, _>>()?;
        let longest = pieces.keys().map(|p| p.len()).max().unwrap_or(0);
        Ok(Self { pieces, longest, members })
    }

    /// One number per output of all heads.
    pub(super) fn score(&self, tokens: &[String]) -> Vec<f32> {
        let ids = self.pieces(tokens);
        let scores: Vec<Vec<f32>> = self.members.iter().map(|network| network.score(&ids)).collect();
        let Some((first, rest)) = scores.split_first() else { return Vec::new() };
        let mut mean = first.clone();
        for other in rest {
            mean.iter_mut().zip(other).for_each(|(m, o)| *m += o);
        }
        mean.iter_mut().for_each(|m| *m /= scores.len() as f32);
        mean
    }

    /// Numbers of the pieces that tokens are cut into, the longest known piece first.
    fn pieces(&self, tokens: &[String]) -> Vec<u32> {
        let mut out = Vec::with_capacity(tokens.len() * 2);
        let mut piece = String::new();
        for token in tokens {
            let mut start = 0;
            while start < token.len() && out.len() < MAX_PIECES {
                let rest = &token[start..];
                let ends =
                    rest.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= self.longest);
                let ends: Vec<usize> = ends.collect();
                let longest = ends.iter().rev().find_map(|end| {
                    piece.clear();
                    piece.push_str(if start > 0 { "##" } else { "" });
                    piece.push_str(&rest[..*end]);
                    self.pieces.get(piece.as_str()).map(|id| (*id, *end))
                });
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let (id, step) = longest.unwrap_or((UNKNOWN, first));
                out.push(id);
                start += step;
            }
        }
        out
    }
}

impl Network {
    fn parse(bytes: &'static [u8], pieces: usize, outputs: usize) -> Result<Self, ClassifierError> {
        let mut bytes = Bytes::open(bytes, MARK)?;
        let (count, width, filters, found) = (bytes.count()?, bytes.count()?, bytes.count()?, bytes.count()?);
        if found != outputs || pieces != count || width == 0 || filters == 0 || width.max(filters) > 4_096 {
            return Err(ClassifierError::Damaged("its head does not fit"));
        }
        let scales = bytes.floats(count)?;
        let rows = bytes.take(count * width)?;
        let mut windows = Vec::new();
        for window in 1..=WINDOWS {
            windows.push((bytes.floats(window * width * filters)?, bytes.floats(filters)?));
        }
        let head = bytes.floats(2 * WINDOWS * filters * outputs)?;
        let bias = bytes.floats(outputs)?;
        bytes.end()?;
        Ok(Self { width, filters, scales, rows, windows, head, bias })
    }

    fn embed(&self, ids: &[u32]) -> Vec<f32> {
        let mut out = vec![0.0; ids.len() * self.width];
        for (id, to) in ids.iter().zip(out.chunks_exact_mut(self.width)) {
            let id = *id as usize;
            let (Some(scale), Some(row)) =
                (self.scales.get(id), self.rows.get(id * self.width..(id + 1) * self.width))
            else {
                continue;
            };
            for (to, byte) in to.iter_mut().zip(row) {
                *to = scale * f32::from(*byte as i8);
            }
        }
        out
    }

    fn score(&self, ids: &[u32]) -> Vec<f32> {
        let embedded = self.embed(ids);
        let mut pooled = vec![0.0f32; 2 * WINDOWS * self.filters];
        let mut at_place = vec![0.0f32; self.filters];
        for (window, (weights, bias)) in self.windows.iter().enumerate() {
            let begin = window * 2 * self.filters;
            let Some(both) = pooled.get_mut(begin..begin + 2 * self.filters) else { continue };
            let (highest, sum) = both.split_at_mut(self.filters);
            for place in 0..ids.len() {
                at_place.copy_from_slice(bias);
                for back in 0..=window.min(place) {
                    let piece = &embedded[(place - back) * self.width..(place - back + 1) * self.width];
                    let part = &weights[back * self.width * self.filters..(back + 1) * self.width * self.filters];
                    add_product(piece, part, &mut at_place);
                }
                for ((value, highest), sum) in at_place.iter().zip(highest.iter_mut()).zip(sum.iter_mut()) {
                    let value = value.max(0.0);
                    *highest = value.max(*highest);
                    *sum += value;
                }
            }
            let root = (ids.len().max(1) as f32).sqrt();
            sum.iter_mut().for_each(|s| *s /= root);
        }
        let mut out = self.bias.clone();
        add_product(&pooled, &self.head, &mut out);
        out
    }
}

/// `out += values * matrix`, the matrix row by row. Sums run in a fixed order, so every machine gives the same bits.
fn add_product(values: &[f32], matrix: &[f32], out: &mut [f32]) {
    for (value, row) in values.iter().zip(matrix.chunks_exact(out.len())) {
        if *value != 0.0 {
            for (to, weight) in out.iter_mut().zip(row) {
                *to += value * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three pieces of width 1, one filter, one output: everything can be worked out by hand.
    fn file(bias: f32) -> &'static [u8] {
        let mut file = MARK.to_vec();
        [3u32, 1, 1, 1].iter().for_each(|n| file.extend(n.to_le_bytes()));
        let mut floats = |list: &[f32]| list.iter().for_each(|x| file.extend(x.to_le_bytes()));
        floats(&[0.0, 1.0, 0.5]);
        file.extend([0u8, 1, 4]); // Rows: 0, 1, 2.
        let mut floats = |list: &[f32]| list.iter().for_each(|x| file.extend(x.to_le_bytes()));
        floats(&[1.0, 0.0]); // Window of one: the piece itself.
        floats(&[1.0, 10.0, 0.0]); // Of two: the piece, and ten times the one before.
        floats(&[0.0, 0.0, 0.0, -1.0]); // Of three: nothing, and never above zero.
        floats(&[1.0, 100.0, 1000.0, 0.0, 1.0, 1.0]); // Maximum and sum per window.
        floats(&[bias]);
        file.leak()
    }

    fn tokens(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn windows_maxima_and_sums_are_those_of_the_formula() {
        let networks = Networks::parse(&[file(0.5)], "[PAD]\n[UNK]\nab\n", 1).unwrap();
        assert_eq!(networks.score(&tokens(&["ab"])), [2.0 + 200.0 + 2_000.0 + 0.5]);
        // Pieces 2, 1: window one gives 2, 1; window two gives 2, 1 + 20.
        let expected = 2.0 + 100.0 * 3.0 / 2f32.sqrt() + 1_000.0 * 21.0 + 0.5;
        assert_eq!(networks.score(&tokens(&["ab", "z"])), [expected]);
        assert_eq!(networks.score(&[]), [0.5]);
    }

    #[test]
    fn several_networks_are_averaged() {
        let networks = Networks::parse(&[file(0.0), file(1.0)], "[PAD]\n[UNK]\nab\n", 1).unwrap();
        assert_eq!(networks.score(&[]), [0.5]);
    }

    #[test]
    fn a_word_is_cut_into_its_longest_pieces() {
        let networks = Networks::parse(&[], "[PAD]\n[UNK]\nun\nunder\n##st\n##stand\nü\n", 1).unwrap();
        assert_eq!(networks.pieces(&tokens(&["understand", "unst", "üx"])), [3, 5, 2, 4, 6, 1]);
        assert_eq!(networks.pieces(&tokens(&[&"z".repeat(1_000)])).len(), MAX_PIECES);
    }

    #[test]
    fn a_damaged_network_is_refused() {
        let good = file(0.0);
        assert!(Networks::parse(&[&good[..good.len() - 1]], "a\nb\nc\n", 1).is_err());
        assert!(Networks::parse(&[good], "a\nb\n", 1).is_err());
        assert!(Networks::parse(&[good], "a\nb\nc\n", 2).is_err());
        assert!(Networks::parse(&[b"AICONET1"], "a\n", 1).is_err());
    }
}
