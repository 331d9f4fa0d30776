//! What the provider wrote, cut where facts begin and end, so that the page can mark them in text nodes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use uuid::Uuid;

use super::Show;
use super::facts::{kind_label, role_label, status_label};
use super::names::provider_name;
use crate::notice::facts::Facts;
use crate::reading::{Announcement, Reading, Span};
use crate::web::view::notice::{FactView, Segment, Source, TextPart, TextStyle};

/// A fact's place in a text.
struct Mark<'a> {
    id: String,
    span: Cow<'a, Span>,
}

/// Shorter words stand in a text by chance.
const TELLING: usize = 4;

/// Where a message says these words, as they are.
pub(super) fn said(reading: &Reading, words: &str) -> Option<Span> {
    if words.chars().count() < TELLING {
        return None;
    }
    reading.texts.iter().find_map(|part| {
        let start = part.text.find(words)?;
        Some(Span { part: part.part.clone(), start, end: start + words.len(), quote: words.to_owned() })
    })
}

/// The texts of all of a notice's messages, the newest message first.
pub(super) fn of_notice(show: &Show<'_>) -> Vec<TextPart> {
    let readings = show.detail.readings.iter().rev();
    readings.flat_map(|(message, reading)| cut(*message, reading, &marks_of_case(show, reading))).collect()
}

/// The texts of one message, marked with the facts that [`message_facts`] lists.
#[must_use]
pub fn parts(message: Uuid, reading: &Reading) -> Vec<TextPart> {
    cut(message, reading, &own_marks(reading))
}

/// Where a message says what the notice holds: the ids are those of the notice's facts.
fn marks_of_case<'a>(show: &Show<'_>, reading: &'a Reading) -> Vec<Mark<'a>> {
    let facts = &show.case().facts;
    let mut marks = Vec::new();
    for announcement in &reading.notices {
        heads(announcement, facts, &mut marks);
        for found in &announcement.deadlines {
            let known = facts.deadlines.iter().find(|known| {
                known.role == found.role && (known.when == found.at || known.when.is_refined_by(&found.at))
            });
            mark(known.map(|known| known.id.to_string()), found.span.as_ref(), &mut marks);
        }
        for found in &announcement.windows {
            let known = facts.windows.iter().find(|known| known.start == found.start && known.end == found.end);
            mark(known.map(|known| known.id.to_string()), found.span.as_ref(), &mut marks);
        }
        for found in &announcement.resources {
            let known = facts.resources.iter().find(|known| known.key == found.id);
            mark(known.map(|known| known.id.to_string()), found.span.as_ref(), &mut marks);
        }
    }
    entered(show, reading, &mut marks);
    marks
}

/// What a person entered, where the message says it in these words: dates as they are written there, resources by name.
fn entered(show: &Show<'_>, reading: &Reading, marks: &mut Vec<Mark<'_>>) {
    let facts = &show.case().facts;
    let dates = facts.deadlines.iter().filter_map(|d| Some((d.id.to_string(), show.names.kept(d.as_written?)?)));
    let names = facts.resources.iter().map(|resource| (resource.id.to_string(), resource.key.clone()));
    for (id, words) in dates.chain(names) {
        if marks.iter().all(|mark| mark.id != id)
            && let Some(span) = said(reading, &words)
        {
            marks.push(Mark { id, span: Cow::Owned(span) });
        }
    }
}

fn heads<'a>(announcement: &'a Announcement, facts: &Facts, marks: &mut Vec<Mark<'a>>) {
    let mut told = |name: &str, holds: bool, span: Option<&'a Span>| {
        mark(holds.then(|| name.to_owned()), span, marks);
    };
    told("provider", announcement.provider.value == facts.provider.as_str(), announcement.provider.span.as_ref());
    told("kind", announcement.kind.value == facts.kind, announcement.kind.span.as_ref());
    told("status", announcement.status.value == facts.status, announcement.status.span.as_ref());
}

fn mark<'a>(id: Option<String>, span: Option<&'a Span>, marks: &mut Vec<Mark<'a>>) {
    if let (Some(id), Some(span)) = (id, span) {
        marks.push(Mark { id, span: Cow::Borrowed(span) });
    }
}

/// Where a message says something, by its own numbering: announcement, sort, place in its list.
fn own_marks(reading: &Reading) -> Vec<Mark<'_>> {
    let mut marks = Vec::new();
    for (n, announcement) in reading.notices.iter().enumerate() {
        let id = |sort: &str, k: usize| Some(format!("{}.{sort}{}", n + 1, k + 1));
        mark(id("provider", 0), announcement.provider.span.as_ref(), &mut marks);
        mark(id("kind", 0), announcement.kind.span.as_ref(), &mut marks);
        mark(id("status", 0), announcement.status.span.as_ref(), &mut marks);
        for (k, found) in announcement.deadlines.iter().enumerate() {
            mark(id("deadline", k), found.span.as_ref(), &mut marks);
        }
        for (k, found) in announcement.windows.iter().enumerate() {
            mark(id("window", k), found.span.as_ref(), &mut marks);
        }
        for (k, found) in announcement.resources.iter().enumerate() {
            mark(id("resource", k), found.span.as_ref(), &mut marks);
        }
    }
    marks
}

