//! What an account makes on one device is found on its other one, and what is erased on either goes on both: two data folders, one service
//! with accounts, and a relay between them that counts, and can spoil what passes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use allxone_account::{AccountKey, AuthServer, Secret, SignedUp};
use allxone_app::studio::{Code, HistorySeen, Studio, commands};
use allxone_app::{Accounts, Folders, Options, Profile, SecretStoreKind, Served, Serving, library_of, serve};
use allxone_contract::{Sha256, Verdict};
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, Purpose, RowId};
use allxone_library::{EgressFilter, Filter, Item, ItemId};
use allxone_tests::models;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::line::{readdress, scene};

const PASSWORD: &str = "marmalade on the roof";

/// Of what happens before a library is open nothing is written down here.
struct Quiet;

impl Ledger for Quiet {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Ok(RowId(0))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

fn options(folder: &TempDir, name: &str) -> Options {
    Options {
        data_dir: Some(folder.path().join(name)),
        models_dir: Some(models()),
        secret_store: Some(SecretStoreKind::File),
        passphrase: None,
        offline: false,
        program: "test".to_owned(),
    }
}

/// A service with accounts, and the relay by which everybody reaches it.
struct Town {
    folder: TempDir,
    service: Served,
    address: String,
    seen: Arc<Mutex<Vec<u8>>>,
    spoil: Arc<AtomicBool>,
}

impl Town {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let alone = Serving::alone(options(&folder, "server"), ([127, 0, 0, 1], 0).into());
        let service = serve(Serving { accounts: Some(Accounts::default()), ..alone }).await.unwrap();
        let (seen, spoil) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::<AtomicBool>::default());
        let relay = relay(service.addr(), Arc::clone(&seen), Arc::clone(&spoil)).await;
        Self { folder, service, address: format!("http://{relay}"), seen, spoil }
    }

    fn saw(&self, words: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.windows(words.len()).filter(|window| *window == words.as_bytes()).count()
    }

    async fn device(&self, name: &str, email: &str, new: bool) -> Device {
        let own = options(&self.folder, name);
        let door = Door::builder().ledger(Arc::new(Quiet)).build().unwrap();
        let accounts = allxone_app::accounts(&Folders::of(&own).unwrap(), own.secret_store, door);
        accounts.restore(None).await;
        let (server, password) = (AuthServer::at(&self.address).unwrap(), Secret::new(PASSWORD));
        let key = match new {
            true => match accounts.sign_up(&server, email, &password, "Ann").await.unwrap() {
                SignedUp::Done { account } => account,
                SignedUp::CodeSent => panic!("nobody sends letters here"),
            },
            false => accounts.sign_in_by_password(&server, email, &password).await.unwrap(),
        };
        Device::open(accounts, key, own).await
    }
}

/// A device where somebody is signed in, with the library of that account open.
struct Device {
    accounts: allxone_account::Accounts,
    key: AccountKey,
    profile: Profile,
    there: Studio,
}

impl Device {
    async fn open(accounts: allxone_account::Accounts, key: AccountKey, own: Options) -> Self {
        let profile = Profile::open(library_of(&accounts, &key, own)).await.unwrap();
        accounts.set_door(profile.door().clone());
        let there = profile.line().at(accounts.session(&key).unwrap()).unwrap();
        there.follow_history().await.unwrap();
        Self { accounts, key, profile, there }
    }

    /// The program ends and is started again.
    async fn restart(self, town: &Town, name: &str) -> Self {
        let Self { accounts, key, profile, there } = self;
        drop(there);
        let shut = Door::builder().build().unwrap();
        accounts.set_door(shut);
        profile.close().await;
        Self::open(accounts, key, options(&town.folder, name)).await
    }

    async fn make(&self, prompt: &str, count: u8) -> Vec<ItemId> {
        let mut draft = scene(prompt);
        draft.request.count = count;
        let queue = self.there.submit(draft).await.unwrap();
        self.there.wait(queue).await.unwrap().kept.iter().map(|kept| kept.item).collect()
    }

    async fn bring(&self) -> Result<HistorySeen, Code> {
        self.there.clone().bring_history(|_| {}).await.map_err(|error| error.code())
    }

    async fn allow(&self) {
        assert_eq!(self.there.allow_history(true).await.unwrap().allowed, Some(true));
    }

    fn items(&self, trash: bool) -> Vec<Item> {
        let filter = Filter { trash, ..Filter::default() };
        self.there.library().list(&filter, None, 100).unwrap().items
    }

    /// The bytes of every picture outside the trash, as hashes, newest first.
    fn hashes(&self) -> Vec<(String, Sha256)> {
        let bytes = |item: &Item| Sha256::of(&self.there.library().picture(item.id).unwrap());
        let mut all: Vec<_> =
            self.items(false).iter().map(|item| (item.details.prompt.clone(), bytes(item))).collect();
        all.sort();
        all
    }

