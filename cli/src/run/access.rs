//! `aico user`, `session`, `device`, `consent`.

use std::io::Write as _;
use std::path::Path;

use events::Code;
use serde_json::{Value, json};

use super::{Done, OK, command_id, list, text, with_session};
use crate::args::{Consent, Device, Global, SessionWhat, User};
use crate::error::CliError;
use crate::{out, unlock};

pub(super) async fn user(global: &Global, args: &User) -> Done {
    with_session(global, async |session| match args {
        User::List => {
            let answer = session.run("{ users { person name role secret lockedUntil sessions } }", json!({})).await?;
            let row = |u: &Value| {
                let secret = u["secret"].as_str().unwrap_or("none").to_lowercase();
                let locked = u["lockedUntil"].as_str().map(out::time).unwrap_or_default();
                let role = text(u, "/role").to_lowercase();
                let sessions = out::cell(u.get("sessions"));
                vec![text(u, "/person").to_owned(), text(u, "/name").to_owned(), role, secret, sessions, locked]
            };
            let header = ["person", "name", "role", "secret", "sessions", "locked until"];
            show(global, &answer, "/users", &header, row)
        }
        User::Add { name, role, no_secret } => {
            let secret = if *no_secret { None } else { Some(secret()?) };
            let query = "mutation($c: ID!, $name: String!, $role: AccountRole!, $secret: String) {
                addUser(commandId: $c, name: $name, role: $role, secret: $secret) }";
            let secret = secret.as_deref().map(String::as_str);
            let variables = json!({ "c": command_id(), "name": name, "role": role.wire(), "secret": secret });
            let answer = session.run(query, variables).await?;
            told(
                global,
                &answer,
                "addUser",
                &format!("{name} has an account; sign in with `aico login {name} --file FILE`."),
            )
        }
        User::Role { user, role } => {
            let query = "mutation($c: ID!, $user: String!, $role: AccountRole!) {
                changeRole(commandId: $c, user: $user, role: $role) }";
            let answer = session.run(query, json!({ "c": command_id(), "user": user, "role": role.wire() })).await?;
            told(global, &answer, "changeRole", "The role holds from now on.")
        }
        User::Remove { user } => {
            let query = "mutation($c: ID!, $user: String!) { removeUser(commandId: $c, user: $user) }";
            let answer = session.run(query, json!({ "c": command_id(), "user": user })).await?;
            told(global, &answer, "removeUser", "The account is closed. `aico subject erase` forgets what was said.")
        }
        User::Password { user } => {
            let secret = secret()?;
            let query = "mutation($c: ID!, $user: String, $secret: String!) {
                setSecret(commandId: $c, user: $user, secret: $secret) }";
            let variables = json!({ "c": command_id(), "user": user, "secret": secret.as_str() });
            let answer = session.run(query, variables).await?;
            told(global, &answer, "setSecret", "The secret is set; other sessions of the account ended.")
        }
    })
    .await
}

pub(super) async fn sessions(global: &Global, args: &SessionWhat) -> Done {
    with_session(global, async |session| match args {
        SessionWhat::List { user } => {
            let query = "query($user: String) { sessions(user: $user) { id person device until this } }";
            let answer = session.run(query, json!({ "user": user })).await?;
            let row = |s: &Value| {
                let device = s["device"].as_str().unwrap_or_default().to_owned();
                let this = if s["this"] == true { "this one" } else { "" };
                vec![text(s, "/id").to_owned(), device, out::time(text(s, "/until")), this.to_owned()]
            };
            show(global, &answer, "/sessions", &["session", "device", "until", ""], row)
        }
        SessionWhat::Revoke { session: id, user } => {
            let query = "mutation($id: ID, $user: String) { revokeSession(session: $id, user: $user) }";
            let answer = session.run(query, json!({ "id": id, "user": user })).await?;
            told(global, &answer, "revokeSession", "Ended.")
        }
    })
    .await
}

