//! Transactions that share a commit. A commit waits for the disk, and SQLite has one writer, so those that wait for it and may share are taken
//! into one transaction: each within a savepoint of its own, undone alone when it fails, and told that it lasts when the whole is on disk.
//!
//! Who shares sees what others wrote before it lasts, so nothing that was seen may be told to anybody before the whole is on disk. That is
//! why sharing is asked for, where many write at once, and everything else is a transaction of its own.
//!
//! PostgreSQL's writers are many, and its server gathers their commits itself; there each transaction is its own.

use std::collections::VecDeque;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use tokio::sync::OwnedMutexGuard;
use tokio::sync::oneshot::{Sender, channel};
use tokio::time::timeout;

use crate::open::PATIENCE;

/// How many share a commit at most, so that the first of them does not wait for ever more others.
const MOST: usize = 32;

/// A transaction. Dropped without a commit, it changes nothing.
pub struct Tx(Kind);

enum Kind {
    Alone(Transaction<'static, Any>),
    Together(Member),
}

/// One of several in a transaction, while it is its turn.
struct Member {
    connection: OwnedMutexGuard<PoolConnection<Any>>,
    /// Takes what is to become of it. Dropped, it says that nothing of it is to stay.
    end: Sender<End>,
}

/// What is to become of a member's part, and who is told when all of it is on disk.
struct End {
    keep: bool,
    told: Sender<Result<(), sqlx::Error>>,
}

/// Who waits for a turn.
struct Waiting {
    turn: Sender<Result<Member, sqlx::Error>>,
    shares: bool,
}

impl Tx {
    /// Makes it last. It is on disk when this returns.
    ///
    /// # Errors
    /// When the database fails. Where it broke off in the middle of the commit, nobody here knows whether it lasts.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self.0 {
            Kind::Alone(transaction) => transaction.commit().await,
            Kind::Together(member) => member.end(true).await,
        }
    }

    /// Undoes it. When this returns, nobody waits for what it had locked, and what it saw lasts.
    ///
    /// # Errors
    /// When the database fails; nothing was changed then either, and what was seen may not last.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self.0 {
            Kind::Alone(transaction) => transaction.rollback().await,
            Kind::Together(member) => member.end(false).await,
        }
    }
}

impl Member {
    async fn end(self, keep: bool) -> Result<(), sqlx::Error> {
        let Self { connection, end } = self;
        let (told, lasts) = channel();
        let _ = end.send(End { keep, told });
        drop(connection);
        lasts.await.unwrap_or_else(|_| Err(broke_off()))
    }
}

impl From<Transaction<'static, Any>> for Tx {
    fn from(transaction: Transaction<'static, Any>) -> Self {
        Self(Kind::Alone(transaction))
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match &self.0 {
            Kind::Alone(transaction) => transaction,
            Kind::Together(member) => &member.connection,
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match &mut self.0 {
            Kind::Alone(transaction) => transaction,
            Kind::Together(member) => &mut member.connection,
        }
    }
}

/// Those who wait for the only writer of a file. Clones share it.
#[derive(Clone)]
pub(crate) struct Group(Arc<Inner>);

struct Inner {
    writer: AnyPool,
    line: Mutex<Line>,
    commits: AtomicU64,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    /// Whether somebody lets them in.
    served: bool,
}

impl Group {
    pub(crate) fn new(writer: AnyPool) -> Self {
        Self(Arc::new(Inner { writer, line: Mutex::default(), commits: AtomicU64::new(0) }))
    }

