//! What whole-system tests share: disks that lose power, writers whose appends are recognised, a walk that believes
//! nothing.

pub mod keys;
pub mod postgres;
pub mod seeds;
pub mod vfs;
pub mod walk;
pub mod writer;
