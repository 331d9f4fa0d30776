//! From forms to dates: open orders decided by evidence, missing years found, relative days counted, times placed in
//! their zones. Owns every rule of doubt: where two readings are possible the earlier one, and the doubt goes with it.

use chrono::{DateTime, Datelike, Days, Duration, FixedOffset, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::form::{Clock, Day, DayForm, Length, Moment, Part, Period, PeriodBase};
use super::lexicon::Unit;
use super::order::{self, Evidence, Order};
use super::zones::{Mark, ZoneDoubt};
use countersign_notice::fact::{When, Zone};

/// What is known before the text is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Base {
    /// The message's own date, with its offset as written.
    pub sent: Option<DateTime<FixedOffset>>,
    /// When it arrived; stands in where the message has no date.
    pub received: Option<DateTime<Utc>>,
    /// The zone of times that have none, from a profile.
    pub zone: Option<Zone>,
    /// Whether `06/12` is the sixth of December, from a profile.
    pub day_first: Option<bool>,
}

impl Base {
    /// The day that relative dates count from, in the sender's own zone.
    #[must_use]
    pub fn today(&self) -> Option<NaiveDate> {
        self.sent.map(|s| s.date_naive()).or_else(|| self.received.map(|r| r.date_naive()))
    }

    fn now(&self) -> Option<DateTime<Utc>> {
        self.sent.map(|s| s.to_utc()).or(self.received)
    }
}

/// Why a value is not sure.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// The other reading of `08/09`.
    Order(NaiveDate),
    /// The written weekday is not the date's.
    Weekday,
    /// No year is written; found from the message's date or other dates.
    Year,
    /// Told in several zones that do not agree.
    Zones,
    Zone(ZoneDoubt),
    /// A time without any zone.
    NoZone,
    /// Only a stretch (a month, a quarter) is named.
    Vague,
    /// Counted from the message's own date.
    Relative,
}

/// A point in time with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub at: When,
    /// The calendar day as written, in the written zone.
    pub day: NaiveDate,
    pub clock: Option<Clock>,
    pub zone: Option<Mark>,
    /// The last day of a stretch (`March 2025`); `day` is its first.
    pub last: Option<NaiveDate>,
    pub doubts: Vec<Doubt>,
}

impl Point {
    /// From 0 to 1; below 0.7 a person is asked.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        self.doubts
            .iter()
            .map(|doubt| match doubt {
                Doubt::Order(_) | Doubt::Zones => 0.5,
                Doubt::Weekday
                | Doubt::Vague
                | Doubt::NoZone
                | Doubt::Zone(ZoneDoubt::Several | ZoneDoubt::Nowhere) => 0.6,
                Doubt::Relative | Doubt::Zone(ZoneDoubt::Inferred) => 0.65,
                Doubt::Zone(ZoneDoubt::OutOfSeason) => 0.8,
                Doubt::Year => 0.85,
            })
            .fold(0.95, f32::min)
    }
}

/// A message's evidence, complete: everything that resolving a form needs.
#[derive(Debug, Clone)]
pub struct Resolver {
    pub base: Base,
    pub evidence: Evidence,
    pub order: Order,
    /// Zones of the places that the message names.
    pub places: Vec<Tz>,
    /// Places that settle an abbreviation with several homes: those named, and those that the sender's offset or an
    /// American way of writing suggests.
    pub homes: Vec<Tz>,
    /// The zone that the message states for its times (`all times are UTC`).
    pub stated: Option<Mark>,
}

impl Resolver {
    /// The point of a moment that has a day; `beside` is a zone that a heading or label gives.
    #[must_use]
    pub fn point(&self, moment: &Moment, beside: Option<Mark>) -> Option<Point> {
        let day = moment.day.as_ref()?;
        let mut doubts = Vec::new();
        let (date, last) = self.day(day, &mut doubts)?;
        let zone = moment.zone.or(beside);
        if let (DayForm::Hence(length), None) = (day.form, moment.clock)
            && matches!(length.unit, Unit::Hour)
        {
            return self.hours_hence(length, doubts);
        }
        let mut point = self.place(date, moment.clock, zone, doubts);
        point.last = last;
        self.agree(&mut point, &moment.others);
        Some(point)
    }

