//! One file: what programs see, what the disk holds, and the changes in between.

use super::dice::Dice;

/// Bytes that a disk writes as one piece.
const SECTOR: usize = 512;

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, data: Vec<u8> },
    Truncate(usize),
}

/// A file of the model.
#[derive(Debug, Default)]
pub struct Image {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Whether the folder is sure to show the file after power loss.
    listed: bool,
    pending: Vec<Change>,
}

impl Image {
    /// A file that was found on the disk: all of it is durable.
    fn found(bytes: Vec<u8>) -> Self {
        Self { live: bytes.clone(), durable: bytes, listed: true, pending: Vec::new() }
    }

    /// Its length as programs see it.
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Fills the slice from `at`; what lies behind the end stays zero. Gives how many bytes were there.
    pub fn read(&self, at: usize, out: &mut [u8]) -> usize {
        out.fill(0);
        let there = self.live.len().saturating_sub(at).min(out.len());
        if there > 0 {
            out[..there].copy_from_slice(&self.live[at..at + there]);
        }
        there
    }

    /// Writes, for programs to see.
    pub fn write(&mut self, at: usize, data: &[u8]) {
        let change = Change::Write { at, data: data.to_vec() };
        apply(&mut self.live, &change);
        self.pending.push(change);
    }

    /// Changes the length, for programs to see.
    pub fn truncate(&mut self, len: usize) {
        let change = Change::Truncate(len);
        apply(&mut self.live, &change);
        self.pending.push(change);
    }

    /// Makes all changes durable. Gives whether the file was new to the folder.
    pub fn sync(&mut self) -> bool {
        for change in self.pending.drain(..) {
            apply(&mut self.durable, &change);
        }
        !std::mem::replace(&mut self.listed, true)
    }

    /// The folder is sure to show it from now on, whatever it holds.
    pub fn list(&mut self) {
        self.listed = true;
    }

    /// What is found after power loss; `None` when the folder does not show the file.
    pub fn after_power_loss(&self, dice: &Dice) -> Option<Self> {
        if !self.listed && dice.chance(0.5) {
            return None;
        }
        let mut found = self.durable.clone();
        // Four kinds of loss, so that the ends of the range (all, nothing) are as likely as the mixtures.
        match dice.below(4) {
            0 => {}
            1 => self.pending.iter().for_each(|change| apply(&mut found, change)),
            2 => {
                let kept = dice.below(self.pending.len() + 1);
                self.pending[..kept].iter().for_each(|change| apply(&mut found, change));
                if let Some(last) = self.pending.get(kept) {
                    tear(&mut found, last, dice);
                }
            }
            _ => {
                // A later change survives where an earlier one is lost: that is what reordering looks like.
                for change in &self.pending {
                    match dice.below(3) {
                        0 => {}
                        1 => apply(&mut found, change),
                        _ => tear(&mut found, change, dice),
                    }
                }
            }
        }
        Some(Self::found(found))
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, data } => {
            let end = at + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*at..end].copy_from_slice(data);
        }
        Change::Truncate(len) => bytes.resize(*len, 0),
    }
}

/// Applies some sectors of a write, cuts one short, and leaves noise in another. Nothing outside its range changes.
fn tear(bytes: &mut Vec<u8>, change: &Change, dice: &Dice) {
    let Change::Write { at, data } = change else { return };
    let mut from = 0;
    while from < data.len() {
        let to = ((at + from) / SECTOR * SECTOR + SECTOR - at).min(data.len());
        let mut piece = data[from..to].to_vec();
        match dice.below(8) {
            0..=2 => piece.clear(),
            3 => piece.truncate(dice.below(piece.len() + 1)),
            4 => dice.fill(&mut piece),
            _ => {}
        }
        if !piece.is_empty() {
            apply(bytes, &Change::Write { at: at + from, data: piece });
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(image: &Image, seed: u64) -> Option<Vec<u8>> {
        image.after_power_loss(&Dice::new(seed)).map(|i| i.live)
    }

    #[test]
    fn what_was_synced_survives_every_seed() {
        let mut image = Image::default();
        image.write(0, &[7; 4096]);
        image.sync();
        image.write(4096, &[8; 4096]);
        for seed in 0..500 {
            let bytes = found(&image, seed).unwrap_or_default();
            assert_eq!(bytes.get(..4096), Some(&[7u8; 4096][..]), "seed {seed}");
        }
    }

    #[test]
    fn what_was_not_synced_is_lost_kept_and_torn() {
        let mut image = Image::default();
        image.write(0, &[1; 2048]);
        image.sync();
        image.write(0, &[2; 2048]);
        let all: Vec<_> = (0..200).filter_map(|seed| found(&image, seed)).collect();
        assert!(all.iter().any(|b| b.iter().all(|x| *x == 1)), "lost");
        assert!(all.iter().any(|b| b.iter().all(|x| *x == 2)), "kept");
        assert!(all.iter().any(|b| b.contains(&1) && b.contains(&2)), "torn");
    }

    #[test]
    fn a_later_write_can_survive_an_earlier_one() {
        let mut image = Image::default();
        image.truncate(1024);
        image.sync();
        image.write(0, &[1; 512]);
        image.write(512, &[1; 512]);
        let reordered = |b: &Vec<u8>| b[..512].iter().all(|x| *x == 0) && b[512..].iter().all(|x| *x == 1);
        assert!((0..200).filter_map(|seed| found(&image, seed)).any(|b| reordered(&b)));
    }

    #[test]
    fn a_file_that_was_never_synced_may_be_gone() {
        let mut image = Image::default();
        image.write(0, &[1; 10]);
        assert!((0..50).any(|seed| found(&image, seed).is_none()));
        image.sync();
        assert!((0..50).all(|seed| found(&image, seed).is_some()));
    }

    #[test]
    fn tearing_touches_nothing_outside_the_write() {
        let mut image = Image::default();
        image.write(0, &[9; 3000]);
        image.sync();
        image.write(700, &[5; 1000]);
        for seed in 0..300 {
            let bytes = found(&image, seed).unwrap_or_default();
            assert!(bytes[..700].iter().chain(&bytes[1700..]).all(|b| *b == 9), "seed {seed}");
        }
    }

    #[test]
    fn reading_behind_the_end_gives_zeros() {
        let mut image = Image::default();
        image.write(0, &[3; 10]);
        let mut out = [1u8; 16];
        assert_eq!(image.read(4, &mut out), 6);
        assert_eq!(out, [3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(image.read(99, &mut out), 0);
    }
}
