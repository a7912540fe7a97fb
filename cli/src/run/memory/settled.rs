//! `aico memory profile`, `episodes`, `consolidate`: what talk settled into.

use serde_json::{Value, json};

use super::super::{Done, OK, basis, list, tell_basis, text, with_session};
use crate::args::Global;
use crate::out;

const PROFILE: &str = "query($at: String, $branch: String, $first: Int, $past: Boolean) {
    profile(asOf: $at, branch: $branch, first: $first, past: $past) { basis { position branch time latest }
        items { subject predicate object sentence confidence since saidLast until supersededBy sources messages } } }";

pub(super) async fn profile(global: &Global, past: bool, limit: u32) -> Done {
    with_session(global, async |session| {
        let mut variables = basis(global);
        variables.insert("past".to_owned(), json!(past));
        variables.insert("first".to_owned(), json!(limit));
        let answer = session.run(PROFILE, Value::Object(variables)).await?;
        if global.json {
            out::json(&answer["profile"]);
            return OK;
        }
        tell_basis(&answer, "/profile/basis");
        let items = list(&answer, "/profile/items");
        if items.is_empty() {
            out::note("nothing is known yet: tell something of yourself");
            return OK;
        }
        let row = |fact: &Value| {
            let mut row = vec![
                out::short(text(fact, "/subject"), 24),
                text(fact, "/predicate").to_owned(),
                out::short(text(fact, "/object"), 40),
                format!("{:.2}", fact["confidence"].as_f64().unwrap_or_default()),
                out::time(text(fact, "/since")),
                list(fact, "/sources").last().map_or_else(String::new, |s| out::cell(Some(s))),
            ];
            if past {
                row.push(out::time(text(fact, "/until")));
            }
            row
        };
        let mut header = vec!["who", "how", "what", "sure", "since", "event"];
        if past {
            header.push("until");
        }
        out::table(&header, items.iter().map(row).collect());
        OK
    })
    .await
}

const EPISODES: &str = "query($at: String, $branch: String, $first: Int) {
    episodes(asOf: $at, branch: $branch, first: $first) { basis { position branch time latest }
        items { id conversation messages turns began ended summary by salience replays replayedAt position } } }";

pub(super) async fn episodes(global: &Global, limit: u32) -> Done {
    with_session(global, async |session| {
        let mut variables = basis(global);
        variables.insert("first".to_owned(), json!(limit));
        let answer = session.run(EPISODES, Value::Object(variables)).await?;
        if global.json {
            out::json(&answer["episodes"]);
            return OK;
        }
        tell_basis(&answer, "/episodes/basis");
        let items = list(&answer, "/episodes/items");
        if items.is_empty() {
            out::note("nothing has settled yet: `aico memory consolidate`, or let it rest");
            return OK;
        }
        let row = |episode: &Value| {
            vec![
                out::time(text(episode, "/began")),
                out::cell(episode.get("turns")),
                format!("{:.2}", episode["salience"].as_f64().unwrap_or_default()),
                out::cell(episode.get("replays")),
                out::cell(episode.get("position")),
                out::short(text(episode, "/summary"), 100),
            ]
        };
        out::table(&["began", "turns", "matters", "replays", "event", "in short"], items.iter().map(row).collect());
        OK
    })
    .await
}

const CONSOLIDATE: &str = "mutation($all: Boolean, $branch: String) {
    consolidate(all: $all, branch: $branch) { turns episodes goingOn replayed } }";

pub(super) async fn consolidate(global: &Global, all: bool) -> Done {
    with_session(global, async |session| {
        let variables = json!({ "all": all, "branch": global.branch });
        let bar = out::progress("settling");
        let answer = session.run(CONSOLIDATE, variables).await;
        bar.finish_and_clear();
        let answer = answer?;
        let done = &answer["consolidate"];
        if global.json {
            out::json(done);
            return OK;
        }
        out::line(&told(done));
        OK
    })
    .await
}

fn told(done: &Value) -> String {
    let count = |key: &str| done[key].as_u64().unwrap_or_default();
    let going_on = match count("goingOn") {
        0 => String::new(),
        n => format!("; {n} still going on (`--all` takes them too)"),
    };
    match count("episodes") {
        0 => format!("nothing new has come to rest{going_on}"),
        n => format!(
            "{} turns settled into {n} episodes, {} earlier ones were gone over again{going_on}",
            count("turns"),
            count("replayed")
        ),
    }
}
