//! What is kept of hooks: secrets only under the installation's key, and one that is wanted no more switched off.

use axum::http::Method;
use countersign::clock::Entropy;
use countersign::desk::Keyring;
use countersign::desk::outward::hooks::{NewHook, Way};
use countersign::notice::sight::Sight;
use countersign::store::deliveries::{self, state};
use countersign::store::entity::hooks;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};
use serde_json::json;

use super::receiver::receiver;
use super::sender;
use crate::harness::sink::Sink;
use crate::harness::{House, mails};

const ALLOWED: &str = "[hooks]\nallow = [\"127.0.0.1\"]\n";

/// Everything that the database holds about hooks, as somebody with a copy of it reads it.
async fn dumped(house: &House) -> String {
    let rows = hooks::Entity::find().all(house.store().reader()).await.unwrap();
    format!("{rows:?}{:?}", house.outbox().await)
}

both!(whoever_reads_the_database_can_neither_sign_nor_post_as_us, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![]).await;
    let address = url.replace("/hooks", "/services/T000/B000/only-we-know");
    let chat = NewHook { name: "Chat".to_owned(), way: Some(Way::Slack), url: address, ..NewHook::default() };
    let (chat, none) = house.desk.add_hook(crew.carol.0, chat).await.unwrap();
    let program =
        NewHook { name: "Program".to_owned(), url: format!("{url}?token=only-they-know"), ..NewHook::default() };
    let (program, secret) = house.desk.add_hook(crew.carol.0, program).await.unwrap();
    assert!(none.is_none(), "Slack has no secret but its address");
    for hook in [&chat, &program] {
        house.desk.test_hook(hook.id).await.unwrap();
    }
    let sink = Sink::open().await;
    sender(&house, &sink, ALLOWED).send_due().await.unwrap();
    assert_eq!(got.lock().unwrap().len(), 2, "what is sealed cannot be used any more");
    let kept = dumped(&house).await;
    for secret in ["only-we-know", "only-they-know", secret.unwrap().trim_start_matches("whsec_")] {
        assert!(!kept.contains(secret), "the database gives away “{secret}”:\n{kept}");
    }
});

both!(hooks_of_before_are_sealed_at_the_next_start_and_go_on, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![]).await;
    let new = NewHook { name: "Chat".to_owned(), way: Some(Way::Teams), url: url.clone(), ..NewHook::default() };
    let (hook, _) = house.desk.add_hook(crew.carol.0, new).await.unwrap();
    // As the version before kept it, with a delivery planned to the whole address.
    let address = url.replace("/hooks", "/workflows/only-we-know");
    let row = hooks::Entity::find_by_id(hook.id).one(house.store().reader()).await.unwrap().unwrap();
    let mut old = row.into_active_model();
    old.url = Set(address.clone());
    old.secret = Set(Some("whsec_b25seS13ZS1rbm93".to_owned()));
    old.sealed = Set(None);
    old.update(house.store().writer()).await.unwrap();
    let planned = house.desk.test_hook(hook.id).await.unwrap();
    assert!(dumped(&house).await.contains("only-we-know"), "the story begins with a secret in clear");

    assert_eq!(house.desk.seal_hooks().await.unwrap(), 1);
    assert_eq!(house.desk.seal_hooks().await.unwrap(), 0, "sealing twice is nothing");
    let kept = dumped(&house).await;
    assert!(!kept.contains("only-we-know") && !kept.contains("b25seS13ZS1rbm93"), "{kept}");
    let shown = deliveries::get(house.store(), Sight::All, planned).await.unwrap().unwrap().address;
    assert_eq!(shown, url.replace("/hooks", "/…"));
    sender(&house, &Sink::open().await, ALLOWED).send_due().await.unwrap();
    assert_eq!(got.lock().unwrap()[0].path, "/workflows/only-we-know");
});

