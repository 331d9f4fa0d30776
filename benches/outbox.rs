//! What the way out costs: a tick that has nothing to do, a tick with 10,000 notices due, and draining 10,000 mails, beside
//! what smtp-source does to the same smtp-sink at the same concurrency and size.
//!
//! The notices and reminders are a million and five million rows written by SQL: a tick must find what is due among them by
//! an index alone. `OUTBOX_NOTICES`, `OUTBOX_REMINDERS`, `OUTBOX_DUE` and `OUTBOX_MAILS` make it smaller.

#[path = "../tests/it/harness/postgres.rs"]
#[expect(dead_code, reason = "the journeys put files into a server; here none is wanted")]
mod postgres;
mod sink;

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use countersign::clock::{Clock, Entropy};
use countersign::config::Config;
use countersign::desk::house::{NewPerson, NewRule, NewTeam};
use countersign::desk::{Desk, Incoming, Keyring, Settings};
use countersign::dispatch::compose::{Desktop, Ticket, compose};
use countersign::dispatch::{Post, Sender};
use countersign::notice::directory::Right;
use countersign::notice::event::Actor;
use countersign::notice::fact::{Authenticity, Kind, When};
use countersign::notice::letter::{Addressee, Ask, Body, Brief, Letter, Missing, Signed};
use countersign::notice::procedure::Size;
use countersign::paper::render;
use countersign::store::deliveries::{self, Planned};
use countersign::store::{At, Store};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use self::sink::Sink;

/// Mails in flight at once, ours and smtp-source's.
const AT_ONCE: usize = 8;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        measure("SQLite", &format!("sqlite:{}", folder.path().join("bench.db").display())).await;
        // On a disk and durable, as a house has it; the journeys' server is neither.
        let within = Some(std::env::temp_dir());
        let settings = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on";
        let server = postgres::start(&postgres::Wanted { within, settings, ..Default::default() });
        let admin = sea_orm::Database::connect(server.url("postgres")).await.expect("PostgreSQL answers");
        admin.execute_unprepared("CREATE DATABASE bench").await.expect("a database");
        measure("PostgreSQL", &server.url("bench")).await;
    });
}

async fn measure(name: &str, url: &str) {
    let store = Store::connect(url).await.expect("the database opens");
    store.migrate().await.expect("the migrations run");
    let entropy = Entropy::seeded(1);
    let clock = Clock::fixed("2024-06-03T08:00:00Z".parse().expect("a time"));
    let desk = Desk::new(store, clock.clone(), entropy.clone(), Keyring::generate(&entropy), Settings::default());
    let (notices, reminders) = (number("OUTBOX_NOTICES", 1_000_000), number("OUTBOX_REMINDERS", 5_000_000));
    let due = number("OUTBOX_DUE", 10_000).min(notices);

    assert_eq!(found(&desk).await, 1, "{name}: the notice that all others are copies of was not opened");
    let began = Instant::now();
    fill(&desk, notices, reminders).await;
    println!(
        "{name}: {notices} notices and {reminders} planned mails are there after {:.1} s",
        began.elapsed().as_secs_f32()
    );

    tick(&desk, name, "the first tick").await;
    tick(&desk, name, "a tick with nothing due").await;
    clones(&desk, due).await;
    clock.advance(TimeDelta::minutes(1));
    let began = Instant::now();
    let mut found = 0;
    while found < due {
        let ticked = desk.tick().await.expect("a tick");
        assert!(ticked.due > 0, "{name}: {found} of {due} notices were found, and then none");
        found += usize::try_from(ticked.due).expect("a count");
    }
    let took = began.elapsed();
    println!("{name}: {found} notices due, looked at in {took:.2?}, {:.0} a second", per_second(found, took));
    // What was planned just now is for three people, who get only so many an hour.
    let aside = "UPDATE deliveries SET state = 'superseded' WHERE state = 'waiting' AND key NOT LIKE 'later %'";
    desk.store.writer().execute_unprepared(aside).await.expect("rows are set aside");
    drain(&desk, name).await;
}

