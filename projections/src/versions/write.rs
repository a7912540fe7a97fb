//! Many rows in few statements.

use events::BranchId;
use sqlx::SqliteConnection;

use super::NewRow;

/// Rows per statement. Fixed sizes keep the prepared statements few.
const CHUNKS: [usize; 3] = [64, 8, 1];

pub(super) async fn rows(
    connection: &mut SqliteConnection,
    branch: BranchId,
    mut rows: &[NewRow],
) -> Result<(), sqlx::Error> {
    for size in CHUNKS {
        if rows.len() < size {
            continue;
        }
        let values = vec!["(?,?,?,?,?,?,?)"; size].join(",");
        // Two puts of one key at one position: the later one counts.
        let sql =
            format!("INSERT OR REPLACE INTO versions (kind, key, branch, pos, parent, sort, value) VALUES {values}");
        while rows.len() >= size {
            let (chunk, rest) = rows.split_at(size);
            let mut query = sqlx::query(&sql);
            for row in chunk {
                query = query
                    .bind(row.kind)
                    .bind(&row.key[..])
                    .bind(branch.0)
                    .bind(row.position.0 as i64)
                    .bind(&row.parent[..])
                    .bind(row.sort)
                    .bind(&row.value[..]);
            }
            query.execute(&mut *connection).await?;
            rows = rest;
        }
    }
    Ok(())
}
