//! Day or month first: gathers what a message says for either order of `06/12/2021`, and the years that its full dates
//! name. Owns the weights of the evidence; it must not choose for a single date (that is `resolve`).

use chrono::{Datelike, NaiveDate};

use super::form::{Day, DayForm, Moment, Phrase};
use super::zones::Mark;

/// What decides alone.
const HARD: i32 = 100;
/// All soft evidence together stays below this.
const SOFT_LIMIT: i32 = 9;
/// Soft evidence of this weight chooses a reading, which is still told as ambiguous.
const LEANING: i32 = 2;
/// How many full dates are remembered for years and for comparing. More only repeat.
const REMEMBERED: usize = 64;

/// How the numbers of `06/12/2021` are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    DayFirst,
    MonthFirst,
    /// Nothing decides, or the message contradicts itself; the leaning is no more than that.
    Open(Option<bool>),
}

/// The evidence of one message.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    hard_day: i32,
    hard_month: i32,
    soft: i32,
    /// Full dates of the message, without repeats.
    known: Vec<NaiveDate>,
}

impl Evidence {
    /// What is told from outside: a profile's order is hard, a hint such as the sender's offset soft.
    pub fn told(&mut self, day_first: bool, hard: bool) {
        match (hard, day_first) {
            (true, true) => self.hard_day += HARD,
            (true, false) => self.hard_month += HARD,
            (false, true) => self.soft += LEANING,
            (false, false) => self.soft -= LEANING,
        }
    }

    /// Looks at all phrases of a message.
    pub fn gather(&mut self, phrases: &[Phrase], sent: Option<NaiveDate>) {
        for phrase in phrases {
            match phrase {
                Phrase::Moment(moment) | Phrase::Lasting { from: moment, .. } => self.moment(moment),
                Phrase::Span { from, to, .. } => {
                    self.moment(from);
                    self.moment(to);
                    self.span(from, to);
                }
                _ => {}
            }
        }
        for phrase in phrases {
            if let Phrase::Moment(Moment { day: Some(day), .. })
            | Phrase::Span { from: Moment { day: Some(day), .. }, .. } = phrase
            {
                self.compare(day, sent);
            }
        }
    }

    fn moment(&mut self, moment: &Moment) {
        if let Some(day) = &moment.day {
            match day.form {
                DayForm::Named { year: Some(year), month, day } => self.remember(year, month, day),
                DayForm::Numeric { first, second, year, dots: false } => self.numbers(first, second, year, day.weekday),
                _ => {}
            }
        }
        if moment.clock.is_some_and(|clock| clock.meridiem) {
            self.soft -= 1;
        }
        match moment.zone {
            Some(Mark::Seasonal(tz, _) | Mark::Place(tz)) if tz.name().starts_with("America/") => self.soft -= 1,
            Some(Mark::Seasonal(..) | Mark::Place(_)) => self.soft += 1,
            _ => {}
        }
    }

    fn remember(&mut self, year: i32, month: u8, day: u8) {
        if let Some(date) = date(year, month, day)
            && self.known.len() < REMEMBERED
            && !self.known.contains(&date)
        {
            self.known.push(date);
        }
    }

    fn numbers(&mut self, first: u8, second: u8, year: Option<i32>, weekday: Option<u8>) {
        if first > 12 {
            self.hard_day += HARD;
        } else if second > 12 {
            self.hard_month += HARD;
        } else if let (Some(year), Some(weekday)) = (year, weekday) {
            let fits = |m, d| date(year, m, d).is_some_and(|date| falls_on(date, weekday));
            match (fits(second, first), fits(first, second)) {
                (true, false) => self.hard_day += HARD,
                (false, true) => self.hard_month += HARD,
                _ => {}
            }
        }
    }

    /// Of two readings of a range, the one in which it ends soon after its beginning.
    fn span(&mut self, from: &Moment, to: &Moment) {
        let (Some(a), Some(b)) = (from.day, to.day) else { return };
        let (
            DayForm::Numeric { first: a1, second: a2, year: Some(ya), dots: false },
            DayForm::Numeric { first: b1, second: b2, year: Some(yb), .. },
        ) = (a.form, b.form)
        else {
            return;
        };
        if a.form == b.form {
            return;
        }
        let days = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
            Some((to? - from?).num_days()).filter(|d| (0..=10).contains(d))
        };
        let day_first = days(date(ya, a2, a1), date(yb, b2, b1)).is_some();
        let month_first = days(date(ya, a1, a2), date(yb, b1, b2)).is_some();
        if day_first != month_first {
            self.soft += if day_first { 2 * LEANING } else { -2 * LEANING };
        }
    }

    /// Compares an open date with the full dates of the message and with the day it was sent.
    fn compare(&mut self, day: &Day, sent: Option<NaiveDate>) {
        let DayForm::Numeric { first, second, year, dots: false } = day.form else { return };
        if first > 12 || second > 12 || first == second {
            return;
        }
        let Some(year) = year.or_else(|| sent.map(|s| s.year())) else { return };
        let (by_day, by_month) = (date(year, second, first), date(year, first, second));
        let known = |d: Option<NaiveDate>| d.is_some_and(|d| self.known.contains(&d));
        match (known(by_day), known(by_month)) {
            (true, false) => self.hard_day += HARD / 2,
            (false, true) => self.hard_month += HARD / 2,
            _ => {}
        }
        let near =
            |d: Option<NaiveDate>| d.zip(sent).is_some_and(|(d, sent)| (-2..=75).contains(&(d - sent).num_days()));
        match (near(by_day), near(by_month)) {
            (true, false) => self.soft += LEANING + 1,
            (false, true) => self.soft -= LEANING + 1,
            _ => {}
        }
    }

    #[must_use]
    pub fn order(&self) -> Order {
        let hard = self.hard_day - self.hard_month;
        let contradicts = self.hard_day > 0 && self.hard_month > 0;
        if hard.abs() >= HARD / 2 && !contradicts {
            return if hard > 0 { Order::DayFirst } else { Order::MonthFirst };
        }
        let soft = self.soft.clamp(-SOFT_LIMIT, SOFT_LIMIT);
        Order::Open((soft.abs() >= LEANING && !contradicts).then_some(soft > 0))
    }

    /// Whether more speaks for month first than for day first.
    #[must_use]
    pub const fn is_american(&self) -> bool {
        self.hard_month > self.hard_day || self.soft < 0
    }

    /// The year of a full date of the message that lies at most three days from this month and day.
    #[must_use]
    pub fn year_of(&self, month: u8, day: u8) -> Option<i32> {
        self.known.iter().find_map(|known| {
            (known.year() - 1..=known.year() + 1)
                .find(|year| date(*year, month, day).is_some_and(|d| (d - *known).num_days().abs() <= 3))
        })
    }

    /// The year that the full dates of the message agree upon.
    #[must_use]
    pub fn common_year(&self) -> Option<i32> {
        let first = self.known.first()?.year();
        self.known.iter().all(|d| d.year() == first).then_some(first)
    }
}

/// A calendar date, where there is one.
#[must_use]
pub fn date(year: i32, month: u8, day: u8) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day))
}

/// Whether a date is that weekday, 1 (Monday) to 7.
#[must_use]
pub fn falls_on(date: NaiveDate, weekday: u8) -> bool {
    date.weekday().number_from_monday() == u32::from(weekday)
}
