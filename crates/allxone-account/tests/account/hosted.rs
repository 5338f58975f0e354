//! The desktop's accounts against a hosted project, as it looks from outside: its old shape of faults and its new one, shared secrets and
//! published keys, and its bad days. One table for both kinds of project.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use allxone_account::{
    AccountKey, Accounts, AccountsConfig, AuthServer, Correction, FlowState, Scope, Secret, Standing,
};
use allxone_contract::UtcMillis;
use allxone_egress::Door;
use allxone_testkit::Hosted;
use allxone_testkit::hosted::{Setup, Trouble};
use allxone_vault::SecretStoreKind;
use tempfile::TempDir;

use crate::setting::{Notebook, impatient};

const EMAIL: &str = "ada@example.org";
const PHRASE: &str = "a long enough phrase";

struct Project {
    hosted: Hosted,
    server: AuthServer,
    folder: TempDir,
    ahead: Arc<AtomicI64>,
}

impl Project {
    async fn with(setup: Setup) -> Self {
        let hosted = Hosted::with(setup).await;
        hosted.add_user(EMAIL, PHRASE);
        let key = Some(hosted.key().to_owned());
        // The service that makes pictures is somewhere else and is asked nothing here.
        let server = AuthServer::with_project("http://127.0.0.1:9", hosted.url(), key).unwrap();
        Self { hosted, server, folder: tempfile::tempdir().unwrap(), ahead: Arc::default() }
    }

    fn accounts(&self) -> Accounts {
        let door = Door::builder().ledger(Arc::new(Notebook::default())).build().unwrap();
        let mut config = AccountsConfig::new(self.folder.path(), door);
        config.store = Some(SecretStoreKind::File);
        config.patience = impatient();
        config.patience.budget = Duration::from_secs(5);
        let ahead = Arc::clone(&self.ahead);
        config.now = Arc::new(move || UtcMillis::now().plus(ahead.load(Ordering::SeqCst)));
        Accounts::open(config)
    }

    async fn signed_in(&self) -> (Accounts, AccountKey) {
        let accounts = self.accounts();
        let key = accounts.sign_in_by_password(&self.server, EMAIL, &Secret::new(PHRASE)).await.unwrap();
        (accounts, key)
    }
}

/// A browser at the project: follows it wherever it leads, and answers where it leads away from it.
async fn browse(hosted: &Hosted, link: &str) -> String {
    let mut at = link.to_owned();
    while at.starts_with(hosted.url()) {
        at = allxone_testkit::visit(&at).await.location().to_owned();
    }
    at
}

