//! `aico graph path` and `aico graph doubts`

use serde_json::{Value, json};

use super::{NODES, moment, print};
use crate::args::{Global, GraphFormat};
use crate::out;
use crate::run::{Done, OK, list, text, with_session};
use crate::session::Session;

pub(super) async fn run(global: &Global, from: &str, to: &str, valid: Option<&str>, all: Option<u32>) -> Done {
    with_session(global, async |session| {
        let mut variables = moment(global, valid);
        variables.insert("from".to_owned(), json!(from));
        variables.insert("to".to_owned(), json!(to));
        if let Some(longest) = all {
            variables.insert("longest".to_owned(), json!(longest));
            return every(global, session, Value::Object(variables)).await;
        }
        let question = format!(
            "query($asOf: GraphAsOf, $branch: String, $from: String!, $to: String!) {{
                graphPath(asOf: $asOf, branch: $branch, from: $from, to: $to) {{ {NODES} }} }}"
        );
        let answer = session.run(&question, Value::Object(variables)).await?;
        let view = &answer["graphPath"];
        if global.json {
            out::json(view);
            return OK;
        }
        let way: Vec<&str> = list(view, "/nodes").iter().map(|n| text(n, "/name")).collect();
        out::line(&if way.is_empty() { format!("nothing leads from {from} to {to}") } else { way.join(" – ") });
        if !way.is_empty() {
            print(global, view, GraphFormat::Table);
        }
        OK
    })
    .await
}

async fn every(global: &Global, session: &Session, variables: Value) -> Done {
    let question = "query($asOf: GraphAsOf, $branch: String, $from: String!, $to: String!, $longest: Int) {
        graphWays(asOf: $asOf, branch: $branch, from: $from, to: $to, longest: $longest) {
            complete ways { nodes edges told } } }";
    let answer = session.run(question, variables).await?;
    let found = &answer["graphWays"];
    if global.json {
        out::json(found);
        return OK;
    }
    let ways = list(found, "/ways");
    for way in ways {
        let told: Vec<String> = list(way, "/told").iter().map(|t| out::cell(Some(t))).collect();
        out::line(&told.join(" – "));
    }
    if ways.is_empty() {
        out::note("(nothing)");
    }
    if found["complete"] != json!(true) {
        out::note("there are more ways than these");
    }
    OK
}

pub(super) async fn doubts(global: &Global, first: u32) -> Done {
    with_session(global, async |session| {
        let mut variables = moment(global, None);
        variables.insert("first".to_owned(), json!(first));
        let question = "query($asOf: GraphAsOf, $branch: String, $first: Int) {
            graphDoubts(asOf: $asOf, branch: $branch, first: $first) {
                one name other otherName kind likeness reason } }";
        let answer = session.run(question, Value::Object(variables)).await?;
        if global.json {
            out::json(&answer["graphDoubts"]);
            return OK;
        }
        let row = |d: &Value| {
            let likeness = format!("{:.2}", d["likeness"].as_f64().unwrap_or_default());
            ["/name", "/otherName", "/kind"]
                .iter()
                .map(|p| text(d, p).to_owned())
                .chain([likeness, text(d, "/reason").to_owned()])
                .collect()
        };
        out::table(
            &["name", "may be", "kind", "likeness", "because"],
            list(&answer, "/graphDoubts").iter().map(row).collect(),
        );
        OK
    })
    .await
}