fn per_second(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

async fn tick(desk: &Desk, name: &str, what: &str) {
    let began = Instant::now();
    let ticked = desk.tick().await.expect("a tick");
    println!("{name}: {what}: {:.2?} ({} due)", began.elapsed(), ticked.due);
}

/// Three people at three levels and one notice that they are asked to sign.
async fn found(desk: &Desk) -> usize {
    let txn = desk.store.begin().await.expect("a transaction");
    desk.found_in(&txn, &Actor::System, Size::Many).await.expect("a house");
    txn.commit().await.expect("a commit");
    let mut members = Vec::new();
    for (name, level, role) in [
        ("Alice", "engineer", Right::Member),
        ("Bob", "lead", Right::Member),
        ("Carol", "executive", Right::Administrator),
    ] {
        let email = format!("{}@house.example", name.to_lowercase());
        let new = NewPerson { name: name.to_owned(), email, zone: None, role, levels: vec![level.to_owned()] };
        members.push(desk.add_person(Actor::System, new).await.expect("a person").id);
    }
    let team = desk
        .add_team(Actor::System, NewTeam { name: "Databases".to_owned(), members, ..NewTeam::default() })
        .await
        .expect("a team");
    desk.add_rule(Actor::System, NewRule { team, ..NewRule::default() }).await.expect("a rule");
    let raw = "From: AWS <no-reply-aws@amazon.com>\r\nTo: n@house.example\r\nSubject: [Action Required] Amazon RDS: rotate \
               certificates signed by rds-ca-2019\r\nDate: Mon, 03 Jun 2024 07:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\nThe \
               rds-ca-2019 certificate authority expires on August 22, 2024.\r\n\
               arn:aws:rds:us-east-1:123456789012:db:orders-primary\r\n";
    desk.receive(Incoming {
        channel: "smtp".to_owned(),
        raw: raw.as_bytes().to_vec(),
        media: None,
        envelope_from: None,
        envelope_to: vec![],
        authenticity: Authenticity::Verified,
        authenticity_reason: String::new(),
        received_at: desk.clock.now(),
    })
    .await
    .expect("a message");
    desk.read_pending(10).await.expect("it is read")
}

/// Rows of open notices whose next moment is far off, and of mails planned for later.
async fn fill(desk: &Desk, notices: usize, reminders: usize) {
    let later = At::from(desk.clock.now() + TimeDelta::days(400)).0;
    let columns = columns(desk, "notices").await;
    let values: Vec<String> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => uuid(desk, "n"),
            "number" => "n + 1000000".to_owned(),
            "next_due_at" => format!("{later} + n"),
            other => other.to_owned(),
        })
        .collect();
    spread(desk, notices, |from, to| {
        format!(
            "INSERT INTO notices ({}) SELECT {} FROM notices, {} WHERE number = 1",
            columns.join(", "),
            values.join(", "),
            series(desk, from, to)
        )
    })
    .await;
    spread(desk, reminders, |from, to| {
        format!(
            "INSERT INTO deliveries (id, key, kind, template, data, address, due_at, state, attempts, next_attempt_at, \
             created_at) SELECT {}, 'later ' || n, 'mail', 'reminder', '{{}}', 'p@house.example', {later} + n, 'waiting', 0, \
             {later} + n, 0 FROM {}",
            uuid(desk, "n + 100000000"),
            series(desk, from, to)
        )
    })
    .await;
}

