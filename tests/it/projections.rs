//! Lists and search are the record's shadow: dropped and rebuilt, they are what they were.

use countersign::desk::Asked;
use countersign::desk::house::PersonChange;
use countersign::notice::command::Command;
use countersign::notice::procedure::Gate;
use countersign::store::projection;

use crate::harness::{Crew, House, mails};

/// A house in which much has happened: three notices, one signed far, one chased for weeks, one with a comment.
async fn lived_in(house: &House) -> Crew {
    let crew = house.founded().await;
    let Crew { alice, bob, carol, team } = crew;
    house.receives(mails::original()).await;
    house.receives(mails::redirected()).await;
    house.receives(mails::original().replace("rds-ca-2019", "rds-ca-2015").replace("August 22", "July 30")).await;
    house.receives(mails::original().replace("rds-ca-2019", "rds-ca-2012").replace("2024", "2020")).await;
    house.reads().await;
    house.prepares(alice, 1, Gate::Assess, team).await;
    for who in [alice, bob, carol] {
        house.signs(who, 1, Gate::Assess).await;
    }
    let words = house.desk.draft("Does the ledger verify certificates at all?");
    let mentions = std::collections::BTreeSet::new();
    house.does(bob, 2, Asked::with(Command::Comment { text: words.reference, mentions }, [words])).await;
    house.does(carol, 2, Command::Watch).await;
    house.days_pass(20).await;
    crew
}

both!(a_rebuild_gives_what_was_there, |house| async move {
    lived_in(&house).await;
    let before = projection::dump(house.store().reader()).await.unwrap();
    assert!(before.len() > 6, "too little happened to prove anything: {before:#?}");
    let built = house.desk.rebuild_projections().await.unwrap();
    assert!(built >= 2, "{built} notices were rebuilt");
    let after = projection::dump(house.store().reader()).await.unwrap();
    assert_eq!(before, after);
});

both!(who_joins_is_known_by_the_next_tick_and_who_leaves_is_asked_no_more_at_once, |house| async move {
    let Crew { bob, carol, .. } = lived_in(&house).await;
    let lena = house.joins("Lena Koch", countersign::notice::directory::Right::Member, &["lead"]).await;
    let ticked = house.desk.tick().await.unwrap();
    assert!(ticked.reconsidered >= 1, "{ticked:?}");
    assert_eq!(house.desk.tick().await.unwrap().reconsidered, 0, "the same notices are looked at for ever");
    let leaves = PersonChange { active: Some(false), ..PersonChange::default() };
    house.desk.change_person(carol.actor(), bob.0, leaves).await.unwrap();
    let rows = projection::read(house.store().reader(), house.notice(2).await.id.0).await.unwrap().unwrap();
    let asked: Vec<_> = rows.waiting.iter().filter(|row| row.level == "lead").map(|row| row.person).collect();
    assert_eq!(asked, [lena.0], "the lead who left is still asked, or nobody is");
});

both!(a_tick_with_nothing_due_looks_at_nothing, |house| async move {
    lived_in(&house).await;
    let again = house.desk.tick().await.unwrap();
    assert_eq!((again.due, again.reconsidered), (0, 0));
});
