//! Two people do at the same moment what excludes each other: one of them is too late, and is told so.

use countersign::desk::{Asked, DeskError, NoticeRef};
use countersign::notice::chain::{self, Stream};
use countersign::notice::command::{Command, Sign};
use countersign::notice::directory::Right;
use countersign::notice::event::Verdict;
use countersign::notice::gate::is_current;
use countersign::notice::procedure::Gate;
use countersign::notice::{Case, Life};
use countersign::store::record;

use crate::harness::{Crew, House, Person, mails, soak};

/// As many notices as asked for, each ready to be closed but for the last signatures.
async fn nearly_done(house: &House, count: u32, Crew { alice, bob, carol, team }: Crew) {
    for number in 1..=count {
        house.receives(mails::original().replace("rds-ca-2019", &format!("rds-ca-{}", 3000 + number))).await;
        house.reads().await;
        house.prepares(alice, number, Gate::Assess, team).await;
        for who in [alice, bob, carol] {
            house.signs(who, number, Gate::Assess).await;
        }
        house.prepares(alice, number, Gate::Schedule, team).await;
        house.signs(alice, number, Gate::Schedule).await;
        house.signs(bob, number, Gate::Schedule).await;
    }
    house.clock.advance(chrono::TimeDelta::days(4));
}

async fn objection(house: &House, number: u32) -> Asked {
    let Command::Sign(sign) = house.verdict(number, Gate::Close, Verdict::Object).await else {
        panic!("a verdict is a signature")
    };
    let words = house.desk.draft("The nightly export has not been looked at.");
    Asked::with(Command::Sign(Sign { comment: Some(words.reference), ..sign }), [words])
}

/// Both at once, on threads of their own; who is asked first takes turns.
async fn at_once(
    house: &House,
    number: u32,
    (closer, objector): (Person, Person),
) -> (Result<Case, DeskError>, Result<Case, DeskError>) {
    let object = objection(house, number).await;
    let go = |who: Person, asked: Asked| {
        let desk = house.desk.clone();
        tokio::spawn(async move { desk.act(NoticeRef::Number(number), who.actor(), asked).await })
    };
    let (closes, objects) = if number.is_multiple_of(2) {
        let closes = go(closer, Command::Close.into());
        (closes, go(objector, object))
    } else {
        let objects = go(objector, object);
        (go(closer, Command::Close.into()), objects)
    };
    let (closed, objected) = tokio::join!(closes, objects);
    (closed.expect("closing does not panic"), objected.expect("objecting does not panic"))
}

both!(of_closing_and_objecting_at_once_exactly_one_happens, |house| async move {
    let crew = house.founded().await;
    let erik = house.joins("Erik Dahl", Right::Member, &["engineer"]).await;
    let dora = house.joins("Dora Lind", Right::Member, &["executive"]).await;
    let rounds = u32::try_from(soak(20, 1000)).unwrap();
    nearly_done(&house, rounds, crew).await;
    let (mut closings, mut objections) = (0, 0);
    for number in 1..=rounds {
        house.prepares(crew.alice, number, Gate::Close, crew.team).await;
        for who in [erik, crew.bob, crew.carol] {
            house.signs(who, number, Gate::Close).await;
        }
        let outcome = at_once(&house, number, (crew.bob, dora)).await;
        let case = house.notice(number).await;
        let stands = case.sign_offs.iter().any(|one| one.verdict == Verdict::Object && is_current(&case, one));
        let closed = matches!(case.life, Life::Closed { .. });
        match outcome {
            (Ok(_), Err(DeskError::Refused(late))) => {
                assert!(closed && !stands, "N-{number}: told as closed, and it is {:?} ({late:?})", case.life);
                closings += 1;
            }
            (Err(DeskError::Refused(late)), Ok(_)) => {
                assert!(!closed && stands, "N-{number}: the objection was taken, and it is {:?}", case.life);
                assert!(late.blockers.iter().any(|blocker| blocker.code == "objection"), "{late:?}");
                objections += 1;
            }
            (closed, objected) => panic!(
                "N-{number}: closing said {:?} and objecting {:?}",
                closed.map(|case| case.life),
                objected.map(|case| case.life)
            ),
        }
        let stream = Stream::Notice(case.id);
        let stored = record::load(house.store().reader(), stream).await.unwrap();
        assert_eq!(chain::verify(stream, &stored, &[]), [], "N-{number}: the chain broke");
    }
    println!("{rounds} races: closed {closings} times, objected {objections} times");
    assert_eq!(closings + objections, rounds);
});
