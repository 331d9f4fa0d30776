//! Hooks: signed and tried by the standard, kept with each answer, and never into a private network unasked.

use std::io::Write as _;
use std::process::{Command as Program, Stdio};

use chrono::TimeDelta;
use countersign::desk::outward::hooks::{NewHook, Way};

use super::receiver::receiver;
use super::sender;
use crate::harness::mails;
use crate::harness::sink::Sink;

both!(a_hook_is_signed_tried_again_by_the_standard_and_replayed_under_its_old_id, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![500, 302, 204]).await;
    let new = NewHook { name: "Chat".to_owned(), url, provider: Some("aws".to_owned()), ..NewHook::default() };
    let (hook, secret) = house.desk.add_hook(crew.carol.0, new).await.unwrap();
    let elsewhere = NewHook {
        name: "Elsewhere".to_owned(),
        url: "https://hooks.example.com/".to_owned(),
        provider: Some("azure".to_owned()),
        ..NewHook::default()
    };
    house.desk.add_hook(crew.carol.0, elsewhere).await.unwrap();
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "[hooks]\nallow = [\"127.0.0.1\"]\n");
    let delivery = house.desk.test_hook(hook.id).await.unwrap();
    for wait in [0, 5, 5 * 60] {
        house.clock.advance(TimeDelta::seconds(wait));
        sender.send_due().await.unwrap();
    }
    let tries: Vec<String> = house.desk.attempts(delivery).await.unwrap().into_iter().map(|a| a.outcome).collect();
    assert_eq!(
        tries,
        ["put_off", "put_off", "sent"],
        "an error and a redirect are failures, and the third try is right"
    );
    house.desk.replay(delivery).await.unwrap();
    sender.send_due().await.unwrap();
    let all = got.lock().unwrap().clone();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|one| one.id == all[0].id && one.body == all[0].body), "a repeat cannot be told: {all:?}");

    // Checked as a receiver would, by the specification and not by our own code.
    let script = "import sys, hmac, hashlib, base64\n\
                  key = base64.b64decode(sys.argv[1].removeprefix('whsec_'))\n\
                  signed = (sys.argv[2] + '.' + sys.argv[3] + '.').encode() + sys.stdin.buffer.read()\n\
                  print('v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())";
    for one in &all {
        let mut python = Program::new("/usr/bin/python3")
            .args(["-c", script, secret.as_deref().unwrap(), &one.id, &one.timestamp])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        python.stdin.take().unwrap().write_all(one.body.as_bytes()).unwrap();
        let said = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(said.trim(), one.signature);
    }

    // What happens to a notice is told to whom it concerns and to nobody else.
    house.receives(mails::original()).await;
    house.reads().await;
    sender.send_due().await.unwrap();
    let told: Vec<serde_json::Value> =
        got.lock().unwrap()[4..].iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    assert_eq!(told.iter().filter(|event| event["type"] == "notice.opened").count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|event| event["type"] == "reminder.due").count(), 3, "{told:?}");
    assert_eq!(told[0]["data"]["notice"]["number"], 1);
    let strays = house.outbox().await.into_iter().filter(|d| d.address.contains("hooks.example.com")).count();
    assert_eq!(strays, 0, "a hook for another provider was told");
});

both!(slack_and_teams_are_told_in_their_own_shapes_what_concerns_a_team, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![]).await;
    for (name, way, path) in
        [("#databases", Way::Slack, "/services/T0/B0/x"), ("Databases", Way::Teams, "/workflows/y")]
    {
        let url = url.replace("/hooks", path);
        let team = Some(crew.team);
        let new = NewHook { name: name.to_owned(), way: Some(way), url, team, ..NewHook::default() };
        house.desk.add_hook(crew.carol.0, new).await.unwrap();
    }
    let elsewhere = NewHook {
        name: "Networks".to_owned(),
        way: Some(Way::Slack),
        url: url.replace("/hooks", "/services/T0/B0/networks"),
        team: Some(uuid::Uuid::from_u128(9)),
        ..NewHook::default()
    };
    house.desk.add_hook(crew.carol.0, elsewhere).await.unwrap();
    house.receives(mails::original()).await;
    house.reads().await;
    sender(&house, &Sink::open().await, "[hooks]\nallow = [\"127.0.0.1\"]\n").send_due().await.unwrap();
    let got = got.lock().unwrap().clone();
    let at = |path: &str| -> Vec<serde_json::Value> {
        got.iter().filter(|one| one.path == path).map(|one| serde_json::from_str(&one.body).unwrap()).collect()
    };
    let (slack, teams) = (at("/services/T0/B0/x"), at("/workflows/y"));
    assert_eq!((slack.len(), teams.len()), (4, 4), "opened, and three people asked");
    assert!(at("/services/T0/B0/networks").is_empty(), "another team's channel was told");
    assert!(got.iter().all(|one| one.signature.is_empty()), "only webhooks of the standard are signed");
    let block = &slack[0]["blocks"][0]["text"];
    assert_eq!(block["type"], "mrkdwn");
    assert!(block["text"].as_str().is_some_and(|text| text.contains("/notices/1|")), "no link in {block}");
    assert!(
        slack[0]["text"].as_str().is_some_and(|text| text.contains("N-1")),
        "a notification says nothing: {}",
        slack[0]
    );
    let card = &teams[0]["attachments"][0];
    assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
    assert!(card["content"]["actions"][0]["url"].as_str().is_some_and(|url| url.ends_with("/notices/1")), "{card}");
});
