//! Frames: a kind, a length, a payload, and the SHA-256 of the whole file up to there.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::{ArchiveError, MAGIC};
use crate::envelope::Digest;

/// The longest payload that is read: a damaged length must not take all memory.
const MOST: u32 = 64 << 20;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Head,
    Events,
    Keys,
    End,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Head, Self::Events, Self::Keys, Self::End];

    fn byte(self) -> u8 {
        match self {
            Self::Head => b'H',
            Self::Events => b'E',
            Self::Keys => b'K',
            Self::End => b'Z',
        }
    }
}

fn chained(sum: Digest, head: &[u8; 5], payload: &[u8]) -> Digest {
    Sha256::new().chain_update(sum).chain_update(head).chain_update(payload).finalize().into()
}

/// Writes frames.
pub(super) struct Frames<W> {
    to: W,
    sum: Digest,
}

impl<W: Write> Frames<W> {
    pub(super) fn begin(mut to: W) -> io::Result<Self> {
        to.write_all(MAGIC)?;
        Ok(Self { to, sum: Sha256::digest(MAGIC).into() })
    }

    pub(super) fn put(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).ok().filter(|n| *n <= MOST);
        let length = length.ok_or_else(|| io::Error::other("a frame is too long"))?;
        let mut head = [kind.byte(); 5];
        head[1..].copy_from_slice(&length.to_be_bytes());
        self.sum = chained(self.sum, &head, payload);
        self.to.write_all(&head)?;
        self.to.write_all(payload)?;
        self.to.write_all(&self.sum)
    }

    pub(super) fn finish(self) -> W {
        self.to
    }
}

/// Reads frames.
pub(super) struct Reader<R> {
    from: R,
    sum: Digest,
    number: u64,
    /// Bytes read so far.
    at: u64,
}

impl<R: Read> Reader<R> {
    pub(super) fn begin(from: R) -> Result<Self, ArchiveError> {
        let mut reader = Self { from, sum: Sha256::digest(MAGIC).into(), number: 0, at: 0 };
        let mut magic = [0; 8];
        reader.fill(&mut magic)?;
        if magic == *MAGIC { Ok(reader) } else { Err(reader.damaged("it is no archive of AICO")) }
    }

    /// Something wrong with the frame that was read last, or is being read.
    pub(super) fn damaged(&self, what: impl Into<String>) -> ArchiveError {
        ArchiveError::Damaged {
            place: format!("before byte {}, in frame {}", self.at, self.number),
            what: what.into(),
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ArchiveError> {
        match self.from.read_exact(bytes) {
            Ok(()) => {
                self.at += bytes.len() as u64;
                Ok(())
            }
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.damaged("it ends in the middle: it was not written to its end, or was cut"))
            }
            Err(e) => Err(self.damaged(format!("it cannot be read: {e}"))),
        }
    }

    /// The next frame, whose sum is right.
    pub(super) fn next(&mut self) -> Result<(Kind, Vec<u8>), ArchiveError> {
        self.number += 1;
        let mut head = [0; 5];
        self.fill(&mut head)?;
        let kind = Kind::ALL.into_iter().find(|k| k.byte() == head[0]);
        let kind = kind.ok_or_else(|| self.damaged("no frame begins so"))?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        if length > MOST {
            return Err(self.damaged("a frame cannot be so long"));
        }
        let mut payload = vec![0; length as usize];
        self.fill(&mut payload)?;
        let mut sum = [0; 32];
        self.fill(&mut sum)?;
        let wanted = chained(self.sum, &head, &payload);
        if sum != wanted {
            return Err(self.damaged("its checksum does not fit: it was changed"));
        }
        self.sum = sum;
        Ok((kind, payload))
    }

    /// Says that nothing follows.
    pub(super) fn ended(&mut self) -> Result<(), ArchiveError> {
        match self.from.read(&mut [0; 1]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged("something follows the end")),
            Err(e) => Err(self.damaged(format!("it cannot be read: {e}"))),
        }
    }
}
