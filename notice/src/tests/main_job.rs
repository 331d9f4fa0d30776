//! The main job: a notice opens, is assessed, scheduled and closed by people at three levels, and nothing shorter closes it.

use chrono::Duration;

use super::{House, announced, at, text};
use crate::case::Life;
use crate::command::Command;
use crate::event::{Authenticated, Method, Verdict};
use crate::fact::{Authenticity, Kind, When};
use crate::gate::{GateState, Stage, stage, state};
use crate::procedure::Gate;
use crate::refusal::Because;

pub fn expires() -> Option<When> {
    Some(When::date("2024-08-22".parse().expect("a date")))
}

#[test]
fn a_notice_is_assessed_scheduled_worked_on_and_closed() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    assert_eq!(stage(house.case(), &house.context), Stage::Assess);

    let refusal = house.is_refused("lea", Command::Close);
    assert_eq!(refusal.code, "gate_blocked");
    let sentences: Vec<_> = refusal.blockers.iter().map(|b| b.sentence.as_str()).collect();
    assert!(sentences.contains(&"A lead still has to sign the assessment."), "{sentences:#?}");
    assert!(sentences.contains(&"orders-db has no environment and owner yet."), "{sentences:#?}");
    assert!(sentences.contains(&"An executive still has to sign the closing."), "{sentences:#?}");

    house.assesses("eve");
    for who in ["eve", "lea", "rex"] {
        assert_eq!(stage(house.case(), &house.context), Stage::Assess, "before {who} signs");
        house.signs(who, Gate::Assess);
    }
    assert_eq!(stage(house.case(), &house.context), Stage::Schedule);

    house.plans("eve", "2024-07-02T06:00:00Z", "2024-07-02T08:00:00Z");
    house.works("eve", Gate::Schedule);
    house.signs("eve", Gate::Schedule);
    house.signs("lea", Gate::Schedule);
    assert_eq!(state(house.case(), Gate::Schedule, &house.context), GateState::Passed);
    assert!(house.codes(Gate::Close).contains(&"window_not_over".to_owned()));

    house.waits_until("2024-07-02T09:00:00Z");
    house.works("eve", Gate::Close);
    house.signs("eve", Gate::Close);
    house.signs("lea", Gate::Close);
    house.signs("rex", Gate::Close);
    assert_eq!(house.codes(Gate::Close), ["not_independent"], "eve performed the steps herself");

    house.signs("max", Gate::Close);
    house.does("lea", Command::Close);
    assert!(matches!(house.case().life, Life::Closed { .. }));
    assert_eq!(stage(house.case(), &house.context), Stage::Closed);
}

#[test]
fn nothing_is_signed_that_was_not_shown() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    let shown = house.verdict(Gate::Assess, Verdict::Approve);
    house.does("max", Command::StateImpact { text: text("Only the reports stop.") });
    let refusal = house.is_refused("eve", shown);
    assert_eq!((refusal.code, refusal.because), ("subject_changed", Because::State));
    assert!(house.case().sign_offs.is_empty());
}

#[test]
fn signing_takes_a_person_freshly_authenticated_at_the_level() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    let with = |house: &House, authenticated: Authenticated| match house.verdict(Gate::Assess, Verdict::Approve) {
        Command::Sign(sign) => Command::Sign(crate::command::Sign { authenticated, ..sign }),
        other => other,
    };
    let old = Authenticated { method: Method::Password, at: house.context.now - Duration::minutes(11) };
    let command = with(&house, old);
    assert_eq!(house.is_refused("eve", command).code, "fresh_authentication_needed");
    let token = Authenticated { method: Method::Token, at: house.context.now };
    let command = with(&house, token);
    assert_eq!(house.is_refused("eve", command).code, "token_cannot_sign");
    house.signs("eve", Gate::Assess);
    let again = house.verdict(Gate::Assess, Verdict::Approve);
    assert_eq!(house.is_refused("eve", again).code, "already_signed");
    house.assesses_done();
    let schedule = house.verdict(Gate::Schedule, Verdict::Approve);
    assert_eq!(house.is_refused("rex", schedule).code, "not_your_level");
}

#[test]
fn a_gate_cannot_be_signed_before_the_one_before_it_has_passed() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    house.plans("eve", "2024-07-02T06:00:00Z", "2024-07-02T08:00:00Z");
    let early = house.verdict(Gate::Schedule, Verdict::Approve);
    let refusal = house.is_refused("eve", early);
    assert_eq!(refusal.code, "gate_blocked");
    assert!(refusal.blockers.iter().any(|b| b.gate == Gate::Assess && b.code == "signature_missing"));
}

#[test]
fn an_earlier_date_makes_what_was_signed_stale_and_it_is_asked_for_again() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    for who in ["eve", "lea", "rex"] {
        house.signs(who, Gate::Assess);
    }
    house.waits_until("2024-06-10T09:00:00Z");
    let earlier = Some(When::date("2024-08-15".parse().expect("a date")));
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, earlier));
    assert_eq!(house.codes(Gate::Assess), ["signature_stale"; 3]);
    let lines = house.due_lines();
    for line in ["eve: stale assess", "lea: stale assess", "rex: stale assess"] {
        assert!(lines.contains(&line.to_owned()), "{lines:?}");
    }
    house.signs("eve", Gate::Assess);
    assert_eq!(house.codes(Gate::Assess), ["signature_stale"; 2]);
}

#[test]
fn a_repeat_a_refinement_and_a_finished_status_void_nothing() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    for who in ["eve", "lea", "rex"] {
        house.signs(who, Gate::Assess);
    }
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, expires()));
    let exact = Some(When::Instant(at("2024-08-22T17:08:50Z")));
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, exact));
    let later_that_day = Some(When::Instant(at("2024-08-22T20:00:00Z")));
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, later_that_day));
    let done = crate::facts::Announced {
        status: crate::fact::Status::Completed,
        ..announced(Kind::CertificateRotation, exact)
    };
    house.hears(Authenticity::Unverified, done);
    assert_eq!(house.codes(Gate::Assess), [""; 0], "all three signatures still hold");
    assert_eq!(house.case().messages.len(), 5);
    let hard = crate::deadline::hard(house.case()).expect("a hard deadline");
    assert_eq!(hard.at, at("2024-08-22T17:08:50Z"), "the refined instant counts");
}

#[test]
fn a_notice_of_the_past_opens_as_historic_and_reminds_nobody() {
    let mut house = House::of_four();
    house.context.now = at("2025-01-10T09:00:00Z");
    house.receives(announced(Kind::CertificateRotation, expires()));
    assert_eq!(house.case().life, Life::Historic);
    assert!(house.due().is_empty() && house.case().assignments.is_empty());
    assert_eq!(house.is_refused("lea", Command::Close).code, "notice_historic");
    house.does("eve", Command::Activate);
    assert_eq!(stage(house.case(), &house.context), Stage::Assess);
    assert_eq!(house.due().len(), 3, "now three people are asked");
}

impl House {
    /// Three signatures at `assess`.
    pub fn assesses_done(&mut self) {
        for who in ["eve", "lea", "rex"] {
            if !self.case().standing_at(Gate::Assess).any(|s| s.person == Self::id(who)) {
                self.signs(who, Gate::Assess);
            }
        }
    }
}
