//! Dates counted backwards: on long and short notice, without a date, with a recommendation, in a team's own calendar.

use std::sync::Arc;

use chrono::Duration;

use super::house::date;
use super::{House, announced, at};
use crate::calendar::{Calendar, Freeze};
use crate::command::Command;
use crate::deadline::{Dates, dates};
use crate::fact::{Authenticity, Kind, Role, When};
use crate::facts::Priority;
use crate::priority::{effective, rises_at};
use crate::procedure::Gate;
use crate::reminder::thresholds;

fn counted(house: &House) -> Dates {
    dates(house.case(), &house.context).expect("the procedure is there")
}

fn on(day: &str) -> Option<When> {
    Some(When::date(date(day)))
}

#[test]
fn on_short_notice_every_gate_is_due_before_the_date_and_in_order() {
    for hours in [1, 5, 24, 72, 120, 240, 400] {
        let mut house = House::of_four();
        let hard = house.context.now + Duration::hours(hours);
        house.receives(announced(Kind::CertificateRotation, Some(When::Instant(hard))));
        let (opened, Dates { act_by, due, .. }) = (house.context.now, counted(&house));
        let order = [opened, due[&Gate::Assess], due[&Gate::Schedule], act_by, hard];
        assert!(order.is_sorted(), "{hours} hours: {order:?}");
        assert!(due[&Gate::Assess] > opened && due[&Gate::Close] <= hard, "{hours} hours: {due:?}");
    }
}

#[test]
fn without_a_date_the_review_date_stands_in() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, None));
    let dates = counted(&house);
    assert_eq!((dates.hard, dates.act_by), (None, at("2024-06-17T17:00:00Z")));
}

#[test]
fn the_providers_own_recommendation_counts_where_it_is_earlier() {
    let mut house = House::of_four();
    let mut notice = announced(Kind::CertificateRotation, on("2024-08-22"));
    let mut recommended = notice.deadlines[0].clone();
    (recommended.role, recommended.when) = (Role::RecommendedBy, When::Instant(at("2024-07-01T00:00:00Z")));
    notice.deadlines.push(recommended);
    house.receives(notice);
    assert_eq!(counted(&house).act_by, at("2024-07-01T00:00:00Z"));
}

#[test]
fn a_change_by_the_provider_gives_one_business_day_to_look_again() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, on("2024-08-22")));
    assert_eq!(counted(&house).due[&Gate::Assess], at("2024-06-06T17:00:00Z"));
    house.waits_until("2024-06-14T10:00:00Z");
    house.hears(Authenticity::Unverified, announced(Kind::CertificateRotation, on("2024-08-15")));
    assert_eq!(counted(&house).due[&Gate::Assess], at("2024-06-17T17:00:00Z"), "from Friday to Monday");
}

#[test]
fn a_team_counts_in_its_own_calendar_and_its_freeze_binds() {
    let mut house = House::of_four();
    let own = Calendar {
        zone: chrono_tz::Europe::Berlin,
        holidays: [date("2024-06-04")].into(),
        freezes: vec![Freeze {
            label: "summer sale".to_owned(),
            start: at("2024-07-01T00:00:00Z"),
            end: at("2024-07-15T00:00:00Z"),
        }],
        ..Calendar::default()
    };
    Arc::make_mut(&mut house.context.calendars).teams.insert(House::team(), own);
    house.receives(announced(Kind::CertificateRotation, on("2024-08-22")));
    assert_eq!(
        counted(&house).due[&Gate::Assess],
        at("2024-06-06T17:00:00Z"),
        "nobody owns it yet: the house's calendar"
    );
    house.assesses("eve");
    assert_eq!(counted(&house).due[&Gate::Assess], at("2024-06-07T15:00:00Z"), "a holiday later, and in Berlin");
    house.assesses_done();
    house.plans("eve", "2024-07-02T06:00:00Z", "2024-07-02T08:00:00Z");
    assert!(house.codes(Gate::Schedule).contains(&"window_in_freeze".to_owned()));
}

#[test]
fn effective_priority_rises_by_itself_and_is_never_signed() {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, on("2024-08-22")));
    house.assesses("eve");
    house.assesses_done();
    let rises = rises_at(house.case(), &house.context).expect("it will be critical");
    assert_eq!(thresholds(house.case(), &house.context).priority_rises_at, Some(rises));
    assert_eq!(effective(house.case(), &house.context), Priority::High);
    house.context.now = rises;
    assert_eq!(effective(house.case(), &house.context), Priority::Critical);
    assert_eq!(house.case().priority, Priority::High);
    assert!(!house.codes(Gate::Assess).contains(&"signature_stale".to_owned()));
    house.does("eve", Command::RaisePriority { to: Priority::Critical, reason: None });
    assert!(house.codes(Gate::Assess).contains(&"signature_stale".to_owned()), "the assigned one is signed");
}
