//! The two pages of an archive that are for people: what is in it, and what the service does with the data, with whom, for how long.

use allxone_contract::{About, OperatorKind, UtcMillis};
use maud::{DOCTYPE, html};
use time::OffsetDateTime;

/// The day of a moment, `2026-05-01`.
pub(super) fn day(at: UtcMillis) -> String {
    let date = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .date();
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// `README.txt`
pub(super) fn readme(about: &About) -> String {
    let mut text = format!(
        "Everything {} holds of one account.\n\n\
         index.html      the pictures to look at, in any browser, without a network\n\
         schema/         a JSON Schema for each file with records\n\
         manifest.json   every file with its size and hash, and what could not be read\n\
         SHA256SUMS      the same hashes, for `sha256sum --check SHA256SUMS`\n\
         info/           what is done with the data, by whom, for how long, and the texts in force\n\
         pictures/       the bytes of uploaded pictures and results, named by their id in content/assets.jsonl\n\n\
         Everything else is JSON, one record on each line, one file for each table, in the folder of its class:\n\n",
        about.operator.name
    );
    for class in &about.retention {
        text.push_str(&format!("{}/\n    {}\n", class.class, class.what));
    }
    text.push_str("\nTimes are milliseconds since 1970-01-01 UTC; amounts are thousandths of a credit.\n");
    text
}

/// `index.html`: the pictures to look at and what else there is, without script and without a network.
pub(super) fn index(about: &About, paths: &[&str], now: UtcMillis) -> String {
    let pictures = || paths.iter().filter(|path| path.starts_with("pictures/"));
    let policy = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'";
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width";
                title { "Everything " (about.operator.name) " holds of one account" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "Everything " (about.operator.name) " holds of one account" }
                p { "Made on " (day(now)) ". Nothing in it is encrypted. " a href="README.txt" { "README.txt" } " says what each file is." }
                h2 { "Pictures: " (pictures().count()) }
                main {
                    @for path in pictures() {
                        figure { a href=(path) { img loading="lazy" src=(path) alt=(path); } figcaption { (path) } }
                    }
                }
                h2 { "Everything else" }
                ul {
                    @for path in paths.iter().filter(|path| !path.starts_with("pictures/")) {
                        li { a href=(path) { (path) } }
                    }
                }
            }
        }
    }
    .into_string()
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#16181d;background:#fff}\
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:1rem}img{max-width:100%;height:auto}\
figure{margin:0}figcaption,a{overflow-wrap:anywhere}@media(prefers-color-scheme:dark){body{color:#eceef2;background:#101216}a{color:#9db8ff}}";

/// `info/processing.html`
pub(super) fn processing(about: &About) -> String {
    let contact =
        about.operator.contact.as_deref().unwrap_or("no address is named; ask whoever gave you access");
    let alone = about.operator.kind == OperatorKind::ThisComputer;
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "What is done with your data" } }
            body {
                h1 { "What is done with your data" }
                p { "Operator: " (about.operator.name) ". Contact: " (contact) "." }
                h2 { "Purposes" }
                ul {
                    li { "Making the pictures you ask for, checking requests and results, and handing them to you (to perform the contract)." }
                    li { "Keeping accounts and telling attacks from you (to perform the contract; legitimate interest in security)." }
                    li { "Books, where something was charged (legal obligation)." }
                    li { "Usage statistics and training, each only where and as long as you allowed it (consent). Nothing else depends on it." }
                }
                h2 { "Decisions made by a program" }
                p { "Every prompt and picture is judged by a safety check, and what it stops is not made. The rules and the section of the policy are in decisions/. Write to the contact if one is wrong." }
                h2 { "Who else gets to see something" }
                @if about.processors.is_empty() {
                    p { @if alone { "Nobody: the service runs on this computer." } @else { "Nobody." } }
                } @else {
                    table {
                        tr { th { "Who" } th { "Sees" } th { "Where" } th { "Keeps it" } th { "Trains with it" } th { "Agreement" } }
                        @for processor in &about.processors {
                            tr {
                                td { (processor.name) } td { (processor.sees) } td { (processor.region) } td { (processor.retention) }
                                td { @if processor.trains_on_data { "yes" } @else { "no" } }
                                td { @if let Some(agreement) = &processor.agreement { (agreement.link) ", " (agreement.date) } @else { "–" } }
                            }
                        }
                    }
                }
                h2 { "How long it is kept" }
                table {
                    tr { th { "What" } th { "Until" } }
                    @for class in &about.retention {
                        tr {
                            td { (class.what) }
                            td {
                                @if let Some(days) = class.days { (days) " days after " (class.from.as_deref().unwrap_or("it was made")) }
                                @if class.days.is_some() && class.until.is_some() { ", or " }
                                @if let Some(until) = &class.until { "until " (until) }
                                @if class.outlives_account { " (also after the account is deleted, without a way back to you)" }
                            }
                        }
                    }
                }
                h2 { "Your rights" }
                p { "To see it (this archive), to have it corrected, to have it deleted, to take back what you allowed, to complain to a supervisory authority. In the program: Privacy and Account; without it: write to the contact." }
            }
        }
    }
    .into_string()
}
