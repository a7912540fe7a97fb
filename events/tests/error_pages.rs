//! Every code has a page that says what to do, and the index lists it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;

use events::Code;

const FOLDER: &str = "../docs/errors";

/// The words that may follow `aico`, as the command line promises them.
const COMMANDS: [&str; 26] = [
    "album",
    "audit",
    "backup",
    "branch",
    "chat",
    "completions",
    "doctor",
    "explain",
    "graph",
    "help",
    "import",
    "init",
    "log",
    "memory",
    "models",
    "passphrase",
    "projection",
    "serve",
    "state",
    "subject",
    "why",
    "user",
    "session",
    "device",
    "consent",
    "login",
];

#[test]
fn every_page_names_its_code_and_says_what_to_do() {
    for code in Code::ALL {
        let page = code.page();
        let title = page.lines().next().and_then(|l| l.strip_prefix(&format!("# {code}: ")));
        assert!(title.is_some_and(|t| !t.trim().is_empty()), "{code} must begin with `# {code}: title`");
        let lines = page.lines().filter(|l| !l.trim().is_empty()).count();
        assert!((6..=24).contains(&lines), "{code} has {lines} lines");
        // The command line prints the first line under this heading beneath the error.
        let advice =
            page.split_once("\n## What to do\n").map(|(_, rest)| rest.trim_start().lines().next().unwrap_or(""));
        let advice = advice.unwrap_or_else(|| panic!("{code} does not say what to do"));
        assert!(advice.ends_with('.') && !advice.starts_with(['-', '#']), "{code}: the advice is not one sentence");
    }
}

#[test]
fn no_page_is_without_a_code() {
    let codes: BTreeSet<String> = Code::ALL.iter().map(|c| format!("{c}.md")).collect();
    let pages = fs::read_dir(FOLDER).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = pages.filter(|name| name != "README.md").collect();
    assert_eq!(pages, codes);
}

#[test]
fn the_index_lists_every_code_with_its_title() {
    let index = fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    for code in Code::ALL {
        let title = code.page().lines().next().and_then(|l| l.split_once(": ")).map_or("", |(_, title)| title);
        let row = format!("| [{code}]({code}.md) | {title} |");
        assert!(index.contains(&row), "docs/errors/README.md needs the row\n{row}");
    }
    assert_eq!(index.matches("| [AICO-").count(), Code::ALL.len(), "the index lists a code that does not exist");
}

#[test]
fn no_code_is_used_twice_and_each_is_found_by_its_text() {
    let texts: BTreeSet<&str> = Code::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(code.as_str().to_ascii_lowercase().parse(), Ok(*code));
    }
    assert!("AICO-0000".parse::<Code>().is_err() && "".parse::<Code>().is_err());
}

#[test]
fn pages_name_only_commands_and_codes_that_exist() {
    for code in Code::ALL {
        let page = code.page();
        for (at, _) in page.match_indices("aico ") {
            let mut words = page[at + 5..].split(|c: char| c.is_whitespace() || c == '`').filter(|w| !w.is_empty());
            let mut word = words.next().unwrap_or_default();
            // A flag with its value, a flag alone.
            while word.starts_with("--") {
                if word == "--version" {
                    break;
                }
                words.next();
                word = words.next().unwrap_or_default();
            }
            let in_code = page[..at].matches('`').count() % 2 == 1;
            assert!(!in_code || word == "--version" || COMMANDS.contains(&word), "{code}: `aico {word}`");
        }
        for (at, _) in page.match_indices("AICO-") {
            let named = &page[at..at + 9];
            assert!(named.parse::<Code>().is_ok(), "{code} names {named}");
        }
    }
}
