//! Equality, comparison and order of values, as openCypher defines them (CIP2016-06-14).
//!
//! Three relations: [`equals`] and [`compare`] know "unknown" and serve `=` and `<`; [`order`] is total and serves
//! `ORDER BY`, `min` and `max`; [`Key`] is the equivalence of `DISTINCT` and grouping, where null equals null.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::Value;

/// Whether two values are equal; `None` when that cannot be known.
pub fn equals(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Float(a), Value::Float(b)) => Some(a == b),
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => {
            Some(numbers(*a, *b) == Some(Ordering::Equal))
        }
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().zip(b.iter()).map(|(a, b)| equals(a, b)))
        }
        (Value::Map(a), Value::Map(b)) => {
            if !a.keys().eq(b.keys()) {
                return Some(false);
            }
            all(a.values().zip(b.values()).map(|(a, b)| equals(a, b)))
        }
        (Value::Time(a), Value::Time(b)) => Some(a.instant() == b.instant()),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.instant() == b.instant()),
        _ => Some(a == b),
    }
}

fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            None => known = None,
            Some(true) => {}
        }
    }
    known
}

/// How two values compare with `<`; `None` when they cannot be compared or one is null. NaN compares with nothing.
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => numbers(*a, *b),
        (Value::Float(a), Value::Int(b)) => numbers(*b, *a).map(Ordering::reverse),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                match equals(a, b) {
                    Some(true) => {}
                    Some(false) => return compare(a, b),
                    None => return None,
                }
            }
            Some(a.len().cmp(&b.len()))
        }
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::LocalTime(a), Value::LocalTime(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.instant().cmp(&b.instant())),
        (Value::LocalDateTime(a), Value::LocalDateTime(b)) => Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.instant().cmp(&b.instant())),
        _ => None,
    }
}

/// Compares exactly, also where a float cannot hold the whole number.
fn numbers(a: i64, b: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        None
    } else if b >= BEYOND {
        Some(Ordering::Less)
    } else if b < -BEYOND {
        Some(Ordering::Greater)
    } else {
        let whole = b.trunc();
        #[allow(clippy::cast_possible_truncation)] // Within the range of i64 by the tests above.
        let order = a.cmp(&(whole as i64));
        Some(order.then_with(|| {
            if b > whole {
                Ordering::Less
            } else if b < whole {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        }))
    }
}

