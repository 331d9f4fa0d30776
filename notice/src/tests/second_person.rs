//! What waits for a second person is chased until somebody decides, and a leaver's objection does not wait for the leaver.

use chrono::Duration;

use super::main_job::expires;
use super::{House, announced, text};
use crate::command::Command;
use crate::event::{Bypass, Downgrade, Verdict};
use crate::fact::{Authenticity, Kind, Status};
use crate::facts::Priority;
use crate::procedure::{Gate, Procedure, Size};
use crate::reminder::{Reminder, Rung, schedule};

fn open() -> House {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house
}

fn lower(house: &mut House, who: &str) {
    let (consequence, authenticated) = (text("The replica is not used."), house.fresh());
    let downgrade = Downgrade::LowerPriority { to: Priority::Low };
    house.does(who, Command::Propose { downgrade, consequence, authenticated });
}

fn asked_to_decide(house: &House) -> Vec<Reminder> {
    schedule(house.case(), &house.context).into_iter().filter(|r| r.rung == Rung::SecondPerson).collect()
}

#[test]
fn a_proposal_is_told_at_once_to_who_may_decide_and_then_each_business_day() {
    let mut house = open();
    lower(&mut house, "eve");
    let now: Vec<String> = house.due_lines().into_iter().filter(|line| line.contains("second_person")).collect();
    assert_eq!(now, ["lea: second_person assess", "rex: second_person assess"], "max stands no higher than eve");
    let ladder = asked_to_decide(&house);
    let days: Vec<_> = ladder.iter().filter(|r| r.person == House::id("lea")).map(|r| r.at.date_naive()).collect();
    assert!(days.len() > 30, "a proposal slips after {} reminders", days.len());
    assert!(days.iter().all(|day| house.context.calendars.house.is_business_day(*day)));
    let keys: std::collections::BTreeSet<_> = ladder.iter().map(|r| r.key(house.case().id)).collect();
    assert_eq!(keys.len(), ladder.len(), "two reminders are one to the outbox");
}

#[test]
fn it_does_not_hide_that_the_same_person_is_asked_to_sign() {
    let mut house = open();
    lower(&mut house, "eve");
    let lines = house.due_lines();
    assert!(lines.contains(&"lea: assigned assess".to_owned()), "{lines:?}");
    assert!(lines.contains(&"lea: second_person assess".to_owned()), "{lines:?}");
}

#[test]
fn it_stops_once_somebody_has_decided() {
    let mut house = open();
    lower(&mut house, "eve");
    let (proposed, authenticated) = (house.case().proposals[0].entry, house.fresh());
    house.does("lea", Command::Countersign { proposed, authenticated });
    assert_eq!(asked_to_decide(&house), []);
}

#[test]
fn the_providers_cancellation_and_an_override_are_chased_alike() {
    let mut house = open();
    let mut cancelled = announced(Kind::CertificateRotation, expires());
    cancelled.status = Status::Cancelled;
    house.hears(Authenticity::Verified, cancelled);
    assert!(!asked_to_decide(&house).is_empty(), "nobody is told that the provider calls it off");

    let mut house = open();
    let bypass = Bypass::SignOff { gate: Gate::Assess, level: "executive".into() };
    let (reason, authenticated) = (text("On a plane."), house.fresh());
    house.does("lea", Command::AskOverride { bypass, reason, authenticated });
    let people: Vec<String> = asked_to_decide(&house).iter().map(|r| house.name(r.person)).collect();
    assert!(people.contains(&"rex".to_owned()) && !people.contains(&"lea".to_owned()), "{people:?}");
    let asked = house.case().overrides[0].entry;
    house.does("max", Command::WithdrawOverride { asked });
    assert_eq!(asked_to_decide(&house), []);
}

#[test]
fn while_those_above_are_away_everybody_else_is_asked() {
    let mut house = open();
    lower(&mut house, "eve");
    let (start, end) = (house.context.now - Duration::days(1), house.context.now + Duration::days(90));
    for name in ["lea", "rex"] {
        let absence = crate::directory::Absence { person: House::id(name), start, end, delegate: None };
        house.directory().absences.push(absence);
    }
    let now: Vec<String> = house.due_lines().into_iter().filter(|line| line.contains("second_person")).collect();
    assert_eq!(now, ["max: second_person assess"]);
}

#[test]
fn a_leavers_objection_is_put_to_the_level_above() {
    let mut house = open();
    house.assesses("eve");
    for who in ["max", "lea", "rex"] {
        house.signs(who, Gate::Assess);
    }
    let object = house.verdict(Gate::Assess, Verdict::Object);
    house.does("eve", object);
    house.directory().people.get_mut(&House::id("eve")).expect("eve").active = false;
    let lines = house.due_lines();
    assert!(lines.iter().any(|line| line.starts_with("lea:")), "nobody is asked to answer: {lines:?}");
    let (sign_off, authenticated) = (house.case().sign_offs.last().expect("it was signed").entry, house.fresh());
    house.does("lea", Command::AnswerObjection { sign_off, reason: text("Checked."), authenticated });
    assert_eq!(house.codes(Gate::Assess), Vec::<String>::new());
}

#[test]
fn a_version_that_asks_for_less_takes_a_second_person() {
    let source =
        crate::procedure::Procedures::built_in_texts().iter().find(|text| text.contains("certificate_rotation"));
    let source = source.expect("the text is built in");
    for (was, now, less) in [
        ("[\"engineer\", \"lead\", \"executive\"]", "[\"engineer\"]", true),
        ("independent = [\"two\", \"many\"]", "independent = [\"two\"]", true),
        ("title = \"Certificate rotation\"", "title = \"Rotating certificates\"", false),
        ("due = \"3 business days after opening\"", "due = \"2 business days after opening\"", false),
        ("due = \"3 business days after opening\"", "due = \"9 business days after opening\"", true),
        ("due = \"3 business days after opening\"", "due = \"1 day after opening\"", false),
        ("two = [\"engineer\", \"lead\"]", "two = [\"engineer\"]", true),
        ("act_by = \"10 business days", "act_by = \"5 business days", true),
        ("act_by = \"10 business days", "act_by = \"12 business days", false),
    ] {
        let mut house = open();
        let pinned = house.context.procedure(house.case()).expect("a procedure").clone();
        assert!(source.contains(was), "the built-in procedure no longer says {was}");
        let version = house.context.procedures.latest(&pinned.id).expect("a version").version + 1;
        let edited = Procedure::parse(&source.replace(was, now), version).expect("it is well formed");
        let told = edited.asks_less_than(&pinned);
        assert_eq!(!told.is_empty(), less, "{was} → {now}: {told:?}");
        std::sync::Arc::make_mut(&mut house.context.procedures).add(edited);
        let (procedure, size) = (pinned.id.clone(), Size::Many);
        let command = Command::MoveProcedure { procedure, version, size };
        if less {
            assert_eq!(house.is_refused("lea", command).code, "countersignature_needed");
        } else {
            house.does("lea", command);
            assert_eq!(house.case().procedure.version, version);
        }
    }
}
