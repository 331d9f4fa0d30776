//! What a document's dates mean, as the reading prints it: windows, deadlines, and what a person should look at.
//!
//! Owns the order of the work and the sentences of the troubles; it must not decide a date.

use super::dates::resolve::Doubt;
use super::dates::zones::ZoneDoubt;
use super::dates::{Base, Dates, Point, Value};
use super::deadlines::{self, Dated};
use super::document::{Document, Place};
use super::windows::{self, Found};
use super::{Deadline, Trouble, Window, same_window};
use countersign_notice::fact::{Kind, When};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meaning {
    pub deadlines: Vec<Deadline>,
    pub windows: Vec<Window>,
    pub trouble: Vec<Trouble>,
}

/// The most windows and deadlines of one message: more is a table of something else.
const MOST: usize = 200;

/// Reads all dates of a document and tells what they mean for a notice of this kind.
#[must_use]
pub fn tell(document: &Document, base: &Base, kind: Kind) -> Meaning {
    let dates = Dates::read(document, base);
    let mut found = windows::find(document, &dates, kind);
    let mut dated = deadlines::find(document, &dates, &found, kind);
    found.truncate(MOST);
    dated.truncate(MOST);
    let mut trouble = Troubles { document, list: Vec::new() };
    for window in &found {
        trouble.of_window(window);
    }
    for deadline in &dated {
        trouble.of_deadline(deadline);
    }
    trouble.contradictions(&found, &dated);
    if found.is_empty() && dated.is_empty() {
        trouble.of_what_was_not_used(&dates);
    }
    let list = trouble.list;
    Meaning {
        deadlines: dated.into_iter().map(|d| print_deadline(document, d)).collect(),
        windows: found.into_iter().map(|w| print_window(document, w)).collect(),
        trouble: list,
    }
}

fn print_deadline(document: &Document, dated: Dated) -> Deadline {
    Deadline {
        role: dated.role,
        at: dated.point.at,
        as_written: as_written(document, &dated.place),
        span: Some(document.span(&dated.place)),
        confidence: dated.confidence,
    }
}

fn print_window(document: &Document, found: Found) -> Window {
    let confidence = [&found.start, &found.end].into_iter().flatten().map(Point::confidence).fold(0.95, f32::min);
    let one_sided = if found.start.is_some() && found.end.is_some() { confidence } else { confidence.min(0.85) };
    Window {
        start: found.start.map(|p| p.at),
        end: found.end.map(|p| p.at),
        as_written: as_written(document, &found.place),
        span: Some(document.span(&found.place)),
        confidence: one_sided,
    }
}

/// The words of a place on one line.
fn as_written(document: &Document, place: &Place) -> String {
    document.text(place).split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Troubles<'d> {
    document: &'d Document,
    list: Vec<Trouble>,
}

