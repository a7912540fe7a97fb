//! A model in a tar archive, packed with gzip or not.
//!
//! Nothing is unpacked by its name in the archive: a file is taken when the manifest, which comes first, names it, and goes
//! where the manifest's plain name says. No more bytes are read than the manifest promises, so neither a path that leads
//! elsewhere nor a few bytes that unfold to a disk full of zeros can do harm.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Component, Path};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::error::InstallError;
use super::manifest::{MANIFEST, MAX_MANIFEST, Manifest};
use super::staging::Staging;
use super::{Installed, OnInstalling};

/// What an archive needs beside its files: headers, padding and the end mark, with room for a tool's own entries.
const OVERHEAD: u64 = 1 << 20;

/// Reads no more than it is allowed to.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("the archive holds more than its manifest says")),
        }
        Ok(read)
    }
}

fn broken(error: &io::Error) -> InstallError {
    InstallError::damaged(format!("the archive cannot be read: {error}"))
}

/// The plain name of an entry, without the one folder that everything may lie in; `None` for a folder.
fn name_of<R: Read>(entry: &Entry<'_, R>) -> Result<Option<String>, InstallError> {
    let path = entry.path().map_err(|e| broken(&e))?;
    let refused = |what: &str| {
        let name: String = path.to_string_lossy().chars().filter(|c| !c.is_control()).take(80).collect();
        InstallError::damaged(format!("the archive's entry {name:?} {what}"))
    };
    match entry.header().entry_type() {
        EntryType::Directory => return Ok(None),
        EntryType::Regular | EntryType::Continuous => {}
        _ => return Err(refused("is neither a file nor a folder")),
    }
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part),
            _ => return Err(refused("leads out of the archive")),
        }
    }
    match parts.as_slice() {
        [name] | [_, name] => Ok(Some(name.to_string_lossy().into_owned())),
        _ => Err(refused("lies too deep")),
    }
}

pub(super) fn unpack(root: &Path, from: &Path, progress: OnInstalling<'_>) -> Result<Installed, InstallError> {
    let error = |e| InstallError::file(from, e);
    let mut file = File::open(from).map_err(error)?;
    let mut magic = Vec::new();
    (&mut file).take(2).read_to_end(&mut magic).map_err(error)?;
    file.seek(SeekFrom::Start(0)).map_err(error)?;
    let packed = BufReader::new(file);
    let plain: Box<dyn Read> =
        if magic == [0x1f, 0x8b] { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    let left = Rc::new(Cell::new(MAX_MANIFEST + OVERHEAD));
    let mut archive = Archive::new(Bounded { inner: plain, left: left.clone() });
    let mut entries = archive.entries().map_err(|e| broken(&e))?;
    let manifest_first = || InstallError::damaged(format!("the archive does not begin with {MANIFEST}"));
    let text = loop {
        let mut entry = entries.next().ok_or_else(manifest_first)?.map_err(|e| broken(&e))?;
        match name_of(&entry)? {
            None => {}
            Some(name) if name == MANIFEST => {
                let mut text = Vec::new();
                entry.read_to_end(&mut text).map_err(|e| broken(&e))?;
                break text;
            }
            Some(_) => return Err(manifest_first()),
        }
    };
    let manifest = Manifest::parse(&text)?;
    left.set(left.get().saturating_add(manifest.bytes()));
    Staging::begin(root, manifest, text)?.collect(progress, |staging, tell| {
        for entry in entries {
            let mut entry = entry.map_err(|e| broken(&e))?;
            if let Some(name) = name_of(&entry)? {
                staging.add(&name, &mut entry, tell)?;
            }
        }
        Ok(())
    })
}