pub(super) async fn device(global: &Global, args: &Device) -> Done {
    with_session(global, async |session| match args {
        Device::List { user } => {
            let query = "query($user: String) { devices(user: $user) { id person name fingerprint until } }";
            let answer = session.run(query, json!({ "user": user })).await?;
            let row = |d: &Value| {
                let fingerprint: String = text(d, "/fingerprint").chars().take(16).collect();
                vec![
                    text(d, "/id").to_owned(),
                    text(d, "/name").to_owned(),
                    fingerprint,
                    out::time(text(d, "/until")),
                ]
            };
            show(global, &answer, "/devices", &["device", "name", "fingerprint", "until"], row)
        }
        Device::Enrol { name, folder, user, days } => {
            let query = "mutation($c: ID!, $name: String!, $user: String, $days: Int!) {
                enrolDevice(commandId: $c, name: $name, user: $user, days: $days) {
                    id certificate key authority refresh until } }";
            let variables = json!({ "c": command_id(), "name": name, "user": user, "days": days });
            let answer = session.run(query, variables).await?;
            let made = &answer["enrolDevice"];
            std::fs::create_dir_all(folder)?;
            for (file, field) in [
                ("device.pem", "/certificate"),
                ("device.key", "/key"),
                ("authority.pem", "/authority"),
                ("refresh", "/refresh"),
            ] {
                private(&folder.join(file), text(made, field))?;
            }
            if global.json {
                out::json(&json!({ "id": made["id"], "until": made["until"], "folder": folder }));
                return OK;
            }
            out::note(&format!("Device {} may talk until {}.", text(made, "/id"), out::time(text(made, "/until"))));
            out::note(&format!(
                "What it needs is in {}; move it there, as it is kept nowhere else.",
                folder.display()
            ));
            OK
        }
        Device::Revoke { device } => {
            let query = "mutation($c: ID!, $device: ID!) { revokeDevice(commandId: $c, device: $device) }";
            let answer = session.run(query, json!({ "c": command_id(), "device": device })).await?;
            told(global, &answer, "revokeDevice", "The device is let in no more.")
        }
    })
    .await
}

pub(super) async fn consent(global: &Global, args: &Consent) -> Done {
    with_session(global, async |session| match args {
        Consent::List => {
            let answer = session.run("{ consents { id purpose data recipient until holds } }", json!({})).await?;
            let row = |c: &Value| {
                let until = c["until"].as_str().map_or_else(|| "taken back".to_owned(), out::time);
                let holds = if c["holds"] == true { "holds" } else { "no longer" };
                let purpose = text(c, "/purpose").to_lowercase();
                vec![text(c, "/id").to_owned(), purpose, text(c, "/recipient").to_owned(), until, holds.to_owned()]
            };
            show(global, &answer, "/consents", &["consent", "for", "to", "until", "state"], row)
        }
        Consent::Grant { purpose, recipient, until } => {
            let query = "mutation($c: ID!, $purpose: ConsentPurpose!, $to: String!, $until: String) {
                grantConsent(commandId: $c, purpose: $purpose, recipient: $to, until: $until) }";
            let variables = json!({ "c": command_id(), "purpose": purpose.wire(), "to": recipient, "until": until });
            let answer = session.run(query, variables).await?;
            told(global, &answer, "grantConsent", "Agreed. `aico consent revoke` takes it back at once.")
        }
        Consent::Revoke { consent } => {
            let query = "mutation($c: ID!, $consent: ID!) { revokeConsent(commandId: $c, consent: $consent) }";
            let answer = session.run(query, json!({ "c": command_id(), "consent": consent })).await?;
            told(global, &answer, "revokeConsent", "Taken back, at once.")
        }
    })
    .await
}

fn secret() -> Result<zeroize::Zeroizing<String>, CliError> {
    let none = || CliError::new(Code::NoPassphrase, "no secret: no AICO_NEW_SECRET, no terminal to ask at");
    unlock::secret(true).ok_or_else(none)
}

fn show(global: &Global, answer: &Value, path: &str, header: &[&str], row: impl Fn(&Value) -> Vec<String>) -> Done {
    if global.json {
        out::json(answer.pointer(path).unwrap_or(&Value::Null));
        return OK;
    }
    out::table(header, list(answer, path).iter().map(row).collect());
    OK
}

fn told(global: &Global, answer: &Value, field: &str, note: &str) -> Done {
    if global.json {
        out::json(&answer[field]);
    } else {
        out::note(note);
    }
    OK
}

/// Writes a file that only its owner may read.
pub(crate) fn private(path: &Path, content: &str) -> Result<(), CliError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let unusable = |e: std::io::Error| CliError::new(Code::FileUnusable, format!("{}: {e}", path.display()));
    options.open(path).and_then(|mut file| file.write_all(content.as_bytes())).map_err(unusable)
}
