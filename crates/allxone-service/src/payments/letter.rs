//! The receipt in words: as a letter and as a page that needs nothing else. Printed in the language the order was made in.

use allxone_contract::BillingReceipt;
use maud::{DOCTYPE, html};
use time::OffsetDateTime;

/// A receipt in words.
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

struct Words {
    tag: &'static str,
    dir: &'static str,
    subject: &'static str,
    title: &'static str,
    came: &'static str,
    number: &'static str,
    order: &'static str,
    day: &'static str,
    bought: &'static str,
    credits: &'static str,
    total: &'static str,
    tax: &'static str,
    included: &'static str,
    provider: &'static str,
    payment: &'static str,
    seller: &'static str,
    taken_back: &'static str,
    link: &'static str,
    test: &'static str,
    no_card: &'static str,
}

/// Writes a receipt in the language of this tag; in English where there are no words in it.
pub(crate) fn written(receipt: &BillingReceipt, language: &str) -> Written {
    let words = match language.get(..2) {
        Some("de") => &GERMAN,
        Some("ar") => &ARABIC,
        _ => &ENGLISH,
    };
    let tax = receipt.tax.map(|amount| {
        let currency = receipt.total.currency.clone();
        format!("{} ({})", allxone_contract::Money { amount, currency }, words.included)
    });
    let mut rows = vec![
        (words.number, receipt.id.to_string()),
        (words.order, receipt.order.to_string()),
        (words.day, day(receipt.paid.0)),
        (words.bought, receipt.name.clone()),
        (words.credits, receipt.credits.to_string()),
        (words.total, receipt.total.to_string()),
    ];
    rows.extend(tax.map(|tax| (words.tax, tax)));
    if !receipt.taken_back.is_free() {
        rows.push((words.taken_back, receipt.taken_back.to_string()));
    }
    rows.push((words.provider, receipt.provider.label().to_owned()));
    rows.push((words.payment, receipt.reference.clone()));
    rows.push((words.seller, receipt.seller.clone()));
    let subject = words.subject.replace("{credits}", &receipt.credits.to_string());
    let lead = words.came.replace("{credits}", &receipt.credits.to_string());
    let mut text = format!("{lead}\n\n");
    for (name, value) in &rows {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(link) = &receipt.link {
        text.push_str(&format!("{}: {link}\n", words.link));
    }
    if receipt.test {
        text.push_str(&format!("\n{}\n", words.test));
    }
    text.push_str(&format!("\n{}\n", words.no_card));
    let html = html! {
        (DOCTYPE)
        html lang=(words.tag) dir=(words.dir) {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width"; title { (words.title) } }
            body style="margin:0 auto;max-width:640px;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff" {
                h1 style="font-size:22px" { (words.title) }
                p { (lead) }
                @if receipt.test { p style="padding:8px 12px;border:1px solid #8a6d00" { (words.test) } }
                table style="width:100%;border-collapse:collapse" {
                    @for (name, value) in &rows {
                        tr style="border-bottom:1px solid #ddd" {
                            th style="text-align:start;font-weight:400;padding:6px 12px 6px 0;color:#555" { (name) }
                            td style="text-align:start;padding:6px 0" { bdi { (value) } }
                        }
                    }
                }
                @if let Some(link) = &receipt.link { p { a href=(link) { (words.link) } } }
                p style="font-size:13px;color:#555" { (words.no_card) }
            }
        }
    };
    Written { subject, text, html: html.into_string() }
}

fn day(millis: i64) -> String {
    let at =
        OffsetDateTime::from_unix_timestamp(millis.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02} UTC",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute()
    )
}

static ENGLISH: Words = Words {
    tag: "en",
    dir: "ltr",
    subject: "{credits} credits were added to your AllXOne account",
    title: "Receipt",
    came: "Your payment arrived. {credits} credits were added to your account.",
    number: "Receipt",
    order: "Order",
    day: "Paid",
    bought: "Bought",
    credits: "Credits",
    total: "Total",
    tax: "Tax",
    included: "in the total",
    provider: "Paid through",
    payment: "Payment",
    seller: "Seller",
    taken_back: "Credits taken back after a refund",
    link: "Receipt of the payment provider",
    test: "This was a trial: no money moved.",
    no_card: "Your card and your address are known to the payment provider alone.",
};

static GERMAN: Words = Words {
    tag: "de",
    dir: "ltr",
    subject: "Ihrem AllXOne-Konto wurden {credits} Credits gutgeschrieben",
    title: "Zahlungsbeleg",
    came: "Ihre Zahlung ist angekommen. Ihrem Konto wurden {credits} Credits gutgeschrieben.",
    number: "Beleg",
    order: "Bestellung",
    day: "Bezahlt",
    bought: "Gekauft",
    credits: "Credits",
    total: "Summe",
    tax: "Steuer",
    included: "in der Summe enthalten",
    provider: "Bezahlt über",
    payment: "Zahlung",
    seller: "Verkäufer",
    taken_back: "Nach einer Erstattung zurückgenommene Credits",
    link: "Beleg des Zahlungsdienstes",
    test: "Das war ein Probelauf: Es ist kein Geld geflossen.",
    no_card: "Ihre Karte und Ihre Anschrift kennt nur der Zahlungsdienst.",
};

static ARABIC: Words = Words {
    tag: "ar",
    dir: "rtl",
    subject: "أُضيف {credits} من الأرصدة إلى حسابك في AllXOne",
    title: "إيصال الدفع",
    came: "وصلت دفعتك، وأُضيف إلى حسابك {credits} من الأرصدة.",
    number: "الإيصال",
    order: "الطلب",
    day: "تاريخ الدفع",
    bought: "المشترى",
    credits: "الأرصدة",
    total: "المجموع",
    tax: "الضريبة",
    included: "ضمن المجموع",
    provider: "الدفع عبر",
    payment: "الدفعة",
    seller: "البائع",
    taken_back: "أرصدة استُرجعت بعد ردّ المبلغ",
    link: "إيصال مزوّد الدفع",
    test: "كانت هذه تجربة: لم ينتقل أي مال.",
    no_card: "بطاقتك وعنوانك لا يعرفهما إلا مزوّد الدفع.",
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use allxone_contract::{BillingReceiptId, MilliCredits, Money, OrderId, PaymentProvider, UtcMillis};

    use super::*;

    #[test]
    fn a_receipt_is_whole_in_every_language_and_needs_nothing_from_outside() {
        let receipt = BillingReceipt {
            id: BillingReceiptId::new(),
            order: OrderId::new(),
            name: "500 <credits>".to_owned(),
            seller: "Example Ltd".to_owned(),
            credits: MilliCredits(500_000),
            total: Money { amount: 1_189, currency: "EUR".parse().unwrap() },
            tax: Some(190),
            provider: PaymentProvider::Stripe,
            reference: "pi_1".to_owned(),
            link: None,
            paid: UtcMillis(1_777_629_600_000),
            taken_back: MilliCredits(1_500),
            test: true,
        };
        for language in ["en", "de-AT", "ar", "xx"] {
            let written = written(&receipt, language);
            assert!(written.subject.contains("500"), "{}", written.subject);
            for part in ["11.89 EUR", "1.90 EUR", "pi_1", "Stripe", "Example Ltd", "2026-05-01 10:00 UTC"] {
                assert!(written.text.contains(part) && written.html.contains(part), "{language}: {part}");
            }
            assert!(written.html.contains("500 &lt;credits&gt;"));
            for outside in ["src=", "url(", "<script", "http"] {
                assert!(!written.html.contains(outside), "{outside}");
            }
        }
    }
}
