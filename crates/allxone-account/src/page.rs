//! What the browser shows after a sign-in: one fixed page, nothing of the request in it.

/// The page, in the language the browser asks for.
pub(crate) fn done(languages: Option<&str>) -> String {
    let (language, direction, title, text) = words(languages.unwrap_or_default());
    format!(
        "<!doctype html><html lang=\"{language}\" dir=\"{direction}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>AllXOne</title></head><body><main><h1>{title}</h1>\
         <p>{text}</p></main></body></html>"
    )
}

fn words(languages: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    for asked in languages.split(',').take(20) {
        match asked.split([';', '-']).next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "de" => {
                return (
                    "de",
                    "ltr",
                    "Zurück zu AllXOne",
                    "Die Anmeldung geht im Programm weiter. Dieses Fenster können Sie schließen.",
                );
            }
            "ar" => {
                return (
                    "ar",
                    "rtl",
                    "عُد إلى AllXOne",
                    "يتابع البرنامج تسجيل الدخول. يمكنك إغلاق هذه النافذة.",
                );
            }
            "en" => break,
            _ => {}
        }
    }
    ("en", "ltr", "Back to AllXOne", "The sign-in goes on in the program. You can close this window.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_the_first_language_it_knows() {
        assert!(done(Some("fr-FR, de-AT;q=0.8, en")).contains("lang=\"de\""));
        assert!(done(Some("ar")).contains("dir=\"rtl\""));
        assert!(done(Some("<script>")).contains("lang=\"en\"") && done(None).contains("lang=\"en\""));
    }
}
