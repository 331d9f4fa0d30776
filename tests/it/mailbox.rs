//! Mailboxes read by IMAP from a real Dovecot: each mail once, whatever happens in between.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use countersign::config::{Config, Mailbox};
use countersign::desk::Desk;
use countersign::desk::history::{Choice, History};
use countersign::intake::http::Http;
use countersign::intake::imap::{Reader, Tokens};
use countersign::intake::keeper;
use countersign::reading::profile::Providers;
use countersign::store::{channels, entity::messages};
use sea_orm::EntityTrait as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::door::MOST;
use crate::harness::dovecot::Dovecot;
use crate::harness::{House, at, mails, soak};

pub fn mailbox(server: &Dovecot, user: &str, more: &str) -> Mailbox {
    at_port(server.port, user, more)
}

/// A mailbox on a server of this machine.
pub fn at_port(port: u16, user: &str, more: &str) -> Mailbox {
    let text = format!(
        "[[imap.mailboxes]]\nname = 'ops'\nhost = '127.0.0.1'\nport = {port}\ntls = 'none'\nusername = '{user}'\n{more}\n"
    );
    Config::from_parts(&text, &[]).expect("a configuration").imap.mailboxes.remove(0)
}

/// A process that reads a mailbox.
pub struct Reading {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Reading {
    pub fn begin(desk: &Desk, mailbox: Mailbox, holder: &str) -> Self {
        Self::begin_with(desk, mailbox, holder, MOST)
    }

    /// The same with another limit on one mail.
    pub fn begin_with(desk: &Desk, mailbox: Mailbox, holder: &str, most: usize) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Config::from_parts("[server]\nlocal_mode = true\n", &[]).unwrap();
        let reader = Reader {
            desk: desk.clone(),
            judge: Arc::new(keeper::judge(&config, Providers::embedded())),
            http: Http::new().expect("a client"),
            mailbox,
            holder: holder.to_owned(),
            lease: Duration::from_secs(120),
            most,
            tokens: Tokens::default(),
        };
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(reader.run(stop.clone())), stop }
    }

    pub async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(120), self.task).await.expect("it ends when asked to").unwrap();
    }
}

pub async fn subjects(house: &House) -> Vec<String> {
    let all = messages::Entity::find().all(house.store().reader()).await.unwrap();
    assert!(all.iter().all(|message| message.channel.starts_with("imap/")));
    let mut found = Vec::new();
    for message in all {
        let raw = house.desk.raw(message.id).await.unwrap().expect("the bytes are kept");
        let text = String::from_utf8_lossy(&raw).into_owned();
        found.push(text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default().to_owned());
    }
    found.sort();
    found
}

/// Waits until so many messages have come, and a moment longer to see whether more do.
async fn until(house: &House, count: usize) {
    for _ in 0..6_000 {
        if subjects(house).await.len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("only {} of {count} mails came within five minutes", subjects(house).await.len());
}

pub fn mail(number: usize) -> String {
    format!("From: no-reply@provider.example\r\nSubject: mail {number:03}\r\n\r\n{}\r\n", "Text. ".repeat(100))
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("mail {number:03}")).collect()
}

both!(what_lies_there_is_kept_and_then_marked_and_what_comes_later_too, |house| async move {
    let server = Dovecot::start(None);
    server.deliver("ann", &mail(0));
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");
    until(&house, 1).await;
    // The server tells by itself (IDLE); nothing here would look again within this time.
    server.deliver("ann", &mail(1));
    until(&house, 2).await;
    reading.end().await;
    assert_eq!(subjects(&house).await, expected(2));
    assert_eq!(server.seen("ann"), 2, "what was kept is not marked as seen");

    // After a restart nothing comes twice.
    server.deliver("ann", &mail(2));
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "two");
    until(&house, 3).await;
    reading.end().await;
    assert_eq!(subjects(&house).await, expected(3));
});

