//! The passphrase: from `AICO_PASSPHRASE`, or asked for at a terminal.

use std::io::IsTerminal as _;

use events::seal::Unlock;
use zeroize::Zeroizing;

/// What this process can offer to unlock the keys.
pub fn offer(known: bool) -> Unlock<'static> {
    let given = std::env::var("AICO_PASSPHRASE").ok().filter(|p| !p.is_empty());
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    Unlock {
        passphrase: given.map(Zeroizing::new),
        prompt: (terminal && !cfg!(test)).then(|| Box::new(move |fresh| ask(fresh && !known)) as _),
        no_keyring: std::env::var_os("AICO_NO_KEYRING").is_some(),
    }
}

/// The passphrase of an archive: from `AICO_ARCHIVE_PASSPHRASE`, or asked for; twice when it is chosen.
pub fn of_archive(fresh: bool) -> Option<Zeroizing<String>> {
    if let Some(given) = std::env::var("AICO_ARCHIVE_PASSPHRASE").ok().filter(|p| !p.is_empty()) {
        return Some(Zeroizing::new(given));
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let read = |prompt: &str| rpassword::prompt_password(prompt).ok().map(Zeroizing::new);
    if !fresh {
        return read("Passphrase of the archive: ");
    }
    crate::out::note("Choose a passphrase for the archive; without it nothing in it can be read.");
    let first = read("Passphrase of the archive: ").filter(|p| !p.is_empty())?;
    (*read("Once more: ")? == *first).then_some(first)
}

/// A passphrase to be used from now on: from `AICO_NEW_PASSPHRASE`, or asked for at a terminal.
pub fn choose() -> Option<Zeroizing<String>> {
    let given = std::env::var("AICO_NEW_PASSPHRASE").ok().filter(|p| !p.is_empty());
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    given.map(Zeroizing::new).or_else(|| terminal.then(|| ask(true)).flatten())
}

/// A PIN or password: from `AICO_NEW_SECRET` when it is to be set, else from `AICO_SECRET`; or asked for at a terminal.
pub fn secret(fresh: bool) -> Option<Zeroizing<String>> {
    let name = if fresh { "AICO_NEW_SECRET" } else { "AICO_SECRET" };
    if let Some(given) = std::env::var(name).ok().filter(|s| !s.is_empty()) {
        return Some(Zeroizing::new(given));
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let read = |prompt: &str| rpassword::prompt_password(prompt).ok().map(Zeroizing::new);
    if !fresh {
        return read("PIN or password: ").filter(|s| !s.is_empty());
    }
    let first = read("New PIN or password: ").filter(|s| !s.is_empty())?;
    (*read("Once more: ")? == *first).then_some(first)
}

fn ask(fresh: bool) -> Option<Zeroizing<String>> {
    let read = |prompt: &str| rpassword::prompt_password(prompt).ok().map(Zeroizing::new);
    if !fresh {
        return read("Passphrase: ");
    }
    crate::out::note("Your words are sealed on disk. Choose a passphrase; without it nothing can be read again.");
    for _ in 0..3 {
        let first = read("New passphrase: ")?;
        if first.is_empty() {
            crate::out::note("It must not be empty.");
            continue;
        }
        if *read("Once more: ")? == *first {
            return Some(first);
        }
        crate::out::note("They differ; try again.");
    }
    None
}
