//! Functions that gather rows.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use graph::Value;
use graph::query::ErrorKind;
use graph::time::Duration;
use graph::value::{Key, order};

use crate::check::Type;
use crate::error::{Outcome, failure, fault, wrong_type};
use crate::run::Run;
use crate::syntax::Span;

/// Which aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    CountAll,
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Collect,
    /// Of a sample.
    StDev,
    /// Of a population.
    StDevP,
    PercentileCont,
    PercentileDisc,
}

/// The aggregation of a name, in any case.
pub fn find(name: &str) -> Option<Aggregate> {
    use Aggregate::{Avg, Collect, Count, Max, Min, PercentileCont, PercentileDisc, StDev, StDevP, Sum};
    let all = [
        ("count", Count),
        ("sum", Sum),
        ("avg", Avg),
        ("min", Min),
        ("max", Max),
        ("collect", Collect),
        ("stdev", StDev),
        ("stdevp", StDevP),
        ("percentilecont", PercentileCont),
        ("percentiledisc", PercentileDisc),
    ];
    all.into_iter().find(|(n, _)| name.eq_ignore_ascii_case(n)).map(|(_, kind)| kind)
}

impl Aggregate {
    pub fn arguments(self) -> RangeInclusive<usize> {
        match self {
            Self::CountAll => 0..=0,
            Self::PercentileCont | Self::PercentileDisc => 2..=2,
            _ => 1..=1,
        }
    }

    /// Refuses an argument that can never be gathered in this way.
    pub fn check(self, kind: &Type, span: Span) -> Outcome<()> {
        let numbers = [Type::Number, Type::Int, Type::Float, Type::Duration];
        let fits = match self {
            Self::Sum | Self::Avg => kind.may_be(&numbers),
            Self::StDev | Self::StDevP | Self::PercentileCont | Self::PercentileDisc => kind.may_be(&numbers[..3]),
            _ => true,
        };
        if fits {
            Ok(())
        } else {
            Err(fault("InvalidArgumentType", format!("numbers are gathered here, not {}", kind.name()), span))
        }
    }

    pub fn gives(self, argument: Option<&Type>) -> Type {
        match self {
            Self::CountAll | Self::Count => Type::Int,
            Self::Collect => Type::list_of(argument.cloned().unwrap_or(Type::Any)),
            Self::StDev | Self::StDevP | Self::PercentileCont => Type::Float,
            Self::Min | Self::Max => argument.cloned().unwrap_or(Type::Any),
            _ => Type::Any,
        }
    }
}

/// One aggregation of one group.
pub struct State {
    kind: Aggregate,
    seen: Option<HashSet<Key>>,
    count: i64,
    whole: i64,
    float: f64,
    is_float: bool,
    amount: Option<Duration>,
    extreme: Option<Value>,
    values: Vec<Value>,
    percentile: f64,
    /// Running mean and sum of squared differences (Welford 1962).
    mean: f64,
    squares: f64,
}

impl State {
    pub fn new(kind: Aggregate, distinct: bool) -> Self {
        Self {
            kind,
            seen: distinct.then(HashSet::new),
            count: 0,
            whole: 0,
            float: 0.0,
            is_float: false,
            amount: None,
            extreme: None,
            values: Vec::new(),
            percentile: 0.0,
            mean: 0.0,
            squares: 0.0,
        }
    }

    /// Takes in a value; says how many bytes it keeps.
    pub fn push(&mut self, run: &Run<'_>, value: Value, second: &Value) -> Outcome<u64> {
        if self.kind == Aggregate::CountAll {
            self.count += 1;
            return Ok(0);
        }
        if matches!(self.kind, Aggregate::PercentileCont | Aggregate::PercentileDisc) {
            self.percentile = percentile(second)?;
        }
        if value.is_null() {
            return Ok(0);
        }
        let mut held = 0;
        if let Some(seen) = &mut self.seen {
            if seen.contains(&Key(value.clone())) {
                return Ok(0);
            }
            held += run.meter.hold(&value)?;
            seen.insert(Key(value.clone()));
        }
        self.count += 1;
        match self.kind {
            Aggregate::CountAll | Aggregate::Count => {}
            Aggregate::Sum | Aggregate::Avg => self.add(&value)?,
            Aggregate::Min => {
                if self.extreme.as_ref().is_none_or(|e| order(&value, e).is_lt()) {
                    self.extreme = Some(value);
                }
            }
            Aggregate::Max => {
                if self.extreme.as_ref().is_none_or(|e| order(&value, e).is_gt()) {
                    self.extreme = Some(value);
                }
            }
            Aggregate::Collect => {
                held += run.meter.hold(&value)?;
                self.values.push(value);
            }
            Aggregate::PercentileCont | Aggregate::PercentileDisc => {
                number(&value)?;
                held += run.meter.hold(&value)?;
                self.values.push(value);
            }
            #[allow(clippy::cast_precision_loss)] // Counts of rows.
            Aggregate::StDev | Aggregate::StDevP => {
                let x = number(&value)?;
                let before = x - self.mean;
                self.mean += before / self.count as f64;
                self.squares += before * (x - self.mean);
            }
        }
        Ok(held)
    }

