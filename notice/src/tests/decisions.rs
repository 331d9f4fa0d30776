//! What takes a second person, what blocks, and how it is answered.

use chrono::Duration;

use super::house::date;
use super::main_job::expires;
use super::{House, announced, text};
use crate::case::{Life, ProposalState};
use crate::command::{Command, Sign};
use crate::directory::{Absence, Right};
use crate::event::{Bypass, Downgrade, Event, Verdict};
use crate::fact::{Authenticity, Kind, Status, When};
use crate::facts::{Announced, Priority};
use crate::gate::{RequirementState, Stage, requirements, stage};
use crate::ids::{DeadlineId, Entry};
use crate::procedure::{Gate, Size};

fn open() -> House {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house
}

fn later() -> Announced {
    announced(Kind::CertificateRotation, Some(When::date(date("2024-09-30"))))
}

fn propose(house: &House, downgrade: Downgrade) -> Command {
    Command::Propose { downgrade, consequence: text("Nothing stops before October."), authenticated: house.fresh() }
}

fn countersign(house: &House, proposed: Entry) -> Command {
    Command::Countersign { proposed, authenticated: house.fresh() }
}

#[test]
fn housekeeping_with_low_priority_takes_a_lead() {
    let mut house = open();
    let lower = Command::RaisePriority { to: Priority::Low, reason: None };
    assert_eq!(house.is_refused("eve", lower).code, "countersignature_needed");
    let command = propose(&house, Downgrade::LowerPriority { to: Priority::Low });
    house.does("eve", command);
    assert_eq!(house.case().priority, Priority::High, "a proposal changes nothing yet");
    let proposed = house.case().proposals[0].entry;
    let own = countersign(&house, proposed);
    assert_eq!(house.is_refused("eve", own.clone()).code, "second_person_needed");
    assert_eq!(house.is_refused("max", own.clone()).code, "level_too_low");
    house.does("lea", own);
    assert_eq!(house.case().priority, Priority::Low);
}

#[test]
fn the_providers_own_later_date_is_a_proposal_and_only_from_a_verified_message() {
    let mut house = open();
    house.hears(Authenticity::Unverified, later());
    assert!(house.case().proposals.is_empty(), "anybody can write a later date");
    house.hears(Authenticity::Verified, later());
    assert_eq!(
        house.case().facts.deadlines[0].when,
        expires().expect("a date"),
        "it holds until somebody countersigns"
    );
    let proposed = house.case().proposals[0].entry;
    let command = countersign(&house, proposed);
    house.does("lea", command);
    assert_eq!(house.case().facts.deadlines[0].when, When::date(date("2024-09-30")));
}

#[test]
fn a_cancellation_dismisses_once_countersigned_and_planning_anew_reopens() {
    let mut house = open();
    let cancelled = Announced { status: Status::Cancelled, ..announced(Kind::CertificateRotation, expires()) };
    house.hears(Authenticity::Vouched, cancelled.clone());
    assert!(house.case().is_open() && house.case().proposals.is_empty());
    house.hears(Authenticity::Verified, cancelled);
    let proposed = house.case().proposals[0].entry;
    let command = countersign(&house, proposed);
    house.does("lea", command);
    assert!(matches!(house.case().life, Life::Dismissed { .. }));
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, expires()));
    assert!(house.case().is_open(), "a cancelled announcement that is planned again matters");
    assert_eq!(house.case().facts.status, Status::Planned);
}

#[test]
fn an_earlier_date_applies_at_once_and_a_person_cannot_move_one_later_alone() {
    let mut house = open();
    let deadline = DeadlineId(1);
    let role = house.case().facts.deadlines[0].role;
    let set = |when| Command::SetDeadline { deadline: Some(deadline), role, when };
    assert_eq!(house.is_refused("eve", set(When::date(date("2024-09-01")))).code, "countersignature_needed");
    house.does("eve", set(When::date(date("2024-08-01"))));
    assert_eq!(house.case().facts.deadlines[0].when, When::date(date("2024-08-01")));
}

