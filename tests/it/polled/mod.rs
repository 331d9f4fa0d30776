//! What is read again and again, from a local server that answers as each API's reference says.

mod accounts;
mod faults;
mod first;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use countersign::config::{Config, Source};
use countersign::desk::NoticeRef;
use countersign::intake::http::Http;
use countersign::intake::pollers::{self, Poller};
use countersign::notice::case::{Case, Life};
use countersign::notice::chain::Stream;
use countersign::notice::command::Command;
use countersign::notice::directory::Right;
use countersign::notice::event::Evidence;
use countersign::notice::procedure::Gate;
use countersign::store::{channels, entity::messages, intake::state};
use sea_orm::EntityTrait as _;
use serde_json::json;

use crate::harness::{Crew, House, mails};

/// A status, and how long to leave the server alone.
type Refusal = (StatusCode, Option<String>);

/// A server of answers by path (or by the action that is asked for), which remembers what it was asked.
#[derive(Clone, Default)]
struct Server {
    answers: Arc<Mutex<BTreeMap<String, String>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What it says instead.
    busy: Arc<Mutex<Option<Refusal>>>,
    /// How long it takes its time.
    slow: Arc<Mutex<Duration>>,
    base: String,
}

/// One thing that was asked, and what the asker says to have seen before.
#[derive(Debug, Clone, Default)]
struct Asked {
    what: String,
    etag: String,
    modified: String,
}

impl Server {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = Self { base: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let app = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        server
    }

    fn says(&self, what: &str, answer: impl ToString) {
        self.answers.lock().unwrap().insert(what.to_owned(), answer.to_string());
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// How often something was asked for since this was called last.
    fn times(&self, what: &str) -> usize {
        self.asked().iter().filter(|asked| asked.what == what).count()
    }

    fn is_busy(&self, answer: Option<(StatusCode, Option<&str>)>) {
        *self.busy.lock().unwrap() = answer.map(|(status, wait)| (status, wait.map(str::to_owned)));
    }

    fn is_slow(&self, by: Duration) {
        *self.slow.lock().unwrap() = by;
    }
}

async fn answer(State(server): State<Server>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let form: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let what = match (form.get("Action"), text("x-amz-target").rsplit_once('.')) {
        (Some(action), _) => format!("{action}{}", form.get("Marker").map(|m| format!(" {m}")).unwrap_or_default()),
        (None, Some((_, action))) => action.to_owned(),
        (None, None) => uri.path().to_owned(),
    };
    let signed = text("authorization");
    let asked = Asked { what: what.clone(), etag: text("if-none-match"), modified: text("if-modified-since") };
    server.asked.lock().unwrap().push(asked);
    let slow = *server.slow.lock().unwrap();
    tokio::time::sleep(slow).await;
    if let Some((status, wait)) = server.busy.lock().unwrap().clone() {
        let mut response = status.into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait.parse().unwrap());
        }
        return response;
    }
    if method == Method::POST && !signed.starts_with("AWS4-HMAC-SHA256 Credential=AKTEST/") {
        return (StatusCode::FORBIDDEN, format!("not signed: {signed}")).into_response();
    }
    let Some(said) = server.answers.lock().unwrap().get(&what).cloned() else {
        return (StatusCode::NOT_FOUND, format!("there is no {what}")).into_response();
    };
    let mut hasher = DefaultHasher::new();
    said.hash(&mut hasher);
    let etag = format!("\"{:x}\"", hasher.finish());
    if text("if-none-match") == etag {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::ETAG, etag), (header::LAST_MODIFIED, MODIFIED.to_owned())], said).into_response()
}

/// When everything was changed last, as this server says.
const MODIFIED: &str = "Sat, 01 Jun 2024 07:00:00 GMT";

fn source(text: &str) -> Source {
    Config::from_parts(&format!("[[poll.sources]]\n{text}\n"), &[]).expect("a source").poll.sources.remove(0)
}

/// A process that polls.
fn poller(house: &House, holder: &str) -> Poller {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (desk, http) = (house.desk.clone(), Http::new().unwrap());
    Poller { desk, http, holder: holder.to_owned(), lease: Duration::from_secs(120) }
}

/// Reads a source as its schedule would, now.
async fn looks(house: &House, source: &Source) {
    channels::due_now(house.store(), &pollers::channel(source)).await.unwrap();
    let read = poller(house, "here").look(source).await.unwrap();
    assert!(read, "the source was not due, or somebody else has it");
}

async fn all(house: &House) -> Vec<messages::Model> {
    messages::Entity::find().all(house.store().reader()).await.unwrap()
}

async fn trouble(house: &House) -> Option<String> {
    channels::sources(house.store().reader()).await.unwrap()[0].trouble.clone()
}

