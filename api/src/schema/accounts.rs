//! Accounts, sessions, devices and consents.

use ::events::payload::{AccessRole, CredentialKind, DataKind, Purpose};
use ::events::{Code, ConsentId, DeviceId, SessionId, Timestamp};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::mutation::command;
use super::{Result, app, id, refuse};
use crate::app::access::{ConsentGiven, DeviceKnown, NewUser, SessionKnown, User};
use crate::app::{AppError, Caller};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "AccessRole", name = "AccountRole")]
pub enum RoleKind {
    /// Everything, but others' talk and memory.
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

/// How an account is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "CredentialKind", name = "SecretKind")]
pub enum SecretKind {
    /// Four to eight digits.
    Pin,
    /// A longer text.
    Password,
}

/// What data may be used for, outside this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Purpose", name = "ConsentPurpose")]
pub enum ConsentPurpose {
    /// Writing answers and summaries.
    Answers,
    /// Making vectors for memory.
    Vectors,
}

/// Which data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DataKind", name = "ConsentData")]
pub enum ConsentData {
    /// What was said, and what was learned from it.
    Words,
}

/// An account.
#[derive(SimpleObject)]
pub struct Account {
    person: ID,
    /// What they sign in as; empty for an owner who never needed an account.
    name: String,
    role: RoleKind,
    /// How they prove who they are; nothing when nobody can sign in as them.
    secret: Option<SecretKind>,
    locked_until: Option<String>,
    /// How many sessions are open.
    sessions: u32,
}

impl From<User> for Account {
    fn from(u: User) -> Self {
        Self {
            person: u.person.to_string().into(),
            name: u.name,
            role: u.role.into(),
            secret: u.secret.map(Into::into),
            locked_until: u.locked_until.map(|t| t.to_string()),
            sessions: u32::try_from(u.sessions).unwrap_or(u32::MAX),
        }
    }
}

/// A session that is open.
#[derive(SimpleObject)]
pub struct AccountSession {
    id: ID,
    person: ID,
    /// The device that talks, when no person signed in.
    device: Option<ID>,
    /// When it is over unless refreshed.
    until: String,
    /// Whether it is the one that asks.
    this: bool,
}

impl From<SessionKnown> for AccountSession {
    fn from(s: SessionKnown) -> Self {
        Self {
            id: s.session.to_string().into(),
            person: s.person.to_string().into(),
            device: s.device.map(|d| d.to_string().into()),
            until: s.until.to_string(),
            this: s.this,
        }
    }
}

/// A device that may talk for a person.
#[derive(SimpleObject)]
pub struct Device {
    id: ID,
    person: ID,
    name: String,
    /// SHA-256 of its certificate, in hex.
    fingerprint: String,
    /// When its certificate ends.
    until: String,
}

impl From<DeviceKnown> for Device {
    fn from(d: DeviceKnown) -> Self {
        Self {
            id: d.device.to_string().into(),
            person: d.person.to_string().into(),
            name: d.name,
            fingerprint: d.fingerprint,
            until: d.until.to_string(),
        }
    }
}

/// What a device gets when it is enrolled, once.
#[derive(SimpleObject)]
pub struct Enrolment {
    id: ID,
    /// The certificate, in PEM.
    certificate: String,
    /// Its key, in PEM. It is kept nowhere else.
    key: String,
    /// The authority that the server's certificate is checked against, in PEM.
    authority: String,
    /// Good for one pair of tokens at `/session/refresh`, together with the certificate.
    refresh: String,
    until: String,
}

/// Something that the caller agreed to.
#[derive(SimpleObject)]
pub struct Consent {
    id: ID,
    purpose: ConsentPurpose,
    data: ConsentData,
    /// To whom the data goes.
    recipient: String,
    until: Option<String>,
    /// Whether it holds now.
    holds: bool,
}

impl From<ConsentGiven> for Consent {
    fn from(c: ConsentGiven) -> Self {
        Self {
            id: c.consent.to_string().into(),
            purpose: c.purpose.into(),
            data: c.data.into(),
            recipient: c.recipient,
            until: c.until.map(|t| t.to_string()),
            holds: c.holds,
        }
    }
}

/// Who asks.
#[derive(SimpleObject)]
pub struct Whoami {
    person: ID,
    role: RoleKind,
    /// Nothing for whoever has the token of the data folder.
    session: Option<ID>,
}

/// Questions about accounts.
#[derive(Default)]
pub struct AccountQuestions;

#[Object]
impl AccountQuestions {
    /// Who asks, and as what.
    async fn whoami(&self, context: &Context<'_>) -> Result<Whoami> {
        let caller = context.data::<Caller>()?;
        Ok(Whoami {
            person: caller.person.to_string().into(),
            role: caller.role.into(),
            session: caller.session.map(|s| s.to_string().into()),
        })
    }

    /// Every account.
    async fn users(&self, context: &Context<'_>) -> Result<Vec<Account>> {
        Ok(app(context)?.users().into_iter().map(Into::into).collect())
    }

