//! Clauses and segments.

use std::collections::HashSet;

use graph::Value;
use graph::value::Key;

use super::collect::Collector;
use super::{Flow, Row, Run, Sink};
use crate::error::{Outcome, wrong_type};
use crate::plan::{Match, Op, Project, QueryPlan, Segment};

/// Takes rows of an answer.
type Emit<'e> = &'e mut dyn FnMut(Vec<Value>) -> Outcome<Flow>;

impl Run<'_> {
    /// Runs all parts of a query, each beginning with this row.
    pub fn query(&self, plan: &QueryPlan, row: &mut Row, emit: Emit<'_>) -> Outcome<Flow> {
        let mut seen = HashSet::new();
        let distinct = plan.parts.len() > 1 && !plan.all;
        for part in &plan.parts {
            let flow = self.part(part, row, &mut |values| {
                if distinct {
                    let key: Vec<Key> = values.iter().cloned().map(Key).collect();
                    if seen.contains(&key) {
                        return Ok(Flow::On);
                    }
                    for value in &values {
                        self.meter.hold(value)?;
                    }
                    seen.insert(key);
                }
                emit(values)
            })?;
            if flow == Flow::Stop {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    /// Runs segments over rows that are given by name, for making graphs.
    pub fn unwound(
        &self,
        segments: &[Segment],
        slots: usize,
        names: &[std::sync::Arc<str>],
        input: Vec<Value>,
    ) -> Outcome<Vec<Vec<Value>>> {
        let mut row = vec![Value::Null; slots];
        let items = (0..names.len()).map(|slot| (crate::plan::X::Slot(slot), slot)).collect();
        let before = Project { items, ..Project::default() };
        let mut rows = Vec::new();
        for value in input {
            if let Value::Map(map) = value {
                rows.push(names.iter().map(|n| map.get(n).cloned().unwrap_or(Value::Null)).collect());
            }
        }
        let mut after = Vec::new();
        self.segments(segments, Some((&before, rows)), &mut row, &mut |values| {
            after.push(values);
            Ok(Flow::On)
        })?;
        Ok(after)
    }

    fn part(&self, segments: &[Segment], row: &mut Row, emit: Emit<'_>) -> Outcome<Flow> {
        self.segments(segments, None, row, emit)
    }

    /// Runs segments. `before` holds what the segment before gathered; without it, the first begins with the row itself.
    fn segments<'p>(
        &self,
        segments: &'p [Segment],
        mut before: Option<(&'p Project, Vec<Vec<Value>>)>,
        row: &mut Row,
        emit: Emit<'_>,
    ) -> Outcome<Flow> {
        for (i, segment) in segments.iter().enumerate() {
            let last = i + 1 == segments.len();
            if last && is_plain(&segment.end) {
                return self.feed(before, row, &mut |row| {
                    self.ops(&segment.ops, row, &mut |row| {
                        let mut values = Vec::with_capacity(segment.end.items.len());
                        for (x, _) in &segment.end.items {
                            values.push(self.eval(x, row)?);
                        }
                        emit(values)
                    })
                });
            }
            let mut collector = Collector::new(self, &segment.end, row)?;
            if !collector.is_full() {
                self.feed(before, row, &mut |row| self.ops(&segment.ops, row, &mut |row| collector.push(row)))?;
            }
            before = Some((&segment.end, collector.finish(row)?));
        }
        if let Some((_, rows)) = before {
            for values in rows {
                if emit(values)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
        }
        Ok(Flow::On)
    }

    fn feed(&self, before: Option<(&Project, Vec<Vec<Value>>)>, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let Some((project, rows)) = before else { return sink(row) };
        for values in rows {
            self.meter.tick(1)?;
            for ((_, slot), value) in project.items.iter().zip(values) {
                row[*slot] = value;
            }
            if sink(row)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }

    fn ops(&self, ops: &[Op], row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let Some((op, rest)) = ops.split_first() else { return sink(row) };
        self.meter.tick(1)?;
        match op {
            Op::Match(pattern) => self.find(pattern, row, &mut |row| self.ops(rest, row, sink)),
            Op::Unwind { list, slot } => {
                let list = match self.eval(list, row)? {
                    Value::Null => return Ok(Flow::On),
                    Value::List(list) => list,
                    other => vec![other].into_iter().collect(),
                };
                for item in list.iter() {
                    self.meter.tick(1)?;
                    row[*slot] = item.clone();
                    if self.ops(rest, row, sink)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Ok(Flow::On)
            }
            Op::Let(items) => {
                for (x, slot) in items {
                    row[*slot] = self.eval(x, row)?;
                }
                self.ops(rest, row, sink)
            }
            Op::Filter(x) => {
                if self.holds(x, row)? {
                    self.ops(rest, row, sink)
                } else {
                    Ok(Flow::On)
                }
            }
            Op::Call { query, slots } => {
                // The rows inside are finished before the outer row goes on with each.
                let mut found = Vec::new();
                self.query(query, row, &mut |values| {
                    for value in &values {
                        self.meter.hold(value)?;
                    }
                    found.push(values);
                    Ok(Flow::On)
                })?;
                for values in found {
                    for (slot, value) in slots.iter().zip(values) {
                        row[*slot] = value;
                    }
                    if self.ops(rest, row, sink)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Ok(Flow::On)
            }
        }
    }

    /// Finds a pattern; where it is optional and nothing is found, one row of nulls goes on.
    pub fn find(&self, pattern: &Match, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        if !pattern.optional {
            return self.steps(&pattern.steps, row, sink);
        }
        let mut any = false;
        let flow = self.steps(&pattern.steps, row, &mut |row| {
            any = true;
            sink(row)
        })?;
        if any {
            return Ok(flow);
        }
        for slot in &pattern.fresh {
            row[*slot] = Value::Null;
        }
        sink(row)
    }

    /// Whether a condition is true: neither false nor unknown.
    pub fn holds(&self, x: &crate::plan::X, row: &mut Row) -> Outcome<bool> {
        match self.eval(x, row)? {
            Value::Bool(b) => Ok(b),
            Value::Null => Ok(false),
            other => Err(wrong_type(format!("a condition is a Boolean, not {}", other.type_name()))),
        }
    }
}

fn is_plain(project: &Project) -> bool {
    project.group.is_none()
        && !project.distinct
        && project.order.is_empty()
        && project.skip.is_none()
        && project.limit.is_none()
        && project.early.is_none()
        && project.late.is_none()
}
