//! Dates as providers write them: a grammar over tokens, and the rules by which what it found becomes a point in time.
//!
//! Owns every written form, zones and their traps, the order of day and month, missing years, relative dates. It must
//! not know what a date means: that is `windows` and `deadlines`. Everything is linear in the length of the text.
//!
//! The way: `token` cuts, `phrase` walks (with `day`, `clock`, `moment`, `relative`), `order` gathers evidence over the
//! whole message, `resolve` decides, and the result is a list of [`Mention`]s.

mod clock;
mod cursor;
mod day;
pub mod form;
pub mod lexicon;
mod moment;
mod order;
mod phrase;
#[cfg(test)]
mod properties;
mod relative;
pub mod resolve;
#[cfg(test)]
mod tests;
pub mod token;
pub mod zones;

use std::borrow::Cow;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use self::cursor::Tokens;
use self::form::{Clock, Length, Moment, Phrase};
use self::order::Evidence;
pub use self::resolve::{Base, Doubt, Point, Resolver};
use self::zones::Mark;
use super::document::{Document, LineKind, Place};
use countersign_notice::fact::When;

/// A date, a range or a length found in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    pub place: Place,
    /// The index of its line in the part.
    pub line: usize,
    /// The column, in a row of a table.
    pub column: Option<usize>,
    pub value: Value,
    /// Struck out in the original.
    pub struck: bool,
    /// In live text: not quoted, not in a signature or footer.
    pub live: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Point(Point),
    Span {
        start: Point,
        end: Point,
    },
    /// Times of day that hold on each day from the first to the last.
    Daily {
        first: NaiveDate,
        last: NaiveDate,
        from: Clock,
        to: Clock,
        zone: Option<Mark>,
    },
    /// A time of day whose day stands elsewhere.
    Clock {
        clock: Clock,
        zone: Option<Mark>,
    },
    ClockSpan {
        from: Clock,
        to: Clock,
        zone: Option<Mark>,
    },
    Weekly {
        from: (u8, Clock),
        to: (u8, Clock),
        zone: Option<Mark>,
    },
    Length(Length),
}

impl Mention {
    /// The points that this mention names, one or two.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        let (a, b) = match &self.value {
            Value::Point(point) => (Some(point), None),
            Value::Span { start, end } => (Some(start), Some(end)),
            _ => (None, None),
        };
        a.into_iter().chain(b)
    }
}

/// A document's dates with what it took to resolve them.
#[derive(Debug, Clone)]
pub struct Dates {
    pub mentions: Vec<Mention>,
    pub resolver: Resolver,
}

/// A phrase with where it stands, before it is resolved.
struct Found {
    place: Place,
    line: usize,
    column: Option<usize>,
    struck: bool,
    live: bool,
    phrase: Phrase,
}

impl Dates {
    /// Finds and resolves all dates of a document, small print and quotations included (told apart by `live`).
    #[must_use]
    pub fn read(document: &Document, base: &Base) -> Self {
        let mut base = *base;
        base.sent = base.sent.or(document.headers.date);
        let (found, stated) = find(document);
        let resolver = resolver(document, base, &found, stated);
        let mentions = found
            .into_iter()
            .filter_map(|f| {
                let value = resolve(&resolver, &f.phrase)?;
                Some(Mention { place: f.place, line: f.line, column: f.column, value, struck: f.struck, live: f.live })
            })
            .collect();
        Self { mentions, resolver }
    }
}

fn find(document: &Document) -> (Vec<Found>, Option<Mark>) {
    let mut found = Vec::new();
    let mut stated = None;
    for view in document.all_lines() {
        let text = &document.parts[view.part].text;
        let struck = struck_within(document, view.part, &view.line.range);
        let mut unit = |range: std::ops::Range<usize>, column: Option<usize>, is_struck: bool| {
            let body = &text[range.clone()];
            let body = if is_struck { Cow::Borrowed(body) } else { blanked(body, range.start, &struck) };
            let tokens = token::tokens(&body);
            let tokens = Tokens { text: &body, tokens: &tokens };
            stated = stated.or_else(|| stated_zone(tokens));
            for phrase in phrase::phrases(tokens) {
                let at = phrase.range();
                found.push(Found {
                    place: Place { part: view.part, range: range.start + at.start..range.start + at.end },
                    line: view.index,
                    column,
                    struck: is_struck,
                    live: view.line.kind.is_live(),
                    phrase,
                });
            }
        };
        match &view.line.kind {
            LineKind::Row(row) => {
                let mut last = None;
                for (column, cell) in row.cells.iter().enumerate() {
                    // A cell that spans columns stands in each of them and is read once.
                    if last.as_ref() != Some(cell) {
                        unit(cell.clone(), Some(column), false);
                    }
                    last = Some(cell.clone());
                }
            }
            _ => unit(view.line.range.clone(), None, false),
        }
        for range in &struck {
            unit(range.clone(), None, true);
        }
    }
    (found, stated)
}

