//! What shows that a step was done: a probe from the right place, made after the window.

use super::main_job::expires;
use super::{House, announced, text};
use crate::command::{Command, together};
use crate::event::{Actor, Bypass, Evidence, Place, Told, Verdict};
use crate::fact::Kind;
use crate::gate::blockers;
use crate::procedure::{Gate, Procedure};
use crate::refusal::Blocker;
use crate::reminder::Rung;
use crate::subject::{difference, shown, subject};
use crate::text::Digest;

fn probe(house: &House, vantage: &str, success: bool) -> Evidence {
    let (target, at, result) = ("orders-db:5432".to_owned(), house.context.now, Digest::of(b"chain"));
    Evidence::Probe { vantage: vantage.to_owned(), target, success, at, result }
}

/// A rotation whose window is over, with the step “probe” done in production on the word of a note alone.
fn rotated() -> (House, Place) {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    house.assesses_done();
    house.plans("eve", "2024-07-02T06:00:00Z", "2024-07-02T08:00:00Z");
    let place = Place::Environment("production".into());
    let evidence = vec![Evidence::Note { text: text("It works.") }, probe(&house, "production", true)];
    house.does("eve", Command::DoStep { step: "probe".into(), place: place.clone(), evidence });
    house.waits_until("2024-07-02T09:00:00Z");
    (house, place)
}

/// What the step “probe” lacks, as the page and a refusal say it.
fn lack(house: &House) -> Option<String> {
    let found = blockers(house.case(), Gate::Close, &house.context);
    let of_probe = |b: &Blocker| b.code == "evidence_missing" && b.step.as_ref().is_some_and(|s| s.as_str() == "probe");
    found.into_iter().find(of_probe).map(|blocker| blocker.sentence)
}

#[test]
fn a_demanded_probe_counts_only_from_its_vantage_after_the_window_and_when_it_succeeded() {
    let (mut house, place) = rotated();
    let before = "The step “Probe from where the clients run” for production still lacks a successful probe from \
                  production, made after the planned window";
    let told = |short: &str| Some(format!("{before}; the last one {short}."));
    assert_eq!(lack(&house), told("was made before the window was over"));
    for (vantage, success, then) in [
        ("laptop", true, told("was made before the window was over")),
        ("production", false, told("failed")),
        ("Production, eu-west-1, orders", true, None),
    ] {
        let evidence = probe(&house, vantage, success);
        let command = Command::AddEvidence { step: "probe".into(), place: place.clone(), evidence };
        house.acts(Actor::System, command).expect("a program may add what it found");
        assert_eq!(lack(&house), then, "after a probe from {vantage}");
    }
}

#[test]
fn where_no_probe_can_be_run_an_override_is_the_way_out_and_a_note_is_none() {
    let (mut house, _) = rotated();
    assert!(lack(&house).is_some(), "a note stood in for the probe that is asked for");
    let bypass = Bypass::Step { step: "probe".into() };
    let (reason, authenticated) = (text("The batch hosts run nothing of ours; psql there said SSL."), house.fresh());
    house.does("eve", Command::AskOverride { bypass, reason, authenticated });
    let asked = house.case().overrides.last().expect("it was asked").entry;
    assert!(lack(&house).is_some(), "an override by one person does not hold yet");
    house.does("lea", Command::ConfirmOverride { asked, authenticated });
    assert_eq!(lack(&house), None);
}

#[test]
fn a_step_that_is_done_once_has_no_environment_to_be_probed_from() {
    let shipped = include_str!("../../../procedures/certificate_rotation.toml");
    let once = shipped.replace("scope = \"environment\"\nevidence = \"probe\"", "evidence = \"probe\"");
    assert_ne!(once, shipped, "the shipped procedure asks for a probe of each environment");
    let problem = Procedure::parse(&once, 1).expect_err("which environment?");
    assert!(problem.path.ends_with(".vantage"), "{problem}");
}

#[test]
fn who_signs_too_late_learns_what_changed() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    let seen = subject(house.case(), Gate::Assess);
    let command = house.verdict(Gate::Assess, Verdict::Approve);
    house.hears(
        crate::fact::Authenticity::Unverified,
        announced(Kind::CertificateRotation, Some(crate::fact::When::date(super::house::date("2024-08-15")))),
    );
    assert_eq!(house.is_refused("lea", command).code, "subject_changed");
    let then = shown(&house.record, Gate::Assess, seen.digest).expect("it was true once");
    let changes = difference(&then.body, &subject(house.case(), Gate::Assess).body);
    let lines: Vec<_> = changes.iter().map(|c| (c.label.as_str(), c.was.as_deref(), c.now.as_deref())).collect();
    assert_eq!(lines, [("deadline d1", Some("2024-08-22"), Some("2024-08-15"))]);
    assert_eq!(shown(&house.record, Gate::Assess, Digest::of(b"never")), None);
}

#[test]
fn a_thing_that_came_or_went_is_told_as_one_change() {
    let was = r#"{"facts":{"resources":{"r1":{"key":"orders","region":"eu-west-1","set_aside":false}}}}"#;
    let now = r#"{"facts":{"resources":{"r2":{"key":"archive","region":"us-east-1","set_aside":false}}}}"#;
    let changes = difference(was, now);
    let lines: Vec<_> = changes.iter().map(|c| (c.label.as_str(), c.was.as_deref(), c.now.as_deref())).collect();
    assert_eq!(lines, [("resource orders", Some("eu-west-1"), None), ("resource archive", None, Some("us-east-1"))]);
}

#[test]
fn only_notices_of_one_kind_and_not_too_many_are_signed_together() {
    let mut house = House::of_four();
    house.receives(announced(Kind::Informational, None));
    let mut other = House::of_four();
    other.receives(announced(Kind::Security, None));
    let (one, two) = (house.case(), other.case());
    assert_eq!(together(&[one; 50]), Ok(()));
    assert_eq!(together(&[one; 51]).expect_err("too many").code, "too_many_together");
    assert_eq!(together(&[one, two]).expect_err("two kinds").code, "several_kinds");
    assert_eq!(together(&[]).expect_err("none").code, "nothing_to_sign");
}

#[test]
fn that_somebody_was_reminded_is_on_record_and_changes_nothing_else() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    house.signs("lea", Gate::Assess);
    let (before, codes) = (house.case().clone(), house.codes(Gate::Close));
    let told =
        Told { person: House::id("rex"), rung: Rung::NextLevel, gate: Gate::Assess, level: Some("executive".into()) };
    house.context.now += chrono::Duration::days(1);
    let command = Command::NoteReminders { reminders: vec![told] };
    assert_eq!(house.is_refused("eve", command.clone()).code, "system_only");
    house.acts(Actor::System, command).expect("the system notes it");
    let after = house.case().clone();
    assert_eq!(after.sequence, before.sequence + 1);
    assert_eq!((after.updated_at, house.codes(Gate::Close)), (before.updated_at, codes));
}
