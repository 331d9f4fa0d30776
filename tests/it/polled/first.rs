//! The first reading of a source with a past: it is counted, shown, and left alone until somebody says from which date to act.

use chrono::NaiveDate;
use countersign::desk::history::{Choice, History};

use super::*;

/// Days on which something was told: thirty of the year 2021, ten of April, one of the day before yesterday.
fn days() -> Vec<String> {
    let old = (0..30).map(|n| format!("2021-03-{:02}", n + 1));
    let spring = (0..10).map(|n| format!("2024-04-{:02}", n + 10));
    old.chain(spring).chain(["2024-05-30".to_owned()]).collect()
}

async fn question(house: &House) -> Option<History> {
    let row = channels::sources(house.store().reader()).await.unwrap().remove(0);
    row.history.as_deref().map(|counts| serde_json::from_str(counts).expect("the counts"))
}

/// Reads a source of [`days`] for the first time: only what is new comes, and the rest is asked about.
async fn asks(house: &House, source: &Source) {
    looks(house, source).await;
    assert_eq!(trouble(house).await, None);
    assert_eq!(all(house).await.len(), 1, "what is old came at once, or what is new did not");
    let counts = question(house).await.expect("nobody is asked from which date to act");
    assert_eq!((counts.count, counts.before), (40, "2024-05-18".parse().unwrap()));
    let ages: Vec<u64> = counts.ages.iter().map(|age| age.count).collect();
    assert_eq!(ages, [0, 10, 10], "thirty days, ninety days, a year: {counts:?}");
    let told = house.outbox().await.into_iter().filter(|delivery| delivery.template == "alarm").count();
    assert_eq!(told, 1, "the administrator is asked once");
    // Until somebody answers, nothing of it comes, and nobody is asked again.
    looks(house, source).await;
    assert_eq!((all(house).await.len(), question(house).await), (1, Some(counts)));
}

/// Answers: from this date, or nothing of it.
async fn answers(house: &House, source: &Source, choice: Choice) {
    house.desk.choose_history(&pollers::channel(source), choice).await.unwrap();
    // The answer makes it due at once.
    assert!(poller(house, "here").look(source).await.unwrap(), "the answer waits for the schedule");
    assert_eq!((trouble(house).await, question(house).await), (None, None));
}

fn since(day: &str) -> Choice {
    Choice::Since(day.parse::<NaiveDate>().unwrap())
}

fn status_page(server: &Server, more: Option<serde_json::Value>) {
    let page = json!({ "id": "p1", "name": "Example Status", "url": "https://status.example" });
    let incident = |(n, day): (usize, String)| json!({ "id": format!("i{n}"), "name": "Logins fail", "updated_at": format!("{day}T08:00:00Z") });
    let all: Vec<_> = more.into_iter().chain(days().into_iter().enumerate().map(incident)).collect();
    server.says("/api/v2/incidents.json", json!({ "page": page, "incidents": all }));
    server.says("/api/v2/scheduled-maintenances.json", json!({ "page": page, "scheduled_maintenances": [] }));
}

both!(a_status_pages_past_waits_for_a_date, |house| async move {
    let crew = house.founded().await;
    let server = Server::start().await;
    status_page(&server, None);
    let source = source(&format!("name = 'page'\nadapter = 'statuspage'\nurl = '{}'", server.base));
    asks(&house, &source).await;
    let asked: Vec<_> = house.outbox().await.into_iter().filter(|delivery| delivery.template == "alarm").collect();
    assert_eq!(asked[0].person, Some(crew.carol.0), "somebody else is asked than who administers");
    answers(&house, &source, since("2024-01-01")).await;
    assert_eq!(all(&house).await.len(), 11, "April is acted on, and 2021 is not");
    // What is of 2021 stays away whatever else the page says, until the page says something new about it.
    status_page(&server, Some(json!({ "id": "new", "name": "Down", "updated_at": "2024-06-01T07:00:00Z" })));
    looks(&house, &source).await;
    assert_eq!(all(&house).await.len(), 12);
    status_page(&server, Some(json!({ "id": "i3", "name": "Logins fail", "updated_at": "2024-06-01T07:30:00Z" })));
    looks(&house, &source).await;
    assert_eq!(all(&house).await.len(), 13, "an old incident that goes on is not heard of");
});

