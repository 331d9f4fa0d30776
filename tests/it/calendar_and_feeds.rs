//! The calendar: the working week and holidays move due dates, a freeze keeps a window out, and a feed shows only what is
//! one's own, to whoever knows its secret, until it is revoked.

use axum::http::Method;
use countersign::identity::Role;
use countersign::notice::deadline;
use countersign::notice::procedure::Gate;
use serde_json::{Value, json};

use crate::harness::{Browser, House, at, mails};

async fn due(house: &House, gate: Gate) -> chrono::DateTime<chrono::Utc> {
    let context = house.desk.context(house.store().reader()).await.unwrap();
    deadline::dates(&house.notice(1).await, &context).unwrap().due[&gate]
}

both!(a_holiday_moves_what_is_due_and_taking_it_back_moves_it_again, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let before = due(&house, Gate::Assess).await;
    assert_eq!(before, at("2024-06-05T17:00:00Z"), "three business days after a Saturday");
    let (day, carol) = ("2024-06-04".parse().unwrap(), crew.carol.actor());
    house.desk.add_holiday(carol, Some(crew.team), day, "Works outing").await.unwrap();
    house.desk.tick().await.unwrap();
    assert_eq!(due(&house, Gate::Assess).await, at("2024-06-06T17:00:00Z"), "the owning team does not work that day");
    house.desk.remove_holiday(carol, Some(crew.team), day).await.unwrap();
    assert_eq!(due(&house, Gate::Assess).await, before);
});

both!(the_working_week_has_a_zone_and_hours, |house| async move {
    let ada = house.set_up("many").await;
    let week = json!({"zone": "Europe/Berlin", "weekdays": [7, 1, 2, 3, 4], "morning": "07:30", "evening": "16:00"});
    let set = ada.send(Method::PUT, "/api/v1/calendar/week", Some(week)).await.is(200);
    assert_eq!(set["weekdays"], json!([1, 2, 3, 4, 7]));
    house.receives(mails::original()).await;
    house.reads().await;
    // Sunday is worked, Friday is not: of three business days after Saturday the last is a Tuesday.
    assert_eq!(due(&house, Gate::Assess).await, at("2024-06-04T14:00:00Z"));
    for (wrong, field) in [
        (json!({"zone": "Mars/Olympus", "weekdays": [1], "morning": "08:00", "evening": "17:00"}), "zone"),
        (json!({"zone": "UTC", "weekdays": [8], "morning": "08:00", "evening": "17:00"}), "weekdays"),
        (json!({"zone": "UTC", "weekdays": [], "morning": "08:00", "evening": "17:00"}), "weekdays"),
        (json!({"zone": "UTC", "weekdays": [1], "morning": "8 o'clock", "evening": "17:00"}), "morning"),
        (json!({"zone": "UTC", "weekdays": [1], "morning": "18:00", "evening": "17:00"}), "evening"),
    ] {
        let told = ada.send(Method::PUT, "/api/v1/calendar/week", Some(wrong)).await.is(422);
        assert_eq!(told["field"], field, "{told}");
    }
});

both!(a_window_in_a_freeze_or_after_act_by_is_not_scheduled_without_an_override, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    for who in [crew.alice, crew.bob, crew.carol] {
        house.signs(who, 1, Gate::Assess).await;
    }
    house.prepares(crew.alice, 1, Gate::Schedule, crew.team).await;
    assert!(!house.blocked_by(1, Gate::Schedule).await.iter().any(|code| code.starts_with("window")));
    let freeze = (at("2024-06-03T00:00:00Z"), at("2024-06-30T00:00:00Z"));
    let id = house.desk.add_freeze(crew.carol.actor(), None, freeze, "Summer sale").await.unwrap();
    assert!(house.blocked_by(1, Gate::Schedule).await.contains(&"window_in_freeze".to_owned()));
    let sign = house.verdict(1, Gate::Schedule, countersign::notice::event::Verdict::Approve).await;
    let refusal = house.refuses(crew.alice, 1, sign).await;
    assert_eq!(refusal.code, "gate_blocked");
    assert!(refusal.blockers.iter().any(|blocker| blocker.sentence.contains("Summer sale")), "{refusal}");
    house.desk.remove_freeze(crew.carol.actor(), id).await.unwrap();
    assert!(!house.blocked_by(1, Gate::Schedule).await.contains(&"window_in_freeze".to_owned()));
});

