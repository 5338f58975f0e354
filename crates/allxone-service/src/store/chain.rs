//! The book of receipts: one line for every receipt this service made or was shown, each bound to all before it by its hash.
//!
//! Lines are only ever added, in the transaction of what they are about, and hold no content: what kind, which row, a hash of the receipt,
//! a hash of the sender's receipt. So receipts can go when their time is up, and the chain still holds. A changed, missing or slipped-in
//! line breaks it; a chain that was rewritten as a whole does not contain a head that was noted down before.

use allxone_contract::{Receipt, Sha256, UtcMillis};
use allxone_database::in_turn;
use sqlx::{AnyConnection, Row};

use super::Store;
use super::rows::to_json;
use crate::ServiceError;

/// What the first line is bound to.
const BEGINNING: &str = "allxone receipts 1";
/// The turn of whoever adds a line.
const TURN: i64 = 1;
/// Lines that are read at once.
const PAGE: i64 = 1_000;

/// What a receipt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A job that was accepted.
    Job,
    /// A picture that was taken in.
    Input,
    /// A result.
    Output,
    /// Something that was stopped.
    Decision,
}

impl About {
    const ALL: [Self; 4] = [Self::Job, Self::Input, Self::Output, Self::Decision];

    fn name(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Input => "input",
            Self::Output => "output",
            Self::Decision => "decision",
        }
    }

    /// The stored receipts of this kind: subject, time, receipt, sender's receipt.
    fn stored(self) -> &'static str {
        match self {
            Self::Job => "SELECT id, created, receipt, sender_receipt FROM jobs WHERE receipt IS NOT NULL",
            Self::Input => "SELECT id, created, receipt, sender_receipt FROM assets WHERE receipt IS NOT NULL",
            Self::Output => {
                "SELECT o.asset_id, a.created, o.receipt, NULL FROM outputs o JOIN assets a ON a.id = o.asset_id"
            }
            Self::Decision => {
                "SELECT id, time, stage || '|' || verdict || '|' || category || '|' || section || '|' || policy || '|' || models, NULL
                 FROM decisions"
            }
        }
    }
}

/// What a look through the book found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptBook {
    /// How many lines there are.
    pub lines: u64,
    /// Hash of the last line, hexadecimal. Noted down elsewhere, it shows later that no line before it was changed.
    pub head: String,
    /// Whether the head that was asked for is among the lines; `None` when none was.
    pub knows_head: Option<bool>,
    /// What is wrong, in sentences without content; empty when nothing is.
    pub faults: Vec<String>,
}

/// One line as it is hashed.
struct Line<'a> {
    sequence: i64,
    time: i64,
    kind: &'a str,
    subject: &'a str,
    receipt: &'a str,
    sender: Option<&'a str>,
}

impl Line<'_> {
    fn hash(&self, before: &str) -> String {
        let Self { sequence, time, kind, subject, receipt, sender } = self;
        let sender = sender.unwrap_or("-");
        Sha256::of(
            format!("{before}\n{sequence}\n{time}\n{kind}\n{subject}\n{receipt}\n{sender}\n").as_bytes(),
        )
        .to_string()
    }
}

/// Adds a receipt's line. Part of the transaction that stores what it is about, and its last step: nobody else adds one until it ends, and
/// two who lock in different orders would wait for each other.
pub(super) async fn append(
    tx: &mut AnyConnection,
    about: About,
    subject: &str,
    receipt: &Receipt,
    sender: Option<&Receipt>,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    let sender = sender.map(to_json).transpose()?;
    append_text(tx, about, subject, &to_json(receipt)?, sender.as_deref(), now).await
}

