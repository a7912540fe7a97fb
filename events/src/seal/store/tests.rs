#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use proptest::prelude::*;

use super::super::aead;
use super::super::unlock::Argon2idParameters;
use super::super::wrap::unwrap;
use super::*;
use crate::time::{ManualClock, SeededEntropy};
use crate::{SystemClock, SystemEntropy};

fn open(path: &Path, passphrase: &str) -> Result<KeyStore, KeyError> {
    let unlock = Unlock::with_passphrase(passphrase);
    KeyStore::open(path, unlock, Arc::new(SystemClock), Arc::new(SystemEntropy))
}

/// A folder and the path of a key store in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    (folder, path)
}

fn subject(n: u128) -> SubjectId {
    SubjectId(uuid::Uuid::from_u128(n))
}

fn sealed(cipher: &Aes256Gcm) -> Vec<u8> {
    aead::seal(cipher, &[0; 12], b"", b"words").unwrap()
}

fn seals(store: &KeyStore, n: u128) -> (KeyId, Vec<u8>) {
    let (id, cipher) = store.sealing_key(subject(n)).unwrap();
    (id, sealed(&cipher))
}

#[test]
fn keys_survive_a_restart_and_differ_by_subject() {
    let (_folder, path) = place();
    let store = open(&path, "right").unwrap();
    let (one, words) = seals(&store, 1);
    let (two, other) = seals(&store, 2);
    assert!(one != two && words != other);
    drop(store);
    let store = open(&path, "right").unwrap();
    let cipher = store.opening_key(one).unwrap().unwrap();
    assert_eq!(aead::open(&cipher, &[0; 12], b"", &words).unwrap(), b"words");
    assert_eq!(seals(&store, 1).0, one, "the key of a subject stays");
    assert_eq!(store.source(), "passphrase");
}

#[test]
fn defect_21_a_wrong_passphrase_is_refused_at_once_and_a_change_loses_nothing() {
    let (_folder, path) = place();
    let store = open(&path, "right").unwrap();
    let (id, words) = seals(&store, 1);
    let before = fs::read(&path).unwrap();
    assert!(matches!(open(&path, "wrong"), Err(KeyError::WrongPassphrase)));
    assert_eq!(fs::read(&path).unwrap(), before);
    store.change_passphrase("new").unwrap();
    assert!(matches!(store.change_passphrase(""), Err(KeyError::NoPassphrase)));
    drop(store);
    assert!(matches!(open(&path, "right"), Err(KeyError::WrongPassphrase)));
    let cipher = open(&path, "new").unwrap().opening_key(id).unwrap().unwrap();
    assert_eq!(aead::open(&cipher, &[0; 12], b"", &words).unwrap(), b"words");
}

#[test]
fn a_destroyed_key_reads_as_erased_and_an_unknown_one_is_missing() {
    let (_folder, path) = place();
    let store = open(&path, "p").unwrap();
    let (id, _) = seals(&store, 1);
    let wrapped = store.state.read().unwrap().content.keys[0].wrapped.clone();
    assert!(fs::read_to_string(&path).unwrap().contains(&wrapped));
    assert!(store.destroy(subject(1)).unwrap());
    assert!(!store.destroy(subject(1)).unwrap() && !store.destroy(subject(2)).unwrap());
    assert!(!fs::read_to_string(&path).unwrap().contains(&wrapped));
    for store in [store, open(&path, "p").unwrap()] {
        assert!(store.opening_key(id).unwrap().is_none());
        assert!(matches!(store.sealing_key(subject(1)), Err(KeyError::Erased(_))));
        assert!(matches!(store.opening_key(KeyId(uuid::Uuid::nil())), Err(KeyError::Missing(_))));
    }
}

#[test]
fn defect_20_no_key_lies_in_the_file_and_only_the_owner_reads_it() {
    let (_folder, path) = place();
    let store = open(&path, "p").unwrap();
    let (id, _) = seals(&store, 1);
    let state = store.state.read().unwrap();
    let entry = state.content.keys.iter().find(|e| e.id == id).unwrap();
    let key = unwrap(&state.master, &bound(id, subject(1)), &entry.wrapped).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&hex::encode(&*key)) && !text.contains(&hex::encode(*state.master)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
#[cfg(unix)]
fn a_file_that_others_could_read_is_not_written_on() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = place();
    let store = open(&path, "p").unwrap();
    let left_over = path.with_extension("new");
    fs::write(&left_over, "{").unwrap();
    fs::set_permissions(&left_over, fs::Permissions::from_mode(0o644)).unwrap();
    seals(&store, 1);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_cut_short_is_named_damaged_and_left_as_it_is() {
    let (_folder, path) = place();
    seals(&open(&path, "p").unwrap(), 1);
    let whole = fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        assert!(matches!(file::parse(&whole[..cut]), Err(KeyError::Store(..))), "cut at {cut}");
    }
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = open(&path, "p").err().unwrap();
        assert_eq!(error.code(), crate::Code::KeyStoreDamaged, "cut at {cut}");
        assert_eq!(fs::read(&path).unwrap(), &whole[..cut]);
    }
}

