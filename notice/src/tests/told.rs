//! What a provider tells in parts: its timeline, delivered whole each time, and lists that come in pages.

use proptest::prelude::*;

use super::main_job::expires;
use super::{House, announced, at, text};
use crate::command::Command;
use crate::event::{Event, Manner};
use crate::fact::{Authenticity, Kind};
use crate::facts::{Announced, TimelineEntry};
use crate::gate::is_current;
use crate::pages::Pages;
use crate::procedure::Gate;

fn entry(time: &str, status: &str, words: &str) -> TimelineEntry {
    TimelineEntry { at: Some(at(time)), status: status.to_owned(), text: text(words) }
}

fn history() -> Vec<TimelineEntry> {
    vec![
        entry("2024-06-03T09:00:00Z", "investigating", "We look into it."),
        entry("2024-06-03T09:30:00Z", "identified", "A switch has failed."),
        entry("2024-06-03T10:00:00Z", "monitoring", "It was replaced."),
    ]
}

fn told(timeline: Vec<TimelineEntry>) -> Announced {
    Announced { timeline, ..announced(Kind::Incident, None) }
}

fn states(house: &House) -> Vec<&str> {
    house.case().timeline.iter().map(|entry| entry.status.as_str()).collect()
}

#[test]
fn the_providers_timeline_becomes_the_notices_history_oldest_first() {
    let mut house = House::of_four();
    house.receives(told(history()[1..2].to_vec()));
    assert_eq!(states(&house), ["identified"]);
    let news = house.hears(Authenticity::Verified, told(history()));
    let first = news.first().expect("something was told");
    assert!(matches!(first, Event::MessageAttached { manner: Manner::Update, .. }), "{news:?}");
    assert_eq!(states(&house), ["investigating", "identified", "monitoring"]);
    let news = house.hears(Authenticity::Verified, told(history()));
    assert!(matches!(news[..], [Event::MessageAttached { manner: Manner::Repeat, .. }]), "the same again: {news:?}");
}

#[test]
fn an_entry_whose_words_were_erased_here_does_not_come_back() {
    let mut house = House::of_four();
    house.receives(told(history()));
    // Words that were erased get a reference of their own when they are told again.
    let mut again = history();
    again[1].text.id = uuid::Uuid::from_u128(99);
    again[1].text.commitment = crate::text::Digest::of(b"another salt");
    house.hears(Authenticity::Verified, told(again));
    assert_eq!(states(&house).len(), 3);
}

#[test]
fn a_timeline_makes_no_signature_stale() {
    let mut house = House::of_four();
    house.receives(Announced { timeline: history()[..1].to_vec(), ..announced(Kind::CertificateRotation, expires()) });
    house.assesses("eve");
    house.signs("eve", Gate::Assess);
    house.hears(
        Authenticity::Verified,
        Announced { timeline: history(), ..announced(Kind::CertificateRotation, expires()) },
    );
    assert_eq!(states(&house).len(), 3);
    assert!(is_current(house.case(), &house.case().sign_offs[0]), "what the provider says by the way voids nothing");
}

/// One page of an event of three instances on three pages.
fn page(version: &str, number: u32) -> Announced {
    let mut page = announced(Kind::CertificateRotation, expires());
    page.resources.truncate(1);
    page.resources[0].key = format!("db-{number}");
    page.pages = Some(Pages { set: version.to_owned(), numbers: [number].into(), of: 3 });
    page
}

#[test]
fn nobody_assesses_a_list_of_which_pages_are_missing() {
    let mut house = House::of_four();
    house.receives(page("v1", 2));
    house.assesses("eve");
    assert!(house.codes(Gate::Assess).contains(&"pages_missing".to_owned()));
    let sign = house.verdict(Gate::Assess, crate::event::Verdict::Approve);
    let refusal = house.is_refused("eve", sign);
    let told = refusal.blockers.first().expect("a reason").sentence.clone();
    assert!(told.starts_with("Pages 1 and 3 of 3"), "{told}");
    for number in [3, 1] {
        let news = house.hears(Authenticity::Verified, page("v1", number));
        let first = news.first().expect("something was told");
        assert!(matches!(first, Event::MessageAttached { manner: Manner::Page, .. }), "{news:?}");
        assert_eq!(house.case().announced_at, None, "a page of what is being told is no change");
    }
    assert!(!house.codes(Gate::Assess).contains(&"pages_missing".to_owned()));
    // A backup of the event comes from a second region.
    let news = house.hears(Authenticity::Verified, page("v1", 3));
    assert!(matches!(news[..], [Event::MessageAttached { manner: Manner::Repeat, .. }]), "{news:?}");
}

#[test]
fn where_nothing_is_assessed_the_first_gate_asks_for_the_whole_list() {
    let mut house = House::of_four();
    let first = page("v1", 1);
    house.receives(Announced { kind: Kind::Informational, deadlines: Vec::new(), ..first });
    let procedure = house.context.procedure(house.case()).expect("a procedure");
    assert!(procedure.gate(Gate::Assess).is_none(), "{} asks for an assessment now: take a lighter one", procedure.id);
    assert!(house.codes(Gate::Close).contains(&"pages_missing".to_owned()), "{:?}", house.codes(Gate::Close));
    house.does("eve", Command::ConfirmPages);
    assert!(!house.codes(Gate::Close).contains(&"pages_missing".to_owned()), "{:?}", house.codes(Gate::Close));
}

#[test]
fn a_person_can_say_that_the_list_is_whole_and_a_late_page_is_then_a_change() {
    let mut house = House::of_four();
    house.receives(page("v1", 1));
    house.does("eve", Command::ConfirmPages);
    house.assesses("eve");
    house.signs("eve", Gate::Assess);
    let news = house.hears(Authenticity::Verified, page("v1", 2));
    let first = news.first().expect("something was told");
    assert!(matches!(first, Event::MessageAttached { manner: Manner::Update, .. }), "{news:?}");
    assert!(!is_current(house.case(), &house.case().sign_offs[0]), "it was signed without that resource");
    assert!(house.does("eve", Command::ConfirmPages).is_empty(), "it was said already");
}

#[test]
fn a_newer_version_is_asked_for_its_own_pages() {
    let mut house = House::of_four();
    house.receives(page("v1", 1));
    for number in [1, 2, 3] {
        house.hears(Authenticity::Verified, page("v2", number));
    }
    assert_eq!(
        house.case().pages.missing(),
        Vec::<u32>::new(),
        "what never came of the older version no longer counts"
    );
}

proptest! {
    #[test]
    fn in_whatever_order_pages_come_the_notice_is_the_same(order in Just(vec![1, 2, 3, 2]).prop_shuffle()) {
        let mut house = House::of_four();
        house.receives(page("v1", order[0]));
        for number in &order[1..] {
            house.hears(Authenticity::Verified, page("v1", *number));
        }
        let mut keys: Vec<&str> = house.case().facts.resources.iter().map(|r| r.key.as_str()).collect();
        keys.sort_unstable();
        prop_assert_eq!(keys, ["db-1", "db-2", "db-3"]);
        prop_assert_eq!(house.case().announced_at, None);
        prop_assert!(house.case().pages.missing().is_empty());
    }
}
