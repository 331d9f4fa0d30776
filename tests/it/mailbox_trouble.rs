//! Mailboxes that misbehave: a mail that cannot be fetched, a connection that ends in the middle, a token that is not taken.
//! None of it stops the rest, and none of it loses a mail in silence.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Json, Router};
use countersign::store::entity::passed_over::Model;
use countersign::store::{channels, passed_over};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::harness::dovecot::Dovecot;
use crate::harness::imap::{Mail, Server};
use crate::harness::{House, eventually};
use crate::mailbox::{Reading, at_port, mail, mailbox, subjects};

/// Looks again every second.
const POLLS: &str = "password = 'secret'\nevery_seconds = 1";

fn good(number: usize) -> Mail {
    Mail::Good(mail(number))
}

async fn listed(house: &House) -> Vec<Model> {
    passed_over::told(house.store().reader()).await.unwrap()
}

/// What administrators were told, as text.
async fn told(house: &House) -> String {
    let all = house.outbox().await;
    all.into_iter().filter(|delivery| delivery.template == "alarm").map(|delivery| delivery.data).collect()
}

both!(a_mail_that_cannot_be_fetched_stops_no_other_and_is_told_listed_and_tried_again, |house| async move {
    let ada = house.set_up("many").await;
    let mails = [
        (1, good(1)),
        (2, Mail::Refused),
        (3, good(3)),
        (4, Mail::Garbled),
        (5, good(5)),
        (6, Mail::Huge(400_000_000)),
        (7, Mail::HangsUp),
        (8, good(8)),
    ];
    let server = Server::with(mails).await;
    let reading = Reading::begin(&house.desk, at_port(server.port, "ann", POLLS), "one");
    eventually("four mails come and four are listed", async || {
        subjects(&house).await.len() == 4 && listed(&house).await.len() == 4
    })
    .await;
    assert_eq!(subjects(&house).await, ["mail 001", "mail 003", "mail 005", "mail 008"]);
    eventually("what was kept is marked", async || server.state().seen.contains(&8)).await;
    assert_eq!(server.state().seen, BTreeSet::from([1, 3, 5, 8]), "what was not kept is marked as if it had been");
    let said = told(&house).await;
    for uid in [2, 4, 6, 7] {
        assert!(said.contains(&format!("UID {uid}: ")), "no administrator was told of mail {uid}: {said}");
    }

    let shown = ada.get("/api/v1/channels").await.is(200);
    let shown =
        shown["items"].as_array().unwrap().iter().find(|one| one["id"] == "imap/ops").expect("the channel").clone();
    let reasons: Vec<(u64, String)> = shown["passed_over"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["uid"].as_u64().unwrap(), one["reason"].as_str().unwrap().to_owned()))
        .collect();
    for (uid, words) in
        [(2, "cannot read this mail"), (4, "connection broke"), (6, "400000000 bytes"), (7, "connection broke")]
    {
        assert!(reasons.iter().any(|(of, told)| *of == uid && told.contains(words)), "mail {uid}: {reasons:?}");
    }

    // Whatever was wrong with one of them is mended, and somebody asks for it.
    server.state().mails.insert(2, good(2));
    let second =
        shown["passed_over"].as_array().unwrap().iter().find(|one| one["uid"] == 2).unwrap()["id"].as_str().unwrap();
    let path = |id: &str| format!("/api/v1/channels/imap%2Fops/passed-over/{id}");
    ada.post(&path(second), json!({})).await.is(202);
    ada.post(&path("018fd118-97d2-7000-9164-af346c68194c"), json!({})).await.is_problem(404, "not_found");
    eventually("the mended mail comes and leaves the list", async || {
        subjects(&house).await.contains(&"mail 002".to_owned()) && listed(&house).await.len() == 3
    })
    .await;
    // One that somebody took out of the mailbox leaves the list as well; one that still cannot be had stays.
    server.state().mails.remove(&6);
    for row in listed(&house).await {
        house.desk.try_mail_again("imap/ops", row.id).await.unwrap();
    }
    eventually("what is gone leaves the list and what is bad stays", async || {
        let left = listed(&house).await;
        left.len() == 2 && left.iter().all(|row| row.state == passed_over::state::PASSED_OVER && row.attempts > 1)
    })
    .await;
    server.state().mails.insert(9, good(9));
    eventually("the mailbox is read on", async || subjects(&house).await.len() == 6).await;
    reading.end().await;
});

