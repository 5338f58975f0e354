//! The table: each scenario with accounts of its own, on devices of its own.

use std::sync::Arc;

use allxone_account::{
    AccountKey, Accounts, AccountsConfig, AuthServer, Correction, FlowState, Scope, Secret, SignedUp,
    Standing,
};
use allxone_contract::UtcMillis;
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
use allxone_vault::SecretStoreKind;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use tempfile::TempDir;

use crate::person::{PASSWORD, Place};

pub struct Quiet;

impl Ledger for Quiet {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Ok(RowId(0))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

/// A device with the program on it.
pub struct Device {
    pub accounts: Accounts,
    pub folder: TempDir,
    ahead: Arc<AtomicI64>,
}

impl Device {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ahead = Arc::<AtomicI64>::default();
        Self { accounts: Self::started(&folder, &ahead), folder, ahead }
    }

    fn started(folder: &TempDir, ahead: &Arc<AtomicI64>) -> Accounts {
        let mut config =
            AccountsConfig::new(folder.path(), Door::builder().ledger(Arc::new(Quiet)).build().unwrap());
        config.store = Some(SecretStoreKind::File);
        let ahead = Arc::clone(ahead);
        config.now = Arc::new(move || UtcMillis::now().plus(ahead.load(Ordering::SeqCst)));
        Accounts::open(config)
    }

    /// The same device after its program was started again.
    pub async fn restart(&mut self) {
        self.accounts = Self::started(&self.folder, &self.ahead);
        self.accounts.restore(None).await;
    }

