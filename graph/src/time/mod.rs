//! Days, times, moments and amounts of time, as openCypher has them: years from -999,999,999 to 999,999,999, nanoseconds,
//! offsets to the second, zones by name.
//!
//! The calendar is the proleptic Gregorian one with ISO 8601 weeks, counted in whole numbers without rounding. Only zones
//! come from elsewhere: the tz database inside the program.

mod between;
mod calendar;
mod clock;
mod date;
mod duration;
mod moment;
mod parse;
mod zone;

pub use between::{Span, between, in_days, in_months, in_seconds};
pub use calendar::{MAX_YEAR, days_in_month, days_in_year};
pub use clock::{LocalTime, Time};
pub use date::Date;
pub use duration::{Amount, Duration};
pub use moment::{DateTime, LocalDateTime};
pub use parse::{date, date_time, duration, local_date_time, local_time, time};
pub use zone::Zone;

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// Seconds of a day.
pub const DAY_SECONDS: i64 = 86_400;
/// Nanoseconds of a day.
pub const DAY: i64 = DAY_SECONDS * SECOND;

/// A time that does not exist or cannot be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A part is out of its range.
    #[error("{0} is not a valid {1}")]
    OutOfRange(i64, &'static str),
    /// The result lies outside of the years that can be held.
    #[error("the result lies outside of the years -999999999 to 999999999")]
    Overflow,
    /// Text that is no such value.
    #[error("`{0}` is not a valid {1}")]
    Unreadable(String, &'static str),
    /// No zone of this name.
    #[error("`{0}` is not a time zone")]
    NoSuchZone(String),
}
