//! Which backups are kept: the newest of each of the last days, weeks and months in which one was made.

use std::collections::BTreeSet;

use events::Timestamp;

/// How many of each are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub daily: usize,
    /// Weeks, from Monday.
    pub weekly: usize,
    /// Months.
    pub monthly: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { daily: 7, weekly: 4, monthly: 6 }
    }
}

/// The period that a day is in.
type Kind = fn(jiff::civil::Date) -> (i16, i16);

/// The times to keep among these, the newest first. The newest of all is always kept.
pub fn kept(mut times: Vec<Timestamp>, retention: Retention) -> Vec<Timestamp> {
    times.sort_unstable_by(|a, b| b.cmp(a));
    times.dedup();
    let mut keep: BTreeSet<Timestamp> = times.first().copied().into_iter().collect();
    let kinds: [(usize, Kind); 3] = [
        (retention.daily, |d| (d.year(), d.day_of_year())),
        (retention.weekly, |d| (d.iso_week_date().year(), i16::from(d.iso_week_date().week()))),
        (retention.monthly, |d| (d.year(), i16::from(d.month()))),
    ];
    for (most, period) in kinds {
        let mut seen = BTreeSet::new();
        for time in &times {
            let Ok(at) = jiff::Timestamp::from_microsecond(time.0) else { continue };
            let date = jiff::tz::TimeZone::UTC.to_datetime(at).date();
            if seen.len() < most && seen.insert(period(date)) {
                keep.insert(*time);
            }
        }
    }
    keep.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_days_four_weeks_and_six_months_are_kept() {
        let day = |n: i64| Timestamp::parse("2026-01-01T03:00:00Z").unwrap().plus_seconds(n * 86_400);
        let all: Vec<Timestamp> = (0..365).map(day).collect();
        let found = kept(all.clone(), Retention::default());
        assert_eq!(found.iter().filter(|t| **t >= day(358)).count(), 7, "each of the last seven days");
        assert!(found.len() <= 7 + 4 + 6 && found.len() >= 7 + 2 + 5, "{found:?}");
        assert!(found.contains(&day(364)) && !found.contains(&day(100)));
        // The newest of June is that of its last day.
        assert!(found.contains(&Timestamp::parse("2026-07-31T03:00:00Z").unwrap()));
        assert_eq!(kept(found.clone(), Retention::default()), found, "what is kept stays kept");
        assert_eq!(kept(vec![day(3)], Retention { daily: 0, weekly: 0, monthly: 0 }), [day(3)]);
    }
}
