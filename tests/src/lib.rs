//! What whole-system tests share: disks that lose power, processes that die.

pub mod vfs;
