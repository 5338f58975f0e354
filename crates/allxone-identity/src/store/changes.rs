//! What was put right about an account: which field, when and by whom. The old value is not kept; that is the point of a correction.

use allxone_contract::UtcMillis;
use sqlx::{AnyConnection, Row};

use super::users::metadata;
use super::{UserChange, new_id};
use crate::IdentityError;
use crate::user::Metadata;

/// Who changes an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum By {
    /// Whom it belongs to.
    #[default]
    Person,
    /// The operator, at the person's request.
    Operator,
    /// What another provider says at a sign-in.
    Provider,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Operator => "operator",
            Self::Provider => "provider",
        }
    }
}

/// The names of the fields that a change makes different.
pub(super) async fn corrections(
    tx: &mut AnyConnection,
    id: &str,
    change: &UserChange,
) -> Result<Vec<String>, IdentityError> {
    let row = sqlx::query("SELECT email, user_metadata FROM auth_users WHERE id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let email: Option<String> = row.try_get(0)?;
    let mut fields = Vec::new();
    if change.email.is_some() && change.email != email {
        fields.push("email".to_owned());
    }
    if change.password.is_some() {
        fields.push("password".to_owned());
    }
    if let Some(new) = &change.user_metadata {
        let old: Metadata = metadata(row.try_get(1)?)?;
        let changed = new.iter().filter(|(name, value)| old.get(*name) != Some(value)).map(|(name, _)| name);
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        fields.extend(changed.chain(gone).map(|name| format!("user_metadata.{name}")));
    }
    Ok(fields)
}

/// Notes the fields that were changed.
pub(super) async fn log(
    tx: &mut AnyConnection,
    user: &str,
    fields: &[String],
    by: By,
    now: UtcMillis,
) -> Result<(), IdentityError> {
    for field in fields {
        sqlx::query(
            "INSERT INTO auth_changes (id, user_id, field, changed_by, changed) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new_id())
        .bind(user)
        .bind(field)
        .bind(by.name())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
