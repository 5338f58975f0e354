//! The Door: the only crate that opens an outgoing connection.
//!
//! Cut here so that one short piece of code answers "what can leave this computer?". Every request names its [`Purpose`], is
//! written to the [`Ledger`] before its first byte, and obeys the [`OfflineLock`]; a person's words and pictures leave only as
//! [`Cleared`](allxone_safety::Cleared) content. The one exception is the service inside this very program
//! ([`Server::this_process`]): what goes there does not leave, so it has no row and no lock.

mod answer;
mod ask;
mod bucket;
mod clients;
mod connector;
mod control;
mod door;
mod error;
mod form;
mod grant;
mod handover;
mod headers;
mod ledger;
mod lock;
mod payment;
mod proxy;
mod public;
mod purpose;
mod route;
mod server;
mod template;
mod timeouts;
mod token;

pub use answer::Answer;
pub use ask::Question;
pub use bucket::{Bucket, BucketError, BucketPlace};
pub use control::{Control, Empty, MAX_CONTROL_BYTES, Named, Refused};
pub use door::{Door, DoorBuilder, MAX_ACCOUNT_BYTES, MAX_ANSWER_BYTES};
pub use error::{AddressFault, ConnectFault, EgressError, Wait};
pub use form::{Form, FormField, MAX_FORM_BYTES};
pub use grant::{Grant, Granted};
pub use handover::{Handover, MAX_HANDOVER_BYTES, Part};
pub use http::header::ACCEPT;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method};
pub use ledger::{EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
pub use lock::OfflineLock;
pub use payment::PaymentQuestion;
pub use proxy::{ProxyAddress, ProxySetting};
pub use purpose::Purpose;
pub use route::Route;
pub use server::Server;
pub use template::{Template, TemplateFault};
pub use timeouts::Timeouts;
pub use token::{BearerToken, TokenSource};
