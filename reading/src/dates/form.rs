//! What the grammar finds before anything is decided: days whose order or year may be open, clock times, zones as written.
//! Plain values without logic; `resolve` makes instants of them.

use std::ops::Range;

use chrono::Duration;

use super::lexicon::Unit;
use super::{order, zones};

/// A calendar day as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DayForm {
    /// The month is written as a word or the order is that of ISO 8601.
    Named { year: Option<i32>, month: u8, day: u8 },
    /// Two numbers whose order is open. `dots`: written `12.06.`, which is day first everywhere.
    Numeric { first: u8, second: u8, year: Option<i32>, dots: bool },
    /// So many days from the message's own date.
    Days(i64),
    /// The next such weekday, 1 to 7, counted from the message's own date; `week` says `next` and not `this`.
    Weekday { weekday: u8, next: bool },
    /// A length from the message's own moment.
    Hence(Length),
    /// A stretch of which only the ends are known.
    Period(Period),
}

impl DayForm {
    /// Whether it is surely a date of that weekday, 1 (Monday) to 7.
    #[must_use]
    pub fn falls_on(self, weekday: u8) -> bool {
        let date = match self {
            Self::Named { year: Some(year), month, day } => order::date(year, month, day),
            Self::Numeric { first, second, year: Some(year), dots: true } => order::date(year, second, first),
            _ => None,
        };
        date.is_some_and(|date| order::falls_on(date, weekday))
    }
}

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    pub base: PeriodBase,
    pub part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PeriodBase {
    Month {
        year: Option<i32>,
        month: u8,
    },
    /// `count` of them make a year: 4 for quarters, 2 for halves. `index` from 1.
    Fraction {
        year: Option<i32>,
        index: u8,
        count: u8,
    },
    Year(i32),
    /// A week of ISO 8601, which begins on a Monday.
    Week {
        year: Option<i32>,
        week: u8,
    },
    /// `offset` units from the one that the message's own date lies in: next week is 1.
    Relative {
        unit: Unit,
        offset: i32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Early,
    Mid,
    Late,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    pub form: DayForm,
    /// The weekday written beside it, 1 to 7.
    pub weekday: Option<u8>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since midnight, up to and including 86,400 (written 24:00).
    pub seconds: u32,
    /// Written with am or pm.
    pub meridiem: bool,
    /// Written as a bare number below 13 without am or pm: a following `pm` is its own.
    pub open: bool,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length {
    pub count: u32,
    pub unit: Unit,
}

impl Length {
    /// Whether it counts in days or more.
    #[must_use]
    pub const fn is_days(self) -> bool {
        !matches!(self.unit, Unit::Minute | Unit::Hour)
    }

    /// As a duration; a month counts 30 days and a year 365. Business days count as days: the shorter reading.
    #[must_use]
    pub fn duration(self) -> Duration {
        let count = i64::from(self.count.min(100_000));
        match self.unit {
            Unit::Minute => Duration::minutes(count),
            Unit::Hour => Duration::hours(count),
            Unit::Day | Unit::BusinessDay => Duration::days(count),
            Unit::Week => Duration::weeks(count),
            Unit::Month => Duration::days(count * 30),
            Unit::Quarter => Duration::days(count * 91),
            Unit::Year => Duration::days(count * 365),
        }
    }
}

/// A day, a time, or both, with the zone written beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub day: Option<Day>,
    pub clock: Option<Clock>,
    pub zone: Option<zones::Mark>,
    /// The same instant told in other zones: `10:00 PDT / 17:00 UTC`.
    pub others: Vec<(Clock, zones::Mark)>,
    /// Bytes of the text.
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Phrase {
    Moment(Moment),
    Span {
        from: Moment,
        to: Moment,
        /// The clock times hold for each day from the first to the last.
        daily: bool,
        /// Written `between … and …`, `from … to …` or with a dash; false for `X and Y`.
        range: Range<usize>,
    },
    /// So long, counted from a moment that is written with it: `3 weeks following January 4`.
    Lasting {
        from: Moment,
        length: Length,
        range: Range<usize>,
    },
    /// So long, and nothing else: `for 6 hours`, `duration: 4h`.
    Length {
        length: Length,
        range: Range<usize>,
    },
    /// From a weekday's time to another's, every week.
    Weekly {
        from: (u8, Clock),
        to: (u8, Clock),
        zone: Option<zones::Mark>,
        range: Range<usize>,
    },
}

impl Phrase {
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Moment(moment) => moment.range.clone(),
            Self::Span { range, .. }
            | Self::Lasting { range, .. }
            | Self::Length { range, .. }
            | Self::Weekly { range, .. } => range.clone(),
        }
    }
}
