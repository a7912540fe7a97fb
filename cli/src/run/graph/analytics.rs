//! `aico graph analytics`

use serde_json::{Value, json};

use super::moment;
use crate::args::Global;
use crate::out;
use crate::run::{Done, OK, list, tell_basis, text, with_session};

const QUESTION: &str = "query($asOf: GraphAsOf, $branch: String, $first: Int) {
    graphAnalytics(asOf: $asOf, branch: $branch, first: $first) {
        basis { position branch time latest } valid nodes edges settled exact sources modularity communityCount
        componentCount components communities { number size members }
        ranked { node kind name pageRank betweenness degree community component }
        between { node kind name pageRank betweenness degree community component }
        gaps { kind name other property usual shared } } }";

fn number(value: &Value) -> String {
    format!("{:.4}", value.as_f64().unwrap_or_default())
}

fn joined(value: &Value, path: &str) -> String {
    list(value, path).iter().map(|v| out::cell(Some(v))).collect::<Vec<_>>().join(", ")
}

pub(super) async fn run(global: &Global, valid: Option<&str>, first: u32) -> Done {
    with_session(global, async |session| {
        let mut variables = moment(global, valid);
        variables.insert("first".to_owned(), json!(first));
        let answer = session.run(QUESTION, Value::Object(variables)).await?;
        let study = &answer["graphAnalytics"];
        if global.json {
            out::json(study);
            return OK;
        }
        tell_basis(study, "/basis");
        ranks(study, "/ranked", "in the middle by PageRank");
        let how = match study["exact"].as_bool() {
            Some(true) => "between others, exact".to_owned(),
            _ => format!("between others, estimated from {} nodes", study["sources"]),
        };
        ranks(study, "/between", &how);
        let title = format!("{} communities, modularity {}", study["communityCount"], number(&study["modularity"]));
        out::line(&format!("\n{title}"));
        let community = |c: &Value| vec![c["number"].to_string(), c["size"].to_string(), joined(c, "/members")];
        out::table(&["community", "size", "with"], list(study, "/communities").iter().map(community).collect());
        out::line(&format!(
            "\n{} parts, the largest of {} nodes",
            study["componentCount"],
            joined(study, "/components")
        ));
        out::line("\nnot known");
        let gap = |g: &Value| {
            let what = match text(g, "/kind") {
                "alone" => "has no relation to anything".to_owned(),
                "property" => format!(
                    "{}, which {:.0} % of its kind have",
                    text(g, "/property"),
                    g["usual"].as_f64().unwrap_or_default() * 100.0
                ),
                _ => format!("how it relates to {}: both know the same {}", text(g, "/other"), g["shared"]),
            };
            vec![text(g, "/name").to_owned(), what]
        };
        out::table(&["of", "what"], list(study, "/gaps").iter().map(gap).collect());
        OK
    })
    .await
}

fn ranks(study: &Value, path: &str, title: &str) {
    out::line(&format!("\n{title}"));
    let row = |r: &Value| {
        vec![
            text(r, "/name").to_owned(),
            text(r, "/kind").to_owned(),
            number(&r["pageRank"]),
            number(&r["betweenness"]),
            r["degree"].to_string(),
            r["community"].to_string(),
        ]
    };
    let header = ["name", "kind", "PageRank", "betweenness", "relations", "community"];
    out::table(&header, list(study, path).iter().map(row).collect());
}
