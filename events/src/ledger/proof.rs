//! Inclusion and consistency proofs: making them from subtrees, and checking them from nothing but the proof.
//!
//! Making follows RFC 6962 section 2.1.1 and 2.1.2; checking follows RFC 9162 section 2.1.3.2 and 2.1.4.2, and for
//! subtrees the Merkle Tree Certificates draft (draft-ietf-plants-merkle-tree-certs), of which the former are the case
//! of a subtree that begins at the first leaf.

use super::tree::{empty, node};
use crate::envelope::Digest;

/// Where the roots of perfect subtrees come from.
pub trait Nodes {
    /// Why one could not be had.
    type Error;

    /// The root of the perfect subtree over the leaves `index << level` to before `(index + 1) << level`.
    ///
    /// # Errors
    /// When it cannot be had.
    fn node(&self, level: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// The hash of the leaves from `start` to before `end`. `start` must be a multiple of the size rounded up to a power of
/// two.
fn range<N: Nodes + ?Sized>(nodes: &N, start: u64, end: u64) -> Result<Digest, N::Error> {
    let size = end - start;
    if size == 0 {
        return Ok(empty());
    }
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes.node(level, start >> level);
    }
    let middle = start + size.next_power_of_two() / 2;
    Ok(node(&range(nodes, start, middle)?, &range(nodes, middle, end)?))
}

/// The root of the tree of a size.
///
/// # Errors
/// When a subtree cannot be had.
pub fn root<N: Nodes + ?Sized>(nodes: &N, size: u64) -> Result<Digest, N::Error> {
    range(nodes, 0, size)
}

/// That the leaf at `index` (counted from 0) is in the tree of a size; `index < size`.
///
/// # Errors
/// When a subtree cannot be had.
pub fn inclusion<N: Nodes + ?Sized>(nodes: &N, index: u64, size: u64) -> Result<Vec<Digest>, N::Error> {
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + (end - start).next_power_of_two() / 2;
        if index < middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// That the tree of size `new` begins with the tree of size `old`; `old <= new`.
///
/// # Errors
/// When a subtree cannot be had.
pub fn consistency<N: Nodes + ?Sized>(nodes: &N, old: u64, new: u64) -> Result<Vec<Digest>, N::Error> {
    let (mut start, mut end, mut path) = (0, new, Vec::new());
    if old == 0 || old == new {
        return Ok(path);
    }
    while end != old {
        let middle = start + (end - start).next_power_of_two() / 2;
        if old <= middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    // The subtree that ends with the old tree is known to whoever knows the old root only when it is all of it.
    if start > 0 {
        path.push(range(nodes, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether the proof shows that the leaf at `index` is in the tree of this size and root.
pub fn includes(leaf: &Digest, index: u64, size: u64, proof: &[Digest], root: &Digest) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the tree of size `new` begins with the tree of size `old`. Nothing follows from an empty
/// tree, so an `old` of 0 is refused.
pub fn consistent(old: u64, old_root: &Digest, new: u64, new_root: &Digest, proof: &[Digest]) -> bool {
    old > 0 && subtree_consistent((0, old), old_root, new, new_root, proof)
}

/// Whether a stretch of leaves is a subtree: it begins at a multiple of its size rounded up to a power of two.
fn is_subtree((start, end): (u64, u64)) -> bool {
    start < end && (end - start).checked_next_power_of_two().is_some_and(|size| start % size == 0)
}

/// As [`includes`], in the subtree of the leaves from `start` to before `end`.
pub fn subtree_includes(leaf: &Digest, index: u64, range: (u64, u64), proof: &[Digest], root: &Digest) -> bool {
    let (start, end) = range;
    is_subtree(range) && index >= start && includes(leaf, index - start, end - start, proof, root)
}

/// Whether the proof shows that the subtree of the leaves from `start` to before `end` is part of a tree.
pub fn subtree_consistent(
    subtree: (u64, u64),
    subtree_root: &Digest,
    size: u64,
    root: &Digest,
    proof: &[Digest],
) -> bool {
    let (start, end) = subtree;
    if start == end && end <= size {
        // Nothing is part of every tree.
        return proof.is_empty() && *subtree_root == empty();
    }
    if !is_subtree(subtree) || end > size {
        return false;
    }
    let (mut first, mut last, mut whole) = (start, end - 1, size - 1);
    let stops_at_the_edge = last == whole;
    while first != last && (stops_at_the_edge || last & 1 == 1) {
        first >>= 1;
        last >>= 1;
        whole >>= 1;
    }
    let mut proof = proof.iter();
    let seed = match first == last {
        true => *subtree_root,
        false => match proof.next() {
            Some(seed) => *seed,
            None => return false,
        },
    };
    let (mut inner, mut outer) = (seed, seed);
    for sibling in proof {
        if whole == 0 {
            return false;
        }
        if last & 1 == 1 || last == whole {
            if first < last {
                inner = node(sibling, &inner);
            }
            outer = node(sibling, &outer);
            while last & 1 == 0 && last != 0 {
                first >>= 1;
                last >>= 1;
                whole >>= 1;
            }
        } else {
            outer = node(&outer, sibling);
        }
        first >>= 1;
        last >>= 1;
        whole >>= 1;
    }
    whole == 0 && inner == *subtree_root && outer == *root
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::codec::leaf_hash;

    struct Leaves(Vec<Digest>);

    impl Nodes for Leaves {
        type Error = Infallible;
        fn node(&self, level: u32, index: u64) -> Result<Digest, Infallible> {
            if level == 0 {
                return Ok(self.0[index as usize]);
            }
            Ok(node(&self.node(level - 1, index * 2)?, &self.node(level - 1, index * 2 + 1)?))
        }
    }

    fn leaves(n: u64) -> Leaves {
        Leaves((0..n).map(|n| leaf_hash(&n.to_be_bytes())).collect())
    }

    proptest! {
        #[test]
        fn every_leaf_is_proved_and_no_other(size in 1u64..600, at in any::<proptest::sample::Index>()) {
            let tree = leaves(size);
            let index = at.index(size as usize) as u64;
            let (Ok(path), Ok(root)) = (inclusion(&tree, index, size), root(&tree, size));
            let leaf = tree.0[index as usize];
            prop_assert!(includes(&leaf, index, size, &path, &root));
            prop_assert!(!includes(&[1; 32], index, size, &path, &root));
            prop_assert!(!includes(&leaf, index + 1, size, &path, &root));
            let mut longer = path.clone();
            longer.push([0; 32]);
            prop_assert!(!includes(&leaf, index, size, &longer, &root));
        }

        #[test]
        fn every_prefix_is_proved_and_no_other(new in 1u64..600, at in any::<proptest::sample::Index>()) {
            let tree = leaves(new);
            let old = at.index(new as usize) as u64 + 1;
            let (Ok(path), Ok(before), Ok(now)) = (consistency(&tree, old, new), root(&tree, old), root(&tree, new));
            prop_assert!(consistent(old, &before, new, &now, &path));
            prop_assert!(old == new || !consistent(old, &now, new, &before, &path));
            prop_assert!(!consistent(old, &[1; 32], new, &now, &path));
        }
    }
}
