//! No dead end: every shipped procedure, in houses of one, two and three people and with everybody away, comes to an end.

use chrono::Duration;

use super::{House, announced};
use crate::case::Life;
use crate::command::Command;
use crate::directory::Absence;
use crate::event::{Actor, Bypass, Verdict};
use crate::fact::{Kind, When};
use crate::gate::blockers;
use crate::procedure::{Gate, Size};

fn far() -> Option<When> {
    Some(When::date("2024-11-29".parse().expect("a date")))
}

/// Brings a notice to its end with whoever is there: everybody signs what they can, and what nobody can sign is overridden.
fn end(house: &mut House, people: &[&str]) {
    let worker = people[0];
    for gate in [Gate::Assess, Gate::Schedule, Gate::Close] {
        let procedure = house.context.procedure(house.case()).expect("a procedure").clone();
        if procedure.gate(gate).is_none() {
            continue;
        }
        match gate {
            Gate::Assess => house.assesses(worker),
            Gate::Schedule => house.plans(worker, "2024-07-02T06:00:00Z", "2024-07-02T08:00:00Z"),
            _ => house.waits_until("2024-07-02T09:00:00Z"),
        }
        house.works(worker, gate);
        people.iter().for_each(|who| {
            let approve = house.verdict(gate, Verdict::Approve);
            drop(house.tries(who, approve));
        });
        override_the_rest(house, people, gate);
        let left = house.codes(gate);
        let why = house.context.procedure(house.case()).map(|p| p.id.to_string()).unwrap_or_default();
        assert!(left.is_empty(), "{why}, {gate}, {} people: {left:?}", people.len());
    }
    house.does(worker, Command::Close);
    assert!(matches!(house.case().life, Life::Closed { .. }));
}

fn override_the_rest(house: &mut House, people: &[&str], gate: Gate) {
    for blocker in blockers(house.case(), gate, &house.context) {
        let bypass = match (blocker.code.as_str(), blocker.level) {
            ("not_independent", _) => Bypass::Independence,
            ("signature_missing", Some(level)) => Bypass::SignOff { gate, level },
            ("nobody_at_level", _) => continue,
            (other, _) => panic!("nobody can get past {other}: {}", blocker.sentence),
        };
        let (reason, authenticated) = (super::text("There is nobody else."), house.fresh());
        house.does(people[0], Command::AskOverride { bypass, reason, authenticated });
        let asked = house.case().overrides.last().expect("it was asked").entry;
        match people.get(1) {
            Some(second) => drop(house.does(second, Command::ConfirmOverride { asked, authenticated })),
            None => {
                let holds = house.case().overrides.last().is_some_and(|o| o.holds(house.context.now));
                assert!(!holds, "somebody alone waits for a day");
                house.context.now += Duration::hours(24);
                house.acts(Actor::System, Command::Settle).expect("settled");
            }
        }
    }
}

fn walk(size: Size, people: &[&str], away: bool) {
    for kind in Kind::ALL {
        let mut house = House::of(size, people);
        if away {
            let (start, end) = (house.context.now - Duration::days(1), house.context.now + Duration::days(300));
            let absent = people.iter().map(|line| House::id(line.split(':').next().unwrap_or_default()));
            let absences = absent.map(|person| Absence { person, start, end, delegate: None }).collect();
            house.directory().absences = absences;
        }
        house.receives(announced(*kind, far()));
        let names: Vec<&str> = people.iter().map(|line| line.split(':').next().unwrap_or_default()).collect();
        end(&mut house, &names);
    }
}

#[test]
fn one_person_alone() {
    walk(Size::One, &["ada: engineer lead executive"], false);
}

#[test]
fn one_person_left_of_a_house_that_was_big() {
    walk(Size::Many, &["ada: engineer"], false);
}

#[test]
fn two_people() {
    walk(Size::Two, &["ada: engineer", "lea: lead"], false);
}

#[test]
fn three_people_of_one_level() {
    walk(Size::Many, &["ada: engineer", "bob: engineer", "cy: engineer"], false);
}

#[test]
fn three_people_of_three_levels() {
    walk(Size::Many, &["ada: engineer", "lea: lead", "rex: executive"], false);
}

#[test]
fn everybody_is_away() {
    walk(Size::Many, &["ada: engineer", "lea: lead", "rex: executive"], true);
    walk(Size::One, &["ada: engineer lead executive"], true);
}

#[test]
fn while_nobody_holds_a_level_administrators_are_told_and_the_gate_stays_shut() {
    let mut house = House::of(Size::Many, &["ada: engineer", "lea: lead"]);
    house.receives(announced(Kind::CertificateRotation, far()));
    assert!(house.codes(Gate::Assess).contains(&"nobody_at_level".to_owned()));
    let lines = house.due_lines();
    assert!(lines.iter().any(|line| line.contains("vacant assess")), "{lines:?}");
}

#[test]
fn alone_the_delay_ends_with_the_deadline_where_that_is_nearer() {
    let mut house = House::of(Size::One, &["ada: engineer lead executive"]);
    let soon = When::Instant(house.context.now + Duration::hours(3));
    house.receives(announced(Kind::CertificateRotation, Some(soon)));
    let (reason, authenticated) = (super::text("It expires now."), house.fresh());
    house.does("ada", Command::AskOverride { bypass: Bypass::Window, reason, authenticated });
    let holds_from = house.case().overrides[0].held_from();
    assert_eq!(holds_from, Some(house.context.now + Duration::hours(3)));
}
