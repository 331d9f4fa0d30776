//! A team's notices that are closed to others: not there at all, by whatever way somebody looks.

use std::collections::BTreeSet;

use axum::http::Method;
use countersign::desk::house::{NewRule, NewTeam};
use countersign::desk::{Change, DeskError, NoticeRef, Topic};
use countersign::identity::Role;
use countersign::notice::directory::Right;
use countersign::notice::ids::PersonId;
use countersign::notice::procedure::Gate;
use countersign::notice::sight::{Sight, circle};
use countersign::store::{entity::notices, sight};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Browser, House, PASSWORD, mails};
use crate::roles::{Open, TABLE, filled};

/// A house with a notice of the team Databases: Ada administers, Dana is in the team, Otto is asked nothing and in no team.
struct Walled {
    ada: Browser,
    dana: Browser,
    otto: Browser,
    cleo: Browser,
    team: Value,
    dana_id: Value,
}

impl Walled {
    async fn build(house: &House) -> Self {
        let ada = house.set_up("many").await;
        let dana = house.invites(&ada, "Dana", Role::Member, &["engineer"]).await;
        house.invites(&ada, "Bob", Role::Member, &["lead"]).await;
        let otto = house.invites(&ada, "Otto", Role::Member, &[]).await;
        let cleo = house.invites(&ada, "Cleo", Role::Auditor, &[]).await;
        let dana_id = id_of(&dana).await;
        let form = json!({"name": "Databases", "members": [dana_id]});
        let team = ada.post("/api/v1/teams", form).await.is(201)["id"].clone();
        ada.post("/api/v1/ownership-rules", json!({"provider": "aws", "team": team})).await.is(201);
        house.receives(mails::original()).await;
        house.reads().await;
        Self { ada, dana, otto, cleo, team, dana_id }
    }

    async fn close(&self, closed: bool) {
        let form = json!({"name": "Databases", "members": [self.dana_id], "closed": closed});
        let path = format!("/api/v1/teams/{}", self.team.as_str().unwrap());
        assert_eq!(self.ada.send(Method::PUT, &path, Some(form)).await.is(200)["closed"], json!(closed));
    }
}

async fn id_of(browser: &Browser) -> Value {
    browser.get("/api/v1/session").await.is(200)["person"]["id"].clone()
}

/// Every way in which somebody looks at many things, each with how much it showed.
async fn shown_to(browser: &Browser, message: &str, dana: &str) -> Vec<(String, usize)> {
    let items = |answer: &Value| answer["items"].as_array().map_or(0, Vec::len);
    let mut shown = Vec::new();
    for path in [
        "/notices",
        "/notices?q=rds-ca-2019",
        "/messages",
        "/deliveries",
        "/calendar?from=2024-06-01&until=2024-12-31",
        "/providers",
    ] {
        let answer = browser.get(&format!("/api/v1{path}")).await.is(200);
        let items = match path {
            "/providers" => answer["items"].as_array().unwrap().iter().map(|row| count(&row["notices"])).sum(),
            "/deliveries" => answer["items"].as_array().unwrap().iter().filter(|row| !row["notice"].is_null()).count(),
            _ => items(&answer),
        };
        shown.push((path.to_owned(), items));
    }
    let listed = browser.get("/api/v1/notices").await.is(200);
    let facets = listed["facets"].as_array().unwrap().iter().map(|facet| facet["values"].as_array().unwrap().len());
    shown.push(("facets".to_owned(), facets.sum()));
    let home = browser.get("/api/v1/home").await.is(200);
    shown.push(("home".to_owned(), home["horizon"].as_array().unwrap().len() + count(&home["counts"]["open"])));
    let work = browser.get(&format!("/api/v1/people/{dana}/work")).await.is(200);
    shown.push(("work".to_owned(), work["waiting"].as_array().unwrap().len()));
    let record = browser.get("/api/v1/record?limit=200").await.is(200);
    let of_notices = record["items"].as_array().unwrap().iter().filter(|entry| !entry["notice"].is_null());
    shown.push(("record".to_owned(), of_notices.count()));
    for path in ["", "/raw", "/profile"] {
        let answer = browser.get(&format!("/api/v1/messages/{message}{path}")).await;
        shown.push((format!("message{path}"), usize::from(answer.status == 200)));
    }
    let pack = browser.post("/api/v1/record/evidence", json!({})).await;
    shown.push(("evidence".to_owned(), usize::from(pack.status == 200)));
    shown
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or(0)).unwrap()
}

