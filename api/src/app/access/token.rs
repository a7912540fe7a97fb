//! Access tokens (JSON web tokens, RFC 9068) and refresh tokens.
//!
//! An access token names a session and is good for minutes; whether the session goes on is asked at every use, so ending
//! it works at once. The key is drawn anew at each start and kept nowhere: after a restart a session goes on by its
//! refresh token. A refresh token is random; only its digest is stored.

use std::sync::OnceLock;

use events::{Entropy, PersonId, SessionId, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use signature::{Signer, Verifier};

/// Who gives tokens out.
const ISSUER: &str = "aico";
/// The media type in the header: an access token and nothing else.
const TYPE: &str = "at+jwt";
/// What a refresh token begins with.
const REFRESH: &str = "air1";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    /// Whose it is.
    pub sub: PersonId,
    /// The session that it belongs to.
    pub sid: SessionId,
    /// Its own number.
    pub jti: uuid::Uuid,
    iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

/// The key of this start.
pub(super) struct TokenKey {
    sign: EncodingKey,
    check: DecodingKey,
}

impl TokenKey {
    /// A key that nobody else has.
    pub(super) fn draw(entropy: &dyn Entropy) -> Self {
        // Twice is fine: the first one stays, and they are the same.
        let _installed = CryptoProvider::install_default(provider());
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self { sign: EncodingKey::from_secret(&bytes), check: DecodingKey::from_secret(&bytes) }
    }

    /// An access token; nothing when it cannot be written.
    pub(super) fn access(
        &self,
        person: PersonId,
        session: SessionId,
        jti: uuid::Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Option<String> {
        let seconds = |t: Timestamp| t.0.div_euclid(1_000_000);
        let (iat, exp) = (seconds(now), seconds(until));
        let claims = Claims { iss: ISSUER.to_owned(), sub: person, sid: session, jti, iat, exp };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.sign).ok()
    }

    /// What a token says, when it was given out here since the last start. Its end is not looked at.
    pub(super) fn read(&self, token: &str) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false; // Against our own clock, by the caller.
        validation.validate_aud = false;
        let read = jsonwebtoken::decode::<Claims>(token, &self.check, &validation).ok()?;
        (read.header.typ.as_deref() == Some(TYPE) && read.claims.iss == ISSUER).then_some(read.claims)
    }
}

/// A refresh token: whose, of which session, and 256 random bits.
pub(super) struct Refresh {
    pub person: PersonId,
    pub session: SessionId,
    text: String,
}

impl Refresh {
    /// One that nobody has.
    pub(super) fn draw(person: PersonId, session: SessionId, entropy: &dyn Entropy) -> Self {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        let text = format!("{REFRESH}.{}.{}.{}", person.0.simple(), session.0.simple(), hex(&secret));
        Self { person, session, text }
    }

    /// Reads one; `None` when it has another form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let form = parts.next()? == REFRESH;
        let (person, session) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let secret = parts.next()?;
        let fits = form && secret.len() == 64 && parts.next().is_none();
        fits.then(|| Self { person, session, text: text.to_owned() })
    }

    /// As it is given out.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256, in hex: what is stored.
    pub(super) fn digest(&self) -> String {
        hex(&Sha256::digest(self.text.as_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// HMAC-SHA256 for the token crate, which leaves the choice of cryptography to us.
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: &Algorithm, key: &[u8]) -> Result<Self, Error> {
        if *algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

fn provider() -> &'static CryptoProvider {
    static PROVIDER: OnceLock<CryptoProvider> = OnceLock::new();
    PROVIDER.get_or_init(|| CryptoProvider {
        signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(algorithm, key.as_bytes())?)),
        verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(algorithm, key.try_get_as_bytes()?)?)),
        key_utils: KeyUtils::new_unimplemented(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::time::SeededEntropy;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp(1_764_000_000_000_000);

    fn key(seed: u64) -> TokenKey {
        TokenKey::draw(&SeededEntropy::new(seed))
    }

    fn token(key: &TokenKey) -> String {
        let (person, session) = (PersonId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
        key.access(person, session, Uuid::from_u128(3), NOW, NOW.plus_seconds(900)).unwrap()
    }

    #[test]
    fn ps_6_a_token_says_whose_it_is_and_cannot_be_changed() {
        let key = key(1);
        let good = token(&key);
        let claims = key.read(&good).unwrap();
        assert_eq!((claims.sub, claims.sid), (PersonId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2))));
        assert_eq!(claims.exp, 1_764_000_900);
        // Every byte counts: changed, left out, or cut off.
        for at in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last sign of a part carries bits that stand for nothing; what it decodes to is what counts.
            assert!(key.read(&changed).is_none_or(|read| read == claims), "{at}");
            assert!(key.read(&good[..at]).is_none(), "{at}");
        }
    }

    #[test]
    fn a_token_of_another_start_or_another_algorithm_is_none_of_ours() {
        assert!(key(2).read(&token(&key(1))).is_none());
        let key = key(1);
        let good = token(&key);
        let (_, rest) = good.split_once('.').unwrap();
        // {"typ":"at+jwt","alg":"none"} and {"typ":"JWT","alg":"HS256"}
        for header in ["eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0", "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"] {
            assert!(key.read(&format!("{header}.{rest}")).is_none());
            let unsigned = rest.split_once('.').unwrap().0;
            assert!(key.read(&format!("{header}.{unsigned}.")).is_none());
        }
        for bad in ["", ".", "..", "a.b.c", "eyJ"] {
            assert!(key.read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_refresh_token_comes_back_as_it_was() {
        let entropy = SeededEntropy::new(7);
        let (person, session) = (PersonId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
        let drawn = Refresh::draw(person, session, &entropy);
        let read = Refresh::parse(drawn.text()).unwrap();
        assert_eq!((read.person, read.session, read.digest()), (person, session, drawn.digest()));
        let short = &drawn.text()[..drawn.text().len() - 1];
        for bad in ["", "air1", short, &format!("{}.x", drawn.text()), &drawn.text().replace("air1", "air2")] {
            assert!(Refresh::parse(bad).is_none(), "{bad}");
        }
    }
}
