//! Who may ask for what: every operation of the OpenAPI document for every role. An operation that is missing in the table
//! fails, and so does a line of the table that names none.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use countersign::identity::Role;
use countersign::web::openapi;
use serde_json::json;

use crate::harness::Browser;

/// Who gets past the door. What comes after (a missing notice, a wrong body) is another matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Also to people who are not signed in.
    Everybody,
    /// To whoever is signed in.
    SignedIn,
    /// To members and administrators.
    Members,
    Administrators,
}

use Open::{Administrators, Everybody, Members, SignedIn};

pub const TABLE: &[(&str, &str, Open)] = &[
    ("GET", "/session", SignedIn),
    ("POST", "/session", Everybody),
    ("DELETE", "/session", SignedIn),
    ("POST", "/session/fresh", SignedIn),
    ("GET", "/session/ways", Everybody),
    ("POST", "/session/links", Everybody),
    ("POST", "/session/links/{token}", Everybody),
    ("POST", "/session/code", SignedIn),
    ("POST", "/session/fresh/code", SignedIn),
    ("POST", "/session/providers/{provider}", Everybody),
    ("GET", "/session/providers/{provider}/return", Everybody),
    ("POST", "/session/providers/{provider}/logout", Everybody),
    ("POST", "/session/passkey/question", Everybody),
    ("POST", "/session/passkey", Everybody),
    ("POST", "/session/fresh/passkey/question", SignedIn),
    ("POST", "/session/fresh/passkey", SignedIn),
    ("GET", "/account", SignedIn),
    ("DELETE", "/account/sessions", SignedIn),
    ("DELETE", "/account/sessions/{id}", SignedIn),
    ("PUT", "/account/password", SignedIn),
    ("POST", "/account/passkeys/order", SignedIn),
    ("POST", "/account/passkeys", SignedIn),
    ("DELETE", "/account/passkeys/{id}", SignedIn),
    ("DELETE", "/account/providers/{provider}", SignedIn),
    ("GET", "/setup", Everybody),
    ("POST", "/setup/{token}", Everybody),
    ("GET", "/invitations/{token}", Everybody),
    ("POST", "/invitations/{token}", Everybody),
    ("GET", "/home", SignedIn),
    ("GET", "/events", SignedIn),
    ("GET", "/notices", SignedIn),
    ("POST", "/notices", Members),
    ("GET", "/notices/{id}", SignedIn),
    ("POST", "/notices/{id}/acknowledge", Members),
    ("POST", "/notices/{id}/activate", Members),
    ("POST", "/notices/{id}/close", Members),
    ("POST", "/notices/{id}/comments", Members),
    ("POST", "/notices/{id}/deadlines", Members),
    ("POST", "/notices/{id}/likeness", Members),
    ("POST", "/notices/{id}/merge", Members),
    ("POST", "/notices/{id}/split", Members),
    ("GET", "/sign-offs", Members),
    ("POST", "/sign-offs", Members),
    ("POST", "/notices/{id}/dismiss", Members),
    ("DELETE", "/notices/{id}/dismiss", Members),
    ("POST", "/notices/{id}/facts/{fact}", Members),
    ("POST", "/notices/{id}/facts/{fact}/confirmation", Members),
    ("POST", "/notices/{id}/pages/confirmation", Members),
    ("POST", "/notices/{id}/impact", Members),
    ("POST", "/notices/{id}/overrides", Members),
    ("POST", "/notices/{id}/overrides/{entry}", Members),
    ("POST", "/notices/{id}/priority", Members),
    ("POST", "/notices/{id}/procedure", Members),
    ("POST", "/notices/{id}/proposals", Members),
    ("POST", "/notices/{id}/proposals/{entry}", Members),
    ("POST", "/notices/{id}/reopen", Members),
    ("POST", "/notices/{id}/resources", Members),
    ("PUT", "/notices/{id}/resources/{resource}", Members),
    ("POST", "/notices/{id}/seen", Members),
    ("POST", "/notices/{id}/sign-offs", Members),
    ("POST", "/notices/{id}/sign-offs/{entry}/answer", Members),
    ("POST", "/notices/{id}/sign-offs/{entry}/withdrawal", Members),
    ("POST", "/notices/{id}/record/{entry}/erasure", Administrators),
    ("GET", "/notices/{id}/evidence/{digest}", SignedIn),
    ("POST", "/notices/{id}/evidence/{digest}/erasure", Administrators),
    ("POST", "/notices/{id}/steps/{step}/attachments", Members),
    ("POST", "/notices/{id}/steps/{step}/done", Members),
    ("POST", "/notices/{id}/steps/{step}/notes", Members),
    ("POST", "/notices/{id}/steps/{step}/probes", Members),
    ("POST", "/notices/{id}/steps/{step}/probes/run", Members),
    ("GET", "/probes/from-here", SignedIn),
    ("POST", "/notices/{id}/steps/{step}/undone", Members),
    ("POST", "/notices/{id}/watch", Members),
    ("POST", "/notices/{id}/window", Members),
    ("GET", "/messages", SignedIn),
    ("POST", "/messages", Members),
    ("GET", "/messages/{id}", SignedIn),
    ("GET", "/messages/{id}/html", SignedIn),
    ("GET", "/messages/{id}/raw", SignedIn),
    ("POST", "/messages/{id}/dismissal", Members),
    ("POST", "/messages/{id}/erasure", Administrators),
    ("POST", "/people/{id}/erasure", Administrators),
    ("POST", "/messages/{id}/notice", Members),
    ("POST", "/messages/{id}/reading", Members),
    ("POST", "/messages/{id}/comparison", Members),
    ("GET", "/messages/{id}/profile", SignedIn),
    ("POST", "/messages/{id}/profile", Members),
    ("GET", "/channels", SignedIn),
    ("PUT", "/channels/{id}/expectation", Administrators),
    ("PUT", "/channels/{id}/canary", Administrators),
    ("POST", "/channels/{id}/canary", Members),
    ("PUT", "/channels/{id}/history", Administrators),
    ("POST", "/channels/{id}/passed-over/{mail}", Members),
    ("GET", "/people", SignedIn),
    ("POST", "/people", Administrators),
    ("GET", "/people/{id}", SignedIn),
    ("PATCH", "/people/{id}", Administrators),
    ("POST", "/people/{id}/invitation", Administrators),
    ("POST", "/people/{id}/recovery", Administrators),
    ("POST", "/people/{id}/level-request", Administrators),
    ("GET", "/levels", SignedIn),
    ("POST", "/levels", Administrators),
    ("DELETE", "/levels/{id}", Administrators),
    ("GET", "/teams", SignedIn),
    ("POST", "/teams", Administrators),
    ("PUT", "/teams/{id}", Administrators),
    ("DELETE", "/teams/{id}", Administrators),
    ("GET", "/ownership-rules", SignedIn),
    ("POST", "/ownership-rules", Administrators),
    ("DELETE", "/ownership-rules/{id}", Administrators),
    ("GET", "/calendar", SignedIn),
    ("GET", "/calendar/settings", SignedIn),
    ("PUT", "/calendar/week", Administrators),
    ("POST", "/holidays", Administrators),
    ("DELETE", "/holidays/{calendar}/{day}", Administrators),
    ("POST", "/freezes", Administrators),
    ("DELETE", "/freezes/{id}", Administrators),
    ("GET", "/duties", SignedIn),
    ("POST", "/teams/{id}/duties", Administrators),
    ("DELETE", "/duties/{id}", Administrators),
    ("POST", "/duties/{id}/handover", Members),
    ("GET", "/feeds", SignedIn),
    ("POST", "/feeds", SignedIn),
    ("DELETE", "/feeds/{id}", SignedIn),
    ("GET", "/people/{id}/work", SignedIn),
    ("GET", "/absences", SignedIn),
    ("POST", "/absences", Members),
    ("DELETE", "/absences/{id}", Members),
    ("GET", "/procedures", SignedIn),
    ("POST", "/procedures", Administrators),
    ("POST", "/procedures/check", Administrators),
    ("GET", "/procedures/{id}", SignedIn),
    ("PUT", "/procedures/{id}", Administrators),
    ("GET", "/procedures/{id}/versions", SignedIn),
    ("GET", "/notices/{id}/procedure/{version}", SignedIn),
    ("GET", "/providers", SignedIn),
    ("POST", "/providers", Administrators),
    ("GET", "/deliveries", SignedIn),
    ("GET", "/deliveries/tally", SignedIn),
    ("POST", "/deliveries/{id}/replay", Administrators),
    ("GET", "/hooks", Administrators),
    ("POST", "/hooks", Administrators),
    ("DELETE", "/hooks/{id}", Administrators),
    ("PATCH", "/hooks/{id}", Administrators),
    ("POST", "/hooks/{id}/test", Administrators),
    ("GET", "/mail-choices", SignedIn),
    ("PUT", "/mail-choices", SignedIn),
    ("GET", "/notices/{id}/rehearsal", SignedIn),
    ("POST", "/rehearsals", SignedIn),
    ("GET", "/deliveries/{id}", SignedIn),
    ("GET", "/deliveries/{id}/html", SignedIn),
    ("GET", "/record", SignedIn),
    ("GET", "/record/checkpoints", SignedIn),
    ("POST", "/record/evidence", SignedIn),
    ("GET", "/record/verification", SignedIn),
    ("POST", "/record/verification", SignedIn),
    ("GET", "/tokens", SignedIn),
    ("POST", "/tokens", Members),
    ("DELETE", "/tokens/{id}", SignedIn),
];