    /// How often something was made to last.
    pub(crate) fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// Waits for a turn, in a transaction that `shares` its commit with others or is alone.
    pub(crate) async fn begin(&self, shares: bool) -> Result<Tx, sqlx::Error> {
        let (waiting, turn) = channel();
        let served = {
            let mut line = self.line();
            line.waiting.push_back(Waiting { turn: waiting, shares });
            std::mem::replace(&mut line.served, true)
        };
        if !served {
            let group = self.clone();
            tokio::spawn(async move { while group.serve().await {} });
        }
        match timeout(PATIENCE, turn).await {
            Ok(Ok(turn)) => turn.map(|member| Tx(Kind::Together(member))),
            Ok(Err(_)) => Err(sqlx::Error::PoolClosed),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Lets in who waits, one after the other, and commits for all of them. `false` when nobody is left.
    async fn serve(&self) -> bool {
        let connection = match self.0.writer.acquire().await {
            Ok(connection) => Arc::new(tokio::sync::Mutex::new(connection)),
            Err(error) => {
                tracing::error!(kind = crate::kind(&error), "the writer of a database could not be had");
                let waiting = std::mem::take(&mut *self.line()).waiting;
                waiting.into_iter().for_each(|waiting| drop(waiting.turn.send(Err(unavailable(&error)))));
                return false;
            }
        };
        let (mut told, mut kept, mut entry) = (Vec::new(), false, "BEGIN; SAVEPOINT member");
        let mut failed = None;
        while told.len() < MOST {
            let Some((next, last)) = self.next(told.is_empty()) else { break };
            let mut turn = Arc::clone(&connection).lock_owned().await;
            if let Err(error) = sqlx::raw_sql(entry).execute(&mut **turn).await {
                failed = Some(error);
                let _ = next.send(Err(broke_off()));
                break;
            }
            let (end, ended) = channel();
            let _ = next.send(Ok(Member { connection: turn, end }));
            let end = ended.await.ok();
            entry = match end.as_ref().is_some_and(|end| end.keep) {
                true => "RELEASE member; SAVEPOINT member",
                // The savepoint itself stays, for the next.
                false => "ROLLBACK TO member",
            };
            kept |= end.as_ref().is_some_and(|end| end.keep);
            told.push(end.map(|end| end.told));
            if last {
                break;
            }
        }
        let mut connection = connection.lock_owned().await;
        if failed.is_none() {
            let end = match (kept, entry) {
                (false, _) => "ROLLBACK",
                (true, "ROLLBACK TO member") => "ROLLBACK TO member; COMMIT",
                (true, _) => "COMMIT",
            };
            failed = sqlx::raw_sql(end).execute(&mut **connection).await.err();
        }
        let told = told.into_iter().flatten();
        match failed {
            None => {
                if kept {
                    self.0.commits.fetch_add(1, Ordering::Relaxed);
                }
                told.for_each(|told| drop(told.send(Ok(()))));
            }
            Some(error) => {
                // What it still holds goes with it.
                connection.close_on_drop();
                tracing::error!(kind = crate::kind(&error), "a transaction was not committed");
                told.for_each(|told| drop(told.send(Err(broke_off()))));
            }
        }
        drop(connection);
        let mut line = self.line();
        line.served = !line.waiting.is_empty();
        line.served
    }

    /// The next who may come in, and whether nobody may after it. Who shares with nobody comes `first` or not at all.
    fn next(&self, first: bool) -> Option<(Sender<Result<Member, sqlx::Error>>, bool)> {
        let mut line = self.line();
        let next = line.waiting.pop_front_if(|next| first || next.shares)?;
        Some((next.turn, !next.shares))
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // A line of people is whole after any panic.
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What keeps everybody from writing, told to one of them.
fn unavailable(error: &sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::PoolTimedOut => sqlx::Error::PoolTimedOut,
        sqlx::Error::PoolClosed => sqlx::Error::PoolClosed,
        _ => broke_off(),
    }
}

/// A transaction ended without anybody saying how.
fn broke_off() -> sqlx::Error {
    sqlx::Error::Io(io::Error::other("the transaction broke off"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::path::Path;

    use allxone_vault::SecretKey;
    use sqlx::Row;
    use tokio::task::JoinSet;
    use zeroize::Zeroizing;

    use crate::{Database, Steps};

    const SCHEMA: Steps = Steps {
        version_table: "version",
        steps: &[&["CREATE TABLE things (name BIGINT NOT NULL PRIMARY KEY)"]],
    };

    async fn open(dir: &Path) -> Database {
        let key = SecretKey::from_bytes(Zeroizing::new([1; 32]));
        Database::open(&dir.join("things.db"), &key, SCHEMA).await.unwrap()
    }

    async fn things(database: &Database) -> Vec<i64> {
        let rows =
            sqlx::query("SELECT name FROM things ORDER BY name").fetch_all(&database.readers).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    fn insert(name: i64) -> sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments> {
        sqlx::query("INSERT INTO things (name) VALUES ($1)").bind(name)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn those_who_wait_share_a_commit_and_each_is_kept_or_undone_alone() {
        let dir = tempfile::tempdir().unwrap();
        let database = open(dir.path()).await;
        let (first, mut crowd) = (database.begin_shared().await.unwrap(), JoinSet::new());
        for name in 0..200_i64 {
            let database = database.clone();
            crowd.spawn(async move {
                let mut tx = database.begin_shared().await.unwrap();
                insert(name).execute(&mut *tx).await.unwrap();
                match name % 4 {
                    // Changes its mind.
                    0 => drop(tx),
                    // Fails.
                    1 => assert!(insert(name).execute(&mut *tx).await.is_err()),
                    // Fails at a step that can be done without.
                    2 => {
                        assert!(insert(name).execute(&mut *tx).await.is_err());
                        tx.commit().await.unwrap();
                    }
                    _ => tx.commit().await.unwrap(),
                }
            });
        }
        tokio::task::yield_now().await;
        drop(first);
        while let Some(done) = crowd.join_next().await {
            done.unwrap();
        }
        let wanted: Vec<i64> = (0..200).filter(|name| name % 4 >= 2).collect();
        assert_eq!(things(&database).await, wanted);
        let commits = database.commits().unwrap();
        assert!((1..=60).contains(&commits), "{commits} commits for 100 transactions that last");
        database.close().await;
        assert_eq!(things(&open(dir.path()).await).await, wanted);
    }

    #[tokio::test]
    async fn what_broke_off_is_told_to_all_who_shared_it_and_nothing_of_it_stays() {
        let dir = tempfile::tempdir().unwrap();
        let database = open(dir.path()).await;
        let mut first = database.begin_shared().await.unwrap();
        let second = tokio::spawn({
            let database = database.clone();
            async move { database.begin_shared().await }
        });
        tokio::task::yield_now().await;
        insert(1).execute(&mut *first).await.unwrap();
        let (first, second) = tokio::join!(first.commit(), async {
            let mut second = second.await.unwrap().unwrap();
            // As the database does it when the disk is full.
            sqlx::raw_sql("ROLLBACK").execute(&mut *second).await.unwrap();
            second.commit().await
        });
        assert!(first.is_err() && second.is_err());
        assert_eq!((things(&database).await, database.commits()), (vec![], Some(0)));
        database.execute(insert(2)).await.unwrap();
        assert_eq!((things(&database).await, database.commits()), (vec![2], Some(1)));
    }

    #[tokio::test]
    async fn what_was_seen_of_others_lasts_before_it_is_told_and_who_does_not_share_sees_none_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let database = open(dir.path()).await;
        let mut first = database.begin_shared().await.unwrap();
        let begin = |shares: bool| {
            let database = database.clone();
            tokio::spawn(async move { database.begin_with(shares).await })
        };
        let (second, third) = (begin(true), begin(false));
        tokio::task::yield_now().await;
        insert(1).execute(&mut *first).await.unwrap();
        let first = tokio::spawn(first.commit());
        let mut second = second.await.unwrap().unwrap();
        let seen = sqlx::query("SELECT name FROM things").fetch_all(&mut *second).await.unwrap();
        assert_eq!((seen.len(), things(&database).await, first.is_finished()), (1, vec![], false));
        assert!(!third.is_finished());
        second.rollback().await.unwrap();
        assert_eq!(things(&database).await, [1]);
        let mut third = third.await.unwrap().unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(database.commits(), Some(1));
        insert(2).execute(&mut *third).await.unwrap();
        let fourth = begin(true);
        tokio::task::yield_now().await;
        third.commit().await.unwrap();
        fourth.await.unwrap().unwrap().rollback().await.unwrap();
        assert_eq!((things(&database).await, database.commits()), (vec![1, 2], Some(2)));
    }

    #[tokio::test]
    async fn who_stops_waiting_holds_up_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let database = open(dir.path()).await;
        let mut first = database.begin_shared().await.unwrap();
        for _ in 0..3 {
            let waiting = database.begin_shared();
            tokio::select! {
                biased;
                _ = waiting => panic!("two wrote at once"),
                () = tokio::task::yield_now() => {}
            }
        }
        insert(1).execute(&mut *first).await.unwrap();
        first.commit().await.unwrap();
        database.execute(insert(2)).await.unwrap();
        assert_eq!(things(&database).await, [1, 2]);
    }
}
