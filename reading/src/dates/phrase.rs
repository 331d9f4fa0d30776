//! The grammar of whole phrases: moments, ranges of them, lengths. Owns the walk over a text. It must not resolve
//! anything: what it gives still has open orders, missing years and times without a day.

use super::cursor::Tokens;
use super::form::{Clock, Day, DayForm, Moment, Phrase};
use super::lexicon::{Unit, part};
use super::token::Gap;
use super::zones::Mark;

/// Every phrase of a text, in order, without overlaps. Each position is tried with a bounded look ahead.
#[must_use]
pub fn phrases(tokens: Tokens<'_>) -> Vec<Phrase> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.tokens.len() {
        match tokens.phrase(i) {
            Some((mut phrase, end)) if end > i => {
                phrase.zone_if_none(|| tokens.zone_before(i));
                found.push(phrase);
                i = end;
            }
            _ => i += 1,
        }
    }
    found
}

impl Phrase {
    /// Gives the zone that stands before a phrase to what has none of its own.
    fn zone_if_none(&mut self, zone: impl Fn() -> Option<Mark>) {
        let own = match self {
            Self::Moment(moment) | Self::Lasting { from: moment, .. } if moment.zone.is_none() => {
                moment.zone = zone();
                return;
            }
            Self::Span { from, to, .. } if from.zone.is_none() && to.zone.is_none() => [&mut from.zone, &mut to.zone],
            _ => return,
        };
        let found = zone();
        for zone in own {
            *zone = found;
        }
    }
}

