//! Nothing acknowledged is lost when the power goes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// The log on a disk that loses power at a change that the seed chooses, again and again on the same disk.
mod log {
    use std::path::Path;
    use std::sync::Arc;

    use events::log::sqlite::{SqliteOptions, SqliteSynchronous};
    use events::log::{Log, sqlite::OpenError};
    use events::{AppendError, EventLog, SystemClock, SystemEntropy};
    use system_tests::keys::DerivedKeys;
    use system_tests::seeds::Seeds;
    use system_tests::vfs::{Disk, VFS};
    use system_tests::walk::{Acknowledged, Walk, expect_readable};
    use system_tests::writer::Writer;

    /// Writers at the same time, so that commits are groups.
    const WRITERS: u64 = 6;
    /// Power losses that one disk goes through.
    const LOSSES: u64 = 3;
    /// Length of a text. Sealing is slow in a build without optimisation, and more bytes show nothing more.
    const BODY: usize = 400;
    /// Appends of each writer in a short run, and in one that fills the write-ahead log (4,000 pages) so that it
    /// is copied into the database and begun anew while writers go on.
    const SHORT: usize = 50;
    const LONG: usize = 320;

    #[derive(Clone, Copy)]
    struct Case {
        synchronous: SqliteSynchronous,
        appends: usize,
    }

