//! What must hold for any text and any date: no panic, places inside the text, every form reads back, and a date moved
//! in the text moves in the reading.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use proptest::prelude::*;

use super::tests::base;
use super::{Base, Dates, Value};
use crate::document::Document;
use crate::meaning;
use countersign_notice::fact::{Kind, When};

const SENT: &str = "2024-05-20T12:00:00+00:00";

/// The first point of a text.
fn first(text: &str) -> Option<When> {
    let dates = Dates::read(&Document::from_text(None, text), &base(SENT));
    dates.mentions.iter().find_map(|m| match &m.value {
        Value::Point(point) => Some(point.at),
        Value::Span { start, .. } => Some(start.at),
        _ => None,
    })
}

/// Pieces that dates are made of, so that random texts are close to real ones.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,4}",
        "[0-9]{1,2}:[0-9]{2}",
        "[-/.:,()+~ \t\n|]",
        proptest::sample::select(
            "Jan March May Tue Friday UTC GMT PST IST local time to until from between and next week days in end of Q3 am pm T Z \
             today 年 月 日 bis Uhr de la Central expires will be removed before has been extended"
                .split(' ')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        ),
        "\\PC{0,4}",
    ]
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (1_577_836_800_i64..1_893_456_000)
        .prop_map(|seconds| DateTime::from_timestamp(seconds / 60 * 60, 0).unwrap_or_default())
}

const INSTANT_FORMS: &[&str] = &[
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M UTC",
    "%Y/%m/%d %H:%M:%S GMT",
    "%a, %d %b %Y %H:%M:%S +0000",
    "%A, %B %-d, %Y at %-I:%M %p UTC",
    "%-d %B %Y, %H:%M UTC",
    "%d-%b-%Y %H:%M (GMT)",
    "%H:%M UTC on %-d %b %Y",
    "%d.%m.%Y %H:%M UTC",
    "%a %b %e %H:%M:%S UTC %Y",
    "%Y%m%dT%H%M%SZ",
    "%b %d, %Y (%I:%M %p UTC)",
    "%d %b %Y %Hh%M UTC",
];

const DATE_FORMS: &[&str] =
    &["%Y-%m-%d", "%B %-d, %Y", "%-d %B %Y", "%d-%b-%Y", "%A, %-d %B %Y", "%d.%m.%Y", "%b. %-d, %Y", "%Y年%-m月%-d日"];

proptest! {
        #[test]
    fn any_text_gives_places_inside_it(pieces in proptest::collection::vec(piece(), 0..60)) {
        let text = pieces.join(" ");
        let document = Document::from_text(Some("Maintenance 1/2/24"), &text);
        for mention in Dates::read(&document, &Base::default()).mentions {
            prop_assert!(!document.text(&mention.place).is_empty(), "a mention stands outside its text: {mention:?}");
        }
        for kind in Kind::ALL {
            let meaning = meaning::tell(&document, &base(SENT), *kind);
            for deadline in &meaning.deadlines {
                prop_assert!((0.0..=1.0).contains(&deadline.confidence), "{deadline:?}");
            }
        }
    }

    #[test]
    fn glued_pieces_do_no_harm(pieces in proptest::collection::vec(piece(), 0..40)) {
        let document = Document::from_text(None, &pieces.concat());
        let dates = Dates::read(&document, &base(SENT));
        prop_assert!(dates.mentions.len() <= document.parts[0].text.len());
    }

    #[test]
    fn every_form_of_an_instant_reads_back(instant in instants()) {
        for form in INSTANT_FORMS {
            let text = format!("It begins {}, as told.", instant.format(form));
            prop_assert_eq!(first(&text), Some(When::Instant(instant)), "“{}”", text);
        }
    }

    #[test]
    fn every_form_of_a_date_reads_back(instant in instants()) {
        let date = instant.date_naive();
        for form in DATE_FORMS {
            let text = format!("It ends on {}.", date.format(form));
            prop_assert_eq!(first(&text), Some(When::date(date)), "“{}”", text);
        }
    }

    #[test]
    fn offsets_move_the_instant(instant in instants(), quarters in -48_i32..=56) {
        let offset = chrono::FixedOffset::east_opt(quarters * 900).unwrap_or_else(|| chrono::Offset::fix(&Utc));
        let text = format!("from {}", instant.with_timezone(&offset).format("%d %b %Y %H:%M:%S %:z"));
        prop_assert_eq!(first(&text), Some(When::Instant(instant)), "“{}”", text);
    }

    #[test]
    fn a_moved_date_moves_the_deadline(instant in instants(), days in 1_i64..400) {
        let deadline = |date: NaiveDate| {
            let text = format!("Support for version 3 ends on {}, and it will no longer work.", date.format("%-d %B %Y"));
            let document = Document::from_text(None, &text);
            meaning::tell(&document, &Base::default(), Kind::EndOfLife).deadlines.first().map(|d| d.at)
        };
        let date = instant.date_naive();
        let moved = date + Duration::days(days);
        prop_assert_eq!(deadline(date), Some(When::date(date)));
        prop_assert_eq!(deadline(moved), Some(When::date(moved)));
    }

    #[test]
    fn a_window_reads_back_in_any_order_of_lines(instant in instants(), minutes in 30_i64..600) {
        let end = instant + Duration::minutes(minutes);
        let text = format!("Start: {}\nEnd: {}\n", instant.format("%d-%b-%Y %H:%M UTC"), end.format("%d-%b-%Y %H:%M UTC"));
        let found = meaning::tell(&Document::from_text(None, &text), &Base::default(), Kind::ScheduledMaintenance).windows;
        prop_assert_eq!(found.len(), 1, "{:?}", found);
        prop_assert_eq!(found[0].start, Some(When::Instant(instant)));
        prop_assert_eq!(found[0].end, Some(When::Instant(end)));
    }
}
