//! Entries of the calendar as iCalendar (RFC 5545), for programs that subscribe.
//!
//! Owns how an entry becomes an event. Titles come from providers' mails: they are put on one line without control
//! characters before the writer escapes them, so that none can begin a line of its own.

use chrono::{DateTime, Days, TimeDelta, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _};

use super::view::agenda::{AgendaEntry, AgendaWhat};

/// The longest title, in characters.
const LONGEST: usize = 200;
/// What is due at a moment is drawn as so long before it.
const DUE: TimeDelta = TimeDelta::minutes(30);

/// A whole calendar. `now` is business time, and the same entries at the same time give the same text.
#[must_use]
pub fn calendar(name: &str, url: &str, entries: &[AgendaEntry], now: DateTime<Utc>) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&plain(name));
    calendar.append_property(("REFRESH-INTERVAL;VALUE=DURATION", "PT1H"));
    calendar.append_property(("X-PUBLISHED-TTL", "PT1H"));
    for entry in entries {
        calendar.push(event(entry, url, now));
    }
    calendar.to_string()
}

fn event(entry: &AgendaEntry, url: &str, now: DateTime<Utc>) -> Event {
    let mut event = Event::new();
    event.uid(&format!("{}@countersign", entry.id)).timestamp(now).summary(&summary(entry));
    if let Some(notice) = &entry.notice {
        let link = format!("{url}/notices/{}", notice.number);
        event.description(&format!("{}: {link}", plain(&notice.provider.name)));
        event.append_property(("URL", link.as_str()));
    }
    match (entry.day, entry.start, entry.end) {
        (Some(day), ..) => {
            event.starts(day);
            event.ends(day.checked_add_days(Days::new(1)).unwrap_or(day));
        }
        (None, Some(start), Some(end)) => {
            event.starts(start);
            event.ends(end);
        }
        (None, Some(start), None) => {
            event.starts(start - DUE);
            event.ends(start);
        }
        (None, None, _) => {}
    }
    // Only work takes time; a date that is merely due keeps nobody busy.
    if !matches!(entry.what, AgendaWhat::Window | AgendaWhat::Duty) {
        event.append_property(("TRANSP", "TRANSPARENT"));
    }
    event.done()
}

fn summary(entry: &AgendaEntry) -> String {
    let label = match entry.what {
        AgendaWhat::Freeze => format!("Freeze: {}", entry.label),
        _ => entry.label.clone(),
    };
    let whose = entry.team.as_ref().filter(|_| entry.what != AgendaWhat::Duty);
    let whose = whose.map(|team| format!(" ({})", team.name)).unwrap_or_default();
    let of = entry.notice.as_ref().map(|n| format!(": [N-{}] {}", n.number, n.title)).unwrap_or_default();
    plain(&format!("{label}{whose}{of}"))
}

/// One line, without control characters, not longer than a title has to be.
fn plain(text: &str) -> String {
    let line = text.replace(char::is_control, " ");
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(title: &str) -> AgendaEntry {
        let at = |text: &str| Some(text.parse().unwrap());
        AgendaEntry {
            id: "n-window".to_owned(),
            what: AgendaWhat::Freeze,
            day: None,
            start: at("2024-06-06T06:00:00Z"),
            end: at("2024-06-06T08:00:00Z"),
            label: title.to_owned(),
            notice: None,
            team: None,
            person: None,
        }
    }

    fn written(title: &str) -> String {
        calendar("House", "https://house.example", &[window(title)], "2024-06-01T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_title_cannot_become_a_property() {
        for attack in [
            "A\r\nATTENDEE:mailto:eve@example.com",
            "A\nEND:VEVENT\nBEGIN:VALARM",
            "A\rX-EVIL:1",
            "A\u{2028}\u{85}X-EVIL:1",
            "A\\nBEGIN:VEVENT",
            "A\0;X=1:2,3",
        ] {
            let text = written(attack);
            // Folded lines belong to the one before (RFC 5545, 3.1).
            let whole = text.replace("\r\n ", "").replace("\r\n\t", "");
            let names: Vec<&str> =
                whole.split("\r\n").map(|line| line.split([':', ';']).next().unwrap_or("")).collect();
            for strange in ["ATTENDEE", "X-EVIL", "VALARM", "X"] {
                assert!(!names.contains(&strange), "{attack:?} wrote a line of its own:\n{text}");
            }
            assert_eq!(names.iter().filter(|name| **name == "BEGIN").count(), 2, "{attack:?}:\n{text}");
            assert!(
                !whole.contains(['\n', '\0']) || whole.split("\r\n").all(|line| !line.contains(['\n', '\r', '\0']))
            );
        }
    }

    #[test]
    fn the_same_entries_give_the_same_text_and_lines_are_short() {
        let long = "Wörter ".repeat(60);
        assert_eq!(written(&long), written(&long));
        assert!(written(&long).split("\r\n").all(|line| line.len() <= 75), "{}", written(&long));
    }

    #[test]
    fn a_bare_date_is_a_whole_day() {
        let entry = AgendaEntry { day: Some("2024-08-22".parse().unwrap()), start: None, end: None, ..window("Hard") };
        let text = calendar("House", "https://house.example", &[entry], "2024-06-01T08:00:00Z".parse().unwrap());
        assert!(text.contains("DTSTART;VALUE=DATE:20240822") && text.contains("DTEND;VALUE=DATE:20240823"), "{text}");
    }
}
