//! Which models the partners have, what each takes and costs: data, because names and prices of models change within months. A model that
//! does not stand here is refused, never replaced by another.

use allxone_contract::ModelCard;
use serde::Deserialize;

use super::PartnerKind;
use crate::ServiceError;

/// One model of a partner.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Model {
    /// Who has it.
    pub(crate) partner: PartnerKind,
    /// What the partner calls it.
    pub(crate) wire: String,
    /// ComfyUI's graph for a request with a mask; `wire` is the one for a request without.
    #[serde(default)]
    pub(crate) with_mask: Option<String>,
    /// The checkpoint that is put into ComfyUI's graph; unset, it is the partner's, or the first on the machine.
    #[serde(default)]
    pub(crate) checkpoint: Option<String>,
    /// How carefully it is asked to work, in the partner's word, where it has one.
    #[serde(default)]
    pub(crate) quality: Option<String>,
    /// Most pixels of a result.
    #[serde(default)]
    pub(crate) max_pixels: Option<u64>,
    /// How many times longer than the other a side of a result may be.
    #[serde(default)]
    pub(crate) max_ratio: Option<u32>,
    /// What people and programs are told of it.
    #[serde(flatten)]
    pub(crate) card: ModelCard,
}

/// All models.
#[derive(Clone)]
pub(crate) struct Catalogue(Vec<Model>);

impl Default for Catalogue {
    /// The models this program was built with.
    fn default() -> Self {
        // Compiled in; a test reads it.
        Self(
            toml::from_str::<File>(include_str!("catalogue.toml")).map(|file| file.model).unwrap_or_default(),
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    model: Vec<Model>,
}

impl Catalogue {
    /// Adds a model, in place of the one of the same id if there is one.
    pub(crate) fn put(&mut self, model: Model) -> Result<(), ServiceError> {
        model.check()?;
        self.0.retain(|known| known.card.id != model.card.id);
        self.0.push(model);
        Ok(())
    }

    /// The models of a partner.
    pub(crate) fn of(&self, partner: PartnerKind) -> Vec<Model> {
        self.0.iter().filter(|model| model.partner == partner).cloned().collect()
    }
}

impl Model {
    /// What has to hold of every entry: names lead to the partner, numbers make sense.
    fn check(&self) -> Result<(), ServiceError> {
        let Self { partner, wire, card, .. } = self;
        let wrong = |what: &str| Err(ServiceError::PartnersFile(format!("the model {} {what}", card.id)));
        if !card.id.as_str().starts_with(&format!("{}/", partner.id())) {
            return wrong("must have an id that begins with its partner's name");
        }
        let plain = |text: &str| {
            !text.is_empty()
                && text.len() <= 128
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/:".contains(&b))
        };
        let further = [&self.quality, &self.with_mask, &self.checkpoint];
        let further = further.into_iter().flatten().all(|name| plain(name));
        if !plain(wire) || !plain(card.id.as_str()) || !further {
            return wrong("has a name with other characters than letters, digits and ._-/:");
        }
        if card.count.min == 0 || card.count.min > card.count.max || card.inputs.min > card.inputs.max {
            return wrong("has a range of counts that nothing fits in");
        }
        if card.size.is_some_and(|size| size.multiple_of == 0 || size.min_side > size.max_side) {
            return wrong("has a range of sizes that nothing fits in");
        }
        Ok(())
    }

    /// The graphs it names.
    pub(crate) fn graphs(&self) -> impl Iterator<Item = &str> {
        [Some(self.wire.as_str()), self.with_mask.as_deref()].into_iter().flatten()
    }

    /// What is wrong with a size the card's own rule lets through.
    pub(crate) fn size_fault(&self, width: u32, height: u32) -> Option<String> {
        if let Some(most) = self.max_ratio
            && width.max(height) > width.min(height).saturating_mul(most)
        {
            return Some(format!("One side may be at most {most} times as long as the other."));
        }
        let pixels = u64::from(width) * u64::from(height);
        let most = self.max_pixels.filter(|most| pixels > *most)?;
        Some(format!("{} makes at most {most} pixels; {width} × {height} has more.", self.card.name))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use allxone_contract::{Field, JobRequest, Size};

    #[test]
    fn every_known_model_is_whole_and_takes_its_plainest_request() {
        let file: File = toml::from_str(include_str!("catalogue.toml")).unwrap();
        for model in &file.model {
            model.check().unwrap();
            let card = &model.card;
            let mut request = JobRequest::new(card.operation, card.id.clone());
            if card.fields.contains(&Field::Prompt) {
                request.prompt = "a fox".to_owned();
            }
            request.factor = card.factors.first().copied();
            request.inputs = (0..card.inputs.min)
                .map(|_| allxone_contract::InputRef {
                    sha256: allxone_contract::Sha256::of(b"x"),
                    role: allxone_contract::InputRole::Init,
                })
                .collect();
            assert_eq!(card.faults(&request), [], "{}", card.id);
            if let Some(Size { width, height }) = card.size.map(|rule| rule.default) {
                assert_eq!(model.size_fault(width, height), None, "{}", card.id);
            }
            assert!(file.model.iter().filter(|other| other.card.id == card.id).count() == 1, "{}", card.id);
        }
        assert_eq!(Catalogue::default().0.len(), file.model.len());
        for kind in PartnerKind::ALL {
            assert!(!Catalogue::default().of(kind).is_empty(), "{kind}");
        }
    }

    #[test]
    fn an_operators_model_replaces_the_known_one_and_has_to_make_sense() {
        let mut catalogue = Catalogue::default();
        let before = catalogue.0.len();
        let mut model = catalogue.0[0].clone();
        model.wire = "another".to_owned();
        catalogue.put(model.clone()).unwrap();
        assert_eq!(catalogue.0.len(), before);
        assert!(catalogue.of(model.partner).iter().any(|known| known.wire == "another"));
        for broken in [
            Model { wire: "two words".to_owned(), ..model.clone() },
            Model { wire: String::new(), ..model.clone() },
            Model { card: ModelCard { id: "elsewhere/x".into(), ..model.card.clone() }, ..model.clone() },
        ] {
            assert!(catalogue.put(broken).is_err());
        }
    }
}