both!(what_is_kept_is_moved_where_the_configuration_says, |house| async move {
    let server = Dovecot::start(None);
    server.deliver("ann", &mails::original());
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'\nmove_to = 'Done'"), "one");
    until(&house, 1).await;
    for _ in 0..6_000 {
        if server.in_folder("ann", "Done") == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    reading.end().await;
    assert_eq!(server.in_folder("ann", "Done"), 1);
});

both!(a_mailbox_that_was_made_anew_is_read_from_its_beginning, |house| async move {
    let server = Dovecot::start(None);
    (0..3).for_each(|number| server.deliver("ann", &mail(number)));
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");
    until(&house, 3).await;
    reading.end().await;
    // UIDs begin at one again, and mean other mails now.
    server.make_anew("ann");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    server.deliver("ann", &mail(3));
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");
    until(&house, 4).await;
    reading.end().await;
    assert_eq!(subjects(&house).await, expected(4));
});

both!(a_server_that_dies_in_mid_fetch_loses_nothing_and_doubles_nothing, |house| async move {
    let server = Dovecot::start(None);
    let count = soak(60, 400);
    (0..count).for_each(|number| server.deliver("ann", &mail(number)));
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");
    for part in 1..=2 {
        until(&house, count * part / 4).await;
        server.down();
        server.up();
    }
    until(&house, count).await;
    reading.end().await;
    assert_eq!(subjects(&house).await, expected(count));
});

both!(two_processes_on_one_mailbox_keep_each_mail_once, |house| async move {
    let server = Dovecot::start(None);
    let count = 60;
    (0..count).for_each(|number| server.deliver("ann", &mail(number)));
    let other = house.restarted().await;
    let first = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");
    let second = Reading::begin(&other, mailbox(&server, "ann", "password = 'secret'"), "two");
    until(&house, count).await;
    // The one that has it goes; the other takes over.
    first.end().await;
    server.deliver("ann", &mail(count));
    until(&house, count + 1).await;
    second.end().await;
    assert_eq!(subjects(&house).await, expected(count + 1));
});

both!(a_refused_password_is_told_at_once_and_once, |house| async move {
    house.founded().await;
    let server = Dovecot::start(None);
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'wrong'"), "one");
    let alarms = async || {
        let all = house.outbox().await;
        all.into_iter().filter(|delivery| delivery.template == "alarm").map(|one| one.address).collect::<BTreeSet<_>>()
    };
    for _ in 0..6_000 {
        if !alarms().await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    reading.end().await;
    assert_eq!(alarms().await.len(), 1, "nobody was told that the mailbox refuses the password");
    let sources = channels::sources(house.store().reader()).await.unwrap();
    assert!(sources[0].trouble.as_deref().is_some_and(|told| told.contains("refuses ann")), "{sources:?}");
});

both!(a_refresh_token_becomes_an_access_token_and_opens_the_mailbox, |house| async move {
    let pages = Router::new()
        .route(
            "/token",
            post(|body: String| async move {
                assert!(body.contains("grant_type=refresh_token") && body.contains("refresh_token=r3fresh"), "{body}");
                Json(json!({ "access_token": "acc3ss", "expires_in": 3600, "token_type": "Bearer" }))
            }),
        )
        .route("/info", get(|| async { Json(json!({ "email": "ann", "expires_in": 3600 })) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    let server = Dovecot::start(Some(&format!("{base}/info?access_token=")));
    server.deliver("ann", &mail(0));
    let more = format!("token_url = '{base}/token'\nclient_id = 'c'\nclient_secret = 's'\nrefresh_token = 'r3fresh'");
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", &more), "one");
    until(&house, 1).await;
    reading.end().await;
    assert_eq!(server.seen("ann"), 1);
});

both!(years_of_old_mail_wait_until_somebody_says_from_which_date_to_act, |house| async move {
    let crew = house.founded().await;
    let server = Dovecot::start(None);
    // The house's clock stands on 1 June 2024.
    for (number, day) in (0..30).map(|n| (n, "2021-03-01")).chain((30..40).map(|n| (n, "2024-04-10"))) {
        server.deliver_as_of("ann", &mail(number), at(day));
    }
    server.deliver_as_of("ann", &mail(40), at("2024-05-30"));
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");
    until(&house, 1).await;
    server.deliver("ann", &mail(41));
    until(&house, 2).await;
    assert_eq!(subjects(&house).await, ["mail 040", "mail 041"], "what is new waits with what is old");
    // A mail is marked after its commit, so a moment after it can be seen here.
    for _ in 0..6_000 {
        if server.seen("ann") >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.seen("ann"), 2, "old mail was touched before anybody said so");

    let asked = || async {
        let all = house.desk.channels().await.unwrap();
        all.into_iter().find(|channel| channel.row.id == "imap/ops").and_then(|channel| channel.source).unwrap()
    };
    let counts: History = serde_json::from_str(&asked().await.history.expect("the counts")).unwrap();
    assert_eq!((counts.count, counts.before), (40, "2024-05-18".parse().unwrap()));
    let ages: Vec<u64> = counts.ages.iter().map(|age| age.count).collect();
    assert_eq!(ages, [0, 10, 10], "thirty days, ninety days, a year: {counts:?}");
    let told: Vec<_> = house.outbox().await.into_iter().filter(|d| d.template == "alarm").collect();
    assert_eq!(told.len(), 1, "an administrator is asked once: {told:?}");
    assert_eq!(told[0].person, Some(crew.carol.0));

    // A restart asks nobody again and takes in nothing of it.
    reading.end().await;
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "two");
    house.desk.choose_history("imap/ops", Choice::Since("2024-01-01".parse().unwrap())).await.unwrap();
    // The answer is heard when the mailbox is looked at next.
    server.deliver("ann", &mail(42));
    until(&house, 13).await;
    reading.end().await;
    let expected: Vec<String> = (30..43).map(|number| format!("mail {number:03}")).collect();
    assert_eq!(subjects(&house).await, expected, "the mail of 2024 is acted on, and that of 2021 is not");
    assert!(asked().await.history.is_none(), "it is asked about what was answered");
    assert_eq!(server.seen("ann"), 13);
    let again = house.desk.choose_history("imap/ops", Choice::Nothing).await;
    assert!(again.is_err(), "an answer to no question is taken");
});