    fn add(&mut self, value: &Value) -> Outcome<()> {
        match value {
            Value::Int(n) => {
                if self.kind == Aggregate::Sum && !self.is_float {
                    self.whole = self.whole.checked_add(*n).ok_or_else(|| {
                        failure(
                            ErrorKind::Argument,
                            "IntegerOverflow",
                            "the sum is too large for a whole number of 64 bits",
                        )
                    })?;
                }
                self.float += number(value)?;
            }
            Value::Float(x) => {
                self.is_float = true;
                self.float += x;
            }
            Value::Duration(d) => {
                let sum = self.amount.unwrap_or_default().plus(d)?;
                self.amount = Some(sum);
            }
            other => return Err(wrong_type(format!("numbers are gathered here, not {}", other.type_name()))),
        }
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)] // Counts of rows.
    pub fn finish(mut self, run: &Run<'_>) -> Outcome<Value> {
        let n = self.count as f64;
        Ok(match self.kind {
            Aggregate::CountAll | Aggregate::Count => Value::Int(self.count),
            Aggregate::Sum | Aggregate::Avg if self.amount.is_some() => {
                let sum = self.amount.unwrap_or_default();
                Value::Duration(if self.kind == Aggregate::Sum { sum } else { sum.times(1.0 / n)? }.into())
            }
            Aggregate::Sum if self.is_float => Value::Float(self.float),
            Aggregate::Sum => Value::Int(self.whole),
            Aggregate::Avg if self.count == 0 => Value::Null,
            Aggregate::Avg => Value::Float(self.float / n),
            Aggregate::Min | Aggregate::Max => self.extreme.unwrap_or(Value::Null),
            Aggregate::Collect => run.meter.list(self.values)?,
            Aggregate::StDev if self.count < 2 => Value::Float(0.0),
            Aggregate::StDev => Value::Float((self.squares / (n - 1.0)).sqrt()),
            Aggregate::StDevP if self.count == 0 => Value::Float(0.0),
            Aggregate::StDevP => Value::Float((self.squares / n).sqrt()),
            Aggregate::PercentileCont | Aggregate::PercentileDisc => {
                run.meter.tick(self.values.len() as u64)?;
                self.values.sort_by(order);
                at_percentile(&self.values, self.percentile, self.kind == Aggregate::PercentileCont)?
            }
        })
    }
}

#[allow(clippy::cast_precision_loss)]
fn number(value: &Value) -> Outcome<f64> {
    match value {
        Value::Int(n) => Ok(*n as f64),
        Value::Float(x) => Ok(*x),
        other => Err(wrong_type(format!("numbers are gathered here, not {}", other.type_name()))),
    }
}

fn percentile(value: &Value) -> Outcome<f64> {
    let p = number(value)?;
    if (0.0..=1.0).contains(&p) {
        Ok(p)
    } else {
        Err(failure(
            ErrorKind::Argument,
            "NumberOutOfRange",
            format!("a percentile lies between 0 and 1, not at {p}"),
        ))
    }
}

/// The value at a percentile of sorted values: between two neighbours, or the nearest rank.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Places in the list.
fn at_percentile(values: &[Value], p: f64, between: bool) -> Outcome<Value> {
    let Some(last) = values.len().checked_sub(1) else { return Ok(Value::Null) };
    if between {
        let at = p * last as f64;
        let (low, part) = (at.floor() as usize, at.fract());
        let (a, b) = (number(&values[low.min(last)])?, number(&values[(low + 1).min(last)])?);
        return Ok(Value::Float(a + (b - a) * part));
    }
    let rank = (p * values.len() as f64).ceil() as usize;
    Ok(values[rank.saturating_sub(1).min(last)].clone())
}
