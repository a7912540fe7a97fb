//! Signed notes and checkpoints, in the formats of C2SP `signed-note`, `tlog-checkpoint` and `tlog-cosignature`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::envelope::Digest;

/// Algorithm byte of an Ed25519 key over the text.
const ED25519: u8 = 1;
/// Algorithm byte of a witness's Ed25519 key over the text and a time.
const COSIGNATURE: u8 = 4;
/// The longest note that is looked at.
const MAX_NOTE: usize = 64 * 1024;

/// Why a note is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It does not have the form of a signed note or of a checkpoint.
    #[error("it does not have the form of a signed checkpoint")]
    Malformed,
    /// No signature of the wanted key is on it.
    #[error("it is not signed by {0}")]
    NotSigned(String),
    /// The signature was made over something else, or by another key.
    #[error("its signature is wrong")]
    WrongSignature,
    /// It speaks of another log.
    #[error("it belongs to the log {found}, not to {wanted}")]
    OtherLog {
        /// Its origin.
        found: String,
        /// The origin that was wanted.
        wanted: String,
    },
}

/// A public key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    algorithm: u8,
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads the text form: `name+hash+base64(algorithm, key)`.
    ///
    /// # Errors
    /// When it is not such a text, or the hash does not fit.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Malformed);
        };
        let bytes = BASE64.decode(key).map_err(|_| NoteError::Malformed)?;
        let (algorithm, key) = bytes.split_first().ok_or(NoteError::Malformed)?;
        let key = <[u8; 32]>::try_from(key).map_err(|_| NoteError::Malformed)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| NoteError::Malformed)?;
        let known = [ED25519, COSIGNATURE].contains(algorithm);
        let found = Self { name: name.to_owned(), algorithm: *algorithm, key };
        let fits = u32::from_str_radix(hash, 16).is_ok_and(|h| h.to_be_bytes() == found.hash());
        if known && fits && is_name(name) { Ok(found) } else { Err(NoteError::Malformed) }
    }

    fn hash(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update(b"\n");
        hasher.update([self.algorithm]);
        hasher.update(self.key.as_bytes());
        let digest: Digest = hasher.finalize().into();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = BASE64.encode([&[self.algorithm], &self.key.as_bytes()[..]].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.hash()))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// Signs checkpoints. The secret half is wiped when it is dropped.
#[derive(Clone)]
pub struct NoteSigner {
    key: SigningKey,
}

impl NoteSigner {
    /// From the 32 secret bytes of RFC 8032.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(secret) }
    }

    /// The first eight bytes of the hash of the public key, in hex: short enough for a name.
    pub fn fingerprint(&self) -> String {
        hex::encode(&Sha256::digest(self.key.verifying_key().as_bytes())[..8])
    }

    /// The public half, under a name.
    pub fn public(&self, name: &str) -> PublicKey {
        PublicKey { name: name.to_owned(), algorithm: ED25519, key: self.key.verifying_key() }
    }

    /// A signed note over a text that ends with a line break.
    pub fn sign(&self, name: &str, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let line = BASE64.encode([&self.public(name).hash()[..], &signature].concat());
        format!("{text}\n\u{2014} {name} {line}\n")
    }
}

/// The text of a note that carries a right signature of this key.
///
/// # Errors
/// See [`NoteError`].
pub fn open<'a>(note: &'a str, key: &PublicKey) -> Result<&'a str, NoteError> {
    if note.len() > MAX_NOTE || note.contains(|c: char| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed);
    }
    let split = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    let (text, signatures) = (&note[..=split], &note[split + 2..]);
    if !signatures.ends_with('\n') {
        return Err(NoteError::Malformed);
    }
    let mut right = None;
    for line in signatures.lines() {
        let mut parts = line.strip_prefix("\u{2014} ").ok_or(NoteError::Malformed)?.split(' ');
        let (Some(name), Some(signature), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Malformed);
        };
        let bytes = BASE64.decode(signature).map_err(|_| NoteError::Malformed)?;
        let Some((hash, signature)) = bytes.split_first_chunk::<4>() else { return Err(NoteError::Malformed) };
        if name == key.name && *hash == key.hash() {
            right = Some(verify(key, text, signature)?);
        }
    }
    right.map(|()| text).ok_or_else(|| NoteError::NotSigned(key.name.clone()))
}