both!(a_status_page_gives_each_incident_once_and_again_when_it_was_updated, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    let maintenance = |status: &str, at: &str| {
        json!({
            "id": "m1", "name": "Database maintenance", "status": status, "updated_at": at, "created_at": at,
            "scheduled_for": "2024-07-01T01:00:00Z", "scheduled_until": "2024-07-01T03:00:00Z", "impact": "maintenance",
            "incident_updates": [{ "id": "u1", "status": status, "body": "We will upgrade.", "created_at": at }],
        })
    };
    let page = json!({ "id": "p1", "name": "Example Status", "url": "https://status.example" });
    server.says("/api/v2/incidents.json", json!({ "page": page, "incidents": [] }));
    let one = |m| json!({ "page": page, "scheduled_maintenances": [m] });
    server.says("/api/v2/scheduled-maintenances.json", one(maintenance("scheduled", "2024-06-01T08:00:00Z")));
    let source = source(&format!("name = 'page'\nadapter = 'statuspage'\nurl = '{}'", server.base));
    looks(&house, &source).await;
    looks(&house, &source).await;
    assert_eq!(all(&house).await.len(), 1, "what has not changed came twice");
    house.reads().await;
    assert_eq!(all(&house).await[0].state, state::FILED, "{:?}", all(&house).await[0].reason);

    server.says("/api/v2/scheduled-maintenances.json", one(maintenance("completed", "2024-07-01T03:00:00Z")));
    looks(&house, &source).await;
    house.reads().await;
    let messages = all(&house).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(house.notice(1).await.messages.len(), 2, "the update did not join its notice");
});

both!(a_feed_and_endoflife_become_notices, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    server.says(
        "/feed.atom",
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Carrier news</title><id>f</id>\
         <updated>2024-06-01T00:00:00Z</updated><entry><id>e1</id><title>Planned maintenance on 14 July 2024</title>\
         <updated>2024-06-01T00:00:00Z</updated><content type='html'>&lt;p&gt;Planned maintenance on 14 July 2024 from \
         01:00 to 03:00 UTC. Your circuits will be interrupted.&lt;/p&gt;</content></entry></feed>",
    );
    let feed = source(&format!("name = 'feed'\nadapter = 'feed'\nurl = '{}/feed.atom'", server.base));
    looks(&house, &feed).await;
    looks(&house, &feed).await;
    server.says(
        "/api/v1/products/postgresql/releases/13",
        json!({ "schema_version": "1.0.0", "result": { "name": "13", "label": "13", "eolFrom": "2025-11-13", "isEol": false } }),
    );
    let ends =
        source(&format!("name = 'ends'\nadapter = 'endoflife'\nurl = '{}'\nproducts = ['postgresql/13']", server.base));
    looks(&house, &ends).await;
    looks(&house, &ends).await;
    house.reads().await;
    let messages = all(&house).await;
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|message| message.state == state::FILED), "{messages:?}");
    let ends = house.notice(2).await;
    assert_eq!(ends.facts.deadlines.len(), 1, "{:?}", ends.facts);
});

both!(a_source_in_trouble_is_told_left_alone_and_not_read_by_two, |house| async move {
    let server = Server::start().await;
    let source = source(&format!("name = 'page'\nadapter = 'statuspage'\nurl = '{}'", server.base));
    looks(&house, &source).await;
    let told = trouble(&house).await.expect("the trouble is told");
    assert!(told.contains("404"), "{told}");
    let here = poller(&house, "here");
    assert!(!here.look(&source).await.unwrap(), "it was asked again at once");
    channels::due_now(house.store(), "poll/page").await.unwrap();
    let lease = chrono::TimeDelta::minutes(5);
    channels::take(house.store(), "poll/page", "another", lease).await.unwrap().expect("it is free");
    assert!(!here.look(&source).await.unwrap(), "two processes have it in hand");
});

fn rds(server: &Server) -> Source {
    source(&format!(
        "name = 'rds'\nadapter = 'rds'\nregions = ['us-east-1']\naccess_key = 'AKTEST'\nsecret_key = 's'\nendpoint = '{}'",
        server.base
    ))
}

/// `DescribeDBInstances` with these instances: name, authority, end of validity.
fn instances(of: &[(&str, &str, &str)], marker: Option<&str>) -> String {
    let each: String = of
        .iter()
        .map(|(name, authority, till)| {
            format!(
                "<DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier>\
                 <DBInstanceArn>arn:aws:rds:us-east-1:123456789012:db:{name}</DBInstanceArn><Engine>postgres</Engine>\
                 <CACertificateIdentifier>{authority}</CACertificateIdentifier><CertificateDetails>\
                 <CAIdentifier>{authority}</CAIdentifier><ValidTill>{till}</ValidTill></CertificateDetails></DBInstance>"
            )
        })
        .collect();
    let marker = marker.map(|marker| format!("<Marker>{marker}</Marker>")).unwrap_or_default();
    format!(
        "<DescribeDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeDBInstancesResult>\
         <DBInstances>{each}</DBInstances>{marker}</DescribeDBInstancesResult><ResponseMetadata><RequestId>r</RequestId>\
         </ResponseMetadata></DescribeDBInstancesResponse>"
    )
}

