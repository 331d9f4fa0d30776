//! The ladder of reminders, from the first notice to the deadline and beyond.

use std::time::Instant;

use chrono::Duration;

use super::house::date;
use super::main_job::expires;
use super::{House, announced, at};
use crate::command::Command;
use crate::fact::Kind;
use crate::procedure::Gate;
use crate::reminder::{Rung, goes_up, schedule, thresholds};

fn asked() -> House {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house
}

#[test]
fn everybody_who_has_to_sign_is_asked_at_once() {
    let house = asked();
    let lines = house.due_lines();
    assert_eq!(lines.iter().filter(|l| l.ends_with(": assigned assess")).count(), 3, "{lines:?}");
    assert!(lines.contains(&"lea: assigned assess".to_owned()) && lines.contains(&"rex: assigned assess".to_owned()));
}

#[test]
fn silence_climbs_to_the_next_level_and_then_to_everybody() {
    let house = asked();
    let ladder = schedule(house.case(), &house.context);
    let first = |rung: Rung| ladder.iter().find(|r| r.rung == rung).map(|r| r.at);
    let due = ladder[0].due;
    let (next, all) = (first(Rung::NextLevel).expect("next level"), first(Rung::Everybody).expect("everybody"));
    assert!(due < next && next < all, "due {due}, next level {next}, everybody {all}");
    let daily: Vec<_> = ladder.iter().filter(|r| r.rung == Rung::Overdue && r.person == House::id("lea")).collect();
    assert!(daily.len() > 30, "overdue is daily, not {} times", daily.len());
    assert!(daily.iter().all(|r| house.context.calendars.house.is_business_day(r.at.date_naive())));
}

#[test]
fn the_day_on_which_silence_goes_up_is_known_beforehand_and_not_told_once_it_has_passed() {
    let house = asked();
    let ladder = schedule(house.case(), &house.context);
    for level in &house.context.directory.levels {
        let own: Vec<_> = ladder.iter().filter(|r| r.level.as_ref() == Some(&level.id)).collect();
        let up = own.iter().find(|r| r.rung == Rung::NextLevel).map(|r| r.at);
        assert_eq!(goes_up(&ladder, &level.id, house.context.now), up, "{}", level.name);
        assert_eq!(
            up.is_some(),
            house.context.directory.above(&level.id).is_some() && !own.is_empty(),
            "{}",
            level.name
        );
        let passed = up.and_then(|up| goes_up(&ladder, &level.id, up));
        assert_eq!(passed, None, "{}: it has gone up, and the mail says that it will", level.name);
    }
}

#[test]
fn who_has_signed_is_left_alone() {
    let mut house = asked();
    house.assesses("eve");
    house.signs("lea", Gate::Assess);
    let lea = House::id("lea");
    let ladder = schedule(house.case(), &house.context);
    assert!(ladder.iter().filter(|r| r.person == lea).all(|r| matches!(r.rung, Rung::NextLevel | Rung::Everybody)));
}

#[test]
fn i_have_it_until_quiets_once_and_never_past_the_due_date() {
    let mut house = asked();
    let due = house.due()[0].due.date_naive();
    let late = Command::Acknowledge { until: due + Duration::days(1) };
    assert_eq!(house.is_refused("lea", late).code, "past_due_date");
    house.does("lea", Command::Acknowledge { until: due });
    let quiet: Vec<_> = schedule(house.case(), &house.context)
        .into_iter()
        .filter(|r| r.person == House::id("lea") && r.at > house.context.now && r.at.date_naive() < due)
        .collect();
    assert!(quiet.is_empty(), "{quiet:?}");
    let again = Command::Acknowledge { until: due };
    assert_eq!(house.is_refused("lea", again).code, "already_acknowledged");
}

#[test]
fn in_the_last_week_nothing_is_quiet() {
    let mut house = asked();
    house.waits_until("2024-08-19T10:00:00Z");
    let rungs: Vec<_> = schedule(house.case(), &house.context)
        .into_iter()
        .filter(|r| r.person == House::id("lea") && r.at > house.context.now && r.at < at("2024-08-23T00:00:00Z"))
        .map(|r| r.at.date_naive())
        .collect();
    assert_eq!(rungs, [date("2024-08-20"), date("2024-08-21"), date("2024-08-22")]);
}

#[test]
fn a_tick_every_hour_sends_each_rung_once_and_one_a_day_at_most() {
    let mut house = asked();
    let mut sent = std::collections::BTreeMap::new();
    let begun = Instant::now();
    let mut ticks = 0;
    while house.context.now < at("2024-08-23T00:00:00Z") {
        let next = thresholds(house.case(), &house.context).next_due_at;
        for reminder in house.due() {
            sent.entry(reminder.key(house.case().id)).or_insert((house.context.now, reminder));
        }
        house.context.now = next.expect("an open notice has a next rung").max(house.context.now + Duration::hours(1));
        ticks += 1;
    }
    let took = begun.elapsed();
    let lea: Vec<_> = sent.values().filter(|(_, r)| r.person == House::id("lea")).collect();
    let days: std::collections::BTreeSet<_> = lea.iter().map(|(at, _)| at.date_naive()).collect();
    assert_eq!(days.len(), lea.len(), "two mails on one day");
    assert!(lea.len() > 50, "only {} mails to a silent lead in eleven weeks", lea.len());
    assert!(took.as_millis() < 3_000, "{ticks} ticks took {took:?}");
}

#[test]
fn a_missed_week_heals_with_one_mail() {
    let mut house = asked();
    house.waits_until("2024-06-28T12:00:00Z");
    let lea = house.due().into_iter().filter(|r| r.person == House::id("lea")).count();
    assert_eq!(lea, 1);
}

#[test]
fn who_signed_what_changed_is_asked_again_though_another_was_assigned() {
    let mut house = asked();
    house.assesses("eve");
    for who in ["eve", "max", "lea", "rex"] {
        house.signs(who, Gate::Assess);
    }
    house.waits_until("2024-06-04T09:00:00Z");
    let earlier = Some(crate::fact::When::date(date("2024-08-15")));
    house.hears(crate::fact::Authenticity::Verified, announced(Kind::CertificateRotation, earlier));
    let stale: Vec<_> = house.due_lines().into_iter().filter(|line| line.ends_with("stale assess")).collect();
    assert_eq!(stale.len(), 3, "one engineer, the lead and the executive: {stale:?}");
}

#[test]
fn a_notice_that_everybody_signed_and_nobody_closed_is_not_forgotten() {
    let mut house = House::of_four();
    house.receives(announced(Kind::Informational, None));
    house.signs("eve", Gate::Close);
    house.signs("lea", Gate::Close);
    assert_eq!(house.codes(Gate::Close), [""; 0]);
    let late: Vec<_> = schedule(house.case(), &house.context).into_iter().filter(|r| r.rung == Rung::Overdue).collect();
    let people: std::collections::BTreeSet<_> = late.iter().map(|r| house.name(r.person)).collect();
    assert!(people.contains("eve") && people.contains("lea"), "{people:?}");
}