    fn wait(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

pub struct Stage {
    pub place: Place,
    pub server: AuthServer,
    people: AtomicU32,
}

impl Stage {
    pub fn open() -> Self {
        let place = Place::open();
        let server = AuthServer::at(place.base()).unwrap();
        Self { place, server, people: AtomicU32::new(0) }
    }

    /// Somebody who has an account, signed in on a first device.
    pub async fn somebody(&self) -> (String, Device, AccountKey) {
        let email = format!(
            "person-{}-{}@studio.example",
            std::process::id(),
            self.people.fetch_add(1, Ordering::SeqCst)
        );
        let device = Device::new();
        let made =
            device.accounts.sign_up(&self.server, &email, &Secret::new(PASSWORD), "Ann").await.unwrap();
        let key = match made {
            SignedUp::Done { account } => account,
            SignedUp::CodeSent => {
                let code = Secret::new(self.place.code(&email));
                device.accounts.sign_in_by_code(&self.server, &email, &code).await.unwrap()
            }
        };
        (email, device, key)
    }

    async fn another_device(&self, email: &str) -> (Device, AccountKey) {
        let device = Device::new();
        let key =
            device.accounts.sign_in_by_password(&self.server, email, &Secret::new(PASSWORD)).await.unwrap();
        (device, key)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table() {
    let stage = Stage::open();
    browser(&stage).await;
    restart_and_renew(&stage).await;
    profile(&stage).await;
    codes(&stage).await;
    refusals(&stage).await;
    scopes(&stage).await;
    reuse(&stage).await;
    password(&stage).await;
}

async fn browser(stage: &Stage) {
    let (email, _, key) = stage.somebody().await;
    let device = Device::new();
    let ways = device.accounts.ways(&stage.server).await.unwrap();
    let begun = device.accounts.begin(&stage.server, &ways.providers[0]).await.unwrap();
    let back = stage.place.browse(&begun.address, &email).await;
    assert!(back.contains("code=") && !back.contains('#'), "a code, and nothing in the fragment");
    // A second sign-in gets the first one's code: its own proof does not fit.
    let other = device.accounts.begin(&stage.server, &ways.providers[0]).await.unwrap();
    let flow = |text: &str| {
        text.split("sb_flow_id").nth(1).unwrap().trim_start_matches(['=', '%']).get(..34).unwrap().to_owned()
    };
    let (mine, theirs) = (flow(&begun.address), flow(&other.address));
    assert_ne!(mine, theirs);
    let state = device.accounts.paste(&back).await.unwrap();
    assert_eq!(
        state,
        FlowState::Done { account: key },
        "the same person is the same account on every device"
    );
    assert_eq!(device.accounts.paste(&back).await.unwrap_err().code(), "not_this_sign_in");
}

async fn restart_and_renew(stage: &Stage) {
    let (_, mut device, key) = stage.somebody().await;
    device.restart().await;
    let session = device.accounts.session(&key).unwrap();
    let before = session.profile().await.unwrap();
    for _ in 0..3 {
        session.renew_now().await.unwrap();
    }
    device.wait(100_000);
    assert_eq!(session.profile().await.unwrap(), before, "an expired token is had anew");
    device.restart().await;
    assert_eq!(device.accounts.view_of(&key).unwrap().standing, Standing::SignedIn);
    device.accounts.session(&key).unwrap().renew_now().await.unwrap();
}

async fn profile(stage: &Stage) {
    let (_, device, key) = stage.somebody().await;
    let session = device.accounts.session(&key).unwrap();
    let change = Correction {
        name: Some("Ann of the Studio".to_owned()),
        picture: Some("https://studio.example/ann.png".to_owned()),
        email: None,
    };
    let profile = session.correct(&change).await.unwrap();
    assert_eq!(
        (profile.name.as_str(), profile.picture.as_str()),
        ("Ann of the Studio", "https://studio.example/ann.png")
    );
    let change = Correction { picture: Some(String::new()), ..Correction::default() };
    assert_eq!(session.correct(&change).await.unwrap().picture, "", "what is emptied is gone");
    assert_eq!(session.profile().await.unwrap().name, "Ann of the Studio");
}

async fn codes(stage: &Stage) {
    let (email, _, key) = stage.somebody().await;
    let device = Device::new();
    device.accounts.send_code(&stage.server, &email, false).await.unwrap();
    let wrong =
        device.accounts.sign_in_by_code(&stage.server, &email, &Secret::new("000000")).await.unwrap_err();
    assert_eq!(wrong.code(), "otp_expired");
    let code = Secret::new(stage.place.code(&email));
    assert_eq!(device.accounts.sign_in_by_code(&stage.server, &email, &code).await.unwrap(), key);
    let again = Device::new().accounts.sign_in_by_code(&stage.server, &email, &code).await.unwrap_err();
    assert_eq!(again.code(), "otp_expired", "a code counts once");
}

async fn refusals(stage: &Stage) {
    let (email, _, _) = stage.somebody().await;
    let device = Device::new();
    let accounts = &device.accounts;
    let wrong =
        accounts.sign_in_by_password(&stage.server, &email, &Secret::new("not the one")).await.unwrap_err();
    assert_eq!(wrong.code(), "invalid_credentials");
    let nobody = accounts
        .sign_in_by_password(&stage.server, "nobody@studio.example", &Secret::new("not the one"))
        .await
        .unwrap_err();
    assert_eq!(nobody.code(), "invalid_credentials", "who has an account is not told");
    let weak =
        accounts.sign_up(&stage.server, "new@studio.example", &Secret::new("x"), "").await.unwrap_err();
    assert_eq!(weak.code(), "weak_password");
    assert_eq!(accounts.begin(&stage.server, "unheard-of").await.err().unwrap().code(), "way_not_offered");
    assert!(accounts.list().is_empty());
}

async fn scopes(stage: &Stage) {
    let (email, first, key) = stage.somebody().await;
    let (second, _) = stage.another_device(&email).await;
    let (third, _) = stage.another_device(&email).await;
    let renews = async |device: &Device| match device.accounts.session(&key) {
        Ok(session) => session.renew_now().await.is_ok(),
        Err(_) => false,
    };
    assert!(renews(&first).await && renews(&second).await && renews(&third).await);
    assert!(third.accounts.sign_out(&key, Scope::Local).await.unwrap());
    assert!(renews(&first).await && renews(&second).await && !renews(&third).await);
    first.accounts.sign_out(&key, Scope::Others).await.unwrap();
    assert!(renews(&first).await && !renews(&second).await);
    let (fourth, _) = stage.another_device(&email).await;
    if let Some(devices) = first.accounts.session(&key).unwrap().devices().await.unwrap() {
        assert_eq!(devices.len(), 2);
    }
    assert!(first.accounts.sign_out(&key, Scope::Global).await.unwrap());
    assert!(!renews(&fourth).await);
    assert!(matches!(fourth.accounts.view_of(&key).unwrap().standing, Standing::SignedOut { .. }));
}

/// The folder of a sign-in is copied to another device: whoever is two renewals behind ends the session, with a sentence.
async fn reuse(stage: &Stage) {
    let (_, device, key) = stage.somebody().await;
    let mut copy = Device::new();
    for file in allxone_tests::files(device.folder.path()) {
        let to = copy.folder.path().join(file.strip_prefix(device.folder.path()).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(file, to).unwrap();
    }
    let session = device.accounts.session(&key).unwrap();
    for _ in 0..3 {
        session.renew_now().await.unwrap();
    }
    copy.restart().await;
    // Within some seconds a server may still answer with the current token; then the copy is no worse than a second process.
    let cloned = copy.accounts.session(&key).unwrap().renew_now().await;
    if let Err(error) = cloned {
        assert_eq!(error.code(), "signed_out");
        assert_eq!(session.renew_now().await.unwrap_err().code(), "signed_out", "the whole family ends");
    }
}

async fn password(stage: &Stage) {
    let (email, device, key) = stage.somebody().await;
    let (other, _) = stage.another_device(&email).await;
    let session = device.accounts.session(&key).unwrap();
    session.prove_by_password(&Secret::new(PASSWORD)).await.unwrap();
    let same = session.change_password(&Secret::new(PASSWORD), None).await.unwrap_err();
    assert_eq!(same.code(), "same_password");
    session.change_password(&Secret::new("another marmalade"), None).await.unwrap();
    assert_eq!(other.accounts.session(&key).unwrap().profile().await.unwrap_err().code(), "signed_out");
    session.profile().await.unwrap();
    assert!(
        device.accounts.sign_in_by_password(&stage.server, &email, &Secret::new(PASSWORD)).await.is_err()
    );
}
