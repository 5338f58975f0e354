//! Who runs the service and with whose help: what `GET /about` tells, and what a hosted service must have before it may start.
//!
//! The list of processors is a registry, not a page: a partner that works elsewhere names its entry, and one without an entry is never made.

use std::collections::BTreeMap;

use allxone_contract::{Agreement, Operator, OperatorKind, Processor, ProcessorRole};
use serde::Deserialize;

use crate::{PartnerKind, ServiceError};

/// Who runs a service, with whose help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorConfig {
    /// Who.
    pub operator: Operator,
    /// With whose help.
    pub processors: Vec<Processor>,
    /// Whether jobs cost credits. Without, what a model costs is what its owner pays elsewhere.
    pub credits: bool,
}

impl OperatorConfig {
    /// The person at this computer, who needs nobody's help.
    pub fn this_computer() -> Self {
        let name = "The owner of this computer".to_owned();
        Self {
            operator: Operator { kind: OperatorKind::ThisComputer, name, contact: None },
            processors: Vec::new(),
            credits: false,
        }
    }

    /// The same person, who has own keys at these partners.
    ///
    /// # Errors
    /// [`ServiceError::UnknownProcessor`] for a partner that the list of known processors lacks.
    pub fn with_own_keys(mut self, partners: &[PartnerKind]) -> Result<Self, ServiceError> {
        let known: BTreeMap<String, Known> = toml::from_str(include_str!("../processors.toml"))
            .map_err(|error| ServiceError::OperatorFile(error.message().to_owned()))?;
        for partner in partners.iter().filter(|partner| !partner.is_ones_own()) {
            let Known { name, role, sees } = known
                .get(partner.id())
                .cloned()
                .ok_or_else(|| ServiceError::UnknownProcessor(partner.id().to_owned()))?;
            let theirs = format!("As your own contract with {name} says; AllXOne has none with it");
            self.processors.push(Processor {
                id: partner.id().to_owned(),
                name,
                role,
                sees,
                region: theirs.clone(),
                retention: theirs,
                // Nobody here knows the contract, so the worse is assumed.
                trains_on_data: true,
                agreement: None,
            });
        }
        Ok(self)
    }

    /// Reads an operator's file:
    ///
    /// ```toml
    /// kind = "hosted"            # or "self_hosted"
    /// name = "Example Ltd"
    /// contact = "privacy@example.org"
    /// credits = true             # accounts pay for jobs with credits
    ///
    /// [[processor]]
    /// id = "stripe"
    /// region = "European Union"
    /// retention = "As long as the law on payments asks"
    /// trains_on_data = false
    /// agreement = { link = "https://example.org/agreement", date = "2026-04-01" }
    /// ```
    ///
    /// What several nodes share stands in the same file ([`Shared::read`](crate::Shared::read)).
    ///
    /// # Errors
    /// [`ServiceError::OperatorFile`] when it cannot be read; [`ServiceError::NoContact`] and [`ServiceError::NoAgreement`] when a hosted
    /// service lacks what it must have.
    pub fn read(text: &str) -> Result<Self, ServiceError> {
        let unreadable = |error: toml::de::Error| ServiceError::OperatorFile(error.message().to_owned());
        let file: File = toml::from_str(text).map_err(unreadable)?;
        let known: BTreeMap<String, Known> =
            toml::from_str(include_str!("../processors.toml")).map_err(unreadable)?;
        let processors =
            file.processor.into_iter().map(|entry| entry.whole(&known)).collect::<Result<_, _>>()?;
        let config = Self {
            operator: Operator { kind: file.kind, name: file.name, contact: file.contact },
            processors,
            credits: file.credits,
        };
        config.check()?;
        Ok(config)
    }

    /// Whether a service may start with this.
    pub(crate) fn check(&self) -> Result<(), ServiceError> {
        if self.operator.kind != OperatorKind::Hosted {
            return Ok(());
        }
        if self
            .operator
            .contact
            .as_deref()
            .is_none_or(|contact| !contact.contains('@') || contact.trim() != contact)
        {
            return Err(ServiceError::NoContact);
        }
        let signed =
            |agreement: &Agreement| agreement.link.starts_with("https://") && is_date(&agreement.date);
        match self.processors.iter().find(|processor| !processor.agreement.as_ref().is_some_and(signed)) {
            Some(processor) => Err(ServiceError::NoAgreement(processor.id.clone())),
            None => Ok(()),
        }
    }

