//! Windows: the times in which a provider works, from ranges, from labelled starts and ends, from tables, from a date here
//! and its times there. Owns which date is a beginning and which an end; it must not know written forms, nor what a date
//! threatens (that is `deadlines`).

use std::collections::HashMap;

use chrono::{Duration, NaiveDate, NaiveDateTime};

use super::beside::{LineCues, Prose, line_above, prose, word_before};
use super::dates::form::{Clock, Length};
use super::dates::lexicon::Unit;
use super::dates::resolve::Doubt;
use super::dates::zones::{Mark, ZoneDoubt};
use super::dates::{Dates, Mention, Point, Resolver, Value, lasting};
use super::document::{Document, Pair, Place};
use super::words::{self, Label};
use countersign_notice::fact::{Kind, When};

/// Daily windows of one range are told one by one, but not without end.
const MOST_DAYS: i64 = 31;
/// How far apart, in lines, the parts of one window stand at most.
const NEAR: usize = 4;

/// A window as found, before the same one told twice is put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub start: Option<Point>,
    pub end: Option<Point>,
    pub place: Place,
    pub line: usize,
    pub live: bool,
}

/// A mention with what stands beside it.
struct Tagged<'m> {
    mention: &'m Mention,
    label: Option<Label>,
    /// The zone that the label or the heading of the column gives.
    zone: Option<Mark>,
    /// Labelled outright, and not only by a word before it in prose.
    firm: bool,
    /// Opened by a word such as `from`, and not only two dates with a dash between.
    opened: bool,
    /// What its sentence says of it.
    prose: Prose,
}

/// All windows of a document, in order, each once.
#[must_use]
pub fn find(document: &Document, dates: &Dates, kind: Kind) -> Vec<Found> {
    let tagged = tag(document, dates);
    let live: Vec<&Tagged<'_>> = tagged.iter().filter(|t| t.mention.live && !t.mention.struck).collect();
    let found = collect(&live, &dates.resolver, kind);
    if !found.is_empty() {
        return super::same_window::together(without_hints(found));
    }
    // A cancellation often says its date only in the mail that it quotes.
    let all: Vec<&Tagged<'_>> = tagged.iter().filter(|t| !t.mention.struck).collect();
    super::same_window::together(collect(&all, &dates.resolver, kind))
}

/// `In the coming weeks` gives way to a date.
fn without_hints(mut found: Vec<Found>) -> Vec<Found> {
    let is_hint = |w: &Found| {
        let start = w.start.as_ref().or(w.end.as_ref());
        start.is_some_and(|p| p.doubts.contains(&Doubt::Relative) && p.doubts.contains(&Doubt::Vague))
    };
    if !found.iter().all(is_hint) {
        found.retain(|w| !is_hint(w));
    }
    found
}

fn tag<'m>(document: &Document, dates: &'m Dates) -> Vec<Tagged<'m>> {
    let mut pairs: Vec<Pair<'_>> = document.pairs().collect();
    pairs.sort_by_key(|p| (p.part, p.value_range.start, std::cmp::Reverse(p.value_range.end)));
    let mut next = 0;
    let mut open: Vec<&Pair<'_>> = Vec::new();
    let mut tagged = Vec::with_capacity(dates.mentions.len());
    let mut before: Option<&Place> = None;
    let mut cues = LineCues::default();
    // The heading of a column is the label of many dates.
    let mut said: HashMap<(usize, usize), (Option<Label>, Option<Mark>)> = HashMap::new();
    for mention in &dates.mentions {
        let (part, start) = (mention.place.part, mention.place.range.start);
        while let Some(pair) = pairs.get(next).filter(|p| (p.part, p.value_range.start) <= (part, start)) {
            open.push(pair);
            next += 1;
        }
        open.retain(|p| p.part == part && p.value_range.end > start);
        let labels = open.iter().rev().filter(|p| mention.live || p.line == mention.line);
        let (label, zone) = labels.fold((None, None), |(label, zone), pair| {
            let (own, named) = *said
                .entry((part, pair.label_range.start))
                .or_insert_with(|| (words::label(pair.label), super::dates::zone_in(pair.label)));
            (label.or(own), zone.or(named))
        });
        let label = label.or_else(|| line_above(document, mention));
        let firm = label.is_some();
        let label = label.or_else(|| word_before(document, mention, before));
        let prose = prose(document, mention, &mut cues);
        let opened = document.text(&mention.place).starts_with(|c: char| c.is_lowercase());
        tagged.push(Tagged { mention, label, zone, firm, opened, prose });
        before = Some(&mention.place);
    }
    tagged
}