/// What a message says, with the ids that [`parts`] marks.
#[must_use]
pub fn message_facts(message: Uuid, reading: &Reading) -> Vec<FactView> {
    let mut facts = Vec::new();
    for (n, a) in reading.notices.iter().enumerate() {
        let mut add = |sort: &str, k: usize, label: &str, value: String, span: Option<&Span>, confidence: f32| {
            facts.push(FactView {
                id: format!("{}.{sort}{}", n + 1, k + 1),
                name: sort.to_owned(),
                label: label.to_owned(),
                value,
                confidence,
                source: Source::Reading,
                quote: span.map(|span| span.quote.clone()),
                message: Some(message),
            });
        };
        let provider = provider_name(&a.provider.value);
        add("provider", 0, "Provider", provider, a.provider.span.as_ref(), a.provider.confidence);
        add("kind", 0, "Kind", kind_label(a.kind.value).to_owned(), a.kind.span.as_ref(), a.kind.confidence);
        let status = status_label(a.status.value).to_owned();
        add("status", 0, "Status", status, a.status.span.as_ref(), a.status.confidence);
        for (k, d) in a.deadlines.iter().enumerate() {
            add("deadline", k, role_label(d.role), d.at.to_string(), d.span.as_ref(), d.confidence);
        }
        for (k, w) in a.windows.iter().enumerate() {
            add("window", k, "Provider's window", w.as_written.clone(), w.span.as_ref(), w.confidence);
        }
        for (k, r) in a.resources.iter().enumerate() {
            add("resource", k, "Resource", r.id.clone(), r.span.as_ref(), 1.0);
        }
    }
    facts
}

fn cut(message: Uuid, reading: &Reading, marks: &[Mark<'_>]) -> Vec<TextPart> {
    let texts = reading.texts.iter();
    texts
        .map(|text| {
            let here: Vec<&Mark<'_>> = marks.iter().filter(|mark| mark.span.part == text.part).collect();
            TextPart { message, part: text.part.clone(), segments: segments(&text.text, &here) }
        })
        .collect()
}

/// Cuts a text at every place where a fact begins or ends. A span that does not fit the text (one read by an older reader
/// of a newer text) marks nothing; the text itself is always whole.
fn segments(text: &str, marks: &[&Mark<'_>]) -> Vec<Segment> {
    let fits = |span: &Span| {
        span.start < span.end
            && span.end <= text.len()
            && text.is_char_boundary(span.start)
            && text.is_char_boundary(span.end)
    };
    let marks: Vec<&&Mark<'_>> = marks.iter().filter(|mark| fits(&mark.span)).collect();
    let mut cuts: BTreeSet<usize> = marks.iter().flat_map(|mark| [mark.span.start, mark.span.end]).collect();
    cuts.extend([0, text.len()]);
    let cuts: Vec<usize> = cuts.into_iter().collect();
    cuts.windows(2)
        .map(|ends| {
            let (start, end) = (ends[0], ends[1]);
            let over = marks.iter().filter(|mark| mark.span.start <= start && end <= mark.span.end);
            let facts: BTreeSet<&str> = over.map(|mark| mark.id.as_str()).collect();
            Segment {
                text: text[start..end].to_owned(),
                facts: facts.into_iter().map(str::to_owned).collect(),
                style: TextStyle::Plain,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span { part: "1".to_owned(), start, end, quote: String::new() }
    }

    fn shown(text: &str, spans: &[(&str, Span)]) -> Vec<(String, Vec<String>)> {
        let marks: Vec<Mark<'_>> =
            spans.iter().map(|(id, span)| Mark { id: (*id).to_owned(), span: Cow::Borrowed(span) }).collect();
        let marks: Vec<&Mark<'_>> = marks.iter().collect();
        segments(text, &marks).into_iter().map(|segment| (segment.text, segment.facts)).collect()
    }

    #[test]
    fn facts_that_overlap_share_the_piece_between_them() {
        let pieces = shown("expires on August 22, 2024", &[("d1", span(0, 26)), ("d2", span(11, 26))]);
        assert_eq!(pieces[0], ("expires on ".to_owned(), vec!["d1".to_owned()]));
        assert_eq!(pieces[1], ("August 22, 2024".to_owned(), vec!["d1".to_owned(), "d2".to_owned()]));
    }

    #[test]
    fn the_text_is_whole_whatever_the_spans_say() {
        let text = "Zürich läuft am 22. August aus";
        for spans in [
            vec![],
            vec![("d1", span(1, 3))],
            vec![("d1", span(2, 2))],
            vec![("d1", span(5, 900))],
            vec![("d1", span(0, text.len())), ("r1", span(0, 7))],
        ] {
            let whole: String = shown(text, &spans).into_iter().map(|(piece, _)| piece).collect();
            assert_eq!(whole, text, "spans {spans:?} changed the text");
        }
    }
}
