//! The install's own certificate authority: it signs the server's certificate and those of enrolled devices, and nobody
//! else's word counts.
//!
//! The authority's certificate lies in `tls/authority.pem`, for devices to be given. Its key is sealed under the install's
//! data key. The server's key is drawn at each start and kept nowhere; a device's is given to the device and kept nowhere.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use events::seal::{KeyRing, KeyStore, aead};
use events::{Clock, Code, CommandId, DeviceId, Entropy, KeyId, SubjectId, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Admitted;
use crate::app::{App, AppError};

/// How long the authority is good, in days.
const AUTHORITY_DAYS: i64 = 3_650;
/// How long a server's certificate is good, in days; it is made anew at each start.
const SERVER_DAYS: i64 = 397;
/// The longest that a device's certificate is good, in days.
const MAX_DEVICE_DAYS: u32 = 3_650;
/// What binds the sealed key to its use.
const ASSOCIATED: &[u8] = b"aico authority key 1";

fn failed(error: impl std::fmt::Display) -> AppError {
    AppError::new(Code::CertificateUnusable, error.to_string())
}

/// The authority's key as it lies in the folder.
#[derive(Serialize, Deserialize)]
struct SealedKey {
    key: KeyId,
    nonce: String,
    sealed: String,
}

/// See the module.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
    clock: Arc<dyn Clock>,
}

/// A certificate with its key, in PEM.
struct Signed {
    certificate: String,
    key: String,
    /// SHA-256 of the certificate.
    fingerprint: String,
    der: CertificateDer<'static>,
    key_der: Vec<u8>,
}

impl Authority {
    /// The authority of a folder; made on first use.
    ///
    /// # Errors
    /// When its files are damaged or cannot be written.
    pub fn open(
        folder: PathBuf,
        keys: &KeyStore,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
    ) -> Result<Self, AppError> {
        let (public, private) = (folder.join("authority.pem"), folder.join("authority.key.json"));
        if !public.exists() {
            make(&folder, &public, &private, keys, &*clock, entropy)?;
        }
        let unusable = |e: std::io::Error| failed(format!("{}: {e}", public.display()));
        let certificate = std::fs::read_to_string(&public).map_err(unusable)?;
        let sealed: SealedKey = serde_json::from_slice(&std::fs::read(&private).map_err(failed)?).map_err(failed)?;
        let cipher = keys.opening_key(sealed.key)?.ok_or_else(|| failed("the authority's key was destroyed"))?;
        let nonce = unhex(&sealed.nonce).and_then(|n| <[u8; 12]>::try_from(n).ok());
        let (nonce, body) =
            nonce.zip(unhex(&sealed.sealed)).ok_or_else(|| failed("the authority's key is damaged"))?;
        let key = aead::open(&cipher, &nonce, ASSOCIATED, &body).map_err(failed)?;
        let key = KeyPair::from_pem(&String::from_utf8_lossy(&key)).map_err(failed)?;
        let issuer = Issuer::from_ca_cert_pem(&certificate, key).map_err(failed)?;
        Ok(Self { certificate, issuer, clock })
    }

    /// The authority's own certificate, in PEM: what a device is to trust, and nothing else.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    fn sign(
        &self,
        name: &str,
        hosts: &[String],
        use_for: ExtendedKeyUsagePurpose,
        until: Timestamp,
    ) -> Result<Signed, AppError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = hosts.iter().map(|host| alternative(host)).collect::<Result<_, _>>()?;
        params.distinguished_name = named(name);
        let (year, month, of_month) = day(self.clock.now().plus_seconds(-86_400))?;
        params.not_before = rcgen::date_time_ymd(year, month, of_month);
        let (year, month, of_month) = day(until)?;
        params.not_after = rcgen::date_time_ymd(year, month, of_month);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![use_for];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(failed)?;
        let signed = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let der = signed.der().clone();
        let fingerprint = fingerprint(&der);
        Ok(Signed {
            certificate: signed.pem(),
            key: key.serialize_pem(),
            fingerprint,
            der,
            key_der: key.serialize_der(),
        })
    }

    /// What the server shows and asks for: its own certificate for these hosts, and a certificate of an enrolled device.
    ///
    /// # Errors
    /// When a host is none, or the cryptography fails.
    pub fn server(&self, hosts: &[String]) -> Result<Arc<rustls::ServerConfig>, AppError> {
        let until = self.clock.now().plus_seconds(SERVER_DAYS * 86_400);
        let own = self.sign("AICO", hosts, ExtendedKeyUsagePurpose::ServerAuth, until)?;
        let authority = CertificateDer::from_pem_slice(self.certificate.as_bytes()).map_err(failed)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority).map_err(failed)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let devices = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let devices = devices.build().map_err(failed)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.key_der));
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_client_cert_verifier(devices)
            .with_single_cert(vec![own.der], key)
            .map_err(failed)?;
        Ok(Arc::new(config))
    }
}

