//! What can be asked about minds.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use events::payload::{Affect, CompanionEvent, ConversationEvent as E, Fact, PersonEvent};
use events::seal::KeyError;
use events::{CompanionId, ConversationId, Event, MessageId, PersonId, Position, Timestamp};
use serde::Serialize;

use super::profile::{self, KnownFact, Profiles};
use super::{
    CHOICE, COMPANION, COMPANION_NAME, ChoiceRow, CompanionRow, FACT, FORGOTTEN, FactRow, Here, MOOD, MindsModel,
    MoodRow, PARTY, PERSON, PERSON_NAME, PERSONA, PartyRow, PersonRow, REPLY, REWARD, ROOT, RUN, ReplyRow, RewardRow,
    pair,
};
use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::sql::{Model, SqlStore};
use crate::store::{Ports, Slot};
use crate::versions::{Kind, Scan, SeenRow, View};

/// A person at a basis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The name; `None` when erased.
    pub name: Option<String>,
    /// Where the name stands.
    pub name_position: Position,
    /// Whether the person owns the install.
    pub owner: bool,
}

/// A companion at a basis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Companion {
    /// The id.
    pub id: CompanionId,
    /// Whose it is.
    pub owner: PersonId,
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub name_position: Position,
    /// The character.
    pub persona: String,
    /// Where the character stands.
    pub persona_position: Position,
}

/// A feeling at a basis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mood {
    /// The feeling when it was last moved.
    pub affect: Affect,
    /// The word for it.
    pub label: String,
    /// Its strength.
    pub intensity: f64,
    /// When.
    pub at: Timestamp,
    /// By which event.
    pub position: Position,
}

/// What was learned about one skill in one context.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SkillRecord {
    /// The skill.
    pub skill: String,
    /// The context.
    pub context: String,
    /// How often it was chosen.
    pub chosen: u64,
    /// How often it was judged.
    pub judged: u64,
    /// One plus the rewards.
    pub alpha: f64,
    /// One plus the penalties.
    pub beta: f64,
}

/// A fact with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearnedFact {
    /// The fact.
    #[serde(flatten)]
    pub fact: Fact,
    /// The message that it was learned from.
    pub message: MessageId,
    /// The event that recorded it.
    pub position: Position,
    /// When the message was said.
    pub at: Timestamp,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct Minds {
    pub(crate) slot: Arc<Slot<SqlStore<MindsModel>>>,
    pub(crate) ports: Ports,
    pub(crate) profiles: Profiles,
}

fn store(source: events::log::BoxError) -> ReadSideError {
    ReadSideError::Store { name: MindsModel::NAME, source }
}

fn uuid(key: &[u8]) -> uuid::Uuid {
    uuid::Uuid::from_slice(key).unwrap_or_default()
}

impl Minds {
    async fn event(&self, basis: &Basis, at: Position) -> Result<Option<Event>, ReadSideError> {
        let found = self.ports.log.at(basis.branch, &[at]).await?;
        let Some(event) = found.first() else { return Ok(None) };
        event.event().map_err(|e| ReadSideError::decode(MindsModel::NAME, event, e))
    }

    async fn place(&self, basis: &Basis, kind: Kind, key: &[u8]) -> Result<Position, ReadSideError> {
        let row: Option<SeenRow<Here>> = self.slot.at(basis)?.rows.get(basis, kind, key).await.map_err(store)?;
        Ok(row.map_or(Position::START, |r| r.position))
    }