fn verify(key: &PublicKey, text: &str, signature: &[u8]) -> Result<(), NoteError> {
    let (signed, signature) = match key.algorithm {
        COSIGNATURE => {
            let (time, rest) = signature.split_first_chunk::<8>().ok_or(NoteError::Malformed)?;
            (format!("cosignature/v1\ntime {}\n{text}", u64::from_be_bytes(*time)), rest)
        }
        _ => (text.to_owned(), signature),
    };
    let signature = Signature::from_slice(signature).map_err(|_| NoteError::Malformed)?;
    key.key.verify(signed.as_bytes(), &signature).map_err(|_| NoteError::WrongSignature)
}

/// What a log says about itself at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// The checkpoint of a note signed by this key, of the log whose name the key has.
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, NoteError> {
        let claimed = Self::unchecked(note)?;
        if claimed.origin != key.name {
            return Err(NoteError::OtherLog { found: claimed.origin, wanted: key.name.clone() });
        }
        open(note, key)?;
        Ok(claimed)
    }

    /// What a note says, whoever signed it.
    ///
    /// # Errors
    /// When it does not have the form.
    pub fn unchecked(note: &str) -> Result<Self, NoteError> {
        let mut lines = note.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed);
        };
        let number = size.parse::<u64>().ok().filter(|n| n.to_string() == size).ok_or(NoteError::Malformed)?;
        let root = BASE64.decode(root).ok().and_then(|r| r.try_into().ok()).ok_or(NoteError::Malformed)?;
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, tests 1 to 3.
    #[test]
    fn ed25519_gives_the_vectors_of_rfc_8032() {
        let cases = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        ];
        for (secret, public, message, signature) in cases {
            let secret: [u8; 32] = hex::decode(secret).unwrap().try_into().unwrap();
            let key = SigningKey::from_bytes(&secret);
            assert_eq!(hex::encode(key.verifying_key().as_bytes()), public);
            let message = hex::decode(message).unwrap();
            assert_eq!(hex::encode(key.sign(&message).to_bytes()), signature);
            assert!(key.verifying_key().verify(&message, &key.sign(&message)).is_ok());
            assert!(key.verifying_key().verify(b"another", &key.sign(&message)).is_err());
        }
    }

    /// The key, note and signature that the specification of Go's `note` package publishes.
    #[test]
    fn a_published_note_opens_and_a_changed_one_does_not() {
        let key = PublicKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let text =
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let note = format!(
            "{text}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        );
        assert_eq!(open(&note, &key).unwrap(), text);
        assert_eq!(open(&note.replace("problem", "Problem"), &key), Err(NoteError::WrongSignature));
        assert_eq!(key.to_string(), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    }

    #[test]
    fn a_checkpoint_opens_only_as_it_was_signed_and_only_for_its_log() {
        let signer = NoteSigner::new(&[7; 32]);
        let checkpoint = Checkpoint { origin: "aico/test/main".into(), size: 42, root: [9; 32] };
        let note = signer.sign(&checkpoint.origin, &checkpoint.text());
        let key = signer.public("aico/test/main");
        assert_eq!(PublicKey::parse(&key.to_string()).unwrap(), key);
        assert_eq!(Checkpoint::open(&note, &key).unwrap(), checkpoint);
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(Checkpoint::open(&changed, &key).is_err(), "byte {at}");
        }
        let other = signer.public("aico/test/other");
        assert!(matches!(Checkpoint::open(&note, &other), Err(NoteError::OtherLog { .. })));
        let stranger = NoteSigner::new(&[8; 32]).public("aico/test/main");
        assert!(matches!(Checkpoint::open(&note, &stranger), Err(NoteError::NotSigned(_))));
    }
}