/// SHA-256 of a certificate, in hex.
pub(crate) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate).iter().map(|b| format!("{b:02x}")).collect()
}

fn make(
    folder: &std::path::Path,
    public: &std::path::Path,
    private: &std::path::Path,
    keys: &KeyStore,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(), AppError> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name = named("AICO authority of this install");
    let (year, month, of_month) = day(clock.now().plus_seconds(-86_400))?;
    params.not_before = rcgen::date_time_ymd(year, month, of_month);
    let (year, month, of_month) = day(clock.now().plus_seconds(AUTHORITY_DAYS * 86_400))?;
    params.not_after = rcgen::date_time_ymd(year, month, of_month);
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    let (id, cipher) = keys.sealing_key(SubjectId::INSTALL)?;
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    let sealed = aead::seal(&cipher, &nonce, ASSOCIATED, key.serialize_pem().as_bytes()).map_err(failed)?;
    let sealed = SealedKey { key: id, nonce: hex(&nonce), sealed: hex(&sealed) };
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    // The certificate last: with it there, the key is there too.
    std::fs::write(private, serde_json::to_vec(&sealed).map_err(failed)?).map_err(failed)?;
    std::fs::write(public, certificate.pem()).map_err(failed)
}

fn named(name: &str) -> DistinguishedName {
    let mut whole = DistinguishedName::new();
    whole.push(DnType::CommonName, name);
    whole
}

fn alternative(host: &str) -> Result<SanType, AppError> {
    match host.parse::<IpAddr>() {
        Ok(ip) => Ok(SanType::IpAddress(ip)),
        Err(_) => {
            host.to_owned().try_into().map(SanType::DnsName).map_err(|_| failed(format!("`{host}` is no host")))
        }
    }
}

/// Year, month and day of a moment: certificates need no finer times.
fn day(at: Timestamp) -> Result<(i32, u8, u8), AppError> {
    let at = jiff::Timestamp::from_microsecond(at.0).map_err(failed)?;
    let day = jiff::tz::TimeZone::UTC.to_datetime(at).date();
    Ok((i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

/// What a device gets when it is enrolled.
#[derive(Clone, Debug)]
pub struct IssuedDevice {
    /// Its number.
    pub device: DeviceId,
    /// Its certificate, in PEM.
    pub certificate: String,
    /// Its key, in PEM. It is kept nowhere here.
    pub key: String,
    /// What the server's certificate is to be checked against, in PEM.
    pub authority: String,
    /// Its first tokens.
    pub admitted: Admitted,
    /// When its certificate ends.
    pub until: Timestamp,
}

impl App {
    /// The install's authority.
    ///
    /// # Errors
    /// When its files are damaged.
    pub fn authority(&self) -> Result<Authority, AppError> {
        Authority::open(self.folder.tls(), &self.keys, self.clock.clone(), &*self.entropy)
    }

    /// Makes a certificate for a device and lets it talk for a person.
    ///
    /// # Errors
    /// When the account is not the caller's to change, or the name does not do.
    pub async fn issue_device(
        &self,
        command: CommandId,
        who: Option<&str>,
        name: &str,
        days: u32,
    ) -> Result<IssuedDevice, AppError> {
        if days == 0 || days > MAX_DEVICE_DAYS {
            return Err(AppError::new(
                Code::Rejected,
                format!("a device is enrolled for 1 to {MAX_DEVICE_DAYS} days"),
            ));
        }
        let authority = self.authority()?;
        let until = self.clock.now().plus_seconds(i64::from(days) * 86_400);
        // Its name is the person's to know, so the certificate, which anybody on the way may read, has none.
        let made = authority.sign("AICO device", &[], ExtendedKeyUsagePurpose::ClientAuth, until)?;
        let (device, admitted) = self.enrol_device(command, who, name, &made.fingerprint, until).await?;
        let Signed { certificate, key, .. } = made;
        Ok(IssuedDevice { device, certificate, key, authority: authority.certificate, admitted, until })
    }
}
