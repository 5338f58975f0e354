//! Proof that a picture passed the gate before it is shown, indexed or kept. The same construction as [`Cleared`](crate::Cleared), for the
//! other direction.

use std::fmt;
use std::sync::Arc;

use allxone_contract::{Finding, Receipt};
use allxone_media::Picture;

mod sealed {
    pub trait Sealed {}
    impl Sealed for allxone_media::Picture {}
}

/// What can be shown once it is screened: a [`Picture`], and nothing else.
pub trait Screenable: sealed::Sealed {}
impl Screenable for Picture {}

/// A picture that passed the gate, with its receipt. Cheap to clone.
pub struct Screened<T: Screenable> {
    inner: Arc<(T, Receipt)>,
}

impl<T: Screenable> Screened<T> {
    pub(crate) fn new(value: T, receipt: Receipt) -> Self {
        Self { inner: Arc::new((value, receipt)) }
    }

    /// The picture.
    pub fn value(&self) -> &T {
        &self.inner.0
    }

    /// What was checked, when, by what, with which answer.
    pub fn receipt(&self) -> &Receipt {
        &self.inner.1
    }
}

impl<T: Screenable> Clone for Screened<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// Shows the hash, never the picture.
impl<T: Screenable> fmt::Debug for Screened<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Screened").field(&self.receipt().content).finish()
    }
}

/// A picture that may be shown after a person has agreed to see it. Until then nobody gets at its pixels.
pub struct HeldPicture {
    picture: Picture,
    receipt: Receipt,
}

impl HeldPicture {
    pub(crate) fn new(picture: Picture, receipt: Receipt) -> Self {
        Self { picture, receipt }
    }

    /// Why it is held.
    pub fn finding(&self) -> &Finding {
        &self.receipt.finding
    }

    /// What was checked, when, by what, with which answer.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The person has confirmed. The receipt says so.
    pub fn confirm(self) -> Screened<Picture> {
        Screened::new(self.picture, Receipt { confirmed: true, ..self.receipt })
    }
}

/// Shows the hash, never the picture.
impl fmt::Debug for HeldPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeldPicture").field(&self.receipt.content).finish()
    }
}

/// The gate's answer to a picture that wants to be shown.
#[derive(Debug)]
pub enum Screening {
    /// It may be.
    Show(Screened<Picture>),
    /// It may be once a person has confirmed.
    Review(HeldPicture),
    /// It may not. The picture is gone; only the finding remains.
    Block(Finding),
}
