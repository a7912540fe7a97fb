//! Checking a proof of one event, and an export of many.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use serde_json::Value;

use crate::Bad;
use crate::event::{self, Event};
use crate::note::{Key, checkpoint};
use crate::tiles::Tiles;
use crate::tree::{Builder, Hash, climb, levels, span};

/// What was shown.
#[derive(Debug)]
pub struct Shown {
    /// How many events were checked.
    pub events: u64,
    /// How many events the checkpoint covers.
    pub size: u64,
    /// How many contents were opened and compared.
    pub opened: u64,
    /// The event of a proof.
    pub event: Option<Event>,
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    let one = |h: &Value| hex::decode(h.as_str()?).ok()?.try_into().ok();
    value.as_array()?.iter().map(one).collect()
}

fn expect(line: &Value, field: &str, wanted: &str, at: u64) -> Result<(), Bad> {
    match line[field].as_str() {
        Some(found) if found == wanted => Ok(()),
        found => Err(Bad::new(at, format!("`{field}` is {found:?}, not {wanted:?}"))),
    }
}

/// Checks the proof of one event.
pub fn proof(text: &str, key: &Key) -> Result<Shown, Bad> {
    let proof: Value = serde_json::from_str(text).map_err(|e| Bad::new(0, format!("not JSON: {e}")))?;
    let at = proof["position"].as_u64().unwrap_or(0);
    expect(&proof, "format", "aico-proof/1", at)?;
    expect(&proof, "log", &key.name, at)?;
    let bad = |what: &str| Bad::new(at, what);
    let signed = checkpoint(proof["checkpoint"].as_str().unwrap_or_default(), key)?;
    let event = event::read(&proof, at)?;
    let path = hashes(&proof["inclusion"]).ok_or_else(|| bad("the inclusion path is malformed"))?;
    if at == 0 || at > signed.size || proof["treeSize"].as_u64() != Some(signed.size) {
        return Err(bad("the checkpoint does not cover the position"));
    }
    if proof["leafIndex"].as_u64() != Some(at - 1)
        || climb(event.leaf, at - 1, signed.size, &path) != Some(signed.root)
    {
        return Err(bad("the event is not in the tree that was signed"));
    }
    let mut opened = 0;
    if let Some(content) = proof["content"].as_str() {
        let data_key = event::bytes(&proof, "dataKey").ok_or_else(|| bad("there is content, but no data key"))?;
        event.opens_to(&data_key, content)?;
        opened = 1;
    }
    Ok(Shown { events: 1, size: signed.size, opened, event: Some(event) })
}

/// What an auditor has besides the export.
#[derive(Default)]
pub struct Besides<'a> {
    /// A checkpoint kept from before, as a note.
    pub since: Option<String>,
    /// The folder of a branch with `tile/`, `checkpoint` and `checkpoints.jsonl`.
    pub ledger: Option<&'a Path>,
}

