//! What the operator sells and through whom: one file, with the secrets in files or in the environment beside it.

use std::collections::BTreeMap;
use std::path::Path;

use allxone_contract::{
    BillingPlan, BillingPlanId, BillingPlanKind, Currency, MilliCredits, Money, PaymentProvider, TaxWording,
};
use allxone_identity::{SecretPlace, SecretText};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

/// What a service sells, and through whom.
#[derive(Clone)]
pub struct Payments {
    pub(crate) plans: Vec<Offer>,
    pub(crate) providers: Vec<ProviderConfig>,
    /// The address people reach the service's own pages at; the one it listens on when there is none.
    pub(crate) address: Option<Url>,
    /// Whether money moves.
    pub(crate) live: bool,
    /// Whether the provider works out the tax.
    pub(crate) automatic_tax: bool,
}

/// A plan and what each provider calls it.
#[derive(Clone)]
pub(crate) struct Offer {
    pub(crate) plan: BillingPlan,
    pub(crate) prices: BTreeMap<PaymentProvider, String>,
    /// Whether it is kept only for those who pay for it already.
    pub(crate) retired: bool,
}

/// How one provider is spoken to.
#[derive(Clone)]
pub(crate) struct ProviderConfig {
    pub(crate) name: PaymentProvider,
    /// Where its interface is; its usual place when there is none.
    pub(crate) address: Option<Url>,
    /// The public half of what it knows us by, where there is one.
    pub(crate) key_id: Option<String>,
    pub(crate) secret: Secret,
    /// What its messages are signed with; several while one replaces another.
    pub(crate) webhook_secrets: Vec<Secret>,
}

/// A secret. Has no text form.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentsError {
    /// It, or a secret beside it, cannot be read.
    #[error("The file {0} cannot be read. Check its path and its permissions. Nothing was started.")]
    Unreadable(String),
    /// Something in it is not as it must be.
    #[error("The description of plans and payment providers cannot be used: {0} Nothing was started.")]
    Wrong(String),
}

impl PaymentsError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "payments_unreadable",
            Self::Wrong(_) => "payments_file",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    live: bool,
    address: Option<Url>,
    #[serde(default)]
    automatic_tax: bool,
    #[serde(default)]
    plan: Vec<PlanEntry>,
    stripe: Option<ProviderEntry>,
    paddle: Option<ProviderEntry>,
    razorpay: Option<ProviderEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanEntry {
    id: BillingPlanId,
    kind: BillingPlanKind,
    name: String,
    credits: u32,
    amount: i64,
    currency: Currency,
    tax: TaxWording,
    valid_days: Option<u32>,
    prices: BTreeMap<PaymentProvider, String>,
    #[serde(default)]
    retired: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderEntry {
    address: Option<Url>,
    key_id: Option<String>,
    secret: Option<SecretText>,
    secret_file: Option<String>,
    secret_env: Option<String>,
    webhook_secret: Option<SecretText>,
    webhook_secret_file: Option<String>,
    webhook_secret_env: Option<String>,
}

fn wrong(text: impl Into<String>) -> PaymentsError {
    PaymentsError::Wrong(text.into())
}

impl Payments {
    /// Reads the file (`docs/PAYMENTS.md` describes it).
    ///
    /// # Errors
    /// [`PaymentsError`] says what is wrong; no secret is in it.
    pub fn read(path: &Path) -> Result<Self, PaymentsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|_| PaymentsError::Unreadable(path.display().to_string()))?;
        // The parser's own message may quote a line with a secret in it.
        let unread = |error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(0, |before| before.lines().count());
            wrong(format!("it is not as described in the documentation (near line {line})."))
        };
        let file: File = toml::from_str(&text).map_err(unread)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let mut providers = Vec::new();
        for (name, entry) in [
            (PaymentProvider::Stripe, file.stripe),
            (PaymentProvider::Paddle, file.paddle),
            (PaymentProvider::Razorpay, file.razorpay),
        ] {
            providers.extend(entry.map(|entry| provider(name, entry, folder)).transpose()?);
        }
        let plans = plans(file.plan, &providers)?;
        if let Some(address) = &file.address {
            check_address(address)?;
        }
        let (live, automatic_tax) = (file.live, file.automatic_tax);
        Ok(Self { plans, providers, address: file.address, live, automatic_tax })
    }

    /// The plan of this name.
    pub(crate) fn offer(&self, id: &BillingPlanId) -> Option<&Offer> {
        self.plans.iter().find(|offer| offer.plan.id == *id)
    }

    /// The plan a provider knows under this name.
    pub(crate) fn offer_of(&self, provider: PaymentProvider, price: &str) -> Option<&Offer> {
        self.plans.iter().find(|offer| offer.prices.get(&provider).is_some_and(|known| known == price))
    }
}