struct Collector<'r> {
    resolver: &'r Resolver,
    kind: Kind,
    out: Vec<Found>,
    /// Starts that wait for their ends, with the line they stand in.
    starts: Vec<(Point, Place, usize, bool)>,
    /// A day that waits for its times.
    day: Option<(NaiveDate, Option<NaiveDate>, Place, usize)>,
    /// A length that stands before its start: `the three-day window starts …`.
    ahead: Option<(Length, Place, usize)>,
}

fn collect(tagged: &[&Tagged<'_>], resolver: &Resolver, kind: Kind) -> Vec<Found> {
    let mut collector = Collector { resolver, kind, out: Vec::new(), starts: Vec::new(), day: None, ahead: None };
    for tag in tagged {
        collector.take(tag);
    }
    collector.flush(None);
    collector.weekly_ends(tagged);
    collector.out
}

impl Collector<'_> {
    fn take(&mut self, tag: &Tagged<'_>) {
        let mention = tag.mention;
        let near = |line: usize, place: &Place| place.part == mention.place.part && mention.line.abs_diff(line) <= NEAR;
        if self.starts.last().is_some_and(|(_, place, line, _)| !near(*line, place)) {
            self.flush(None);
        }
        if tag.label == Some(Label::Aside) || tag.label == Some(Label::Deadline) {
            return;
        }
        match &mention.value {
            Value::Span { start, end } => self.span(tag, start, end),
            Value::Point(point) => self.point(tag, point),
            Value::Daily { first, last, from, to, zone } => {
                self.daily(tag, *first, *last, (*from, *to), zone.or(tag.zone));
            }
            Value::Clock { clock, zone } => self.clock(tag, *clock, zone.or(tag.zone)),
            Value::ClockSpan { from, to, zone } => self.clock_span(tag, (*from, *to), zone.or(tag.zone)),
            Value::Length(length) => self.length(tag, *length),
            Value::Weekly { .. } => {}
        }
    }

    /// A point with the zone of its label, where it has none of its own.
    fn placed(&self, point: &Point, zone: Option<Mark>) -> Point {
        match zone {
            Some(zone) if point.zone.is_none() && point.clock.is_some() => {
                let doubts = point.doubts.iter().filter(|d| **d != Doubt::NoZone).cloned().collect();
                self.resolver.place(point.day, point.clock, Some(zone), doubts)
            }
            _ => point.clone(),
        }
    }

    fn push(&mut self, start: Option<Point>, end: Option<Point>, mention: &Mention) {
        self.out.push(Found { start, end, place: mention.place.clone(), line: mention.line, live: mention.live });
    }

    fn span(&mut self, tag: &Tagged<'_>, start: &Point, end: &Point) {
        match tag.prose {
            Prose::Move if !tag.firm && start.day != end.day && tag.opened && !is_night(start, end) => {
                self.start(end.clone(), tag.mention, false);
                return;
            }
            Prose::Other if !tag.firm && start.clock.is_none() => return,
            _ => {}
        }
        let timed = start.clock.is_some() || end.clock.is_some();
        if !timed && !tag.firm {
            // Days only: the days that the times beside them hold on.
            self.day = Some((start.day, Some(end.day), tag.mention.place.clone(), tag.mention.line));
            if self.kind == Kind::ScheduledMaintenance {
                self.push(Some(start.clone()), Some(end.clone()), tag.mention);
            }
            return;
        }
        let (start, end) = (self.placed(start, tag.zone), self.placed(end, tag.zone));
        if !timed {
            self.day = Some((start.day, Some(end.day), tag.mention.place.clone(), tag.mention.line));
        }
        self.push(Some(start), Some(end), tag.mention);
    }

    fn point(&mut self, tag: &Tagged<'_>, point: &Point) {
        let point = self.placed(point, tag.zone);
        let mention = tag.mention;
        match tag.label {
            Some(Label::Start) if tag.firm || self.works() => self.start(point, mention, tag.firm),
            Some(Label::End) if tag.firm || self.works() || !self.starts.is_empty() => self.end(point, mention),
            Some(Label::Window) if tag.firm => {
                if point.clock.is_none() {
                    self.day = Some((point.day, point.last, mention.place.clone(), mention.line));
                }
                self.start(point, mention, false);
            }
            _ => {
                // A time of day elsewhere in an account of trouble is of the day last spoken of.
                if (point.clock.is_none() && point.last.is_none()) || self.kind == Kind::Incident {
                    self.day = Some((point.day, None, mention.place.clone(), mention.line));
                }
                if self.works() && tag.prose == Prose::Work && !self.is_stamp(tag) {
                    self.start(point, mention, false);
                }
            }
        }
    }

    /// In an account of trouble a date at the head of a line is when that line was written.
    fn is_stamp(&self, tag: &Tagged<'_>) -> bool {
        self.kind == Kind::Incident && tag.label.is_none() && !tag.firm
    }

    /// Whether this kind of notice is about a time of work or of trouble, so that dates in prose are windows.
    const fn works(&self) -> bool {
        matches!(self.kind, Kind::ScheduledMaintenance | Kind::Incident)
    }

    fn start(&mut self, point: Point, mention: &Mention, firm: bool) {
        if !firm && self.starts.iter().any(|(p, ..)| p.at == point.at) {
            return;
        }
        let length =
            self.ahead.take().filter(|(_, place, line)| place.part == mention.place.part && *line == mention.line);
        if let (Some((length, ..)), true) = (length, point.clock.is_some()) {
            let end = lasting(&point, length);
            self.push(Some(point), Some(end), mention);
            return;
        }
        self.starts.push((point, mention.place.clone(), mention.line, firm));
    }

    fn end(&mut self, point: Point, mention: &Mention) {
        // The start in the same zone if there are several, else the last.
        let at = self
            .starts
            .iter()
            .position(|(p, ..)| p.zone.is_some() && p.zone == point.zone)
            .or_else(|| self.starts.len().checked_sub(1));
        let Some(at) = at else {
            self.push(None, Some(point), mention);
            return;
        };
        let (start, place, line, _) = self.starts.remove(at);
        let place = Place { part: place.part, range: place.range.start..mention.place.range.end.max(place.range.end) };
        let end = if end_precedes(&start, &point) && point.clock.is_some() && point.day == start.day {
            next_day(point)
        } else {
            point
        };
        self.out.push(Found { start: Some(start), end: Some(end), place, line, live: mention.live });
    }

    fn clock(&mut self, tag: &Tagged<'_>, clock: Clock, zone: Option<Mark>) {
        let begun = self.starts.last().filter(|(_, place, line, _)| {
            place.part == tag.mention.place.part && tag.mention.line.abs_diff(*line) <= NEAR
        });
        match (tag.label, begun, self.day_near(tag)) {
            // `… and ends at 1:00 pm`: on the day of its beginning, or the next.
            (Some(Label::End), Some((start, ..)), _) if start.clock.is_some() => {
                let zone = zone.or(start.zone);
                let point = self.resolver.place(start.day, Some(clock), zone, start.doubts.clone());
                self.end(point, tag.mention);
            }
            (Some(Label::End), _, Some((day, _))) => {
                let point = self.resolver.place(day, Some(clock), zone, Vec::new());
                self.end(point, tag.mention);
            }
            (Some(Label::Start | Label::Window), _, Some((day, _))) => {
                let point = self.resolver.place(day, Some(clock), zone, Vec::new());
                self.starts.retain(|(p, ..)| p.clock.is_some() || p.day != day);
                self.start(point, tag.mention, true);
            }
            _ => {}
        }
    }

    fn day_near(&self, tag: &Tagged<'_>) -> Option<(NaiveDate, Option<NaiveDate>)> {
        let (day, last, place, line) = self.day.as_ref()?;
        (place.part == tag.mention.place.part && tag.mention.line.abs_diff(*line) <= NEAR).then_some((*day, *last))
    }

    /// Times whose day stands before them: in the same row, the same paragraph, the line above.
    fn clock_span(&mut self, tag: &Tagged<'_>, (from, to): (Clock, Clock), zone: Option<Mark>) {
        let Some((day, last)) = self.day_near(tag) else {
            self.on_the_day_of_the_message(tag, (from, to), zone);
            return;
        };
        self.starts.retain(|(p, ..)| p.clock.is_some() || p.day != day);
        self.out.retain(|f| {
            // The bare days gave way to the days with their times.
            !(f.start.as_ref().is_some_and(|p| p.clock.is_none() && p.day == day)
                && f.place.part == tag.mention.place.part)
        });
        self.daily(tag, day, last.unwrap_or(day), (from, to), zone);
    }

    /// An account of what has happened gives times only: they are of the day that it was written on.
    fn on_the_day_of_the_message(&mut self, tag: &Tagged<'_>, times: (Clock, Clock), zone: Option<Mark>) {
        if self.kind != Kind::Incident {
            return;
        }
        if let Some(today) = self.resolver.base.today() {
            self.daily(tag, today, today, times, zone);
        }
    }

    fn daily(
        &mut self,
        tag: &Tagged<'_>,
        first: NaiveDate,
        last: NaiveDate,
        (from, to): (Clock, Clock),
        zone: Option<Mark>,
    ) {
        let days = (last - first).num_days().clamp(0, MOST_DAYS);
        for day in (0..=days).filter_map(|n| first.checked_add_signed(Duration::days(n))) {
            let start = self.resolver.place(day, Some(from), zone, Vec::new());
            let end_day = if to.seconds <= from.seconds { day.succ_opt().unwrap_or(day) } else { day };
            let end = self.resolver.place(end_day, Some(to), zone, Vec::new());
            self.push(Some(start), Some(end), tag.mention);
        }
    }

    /// A length behind a start that has no end gives it one.
    fn length(&mut self, tag: &Tagged<'_>, length: Length) {
        let stated = tag.label == Some(Label::Duration) && tag.firm;
        let same_line = |line: usize, place: &Place| line == tag.mention.line && place.part == tag.mention.place.part;
        let whole = !matches!(length.unit, Unit::Minute) || length.count > 60 || stated;
        let Some(at) = self.starts.iter().rposition(|(p, place, line, _)| {
            p.clock.is_some() && whole && (stated && place.part == tag.mention.place.part || same_line(*line, place))
        }) else {
            if length.is_days() && self.works() {
                self.ahead = Some((length, tag.mention.place.clone(), tag.mention.line));
            }
            return;
        };
        if !stated && !self.works() {
            return;
        }
        // `expected outage: 30 minutes` is shorter than the window that it happens in: only where no end is told.
        let (start, place, line, _) = self.starts.remove(at);
        let end = lasting(&start, length);
        self.out.push(Found { start: Some(start), end: Some(end), place, line, live: tag.mention.live });
    }

    /// Starts that no end came for.
    fn flush(&mut self, _: Option<()>) {
        for (point, place, line, firm) in std::mem::take(&mut self.starts) {
            if firm || (self.works() && point.clock.is_some()) || (self.works() && point.last.is_some()) {
                let end = point.last.map(|last| Point { at: When::date(last), day: last, ..point.clone() });
                self.out.push(Found { start: Some(point), end, place, line, live: true });
            }
        }
    }

    /// A start inside a recurring weekly window ends with it.
    fn weekly_ends(&mut self, tagged: &[&Tagged<'_>]) {
        for tag in tagged {
            let Value::Weekly { from, to, zone } = &tag.mention.value else { continue };
            let zone = zone.or(tag.zone);
            for found in &mut self.out {
                let (Some(start), None) = (&found.start, &found.end) else { continue };
                let on_time = start.clock.map(|c| c.seconds) == Some(from.1.seconds)
                    && super::dates::is_weekday(start.day, from.0);
                if !on_time {
                    continue;
                }
                let days = i64::from((7 + to.0 - from.0) % 7);
                if let Some(day) = start.day.checked_add_signed(Duration::days(days)) {
                    found.end = Some(self.resolver.place(day, Some(to.1), zone.or(start.zone), Vec::new()));
                }
            }
        }
    }
}

/// `Moved to the night of 12 to 13 March, 23:00 to 05:00`: one window, and no move from one to the other.
fn is_night(start: &Point, end: &Point) -> bool {
    const LONGEST_NIGHT: i64 = 12;
    matches!((start.at, end.at), (When::Instant(a), When::Instant(b)) if (b - a).num_hours() <= LONGEST_NIGHT)
}

fn end_precedes(start: &Point, end: &Point) -> bool {
    matches!((start.at, end.at), (When::Instant(a), When::Instant(b)) if b <= a)
}

fn next_day(point: Point) -> Point {
    match point.at {
        When::Instant(at) => {
            Point { at: When::Instant(at + Duration::days(1)), day: point.day.succ_opt().unwrap_or(point.day), ..point }
        }
        When::Date { .. } => point,
    }
}

/// A point's wall-clock time.
#[must_use]
pub fn wall(point: &Point) -> Option<NaiveDateTime> {
    let clock = point.clock?;
    point.day.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::seconds(i64::from(clock.seconds)))
}

/// Whether a point's zone is not known.
#[must_use]
pub fn is_nowhere(point: &Point) -> bool {
    point.doubts.iter().any(|d| matches!(d, Doubt::NoZone | Doubt::Zone(ZoneDoubt::Nowhere)))
        || point.zone == Some(Mark::Local)
}