/// Notices with a record of their own that are due in a minute: the real one's, under other ids.
async fn clones(desk: &Desk, count: usize) {
    let soon = At::from(desk.clock.now() + TimeDelta::seconds(30)).0;
    let sql =
        format!("UPDATE notices SET next_due_at = {soon} WHERE number > 1000000 AND number <= {}", 1_000_000 + count);
    desk.store.writer().execute_unprepared(&sql).await.expect("rows become due");
    let events = columns(desk, "events").await;
    let postgres = desk.store.backend() == DbBackend::Postgres;
    // SQLite keeps an id as sixteen bytes.
    let written = |id: &str| match postgres {
        true => format!("{id}::text"),
        false => {
            let piece = |from: u8, length: u8| format!("substr(lower(hex({id})), {from}, {length})");
            [piece(1, 8), piece(9, 4), piece(13, 4), piece(17, 4), piece(21, 12)].join(" || '-' || ")
        }
    };
    let own = format!("({})", written("notices.id"));
    // A record names its notice by id and number: each copy by its own.
    let text = if postgres { "convert_from(events.payload, 'UTF8')" } else { "CAST(events.payload AS TEXT)" };
    let text = format!(
        "replace(replace({text}, substr(events.stream, 8), {own}), '\"number\":1,', '\"number\":' || notices.number || ',')"
    );
    let payload = if postgres { format!("convert_to({text}, 'UTF8')") } else { format!("CAST({text} AS BLOB)") };
    let values: Vec<String> = events
        .iter()
        .map(|column| match column.as_str() {
            "stream" => format!("'notice/' || {own}"),
            "payload" => payload.clone(),
            other => format!("events.{other}"),
        })
        .collect();
    let sql = format!(
        "INSERT INTO events ({}) SELECT {} FROM events, notices WHERE notices.number > 1000000 AND notices.number <= {} AND \
         events.stream LIKE 'notice/%'",
        events.join(", "),
        values.join(", "),
        1_000_000 + count
    );
    desk.store.writer().execute_unprepared(&sql).await.expect("records are copied");
}

async fn spread(desk: &Desk, count: usize, sql: impl Fn(usize, usize) -> String) {
    for from in (0..count).step_by(100_000) {
        let statement = sql(from, (from + 100_000).min(count));
        desk.store.writer().execute_unprepared(&statement).await.expect("rows are written");
    }
}

fn series(desk: &Desk, from: usize, to: usize) -> String {
    match desk.store.backend() {
        DbBackend::Postgres => format!("generate_series({}, {to}) AS s(n)", from + 1),
        _ => format!(
            "(WITH RECURSIVE s(n) AS (SELECT {} UNION ALL SELECT n + 1 FROM s WHERE n < {to}) SELECT n FROM s)",
            from + 1
        ),
    }
}

fn uuid(desk: &Desk, n: &str) -> String {
    match desk.store.backend() {
        DbBackend::Postgres => format!("lpad(to_hex(({n})::bigint), 32, '0')::uuid"),
        _ => format!("unhex(printf('%032x', {n}))"),
    }
}

async fn columns(desk: &Desk, table: &str) -> Vec<String> {
    let sql = match desk.store.backend() {
        DbBackend::Postgres => {
            format!("SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'")
        }
        _ => format!("SELECT name FROM pragma_table_info('{table}')"),
    };
    let rows =
        desk.store.reader().query_all_raw(Statement::from_string(desk.store.backend(), sql)).await.expect("columns");
    rows.iter().map(|row| row.try_get::<String>("", "name").expect("a name")).collect()
}

/// A reminder as people get it.
fn letter(n: usize) -> Letter {
    let at = |text: &str| text.parse().expect("a time");
    let notice = Brief {
        id: uuid::Uuid::from_u128(n as u128),
        number: n as u64,
        title: "Your RDS CA certificates (rds-ca-2019) expire and must be rotated".to_owned(),
        provider: "Amazon Web Services".to_owned(),
        kind: Kind::CertificateRotation,
        hard_deadline: Some(When::Instant(at("2024-08-22T17:08:50Z"))),
        authenticity: Authenticity::Verified,
        chain_head: "9f2c4b1e77a0d3c5".repeat(4),
    };
    let ask = Ask {
        notice,
        gate: "assess".to_owned(),
        level: "lead".to_owned(),
        asked: "The impact is understood and written down, and every resource has an owner.".to_owned(),
        due: Some(at("2024-06-14T15:00:00Z")),
        otherwise: "If nobody signs, it goes up to executives. The provider acts on its date whether or not we have."
            .to_owned(),
        quote: Some("The rds-ca-2019 certificate authority expires on August 22, 2024.".to_owned()),
        signed: vec![Signed {
            name: "Ada Lovelace".to_owned(),
            level: "engineer".to_owned(),
            at: at("2024-06-05T09:12:00Z"),
        }],
        missing: vec![Missing { level: "lead".to_owned(), names: vec!["Grace Hopper".to_owned()] }],
        silent: Vec::new(),
        changes: Vec::new(),
    };
    Letter {
        to: Addressee { name: format!("Person {n}"), zone: "Europe/Berlin".to_owned() },
        installation: "Countersign".to_owned(),
        public_url: "https://countersign.house.example".to_owned(),
        unsubscribe: None,
        body: Body::Reminder(ask),
    }
}