both!(a_feeds_past_is_left_where_it_is_when_nobody_wants_it, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    let entry = |(n, day): (usize, String)| {
        format!(
            "<entry><id>e{n}</id><title>Planned maintenance {n}</title><updated>{day}T00:00:00Z</updated>\
             <content type='html'>&lt;p&gt;Planned.&lt;/p&gt;</content></entry>"
        )
    };
    let entries: String = days().into_iter().enumerate().map(entry).collect();
    server.says(
        "/feed.atom",
        format!(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Carrier news</title><id>f</id>\
             <updated>2024-06-01T00:00:00Z</updated>{entries}</feed>"
        ),
    );
    let source = source(&format!("name = 'feed'\nadapter = 'feed'\nurl = '{}/feed.atom'", server.base));
    asks(&house, &source).await;
    answers(&house, &source, Choice::Nothing).await;
    assert_eq!(all(&house).await.len(), 1, "what nobody wants came");
    looks(&house, &source).await;
    assert_eq!(all(&house).await.len(), 1);
});

both!(releases_that_ended_long_ago_wait_for_a_date, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    let mut products = Vec::new();
    for (n, day) in days().into_iter().enumerate() {
        // The newest of them is still to come.
        let day = if n == 40 { "2025-11-13".to_owned() } else { day };
        let answer = json!({ "result": { "name": n.to_string(), "label": n.to_string(), "eolFrom": day } });
        server.says(&format!("/api/v1/products/postgresql/releases/{n}"), answer);
        products.push(format!("'postgresql/{n}'"));
    }
    let products = products.join(", ");
    let source =
        source(&format!("name = 'ends'\nadapter = 'endoflife'\nurl = '{}'\nproducts = [{products}]", server.base));
    asks(&house, &source).await;
    answers(&house, &source, since("1970-01-01")).await;
    assert_eq!(all(&house).await.len(), 41, "all of it was wanted");
});

both!(events_of_the_past_are_counted_without_asking_for_each, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    let event = |(n, day): (usize, String)| {
        let at = day.parse::<NaiveDate>().unwrap().and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        json!({ "arn": format!("arn:aws:health:eu-central-1::event/RDS/E/{n}"), "service": "RDS", "lastUpdatedTime": at })
    };
    let events: Vec<_> = days().into_iter().enumerate().map(event).collect();
    server.says("DescribeEvents", json!({ "events": events }));
    let details = json!({ "successfulSet": [{ "eventDescription": { "latestDescription": "Upgrade." } }] });
    server.says("DescribeEventDetails", details);
    server.says("DescribeAffectedEntities", json!({ "entities": [] }));
    let source = source(&format!(
        "name = 'health'\nadapter = 'health'\naccess_key = 'AKTEST'\nsecret_key = 's'\nendpoint = '{}'",
        server.base
    ));
    asks(&house, &source).await;
    assert_eq!(server.times("DescribeEventDetails"), 2, "what is left alone was asked for one by one");
    answers(&house, &source, since("2024-04-15")).await;
    assert_eq!(all(&house).await.len(), 6, "five days of April and the newest");
});

both!(a_short_past_is_taken_in_without_a_question, |house| async move {
    house.founded().await;
    let server = Server::start().await;
    let page = json!({ "id": "p1" });
    let all_of =
        |n: usize| json!({ "id": format!("i{n}"), "name": "Logins fail", "updated_at": "2021-03-01T08:00:00Z" });
    let incidents: Vec<_> = (0..20).map(all_of).collect();
    server.says("/api/v2/incidents.json", json!({ "page": page, "incidents": incidents }));
    server.says("/api/v2/scheduled-maintenances.json", json!({ "page": page, "scheduled_maintenances": [] }));
    let source = source(&format!("name = 'page'\nadapter = 'statuspage'\nurl = '{}'", server.base));
    looks(&house, &source).await;
    assert_eq!((all(&house).await.len(), question(&house).await), (20, None));
});