/// Checks an export line by line.
pub fn export(lines: impl BufRead, key: &Key, besides: &Besides<'_>) -> Result<Shown, Bad> {
    let mut lines = lines.lines();
    let unreadable = |e: std::io::Error| Bad::new(0, format!("the export cannot be read: {e}"));
    let first = lines.next().ok_or_else(|| Bad::new(0, "the export is empty"))?.map_err(unreadable)?;
    let head: Value = serde_json::from_str(&first).map_err(|e| Bad::new(0, format!("the first line: {e}")))?;
    expect(&head, "format", "aico-audit-export/1", 0)?;
    expect(&head, "log", &key.name, 0)?;
    let signed = checkpoint(head["checkpoint"].as_str().unwrap_or_default(), key)?;
    let bad = |what: &str| Bad::new(0, what);
    let (from, through) = head["from"].as_u64().zip(head["through"].as_u64()).ok_or_else(|| bad("no range"))?;
    if from == 0 || through > signed.size || from > through + 1 || head["treeSize"].as_u64() != Some(signed.size) {
        return Err(bad("the range does not fit the checkpoint"));
    }
    let before = since(&head, &signed, key, besides)?;
    let keys = data_keys(&head)?;
    let mut tree = Builder::default();
    subtrees(&mut tree, &head["left"], 0, from - 1)?;
    let mut ledger = match besides.ledger {
        Some(folder) if from == 1 => Some(Ledger::open(folder, key)?),
        Some(_) => return Err(bad("tiles can be compared only with an export from position 1")),
        None => None,
    };
    let mut walk = Walk { at: from, versions: HashMap::new(), last: None, recorded_at: i64::MIN };
    let mut opened = 0;
    let mut pending: Option<(Event, Value)> = None;
    for line in lines.map(Some).chain([None]) {
        let next = match line {
            None => None,
            Some(line) => {
                let at = walk.at + u64::from(pending.is_some());
                let line = line.map_err(|e| Bad::new(at, format!("the export cannot be read: {e}")))?;
                let value: Value = serde_json::from_str(&line).map_err(|_| Bad::new(at, "the line is not JSON"))?;
                if at > through {
                    return Err(Bad::new(at, "there are more events than the export says"));
                }
                Some((event::read(&value, at)?, value))
            }
        };
        // One line is looked ahead, so that of two that do not fit the right one is named.
        if let Some((event, value)) = pending.take() {
            let after = next.as_ref().map(|(n, _)| n.prev);
            walk.step(&event, after, from == 1)?;
            if let Some(content) = value["content"].as_str() {
                let data_key = keys.get(&event.key_id);
                let data_key = data_key.ok_or_else(|| Bad::new(event.position, "no data key opens it"))?;
                event.opens_to(data_key, content)?;
                opened += 1;
            }
            let size = event.position;
            tree.add(0, event.leaf, |level, hash| {
                if let Some(ledger) = &mut ledger {
                    ledger.tiles.done(level, hash);
                }
            });
            if let Some(ledger) = &mut ledger {
                ledger.compare(size, &tree)?;
            }
            if let Some((_, root)) = before.filter(|(old, _)| *old == size && from == 1)
                && root != tree.root()
            {
                return Err(Bad::new(size, "the first events are not those of the earlier checkpoint"));
            }
        }
        pending = next;
    }
    if walk.at != through + 1 {
        return Err(Bad::new(walk.at, "the event is missing: the export ends before its last event"));
    }
    if let Some(ledger) = &ledger
        && ledger.covered > through
    {
        return Err(Bad::new(through + 1, format!("the event is missing: {} were signed", ledger.covered)));
    }
    subtrees(&mut tree, &head["right"], through, signed.size)?;
    if tree.root() != signed.root {
        return Err(Bad::new(through.max(1), "the events do not lead to the root that was signed"));
    }
    Ok(Shown { events: through + 1 - from, size: signed.size, opened, event: None })
}

/// The checkpoint from before, when there is one that the export leads on from.
fn since(
    head: &Value,
    signed: &crate::note::Checkpoint,
    key: &Key,
    besides: &Besides<'_>,
) -> Result<Option<(u64, Hash)>, Bad> {
    let kept = besides.since.as_ref().map(|note| checkpoint(note, key)).transpose()?;
    if let Some(kept) = &kept
        && kept.size > signed.size
    {
        let what = format!("the event is missing: the earlier checkpoint covers {} events", kept.size);
        return Err(Bad::new(signed.size + 1, what));
    }
    let said = &head["since"];
    if !said.is_null() {
        let bad = |what: &str| Bad::new(said["size"].as_u64().unwrap_or(0), what);
        let root = hashes(&Value::Array(vec![said["root"].clone()])).and_then(|h| h.first().copied());
        let (root, size) = root.zip(said["size"].as_u64()).ok_or_else(|| bad("`since` is malformed"))?;
        let path = hashes(&said["consistency"]).ok_or_else(|| bad("the consistency path is malformed"))?;
        if span(size, signed.size, &root, &path) != Some((root, signed.root)) {
            return Err(bad("the log does not go on from the earlier checkpoint"));
        }
        if kept.as_ref().is_some_and(|k| k.size == size && k.root != root) {
            return Err(bad("the log does not go on from the checkpoint that was kept"));
        }
        if kept.as_ref().is_none_or(|k| k.size == size) {
            return Ok(Some((size, root)));
        }
    }
    // Without a path an export from the beginning shows it by itself.
    match kept {
        Some(kept) if head["from"].as_u64() == Some(1) && head["through"].as_u64() >= Some(kept.size) => {
            Ok(Some((kept.size, kept.root)))
        }
        Some(kept) => Err(Bad::new(kept.size, "the export does not lead from the earlier checkpoint")),
        None => Ok(None),
    }
}

