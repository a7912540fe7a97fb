//! A backup gives back exactly what was there, and nothing else is taken for one.

use std::path::Path;

use api::app::{App, Restore, Retention, restore};
use events::seal::Unlock;
use serde_json::json;

use crate::support::Home;

async fn restored(from: &Path, into: &Path, keys: &Path, passphrase: &str) -> Result<String, String> {
    let unlock = Unlock::with_passphrase(passphrase);
    let done = restore(Restore { from, name: None, into, keys, unlock }).await;
    done.map(|r| r.root).map_err(|e| e.code.as_str().to_owned())
}

async fn root(app: &App) -> String {
    let signed = app.audit_checkpoint(None).await.unwrap();
    signed.checkpoint.root.iter().map(|b| format!("{b:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_83_a_backup_is_incremental_sealed_and_proves_itself_when_it_is_restored() {
    let (home, other, backups) = (Home::new(), Home::new(), tempfile::tempdir().unwrap());
    let talk = home.open().await;
    let said = talk.say("The violet heron sleeps in my attic", None).await;
    let first = talk.app.backup_create(backups.path()).await.unwrap();
    talk.run("mutation { createBranch(name: \"what-if\") { id } }", json!({})).await;
    talk.say_on(Some("what-if"), "Or does it?", Some(said.id("conversation"))).await;
    talk.say("It is still there", Some(said.id("conversation"))).await;
    let second = talk.app.backup_create(backups.path()).await.unwrap();
    let third = talk.app.backup_create(backups.path()).await.unwrap();
    assert!(first.written > 0 && second.events > first.events);
    assert_eq!(third.written, 0, "nothing new, nothing written");
    let (verified, signed) = talk.app.backup_verify(backups.path(), None).unwrap();
    assert_eq!((verified.events, &signed), (third.events, &root(&talk.app).await));
    for entry in std::fs::read_dir(backups.path().join("chunks")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(12).any(|w| w == b"conversation" || w == b"violet heron"),
            "not even headers lie open"
        );
    }
    let before = talk.run("{ projections { name digest } }", json!({})).await;
    let keys = home.path().join("keys/keys.json");
    talk.close().await;

    let new = tempfile::tempdir().unwrap();
    let into = new.path().join("companion");
    assert_eq!(restored(backups.path(), &into, &keys, "a wrong one").await.unwrap_err(), "AICO-2001");
    assert!(!into.join("log.db").exists() && !into.join("keys/keys.json").exists(), "nothing is left of a refusal");
    assert_eq!(restored(backups.path(), &into, &keys, "for tests").await.unwrap(), signed);
    let again = restored(backups.path(), &into, &keys, "for tests").await;
    assert_eq!(again.unwrap_err(), "AICO-4006", "a folder that holds a companion is left alone");
    let copy = home.at(&into).await;
    assert_eq!(copy.run("{ projections { name digest } }", json!({})).await, before, "equal digests");
    assert_eq!(copy.messages(said.id("conversation"), None, Some("what-if")).await.len(), 4);
    copy.say("And on it goes", Some(said.id("conversation"))).await;
    copy.close().await;

    // A key store of another install does not open it.
    let stranger = other.open().await;
    assert_eq!(stranger.app.backup_list(backups.path()).unwrap_err().code.as_str(), "AICO-7021");
    stranger.close().await;
    let into = new.path().join("stranger");
    let refused = restored(backups.path(), &into, &other.path().join("keys/keys.json"), "for tests").await;
    assert_eq!(refused.unwrap_err(), "AICO-7021");

    // One changed byte anywhere is found.
    let talk = home.open().await;
    for part in ["chunks", "backups"] {
        for entry in std::fs::read_dir(backups.path().join(part)).unwrap() {
            let path = entry.unwrap().path();
            let sound = std::fs::read(&path).unwrap();
            let mut changed = sound.clone();
            let at = changed.len() / 2;
            changed[at] ^= 1;
            std::fs::write(&path, changed).unwrap();
            let names =
                talk.app.backup_list(backups.path()).map(|all| all.into_iter().map(|b| b.name).collect::<Vec<_>>());
            let found = match names {
                Err(_) => true,
                Ok(names) => names.iter().any(|n| talk.app.backup_verify(backups.path(), Some(n)).is_err()),
            };
            std::fs::write(&path, sound).unwrap();
            assert!(found, "{}", path.display());
        }
    }
    let gone = talk.app.backup_prune(backups.path(), Retention { daily: 1, weekly: 0, monthly: 0 }).unwrap();
    assert_eq!(gone.len(), 2);
    assert!(talk.app.backup_verify(backups.path(), None).is_ok(), "the newest still has all its chunks");
    talk.close().await;
}