#[test]
fn an_objection_blocks_until_somebody_above_answers_it() {
    let mut house = open();
    house.assesses("eve");
    let object = house.verdict(Gate::Assess, Verdict::Object);
    house.does("max", object);
    for who in ["eve", "lea", "rex"] {
        house.signs(who, Gate::Assess);
    }
    assert_eq!(house.codes(Gate::Assess), ["objection"]);
    let sign_off = house.case().sign_offs[0].entry;
    let answer = Command::AnswerObjection { sign_off, reason: text("Seen and true."), authenticated: house.fresh() };
    assert_eq!(house.is_refused("eve", answer.clone()).code, "level_too_low");
    assert_eq!(house.is_refused("max", answer.clone()).code, "own_objection");
    house.does("lea", answer);
    assert_eq!(stage(house.case(), &house.context), Stage::Schedule);
}

#[test]
fn an_objection_outlives_a_change_of_its_subject_and_a_leaver_is_answered_by_a_peer() {
    let mut house = open();
    house.assesses("eve");
    let object = house.verdict(Gate::Assess, Verdict::Object);
    house.does("rex", object);
    house.does("eve", Command::StateImpact { text: text("Much less than thought.") });
    assert!(house.codes(Gate::Assess).contains(&"objection".to_owned()));
    let sign_off = house.case().sign_offs[0].entry;
    house.directory().people.get_mut(&House::id("rex")).expect("rex").active = false;
    house.directory().people.get_mut(&House::id("lea")).expect("lea").levels.insert("executive".into());
    let answer = Command::AnswerObjection { sign_off, reason: text("He has left."), authenticated: house.fresh() };
    house.does("lea", answer);
    assert!(!house.codes(Gate::Assess).contains(&"objection".to_owned()));
}

#[test]
fn a_withdrawn_signature_is_missing_again() {
    let mut house = open();
    house.assesses("eve");
    house.signs("lea", Gate::Assess);
    let sign_off = house.case().sign_offs[0].entry;
    let withdraw = Command::WithdrawSignOff { sign_off, reason: None };
    assert_eq!(house.is_refused("eve", withdraw.clone()).code, "not_your_signature");
    house.does("lea", withdraw);
    assert_eq!(house.codes(Gate::Assess), ["signature_missing"; 3]);
}

#[test]
fn one_person_fills_one_requirement_whatever_levels_they_hold() {
    let mut house = House::of(Size::Many, &["ada: engineer lead executive", "bob: engineer"]);
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("ada");
    house.signs("ada", Gate::Assess);
    let again = house.verdict(Gate::Assess, Verdict::Approve);
    assert_eq!(house.is_refused("ada", again).code, "already_signed");
    for level in ["lead", "executive"] {
        let Command::Sign(sign) = house.verdict(Gate::Assess, Verdict::Approve) else { continue };
        house.does("ada", Command::Sign(Sign { level: Some(level.into()), ..sign }));
    }
    let met = requirements(house.case(), Gate::Assess, &house.context).into_iter().filter(|v| v.is_met()).count();
    assert_eq!(met, 1, "three signatures of one person are one");
}

