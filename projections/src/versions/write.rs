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
