//! The grammar of clock times and of the zones beside them. Each rule looks at a fixed number of tokens and gives what it
//! read and the position after it. It must not look at dates.

use chrono::FixedOffset;

use super::cursor::Tokens;
use super::form::Clock;
use super::lexicon::{fold, part};
use super::zones::{self, Mark};

const DAY: u32 = 86_400;

fn seconds(hour: u32, minute: u32, second: u32) -> Option<u32> {
    let total = hour * 3600 + minute * 60 + second;
    (minute < 60 && second <= 60 && total <= DAY).then_some(total)
}

impl Tokens<'_> {
    /// A time of day: `17:08:50`, `9:00 AM`, `14h00`, `14.25 Uhr`, `4pm`, `1400 UTC`, `noon`, `T00:00:00.000`.
    #[must_use]
    pub fn clock(&self, i: usize) -> Option<(Clock, usize)> {
        if self.has(i, part::NOON | part::MIDNIGHT) && self.has(i, part::NOON) != self.has(i, part::MIDNIGHT) {
            let seconds = if self.has(i, part::NOON) { DAY / 2 } else { 0 };
            return Some((Clock { seconds, meridiem: true, open: false }, i + 1));
        }
        let (value, digits) = self.number(i)?;
        match digits {
            1 | 2 => self.clock_from_hour(i, value),
            4 => self.clock_of_four_digits(i, value),
            _ => None,
        }
    }

    fn clock_from_hour(&self, i: usize, hour: u32) -> Option<(Clock, usize)> {
        if hour > 24 {
            return None;
        }
        if let Some((minute, mut end)) = self.clock_minutes(i) {
            let mut second = 0;
            if let Some((s, after)) = self.clock_minutes_after(end) {
                second = s;
                end = self.past_fraction(after);
            }
            return self.with_meridiem(hour, minute, second, end);
        }
        // 14h, 14h00, 14u30, 14 h 00
        if self.glued(i + 1) && self.has(i + 1, part::HOUR_MARK) {
            let glued_minutes =
                self.glued(i + 2).then(|| self.number(i + 2)).flatten().filter(|(m, d)| *d == 2 && *m < 60);
            return match glued_minutes {
                Some((minute, _)) => self.with_meridiem(hour, minute, 0, i + 3),
                // `4h` alone is a length.
                None if self.hour_is_announced(i) => self.with_meridiem(hour, 0, 0, i + 2),
                None => None,
            };
        }
        // 4pm, 4 p.m.
        let (clock, end) = self.with_meridiem(hour, 0, 0, i + 1)?;
        if clock.meridiem {
            return Some((clock, end));
        }
        // 14 Uhr, 4 o'clock
        (self.joined(i + 1) && self.is_oclock(i + 1)).then(|| (Clock { open: false, ..clock }, i + 2))
    }

    fn hour_is_announced(&self, i: usize) -> bool {
        i > 0
            && (self.has(i - 1, part::AT | part::FROM | part::TO | part::BETWEEN | part::AND)
                || self.is(i - 1, '-')
                || self.number(i - 1).is_some())
    }

    fn is_oclock(&self, i: usize) -> bool {
        self.has(i, part::OCLOCK) && matches!(self.slice(i), "Uhr" | "uhr" | "uur" | "ч" | "час" | "часов" | "heures")
    }

    /// `:MM` or `.MM` after the hour at `i`. A full stop counts only where the time is announced as one.
    fn clock_minutes(&self, i: usize) -> Option<(u32, usize)> {
        let colon = self.is(i + 1, ':') && self.glued(i + 1);
        let stop = self.is(i + 1, '.') && self.glued(i + 1) && self.glued(i + 2) && self.stop_is_clock(i);
        // Some senders leave blanks in their clock times (`23: 25: 00`).
        let spread = colon && !self.glued(i + 2) && self.is(i + 3, ':') && self.glued(i + 3);
        if !(stop || (colon && (self.glued(i + 2) || spread))) {
            return None;
        }
        let (minute, digits) = self.number(i + 2)?;
        (digits == 2 && minute < 60).then_some((minute, i + 3))
    }

    fn clock_minutes_after(&self, i: usize) -> Option<(u32, usize)> {
        if !(self.glued(i) && matches!(self.mark(i), Some(':' | '.'))) {
            return None;
        }
        let (second, digits) = self.number(i + 1)?;
        // A full stop before seconds is one only after another full stop: `14.25.08`, not `14:25.08`.
        let alike = self.mark(i) == self.mark(i.wrapping_sub(2));
        let close = self.glued(i + 1) || self.is(i, ':');
        (digits == 2 && second <= 60 && alike && close).then_some((second, i + 2))
    }

    /// Whether `14.25` at `i` is a time: after a word for `at`, or before a word for `o'clock`, or with seconds.
    fn stop_is_clock(&self, i: usize) -> bool {
        let before = if i > 1 && self.is(i - 1, '.') { i - 2 } else { i.wrapping_sub(1) };
        let dotted_before =
            i > 3 && self.is(i - 3, '.') && self.number(i - 2).is_some() && self.number(i - 4).is_some();
        let ranged = dotted_before && (self.is(i - 1, '-') || self.has(i - 1, part::TO));
        let announced = self.has(before, part::AT) || ranged;
        let named = self.is_oclock(i + 3) || self.has(i + 3, part::AM | part::PM);
        let with_seconds = self.is(i + 3, '.')
            && self.glued(i + 3)
            && self.glued(i + 4)
            && self.short(i + 4).is_some()
            && !(self.is(i + 5, '.') && self.glued(i + 5) && self.glued(i + 6) && self.number(i + 6).is_some());
        let two_digits = self.number(i + 2).is_some_and(|(m, d)| d == 2 && m < 60);
        two_digits && (announced || named || (with_seconds && self.number(i).is_some_and(|(_, d)| d == 2)))
    }

    /// Past `.123` or `,123` after seconds.
    fn past_fraction(&self, i: usize) -> usize {
        let fraction = self.glued(i)
            && matches!(self.mark(i), Some('.' | ','))
            && self.glued(i + 1)
            && self.number(i + 1).is_some();
        if fraction { i + 2 } else { i }
    }

    fn with_meridiem(&self, hour: u32, minute: u32, second: u32, end: usize) -> Option<(Clock, usize)> {
        let Some((afternoon, after)) = self.meridiem(end) else {
            // `2:30 o'clock`, `14:00 Uhr`, `14:00 hrs`: the word adds nothing.
            let oclock = self.joined(end) && self.has(end, part::OCLOCK) && !self.has(end, part::AM);
            let end = if oclock { end + 1 } else { end };
            let open = hour > 0 && hour <= 12;
            return Some((Clock { seconds: seconds(hour, minute, second)?, meridiem: false, open }, end));
        };
        if hour == 0 || hour > 12 {
            // `17:00 PM` says its hour twice; `0:30 AM` is plain.
            return Some((Clock { seconds: seconds(hour, minute, second)?, meridiem: true, open: false }, after));
        }
        let hour = hour % 12 + if afternoon { 12 } else { 0 };
        Some((Clock { seconds: seconds(hour, minute, second)?, meridiem: true, open: false }, after))
    }

    /// `am`, `PM`, `a.m.`, `p. m.`: whether it is the afternoon.
    fn meridiem(&self, i: usize) -> Option<(bool, usize)> {
        if !self.joined(i) {
            return None;
        }
        let word = self.slice(i);
        // German `am` means `on`: before a date or a weekday it is not the morning.
        if word == "am" && !self.glued(i) && (self.number(i + 1).is_some() || self.weekday(i + 1).is_some()) {
            return None;
        }
        if matches!(word, "am" | "AM" | "Am" | "aM") {
            return Some((false, i + 1));
        }
        if matches!(word, "pm" | "PM" | "Pm" | "pM") {
            return Some((true, i + 1));
        }
        let afternoon = match word {
            "a" | "A" => false,
            "p" | "P" => true,
            _ => return None,
        };
        let stops = self.is(i + 1, '.') && self.glued(i + 1) && matches!(self.slice(i + 2), "m" | "M");
        stops.then(|| (afternoon, if self.is(i + 3, '.') && self.glued(i + 3) { i + 4 } else { i + 3 }))
    }

    /// `1400Z`, `0600 UTC`, `1400hrs`, `0600 hours`: four digits are a time only with what follows.
    fn clock_of_four_digits(&self, i: usize, value: u32) -> Option<(Clock, usize)> {
        let seconds = seconds(value / 100, value % 100, 0)?;
        let clock = Clock { seconds, meridiem: false, open: false };
        if self.joined(i + 1) && matches!(self.slice(i + 1), "hrs" | "hours" | "hr" | "h" | "Hrs" | "Hours" | "HRS") {
            return Some((clock, i + 2));
        }
        let zoned = self.joined(i + 1) && self.zone(i + 1).is_some_and(|(zone, _)| zone != Mark::Local);
        (zoned && self.may_begin(i)).then_some((clock, i + 1))
    }

    /// A zone beside a time, with or without brackets: `UTC`, `(GMT+2)`, `+02:00`, `Eastern Time`, `Berlin time`.
    #[must_use]
    pub fn zone(&self, i: usize) -> Option<(Mark, usize)> {
        if !self.joined(i) {
            return None;
        }
        if let Some(close) = self.mark(i).and_then(closing) {
            // `(UTC)`, `(GMT+2)`, `(local time)`, `(UTC) London`
            let (mark, end) = self.zone_plain(i + 1)?;
            let end = if self.is(end, '/') { self.zone_plain(end + 1).map_or(end, |(_, e)| e) } else { end };
            return self.is(end, close).then_some((mark, end + 1));
        }
        let (mark, end) = self.zone_plain(i)?;
        // `+0000 UTC`, `+0000 (UTC)`, `UTC (+00:00)`, `CET (UTC+1)`: said twice, the figures are the surer.
        if let Some((again, after)) = self.zone_again(end) {
            let keep = if matches!(again, Mark::Offset(_)) && !matches!(mark, Mark::Offset(_)) && !mark.is_utc() {
                again
            } else {
                mark
            };
            return Some((keep, after));
        }
        Some((mark, end))
    }

    fn zone_again(&self, i: usize) -> Option<(Mark, usize)> {
        if !self.joined(i) {
            return None;
        }
        match self.mark(i).and_then(closing) {
            Some(close) => {
                let (mark, end) = self.zone_plain(i + 1)?;
                self.is(end, close).then_some((mark, end + 1))
            }
            None => self.is_word(i).then(|| self.zone_plain(i)).flatten(),
        }
    }

    /// A zone without brackets around it.
    pub(super) fn zone_plain(&self, i: usize) -> Option<(Mark, usize)> {
        if matches!(self.mark(i), Some('+' | '-')) {
            return self.offset(i).map(|(offset, end)| (zone_of(offset), end));
        }
        if !self.is_word(i) {
            return self.zone_in_ideographs(i);
        }
        let word = self.slice(i);
        if let Some(found) = self.zone_of_database(i) {
            return Some(found);
        }
        if let Some(mark) = zones::abbreviation(word) {
            if mark.is_utc()
                && word != "Z"
                && let Some((offset, end)) = self.offset(i + 1)
            {
                return Some((zone_of(offset), end));
            }
            let end = i + 1;
            return Some((mark, if self.is_time_word(end) { end + 1 } else { end }));
        }
        self.zone_in_words(i)
    }

    /// `北京时间`: each sign is a token.
    fn zone_in_ideographs(&self, i: usize) -> Option<(Mark, usize)> {
        let rest = &self.text[self.get(i)?.start..];
        if rest.starts_with(|c: char| c.is_ascii()) {
            return None;
        }
        let (name, tz) = zones::IDEOGRAPHS.iter().find(|(name, _)| rest.starts_with(name))?;
        Some((Mark::Place(*tz), i + name.chars().count()))
    }

    /// `Europe/Berlin`, `US/Pacific`, `America/Argentina/Buenos_Aires`.
    fn zone_of_database(&self, i: usize) -> Option<(Mark, usize)> {
        if !(self.is(i + 1, '/') && self.glued(i + 1) && self.glued(i + 2) && self.is_word(i + 2)) {
            return None;
        }
        let longer = matches!(self.mark(i + 3), Some('/' | '+' | '-')) && self.glued(i + 3) && self.glued(i + 4);
        let ends = if longer { [i + 5, i + 3] } else { [i + 3, i + 3] };
        ends.into_iter().find_map(|end| {
            let name = self.text.get(self.bytes(i, end))?;
            zones::of_database(name).map(|mark| (mark, end))
        })
    }

    /// `local time`, `Eastern Daylight Time`, `Pacific`, `Berlin time`, `Ortszeit`.
    fn zone_in_words(&self, i: usize) -> Option<(Mark, usize)> {
        let word = fold(self.slice(i));
        if matches!(word.as_str(), "local" | "lokal" | "locale" | "lokale" | "lokala") {
            let next = fold(self.slice(i + 1));
            let time = matches!(next.as_str(), "time" | "tid" | "tijd" | "local" | "zeit" | "times");
            return (time || word == "local").then_some((Mark::Local, if time { i + 2 } else { i + 1 }));
        }
        if matches!(word.as_str(), "ortszeit" | "lokalzeit") {
            return Some((Mark::Local, i + 1));
        }
        if let Some(found) = self.zone_of_place(i, &word) {
            return Some(found);
        }
        let two = format!("{word} {}", fold(self.slice(i + 1)));
        let both = [(two.as_str(), 2), (word.as_str(), 1)];
        for (name, width) in both {
            if let Some((_, mark)) = zones::NAMES.iter().find(|(n, _)| *n == name) {
                return self.zone_name_end(i + width, width == 1).map(|end| (*mark, end));
            }
        }
        // A city counts only with `time` behind it.
        if !(1..=3).any(|ahead| self.is_time_word(i + ahead)) {
            return None;
        }
        for (name, width) in both {
            if let Some(tz) = zones::of_city(name) {
                let end = if self.is_one_of(i + width, &["local"]) { i + width + 1 } else { i + width };
                return self.is_time_word(end).then_some((Mark::Place(tz), end + 1));
            }
        }
        None
    }

    /// `heure de Paris`, `hora de Madrid`, `ora di Roma`, `Berliner Zeit`.
    fn zone_of_place(&self, i: usize, word: &str) -> Option<(Mark, usize)> {
        if matches!(word, "heure" | "heures" | "hora" | "ora" | "horario") && self.has(i + 1, part::OF) {
            let one = fold(self.slice(i + 2));
            let two = format!("{one} {}", fold(self.slice(i + 3)));
            return [(two, 4), (one, 3)]
                .into_iter()
                .find_map(|(city, width)| Some((Mark::Place(zones::of_city(&city)?), i + width)));
        }
        let city = word.strip_suffix("er").filter(|_| self.slice(i + 1) == "Zeit")?;
        zones::of_city(city).map(|tz| (Mark::Place(tz), i + 2))
    }

    /// Where a named zone ends: past `standard`, `daylight`, `summer` and `time`. A single everyday word such as `Central`
    /// must be capitalised or have `time` behind it.
    fn zone_name_end(&self, i: usize, single: bool) -> Option<usize> {
        let season = self.is_one_of(i, &["standard", "daylight", "summer", "mean", "sommerzeit", "savings"]);
        let mut end = if season { i + 1 } else { i };
        if self.is_one_of(end, &["savings"]) {
            end += 1;
        }
        if self.is_time_word(end) {
            return Some(end + 1);
        }
        (season || !single || self.capital(i - 1)).then_some(end)
    }

    fn is_time_word(&self, i: usize) -> bool {
        self.joined(i) && self.slice(i).eq_ignore_ascii_case("time")
    }

    /// `+02:00`, `-0700`, `+5:30`, `+3`, `- 5`. Not a dash between two times.
    fn offset(&self, i: usize) -> Option<(FixedOffset, usize)> {
        let east = match self.mark(i)? {
            '+' => true,
            '-' => false,
            _ => return None,
        };
        if !self.joined(i) || !(self.glued(i + 1) || east) {
            return None;
        }
        let (value, digits) = self.number(i + 1)?;
        let (hours, minutes, end) = match digits {
            4 => (value / 100, value % 100, i + 2),
            1 | 2 => match self.offset_minutes(i + 2) {
                Some((minutes, end)) => (value, minutes, end),
                None => (value, 0, i + 2),
            },
            _ => return None,
        };
        let digits_behind = self.glued(end) && self.number(end).is_some();
        let goes_on = self.glued(end)
            && matches!(self.mark(end), Some('/' | '.' | '-' | ':' | '%'))
            && self.number(end + 1).is_some();
        let month_behind = self.joined(end) && self.month(end).is_some() && !self.has(end, part::WEAK_MONTH);
        let bounded = !digits_behind && !goes_on && !month_behind;
        // `10:00 UTC-11:00 UTC` and `10:00 UTC -11:00 PM` are ranges.
        let clock_behind = self.zone_word(end) || self.meridiem(end).is_some() || self.joins_two_clocks(i);
        let range = end > i + 2 && !east && clock_behind;
        if hours > 14 || minutes > 59 || !bounded || range {
            return None;
        }
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        FixedOffset::east_opt(if east { seconds } else { -seconds }).map(|offset| (offset, end))
    }

    /// `12 March 02:00-04:00`: hours and minutes on both sides of a dash. Behind seconds or a `T` it is an offset.
    fn joins_two_clocks(&self, i: usize) -> bool {
        let clock = i >= 3
            && self.glued(i)
            && self.is(i - 2, ':')
            && self.short(i - 1).is_some()
            && self.short(i - 3).is_some();
        let seconds = i >= 5 && self.is(i - 4, ':');
        let iso = i >= 4 && matches!(self.slice(i - 4), "T" | "t") && self.glued(i - 3);
        clock && !seconds && !iso
    }

    fn offset_minutes(&self, i: usize) -> Option<(u32, usize)> {
        let (minutes, digits) = self.number(i + 1)?;
        (self.is(i, ':') && self.glued(i) && self.glued(i + 1) && digits == 2).then_some((minutes, i + 2))
    }

    fn zone_word(&self, i: usize) -> bool {
        self.joined(i) && self.is_word(i) && zones::abbreviation(self.slice(i)).is_some()
    }
}

const fn closing(open: char) -> Option<char> {
    match open {
        '(' => Some(')'),
        '[' => Some(']'),
        _ => None,
    }
}

fn zone_of(offset: FixedOffset) -> Mark {
    if offset.local_minus_utc() == 0 { Mark::Utc } else { Mark::Offset(offset) }
}
