//! Queries that every read model shares. Each looks through a basis, so none can forget to.

use events::Position;
use events::log::BoxError;
use events::log::store::Stretch;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlitePool};

use super::{Kind, SeenRow};
use crate::basis::Basis;

/// In which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Oldest,
    Newest,
}

/// Which rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    pub kind: Kind,
    pub parent: &'a [u8],
    /// Only rows that sort after this.
    pub after: i64,
    /// Only rows that sort before this.
    pub before: i64,
    pub order: Order,
    pub limit: u32,
}

impl<'a> Scan<'a> {
    /// All rows under a parent, oldest first.
    pub(crate) fn all(kind: Kind, parent: &'a [u8]) -> Self {
        Self { kind, parent, after: i64::MIN, before: i64::MAX, order: Order::Oldest, limit: u32::MAX }
    }

    /// The newest rows under a parent, newest first.
    pub(crate) fn newest(kind: Kind, parent: &'a [u8], limit: u32) -> Self {
        Self { order: Order::Newest, limit, ..Self::all(kind, parent) }
    }
}

/// The condition that a version lies on the way to a basis, with the numbers to bind in order.
pub(super) fn visible(table: &str, lineage: &[Stretch]) -> (String, Vec<i64>) {
    if lineage.is_empty() {
        return ("0".to_owned(), vec![]);
    }
    let one = format!("({table}.branch = ? AND {table}.pos > ? AND {table}.pos <= ?)");
    let places = lineage.iter().flat_map(|s| [i64::from(s.branch.0), s.after.0 as i64, s.through.0 as i64]).collect();
    (format!("({})", vec![one; lineage.len()].join(" OR ")), places)
}

fn seen<T: DeserializeOwned>(row: &SqliteRow) -> Result<Option<SeenRow<T>>, BoxError> {
    let Some(value) = row.try_get::<Option<&[u8]>, _>(2)? else { return Ok(None) };
    let position = Position(row.try_get::<i64, _>(1)?.unsigned_abs());
    Ok(Some(SeenRow { key: row.try_get(0)?, position, value: serde_json::from_slice(value)? }))
}

pub(super) async fn get<T: DeserializeOwned>(
    pool: &SqlitePool,
    basis: &Basis,
    kind: Kind,
    key: &[u8],
) -> Result<Option<SeenRow<T>>, BoxError> {
    // Along a lineage positions only grow, so its last stretch that has the key has the newest version.
    for s in basis.lineage.iter().rev() {
        let sql = "SELECT key, pos, value FROM versions \
                   WHERE kind = ? AND key = ? AND branch = ? AND pos > ? AND pos <= ? ORDER BY pos DESC LIMIT 1";
        let found = sqlx::query(sql)
            .bind(kind)
            .bind(key)
            .bind(s.branch.0)
            .bind(s.after.0 as i64)
            .bind(s.through.0 as i64)
            .fetch_optional(pool)
            .await?;
        if let Some(row) = found {
            return seen(&row);
        }
    }
    Ok(None)
}

const NOT_SUPERSEDED: &str = "NOT EXISTS (SELECT 1 FROM versions n \
    WHERE n.kind = v.kind AND n.key = v.key AND n.pos > v.pos AND ";

pub(super) async fn scan<T: DeserializeOwned>(
    pool: &SqlitePool,
    basis: &Basis,
    scan: &Scan<'_>,
) -> Result<Vec<SeenRow<T>>, BoxError> {
    let (v, places) = visible("v", &basis.lineage);
    let (n, _) = visible("n", &basis.lineage);
    let direction = match scan.order {
        Order::Oldest => "ASC",
        Order::Newest => "DESC",
    };
    let sql = format!(
        "SELECT v.key, v.pos, v.value FROM versions v \
         WHERE v.kind = ? AND v.parent = ? AND v.sort > ? AND v.sort < ? AND {v} AND {NOT_SUPERSEDED}{n}) \
         ORDER BY v.sort {direction}, v.key {direction} LIMIT ?"
    );
    let mut query = sqlx::query(&sql).bind(scan.kind).bind(scan.parent).bind(scan.after).bind(scan.before);
    for place in places.iter().chain(&places) {
        query = query.bind(*place);
    }
    let rows = query.bind(i64::from(scan.limit)).fetch_all(pool).await?;
    rows.iter().filter_map(|row| seen(row).transpose()).collect()
}

pub(super) async fn count(pool: &SqlitePool, basis: &Basis, kind: Kind, parent: &[u8]) -> Result<u64, BoxError> {
    let (v, places) = visible("v", &basis.lineage);
    let (n, _) = visible("n", &basis.lineage);
    let sql = format!(
        "SELECT count(*) FROM versions v \
         WHERE v.kind = ? AND v.parent = ? AND v.value IS NOT NULL AND {v} AND {NOT_SUPERSEDED}{n})"
    );
    let mut query = sqlx::query(&sql).bind(kind).bind(parent);
    for place in places.iter().chain(&places) {
        query = query.bind(*place);
    }
    Ok(query.fetch_one(pool).await?.try_get::<i64, _>(0)?.unsigned_abs())
}
