//! The tree of RFC 6962 section 2.1: how leaves and nodes are hashed, and a tree that grows at its right edge.

use sha2::{Digest as _, Sha256};

use crate::envelope::Digest;

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty() -> Digest {
    Sha256::digest([]).into()
}

/// SHA-256 over a one byte and both children.
pub fn node(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([1u8]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The tree as far as it is needed to go on: the roots of the perfect subtrees that cover it, the largest first.
///
/// Invariant: there are as many peaks as the size has one bits. Appending costs one hash on average and at most 64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The tree of a size whose peaks are these, the largest first; `None` when their number does not fit.
    pub fn of(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash, and tells every subtree that this completes: its level, its index on it, its root.
    pub fn push(&mut self, leaf: Digest, mut complete: impl FnMut(u32, u64, &Digest)) {
        let (mut hash, mut level) = (leaf, 0);
        complete(0, self.size, &hash);
        while (self.size >> level) & 1 == 1 {
            // As many peaks as one bits: a set bit has its peak.
            let Some(left) = self.peaks.pop() else { break };
            hash = node(&left, &hash);
            level += 1;
            complete(level, self.size >> level, &hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The Merkle tree hash.
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty() };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

/// The perfect subtrees that cover the leaves from `start` to before `end`, left to right, each as large as its place
/// allows: level and index. From 0 these are the peaks.
pub fn cover(start: u64, end: u64) -> Vec<(u32, u64)> {
    let (mut at, mut found) = (start, Vec::new());
    while at < end {
        let room = 63 - (end - at).leading_zeros();
        let level = at.trailing_zeros().min(room);
        found.push((level, at >> level));
        at += 1 << level;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::leaf_hash;

    /// The definition of RFC 6962 section 2.1, word for word.
    fn defined(leaves: &[Digest]) -> Digest {
        match leaves.len() {
            0 => empty(),
            1 => leaves[0],
            n => {
                let k = n.next_power_of_two() / 2;
                node(&defined(&leaves[..k]), &defined(&leaves[k..]))
            }
        }
    }

    fn leaf(n: u64) -> Digest {
        leaf_hash(&n.to_be_bytes())
    }

    #[test]
    fn growing_gives_the_root_that_the_definition_gives() {
        let (mut tree, mut leaves) = (Frontier::default(), Vec::new());
        for n in 0..300 {
            assert_eq!(tree.root(), defined(&leaves), "at size {n}");
            tree.push(leaf(n), |_, _, _| ());
            leaves.push(leaf(n));
        }
    }

    #[test]
    fn every_subtree_is_told_once_and_is_right() {
        let leaves: Vec<Digest> = (0..64).map(leaf).collect();
        let (mut tree, mut told) = (Frontier::default(), Vec::new());
        for hash in &leaves {
            tree.push(*hash, |level, index, root| told.push((level, index, *root)));
        }
        assert_eq!(told.len(), 127);
        for (level, index, root) in told {
            let (from, to) = ((index << level) as usize, ((index + 1) << level) as usize);
            assert_eq!(root, defined(&leaves[from..to]));
        }
    }

    #[test]
    fn a_cover_has_no_gaps_and_fits_its_places() {
        for start in 0..40 {
            for end in start..80 {
                let mut at = start;
                for (level, index) in cover(start, end) {
                    assert_eq!(index << level, at);
                    at += 1 << level;
                }
                assert_eq!(at, end);
            }
        }
        assert_eq!(cover(0, 11), [(3, 0), (1, 4), (0, 10)]);
    }
}
