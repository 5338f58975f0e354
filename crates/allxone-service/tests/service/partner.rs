//! A partner for tests: makes pictures out of fixtures at once, or waits until it may, and counts its runs.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use allxone_contract::*;
use allxone_media::{Picture, Pixels};
use allxone_service::{Delivery, Hands, Partner, PartnerError, Preview, Work};
use tokio::sync::Semaphore;

use crate::rig::fixture;

pub const QUICK: &str = "test/quick";
pub const TOUCH: &str = "test/touch";

/// What the test decides and sees.
pub struct Control {
    pub runs: AtomicUsize,
    /// A permit for every run that has begun.
    pub begun: Semaphore,
    held: Mutex<bool>,
    /// Before which picture a held run waits.
    pub hold_at: AtomicUsize,
    released: Condvar,
    pub outside: bool,
    /// Its entry in the registry of processors.
    pub processor: Option<&'static str>,
    /// Panics when run.
    pub panics: AtomicBool,
    /// Panics when asked for its models.
    pub cards_panic: AtomicBool,
    /// Figures of progress told before the first picture.
    pub figures: AtomicU64,
    /// Fixtures by index; safe ones where nothing is said.
    pub outputs: Mutex<Vec<&'static str>>,
    /// Fixtures that are its previews, where they are wanted.
    pub previews: Mutex<Vec<&'static str>>,
    /// What it says of each picture: its report and a warning; the prompt where nothing is said.
    pub words: Mutex<Option<&'static str>>,
    /// What it fails with after its pictures.
    pub fails: Mutex<Option<&'static str>>,
    /// What a picture costs.
    pub price: Mutex<PriceRule>,
}

impl Control {
    pub fn new(outside: bool) -> Arc<Self> {
        Arc::new(Self {
            runs: AtomicUsize::new(0),
            begun: Semaphore::new(0),
            held: Mutex::new(false),
            hold_at: AtomicUsize::new(0),
            released: Condvar::new(),
            outside,
            processor: None,
            panics: AtomicBool::new(false),
            cards_panic: AtomicBool::new(false),
            figures: AtomicU64::new(0),
            outputs: Mutex::default(),
            previews: Mutex::default(),
            words: Mutex::default(),
            fails: Mutex::default(),
            price: Mutex::new(PriceRule::Free),
        })
    }

    /// From now on runs wait.
    pub fn hold(&self) {
        *self.held.lock().unwrap() = true;
    }

    /// Runs go on.
    pub fn release(&self) {
        *self.held.lock().unwrap() = false;
        self.released.notify_all();
    }

    /// Returns when one more run has begun.
    pub async fn one_begun(&self) {
        self.begun.acquire().await.unwrap().forget();
    }

    pub fn runs(&self) -> usize {
        self.runs.load(SeqCst)
    }

    fn wait(&self, hands: &Hands<'_>) -> Result<(), PartnerError> {
        let mut held = self.held.lock().unwrap();
        while *held {
            if hands.cancel.is_cancelled() {
                return Err(PartnerError::Cancelled);
            }
            held = self.released.wait_timeout(held, Duration::from_millis(5)).unwrap().0;
        }
        Ok(())
    }
}

pub struct TestPartner(pub Arc<Control>);

impl Partner for TestPartner {
    fn cards(&self) -> Vec<ModelCard> {
        assert!(!self.0.cards_panic.load(SeqCst), "deliberate");
        let card = |id: &str, operation, fields: &[Field], inputs| ModelCard {
            id: id.into(),
            name: "Test".to_owned(),
            summary: "For tests.".to_owned(),
            operation,
            runs_at: RunsAt::Service,
            fields: fields.to_vec(),
            size: None,
            count: CountRange { min: 1, max: 4 },
            inputs,
            max_input_pixels: 1_000_000,
            factors: vec![2],
            styles: Vec::new(),
            plans: false,
            price: self.0.price.lock().unwrap().clone(),
            licence: "none".to_owned(),
        };
        vec![
            card(
                QUICK,
                Operation::Generate,
                &[Field::Prompt, Field::Count, Field::Seed],
                CountRange { min: 0, max: 0 },
            ),
            card(TOUCH, Operation::CutOut, &[Field::Inputs], CountRange { min: 1, max: 2 }),
        ]
    }

    fn processor(&self) -> Option<&str> {
        self.0.processor
    }

    fn has_outside_effects(&self) -> bool {
        self.0.outside
    }

    fn has_previews(&self) -> bool {
        !self.0.previews.lock().unwrap().is_empty()
    }

    fn run(&self, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError> {
        self.0.runs.fetch_add(1, SeqCst);
        self.0.begun.add_permits(1);
        let hold_at = self.0.hold_at.load(SeqCst);
        if hold_at == 0 {
            self.0.wait(&hands)?;
        }
        let figures = u32::try_from(self.0.figures.load(SeqCst)).unwrap();
        for step in 1..=figures {
            (hands.progress)(Progress { step, steps: figures });
        }
        let previews = self.0.previews.lock().unwrap().clone();
        for (index, name) in (0..hands.previews).zip(previews) {
            let picture = Picture::encode_png(&stamped(name, index)).unwrap();
            (hands.preview)(Preview { index, picture, source: Source::Generated });
        }
        let request = work.request.value();
        let said = *self.0.words.lock().unwrap();
        for index in 0..request.count {
            if hold_at > 0 && hold_at == usize::from(index) {
                self.0.wait(&hands)?;
            }
            let name =
                self.0.outputs.lock().unwrap().get(usize::from(index)).copied().unwrap_or("safe_coffee.png");
            let pixels = match work.inputs.first() {
                Some(input) => input.picture.value().pixels().clone(),
                None => stamped(name, index),
            };
            (hands.deliver)(Delivery {
                index,
                picture: Picture::encode_png(&pixels).unwrap(),
                source: if work.inputs.is_empty() { Source::Generated } else { Source::Own },
                seed: request.seed,
                report: Some(
                    serde_json::json!({ "drew": said.unwrap_or(&request.prompt), "steps": [20, said] }),
                ),
                warnings: said
                    .iter()
                    .map(|said| Warning { kind: WarningKind::FieldDropped, message: (*said).to_owned() })
                    .collect(),
            })?;
            assert!(!self.0.panics.load(SeqCst), "deliberate");
        }
        if let Some(detail) = *self.0.fails.lock().unwrap() {
            return Err(PartnerError::failed(ProblemCode::EngineFailed, detail));
        }
        Ok(())
    }
}

/// A fixture with its index in the first pixel, so that no two pictures of a job are equal.
fn stamped(name: &str, index: u8) -> Pixels {
    let picture = fixture(name);
    let mut rgba = picture.pixels().rgba().to_vec();
    rgba[0] = index;
    Pixels::from_rgba(picture.width(), picture.height(), rgba).unwrap()
}
