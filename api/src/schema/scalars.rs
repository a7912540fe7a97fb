//! Positions and JSON values on the wire.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};

/// A place in the log: sent as a number, taken as a number or a string of digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position(pub ::events::Position);

#[Scalar]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(n) => n.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let valid = number.filter(|n| *n <= i64::MAX as u64);
        valid.map(|n| Self(::events::Position(n))).ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.0.into())
    }
}

impl From<::events::Position> for Position {
    fn from(position: ::events::Position) -> Self {
        Self(position)
    }
}

/// The moment that an answer is true at.
#[derive(SimpleObject)]
pub struct Basis {
    /// Name of the line of history.
    branch: String,
    /// The position.
    position: Position,
    /// When the event there was recorded.
    time: Option<String>,
    /// Whether it was the newest one when the answer was given.
    latest: bool,
}

impl From<&projections::Basis> for Basis {
    fn from(basis: &projections::Basis) -> Self {
        Self {
            branch: basis.name.clone(),
            position: basis.position.into(),
            time: basis.time.map(|t| t.to_string()),
            latest: basis.latest,
        }
    }
}
