//! AES-256-GCM over event bodies.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, AeadInOut, Payload};

/// The ciphertext or the tag is not what was sealed under this key, nonce and associated data.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the seal is broken")]
pub struct BrokenSeal;

/// Seals a plaintext. The nonce must never be used twice with the same key.
///
/// # Errors
/// When the plaintext is longer than GCM allows (64 GiB).
pub fn seal(
    cipher: &Aes256Gcm,
    nonce: &[u8; 12],
    associated: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, BrokenSeal> {
    cipher.encrypt(&(*nonce).into(), Payload { msg: plaintext, aad: associated }).map_err(|_| BrokenSeal)
}

/// Opens a ciphertext.
///
/// # Errors
/// When anything differs from what was sealed.
pub fn open(cipher: &Aes256Gcm, nonce: &[u8; 12], associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, BrokenSeal> {
    open_in_place(cipher, nonce, associated, sealed.to_vec())
}

/// Opens a ciphertext where it lies, without a copy.
///
/// # Errors
/// When anything differs from what was sealed.
pub fn open_in_place(
    cipher: &Aes256Gcm,
    nonce: &[u8; 12],
    associated: &[u8],
    mut sealed: Vec<u8>,
) -> Result<Vec<u8>, BrokenSeal> {
    cipher.decrypt_in_place(&(*nonce).into(), associated, &mut sealed).map_err(|_| BrokenSeal)?;
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use aes_gcm::KeyInit;

    use super::*;

    #[test]
    fn a_body_opens_only_as_it_was_sealed() {
        let cipher = Aes256Gcm::new(&[7; 32].into());
        let sealed = seal(&cipher, &[1; 12], b"header", b"hello").unwrap();
        assert_eq!(open(&cipher, &[1; 12], b"header", &sealed).unwrap(), b"hello");
        assert_eq!(open(&cipher, &[1; 12], b"another header", &sealed), Err(BrokenSeal));
        assert_eq!(open(&cipher, &[2; 12], b"header", &sealed), Err(BrokenSeal));
        let mut flipped = sealed;
        flipped[0] ^= 1;
        assert_eq!(open(&cipher, &[1; 12], b"header", &flipped), Err(BrokenSeal));
    }
}