fn no_actions() -> String {
    "<DescribePendingMaintenanceActionsResponse><DescribePendingMaintenanceActionsResult><PendingMaintenanceActions/>\
     </DescribePendingMaintenanceActionsResult></DescribePendingMaintenanceActionsResponse>"
        .to_owned()
}

const OLD: (&str, &str) = ("rds-ca-2019", "2024-08-22T17:08:50Z");
const NEW: (&str, &str) = ("rds-ca-rsa2048-g1", "2061-05-22T00:00:00Z");

fn done(case: &Case) -> usize {
    case.steps.iter().filter(|((step, _), state)| step.as_str() == "rotate" && state.done).count()
}

/// The notes that stand as evidence under what is done for each resource.
async fn evidence(house: &House, case: &Case) -> Vec<String> {
    let page = countersign::store::texts::rows(house.store().reader(), Stream::Notice(case.id)).await.unwrap();
    let notes = case.steps.values().filter(|state| state.done).flat_map(|state| &state.evidence);
    notes
        .filter_map(|evidence| match evidence {
            Evidence::Note { text } => page.iter().find(|row| row.id == text.id)?.body.clone(),
            _ => None,
        })
        .collect()
}

both!(an_expiring_certificate_without_a_notice_opens_one, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    server.says("DescribePendingMaintenanceActions", no_actions());
    // On two pages, as soon as there are more than a hundred.
    server.says("DescribeDBInstances", instances(&[("orders", OLD.0, OLD.1)], Some("m2")));
    server.says("DescribeDBInstances m2", instances(&[("ledger", OLD.0, OLD.1), ("new", NEW.0, NEW.1)], None));
    looks(&house, &rds(&server)).await;
    assert_eq!(trouble(&house).await, None);
    house.reads().await;
    let case = house.notice(1).await;
    let keys: Vec<&str> = case.facts.resources.iter().map(|resource| resource.key.as_str()).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    looks(&house, &rds(&server)).await;
    house.reads().await;
    assert_eq!(all(&house).await.len(), 1, "what is known already was announced again");
});

both!(what_the_api_shows_as_done_is_ticked_off_and_taken_back_when_it_was_not, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    server.says("DescribePendingMaintenanceActions", no_actions());
    house.receives(mails::original()).await;
    house.reads().await;
    let before = house.notice(1).await;
    assert_eq!((before.facts.resources.len(), done(&before)), (3, 0));

    let (primary, replica, ledger) = ("orders-primary", "orders-replica", "ledger-primary");
    let said = |of: &[(&str, (&str, &str))]| {
        let all: Vec<_> = of.iter().map(|(name, (authority, till))| (*name, *authority, *till)).collect();
        server.says("DescribeDBInstances", instances(&all, None));
    };
    said(&[(primary, NEW), (replica, OLD), (ledger, OLD)]);
    looks(&house, &rds(&server)).await;
    assert_eq!(trouble(&house).await, None);
    let ticked = house.notice(1).await;
    assert_eq!(done(&ticked), 1, "the instance that has its new certificate is not ticked off");
    let shown = evidence(&house, &ticked).await;
    assert!(
        shown.iter().all(|words| words.contains(NEW.0) && words.contains(NEW.1)) && shown.len() == 1,
        "the evidence is not the API's answer: {shown:?}"
    );
    house.reads().await;
    assert_eq!(all(&house).await.len(), 1, "what a notice names already was announced again");

    // Somebody went back to the old certificate.
    said(&[(primary, OLD), (replica, NEW), (ledger, OLD)]);
    looks(&house, &rds(&server)).await;
    assert_eq!(done(&house.notice(1).await), 1, "the contradiction was not seen");

    // An instance that was made on the old authority meanwhile joins the notice that the mail opened.
    said(&[(primary, OLD), (replica, NEW), (ledger, OLD), ("forgotten", OLD)]);
    looks(&house, &rds(&server)).await;
    house.reads().await;
    let after = house.notice(1).await;
    assert!(after.facts.resources.iter().any(|resource| resource.key.ends_with("forgotten")), "{:?}", after.facts);
    assert_eq!(after.life, Life::Open);
});

