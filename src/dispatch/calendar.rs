//! An appointment as iCalendar (RFC 5545), to be sent as an invitation or as its end (RFC 5546, iMIP by RFC 6047).

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};

use crate::notice::letter::{Appointment, AppointmentSort, Letter};
use crate::paper::words::one_line;

/// The calendar object, and its method: `REQUEST` or `CANCEL`.
pub(super) struct Object {
    pub method: &'static str,
    pub text: String,
}

/// What an entry is called in a calendar.
pub(super) fn title(appointment: &Appointment) -> String {
    let what = match appointment.sort {
        AppointmentSort::Window => "Planned window",
        AppointmentSort::ActBy => "Act by",
    };
    let notice = &appointment.notice;
    one_line(&format!("{what}: [N-{}] {}: {}", notice.number, notice.provider, notice.title), 120)
}

/// The object for one person's calendar. The same entry keeps its UID, and a later version has a greater SEQUENCE.
pub(super) fn object(
    letter: &Letter,
    appointment: &Appointment,
    (organizer, attendee): (&str, &str),
    now: DateTime<Utc>,
) -> Object {
    let domain = organizer.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let method = if appointment.cancelled { "CANCEL" } else { "REQUEST" };
    let url = format!("{}/notices/{}", letter.public_url, appointment.notice.number);
    let mut words = lines(&appointment.words);
    if !words.is_empty() {
        words.push_str("\n\n");
    }
    words.push_str(&url);
    let mut event = Event::new();
    event
        .uid(&format!("{}@countersign.{domain}", appointment.uid))
        .sequence(appointment.sequence)
        .timestamp(now)
        .starts(appointment.start)
        .ends(appointment.end)
        .summary(&title(appointment))
        .description(&words)
        .url(&url)
        .status(if appointment.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
        .append_property(
            Property::new("ORGANIZER", format!("mailto:{organizer}"))
                .add_parameter("CN", &quoted(&letter.installation))
                .done(),
        )
        .append_property(
            Property::new("ATTENDEE", format!("mailto:{attendee}"))
                .add_parameter("CN", &quoted(&letter.to.name))
                .add_parameter("PARTSTAT", "NEEDS-ACTION")
                .add_parameter("RSVP", "FALSE")
                .done(),
        );
    // A day by which to act takes up no time: nobody is busy for it.
    event.add_property("TRANSP", if appointment.sort == AppointmentSort::ActBy { "TRANSPARENT" } else { "OPAQUE" });
    let mut calendar = Calendar::new();
    calendar.append_property(Property::new("METHOD", method)).push(event.done());
    Object { method, text: calendar.to_string() }
}

/// Several lines for the writer to escape. It knows line feeds only, and some calendars take a bare CR for the end of a line.
fn lines(text: &str) -> String {
    let plain = text.replace("\r\n", "\n").replace('\r', "\n");
    plain.replace(|c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{2029}'), " ")
}

/// A name as a parameter's value: in quotes, which it may therefore not hold (RFC 5545, 3.2).
fn quoted(name: &str) -> String {
    format!("\"{}\"", one_line(&name.replace('"', "'"), 80))
}
