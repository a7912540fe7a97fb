//! Bringing a schema to the current format.

use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use super::{OpenError, writer};
use crate::log::handle::empty_trunk;

/// Every step, in order; the format number is how many were taken. Add steps, never edit one.
const STEPS: [&str; 1] = [include_str!("../../../../migrations/postgres/0001_log.sql")];
/// Keeps two processes from migrating at once: any fixed number that is ours.
const LOCK: i64 = 0xA1C0;

pub(super) async fn migrate(connection: &mut PgConnection, schema: &str) -> Result<(), OpenError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    // The schema's name was checked to hold lower-case letters, digits and underscores only.
    transaction.execute(format!("CREATE SCHEMA IF NOT EXISTS {schema}").as_str()).await?;
    transaction.execute("CREATE TABLE IF NOT EXISTS aico_format (number bigint NOT NULL)").await?;
    let row = sqlx::query("SELECT coalesce(max(number), 0) FROM aico_format").fetch_one(&mut *transaction).await?;
    let found: i64 = row.try_get(0)?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(OpenError::TooNew { found, known });
    }
    for (step, number) in STEPS.iter().zip(1i64..).skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute(*step).await?;
        sqlx::query("INSERT INTO aico_format VALUES ($1)").bind(number).execute(&mut *transaction).await?;
        if number == 1 {
            writer::put_branch(&mut transaction, &empty_trunk()).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_never_edited() {
        let digests: Vec<String> =
            STEPS.iter().map(|step| hex::encode(crate::codec::sha256(step.as_bytes()))).collect();
        insta::assert_json_snapshot!(digests);
    }
}