#[test]
fn the_table_names_every_operation_of_the_api_and_no_other() {
    let told: BTreeSet<(String, String)> =
        openapi::operations().into_iter().map(|(method, path)| (method.to_owned(), path)).collect();
    let table: BTreeSet<(String, String)> =
        TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), format!("/api/v1{path}"))).collect();
    assert_eq!(table.len(), TABLE.len(), "a line stands in the table twice");
    let missing: Vec<_> = told.difference(&table).collect();
    let gone: Vec<_> = table.difference(&told).collect();
    assert!(missing.is_empty(), "say in the table who may do this: {missing:?}");
    assert!(gone.is_empty(), "the API has no such operation any more: {gone:?}");
}

/// An address with something well formed in each of its places.
pub fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id)
        .replace("{mail}", "018fd118-97d2-7000-9164-af346c68194c")
        .replace("{entry}", "1")
        .replace("{token}", "none")
        .replace("{provider}", "none")
        .replace("{fact}", "d1")
        .replace("{resource}", "r1")
        .replace("{step}", "none")
        .replace("{digest}", &"0".repeat(64))
        .replace("{version}", "1")
        .replace("{calendar}", "house")
        .replace("{day}", "2024-12-24")
}

/// Whether the door let the request past: neither "sign in" nor "not for you".
async fn gets_past(browser: &Browser, method: &str, path: &str) -> (bool, String) {
    // Ids that are well formed and of nothing, so that a route that forgot its door answers something else.
    let path = filled(path, if path.starts_with("/notices") { "4711" } else { "018fd118-97d2-7000-9164-af346c68194c" });
    let body = (method != "GET").then(|| json!({}));
    let answer = browser.send(method.parse::<Method>().unwrap(), &format!("/api/v1{path}"), body).await;
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    assert!(answer.status.as_u16() < 500, "{method} {path} answered {}: {}", answer.status, answer.text());
    (!matches!(code.as_str(), "not_signed_in" | "forbidden"), format!("{} {code}", answer.status))
}