#[test]
fn an_override_takes_two_people_and_marks_the_notice_for_good() {
    let mut house = open();
    house.assesses("eve");
    house.signs("eve", Gate::Assess);
    house.signs("lea", Gate::Assess);
    let bypass = Bypass::SignOff { gate: Gate::Assess, level: "executive".into() };
    let (reason, authenticated) = (text("Rex is on a plane."), house.fresh());
    house.does("lea", Command::AskOverride { bypass, reason, authenticated });
    assert_eq!(house.codes(Gate::Assess), ["signature_missing"], "asked is not granted");
    let asked = house.case().overrides[0].entry;
    let confirm = Command::ConfirmOverride { asked, authenticated };
    assert_eq!(house.is_refused("lea", confirm.clone()).code, "second_person_needed");
    house.does("eve", confirm);
    let views = requirements(house.case(), Gate::Assess, &house.context);
    assert_eq!(views.last().map(|v| v.state), Some(RequirementState::Overridden));
    assert_eq!(house.codes(Gate::Assess), [""; 0]);
    assert!(house.case().was_overridden(house.context.now));

    house.does("eve", Command::StateImpact { text: text("It is worse.") });
    assert_eq!(house.codes(Gate::Assess).len(), 3, "an override holds for what it was asked for");
    assert!(house.case().was_overridden(house.context.now), "the mark stays");
}

#[test]
fn a_window_after_act_by_or_in_a_freeze_is_refused_without_an_override() {
    let mut house = open();
    house.assesses("eve");
    house.assesses_done();
    house.plans("eve", "2024-08-20T06:00:00Z", "2024-08-20T08:00:00Z");
    assert!(house.codes(Gate::Schedule).contains(&"window_after_act_by".to_owned()));
    let (reason, authenticated) = (text("The bundle ships on the 19th."), house.fresh());
    house.does("eve", Command::AskOverride { bypass: Bypass::Window, reason, authenticated });
    let asked = house.case().overrides[0].entry;
    house.does("lea", Command::ConfirmOverride { asked, authenticated });
    assert!(!house.codes(Gate::Schedule).contains(&"window_after_act_by".to_owned()));
    house.plans("eve", "2024-08-21T06:00:00Z", "2024-08-21T08:00:00Z");
    assert!(
        house.codes(Gate::Schedule).contains(&"window_after_act_by".to_owned()),
        "another window, another override"
    );
}

#[test]
fn dismissing_is_a_gate_with_its_own_signatures() {
    let mut house = open();
    let sign = house.verdict(Gate::Dismiss, Verdict::Approve);
    let refusal = house.is_refused("lea", sign);
    assert_eq!(refusal.blockers[0].code, "dismissal_missing");
    let (reason, consequence) = (text("We have no such database."), text("If we had, it would stop."));
    house.does("eve", Command::ProposeDismissal { reason, consequence });
    for who in ["eve", "lea"] {
        house.signs(who, Gate::Dismiss);
        assert!(house.case().is_open(), "dismissed after {who} alone");
    }
    house.signs("rex", Gate::Dismiss);
    assert!(matches!(house.case().life, Life::Dismissed { .. }));
}

#[test]
fn a_closed_notice_stays_armed_until_its_date() {
    let mut house = open();
    let (reason, consequence) = (text("Not ours."), text("None."));
    house.does("eve", Command::ProposeDismissal { reason, consequence });
    for who in ["eve", "lea", "rex"] {
        house.signs(who, Gate::Dismiss);
    }
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, expires()));
    assert!(!house.case().is_open(), "a repeat reopens nothing");
    let check: Vec<String> = crate::reminder::schedule(house.case(), &house.context)
        .iter()
        .map(|r| format!("{} {}", r.at.date_naive(), house.line(r)))
        .collect();
    assert_eq!(check.len(), 3, "{check:?}");
    assert!(check[0].starts_with("2024-08-21") && check[0].ends_with("last_check dismiss"), "{check:?}");

    let mut wider = announced(Kind::CertificateRotation, expires());
    wider.resources[0].key = "reports-db".to_owned();
    house.hears(Authenticity::Unverified, wider);
    assert!(house.case().is_open(), "a resource that nobody has looked at reopens it");
}

