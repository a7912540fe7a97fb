//! The key store against a real Secret Service, and without any.
//!
//! The parts that need their own session bus run as a child process: this test binary again, with one test chosen.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use events::seal::{KeyError, KeyRing as _, KeyStore, Unlock};
use events::{SubjectId, SystemClock, SystemEntropy};

/// Says to a child where its key store lies.
const PLACE: &str = "AICO_TEST_KEYRING_PLACE";

fn open(path: &Path) -> Result<KeyStore, KeyError> {
    KeyStore::open(path, Unlock::default(), Arc::new(SystemClock), Arc::new(SystemEntropy))
}

fn place() -> Option<std::path::PathBuf> {
    std::env::var_os(PLACE).map(Into::into)
}

/// Only called by `with_a_secret_service`.
#[test]
fn child_with_a_secret_service() {
    let Some(path) = place() else { return };
    let subject = SubjectId(uuid::Uuid::from_u128(1));
    let store = open(&path).unwrap();
    assert_eq!(store.source(), "keyring");
    let (id, _) = store.sealing_key(subject).unwrap();
    drop(store);
    let again = open(&path).unwrap();
    assert!(again.opening_key(id).unwrap().is_some());
    again.change_passphrase("a passphrase").unwrap();
    assert_eq!(again.source(), "passphrase");
    assert!(matches!(open(&path), Err(KeyError::NoPassphrase)));
    eprintln!("the keyring was used");
}

/// Only called by `without_a_session_bus`.
#[test]
fn child_without_a_session_bus() {
    let Some(path) = place() else { return };
    assert!(matches!(open(&path), Err(KeyError::NoPassphrase)));
    assert!(!path.exists(), "nothing is made that cannot be opened");
    eprintln!("refused");
}

fn child(name: &str) -> Vec<String> {
    let own = std::env::current_exe().unwrap().display().to_string();
    [&own, name, "--exact", "--nocapture"].map(str::to_owned).to_vec()
}

fn said(output: &Output, text: &str) -> bool {
    String::from_utf8_lossy(&output.stderr).contains(text)
}

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

#[test]
fn with_a_secret_service() {
    if !installed("dbus-run-session") || !installed("gnome-keyring-daemon") {
        eprintln!("SKIPPED: dbus-run-session or gnome-keyring-daemon is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The daemon says it is ready by leaving its parent; it ends with the bus.
    let script =
        "printf secret | gnome-keyring-daemon --daemonize --unlock --components=secrets >/dev/null && exec \"$@\"";
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script, "sh"])
        .args(child("child_with_a_secret_service"))
        .env(PLACE, folder.path().join("keys.json"))
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path().join("share"))
        .env("XDG_RUNTIME_DIR", folder.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success() && said(&output, "the keyring was used"), "{output:?}");
}

#[test]
fn without_a_session_bus() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = child("child_without_a_session_bus");
    let output = Command::new(&arguments[0])
        .args(&arguments[1..])
        .env(PLACE, folder.path().join("keys.json"))
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", folder.path().join("no-bus").display()))
        .env("XDG_RUNTIME_DIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success() && said(&output, "refused"), "{output:?}");
}
