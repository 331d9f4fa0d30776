//! Who is on duty is asked first; who leaves hands on at once; who is named in a comment hears of it; and what waits for a
//! second person is chased by mail.

use std::collections::BTreeSet;

use countersign::desk::house::{NewRota, NewTeam, PersonChange};
use countersign::desk::{Asked, DeskError};
use countersign::identity::Role;
use countersign::notice::command::Command;
use countersign::notice::directory::Right;
use countersign::notice::event::{Bypass, Downgrade, Verdict};
use countersign::notice::facts::Priority;
use countersign::notice::ids::{LevelId, PersonId};
use countersign::notice::procedure::Gate;
use countersign::notice::sight::Sight;
use serde_json::json;

use crate::harness::{House, Person, mails};

/// Whom a notice asks at a level of `assess`.
async fn asked(house: &House, number: u32, level: &str) -> Vec<Person> {
    let case = house.notice(number).await;
    let at = case.assignments.iter().filter(|a| a.gate == Gate::Assess && a.level.as_str() == level);
    at.map(|assignment| Person(assignment.person.0)).collect()
}

both!(what_a_team_owns_is_asked_of_who_is_on_duty, |house| async move {
    let crew = house.founded().await;
    // Many engineers, so that chance alone would hardly ever hit the one on duty.
    let mut members = vec![crew.alice.0, crew.bob.0, crew.carol.0];
    let mut engineers = Vec::new();
    for n in 0..12 {
        let engineer = house.joins(&format!("Engineer{n} Smith"), Right::Member, &["engineer"]).await;
        members.push(engineer.0);
        engineers.push(engineer);
    }
    let team = NewTeam { name: "Databases".to_owned(), members, ..NewTeam::default() };
    house.desk.change_team(crew.carol.actor(), crew.team, team).await.unwrap();
    let on_duty = engineers[7];
    let from = house.now().date_naive();
    let rota = NewRota { people: vec![on_duty.0, engineers[2].0], from, days: 7, turns: 4 };
    house.desk.add_rota(crew.carol.actor(), crew.team, rota).await.unwrap();
    let turns = house.desk.duties().await.unwrap();
    let people: Vec<_> = turns.iter().map(|duty| duty.person.0).collect();
    assert_eq!(people, [on_duty.0, engineers[2].0, on_duty.0, engineers[2].0], "turns do not go round");
    assert!(turns.windows(2).all(|two| two[0].end == two[1].start), "there is a gap in the rota");

    house.receives(mails::original()).await;
    house.reads().await;
    assert_eq!(
        asked(&house, 1, "engineer").await,
        [on_duty],
        "the rule gives AWS to the team, and its rota was not asked"
    );
});

both!(a_rota_is_of_the_team_and_says_which_field_is_wrong, |house| async move {
    let crew = house.founded().await;
    let stranger = house.joins("Dora Lind", Right::Member, &["engineer"]).await;
    let from = house.now().date_naive();
    let good = NewRota { people: vec![crew.alice.0], from, days: 7, turns: 1 };
    for (wrong, field) in [
        (NewRota { people: vec![stranger.0], ..good.clone() }, "people"),
        (NewRota { people: vec![], ..good.clone() }, "people"),
        (NewRota { days: 0, ..good.clone() }, "days"),
        (NewRota { turns: 101, ..good.clone() }, "turns"),
    ] {
        let refused = house.desk.add_rota(crew.carol.actor(), crew.team, wrong).await;
        assert!(
            matches!(&refused, Err(DeskError::Invalid { field: told, .. }) if *told == field),
            "{field}: {refused:?}"
        );
    }
    house.desk.add_rota(crew.carol.actor(), crew.team, good).await.unwrap();
    let without = NewTeam { name: "Databases".to_owned(), members: vec![crew.bob.0], ..NewTeam::default() };
    house.desk.change_team(crew.carol.actor(), crew.team, without).await.unwrap();
    assert_eq!(house.desk.duties().await.unwrap(), [], "who left the team is still on its rota");
    let rota = NewRota { people: vec![crew.bob.0], from, days: 7, turns: 1 };
    house.desk.add_rota(crew.carol.actor(), crew.team, rota).await.unwrap();
    let duty = house.desk.duties().await.unwrap()[0].id;
    house.desk.remove_duty(crew.carol.actor(), duty).await.unwrap();
    assert_eq!(house.desk.duties().await.unwrap(), []);
});