fn plans(entries: Vec<PlanEntry>, providers: &[ProviderConfig]) -> Result<Vec<Offer>, PaymentsError> {
    let mut plans: Vec<Offer> = Vec::with_capacity(entries.len());
    for entry in entries {
        let PlanEntry { id, kind, name, credits, amount, currency, tax, valid_days, prices, retired } = entry;
        if plans.iter().any(|other| other.plan.id == id) {
            return Err(wrong(format!("the plan {id} is in it twice.")));
        }
        if credits == 0 || amount <= 0 || name.trim().is_empty() || name.len() > 80 {
            return Err(wrong(format!(
                "the plan {id} needs a name of at most 80 bytes, credits and an amount."
            )));
        }
        for (provider, price) in &prices {
            let plain = (1..=128).contains(&price.len())
                && price.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            let known = providers.iter().any(|one| one.name == *provider);
            if !plain || !known {
                return Err(wrong(format!(
                    "the plan {id} names a price of {provider}, which is not plain or not described."
                )));
            }
            if plans.iter().any(|other| other.prices.get(provider) == Some(price)) {
                return Err(wrong(format!("the price {price} of {provider} belongs to two plans.")));
            }
        }
        if prices.is_empty() {
            return Err(wrong(format!("nobody can take the payment for the plan {id}.")));
        }
        let plan = BillingPlan {
            id,
            kind,
            name,
            credits: MilliCredits(i64::from(credits) * 1_000),
            price: Money { amount, currency },
            tax,
            valid_days,
            providers: prices.keys().copied().collect(),
        };
        plans.push(Offer { plan, prices, retired });
    }
    Ok(plans)
}

fn provider(
    name: PaymentProvider,
    entry: ProviderEntry,
    folder: &Path,
) -> Result<ProviderConfig, PaymentsError> {
    let told = |error: allxone_identity::OutsideError| match error {
        allxone_identity::OutsideError::Unreadable(file) => PaymentsError::Unreadable(file),
        other => wrong(format!("{name}: {}", other.reason())),
    };
    let secret = SecretPlace { here: entry.secret, file: entry.secret_file, env: entry.secret_env };
    let webhook = SecretPlace {
        here: entry.webhook_secret,
        file: entry.webhook_secret_file,
        env: entry.webhook_secret_env,
    };
    let secret = secret.read("secret", folder).map_err(told)?;
    let several = webhook.read("webhook_secret", folder).map_err(told)?;
    let webhook_secrets: Vec<Secret> =
        several.split_whitespace().map(|one| Secret(Zeroizing::new(one.to_owned()))).collect();
    if webhook_secrets.is_empty() || webhook_secrets.iter().any(|one| one.expose().len() < 16) {
        return Err(wrong(format!("{name}: a webhook secret has at least 16 characters.")));
    }
    if let Some(address) = &entry.address {
        check_address(address)?;
    }
    if (name == PaymentProvider::Razorpay) != entry.key_id.is_some() && name != PaymentProvider::Paddle {
        return Err(wrong(format!("{name}: `key_id` belongs to Razorpay, and to Paddle's page.")));
    }
    Ok(ProviderConfig {
        name,
        address: entry.address,
        key_id: entry.key_id,
        secret: Secret(secret),
        webhook_secrets,
    })
}

fn check_address(address: &Url) -> Result<(), PaymentsError> {
    let here = matches!(address.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let fits = address.scheme() == "https" || (address.scheme() == "http" && here);
    if fits { Ok(()) } else { Err(wrong(format!("{address} must begin with https://."))) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PLAN: &str = "[[plan]]\nid = 'pack'\nkind = 'pack'\nname = '500 credits'\ncredits = 500\namount = 999\ncurrency = 'EUR'\ntax = 'included'\n\
                        prices = { stripe = 'price_1' }\n";
    const STRIPE: &str =
        "[stripe]\nsecret_file = 'secret'\nwebhook_secret = 'rose-hip-and-nettle another-rose-hip-tea'\n";

    fn read(text: &str) -> Result<Payments, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("secret"), "of-no-use\n").unwrap();
        std::fs::write(dir.path().join("payments.toml"), text).unwrap();
        Payments::read(&dir.path().join("payments.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_names_plans_and_providers_and_keeps_secrets_beside_itself() {
        let read = read(&format!("live = false\n{PLAN}{STRIPE}")).unwrap();
        let offer = read.offer_of(PaymentProvider::Stripe, "price_1").unwrap();
        assert_eq!(offer.plan.credits, MilliCredits(500_000));
        assert_eq!(offer.plan.providers, [PaymentProvider::Stripe]);
        assert_eq!(read.providers[0].secret.expose(), "of-no-use");
        assert_eq!(read.providers[0].webhook_secrets.len(), 2);
        assert!(!read.live);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        let twice = format!("live = false\n{PLAN}{PLAN}{STRIPE}");
        for wrong in [
            &format!("{PLAN}{STRIPE}"),
            &format!("live = false\n{PLAN}"),
            &twice,
            &format!("live = false\n{}{STRIPE}", PLAN.replace("999", "0")),
            &format!("live = false\n{}{STRIPE}", PLAN.replace("EUR", "EURO")),
            &format!("live = false\n{}{STRIPE}", PLAN.replace("price_1", "price 1")),
            &format!(
                "live = false\n{PLAN}{}",
                STRIPE.replace("rose-hip-and-nettle another-rose-hip-tea", "short")
            ),
            &format!("live = false\n{PLAN}{STRIPE}address = 'http://pay.example'\n"),
            &format!("live = false\n{PLAN}{STRIPE}secret = 'rose-hip'\n"),
            &format!("live = false\n{PLAN}{STRIPE}unknown = 'rose-hip'\n"),
        ] {
            let error = read(wrong).err().unwrap_or_else(|| panic!("{wrong}"));
            assert!(error.ends_with("Nothing was started.") && !error.contains("rose-hip"), "{error}");
        }
    }
}
