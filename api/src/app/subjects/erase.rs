//! Erasure: the data key is destroyed, everything derived is built anew without it, and every byte is searched.

use std::collections::BTreeMap;

use events::ledger::Signed;
use events::payload::InstallEvent;
use events::{Actor, Body, BranchId, Code, CommandId, PersonId, Position, SubjectId};

use super::scan::Canaries;
use super::{App, AppError, Subject};

/// Events read at once.
const PAGE: u32 = 2_000;

/// What an erasure will touch.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Who.
    pub subject: Subject,
    /// How many events, on all branches, can no longer be read afterwards.
    pub events: u64,
    /// How many of each type.
    pub types: BTreeMap<String, u64>,
    /// How many of each branch's own.
    pub branches: BTreeMap<String, u64>,
    /// The read models that will be built anew without them.
    pub rebuilt: Vec<&'static str>,
    /// How many events of others stay as they are.
    pub others: u64,
}

/// A finished erasure.
#[derive(Clone, Debug, PartialEq)]
pub struct Erased {
    /// Who.
    pub subject: SubjectId,
    /// Where it was recorded.
    pub position: Position,
    /// Where it was recorded that nothing is left.
    pub completed: Position,
    /// In how many files something was found; 0 when the erasure is complete.
    pub found: u64,
    /// The signed receipt.
    pub receipt: String,
}