both!(a_closed_teams_notices_are_not_there_for_others_by_whatever_way_they_look, |house| async move {
    let walled = Walled::build(&house).await;
    let message = walled.ada.get("/api/v1/messages").await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let dana = walled.dana_id.as_str().unwrap();
    let before = shown_to(&walled.otto, &message, dana).await;
    let empty: Vec<_> = before.iter().filter(|(_, number)| *number == 0).collect();
    assert!(
        empty.is_empty(),
        "while the team is open a colleague sees nothing here, so that closing proves nothing: {empty:?}"
    );

    walled.close(true).await;
    let after = shown_to(&walled.otto, &message, dana).await;
    let seen: Vec<_> = after.iter().filter(|(_, number)| *number > 0).collect();
    assert!(seen.is_empty(), "somebody who is not in the closed team still sees: {seen:?}");
    for (who, browser) in
        [("who is in it", &walled.dana), ("an auditor", &walled.cleo), ("an administrator", &walled.ada)]
    {
        let shown = shown_to(browser, &message, dana).await;
        let gone: Vec<_> = shown.iter().filter(|(_, number)| *number == 0).collect();
        assert!(gone.is_empty(), "{who} sees no longer: {gone:?}");
    }
    let record = walled.ada.get("/api/v1/record?stream=people").await.is(200);
    assert!(record.to_string().contains("closed the notices of the team Databases to others"), "{record}");

    walled.close(false).await;
    assert_eq!(
        shown_to(&walled.otto, &message, dana).await,
        before,
        "opening the team again does not give back what was seen"
    );
});

both!(no_route_of_a_closed_notice_answers_an_outsider_with_more_than_that_it_is_not_there, |house| async move {
    let walled = Walled::build(&house).await;
    walled.close(true).await;
    let notice = walled.ada.get("/api/v1/notices/1").await.is(200);
    let token = walled.otto.post("/api/v1/tokens", json!({"name": "reads", "scopes": ["read", "probe"]})).await.is(201);
    let program = house.program(token["token"].as_str().or(token["secret"].as_str()).expect("a token has a secret"));
    let ids = ["1".to_owned(), "N-1".to_owned(), notice["id"].as_str().expect("a notice has an id").to_owned()];
    let message = walled.ada.get("/api/v1/messages").await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let mut wrong = Vec::new();
    let mut walked = 0;
    for (method, path, open) in TABLE {
        let ids = match path {
            path if path.starts_with("/notices/{id}") => ids.to_vec(),
            path if path.starts_with("/messages/{id}") => vec![message.clone()],
            _ => continue,
        };
        for id in &ids {
            let at = format!("/api/v1{}", filled(path, id));
            let body = || (*method != "GET").then(|| json!({}));
            let told = walled.otto.send(method.parse().unwrap(), &at, body()).await;
            let wanted = if *open == Open::Administrators { 403 } else { 404 };
            if told.status.as_u16() != wanted {
                wrong.push(format!("{method} {at} answered {}: {}", told.status, told.text()));
            }
            let told = program.send(method.parse().unwrap(), &at, body()).await;
            if !matches!(told.status.as_u16(), 403 | 404) {
                wrong.push(format!("a token: {method} {at} answered {}: {}", told.status, told.text()));
            }
            // Who is in the team gets past: the same address is not simply broken.
            let told = walled.dana.send(method.parse().unwrap(), &at, body()).await;
            let unknown = told.json()["detail"].as_str().is_some_and(|detail| {
                let detail = detail.to_lowercase();
                detail.contains("no notice") || detail.contains("no message")
            });
            if unknown {
                wrong.push(format!("{method} {at} is not there for who is in the team: {}", told.text()));
            }
            walked += 1;
        }
    }
    assert!(walked > 100, "only {walked} addresses were walked");
    assert!(wrong.is_empty(), "{} ways to a closed notice:\n  {}", wrong.len(), wrong.join("\n  "));

    // What a body or a query names is no way round.
    let mention = |field: &str| json!({field: "1"});
    for (path, body) in [
        ("/rehearsals", mention("notice")),
        ("/record/evidence", json!({"notices": ["1"]})),
        (
            "/sign-offs",
            json!({"gate": "assess", "verdict": "approve", "items": [{"notice": "1", "subject_digest": "0".repeat(64)}]}),
        ),
    ] {
        walled.otto.post(&format!("/api/v1{path}"), body).await.is_problem(404, "not_found");
    }
    walled.otto.get("/api/v1/deliveries?notice=1").await.is_problem(404, "not_found");
});

both!(who_is_asked_mentioned_or_takes_part_sees_a_closed_notice, |house| async move {
    let walled = Walled::build(&house).await;
    walled.close(true).await;
    walled.otto.get("/api/v1/notices/1").await.is_problem(404, "not_found");
    let otto = id_of(&walled.otto).await;
    let comment = json!({"text": "Otto, do your jobs verify?", "mentions": [otto]});
    walled.dana.post("/api/v1/notices/1/comments", comment).await.is(200);
    walled.otto.get("/api/v1/notices/1").await.is(200);

    let bob = house.visitor();
    bob.post("/api/v1/session", json!({"email": "bob@house.example", "password": PASSWORD})).await.is(200);
    let waiting = bob.get("/api/v1/home").await.is(200)["waiting"].as_array().unwrap().len();
    assert_eq!(waiting, 1, "the lead who is asked for a signature is not in the team and was asked nothing");
    bob.get("/api/v1/notices/1").await.is(200);
});

