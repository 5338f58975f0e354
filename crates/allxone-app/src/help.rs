//! The page with help: what a host shows when the screen itself cannot be shown. No script, nothing to load.

use std::sync::{Mutex, PoisonError};

use http::{Response, header};

use crate::Word;

/// What the page says at the moment.
#[derive(Default)]
pub struct HelpPage(Mutex<String>);

impl HelpPage {
    /// Where its one link leads, which shows the log.
    pub const LOG: &str = "/log";

    /// Says why the program cannot go on, in the language of `say`; with a link where there is a log.
    pub fn tell(&self, why: &str, say: impl Fn(Word) -> &'static str, log: bool) {
        let text = format!("{}\n{why}\n{}", say(Word::CannotGoOn), say(Word::Help));
        let page = page(&text, log.then(|| say(Word::ShowLog)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }

    /// The page, as an answer to whatever was asked.
    pub fn reply(&self) -> Response<Vec<u8>> {
        let page = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Response::builder()
            .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")
            .body(page.into_bytes())
            .unwrap_or_default()
    }
}

/// Text as a page: the first line its heading, nothing of it markup; below it the link's words.
fn page(text: &str, link: Option<&str>) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let mut lines = escaped.lines();
    let title = lines.next().unwrap_or_default();
    let rest: String = lines.map(|line| format!("<p dir=\"auto\">{line}</p>")).collect();
    let link = link
        .map(|words| format!("<p dir=\"auto\"><a href=\"{}\">{words}</a></p>", HelpPage::LOG))
        .unwrap_or_default();
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>AllXOne</title><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 \
         system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1.5em}}p{{overflow-wrap:anywhere}}</style><h1 dir=\"auto\">{title}</h1>{rest}{link}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_text_and_never_markup() {
        let help = HelpPage::default();
        help.tell("file <script>x</script> & more", |word| word.say("en"), true);
        let page = String::from_utf8(help.reply().into_body()).unwrap();
        assert!(page.contains("&lt;script>x&lt;/script> &amp; more") && !page.contains("<script"));
        assert!(page.contains(&format!("<h1 dir=\"auto\">{}</h1>", Word::CannotGoOn.say("en"))));
        assert!(page.contains(&format!("<a href=\"/log\">{}</a>", Word::ShowLog.say("en"))));
        help.tell("no desk", |word| word.say("en"), false);
        assert!(!String::from_utf8(help.reply().into_body()).unwrap().contains("<a "));
    }
}