impl Troubles<'_> {
    fn push(&mut self, code: &str, message: String, place: &Place) {
        if self.list.iter().any(|t| t.code == code && t.message == message) || self.list.len() >= MOST {
            return;
        }
        self.list.push(Trouble { code: code.to_owned(), message, span: Some(self.document.span(place)) });
    }

    fn of_window(&mut self, window: &Found) {
        let written = as_written(self.document, &window.place);
        for point in [&window.start, &window.end].into_iter().flatten() {
            self.of_point(point, &written, &window.place);
        }
        if let (Some(start), Some(end)) = (&window.start, &window.end)
            && end.at.latest() < start.at.earliest()
        {
            let message = format!("The window “{written}” ends before it begins. Check both dates.");
            self.push("window_ends_before_it_begins", message, &window.place);
        }
    }

    fn of_deadline(&mut self, deadline: &Dated) {
        let written = as_written(self.document, &deadline.place);
        self.of_point(&deadline.point, &written, &deadline.place);
        if deadline.stand_in {
            let message = format!(
                "No date is told at which something happens by itself. “{written}” is the date asked for and stands in for it: confirm what happens then."
            );
            self.push("only_a_date_asked_for", message, &deadline.place);
        }
    }

    fn of_point(&mut self, point: &Point, written: &str, place: &Place) {
        for doubt in &point.doubts {
            let (code, message) = match doubt {
                Doubt::Order(other) => (
                    "ambiguous_date",
                    format!("“{written}” can be {} or {other}; {} is taken. Say which is meant.", point.day, point.day),
                ),
                Doubt::Weekday => (
                    "weekday_contradicts_date",
                    format!(
                        "In “{written}” the weekday and the date {} do not belong together. Ask the provider which is meant.",
                        point.day
                    ),
                ),
                Doubt::Zones => (
                    "zones_disagree",
                    format!(
                        "“{written}” tells one moment in zones that do not agree; the earliest, {}, is taken.",
                        point.at
                    ),
                ),
                Doubt::Zone(ZoneDoubt::OutOfSeason) => (
                    "zone_out_of_season",
                    format!(
                        "The zone in “{written}” is not in force on {}; the earlier reading, {}, is taken.",
                        point.day, point.at
                    ),
                ),
                Doubt::Zone(ZoneDoubt::Several) => (
                    "ambiguous_zone",
                    format!(
                        "The zone in “{written}” has several meanings; the earliest, {}, is taken. Say which place is meant.",
                        point.at
                    ),
                ),
                Doubt::Zone(ZoneDoubt::Nowhere) => (
                    "local_time_without_place",
                    format!(
                        "“{written}” is local time, and the place is not certain; {} is taken. Confirm it.",
                        point.at
                    ),
                ),
                Doubt::Zone(ZoneDoubt::Inferred) => (
                    "local_time_without_place",
                    format!(
                        "“{written}” is local time; it is read as that of the place the message names, {}. Confirm it.",
                        point.at
                    ),
                ),
                Doubt::NoZone => (
                    "time_without_zone",
                    format!("“{written}” names no time zone; {} is taken. Confirm it.", shown(point)),
                ),
                Doubt::Vague => (
                    "vague_date",
                    format!("“{written}” is no exact date; {} is taken, its first possible day.", point.day),
                ),
                Doubt::Relative => (
                    "relative_date",
                    format!(
                        "“{written}” counts from the day the message was written; it makes {}. Confirm it.",
                        point.day
                    ),
                ),
                Doubt::Year => continue,
            };
            self.push(code, message, place);
        }
    }

    /// Windows that overlap and differ, and deadlines of which one seems a slip of the other.
    fn contradictions(&mut self, windows: &[Found], deadlines: &[Dated]) {
        for (a, b) in same_window::contradictions(windows) {
            let (one, other) =
                (as_written(self.document, &windows[a].place), as_written(self.document, &windows[b].place));
            let message = format!("The message tells two windows that cannot both be true: “{one}” and “{other}”.");
            self.push("contradicting_windows", message, &windows[b].place);
        }
        for (n, a) in deadlines.iter().enumerate() {
            for b in deadlines.iter().skip(n + 1).take(32) {
                if a.role.is_hard() && b.role.is_hard() && a.role == b.role && looks_like_a_slip(&a.point, &b.point) {
                    let message = format!(
                        "The message tells two dates that look like one: {} and {}. The earlier is taken. Ask the provider which is meant.",
                        a.point.day, b.point.day
                    );
                    self.push("contradicting_dates", message, &b.place);
                }
            }
        }
    }

    /// A message whose dates lead to nothing says so where one of them was vague or relative.
    fn of_what_was_not_used(&mut self, dates: &Dates) {
        for mention in dates.mentions.iter().filter(|m| m.live && !m.struck) {
            if let Value::Point(point) = &mention.value
                && point.doubts.iter().any(|d| matches!(d, Doubt::Vague | Doubt::Relative | Doubt::Order(_)))
            {
                let written = as_written(self.document, &mention.place);
                self.of_point(point, &written, &mention.place);
            }
        }
    }
}

/// Two dates that differ in one part only: the month, or the year.
fn looks_like_a_slip(a: &Point, b: &Point) -> bool {
    use chrono::Datelike;
    let (x, y) = (a.day, b.day);
    x != y && x.day() == y.day() && ((x.year() == y.year()) != (x.month() == y.month()))
}

fn shown(point: &Point) -> String {
    match point.at {
        When::Instant(at) => format!("{} UTC", at.format("%Y-%m-%d %H:%M")),
        When::Date { date, .. } => date.to_string(),
    }
}