both!(every_operation_lets_in_whom_the_table_says, |house| async move {
    let ada = house.set_up("many").await;
    let visitors = BTreeMap::from([
        ("anonymous", (house.visitor(), [Everybody].as_slice())),
        ("member", (house.invites(&ada, "Bob", Role::Member, &["lead"]).await, &[Everybody, SignedIn, Members])),
        ("auditor", (house.invites(&ada, "Cleo", Role::Auditor, &[]).await, &[Everybody, SignedIn])),
        ("administrator", (ada, &[Everybody, SignedIn, Members, Administrators])),
    ]);
    // The stream never ends and signing out would end the walk: each is walked by its own story.
    let own_story = [("GET", "/events"), ("DELETE", "/session")];
    let mut wrong = Vec::new();
    for (method, path, open) in TABLE.iter().filter(|(method, path, _)| !own_story.contains(&(*method, *path))) {
        for (who, (browser, gets)) in &visitors {
            let (past, told) = gets_past(browser, method, path).await;
            if past != gets.contains(open) {
                wrong.push(format!("{who}: {method} {path} is for {open:?} and answered {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} doors stand wrong:\n  {}", wrong.len(), wrong.join("\n  "));
});

both!(the_stream_and_signing_out_are_for_who_is_signed_in, |house| async move {
    house.visitor().get("/api/v1/events").await.is_problem(401, "not_signed_in");
    house.visitor().send(Method::DELETE, "/api/v1/session", None).await.is_problem(401, "not_signed_in");
});