#[test]
fn every_flipped_bit_is_named_damaged_and_never_a_wrong_passphrase() {
    let (_folder, path) = place();
    seals(&open(&path, "p").unwrap(), 1);
    let whole = fs::read(&path).unwrap();
    let good = file::parse(&whole).unwrap();
    let mut noticed = 0;
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match file::parse(&flipped) {
            Err(KeyError::Store(..)) => noticed += 1,
            // A flip that changes nothing that is read, as in white space.
            Ok(content) => assert_eq!(content, good, "bit {bit}"),
            Err(e) => panic!("bit {bit}: {e}"),
        }
    }
    assert!(noticed * 100 > whole.len() * 8 * 95, "{noticed} of {} flips", whole.len() * 8);
}

#[test]
fn a_key_moved_to_another_subject_does_not_open() {
    let (_folder, path) = place();
    let store = open(&path, "p").unwrap();
    seals(&store, 1);
    let mut content = store.state.read().unwrap().content.clone();
    content.keys[0].subject = subject(2);
    file::replace(&path, &content).unwrap();
    assert!(matches!(open(&path, "p"), Err(KeyError::Store(..))));
}

#[test]
fn a_crash_before_the_rename_leaves_the_old_file() {
    let (_folder, path) = place();
    let store = open(&path, "p").unwrap();
    let (id, words) = seals(&store, 1);
    let mut next = store.state.read().unwrap().content.clone();
    next.keys.clear();
    file::stage(&path, &next).unwrap();
    drop(store);
    let store = open(&path, "p").unwrap();
    let cipher = store.opening_key(id).unwrap().unwrap();
    assert_eq!(aead::open(&cipher, &[0; 12], b"", &words).unwrap(), b"words");
    seals(&store, 2);
    let names = fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["keys.json"], "the next change takes the left over with it");
}

#[test]
fn of_two_who_make_a_store_at_once_the_second_gives_up() {
    let (_folder, path) = place();
    let first = open(&path, "p").unwrap();
    let (id, _) = seals(&first, 1);
    let (master, source) = unlock::chosen("p", &SystemEntropy).unwrap();
    assert!(matches!(created(&path, master, source, &SystemEntropy), Err(KeyError::Store(..))));
    assert!(open(&path, "p").unwrap().opening_key(id).unwrap().is_some());
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_key_that_cannot_be_kept_is_not_given_out() {
    let (folder, path) = place();
    let store = open(&path, "p").unwrap();
    folder.close().unwrap();
    assert!(matches!(store.sealing_key(subject(1)), Err(KeyError::Store(..))));
    assert!(store.state.read().unwrap().current.is_empty());
}

#[test]
fn threads_that_ask_at_once_get_one_key() {
    let (_folder, path) = place();
    let store = open(&path, "p").unwrap();
    let ids: Vec<KeyId> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| seals(&store, 1).0)).collect();
        asking.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[derive(Clone, Debug)]
enum Step {
    Seal(u128),
    Destroy(u128),
    Rewrap,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..5u128).prop_map(Step::Seal),
        1 => (0..5u128).prop_map(Step::Destroy),
        1 => Just(Step::Rewrap),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done in whatever order, the store tells the same as a table of keys.
    #[test]
    fn the_store_keeps_what_a_table_keeps(seed: u64, steps in proptest::collection::vec(step(), 1..24)) {
        let (_folder, path) = place();
        let entropy = Arc::new(SeededEntropy::new(seed));
        // The master key is given, as Argon2id would take most of the time.
        let source = |n: usize| MasterSource::Passphrase { salt: n.to_string(), argon2id: Argon2idParameters::default() };
        let mut master: Key = Zeroizing::new([1; 32]);
        let state = created(&path, master.clone(), source(0), &*entropy).unwrap();
        let store_of = |state| KeyStore {
            path: path.clone(),
            clock: Arc::new(ManualClock::default()),
            entropy: entropy.clone(),
            state: RwLock::new(state),
        };
        let mut store = store_of(state);
        let mut table: HashMap<u128, (KeyId, Option<Vec<u8>>)> = HashMap::new();
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Seal(who) => match (store.sealing_key(subject(who)), table.get(&who)) {
                    (Err(KeyError::Erased(_)), Some((_, None))) => {}
                    (Ok((id, cipher)), Some((known, Some(words)))) => {
                        prop_assert_eq!((id, sealed(&cipher)), (*known, words.clone()));
                    }
                    (Ok((id, cipher)), None) => {
                        table.insert(who, (id, Some(sealed(&cipher))));
                    }
                    (got, known) => prop_assert!(false, "{:?} instead of {:?}", got.map(|k| k.0), known),
                },
                Step::Destroy(who) => {
                    let there = table.get_mut(&who).and_then(|(_, words)| words.take()).is_some();
                    prop_assert_eq!(store.destroy(subject(who)).unwrap(), there);
                }
                Step::Rewrap => {
                    let next: Key = Zeroizing::new([u8::try_from(n + 2).unwrap(); 32]);
                    store.rewrap(next.clone(), source(n + 1)).unwrap();
                    let content = file::parse(&fs::read(&path).unwrap()).unwrap();
                    prop_assert!(matches!(State::unlocked(content, master), Err(KeyError::WrongPassphrase)));
                    master = next;
                }
                Step::Reopen => {
                    let content = file::parse(&fs::read(&path).unwrap()).unwrap();
                    store = store_of(State::unlocked(content, master.clone()).unwrap());
                }
            }
        }
        for (id, words) in table.into_values() {
            prop_assert_eq!(store.opening_key(id).unwrap().map(|c| sealed(&c)), words);
        }
    }
}