/// The struck-out stretches of a line, which are read by themselves.
fn struck_within(document: &Document, part: usize, line: &std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let struck = &document.parts[part].struck;
    let first = struck.partition_point(|s| s.end <= line.start);
    let inside = struck[first..].iter().take_while(|s| s.start < line.end);
    inside.map(|s| s.start.max(line.start)..s.end.min(line.end)).filter(|r| !r.is_empty()).collect()
}

/// A text with its struck-out stretches as blanks, so that the words around them stand beside each other.
fn blanked<'t>(body: &'t str, start: usize, struck: &[std::ops::Range<usize>]) -> Cow<'t, str> {
    let mut out = Cow::Borrowed(body);
    for range in struck {
        let range = range.start.max(start) - start..range.end.saturating_sub(start).min(body.len());
        if range.start < range.end && body.is_char_boundary(range.start) && body.is_char_boundary(range.end) {
            out.to_mut().replace_range(range.clone(), &" ".repeat(range.len()));
        }
    }
    out
}

/// `All times are in UTC`, `Times are CET`, `Time zone: GMT+1`, `Zeitzone: MEZ`.
fn stated_zone(tokens: Tokens<'_>) -> Option<Mark> {
    (0..tokens.tokens.len()).find_map(|i| {
        let word = tokens.slice(i);
        let times = word.eq_ignore_ascii_case("times");
        let label = (word.eq_ignore_ascii_case("zone") && i > 0 && tokens.slice(i - 1).eq_ignore_ascii_case("time"))
            || word.eq_ignore_ascii_case("timezone")
            || word.eq_ignore_ascii_case("zeitzone");
        if !(times || label) {
            return None;
        }
        let reach = if times { 6 } else { 3 };
        let known = (i + 1..i + 1 + reach).take_while(|at| tokens.joined(*at)).find_map(|at| tokens.zone(at));
        // A legend that explains several zones states none.
        known.filter(|(mark, end)| *mark != Mark::Local && !tokens.is(*end, '=')).map(|(mark, _)| mark)
    })
}

fn resolver(document: &Document, base: Base, found: &[Found], stated: Option<Mark>) -> Resolver {
    let mut evidence = Evidence::default();
    if let Some(day_first) = base.day_first {
        evidence.told(day_first, true);
    }
    let places: Vec<_> =
        document.parts.iter().flat_map(|p| zones::cities_in(&p.text)).fold(Vec::new(), |mut all, tz| {
            if !all.contains(&tz) {
                all.push(tz);
            }
            all
        });
    if !places.is_empty() {
        let american = places.iter().filter(|tz| tz.name().starts_with("America/")).count();
        if american == places.len() {
            evidence.told(false, false);
        } else if american == 0 {
            evidence.told(true, false);
        }
    }
    let phrases: Vec<Phrase> = found.iter().map(|f| f.phrase.clone()).collect();
    evidence.gather(&phrases, base.today());
    let order = evidence.order();
    let homes = homes(&places, &base, &evidence);
    Resolver { base, evidence, order, places, homes, stated }
}

/// The places that settle abbreviations: those named, else those that the sender's own offset or an American way of
/// writing (am and pm, American zones, month first) points to.
fn homes(places: &[Tz], base: &Base, evidence: &Evidence) -> Vec<Tz> {
    if !places.is_empty() {
        return places.to_vec();
    }
    let hours = base.sent.map_or(0, |sent| sent.offset().local_minus_utc() / 3600);
    match hours {
        -10..=-3 => vec![Tz::America__Chicago, Tz::America__Halifax],
        5 => vec![Tz::Asia__Kolkata],
        8 => vec![Tz::Asia__Shanghai],
        _ if evidence.is_american() => vec![Tz::America__Chicago, Tz::America__Halifax],
        _ => Vec::new(),
    }
}