/// [`append`] for what is stored as `text`.
pub(super) async fn append_text(
    tx: &mut AnyConnection,
    about: About,
    subject: &str,
    text: &str,
    sender: Option<&str>,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    // A line is bound to the one before it, so nobody may come between.
    in_turn(tx, TURN).await?;
    let last = sqlx::query("SELECT sequence, hash FROM receipts ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(&mut *tx)
        .await?;
    let (last, before): (i64, String) = match last {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (0, BEGINNING.to_owned()),
    };
    let (receipt, sender) =
        (Sha256::of(text.as_bytes()).to_string(), sender.map(|text| Sha256::of(text.as_bytes()).to_string()));
    let line = Line {
        sequence: last + 1,
        time: now.0,
        kind: about.name(),
        subject,
        receipt: &receipt,
        sender: sender.as_deref(),
    };
    let hash = line.hash(&before);
    sqlx::query("INSERT INTO receipts (sequence, time, kind, subject, receipt, sender, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(line.sequence)
        .bind(line.time)
        .bind(line.kind)
        .bind(line.subject)
        .bind(line.receipt)
        .bind(line.sender)
        .bind(hash.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// Looks through the whole book: whether every line follows from the one before, and whether it and the stored receipts say the same.
    pub(crate) async fn receipt_book(&self, noted: Option<&str>) -> Result<ReceiptBook, ServiceError> {
        let mut tx = self.look().await?;
        let (mut lines, mut head, mut faults) = (0_u64, BEGINNING.to_owned(), Vec::new());
        let (mut found, mut after, mut begun) = (false, 0_i64, None);
        loop {
            let rows = sqlx::query(
                "SELECT sequence, time, kind, subject, receipt, sender, hash FROM receipts WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            )
            .bind(after)
            .bind(PAGE)
            .fetch_all(&mut *tx)
            .await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let (kind, subject): (String, String) = (row.try_get("kind")?, row.try_get("subject")?);
                let (receipt, sender): (String, Option<String>) =
                    (row.try_get("receipt")?, row.try_get("sender")?);
                let line = Line {
                    sequence: row.try_get("sequence")?,
                    time: row.try_get("time")?,
                    kind: &kind,
                    subject: &subject,
                    receipt: &receipt,
                    sender: sender.as_deref(),
                };
                let hash: String = row.try_get("hash")?;
                if line.sequence != after + 1 {
                    faults
                        .push(format!("Between line {after} and line {} lines are missing.", line.sequence));
                }
                if line.hash(&head) != hash {
                    faults.push(format!("Line {} does not follow from the one before it.", line.sequence));
                }
                begun = begun.or(Some(line.time));
                found |= noted == Some(hash.as_str());
                (after, head, lines) = (line.sequence, hash, lines + 1);
            }
        }
        let stored: i64 =
            sqlx::query("SELECT COUNT(*) FROM receipts").fetch_one(&mut *tx).await?.try_get(0)?;
        if u64::try_from(stored).ok() != Some(lines) {
            faults.push("There are lines outside the numbering.".to_owned());
        }
        for about in About::ALL {
            compare(&mut tx, about, begun.unwrap_or(i64::MIN), &mut faults).await?;
        }
        Ok(ReceiptBook { lines, head, knows_head: noted.map(|_| found), faults })
    }
}

/// Compares what is stored with what the book says of it. What is older than the book has no line.
async fn compare(
    tx: &mut AnyConnection,
    about: About,
    begun: i64,
    faults: &mut Vec<String>,
) -> Result<(), ServiceError> {
    let rows = sqlx::query(about.stored()).fetch_all(&mut *tx).await?;
    for row in &rows {
        let (subject, time): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (receipt, sender): (String, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
        let line = sqlx::query("SELECT receipt, sender FROM receipts WHERE kind = $1 AND subject = $2 ORDER BY sequence DESC LIMIT 1")
            .bind(about.name())
            .bind(subject.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let kind = about.name();
        let Some(line) = line else {
            if time >= begun {
                faults.push(format!("The receipt of {kind} {subject} is not in the book."));
            }
            continue;
        };
        let hash = |text: &str| Sha256::of(text.as_bytes()).to_string();
        if line.try_get::<String, _>(0)? != hash(&receipt) {
            faults.push(format!("The receipt of {kind} {subject} is not the one that was written down."));
        }
        // The sender's goes with the content; while it is there, it has to be the one that came.
        if sender
            .is_some_and(|sender| line.try_get::<Option<String>, _>(1).ok().flatten() != Some(hash(&sender)))
        {
            faults.push(format!(
                "The sender's receipt of {kind} {subject} is not the one that was written down."
            ));
        }
    }
    Ok(())
}
