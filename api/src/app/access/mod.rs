//! Who is let in: accounts folded from the log, sessions, tokens, consents.
//!
//! The folded accounts are kept in memory and follow every command at once, so what is ended is ended for the next
//! request. One process writes the log, so nothing else can change them.

mod accounts;
mod authority;
mod caller;
mod gate;
mod guests;
mod secret;
mod token;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use commands::ports::Consents;
use commands::{Bus, Meta};
use domain::Decider as _;
use domain::account::{self, Account, Command, Permission, State, may};
use events::payload::{AccessRole, DataKind, Purpose};
use events::{
    Actor, BranchId, Category, Clock, Code, CommandId, CompanionId, Entropy, Event, EventLog, PersonId, StreamId,
    Timestamp, Version,
};
use tokio::sync::{Mutex, Semaphore, watch};

pub use accounts::{ConsentGiven, DeviceKnown, NewUser, SessionKnown, User};
pub(crate) use authority::fingerprint;
pub use authority::{Authority, IssuedDevice};
pub use caller::Caller;
pub(crate) use gate::{Known, gated};
pub use guests::Admitted;

use super::AppError;
use token::TokenKey;

/// How many secrets are proved at once; each takes 19 MiB.
const PROVING: usize = 2;
/// How often an open connection looks whether its session ran out.
const LOOK: Duration = Duration::from_secs(30);
const PAGE: u32 = 1_000;

/// How long tokens and sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token, in seconds.
    pub access_seconds: i64,
    /// Of a session since its last refresh, in seconds.
    pub session_seconds: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { access_seconds: 15 * 60, session_seconds: 24 * 3_600 }
    }
}

#[derive(Default)]
struct Kept {
    version: Version,
    state: State,
}

/// See the module.
pub struct Access {
    bus: Bus,
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    owner: PersonId,
    lifetimes: RwLock<Lifetimes>,
    key: TokenKey,
    kept: RwLock<HashMap<PersonId, Kept>>,
    companions: RwLock<HashMap<PersonId, CompanionId>>,
    changed: watch::Sender<()>,
    /// Held while a name is given, so that none is given twice.
    naming: Mutex<()>,
    proving: Semaphore,
    /// What a secret is compared with when there is no such name, so that it takes as long.
    decoy: String,
}

impl Consents for Access {
    fn agreed(&self, person: PersonId, purpose: Purpose, recipient: &str) -> bool {
        self.consents(person, purpose, DataKind::Words, recipient)
    }
}

impl Access {
    /// The accounts of these people.
    pub(super) async fn open(
        bus: Bus,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        owner: PersonId,
        people: &[PersonId],
        companions: HashMap<PersonId, CompanionId>,
    ) -> Result<Self, AppError> {
        let log = bus.log().clone();
        let access = Self {
            log,
            bus,
            owner,
            lifetimes: RwLock::default(),
            key: TokenKey::draw(&*entropy),
            kept: RwLock::default(),
            companions: RwLock::new(companions),
            changed: watch::Sender::new(()),
            naming: Mutex::default(),
            proving: Semaphore::new(PROVING),
            // As costly as a real one, and the secret of nobody.
            decoy:
                "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                    .to_owned(),
            clock,
            entropy,
        };
        for person in people {
            access.refold(*person).await?;
        }
        Ok(access)
    }

    /// How long tokens and sessions last from now on.
    pub fn set_lifetimes(&self, lifetimes: Lifetimes) {
        *self.lifetimes.write().unwrap_or_else(PoisonError::into_inner) = lifetimes;
    }

    fn lifetimes(&self) -> Lifetimes {
        *self.lifetimes.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was recorded about a person's account since the last time.
    async fn refold(&self, person: PersonId) -> Result<(), AppError> {
        let stream = StreamId::new(Category::Account, person.0);
        let (mut version, mut state) = {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            kept.get(&person).map(|k| (k.version, k.state.clone())).unwrap_or_default()
        };
        loop {
            let page = self.log.read_stream(BranchId::MAIN, stream, version, PAGE).await?;
            let Some(last) = page.last() else { break };
            version = last.header.version;
            for recorded in &page {
                let event = recorded.event().map_err(|e| AppError::new(Code::LogDamaged, e.to_string()))?;
                match event {
                    Some(Event::Account(event)) => state = Account::evolve(state, &event),
                    // Erased: the account went with the person.
                    _ => state = State::default(),
                }
            }
        }
        self.kept.write().unwrap_or_else(PoisonError::into_inner).insert(person, Kept { version, state });
        self.changed.send_replace(());
        Ok(())
    }

    /// Forgets the account of somebody who was erased.
    pub(super) fn forget(&self, person: PersonId) {
        if let Some(kept) = self.kept.write().unwrap_or_else(PoisonError::into_inner).get_mut(&person) {
            kept.state = State::default();
        }
        self.changed.send_replace(());
    }

    /// Commands an account; what follows from it holds for the next request.
    async fn command(
        &self,
        of: PersonId,
        actor: Actor,
        id: CommandId,
        command: Command,
    ) -> Result<events::Appended, AppError> {
        let done = self.bus.account(of, &Meta::new(id, actor, of), command).await;
        // A twin of this command may have been faster, so the fold is done whatever came of it.
        self.refold(of).await?;
        Ok(done?)
    }

    fn fresh(&self) -> CommandId {
        CommandId(self.entropy.uuid_v7(self.clock.now()))
    }

    fn with<T>(&self, person: PersonId, look: impl FnOnce(&State) -> T) -> Option<T> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(&person).map(|k| look(&k.state))
    }

