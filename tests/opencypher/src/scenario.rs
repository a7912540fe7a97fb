//! Scenarios: what is set up, what is asked, and what must come out.

use std::collections::BTreeMap;
use std::path::Path;

use cypher::Engine;
use graph::query::{Query, QueryEngine, QueryError, Table};
use graph::{Builder, Map, Snapshot, Value};
use serde::Deserialize;

use crate::cell::Cell;

/// One scenario, in the shape of the files.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// Where it is from.
    pub file: String,
    /// What it shows.
    pub name: String,
    /// Statements that make the graph.
    #[serde(default)]
    pub setup: Vec<String>,
    /// A named graph to begin with.
    #[serde(default)]
    pub graph: Option<String>,
    /// The query.
    pub q: String,
    /// Parameters in the notation of the kit.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Columns, then rows of cells in the notation of the kit.
    #[serde(default)]
    pub exp: Option<Vec<Vec<String>>>,
    /// Whether the order of the rows counts.
    #[serde(default)]
    pub ordered: bool,
    /// Whether the order inside of lists does not count.
    #[serde(default)]
    pub listany: bool,
    /// The error that is wanted.
    #[serde(default)]
    pub err: Option<String>,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// An error was wanted and came, of another name or at another time.
    OtherError(String),
    /// Not as expected.
    Failed(String),
}

/// The moment at which scenarios run: 2026-01-02T03:04:05Z.
const NOW: i128 = 1_767_323_045_000_000_000;

impl Scenario {
    /// The folder of the kit it belongs to.
    pub fn folder(&self) -> &str {
        self.file.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Runs it. Named graphs are looked for in a folder.
    pub fn run(&self, graphs: &Path) -> Outcome {
        let graph = match self.make_graph(graphs) {
            Ok(graph) => graph,
            Err(message) => return Outcome::Failed(format!("setup: {message}")),
        };
        let mut params = BTreeMap::new();
        for (name, text) in &self.params {
            match Cell::parse(text).ok().and_then(|c| c.value()) {
                Some(value) => params.insert(name.as_str().into(), value),
                None => return Outcome::Failed(format!("parameter {name}: {text}")),
            };
        }
        let mut query = Query::new(&self.q, NOW);
        query.params = Map::new(params);
        query.seed = 7;
        let answer = Engine.run(&graph, &query);
        match (&self.err, answer) {
            (Some(wanted), Err(error)) => compare_error(wanted, &error),
            (Some(wanted), Ok(table)) => Outcome::Failed(format!("wanted {wanted}, got {} rows", table.rows.len())),
            (None, Err(error)) => Outcome::Failed(error.to_string()),
            (None, Ok(table)) => self.compare(&table, &graph),
        }
    }

    fn make_graph(&self, graphs: &Path) -> Result<Snapshot, String> {
        let mut graph = Builder::default().build().map_err(|e| e.to_string())?;
        if let Some(name) = &self.graph {
            let path = graphs.join(format!("{name}.cypher"));
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            graph = cypher::creating::create(graph, &text).map_err(|e| e.to_string())?;
        }
        for statement in &self.setup {
            graph = cypher::creating::create(graph, statement).map_err(|e| e.to_string())?;
        }
        Ok(graph)
    }

    fn compare(&self, table: &Table, graph: &Snapshot) -> Outcome {
        let Some(expected) = &self.exp else { return Outcome::Passed };
        let Some((columns, rows)) = expected.split_first() else { return Outcome::Passed };
        let mut wanted = Vec::new();
        for row in rows {
            let cells: Result<Vec<Cell>, String> = row.iter().map(|c| Cell::parse(c)).collect();
            match cells {
                Ok(cells) => wanted.push(self.line(&cells)),
                Err(message) => return Outcome::Failed(message),
            }
        }
        let got = |row: &Vec<Value>| self.line(&row.iter().map(|v| Cell::of(v, graph)).collect::<Vec<_>>());
        let mut found: Vec<String> = table.rows.iter().map(got).collect();
        if *columns != table.columns {
            return Outcome::Failed(format!("columns {columns:?}, got {:?}: {found:?}", table.columns));
        }
        if !self.ordered {
            wanted.sort();
            found.sort();
        }
        if wanted == found { Outcome::Passed } else { Outcome::Failed(format!("wanted {wanted:?}, got {found:?}")) }
    }

    fn line(&self, cells: &[Cell]) -> String {
        cells.iter().map(|c| c.canonical(self.listany)).collect::<Vec<_>>().join(" | ")
    }
}

/// `a SyntaxError should be raised at compile time: UndefinedVariable`.
fn compare_error(wanted: &str, error: &QueryError) -> Outcome {
    let time = match error.phase {
        graph::query::Phase::Compile => "compile time",
        graph::query::Phase::Run => "runtime",
    };
    let got = format!("a {} should be raised at {time}: {}", error.kind.name(), error.detail);
    let any_time = wanted.replace("at any time", &format!("at {time}"));
    let same = any_time == got || any_time.strip_suffix('*').is_some_and(|start| got.starts_with(start));
    if error.kind == graph::query::ErrorKind::Limit {
        Outcome::Failed(format!("wanted {wanted}, got {error}"))
    } else if same {
        Outcome::Passed
    } else {
        Outcome::OtherError(format!("wanted {wanted}, got {got}: {}", error.message))
    }
}

/// Runs all scenarios in order.
pub fn run_all<'a>(scenarios: &'a [Scenario], graphs: &Path) -> Vec<(&'a Scenario, Outcome)> {
    scenarios.iter().map(|s| (s, s.run(graphs))).collect()
}
