//! Accounts, sessions, devices and consents: looking at them and changing them, one's own and, with the right role, others'.
//!
//! What somebody does to another's account, and that they looked at it, is recorded in the account it is about.

use commands::derive;
use domain::account::{Command, Permission};
use domain::{companion, person};
use events::payload::{AccessRole, CredentialKind, DataKind, Purpose, SessionEnd};
use events::{Actor, BranchId, Code, CommandId, CompanionId, ConsentId, DeviceId, PersonId, SessionId, Timestamp};

use super::guests::Admitted;
use super::{Meta, PoisonError, secret};
use crate::app::{App, AppError};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub person: PersonId,
    /// What they sign in as.
    pub name: String,
    /// What they may do.
    pub role: AccessRole,
    /// How they prove who they are.
    pub secret: Option<CredentialKind>,
    /// Until when nobody is let in.
    pub locked_until: Option<Timestamp>,
    /// How many sessions are open.
    pub sessions: usize,
}

/// Somebody to be let in from now on.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What they sign in as.
    pub name: String,
    /// What they may do.
    pub role: AccessRole,
    /// A PIN or a password.
    pub secret: Option<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKnown {
    /// Its number.
    pub session: SessionId,
    /// Whose.
    pub person: PersonId,
    /// The device that talks, when no person signed in.
    pub device: Option<DeviceId>,
    /// When it is over unless refreshed.
    pub until: Timestamp,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceKnown {
    /// Its number.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// What it is called.
    pub name: String,
    /// SHA-256 of its certificate.
    pub fingerprint: String,
    /// When its certificate ends.
    pub until: Timestamp,
}

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentGiven {
    /// Its number.
    pub consent: ConsentId,
    /// Whose.
    pub person: PersonId,
    /// What for.
    pub purpose: Purpose,
    /// Which data.
    pub data: DataKind,
    /// To whom.
    pub recipient: String,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether it holds now.
    pub holds: bool,
}

impl App {
    fn actor(&self) -> Actor {
        Actor::Person(self.owner)
    }

    /// Refuses callers whose role does not reach something.
    ///
    /// # Errors
    /// When it does not.
    pub fn require(&self, permission: Permission) -> Result<(), AppError> {
        if self.caller.may(permission) {
            return Ok(());
        }
        Err(AppError::new(Code::Forbidden, "your role does not reach this"))
    }

    /// Whose account is meant: one's own unless another is named, for which it takes the right to look after accounts.
    fn whose(&self, who: Option<&str>) -> Result<PersonId, AppError> {
        let Some(who) = who.filter(|w| !matches!(*w, "" | "me")) else { return Ok(self.owner) };
        if who == self.owner.to_string() {
            return Ok(self.owner);
        }
        let found = self.access.named(who);
        if found == Some(self.owner) {
            return Ok(self.owner);
        }
        self.require(Permission::Users)?;
        found.ok_or_else(|| AppError::new(Code::NoSuchAccount, format!("there is no account `{who}`")))
    }

    /// Whose account is to be changed. The owner's and admins' are changed by themselves and by the owner only, or a
    /// lesser role could take over a greater one.
    fn changeable(&self, who: Option<&str>) -> Result<PersonId, AppError> {
        let of = self.whose(who)?;
        let greater = matches!(self.access.role(of), Some(AccessRole::Owner | AccessRole::Admin));
        if of != self.owner && greater && self.caller.role != AccessRole::Owner {
            return Err(AppError::new(Code::Forbidden, "only the owner changes the account of an admin"));
        }
        Ok(of)
    }

    /// Records that somebody looked at another's things.
    async fn note_read(&self, of: PersonId, what: &str) -> Result<(), AppError> {
        if of != self.owner {
            let note = Command::NoteRead { what: what.to_owned() };
            self.access.command(of, self.actor(), self.access.fresh(), note).await?;
        }
        Ok(())
    }

    /// Records, for whoever is not the owner, that they read something about everybody.
    ///
    /// # Errors
    /// When it cannot be recorded; then it is not to be shown.
    pub async fn note_review(&self, what: &str) -> Result<(), AppError> {
        if self.caller.role != AccessRole::Owner {
            let note = Command::NoteRead { what: what.to_owned() };
            self.access.command(self.owner, self.actor(), self.access.fresh(), note).await?;
        }
        Ok(())
    }

    /// The owner has no account until one is needed.
    async fn opened(&self, of: PersonId) -> Result<(), AppError> {
        let there = self.access.with(of, |s| s.account.is_some()).unwrap_or(false);
        if there || of != self.access.owner {
            return Ok(());
        }
        let basis = self.basis(None, None).await?;
        let people = self.read.minds().people(&basis).await?;
        let name = people.into_iter().find(|p| p.id == of).and_then(|p| p.name);
        let name = self.free_name(&name.unwrap_or_else(|| "owner".to_owned()));
        let id = CommandId(derive(of.0, "account"));
        let open = Command::Open { name, role: AccessRole::Owner };
        self.access.command(of, Actor::System, id, open).await?;
        Ok(())
    }

    fn free_name(&self, wanted: &str) -> String {
        let mut name: String = wanted.chars().take(domain::account::MAX_NAME_CHARS - 8).collect();
        let mut n = 1;
        while self.access.named(&name).is_some() {
            n += 1;
            name = format!("{wanted} {n}");
        }
        name
    }

    /// Every account.
    pub fn users(&self) -> Vec<User> {
        let now = self.clock.now();
        let kept = self.access.kept.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<User> = kept
            .iter()
            .filter_map(|(person, k)| {
                let (name, role) = match &k.state.account {
                    Some((name, role)) => (name.clone(), *role),
                    None if *person == self.access.owner => (String::new(), AccessRole::Owner),
                    None => return None,
                };
                let open = k.state.sessions.values().filter(|s| s.open_at(now));
                Some(User {
                    person: *person,
                    name,
                    role,
                    secret: k.state.credential.as_ref().map(|(kind, _)| *kind),
                    locked_until: k.state.locked_until.filter(|until| now < *until),
                    sessions: open.count(),
                })
            })
            .collect();
        found.sort_by_key(|u| (u.role, u.name.to_lowercase()));
        found
    }

    /// Makes a person with a companion and an account. The same command gives the same person.
    ///
    /// # Errors
    /// When the name is taken, the secret is too weak, or only the owner could do it.
    pub async fn add_user(&self, command: CommandId, new: NewUser) -> Result<PersonId, AppError> {
        self.require(Permission::Users)?;
        match new.role {
            AccessRole::Owner | AccessRole::Device => {
                let what = "an account is that of an admin, a person or an auditor; devices are enrolled";
                return Err(AppError::new(Code::Rejected, what));
            }
            AccessRole::Admin if self.caller.role != AccessRole::Owner => {
                return Err(AppError::new(Code::Forbidden, "only the owner makes an admin"));
            }
            _ => {}
        }
        let verifier = match &new.secret {
            Some(text) => Some((secret::kind(text)?, self.verifier(text).await?)),
            None => None,
        };
        let _one_name_at_a_time = self.access.naming.lock().await;
        let id = PersonId(derive(command.0, "person"));
        if self.access.named(&new.name).is_some_and(|other| other != id) {
            return Err(AppError::new(Code::Rejected, format!("there is an account `{}` already", new.name.trim())));
        }
        let part = |what: &str| CommandId(derive(command.0, what));
        let meta = |what: &str| Meta::new(part(what), self.actor(), id);
        let register = person::Command::Register { name: new.name.clone(), owner: false };
        self.turns.bus().person(BranchId::MAIN, id, &meta("register"), register).await?;
        if new.role != AccessRole::Auditor {
            let basis = self.basis(None, None).await?;
            let all = self.read.minds().companions(&basis).await?;
            let name = all.into_iter().find(|c| c.id == self.companion).map(|c| c.name).filter(|n| !n.is_empty());
            let companion = CompanionId(derive(command.0, "companion"));
            let create = companion::Command::Create {
                name: name.unwrap_or_else(|| "Aico".to_owned()),
                owner: id,
                persona: crate::app::FIRST_PERSONA.to_owned(),
            };
            let meta = Meta::new(part("create"), self.actor(), companion);
            self.turns.bus().companion(BranchId::MAIN, companion, &meta, create).await?;
            self.access.companions.write().unwrap_or_else(PoisonError::into_inner).insert(id, companion);
        }
        let open = Command::Open { name: new.name, role: new.role };
        self.access.command(id, self.actor(), part("open"), open).await?;
        if let Some((kind, verifier)) = verifier {
            let set = Command::SetCredential { kind, verifier, keep: None };
            self.access.command(id, self.actor(), part("secret"), set).await?;
        }
        tracing::info!(target: "security", event = "user_added", person = %id, by = %self.owner);
        Ok(id)
    }

    async fn verifier(&self, text: &str) -> Result<String, AppError> {
        let failed = |e: String| AppError::new(Code::Internal, e);
        let _turn = self.access.proving.acquire().await.map_err(|e| failed(e.to_string()))?;
        let (text, entropy) = (text.to_owned(), self.entropy.clone());
        tokio::task::spawn_blocking(move || secret::verifier(&text, &*entropy))
            .await
            .map_err(|e| failed(e.to_string()))?
    }

    /// Gives an account another role.
    ///
    /// # Errors
    /// When there is no such account, or only the owner could do it.
    pub async fn change_role(&self, command: CommandId, who: &str, role: AccessRole) -> Result<(), AppError> {
        self.require(Permission::Users)?;
        let of = self.changeable(Some(who))?;
        if of == self.owner || (role == AccessRole::Admin && self.caller.role != AccessRole::Owner) {
            return Err(AppError::new(
                Code::Forbidden,
                "nobody changes their own role, and only the owner makes admins",
            ));
        }
        if role == AccessRole::Device {
            return Err(AppError::new(Code::Rejected, "devices are enrolled, no account becomes one"));
        }
        self.access.command(of, self.actor(), command, Command::ChangeRole { role }).await?;
        tracing::info!(target: "security", event = "role_changed", person = %of, by = %self.owner);
        Ok(())
    }

    /// Closes an account. What the person said stays; erasing it is another thing.
    ///
    /// # Errors
    /// When there is no such account, or it is the owner's.
    pub async fn remove_user(&self, command: CommandId, who: &str) -> Result<(), AppError> {
        self.require(Permission::Users)?;
        let of = self.changeable(Some(who))?;
        self.access.command(of, self.actor(), command, Command::Close).await?;
        tracing::info!(target: "security", event = "user_removed", person = %of, by = %self.owner);
        Ok(())
    }

    /// Sets a PIN or password. Other sessions of the account end.
    ///
    /// # Errors
    /// When it is too weak, or the account is not the caller's to change.
    pub async fn set_secret(&self, command: CommandId, who: Option<&str>, text: &str) -> Result<(), AppError> {
        let of = self.changeable(who)?;
        let kind = secret::kind(text)?;
        let verifier = self.verifier(text).await?;
        self.opened(of).await?;
        let keep = self.caller.session.filter(|_| of == self.owner);
        let set = Command::SetCredential { kind, verifier, keep };
        self.access.command(of, self.actor(), command, set).await?;
        tracing::info!(target: "security", event = "secret_set", person = %of, by = %self.owner);
        Ok(())
    }

    /// The open sessions of an account.
    ///
    /// # Errors
    /// When it is not the caller's to look at.
    pub async fn sessions(&self, who: Option<&str>) -> Result<Vec<SessionKnown>, AppError> {
        let of = self.whose(who)?;
        self.note_read(of, "sessions").await?;
        let now = self.clock.now();
        let known = self.access.with(of, |s| {
            let open = s.sessions.iter().filter(|(_, x)| x.open_at(now));
            let known = open.map(|(id, x)| SessionKnown {
                session: *id,
                person: of,
                device: x.device,
                until: x.expires_at,
                this: self.caller.session == Some(*id),
            });
            known.collect()
        });
        Ok(known.unwrap_or_default())
    }

    /// Ends a session, at once; without a number, all of the account but the one that asks.
    ///
    /// # Errors
    /// When there is none of that number among those that the caller may end.
    pub async fn revoke_session(&self, who: Option<&str>, session: Option<SessionId>) -> Result<u32, AppError> {
        let of = match (who, session) {
            // A number alone is enough for whoever may end everybody's.
            (None, Some(session)) if self.caller.may(Permission::Users) => {
                let kept = self.access.kept.read().unwrap_or_else(PoisonError::into_inner);
                let holder = kept.iter().find(|(_, k)| k.state.sessions.contains_key(&session)).map(|(id, _)| *id);
                drop(kept);
                self.changeable(holder.map(|h| h.to_string()).as_deref())?
            }
            _ => self.changeable(who)?,
        };
        let reason = if of == self.owner { SessionEnd::SignedOut } else { SessionEnd::Revoked };
        let now = self.clock.now();
        let wanted: Vec<SessionId> = match session {
            Some(session) => vec![session],
            None => {
                let open = self.access.with(of, |s| {
                    let open = s.sessions.iter().filter(|(_, x)| x.open_at(now)).map(|(id, _)| *id);
                    open.filter(|id| Some(*id) != self.caller.session).collect()
                });
                open.unwrap_or_default()
            }
        };
        let mut ended = 0;
        for session in wanted {
            self.access.end_session(of, self.actor(), session, reason).await?;
            ended += 1;
        }
        Ok(ended)
    }

    /// The devices of an account.
    ///
    /// # Errors
    /// When it is not the caller's to look at.
    pub async fn devices(&self, who: Option<&str>) -> Result<Vec<DeviceKnown>, AppError> {
        let of = self.whose(who)?;
        self.note_read(of, "devices").await?;
        let known = self.access.with(of, |s| {
            let there = s.devices.iter().filter(|(_, d)| !d.revoked);
            let known = there.map(|(id, d)| DeviceKnown {
                device: *id,
                person: of,
                name: d.name.clone(),
                fingerprint: d.fingerprint.clone(),
                until: d.expires_at,
            });
            known.collect()
        });
        Ok(known.unwrap_or_default())
    }

    /// Lets a device talk for a person, under the certificate that was made for it.
    ///
    /// # Errors
    /// When the account is not the caller's to change.
    pub async fn enrol_device(
        &self,
        command: CommandId,
        who: Option<&str>,
        name: &str,
        fingerprint: &str,
        until: Timestamp,
    ) -> Result<(DeviceId, Admitted), AppError> {
        let of = self.changeable(who)?;
        self.opened(of).await?;
        let device = DeviceId(derive(command.0, "device"));
        let enrol =
            Command::Enrol { device, name: name.to_owned(), fingerprint: fingerprint.to_owned(), expires_at: until };
        self.access.command(of, self.actor(), command, enrol).await?;
        tracing::info!(target: "security", event = "device_enrolled", person = %of, %device, by = %self.owner);
        Ok((device, self.access.admit_device(of, self.actor(), device).await?))
    }

    /// Takes a device out; its sessions end at once.
    ///
    /// # Errors
    /// When there is none of that number among those that the caller may take out.
    pub async fn revoke_device(&self, command: CommandId, device: DeviceId) -> Result<(), AppError> {
        let holder = {
            let kept = self.access.kept.read().unwrap_or_else(PoisonError::into_inner);
            kept.iter().find(|(_, k)| k.state.devices.contains_key(&device)).map(|(id, _)| *id)
        };
        let missing = || AppError::new(Code::NoSuchGrant, format!("there is no device {device}"));
        let holder = holder.filter(|h| *h == self.owner || self.caller.may(Permission::Users)).ok_or_else(missing)?;
        let of = self.changeable(Some(&holder.to_string()))?;
        self.access.command(of, self.actor(), command, Command::RevokeDevice { device }).await?;
        tracing::info!(target: "security", event = "device_revoked", person = %of, %device, by = %self.owner);
        Ok(())
    }

    /// What the caller agreed to, what no longer holds included.
    pub fn consents(&self) -> Vec<ConsentGiven> {
        let now = self.clock.now();
        let of = self.owner;
        let given = self.access.with(of, |s| {
            let given = s.consents.iter().map(|(id, c)| ConsentGiven {
                consent: *id,
                person: of,
                purpose: c.purpose,
                data: c.data,
                recipient: c.recipient.clone(),
                until: c.expires_at,
                holds: c.holds_at(now),
            });
            given.collect()
        });
        given.unwrap_or_default()
    }

    /// Agrees that the caller's own data goes to a recipient. Nobody can agree for another.
    ///
    /// # Errors
    /// When the recipient is no host or the end is over already.
    pub async fn grant_consent(
        &self,
        command: CommandId,
        purpose: Purpose,
        data: DataKind,
        recipient: &str,
        until: Option<Timestamp>,
    ) -> Result<ConsentId, AppError> {
        self.opened(self.owner).await?;
        let consent = ConsentId(derive(command.0, "consent"));
        let grant = Command::Grant { consent, purpose, data, recipient: recipient.to_owned(), expires_at: until };
        self.access.command(self.owner, self.actor(), command, grant).await?;
        let wanted = recipient.trim().to_ascii_lowercase();
        let held = |c: &ConsentGiven| c.holds && (c.purpose, c.data, &c.recipient) == (purpose, data, &wanted);
        let all = self.consents();
        Ok(all
            .iter()
            .find(|c| c.consent == consent)
            .or_else(|| all.iter().find(|c| held(c)))
            .map_or(consent, |c| c.consent))
    }

    /// Takes a consent of the caller back, at once.
    ///
    /// # Errors
    /// When there is none of that number.
    pub async fn revoke_consent(&self, command: CommandId, consent: ConsentId) -> Result<(), AppError> {
        self.access.command(self.owner, self.actor(), command, Command::Revoke { consent }).await?;
        Ok(())
    }
}