/// The total order of `ORDER BY`, ascending: null is last, NaN is the largest number.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Float(x), Value::Float(y)) => x.partial_cmp(y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan())),
        (Value::Int(x), Value::Float(y)) => numbers(*x, *y).unwrap_or(Ordering::Less),
        (Value::Float(x), Value::Int(y)) => numbers(*y, *x).map_or(Ordering::Greater, Ordering::reverse),
        (Value::List(x), Value::List(y)) => x
            .iter()
            .zip(y.iter())
            .map(|(a, b)| order(a, b))
            .find(|o| o.is_ne())
            .unwrap_or_else(|| x.len().cmp(&y.len())),
        (Value::Map(x), Value::Map(y)) => {
            x.len().cmp(&y.len()).then_with(|| x.keys().cmp(y.keys())).then_with(|| {
                x.values().zip(y.values()).map(|(a, b)| order(a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
        (Value::Node(x), Value::Node(y)) => x.cmp(y),
        (Value::Rel(x), Value::Rel(y)) => x.cmp(y),
        (Value::Path(x), Value::Path(y)) => (&x.nodes, &x.rels).cmp(&(&y.nodes, &y.rels)),
        (Value::Time(x), Value::Time(y)) => x.instant().cmp(&y.instant()).then_with(|| x.cmp(y)),
        (Value::DateTime(x), Value::DateTime(y)) => x.instant().cmp(&y.instant()).then_with(|| x.cmp(y)),
        (Value::Duration(x), Value::Duration(y)) => x.length().cmp(&y.length()).then_with(|| x.cmp(y)),
        _ => compare(a, b).unwrap_or_else(|| rank(a).cmp(&rank(b))),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Map(_) => 0,
        Value::Node(_) => 1,
        Value::Rel(_) => 2,
        Value::List(_) => 3,
        Value::Path(_) => 4,
        Value::DateTime(_) => 5,
        Value::LocalDateTime(_) => 6,
        Value::Date(_) => 7,
        Value::Time(_) => 8,
        Value::LocalTime(_) => 9,
        Value::Duration(_) => 10,
        Value::String(_) => 11,
        Value::Bool(_) => 12,
        Value::Int(_) | Value::Float(_) => 13,
        Value::Null => 14,
    }
}

/// A value as a key of grouping: null equals null, NaN equals NaN, 1 equals 1.0.
#[derive(Clone, Debug)]
pub struct Key(pub Value);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        equivalent(&self.0, &other.0)
    }
}

impl Eq for Key {}

fn equivalent(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equivalent(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| equivalent(a, b))
        }
        _ => equals(a, b) == Some(true),
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Int(n) => {
            13_u8.hash(state);
            n.hash(state);
        }
        Value::Float(x) => {
            13_u8.hash(state);
            #[allow(clippy::cast_possible_truncation, clippy::float_cmp)] // A whole float must meet its integer.
            if x.trunc() == *x && numbers(*x as i64, *x) == Some(Ordering::Equal) {
                (*x as i64).hash(state);
            } else if x.is_nan() {
                u64::MAX.hash(state);
            } else {
                x.to_bits().hash(state);
            }
        }
        _ => {
            rank(value).hash(state);
            match value {
                Value::Null | Value::Int(_) | Value::Float(_) => {}
                Value::Bool(b) => b.hash(state),
                Value::String(s) => s.hash(state),
                Value::List(list) => {
                    list.len().hash(state);
                    list.iter().for_each(|v| hash(v, state));
                }
                Value::Map(map) => {
                    map.len().hash(state);
                    for (k, v) in map.iter() {
                        k.hash(state);
                        hash(v, state);
                    }
                }
                Value::Node(id) => id.hash(state),
                Value::Rel(id) => id.hash(state),
                Value::Path(path) => path.hash(state),
                Value::Date(d) => d.hash(state),
                Value::LocalTime(t) => t.hash(state),
                Value::Time(t) => t.instant().hash(state),
                Value::LocalDateTime(d) => d.hash(state),
                Value::DateTime(d) => d.instant().hash(state),
                Value::Duration(d) => d.hash(state),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIG: i64 = 9_007_199_254_740_993; // 2^53 + 1, which no float can hold.

    #[test]
    fn whole_numbers_and_floats_compare_exactly() {
        assert_eq!(equals(&Value::Int(BIG), &Value::Float(9_007_199_254_740_992.0)), Some(false));
        assert_eq!(compare(&Value::Int(BIG), &Value::Float(9_007_199_254_740_992.0)), Some(Ordering::Greater));
        assert_eq!(compare(&Value::Int(i64::MAX), &Value::Float(f64::INFINITY)), Some(Ordering::Less));
        assert_eq!(compare(&Value::Int(-1), &Value::Float(-1.5)), Some(Ordering::Greater));
        assert_eq!(compare(&Value::Int(1), &Value::Float(f64::NAN)), None);
    }

    #[test]
    fn unknown_spreads_through_lists_unless_something_differs() {
        let list = |items: &[Value]| Value::list(items.to_vec());
        assert_eq!(equals(&list(&[Value::Null]), &list(&[Value::Null])), None);
        assert_eq!(equals(&list(&[Value::Null, 1.into()]), &list(&[Value::Null, 2.into()])), Some(false));
        assert_eq!(equals(&list(&[]), &list(&[])), Some(true));
        assert_eq!(equals(&list(&[Value::Null]), &list(&[])), Some(false));
    }

    #[test]
    fn keys_meet_what_distinct_joins() {
        let hashed = |v: &Value| {
            let mut hasher = std::hash::DefaultHasher::new();
            Key(v.clone()).hash(&mut hasher);
            hasher.finish()
        };
        for (a, b) in [
            (Value::Null, Value::Null),
            (Value::Float(f64::NAN), Value::Float(-f64::NAN)),
            (Value::Int(1), Value::Float(1.0)),
            (Value::Float(0.0), Value::Float(-0.0)),
            (Value::list(vec![Value::Null, 2.into()]), Value::list(vec![Value::Null, 2.0.into()])),
        ] {
            assert_eq!(Key(a.clone()), Key(b.clone()));
            assert_eq!(hashed(&a), hashed(&b));
        }
        assert_ne!(Key(Value::Int(1)), Key(Value::string("1")));
    }
}
