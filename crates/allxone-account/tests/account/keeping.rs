//! What lies on the disk, and what does not.

use allxone_account::{AuthServer, Ended, KeptSession, Standing};
use allxone_vault::SecretStoreKind;

use crate::far_end::{EMAIL, PASSWORD};
use crate::setting::Setting;

#[tokio::test]
async fn a_restart_without_a_network_is_still_signed_in() {
    let setting = Setting::new().await;
    let (_, key) = setting.signed_in().await;
    setting.far.close();
    setting.lock.close();
    let asked = setting.notebook.0.lock().unwrap().len();
    let restarted = setting.accounts();
    restarted.restore(None).await;
    let view = restarted.view_of(&key).unwrap();
    assert_eq!(view.standing, Standing::SignedIn);
    assert_eq!(view.profile.unwrap().email, EMAIL);
    assert_eq!(setting.notebook.0.lock().unwrap().len(), asked, "nobody was asked");
    setting.wait(4_000);
    let error = restarted.session(&key).unwrap().tick().await.unwrap_err();
    assert_eq!(error.code(), "offline_locked");
    assert!(restarted.session(&key).unwrap().is_signed_in());
}

#[tokio::test]
async fn what_lies_on_the_disk_can_be_read_by_nobody() {
    let setting = Setting::new().await;
    let (_, key) = setting.signed_in().await;
    let secrets = ["access-1", "refresh-1", EMAIL, PASSWORD, "Ann"];
    let mut files = 0;
    for entry in walk(setting.folder.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
        files += 1;
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {}", entry.display());
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&entry).unwrap().permissions().mode() & 0o77,
                0,
                "{}",
                entry.display()
            );
        }
    }
    assert!(files >= 3 && setting.session_file(&key).exists());
}

#[tokio::test]
async fn a_lost_key_is_a_sign_out_and_no_more() {
    for damage in ["keys.json", "session.sealed"] {
        let setting = Setting::new().await;
        let (_, key) = setting.signed_in().await;
        let file = setting.session_file(&key).with_file_name(damage);
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        std::fs::write(&file, bytes).unwrap();
        let restarted = setting.accounts();
        restarted.restore(None).await;
        assert_eq!(
            restarted.view_of(&key).unwrap().standing,
            Standing::SignedOut { because: Ended::KeyLost },
            "{damage}"
        );
        let again = setting.signed_in().await.0;
        assert_eq!(
            again.view_of(&key).unwrap().standing,
            Standing::SignedIn,
            "{damage}: signing in again mends it"
        );
    }
}

#[tokio::test]
async fn a_session_moved_to_another_account_or_server_opens_nothing() {
    let setting = Setting::new().await;
    let (_, key) = setting.signed_in().await;
    let list = setting.folder.path().join("accounts.json");
    let text = std::fs::read_to_string(&list).unwrap();
    let elsewhere = AuthServer::at("https://studio.example").unwrap();
    std::fs::write(&list, text.replace(&setting.server.service, &elsewhere.service)).unwrap();
    let restarted = setting.accounts();
    restarted.restore(None).await;
    assert_eq!(restarted.view_of(&key).unwrap().standing, Standing::SignedOut { because: Ended::KeyLost });
}

#[tokio::test]
async fn in_memory_nothing_is_written_but_the_name_of_the_account() {
    let setting = Setting::new().await;
    let mut config = setting.config();
    config.store = Some(SecretStoreKind::Memory);
    let accounts = allxone_account::Accounts::open(config);
    let key = accounts
        .sign_in_by_password(&setting.server, EMAIL, &allxone_account::Secret::new(PASSWORD))
        .await
        .unwrap();
    assert_eq!(accounts.view_of(&key).unwrap().kept, KeptSession::Memory { because: None });
    accounts.session(&key).unwrap().renew_now().await.unwrap();
    assert_eq!(walk(setting.folder.path()).len(), 1, "the list alone");
    let restarted = setting.accounts();
    restarted.restore(None).await;
    assert_eq!(restarted.view_of(&key).unwrap().standing, Standing::SignedOut { because: Ended::NotKept });
}

#[tokio::test]
async fn the_file_way_says_that_it_protects_nothing() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    assert_eq!(accounts.view_of(&key).unwrap().kept, KeptSession::File);
    let keys = std::fs::read_to_string(setting.session_file(&key).with_file_name("keys.json")).unwrap();
    assert!(keys.contains("not protected"), "{keys}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
