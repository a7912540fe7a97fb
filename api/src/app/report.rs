//! The report for a review: who did what, to whose data; what was erased and given out; which models were used.

use std::collections::{BTreeMap, BTreeSet};

use events::payload::InstallEvent;
use events::{Body, BranchId, Category, Header, Position, Timestamp};
use serde_json::{Value, json};

use super::{App, AppError};

/// Events read at once.
const PAGE: u32 = 2_000;

/// What one actor did to one subject's data.
#[derive(Default)]
struct Deeds {
    types: BTreeMap<String, u64>,
    first: String,
    last: String,
}

/// How one model or rule set was used.
#[derive(Default)]
struct Use {
    events: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    types: BTreeSet<String>,
}

/// What happened to accounts, and what was agreed to.
#[derive(Default)]
struct Acts {
    all: Vec<Value>,
    consents: BTreeMap<String, Value>,
}

impl Acts {
    /// What is told of an act: never a name, a verifier or a digest.
    const TOLD: [&str; 14] = [
        "role",
        "before",
        "after",
        "kind",
        "locked_until",
        "session",
        "device",
        "reason",
        "consent",
        "purpose",
        "data",
        "recipient",
        "expires_at",
        "what",
    ];

    fn take(&mut self, header: &Header, body: &Value) {
        // That a session goes on says nothing that its beginning and end do not.
        if header.event_type == "SessionRefreshed" {
            return;
        }
        let time = |v: &Value| v.as_i64().map_or_else(|| v.clone(), |t| Timestamp(t).to_string().into());
        let mut act = json!({
            "act": header.event_type, "position": header.position, "at": header.recorded_at.to_string(),
            "by": header.actor.to_string(), "subject": header.subject,
        });
        for field in Self::TOLD {
            if let Some(value) = body.get(field) {
                act[field] = time(value);
            }
        }
        let id = body["consent"].as_str().unwrap_or_default().to_owned();
        match header.event_type.as_ref() {
            "ConsentGranted" => drop(self.consents.insert(id, act.clone())),
            "ConsentRevoked" => drop(self.consents.remove(&id)),
            _ => {}
        }
        self.all.push(act);
    }

    /// The consents that hold at a moment.
    fn in_force(&self, at: Option<Timestamp>) -> Vec<&Value> {
        let ended = |c: &&Value| {
            let end = c["expires_at"].as_str().and_then(Timestamp::parse);
            end.is_some_and(|end| at.is_some_and(|at| end <= at))
        };
        self.consents.values().filter(|c| !ended(c)).collect()
    }
}

