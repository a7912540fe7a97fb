//! PINs and passwords: what is good enough, and proving one without keeping it.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use events::payload::CredentialKind;
use events::{Code, Entropy};

use crate::app::AppError;

/// The fewest characters of a password.
const MIN_PASSWORD_CHARS: usize = 8;
/// The longest secret in bytes; longer ones only cost time.
const MAX_BYTES: usize = 256;

/// What kind of secret a text is, if it is good enough: four to eight digits, or at least eight characters.
pub(super) fn kind(secret: &str) -> Result<CredentialKind, AppError> {
    let digits = secret.bytes().all(|b| b.is_ascii_digit());
    if digits && (4..=8).contains(&secret.len()) {
        return Ok(CredentialKind::Pin);
    }
    if secret.chars().count() >= MIN_PASSWORD_CHARS && secret.len() <= MAX_BYTES {
        return Ok(CredentialKind::Password);
    }
    let message = format!(
        "a PIN has 4 to 8 digits, a password at least {MIN_PASSWORD_CHARS} characters and at most {MAX_BYTES} bytes"
    );
    Err(AppError::new(Code::Rejected, message))
}

/// Argon2id with the parameters that OWASP names first (19 MiB, 2 passes, 1 lane) and a salt of 128 bits, as PHC string.
/// Takes some 20 ms and the memory: call it where that is expected.
pub(super) fn verifier(secret: &str, entropy: &dyn Entropy) -> Result<String, AppError> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let made = Argon2::default().hash_password_with_salt(secret.as_bytes(), &salt);
    made.map(|hash| hash.to_string()).map_err(|e| AppError::new(Code::Internal, format!("Argon2id: {e}")))
}

/// Whether a secret is the one behind a verifier.
pub(super) fn proves(secret: &str, verifier: &str) -> bool {
    let Ok(hash) = argon2::PasswordHash::new(verifier) else { return false };
    secret.len() <= MAX_BYTES && Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::time::SeededEntropy;

    #[test]
    fn ps_3_a_secret_is_proved_by_argon2id_and_not_kept() {
        let entropy = SeededEntropy::new(1);
        let made = verifier("correct horse", &entropy).unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        assert_ne!(made, verifier("correct horse", &entropy).unwrap());
        assert!(proves("correct horse", &made));
        for bad in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert!(!proves(bad, &made), "{bad}");
        }
        assert!(!proves("correct horse", "not a verifier"));
    }

    #[test]
    fn a_secret_is_long_enough_or_refused() {
        for (good, of) in [("1234", CredentialKind::Pin), ("12345678", CredentialKind::Pin)] {
            assert_eq!(kind(good).unwrap(), of);
        }
        assert_eq!(kind("longer than that").unwrap(), CredentialKind::Password);
        for bad in ["", "123", "abc", "sevench", &"x".repeat(257)] {
            assert!(kind(bad).is_err(), "{bad}");
        }
    }
}
