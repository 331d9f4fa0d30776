//! The reader's tests from outside: golden pairs, hostile bytes, the order of arrival.

mod arrival;
mod golden;
mod mutation;
mod torture;

use chrono::{DateTime, NaiveDate, Utc};
use countersign_notice::fact::Authenticity;
use countersign_reading::profile::Providers;
use countersign_reading::{Input, Reading, read};

/// What a door knows beside the bytes.
#[derive(Debug, Clone, Default)]
struct Known {
    received: Option<DateTime<Utc>>,
    subject: Option<String>,
    media: Option<String>,
}

fn reading_of(bytes: &[u8], known: &Known) -> Reading {
    let input = Input {
        bytes,
        media: known.media.as_deref(),
        received: known.received,
        subject: known.subject.as_deref(),
        authenticity: Authenticity::Unverified,
    };
    read(&input, Providers::embedded())
}

fn noon(date: &str) -> DateTime<Utc> {
    let date: NaiveDate = date.parse().expect("a date such as 2026-05-10");
    date.and_hms_opt(12, 0, 0).expect("noon exists").and_utc()
}

/// What must hold of every reading, whatever the message: spans lie in the texts, at characters' edges.
fn assert_sound(reading: &Reading, what: &str) {
    let spans = reading.notices.iter().flat_map(|n| {
        let of_dates = n.deadlines.iter().map(|d| &d.span).chain(n.windows.iter().map(|w| &w.span));
        of_dates
            .chain(n.resources.iter().map(|r| &r.span))
            .chain([&n.provider.span, &n.kind.span, &n.status.span])
            .flatten()
    });
    for span in spans.chain(reading.trouble.iter().filter_map(|t| t.span.as_ref())) {
        let found = reading.texts.iter().any(|t| t.part == span.part && t.text.get(span.range()).is_some());
        assert!(found, "{what}: the span {span:?} points into no text of the reading");
    }
    for notice in &reading.notices {
        for confidence in
            notice.deadlines.iter().map(|d| d.confidence).chain(notice.windows.iter().map(|w| w.confidence))
        {
            assert!((0.0..=1.0).contains(&confidence), "{what}: a confidence of {confidence}");
        }
    }
}