impl Tokens<'_> {
    /// A zone as the label of what begins at `i`: `UTC: `, `Start (GMT): `, `LOCAL TIME: `, `UTC 10:00`.
    fn zone_before(&self, i: usize) -> Option<Mark> {
        let end = if i > 1 && self.is(i - 1, ':') { i - 1 } else { i };
        let close = end.checked_sub(1)?;
        let bracketed = matches!(self.mark(close), Some(')' | ']'));
        let stop = if bracketed { close } else { end };
        (1..=4).filter_map(|width| stop.checked_sub(width)).find_map(|at| {
            let (mark, after) = self.zone_plain(at)?;
            (after == stop && (bracketed || end < i || mark.is_utc())).then_some(mark)
        })
    }

    fn phrase(&self, i: usize) -> Option<(Phrase, usize)> {
        if !self.may_start(i) {
            return None;
        }
        if let Some(found) = self.lasting(i) {
            return Some(found);
        }
        if let Some(found) = self.weekly(i) {
            return Some(found);
        }
        let opened = self.has(i, part::FROM | part::BETWEEN);
        if opened && let Some(found) = self.span(self.past_the_hours(i + 1), i, self.has(i, part::BETWEEN)) {
            return Some(found);
        }
        if let Some(found) = self.span(i, i, false) {
            return Some(found);
        }
        if let Some((moment, end)) = self.moment(i) {
            return Some((Phrase::Moment(moment), end));
        }
        let (length, end) = self.length(i)?;
        Some((Phrase::Length { length, range: self.bytes(i, end) }, end))
    }

    /// `between the hours of 7am and 7pm`
    fn past_the_hours(&self, i: usize) -> usize {
        // `entre las 01:00 y las 05:00`
        if self.has(i, part::THE | part::AT) && self.is(i + 2, ':') {
            return i + 1;
        }
        // `tra il 6 e il 7 marzo`
        if self.has(i, part::THE | part::AT) && self.short(i + 1).is_some() && !self.glued(i + 1) {
            return i + 1;
        }
        let at = self.past_word(i, part::THE);
        if self.unit(at) == Some(Unit::Hour) && self.has(at + 1, part::OF) { at + 2 } else { i }
    }

    /// Whether a phrase can begin here at all: the quick no for most tokens.
    fn may_start(&self, i: usize) -> bool {
        match self.get(i).map(|t| t.kind) {
            Some(super::token::Kind::Number { .. }) => true,
            Some(super::token::Kind::Word(senses)) => {
                senses != super::lexicon::Senses::default()
                    || matches!(
                        self.slice(i).as_bytes(),
                        [b'H' | b'h']
                            | [b'F' | b'f', b'i', b'r', ..]
                            | [b'S' | b's', b'e', b'c', ..]
                            | [b'T' | b't', b'h', b'i', ..]
                            | [b'F' | b'f', b'o', b'u', ..]
                            | [b'K' | b'C', b'W']
                            | [b'K', b'a', b'l', b'e', b'n', b'd', b'e', b'r', b'w', ..]
                            | [b'C' | b'c', b'a', b'l', b'e', b'n', ..]
                            | [b'I', b'S', b'O']
                            | [b'P']
                            | [b'P', b'T']
                    )
            }
            Some(super::token::Kind::Mark(c)) => matches!(c, '月' | '火' | '水' | '木' | '金' | '土' | '日'),
            _ => false,
        }
    }

    /// The token that makes a range of what stands on both sides, and where the second begins.
    fn connector(&self, i: usize, between: bool) -> Option<usize> {
        if !self.joined(i) {
            return None;
        }
        if let Some(mark) = self.mark(i) {
            let arrow = (mark == '-' && self.is(i + 1, '>') && self.glued(i + 1)) || mark == '→';
            if arrow {
                return Some(if mark == '-' { i + 2 } else { i + 1 });
            }
            // ISO 8601 intervals: `2026-03-17T01:00:00Z/2026-03-17T05:00:00Z`
            if mark == '/' && self.glued(i) && self.glued(i + 1) && self.year(i + 1).is_some() && self.is(i + 2, '-') {
                return Some(i + 1);
            }
            if mark == '-' && self.is(i + 1, '-') && self.glued(i + 1) {
                return Some(i + 2);
            }
            return matches!(mark, '-' | '~').then_some(i + 1);
        }
        if self.has(i, part::TO) || (between && self.has(i, part::AND)) {
            let mut end = i + 1;
            // `up to and including`, `bis zum`
            if self.slice(end).eq_ignore_ascii_case("and") && self.slice(end + 1).eq_ignore_ascii_case("including") {
                end += 2;
            }
            let article = self.has(end, part::THE | part::AT) || matches!(self.slice(end), "zum" | "including");
            if article && self.joined(end + 1) && !self.has(end, part::NOON | part::MIDNIGHT) {
                end += 1;
            }
            return Some(end);
        }
        None
    }

    /// Two moments and what joins them, from `i`; the phrase begins at `first` where a word such as `from` opens it.
    fn span(&self, i: usize, first: usize, between: bool) -> Option<(Phrase, usize)> {
        if let Some(found) = self.days_of_month(i, first, between) {
            return Some(found);
        }
        if let Some(found) = self.daily(i, first) {
            return Some(found);
        }
        let (mut from, end) =
            self.moment(i).map(|(m, end)| self.with_open_hour(i, m, end)).or_else(|| self.open_hour(i, first))?;
        // `12 June between 10:00 and 12:00`: the moment took the opening word.
        let inner = (i..end).any(|at| self.has(at, part::BETWEEN));
        let start_label = self.past_start_word(end);
        let second = self.connector(start_label, between || inner)?;
        let second = self.past_end_word(second);
        if self.gap(second) >= Gap::Break {
            return None;
        }
        if let Some((from, to, end)) = self.share_day(&mut from, second) {
            let (to, end, daily, from) = self.with_daily_times(from, to, end);
            return Some((Phrase::Span { from, to, daily, range: self.bytes(first, end) }, end));
        }
        None
    }

    /// A day behind which a range begins with an hour alone: `2 March from 4 to 10pm`.
    fn with_open_hour(&self, i: usize, moment: Moment, end: usize) -> (Moment, usize) {
        let at = self.past(end, ',');
        if moment.day.is_none()
            || moment.clock.is_some()
            || !(self.joined(at) && self.has(at, part::FROM | part::BETWEEN))
        {
            return (moment, end);
        }
        match self.open_hour(at + 1, at) {
            Some((hour, after)) => (Moment { clock: hour.clock, range: self.bytes(i, after), ..moment }, after),
            None => (moment, end),
        }
    }

    /// `May 2 through May 7 between 7am and 7pm`: days, and the times that hold on each of them.
    fn daily(&self, i: usize, first: usize) -> Option<(Phrase, usize)> {
        let moment = |day, zone| Moment { day: Some(day), clock: None, zone, others: Vec::new(), range: 0..0 };
        let (from, end) = self.day(i)?;
        let second = self.connector(end, false)?;
        let (to, end) = self.day(second).filter(|_| self.joined(second))?;
        let (mut a, mut b) = (moment(from, None), moment(to, None));
        share_year(&mut a, &mut b);
        let (to, end, daily, from) = self.with_daily_times(a, b, end);
        daily.then(|| (self.one_night(first, from, to, self.bytes(first, end)), end))
    }

    /// `(start)` behind the first and `(end)` before the second are passed over.
    fn past_start_word(&self, i: usize) -> usize {
        let bracketed = self.is(i, '(') && self.is(i + 2, ')') && self.has(i + 1, part::FROM | part::EARLY);
        if bracketed { i + 3 } else { i }
    }

    fn past_end_word(&self, i: usize) -> usize {
        let colon = self.has(i, part::END) && self.is(i + 1, ':');
        if colon { i + 2 } else { i }
    }

    /// `4` in `from 4 to 10pm`, `22` in `22-04 UTC`: an hour alone, where the other side is a time.
    fn open_hour(&self, i: usize, first: usize) -> Option<(Moment, usize)> {
        let hour = self.short(i).filter(|h| *h <= 24)?;
        let second = self.connector(i + 1, first < i)?;
        let (clock, _) = self.clock(second)?;
        // `22-04:00` and `4 to 10pm` are times; `4 to 10` is not.
        let whole_hours = first < i && clock.seconds % 3600 == 0;
        if !clock.meridiem && !self.is(second + 1, ':') && !whole_hours {
            return None;
        }
        let clock = Clock { seconds: u32::from(hour) * 3600, meridiem: false, open: hour <= 12 };
        let range = self.bytes(i, i + 1);
        Some((Moment { day: None, clock: Some(clock), zone: None, others: Vec::new(), range }, i + 1))
    }

    /// The second moment of a range, with what it shares with the first: day, zone, half of the day, month and year.
    fn share_day(&self, from: &mut Moment, second: usize) -> Option<(Moment, Moment, usize)> {
        let mut first = from.clone();
        let (mut to, end) = self.moment(second).or_else(|| self.bare_hour_behind(from, second))?;
        match (first.day, to.day, first.clock, to.clock) {
            // `8 days to 10:00` and the like are no ranges.
            (None, Some(_), None, _) | (None, None, _, None) | (None, None, None, _) => return None,
            // A day, then only a time: not a range unless the day had a time.
            (Some(_), None, None, Some(_)) => return None,
            // A time, then only a day: `22:00 to 5 May` is none.
            (_, Some(_), Some(_), None) if first.day.is_none() => return None,
            _ => {}
        }
        if matches!(first.day.map(|d| d.form), Some(DayForm::Hence(_)))
            || matches!(to.day.map(|d| d.form), Some(DayForm::Hence(_)))
        {
            return None;
        }
        share_zone(&mut first, &mut to);
        share_half(&mut first, &mut to);
        if first.day.is_none() {
            // `08:00 to 10:30 UTC on 24 September`: the day is everybody's, and the range ends on it or begins there.
            first.day = to.day;
        }
        share_year(&mut first, &mut to);
        let (next_day, end) = self.next_day(end);
        if next_day {
            to = Moment { day: Some(shifted(first.day, 1)?), ..to };
        }
        Some((first, to, end))
    }

    /// The second hour alone, behind a full first time: `22:00-04 UTC`, `7am - 9`.
    fn bare_hour_behind(&self, from: &Moment, i: usize) -> Option<(Moment, usize)> {
        from.clock?;
        let hour = self.short(i).filter(|h| *h <= 24)?;
        let (zone, end) = self.zone(i + 1)?;
        let clock = Clock { seconds: u32::from(hour) * 3600, meridiem: false, open: hour <= 12 };
        Some((
            Moment { day: None, clock: Some(clock), zone: Some(zone), others: Vec::new(), range: self.bytes(i, end) },
            end,
        ))
    }

    /// `next day`, `(next day)`, `the following day`, `(+1)`, `+1 day`, `am Folgetag`.
    fn next_day(&self, i: usize) -> (bool, usize) {
        let open = self.is(i, '(');
        let mut at = self.past_word(self.past(if open { i + 1 } else { i }, ','), part::ON);
        at = self.past_word(at, part::THE);
        let plus = self.is(at, '+') && self.short(at + 1) == Some(1);
        let end = if plus {
            if self.unit(at + 2) == Some(Unit::Day) { at + 3 } else { at + 2 }
        } else if self.has(at, part::NEXT) && self.unit(at + 1) == Some(Unit::Day) {
            at + 2
        } else if matches!(self.slice(at), "Folgetag" | "Folgetags" | "lendemain") {
            at + 1
        } else {
            return (false, i);
        };
        if open {
            return if self.is(end, ')') { (true, end + 1) } else { (false, i) };
        }
        (self.joined(at), end)
    }

    /// `May 2 through May 7 between 7am and 7pm PDT`: behind a range of days, a range of times holds for each of them.
    fn with_daily_times(&self, from: Moment, to: Moment, end: usize) -> (Moment, usize, bool, Moment) {
        let days_only = from.clock.is_none() && to.clock.is_none() && from.day.is_some() && to.day.is_some();
        if !days_only {
            return (to, end, false, from);
        }
        let mut at = self.past(end, ',');
        while self.joined(at)
            && at < end + 5
            && (self.has(at, part::FROM | part::BETWEEN | part::AT | part::THE)
                || self.unit(at).is_some()
                || self.is_daily_word(at))
        {
            at += 1;
        }
        let found =
            self.moment(at).filter(|(m, _)| m.day.is_none() && self.joined(at)).and_then(|(mut start, after)| {
                let second = self.connector(after, true)?;
                let (mut stop, after) = self.moment(second).filter(|(m, _)| m.day.is_none())?;
                share_zone(&mut start, &mut stop);
                share_half(&mut start, &mut stop);
                Some((start, stop, after))
            });
        match found {
            Some((start, stop, after)) => {
                let to = Moment { clock: stop.clock, zone: stop.zone.or(to.zone), ..to };
                let from = Moment { clock: start.clock, zone: start.zone.or(from.zone), ..from };
                (to, after, true, from)
            }
            None => (to, end, false, from),
        }
    }

    /// Days with times that hold on each of them; in `the night from 6 to 7 March, 23:00 to 05:00` they hold once.
    fn one_night(&self, first: usize, mut from: Moment, mut to: Moment, range: std::ops::Range<usize>) -> Phrase {
        const NOON: u32 = 43_200;
        const NIGHTS: &[&str] = &["night", "nacht", "nuit", "notte", "noche", "noite", "natten", "natt", "noci"];
        let is_night = (first.saturating_sub(4)..=first).any(|at| self.is_one_of(at, NIGHTS));
        let (Some(a), Some(b)) = (from.clock, to.clock) else { return Phrase::Span { from, to, daily: true, range } };
        if is_night && a.seconds < b.seconds {
            if b.seconds <= NOON {
                from.day = to.day;
            } else {
                to.day = from.day;
            }
        }
        Phrase::Span { from, to, daily: !is_night, range }
    }

    fn is_daily_word(&self, i: usize) -> bool {
        matches!(self.slice(i), "daily" | "nightly" | "each" | "every" | "hours" | "taglich" | "täglich" | "jeweils")
    }

    /// `June 3-5, 2024`, `5 to 6 March`, `3. bis 5. Juni`: days that share their month.
    fn days_of_month(&self, i: usize, first: usize, between: bool) -> Option<(Phrase, usize)> {
        let range = |day_a: DayForm, day_b: DayForm, end: usize| {
            let moment = |form| Moment {
                day: Some(Day { form, weekday: None }),
                clock: None,
                zone: None,
                others: Vec::new(),
                range: self.bytes(i, end),
            };
            let (to, end, daily, from) = self.with_daily_times(moment(day_a), moment(day_b), end);
            let range = self.bytes(first, end);
            let phrase =
                if daily { self.one_night(first, from, to, range) } else { Phrase::Span { from, to, daily, range } };
            Some((phrase, end))
        };
        if let Some(day_a) = self.short(i).filter(|_| self.may_begin(i)) {
            // 5 to 6 March 2025
            let at = self.past(self.past_ordinal_at(i + 1), '.');
            let second = self.connector(at, between)?;
            let (day, end) = self.day(second)?;
            let DayForm::Named { year, month, day: day_b } = day.form else { return None };
            let plain = self.short(second).is_some() && (1..day_b).contains(&day_a);
            return if plain { range(DayForm::Named { year, month, day: day_a }, day.form, end) } else { None };
        }
        let (day, end) = self.month(i).and_then(|_| self.day(i))?;
        let DayForm::Named { year, month, day: day_a } = day.form else { return None };
        if year.is_some() {
            return None;
        }
        // June 3-5, 2024
        let second = self.connector(end, between)?;
        let day_b = self.short(second).filter(|b| *b > day_a && *b <= 31 && self.joined(second))?;
        let after = self.past_ordinal_at(second + 1);
        if (self.is(after, ':') && self.glued(after)) || self.clock(second).is_some_and(|(c, _)| c.meridiem) {
            return None;
        }
        let at = self.past(after, ',');
        let year = self.year(at).filter(|_| self.joined(at));
        let end = if year.is_some() { at + 1 } else { after };
        let form = |day| DayForm::Named { year, month, day };
        range(form(day_a), form(day_b), end)
    }

    fn past_ordinal_at(&self, i: usize) -> usize {
        if self.glued(i) && self.has(i, part::ORDINAL) { i + 1 } else { i }
    }

    /// `3 weeks following January 4`, `for 4 hours from 10:00 UTC on 5 May`, `two days starting 2024-05-01`.
    fn lasting(&self, i: usize) -> Option<(Phrase, usize)> {
        let (length, end) = self.length(i)?;
        if self.past_origin(end) > end
            || !(self.joined(end) && self.has(end, part::AFTER) && !self.slice(end).eq_ignore_ascii_case("von"))
        {
            return None;
        }
        let mut at = self.past_word(end + 1, part::FROM | part::ON);
        at = self.past_word(at, part::THE);
        let (from, after) = self.moment(at).filter(|_| self.joined(at))?;
        from.day?;
        Some((Phrase::Lasting { from, length, range: self.bytes(i, after) }, after))
    }

    /// `Wednesdays 22:30 to Thursdays 02:30 UTC`.
    fn weekly(&self, i: usize) -> Option<(Phrase, usize)> {
        let (first, at) = self.weekday_and_clock(i)?;
        let second = self.connector(at, false)?;
        let (second, end) = self.weekday_and_clock(second)?;
        let zone: Option<(Mark, usize)> = self.zone(end);
        let end = zone.map_or(end, |(_, e)| e);
        Some((Phrase::Weekly { from: first, to: second, zone: zone.map(|(z, _)| z), range: self.bytes(i, end) }, end))
    }

    fn weekday_and_clock(&self, i: usize) -> Option<((u8, Clock), usize)> {
        let weekday = self.weekday(i)?;
        let at = self.past_word(self.past(i + 1, ','), part::AT);
        let (clock, end) = self.clock(at).filter(|_| self.joined(at) && self.is(at + 1, ':'))?;
        let end = self.zone(end).map_or(end, |(_, e)| if self.connector(e, false).is_some() { e } else { end });
        Some(((weekday, clock), end))
    }
}

