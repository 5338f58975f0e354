//! The words of the pages, in every language they are in.

use http::HeaderMap;

use crate::fault::Fault;
use crate::language::Language;

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
    /// What the cookie is for: before its name and after it.
    pub(super) cookie: (&'static str, &'static str),
    pub(super) outbox: &'static str,
    pub(super) outbox_note: &'static str,
    pub(super) outbox_empty: &'static str,
    pub(super) look_again: &'static str,
    /// What a code is for, by the kind of its letter.
    pub(super) kinds: [(&'static str, &'static str); 5],
    faults: &'static [(&'static str, &'static str)],
}

impl Words {
    /// What a fault says here; in English where this language has no sentence for it.
    pub(super) fn fault(&self, fault: &Fault) -> String {
        let known = self.faults.iter().find(|(code, _)| *code == fault.code);
        known.map_or_else(|| fault.message.clone(), |(_, sentence)| (*sentence).to_owned())
    }
}

/// The words of the language the browser asks for.
pub(super) fn language(headers: &HeaderMap) -> &'static Words {
    let wanted = Language::wanted(headers).tag();
    ALL.iter().find(|words| words.lang == wanted).unwrap_or(&ALL[0])
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
        cookie: (
            "This page keeps one cookie,",
            ", for ten minutes. It ties the sign-in to this browser and says nothing about you.",
        ),
        outbox: "Letters of this service",
        outbox_note: "This service has no mail server, so nothing was sent. Type a code in where it is asked for.",
        outbox_empty: "No letter waits. A code appears here as soon as somebody asks for one.",
        look_again: "Look again",
        kinds: [
            ("signup", "Confirms a new account"),
            ("email", "Signs in"),
            ("recovery", "Lets choose a new password"),
            ("email_change", "Confirms a new address"),
            ("reauthentication", "Proves once more who asks"),
        ],
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
        cookie: (
            "Diese Seite behält ein Cookie,",
            ", für zehn Minuten. Es bindet die Anmeldung an diesen Browser und sagt nichts über Sie.",
        ),
        outbox: "Nachrichten dieses Dienstes",
        outbox_note: "Dieser Dienst hat keinen Mailserver, also wurde nichts verschickt. Geben Sie einen Code dort ein, wo danach gefragt wird.",
        outbox_empty: "Keine Nachricht wartet. Ein Code erscheint hier, sobald jemand einen anfordert.",
        look_again: "Noch einmal nachsehen",
        kinds: [
            ("signup", "Bestätigt ein neues Konto"),
            ("email", "Meldet an"),
            ("recovery", "Erlaubt ein neues Passwort"),
            ("email_change", "Bestätigt eine neue Adresse"),
            ("reauthentication", "Beweist noch einmal, wer fragt"),
        ],
        faults: &[
            ("invalid_credentials", "Die E-Mail-Adresse oder das Passwort ist falsch."),
            ("otp_expired", "Der Code ist falsch oder abgelaufen. Fordern Sie einen neuen an."),
            ("weak_password", "Das Passwort braucht mindestens 8 Zeichen, die nicht alle gleich sind."),
            ("user_already_exists", "Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an."),
            ("signup_disabled", "Dieser Dienst nimmt keine neuen Konten an."),
            ("user_banned", "Dieses Konto ist vorläufig gesperrt. Fragen Sie den Betreiber des Dienstes."),
            (
                "flow_state_not_found",
                "Diese Anmeldung ist unbekannt oder wurde schon benutzt. Beginnen Sie in AllXOne von vorn.",
            ),
            (
                "flow_state_expired",
                "Diese Anmeldung hat zu lange gedauert. Beginnen Sie in AllXOne von vorn.",
            ),
            (
                "over_request_rate_limit",
                "Das war zu oft. Es wurde nichts geändert. Warten Sie einige Minuten.",
            ),
            (
                "over_email_send_rate_limit",
                "Es wurden schon mehrere Codes gesendet. Warten Sie einige Minuten.",
            ),
            ("validation_failed", "Diese Angaben passen nicht. Es wurde nichts geändert."),
            ("bad_origin", "Dieses Formular kam nicht von der Anmeldeseite."),
            (
                "bad_oauth_state",
                "Diese Anmeldung wurde schon benutzt oder in einem anderen Browser begonnen, oder dieser Browser behält keine Cookies. Beginnen Sie in AllXOne von vorn.",
            ),
            (
                "provider_unreachable",
                "Der Anbieter war nicht zu erreichen. Niemand wurde angemeldet. Versuchen Sie es später noch einmal.",
            ),
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
        cookie: (
            "تحتفظ هذه الصفحة بملف تعريف ارتباط واحد،",
            "، لمدة عشر دقائق. يربط تسجيل الدخول بهذا المتصفح ولا يقول عنك شيئًا.",
        ),
        outbox: "رسائل هذه الخدمة",
        outbox_note: "ليس لهذه الخدمة خادم بريد، لذلك لم يُرسل شيء. اكتب الرمز حيث يُطلب منك.",
        outbox_empty: "لا رسائل بانتظارك. يظهر الرمز هنا فور أن يطلبه أحد.",
        look_again: "انظر مرة أخرى",
        kinds: [
            ("signup", "يؤكد حسابًا جديدًا"),
            ("email", "يسجّل الدخول"),
            ("recovery", "يتيح اختيار كلمة مرور جديدة"),
            ("email_change", "يؤكد عنوانًا جديدًا"),
            ("reauthentication", "يثبت هوية السائل من جديد"),
        ],
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
            (
                "bad_oauth_state",
                "استُخدم تسجيل الدخول هذا من قبل أو بدأ في متصفح آخر، أو أن هذا المتصفح لا يحتفظ بملفات تعريف الارتباط. ابدأ من جديد في AllXOne.",
            ),
            ("provider_unreachable", "تعذّر الوصول إلى مزوّد الدخول. لم يُسجَّل دخول أحد. حاول مجددًا بعد قليل."),
        ],
    },
];