fn kinds() -> [Setup; 2] {
    [Setup::default(), Setup { asymmetric: true, old_server: false, ..Setup::default() }]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_against_a_hosted_project() {
    for setup in kinds() {
        ways_in(setup).await;
        refusals(setup).await;
        bad_days_of_a_renewal(setup).await;
        bad_days_of_a_sign_in(setup).await;
        profile(setup).await;
        endings(setup).await;
    }
}

async fn ways_in(setup: Setup) {
    let project = Project::with(setup).await;
    let (accounts, key) = project.signed_in().await;
    let ways = accounts.ways(&project.server).await.unwrap();
    assert!(ways.providers.contains(&"github".to_owned()) && ways.email && ways.kept_by.is_some());

    let begun = accounts.begin(&project.server, "github").await.unwrap();
    project.hosted.provider_says(EMAIL);
    let state = accounts.paste(&browse(&project.hosted, &begun.address).await).await.unwrap();
    assert_eq!(state, FlowState::Done { account: key.clone() }, "the same person is the same account");

    accounts.send_code(&project.server, EMAIL, false).await.unwrap();
    let code = Secret::new(project.hosted.code(EMAIL, "email").unwrap());
    assert_eq!(accounts.sign_in_by_code(&project.server, EMAIL, &code).await.unwrap(), key);
    for asked in project.hosted.asked("/token") {
        assert_eq!(asked.headers["apikey"], project.hosted.key());
    }
}

async fn refusals(setup: Setup) {
    let project = Project::with(setup).await;
    let accounts = project.accounts();
    let code = async |password: &str| {
        let password = Secret::new(password);
        let refused = accounts.sign_in_by_password(&project.server, EMAIL, &password).await;
        refused.unwrap_err().code()
    };
    assert_eq!(code("not the one").await, "invalid_credentials");
    project.hosted.ban(EMAIL, true);
    assert_eq!(code(PHRASE).await, "user_banned");
    project.hosted.ban(EMAIL, false);
    let wrong = accounts.sign_in_by_code(&project.server, EMAIL, &Secret::new("000000")).await.unwrap_err();
    assert_eq!(wrong.code(), "otp_expired");
    project.hosted.provider_denies(true);
    let begun = accounts.begin(&project.server, "github").await.unwrap();
    let back = browse(&project.hosted, &begun.address).await;
    assert!(
        !matches!(accounts.paste(&back).await, Ok(FlowState::Done { .. })),
        "who says no is not signed in"
    );
    assert!(accounts.list().is_empty());
}

/// A renewal that meets trouble is tried again, and the person stays signed in, whether it was carried out or not.
async fn bad_days_of_a_renewal(setup: Setup) {
    let project = Project::with(setup).await;
    let (accounts, key) = project.signed_in().await;
    let session = accounts.session(&key).unwrap();
    let slow = Trouble::Slow(Duration::from_millis(5));
    let troubles = [
        Trouble::Page520,
        Trouble::Page503,
        Trouble::TooMany,
        Trouble::Conflict,
        Trouble::Deadline,
        slow,
        Trouble::Lost,
        Trouble::PageInstead,
    ];
    for trouble in troubles {
        let told = format!("{trouble:?}");
        project.hosted.next("/token", trouble);
        // What is lost or comes as a page may end one try with an error; the next one finds its way.
        if session.renew_now().await.is_err() {
            session.renew_now().await.unwrap_or_else(|error| panic!("after {told}: {error}"));
        }
        assert_eq!(accounts.view_of(&key).unwrap().standing, Standing::SignedIn, "{told}");
        session.profile().await.unwrap_or_else(|error| panic!("after {told}: {error}"));
    }
    assert_eq!(project.hosted.sessions(), 1, "one session all the way");
}

/// A sign-in that meets trouble signs nobody in and says so in our own words; the next one does.
async fn bad_days_of_a_sign_in(setup: Setup) {
    for trouble in [Trouble::Page520, Trouble::TooMany, Trouble::Deadline, Trouble::PageInstead] {
        let project = Project::with(setup).await;
        let accounts = project.accounts();
        let told = format!("{trouble:?}");
        for _ in 0..64 {
            project.hosted.next("/token", trouble.clone());
        }
        let password = Secret::new(PHRASE);
        let signed_in = accounts.sign_in_by_password(&project.server, EMAIL, &password).await;
        let error = signed_in.expect_err(&told);
        assert!(!error.to_string().contains('<'), "no page of anybody's is shown: {error}");
        assert!(accounts.list().is_empty(), "{told}");
    }
}

async fn profile(setup: Setup) {
    let project = Project::with(setup).await;
    let (accounts, key) = project.signed_in().await;
    let session = accounts.session(&key).unwrap();
    let change = Correction { name: Some("Ada".to_owned()), ..Correction::default() };
    assert_eq!(session.correct(&change).await.unwrap().name, "Ada");
    let weak = session.change_password(&Secret::new("x"), None).await.unwrap_err();
    assert_eq!(weak.code(), "weak_password");
    let same = session.change_password(&Secret::new(PHRASE), None).await.unwrap_err();
    assert_eq!(same.code(), "same_password");
    assert!(session.devices().await.unwrap().is_none(), "a hosted project does not tell");
    session.prove_by_password(&Secret::new(PHRASE)).await.unwrap();
    assert_eq!(project.hosted.sessions(), 1, "the proof takes the place of the sign-in");
}

/// Whatever ends a session elsewhere ends it here, with a sentence.
async fn endings(setup: Setup) {
    let ends: [(&str, fn(&Hosted)); 3] = [
        ("banned", |hosted| hosted.ban(EMAIL, true)),
        ("removed", |hosted| hosted.remove_user(EMAIL)),
        ("signed out elsewhere", Hosted::end_all_sessions),
    ];
    for (what, end) in ends {
        let project = Project::with(setup).await;
        let (accounts, key) = project.signed_in().await;
        end(&project.hosted);
        let error = accounts.session(&key).unwrap().profile().await.unwrap_err();
        assert_eq!(error.code(), "signed_out", "{what}");
        let standing = accounts.view_of(&key).unwrap().standing;
        assert!(matches!(standing, Standing::SignedOut { .. }), "{what}: {standing:?}");
    }
    let project = Project::with(setup).await;
    let (accounts, key) = project.signed_in().await;
    assert!(accounts.sign_out(&key, Scope::Global).await.unwrap());
    assert_eq!(project.hosted.sessions(), 0);
}
