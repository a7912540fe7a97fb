//! A full disk is said so, loses nothing, and is over when there is room again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use events::log::Log;
use events::log::sqlite::SqliteOptions;
use events::{AppendError, Code, EventLog, SystemClock, SystemEntropy};
use system_tests::keys::DerivedKeys;
use system_tests::vfs::{Disk, VFS};
use system_tests::walk::{Acknowledged, Walk, expect_readable};
use system_tests::writer::Writer;

#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_append_and_all_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount(folder.path());
    let options = SqliteOptions { vfs: Some(VFS.to_owned()), ..SqliteOptions::new(folder.path().join("log.db")) };
    let log =
        Log::sqlite(&options, Arc::new(DerivedKeys), Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap();
    let mut acknowledged = Vec::new();
    for (round, room) in [100_000, 0, 50_000].into_iter().enumerate() {
        disk.set_capacity(Some(disk.used() + room));
        // A writer of its own per round: the refused append is not in its stream.
        let mut writer = Writer::new(round as u64, 3_000);
        let refused = loop {
            let append = writer.compose();
            let command = append.command_id;
            match log.append(append).await {
                Ok(done) => acknowledged.push(Acknowledged { command, first: done.first, count: done.count }),
                Err(error) => break (command, error),
            }
            assert!(acknowledged.len() < 1_000, "the disk never fills");
        };
        assert!(matches!(refused.1, AppendError::DiskFull), "{:?}", refused.1);
        assert_eq!(refused.1.code(), Code::DiskFull);
        assert_eq!(log.outcome(refused.0).await.unwrap(), None, "nothing of it was kept");
        disk.set_capacity(None);
        let append = Writer::new(100 + round as u64, 3_000).compose();
        let command = append.command_id;
        let done = log.append(append).await.expect("there is room again");
        acknowledged.push(Acknowledged { command, first: done.first, count: done.count });
    }
    let mut walk = Walk::default();
    walk.advance(&log).await.unwrap();
    walk.expect(&acknowledged).unwrap();
    expect_readable(&log, walk.position(), 64).await.unwrap();
    log.close().await.unwrap();
    disk.unmount();
}
