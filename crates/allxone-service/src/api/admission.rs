//! Whether content of an account is taken at all, before it is read or judged.

use allxone_contract::{AccountId, ProblemCode};

use super::refusal::{Answer, Refusal};
use crate::backend::Backend;

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;

/// Lets content of an account in: at a service offered to others, once its texts are accepted; and not while the account tries again and
/// again what the safety check stops. The owner of the computer, who has its token, is not counted.
pub(crate) async fn admit(backend: &Backend, account: &AccountId) -> Answer<()> {
    if !backend.has_accepted(account).await? {
        return Err(Refusal::acceptance_needed());
    }
    if *account == AccountId::local() {
        return Ok(());
    }
    let since = backend.clock.now().plus(-HOUR_MILLIS);
    if backend.store.strikes(account, since).await? < i64::from(backend.limits.strikes_an_hour) {
        return Ok(());
    }
    let detail = "The safety check stopped too much of this account within an hour, so it takes a pause. Nothing was kept. Read the \
                  acceptable use policy and try again in an hour.";
    let mut refusal = Refusal::new(ProblemCode::Busy, detail);
    refusal.0.retry_after = Some(3_600);
    Err(refusal)
}
