//! A calendar's lines as properties (RFC 5545): by the icalendar crate where the file keeps to the standard, mended where
//! it does not.
//!
//! Owns what a fault in folding, escaping or nesting is read as. It must not know what a property means.

use icalendar::parser;

/// One property: name in upper case, parameters as written, value with escapes undone.
#[derive(Debug, Clone, Default)]
pub(super) struct Property {
    pub name: String,
    parameters: Vec<(String, String)>,
    pub value: String,
}

impl Property {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_matches('"'))
    }
}

/// The properties of each VEVENT. Nested components (alarms) and the calendar's own properties are left out.
pub(super) fn events(text: &str) -> Vec<Vec<Property>> {
    valid(text).unwrap_or_else(|| mended(text))
}

/// A calendar without a fault, by the icalendar crate. It descends into each component and tries again where one is
/// faulty, so it is asked only where components are closed as they were opened, and hardly nested.
fn valid(text: &str) -> Option<Vec<Vec<Property>>> {
    let begun = whole_events(text)?;
    let unfolded = parser::unfold(text);
    let calendar = parser::read_calendar(&unfolded).ok()?;
    let is_event = |c: &&parser::Component<'_>| c.name.as_str().eq_ignore_ascii_case("VEVENT");
    let found: Vec<Vec<Property>> =
        calendar.components.iter().filter(is_event).map(|e| e.properties.iter().map(of_crate).collect()).collect();
    (found.len() == begun).then_some(found)
}

/// How many events a text holds, where each component is closed in its turn and every line begins a property or goes on
/// with one.
fn whole_events(text: &str) -> Option<usize> {
    const DEEPEST: usize = 4;
    let mut open: Vec<&str> = Vec::new();
    let mut events = 0;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("BEGIN:") {
            events += usize::from(name.trim() == "VEVENT");
            open.push(name.trim());
        } else if let Some(name) = line.strip_prefix("END:") {
            open.pop().filter(|begun| *begun == name.trim())?;
        } else if !(line.starts_with([' ', '\t']) || begins_property(line) && line.contains(':')) {
            return None;
        }
        if open.len() > DEEPEST {
            return None;
        }
    }
    (open.is_empty() && events > 0).then_some(events)
}

fn of_crate(property: &parser::Property<'_>) -> Property {
    let value = |p: &parser::Parameter<'_>| p.val.as_ref().map_or(String::new(), |v| v.as_str().to_owned());
    Property {
        name: property.name.as_str().to_ascii_uppercase(),
        parameters: property.params.iter().map(|p| (p.key.as_str().to_owned(), value(p))).collect(),
        value: unescaped(property.val.as_str()),
    }
}

/// A faulty calendar, as far as it can be told what was meant.
fn mended(text: &str) -> Vec<Vec<Property>> {
    let mut all = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut current = Vec::new();
    for line in unfolded(text) {
        let Some(property) = property(&line) else { continue };
        match property.name.as_str() {
            "BEGIN" => open.push(property.value.trim().to_ascii_uppercase()),
            "END" => {
                let is_whole = open.pop().is_some_and(|closed| closed == "VEVENT");
                all.extend(is_whole.then(|| std::mem::take(&mut current)));
            }
            _ if open.last().is_some_and(|c| c == "VEVENT") => current.push(property),
            _ => {}
        }
    }
    // A file that was cut off before END:VEVENT.
    if !current.is_empty() {
        all.push(current);
    }
    all
}

/// Logical lines. A line that begins with a blank belongs to the one before, and so does one that cannot begin a
/// property: some senders break long values without folding them.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line[1..]),
            Some(last) if !begins_property(line) => {
                if !line.is_empty() {
                    last.push_str("\\n");
                    last.push_str(line);
                }
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn begins_property(line: &str) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    let is_name = name.len() >= 3 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    is_name && (name.len() < line.len() || name.starts_with("X-"))
}

fn property(line: &str) -> Option<Property> {
    let (head, value) = split_value(line)?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let pairs = parameters.split(';').filter_map(|p| p.split_once('='));
    Some(Property {
        name: name.trim().to_ascii_uppercase(),
        parameters: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        value: unescaped(value),
    })
}

/// At the first colon that stands outside of quotation marks.
fn split_value(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    Some((&line[..at], &line[at + 1..]))
}

fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', Some(',' | ';' | '\\' | ':' | '"')) => out.extend(chars.next()),
            ('\\', Some(' ')) => {}
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1@acme.example\r\nDTSTART;TZID=\"Europe/Berlin\":20260510T220000\r\nSUMMARY:Works\\, part\r\n  one\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn shown(events: &[Vec<Property>]) -> Vec<String> {
        let line = |p: &Property| format!("{} {} {}", p.name, p.parameter("tzid").unwrap_or("-"), p.value);
        events.iter().flatten().map(line).collect()
    }

    #[test]
    fn both_ways_read_a_whole_calendar_alike() {
        let by_crate = valid(WHOLE).expect("the crate reads a calendar without a fault");
        assert_eq!(shown(&by_crate), shown(&mended(WHOLE)));
        assert_eq!(
            shown(&by_crate),
            ["UID - 1@acme.example", "DTSTART Europe/Berlin 20260510T220000", "SUMMARY - Works, part one"]
        );
    }

    #[test]
    fn a_faulty_calendar_still_gives_its_events() {
        for faulty in [
            WHOLE.replace("END:VEVENT\r\nEND:VCALENDAR\r\n", ""),
            WHOLE.replace("\r\n  one", "\r\nand part one"),
            WHOLE.replace("END:VALARM\r\n", ""),
        ] {
            assert!(valid(&faulty).is_none(), "it is faulty: {faulty}");
            assert!(shown(&mended(&faulty)).iter().any(|l| l.starts_with("UID")), "in {faulty}");
        }
    }
}
