//! Bringing a database file to the current format.

use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::{OpenError, writer};
use crate::log::handle::empty_trunk;

/// Every step, in order; the format number is how many were taken. Add steps, never edit one.
const STEPS: [&str; 1] = [include_str!("../../../../migrations/sqlite/0001_log.sql")];

/// The format of today.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *connection).await?.try_get(0)?;
    if found > KNOWN {
        return Err(OpenError::TooNew { found, known: KNOWN });
    }
    for (step, number) in STEPS.iter().zip(1i64..).skip(usize::try_from(found).unwrap_or(0)) {
        // One transaction per step, the number included: a crash leaves a whole step or none.
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(step).execute(&mut *transaction).await?;
        let set_number = format!("PRAGMA user_version = {number}");
        sqlx::raw_sql(&set_number).execute(&mut *transaction).await?;
        if number == 1 {
            writer::put_branch(&mut transaction, &empty_trunk()).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step that was released is history: databases out there were made by it.
    #[test]
    fn steps_are_never_edited() {
        let digests: Vec<String> =
            STEPS.iter().map(|step| hex::encode(crate::codec::sha256(step.as_bytes()))).collect();
        insta::assert_json_snapshot!(digests);
    }
}