both!(a_turn_is_handed_over_or_swapped_by_whoever_has_it, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["engineer"]).await;
    let cleo = house.invites(&ada, "Cleo Lind", Role::Member, &["engineer"]).await;
    let people = ada.get("/api/v1/people").await.is(200)["items"].clone();
    let id = |name: &str| {
        let found = people.as_array().unwrap().iter().find(|person| person["name"] == name);
        found.expect("they are here")["id"].as_str().unwrap().to_owned()
    };
    let (bob_id, cleo_id) = (id("Bob Ferrari"), id("Cleo Lind"));
    let members = json!([bob_id, cleo_id]);
    let team = ada.post("/api/v1/teams", json!({"name": "Databases", "members": members})).await.is(201)["id"].clone();
    let rota = json!({"people": [bob_id, cleo_id], "from": "2024-06-03", "days": 7, "turns": 4});
    let turns = ada.post(&format!("/api/v1/teams/{}/duties", team.as_str().unwrap()), rota).await.is(201);
    let turn = |n: usize| turns["items"][n]["id"].as_str().unwrap().to_owned();
    let path = |n: usize| format!("/api/v1/duties/{}/handover", turn(n));
    let names = |page: &serde_json::Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["person"]["name"].as_str().unwrap()[..3].to_owned())
            .collect()
    };

    let others = cleo.post(&path(0), json!({"to": cleo_id})).await;
    others.is_problem(409, "not_your_turn");
    bob.post(&path(0), json!({"to": bob_id})).await.is_problem(422, "invalid_field");
    bob.post(&path(0), json!({"to": id("Ada Lovelace")})).await.is_problem(422, "invalid_field");
    let wrong = bob.post(&path(0), json!({"to": cleo_id, "in_return": turn(2)})).await;
    assert_eq!(wrong.is_problem(422, "invalid_field")["field"], "in_return", "his own turn was taken for hers");

    let swapped = bob.post(&path(0), json!({"to": cleo_id, "in_return": turn(1)})).await.is(200);
    assert_eq!(names(&swapped), ["Cle", "Bob", "Bob", "Cle"]);
    let given = ada.post(&path(3), json!({"to": bob_id})).await.is(200);
    assert_eq!(names(&given), ["Cle", "Bob", "Bob", "Bob"], "an administrator hands over anybody's turn");

    let mailed = |whom: &str| {
        let to = whom.parse::<uuid::Uuid>().unwrap();
        let outbox = house.outbox();
        async move { outbox.await.iter().filter(|mail| mail.template == "duty" && mail.person == Some(to)).count() }
    };
    assert_eq!(mailed(&cleo_id).await, 3, "she got a turn, gave one away, and lost another");
    assert_eq!(mailed(&bob_id).await, 1, "what he did himself needs no mail; what was done to him does");

    let record = ada.get("/api/v1/record?stream=people").await.is(200);
    let told: Vec<&str> = record["items"].as_array().unwrap().iter().filter_map(|e| e["sentence"].as_str()).collect();
    let handed: Vec<_> = told.iter().filter(|line| line.contains("handed a turn of")).collect();
    assert_eq!(handed.len(), 3, "a swap is two turns, and each is on record: {told:#?}");
});

both!(who_leaves_hands_on_at_once, |house| async move {
    let crew = house.founded().await;
    let erin = house.joins("Erin Vogel", Right::Member, &["engineer"]).await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.sends().await;
    let first = asked(&house, 1, "engineer").await[0];
    let other = if first == erin { crew.alice } else { erin };
    assert!(house.desk.waiting_on(Sight::All, other.0).await.unwrap().is_empty());

    // No tick runs between leaving and looking.
    let leaves = PersonChange { active: Some(false), ..PersonChange::default() };
    house.desk.change_person(crew.carol.actor(), first.0, leaves).await.unwrap();
    assert_eq!(
        house.desk.waiting_on(Sight::All, other.0).await.unwrap().len(),
        1,
        "what waited for the leaver waits for nobody"
    );
    let sent = house.sends().await;
    assert!(sent.iter().any(|line| line.starts_with("assigned → ")), "the next one was not told: {sent:?}");
});

both!(what_a_leaver_said_stays_listed_and_an_objection_of_theirs_can_be_answered, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    let mut object = house.verdict(1, Gate::Assess, Verdict::Object).await;
    let comment = house.desk.draft("The replica is missing.");
    if let Command::Sign(sign) = &mut object {
        sign.comment = Some(comment.reference);
    }
    house.does(crew.bob, 1, Asked::with(object, [comment])).await;
    house.sends().await;
    let leaves = PersonChange { active: Some(false), ..PersonChange::default() };
    house.desk.change_person(crew.carol.actor(), crew.bob.0, leaves).await.unwrap();

    let work = house.desk.work_of(Sight::All, crew.bob.0).await.unwrap();
    assert_eq!((work.waiting.len(), work.signed.len()), (0, 1));
    let entry = work.signed[0].sign_off.entry;
    assert!(work.signed[0].sign_off.objects(), "the leaver's objection is not listed as standing");
    let reason = house.desk.draft("The replica is on the list now.");
    let answer =
        Command::AnswerObjection { sign_off: entry, reason: reason.reference, authenticated: house.just_now() };
    house.does(crew.carol, 1, Asked::with(answer, [reason])).await;
    assert!(!house.desk.work_of(Sight::All, crew.bob.0).await.unwrap().signed[0].sign_off.objects());
});

