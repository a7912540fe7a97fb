//! The tree as tiles of 256 hashes, in the layout of C2SP `tlog-tiles`.
//!
//! Tile `n` of tile level `l` holds the roots of the perfect subtrees of 256 to the power `l` leaves, numbers `256 * n`
//! to before `256 * (n + 1)`. A tile that is not full ends in `.p/` and its width.

use crate::envelope::Digest;

/// Levels of the tree in one tile.
pub const HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const WIDTH: u64 = 1 << HEIGHT;

/// Where a tile lies: `tile/<level>/<index>`, the index in groups of three digits, all but the last with an `x` before.
pub fn path(level: u32, index: u64, width: u64) -> String {
    let mut groups = vec![format!("{:03}", index % 1_000)];
    let mut rest = index / 1_000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1_000));
        rest /= 1_000;
    }
    groups.reverse();
    let place = format!("tile/{level}/{}", groups.join("/"));
    if width == WIDTH { place } else { format!("{place}.p/{width}") }
}

/// The hashes of a tile's bytes; `None` when there is not a whole number of them.
pub fn parse(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// The root of a power of two of hashes.
pub fn fold(hashes: &[Digest]) -> Option<Digest> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[l, r]| super::tree::node(l, r)).collect();
    }
    row.pop()
}

/// The tiles that hold a tree of this size: level, index and width.
pub fn of_size(size: u64) -> impl Iterator<Item = (u32, u64, u64)> {
    (0..)
        .map(move |level| (level, size.checked_shr(level * HEIGHT).unwrap_or(0)))
        .take_while(|(_, n)| *n > 0)
        .flat_map(|(level, n)| {
            let full = (0..n / WIDTH).map(move |index| (level, index, WIDTH));
            full.chain((!n.is_multiple_of(WIDTH)).then_some((level, n / WIDTH, n % WIDTH)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(path(0, 0, WIDTH), "tile/0/000");
        assert_eq!(path(3, 1_234_067, WIDTH), "tile/3/x001/x234/067");
        assert_eq!(path(0, 273, 112), "tile/0/273.p/112");
    }

    /// The worked example of `tlog-tiles`: a tree of 70,000 leaves.
    #[test]
    fn seventy_thousand_leaves_fill_the_tiles_of_the_specification() {
        let tiles: Vec<_> = of_size(70_000).collect();
        let partial: Vec<_> = tiles.iter().filter(|(_, _, width)| *width < WIDTH).copied().collect();
        assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
        assert_eq!(partial, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
    }
}
