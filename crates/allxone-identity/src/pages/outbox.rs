//! The letters of a service without a mail server, for its owner.

use axum::response::Response;
use http::HeaderMap;
use maud::html;

use super::{Frame, language, page};
use crate::{BASE, Letter};

/// The page with the letters whose codes are still of use, the newest first.
pub(crate) fn outbox(letters: &[Letter], headers: &HeaderMap) -> Response {
    let words = language(headers);
    let what = |kind: &str| words.kinds.iter().find(|(name, _)| *name == kind).map_or("", |(_, text)| *text);
    let body = html! {
        h1 { (words.outbox) }
        p { (words.outbox_note) }
        @if letters.is_empty() {
            p.empty { (words.outbox_empty) }
        } @else {
            ol {
                @for letter in letters {
                    li {
                        div {
                            h2 { bdi dir="ltr" { (letter.recipient) } }
                            p { (what(&letter.kind)) }
                        }
                        code dir="ltr" { (letter.code) }
                    }
                }
            }
        }
        p { a.button href={ (BASE) "/outbox" } { (words.look_again) } }
    };
    page(words, words.outbox, 200, Frame { wide: true, ..Frame::default() }, &body)
}