async fn person_id(browser: &Browser) -> Value {
    browser.get("/api/v1/session").await.is(200)["person"]["id"].clone()
}

both!(a_feed_shows_what_is_ones_own_until_it_is_revoked, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    let eve = house.invites(&ada, "Eve Marsh", Role::Member, &["engineer"]).await;
    let (bob_id, eve_id) = (person_id(&bob).await, person_id(&eve).await);
    let team = |name: &str, members: Value| json!({"name": name, "members": members});
    let databases = ada.post("/api/v1/teams", team("Databases", json!([bob_id]))).await.is(201)["id"].clone();
    ada.post("/api/v1/teams", team("Networks", json!([eve_id]))).await.is(201);
    let freeze = json!({"team": databases, "start": "2024-06-20T00:00:00Z", "end": "2024-06-21T00:00:00Z",
                        "reason": "Migration\r\nATTENDEE:mailto:eve@example.com"});
    // A line break never gets that far; what comes from providers is put on one line when it is written.
    ada.post("/api/v1/freezes", freeze).await.is(422);
    let freeze = json!({"team": databases, "start": "2024-06-20T00:00:00Z", "end": "2024-06-21T00:00:00Z",
                        "reason": "Migration; all, of it"});
    ada.post("/api/v1/freezes", freeze).await.is(201);
    house.receives(mails::original()).await;
    house.reads().await;

    let made = bob.post("/api/v1/feeds", json!({})).await.is(201);
    let link = made["link"].as_str().unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8080").expect("the link is at the public address");
    let feed = house.visitor().get(path).await;
    feed.is(200);
    let text = feed.text().replace("\r\n ", "");
    assert_eq!(feed.header("content-type"), "text/calendar; charset=utf-8");
    assert!(text.contains("[N-1]") && text.contains("Due: assess"), "what waits for Bob is missing:\n{text}");
    assert!(text.contains("DTSTART;VALUE=DATE:20240822"), "the provider's bare date moved:\n{text}");
    assert!(text.contains(r"Freeze: Migration\; all\, of it (Databases)"), "{text}");

    let hers = eve.post("/api/v1/feeds", json!({})).await.is(201)["link"].as_str().unwrap().to_owned();
    let hers = house.visitor().get(hers.strip_prefix("http://127.0.0.1:8080").unwrap()).await.text();
    assert!(!hers.contains("Migration"), "another team's freeze is in Eve's feed:\n{hers}");
    eve.post("/api/v1/feeds", json!({"team": databases})).await.is(422);

    eve.send(Method::DELETE, &format!("/api/v1/feeds/{}", made["id"].as_str().unwrap()), None).await.is(404);
    house.visitor().get(path).await.is(200);
    bob.send(Method::DELETE, &format!("/api/v1/feeds/{}", made["id"].as_str().unwrap()), None).await.is(204);
    house.visitor().get(path).await.is_problem(404, "not_found");
    let guess = path.replace(".ics", "x.ics");
    house.visitor().get(&guess).await.is_problem(404, "not_found");

    let team_feed = bob.post("/api/v1/feeds", json!({"team": databases})).await.is(201)["link"].clone();
    let path = team_feed.as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    house.visitor().get(&path).await.is(200);
    let leaves = format!("/api/v1/people/{}", bob_id.as_str().unwrap());
    ada.send(Method::PATCH, &leaves, Some(json!({"active": false}))).await.is(200);
    house.visitor().get(&path).await.is_problem(404, "not_found");
});

both!(the_calendar_of_a_month_has_what_falls_into_it, |house| async move {
    let ada = house.set_up("many").await;
    house.receives(mails::original()).await;
    house.reads().await;
    ada.post("/api/v1/holidays", json!({"day": "2024-08-15", "name": "Assumption"})).await.is(201);
    let month = ada.get("/api/v1/calendar?from=2024-08-01&until=2024-08-31").await.is(200);
    let what: Vec<&str> = month["items"].as_array().unwrap().iter().filter_map(|item| item["what"].as_str()).collect();
    assert!(what.contains(&"hard_deadline") && what.contains(&"holiday") && !what.contains(&"gate_due"), "{month}");
    let settings = ada.get("/api/v1/calendar/settings").await.is(200);
    assert_eq!(settings["holidays"][0]["calendar"], "house");
    ada.send(Method::DELETE, "/api/v1/holidays/house/2024-08-15", None).await.is(204);
    ada.get("/api/v1/calendar?from=2024-08-01&until=2026-08-31").await.is(422);
});
