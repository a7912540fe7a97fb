//! Events of a person's account: who may do what from where, and what the person agreed to.
//!
//! Verifiers and digests are stored, never a PIN, a password or a token. All of it is sealed under the person's key, so an
//! erasure takes it along.

use serde::{Deserialize, Serialize};

use crate::id::{ConsentId, DeviceId, SessionId};
use crate::time::Timestamp;

/// What somebody is to the install. What each may do is decided in `domain::account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRole {
    /// The one who set the install up. There is exactly one.
    Owner,
    /// Looks after the install and its accounts.
    Admin,
    /// Talks with a companion of their own.
    Person,
    /// Checks the log and reads the report, and nobody's words.
    Auditor,
    /// A device that talks for its person, and no more.
    Device,
}

/// What kind of secret an account is proved with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// Four to eight digits.
    Pin,
    /// A longer text.
    Password,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person left.
    SignedOut,
    /// Somebody ended it.
    Revoked,
    /// A refresh token came a second time, so somebody else has it.
    Reused,
    /// The PIN or password is another one.
    CredentialChanged,
    /// Its device was taken out.
    DeviceRevoked,
    /// The account was closed.
    AccountClosed,
}

/// What a person's data may be used for, outside this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Writing answers and summaries.
    Answers,
    /// Making vectors for memory.
    Vectors,
}

/// Which data of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// What was said, and what was learned from it.
    Words,
}

event_enum! {
    /// What happens to an account.
    AccountEvent => Account {
        /// A person got an account.
        AccountOpened {
            /// What they sign in as.
            name: String,
            /// What they may do.
            role: AccessRole,
        },
        /// They may do something else from now on.
        RoleChanged {
            /// Before.
            before: AccessRole,
            /// After.
            after: AccessRole,
        },
        /// The account is no more; what the person said stays.
        AccountClosed {},
        /// A PIN or password was set.
        CredentialSet {
            /// Which kind.
            kind: CredentialKind,
            /// Argon2id, in the PHC string format.
            verifier: String,
        },
        /// Somebody did not know the secret.
        SignInFailed {
            /// Set when it was one failure too many: until then nobody is let in.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            locked_until: Option<Timestamp>,
        },
        /// Somebody was let in.
        SessionOpened {
            /// Its id.
            session: SessionId,
            /// The device that talks, when no person signed in.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            device: Option<DeviceId>,
            /// SHA-256 of the refresh token, in hex.
            digest: String,
            /// When it is over unless it is refreshed.
            expires_at: Timestamp,
        },
        /// A session got its next refresh token.
        SessionRefreshed {
            /// Which one.
            session: SessionId,
            /// SHA-256 of the new token, in hex.
            digest: String,
            /// When it is over unless it is refreshed.
            expires_at: Timestamp,
        },
        /// A session is over.
        SessionEnded {
            /// Which one.
            session: SessionId,
            /// Why.
            reason: SessionEnd,
        },
        /// A device may talk for the person.
        DeviceEnrolled {
            /// Its id.
            device: DeviceId,
            /// What the person calls it.
            name: String,
            /// SHA-256 of its certificate, in hex.
            fingerprint: String,
            /// When its certificate ends.
            expires_at: Timestamp,
        },
        /// A device may no longer.
        DeviceRevoked {
            /// Which one.
            device: DeviceId,
        },
        /// The person agreed that data leaves this machine.
        ConsentGranted {
            /// Its id.
            consent: ConsentId,
            /// What for.
            purpose: Purpose,
            /// Which data.
            data: DataKind,
            /// To whom: host and port of a server.
            recipient: String,
            /// Until when; without it, until it is taken back.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            expires_at: Option<Timestamp>,
        },
        /// The person took it back.
        ConsentRevoked {
            /// Which one.
            consent: ConsentId,
        },
        /// Somebody else looked at what is kept about the person, or the person at what is kept about others; the actor
        /// says who.
        PersonalDataRead {
            /// What, without content.
            what: String,
        },
    }
}
