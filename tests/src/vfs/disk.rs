//! The disk of one machine: its files, their locks, and when the power goes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dice::Dice;
use super::ffi;
use super::image::Image;
use super::locks::{FileLocks, SlotLocks};

/// A mounted folder whose database files live in the model. Every other file in it is an ordinary one.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    pub(super) state: Mutex<State>,
}

/// Why the disk refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The power is off.
    Off,
    /// No room.
    Full,
    /// There is no such file.
    NoFile,
}

/// What the lock of the disk protects.
#[derive(Debug, Default)]
pub(super) struct State {
    names: BTreeMap<String, u64>,
    /// Deleted without a folder sync: may be back after power loss.
    undead: Vec<(String, u64)>,
    inodes: BTreeMap<u64, Inode>,
    next: u64,
    changes: u64,
    cut_at: Option<u64>,
    off: bool,
    ignores_syncs: bool,
    capacity: Option<usize>,
}

/// A file with all that is attached to it.
#[derive(Debug, Default)]
pub(super) struct Inode {
    pub image: Image,
    pub locks: FileLocks,
    pub slots: SlotLocks,
    pub shared: ffi::SharedMemory,
}

static MOUNTED: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());

fn mounted() -> MutexGuard<'static, Vec<Arc<Disk>>> {
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// Puts an empty disk under a folder and makes the VFS known to SQLite.
    pub fn mount(folder: &Path) -> Arc<Self> {
        ffi::register();
        Self::put(folder.to_owned(), State::default())
    }

    fn put(folder: PathBuf, state: State) -> Arc<Self> {
        let disk = Arc::new(Self { folder, state: Mutex::new(state) });
        let mut all = mounted();
        all.retain(|d| d.folder != disk.folder);
        all.push(disk.clone());
        disk
    }

    /// The disk that holds a path.
    pub(super) fn of(path: &str) -> Option<Arc<Self>> {
        mounted().iter().find(|d| Path::new(path).starts_with(&d.folder)).cloned()
    }

    /// A disk of its own for a file without a name.
    pub(super) fn nameless() -> Arc<Self> {
        Arc::new(Self { folder: PathBuf::new(), state: Mutex::new(State::default()) })
    }

    /// Takes the disk away. Connections that are still open keep it alive.
    pub fn unmount(&self) {
        mounted().retain(|d| d.folder != self.folder);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the disk was changed so far: writes, truncations, syncs, creations and deletions.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// The power goes just before this change, counted over the whole life of the disk.
    pub fn cut_at(&self, change: u64) {
        self.lock().cut_at = Some(change);
    }

    /// The power goes now.
    pub fn cut(&self) {
        self.lock().off = true;
    }

    /// Whether the power is off.
    pub fn is_off(&self) -> bool {
        self.lock().off
    }

    /// From now on a sync is acknowledged and not done, as by a drive that lies.
    pub fn ignore_syncs(&self) {
        self.lock().ignores_syncs = true;
    }

    /// The files may hold so many bytes together; a write past that fails as on a full disk. `None`: no limit.
    pub fn set_capacity(&self, bytes: Option<usize>) {
        self.lock().capacity = bytes;
    }

    /// How many bytes the files hold together.
    pub fn used(&self) -> usize {
        self.lock().used()
    }

    /// Cuts the power and gives the disk as it is found afterwards, mounted under the same folder. The seed decides
    /// what became of all that was not synced. Connections to this disk only get errors from now on.
    pub fn power_loss(&self, seed: u64) -> Arc<Self> {
        let dice = Dice::new(seed);
        let mut state = self.lock();
        state.off = true;
        let mut found = State::default();
        for (name, inode) in &state.names {
            found.keep(name, state.inodes.get(inode).and_then(|i| i.image.after_power_loss(&dice)));
        }
        for (name, inode) in &state.undead {
            if !found.names.contains_key(name) && dice.chance(0.5) {
                found.keep(name, state.inodes.get(inode).and_then(|i| i.image.after_power_loss(&dice)));
            }
        }
        drop(state);
        Self::put(self.folder.clone(), found)
    }
}

impl State {
    fn keep(&mut self, name: &str, image: Option<Image>) {
        if let Some(image) = image {
            self.next += 1;
            self.names.insert(name.to_owned(), self.next);
            self.inodes.insert(self.next, Inode { image, ..Inode::default() });
        }
    }

    fn used(&self) -> usize {
        self.names.values().filter_map(|i| self.inodes.get(i)).map(|i| i.image.len()).sum()
    }

    /// A number that was not given before.
    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// An error once the power is off.
    pub fn powered(&self) -> Result<(), Refusal> {
        if self.off { Err(Refusal::Off) } else { Ok(()) }
    }

    /// Counts a change, and cuts the power when its turn has come.
    pub fn change(&mut self) -> Result<(), Refusal> {
        self.powered()?;
        self.changes += 1;
        if self.cut_at.is_some_and(|at| self.changes >= at) {
            self.off = true;
        }
        self.powered()
    }

    /// The file with this number.
    pub fn inode(&mut self, number: u64) -> Result<&mut Inode, Refusal> {
        self.powered()?;
        self.inodes.get_mut(&number).ok_or(Refusal::NoFile)
    }

    /// Whether there is a file of this name.
    pub fn exists(&self, name: &str) -> Result<bool, Refusal> {
        self.powered()?;
        Ok(self.names.contains_key(name))
    }

    /// Opens a file, or makes it. A file without a name is only reachable by its number.
    pub fn open(&mut self, name: Option<&str>, create: bool) -> Result<u64, Refusal> {
        self.powered()?;
        if let Some(number) = name.and_then(|n| self.names.get(n)) {
            return Ok(*number);
        }
        if !create {
            return Err(Refusal::NoFile);
        }
        self.change()?;
        let number = self.fresh();
        self.inodes.insert(number, Inode::default());
        if let Some(name) = name {
            self.names.insert(name.to_owned(), number);
        }
        Ok(number)
    }

    /// Removes a name.
    pub fn delete(&mut self, name: &str, durably: bool) -> Result<(), Refusal> {
        self.change()?;
        let number = self.names.remove(name).ok_or(Refusal::NoFile)?;
        self.undead.push((name.to_owned(), number));
        if durably && !self.ignores_syncs {
            self.sync_folder();
        }
        Ok(())
    }

    /// Writes into a file.
    pub fn write(&mut self, number: u64, at: usize, data: &[u8]) -> Result<(), Refusal> {
        self.change()?;
        let grows = (at + data.len()).saturating_sub(self.inode(number)?.image.len());
        if grows > 0 && self.capacity.is_some_and(|most| self.used() + grows > most) {
            return Err(Refusal::Full);
        }
        self.inode(number)?.image.write(at, data);
        Ok(())
    }

    /// Changes the length of a file.
    pub fn truncate(&mut self, number: u64, len: usize) -> Result<(), Refusal> {
        self.change()?;
        self.inode(number)?.image.truncate(len);
        Ok(())
    }

    /// Makes a file durable. The first time it makes the folder durable too: SQLite's Unix VFS syncs the folder with a
    /// new journal or WAL, and the file systems it runs on do so with any new file.
    pub fn sync(&mut self, number: u64) -> Result<(), Refusal> {
        self.change()?;
        if !self.ignores_syncs && self.inode(number)?.image.sync() {
            self.sync_folder();
        }
        Ok(())
    }

    fn sync_folder(&mut self) {
        self.undead.clear();
        for number in self.names.values() {
            if let Some(inode) = self.inodes.get_mut(number) {
                inode.image.list();
            }
        }
    }
}