both!(who_is_named_in_a_comment_is_mailed_the_comment, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.sends().await;
    let text = house.desk.draft("@Bob can the pool reload its bundle?");
    let mentions = [PersonId(crew.bob.0), PersonId(crew.alice.0)].into();
    let command = Command::Comment { text: text.reference, mentions };
    house.does(crew.alice, 1, Asked::with(command, [text])).await;
    assert_eq!(house.sends().await, ["mentioned → bob@house.example"], "nobody is mailed their own words");
    let mail = house.outbox().await.pop().expect("a mail");
    assert!(mail.data.to_string().contains("can the pool reload its bundle?"), "{}", mail.data);
});

both!(what_waits_for_a_second_person_is_mailed_until_it_is_decided, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.sends().await;
    let consequence = house.desk.draft("The replica is not used.");
    let command = Command::Propose {
        downgrade: Downgrade::LowerPriority { to: Priority::Low },
        consequence: consequence.reference,
        authenticated: house.just_now(),
    };
    house.does(crew.alice, 1, Asked::with(command, [consequence])).await;
    let told = house.sends().await;
    assert_eq!(told, ["second_person → bob@house.example", "second_person → carol@house.example"]);
    let of = |outbox: &[countersign::store::deliveries::Delivery]| {
        outbox.iter().filter(|mail| mail.template == "second_person").count()
    };
    // From Saturday to Friday are five business days.
    house.days_pass(6).await;
    let chased = of(&house.outbox().await);
    assert_eq!(chased, 2 + 5 * 2, "a proposal slipped out of the ladder");
    let proposed = house.notice(1).await.proposals[0].entry;
    house.does(crew.bob, 1, Command::Countersign { proposed, authenticated: house.just_now() }).await;
    house.days_pass(4).await;
    assert_eq!(of(&house.outbox().await), chased, "a decided proposal is still chased");
});

both!(an_override_is_mailed_to_everybody_concerned, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.sends().await;
    let reason = house.desk.draft("The lead is on a plane until Monday.");
    let bypass = Bypass::SignOff { gate: Gate::Assess, level: LevelId("lead".to_owned()) };
    let command = Command::AskOverride { bypass, reason: reason.reference, authenticated: house.just_now() };
    house.does(crew.alice, 1, Asked::with(command, [reason])).await;
    let concerned = |sent: Vec<String>| -> BTreeSet<String> {
        sent.iter().filter_map(|line| line.split_once(" → ")).map(|(_, address)| address.to_owned()).collect()
    };
    let others = ["bob@house.example", "carol@house.example"].map(str::to_owned);
    assert_eq!(concerned(house.sends().await), others.into(), "who hears that an override is asked for");
    let asked = house.notice(1).await.overrides[0].entry;
    house.does(crew.carol, 1, Command::ConfirmOverride { asked, authenticated: house.just_now() }).await;
    let others = ["alice@house.example", "bob@house.example"].map(str::to_owned);
    assert_eq!(concerned(house.sends().await), others.into(), "who hears that it holds");
    let mails = house.outbox().await;
    assert!(
        mails.iter().any(|mail| mail.data.to_string().contains("on a plane until Monday")),
        "nobody reads the reason"
    );
});

both!(a_leavers_page_and_a_rota_by_the_api, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["engineer"]).await;
    let people = ada.get("/api/v1/people").await.is(200)["items"].clone();
    let id = |name: &str| {
        let found = people.as_array().unwrap().iter().find(|person| person["name"] == name);
        found.expect("they are here")["id"].as_str().unwrap().to_owned()
    };
    let bob_id = id("Bob Ferrari");
    let team = ada.post("/api/v1/teams", json!({"name": "Databases", "members": [bob_id]})).await.is(201)["id"].clone();
    let duties = format!("/api/v1/teams/{}/duties", team.as_str().unwrap());
    let form = json!({"people": [bob_id], "from": "2024-06-03", "days": 7, "turns": 2});
    let turns = ada.post(&duties, form.clone()).await.is(201);
    assert_eq!(turns["items"].as_array().unwrap().len(), 2);
    bob.post(&duties, form).await.is_problem(403, "forbidden");
    let all = bob.get("/api/v1/duties").await.is(200);
    assert_eq!(all["items"][0]["person"]["name"], "Bob Ferrari");
    let work = bob.get(&format!("/api/v1/people/{bob_id}/work")).await.is(200);
    assert_eq!((&work["waiting"], &work["signed"]), (&json!([]), &json!([])));
});