    /// The entry of a processor.
    pub(crate) fn processor(&self, id: &str) -> Result<&Processor, ServiceError> {
        let found = self.processors.iter().find(|processor| processor.id == id);
        found.ok_or_else(|| ServiceError::UnknownProcessor(id.to_owned()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: OperatorKind,
    name: String,
    contact: Option<String>,
    #[serde(default)]
    credits: bool,
    #[serde(default)]
    processor: Vec<Entry>,
    /// What several nodes share; read by [`Shared`](crate::Shared).
    #[serde(rename = "database")]
    _database: Option<String>,
    #[serde(rename = "objects")]
    _objects: Option<toml::Table>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    name: String,
    role: ProcessorRole,
    sees: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: Option<String>,
    role: Option<ProcessorRole>,
    sees: Option<String>,
    region: String,
    retention: String,
    trains_on_data: bool,
    agreement: Option<Agreement>,
}

impl Entry {
    fn whole(self, known: &BTreeMap<String, Known>) -> Result<Processor, ServiceError> {
        let Self { id, name, role, sees, region, retention, trains_on_data, agreement } = self;
        let usual = known.get(&id).cloned();
        let (name, role, sees) = match (usual, name, role, sees) {
            (Some(usual), name, role, sees) => {
                (name.unwrap_or(usual.name), role.unwrap_or(usual.role), sees.unwrap_or(usual.sees))
            }
            (None, Some(name), Some(role), Some(sees)) => (name, role, sees),
            _ => {
                let lacks =
                    format!("the processor `{id}` is not a known one, so it needs `name`, `role` and `sees`");
                return Err(ServiceError::OperatorFile(lacks));
            }
        };
        Ok(Processor { id, name, role, sees, region, retention, trains_on_data, agreement })
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number =
        |part: &str, digits: usize| (part.len() == digits).then(|| part.parse::<u32>().ok()).flatten();
    match parts.as_slice() {
        [year, month, day] => {
            let fits = |found: Option<u32>, most: u32| found.is_some_and(|found| (1..=most).contains(&found));
            number(year, 4).is_some() && fits(number(month, 2), 12) && fits(number(day, 2), 31)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HOSTED: &str = "kind = 'hosted'\nname = 'Example'\ncontact = 'privacy@example.org'\n";
    const STRIPE: &str =
        "[[processor]]\nid = 'stripe'\nregion = 'EU'\nretention = 'x'\ntrains_on_data = false\n";

    fn code(text: &str) -> &'static str {
        OperatorConfig::read(text).map_or_else(|error| error.code(), |_| "fine")
    }

    #[test]
    fn a_hosted_service_needs_a_contact_and_an_agreement_with_everybody() {
        assert_eq!(code(HOSTED), "fine");
        for contact in ["", "contact = ''\n", "contact = 'nobody'\n"] {
            assert_eq!(
                code(&format!("kind = 'hosted'\nname = 'Example'\n{contact}")),
                "no_contact",
                "{contact}"
            );
        }
        assert_eq!(code(&format!("{HOSTED}{STRIPE}")), "no_agreement");
        for (agreement, verdict) in [
            ("{ link = 'https://example.org/dpa', date = '2026-04-01' }", "fine"),
            ("{ link = 'http://example.org/dpa', date = '2026-04-01' }", "no_agreement"),
            ("{ link = 'https://example.org/dpa', date = 'soon' }", "no_agreement"),
            ("{ link = 'https://example.org/dpa', date = '2026-13-01' }", "no_agreement"),
        ] {
            assert_eq!(code(&format!("{HOSTED}{STRIPE}agreement = {agreement}\n")), verdict, "{agreement}");
        }
        // Somebody's own server is their own contract.
        assert_eq!(code(&format!("kind = 'self_hosted'\nname = 'Me'\n{STRIPE}")), "fine");
    }

    #[test]
    fn a_processor_is_a_known_one_or_described_whole() {
        let read = OperatorConfig::read(&format!("kind = 'self_hosted'\nname = 'Me'\n{STRIPE}")).unwrap();
        assert_eq!(read.processor("stripe").unwrap().role, ProcessorRole::Payment);
        assert_eq!(read.processor("paddle").unwrap_err().code(), "unknown_processor");
        let stranger = STRIPE.replace("stripe", "stranger");
        assert_eq!(code(&format!("kind = 'self_hosted'\nname = 'Me'\n{stranger}")), "operator_file");
        let whole = format!(
            "kind = 'self_hosted'\nname = 'Me'\n{stranger}name = 'S'\nrole = 'ai_partner'\nsees = 'Prompts'\n"
        );
        assert_eq!(code(&whole), "fine");
        assert_eq!(code("kind = 'hosted'\nname = 'x'\ncolour = 'red'\n"), "operator_file");
    }
}
