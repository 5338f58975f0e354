//! An adapter on the bench: its partner's fake at the one end, somebody who takes pictures at the other.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use allxone_contract::{InputRole, JobRequest, ProblemCode, Progress};
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, RowId, Timeouts};
use allxone_engine::Cancel;
use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Decoder, Limits, Picture, Pixels};
use allxone_safety::{Clearable, Clearance, Cleared, Gate};
use url::Url;
use zeroize::Zeroizing;

use crate::partner::{Hands, Input, Partner, PartnerError, PartnerRef, Work};
use crate::partners::{PartnerKey, PartnerKind, PartnerSetup, Partnership, open};

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    Gate::new(Inference::new(ModelPaths::under(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"))))
});

/// Keeps nothing.
struct Unkept;

impl Ledger for Unkept {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Ok(RowId(1))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// The partner's word: `None` is well, else the code of its error.
    pub code: Option<ProblemCode>,
    /// What it says, where it failed.
    pub detail: String,
    /// Sizes of the pictures, in order of their index.
    pub pictures: Vec<(u32, u32)>,
    /// Which previews came.
    pub previews: Vec<u8>,
    /// What the partner called the request, at last.
    pub taken: Option<PartnerRef>,
}

/// What a run says that knows that nothing came of it.
pub const CANCELLED: &str = "cancelled";

/// The adapter of a partner, patient or not.
pub fn adapter(kind: PartnerKind, address: &str, key: &str, patient: bool) -> Arc<dyn Partner> {
    let partnership = Partnership { pace: Duration::ZERO, ..partnership(kind, address, key) };
    opened(partnership, patient, None)
}

/// A partner at this address.
pub fn partnership(kind: PartnerKind, address: &str, key: &str) -> Partnership {
    let key = PartnerKey::new(Zeroizing::new(key.to_owned()));
    Partnership {
        address: address.to_owned(),
        hosts: vec![address.trim_start_matches("http://").to_owned()],
        ..Partnership::new(kind, key)
    }
}

/// The adapter of a partner, for a service that is reached at `here`.
pub fn opened(partnership: Partnership, patient: bool, here: Option<&Url>) -> Arc<dyn Partner> {
    let short = Duration::from_millis(200);
    let timeouts = if patient {
        Timeouts::default()
    } else {
        Timeouts { idle: short, partner: short, exchange: short, ..Timeouts::default() }
    };
    let door = Door::builder().ledger(Arc::new(Unkept)).timeouts(timeouts).build().unwrap();
    let setup = PartnerSetup::new(vec![partnership]);
    open(&setup, &door, &Decoder::in_process(Limits::default()), here).unwrap().remove(0)
}

/// Runs a request and takes what comes.
pub async fn run(adapter: &Arc<dyn Partner>, request: JobRequest, inputs: Vec<Input>) -> Ran {
    run_until(adapter, request, inputs, &Cancel::new()).await
}

/// Runs a request that may be stopped.
pub async fn run_until(
    adapter: &Arc<dyn Partner>,
    request: JobRequest,
    inputs: Vec<Input>,
    cancel: &Cancel,
) -> Ran {
    run_with(adapter, request, inputs, None, cancel, &Cancel::new()).await
}

/// Follows a request that was `taken`.
pub async fn follow(adapter: &Arc<dyn Partner>, request: JobRequest, taken: Option<PartnerRef>) -> Ran {
    run_with(adapter, request, Vec::new(), taken, &Cancel::new(), &Cancel::new()).await
}

/// Runs a request, or follows one that was `taken`, until it is stopped or left.
async fn run_with(
    adapter: &Arc<dyn Partner>,
    request: JobRequest,
    inputs: Vec<Input>,
    taken: Option<PartnerRef>,
    cancel: &Cancel,
    leave: &Cancel,
) -> Ran {
    run_shown(adapter, request, inputs, taken, cancel, leave, 0).await
}

/// Runs a request and leaves it once it was asked after twice, by `questions`.
pub async fn run_left(adapter: &Arc<dyn Partner>, request: JobRequest, questions: impl Fn() -> usize) -> Ran {
    let (cancel, leave) = (Cancel::new(), Cancel::new());
    let leaving = async {
        while questions() < 2 {
            tokio::task::yield_now().await;
        }
        leave.cancel();
        cancel.cancel();
    };
    tokio::join!(run_with(adapter, request, Vec::new(), None, &cancel, &leave), leaving).0
}

/// Runs a request of which so many previews are wanted.
pub async fn run_watched(
    adapter: &Arc<dyn Partner>,
    request: JobRequest,
    inputs: Vec<Input>,
    previews: u8,
) -> Ran {
    run_shown(adapter, request, inputs, None, &Cancel::new(), &Cancel::new(), previews).await
}

async fn run_shown(
    adapter: &Arc<dyn Partner>,
    request: JobRequest,
    inputs: Vec<Input>,
    taken: Option<PartnerRef>,
    cancel: &Cancel,
    leave: &Cancel,
    previews: u8,
) -> Ran {
    let (adapter, cancel, leave) = (Arc::clone(adapter), cancel.clone(), leave.clone());
    let work = Work { request: cleared(request), inputs };
    let running = tokio::task::spawn_blocking(move || {
        let (mut pictures, mut named) = (Vec::new(), None);
        let mut progress = |_: Progress| {};
        let mut deliver = |delivery: crate::partner::Delivery| {
            assert_eq!(usize::from(delivery.index), pictures.len(), "in order");
            pictures.push((delivery.picture.width(), delivery.picture.height()));
            Ok(())
        };
        let mut shown = Vec::new();
        let mut preview = |preview: crate::partner::Preview| {
            assert_eq!((preview.picture.width(), preview.picture.height()), (64, 64));
            shown.push(preview.index);
        };
        let mut accepted = |reference: &PartnerRef| named = Some(reference.clone());
        let hands = Hands {
            cancel: &cancel,
            leave: &leave,
            accepted: &mut accepted,
            progress: &mut progress,
            previews,
            preview: &mut preview,
            deliver: &mut deliver,
        };
        let word = match &taken {
            Some(taken) => adapter.resume(&work, taken, hands),
            None => adapter.run(&work, hands),
        };
        let (code, detail) = match word {
            Ok(()) => (None, String::new()),
            Err(PartnerError::Cancelled) => (None, CANCELLED.to_owned()),
            Err(PartnerError::Failed { code, detail }) => (Some(code), detail),
        };
        Ran { code, detail, pictures, previews: shown, taken: named }
    });
    // A guard against hanging, not a measure.
    tokio::time::timeout(Duration::from_secs(60), running).await.expect("it hangs").unwrap()
}

/// Lets something through the gate.
pub fn cleared<T: Clearable + std::fmt::Debug>(content: T) -> Cleared<T> {
    match GATE.clear(content).unwrap() {
        Clearance::Allow(cleared) => cleared,
        // A few colours make the check unsure; nobody sees them.
        Clearance::Review(held) => held.confirm(),
        Clearance::Block(finding) => panic!("{finding:?}"),
    }
}

/// A plain picture, transparent in its upper half where it is a mask.
pub fn input(role: InputRole) -> Input {
    let alpha = |y: u32| if role == InputRole::Mask && y < 32 { 0 } else { 255 };
    let pixels = (0..64_u32).flat_map(|y| {
        (0..64_u32)
            .flat_map(move |x| if alpha(y) == 0 { [0; 4] } else { [200, x as u8 * 2, y as u8 * 2, 255] })
    });
    let picture = Picture::encode_png(&Pixels::from_rgba(64, 64, pixels.collect()).unwrap()).unwrap();
    Input { role, picture: cleared(picture) }
}
