//! What holds for every task: caps, stopping before the start, errors a person can read, reports a program can read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::path::Path;

use allxone_engine::{Cancel, Engine, EngineError, Progress, Report, Source, Task, default_seed, styles};
use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Pixels, Rgb};
use common::{ball, engine, run};

fn tasks(picture: &Pixels) -> [Task; 3] {
    [
        Task::Stylise { picture: picture.clone(), style: styles()[0].id.to_owned(), strength: 1.0 },
        Task::Upscale { picture: picture.clone(), factor: 2 },
        Task::CutOut { picture: picture.clone() },
    ]
}

#[test]
fn pictures_beyond_the_caps_are_refused_before_any_work() {
    let long = Pixels::from_rgb(Rgb::new(16_385, 1, vec![0; 16_385 * 3]).unwrap());
    let large = Pixels::from_rgb(Rgb::new(10_001, 5_000, vec![0; 10_001 * 5_000 * 3]).unwrap());
    for task in tasks(&long).iter().chain(&tasks(&large)) {
        let error = engine().run(task, &mut |_| panic!("work began"), &Cancel::new()).unwrap_err();
        assert_eq!(error.code(), "picture_too_large");
        assert!(error.to_string().contains("50 megapixels"), "{error}");
    }
}

#[test]
fn a_task_that_is_stopped_before_it_begins_does_nothing() {
    let cancel = Cancel::new();
    cancel.clone().cancel();
    for task in tasks(&ball(16, 16)) {
        let result = engine().run(&task, &mut |_| panic!("work began"), &cancel);
        assert!(matches!(result, Err(EngineError::Cancelled)));
    }
}

#[test]
fn without_models_every_task_says_what_is_missing() {
    let empty = tempfile::tempdir().unwrap();
    let engine = Engine::new(Inference::new(ModelPaths::under(empty.path())), empty.path().join("drawings"));
    for task in tasks(&ball(16, 16)) {
        let error = engine.run(&task, &mut |_| {}, &Cancel::new()).unwrap_err();
        assert_eq!(error.code(), "model_file_missing");
        assert!(error.to_string().ends_with('.'), "{error}");
    }
}

#[test]
fn every_error_is_a_sentence_with_a_code_of_its_own() {
    let path = Path::new("drawings").to_path_buf();
    let errors = [
        EngineError::Cancelled,
        EngineError::EmptyPrompt,
        EngineError::SceneSize { width: 1, height: 2, min: 64, max: 4096 },
        EngineError::Drawings { path, detail: "no index".to_owned() },
        EngineError::UnknownStyle { asked: "x".to_owned(), known: "y".to_owned() },
        EngineError::Strength(2.0),
        EngineError::Factor(3),
        EngineError::PictureTooLarge { width: 1, height: 2, max_megapixels: 50, max_side: 16_384 },
        EngineError::NothingToCutOut,
        EngineError::ModelOutput { model: "m", detail: "d".to_owned() },
        EngineError::Resize("d".to_owned()),
    ];
    let codes: HashSet<_> = errors.iter().map(EngineError::code).collect();
    assert_eq!(codes.len(), errors.len());
    for error in &errors {
        let text = error.to_string();
        assert!(text.ends_with('.') && !text.contains("  "), "{text}");
    }
}

#[test]
fn a_scene_is_drawn_from_words() {
    let scene = |prompt: &str, side: u32| Task::Scene {
        prompt: prompt.to_owned(),
        width: side,
        height: 128,
        seed: default_seed(prompt),
    };
    let made = run(&scene("a cat on a car", 192)).unwrap();
    assert_eq!((made.pixels.width(), made.pixels.height(), made.source), (192, 128, Source::Generated));
    let json = serde_json::to_value(&made.report).unwrap();
    assert_eq!(json["kind"], "scene");
    assert_eq!(json["drawn"].as_array().map(Vec::len), Some(2), "{json}");
    assert_eq!(run(&scene("a cat on a car", 192)).unwrap().pixels, made.pixels);

    assert_eq!(run(&scene("  ", 192)).unwrap_err().code(), "prompt_empty");
    assert_eq!(run(&scene("a cat", 0)).unwrap_err().code(), "scene_size");
}

#[test]
fn a_report_survives_json() {
    let report = Report::Upscaled { factor: 2, tiles: 9 };
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(json, r#"{"kind":"upscaled","factor":2,"tiles":9}"#);
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn the_usual_seed_depends_on_the_words_alone() {
    assert_eq!(default_seed("a cat on a car"), default_seed("  a cat on a car\n"));
    assert_ne!(default_seed("a cat on a car"), default_seed("a car on a cat"));
}

#[test]
fn progress_is_a_share() {
    assert!((Progress { step: 1, steps: 4 }.fraction() - 0.25).abs() < f32::EPSILON);
    assert!((Progress { step: 9, steps: 4 }.fraction() - 1.0).abs() < f32::EPSILON);
    assert!(Progress { step: 0, steps: 0 }.fraction().abs() < f32::EPSILON);
}
