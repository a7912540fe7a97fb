//! Nothing acknowledged is lost when the power goes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