    /// A day and a time in a zone. Without a zone: the one that the message states, the profile's, the sender's own.
    #[must_use]
    pub fn place(&self, day: NaiveDate, clock: Option<Clock>, zone: Option<Mark>, mut doubts: Vec<Doubt>) -> Point {
        let Some(clock) = clock else {
            let zone_of_date = zone.or(self.stated).and_then(Mark::zone).or(self.base.zone);
            return Point {
                at: When::Date { date: day, zone: zone_of_date },
                day,
                clock: None,
                zone,
                last: None,
                doubts,
            };
        };
        let (date, time) = at_wall(day, clock);
        let at = match zone.or(self.stated) {
            Some(Mark::Local) if self.places.is_empty() => {
                doubts.push(Doubt::Zone(ZoneDoubt::Nowhere));
                self.fallback().at(date, time)
            }
            Some(mark) => {
                let hints = if mark == Mark::Local { &self.places } else { &self.homes };
                let placed = mark.place(date, time, hints);
                doubts.extend(placed.doubt.map(Doubt::Zone));
                placed.at
            }
            None => {
                if self.base.zone.is_none() {
                    doubts.push(Doubt::NoZone);
                }
                self.fallback().at(date, time)
            }
        };
        Point { at: When::Instant(at), day, clock: Some(clock), zone, last: None, doubts }
    }

    /// The zone of a time that has none: the profile's, the offset of the message's own date, UTC.
    fn fallback(&self) -> Zone {
        self.base.zone.or_else(|| self.base.sent.map(|s| Zone::Fixed(*s.offset()))).unwrap_or(Zone::Named(Tz::UTC))
    }

    /// The same instant in other zones: UTC is taken; where they disagree the earliest, and the doubt.
    fn agree(&self, point: &mut Point, others: &[(Clock, Mark)]) {
        let When::Instant(first) = point.at else { return };
        let mut all = vec![(first, point.zone)];
        for (clock, mark) in others {
            // The other zone's calendar may be a day ahead or behind: the nearest one is meant.
            let nearest = [-1_i64, 0, 1]
                .into_iter()
                .filter_map(|days| point.day.checked_add_signed(Duration::days(days)))
                .map(|day| {
                    let (date, time) = at_wall(day, *clock);
                    mark.place(date, time, &self.homes).at
                })
                .min_by_key(|at| (*at - first).num_minutes().abs());
            all.extend(nearest.map(|at| (at, Some(*mark))));
        }
        if all.len() < 2 {
            return;
        }
        let earliest = all.iter().map(|(at, _)| *at).min().unwrap_or(first);
        let spread = all.iter().map(|(at, _)| (*at - earliest).num_minutes()).max().unwrap_or(0);
        if spread > 1 {
            point.doubts.push(Doubt::Zones);
            point.at = When::Instant(earliest);
        } else {
            point.doubts.retain(|d| !matches!(d, Doubt::Zone(_)));
            let told_in_utc = all.iter().find(|(_, mark)| mark.is_some_and(Mark::is_utc));
            point.at = When::Instant(told_in_utc.map_or(first, |(at, _)| *at));
        }
    }

    fn hours_hence(&self, length: Length, mut doubts: Vec<Doubt>) -> Option<Point> {
        let at = self.base.now()?.checked_add_signed(length.duration())?;
        doubts.push(Doubt::Relative);
        Some(Point {
            at: When::Instant(at),
            day: at.date_naive(),
            clock: None,
            zone: Some(Mark::Utc),
            last: None,
            doubts,
        })
    }