/// Closes the first notice as its procedure asks, every instance rotated.
async fn closes(house: &House, crew: Crew) {
    let Crew { alice, bob, carol, team } = crew;
    house.prepares(alice, 1, Gate::Assess, team).await;
    for who in [alice, bob, carol] {
        house.signs(who, 1, Gate::Assess).await;
    }
    house.prepares(alice, 1, Gate::Schedule, team).await;
    house.signs(alice, 1, Gate::Schedule).await;
    house.signs(bob, 1, Gate::Schedule).await;
    house.clock.advance(chrono::TimeDelta::days(4));
    let erik = house.joins("Erik Dahl", Right::Member, &["engineer"]).await;
    house.prepares(alice, 1, Gate::Close, team).await;
    for who in [erik, bob, carol] {
        house.signs(who, 1, Gate::Close).await;
    }
    house.does(bob, 1, Command::Close).await;
}

both!(a_new_instance_on_the_old_authority_reopens_what_was_closed, |house| async move {
    let crew = house.founded().await;
    let server = Server::start().await;
    server.says("DescribePendingMaintenanceActions", no_actions());
    house.receives(mails::original()).await;
    house.reads().await;
    closes(&house, crew).await;
    // The API was never asked while the notice was open: nothing but the date ties the two together.
    let rotated = |name: &'static str| (name, NEW.0, NEW.1);
    let all = [rotated("orders-primary"), rotated("orders-replica"), rotated("ledger-primary")];
    server.says("DescribeDBInstances", instances(&all, None));
    looks(&house, &rds(&server)).await;
    house.reads().await;
    assert!(matches!(house.notice(1).await.life, Life::Closed { .. }), "what is done reopened it");

    let restored = ("restored", OLD.0, OLD.1);
    server.says("DescribeDBInstances", instances(&[&all[..], &[restored]].concat(), None));
    looks(&house, &rds(&server)).await;
    assert_eq!(trouble(&house).await, None);
    house.reads().await;
    let case = house.notice(1).await;
    assert_eq!(case.life, Life::Open, "an instance was made on the old authority, and the notice stays closed");
    let added = case.facts.resources.iter().find(|resource| resource.key.ends_with(":db:restored"));
    assert!(added.is_some(), "{:?}", case.facts.resources);
    assert!(house.desk.case(NoticeRef::Number(2)).await.is_err(), "a second notice was opened for the same expiry");
    assert!(house.blocked_by(1, Gate::Close).await.contains(&"resource_unmapped".to_owned()));

    // Once it is rotated too, the API ticks it off.
    let before = done(&case);
    let all = [&all[..], &[rotated("restored")]].concat();
    server.says("DescribeDBInstances", instances(&all, None));
    looks(&house, &rds(&server)).await;
    assert_eq!(done(&house.notice(1).await), before + 1);
});

both!(an_instance_on_the_old_certificate_reopens_a_notice_that_says_it_is_done, |house| async move {
    let crew = house.founded().await;
    let server = Server::start().await;
    server.says("DescribePendingMaintenanceActions", no_actions());
    house.receives(mails::original()).await;
    house.reads().await;
    closes(&house, crew).await;
    let said = [("orders-primary", NEW.0, NEW.1), ("orders-replica", OLD.0, OLD.1), ("ledger-primary", NEW.0, NEW.1)];
    server.says("DescribeDBInstances", instances(&said, None));
    looks(&house, &rds(&server)).await;
    let case = house.notice(1).await;
    assert_eq!((case.life, done(&case)), (Life::Open, 2), "somebody signed for what the API contradicts");
});

both!(events_of_aws_health_are_asked_for_with_all_that_they_touch, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    let event = json!({
        "arn": "arn:aws:health:eu-central-1::event/RDS/AWS_RDS_PLANNED_LIFECYCLE_EVENT/abc", "service": "RDS",
        "eventTypeCode": "AWS_RDS_PLANNED_LIFECYCLE_EVENT", "eventTypeCategory": "scheduledChange",
        "region": "eu-central-1", "startTime": 1_724_284_800, "lastUpdatedTime": 1_717_200_000, "statusCode": "upcoming",
    });
    server.says("DescribeEvents", json!({ "events": [event] }));
    server.says(
        "DescribeEventDetails",
        json!({ "successfulSet": [{ "event": event, "eventDescription": { "latestDescription": "Upgrade before the date." } }] }),
    );
    server.says(
        "DescribeAffectedEntities",
        json!({ "entities": [{ "entityValue": "orders", "statusCode": "PENDING" }] }),
    );
    let source = source(&format!(
        "name = 'health'\nadapter = 'health'\naccess_key = 'AKTEST'\nsecret_key = 's'\nendpoint = '{}'",
        server.base
    ));
    looks(&house, &source).await;
    looks(&house, &source).await;
    assert_eq!(trouble(&house).await, None);
    assert!(server.asked().len() >= 6, "each part is asked for");
    house.reads().await;
    assert_eq!(all(&house).await.len(), 1);
    assert_eq!(house.notice(1).await.facts.resources.len(), 1);
});
