//! The gate: nothing unscreened leaves, nothing unscreened is shown.
//!
//! Cut here so that the promise is a matter of types. [`Gate`] alone makes [`Cleared`] (may leave) and [`Screened`] (may be shown); the door
//! out of the program takes only the one, the library only the other. Thresholds and word lists are data (`models/policy`), compiled in
//! and pinned by hash; how models run is `allxone-inference`, how bytes become pixels is `allxone-media`.
//!
//! # What the types forbid
//!
//! Each sample that must not compile stands next to its twin that does.
//!
//! A cleared value cannot be built:
//! ```
//! fn receipt(cleared: &allxone_safety::Cleared<allxone_media::Picture>) -> &allxone_contract::Receipt { cleared.receipt() }
//! ```
//! ```compile_fail,E0451
//! fn build() -> allxone_safety::Cleared<allxone_media::Picture> { allxone_safety::Cleared { inner: loop {} } }
//! ```
//! ```compile_fail,E0624
//! fn build(p: allxone_media::Picture, b: bytes::Bytes, r: allxone_contract::Receipt) -> allxone_safety::Cleared<allxone_media::Picture> {
//!     allxone_safety::Cleared::new(p, b, r)
//! }
//! ```
//!
//! What is inside can be read, not changed or exchanged:
//! ```
//! fn prompt(cleared: &allxone_safety::Cleared<allxone_contract::JobRequest>) -> &str { &cleared.value().prompt }
//! ```
//! ```compile_fail,E0594
//! fn change(cleared: &allxone_safety::Cleared<allxone_contract::JobRequest>) { cleared.value().prompt = String::new(); }
//! ```
//! ```compile_fail,E0599
//! fn exchange(cleared: allxone_safety::Cleared<allxone_contract::JobRequest>) { let _ = cleared.map(|r: allxone_contract::JobRequest| r); }
//! ```
//!
//! It cannot be read from outside, while a receipt can:
//! ```
//! let receipt: Result<allxone_contract::Receipt, _> = serde_json::from_str("{}");
//! assert!(receipt.is_err());
//! ```
//! ```compile_fail,E0277
//! let cleared: Result<allxone_safety::Cleared<allxone_contract::JobRequest>, _> = serde_json::from_str("{}");
//! ```
//!
//! Nothing else can be declared clearable or screenable:
//! ```
//! fn any<T: allxone_safety::Clearable>(gate: &allxone_safety::Gate, content: T) { let _ = gate.clear(content); }
//! ```
//! ```compile_fail,E0277
//! struct Note(String);
//! impl allxone_safety::Clearable for Note {}
//! ```
//! ```compile_fail,E0277
//! struct Note(String);
//! impl allxone_safety::Screenable for Note {}
//! ```
//!
//! A raw picture is not a cleared one, and a cleared one is not a screened one:
//! ```
//! fn send(picture: allxone_safety::Cleared<allxone_media::Picture>) {}
//! fn pass(picture: allxone_safety::Cleared<allxone_media::Picture>) { send(picture) }
//! ```
//! ```compile_fail,E0308
//! fn send(picture: allxone_safety::Cleared<allxone_media::Picture>) {}
//! fn pass(picture: allxone_media::Picture) { send(picture) }
//! ```
//! ```compile_fail,E0308
//! fn show(picture: allxone_safety::Screened<allxone_media::Picture>) {}
//! fn pass(picture: allxone_safety::Cleared<allxone_media::Picture>) { show(picture) }
//! ```

mod cleared;
mod error;
mod finding;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod picture;
mod policy;
mod prompt;
mod screened;
mod thresholds;
mod use_policy;
mod verdicts;

pub use allxone_media::Picture;
pub use cleared::{Clearable, Clearance, Cleared, Held};
pub use error::SafetyError;
pub use gate::{Clock, Gate, LONGEST_HEARD};
pub use picture::Views;
pub use screened::{HeldPicture, Screenable, Screened, Screening};
pub use thresholds::{Threshold, Thresholds};
pub use use_policy::{ACCEPTABLE_USE_VERSION, acceptable_use_section};
