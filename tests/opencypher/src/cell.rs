//! Expected values in the notation of the kit, and real values in the same form, so that the two can be compared.

use std::collections::BTreeMap;

use graph::{Snapshot, Value};

/// A value without identity: nodes and relationships are what they hold.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // The names of openCypher.
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Cell>),
    Map(BTreeMap<String, Cell>),
    Node(Vec<String>, BTreeMap<String, Cell>),
    Rel(String, BTreeMap<String, Cell>),
    /// Nodes and relationships in turn; a relationship says whether it is walked forward.
    Path(Vec<(Cell, bool)>),
}

impl Cell {
    /// A text that is the same for values that count as the same.
    pub fn canonical(&self, any_order: bool) -> String {
        let map = |m: &BTreeMap<String, Self>| {
            m.iter().map(|(k, v)| format!("{k:?}:{}", v.canonical(any_order))).collect::<Vec<_>>().join(",")
        };
        match self {
            Self::Null => "null".into(),
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => n.to_string(),
            // Arithmetic may differ in the last digit.
            Self::Float(x) => format!("{:.13e}f", if *x == 0.0 { 0.0 } else { *x }),
            Self::Text(s) => format!("{s:?}"),
            Self::List(items) => {
                let mut items: Vec<_> = items.iter().map(|i| i.canonical(any_order)).collect();
                if any_order {
                    items.sort();
                }
                format!("[{}]", items.join(","))
            }
            Self::Map(m) => format!("{{{}}}", map(m)),
            Self::Node(labels, m) => format!("({} {{{}}})", labels.join(":"), map(m)),
            Self::Rel(kind, m) => format!("[{kind} {{{}}}]", map(m)),
            Self::Path(parts) => parts
                .iter()
                .map(|(c, forward)| format!("{}{forward}", c.canonical(any_order)))
                .collect::<Vec<_>>()
                .join(""),
        }
    }

