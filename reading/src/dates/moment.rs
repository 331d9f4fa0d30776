//! The grammar of moments: a day and a time beside each other in either order, with zones, and the same instant told in
//! several zones. It must not know what a moment means.

use super::cursor::Tokens;
use super::form::{Clock, Day, DayForm, Moment};
use super::lexicon::part;
use super::token::Gap;
use super::zones::Mark;

impl Tokens<'_> {
    /// A day, a time or both at `i`.
    #[must_use]
    pub fn moment(&self, i: usize) -> Option<(Moment, usize)> {
        if let Some((day, end)) = self.any_day(i) {
            return Some(self.day_first(i, day, end));
        }
        if !self.may_begin_clock(i) {
            return None;
        }
        let (clock, end) = self.clock(i)?;
        Some(self.clock_first(i, clock, end))
    }

    /// A calendar day in any form, relative ones and stretches included.
    fn any_day(&self, i: usize) -> Option<(Day, usize)> {
        self.day(i).or_else(|| self.relative_day(i).map(|(form, end)| (Day { form, weekday: None }, end)))
    }

    fn may_begin_clock(&self, i: usize) -> bool {
        if i == 0 || !self.glued(i) {
            return true;
        }
        match self.mark(i - 1) {
            Some(c) => !matches!(c, '.' | '_' | '#' | '$' | '€' | '+' | ':' | '/' | '%' | '&'),
            None => self.slice(i - 1) == "T",
        }
    }

    fn day_first(&self, i: usize, mut day: Day, end: usize) -> (Moment, usize) {
        let mut clock = None;
        let mut zone = None;
        let mut others = Vec::new();
        let mut at = end;
        if let Some((found, after)) = self.clock_behind_day(end) {
            let Behind { clock: found_clock, zone: found_zone, others: found_others } = found;
            (clock, zone, others, at) = (Some(found_clock), found_zone, found_others, after);
        } else if let Some((found, after)) = self.zone_behind_day(end) {
            (zone, at) = (Some(found), after);
        }
        // ctime: `Sat Jul 15 05:45:57 PM UTC 2023`
        if let DayForm::Named { year: year @ None, .. } = &mut day.form
            && let Some(found) = self.year(at).filter(|_| clock.is_some() && self.gap(at) == Gap::Space)
        {
            *year = Some(found);
            at += 1;
        }
        (Moment { day: Some(day), clock, zone, others, range: self.bytes(i, at) }, at)
    }

    /// A bare date may be given a zone: `5 March 2024 (UTC)`, `2024-03-05Z`, `31 May 2024 PST`.
    fn zone_behind_day(&self, i: usize) -> Option<(Mark, usize)> {
        let (zone, end) = self.zone(i)?;
        let worded = self.is(i, '(') || (self.is_word(i) && self.slice(i).bytes().all(|b| b.is_ascii_uppercase()));
        worded.then_some((zone, end))
    }

    /// `, 09:00 AM PDT`, ` at 17:08 UTC`, `T17:08:50Z`, ` (11:59 pm UTC)`, ` from 4pm`, ` - 22:00 GMT`.
    fn clock_behind_day(&self, i: usize) -> Option<(Behind, usize)> {
        if !self.joined(i) {
            return None;
        }
        if self.is(i, '(') {
            let inside = self.past_word(i + 1, part::AT);
            let (clock, end) = self.clock(inside)?;
            let (zone, others, end) = self.zone_and_others(end);
            return self.is(end, ')').then_some((Behind { clock, zone, others }, end + 1));
        }
        let mut at = i;
        for _ in 0..3 {
            let joint = matches!(self.mark(at), Some(',' | ';' | '@' | '|'))
                || (self.is(at, '-') && !self.glued(at) && self.is(at + 2, ':'))
                || (self.is(at, '-') && self.glued(at) && self.glued(at + 1) && self.is(at + 2, ':'))
                || (self.is(at, ':') && self.gap(at + 1) == Gap::Space && at == i)
                || self.has(at, part::AT | part::FROM | part::BETWEEN | part::AFTER | part::THE)
                || self.is_time_label(at)
                || (matches!(self.slice(at), "T" | "t") && self.glued(at) && self.glued(at + 1));
            if !(joint && self.joined(at) && self.joined(at + 1)) {
                break;
            }
            // `kl. 14.25`
            at = if self.has(at, part::AT) { self.past(at + 1, '.') } else { at + 1 };
        }
        // A zone may come first: `12 June, UTC 22:00`.
        let (early, at) = match self.is_word(at).then(|| self.zone(at)).flatten() {
            Some((zone, after)) if self.clock(after).is_some() => (Some(zone), after),
            _ => (None, at),
        };
        if self.gap(at) >= Gap::Break {
            return None;
        }
        let (clock, end) = self.clock(at).or_else(|| self.bare_time(i, at))?;
        let (zone, others, end) = self.zone_and_others(end);
        Some((Behind { clock, zone: zone.or(early), others }, end))
    }

    /// `, time: 22:00` and the like between a day and its time.
    fn is_time_label(&self, i: usize) -> bool {
        matches!(self.slice(i), "time" | "Time" | "Uhrzeit" | "hora" | "heure")
    }

    /// After a day and `at` or `T`, four digits are a time: `12 June at 2200`, `20241113T1000Z`; so are `14.25` and six digits.
    fn bare_time(&self, i: usize, at: usize) -> Option<(Clock, usize)> {
        let announced = at > i && (self.has(at - 1, part::AT) || matches!(self.slice(at - 1), "T" | "t"));
        let (value, digits) = self.number(at)?;
        let (hour, minute, second) = match digits {
            4 if announced => (value / 100, value % 100, 0),
            6 if announced && self.glued(at) => (value / 10_000, value / 100 % 100, value % 100),
            1 | 2 if self.is(at + 1, '.') && self.glued(at + 1) && self.glued(at + 2) => {
                let (minute, 2) = self.number(at + 2)? else { return None };
                return (value < 24 && minute < 60 && self.may_end(at + 3))
                    .then_some((Clock { seconds: value * 3600 + minute * 60, meridiem: false, open: false }, at + 3));
            }
            _ => return None,
        };
        (hour <= 24 && minute < 60 && second <= 60)
            .then_some((Clock { seconds: hour * 3600 + minute * 60 + second, meridiem: false, open: false }, at + 1))
    }

    /// The zone behind a time, and the same instant in other zones behind that: ` PDT / 5:00 pm UTC`, ` CET (13:00 UTC)`.
    fn zone_and_others(&self, i: usize) -> (Option<Mark>, Vec<(Clock, Mark)>, usize) {
        let Some((zone, mut at)) = self.zone(i) else { return (None, Vec::new(), i) };
        let mut others = Vec::new();
        while others.len() < 4 {
            let Some((other, after)) = self.other_zone(at) else { break };
            others.push(other);
            at = after;
        }
        (Some(zone), others, at)
    }

    fn other_zone(&self, i: usize) -> Option<((Clock, Mark), usize)> {
        let bracket = self.is(i, '(') || self.is(i, '[');
        let joint = bracket || matches!(self.mark(i), Some('/' | '=' | ',' | ';' | '|'));
        if !joint || !self.joined(i) || self.gap(i + 1) >= Gap::Break {
            return None;
        }
        let (clock, end) = self.clock(i + 1)?;
        let (zone, end) = self.zone(end)?;
        if bracket && !matches!(self.mark(end), Some(')' | ']' | ',' | ';' | '/')) {
            return None;
        }
        Some(((clock, zone), if bracket && matches!(self.mark(end), Some(')' | ']')) { end + 1 } else { end }))
    }

    fn clock_first(&self, i: usize, clock: Clock, end: usize) -> (Moment, usize) {
        let (mut zone, others, mut at) = self.zone_and_others(end);
        let mut day = None;
        if let Some((found, after)) = self.day_behind_clock(at) {
            (day, at) = (Some(found), after);
            if let (None, Some((late, after))) = (zone, self.zone(at)) {
                (zone, at) = (Some(late), after);
            }
        }
        (Moment { day, clock: Some(clock), zone, others, range: self.bytes(i, at) }, at)
    }

    /// `on 16 Sep 2024`, `, Thursday 12 June`, ` of March 5`, ` 06/12/2021`.
    fn day_behind_clock(&self, i: usize) -> Option<(Day, usize)> {
        let mut at = i;
        for _ in 0..2 {
            let joint = self.is(at, ',')
                || self.is(at, '|')
                || (self.is(at, '-') && !self.glued(at))
                || self.has(at, part::ON | part::OF | part::THE);
            if !(joint && self.joined(at)) || self.any_day(at).is_some() {
                break;
            }
            at += 1;
        }
        let open = self.is(at, '(');
        let at = if open { at + 1 } else { at };
        if self.gap(at) >= Gap::Break || (self.is(at.wrapping_sub(1), '-') && self.any_day_is_range_end(at)) {
            return None;
        }
        let (day, end) = self.any_day(at)?;
        if matches!(day.form, DayForm::Period(_) | DayForm::Hence(_)) {
            return None;
        }
        if open {
            return self.is(end, ')').then_some((day, end + 1));
        }
        Some((day, end))
    }

    /// In `22:00 - 5 May 04:00` the dash is a range: a time stands behind the day.
    fn any_day_is_range_end(&self, i: usize) -> bool {
        self.any_day(i).is_some_and(|(_, end)| self.clock_behind_day(end).is_some())
    }
}

struct Behind {
    clock: Clock,
    zone: Option<Mark>,
    others: Vec<(Clock, Mark)>,
}