fn data_keys(head: &Value) -> Result<HashMap<String, Vec<u8>>, Bad> {
    let one = |k: &Value| Some((k["id"].as_str()?.to_owned(), event::bytes(k, "key")?));
    let keys = head["dataKeys"].as_array().map_or(&[][..], Vec::as_slice);
    keys.iter().map(one).collect::<Option<_>>().ok_or_else(|| Bad::new(0, "a data key is malformed"))
}

fn subtrees(tree: &mut Builder, roots: &Value, start: u64, end: u64) -> Result<(), Bad> {
    let bad = || Bad::new(end.max(1), "the subtrees beside the range are malformed");
    let (roots, levels) = (hashes(roots).ok_or_else(bad)?, levels(start, end));
    if roots.len() != levels.len() {
        return Err(bad());
    }
    let fits = levels.into_iter().zip(roots).all(|(level, hash)| tree.add(level, hash, |_, _| ()));
    if fits { Ok(()) } else { Err(bad()) }
}

struct Walk {
    at: u64,
    versions: HashMap<String, u64>,
    last: Option<Hash>,
    recorded_at: i64,
}

impl Walk {
    fn step(&mut self, event: &Event, after: Option<Hash>, whole: bool) -> Result<(), Bad> {
        let first = self.at == 1 && event.prev != [0; 32];
        if first || self.last.is_some_and(|last| last != event.prev) {
            let before = after == Some(event.leaf) && !first;
            return Err(Bad::new(self.at - u64::from(before), "the event is not chained to its neighbour"));
        }
        if event.recorded_at < self.recorded_at {
            return Err(Bad::new(self.at, "it was recorded before the event before it"));
        }
        if whole {
            let version = self.versions.entry(event.stream.clone()).or_insert(0);
            *version += 1;
            if *version != event.version {
                return Err(Bad::new(self.at, format!("the stream {} has a gap", event.stream)));
            }
        }
        self.last = Some(event.leaf);
        self.recorded_at = event.recorded_at;
        self.at += 1;
        Ok(())
    }
}

/// Tiles and checkpoints beside the log.
struct Ledger {
    tiles: Tiles,
    covered: u64,
    checkpoints: Vec<crate::note::Checkpoint>,
}

impl Ledger {
    fn open(folder: &Path, key: &Key) -> Result<Self, Bad> {
        let read = |name: &str| {
            std::fs::read_to_string(folder.join(name)).map_err(|e| Bad::new(0, format!("the file {name}: {e}")))
        };
        let newest = checkpoint(&read("checkpoint")?, key)?;
        let mut checkpoints = Vec::new();
        for line in read("checkpoints.jsonl")?.split_inclusive('\n').filter(|l| l.ends_with('\n')) {
            let before = checkpoints.last().map_or(0, |c: &crate::note::Checkpoint| c.size);
            let line: Value = serde_json::from_str(line)
                .map_err(|_| Bad::new(before + 1, "a line of the history of checkpoints is not JSON"))?;
            let one = checkpoint(line["note"].as_str().unwrap_or_default(), key)?;
            if one.size < before {
                return Err(Bad::new(one.size, "the history of checkpoints goes back"));
            }
            checkpoints.push(one);
        }
        let known = checkpoints.last().map_or(0, |c| c.size);
        if newest.size < known {
            return Err(Bad::new(newest.size + 1, "the newest checkpoint is older than one in the history"));
        }
        let covered = newest.size;
        checkpoints.push(newest);
        Ok(Self { tiles: Tiles::new(folder, covered), covered, checkpoints })
    }

    fn compare(&mut self, size: u64, tree: &Builder) -> Result<(), Bad> {
        self.tiles.compare(size)?;
        match self.checkpoints.iter().any(|c| c.size == size && c.root != tree.root()) {
            true => Err(Bad::new(size, "the first events are not those that were signed")),
            false => Ok(()),
        }
    }
}
