//! A provider that answers at once, whatever its dialect: the faults to come, and what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::{Map, Value};

use super::Script;
use crate::served::Served;

/// A provider on loopback. Dropping it ends it.
pub struct Provider {
    book: Arc<Book>,
    served: Served,
}

/// A request for pictures as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its path.
    pub path: String,
    /// Its plain fields.
    pub fields: Map<String, Value>,
    /// Its files: field and content.
    pub files: Vec<(String, Vec<u8>)>,
}

#[derive(Default)]
pub(super) struct Book {
    pub(super) script: Script,
    pub(super) asked: Mutex<Vec<Asked>>,
    pub(super) made: Mutex<usize>,
}

impl Provider {
    /// Without any faults, answering as `router` does.
    pub(super) async fn start(router: impl FnOnce(Arc<Book>) -> Router) -> Self {
        let book = Arc::new(Book::default());
        let served = Served::start(|_| router(Arc::clone(&book))).await;
        Self { book, served }
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// The faults to come.
    pub fn script(&self) -> &Script {
        &self.book.script
    }

    /// Every request for pictures that came, refused or not.
    pub fn asked(&self) -> Vec<Asked> {
        self.book.asked.lock().unwrap().clone()
    }

    /// How many requests it began to work on, which it may charge for.
    pub fn made(&self) -> usize {
        *self.book.made.lock().unwrap()
    }
}
