//! What an account allowed and accepted. Rows are only ever added; what holds is the newest of its purpose.

use allxone_contract::{
    Acceptance, AcceptanceRequest, AccountId, Consent, ConsentId, ConsentList, ConsentPurpose,
    ConsentRequest, ConsentState, ConsentSurface, Policy, Sha256, UtcMillis,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Store;
use super::rows::{count, name, read};
use crate::ServiceError;

impl Store {
    /// Everything an account allowed, took back and accepted, oldest first.
    pub(crate) async fn consents(&self, account: &AccountId) -> Result<ConsentList, ServiceError> {
        let mut tx = self.readers.begin().await?;
        let rows = sqlx::query(
            "SELECT id, purpose, version, state, text_version, text_sha256, locale, surface, app_version, time FROM consents
             WHERE account_id = $1 ORDER BY time, id",
        )
        .bind(account.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let consents = rows.iter().map(consent).collect::<Result<_, _>>()?;
        let rows = sqlx::query(
            "SELECT policy, version, sha256, locale, app_version, time FROM acceptances WHERE account_id = $1 ORDER BY time, policy",
        )
        .bind(account.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let acceptances = rows.iter().map(acceptance).collect::<Result<_, _>>()?;
        Ok(ConsentList { consents, acceptances })
    }

    /// Records a decision and, when it takes a grant back, removes everything that was given under one. A decision that is the newest already
    /// is not recorded again.
    pub(crate) async fn decide(
        &self,
        account: &AccountId,
        decision: &ConsentRequest,
        now: UtcMillis,
    ) -> Result<Consent, ServiceError> {
        let mut tx = self.begin().await?;
        let before = newest(&mut tx, account, decision.purpose).await?;
        if let Some(before) = &before
            && before.decision == *decision
        {
            return Ok(before.clone());
        }
        let version = before.map_or(1, |before| before.version.saturating_add(1));
        let consent = Consent { id: ConsentId::new(), version, decision: decision.clone(), time: now };
        insert(&mut tx, account, &consent).await?;
        if !consent.is_grant() {
            remove_given(&mut tx, account, decision.purpose).await?;
        }
        tx.commit().await?;
        if !consent.is_grant() {
            self.fold_log().await;
        }
        Ok(consent)
    }

    /// Takes back whatever an account allows, because it is being deleted.
    pub(crate) async fn withdraw_all(&self, account: &AccountId, now: UtcMillis) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        for purpose in ConsentPurpose::ALL {
            let Some(before) = newest(&mut tx, account, purpose).await?.filter(Consent::is_grant) else {
                continue;
            };
            let decision = ConsentRequest {
                state: ConsentState::Withdrawn,
                surface: ConsentSurface::Deletion,
                ..before.decision
            };
            let version = before.version.saturating_add(1);
            insert(&mut tx, account, &Consent { id: ConsentId::new(), version, decision, time: now }).await?;
            remove_given(&mut tx, account, purpose).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Records that a text was accepted; once for each version.
    pub(crate) async fn accept(
        &self,
        account: &AccountId,
        accepted: &AcceptanceRequest,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        sqlx::query(
            "INSERT INTO acceptances (account_id, policy, version, sha256, locale, app_version, time) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT DO NOTHING",
        )
        .bind(account.as_str())
        .bind(name(&accepted.policy)?)
        .bind(accepted.version.as_str())
        .bind(accepted.sha256.to_string())
        .bind(accepted.locale.as_str())
        .bind(accepted.app_version.as_str())
        .bind(now.0)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Whether an account accepted exactly this text.
    pub(crate) async fn has_accepted(
        &self,
        account: &AccountId,
        policy: &Policy,
    ) -> Result<bool, ServiceError> {
        let row = sqlx::query("SELECT 1 FROM acceptances WHERE account_id = $1 AND policy = $2 AND version = $3 AND sha256 = $4")
            .bind(account.as_str())
            .bind(name(&policy.kind)?)
            .bind(policy.version.as_str())
            .bind(policy.sha256.to_string())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }
}

/// The grant `id` of an account, when it is the one that holds for `purpose`. Part of a transaction.
pub(super) async fn live(
    tx: &mut AnyConnection,
    account: &AccountId,
    purpose: ConsentPurpose,
    id: ConsentId,
) -> Result<Option<Consent>, ServiceError> {
    let newest = newest(tx, account, purpose).await?;
    Ok(newest.filter(|newest| newest.is_grant() && newest.id == id))
}

async fn newest(
    tx: &mut AnyConnection,
    account: &AccountId,
    purpose: ConsentPurpose,
) -> Result<Option<Consent>, ServiceError> {
    let row = sqlx::query(
        "SELECT id, purpose, version, state, text_version, text_sha256, locale, surface, app_version, time FROM consents
         WHERE account_id = $1 AND purpose = $2 ORDER BY version DESC LIMIT 1",
    )
    .bind(account.as_str())
    .bind(name(&purpose)?)
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(consent).transpose()
}

async fn insert(tx: &mut AnyConnection, account: &AccountId, consent: &Consent) -> Result<(), ServiceError> {
    let ConsentRequest { purpose, state, text_version, text_sha256, locale, surface, app_version } =
        &consent.decision;
    sqlx::query(
        "INSERT INTO consents (id, account_id, purpose, version, state, text_version, text_sha256, locale, surface, app_version, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(consent.id.to_string())
    .bind(account.as_str())
    .bind(name(purpose)?)
    .bind(i64::from(consent.version))
    .bind(name(state)?)
    .bind(text_version.as_str())
    .bind(text_sha256.to_string())
    .bind(locale.as_str())
    .bind(name(surface)?)
    .bind(app_version.as_str())
    .bind(consent.time.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes what was given under a purpose. Nothing else refers to it, so it is gone at once.
async fn remove_given(
    tx: &mut AnyConnection,
    account: &AccountId,
    purpose: ConsentPurpose,
) -> Result<(), ServiceError> {
    let sql = match purpose {
        ConsentPurpose::AiTraining => "DELETE FROM training_items WHERE account_id = $1",
        ConsentPurpose::UsageStatistics => "DELETE FROM statistics WHERE account_id = $1",
    };
    sqlx::query(sql).bind(account.as_str()).execute(tx).await?;
    Ok(())
}

fn consent(row: &AnyRow) -> Result<Consent, ServiceError> {
    Ok(Consent {
        id: read(row, "id")?,
        version: count(row, "version")?,
        decision: ConsentRequest {
            purpose: read(row, "purpose")?,
            state: read(row, "state")?,
            text_version: row.try_get("text_version")?,
            text_sha256: read::<Sha256>(row, "text_sha256")?,
            locale: row.try_get("locale")?,
            surface: read(row, "surface")?,
            app_version: row.try_get("app_version")?,
        },
        time: UtcMillis(row.try_get("time")?),
    })
}

fn acceptance(row: &AnyRow) -> Result<Acceptance, ServiceError> {
    Ok(Acceptance {
        accepted: AcceptanceRequest {
            policy: read(row, "policy")?,
            version: row.try_get("version")?,
            sha256: read(row, "sha256")?,
            locale: row.try_get("locale")?,
            app_version: row.try_get("app_version")?,
        },
        time: UtcMillis(row.try_get("time")?),
    })
}
