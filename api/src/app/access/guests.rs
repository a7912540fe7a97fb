//! Letting people and devices in, and taking them further.

use domain::account::{Command, Opening};
use events::payload::SessionEnd;
use events::{Actor, Code, DeviceId, PersonId, SessionId, Timestamp};

use super::token::Refresh;
use super::{Access, AppError, secret};

/// What somebody gets who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Who.
    pub person: PersonId,
    /// The session.
    pub session: SessionId,
    /// Sent with every request.
    pub access: String,
    /// When the access token ends.
    pub access_until: Timestamp,
    /// Good for one new pair of tokens.
    pub refresh: String,
    /// When the session is over unless it is refreshed.
    pub until: Timestamp,
}

impl Access {
    /// Lets somebody in by name and secret.
    ///
    /// # Errors
    /// When either is wrong, which of them is not told; or the account is locked.
    pub async fn sign_in(&self, name: &str, given: &str) -> Result<Admitted, AppError> {
        let person = self.named(name);
        let known = person.and_then(|p| self.with(p, |s| s.credential.clone()).flatten());
        let verifier = known.as_ref().map_or_else(|| self.decoy.clone(), |(_, verifier)| verifier.clone());
        let proved = self.proves(given, verifier).await?;
        let refused = || AppError::new(Code::SignInRefused, "the name or the secret is wrong");
        let (Some(person), Some(_)) = (person, known) else {
            tracing::warn!(target: "security", event = "sign_in_refused", "nobody of that name, or without a secret");
            return Err(refused());
        };
        let (opening, refresh) = self.opening(person);
        let session = opening.session;
        let done =
            self.command(person, Actor::Person(person), self.fresh(), Command::SignIn { proved, opening }).await;
        match &done {
            Ok(_) if proved => tracing::info!(target: "security", event = "signed_in", %person, %session),
            Ok(_) => tracing::warn!(target: "security", event = "sign_in_refused", %person),
            Err(e) => tracing::warn!(target: "security", event = "sign_in_refused", %person, code = %e.code),
        }
        done?;
        if !proved {
            return Err(refused());
        }
        self.admitted(&refresh)
    }

    async fn proves(&self, given: &str, verifier: String) -> Result<bool, AppError> {
        let failed = |e: String| AppError::new(Code::Internal, e);
        let _turn = self.proving.acquire().await.map_err(|e| failed(e.to_string()))?;
        let given = given.to_owned();
        let proved = tokio::task::spawn_blocking(move || secret::proves(&given, &verifier)).await;
        proved.map_err(|e| failed(e.to_string()))
    }

    /// Lets a device in that showed its certificate when it was enrolled.
    pub(super) async fn admit_device(&self, of: PersonId, by: Actor, device: DeviceId) -> Result<Admitted, AppError> {
        let (opening, refresh) = self.opening(of);
        self.command(of, by, self.fresh(), Command::AdmitDevice { device, opening }).await?;
        self.admitted(&refresh)
    }

    fn opening(&self, person: PersonId) -> (Opening, Refresh) {
        let now = self.clock.now();
        let session = SessionId(self.entropy.uuid_v7(now));
        let refresh = Refresh::draw(person, session, &*self.entropy);
        let expires_at = now.plus_seconds(self.lifetimes().session_seconds);
        (Opening { session, digest: refresh.digest(), expires_at }, refresh)
    }

    fn admitted(&self, refresh: &Refresh) -> Result<Admitted, AppError> {
        let now = self.clock.now();
        let lifetimes = self.lifetimes();
        let until = now.plus_seconds(lifetimes.session_seconds);
        let access_until = now.plus_seconds(lifetimes.access_seconds).min(until);
        let jti = self.entropy.uuid_v7(now);
        let access = self
            .key
            .access(refresh.person, refresh.session, jti, now, access_until)
            .ok_or_else(|| AppError::new(Code::Internal, "a token could not be written"))?;
        let (person, session) = (refresh.person, refresh.session);
        Ok(Admitted { person, session, access, access_until, refresh: refresh.text().to_owned(), until })
    }

    /// A new pair of tokens for a refresh token, which is good no more. One that comes a second time ends its session.
    ///
    /// # Errors
    /// When the token is none of ours, was used, or its session is over.
    pub async fn refresh(&self, token: &str, fingerprint: Option<&str>) -> Result<Admitted, AppError> {
        let refused = || AppError::new(Code::Unauthorised, "this refresh token is not known here");
        let shown = Refresh::parse(token).ok_or_else(refused)?;
        let bound = self.with(shown.person, |s| {
            let device = s.sessions.get(&shown.session)?.device?;
            s.devices.get(&device).map(|d| d.fingerprint.clone())
        });
        if bound.flatten().is_some_and(|bound| Some(bound.as_str()) != fingerprint) {
            return Err(AppError::new(Code::Unauthorised, "this token belongs to another device"));
        }
        let next = Refresh::draw(shown.person, shown.session, &*self.entropy);
        let expires_at = self.clock.now().plus_seconds(self.lifetimes().session_seconds);
        let command =
            Command::Refresh { session: shown.session, shown: shown.digest(), next: next.digest(), expires_at };
        self.command(shown.person, Actor::Person(shown.person), self.fresh(), command).await?;
        let ended = self.with(shown.person, |s| s.sessions.get(&shown.session).and_then(|s| s.ended)).flatten();
        if ended == Some(SessionEnd::Reused) {
            tracing::warn!(target: "security", event = "refresh_reused", person = %shown.person, session = %shown.session);
            let what = "this refresh token was used before, so the session was ended: sign in again";
            return Err(AppError::new(Code::SessionOver, what));
        }
        self.admitted(&next)
    }

    /// Ends a session of a person.
    ///
    /// # Errors
    /// When there is none of that number.
    pub async fn end_session(
        &self,
        of: PersonId,
        by: Actor,
        session: SessionId,
        reason: SessionEnd,
    ) -> Result<(), AppError> {
        self.command(of, by, self.fresh(), Command::EndSession { session, reason }).await?;
        tracing::info!(target: "security", event = "session_ended", person = %of, %session);
        Ok(())
    }
}
