//! The graphs ComfyUI is handed: three that this program brings along, and a person's own, exported from ComfyUI in its API format with
//! slots put where a request's values go.

use std::collections::BTreeMap;
use std::path::Path;

use allxone_contract::Field;
use allxone_egress::{Template, TemplateFault};
use serde_json::Value;

use super::PartnerKind;
use super::catalogue::Model;
use crate::ServiceError;

/// Every slot a request can fill.
const SLOTS: [&str; 10] = [
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "count",
    "seed",
    "strength",
    "image",
    "mask",
    "checkpoint",
];

/// The graphs of this program.
const BUILT_IN: [(&str, &str); 3] = [
    ("txt2img", include_str!("graphs/txt2img.json")),
    ("img2img", include_str!("graphs/img2img.json")),
    ("inpaint", include_str!("graphs/inpaint.json")),
];

/// Graphs by their names: those of this program, and files by the names the operator's file calls them.
#[derive(Clone)]
pub(crate) struct Graphs(BTreeMap<String, Template>);

impl Default for Graphs {
    fn default() -> Self {
        // Compiled in; a test reads them.
        let read = |(name, text): (&str, &'static str)| {
            Template::built_in(text).ok().map(|graph| (name.to_owned(), graph))
        };
        Self(BUILT_IN.into_iter().filter_map(read).collect())
    }
}

impl Graphs {
    /// The graph of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Template> {
        self.0.get(name)
    }

    /// Reads the graphs a model names from files in `folder`, unless they are known, and sees that they have a slot for whatever the
    /// model takes.
    pub(crate) fn take_in(&mut self, model: &Model, folder: &Path) -> Result<(), ServiceError> {
        if model.partner != PartnerKind::ComfyUi {
            return Ok(());
        }
        for name in model.graphs() {
            if !self.0.contains_key(name) {
                let graph = Template::read(&folder.join(name)).and_then(whole);
                let graph = graph.map_err(|fault| {
                    ServiceError::PartnersFile(format!("the graph {name} does not read: {fault}"))
                })?;
                self.0.insert(name.to_owned(), graph);
            }
        }
        self.check(model)
    }

    fn check(&self, model: &Model) -> Result<(), ServiceError> {
        for name in model.graphs() {
            let Some(graph) = self.get(name) else { continue };
            let wrong = |what: String| Err(ServiceError::PartnersFile(format!("the graph {name} {what}")));
            if let Some(unknown) = graph.slots().iter().find(|slot| !SLOTS.contains(&slot.as_str())) {
                return wrong(format!("has a slot that nothing fills: {unknown}"));
            }
            let masked = model.with_mask.as_deref() == Some(name);
            if graph.has("mask") && !masked {
                return wrong("has a slot for a mask, so a model names it as `with_mask`".to_owned());
            }
            if let Some(missing) = needed(model, masked).find(|slot| !graph.has(slot)) {
                return wrong(format!("has no slot for what {} takes: {missing}", model.card.id));
            }
        }
        Ok(())
    }
}

/// The slots a model's graph has to have.
fn needed(model: &Model, masked: bool) -> impl Iterator<Item = &'static str> {
    let slots = model.card.fields.iter().flat_map(move |field| -> &[&str] {
        match field {
            Field::Prompt => &["prompt"],
            Field::NegativePrompt => &["negative_prompt"],
            Field::Size => &["width", "height"],
            Field::Seed => &["seed"],
            Field::Strength => &["strength"],
            Field::Inputs => &["image"],
            Field::Mask if masked => &["mask"],
            _ => &[],
        }
    });
    slots.copied().chain((model.card.count.max > 1).then_some("count"))
}

/// A graph in ComfyUI's API format: nodes by their ids, each with its class and inputs.
fn whole(graph: Template) -> Result<Template, TemplateFault> {
    let node = |node: &Value| {
        node.get("class_type").is_some_and(Value::is_string)
            && node.get("inputs").is_some_and(Value::is_object)
    };
    let nodes = graph.object().as_object().is_some_and(|nodes| nodes.values().all(node));
    if nodes { Ok(graph) } else { Err(TemplateFault::NotAnObject) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::partners::catalogue::Catalogue;

    fn model(wire: &str) -> Model {
        let all = Catalogue::default().of(PartnerKind::ComfyUi);
        let model = all.into_iter().find(|model| model.card.id.as_str() == "comfyui/img2img").unwrap();
        Model { wire: wire.to_owned(), ..model }
    }

    #[test]
    fn every_graph_of_this_program_is_whole_and_fits_its_models() {
        let graphs = Graphs::default();
        assert_eq!(graphs.0.len(), BUILT_IN.len());
        for graph in graphs.0.values() {
            whole(graph.clone()).unwrap();
        }
        for model in Catalogue::default().of(PartnerKind::ComfyUi) {
            assert!(model.graphs().all(|name| graphs.get(name).is_some()), "{}", model.card.id);
            graphs.check(&model).unwrap();
        }
    }

    #[test]
    fn a_persons_own_graph_is_read_and_has_to_have_the_slots_its_model_fills() {
        let dir = tempfile::tempdir().unwrap();
        let put = |text: &str| std::fs::write(dir.path().join("own.json"), text).unwrap();
        let read =
            |model: &Model| Graphs::default().take_in(model, dir.path()).map_err(|error| error.to_string());
        let good = include_str!("graphs/img2img.json");
        put(good);
        read(&model("own.json")).unwrap();
        for (text, told) in [
            (good.replace("{{seed}}", "7"), "seed"),
            (good.replace("{{checkpoint}}", "{{lora}}"), "lora"),
            (good.replace("{{checkpoint}}", "{{mask}}"), "with_mask"),
            (good.replace("{{prompt}}", "{{prompt}}, in oil"), "whole of a value"),
            (r#"{"nodes": [], "links": []}"#.to_owned(), "no JSON object"),
            ("picture.png".to_owned(), "no JSON object"),
        ] {
            put(&text);
            let error = read(&model("own.json")).unwrap_err();
            assert!(error.contains(told) && error.contains("own.json"), "{error}");
        }
        assert!(read(&model("missing.json")).unwrap_err().contains("cannot be read"));
    }
}
