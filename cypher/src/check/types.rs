//! What is known of a value before the query runs.

use graph::Value;

/// A type, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Nothing is known.
    Any,
    Null,
    Bool,
    Int,
    Float,
    /// An integer or a float.
    Number,
    Text,
    List(Box<Type>),
    Map,
    Node,
    Rel,
    Path,
    /// A date, a time or both.
    Time,
    Duration,
}

impl Type {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::String(_) => Self::Text,
            Value::List(items) => {
                Self::List(Box::new(items.iter().map(Self::of).reduce(|a, b| a.or(b)).unwrap_or(Self::Any)))
            }
            Value::Map(_) => Self::Map,
            Value::Node(_) => Self::Node,
            Value::Rel(_) => Self::Rel,
            Value::Path(_) => Self::Path,
            Value::Date(_) | Value::LocalTime(_) | Value::Time(_) | Value::LocalDateTime(_) | Value::DateTime(_) => {
                Self::Time
            }
            Value::Duration(_) => Self::Duration,
        }
    }

    pub fn list_of(inner: Self) -> Self {
        Self::List(Box::new(inner))
    }

    /// One of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null, other) | (other, Self::Null) => other,
            (a, b) if a.is_number() && b.is_number() => Self::Number,
            (Self::List(a), Self::List(b)) => Self::list_of(a.or(*b)),
            _ => Self::Any,
        }
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Number)
    }

    /// Whether a value of this type may be one of the wanted. Null always may.
    pub fn may_be(&self, wanted: &[Self]) -> bool {
        match self {
            Self::Any | Self::Null => true,
            Self::Number => wanted.iter().any(Self::is_number),
            Self::Int | Self::Float => wanted.contains(self) || wanted.contains(&Self::Number),
            Self::List(_) => wanted.iter().any(|w| matches!(w, Self::List(_))),
            other => wanted.contains(other),
        }
    }

    /// The type of an element of a list of this type.
    pub fn element(&self) -> Self {
        match self {
            Self::List(inner) => (**inner).clone(),
            _ => Self::Any,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Null => "null",
            Self::Bool => "a Boolean",
            Self::Int => "an Integer",
            Self::Float => "a Float",
            Self::Number => "a number",
            Self::Text => "a String",
            Self::List(_) => "a List",
            Self::Map => "a Map",
            Self::Node => "a Node",
            Self::Rel => "a Relationship",
            Self::Path => "a Path",
            Self::Time => "a temporal value",
            Self::Duration => "a Duration",
        }
    }
}
