//! `aico graph query`

use std::io::Read as _;

use events::Code;
use serde_json::{Value, json};

use super::{csv, moment};
use crate::args::{Global, GraphQuery, QueryFormat};
use crate::error::CliError;
use crate::out;
use crate::run::{Done, OK, list, tell_basis, text, with_session};

/// A query on standard input is read up to here, in bytes; a longer one is refused by the language.
const LONGEST: u64 = 2 << 20;

pub(super) async fn run(global: &Global, args: &GraphQuery) -> Done {
    let query = if args.query == "-" {
        let mut text = String::new();
        std::io::stdin().take(LONGEST).read_to_string(&mut text)?;
        text
    } else {
        args.query.clone()
    };
    let params: Value = match &args.params {
        None => Value::Null,
        Some(text) => serde_json::from_str(text)
            .map_err(|e| CliError::new(Code::GraphQueryValue, format!("--params is not JSON: {e}")))?,
    };
    with_session(global, async |session| {
        let mut variables = moment(global, args.valid.as_deref());
        variables.insert("query".to_owned(), json!(query));
        variables.insert("params".to_owned(), params.clone());
        variables.insert("rows".to_owned(), json!(args.rows));
        variables.insert("seconds".to_owned(), json!(args.timeout));
        let question = "query($asOf: GraphAsOf, $branch: String, $query: String!, $params: JSON, $rows: Int,
            $seconds: Float) { graph(asOf: $asOf, branch: $branch, query: $query, params: $params, rows: $rows,
            seconds: $seconds) { basis { position branch time latest } valid table { columns rows work } } }";
        let answer = session.run(question, Value::Object(variables)).await?;
        let view = &answer["graph"];
        let table = &view["table"];
        if global.json || args.format == QueryFormat::Json {
            out::json(table);
            return OK;
        }
        let columns: Vec<String> = list(table, "/columns").iter().map(|c| out::cell(Some(c))).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let cells = |row: &Value| row.as_array().map_or(vec![], |values| values.iter().map(cell).collect());
        let rows: Vec<Vec<String>> = list(table, "/rows").iter().map(cells).collect();
        if args.format == QueryFormat::Csv {
            csv::print(&columns, &rows);
            return OK;
        }
        tell_basis(view, "/basis");
        out::table(&columns, rows);
        OK
    })
    .await
}

/// A value in one cell: a node as `(Person Anna)`, a relation as `[LIVES_IN]`, whatever else as JSON.
fn cell(value: &Value) -> String {
    let name = || text(value, "/properties/name");
    match value {
        Value::Object(o) if o.contains_key("labels") && o.contains_key("properties") => {
            let labels = list(value, "/labels").iter().map(|l| out::cell(Some(l))).collect::<Vec<_>>().join(":");
            format!("({})", format!("{labels} {}", name()).trim())
        }
        Value::Object(o) if o.contains_key("type") && o.contains_key("start") => {
            format!("[{}]", text(value, "/type"))
        }
        other => out::cell(Some(other)),
    }
}
