//! The locks that connections of one machine hold on a file, and its shared memory.

/// How many lock slots the shared memory of a WAL has (`SQLITE_SHM_NLOCK`).
pub const SLOTS: usize = 8;

/// The lock levels of a database file, in SQLite's order and numbers.
pub mod level {
    /// Nothing is held.
    pub const NONE: i32 = 0;
    /// May read.
    pub const SHARED: i32 = 1;
    /// Will write, others may read.
    pub const RESERVED: i32 = 2;
    /// Waits for readers to go.
    pub const PENDING: i32 = 3;
    /// May write.
    pub const EXCLUSIVE: i32 = 4;
}

/// Who holds what on one database file. A holder is the number of an open file.
#[derive(Debug, Default)]
pub struct FileLocks {
    held: Vec<(u64, i32)>,
}

impl FileLocks {
    /// Tries to raise a holder's lock; gives whether it worked. A wish for `EXCLUSIVE` that fails leaves `PENDING`.
    pub fn raise(&mut self, who: u64, wanted: i32) -> bool {
        let mine = self.level(who);
        if mine >= wanted {
            return true;
        }
        let others = self.held.iter().filter(|(holder, _)| *holder != who).map(|(_, level)| *level);
        let highest = others.clone().max().unwrap_or(level::NONE);
        let granted = match wanted {
            level::SHARED => highest < level::PENDING,
            level::RESERVED => highest < level::RESERVED,
            _ => highest == level::NONE,
        };
        if granted {
            self.set(who, wanted);
        } else if wanted == level::EXCLUSIVE && highest < level::RESERVED {
            self.set(who, level::PENDING);
        }
        granted
    }

    /// Lowers a holder's lock.
    pub fn lower(&mut self, who: u64, to: i32) {
        if self.level(who) > to {
            self.set(who, to);
        }
    }

    /// Whether anybody holds `RESERVED` or more.
    pub fn reserved(&self) -> bool {
        self.held.iter().any(|(_, level)| *level >= level::RESERVED)
    }

    fn level(&self, who: u64) -> i32 {
        self.held.iter().find(|(holder, _)| *holder == who).map_or(level::NONE, |(_, level)| *level)
    }

    fn set(&mut self, who: u64, to: i32) {
        self.held.retain(|(holder, _)| *holder != who);
        if to > level::NONE {
            self.held.push((who, to));
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Slot {
    shared: Vec<u64>,
    exclusive: Option<u64>,
}

/// Who holds which slot of the shared memory.
#[derive(Debug, Default)]
pub struct SlotLocks {
    slots: [Slot; SLOTS],
}

impl SlotLocks {
    /// Tries to share `n` slots from `first`.
    pub fn share(&mut self, who: u64, first: usize, n: usize) -> bool {
        let range = &mut self.slots[first..first + n];
        if range.iter().any(|s| s.exclusive.is_some_and(|holder| holder != who)) {
            return false;
        }
        for slot in range {
            if !slot.shared.contains(&who) {
                slot.shared.push(who);
            }
        }
        true
    }

    /// Tries to own `n` slots from `first` alone.
    pub fn own(&mut self, who: u64, first: usize, n: usize) -> bool {
        let range = &mut self.slots[first..first + n];
        let foreign = |s: &Slot| {
            s.exclusive.is_some_and(|holder| holder != who) || s.shared.iter().any(|holder| *holder != who)
        };
        if range.iter().any(foreign) {
            return false;
        }
        range.iter_mut().for_each(|slot| slot.exclusive = Some(who));
        true
    }

    /// Gives `n` slots from `first` back.
    pub fn release(&mut self, who: u64, first: usize, n: usize) {
        for slot in &mut self.slots[first..first + n] {
            slot.shared.retain(|holder| *holder != who);
            if slot.exclusive == Some(who) {
                slot.exclusive = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reserves_while_others_read() {
        let mut locks = FileLocks::default();
        assert!(locks.raise(1, level::SHARED) && locks.raise(2, level::SHARED));
        assert!(locks.raise(1, level::RESERVED) && locks.reserved());
        assert!(!locks.raise(2, level::RESERVED));
        assert!(!locks.raise(1, level::EXCLUSIVE));
        assert!(!locks.raise(3, level::SHARED), "a pending writer keeps new readers out");
        locks.lower(2, level::NONE);
        assert!(locks.raise(1, level::EXCLUSIVE));
        locks.lower(1, level::NONE);
        assert!(!locks.reserved() && locks.raise(3, level::SHARED));
    }

    #[test]
    fn slots_are_shared_or_owned() {
        let mut slots = SlotLocks::default();
        assert!(slots.share(1, 3, 1) && slots.share(2, 3, 1));
        assert!(!slots.own(1, 3, 1));
        slots.release(2, 3, 1);
        assert!(slots.own(1, 0, 8));
        assert!(!slots.share(2, 7, 1));
        slots.release(1, 0, 8);
        assert!(slots.own(2, 0, 8));
    }
}