impl App {
    /// The report over a branch, as of a moment.
    ///
    /// # Errors
    /// When the moment cannot be looked at, or the log cannot be read.
    pub async fn audit_report(&self, branch: Option<&str>, at: Option<&str>) -> Result<Value, AppError> {
        let basis = self.basis(branch, at).await?;
        let mut deeds: BTreeMap<(String, String), Deeds> = BTreeMap::new();
        let mut uses: BTreeMap<(String, String), Use> = BTreeMap::new();
        let mut runs: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut acts = Acts::default();
        let (mut events, mut erased, mut after) = (0u64, 0u64, Position::START);
        while after < basis.position {
            let page = self.log.read(basis.branch, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position();
            for event in page.iter().filter(|e| e.position() <= basis.position) {
                events += 1;
                let h = &event.header;
                let deed = deeds.entry((h.actor.to_string(), h.subject.to_string())).or_default();
                *deed.types.entry(h.event_type.to_string()).or_default() += 1;
                if deed.first.is_empty() {
                    deed.first = h.recorded_at.to_string();
                }
                deed.last = h.recorded_at.to_string();
                match &event.body {
                    Body::Erased => erased += 1,
                    Body::Open(json) => {
                        let body = serde_json::from_slice(json).unwrap_or_default();
                        used(&h.event_type, &body, &mut uses, &mut runs);
                        if h.stream.category == Category::Account {
                            acts.take(h, &body);
                        }
                    }
                }
            }
        }
        let names: BTreeMap<String, Value> = self
            .subjects()
            .await?
            .into_iter()
            .map(|s| {
                (
                    s.id.to_string(),
                    json!({ "kind": s.kind, "name": s.name, "erasedAt": s.erased_at.map(|t| t.to_string()) }),
                )
            })
            .collect();
        let deeds: Vec<Value> = deeds
            .into_iter()
            .map(|((actor, subject), d)| {
                let count: u64 = d.types.values().sum();
                json!({
                    "actor": actor, "subject": subject, "about": names.get(&subject), "events": count,
                    "types": d.types, "first": d.first, "last": d.last,
                })
            })
            .collect();
        let uses: Vec<Value> = uses
            .into_iter()
            .map(|((name, version), u)| {
                json!({
                    "name": name, "version": version, "events": u.events, "promptTokens": u.prompt_tokens,
                    "completionTokens": u.completion_tokens, "for": u.types,
                })
            })
            .collect();
        let (erasures, exports) = self.given_and_taken(basis.branch, basis.position).await?;
        Ok(json!({
            "basis": {
                "branch": basis.name, "position": basis.position, "time": basis.time.map(|t| t.to_string()),
            },
            "events": events, "unreadable": erased, "deeds": deeds, "models": uses, "erasures": erasures,
            "exports": exports, "access": acts.all, "consents": acts.in_force(basis.time),
        }))
    }

    /// Erasures and exports up to a position. They are recorded on main, whatever branch is looked at.
    async fn given_and_taken(
        &self,
        branch: BranchId,
        through: Position,
    ) -> Result<(Vec<Value>, Vec<Value>), AppError> {
        let (mut erasures, mut exports): (Vec<Value>, Vec<Value>) = (vec![], vec![]);
        for r in self.install_records().await? {
            if branch == BranchId::MAIN && r.position > through {
                continue;
            }
            match r.event {
                InstallEvent::SubjectErased { subject, keys, events, reason } => erasures.push(json!({
                    "subject": subject, "position": r.position, "at": r.at.to_string(), "by": r.actor.to_string(),
                    "keys": keys, "events": events, "reason": reason, "completed": Value::Null,
                })),
                InstallEvent::ErasureCompleted { subject, rebuilt, texts, files, bytes, found, .. } => {
                    let open = erasures.iter_mut().rev().find(|e| e["subject"] == json!(subject));
                    if let Some(erasure) = open {
                        erasure["completed"] = json!({
                            "position": r.position, "at": r.at.to_string(), "rebuilt": rebuilt, "texts": texts,
                            "files": files, "bytes": bytes, "found": found,
                        });
                    }
                }
                InstallEvent::SubjectExported { subject, events } => exports.push(json!({
                    "subject": subject, "position": r.position, "at": r.at.to_string(), "by": r.actor.to_string(),
                    "events": events,
                })),
            }
        }
        Ok((erasures, exports))
    }
}

/// Which model, rule set or policy made an event, and what it cost.
fn used(
    event_type: &str,
    body: &Value,
    uses: &mut BTreeMap<(String, String), Use>,
    runs: &mut BTreeMap<String, (String, String)>,
) {
    let maker = body.get("model").or(body.get("by"));
    let text = |v: &Value, field: &str| v[field].as_str().map(str::to_owned);
    let made = maker.and_then(|m| Some((text(m, "name")?, text(m, "version")?)));
    let run = body["run"].as_str().unwrap_or_default();
    if let Some(made) = made {
        if event_type == "ReplyStarted" {
            runs.insert(run.to_owned(), made.clone());
        }
        let found = uses.entry(made).or_default();
        found.events += 1;
        found.types.insert(event_type.to_owned());
    }
    // What a reply cost stands at its end, who wrote it at its beginning.
    if let (Some(usage), Some(made)) = (body.get("usage"), runs.get(run)) {
        let found = uses.entry(made.clone()).or_default();
        found.prompt_tokens += usage["prompt_tokens"].as_u64().unwrap_or(0);
        found.completion_tokens += usage["completion_tokens"].as_u64().unwrap_or(0);
    }
}
