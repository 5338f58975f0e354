//! The words of the pages, in every language they are in.

use http::{HeaderMap, header};

use crate::fault::Fault;

/// One language.
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) dir: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) on: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) code: &'static str,
    pub(super) code_sent: &'static str,
    pub(super) new_account: &'static str,
    pub(super) make_account: &'static str,
    pub(super) send_code: &'static str,
    pub(super) with_password: &'static str,
    pub(super) with_code: &'static str,
    pub(super) back: &'static str,
    pub(super) signed_in: &'static str,
    pub(super) go_on: &'static str,
    pub(super) close: &'static str,
    pub(super) not_now: &'static str,
    faults: &'static [(&'static str, &'static str)],
}

impl Words {
    /// What a fault says here; in English where this language has no sentence for it.
    pub(super) fn fault(&self, fault: &Fault) -> String {
        let known = self.faults.iter().find(|(code, _)| *code == fault.code);
        known.map_or_else(|| fault.message.clone(), |(_, sentence)| (*sentence).to_owned())
    }
}

/// The first language the browser asks for that there is; English otherwise.
pub(super) fn language(headers: &HeaderMap) -> &'static Words {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wished: Vec<(f32, &str)> = asked
        .split(',')
        .map(|one| {
            let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
            let weight = rest.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0);
            (weight, tag.trim())
        })
        .collect();
    wished.sort_by(|a, b| b.0.total_cmp(&a.0));
    let found = wished.iter().find_map(|(_, tag)| {
        let base = tag.split('-').next().unwrap_or_default();
        ALL.iter().find(|words| words.lang.eq_ignore_ascii_case(base))
    });
    found.unwrap_or(&ALL[0])
}

static ALL: [Words; 3] = [
    Words {
        lang: "en",
        dir: "ltr",
        sign_in: "Sign in",
        on: "AllXOne service at",
        email: "E-mail address",
        password: "Password",
        new_password: "Password (at least 8 characters)",
        code: "Code from the letter (6 digits)",
        code_sent: "A code is on its way to this address. A service on your own computer shows it where it was started.",
        new_account: "Make a new account",
        make_account: "Make account",
        send_code: "Send me a code",
        with_password: "Sign in with a password",
        with_code: "Sign in with a code instead",
        back: "Back to AllXOne without signing in",
        signed_in: "You are signed in",
        go_on: "Go back to AllXOne",
        close: "You can close this page then.",
        not_now: "This did not work",
        faults: &[],
    },
    Words {
        lang: "de",
        dir: "ltr",
        sign_in: "Anmelden",
        on: "AllXOne-Dienst auf",
        email: "E-Mail-Adresse",
        password: "Passwort",
        new_password: "Passwort (mindestens 8 Zeichen)",
        code: "Code aus der Nachricht (6 Ziffern)",
        code_sent: "Ein Code ist an diese Adresse unterwegs. Ein Dienst auf Ihrem eigenen Computer zeigt ihn dort, wo er gestartet wurde.",
        new_account: "Neues Konto anlegen",
        make_account: "Konto anlegen",
        send_code: "Code senden",
        with_password: "Mit Passwort anmelden",
        with_code: "Stattdessen mit einem Code anmelden",
        back: "Ohne Anmeldung zurück zu AllXOne",
        signed_in: "Sie sind angemeldet",
        go_on: "Zurück zu AllXOne",
        close: "Danach können Sie diese Seite schließen.",
        not_now: "Das hat nicht geklappt",
        faults: &[
            ("invalid_credentials", "Die E-Mail-Adresse oder das Passwort ist falsch."),
            ("otp_expired", "Der Code ist falsch oder abgelaufen. Fordern Sie einen neuen an."),
            ("weak_password", "Das Passwort braucht mindestens 8 Zeichen, die nicht alle gleich sind."),
            ("user_already_exists", "Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an."),
            ("signup_disabled", "Dieser Dienst nimmt keine neuen Konten an."),
            ("user_banned", "Dieses Konto ist vorläufig gesperrt. Fragen Sie den Betreiber des Dienstes."),
            ("flow_state_not_found", "Diese Anmeldung ist unbekannt oder wurde schon benutzt. Beginnen Sie in AllXOne von vorn."),
            ("flow_state_expired", "Diese Anmeldung hat zu lange gedauert. Beginnen Sie in AllXOne von vorn."),
            ("over_request_rate_limit", "Das war zu oft. Es wurde nichts geändert. Warten Sie einige Minuten."),
            ("over_email_send_rate_limit", "Es wurden schon mehrere Codes gesendet. Warten Sie einige Minuten."),
            ("validation_failed", "Diese Angaben passen nicht. Es wurde nichts geändert."),
            ("bad_origin", "Dieses Formular kam nicht von der Anmeldeseite."),
        ],
    },
    Words {
        lang: "ar",
        dir: "rtl",
        sign_in: "تسجيل الدخول",
        on: "خدمة AllXOne على",
        email: "البريد الإلكتروني",
        password: "كلمة المرور",
        new_password: "كلمة المرور (8 أحرف على الأقل)",
        code: "الرمز من الرسالة (6 أرقام)",
        code_sent: "الرمز في طريقه إلى هذا العنوان. إذا كانت الخدمة على حاسوبك فستعرضه حيث شُغّلت.",
        new_account: "إنشاء حساب جديد",
        make_account: "إنشاء الحساب",
        send_code: "أرسل لي رمزًا",
        with_password: "الدخول بكلمة مرور",
        with_code: "الدخول برمز بدلًا من ذلك",
        back: "العودة إلى AllXOne دون تسجيل الدخول",
        signed_in: "تم تسجيل الدخول",
        go_on: "العودة إلى AllXOne",
        close: "يمكنك بعد ذلك إغلاق هذه الصفحة.",
        not_now: "لم ينجح ذلك",
        faults: &[
            ("invalid_credentials", "البريد الإلكتروني أو كلمة المرور غير صحيحة."),
            ("otp_expired", "الرمز غير صحيح أو انتهت صلاحيته. اطلب رمزًا جديدًا."),
            ("weak_password", "تحتاج كلمة المرور إلى 8 أحرف على الأقل، وألا تكون كلها متطابقة."),
            ("user_already_exists", "يوجد حساب بهذا البريد الإلكتروني. سجّل الدخول."),
            ("signup_disabled", "لا تقبل هذه الخدمة حسابات جديدة."),
            ("user_banned", "هذا الحساب مغلق حاليًا. اسأل مشغّل الخدمة."),
            ("flow_state_not_found", "تسجيل الدخول هذا غير معروف أو استُخدم من قبل. ابدأ من جديد في AllXOne."),
            ("flow_state_expired", "استغرق تسجيل الدخول وقتًا طويلًا. ابدأ من جديد في AllXOne."),
            ("over_request_rate_limit", "تكرر الطلب كثيرًا. لم يتغير شيء. انتظر بضع دقائق."),
            ("over_email_send_rate_limit", "أُرسلت عدة رموز بالفعل. انتظر بضع دقائق."),
            ("validation_failed", "هذه البيانات غير مناسبة. لم يتغير شيء."),
            ("bad_origin", "لم يأتِ هذا النموذج من صفحة تسجيل الدخول."),
        ],
    },
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_most_wanted_language_there_is() {
        let of = |asked: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
            language(&headers).lang
        };
        assert_eq!(of("de-AT,de;q=0.9,en;q=0.5"), "de");
        assert_eq!(of("xx, en;q=0.3, ar;q=0.8"), "ar");
        assert_eq!(of("zz"), "en");
        assert_eq!(of(";;;q=,"), "en");
    }
}
