//! The operating system's keyring, asked on a thread of its own and never waited for without end.
//!
//! A locked keyring may show a question nobody answers, and a broken message bus may swallow the
//! reply; the call into it then never returns. So one detached thread makes the calls, one after the
//! other, and the caller waits until its deadline. A call given up before it began is never made.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use keyring::credential::CredentialPersistence;
use zeroize::Zeroizing;

use crate::error::KeyringFault;

/// How the keyring is reached.
pub struct KeyringAccess {
    /// The service name of this program's entries.
    pub service: String,
    /// How long one call may take. Short at start-up; long when the person was told to expect the
    /// system's question.
    pub deadline: Duration,
    thread: Option<KeyringThread>,
}

impl KeyringAccess {
    /// Enough for a keyring that is unlocked; one that asks the person needs more.
    pub const START_UP: Duration = Duration::from_secs(3);

    /// With the given service name and deadline.
    pub fn new(service: impl Into<String>, deadline: Duration) -> Self {
        Self { service: service.into(), deadline, thread: None }
    }

    pub(crate) fn get(&self, entry: EntryName) -> Result<Zeroizing<String>, Refusal> {
        self.call(move |store| store.get(&entry))
    }

    /// Writes and reads back: a store that forgets at once is not one.
    pub(crate) fn set(&self, entry: EntryName, secret: Zeroizing<String>) -> Result<(), Refusal> {
        self.call(move |store| {
            store.set(&entry, &secret)?;
            match store.get(&entry) {
                Ok(kept) if kept == secret => Ok(()),
                Ok(_) => Err(Refusal::Fault(KeyringFault::BadEntry("it changed on the way".to_owned()))),
                Err(Refusal::NoEntry) => Err(Refusal::Fault(KeyringFault::NotReal)),
                Err(other) => Err(other),
            }
        })
    }

    /// Removing an entry that is not there is fine.
    pub(crate) fn delete(&self, entry: EntryName) -> Result<(), Refusal> {
        self.call(move |store| match store.delete(&entry) {
            Err(Refusal::NoEntry) => Ok(()),
            other => other,
        })
    }

    fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn CredentialStore) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        static SYSTEM: OnceLock<KeyringThread> = OnceLock::new();
        let thread = match &self.thread {
            Some(thread) => thread,
            None => SYSTEM.get_or_init(|| KeyringThread::start(SystemKeyring)),
        };
        thread.call(self.deadline, work)
    }

    #[cfg(test)]
    pub(crate) fn with_store(store: impl CredentialStore, deadline: Duration) -> Self {
        Self { service: "test".to_owned(), deadline, thread: Some(KeyringThread::start(store)) }
    }
}

impl Default for KeyringAccess {
    fn default() -> Self {
        Self::new("AllXOne", Self::START_UP)
    }
}

/// Service and account of one entry.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EntryName {
    pub(crate) service: String,
    pub(crate) account: String,
}

/// Why there is no answer: no such entry, or no working store.
#[derive(Debug)]
pub(crate) enum Refusal {
    NoEntry,
    Fault(KeyringFault),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoEntry => f.write_str("there is no such entry"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

/// What the thread asks; the system's keyring, or one that misbehaves in tests.
pub(crate) trait CredentialStore: Send + 'static {
    fn get(&self, entry: &EntryName) -> Result<Zeroizing<String>, Refusal>;
    fn set(&self, entry: &EntryName, secret: &str) -> Result<(), Refusal>;
    fn delete(&self, entry: &EntryName) -> Result<(), Refusal>;
}

type Work = Box<dyn FnOnce(&dyn CredentialStore) + Send>;

#[derive(Clone)]
struct KeyringThread(Sender<Work>);

impl KeyringThread {
    fn start(store: impl CredentialStore) -> Self {
        let (sender, queue) = mpsc::channel::<Work>();
        // Without a thread the channel is closed and every call says so.
        let _ = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            for work in queue {
                let _ = catch_unwind(AssertUnwindSafe(|| work(&store)));
            }
        });
        Self(sender)
    }

    fn call<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&dyn CredentialStore) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = mpsc::sync_channel(1);
        let given_up = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&given_up);
        let sent = self.0.send(Box::new(move |store| {
            if !seen.load(Ordering::Acquire) {
                let _ = answer.send(work(store));
            }
        }));
        let ended = || Refusal::Fault(KeyringFault::PlatformFailure("its thread ended".to_owned()));
        if sent.is_err() {
            return Err(ended());
        }
        match answered.recv_timeout(deadline) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                given_up.store(true, Ordering::Release);
                Err(Refusal::Fault(KeyringFault::Timeout(deadline)))
            }
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }
}