both!(a_connection_that_ends_in_good_order_instead_of_an_answer_loses_nothing, |house| async move {
    house.founded().await;
    let server = Server::with([(1, Mail::HangsUpOnce(mail(1)))]).await;
    let reading = Reading::begin(&house.desk, at_port(server.port, "ann", POLLS), "one");
    eventually("the mail comes at the second try", async || subjects(&house).await.len() == 1).await;
    reading.end().await;
    assert!(listed(&house).await.is_empty() && told(&house).await.is_empty(), "chance was told as a fault of the mail");
    let rows = passed_over::of_channel(house.store().reader(), "imap/ops").await.unwrap();
    assert!(rows.is_empty(), "what came is still under suspicion: {rows:?}");
});

both!(nothing_is_marked_whose_commit_failed, |house| async move {
    house.founded().await;
    let hand_out = Arc::new(Notify::new());
    let server = Server::with([(1, Mail::Held(mail(1), Arc::clone(&hand_out)))]).await;
    let away = house.restarted().await;
    let reading = Reading::begin(&away, at_port(server.port, "ann", POLLS), "one");
    eventually("the mail is being fetched", async || server.state().fetched > 0).await;
    // The database goes away while the mail is on its way.
    away.store.clone().close().await.unwrap();
    hand_out.notify_one();
    tokio::time::sleep(Duration::from_millis(500)).await;
    reading.end().await;
    assert!(server.state().seen.is_empty(), "a mail was marked that is kept nowhere");
    assert!(subjects(&house).await.is_empty());
    server.state().mails.insert(1, good(1));
    // The lease of the process that lost its database is another's to take once it has run out: the same holder has it still.
    let reading = Reading::begin(&house.desk, at_port(server.port, "ann", POLLS), "one");
    eventually("the mail is kept and marked", async || server.state().seen.contains(&1)).await;
    reading.end().await;
    assert_eq!(subjects(&house).await, ["mail 001"]);
});

both!(a_mail_that_dovecot_cannot_read_or_that_is_too_large_stops_no_other, |house| async move {
    house.founded().await;
    let server = Dovecot::start(None);
    let large = format!("{}{}", mail(1), "x".repeat(40_000));
    for text in [mail(0), large, mail(2), mail(3)] {
        server.deliver("ann", &text);
    }
    server.forbid("ann", 2);
    let reading = Reading::begin_with(&house.desk, mailbox(&server, "ann", POLLS), "one", 20_000);
    eventually("two come and two are listed", async || {
        subjects(&house).await.len() == 2 && listed(&house).await.len() == 2
    })
    .await;
    assert_eq!(subjects(&house).await, ["mail 000", "mail 003"]);
    server.allow("ann", 2);
    for row in listed(&house).await {
        house.desk.try_mail_again("imap/ops", row.id).await.unwrap();
    }
    server.deliver("ann", &mail(4));
    eventually("what can be read now comes", async || subjects(&house).await.len() == 4).await;
    reading.end().await;
    let left = listed(&house).await;
    assert!(left.len() == 1 && left[0].reason.contains("20000"), "{left:?}");
});

/// Where a refresh token becomes an access token: says `t1`, `t2`, … in turn.
struct TokenServer {
    url: String,
    asked: Arc<AtomicUsize>,
    /// The refresh token that is taken, and the one that replaces it at its next use.
    refresh: Arc<Mutex<(String, Option<String>)>>,
}

impl TokenServer {
    async fn start(expires_in: u64) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let refresh = Arc::new(Mutex::new(("r1".to_owned(), None::<String>)));
        let (count, taken) = (Arc::clone(&asked), Arc::clone(&refresh));
        let answer = move |body: String| {
            let (count, taken) = (Arc::clone(&count), Arc::clone(&taken));
            async move {
                let mut taken = taken.lock().unwrap();
                let given = body.split('&').find_map(|pair| pair.strip_prefix("refresh_token=")).unwrap_or_default();
                if given != taken.0 {
                    return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
                }
                let number = count.fetch_add(1, Relaxed) + 1;
                let mut said = json!({ "access_token": format!("t{number}"), "expires_in": expires_in });
                if let Some(next) = taken.1.take() {
                    said["refresh_token"] = Value::String(next.clone());
                    taken.0 = next;
                }
                Json(said).into_response()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/token", post(answer))).await });
        Self { url, asked, refresh }
    }

    fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }

