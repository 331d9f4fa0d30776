//! Merging and splitting: what two notices are about stays somebody's business.

use super::main_job::expires;
use super::{House, announced, text};
use crate::case::{Case, Life};
use crate::command::Command;
use crate::fact::{Authenticity, Kind, Role, When};
use crate::facts::{Announced, AnnouncedDeadline, AnnouncedWindow};
use crate::ids::{NoticeId, ResourceId};

fn two() -> (House, Case) {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    let mut other = house.case().clone();
    other.id = NoticeId(uuid::Uuid::from_u128(43));
    (house, other)
}

fn merge(target: &Case) -> Command {
    Command::MergeInto { target: Box::new(target.clone()) }
}

#[test]
fn a_notice_is_merged_into_one_that_holds_all_it_is_about() {
    let (mut house, target) = two();
    house.does("eve", merge(&target));
    assert_eq!(house.case().life, Life::Merged { into: target.id });
    assert_eq!(house.is_refused("eve", Command::Close).code, "notice_merged");
    assert!(house.due().is_empty());
}

#[test]
fn merging_loses_neither_a_resource_nor_a_date_nor_a_gate() {
    let (mut house, target) = two();
    let mut smaller = target.clone();
    smaller.facts.resources.pop();
    assert_eq!(house.is_refused("eve", merge(&smaller)).code, "resource_lost");
    let mut later = target.clone();
    later.facts.deadlines[0].when = When::date(super::house::date("2024-12-01"));
    assert_eq!(house.is_refused("eve", merge(&later)).code, "deadline_lost");
    let mut lighter = target.clone();
    lighter.facts.kind = Kind::Informational;
    assert_eq!(house.is_refused("eve", merge(&lighter)).code, "several_kinds");
    let mut closed = target;
    closed.life = Life::Closed { at: house.context.now };
    assert_eq!(house.is_refused("eve", merge(&closed)).code, "target_not_open");
    let own = house.case().clone();
    assert_eq!(house.is_refused("eve", merge(&own)).code, "same_notice");
}

#[test]
fn a_notice_takes_over_every_date_of_the_one_that_is_merged_into_it() {
    let (mut house, other) = two();
    let day = |day: &str| Some(When::date(super::house::date(day)));
    let deadline = |role, day: &str| AnnouncedDeadline {
        role,
        when: When::date(super::house::date(day)),
        as_written: None,
        doubtful: false,
    };
    let window = |start| AnnouncedWindow { start: day(start), end: None, as_written: None };
    let deadlines = vec![
        deadline(Role::HardExpiry, "2024-08-22"),
        deadline(Role::RecommendedBy, "2024-07-01"),
        deadline(Role::Forced, "2024-09-01"),
    ];
    let windows = vec![window("2024-07-10"), window("2024-07-12")];
    house.does("eve", Command::Absorb { notice: other.id, deadlines, windows: windows.clone(), timeline: Vec::new() });
    let roles: Vec<_> = house.case().facts.deadlines.iter().map(|d| d.role).collect();
    assert_eq!(roles, [Role::HardExpiry, Role::RecommendedBy, Role::Forced], "one was lost, or one came twice");
    assert_eq!(house.case().facts.windows.len(), 2);
    // The other announcement goes on telling its own window only.
    let again = Announced { windows: windows[..1].to_vec(), ..announced(Kind::CertificateRotation, expires()) };
    house.hears(Authenticity::Verified, again);
    assert_eq!(house.case().facts.windows.len(), 2, "a mail about one part took the other part's window away");
}

#[test]
fn where_a_part_comes_from_is_said_once() {
    let (mut house, other) = two();
    house.does("eve", Command::ComeFrom { notice: other.id });
    assert_eq!(house.case().split_from, Some(other.id));
    assert_eq!(house.is_refused("eve", Command::ComeFrom { notice: other.id }).code, "origin_known");
}

#[test]
fn some_resources_go_on_in_a_notice_of_their_own() {
    let (mut house, other) = two();
    let split = |resources: Vec<u32>| Command::SplitOff {
        notice: other.id,
        resources: resources.into_iter().map(ResourceId).collect(),
    };
    assert_eq!(house.is_refused("eve", split(vec![1, 2])).code, "nothing_to_split");
    assert_eq!(house.is_refused("eve", split(vec![9])).code, "not_found");
    house.does("eve", split(vec![2]));
    let left: Vec<_> = house.case().facts.resources.iter().map(|r| r.key.as_str()).collect();
    assert_eq!(left, ["orders-db"]);
    house.does("eve", Command::Comment { text: text("The other half is N-2."), mentions: [].into() });
}
