//! The pages of an archive: plain HTML that any browser shows from a folder, without script and without a network.

use std::fmt::Write as _;
use std::io::Write;

use super::retention::retention;
use super::words::Language;
use super::{MANIFEST, Missing};
use crate::LibraryError;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#16181d;background:#fff}\
img{max-width:100%;height:auto;display:block}main{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:1rem}\
figure{margin:0}figcaption{overflow-wrap:anywhere;color:#444}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3rem .6rem;text-align:start}\
@media(prefers-color-scheme:dark){body{color:#eceef2;background:#101216}figcaption{color:#bbb}a{color:#9db8ff}}";

/// Text as it may stand in HTML, in an attribute too.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            control if control.is_control() && !matches!(control, '\n' | '\t') => {}
            other => out.push(other),
        }
    }
    out
}

fn head(language: Language, title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head><body>\n<h1>{}</h1>\n",
        language.tag(),
        language.direction(),
        escaped(title),
        escaped(title),
    )
}

fn put(out: &mut dyn Write, text: &str) -> Result<(), LibraryError> {
    out.write_all(text.as_bytes())
        .map_err(|source| super::volumes::failed(std::path::Path::new("index.html"), source))
}

/// A month with pictures and how many there are.
pub(crate) struct Month {
    pub(crate) name: String,
    pub(crate) pictures: u64,
}

/// The first page.
pub(crate) fn index(
    out: &mut dyn Write,
    language: Language,
    created: &str,
    months: &[Month],
    missing: &[Missing],
) -> Result<(), LibraryError> {
    let say = |key| language.say(key);
    let mut page = head(language, say("title"));
    let all: u64 = months.iter().map(|month| month.pictures).sum();
    let _ = writeln!(
        page,
        "<p>{} {created}. {}</p>\n<h2>{}: {all}</h2>\n<ul>",
        say("made"),
        say("not_encrypted"),
        say("pictures")
    );
    for month in months {
        let _ = writeln!(
            page,
            "<li><a href=\"images/{0}/index.html\">{0}</a>: {1}</li>",
            month.name, month.pictures
        );
    }
    page.push_str("</ul>\n");
    if !missing.is_empty() {
        let _ = writeln!(page, "<h2>{}: {}</h2>\n<ul>", say("missing"), missing.len());
        for one in missing {
            let _ = writeln!(page, "<li>{} ({})</li>", one.id, escaped(&one.reason));
        }
        page.push_str("</ul>\n");
    }
    let _ = writeln!(page, "<h2>{}</h2>\n<ul>", say("everything"));
    for (path, word) in [
        ("generations/generations.csv", "prompts_csv"),
        ("generations/generations.jsonl", "prompts"),
        ("generations/edits.jsonl", "edits"),
        ("queue/queue.jsonl", "queue"),
        ("inputs/inputs.jsonl", "inputs"),
        ("connections/connections.jsonl", "connections"),
        ("safety/decisions.json", "decisions"),
        ("account/consents.json", "consents"),
        ("account/training.json", "training"),
        ("account/statistics.json", "statistics"),
        ("account/reports.jsonl", "reports"),
        ("settings.json", "program_settings"),
        ("settings/library.jsonl", "library_settings"),
        ("info/processing.html", "processing"),
        (MANIFEST, "manifest"),
    ] {
        let _ = writeln!(page, "<li><a href=\"{path}\">{path}</a>: {}</li>", say(word));
    }
    page.push_str("</ul>\n</body></html>\n");
    put(out, &page)
}

/// A page with the pictures of a month, written picture by picture.
pub(crate) struct Gallery<'a> {
    out: &'a mut dyn Write,
    language: Language,
}

impl<'a> Gallery<'a> {
    pub(crate) fn begin(
        out: &'a mut dyn Write,
        language: Language,
        month: &str,
    ) -> Result<Self, LibraryError> {
        let title = format!("{}, {month}", language.say("pictures"));
        put(out, &head(language, &title))?;
        put(out, &format!("<p><a href=\"../../index.html\">{}</a></p>\n<main>\n", language.say("back")))?;
        Ok(Self { out, language })
    }

    pub(crate) fn picture(&mut self, file: &str, title: &str, prompt: &str) -> Result<(), LibraryError> {
        let words = if prompt.trim().is_empty() { self.language.say("no_prompt") } else { prompt };
        let heading =
            if title.is_empty() { String::new() } else { format!("<strong>{}</strong> ", escaped(title)) };
        let figure = format!(
            "<figure><a href=\"{file}\"><img loading=\"lazy\" src=\"{file}\" alt=\"{0}\"></a><figcaption dir=\"auto\">{heading}{0}</figcaption></figure>\n",
            escaped(words)
        );
        put(self.out, &figure)
    }

    pub(crate) fn end(self) -> Result<(), LibraryError> {
        put(self.out, "</main>\n</body></html>\n")
    }
}

/// Who processes what, how long it is kept, and what a person can do about it.
pub(crate) fn processing(out: &mut dyn Write, language: Language) -> Result<(), LibraryError> {
    let say = |key| language.say(key);
    let mut page = head(language, say("processing_title"));
    for (heading, text) in [("purposes", "purposes_text"), ("recipients", "recipients_text")] {
        let _ = writeln!(page, "<h2>{}</h2>\n<p>{}</p>", say(heading), say(text));
    }
    let _ = writeln!(
        page,
        "<h2>{}</h2>\n<table><tr><th>{}</th><th>{}</th></tr>",
        say("kept_title"),
        say("kept_what"),
        say("kept_until")
    );
    for kept in retention() {
        let until = match (kept.days, &kept.from, &kept.until) {
            (Some(days), Some(from), _) => format!("{days} {} {}", say("kept_days"), escaped(from)),
            (_, _, Some(until)) => escaped(until),
            _ => String::new(),
        };
        let _ = writeln!(
            page,
            "<tr><td dir=\"auto\">{}</td><td dir=\"auto\">{until}</td></tr>",
            escaped(&kept.what)
        );
    }
    page.push_str("</table>\n");
    for (heading, text) in [("rights", "rights_text"), ("contact", "contact_text")] {
        let _ = writeln!(page, "<h2>{}</h2>\n<p>{}</p>", say(heading), say(text));
    }
    page.push_str("</body></html>\n");
    put(out, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_person_are_words_and_not_a_page() {
        let shown = escaped("<script>alert('x')</script> \"&\u{202e}\u{7}");
        assert_eq!(shown, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;");
        let mut page = Vec::new();
        let mut gallery =
            Gallery::begin(&mut page, Language::German, "2026-01").unwrap_or_else(|_| unreachable!());
        let drawn = gallery.picture("a.png", "<b>", "\" onerror=\"x").is_ok() && gallery.end().is_ok();
        let page = String::from_utf8_lossy(&page);
        assert!(
            drawn && !page.contains("<b>") && !page.contains("\" onerror=\"") && !page.contains("<script")
        );
    }
}
