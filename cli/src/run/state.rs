//! `aico state`

use serde_json::{Value, json};

use super::{Done, OK, basis, list, tell_basis, text, with_session};
use crate::args::{Global, State};
use crate::out;

const STATE: &str =
    "query($name: String!, $at: String, $branch: String) { state(name: $name, asOf: $at, branch: $branch) {
    basis { branch position time latest } name value } }";
const DIFF: &str = "query($name: String, $at: String, $branch: String, $to: String) {
    stateDiff(name: $name, asOf: $at, branch: $branch, to: $to) {
        from { branch position time latest } to { branch position time latest } changes { path before after } } }";

pub(super) async fn run(global: &Global, args: &State) -> Done {
    with_session(global, async |session| {
        let mut variables = basis(global);
        variables.insert("name".to_owned(), json!(args.name));
        if let Some(to) = &args.diff {
            variables.insert("to".to_owned(), json!(to));
            let answer = session.run(DIFF, Value::Object(variables)).await?;
            if global.json {
                out::json(&answer["stateDiff"]);
                return OK;
            }
            let place = |end: &str| out::cell(answer.pointer(&format!("/stateDiff/{end}/position")));
            out::note(&format!("from position {} to {}", place("from"), place("to")));
            let rows = list(&answer, "/stateDiff/changes").iter().map(|c| {
                let side = |name: &str| out::short(&out::cell(c.get(name)), 60);
                vec![text(c, "/path").to_owned(), side("before"), side("after")]
            });
            out::table(&["what", "before", "after"], rows.collect());
            return OK;
        }
        let Some(name) = &args.name else {
            let answer = session.run("{ stateNames }", json!({})).await?;
            if global.json {
                out::json(&answer["stateNames"]);
            } else {
                for name in list(&answer, "/stateNames") {
                    out::line(name.as_str().unwrap_or_default());
                }
            }
            return OK;
        };
        let answer = session.run(STATE, Value::Object(variables)).await?;
        if global.json {
            out::json(&answer["state"]);
            return OK;
        }
        tell_basis(&answer, "/state/basis");
        show(name, &answer["state"]["value"]);
        OK
    })
    .await
}

/// Lists as tables, objects as lines.
fn show(name: &str, value: &Value) {
    match value {
        Value::Array(items) => {
            let columns: Vec<&str> = match name {
                "facts" => vec!["subject", "predicate", "object", "confidence", "position"],
                "conversations" => vec!["id", "title", "messages", "lastActivity"],
                "skills" => vec!["skill", "context", "chosen", "judged", "alpha", "beta"],
                _ => vec!["id", "name", "owner"],
            };
            let cell = |item: &Value, column: &str| {
                let text = out::cell(item.get(column));
                if column == "lastActivity" { out::time(&text) } else { out::short(&text, 60) }
            };
            out::table(&columns, items.iter().map(|i| columns.iter().map(|c| cell(i, c)).collect()).collect());
        }
        Value::Object(fields) => {
            let rows = fields.iter().map(|(name, value)| vec![name.clone(), out::cell(Some(value))]);
            out::table(&["what", "value"], rows.collect());
        }
        other => out::line(&out::cell(Some(other))),
    }
}
