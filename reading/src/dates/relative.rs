//! The grammar of days that count from the message's own date (`in 30 days`, `next Tuesday`) and of stretches of the
//! calendar (`end of March 2025`, `Q3`, `next week`). It must not know that date.

use super::cursor::Tokens;
use super::form::{DayForm, Length, Part, Period, PeriodBase};
use super::lexicon::{Unit, part};

/// First to fourth, folded.
const ORDINALS: [&[&str]; 4] = [
    &["first", "erstes", "ersten", "premier", "primer", "primo"],
    &["second", "zweites", "zweiten", "deuxieme", "segundo", "secondo"],
    &["third", "drittes", "dritten", "troisieme", "tercer", "terzo"],
    &["fourth", "viertes", "vierten", "quatrieme", "cuarto", "quarto", "last", "final"],
];

impl Tokens<'_> {
    #[must_use]
    pub fn relative_day(&self, i: usize) -> Option<(DayForm, usize)> {
        if self.number(i).is_none()
            && self.get(i).is_some_and(
                |t| matches!(t.kind, super::token::Kind::Word(s) if s == super::lexicon::Senses::default()),
            )
        {
            return self.fraction(i).or_else(|| self.week(i)).map(|(base, end)| (period(base, Part::Whole), end));
        }
        self.named_day(i)
            .or_else(|| self.next_weekday(i))
            .or_else(|| self.hence(i))
            .or_else(|| self.part_of_period(i))
            .or_else(|| self.period_base(i, false).map(|(base, end)| (period(base, Part::Whole), end)))
    }

    /// `tomorrow`, `today`, `day after tomorrow`. German `morgen` in `heute Morgen` is not tomorrow.
    fn named_day(&self, i: usize) -> Option<(DayForm, usize)> {
        let days = if self.has(i, part::TOMORROW) {
            let morning = i > 0
                && (self.has(i - 1, part::TODAY)
                    || self.weekday(i - 1).is_some()
                    || self.slice(i - 1).eq_ignore_ascii_case("guten"));
            if morning || (self.is_one_of(i, &["morgen"]) && self.is(i + 1, ',')) {
                return None;
            }
            1
        } else if self.has(i, part::TODAY) {
            0
        } else if self.has(i, part::YESTERDAY) {
            -1
        } else {
            return None;
        };
        let past_two = i >= 2 && self.unit(i - 2) == Some(Unit::Day) && self.has(i - 1, part::AFTER);
        let days = if days == 1 && past_two { 2 } else { days };
        // Portuguese and Spanish `hoje`, `hoy` aside, `today` beside `as of` says nothing about the future.
        Some((DayForm::Days(days), i + 1))
    }

    /// `next Tuesday`, `this coming Friday`, `on Thursday at 10:00`, `am Dienstag um 10 Uhr`.
    fn next_weekday(&self, i: usize) -> Option<(DayForm, usize)> {
        if self.has(i, part::NEXT | part::THIS) {
            let at = if self.has(i + 1, part::NEXT) { i + 2 } else { i + 1 };
            let weekday = self.weekday(at).filter(|_| self.joined(at) && self.is_full_weekday(at))?;
            return Some((DayForm::Weekday { weekday, next: self.has(i, part::NEXT) }, at + 1));
        }
        let weekday = self.weekday(i).filter(|_| self.is_full_weekday(i) && self.capital(i))?;
        let announced = i > 0 && self.joined(i) && self.has(i - 1, part::ON | part::TO | part::EXCEPT);
        let at = self.past_word(self.past(i + 1, ','), part::AT);
        let timed = self.joined(at) && self.is(at + 1, ':') && self.clock(at).is_some();
        let plural = self.slice(i).ends_with('s') && !self.slice(i).ends_with("is");
        (!plural && (announced || timed) && self.day(i).is_none())
            .then_some((DayForm::Weekday { weekday, next: false }, i + 1))
    }

    /// Abbreviations of weekdays are words of other languages too.
    fn is_full_weekday(&self, i: usize) -> bool {
        self.slice(i).chars().count() >= 5
    }

    /// `in 30 days`, `within two weeks`, `in the next 14 days`, `binnen 30 Tagen`, `30 days from now`.
    fn hence(&self, i: usize) -> Option<(DayForm, usize)> {
        if self.has(i, part::IN) {
            let mut at = i + 1;
            at = self.past_word(at, part::THE);
            at = self.past_word(at, part::NEXT);
            if self.is_one_of(at, &["about", "approximately", "roughly", "less", "etwa", "ca"]) {
                at += if self.slice(at + 1) == "than" { 2 } else { 1 };
            }
            let (length, end) = self.length(at).filter(|_| self.joined(at))?;
            let whole = !matches!(length.unit, Unit::Minute) && length.count <= 1200;
            return (whole && !self.counts_from_elsewhere(end))
                .then_some((DayForm::Hence(length), self.past_origin(end)));
        }
        let (length, end) = self.length(i)?;
        let origin = self.past_origin(end);
        (origin > end).then_some((DayForm::Hence(length), origin))
    }

    /// `of cancellation`, `before the expiry`, `prior to`, `after the maintenance`: the length does not start now.
    fn counts_from_elsewhere(&self, i: usize) -> bool {
        self.has(i, part::EXCEPT) && self.past_origin(i) == i
    }

    /// Past `from now`, `from today`, `from the date of this notice`, `after you receive this email`, `of this notice`.
    pub fn past_origin(&self, i: usize) -> usize {
        if !(self.joined(i) && self.has(i, part::FROM | part::AFTER | part::OF)) {
            return i;
        }
        (i + 1..i + 8)
            .take_while(|at| self.joined(*at) && self.is_word(*at))
            .find(|at| {
                self.is_one_of(
                    *at,
                    &[
                        "now",
                        "today",
                        "heute",
                        "notice",
                        "email",
                        "mail",
                        "message",
                        "letter",
                        "notification",
                        "receipt",
                    ],
                )
            })
            .map_or(i, |at| at + 1)
    }

    /// `30 days`, `two weeks`, `3-day`, `6h`, `45-60 minutes` (the longer), `1.5 hours`, `2h 30m`.
    #[must_use]
    pub fn length(&self, i: usize) -> Option<(Length, usize)> {
        if matches!(self.slice(i), "P" | "PT") {
            return self.iso_length(i);
        }
        let (count, mut at) = match self.number(i) {
            Some((value, digits)) if digits <= 4 && self.may_begin(i) => (value, i + 1),
            Some(_) => return None,
            None => (u32::from(self.senses(i).number).checked_sub(0).filter(|n| *n > 0)?, i + 1),
        };
        let mut count = count;
        if let Some(found) = self.decimal_length(i) {
            return Some(found);
        }
        if self.is(at, '-') && self.number(at + 1).is_some() && self.unit(at + 2).is_some() {
            count = count.max(self.number(at + 1)?.0);
            at += 2;
        } else if self.is(at, '-') && self.unit(at + 1).is_some() {
            at += 1;
        } else if self.is(at, '(') && self.is(at + 2, ')') && self.number(at + 1).is_some() {
            // `thirty (30) days`
            count = self.number(at + 1)?.0;
            at += 3;
        }
        let working = self.is_one_of(at, &["business", "working"]);
        let described = working || self.is_one_of(at, &["calendar", "full", "consecutive"]);
        let at = if described { at + 1 } else { at };
        let unit = self.unit(at).filter(|_| self.joined(at))?;
        let unit = if unit == Unit::Day && working { Unit::BusinessDay } else { unit };
        // A single letter counts only in figures, written close: `4h`, `30d`.
        let letter = self.slice(at).len() == 1;
        if count == 0 || (letter && !(self.number(at.wrapping_sub(1)).is_some() && self.glued(at))) {
            return None;
        }
        if let (Unit::Hour, Some((minutes, end))) = (unit, self.odd_minutes(at + 1)) {
            return Some((Length { count: count.saturating_mul(60) + minutes, unit: Unit::Minute }, end));
        }
        Some((Length { count, unit }, at + 1))
    }

    /// ISO 8601: `PT4H30M`, `P1DT12H`, `P2W`; in minutes where hours or minutes are told.
    fn iso_length(&self, i: usize) -> Option<(Length, usize)> {
        let (mut minutes, mut at, mut timed) = (0_u32, i, self.slice(i) == "PT");
        while self.glued(at + 1) && self.glued(at + 2) {
            let Some((value, 1..=4)) = self.number(at + 1) else { break };
            let each = match (self.slice(at + 2), timed) {
                ("D" | "DT", false) => 24 * 60,
                ("W", false) => 7 * 24 * 60,
                ("H", true) => 60,
                ("M", true) => 1,
                ("S", true) => 0,
                _ => return None,
            };
            timed |= self.slice(at + 2) == "DT";
            minutes = minutes.saturating_add(value.saturating_mul(each));
            at += 2;
        }
        let whole_days = minutes % (24 * 60) == 0;
        let length = if whole_days {
            Length { count: minutes / (24 * 60), unit: Unit::Day }
        } else {
            Length { count: minutes, unit: Unit::Minute }
        };
        (minutes > 0).then_some((length, at + 1))
    }

    /// `30 minutes` behind hours: `2h 30m`, `2 hours and 30 minutes`.
    fn odd_minutes(&self, i: usize) -> Option<(u32, usize)> {
        let at = self.past_word(self.past(i, ','), part::AND);
        let minutes = self.short(at).filter(|m| *m < 60 && self.joined(at))?;
        let named = self.unit(at + 1) == Some(Unit::Minute) || (self.glued(at + 1) && self.is_one_of(at + 1, &["m"]));
        named.then_some((u32::from(minutes), at + 2))
    }

    /// `1.5 hours`, `0,5 h`, in minutes.
    fn decimal_length(&self, i: usize) -> Option<(Length, usize)> {
        let (whole, digits) = self.number(i)?;
        let point = matches!(self.mark(i + 1), Some('.' | ',')) && self.glued(i + 1) && self.glued(i + 2);
        let (tenths, 1) = self.number(i + 2)? else { return None };
        let unit = self.unit(i + 3).filter(|_| self.joined(i + 3))?;
        let minutes = match unit {
            Unit::Hour => whole.saturating_mul(60) + tenths * 6,
            Unit::Day => whole.saturating_mul(24 * 60) + tenths * 144,
            _ => return None,
        };
        (point && digits <= 2).then_some((Length { count: minutes, unit: Unit::Minute }, i + 4))
    }

    /// `end of March 2025`, `early 2026`, `mid-April`, `by end of Q3`, `Ende März 2025`, `late in the third quarter`.
    fn part_of_period(&self, i: usize) -> Option<(DayForm, usize)> {
        let senses = self.senses(i);
        let what = if senses.has(part::END) && !(senses.has(part::LATE) && self.is_one_of(i, &["late"])) {
            Part::End
        } else if senses.has(part::EARLY) {
            Part::Early
        } else if senses.has(part::MID) {
            Part::Mid
        } else if senses.has(part::LATE) {
            Part::Late
        } else {
            return None;
        };
        let mut at = i + 1;
        if self.is(at, '-') && self.glued(at) {
            at += 1;
        }
        for _ in 0..3 {
            if self.joined(at) && self.has(at, part::OF | part::THE | part::IN) && self.month(at).is_none() {
                at += 1;
            }
        }
        let (base, end) = self.period_base(at, true).filter(|_| self.joined(at))?;
        Some((period(base, what), end))
    }

    /// A month with its year, a quarter, a half, a year behind a preposition, `next week`. `bound`: what stands before
    /// makes even a month or year alone a date.
    fn period_base(&self, i: usize, bound: bool) -> Option<(PeriodBase, usize)> {
        self.month_year(i, bound)
            .or_else(|| self.fraction(i))
            .or_else(|| self.week(i))
            .or_else(|| self.relative_period(i))
            .or_else(|| self.bare_year(i, bound))
    }

    fn month_year(&self, i: usize, bound: bool) -> Option<(PeriodBase, usize)> {
        let month = self.month(i)?;
        let after = self.past(i + 1, '.');
        let at = self.past_word(self.past(after, ','), part::OF);
        let joined = self.joined(at) && !(self.is(at + 1, ':') && self.glued(at + 1));
        if let Some(year) = self.year(at).filter(|_| joined && self.may_end(at + 1)) {
            return Some((PeriodBase::Month { year: Some(year), month }, at + 1));
        }
        let announced =
            i > 0 && self.joined(i) && self.has(i - 1, part::IN | part::TO | part::FROM | part::EXCEPT | part::AFTER);
        let alone = self.number(at).is_none() && (bound || announced);
        let clear =
            self.capital(i) && self.slice(i).len() > 3 && !self.has(i, part::WEAK_MONTH) || bound && self.capital(i);
        (alone && clear).then_some((PeriodBase::Month { year: None, month }, i + 1))
    }

    /// `Q3 2025`, `2025 Q3`, `Q1'26`, `third quarter of 2025`, `H2 2024`, `3. Quartal 2025`.
    fn fraction(&self, i: usize) -> Option<(PeriodBase, usize)> {
        let year_before = self.year(i).filter(|_| self.joined(i + 1));
        let at = if year_before.is_some() { self.past(i + 1, '-') } else { i };
        let (index, count, end) = self.fraction_name(at)?;
        if year_before.is_some() {
            return Some((PeriodBase::Fraction { year: year_before, index, count }, end));
        }
        let mut at = self.past_word(self.past(end, ','), part::OF);
        at = self.past_word(at, part::THE);
        if matches!(self.mark(at), Some('\'' | '/' | '-')) && self.number(at + 1).is_some() && self.glued(at + 1) {
            at += 1;
        }
        let year = self.year(at).filter(|_| self.joined(at)).or_else(|| {
            let (value, 2) = self.number(at)? else { return None };
            (self.is(at - 1, '\'') && (15..60).contains(&value))
                .then(|| 2000 + i32::try_from(value).unwrap_or_default())
        });
        let end = if year.is_some() { at + 1 } else { end };
        Some((PeriodBase::Fraction { year, index, count }, end))
    }

    /// `2026-W14`, `KW 14`, `calendar week 14`, `week 14 of 2026`, `in week 14`.
    fn week(&self, i: usize) -> Option<(PeriodBase, usize)> {
        let number = |at: usize| self.short(at).filter(|w| (1..=53).contains(w) && self.may_end(at + 1));
        if let Some(year) = self.year(i) {
            let written = self.is(i + 1, '-') && self.glued(i + 1) && self.glued(i + 2) && self.glued(i + 3);
            let week = number(i + 3).filter(|_| written && matches!(self.slice(i + 2), "W" | "w"))?;
            return Some((PeriodBase::Week { year: Some(year), week }, i + 4));
        }
        let surely = self.is_one_of(i, &["kw", "cw", "kalenderwoche"]);
        let called = self.is_one_of(i, &["calendar", "iso"]) && self.unit(i + 1) == Some(Unit::Week);
        let plain = self.unit(i) == Some(Unit::Week) && self.slice(i).len() > 1;
        if !(surely || called || plain) {
            return None;
        }
        let at = self.past(if called { i + 2 } else { i + 1 }, '.');
        let week = number(at).filter(|_| self.joined(at))?;
        let behind = self.past_word(self.past(self.past(at + 1, ','), '/'), part::OF);
        let year = self.year(behind).filter(|_| self.joined(behind));
        let announced = i > 0 && self.joined(i) && self.has(i - 1, part::IN) && self.unit(at + 1).is_none();
        let end = if year.is_some() { behind + 1 } else { at + 1 };
        (surely || called || year.is_some() || announced).then_some((PeriodBase::Week { year, week }, end))
    }

    fn fraction_name(&self, i: usize) -> Option<(u8, u8, usize)> {
        let word = self.slice(i);
        let alone = i == 0 || !self.glued(i) || matches!(self.mark(i - 1), Some('(' | '"' | '[' | '\''));
        if matches!(word, "Q" | "q" | "H") && self.glued(i + 1) && (alone || self.year(i.saturating_sub(2)).is_some()) {
            let index = self.short(i + 1)?;
            let count = if word == "H" { 2 } else { 4 };
            return ((1..=count).contains(&index) && self.may_end(i + 2)).then_some((index, count, i + 2));
        }
        if let Some(index) = self.short(i) {
            // `3. Quartal`, `3rd quarter`
            let at = self.past(self.past_ordinal_of(i + 1), '.');
            let quarter = self.unit(at) == Some(Unit::Quarter) && at > i + 1;
            return ((1..=4).contains(&index) && quarter).then_some((index, 4, at + 1));
        }
        let quarter = self.unit(i + 1) == Some(Unit::Quarter);
        let half = self.slice(i + 1).eq_ignore_ascii_case("half");
        if !(quarter || half) {
            return None;
        }
        let nth = ORDINALS.iter().position(|words| self.is_one_of(i, words))?;
        let index = u8::try_from(nth + 1).ok()?;
        let count = if quarter { 4 } else { 2 };
        (index <= count).then_some((index, count, i + 2))
    }

    fn past_ordinal_of(&self, i: usize) -> usize {
        if self.glued(i) && self.has(i, part::ORDINAL) { i + 1 } else { i }
    }

    /// `next week`, `this month`, `later this year`, `nächste Woche`, `the coming weeks`, `end of the month`.
    fn relative_period(&self, i: usize) -> Option<(PeriodBase, usize)> {
        let bound_by_end = i > 0 && self.has(i - 1, part::THE) && i > 1;
        let (offset, at) = if self.has(i, part::NEXT) {
            (1, i + 1)
        } else if self.has(i, part::THIS) {
            (0, i + 1)
        } else if bound_by_end && self.unit(i).is_some() {
            (0, i)
        } else {
            return None;
        };
        let unit = self
            .unit(at)
            .filter(|u| self.joined(at) && matches!(u, Unit::Week | Unit::Month | Unit::Quarter | Unit::Year))?;
        let end_before = i > 0 && (self.has(i - 1, part::END | part::OF) || (i > 2 && self.has(i - 2, part::OF)));
        (at > i || end_before).then_some((PeriodBase::Relative { unit, offset }, at + 1))
    }

    /// `in 2025`, `by 2026`, `end of 2019`: a year alone is a date only behind a preposition.
    fn bare_year(&self, i: usize, bound: bool) -> Option<(PeriodBase, usize)> {
        let year = self.year(i)?;
        let announced = i > 0
            && self.joined(i)
            && self.gap(i) != super::token::Gap::None
            && self.has(i - 1, part::IN | part::TO | part::EXCEPT | part::FROM);
        let named = i > 0 && self.is_one_of(i - 1, &["by", "bis", "during", "until", "before", "after"]);
        let ends =
            self.may_end(i + 1) && !matches!(self.mark(i + 1), Some('/' | '-' | ':')) && self.unit(i + 1).is_none();
        ((bound || announced || named) && ends).then_some((PeriodBase::Year(year), i + 1))
    }
}

const fn period(base: PeriodBase, part: Part) -> DayForm {
    DayForm::Period(Period { base, part })
}
