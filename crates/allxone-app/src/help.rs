//! The page with help as HTML: what a host shows when the screen itself cannot be shown. No script, nothing to load.

/// Text as a page: the first line its heading, nothing of it markup; below it a link, given as address and words.
pub fn help_page(text: &str, link: Option<(&str, &str)>) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let mut lines = escaped.lines();
    let title = lines.next().unwrap_or_default();
    let rest: String = lines.map(|line| format!("<p dir=\"auto\">{line}</p>")).collect();
    let link = link
        .map(|(address, words)| format!("<p dir=\"auto\"><a href=\"{address}\">{words}</a></p>"))
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
        let page = help_page("Sorry\nfile <script>x</script> & more\nHelp", Some(("/log", "Show the log")));
        assert!(page.contains("&lt;script>x&lt;/script> &amp; more") && !page.contains("<script"));
        assert!(
            page.contains("<h1 dir=\"auto\">Sorry</h1>")
                && page.contains("<a href=\"/log\">Show the log</a>")
        );
    }
}
