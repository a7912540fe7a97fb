//! `IN`, texts compared with texts, labels.

use graph::Value;
use graph::snapshot::RelType;
use graph::value::equals;
use regex_lite::Regex;

use super::Run;
use crate::error::{Outcome, wrong_type, wrong_value};
use crate::plan::LabelTest;
use crate::syntax::ast::Test;

impl Run<'_> {
    pub fn test(&self, test: Test, a: &Value, b: &Value) -> Outcome<Value> {
        if test == Test::In {
            return self.within(a, b);
        }
        let (Value::String(a), Value::String(b)) = (a, b) else { return Ok(Value::Null) };
        self.meter.tick(a.len() as u64 / 64)?;
        Ok(Value::Bool(match test {
            Test::StartsWith => a.starts_with(&**b),
            Test::EndsWith => a.ends_with(&**b),
            Test::Contains => a.contains(&**b),
            Test::In | Test::Matches => self.matches(a, b)?,
        }))
    }

    fn within(&self, a: &Value, b: &Value) -> Outcome<Value> {
        let list = match b {
            Value::Null => return Ok(Value::Null),
            Value::List(list) => list,
            other => return Err(wrong_type(format!("`IN` looks in a List, not in {}", other.type_name()))),
        };
        self.meter.tick(list.len() as u64 / 4)?;
        let mut unknown = false;
        for item in list.iter() {
            match equals(a, item) {
                Some(true) => return Ok(Value::Bool(true)),
                Some(false) => {}
                None => unknown = true,
            }
        }
        Ok(if unknown { Value::Null } else { Value::Bool(false) })
    }

    /// Whether a whole text fits a regular expression, which is made once.
    fn matches(&self, text: &str, pattern: &std::sync::Arc<str>) -> Outcome<bool> {
        self.meter.tick(text.len() as u64)?;
        let mut known = self.patterns.borrow_mut();
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.is_match(text));
        }
        let regex = Regex::new(&format!("^(?:{pattern})$"))
            .map_err(|e| wrong_value(format!("no regular expression: {e}")))?;
        if known.len() > 100 {
            known.clear();
        }
        let fits = regex.is_match(text);
        known.insert(pattern.clone(), regex);
        Ok(fits)
    }

    pub fn has_labels(&self, value: &Value, test: &LabelTest) -> Outcome<Value> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::Node(id) => {
                let has = |label| self.graph.has_label(*id, graph::snapshot::Label(label));
                Ok(Value::Bool(test.labels.accept(&has, self.graph.labels(*id).len() > 0)))
            }
            Value::Rel(id) => {
                let RelType(kind) = self.graph.rel_type(*id);
                Ok(Value::Bool(test.types.accept(&|id| id == kind, true)))
            }
            other => Err(wrong_type(format!("only nodes have labels; this is {}", other.type_name()))),
        }
    }
}
