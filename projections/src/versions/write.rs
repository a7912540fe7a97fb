//! Many rows in key order.

use events::log::BoxError;
use events::{BranchId, Position};
use rusqlite::{Connection, params};

use super::NewRow;

/// Stores rows and the checkpoint that they lead to, in one transaction.
pub(super) fn store(
    connection: &mut Connection,
    branch: BranchId,
    mut rows: Vec<NewRow>,
    checkpoint: Position,
) -> Result<(), BoxError> {
    // In the order of the table, neighbours go into the same page. The sort is stable: of two puts of one key at one
    // position the later one counts.
    rows.sort_by(|a, b| (a.kind, &a.key, a.position).cmp(&(b.kind, &b.key, b.position)));
    let transaction = connection.transaction()?;
    {
        let sql =
            "INSERT OR REPLACE INTO versions (kind, key, branch, pos, parent, sort, value) VALUES (?,?,?,?,?,?,?)";
        let mut insert = transaction.prepare_cached(sql)?;
        for row in &rows {
            let at = row.position.0 as i64;
            insert.execute(params![row.kind, row.key, branch.0, at, row.parent, row.sort, row.value])?;
        }
        let sql = "INSERT OR REPLACE INTO checkpoints (branch, pos) VALUES (?, ?)";
        transaction.prepare_cached(sql)?.execute([i64::from(branch.0), checkpoint.0 as i64])?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &[u8], at: u64) -> NewRow {
        NewRow::new(1, key, Position(at), b"p", &()).unwrap()
    }

    #[test]
    fn rows_and_checkpoint_come_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = super::super::prepared(&folder.path().join("rows")).unwrap();
        let state = |file: &Connection| -> (i64, i64) {
            let rows = file.query_row("SELECT count(*) FROM versions", [], |r| r.get(0)).unwrap();
            (rows, file.query_row("SELECT coalesce(max(pos), 0) FROM checkpoints", [], |r| r.get(0)).unwrap())
        };
        store(&mut file, BranchId::MAIN, vec![row(b"a", 1)], Position(1)).unwrap();
        for table in ["versions", "checkpoints"] {
            let refuse = "WHEN NEW.pos = 3 BEGIN SELECT RAISE(ABORT, 'refused'); END";
            file.execute_batch(&format!("CREATE TEMP TRIGGER stop BEFORE INSERT ON {table} {refuse}")).unwrap();
            let rows = vec![row(b"b", 2), row(b"c", 3)];
            assert!(store(&mut file, BranchId::MAIN, rows, Position(3)).is_err());
            assert_eq!(state(&file), (1, 1), "refused in {table}");
            file.execute_batch("DROP TRIGGER stop").unwrap();
        }
        store(&mut file, BranchId::MAIN, vec![row(b"b", 2), row(b"c", 3)], Position(3)).unwrap();
        assert_eq!(state(&file), (3, 3));
    }
}