impl App {
    /// What an erasure of a subject would touch.
    ///
    /// # Errors
    /// When there is no such subject, or the log cannot be read.
    pub async fn erasure_preview(&self, who: &str) -> Result<Preview, AppError> {
        let subject = self.subject_named(who).await?;
        let mut preview = Preview {
            subject,
            events: 0,
            types: BTreeMap::new(),
            branches: BTreeMap::new(),
            rebuilt: self.read.names(),
            others: 0,
        };
        for branch in self.log.branches().await? {
            let mut after = branch.fork;
            while after < branch.head {
                let page = self.log.read_sealed(branch.id, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.header.position;
                for event in &page {
                    if event.header.subject == preview.subject.id {
                        preview.events += 1;
                        *preview.types.entry(event.header.event_type.to_string()).or_default() += 1;
                        *preview.branches.entry(branch.name.clone()).or_default() += 1;
                    } else {
                        preview.others += 1;
                    }
                }
            }
        }
        Ok(preview)
    }

    /// Erases a subject for ever: destroys the data key, builds every read model anew, searches every file, and signs a
    /// receipt. The same command, or a second wish, gives the first outcome.
    ///
    /// A crash in between is made good at the next start: what was recorded is carried out.
    ///
    /// # Errors
    /// When there is no such subject, or something cannot be written; then `erase` can be repeated.
    pub async fn erase(&self, who: &str, command: CommandId, reason: Option<String>) -> Result<Erased, AppError> {
        let _one_at_a_time = self.erasing.lock().await;
        let subject = self.subject_named(who).await?;
        if subject.kind != "person" {
            let message = format!("a {} is not a person, and has nothing to be erased", subject.kind);
            return Err(AppError::new(Code::Rejected, message));
        }
        if subject.erased_at.is_some() {
            self.finish_erasures_alone().await?;
            return self.erased(subject.id).await;
        }
        // A reply that is being written would be sealed under a key that is gone.
        self.turns.drain().await;
        for branch in self.log.branches().await? {
            self.settle(branch.id).await?;
        }
        let canaries = self.canaries(subject.id).await?;
        let preview = self.erasure_preview(&subject.id.to_string()).await?;
        let keys = self.keys.subjects().into_iter().filter(|k| k.subject == subject.id).map(|k| k.key).collect();
        let event = InstallEvent::SubjectErased { subject: subject.id, keys, events: preview.events, reason };
        // Recorded first: whatever happens now, it will be carried out.
        let position = self.record(command, Actor::Person(self.owner), event).await?;
        self.carry_out(subject.id, position, &canaries).await?;
        self.erased(subject.id).await
    }

    /// Carries out every erasure that was recorded and not completed, as after a crash.
    ///
    /// # Errors
    /// When something cannot be written.
    pub(crate) async fn finish_erasures(&self) -> Result<(), AppError> {
        let _one_at_a_time = self.erasing.lock().await;
        self.finish_erasures_alone().await
    }

    async fn finish_erasures_alone(&self) -> Result<(), AppError> {
        let mut open: BTreeMap<SubjectId, Position> = BTreeMap::new();
        for record in self.install_records().await? {
            match record.event {
                InstallEvent::SubjectErased { subject, .. } => drop(open.insert(subject, record.position)),
                InstallEvent::ErasureCompleted { subject, found: 0, .. } => drop(open.remove(&subject)),
                InstallEvent::ErasureCompleted { .. } | InstallEvent::SubjectExported { .. } => {}
            }
        }
        for (subject, position) in open {
            tracing::warn!(%subject, "an erasure that was cut off is carried out");
            // When the key is gone already, nobody knows any more what to look for: then nothing is looked for.
            let canaries = self.canaries(subject).await?;
            self.carry_out(subject, position, &canaries).await?;
        }
        Ok(())
    }

    async fn carry_out(&self, subject: SubjectId, position: Position, canaries: &Canaries) -> Result<(), AppError> {
        self.keys.destroy(subject)?;
        self.access.forget(PersonId(subject.0));
        self.turns.live().forget();
        let rebuilt: Vec<String> = self.read.names().into_iter().map(str::to_owned).collect();
        for name in &rebuilt {
            self.read.rebuild(name, &mut |_| ()).await?;
        }
        let searched = canaries.search(self.folder.path())?;
        for path in &searched.found {
            tracing::error!(path = %path.display(), "an erased person's words are still in a file");
        }
        let event = InstallEvent::ErasureCompleted {
            subject,
            erased_at: position,
            rebuilt,
            texts: canaries.len(),
            files: searched.files,
            bytes: searched.bytes,
            found: searched.found.len() as u64,
        };
        let command = CommandId(self.entropy.uuid_v7(self.clock.now()));
        self.record(command, Actor::System, event).await?;
        Ok(())
    }

    /// What only this subject has said, as far as it can still be read.
    async fn canaries(&self, subject: SubjectId) -> Result<Canaries, AppError> {
        let (mut own, mut others) = (Canaries::default(), Canaries::default());
        for branch in self.log.branches().await? {
            let mut after = branch.fork;
            while after < branch.head {
                let page = self.log.read(branch.id, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.position();
                for event in &page {
                    let Body::Open(json) = &event.body else { continue };
                    let value = serde_json::from_slice(json).unwrap_or_default();
                    if event.header.subject == subject { own.take(&value) } else { others.take(&value) }
                }
            }
        }
        own.leave_out(&others);
        Ok(own)
    }

    /// The outcome of a finished erasure, with a receipt signed now.
    ///
    /// # Errors
    /// When the subject was not erased.
    pub async fn erased(&self, subject: SubjectId) -> Result<Erased, AppError> {
        let records = self.install_records().await?;
        let ordered = records.iter().rev().find_map(|r| match &r.event {
            InstallEvent::SubjectErased { subject: s, keys, events, reason } if *s == subject => {
                Some((r, keys, *events, reason))
            }
            _ => None,
        });
        let not_erased = || AppError::new(Code::NoSuchPerson, format!("subject {subject} was not erased"));
        let (order, keys, events, reason) = ordered.ok_or_else(not_erased)?;
        let done = records.iter().rev().find_map(|r| match &r.event {
            InstallEvent::ErasureCompleted { subject: s, rebuilt, texts, files, bytes, found, .. }
                if *s == subject =>
            {
                Some((r, rebuilt, *texts, *files, *bytes, *found))
            }
            _ => None,
        });
        let (done, rebuilt, texts, files, bytes, found) = done.ok_or_else(not_erased)?;
        let signed: Signed = self.ledger.checkpoint(BranchId::MAIN).await?;
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let text = [
            "aico-erasure-receipt/1".to_owned(),
            format!("subject {subject}"),
            format!("ordered-by {}", order.actor),
            format!("ordered-at {} position {}", order.at, order.position),
            format!("reason {}", reason.as_deref().unwrap_or("none given").replace(['\n', '\r'], " ")),
            format!("keys-destroyed {}", keys.join(" ")),
            format!("events-made-unreadable {events}"),
            format!("read-models-rebuilt {}", rebuilt.join(" ")),
            format!("searched {files} files, {bytes} bytes, for {texts} texts: found in {found}"),
            format!("completed-at {} position {}", done.at, done.position),
            format!("log {} size {}", signed.checkpoint.origin, signed.checkpoint.size),
            format!("root {}", hex(&signed.checkpoint.root)),
        ];
        let receipt = self.ledger.attest(&format!("{}\n", text.join("\n")));
        Ok(Erased { subject, position: order.position, completed: done.position, found, receipt })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
