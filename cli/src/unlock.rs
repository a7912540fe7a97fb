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
