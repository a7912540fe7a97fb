//! Reading the tiles of a branch. What a branch shares with its parent lies with the parent.

use std::sync::Arc;

use super::error::LedgerError;
use super::proof::Nodes;
use super::shelf::Shelf;
use super::tile::{self, HEIGHT, WIDTH};
use crate::envelope::Digest;
use crate::id::{BranchId, Position};
use crate::log::Branch;

/// One branch on the way from the trunk, with the size that it shares with its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub branch: BranchId,
    pub fork: u64,
}

/// The way from a branch to the trunk, itself first.
pub(super) fn lineage(branches: &[Branch], branch: BranchId) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut next = Some(branch);
    while let Some(id) = next {
        let found = branches.iter().find(|b| b.id == id)?;
        lines.push(Line { branch: id, fork: found.fork.0 });
        // A parent is older than its child, so this ends.
        next = found.parent.filter(|p| *p < id);
    }
    Some(lines)
}

/// The name of a file of a branch.
pub(super) fn file(branch: BranchId, name: &str) -> String {
    if branch == BranchId::MAIN { format!("main/{name}") } else { format!("branch-{branch}/{name}") }
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    pub shelf: Arc<Shelf>,
    /// The branch itself first.
    pub lines: Vec<Line>,
}

impl Tiles {
    /// Whose folder a tile is in.
    fn owner(&self, level: u32, index: u64) -> BranchId {
        let shared = |line: &Line| line.fork.checked_shr(level * HEIGHT).unwrap_or(0) / WIDTH;
        let own = self.lines.iter().find(|line| index >= shared(line)).or(self.lines.last());
        own.map_or(BranchId::MAIN, |line| line.branch)
    }

    /// The name of a tile's file.
    pub fn name(&self, level: u32, index: u64, width: u64) -> String {
        file(self.owner(level, index), &tile::path(level, index, width))
    }

    /// The hashes of a tile.
    pub fn read(&self, level: u32, index: u64, width: u64) -> Result<Vec<Digest>, LedgerError> {
        let name = self.name(level, index, width);
        let first = Position((index * WIDTH).checked_shl(level * HEIGHT).unwrap_or(0) + 1);
        let damaged = |what: String| LedgerError::Damaged { branch: self.branch(), position: first, what };
        let bytes = self.shelf.read(&name)?.ok_or_else(|| damaged(format!("the tile {name} is missing")))?;
        let hashes = tile::parse(&bytes).filter(|h| h.len() as u64 == width);
        hashes.ok_or_else(|| damaged(format!("the tile {name} does not have {width} hashes")))
    }

    pub fn branch(&self) -> BranchId {
        self.lines.first().map_or(BranchId::MAIN, |line| line.branch)
    }
}

/// The tree of a size, read from tiles; `edge` are the tiles that are not full, level by level.
pub(super) struct Tree<'a> {
    pub tiles: &'a Tiles,
    pub size: u64,
    pub edge: &'a [Vec<Digest>],
}

impl Nodes for Tree<'_> {
    type Error = LedgerError;

    fn node(&self, level: u32, index: u64) -> Result<Digest, LedgerError> {
        let (row, within) = (level / HEIGHT, level % HEIGHT);
        let start = index << within;
        let (tile_index, offset) = (start / WIDTH, (start % WIDTH) as usize);
        let full = self.size.checked_shr(row * HEIGHT).unwrap_or(0) / WIDTH;
        let read;
        let hashes: &[Digest] = if tile_index < full {
            read = self.tiles.read(row, tile_index, WIDTH)?;
            &read
        } else {
            self.edge.get(row as usize).map_or(&[], Vec::as_slice)
        };
        let wanted = hashes.get(offset..offset + (1 << within)).and_then(tile::fold);
        wanted.ok_or_else(|| LedgerError::Damaged {
            branch: self.tiles.branch(),
            position: Position((index << level) + 1),
            what: "the tree does not reach there".to_owned(),
        })
    }
}