/// Has smtp-source send mails to smtp-sink, as many and as large as ours, and then drains ours into it: unsigned, and signed
/// by each sort of key. Both sides do their work on this machine's processors.
async fn drain(desk: &Desk, name: &str) {
    let count = number("OUTBOX_MAILS", 10_000);
    let sink = Sink::open();
    let size = size_of_one(desk.clock.now());
    let began = Instant::now();
    let status = Command::new("smtp-source")
        .args(["-s", &AT_ONCE.to_string(), "-m", &count.to_string(), "-l", &size.to_string(), "-d"])
        .args(["-f", "cs@house.example", "-t", "p@house.example", &format!("inet:127.0.0.1:{}", sink.port)])
        .status()
        .expect("smtp-source; scripts/install-test-services.sh installs Postfix");
    assert!(status.success(), "smtp-source failed: {status}");
    let raw = began.elapsed();
    println!(
        "{name}: smtp-source, {AT_ONCE} connections: {count} mails of {size} bytes in {raw:.2?}, {:.0} a second",
        per_second(count, raw)
    );
    for (signed, making) in [
        ("unsigned", None),
        ("signed (Ed25519)", Some(["genpkey", "-algorithm", "ed25519"].as_slice())),
        ("signed (RSA 2048)", Some(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])),
    ] {
        let ours = drain_ours(desk, (sink.port, count), making).await;
        println!(
            "{name}: ours, {signed}: {count} mails in {ours:.2?}, {:.0} a second; {:.2} of smtp-source's",
            per_second(count, ours),
            raw.as_secs_f64() / ours.as_secs_f64()
        );
    }
}

async fn drain_ours(desk: &Desk, (port, count): (u16, usize), key: Option<&[&str]>) -> Duration {
    // What is planned for later must stay so: the house's clock is not moved.
    let now: DateTime<Utc> = desk.clock.now();
    let planned = (0..count).map(|n| Planned {
        id: desk.ids.id(),
        key: format!("bench {n} {key:?}"),
        kind: "mail",
        template: "reminder".to_owned(),
        data: serde_json::to_value(letter(n)).expect("JSON"),
        notice: None,
        gate: None,
        person: None,
        address: format!("p{n}@house.example"),
        due_at: now,
    });
    deliveries::plan(desk.store.writer(), planned.collect(), now).await.expect("mails are planned");
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"Countersign <cs@house.example>\"\n\
         max_connections = {AT_ONCE}\n"
    );
    if let Some(making) = key {
        let path = folder.path().join("dkim.pem");
        let made = Command::new("openssl").args(making).arg("-out").arg(&path).output().expect("openssl");
        assert!(made.status.success(), "openssl made no key");
        writeln!(file, "dkim_key = \"{}\"", path.display()).expect("a string takes text");
    }
    let config = Config::from_parts(&file, &[]).expect("a configuration");
    let sender = Sender::new(desk.clone(), Post::from_config(&config).expect("a way out"), &config).expect("a sender");
    let began = Instant::now();
    let sent = sender.send_due().await.expect("mails are sent").sent;
    assert_eq!(sent, count, "not every mail left");
    began.elapsed()
}

/// How large one of our mails is.
fn size_of_one(now: DateTime<Utc>) -> usize {
    let letter = letter(1);
    let desktop = Desktop::plain("Countersign <cs@house.example>".parse().expect("an address"));
    let ticket = Ticket { delivery: uuid::Uuid::from_u128(1), key: "bench 1", address: "p1@house.example" };
    let began = Instant::now();
    let mut size = 0;
    for _ in 0..1_000 {
        let rendered = render(&letter, now).expect("it renders");
        size = compose(&desktop, &letter, &rendered, ticket, now).expect("a mail").bytes.len();
    }
    println!("making a mail alone: {:.0} µs on one processor", began.elapsed().as_secs_f64() * 1_000.0);
    size
}