    /// A day's calendar date; for a stretch its first and last.
    fn day(&self, day: &Day, doubts: &mut Vec<Doubt>) -> Option<(NaiveDate, Option<NaiveDate>)> {
        let date = match day.form {
            DayForm::Named { year: Some(year), month, day } => order::date(year, month, day)?,
            DayForm::Named { year: None, month, day: d } => {
                doubts.push(Doubt::Year);
                self.with_year(month, d, day.weekday)?
            }
            DayForm::Numeric { first, second, year, dots } => {
                self.numeric(first, second, year, dots, day.weekday, doubts)?
            }
            DayForm::Days(days) => {
                doubts.push(Doubt::Relative);
                self.base.today()?.checked_add_signed(Duration::days(days))?
            }
            DayForm::Weekday { weekday, .. } => {
                doubts.push(Doubt::Relative);
                let today = self.base.today()?;
                let ahead = (u32::from(weekday) + 6 - today.weekday().num_days_from_monday()) % 7;
                let ahead = if ahead == 0 { 7 } else { ahead };
                today.checked_add_days(Days::new(u64::from(ahead)))?
            }
            DayForm::Hence(length) => {
                doubts.push(Doubt::Relative);
                self.hence(length)?
            }
            DayForm::Period(period) => {
                let (first, last) = self.period(period, doubts)?;
                return Some((first, Some(last)));
            }
        };
        if let Some(weekday) = day.weekday
            && !order::falls_on(date, weekday)
            && !doubts.contains(&Doubt::Weekday)
        {
            doubts.push(Doubt::Weekday);
        }
        Some((date, None))
    }

    fn hence(&self, length: Length) -> Option<NaiveDate> {
        let today = self.base.today()?;
        match length.unit {
            Unit::Month => today.checked_add_months(Months::new(length.count)),
            Unit::Year => today.checked_add_months(Months::new(length.count.checked_mul(12)?)),
            Unit::Quarter => today.checked_add_months(Months::new(length.count.checked_mul(3)?)),
            _ => today.checked_add_signed(length.duration()),
        }
    }

    /// Two numbers of open order.
    fn numeric(
        &self,
        first: u8,
        second: u8,
        year: Option<i32>,
        dots: bool,
        weekday: Option<u8>,
        doubts: &mut Vec<Doubt>,
    ) -> Option<NaiveDate> {
        if year.is_none() {
            doubts.push(Doubt::Year);
        }
        let make = |month: u8, day: u8| match year {
            Some(year) => order::date(year, month, day),
            None if (1..=12).contains(&month) => self.with_year(month, day, weekday),
            None => None,
        };
        let (by_day, by_month) = (make(second, first), make(first, second));
        if dots || first == second {
            return by_day;
        }
        let (Some(by_day), Some(by_month)) = (by_day, by_month) else { return by_day.or(by_month) };
        if let Some(weekday) = weekday {
            match (order::falls_on(by_day, weekday), order::falls_on(by_month, weekday)) {
                (true, false) => return Some(by_day),
                (false, true) => return Some(by_month),
                _ => {}
            }
        }
        let leaning = match self.order {
            Order::DayFirst => return Some(by_day),
            Order::MonthFirst => return Some(by_month),
            Order::Open(leaning) => leaning,
        };
        let chosen = match leaning {
            Some(true) => by_day,
            Some(false) => by_month,
            None => self.earlier_ahead(by_day, by_month),
        };
        doubts.push(Doubt::Order(if chosen == by_day { by_month } else { by_day }));
        Some(chosen)
    }

    /// The earlier of two dates; but one that had passed when the message was written gives way to one that had not.
    fn earlier_ahead(&self, a: NaiveDate, b: NaiveDate) -> NaiveDate {
        let (early, late) = (a.min(b), a.max(b));
        let passed = self.base.today().is_some_and(|today| early < today.pred_opt().unwrap_or(today));
        if passed && self.base.today().is_some_and(|today| late >= today) { late } else { early }
    }

    /// The year of a day that has none: a full date of the message beside it, a year in which the weekday fits, the one
    /// that puts it soonest after the message.
    fn with_year(&self, month: u8, day: u8, weekday: Option<u8>) -> Option<NaiveDate> {
        if let Some(date) = self.evidence.year_of(month, day).and_then(|year| order::date(year, month, day))
            && weekday.is_none_or(|w| order::falls_on(date, w))
        {
            return Some(date);
        }
        let Some(today) = self.base.today() else {
            return self.evidence.common_year().and_then(|year| order::date(year, month, day));
        };
        let distance = |date: &NaiveDate| {
            let days = (*date - today).num_days();
            if days < -45 { 400 - days } else { days.abs() }
        };
        let candidates = (today.year() - 1..=today.year() + 4).filter_map(|year| order::date(year, month, day));
        let soonest = candidates.clone().min_by_key(distance);
        match weekday {
            Some(w) => {
                candidates.filter(|d| order::falls_on(*d, w) && distance(d) < 800).min_by_key(distance).or(soonest)
            }
            None => soonest,
        }
    }