fn resolve(resolver: &Resolver, phrase: &Phrase) -> Option<Value> {
    match phrase {
        Phrase::Moment(moment) => match (moment.day, moment.clock) {
            (Some(_), _) => resolver.point(moment, None).map(Value::Point),
            (None, Some(clock)) => Some(Value::Clock { clock, zone: moment.zone }),
            (None, None) => None,
        },
        Phrase::Span { from, to, daily, .. } => resolve_span(resolver, from, to, *daily),
        Phrase::Lasting { from, length, .. } => {
            let start = resolver.point(from, None)?;
            let end = lasting(&start, *length);
            Some(Value::Span { start, end })
        }
        Phrase::Length { length, .. } => Some(Value::Length(*length)),
        Phrase::Weekly { from, to, zone, .. } => Some(Value::Weekly { from: *from, to: *to, zone: *zone }),
    }
}

fn resolve_span(resolver: &Resolver, from: &Moment, to: &Moment, daily: bool) -> Option<Value> {
    let (Some(first), Some(last)) = (from.day.and(Some(from)), to.day.and(Some(to))) else {
        return match (from.day, from.clock, to.clock) {
            (None, Some(a), Some(b)) => Some(Value::ClockSpan { from: a, to: b, zone: from.zone }),
            (Some(_), Some(_), Some(b)) => {
                let start = resolver.point(from, None)?;
                let end = resolver.place(start.day, Some(b), to.zone.or(from.zone), start.doubts.clone());
                Some(Value::Span { end: after(&start, end), start })
            }
            _ => None,
        };
    };
    let start = resolver.point(first, None)?;
    let mut end = resolver.point(last, None)?;
    if let (true, Some(a), Some(b)) = (daily, from.clock, to.clock) {
        return Some(Value::Daily { first: start.day, last: end.day, from: a, to: b, zone: from.zone });
    }
    if from.day == to.day {
        end = after(&start, end);
    }
    Some(Value::Span { start, end })
}

/// An end that is not after its beginning is on the next day.
fn after(start: &Point, end: Point) -> Point {
    match (start.at, end.at) {
        (When::Instant(a), When::Instant(b)) if b <= a => {
            Point { at: When::Instant(b + Duration::days(1)), day: end.day.succ_opt().unwrap_or(end.day), ..end }
        }
        _ => end,
    }
}

/// The point so long after another.
#[must_use]
pub fn lasting(start: &Point, length: Length) -> Point {
    let at = match start.at {
        When::Instant(at) => When::Instant(add(at, length)),
        When::Date { date, zone } => {
            let end = date.checked_add_signed(length.duration()).unwrap_or(date);
            When::Date { date: end, zone }
        }
    };
    let day = start.day.checked_add_signed(length.duration()).unwrap_or(start.day);
    Point { at, day, ..start.clone() }
}

fn add(at: DateTime<Utc>, length: Length) -> DateTime<Utc> {
    at.checked_add_signed(length.duration()).unwrap_or(at)
}

/// The zone that a label or heading names: `Start (UTC)`, `Local time`, `GMT`.
#[must_use]
pub fn zone_in(label: &str) -> Option<Mark> {
    let tokens = token::tokens(label);
    let tokens = Tokens { text: label, tokens: &tokens };
    (0..tokens.tokens.len()).find_map(|i| tokens.zone_plain(i)).map(|(mark, _)| mark)
}

/// Whether a date is that weekday, 1 (Monday) to 7.
#[must_use]
pub fn is_weekday(date: NaiveDate, weekday: u8) -> bool {
    order::falls_on(date, weekday)
}

/// The words in which a text says this date or instant, where it does.
#[must_use]
pub fn saying(text: &str, when: &When, base: &Base) -> Option<String> {
    let document = Document::from_text(None, text);
    let says = |point: &Point| match when {
        When::Date { date, .. } => point.day == *date && point.last.is_none(),
        When::Instant(_) => point.at == *when,
    };
    let found = Dates::read(&document, base).mentions.into_iter().find(|mention| mention.points().any(says))?;
    Some(document.parts[found.place.part].text[found.place.range].to_owned())
}

/// The one date or instant that a field holds, in whatever form: for structured formats whose dates are sloppy
/// (`Thu 15 Dec 2022 23: 25: 00 GMT`). None where there is none or a doubt about which it is.
#[must_use]
pub fn one(field: &str, base: &Base) -> Option<When> {
    let document = Document::from_text(None, field);
    let dates = Dates::read(&document, base);
    match dates.mentions.as_slice() {
        [Mention { value: Value::Point(point), .. }] if point.last.is_none() => Some(point.at),
        _ => None,
    }
}
