//! The most an account wants to spend in a month: its own brake, beside what it has.

use allxone_contract::{AccountId, MilliCredits, UtcMillis};
use sqlx::{AnyConnection, Row};
use time::{OffsetDateTime, Time};

use super::balance::Balance;
use crate::ServiceError;
use crate::store::Store;

/// An account's cap, and what counts against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Month {
    pub(super) cap: Option<MilliCredits>,
    /// Charged in this month, and held now.
    pub(super) spent: MilliCredits,
}

/// How a month stands for an account.
pub(super) async fn month(
    connection: &mut AnyConnection,
    account: &AccountId,
    now: UtcMillis,
) -> Result<Month, ServiceError> {
    let row = sqlx::query(
        "SELECT b.month_cap, b.held, (
            SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM credit_postings p JOIN credit_entries e ON e.id = p.entry_id
            WHERE p.account_id = b.account_id AND p.book = 'usage' AND e.time >= $1) AS charged
         FROM credit_balances b WHERE b.account_id = $2",
    )
    .bind(beginning(now).0)
    .bind(account.as_str())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(Month { cap: None, spent: MilliCredits::FREE }) };
    let (held, charged): (i64, i64) = (row.try_get("held")?, row.try_get("charged")?);
    Ok(Month {
        cap: row.try_get::<Option<i64>, _>("month_cap")?.map(MilliCredits),
        spent: MilliCredits(held.saturating_add(charged)),
    })
}

/// When the month of a moment began.
fn beginning(now: UtcMillis) -> UtcMillis {
    let day = OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1_000)).and_then(|day| day.replace_day(1));
    // A time outside of every calendar has no month; all counts then.
    let first = day.map(|day| day.replace_time(Time::MIDNIGHT).unix_timestamp());
    UtcMillis(first.map_or(i64::MIN, |seconds| seconds.saturating_mul(1_000)))
}

impl Store {
    /// Sets or lifts the cap of an account.
    pub(crate) async fn cap_credits(
        &self,
        account: &AccountId,
        cap: Option<MilliCredits>,
    ) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        Balance::open(&mut tx, account).await?;
        sqlx::query("UPDATE credit_balances SET month_cap = $1 WHERE account_id = $2")
            .bind(cap.map(|cap| cap.0))
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_first_day() {
        // 2026-02-28T23:59:59Z, one second later, and a leap day.
        for (now, first) in [
            (1_772_323_199_000, 1_769_904_000_000),
            (1_772_323_200_000, 1_772_323_200_000),
            (1_709_164_800_001, 1_706_745_600_000),
        ] {
            assert_eq!(beginning(UtcMillis(now)), UtcMillis(first), "{now}");
        }
        assert_eq!(beginning(UtcMillis(i64::MAX)), UtcMillis(i64::MIN));
    }
}