    async fn open(folder: &Path, synchronous: SqliteSynchronous) -> Result<Log, OpenError> {
        let options =
            SqliteOptions { synchronous, vfs: Some(VFS.to_owned()), ..SqliteOptions::new(folder.join("log.db")) };
        Log::sqlite(&options, Arc::new(DerivedKeys), Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// Appends until all is written or the power goes; gives what was acknowledged.
    async fn append(folder: &Path, case: Case, seed: u64) -> Vec<Acknowledged> {
        // The power may go while the file is being made.
        let Ok(log) = open(folder, case.synchronous).await else { return Vec::new() };
        let tasks: Vec<_> = (0..WRITERS)
            .map(|number| {
                let log = log.clone();
                tokio::spawn(async move {
                    let mut writer = Writer::new(seed.wrapping_mul(WRITERS) + number, BODY);
                    let mut acknowledged = Vec::new();
                    for _ in 0..case.appends {
                        let append = writer.compose();
                        let command = append.command_id;
                        match log.append(append).await {
                            Ok(done) => {
                                assert!(!done.repeated, "a new command is not repeated");
                                acknowledged.push(Acknowledged { command, first: done.first, count: done.count });
                            }
                            Err(AppendError::Unknown(_) | AppendError::Closed) => break,
                            Err(other) => panic!("not what lost power looks like: {other:?}"),
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        // Without power it cannot be closed in order, and its connections only get errors from now on.
        let _closed = log.close().await;
        all
    }

    /// Opens what the power left and looks for everything that was ever acknowledged.
    async fn check(folder: &Path, case: Case, acknowledged: &[Acknowledged]) -> Result<(), String> {
        let log = open(folder, case.synchronous).await.map_err(|e| format!("cannot be opened: {e:?}"))?;
        let mut walk = Walk::default();
        let found = async {
            walk.advance(&log).await?;
            walk.expect(acknowledged)?;
            expect_readable(&log, walk.position(), 64).await?;
            for ack in acknowledged.iter().rev().take(8) {
                let outcome = log.outcome(ack.command).await.map_err(|e| format!("{e:?}"))?;
                if outcome.map(|o| (o.first, o.count)) != Some((ack.first, ack.count)) {
                    return Err(format!("{ack:?} was acknowledged, its outcome is {outcome:?}"));
                }
            }
            Ok(())
        }
        .await;
        log.close().await.map_err(|e| format!("cannot be closed: {e:?}"))?;
        found
    }

    /// One disk and its losses; the error says what acknowledged thing is gone, or what is damaged.
    async fn life(case: Case, seed: u64, changes: u64) -> Result<usize, String> {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::mount(folder.path());
        let mut acknowledged = Vec::new();
        for loss in 0..LOSSES {
            let at = Seeds::mix(seed, loss) % changes;
            disk.cut_at(disk.changes() + 1 + at);
            acknowledged.extend(append(folder.path(), case, Seeds::mix(seed, loss)).await);
            disk = disk.power_loss(Seeds::mix(seed, loss));
            let found = check(folder.path(), case, &acknowledged).await;
            found.map_err(|what| format!("seed {seed}, loss {loss}, cut at change {at}: {what}"))?;
        }
        disk.unmount();
        Ok(acknowledged.len())
    }

    /// How many changes the disk sees when the power stays on.
    async fn changes_with_power(case: Case) -> u64 {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::mount(folder.path());
        let acknowledged = append(folder.path(), case, 0).await;
        assert_eq!(acknowledged.len(), case.appends * WRITERS as usize);
        check(folder.path(), case, &acknowledged).await.unwrap();
        disk.unmount();
        disk.changes()
    }

    /// Gives how many appends were acknowledged in all.
    async fn lives(case: Case, seeds: impl Iterator<Item = u64>) -> usize {
        let changes = changes_with_power(case).await;
        let mut acknowledged = 0;
        for seed in seeds {
            acknowledged += life(case, seed, changes).await.unwrap_or_else(|what| panic!("{what}"));
        }
        acknowledged
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_acknowledged_is_lost() {
        let case = Case { synchronous: SqliteSynchronous::Full, appends: SHORT };
        let acknowledged = lives(case, Seeds::from_environment("AICO_POWER_SEEDS", 40)).await;
        assert!(acknowledged > 1_000, "only {acknowledged} acknowledged: the power goes too early to show much");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_acknowledged_is_lost_while_the_write_ahead_log_begins_anew() {
        let case = Case { synchronous: SqliteSynchronous::Full, appends: LONG };
        let acknowledged = lives(case, Seeds::from_environment("AICO_POWER_LONG_SEEDS", 6)).await;
        assert!(acknowledged > 1_000, "only {acknowledged} acknowledged: the power goes too early to show much");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn without_synchronisation_the_same_harness_finds_losses() {
        let case = Case { synchronous: SqliteSynchronous::Off, appends: SHORT };
        let changes = changes_with_power(case).await;
        let mut losses = Vec::new();
        for seed in Seeds::first(12) {
            losses.extend(life(case, seed, changes).await.err());
        }
        assert!(!losses.is_empty(), "the harness keeps what nobody synced");
    }
}

/// The model itself, tried with plain SQLite: it must neither lose what is safe nor keep what is not.
mod model {
    use std::path::Path;

    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
    use sqlx::{Connection, Row};
    use system_tests::vfs::{Disk, VFS};

    struct Case {
        journal: SqliteJournalMode,
        synchronous: SqliteSynchronous,
    }

    async fn open(folder: &Path, case: &Case) -> Result<SqliteConnection, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("plain.db"))
            .create_if_missing(true)
            .journal_mode(case.journal)
            .synchronous(case.synchronous)
            .vfs(VFS);
        SqliteConnection::connect_with(&options).await
    }

    /// Commits rows 1, 2, 3 ... until the power goes; gives the last acknowledged one.
    async fn write_rows(folder: &Path, case: &Case) -> i64 {
        let mut acknowledged = 0;
        let Ok(mut connection) = open(folder, case).await else { return 0 };
        if sqlx::query("CREATE TABLE t (n INTEGER PRIMARY KEY, body BLOB)").execute(&mut connection).await.is_ok() {
            for n in 1..400i64 {
                let done =
                    sqlx::query("INSERT INTO t VALUES (?, zeroblob(20000))").bind(n).execute(&mut connection).await;
                if done.is_err() {
                    break;
                }
                acknowledged = n;
            }
        }
        // The connection of a machine without power cannot be closed in order.
        let _lost = connection.close().await;
        acknowledged
    }

    /// The number of rows that are found, which must be 1, 2, 3 ... without a gap; `None` when the file is damaged.
    async fn found_rows(folder: &Path, case: &Case) -> Option<i64> {
        let mut connection = open(folder, case).await.ok()?;
        let healthy: String =
            sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await.ok()?.try_get(0).ok()?;
        let Ok(row) = sqlx::query("SELECT count(*), coalesce(max(n), 0) FROM t").fetch_one(&mut connection).await
        else {
            // Not even the table: the power went before it was committed.
            connection.close().await.unwrap();
            return Some(0);
        };
        connection.close().await.unwrap();
        let (count, last): (i64, i64) = (row.get(0), row.get(1));
        (healthy == "ok" && count == last).then_some(last)
    }

    /// Cuts the power of one machine per seed; gives the seeds that lost something acknowledged or left damage.
    async fn losses(case: Case, seeds: std::ops::Range<u64>) -> Vec<u64> {
        let folder = tempfile::tempdir().unwrap();
        let whole = {
            let disk = Disk::mount(folder.path());
            assert_eq!(write_rows(folder.path(), &case).await, 399, "with power all rows are written");
            disk.changes()
        };
        let mut lost = Vec::new();
        for seed in seeds {
            let disk = Disk::mount(folder.path());
            disk.cut_at(1 + seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) % whole);
            let acknowledged = write_rows(folder.path(), &case).await;
            let after = disk.power_loss(seed);
            match found_rows(folder.path(), &case).await {
                Some(found) if found >= acknowledged => {}
                _ => lost.push(seed),
            }
            after.unmount();
        }
        lost
    }

    #[tokio::test]
    async fn wal_with_full_sync_loses_nothing() {
        let case = Case { journal: SqliteJournalMode::Wal, synchronous: SqliteSynchronous::Full };
        assert_eq!(losses(case, 0..60).await, [0u64; 0], "seeds that lost something");
    }

    #[tokio::test]
    async fn rollback_journal_with_full_sync_loses_nothing() {
        let case = Case { journal: SqliteJournalMode::Delete, synchronous: SqliteSynchronous::Extra };
        assert_eq!(losses(case, 0..60).await, [0u64; 0], "seeds that lost something");
    }

    #[tokio::test]
    async fn wal_with_normal_sync_loses_the_end() {
        let case = Case { journal: SqliteJournalMode::Wal, synchronous: SqliteSynchronous::Normal };
        assert_ne!(losses(case, 0..60).await, [0u64; 0], "the model keeps what nobody synced");
    }

    #[tokio::test]
    async fn wal_without_sync_loses_the_end() {
        let case = Case { journal: SqliteJournalMode::Wal, synchronous: SqliteSynchronous::Off };
        assert_ne!(losses(case, 0..60).await, [0u64; 0], "the model keeps what nobody synced");
    }
}
