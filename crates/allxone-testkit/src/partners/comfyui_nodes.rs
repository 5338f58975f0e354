//! ComfyUI's nodes as far as graphs here use them: what each needs, and the answers to a graph that lacks it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// The checkpoints on the machine.
pub(super) const CHECKPOINTS: [&str; 3] =
    ["another one (v2).safetensors", "photon_v1.safetensors", "sd_xl_base_1.0.safetensors"];

/// What an input takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// What another node gives.
    Link,
    Text,
    Whole,
    Share,
    Flag,
    Checkpoint,
    Picture,
}

use Takes::{Checkpoint, Flag, Link, Picture, Share, Text, Whole};

/// Classes with their required inputs; the last two show pictures.
const NODES: [(&str, &[(&str, Takes)]); 13] = [
    ("CheckpointLoaderSimple", &[("ckpt_name", Checkpoint)]),
    ("CLIPTextEncode", &[("text", Text), ("clip", Link)]),
    ("EmptyLatentImage", &[("width", Whole), ("height", Whole), ("batch_size", Whole)]),
    (
        "KSampler",
        &[
            ("model", Link),
            ("seed", Whole),
            ("steps", Whole),
            ("cfg", Share),
            ("sampler_name", Text),
            ("scheduler", Text),
            ("positive", Link),
            ("negative", Link),
            ("latent_image", Link),
            ("denoise", Share),
        ],
    ),
    ("VAEDecode", &[("samples", Link), ("vae", Link)]),
    ("VAEEncode", &[("pixels", Link), ("vae", Link)]),
    ("LoadImage", &[("image", Picture)]),
    ("LoadImageMask", &[("image", Picture), ("channel", Text)]),
    ("SetLatentNoiseMask", &[("samples", Link), ("mask", Link)]),
    ("RepeatLatentBatch", &[("samples", Link), ("amount", Whole)]),
    ("RepeatImageBatch", &[("image", Link), ("amount", Whole)]),
    (
        "ImageCompositeMasked",
        &[("destination", Link), ("source", Link), ("x", Whole), ("y", Whole), ("resize_source", Flag)],
    ),
    ("PreviewImage", &[("images", Link)]),
];

/// What a graph makes.
pub(super) struct Made {
    pub(super) node: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) count: u64,
}

/// The answer to a graph that cannot be run.
pub(super) fn check(
    graph: &Value,
    checkpoints: &[&str],
    pictures: &HashMap<String, (u32, u32)>,
) -> Result<(), Value> {
    let empty = Map::new();
    let nodes = graph.as_object().unwrap_or(&empty);
    let whole = |kind: &str, message: &str, details: String| json!({ "error": { "type": kind, "message": message, "details": details, "extra_info": {} }, "node_errors": {} });
    let mut faults = Map::new();
    for (id, node) in nodes {
        let Some(class) = node.get("class_type").and_then(Value::as_str) else {
            return Err(whole(
                "invalid_prompt",
                "Cannot execute because a node is missing the class_type property.",
                format!("Node ID '#{id}'"),
            ));
        };
        let Some((_, needs)) = NODES.iter().find(|(known, _)| *known == class) else {
            return Err(whole(
                "missing_node_type",
                &format!("Node '{class}' not found. The custom node may not be installed."),
                format!("Node ID '#{id}'"),
            ));
        };
        let fault = needs.iter().find_map(|(name, takes)| {
            fault(name, *takes, node["inputs"].get(name), nodes, checkpoints, pictures)
        });
        if let Some(fault) = fault {
            faults.insert(
                id.clone(),
                json!({ "errors": [fault], "dependent_outputs": ["7"], "class_type": class }),
            );
        }
    }
    if !nodes.values().any(|node| node["class_type"] == "PreviewImage") {
        return Err(whole("prompt_no_outputs", "Prompt has no outputs", String::new()));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mut told =
        whole("prompt_outputs_failed_validation", "Prompt outputs failed validation", String::new());
    told["node_errors"] = faults.into();
    Err(told)
}

fn fault(
    name: &str,
    takes: Takes,
    value: Option<&Value>,
    nodes: &Map<String, Value>,
    checkpoints: &[&str],
    pictures: &HashMap<String, (u32, u32)>,
) -> Option<Value> {
    let told = |kind: &str, message: &str, details: String| {
        Some(
            json!({ "type": kind, "message": message, "details": details, "extra_info": { "input_name": name } }),
        )
    };
    let Some(value) = value else {
        return told("required_input_missing", "Required input is missing", name.to_owned());
    };
    let fits = match takes {
        Link => value.get(0).and_then(Value::as_str).is_some_and(|id| nodes.contains_key(id)),
        Text | Checkpoint | Picture => value.is_string(),
        Whole => value.is_u64(),
        Share => value.is_number(),
        Flag => value.is_boolean(),
    };
    let text = value.as_str().unwrap_or_default();
    match takes {
        _ if !fits => {
            told("invalid_input_type", "Failed to convert an input value", format!("{name}, {value}"))
        }
        Checkpoint if !checkpoints.contains(&text) => {
            told("value_not_in_list", "Value not in list", format!("{name}: '{text}' not in {checkpoints:?}"))
        }
        Picture if pictures.get(text).is_none_or(|size| *size == (0, 0)) => told(
            "custom_validation_failed",
            "Custom validation failed for node",
            format!("{name} - Invalid image file: {text}"),
        ),
        _ => None,
    }
}

/// What comes of a graph that was checked.
pub(super) fn made(graph: &Value, pictures: &HashMap<String, (u32, u32)>) -> Made {
    let nodes: Vec<(&String, &Value)> = graph.as_object().unwrap().iter().collect();
    let of = |class: &str| nodes.iter().find(|(_, node)| node["class_type"] == class);
    let number = |value: &Value| value.as_u64().unwrap_or(1);
    let side = |value: &Value| u32::try_from(number(value)).unwrap();
    let node = of("PreviewImage").unwrap().0.clone();
    if let Some((_, latent)) = of("EmptyLatentImage") {
        let inputs = &latent["inputs"];
        return Made {
            node,
            width: side(&inputs["width"]),
            height: side(&inputs["height"]),
            count: number(&inputs["batch_size"]),
        };
    }
    let loaded = of("LoadImage").and_then(|(_, node)| node["inputs"]["image"].as_str());
    let (width, height) = loaded.and_then(|name| pictures.get(name)).copied().unwrap_or((64, 64));
    let count = of("RepeatLatentBatch").map_or(1, |(_, node)| number(&node["inputs"]["amount"]));
    Made { node, width, height, count }
}
