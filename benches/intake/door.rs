//! Mails taken by SMTP, each durable before its 250, beside smtp-sink, which keeps nothing.

use std::sync::Arc;
use std::time::Duration;

use countersign::config::Config;
use countersign::desk::Desk;
use countersign::intake::keeper::{self, DeskKeeper};
use countersign::intake::smtp::data::Held;
use countersign::intake::smtp::{Door, Limits, Protocol, Recipients, Rules, Security};
use countersign::reading::profile::Providers;
use countersign::store::entity::messages;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use tokio_util::sync::CancellationToken;

use crate::reference::{fill_bank, pgbench, smtp_source};
use crate::sink::Sink;
use crate::table::{Row, Table, Wanted};
use crate::{SESSIONS, number, per_second};

/// The open door of a desk. Closes with this value.
pub struct Open {
    pub port: u16,
    shutdown: CancellationToken,
}

impl Open {
    /// As `serve` opens it, without the limit on one address's mails: all come from one here.
    pub async fn of(desk: &Desk) -> Self {
        let config = Config::from_parts("[server]\nlocal_mode = true\n", &[]).expect("a configuration");
        let judge = Arc::new(keeper::judge(&config, Providers::embedded()));
        let rules = Rules {
            protocol: Protocol::Smtp,
            hostname: "countersign".to_owned(),
            recipients: Recipients::parse(&["@house.example".to_owned()], &[]).expect("a pattern"),
            max_message: config.smtp.max_message_bytes,
            max_recipients: config.smtp.max_recipients,
            starttls: false,
            held: Held::new(config.smtp.max_held_bytes),
        };
        let limits = Limits {
            connections: 1000,
            connections_per_peer: 1000,
            mails_per_minute: None,
            idle: Duration::from_secs(60),
        };
        let keeper = Arc::new(DeskKeeper::new(desk.clone(), judge, "smtp"));
        let door = Door::bind("127.0.0.1:0", rules, keeper, limits, Security::Plain).await.expect("a free port");
        let (port, shutdown) = (door.address().expect("an address").port(), CancellationToken::new());
        tokio::spawn(door.serve(shutdown.clone()));
        Self { port, shutdown }
    }

    /// Has mails sent here while this runtime goes on.
    pub async fn takes(&self, sessions: usize, mails: usize, persistent: bool) -> Duration {
        let port = self.port;
        tokio::task::spawn_blocking(move || smtp_source(port, sessions, mails, persistent)).await.expect("it was sent")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// `bank` is the database that pgbench plays with on the same server, where there is one.
pub async fn measure(name: &str, url: &str, bank: Option<&str>, table: &mut Table) {
    let desk = crate::desk(url).await;
    let door = Open::of(&desk).await;
    let sink = Sink::open();
    let mails = number("INTAKE_MAILS", 10_000);
    // What is made on first use is not what is measured.
    door.takes(8, mails / 20 + 1, true).await;
    let mut sent = mails / 20 + 1;
    if let Some(bank) = bank {
        fill_bank(bank).await;
    }
    for sessions in SESSIONS {
        let count = if sessions == 1 { mails / 2 } else { mails };
        let transactions = bank.map(|bank| pgbench(bank, sessions));
        for persistent in [true, false] {
            let port = sink.port;
            let raw = smtp_source(port, sessions, count, persistent);
            let ours = per_second(count, door.takes(sessions, count, persistent).await);
            sent += count;
            let kind = if persistent { "persistent" } else { "a connection a mail" };
            let what = format!("{name}, {sessions} sessions, {kind}");
            let wanted = if bank.is_none() && sessions > 1 { Wanted::Share(0.5) } else { Wanted::Nothing };
            let reference = Some(("smtp-sink".to_owned(), per_second(count, raw)));
            table.add(Row { what: what.clone(), ours, reference, wanted });
            if let Some(transactions) = transactions {
                let reference = Some((format!("pgbench -N -c {sessions}"), transactions));
                table.add(Row { what, ours, reference, wanted: Wanted::Share(0.8) });
            }
        }
    }
    let kept = messages::Entity::find().count(desk.store.reader()).await.expect("a count");
    assert_eq!(kept, sent as u64, "{name}: what was acknowledged is not what is there");
    drop(door);
    desk.store.close().await.expect("it closes");
}