#[test]
fn who_is_away_is_stood_in_for_by_their_delegate() {
    let mut house = open();
    let (start, end) = (house.context.now - Duration::days(1), house.context.now + Duration::days(20));
    let absence = Absence { person: House::id("lea"), start, end, delegate: Some(House::id("max")) };
    house.directory().absences.push(absence);
    house.waits_until("2024-06-04T09:00:00Z");
    assert!(house.case().assignments.iter().any(|a| a.person == House::id("max") && a.level.as_str() == "lead"));
    house.assesses("eve");
    house.signs("eve", Gate::Assess);
    house.signs("max", Gate::Assess);
    let stood_in = house.case().sign_offs.last().expect("max signed");
    assert_eq!((stood_in.level.as_str(), stood_in.on_behalf_of), ("lead", Some(House::id("lea"))));
}

#[test]
fn a_leavers_open_requirements_are_handed_on() {
    let mut house = open();
    let asked = |house: &House| house.due().iter().map(|r| r.person).collect::<Vec<_>>();
    let engineer = *asked(&house).iter().find(|p| **p == House::id("eve") || **p == House::id("max")).expect("one");
    house.directory().people.get_mut(&engineer).expect("there").active = false;
    let events = house.acts(crate::event::Actor::System, Command::Settle).expect("settled");
    let handed_on = |event: &Event| matches!(event, Event::Assigned { person, .. } if *person != engineer);
    assert!(events.len() == 3 && events.iter().all(handed_on), "at each gate: {events:?}");
    assert!(!asked(&house).contains(&engineer));
}

#[test]
fn a_settled_proposal_is_not_decided_twice() {
    let mut house = open();
    let command = propose(&house, Downgrade::LowerPriority { to: Priority::Normal });
    house.does("eve", command.clone());
    assert_eq!(house.is_refused("eve", command).code, "already_proposed");
    let proposed = house.case().proposals[0].entry;
    house.does("max", Command::RefuseProposal { proposed, reason: None });
    assert!(matches!(house.case().proposals[0].state, ProposalState::Refused { .. }));
    let command = countersign(&house, proposed);
    assert_eq!(house.is_refused("lea", command).code, "proposal_settled");
}

#[test]
fn a_second_date_beside_a_repeated_one_is_new_and_moves_nothing() {
    let mut house = open();
    let mut both = announced(Kind::CertificateRotation, expires());
    let mut second = both.deadlines[0].clone();
    second.when = When::date(date("2024-10-15"));
    both.deadlines.insert(0, second);
    house.hears(Authenticity::Verified, both.clone());
    assert!(house.case().proposals.is_empty(), "{:?}", house.case().proposals);
    let dates: Vec<String> = house.case().facts.deadlines.iter().map(|d| d.when.to_string()).collect();
    assert_eq!(dates, ["2024-08-22", "2024-10-15"]);
    house.hears(Authenticity::Verified, both);
    assert_eq!(house.case().facts.deadlines.len(), 2, "a repeat of both adds nothing");
}

#[test]
fn a_date_that_had_passed_on_opening_does_not_hide_the_one_to_come() {
    let mut house = House::of_four();
    let mut both = announced(Kind::CertificateRotation, expires());
    let mut first = both.deadlines[0].clone();
    first.when = When::date(date("2024-05-01"));
    both.deadlines.push(first);
    house.receives(both);
    let dates = crate::deadline::dates(house.case(), &house.context).expect("dates");
    assert_eq!(dates.hard.and_then(|hard| hard.deadline), Some(DeadlineId(1)));
    assert_eq!(dates.act_by, super::at("2024-08-07T17:00:00Z"));
}

#[test]
fn an_auditor_a_leaver_and_a_stranger_change_nothing() {
    let mut house = open();
    let comment = || Command::Comment { text: text("hello"), mentions: [].into() };
    house.directory().people.get_mut(&House::id("max")).expect("max").right = Right::Auditor;
    house.directory().people.get_mut(&House::id("rex")).expect("rex").active = false;
    assert_eq!(house.is_refused("max", comment()).code, "read_only");
    assert_eq!(house.is_refused("rex", comment()).code, "person_inactive");
    assert_eq!(house.is_refused("mallory", comment()).code, "unknown_person");
}