fn share_zone(from: &mut Moment, to: &mut Moment) {
    if from.zone.is_none() {
        from.zone = to.zone;
    } else if to.zone.is_none() {
        to.zone = from.zone;
    }
}

/// `4 to 10pm`: the first takes the half of the day that makes the range shortest, its own or the other's.
fn share_half(from: &mut Moment, to: &mut Moment) {
    const HALF: u32 = 43_200;
    let (Some(a), Some(b)) = (from.clock.as_mut(), to.clock.as_mut()) else { return };
    if a.open && !a.meridiem && b.meridiem {
        let hour = a.seconds % HALF;
        let afternoon = b.seconds >= HALF;
        a.seconds = if afternoon && hour + HALF < b.seconds { hour + HALF } else { hour };
        a.meridiem = true;
    } else if a.meridiem && b.open && !b.meridiem {
        let hour = b.seconds % HALF;
        b.seconds = if hour + HALF > a.seconds && a.seconds >= HALF { hour + HALF } else { hour };
        b.meridiem = true;
    }
}

/// `5 May 22:00 to 6 May 2024 04:00`: a missing year or month is the other side's.
fn share_year(from: &mut Moment, to: &mut Moment) {
    let (Some(a), Some(b)) = (from.day.as_mut(), to.day.as_mut()) else { return };
    match (&mut a.form, &mut b.form) {
        (DayForm::Named { year: first @ None, month: m1, .. }, DayForm::Named { year: Some(y), month: m2, .. }) => {
            *first = Some(if *m1 > *m2 { *y - 1 } else { *y });
        }
        (DayForm::Named { year: Some(y), month: m1, .. }, DayForm::Named { year: second @ None, month: m2, .. }) => {
            *second = Some(if *m1 > *m2 { *y + 1 } else { *y });
        }
        _ => {}
    }
}

/// The same day, so many days later; only where the form can say it.
fn shifted(day: Option<Day>, days: u8) -> Option<Day> {
    let day = day?;
    Some(match day.form {
        DayForm::Named { year: Some(year), month, day: d } => {
            let date = chrono::NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(d))?;
            let next = date.checked_add_days(chrono::Days::new(u64::from(days)))?;
            use chrono::Datelike;
            let form = DayForm::Named {
                year: Some(next.year()),
                month: u8::try_from(next.month()).ok()?,
                day: u8::try_from(next.day()).ok()?,
            };
            Day { form, weekday: None }
        }
        // The resolver puts an end that is not after its beginning on the next day by itself.
        _ => Day { weekday: None, ..day },
    })
}