both!(rows_and_rule_agree_on_who_sees_what, |house| async move {
    let crew = house.founded().await;
    let otto = house.joins("Otto Brandt", Right::Member, &[]).await;
    let wren = house.joins("Wren Auer", Right::Member, &[]).await;
    let cleo = house.joins("Cleo Marsh", Right::Auditor, &[]).await;
    let desk = &house.desk;
    let networks = NewTeam { name: "Networks".to_owned(), members: vec![wren.0], closed: Some(true) };
    let networks = desk.add_team(crew.carol.actor(), networks).await.unwrap();
    for number in 0..3 {
        house.receives(mails::original().replace("rds-ca-2019", &format!("rds-ca-{}", 2030 + number))).await;
    }
    house.reads().await;
    // One stays with the open team, one goes to the closed one, and one concerns both.
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    house.prepares(crew.bob, 2, Gate::Assess, networks).await;
    let rule = NewRule { resource: Some("*orders*".to_owned()), team: networks, ..NewRule::default() };
    desk.add_rule(crew.carol.actor(), rule).await.unwrap();
    desk.tick().await.unwrap();

    let db = house.store().reader();
    let context = desk.context(db).await.unwrap();
    let rows = notices::Entity::find().all(db).await.unwrap();
    let all: Vec<_> = rows.iter().map(|row| row.id).collect();
    let people = [
        (crew.alice, Right::Member),
        (crew.bob, Right::Member),
        (crew.carol, Right::Administrator),
        (otto, Right::Member),
        (wren, Right::Member),
        (cleo, Right::Auditor),
    ];
    let mut seen_by_otto = BTreeSet::new();
    for (person, right) in people {
        let eyes = Sight::of(PersonId(person.0), right);
        let by_rows = sight::seen_of(db, all.clone(), eyes).await.unwrap();
        for row in &rows {
            let case = desk.case(NoticeRef::Id(countersign::notice::ids::NoticeId(row.id))).await.unwrap();
            let by_rule = circle(&case, &context).admits(eyes, &context.directory);
            assert_eq!(by_rows.contains(&row.id), by_rule, "N-{} and {person:?}: rows and rule differ", row.number);
            if person == otto && by_rule {
                seen_by_otto.insert(row.number);
            }
            // An open page is told of which notice only where it may be seen.
            let change = Change { topic: Topic::Notice, notice: Some(row.id), afar: false };
            let told = desk.seen_change(eyes, change).await.notice.is_some();
            assert_eq!(told, by_rule, "N-{} and {person:?}: the stream of changes names it", row.number);
        }
    }
    assert_eq!(seen_by_otto, BTreeSet::from([1]), "of three notices one is open to everybody");

    // A message of a closed notice is closed with it, until it belongs to an open one too; the closed one is not named then.
    let eyes = Sight::of(PersonId(otto.0), Right::Member);
    let message = house.notice(2).await.messages[0].message.0;
    let closed = desk.seen_message(eyes, message).await;
    assert!(matches!(closed, Err(DeskError::NotFound { .. })), "a closed notice's message is seen: {closed:?}");
    let open = house.notice(1).await.id;
    let sql = "INSERT INTO message_notices (message, notice, announcement, relation, at) \
               SELECT message, $1, announcement, relation, at FROM message_notices WHERE message = $2";
    let values = [open.0.into(), message.into()];
    let writer = house.store().writer();
    writer.execute_raw(Statement::from_sql_and_values(house.store().backend(), sql, values)).await.unwrap();
    desk.seen_message(eyes, message).await.expect("it belongs to an open notice too");
    let named: Vec<_> = desk.message(eyes, message).await.unwrap().notices.iter().map(|row| row.number).collect();
    assert_eq!(named, [1], "the message names a notice that is closed");
});

both!(no_letter_tells_of_a_closed_notice_to_who_may_not_see_it, |house| async move {
    let crew = house.founded().await;
    let lena = house.joins("Lena Roth", Right::Member, &["lead"]).await;
    let members = vec![crew.alice.0, crew.bob.0, crew.carol.0];
    let closed = NewTeam { name: "Databases".to_owned(), members, closed: Some(true) };
    house.desk.change_team(crew.carol.actor(), crew.team, closed).await.unwrap();
    house.receives(mails::original()).await;
    house.reads().await;
    house.sends().await;
    // Past the first Monday, on which those above the lowest level hear what is at risk; before silence goes up to others.
    house.days_pass(3).await;
    let all = house.outbox().await;
    let to =
        |person: Uuid| all.iter().filter(|d| d.person == Some(person)).map(|d| d.template.as_str()).collect::<Vec<_>>();
    assert!(to(crew.bob.0).contains(&"report"), "who is in the team hears nothing, so that this proves nothing");
    assert_eq!(to(lena.0), Vec::<&str>::new(), "a letter tells of a notice that is closed to its reader");
    let seen = sight::seen_of(
        house.store().reader(),
        all.iter().filter_map(|d| d.notice).collect(),
        Sight::Of(PersonId(lena.0)),
    );
    assert!(seen.await.unwrap().is_empty(), "by being told of others' letters Lena sees the notice");
});
