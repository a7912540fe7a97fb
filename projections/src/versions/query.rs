//! Queries that every read model shares. Each looks through a basis, so none can forget to.

use events::Position;
use events::log::BoxError;
use events::log::store::Stretch;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use serde::de::DeserializeOwned;

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

/// Rows counted over a stretch of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub bucket: usize,
    pub count: u64,
    pub first: Position,
    pub last: Position,
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

const NOT_SUPERSEDED: &str = "NOT EXISTS (SELECT 1 FROM versions n \
    WHERE n.kind = v.kind AND n.key = v.key AND n.pos > v.pos AND ";

/// The index holds only rows with a parent, and is used only where the question says the same.
fn indexed(parent: &[u8]) -> &'static str {
    if parent.is_empty() { "" } else { " AND v.parent <> x''" }
}

/// A row in the columns key, pos, value; `None` when the value says that it has ended.
fn seen<T: DeserializeOwned>(row: &Row<'_>) -> Result<Option<SeenRow<T>>, BoxError> {
    let Some(value) = row.get_ref(2)?.as_blob_or_null()? else { return Ok(None) };
    let position = Position(row.get::<_, i64>(1)?.unsigned_abs());
    Ok(Some(SeenRow { key: row.get(0)?, position, value: serde_json::from_slice(value)? }))
}

/// The rows as seen from a basis. Any number of questions through one view costs one connection and no waiting.
pub(crate) struct View<'a> {
    pub(super) connection: &'a Connection,
    pub(super) basis: &'a Basis,
}

impl View<'_> {
    /// The version of a key that holds.
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        kind: Kind,
        key: impl AsRef<[u8]>,
    ) -> Result<Option<SeenRow<T>>, BoxError> {
        let mut query = self.connection.prepare_cached(
            "SELECT key, pos, value FROM versions \
             WHERE kind = ? AND key = ? AND branch = ? AND pos > ? AND pos <= ? ORDER BY pos DESC LIMIT 1",
        )?;
        // Along a lineage positions only grow, so its last stretch that has the key has the newest version.
        for s in self.basis.lineage.iter().rev() {
            let place = params![kind, key.as_ref(), s.branch.0, s.after.0 as i64, s.through.0 as i64];
            if let Some(found) = query.query_row(place, |row| Ok(seen(row))).optional()? {
                return found;
            }
        }
        Ok(None)
    }

    /// The rows under a parent, each in the version that holds.
    pub(crate) fn scan<T: DeserializeOwned>(&self, scan: &Scan<'_>) -> Result<Vec<SeenRow<T>>, BoxError> {
        let (v, places) = visible("v", &self.basis.lineage);
        let (n, _) = visible("n", &self.basis.lineage);
        let direction = match scan.order {
            Order::Oldest => "ASC",
            Order::Newest => "DESC",
        };
        let indexed = indexed(scan.parent);
        let sql = format!(
            "SELECT v.key, v.pos, v.value FROM versions v \
             WHERE v.kind = ? AND v.parent = ?{indexed} AND v.sort > ? AND v.sort < ? AND v.value IS NOT NULL AND {v} \
             AND {NOT_SUPERSEDED}{n}) \
             ORDER BY v.sort {direction}, v.key {direction} LIMIT ?"
        );
        // Rows are sorted by the position they were stored at, so what came after the basis need not be walked over.
        let before = scan.before.min((self.basis.position.0 as i64).saturating_add(1));
        let first = [scan.kind.into(), scan.parent.to_vec().into(), scan.after.into(), before.into()];
        let places = places.iter().chain(&places).map(|p| Value::from(*p));
        self.rows(&sql, first.into_iter().chain(places).chain([i64::from(scan.limit).into()]))
    }

    /// The rows whose keys begin so, in key order. For rows that have one version each.
    pub(crate) fn beginning<T: DeserializeOwned>(
        &self,
        kind: Kind,
        prefix: &[u8],
    ) -> Result<Vec<SeenRow<T>>, BoxError> {
        let (v, places) = visible("v", &self.basis.lineage);
        let sql = format!(
            "SELECT v.key, v.pos, v.value FROM versions v \
             WHERE v.kind = ? AND v.key >= ? AND v.key < ? AND {v} ORDER BY v.key"
        );
        // No key goes on with so many of the highest byte: behind a prefix stands a position.
        let end = [prefix, &[0xFF; 16]].concat();
        let first = [kind.into(), prefix.to_vec().into(), end.into()];
        self.rows(&sql, first.into_iter().chain(places.into_iter().map(Value::from)))
    }

    fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        params: impl Iterator<Item = Value>,
    ) -> Result<Vec<SeenRow<T>>, BoxError> {
        let mut query = self.connection.prepare_cached(sql)?;
        let mut found = query.query(params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.extend(seen(row)?);
        }
        Ok(rows)
    }

    /// How many rows under a parent lie in each of so many equal stretches of positions up to `head`; empty stretches are
    /// left out. For rows that have one version each.
    pub(crate) fn tally(&self, kind: Kind, parent: &[u8], head: u64, buckets: u64) -> Result<Vec<Tally>, BoxError> {
        let (v, places) = visible("v", &self.basis.lineage);
        // The bucket that goes through `(i + 1) * head / buckets`, rounded down, is the first that reaches the position.
        let sql = format!(
            "SELECT (v.pos * ? - 1) / ? AS bucket, count(*), min(v.pos), max(v.pos) FROM versions v \
             WHERE v.kind = ? AND v.parent = ?{} AND {v} GROUP BY bucket",
            indexed(parent)
        );
        let (head, buckets) = (i64::try_from(head)?.max(1), i64::try_from(buckets)?);
        let first = [buckets.into(), head.into(), kind.into(), Value::from(parent.to_vec())];
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(first.into_iter().chain(places.into_iter().map(Value::from))))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Tally {
                bucket: usize::try_from(row.get::<_, i64>(0)?)?,
                count: row.get::<_, i64>(1)?.unsigned_abs(),
                first: Position(row.get::<_, i64>(2)?.unsigned_abs()),
                last: Position(row.get::<_, i64>(3)?.unsigned_abs()),
            });
        }
        Ok(found)
    }

    /// How many rows under a parent hold.
    pub(crate) fn count(&self, kind: Kind, parent: &[u8]) -> Result<u64, BoxError> {
        let (v, places) = visible("v", &self.basis.lineage);
        let (n, _) = visible("n", &self.basis.lineage);
        let indexed = indexed(parent);
        let sql = format!(
            "SELECT count(*) FROM versions v \
             WHERE v.kind = ? AND v.parent = ?{indexed} AND v.value IS NOT NULL AND {v} AND {NOT_SUPERSEDED}{n})"
        );
        let first = [Value::from(kind), parent.to_vec().into()];
        let places = places.iter().chain(&places).map(|p| Value::from(*p));
        let mut query = self.connection.prepare_cached(&sql)?;
        let count: i64 = query.query_row(params_from_iter(first.into_iter().chain(places)), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }
}