    fn period(&self, period: Period, doubts: &mut Vec<Doubt>) -> Option<(NaiveDate, NaiveDate)> {
        doubts.push(Doubt::Vague);
        let (first, next) = match period.base {
            PeriodBase::Month { year, month } => {
                let year = match year {
                    Some(year) => year,
                    None => self.with_year(month, 28, None)?.year(),
                };
                months(year, u32::from(month), 1)?
            }
            PeriodBase::Fraction { year, index, count } => {
                let length = 12 / u32::from(count.max(1));
                let month = (u32::from(index) - 1) * length + 1;
                months(self.year_of_fraction(year, month + length - 1)?, month, length)?
            }
            PeriodBase::Year(year) => months(year, 1, 12)?,
            PeriodBase::Week { year, week } => self.week(year, u32::from(week))?,
            PeriodBase::Relative { unit, offset } => {
                doubts.push(Doubt::Relative);
                self.relative_period(unit, offset)?
            }
        };
        let days = (next - first).num_days();
        let third = Duration::days(days / 3);
        let last = next.pred_opt()?;
        Some(match period.part {
            Part::Whole => (first, last),
            Part::Early => (first, first + third),
            Part::Mid => (first + third, last - third),
            Part::Late => (last - third, last),
            Part::End => (last, last),
        })
    }

    /// The year of `Q3` alone: the first whose quarter is not over when the message is written.
    fn year_of_fraction(&self, year: Option<i32>, last_month: u32) -> Option<i32> {
        year.or_else(|| {
            let today = self.base.today()?;
            Some(if last_month < today.month() { today.year() + 1 } else { today.year() })
        })
    }

    /// The Monday of a week and that of the next; without a year the first such week that is not over.
    fn week(&self, year: Option<i32>, week: u32) -> Option<(NaiveDate, NaiveDate)> {
        let of = |year: i32| {
            let monday = NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon)?;
            Some((monday, monday + Duration::weeks(1)))
        };
        if let Some(year) = year {
            return of(year);
        }
        let today = self.base.today()?;
        of(today.year()).filter(|(_, next)| *next > today).or_else(|| of(today.year() + 1))
    }

    fn relative_period(&self, unit: Unit, offset: i32) -> Option<(NaiveDate, NaiveDate)> {
        let today = self.base.today()?;
        let shift = |date: NaiveDate, count: i32| {
            let count = u32::try_from(count).ok()?;
            date.checked_add_months(Months::new(count))
        };
        match unit {
            Unit::Week => {
                let monday = today - Duration::days(i64::from(today.weekday().num_days_from_monday()));
                let first = monday + Duration::weeks(i64::from(offset));
                Some((if offset == 0 { today } else { first }, first + Duration::weeks(1)))
            }
            Unit::Month => {
                let first = shift(today.with_day(1)?, offset)?;
                Some((if offset == 0 { today } else { first }, shift(first, 1)?))
            }
            Unit::Quarter => {
                let start = today.with_day(1)?.with_month(today.month0() / 3 * 3 + 1)?;
                let first = shift(start, 3 * offset)?;
                Some((if offset == 0 { today } else { first }, shift(first, 3)?))
            }
            _ => {
                let (first, next) = months(today.year() + offset, 1, 12)?;
                Some((if offset == 0 { today } else { first }, next))
            }
        }
    }
}

/// The first day of a stretch of months and the first day after it.
fn months(year: i32, month: u32, length: u32) -> Option<(NaiveDate, NaiveDate)> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some((first, first.checked_add_months(Months::new(length))?))
}

/// A day and a clock time as wall-clock date and time: 24:00 is the next day's first instant.
fn at_wall(day: NaiveDate, clock: Clock) -> (NaiveDate, NaiveTime) {
    match NaiveTime::from_num_seconds_from_midnight_opt(clock.seconds, 0) {
        Some(time) => (day, time),
        None => (day.succ_opt().unwrap_or(day), NaiveTime::MIN),
    }
}
