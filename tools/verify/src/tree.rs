//! RFC 6962 hashing and RFC 9162 proof checking, written anew from the texts.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash of a leaf.
pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(entry).finalize().into()
}

/// Hash of a node.
pub fn parent(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that is built from perfect subtrees, left to right.
#[derive(Debug, Default)]
pub struct Builder {
    /// Level and root of each subtree that has no partner yet.
    open: Vec<(u32, Hash)>,
}

impl Builder {
    /// Adds the next subtree; calls `done` for it and for each that it completes. A place that does not fit is refused.
    pub fn add(&mut self, level: u32, hash: Hash, mut done: impl FnMut(u32, &Hash)) -> bool {
        if self.open.last().is_some_and(|(last, _)| *last < level) {
            return false;
        }
        let (mut level, mut hash) = (level, hash);
        done(level, &hash);
        while let Some((_, left)) = self.open.pop_if(|(last, _)| *last == level) {
            hash = parent(&left, &hash);
            level += 1;
            done(level, &hash);
        }
        self.open.push((level, hash));
        true
    }

    /// The root of everything added.
    pub fn root(&self) -> Hash {
        let mut rest = self.open.iter().rev().map(|(_, hash)| *hash);
        match rest.next() {
            None => Sha256::digest(b"").into(),
            Some(last) => rest.fold(last, |right, left| parent(&left, &right)),
        }
    }
}

/// The levels of the perfect subtrees that cover leaves `start` to before `end`.
pub fn levels(start: u64, end: u64) -> Vec<u32> {
    let mut found = Vec::new();
    let mut at = start;
    while at < end {
        let mut level = 0;
        while at.is_multiple_of(1 << (level + 1)) && at + (1 << (level + 1)) <= end {
            level += 1;
        }
        found.push(level);
        at += 1 << level;
    }
    found
}

/// RFC 9162 section 2.1.3.2, recursively: the root that a path leads to; `None` when its length is wrong.
pub fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if size == 1 {
        return path.is_empty().then_some(leaf);
    }
    let (last, rest) = path.split_last()?;
    let half = split(size);
    match index < half {
        true => Some(parent(&climb(leaf, index, half, rest)?, last)),
        false => Some(parent(last, &climb(leaf, index - half, size - half, rest)?)),
    }
}

/// The largest power of two below a size of at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// RFC 6962 section 2.1.2, recursively: the old and the new root that a consistency path leads to.
pub fn span(old: u64, new: u64, old_root: &Hash, path: &[Hash]) -> Option<(Hash, Hash)> {
    fn sub(m: u64, n: u64, whole: bool, old_root: &Hash, path: &[Hash]) -> Option<(Hash, Hash)> {
        if m == n {
            return match (whole, path) {
                (true, []) => Some((*old_root, *old_root)),
                (false, [hash]) => Some((*hash, *hash)),
                _ => None,
            };
        }
        let (last, rest) = path.split_last()?;
        let half = split(n);
        if m <= half {
            let (before, now) = sub(m, half, whole, old_root, rest)?;
            Some((before, parent(&now, last)))
        } else {
            let (before, now) = sub(m - half, n - half, false, old_root, rest)?;
            Some((parent(last, &before), parent(last, &now)))
        }
    }
    if old == 0 || old > new { None } else { sub(old, new, true, old_root, path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(leaves: &[Hash]) -> Hash {
        if leaves.len() == 1 {
            return leaves[0];
        }
        let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
        parent(&root(left), &root(right))
    }

    #[test]
    fn leaves_and_subtrees_lead_to_the_same_root() {
        let leaves: Vec<Hash> = (0u8..77).map(|n| leaf(&[n])).collect();
        for start in 0..77 {
            for end in start + 1..77 {
                let mut tree = Builder::default();
                let mut at = 0;
                for level in levels(0, start as u64) {
                    assert!(tree.add(level, root(&leaves[at..at + (1 << level)]), |_, _| ()));
                    at += 1 << level;
                }
                for hash in &leaves[start..end] {
                    assert!(tree.add(0, *hash, |_, _| ()));
                }
                at = end;
                for level in levels(end as u64, 77) {
                    assert!(tree.add(level, root(&leaves[at..at + (1 << level)]), |_, _| ()));
                    at += 1 << level;
                }
                assert_eq!(tree.root(), root(&leaves));
            }
        }
    }
}
