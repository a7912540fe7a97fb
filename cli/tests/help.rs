//! Names, flags and help texts are a contract, kept as snapshots; and what the binary says without a companion.

#![allow(clippy::unwrap_used)] // A fixture that fails is a failing test.

use std::process::{Command, Output};

fn aico(args: &[&str], folder: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aico"))
        .args(args)
        .env("AICO_DATA_DIR", folder)
        .env("AICO_NO_KEYRING", "1")
        .env_remove("AICO_PASSPHRASE")
        .env("COLUMNS", "100")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_whole_help_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for path in [
        "",
        "init",
        "chat",
        "serve",
        "open",
        "log",
        "log tail",
        "log show",
        "log verify",
        "log stats",
        "log export",
        "user",
        "user list",
        "user add",
        "user role",
        "user remove",
        "user password",
        "session",
        "session list",
        "session revoke",
        "device",
        "device list",
        "device enrol",
        "device revoke",
        "consent",
        "consent list",
        "consent grant",
        "consent revoke",
        "login",
        "audit",
        "audit checkpoint",
        "audit key",
        "audit report",
        "audit verify",
        "audit prove",
        "audit export",
        "subject",
        "subject list",
        "subject export",
        "subject erase",
        "subject receipt",
        "backup",
        "backup create",
        "backup list",
        "backup verify",
        "backup restore",
        "backup prune",
        "backup schedule",
        "passphrase",
        "state",
        "why",
        "projection",
        "projection list",
        "projection rebuild",
        "projection verify",
        "projection digest",
        "branch",
        "branch create",
        "branch list",
        "branch diff",
        "branch promote",
        "branch drop",
        "import",
        "memory",
        "memory search",
        "memory show",
        "memory forget",
        "memory export",
        "memory import",
        "album",
        "album keep",
        "album list",
        "album show",
        "album note",
        "album tag",
        "album favourite",
        "album revisit",
        "album remove",
        "models",
        "models list",
        "models status",
        "models pull",
        "perceive",
        "perceive eval",
        "doctor",
        "explain",
        "completions",
    ] {
        let args: Vec<&str> = path.split_whitespace().chain(["--help"]).collect();
        let shown = aico(&args, folder.path());
        text.push_str(&format!("$ aico {}\n{}\n", args.join(" "), String::from_utf8_lossy(&shown.stdout)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn without_a_way_to_unlock_nothing_is_made_and_the_refusal_is_clear() {
    let folder = tempfile::tempdir().unwrap();
    let refused = aico(&["chat", "-m", "hello"], &folder.path().join("new"));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(4), "{said}");
    assert!(said.contains("AICO-2002") && said.contains("AICO_PASSPHRASE"), "{said}");
    assert!(!folder.path().join("new/log.db").exists());
}

#[test]
fn an_empty_folder_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for args in [vec!["state", "mood"], vec!["log", "tail"], vec!["projection", "list"]] {
        let refused = aico(&args, folder.path());
        assert_eq!(refused.status.code(), Some(4));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("AICO-1010"), "{args:?}");
    }
}

#[test]
fn every_code_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let shown = aico(&["explain", "aico-1005"], folder.path());
    assert!(String::from_utf8_lossy(&shown.stdout).starts_with("# AICO-1005: "));
    let unknown = aico(&["explain", "AICO-9999"], folder.path());
    assert_eq!(unknown.status.code(), Some(1));
}
