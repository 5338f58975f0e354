//! Proof that content passed the gate before it leaves this computer.
//!
//! Only the gate makes these values, and nothing can put other content into them: private fields, no constructor, no `map`, no
//! `Deserialize`, no mutable access. Whoever takes a [`Cleared`] therefore holds exactly the bytes that were judged.

use std::fmt;
use std::sync::Arc;

use allxone_contract::{Finding, JobRequest, Receipt, Sha256};
use allxone_media::Picture;
use bytes::Bytes;

use crate::{Gate, SafetyError};

pub(crate) mod sealed {
    use super::{Bytes, Finding, Gate, SafetyError, Sha256};

    /// What the gate does with each kind of content.
    pub trait Content: Sized {
        /// The exact bytes that are sent.
        fn encode(&self) -> Result<Bytes, SafetyError>;
        /// Their hash.
        fn hash(&self, bytes: &Bytes) -> Sha256 {
            Sha256::of(bytes)
        }
        /// The gate's finding.
        fn judge(&self, gate: &Gate) -> Result<Finding, SafetyError>;
    }
}

/// Content that may leave this computer once it is cleared: a [`JobRequest`] or a [`Picture`], and nothing else.
pub trait Clearable: sealed::Content {}

impl Clearable for JobRequest {}
impl Clearable for Picture {}

impl sealed::Content for JobRequest {
    fn encode(&self) -> Result<Bytes, SafetyError> {
        serde_json::to_vec(self)
            .map(Bytes::from)
            .map_err(|e| SafetyError::internal(format!("the request cannot be written ({e})")))
    }

    fn judge(&self, gate: &Gate) -> Result<Finding, SafetyError> {
        gate.check_request(self)
    }
}

impl sealed::Content for Picture {
    fn encode(&self) -> Result<Bytes, SafetyError> {
        Ok(self.bytes().clone())
    }

    fn judge(&self, gate: &Gate) -> Result<Finding, SafetyError> {
        gate.check_picture_once(self)
    }
}

/// Content that passed the gate, with the exact bytes to send and the receipt. Cheap to clone.
pub struct Cleared<T: Clearable> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    value: T,
    bytes: Bytes,
    receipt: Receipt,
}

impl<T: Clearable> Cleared<T> {
    pub(crate) fn new(value: T, bytes: Bytes, receipt: Receipt) -> Self {
        Self { inner: Arc::new(Inner { value, bytes, receipt }) }
    }

    /// The content.
    pub fn value(&self) -> &T {
        &self.inner.value
    }

    /// Exactly what is sent: the JSON of a request, the encoded picture.
    pub fn bytes(&self) -> &Bytes {
        &self.inner.bytes
    }

    /// Hash of [`Cleared::bytes`].
    pub fn sha256(&self) -> &Sha256 {
        &self.inner.receipt.content
    }

    /// What was checked, when, by what, with which answer.
    pub fn receipt(&self) -> &Receipt {
        &self.inner.receipt
    }
}

impl<T: Clearable> Clone for Cleared<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// Shows the hash, never the content.
impl<T: Clearable> fmt::Debug for Cleared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cleared").field(self.sha256()).finish()
    }
}

/// Content that may pass after a person has looked at it and confirmed.
pub struct Held<T: Clearable> {
    value: T,
    bytes: Bytes,
    receipt: Receipt,
}

impl<T: Clearable> Held<T> {
    pub(crate) fn new(value: T, bytes: Bytes, receipt: Receipt) -> Self {
        Self { value, bytes, receipt }
    }

    /// Why it is held.
    pub fn finding(&self) -> &Finding {
        &self.receipt.finding
    }

    /// The content, to show the person what is to be confirmed.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The person has confirmed. The receipt says so.
    pub fn confirm(self) -> Cleared<T> {
        Cleared::new(self.value, self.bytes, Receipt { confirmed: true, ..self.receipt })
    }
}

/// Shows the hash, never the content.
impl<T: Clearable> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.receipt.content).finish()
    }
}

/// The gate's answer to content that wants to leave.
#[derive(Debug)]
pub enum Clearance<T: Clearable> {
    /// It may.
    Allow(Cleared<T>),
    /// It may once a person has confirmed.
    Review(Held<T>),
    /// It may not. The content is gone; only the finding remains.
    Block(Finding),
}