both!(a_restore_without_the_keyring_says_so_and_posts_nothing, |house| async move {
    let mut house = house;
    let crew = house.founded().await;
    let (url, got) = receiver(vec![]).await;
    let new = NewHook { name: "Program".to_owned(), url, ..NewHook::default() };
    let (hook, _) = house.desk.add_hook(crew.carol.0, new).await.unwrap();
    house.desk.keyring = std::sync::Arc::new(Keyring::generate(&Entropy::seeded(7)));
    let delivery = house.desk.test_hook(hook.id).await.unwrap();
    sender(&house, &Sink::open().await, ALLOWED).send_due().await.unwrap();
    let row = deliveries::get(house.store(), Sight::All, delivery).await.unwrap().unwrap();
    assert_eq!(row.state, state::FAILED);
    assert!(row.last_error.as_ref().is_some_and(|why| why.contains("keyring")), "{:?}", row.last_error);
    assert!(got.lock().unwrap().is_empty());
});

both!(a_receiver_that_is_gone_switches_its_hook_off_and_its_owner_is_told_once, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![204, 410]).await;
    let new = NewHook { name: "Change board".to_owned(), url, ..NewHook::default() };
    let (hook, _) = house.desk.add_hook(crew.bob.0, new).await.unwrap();
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, &format!("max_connections = 1\n{ALLOWED}"));
    house.desk.test_hook(hook.id).await.unwrap();
    sender.send_due().await.unwrap();
    for _ in 0..5 {
        house.desk.test_hook(hook.id).await.unwrap();
    }
    sender.send_due().await.unwrap();
    sender.send_due().await.unwrap();
    assert_eq!(got.lock().unwrap().len(), 2, "it was asked again after it had said that it is gone");
    let off = house.desk.hooks().await.unwrap().remove(0).off.expect("the hook is still on");
    assert!(off.why.contains("410"), "{off:?}");
    let told = |who: &str| sink.mails_to(who).into_iter().filter(|m| m.subject().contains("switched off")).count();
    assert_eq!((told("bob@house.example"), told("carol@house.example")), (1, 0), "its owner is told, and once");
    let about = sink.mails().into_iter().filter(|mail| mail.subject().contains("was not told")).count();
    assert_eq!(about, 0, "each delivery that was left raised an alarm of its own");
    let failed: Vec<_> = house.outbox().await.into_iter().filter(|d| d.state == state::FAILED).collect();
    assert_eq!(failed.len(), 5, "what was not told does not show as failed");

    // While it is off nothing is planned for it; on again, it is told again.
    house.receives(mails::original()).await;
    house.reads().await;
    let planned = async || house.outbox().await.into_iter().filter(|d| d.template.starts_with("notice.")).count();
    assert_eq!(planned().await, 0);
    house.desk.switch_hook(hook.id, true).await.unwrap();
    house.desk.replay(failed[0].id).await.unwrap();
    sender.send_due().await.unwrap();
    assert_eq!(got.lock().unwrap().len(), 3, "what was missed cannot be sent again");
});

both!(a_hook_is_switched_off_and_on_by_an_administrator, |house| async move {
    let ada = house.set_up("many").await;
    let new = json!({"name": "Chat", "way": "slack", "url": "https://93.184.215.14/services/only-we-know"});
    let made = ada.post("/api/v1/hooks", new).await.is(201);
    assert_eq!((made["url"].as_str(), &made["off"]), (Some("https://93.184.215.14/…"), &serde_json::Value::Null));
    let path = format!("/api/v1/hooks/{}", made["id"].as_str().unwrap());
    let off = ada.send(Method::PATCH, &path, Some(json!({"on": false}))).await.is(200);
    assert!(off["off"]["why"].as_str().is_some_and(|why| !why.is_empty()), "{off}");
    assert_eq!(ada.send(Method::PATCH, &path, Some(json!({"on": true}))).await.is(200)["off"], serde_json::Value::Null);
});
