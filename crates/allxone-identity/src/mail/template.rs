//! The words of the letters: the code first, then what it is for, then what to do when nobody asked for it.

use maud::{DOCTYPE, html};

use crate::language::Language;

/// A letter ready to be sent.
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

struct Words {
    dir: &'static str,
    subject: &'static str,
    greeting: &'static str,
    kinds: [(&'static str, &'static str); 5],
    valid: &'static str,
    secret: &'static str,
    ignore: &'static str,
    from: &'static str,
}

/// Writes the letter of one kind with its code, valid for so many minutes, of the service at `host`.
pub(crate) fn write(kind: &str, code: &str, minutes: i64, host: &str, language: Language) -> Written {
    let words = of(language);
    let what = words.kinds.iter().find(|(name, _)| *name == kind).map_or("", |(_, text)| *text);
    let subject = words.subject.replace("{code}", code);
    let valid = words.valid.replace("{minutes}", &minutes.to_string());
    let from = words.from.replace("{host}", host);
    let text = format!(
        "{code}\n\n{}\n{what} {valid}\n\n{}\n{}\n\n{from}\n",
        words.greeting, words.secret, words.ignore
    );
    let html = html! {
        (DOCTYPE)
        html lang=(language.tag()) dir=(words.dir) {
            head { meta charset="utf-8"; title { (subject) } }
            body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif" {
                p style="margin:0 0 16px;font-size:32px;font-weight:700;letter-spacing:6px" { bdi dir="ltr" { (code) } }
                p { (words.greeting) br; (what) " " (valid) }
                p { (words.secret) " " (words.ignore) }
                p style="font-size:13px" { (from) }
            }
        }
    };
    Written { subject, text, html: html.into_string() }
}

fn of(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::Arabic => &ARABIC,
    }
}

static ENGLISH: Words = Words {
    dir: "ltr",
    subject: "{code} is your AllXOne code",
    greeting: "This is your code for AllXOne.",
    kinds: [
        ("signup", "It confirms your new account."),
        ("email", "It signs you in."),
        ("recovery", "It lets you choose a new password."),
        ("email_change", "It confirms that this is your new e-mail address."),
        ("reauthentication", "It proves once more that it is you."),
    ],
    valid: "It is valid for {minutes} minutes and can be used once.",
    secret: "Type it in where you asked for it, and tell it to nobody: no one at AllXOne will ever ask you for it.",
    ignore: "If you did not ask for it, you need not do anything. Without the code nothing happens.",
    from: "Sent by the AllXOne service at {host}.",
};

static GERMAN: Words = Words {
    dir: "ltr",
    subject: "{code} ist Ihr AllXOne-Code",
    greeting: "Das ist Ihr Code für AllXOne.",
    kinds: [
        ("signup", "Er bestätigt Ihr neues Konto."),
        ("email", "Er meldet Sie an."),
        ("recovery", "Mit ihm können Sie ein neues Passwort wählen."),
        ("email_change", "Er bestätigt, dass dies Ihre neue E-Mail-Adresse ist."),
        ("reauthentication", "Er beweist noch einmal, dass Sie es sind."),
    ],
    valid: "Er gilt {minutes} Minuten und nur einmal.",
    secret: "Geben Sie ihn dort ein, wo Sie ihn angefordert haben, und verraten Sie ihn niemandem: Bei AllXOne wird Sie nie jemand danach fragen.",
    ignore: "Wenn Sie ihn nicht angefordert haben, müssen Sie nichts tun. Ohne den Code geschieht nichts.",
    from: "Gesendet vom AllXOne-Dienst auf {host}.",
};

static ARABIC: Words = Words {
    dir: "rtl",
    subject: "{code} هو رمزك في AllXOne",
    greeting: "هذا رمزك في AllXOne.",
    kinds: [
        ("signup", "يؤكد حسابك الجديد."),
        ("email", "يسجّل دخولك."),
        ("recovery", "يتيح لك اختيار كلمة مرور جديدة."),
        ("email_change", "يؤكد أن هذا هو عنوان بريدك الجديد."),
        ("reauthentication", "يثبت من جديد أنك أنت."),
    ],
    valid: "يصلح لمدة {minutes} دقيقة ولمرة واحدة.",
    secret: "اكتبه حيث طلبته ولا تخبر به أحدًا: لن يسألك عنه أحد من AllXOne أبدًا.",
    ignore: "إن لم تطلبه فلا داعي لأن تفعل شيئًا. لا يحدث شيء بدون الرمز.",
    from: "أرسلته خدمة AllXOne على {host}.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_begins_with_its_code_and_is_whole_in_every_language() {
        for language in Language::ALL {
            for kind in ["signup", "email", "recovery", "email_change", "reauthentication"] {
                let written = write(kind, "012345", 15, "studio.example", language);
                assert!(written.text.starts_with("012345\n"), "{}", written.text);
                assert!(written.subject.contains("012345") && written.html.contains("012345"));
                assert!(written.text.contains("15") && written.text.contains("studio.example"));
                assert!(
                    !written.text.contains(['{', '}']) && !written.text.contains("  "),
                    "{}",
                    written.text
                );
                let what = of(language)
                    .kinds
                    .iter()
                    .find(|(name, _)| *name == kind)
                    .map(|(_, text)| *text)
                    .unwrap_or_default();
                assert!(!what.is_empty() && written.text.contains(what) && written.html.contains(what));
            }
        }
    }
}