    /// Everybody known.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn people(&self, basis: &Basis) -> Result<Vec<Person>, ReadSideError> {
        let found: Vec<SeenRow<PersonRow>> =
            self.slot.at(basis)?.rows.scan(basis, &Scan::all(PERSON, ROOT)).await.map_err(store)?;
        let mut people = Vec::with_capacity(found.len());
        for row in found {
            let name_position = self.place(basis, PERSON_NAME, &row.key).await?;
            let name = match self.event(basis, name_position).await? {
                Some(Event::Person(
                    PersonEvent::PersonRegistered { name, .. } | PersonEvent::PersonRenamed { name },
                )) => Some(name),
                _ => None,
            };
            people.push(Person { id: PersonId(uuid(&row.key)), name, name_position, owner: row.value.owner });
        }
        Ok(people)
    }

    /// Every companion.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn companions(&self, basis: &Basis) -> Result<Vec<Companion>, ReadSideError> {
        let found: Vec<SeenRow<CompanionRow>> =
            self.slot.at(basis)?.rows.scan(basis, &Scan::all(COMPANION, ROOT)).await.map_err(store)?;
        let mut companions = Vec::with_capacity(found.len());
        for row in found {
            let name_position = self.place(basis, COMPANION_NAME, &row.key).await?;
            let persona_position = self.place(basis, PERSONA, &row.key).await?;
            let name = match self.event(basis, name_position).await? {
                Some(Event::Companion(
                    CompanionEvent::CompanionCreated { name, .. } | CompanionEvent::CompanionRenamed { name },
                )) => name,
                _ => String::new(),
            };
            let persona = match self.event(basis, persona_position).await? {
                Some(Event::Companion(CompanionEvent::CompanionCreated { persona, .. })) => persona,
                Some(Event::Companion(CompanionEvent::PersonaChanged { after, .. })) => after,
                _ => String::new(),
            };
            let (id, owner) = (CompanionId(uuid(&row.key)), row.value.owner);
            companions.push(Companion { id, owner, name, name_position, persona, persona_position });
        }
        Ok(companions)
    }

    /// Who takes part in a conversation, and whether it is private.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn parties(
        &self,
        basis: &Basis,
        conversation: ConversationId,
    ) -> Result<Option<(PersonId, CompanionId, bool)>, ReadSideError> {
        let row: Option<SeenRow<PartyRow>> =
            self.slot.at(basis)?.rows.get(basis, PARTY, conversation.as_bytes()).await.map_err(store)?;
        Ok(row.map(|r| (r.value.person, r.value.companion, r.value.private)))
    }

    /// A companion's feeling towards a person, as it was last moved; `None` before anything moved it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn mood(
        &self,
        basis: &Basis,
        companion: CompanionId,
        person: PersonId,
    ) -> Result<Option<Mood>, ReadSideError> {
        let row: Option<SeenRow<MoodRow>> =
            self.slot.at(basis)?.rows.get(basis, MOOD, pair(companion, person)).await.map_err(store)?;
        Ok(row.map(|r| Mood {
            affect: r.value.affect,
            label: r.value.label,
            intensity: r.value.intensity,
            at: r.value.at,
            position: r.position,
        }))
    }

    /// What was learned about each skill with a person, by skill and context.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn skills(&self, basis: &Basis, person: PersonId) -> Result<Vec<SkillRecord>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let mut records: BTreeMap<(String, String), SkillRecord> = BTreeMap::new();
        let all: Vec<SeenRow<ChoiceRow>> =
            model.rows.scan(basis, &Scan::all(CHOICE, person.as_bytes())).await.map_err(store)?;
        for choice in all {
            records.entry((choice.value.skill, choice.value.context)).or_default().chosen += 1;
        }
        for (choice, reward) in self.verdicts(basis, person).await? {
            let record = records.entry((choice.skill, choice.context)).or_default();
            record.judged += 1;
            record.alpha += reward.max(0.0);
            record.beta += (-reward).max(0.0);
        }
        Ok(records
            .into_iter()
            .map(|((skill, context), r)| SkillRecord {
                skill,
                context,
                alpha: 1.0 + r.alpha,
                beta: 1.0 + r.beta,
                ..r
            })
            .collect())
    }

    /// What was learned about each skill in one context, from verdicts alone: cheap enough for every turn.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn posteriors(
        &self,
        basis: &Basis,
        person: PersonId,
        context: &str,
    ) -> Result<Vec<(String, f64, f64)>, ReadSideError> {
        let mut found: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (choice, reward) in self.verdicts(basis, person).await? {
            if choice.context == context {
                let (alpha, beta) = found.entry(choice.skill).or_insert((1.0, 1.0));
                *alpha += reward.max(0.0);
                *beta += (-reward).max(0.0);
            }
        }
        Ok(found.into_iter().map(|(skill, (alpha, beta))| (skill, alpha, beta)).collect())
    }

    /// Each judged reply's reward with the choice that its run was begun with. A message that is answered again has
    /// another choice for each run, and a verdict on one reply says nothing about the choice of another.
    async fn verdicts(&self, basis: &Basis, person: PersonId) -> Result<Vec<(ChoiceRow, f64)>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let ask = move |view: &View<'_>| {
            let rewards: Vec<SeenRow<RewardRow>> = view.scan(&Scan::all(REWARD, person.as_bytes()))?;
            let mut found = Vec::with_capacity(rewards.len());
            for row in rewards {
                let reply: Option<SeenRow<ReplyRow>> = view.get(REPLY, row.value.reply.as_bytes())?;
                let Some(reply) = reply else { continue };
                let run: Option<SeenRow<Here>> = view.get(RUN, reply.value.run.as_bytes())?;
                let Some(begun) = run else { continue };
                let choices: Vec<SeenRow<ChoiceRow>> = view.beginning(CHOICE, reply.value.message.as_bytes())?;
                let choice = choices.into_iter().rfind(|c| c.position < begun.position);
                found.extend(choice.map(|c| (c.value, row.value.reward)));
            }
            Ok(found)
        };
        model.rows.study(basis, ask).await.map_err(store)
    }

    /// What is known of a person and of whom they speak, with what no longer holds, in the order it was said.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn profile(&self, basis: &Basis, person: PersonId) -> Result<Arc<Vec<KnownFact>>, ReadSideError> {
        // What is kept folded must go with the person's key.
        if let Err(KeyError::Erased(_)) = self.ports.keys.sealing_key(person.into()) {
            return Ok(Arc::default());
        }
        let newest: Vec<SeenRow<FactRow>> = {
            let scan = Scan::newest(FACT, person.as_bytes(), 1);
            self.slot.at(basis)?.rows.scan(basis, &scan).await.map_err(store)?
        };
        let Some(last) = newest.first().map(|row| row.position) else { return Ok(Arc::default()) };
        let forgotten: Vec<SeenRow<Here>> = {
            let scan = Scan::newest(FORGOTTEN, person.as_bytes(), 1);
            self.slot.at(basis)?.rows.scan(basis, &scan).await.map_err(store)?
        };
        let last = forgotten.first().map_or(last, |row| row.position.max(last));
        // Nothing but a new fact, or one that was forgotten, changes what is known, and a turn asks each time.
        let place = (basis.branch, person, last);
        if let Some(known) = self.profiles.get(&place) {
            return Ok(known);
        }
        let known = Arc::new(profile::fold(self.facts(basis, person, u32::MAX).await?));
        self.profiles.keep(place, known.clone());
        Ok(known)
    }

    /// Facts learned from a person, newest first. Private conversations teach nothing.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn facts(
        &self,
        basis: &Basis,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<LearnedFact>, ReadSideError> {
        let scan = Scan::newest(FACT, person.as_bytes(), limit);
        let mut found: Vec<SeenRow<FactRow>> = self.slot.at(basis)?.rows.scan(basis, &scan).await.map_err(store)?;
        let gone: Vec<SeenRow<Here>> =
            self.slot.at(basis)?.rows.scan(basis, &Scan::all(FORGOTTEN, person.as_bytes())).await.map_err(store)?;
        let gone: HashSet<MessageId> = gone.iter().map(|row| MessageId(uuid(&row.key))).collect();
        found.retain(|row| !gone.contains(&row.value.message));
        let places: Vec<Position> = found.iter().map(|f| f.position).collect();
        let mut facts = Vec::new();
        for event in self.ports.log.at(basis.branch, &places).await? {
            let payload = event.event().map_err(|e| ReadSideError::decode(MindsModel::NAME, &event, e))?;
            if let Some(Event::Conversation(E::FactsExtracted { message, facts: learned, .. })) = payload {
                let (position, at) = (event.position(), event.header.occurred_at);
                facts.extend(learned.into_iter().map(|fact| LearnedFact { fact, message, position, at }));
            }
        }
        Ok(facts)
    }
}