/// The keyring of the operating system.
struct SystemKeyring;

impl SystemKeyring {
    /// An entry of a store that outlives the process. Without a platform feature the `keyring` crate
    /// silently offers a mock, which would lose the key at exit.
    fn entry(name: &EntryName) -> Result<keyring::Entry, Refusal> {
        let entry = keyring::Entry::new(&name.service, &name.account).map_err(refusal)?;
        let mock = entry.get_credential().is::<keyring::mock::MockCredential>();
        let keeps = matches!(
            keyring::default::default_credential_builder().persistence(),
            CredentialPersistence::UntilDelete
        );
        if mock || !keeps {
            return Err(Refusal::Fault(KeyringFault::NotReal));
        }
        Ok(entry)
    }
}

impl CredentialStore for SystemKeyring {
    fn get(&self, name: &EntryName) -> Result<Zeroizing<String>, Refusal> {
        Self::entry(name)?.get_password().map(Zeroizing::new).map_err(refusal)
    }

    fn set(&self, name: &EntryName, secret: &str) -> Result<(), Refusal> {
        Self::entry(name)?.set_password(secret).map_err(refusal)
    }

    fn delete(&self, name: &EntryName) -> Result<(), Refusal> {
        Self::entry(name)?.delete_credential().map_err(refusal)
    }
}

fn refusal(error: keyring::Error) -> Refusal {
    use keyring::Error as E;
    Refusal::Fault(match error {
        E::NoEntry => return Refusal::NoEntry,
        E::NoStorageAccess(cause) => KeyringFault::NoStorageAccess(cause.to_string()),
        E::PlatformFailure(cause) => KeyringFault::PlatformFailure(cause.to_string()),
        // Never the error's own words: they may carry the entry's bytes.
        E::BadEncoding(_) => KeyringFault::BadEntry("it is not text".to_owned()),
        E::TooLong(..) => KeyringFault::BadEntry("it is too long for this keyring".to_owned()),
        E::Invalid(..) => KeyringFault::BadEntry("its name is refused".to_owned()),
        E::Ambiguous(_) => KeyringFault::BadEntry("there are several".to_owned()),
        _ => KeyringFault::PlatformFailure("an unknown answer".to_owned()),
    })
}

#[cfg(test)]
pub(crate) mod fakes {
    //! Keyrings that behave and misbehave, for this crate's tests.
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::collections::HashMap;
    use std::sync::Mutex;

    /// Works, and can be inspected from outside.
    #[derive(Clone, Default)]
    pub(crate) struct Working(pub(crate) Arc<Mutex<HashMap<(String, String), String>>>);

    impl CredentialStore for Working {
        fn get(&self, e: &EntryName) -> Result<Zeroizing<String>, Refusal> {
            let map = self.0.lock().unwrap();
            map.get(&(e.service.clone(), e.account.clone()))
                .cloned()
                .map(Zeroizing::new)
                .ok_or(Refusal::NoEntry)
        }
        fn set(&self, e: &EntryName, secret: &str) -> Result<(), Refusal> {
            self.0.lock().unwrap().insert((e.service.clone(), e.account.clone()), secret.to_owned());
            Ok(())
        }
        fn delete(&self, e: &EntryName) -> Result<(), Refusal> {
            self.0.lock().unwrap().remove(&(e.service.clone(), e.account.clone()));
            Ok(())
        }
    }

    /// Always fails in one way.
    pub(crate) struct Failing(pub(crate) KeyringFault);

    impl CredentialStore for Failing {
        fn get(&self, _: &EntryName) -> Result<Zeroizing<String>, Refusal> {
            Err(Refusal::Fault(self.0.clone()))
        }
        fn set(&self, _: &EntryName, _: &str) -> Result<(), Refusal> {
            Err(Refusal::Fault(self.0.clone()))
        }
        fn delete(&self, _: &EntryName) -> Result<(), Refusal> {
            Err(Refusal::Fault(self.0.clone()))
        }
    }

    /// Does not answer until the other end of the channel is dropped.
    pub(crate) struct Hanging(pub(crate) Mutex<mpsc::Receiver<()>>);

    impl CredentialStore for Hanging {
        fn get(&self, _: &EntryName) -> Result<Zeroizing<String>, Refusal> {
            let _ = self.0.lock().unwrap().recv();
            Err(Refusal::NoEntry)
        }
        fn set(&self, e: &EntryName, _: &str) -> Result<(), Refusal> {
            self.get(e).map(|_| ())
        }
        fn delete(&self, e: &EntryName) -> Result<(), Refusal> {
            self.get(e).map(|_| ())
        }
    }
}
