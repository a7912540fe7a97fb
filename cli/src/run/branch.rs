//! `aico branch`

use serde_json::{Value, json};

use super::{Done, OK, list, text, with_session};
use crate::args::{Branch, Global};
use crate::out;
use crate::session::Session;

const EVENT: &str = "position stream type actor body";

pub(super) async fn run(global: &Global, args: &Branch) -> Done {
    with_session(global, async |session| match args {
        Branch::Create { name, redecide } => create(global, session, name, *redecide).await,
        Branch::List => show(global, session).await,
        Branch::Diff { name, against } => {
            let query = format!(
                "query($branch: String!, $against: String) {{ branchDiff(branch: $branch, against: $against) {{
                    fork left {{ branch position }} right {{ branch position }}
                    differences {{ kind fields left {{ {EVENT} }} right {{ {EVENT} }} }} }} }}"
            );
            let answer = session.run(&query, json!({ "branch": name, "against": against })).await?;
            differences(global, &answer["branchDiff"]);
            OK
        }
        Branch::Promote { name } => {
            let query = "mutation($name: String!) { promoteBranch(name: $name) { events position } }";
            let answer = session.run(query, json!({ "name": name })).await?;
            let done = &answer["promoteBranch"];
            if global.json {
                out::json(done);
            } else {
                out::line(&format!(
                    "{} events of {name} were taken over, up to position {}",
                    done["events"], done["position"]
                ));
            }
            OK
        }
        Branch::Drop { name } => {
            session.run("mutation($name: String!) { dropBranch(name: $name) }", json!({ "name": name })).await?;
            if global.json {
                out::json(&json!({ "dropped": name }));
            } else {
                out::line(&format!("{name} was put away; its events stay in the log"));
            }
            OK
        }
    })
    .await
}

async fn create(global: &Global, session: &Session, name: &str, redecide: bool) -> Done {
    if redecide {
        let query = format!(
            "mutation($name: String!, $at: String!, $parent: String) {{ redecide(name: $name, asOf: $at, parent: $parent) {{
                fork left {{ branch position }} right {{ branch position }}
                differences {{ kind fields left {{ {EVENT} }} right {{ {EVENT} }} }} }} }}"
        );
        let at = global.at.clone().unwrap_or_else(|| "latest".to_owned());
        let answer = session.run(&query, json!({ "name": name, "at": at, "parent": global.branch })).await?;
        differences(global, &answer["redecide"]);
        return OK;
    }
    let query = "mutation($name: String!, $at: String, $parent: String) {
        createBranch(name: $name, asOf: $at, parent: $parent) { id name parent fork head open events } }";
    let answer = session.run(query, json!({ "name": name, "at": global.at, "parent": global.branch })).await?;
    let made = &answer["createBranch"];
    if global.json {
        out::json(made);
    } else {
        out::line(&format!("{name} forks {} at position {}", text(made, "/parent"), made["fork"]));
        out::line(&format!("Talk there with:  aico chat --branch {name}"));
    }
    OK
}

async fn show(global: &Global, session: &Session) -> Done {
    let answer = session.run("{ branches { id name parent fork head open events } }", json!({})).await?;
    if global.json {
        out::json(&answer["branches"]);
        return OK;
    }
    let rows = list(&answer, "/branches").iter().map(|b| {
        vec![
            text(b, "/name").to_owned(),
            out::cell(b.get("parent")),
            out::cell(b.get("fork")),
            out::cell(b.get("head")),
            out::cell(b.get("events")),
            if b["open"] == json!(true) { "open" } else { "put away" }.to_owned(),
        ]
    });
    out::table(&["branch", "parent", "fork", "head", "own events", "state"], rows.collect());
    OK
}

fn differences(global: &Global, diff: &Value) {
    if global.json {
        out::json(diff);
        return;
    }
    let (left, right) = (text(diff, "/left/branch"), text(diff, "/right/branch"));
    out::note(&format!("{left} and {right} part after position {}", diff["fork"]));
    let rows = list(diff, "/differences").iter().map(|d| {
        let side = |name: &str| d.get(name).filter(|e| !e.is_null()).map(summary).unwrap_or_default();
        let event = d.get("left").filter(|e| !e.is_null()).or(d.get("right"));
        let kind = match text(d, "/kind") {
            "ONLY_LEFT" => format!("only {left}"),
            "ONLY_RIGHT" => format!("only {right}"),
            _ => format!(
                "differ in {}",
                list(d, "/fields").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            ),
        };
        let what = event.map(|e| text(e, "/type").to_owned()).unwrap_or_default();
        vec![what, kind, side("left"), side("right")]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        out::line("no differences");
    } else {
        out::table(&["event", "how", left, right], rows);
    }
}

fn summary(event: &Value) -> String {
    let body = &event["body"];
    for field in ["text", "skill", "label", "name"] {
        if let Some(text) = body.get(field).and_then(Value::as_str) {
            return out::short(text, 48);
        }
    }
    format!("position {}", event["position"])
}
