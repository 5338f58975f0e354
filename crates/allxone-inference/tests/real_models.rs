//! The shipped models, really run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use allxone_inference::{
    EMBEDDING_LEN, Inference, InferenceError, MAX_TOKENS, ModelName, ModelPaths, Tensor,
};

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");

fn inference() -> Inference {
    Inference::new(ModelPaths::under(MODELS))
}

fn dot(a: &[f32; EMBEDDING_LEN], b: &[f32; EMBEDDING_LEN]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[test]
fn every_model_loads_and_passes_its_self_test() {
    let inference = inference();
    for name in ModelName::ALL {
        let model = inference.model(name).unwrap_or_else(|e| panic!("{}: {e}", name.as_str()));
        assert_eq!(model.name(), name);
        assert_eq!(model.sha256(), name.entry().sha256);
    }
}

#[test]
fn models_with_free_sizes_take_several_sizes_and_give_the_same_answer_again() {
    let model = inference().model(ModelName::UpscaleDrawing).unwrap();
    for side in [8_usize, 20, 8] {
        let data: Vec<f32> = (0..3 * side * side).map(|i| (i % 7) as f32 / 7.0).collect();
        let input = Tensor { shape: vec![1, 3, side, side], data };
        let first = model.run(&[("data", &input)]).unwrap();
        assert_eq!(first[0].shape, [1, 3, side * 4, side * 4]);
        assert_eq!(first, model.run(&[("data", &input)]).unwrap());
    }
}

#[test]
fn an_input_that_does_not_fit_is_named_and_changes_nothing() {
    let model = inference().model(ModelName::NsfwMobilenet).unwrap();
    let good = Tensor { shape: vec![1, 3, 224, 224], data: vec![0.5; 3 * 224 * 224] };
    let before = model.run(&[("image", &good)]).unwrap();
    let short = Tensor { shape: vec![1, 3, 224, 224], data: vec![0.5; 7] };
    let small = Tensor { shape: vec![1, 3, 10, 10], data: vec![0.5; 300] };
    let huge = Tensor { shape: vec![usize::MAX, usize::MAX], data: vec![0.5; 1] };
    let empty = Tensor::default();
    for (name, tensor) in
        [("image", &short), ("image", &small), ("image", &huge), ("image", &empty), ("picture", &good)]
    {
        let error = model.run(&[(name, tensor)]).unwrap_err();
        assert!(matches!(error, InferenceError::BadInput { .. }), "{error:?}");
    }
    assert!(model.run(&[]).is_err());
    assert_eq!(before, model.run(&[("image", &good)]).unwrap());
}

#[test]
fn several_threads_share_a_model_and_a_forgotten_one_comes_back() {
    let inference = inference();
    let input = Arc::new(Tensor { shape: vec![1, 3, 224, 224], data: vec![0.25; 3 * 224 * 224] });
    let alone = inference.model(ModelName::OpenNsfw).unwrap().run(&[("image", &*input)]).unwrap();
    let threads: Vec<_> = (0..6)
        .map(|i| {
            let (inference, input) = (inference.clone(), Arc::clone(&input));
            std::thread::spawn(move || {
                let model = inference.model(ModelName::OpenNsfw).unwrap();
                if i % 2 == 0 {
                    inference.forget_idle();
                }
                model.run(&[("image", &*input)]).unwrap()
            })
        })
        .collect();
    for thread in threads {
        let got = thread.join().unwrap();
        assert!(got[0].data.iter().zip(&alone[0].data).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn embeddings_have_length_one_and_know_what_is_alike() {
    let encoder = inference().encoder().unwrap();
    let all =
        encoder.encode_many(&["a fox in the snow", "a red fox in winter", "quarterly tax return"]).unwrap();
    for encoded in &all {
        assert!((dot(&encoded.embedding, &encoded.embedding) - 1.0).abs() < 1e-4);
    }
    assert!(dot(&all[0].embedding, &all[1].embedding) > dot(&all[0].embedding, &all[2].embedding) + 0.3);
}

#[test]
fn a_batch_gives_what_single_texts_give_and_answers_are_remembered() {
    let words =
        ["owl", "lighthouse", "bowl of ramen", "steam train", "medieval village at dawn", "cat", "", "owl"];
    let many = inference().encoder().unwrap().encode_many(&words).unwrap();
    let encoder = inference().encoder().unwrap();
    for (word, batched) in words.iter().zip(&many) {
        let single = encoder.encode(word).unwrap();
        assert!(dot(&single.embedding, &batched.embedding) > 0.9999, "{word}");
        assert_eq!(single.tokens, batched.tokens);
        assert!(Arc::ptr_eq(&single, &encoder.encode(word).unwrap()), "computed twice");
    }
}

#[test]
fn a_text_longer_than_the_network_sees_says_so() {
    let encoder = inference().encoder().unwrap();
    let long = encoder.encode(&"castle ".repeat(500)).unwrap();
    assert!(long.truncated);
    assert_eq!(long.tokens, MAX_TOKENS);
    let short = encoder.encode("castle").unwrap();
    assert!(!short.truncated);
    assert_eq!(short.tokens, 3);
}

#[test]
fn odd_texts_are_encoded_without_complaint() {
    let encoder = inference().encoder().unwrap();
    for text in
        ["\u{0}", "\u{202e}abc", "🦊🦊🦊", "日本語のテキスト", &"x".repeat(100_000), "\n\t ", "\u{fffd}"]
    {
        let encoded = encoder.encode(text).unwrap();
        assert!(encoded.embedding.iter().all(|v| v.is_finite()));
    }
}
