//! Signing in by a real OpenID provider: who is let in, what their groups give them, what a signature takes, and what a
//! return is worth that was stolen, repeated or forged.

use countersign::identity::Role;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::harness::{Browser, House, OpenId, mails};

/// Time passes: every session's proof is an hour old.
async fn an_hour_passes(house: &House) {
    let sql =
        "UPDATE sessions SET authenticated_at = authenticated_at - 3600000000, fresh_until = fresh_until - 3600000000";
    house.store().writer().execute_unprepared(sql).await.unwrap();
}

/// An objection needs nothing but a level and a fresh proof.
async fn objects(browser: &Browser) -> crate::harness::Answer {
    let notice = browser.get("/api/v1/notices/1").await.is(200);
    let gate = notice["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "assess").unwrap();
    let form = json!({
        "gate": "assess", "verdict": "object", "subject_digest": gate["subject"]["digest"], "comment": "Not so.",
    });
    browser.post("/api/v1/notices/1/sign-offs", form).await
}

both!(who_comes_from_an_allowed_domain_gets_an_account_and_nobody_else_does, |house| async move {
    let ada = house.set_up("many").await;
    ada.post("/api/v1/teams", json!({"name": "Databases"})).await.is(201);
    let provider = OpenId::start().await;
    provider
        .knows(&[
            ("grace", "Grace@Elsewhere.example", true, &["oncall", "dba"]),
            ("mallory", "mallory@not-elsewhere.example", true, &["oncall"]),
            ("eve", "eve@elsewhere.example", false, &["oncall"]),
        ])
        .await;
    let groups = "domains = [\"elsewhere.example\"]\n\
        [sign_in.providers.openid.groups.oncall]\nlevels = [\"engineer\"]\n\
        [sign_in.providers.openid.groups.dba]\nlevels = [\"lead\"]\nteams = [\"Databases\"]\nrole = \"member\"\n";
    let app = house.app_with(&provider.config(groups));

    let grace = house.visitor_of(&app);
    let ways = grace.get("/api/v1/session/ways").await.is(200);
    assert_eq!(ways["providers"], json!([{"id": "openid", "name": "Example ID"}]));
    assert_eq!(grace.goes_by(&provider, "grace", "sign_in", "/notices?stage=close").await, "/notices?stage=close");
    let session = grace.get("/api/v1/session").await.is(200);
    assert_eq!(session["person"]["email"], "grace@elsewhere.example", "addresses are kept in lower case");
    assert_eq!(session["levels"], json!(["engineer", "lead"]), "the groups gave other levels");
    assert_eq!(session["authenticated"]["method"], "oidc");
    assert_eq!(session["ways"]["providers"][0]["id"], "openid");
    let id = session["person"]["id"].as_str().unwrap();
    let person = ada.get(&format!("/api/v1/people/{id}")).await.is(200);
    assert_eq!(person["teams"][0]["name"], "Databases");

    for (account, problem) in [("mallory", "address_unknown"), ("eve", "address_unverified")] {
        provider.forgets();
        let visitor = house.visitor_of(&app);
        let told = visitor.goes_by(&provider, account, "sign_in", "/").await;
        assert!(told.contains(&format!("problem={problem}")), "{account} was told {told}");
        visitor.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    }

    provider.forgets();
    provider.knows(&[("grace", "grace@elsewhere.example", true, &["oncall"])]).await;
    let again = house.visitor_of(&app);
    again.goes_by(&provider, "grace", "sign_in", "/").await;
    let session = again.get("/api/v1/session").await.is(200);
    assert_eq!(session["levels"], json!(["engineer"]), "who left a group keeps its level");
    assert_eq!(ada.get("/api/v1/people").await.is(200)["items"].as_array().unwrap().len(), 2, "a second account");
});

both!(an_account_is_linked_by_a_verified_address_or_from_inside, |house| async move {
    let ada = house.set_up("many").await;
    let provider = OpenId::start().await;
    provider
        .knows(&[
            ("a1", "ada@house.example", false, &[]),
            ("a2", "ada@house.example", true, &[]),
            ("a3", "ada@private.example", true, &[]),
        ])
        .await;
    let app = house.app_with(&provider.config(""));
    let visitor = house.visitor_of(&app);
    let told = visitor.goes_by(&provider, "a1", "sign_in", "/").await;
    assert!(told.contains("problem=address_unverified"), "whoever types in an address became its owner: {told}");
    provider.forgets();
    visitor.goes_by(&provider, "a2", "sign_in", "/").await;
    assert_eq!(visitor.get("/api/v1/session").await.is(200)["person"]["name"], "Ada Lovelace");

    provider.forgets();
    let told = visitor.goes_by(&provider, "a3", "link", "/account").await;
    assert_eq!(told, "/account?to=%2Faccount", "an account was not linked from inside");
    let linked = visitor.get("/api/v1/account").await.is(200)["linked"].clone();
    assert_eq!(linked.as_array().unwrap().len(), 2);
    let bob = house.invites(&ada, "Bob", Role::Member, &["lead"]).await;
    let cookie = bob.cookie("countersign").expect("Bob is signed in");
    let bob = house.visitor_of(&app).with_cookie("countersign", &cookie);
    let told = bob.goes_by(&provider, "a3", "link", "/account").await;
    assert!(told.contains("problem=linked_elsewhere"), "two people share one account: {told}");
});

both!(a_signature_takes_a_fresh_word_of_the_provider_about_the_same_person, |house| async move {
    let ada = house.set_up("many").await;
    house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    house.receives(mails::original()).await;
    house.reads().await;
    let provider = OpenId::start().await;
    provider.knows(&[("bob", "bob@house.example", true, &[]), ("ada", "ada@house.example", true, &[])]).await;
    let app = house.app_with(&provider.config(""));
    let bob = house.visitor_of(&app);
    bob.goes_by(&provider, "bob", "sign_in", "/").await;
    an_hour_passes(&house).await;
    objects(&bob).await.is_problem(401, "fresh_authentication_needed");

    let before = bob.cookie("countersign");
    let (back, asked) = provider.visit(&bob.departs("fresh", "/notices/1").await, "bob").await;
    assert!(asked, "the provider did not ask again, so nothing was proven");
    assert_eq!(bob.returns(&back).await, "/proven?to=%2Fnotices%2F1");
    assert_ne!(bob.cookie("countersign"), before, "the session kept its secret");
    let signed = objects(&bob).await.is(200);
    let told = signed["gates"].to_string();
    assert!(told.contains("\"method\":\"oidc\""), "the signature does not say how Bob had proven who he is: {told}");

    an_hour_passes(&house).await;
    provider.forgets();
    let (back, _) = provider.visit(&bob.departs("fresh", "/notices/1").await, "ada").await;
    let told = bob.returns(&back).await;
    assert!(told.contains("problem=another_account"), "Ada's proof made Bob's session fresh: {told}");
    assert!(bob.get("/api/v1/session").await.is(200)["fresh_until"].is_null());
});

both!(new_keys_and_a_clock_a_little_wrong_let_people_in, |house| async move {
    house.set_up("many").await;
    let provider = OpenId::start().await;
    provider.knows(&[("ada", "ada@house.example", true, &[])]).await;
    let app = house.app_with(&provider.config(""));
    for told in [json!({}), json!({"rotate": true}), json!({"skew": 60}), json!({"skew": -60}), json!({"skew": 0})] {
        provider.control(told.clone()).await;
        provider.forgets();
        let ada = house.visitor_of(&app);
        assert_eq!(ada.goes_by(&provider, "ada", "sign_in", "/").await, "/", "after {told}");
        ada.get("/api/v1/session").await.is(200);
    }
    provider.control(json!({"skew": 600})).await;
    provider.forgets();
    let ada = house.visitor_of(&app);
    let told = ada.goes_by(&provider, "ada", "sign_in", "/").await;
    assert!(told.contains("problem=word_does_not_hold"), "a word from the future was believed: {told}");
});

both!(a_return_counts_once_and_only_in_the_browser_that_left, |house| async move {
    house.set_up("many").await;
    let provider = OpenId::start().await;
    provider.knows(&[("ada", "ada@house.example", true, &[])]).await;
    let app = house.app_with(&provider.config(""));
    let (ada, thief) = (house.visitor_of(&app), house.visitor_of(&app));
    thief.departs("sign_in", "/").await;
    let (back, _) = provider.visit(&ada.departs("sign_in", "/").await, "ada").await;
    let told = thief.returns(&back).await;
    assert!(told.contains("problem=not_begun"), "a stolen return let the thief in: {told}");
    let told = ada.returns(&back).await;
    assert!(told.contains("problem=not_begun"), "a return that somebody had tried was still worth something: {told}");

    provider.forgets();
    let (back, _) = provider.visit(&ada.departs("sign_in", "/").await, "ada").await;
    let forged = back.replace("&iss=http", "&iss=https%3A%2F%2Fevil.example&was=http");
    assert_ne!(forged, back, "the provider does not say who it is");
    assert!(ada.returns(&forged).await.contains("problem=not_begun"), "another provider's word was taken");
    assert!(
        ada.returns("http://house.example/api/v1/session/providers/openid/return?code=x&state=y")
            .await
            .contains("not_begun")
    );
    let declined = ada.departs("sign_in", "/").await;
    let state = declined.split("state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
    let path = format!("http://house.example/api/v1/session/providers/openid/return?error=access_denied&state={state}");
    assert_eq!(ada.returns(&path).await, "/sign-in?problem=not_vouched&to=%2F");
    ada.get("/api/v1/session").await.is_problem(401, "not_signed_in");

    for foreign in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
        provider.forgets();
        assert_eq!(ada.goes_by(&provider, "ada", "sign_in", foreign).await, "/", "{foreign} led away");
    }
});

both!(who_signs_out_here_is_sent_to_sign_out_there, |house| async move {
    house.set_up("many").await;
    let provider = OpenId::start().await;
    provider.knows(&[("ada", "ada@house.example", true, &[])]).await;
    let app = house.app_with(&provider.config(""));
    let ada = house.visitor_of(&app);
    ada.goes_by(&provider, "ada", "sign_in", "/").await;
    let told = ada.send(axum::http::Method::DELETE, "/api/v1/session", None).await.is(200);
    let go_to = told["go_to"].as_str().expect("the provider knows how to sign people out");
    assert!(go_to.starts_with(&format!("{}/session/end?", provider.issuer)), "{go_to}");
    for part in
        ["id_token_hint=", "client_id=countersign", "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fsign-in"]
    {
        assert!(go_to.contains(part), "{part} is missing in {go_to}");
    }
    ada.get("/api/v1/session").await.is_problem(401, "not_signed_in");
});