    /// What somebody may do; nothing for whom there is no account. The owner needs none.
    pub fn role(&self, person: PersonId) -> Option<AccessRole> {
        if person == self.owner {
            return Some(AccessRole::Owner);
        }
        self.with(person, |s| s.account.as_ref().map(|(_, role)| *role)).flatten()
    }

    /// Whose companion is whose.
    pub(super) fn companion(&self, person: PersonId) -> Option<CompanionId> {
        self.companions.read().unwrap_or_else(PoisonError::into_inner).get(&person).copied()
    }

    /// Whether a person agrees that data goes to a recipient now.
    pub fn consents(&self, person: PersonId, purpose: Purpose, data: DataKind, recipient: &str) -> bool {
        let now = self.clock.now();
        self.with(person, |s| s.consents_to(purpose, data, recipient, now)).unwrap_or(false)
    }

    /// Whether everybody who talks here agrees that data goes to a recipient now: what is asked with is not told apart.
    pub fn all_consent(&self, purpose: Purpose, data: DataKind, recipient: &str) -> bool {
        let now = self.clock.now();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let talks = |person: &PersonId, state: &State| {
            *person == self.owner || state.account.as_ref().is_some_and(|(_, r)| may(*r, Permission::Talk))
        };
        let mut talkers = kept.iter().filter(|(person, k)| talks(person, &k.state));
        talkers.all(|(_, k)| k.state.consents_to(purpose, data, recipient, now))
    }

    /// Whether a caller is still who they were when they were let in.
    pub fn still(&self, caller: &Caller) -> bool {
        let Some(session) = caller.session else { return true };
        let now = self.clock.now();
        let open = self.with(caller.person, |s| s.sessions.get(&session).is_some_and(|s| s.open_at(now)));
        open == Some(true) && self.role_in(caller.person, caller.device.is_some()) == Some(caller.role)
    }

    fn role_in(&self, person: PersonId, by_device: bool) -> Option<AccessRole> {
        self.role(person).map(|role| if by_device { AccessRole::Device } else { role })
    }

    /// Waits until a caller is no longer let in. For ever, for the owner with the folder's token.
    pub async fn ended(self: Arc<Self>, caller: Caller) {
        let mut changed = self.changed.subscribe();
        while self.still(&caller) {
            tokio::select! {
                // The sender lives as long as we do.
                _ = changed.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Who an access token lets in. `fingerprint` is that of the certificate of the connection.
    ///
    /// # Errors
    /// When the token is none of ours, ended, or its session is over or bound to another device.
    pub fn check(&self, token: &str, fingerprint: Option<&str>) -> Result<Caller, AppError> {
        let refused = || AppError::new(Code::Unauthorised, "this token is not known here");
        let claims = self.key.read(token).ok_or_else(refused)?;
        let now = self.clock.now();
        if now >= Timestamp::default().plus_seconds(claims.exp) {
            return Err(AppError::new(Code::TokenExpired, "the access token ended: refresh it"));
        }
        let over = || AppError::new(Code::SessionOver, "the session is over: sign in again");
        let found = self.with(claims.sub, |s| {
            let session = s.sessions.get(&claims.sid).filter(|x| x.open_at(now))?;
            let bound = session.device.and_then(|d| s.devices.get(&d));
            Some((session.device, bound.map(|d| d.fingerprint.clone())))
        });
        let (device, bound) = found.flatten().ok_or_else(over)?;
        if bound.is_some() && bound.as_deref() != fingerprint {
            return Err(AppError::new(Code::Unauthorised, "this token belongs to another device"));
        }
        let role = self.role_in(claims.sub, device.is_some()).ok_or_else(over)?;
        Ok(Caller { person: claims.sub, role, session: Some(claims.sid), device })
    }

    /// Whether a certificate is that of a device that may talk.
    pub(crate) fn device_known(&self, fingerprint: &str) -> bool {
        let now = self.clock.now();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |d: &account::Device| d.fingerprint == fingerprint && !d.revoked && now < d.expires_at;
        kept.values().any(|k| k.state.account.is_some() && k.state.devices.values().any(fits))
    }

    /// The account of a name, or of a number.
    fn named(&self, who: &str) -> Option<PersonId> {
        let wanted = who.trim().to_lowercase();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let by_id = who.trim().parse::<PersonId>().ok().filter(|id| kept.contains_key(id) || *id == self.owner);
        by_id.or_else(|| {
            let same = |k: &Kept| k.state.account.as_ref().is_some_and(|(name, _)| name.to_lowercase() == wanted);
            kept.iter().find(|(_, k)| same(k)).map(|(id, _)| *id)
        })
    }
}
