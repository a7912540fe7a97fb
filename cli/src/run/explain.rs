//! `aico explain`

use events::Code;
use serde_json::json;

use super::{Done, OK};
use crate::args::{Explain, Global};
use crate::error::CliError;
use crate::out;

pub(super) fn run(global: &Global, args: &Explain) -> Done {
    let title = |code: Code| {
        let first = code.page().lines().next().unwrap_or_default();
        first.split_once(": ").map_or(first, |(_, title)| title).to_owned()
    };
    let Some(text) = &args.code else {
        if global.json {
            let all = Code::ALL.iter().map(|c| json!({ "code": c.as_str(), "title": title(*c) }));
            out::json(&all.collect());
        } else {
            out::table(&["code", "meaning"], Code::ALL.iter().map(|c| vec![c.to_string(), title(*c)]).collect());
        }
        return OK;
    };
    let unknown =
        |e: events::code::UnknownCode| CliError::new(Code::BadRequest, format!("{e}; `aico explain` lists them all"));
    let code: Code = text.parse().map_err(unknown)?;
    if global.json {
        out::json(&json!({ "code": code.as_str(), "title": title(code), "page": code.page() }));
    } else {
        out::line(code.page().trim_end());
    }
    OK
}