    fn settings(&self) -> String {
        format!("token_url = '{}'\nclient_id = 'c'\nrefresh_token = 'r1'\nevery_seconds = 1", self.url)
    }
}

both!(an_access_token_is_used_until_it_nears_its_end_and_no_longer, |house| async move {
    house.founded().await;
    // How long it lasts, and how often one is asked for by two connections.
    for (expires_in, times) in [(3600, 1), (60, 2)] {
        let tokens = TokenServer::start(expires_in).await;
        let number = usize::try_from(expires_in).unwrap() / 60;
        let server = Server::with([(1, Mail::HangsUpOnce(mail(number)))]).await;
        server.state().tokens.extend(["t1".to_owned(), "t2".to_owned()]);
        let at = house.desk.clone();
        let mut settings = at_port(server.port, "ann", &tokens.settings());
        settings.name = format!("box-{expires_in}");
        let reading = Reading::begin(&at, settings, "one");
        eventually("the mail comes by the second connection", async || server.state().seen.contains(&1)).await;
        reading.end().await;
        assert!(server.state().connections >= 2);
        assert_eq!(tokens.asked(), times, "tokens that last {expires_in} seconds");
    }
});

both!(a_token_that_is_no_longer_taken_is_replaced_before_anybody_is_bothered, |house| async move {
    house.founded().await;
    let tokens = TokenServer::start(3600).await;
    let server = Server::with([(1, Mail::HangsUp)]).await;
    server.state().tokens.insert("t1".to_owned());
    let reading = Reading::begin(&house.desk, at_port(server.port, "ann", &tokens.settings()), "one");
    eventually("it is let in", async || server.state().fetched > 0).await;
    // Withdrawn before its time; the next connection brings the token from before and is refused once.
    *server.state() = crate::harness::imap::State {
        mails: [(1, good(1))].into(),
        tokens: ["t2".to_owned()].into(),
        ..Default::default()
    };
    eventually("it is let in with a new token", async || server.state().seen.contains(&1)).await;
    reading.end().await;
    assert_eq!(tokens.asked(), 2);
    assert_eq!(told(&house).await, "", "a token that ran out early was told as a refusal");
});

both!(a_refresh_token_that_replaces_the_one_before_survives_a_restart_and_is_sealed, |house| async move {
    house.founded().await;
    let tokens = TokenServer::start(3600).await;
    tokens.refresh.lock().unwrap().1 = Some("rotated-once".to_owned());
    let server = Server::with([(1, good(1))]).await;
    server.state().tokens.extend(["t1".to_owned(), "t2".to_owned()]);
    for number in 1..=2 {
        server.state().mails.insert(number, good(usize::try_from(number).unwrap()));
        let reading = Reading::begin(&house.desk, at_port(server.port, "ann", &tokens.settings()), "one");
        eventually("it is let in", async || server.state().seen.contains(&number)).await;
        reading.end().await;
    }
    assert_eq!(tokens.asked(), 2, "the second process did not use the token that replaced the configured one");
    let row = channels::sources(house.store().reader()).await.unwrap().remove(0);
    let kept = row.tokens.expect("the new refresh token is kept");
    assert!(!kept.contains("rotated-once"), "it stands in the database in clear");
    assert_eq!(told(&house).await, "");
});

both!(a_refresh_token_that_was_withdrawn_is_told_at_once, |house| async move {
    house.founded().await;
    let tokens = TokenServer::start(3600).await;
    tokens.refresh.lock().unwrap().0 = "another".to_owned();
    let server = Server::with([(1, good(1))]).await;
    let reading = Reading::begin(&house.desk, at_port(server.port, "ann", &tokens.settings()), "one");
    eventually("an administrator is told", async || told(&house).await.contains("invalid_grant")).await;
    reading.end().await;
    assert!(subjects(&house).await.is_empty());
});
