//! Who may ask for what is not in the OpenAPI document: what operators, mail programs, calendars and directories ask. And what
//! each kind of token opens, in the API and beside it.
//!
//! The routes are read from where they are made, so that none is added without a line in the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use axum::http::Method;
use countersign::identity::Role;
use countersign::web::openapi;
use regex::Regex;
use serde_json::json;

use crate::harness::{Browser, House};
use crate::roles;

/// Who gets past the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Everybody; what is secret stands in the address.
    Everybody,
    /// Whoever is signed in, and a token with the scope `read`.
    Readers,
    /// A token with the scope `scim`, and nobody else.
    Directories,
    /// Programs with the channel's own secret: `tests/it/hooks` tells it. No session and no token opens it.
    Channels,
}

use Open::{Channels, Directories, Everybody, Readers};

const TABLE: &[(&str, &str, Open)] = &[
    ("GET", "/api/v1/openapi.json", Everybody),
    ("GET", "/healthz", Everybody),
    ("GET", "/readyz", Everybody),
    ("GET", "/metrics", Readers),
    ("GET", "/unsubscribe/{person}/{sort}/{tag}", Everybody),
    ("POST", "/unsubscribe/{person}/{sort}/{tag}", Everybody),
    ("GET", "/calendar/{file}", Everybody),
    ("POST", "/in/{name}", Channels),
    ("GET", "/scim/v2/ServiceProviderConfig", Directories),
    ("GET", "/scim/v2/ResourceTypes", Directories),
    ("GET", "/scim/v2/ResourceTypes/{name}", Directories),
    ("GET", "/scim/v2/Schemas", Directories),
    ("GET", "/scim/v2/Schemas/{name}", Directories),
    ("GET", "/scim/v2/Users", Directories),
    ("POST", "/scim/v2/Users", Directories),
    ("GET", "/scim/v2/Users/{id}", Directories),
    ("PUT", "/scim/v2/Users/{id}", Directories),
    ("PATCH", "/scim/v2/Users/{id}", Directories),
    ("DELETE", "/scim/v2/Users/{id}", Directories),
    ("GET", "/scim/v2/Groups", Directories),
    ("POST", "/scim/v2/Groups", Directories),
    ("GET", "/scim/v2/Groups/{id}", Directories),
    ("PUT", "/scim/v2/Groups/{id}", Directories),
    ("PATCH", "/scim/v2/Groups/{id}", Directories),
    ("DELETE", "/scim/v2/Groups/{id}", Directories),
];

/// What a token with the scope `read` opens in the API. The stream, which never ends, is walked by its own story.
const READ: &[&str] = &[
    "/absences",
    "/calendar",
    "/calendar/settings",
    "/channels",
    "/deliveries",
    "/deliveries/tally",
    "/deliveries/{id}",
    "/deliveries/{id}/html",
    "/duties",
    "/levels",
    "/messages",
    "/messages/{id}",
    "/messages/{id}/html",
    "/messages/{id}/profile",
    "/messages/{id}/raw",
    "/notices",
    "/notices/{id}",
    "/notices/{id}/evidence/{digest}",
    "/notices/{id}/procedure/{version}",
    "/notices/{id}/rehearsal",
    "/ownership-rules",
    "/people",
    "/people/{id}",
    "/people/{id}/work",
    "/procedures",
    "/procedures/{id}",
    "/procedures/{id}/versions",
    "/providers",
    "/record",
    "/record/checkpoints",
    "/record/verification",
    "/teams",
];