    /// The open sessions of an account; one's own unless another is named, which is recorded.
    async fn sessions(&self, context: &Context<'_>, user: Option<String>) -> Result<Vec<AccountSession>> {
        let found = app(context)?.sessions(user.as_deref()).await.map_err(refuse)?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// The devices of an account; one's own unless another is named, which is recorded.
    async fn devices(&self, context: &Context<'_>, user: Option<String>) -> Result<Vec<Device>> {
        let found = app(context)?.devices(user.as_deref()).await.map_err(refuse)?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// What the caller agreed to, and what no longer holds.
    async fn consents(&self, context: &Context<'_>) -> Result<Vec<Consent>> {
        Ok(app(context)?.consents().into_iter().map(Into::into).collect())
    }
}

fn moment(text: Option<String>) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let bad = || refuse(AppError::new(Code::BadRequest, format!("`{text}` is not a time")));
    Timestamp::parse(&text).map(Some).ok_or_else(bad)
}

/// Commands about accounts.
#[derive(Default)]
pub struct AccountCommands;

#[Object]
impl AccountCommands {
    /// Makes a person with a companion and an account. An auditor has no companion.
    async fn add_user(
        &self,
        context: &Context<'_>,
        command_id: ID,
        name: String,
        role: RoleKind,
        #[graphql(secret)] secret: Option<String>,
    ) -> Result<ID> {
        let new = NewUser { name, role: role.into(), secret };
        let made = app(context)?.add_user(command(&command_id)?, new).await.map_err(refuse)?;
        Ok(made.to_string().into())
    }

    /// Gives an account another role.
    async fn change_role(&self, context: &Context<'_>, command_id: ID, user: String, role: RoleKind) -> Result<bool> {
        app(context)?.change_role(command(&command_id)?, &user, role.into()).await.map_err(refuse)?;
        Ok(true)
    }

    /// Closes an account; its sessions end. What the person said stays until it is erased.
    async fn remove_user(&self, context: &Context<'_>, command_id: ID, user: String) -> Result<bool> {
        app(context)?.remove_user(command(&command_id)?, &user).await.map_err(refuse)?;
        Ok(true)
    }

    /// Sets a PIN (four to eight digits) or a password (eight characters or more). Other sessions end.
    async fn set_secret(
        &self,
        context: &Context<'_>,
        command_id: ID,
        #[graphql(secret)] secret: String,
        user: Option<String>,
    ) -> Result<bool> {
        app(context)?.set_secret(command(&command_id)?, user.as_deref(), &secret).await.map_err(refuse)?;
        Ok(true)
    }

    /// Ends a session at once, or all of an account but the one that asks. How many were ended.
    async fn revoke_session(&self, context: &Context<'_>, session: Option<ID>, user: Option<String>) -> Result<u32> {
        let session = session.map(|s| id::<SessionId>(&s, "session", Code::NoSuchGrant)).transpose()?;
        app(context)?.revoke_session(user.as_deref(), session).await.map_err(refuse)
    }

    /// Makes a certificate for a device that talks for a person. What it gets is shown once.
    async fn enrol_device(
        &self,
        context: &Context<'_>,
        command_id: ID,
        name: String,
        user: Option<String>,
        #[graphql(default = 365)] days: u32,
    ) -> Result<Enrolment> {
        let made = app(context)?.issue_device(command(&command_id)?, user.as_deref(), &name, days).await;
        let made = made.map_err(refuse)?;
        Ok(Enrolment {
            id: made.device.to_string().into(),
            certificate: made.certificate,
            key: made.key,
            authority: made.authority,
            refresh: made.admitted.refresh,
            until: made.until.to_string(),
        })
    }

    /// Takes a device out; its sessions end at once.
    async fn revoke_device(&self, context: &Context<'_>, command_id: ID, device: ID) -> Result<bool> {
        let device: DeviceId = id(&device, "device", Code::NoSuchGrant)?;
        app(context)?.revoke_device(command(&command_id)?, device).await.map_err(refuse)?;
        Ok(true)
    }

    /// Agrees that the caller's own data goes to a recipient: a host name, with its port if it has one of its own.
    async fn grant_consent(
        &self,
        context: &Context<'_>,
        command_id: ID,
        purpose: ConsentPurpose,
        recipient: String,
        until: Option<String>,
    ) -> Result<ID> {
        let until = moment(until)?;
        let app = app(context)?;
        let given =
            app.grant_consent(command(&command_id)?, purpose.into(), DataKind::Words, &recipient, until).await;
        Ok(given.map_err(refuse)?.to_string().into())
    }

    /// Takes a consent back, at once.
    async fn revoke_consent(&self, context: &Context<'_>, command_id: ID, consent: ID) -> Result<bool> {
        let consent: ConsentId = id(&consent, "consent", Code::NoSuchGrant)?;
        app(context)?.revoke_consent(command(&command_id)?, consent).await.map_err(refuse)?;
        Ok(true)
    }
}
