//! The house: people come and go, own things and are away; who changed what is on record. And when the clock cannot be
//! trusted, or a mail cannot be delivered, people hear of it.

use chrono::TimeDelta;
use countersign::desk::house::{NewAbsence, NewPerson, PersonChange};
use countersign::desk::{Desk, DeskError, Settings};
use countersign::notice::chain::{self, Stream};
use countersign::notice::directory::Right;
use countersign::notice::event::Actor;
use countersign::store::{deliveries, record};

use crate::harness::{House, at, mails};

fn code(error: &DeskError) -> &'static str {
    match error {
        DeskError::Conflict { code, .. } => code,
        DeskError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    }
}

both!(an_address_belongs_to_one_person_however_it_is_written, |house| async move {
    house.founded().await;
    let twin = NewPerson {
        name: "Alice Again".to_owned(),
        email: " ALICE@House.example ".to_owned(),
        zone: None,
        role: Right::Member,
        levels: vec![],
    };
    let error = house.desk.add_person(Actor::System, twin.clone()).await.expect_err("the address is taken");
    assert_eq!(code(&error), "address_taken");
    for (email, zone, levels, field) in [
        ("alice", None, vec![], "email"),
        ("new@house.example", Some("Mars/Olympus"), vec![], "zone"),
        ("new@house.example", None, vec!["emperor"], "levels"),
    ] {
        let levels = levels.into_iter().map(str::to_owned).collect();
        let wrong = NewPerson { email: email.to_owned(), zone: zone.map(str::to_owned), levels, ..twin.clone() };
        let error = house.desk.add_person(Actor::System, wrong).await.expect_err("a form that makes no sense");
        assert_eq!(code(&error), field, "{error}");
    }
});

both!(the_last_administrator_cannot_leave, |house| async move {
    let crew = house.founded().await;
    for change in [
        PersonChange { active: Some(false), ..PersonChange::default() },
        PersonChange { role: Some(Right::Member), ..PersonChange::default() },
    ] {
        let error = house.desk.change_person(crew.carol.actor(), crew.carol.0, change).await.expect_err("the last one");
        assert_eq!(code(&error), "last_administrator");
    }
    assert!(house.desk.person(crew.carol.0).await.unwrap().active, "a refused change left its mark");
});

both!(who_changed_what_about_people_is_a_sound_chain, |house| async move {
    let crew = house.founded().await;
    let change = PersonChange { levels: Some(vec!["engineer".into(), "lead".into()]), ..PersonChange::default() };
    house.desk.change_person(crew.carol.actor(), crew.alice.0, change.clone()).await.unwrap();
    house.desk.change_person(crew.carol.actor(), crew.alice.0, change).await.unwrap();
    let stored = record::load(house.store().reader(), Stream::People).await.unwrap();
    assert_eq!(chain::verify(Stream::People, &stored, &[]), []);
    let levels: Vec<_> = stored.iter().filter(|event| event.name == "person_levels_set").collect();
    assert_eq!(levels.len(), 1, "a change that changes nothing is no event");
    assert_eq!(levels[0].actor, serde_json::to_value(crew.carol.actor()).unwrap());
});

both!(a_new_invitation_is_mailed_and_the_old_one_stops_working, |house| async move {
    use countersign::store::entity::one_time_links;
    use sea_orm::EntityTrait as _;
    let crew = house.founded().await;
    let new = NewPerson {
        name: "Nina Roth".to_owned(),
        email: "nina@house.example".to_owned(),
        zone: None,
        role: Right::Member,
        levels: Vec::new(),
    };
    let nina = house.desk.add_person(crew.carol.actor(), new).await.unwrap().id;
    let first = house.desk.invite(crew.carol.actor(), nina).await.unwrap();
    let second = house.desk.invite(crew.carol.actor(), nina).await.unwrap();
    assert_ne!(first.secret, second.secret);
    assert!(second.link.ends_with(&second.secret));
    let links = one_time_links::Entity::find().all(house.store().reader()).await.unwrap();
    let open: Vec<_> = links.iter().filter(|link| link.used_at.is_none()).collect();
    assert_eq!(open.len(), 1, "two invitations work at once");
    assert!(links.iter().all(|link| link.secret_hash.len() == 64), "a secret is kept as it is");
    let mails = house.sends().await;
    assert_eq!(mails, ["invitation → nina@house.example", "invitation → nina@house.example"]);
});

both!(while_somebody_is_away_their_delegate_is_asked, |house| async move {
    let crew = house.founded().await;
    let lena = house.joins("Lena Koch", Right::Member, &["engineer"]).await;
    let away = NewAbsence {
        person: crew.bob.0,
        start: house.now() - TimeDelta::hours(1),
        end: house.now() + TimeDelta::days(30),
        delegate: Some(lena.0),
    };
    house.desk.add_absence(crew.carol.actor(), away.clone()).await.unwrap();
    house.receives(mails::original()).await;
    house.reads().await;
    let sent = house.sends().await;
    assert!(sent.contains(&"assigned → lena@house.example".to_owned()), "the delegate was not asked: {sent:?}");
    assert!(!sent.contains(&"assigned → bob@house.example".to_owned()), "somebody away was asked: {sent:?}");
    let alone = NewAbsence { delegate: Some(crew.bob.0), ..away };
    let error = house.desk.add_absence(crew.carol.actor(), alone).await.expect_err("nobody stands in for themselves");
    assert_eq!(code(&error), "delegate");
});

/// The same house run as a server, where the clock is not a toy.
fn in_earnest(house: &House) -> Desk {
    let desk = &house.desk;
    let keyring = countersign::desk::Keyring::parse(&desk.keyring.to_text()).unwrap();
    let settings = Settings { local_mode: false, ..Settings::default() };
    Desk::new(desk.store.clone(), house.clock.clone(), desk.entropy.clone(), keyring, settings)
}

both!(a_clock_set_back_pauses_everything_but_the_alarm_until_it_is_accepted, |house| async move {
    let crew = house.founded().await;
    let desk = in_earnest(&house);
    assert!(!desk.tick().await.unwrap().paused);
    house.receives(mails::original()).await;
    house.reads().await;
    house.clock.set(at("2024-05-01T08:00:00Z"));
    assert!(desk.tick().await.unwrap().paused, "a clock a month back went unnoticed");
    house.clock.set(at("2024-06-02T08:00:00Z"));
    assert!(desk.tick().await.unwrap().paused, "nobody accepted the clock yet");
    assert_eq!(house.sends().await, ["alarm → carol@house.example"], "only the alarm goes out");

    desk.accept_clock(crew.carol.actor()).await.unwrap();
    assert!(!desk.tick().await.unwrap().paused);
    assert!(house.sends().await.contains(&"assigned → alice@house.example".to_owned()), "sending did not go on");
});

both!(a_mail_that_cannot_be_delivered_is_told_to_the_next_level, |house| async move {
    house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let leased = deliveries::lease(house.store(), house.now(), 10, TimeDelta::minutes(5)).await.unwrap();
    let to_alice = leased.iter().find(|delivery| delivery.address.starts_with("alice")).unwrap();
    deliveries::mark_failed(house.store(), to_alice, "550 no such user", None).await.unwrap();
    house.desk.delivery_failed(to_alice, "550 no such user").await.unwrap();
    house.desk.delivery_failed(to_alice, "550 no such user").await.unwrap();
    assert_eq!(
        house.sends().await,
        ["alarm → bob@house.example", "alarm → carol@house.example"],
        "her lead and the administrator hear of it, once"
    );
});