/// Every route that is made by hand below a folder of the source, as method and whole path.
fn made_by_hand() -> BTreeSet<(String, String)> {
    let route = Regex::new(r#"\.route\(\s*"([^"]+)",\s*"#).unwrap();
    let method = Regex::new(r"\b(get|post|put|patch|delete|any|on)\(").unwrap();
    let mut found = BTreeSet::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        // Unit tests may make routes of their own.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let base = if file.to_string_lossy().contains("/web/scim/") { "/scim/v2" } else { "" };
        let starts: Vec<_> = route.captures_iter(text).collect();
        for (n, start) in starts.iter().enumerate() {
            let from = start.get(0).unwrap().end();
            let until = starts.get(n + 1).map_or(text.len(), |next| next.get(0).unwrap().start());
            let handlers = text[from..until].lines().next().unwrap_or_default();
            let methods: Vec<_> = method.captures_iter(handlers).map(|m| m[1].to_uppercase()).collect();
            assert!(!methods.is_empty(), "{}: {} takes no method that this test can read", file.display(), &start[1]);
            found.extend(methods.into_iter().map(|method| (method, format!("{base}{}", &start[1]))));
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_table_names_every_route_beside_the_api_and_no_other() {
    let made = made_by_hand();
    let table: BTreeSet<_> = TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(table.len(), TABLE.len(), "a line stands in the table twice");
    let missing: Vec<_> = made.difference(&table).collect();
    let gone: Vec<_> = table.difference(&made).collect();
    assert!(missing.is_empty(), "say in the table who may do this: {missing:?}");
    assert!(gone.is_empty(), "there is no such route any more: {gone:?}");
}

/// Well formed, and of nothing.
fn filled(path: &str) -> String {
    let notice = path.starts_with("/notices");
    path.replace("{id}", if notice { "4711" } else { "018fd118-97d2-7000-9164-af346c68194c" })
        .replace("{person}", "018fd118-97d2-7000-9164-af346c68194c")
        .replace("{digest}", &"0".repeat(64))
        .replace("{version}", "1")
        .replace("{entry}", "1")
        .replace("{fact}", "d1")
        .replace("{resource}", "r1")
        .replace("{calendar}", "house")
        .replace("{day}", "2024-12-24")
        .replace(['{', '}'], "")
}

async fn token(owner: &Browser, house: &House, scope: &str) -> Browser {
    let made = owner.post("/api/v1/tokens", json!({"name": scope, "scopes": [scope]})).await.is(201);
    house.program(made["secret"].as_str().expect("a token's secret is shown once"))
}

/// Whether the door let the request past, and what was answered.
async fn gets_past(browser: &Browser, method: &str, path: &str) -> (bool, String) {
    let path = filled(path);
    let method: Method = method.parse().unwrap();
    let answer = if path.starts_with("/scim/") && method != Method::GET {
        browser.send_as(method, &path, "application/scim+json", b"{}".to_vec()).await
    } else {
        let body = (method != Method::GET).then(|| json!({}));
        browser.send(method, &path, body).await
    };
    let status = answer.status.as_u16();
    assert!(status < 500, "{path} answered {status}: {}", answer.text());
    (!matches!(status, 401 | 403), format!("{status} {}", answer.text().chars().take(120).collect::<String>()))
}

both!(what_is_beside_the_api_lets_in_whom_the_table_says, |house| async move {
    let ada = house.set_up("many").await;
    let visitors = BTreeMap::from([
        ("nobody", (house.visitor(), [Everybody].as_slice())),
        ("a member", (house.invites(&ada, "Bob", Role::Member, &["lead"]).await, &[Everybody, Readers])),
        ("an auditor", (house.invites(&ada, "Cleo", Role::Auditor, &[]).await, &[Everybody, Readers])),
        ("a token to read", (token(&ada, &house, "read").await, &[Everybody, Readers])),
        ("a token to bring in", (token(&ada, &house, "ingest").await, &[Everybody])),
        ("a token to probe", (token(&ada, &house, "probe").await, &[Everybody])),
        ("a directory", (token(&ada, &house, "scim").await, &[Everybody, Directories])),
        ("an administrator", (ada, &[Everybody, Readers])),
    ]);
    let mut wrong = Vec::new();
    for (method, path, open) in TABLE.iter().filter(|(.., open)| *open != Channels) {
        for (who, (browser, gets)) in &visitors {
            let (past, told) = gets_past(browser, method, path).await;
            if past != gets.contains(open) {
                wrong.push(format!("{who}: {method} {path} is for {open:?} and answered {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} doors stand wrong:\n  {}", wrong.len(), wrong.join("\n  "));
});

both!(each_kind_of_token_opens_what_the_table_says_and_none_signs, |house| async move {
    let ada = house.set_up("many").await;
    // Made by an administrator: what their token may not, nobody's may.
    let tokens = [
        ("read", token(&ada, &house, "read").await),
        ("ingest", token(&ada, &house, "ingest").await),
        ("probe", token(&ada, &house, "probe").await),
        ("scim", token(&ada, &house, "scim").await),
    ];
    let known: BTreeSet<String> = openapi::operations().into_iter().map(|(_, path)| path).collect();
    for path in READ {
        assert!(known.contains(&format!("/api/v1{path}")), "the API has no {path} any more");
    }
    let mut wrong = Vec::new();
    for (method, path) in openapi::operations() {
        let path = path.strip_prefix("/api/v1").unwrap_or(&path).to_owned();
        let open = roles::TABLE.iter().find(|line| line.0 == method && line.1 == path).map(|line| line.2);
        // The stream never ends; what is open to everybody asks no token either.
        if path == "/events" || open == Some(roles::Open::Everybody) {
            continue;
        }
        for (scope, browser) in &tokens {
            let may = match *scope {
                "read" => method == "GET" && READ.contains(&path.as_str()),
                "ingest" => (method, path.as_str()) == ("POST", "/messages"),
                "probe" => (method, path.as_str()) == ("POST", "/notices/{id}/steps/{step}/probes"),
                _ => false,
            };
            let (past, told) = gets_past(browser, method, &format!("/api/v1{}", filled(&path))).await;
            if past != may {
                wrong.push(format!("a token to {scope}: {method} {path} should answer {may} and answered {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} doors stand wrong:\n  {}", wrong.len(), wrong.join("\n  "));
});
