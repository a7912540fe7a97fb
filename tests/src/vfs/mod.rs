//! A disk that loses power, below the real SQLite.
//!
//! A SQLite VFS named [`VFS`] keeps every file of a mounted folder in memory twice: as programs see it, and as it
//! would be found after the power went. A write reaches the second only through `xSync`. [`Disk::power_loss`] drops,
//! tears, garbles and reorders what was not synced, as the seed says, and gives the disk that is found afterwards.
//!
//! What the model promises is what SQLite asks of a file system with power-safe overwrite (its default on Unix): a
//! write touches no byte outside its range, a sync covers all earlier writes of that file, and with a new file the
//! entries of its folder, as a delete with a folder sync does. It promises nothing about order between files or within one.

mod dice;
mod disk;
mod ffi;
mod image;
mod locks;

pub use disk::Disk;

/// The name to give to `SqliteConnectOptions::vfs`.
pub const VFS: &str = "aico-power-loss";
