//! The recovery code: the key to a folder in a form that can be written on paper.
//!
//! 128 random bits and 12 check bits, in Crockford's base32 (no I, L, O, U; read without regard to
//! case, hyphens and blanks): `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`. The check bits tell a slip of the
//! pen from the code of another folder. 128 bits need no slow derivation.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::wrap::WrappingKey;
use crate::{VaultError, random, secret};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS: usize = 28;
const GROUP: usize = 4;

/// A recovery code. Like every secret here it can be shown only by asking for it:
/// ```
/// # use allxone_vault::RecoveryCode;
/// fn show_once(code: &RecoveryCode) { println!("{}", code.reveal().as_str()); }
/// ```
/// ```compile_fail,E0277
/// # use allxone_vault::RecoveryCode;
/// fn show_once(code: &RecoveryCode) { println!("{:?}", code); }
/// ```
pub struct RecoveryCode(Zeroizing<[u8; 16]>);

impl RecoveryCode {
    pub(crate) fn random() -> Result<Self, VaultError> {
        random::bytes::<16>().map(Zeroizing::new).map(Self)
    }

    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`VaultError::RecoveryCodeMistyped`] when length, letters or check digits are wrong.
    pub fn parse(typed: &str) -> Result<Self, VaultError> {
        let mut bits = Zeroizing::new([0u8; 18]);
        let mut symbols = 0usize;
        for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let value = value_of(c).ok_or(VaultError::RecoveryCodeMistyped)?;
            if symbols == SYMBOLS {
                return Err(VaultError::RecoveryCodeMistyped);
            }
            (0..5).filter(|i| value >> (4 - i) & 1 == 1).for_each(|i| {
                let at = symbols * 5 + i;
                bits[at / 8] |= 0x80 >> (at % 8);
            });
            symbols += 1;
        }
        let mut code = Zeroizing::new([0u8; 16]);
        code.copy_from_slice(&bits[..16]);
        let check = u16::from_be_bytes([bits[16], bits[17]]) >> 4;
        if symbols != SYMBOLS || check != check_bits(&code) {
            return Err(VaultError::RecoveryCodeMistyped);
        }
        Ok(Self(code))
    }

    /// The code in groups of four, to be shown once and written down.
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut bits = Zeroizing::new([0u8; 18]);
        bits[..16].copy_from_slice(self.0.as_ref());
        bits[16..].copy_from_slice(&(check_bits(&self.0) << 4).to_be_bytes());
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / GROUP));
        for symbol in 0..SYMBOLS {
            if symbol > 0 && symbol % GROUP == 0 {
                text.push('-');
            }
            let value = (symbol * 5..symbol * 5 + 5)
                .fold(0usize, |v, at| v << 1 | usize::from(bits[at / 8] >> (7 - at % 8) & 1));
            text.push(char::from(ALPHABET[value]));
        }
        text
    }

    pub(crate) fn wrapping_key(&self) -> WrappingKey {
        secret::expand(self.0.as_ref(), b"allxone/1/recovery-code")
    }
}

fn check_bits(code: &[u8; 16]) -> u16 {
    let hash = Sha256::new().chain_update(b"allxone recovery check").chain_update(code).finalize();
    u16::from_be_bytes([hash[0], hash[1]]) >> 4
}

/// Crockford's reading: o is 0, i and l are 1.
fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|a| char::from(*a) == c).and_then(|at| u8::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn code(bytes: [u8; 16]) -> RecoveryCode {
        RecoveryCode(Zeroizing::new(bytes))
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(bytes in any::<[u8; 16]>(), lower in any::<bool>()) {
            let shown = code(bytes).reveal();
            prop_assert_eq!(shown.len(), 34);
            let typed = if lower {
                shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l")
            } else {
                shown.to_string()
            };
            prop_assert_eq!(*RecoveryCode::parse(&typed).unwrap().0, bytes);
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}") {
            let _ = RecoveryCode::parse(&text);
        }
    }

    #[test]
    fn slips_of_the_pen_are_noticed() {
        let shown = code(*b"0123456789abcdef").reveal();
        let mut noticed = 0;
        let mut tried = 0;
        for at in (0..shown.len()).filter(|at| &shown[*at..=*at] != "-") {
            for a in ALPHABET.iter().map(|a| char::from(*a)).filter(|a| !shown[at..].starts_with(*a)) {
                let wrong = format!("{}{a}{}", &shown[..at], &shown[at + 1..]);
                tried += 1;
                noticed += usize::from(RecoveryCode::parse(&wrong).is_err());
            }
        }
        // 12 check bits: one wrong code in 4096 passes by chance; 868 are tried.
        assert_eq!(tried, 868);
        assert!(noticed >= 865, "{noticed} of {tried}");
        assert!(RecoveryCode::parse(&shown[..33]).is_err());
        assert!(RecoveryCode::parse(&format!("{}0", shown.as_str())).is_err());
        assert!(RecoveryCode::parse("").is_err());
        assert!(RecoveryCode::parse(&shown.replace('-', "U")).is_err());
    }
}