    /// The same result on this device.
    fn same(&self, item: &Item) -> Item {
        let origin = item.details.origin.as_ref().unwrap();
        let id = self.there.library().kept_before(&origin.job, origin.index).unwrap().unwrap();
        self.there.library().get(id).unwrap()
    }
}

/// Passes everything on, notes what goes there, and where it is told to spoils every PNG that comes back.
async fn relay(to: SocketAddr, seen: Arc<Mutex<Vec<u8>>>, spoil: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            #[expect(clippy::disallowed_methods, reason = "the relay is a stranger on the wire")]
            let Ok(far) = TcpStream::connect(to).await else { continue };
            let (seen, spoil) = (Arc::clone(&seen), Arc::clone(&spoil));
            let ((mut near_in, mut near_out), (mut far_in, mut far_out)) =
                (near.into_split(), far.into_split());
            tokio::spawn(async move {
                let mut piece = [0; 16 * 1024];
                while let Ok(length @ 1..) = near_in.read(&mut piece).await {
                    readdress(&mut piece[..length], here, to);
                    seen.lock().unwrap().extend(&piece[..length]);
                    if far_out.write_all(&piece[..length]).await.is_err() {
                        break;
                    }
                }
            });
            tokio::spawn(async move {
                let mut piece = [0; 64 * 1024];
                while let Ok(length @ 1..) = far_in.read(&mut piece).await {
                    let passing = &mut piece[..length];
                    if spoil.load(Ordering::SeqCst)
                        && let Some(at) = passing.windows(4).position(|four| four == b"IHDR")
                    {
                        // In the height, so that it is a picture still.
                        passing.get_mut(at + 11).into_iter().for_each(|byte| *byte ^= 1);
                    }
                    if near_out.write_all(passing).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    here
}

const ASKED: &str = "GET /api/v1/history";
const FETCHED: &str = "GET /api/v1/assets/";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_there_is_here_and_what_goes_here_goes_there() {
    let town = Town::new().await;
    let first = town.device("first", "ann@studio.example", true).await;
    let pair = first.make("two foxes, historycanary", 2).await;
    let single = first.make("a lighthouse", 1).await;
    let second = town.device("second", "ann@studio.example", false).await;

    // Nothing is asked before it is allowed.
    let fetched = town.saw(FETCHED);
    assert_eq!(second.bring().await.unwrap_err(), Code::NotAllowed);
    assert_eq!((second.there.history().await.unwrap().allowed, town.saw(ASKED)), (None, 0));

    second.allow().await;
    let seen = second.bring().await.unwrap();
    assert_eq!((seen.brought, seen.refused, seen.put_away, seen.under_way), (3, 0, 0, false));
    assert!(seen.last.is_some());
    assert_eq!(second.hashes(), first.hashes());
    assert_eq!(town.saw(FETCHED) - fetched, 3);
    // Everything that is known of it came along, and what was judged here says so.
    let (there, here) = (first.there.library().get(pair[1]).unwrap(), second.items(false));
    let copy = second.same(&there);
    assert_eq!(
        (&copy.sha256, copy.created_ms, copy.details.seed, &copy.details.model, &copy.details.origin),
        (&there.sha256, there.created_ms, there.details.seed, &there.details.model, &there.details.origin)
    );
    assert_eq!((&copy.details.params["size"], copy.details.ai_made), (&there.details.params["size"], true));
    let receipts: Vec<allxone_contract::Receipt> = serde_json::from_value(copy.details.receipts).unwrap();
    assert_eq!((receipts.len(), receipts[1].finding.verdict), (2, Verdict::Allow));
    assert_eq!(here.len(), 3);
    // The list of connections says what for.
    let rows = second.there.library().egress_list(&EgressFilter::default(), 100).unwrap();
    let history = |row: &&allxone_library::EgressEntry| row.sent.purpose == "history";
    assert_eq!(rows.iter().filter(history).count(), 4, "{rows:?}");
    assert!(Purpose::ALL.contains(&Purpose::History) && !format!("{rows:?}").contains("historycanary"));
    // Once more brings nothing and fetches nothing.
    assert_eq!((second.bring().await.unwrap().brought, town.saw(FETCHED) - fetched), (3, 3));

    // One of two is erased on the first device: on the second it lies in the trash, favourite or not, and the other stays.
    second.there.library().set_favourite(copy.id, true).unwrap();
    first.there.library().delete(pair[1]).unwrap();
    assert_eq!(commands::library_erase(&first.there, vec![pair[1]]).await.unwrap(), 1);
    first.there.tell_removals().await.unwrap();
    assert_eq!(second.bring().await.unwrap().put_away, 1);
    let trash = second.items(true);
    assert_eq!(
        (trash.len(), trash[0].id, trash[0].favourite, trash[0].erased_elsewhere),
        (1, copy.id, true, true)
    );
    assert_eq!(second.hashes(), first.hashes());
    // Taken back it stays.
    second.there.library().undo_delete(copy.id).unwrap();
    second.bring().await.unwrap();
    assert_eq!(
        (second.items(false).len(), second.there.library().get(copy.id).unwrap().erased_elsewhere),
        (3, false)
    );

    // And the other way, first while the device is offline.
    let other = second.same(&first.there.library().get(single[0]).unwrap());
    second.there.offline().close();
    commands::library_erase(&second.there, vec![other.id]).await.unwrap();
    assert_eq!(second.there.tell_removals().await.unwrap_err().code(), Code::OfflineLocked);
    assert_eq!(second.there.history().await.unwrap().waiting, 1);
    second.there.offline().open();
    let seen = second.bring().await.unwrap();
    assert_eq!((seen.waiting, seen.brought, second.items(false).len()), (0, 3, 2), "it is not brought again");
    first.allow().await;
    let seen = first.bring().await.unwrap();
    assert_eq!((seen.brought, seen.put_away), (0, 1));
    assert_eq!(first.items(true)[0].id, single[0]);

    // Without service and network everything that is here is here.
    let before = second.hashes();
    second.there.offline().close();
    town.service.shutdown().await;
    assert_eq!(second.bring().await.unwrap_err(), Code::OfflineLocked);
    assert_eq!((second.hashes(), before.len()), (before, 2));
    for device in [first, second] {
        drop(device.there);
        device.profile.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_costs_nothing_and_what_is_not_as_announced_is_refused() {
    let town = Town::new().await;
    let first = town.device("first", "ann@studio.example", true).await;
    for prompt in ["a fox", "an owl", "a hare"] {
        first.make(prompt, 1).await;
    }
    let second = town.device("second", "ann@studio.example", false).await;
    second.allow().await;
    let fetched = town.saw(FETCHED);
    // The person closes the offline lock as soon as the first picture is there, and the program ends.
    let lock = second.there.offline().clone();
    let broken = second
        .there
        .clone()
        .bring_history(move |seen| {
            if seen.brought == 1 {
                lock.close()
            }
        })
        .await;
    assert_eq!(broken.unwrap_err().code(), Code::OfflineLocked);
    assert_eq!((second.items(false).len(), second.there.history().await.unwrap().last), (1, None));
    let second = second.restart(&town, "second").await;
    second.bring().await.unwrap();
    assert_eq!(
        (second.hashes(), town.saw(FETCHED) - fetched),
        (first.hashes(), 3),
        "nothing is fetched twice"
    );

    // Taken back while it is used, it ends there, and no failure is told.
    let third = town.device("third", "ann@studio.example", false).await;
    third.allow().await;
    let (library, service) =
        (third.there.library().clone(), town.address.trim_start_matches("http://").to_owned());
    let take_back = move |seen: HistorySeen| {
        if seen.brought == 1 {
            library.allow_history(&service, false).unwrap();
        }
    };
    let seen = third.there.clone().bring_history(take_back).await.unwrap();
    assert_eq!((seen.allowed, seen.brought, third.items(false).len()), (Some(false), 1, 1));

    // Taken back, nothing is asked any more, and what was brought stays.
    let asked = town.saw(ASKED);
    second.there.allow_history(false).await.unwrap();
    assert_eq!(second.bring().await.unwrap_err(), Code::NotAllowed);
    assert_eq!((town.saw(ASKED), second.items(false).len()), (asked, 3));

    // Another person on the same device sees nothing of it.
    let other = town.device("second", "bob@studio.example", true).await;
    other.allow().await;
    let seen = other.bring().await.unwrap();
    assert_eq!((seen.brought, other.items(false).len()), (0, 0));
    assert_ne!(other.key, second.key);

    // On the way to the third device every picture is changed a little; allowed anew, what was refused gets another chance.
    third.allow().await;
    town.spoil.store(true, Ordering::SeqCst);
    let seen = third.bring().await.unwrap();
    assert_eq!((seen.brought, seen.refused, third.items(false).len()), (1, 2, 1));
    town.spoil.store(false, Ordering::SeqCst);
    third.there.allow_history(false).await.unwrap();
    third.allow().await;
    let seen = third.bring().await.unwrap();
    assert_eq!((seen.brought, seen.refused, third.hashes()), (3, 0, first.hashes()));
    for device in [first, second, other, third] {
        drop(device.there);
        device.profile.close().await;
    }
    town.service.shutdown().await;
}
