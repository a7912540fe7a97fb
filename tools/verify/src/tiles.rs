//! Tiles in the layout of C2SP tlog-tiles, compared with the tree as it grows.

use std::path::{Path, PathBuf};

use crate::Bad;
use crate::tree::Hash;

/// See the module.
pub struct Tiles {
    folder: PathBuf,
    /// How many leaves the tiles cover.
    covered: u64,
    rows: Vec<Vec<Hash>>,
}

impl Tiles {
    /// The tiles in a folder, as far as a checkpoint covers them.
    pub fn new(folder: &Path, covered: u64) -> Self {
        Self { folder: folder.to_owned(), covered, rows: vec![] }
    }

    /// Takes the root of a subtree that was completed.
    pub fn done(&mut self, level: u32, hash: &Hash) {
        if level.is_multiple_of(8) {
            let row = (level / 8) as usize;
            if self.rows.len() <= row {
                self.rows.resize(row + 1, vec![]);
            }
            self.rows[row].push(*hash);
        }
    }

    /// Compares what is complete at this size; at the size that is covered, also what is not.
    pub fn compare(&mut self, size: u64) -> Result<(), Bad> {
        if size > self.covered {
            return Ok(());
        }
        for level in 0..self.rows.len() {
            let held = self.rows[level].len() as u64;
            if held == 0 || (!held.is_multiple_of(256) && size != self.covered) {
                continue;
            }
            let index = (held - 1) / 256;
            let (first, width) = (index * 256, held - index * 256);
            // A full tile is looked at once: when it has become full.
            if width == 256 && !size.is_multiple_of(1 << (8 * (level + 1))) {
                continue;
            }
            self.one(level, index, &self.rows[level][first as usize..], width)?;
        }
        Ok(())
    }

    fn one(&self, level: usize, index: u64, right: &[Hash], width: u64) -> Result<(), Bad> {
        let mut name = format!("{:03}", index % 1_000);
        let mut more = index / 1_000;
        while more > 0 {
            name = format!("x{:03}/{name}", more % 1_000);
            more /= 1_000;
        }
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let path = self.folder.join(format!("tile/{level}/{name}{partial}"));
        let place = |at: u64| ((index * 256 + at) << (8 * level)) + 1;
        let found = std::fs::read(&path).map_err(|e| Bad::new(place(0), format!("{}: {e}", path.display())))?;
        for (at, hash) in right.iter().enumerate() {
            if found.get(at * 32..at * 32 + 32) != Some(hash) {
                return Err(Bad::new(place(at as u64), format!("the tile {} is not right", path.display())));
            }
        }
        if found.len() == right.len() * 32 { Ok(()) } else { Err(Bad::new(place(width), "a tile is too long")) }
    }
}
