//! The grammar of calendar days: every written form, without deciding what an open order or a missing year means. Each
//! rule looks at a fixed number of tokens and gives what it read and the position after it.

use super::cursor::Tokens;
use super::form::{Day, DayForm};
use super::lexicon::part;
use super::token::Gap;

const fn is_day(day: u8) -> bool {
    day >= 1 && day <= 31
}

impl Tokens<'_> {
    /// A day with the weekday that stands before or after it.
    #[must_use]
    pub fn day(&self, i: usize) -> Option<(Day, usize)> {
        if let Some((weekday, after)) = self.leading_weekday(i)
            && let Some((form, end)) = self.day_form(after)
            && (self.is_clearly_weekday(i) || form.falls_on(weekday))
        {
            return Some((Day { form, weekday: Some(weekday) }, end));
        }
        let (form, end) = self.day_form(i)?;
        let (weekday, end) = self.trailing_weekday(end).map_or((None, end), |(w, e)| (Some(w), e));
        Some((Day { form, weekday }, end))
    }

    /// `Thursday, `, `Mi., `, `segunda-feira, `, `金曜日, `: the weekday and where the day begins.
    fn leading_weekday(&self, i: usize) -> Option<(u8, usize)> {
        let (weekday, mut at) = self.weekday_word(i)?;
        at = self.past(self.past(at, '.'), ',');
        if self.has(at, part::THE | part::ON) && self.joined(at) {
            at += 1;
        }
        self.joined(at).then_some((weekday, at))
    }

    /// Abbreviations of weekdays are everyday words elsewhere (`vie`, `do`, `so`): in lower case and without a comma or a
    /// full stop they count only where the date is that weekday.
    fn is_clearly_weekday(&self, i: usize) -> bool {
        self.mark(i).is_some()
            || self.capital(i)
            || self.slice(i).chars().count() > 4
            || (matches!(self.mark(i + 1), Some(',' | '.')) && self.glued(i + 1))
    }

    fn weekday_word(&self, i: usize) -> Option<(u8, usize)> {
        if let Some(weekday) = self.weekday(i) {
            // Portuguese: segunda-feira
            let feira = self.is(i + 1, '-') && self.glued(i + 1) && self.slice(i + 2).eq_ignore_ascii_case("feira");
            return Some((weekday, if feira { i + 3 } else { i + 1 }));
        }
        // Japanese and Chinese: 金曜日, in brackets or not.
        let weekday = match self.mark(i)? {
            '月' => 1,
            '火' => 2,
            '水' => 3,
            '木' => 4,
            '金' => 5,
            '土' => 6,
            '日' => 7,
            _ => return None,
        };
        (self.is(i + 1, '曜') && self.is(i + 2, '日')).then_some((weekday, i + 3))
    }

    /// `(Thursday)`, `, Sze`, ` Çar`: only a weekday that cannot be the beginning of something else.
    fn trailing_weekday(&self, i: usize) -> Option<(u8, usize)> {
        let open = self.is(i, '(');
        let comma = self.is(i, ',');
        if !self.joined(i) || self.gap(i + usize::from(open || comma)) >= Gap::Line {
            return None;
        }
        let at = if open || comma { i + 1 } else { i };
        let (weekday, end) = self.weekday_word(at)?;
        if open {
            return self.is(end, ')').then_some((weekday, end + 1));
        }
        // `…, 5 May, Tuesday 6 May`: the weekday belongs to the day behind it.
        let next_day = self.joined(end) && self.day_form(self.past(end, ',')).is_some();
        let ideograph = self.mark(at).is_some();
        ((self.capital(at) || ideograph) && !next_day).then_some((weekday, end))
    }

    fn day_form(&self, i: usize) -> Option<(DayForm, usize)> {
        if let Some((_, digits)) = self.number(i) {
            if !self.may_begin(i) {
                return None;
            }
            return match digits {
                4 => self.year_first(i),
                8 => self.compact(i),
                1 | 2 => self.day_then_month(i).or_else(|| self.numeric(i)),
                _ => None,
            };
        }
        if self.month(i).is_some() {
            return self.month_then_day(i);
        }
        None
    }

    /// `2024-08-22`, `2024/8/22`, `2024.08.22`, `2021-Jun-12`, `2021. október 26.`, `2021 Oct 26`, `2022年9月19日`.
    fn year_first(&self, i: usize) -> Option<(DayForm, usize)> {
        let year = self.year(i)?;
        if matches!(self.mark(i + 1), Some('年' | '년')) {
            let month = self.short(i + 2)?;
            let day = self.short(i + 4)?;
            let marked = matches!(self.mark(i + 3), Some('月' | '월')) && matches!(self.mark(i + 5), Some('日' | '일'));
            return (marked && (1..=12).contains(&month) && is_day(day)).then_some((named(year, month, day), i + 6));
        }
        if let Some(separator @ ('-' | '/' | '.')) = self.mark(i + 1).filter(|_| self.glued(i + 1)) {
            let same = self.is(i + 3, separator) && self.glued(i + 3);
            let spaced_dots = separator == '.';
            if same && (spaced_dots || (self.glued(i + 2) && self.glued(i + 4))) {
                let month = self.month(i + 2).or_else(|| self.short(i + 2).filter(|m| (1..=12).contains(m)));
                if let (Some(month), Some(day)) = (month, self.short(i + 4)) {
                    let end = if self.month(i + 2).is_some() { self.past(i + 5, '.') } else { i + 5 };
                    return (is_day(day) && self.ends_day(end)).then_some((named(year, month, day), end));
                }
            }
        }
        let at = self.past(i + 1, '.');
        let month = self.month(at).filter(|_| self.joined(at))?;
        let at = self.past(at + 1, '.');
        let day = self.short(at).filter(|d| is_day(*d) && self.joined(at))?;
        self.is_bare_day(at + 1).then(|| (named(year, month, day), self.past(self.past_ordinal(at + 1), '.')))
    }

    /// Whether a numeric day may end before `i`: `T`, a blank, or a mark that does not continue a number.
    fn ends_day(&self, i: usize) -> bool {
        if self.glued(i) && self.is_word(i) {
            return matches!(self.slice(i), "T" | "t" | "Z" | "z") || self.has(i, part::AT);
        }
        if self.glued(i) && self.is(i, '-') && self.number(i + 1).is_some() && self.glued(i + 1) {
            return self.clock(i + 1).is_some() || self.year(i + 1).is_some() && self.is(i + 2, '-');
        }
        self.may_end(i) || self.is(i, ':') && self.glued(i)
    }

    /// `20241113T100000Z`, `20241113 10:00`. Eight digits alone are an identifier.
    fn compact(&self, i: usize) -> Option<(DayForm, usize)> {
        let (value, _) = self.number(i)?;
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
        if !(1990..2100).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let timed = self.glued(i + 1) && self.slice(i + 1) == "T" && self.number(i + 2).is_some();
        let beside = self.gap(i + 1) == Gap::Space && self.is(i + 2, ':') && self.clock(i + 1).is_some();
        let form = named(i32::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        (timed || beside).then_some((form, i + 1))
    }

    /// `5 March 2020`, `5th of March`, `05-Mar-20`, `29 Mar 18 07:38`, `26 de octubre de 2021`, `27. 10. 2021` is not here.
    fn day_then_month(&self, i: usize) -> Option<(DayForm, usize)> {
        let day = self.short(i).filter(|d| is_day(*d))?;
        let ordinal = self.past_ordinal(i + 1);
        let mut at = self.past(ordinal, '.');
        let separator = self.mark(at).filter(|c| matches!(c, '-' | '/' | '.') && self.glued(at));
        at += usize::from(separator.is_some());
        if separator.is_none() {
            at = self.past_word(at, part::OF);
        }
        let month = self.month(at).filter(|_| self.joined(at))?;
        let month_at = at;
        at = if separator == Some('.') || self.glued(at + 1) || self.is(at + 1, '.') {
            self.past(at + 1, '.')
        } else {
            at + 1
        };
        let (year, end) = self.year_after(at, separator);
        let sure = year.is_some() || ordinal > i + 1 || self.capital(month_at) || self.weekday_before(i);
        let weak =
            self.has(month_at, part::WEAK_MONTH) && (!sure || (year.is_none() && !self.is_english_month(month_at)));
        if weak || !self.ends_word_day(end) {
            return None;
        }
        Some((DayForm::Named { year, month, day }, end))
    }

    fn is_english_month(&self, i: usize) -> bool {
        matches!(
            self.slice(i),
            "May" | "March" | "Mar" | "MAY" | "MARCH" | "MAR" | "Mai" | "Mars" | "mai" | "mars" | "maj" | "mei"
        )
    }

    fn weekday_before(&self, i: usize) -> bool {
        i > 0
            && (self.weekday(i - 1).is_some()
                || (i > 1 && matches!(self.mark(i - 1), Some(',' | '.')) && self.weekday(i - 2).is_some()))
    }

    /// A year behind day and month: of four digits after any of the usual joints, of two with the same separator, behind
    /// an apostrophe, or before a clock time.
    fn year_after(&self, i: usize, separator: Option<char>) -> (Option<i32>, usize) {
        if let Some(c) = separator
            && self.is(i, c)
            && self.glued(i)
            && self.glued(i + 1)
        {
            if let Some(year) = self.year(i + 1) {
                return (Some(year), i + 2);
            }
            if let Some(year) = self.number(i + 1).filter(|(_, digits)| *digits == 2).map(|(v, _)| full_year(v)) {
                return (Some(year), i + 2);
            }
        }
        let mut at = self.past(i, ',');
        at = self.past_word(at, part::OF);
        if self.is(at, '\'')
            && self.glued(at + 1)
            && let Some((value, 2)) = self.number(at + 1)
        {
            return (Some(full_year(value)), at + 2);
        }
        if self.joined(at) {
            if let Some(year) =
                self.year(at).filter(|_| !(self.is(at + 1, ':') && self.glued(at + 1) && self.glued(at + 2)))
            {
                let end = at + 1;
                return (
                    Some(year),
                    if self.has(end, part::YEAR_MARK) && !self.glued(end) { self.past(end + 1, '.') } else { end },
                );
            }
            // `29 Mar 18 07:38 +0000`
            if let Some((value, 2)) = self.number(at).filter(|(v, _)| (15..60).contains(v)) {
                let clock_behind =
                    self.gap(at + 1) == Gap::Space && self.is(at + 2, ':') && self.clock(at + 1).is_some();
                if clock_behind && !self.is(at + 1, ':') {
                    return (Some(full_year(value)), at + 1);
                }
            }
        }
        (None, i)
    }

    fn past_ordinal(&self, i: usize) -> usize {
        let ordinal = self.glued(i) && (self.has(i, part::ORDINAL) || matches!(self.mark(i), Some('º' | 'ª' | '°')));
        if ordinal { i + 1 } else { i }
    }

    /// A day number that no digits or unit make something else.
    fn is_bare_day(&self, i: usize) -> bool {
        !(self.glued(i) && (matches!(self.mark(i), Some(':' | '%')) || self.number(i).is_some()))
            && !(self.glued(i)
                && matches!(self.mark(i), Some('.' | ',' | '/'))
                && self.glued(i + 1)
                && self.number(i + 1).is_some())
    }

    fn ends_word_day(&self, i: usize) -> bool {
        !(self.glued(i)
            && self.is_word(i)
            && self.senses(i) == super::lexicon::Senses::default()
            && self.number(i.wrapping_sub(1)).is_none())
    }

    /// `March 5, 2020`, `Mar. 5th`, `May 2nd`, `Oct 26 2021`. Without a day it is a month and not here.
    fn month_then_day(&self, i: usize) -> Option<(DayForm, usize)> {
        let month = self.month(i)?;
        let mut at = self.past(i + 1, '.');
        if self.is(at, '-') && self.glued(at) {
            at += 1;
        }
        at = self.past_word(at, part::THE);
        let day = self.short(at).filter(|d| is_day(*d) && self.joined(at))?;
        let after = self.past_ordinal(at + 1);
        if !self.is_bare_day(after) || (after == at + 1 && self.clock(at).is_some_and(|(clock, _)| clock.meridiem)) {
            return None;
        }
        // `May - 5`, `Mar-05-2020`
        let separator = self.mark(after).filter(|c| *c == '-' && self.glued(after) && self.year(after + 1).is_some());
        let (year, end) = self.year_after(after, separator);
        if self.has(i, part::WEAK_MONTH) && !(self.capital(i) && (self.is_english_month(i) || year.is_some())) {
            return None;
        }
        // `Mar 5 GB`, `May 5 clusters` stay days: nothing that follows a capitalised month and a day makes it another thing.
        Some((DayForm::Named { year, month, day }, end))
    }

    /// `06/12/2021`, `27.10.2021`, `27. 10. 2021`, `06-12-2021`, `6/8/21`, `12.06.`, `11/4` beside a time.
    fn numeric(&self, i: usize) -> Option<(DayForm, usize)> {
        let first = self.short(i)?;
        let separator = self.mark(i + 1).filter(|c| matches!(c, '/' | '-' | '.') && self.glued(i + 1))?;
        let dots = separator == '.';
        let second = self.short(i + 2).filter(|_| self.glued(i + 2) || (dots && self.gap(i + 2) == Gap::Space))?;
        if !is_day(first) || !is_day(second) || (first > 12 && second > 12) || (dots && second > 12) {
            return None;
        }
        let continued = self.is(i + 3, separator)
            && self.glued(i + 3)
            && (self.glued(i + 4) || (dots && self.gap(i + 4) == Gap::Space));
        if continued {
            if let Some(year) = self.year(i + 4) {
                let end = i + 5;
                return self.ends_day(end).then_some((DayForm::Numeric { first, second, year: Some(year), dots }, end));
            }
            if let Some((value, 2)) = self.number(i + 4).filter(|(v, _)| self.glued(i + 4) && (15..60).contains(v)) {
                let plausible = separator != '.' || self.clock_near(i + 5);
                let year = Some(full_year(value));
                return (plausible && self.ends_day(i + 5))
                    .then_some((DayForm::Numeric { first, second, year, dots }, i + 5));
            }
        }
        self.numeric_without_year(i, first, second, separator)
    }

    /// Two numbers alone are a date only in company: `12.06. 22:00`, `Friday 11/4`, `11/4 at 10:00`.
    fn numeric_without_year(&self, i: usize, first: u8, second: u8, separator: char) -> Option<(DayForm, usize)> {
        let closed = separator == '.' && self.is(i + 3, '.') && self.glued(i + 3);
        let end = if closed { i + 4 } else { i + 3 };
        let company = self.weekday_before(i) || self.clock_near(end);
        let fits = match separator {
            '.' => closed && (company || (i > 0 && self.has(i - 1, part::ON | part::TO | part::FROM))),
            '/' => company && self.may_end(end),
            _ => false,
        };
        (fits && self.number(end).is_none_or(|_| !self.glued(end)))
            .then_some((DayForm::Numeric { first, second, year: None, dots: separator == '.' }, end))
    }

    /// A clock time with minutes stands behind, perhaps after `at` or a comma.
    fn clock_near(&self, i: usize) -> bool {
        let mut at = self.past(i, ',');
        at = self.past_word(at, part::AT | part::FROM);
        self.joined(at) && matches!(self.mark(at + 1), Some(':' | '.')) && self.clock(at).is_some()
    }
}

const fn named(year: i32, month: u8, day: u8) -> DayForm {
    DayForm::Named { year: Some(year), month, day }
}

/// Two digits are a year of this century: notices do not speak of the last one.
fn full_year(two_digits: u32) -> i32 {
    2000 + i32::try_from(two_digits % 100).unwrap_or_default()
}