    /// A real value.
    pub fn of(value: &Value, graph: &Snapshot) -> Self {
        let node = |id| {
            let mut labels: Vec<String> = graph.labels(id).map(str::to_owned).collect();
            labels.sort();
            let props = graph.node_props(id).iter().map(|(k, v)| (graph.key_name(*k).to_owned(), Self::of(v, graph)));
            Self::Node(labels, props.collect())
        };
        let rel = |id| {
            let props = graph.rel_props(id).iter().map(|(k, v)| (graph.key_name(*k).to_owned(), Self::of(v, graph)));
            Self::Rel(graph.type_name(graph.rel_type(id)).to_owned(), props.collect())
        };
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Int(n) => Self::Int(*n),
            Value::Float(x) => Self::Float(*x),
            Value::String(s) => Self::Text(s.to_string()),
            Value::List(items) => Self::List(items.iter().map(|i| Self::of(i, graph)).collect()),
            Value::Map(m) => Self::Map(m.iter().map(|(k, v)| (k.to_string(), Self::of(v, graph))).collect()),
            Value::Node(id) => node(*id),
            Value::Rel(id) => rel(*id),
            Value::Path(path) => {
                let mut parts = vec![(node(path.nodes[0]), true)];
                for (i, id) in path.rels.iter().enumerate() {
                    parts.push((rel(*id), graph.source(*id) == path.nodes[i]));
                    parts.push((node(path.nodes[i + 1]), true));
                }
                Self::Path(parts)
            }
            other => Self::Text(other.plain()),
        }
    }

    /// A value for a parameter; parts of a graph are none.
    pub fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(n) => Value::Int(*n),
            Self::Float(x) => Value::Float(*x),
            Self::Text(s) => Value::string(s),
            Self::List(items) => Value::list(items.iter().map(Self::value).collect::<Option<_>>()?),
            Self::Map(m) => {
                Value::map(m.iter().map(|(k, v)| Some((k.as_str().into(), v.value()?))).collect::<Option<Vec<_>>>()?)
            }
            Self::Node(..) | Self::Rel(..) | Self::Path(_) => return None,
        })
    }

    /// Reads the notation of the kit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0 };
        let cell = reader.cell().ok_or_else(|| format!("no value: {text}"))?;
        reader.blank();
        if reader.at == text.len() { Ok(cell) } else { Err(format!("more than a value: {text}")) }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blank(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn word(&mut self) -> Option<String> {
        self.blank();
        if self.take("`") {
            let end = self.rest().find('`')?;
            let word = self.rest()[..end].to_owned();
            self.at += end + 1;
            return Some(word);
        }
        let end = self.rest().find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest().len());
        let word = self.rest()[..end].to_owned();
        self.at += end;
        (!word.is_empty()).then_some(word)
    }

    fn cell(&mut self) -> Option<Cell> {
        self.blank();
        match self.rest().chars().next()? {
            '\'' => self.string(),
            '[' => self.list_or_rel(),
            '{' => self.map().map(Cell::Map),
            '(' => self.node(),
            '<' => self.path(),
            _ => self.scalar(),
        }
    }

    fn string(&mut self) -> Option<Cell> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let c = self.rest().chars().next()?;
            self.at += c.len_utf8();
            match c {
                '\'' => return Some(Cell::Text(out)),
                '\\' => {
                    let c = self.rest().chars().next()?;
                    self.at += c.len_utf8();
                    out.push(match c {
                        'n' => '\n',
                        't' => '\t',
                        c => c,
                    });
                }
                c => out.push(c),
            }
        }
    }

    fn list_or_rel(&mut self) -> Option<Cell> {
        self.take("[");
        if self.take(":") {
            let kind = self.word()?;
            let props = self.props()?;
            return self.take("]").then_some(Cell::Rel(kind, props));
        }
        let mut items = Vec::new();
        if self.take("]") {
            return Some(Cell::List(items));
        }
        loop {
            items.push(self.cell()?);
            if self.take("]") {
                return Some(Cell::List(items));
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn props(&mut self) -> Option<BTreeMap<String, Cell>> {
        self.blank();
        if self.rest().starts_with('{') { self.map() } else { Some(BTreeMap::new()) }
    }

    fn map(&mut self) -> Option<BTreeMap<String, Cell>> {
        self.take("{");
        let mut entries = BTreeMap::new();
        if self.take("}") {
            return Some(entries);
        }
        loop {
            let key = self.word()?;
            if !self.take(":") {
                return None;
            }
            entries.insert(key, self.cell()?);
            if self.take("}") {
                return Some(entries);
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn node(&mut self) -> Option<Cell> {
        self.take("(");
        let mut labels = Vec::new();
        while self.take(":") {
            labels.push(self.word()?);
        }
        labels.sort();
        let props = self.props()?;
        self.take(")").then_some(Cell::Node(labels, props))
    }

    fn path(&mut self) -> Option<Cell> {
        self.take("<");
        let mut parts = vec![(self.node()?, true)];
        while !self.take(">") {
            let back = self.take("<-");
            if !back && !self.take("-") {
                return None;
            }
            let rel = self.list_or_rel()?;
            if !(if back { self.take("-") } else { self.take("->") }) {
                return None;
            }
            parts.push((rel, !back));
            parts.push((self.node()?, true));
        }
        Some(Cell::Path(parts))
    }

    fn scalar(&mut self) -> Option<Cell> {
        let end = self.rest().find([',', ']', '}', ')', ' ']).unwrap_or(self.rest().len());
        let word = &self.rest()[..end];
        self.at += end;
        Some(match word {
            "null" => Cell::Null,
            "true" => Cell::Bool(true),
            "false" => Cell::Bool(false),
            "NaN" => Cell::Float(f64::NAN),
            "Inf" | "Infinity" => Cell::Float(f64::INFINITY),
            "-Inf" | "-Infinity" => Cell::Float(f64::NEG_INFINITY),
            number => match number.parse::<i64>() {
                Ok(n) => Cell::Int(n),
                Err(_) => Cell::Float(number.parse().ok()?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_is_read() {
        let cell =
            Cell::parse("[1, 2.5, 'it\\'s', {a: null}, (:A:B {x: -1}), [:T], <(:A)<-[:T {f: true}]-()>]").unwrap();
        let Cell::List(items) = cell else { panic!("a list") };
        assert_eq!(items[2], Cell::Text("it's".into()));
        assert_eq!(items[4], Cell::Node(vec!["A".into(), "B".into()], [("x".to_owned(), Cell::Int(-1))].into()));
        assert!(matches!(&items[6], Cell::Path(parts) if parts.len() == 3 && !parts[1].1));
        assert!(Cell::parse("[1").is_err());
        assert!(Cell::parse("1 2").is_err());
    }
}
