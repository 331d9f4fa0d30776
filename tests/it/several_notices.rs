//! What concerns several notices at once, and a page that was looked at too long.

use countersign::desk::{Asked, DeskError, NoticeRef};
use countersign::notice::Life;
use countersign::notice::command::Command;
use countersign::notice::event::Verdict;
use countersign::notice::ids::TeamId;
use countersign::notice::procedure::Gate;

use serde_json::json;

use crate::harness::{House, mails};

/// Two mails about the same work that share no key, so that each opened a notice.
async fn twins(house: &House) -> crate::harness::Crew {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    let other = mails::original().replace("0100018c-", "0100018e-").replace("Hello,", "Dear customer,");
    house.receives(other).await;
    house.reads().await;
    assert_eq!(house.notice(2).await.messages.len(), 1);
    crew
}

both!(two_notices_that_are_one_are_merged_and_later_mails_follow, |house| async move {
    let crew = twins(&house).await;
    let (first, second) = (NoticeRef::Number(1), NoticeRef::Number(2));
    house.desk.merge(crew.bob.actor(), second, first).await.unwrap();
    let (kept, gone) = (house.notice(1).await, house.notice(2).await);
    assert_eq!(gone.life, Life::Merged { into: kept.id });
    assert_eq!(kept.absorbed, [gone.id]);

    let again = mails::original().replace("0100018c-", "0100018e-").replace("Hello,", "Dear customer,");
    house.receives(again).await;
    house.reads().await;
    assert_eq!(house.notice(1).await.messages.len(), 3, "its own, the one taken over, and the later one");
    let crosswise = house.desk.merge(crew.bob.actor(), first, second).await;
    assert!(matches!(crosswise, Err(DeskError::Refused(_))), "{crosswise:?}");
    assert_eq!(house.notice(2).await.absorbed, [], "a refused merge left its mark on the other notice");
});

both!(where_a_resource_belongs_is_learned_and_proposed_the_next_time, |house| async move {
    let crew = twins(&house).await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    let context = house.desk.context(house.store().reader()).await.unwrap();
    let second = house.notice(2).await;
    assert!(!second.facts.resources.is_empty(), "the second notice names what is affected");
    for resource in &second.facts.resources {
        let proposed = context.directory.propose(&second.facts.provider, resource);
        let environment = proposed.environment.map(|environment| environment.to_string());
        assert_eq!(
            (environment.as_deref(), proposed.team),
            (Some("production"), Some(TeamId(crew.team))),
            "{}",
            resource.key
        );
        assert_eq!(resource.mapping, None, "{} was mapped by nobody", resource.key);
    }
    let blocked = house.blocked_by(2, Gate::Assess).await;
    assert!(blocked.contains(&"resource_unmapped".to_owned()), "a proposal was taken for a confirmation: {blocked:?}");
});

both!(many_notices_are_signed_in_one_go_each_for_itself, |house| async move {
    let crew = twins(&house).await;
    for number in [1, 2] {
        house.prepares(crew.alice, number, Gate::Assess, crew.team).await;
    }
    let mut signs = Vec::new();
    for number in [1, 2] {
        let sign = house.verdict(number, Gate::Assess, Verdict::Approve).await;
        signs.push((NoticeRef::Number(number), Asked::from(sign)));
    }
    // The second changes before the button is pressed.
    let impact = house.desk.draft("It stops the nightly export, too.");
    house.does(crew.alice, 2, Asked::with(Command::StateImpact { text: impact.reference }, [impact])).await;

    let done = house.desk.sign_together(crew.bob.actor(), signs).await.unwrap();
    assert!(done[0].1.is_ok(), "{:?}", done[0].1.as_ref().err());
    assert!(matches!(&done[1].1, Err(DeskError::Refused(no)) if no.code == "subject_changed"), "{:?}", done[1].1);
    assert_eq!(house.notice(1).await.sign_offs.len(), 1);
});

both!(a_page_looked_at_too_long_is_told_what_changed, |house| async move {
    let crew = twins(&house).await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    let sign = house.verdict(1, Gate::Assess, Verdict::Approve).await;
    let impact = house.desk.draft("It stops the nightly export, too.");
    house.does(crew.alice, 1, Asked::with(Command::StateImpact { text: impact.reference }, [impact])).await;
    let refusal = house.refuses(crew.bob, 1, sign).await;
    assert_eq!(refusal.code, "subject_changed");
    let changed: Vec<String> = refusal.difference.unwrap_or_default().into_iter().map(|change| change.path).collect();
    assert_eq!(changed, ["impact"], "exactly what changed since is told");
});

both!(merging_takes_over_what_the_other_lacks, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    let other = mails::original()
        .replace("0100018c-", "0100018e-")
        .replace("Hello,", "Dear customer,")
        .replace("August 22, 2024", "August 1, 2024")
        .replace("db:ledger-primary", "db:ledger-archive");
    house.receives(other).await;
    house.reads().await;
    let (kept, gone) = (NoticeRef::Number(1), NoticeRef::Number(2));
    let looks_like: Vec<_> = house.notice(2).await.alike.iter().map(|alike| alike.notice).collect();
    assert_eq!(looks_like, [house.notice(1).await.id], "nothing says that the second looks like the first");
    house.desk.merge(crew.bob.actor(), gone, kept).await.unwrap();
    let case = house.notice(1).await;
    let names: Vec<&str> = case.facts.resources.iter().filter_map(|r| r.key.rsplit(':').next()).collect();
    assert_eq!(names, ["orders-primary", "orders-replica", "ledger-primary", "ledger-archive"]);
    let hard = countersign::notice::deadline::hard(&case).expect("a date").at;
    assert!(hard < crate::harness::at("2024-08-02T00:00:00Z"), "the earlier date was lost: {hard}");
    let dates: Vec<String> = case.facts.deadlines.iter().map(|d| d.when.to_string()).collect();
    assert_eq!(dates, ["2024-08-22", "2024-08-01"], "each date of either stands on the one that is left");
    assert_eq!(case.messages.len(), 2, "what the other mail says cannot be read where the work goes on");
});

both!(two_that_only_look_alike_are_told_apart_by_a_person, |house| async move {
    let crew = twins(&house).await;
    let first = house.notice(1).await.id;
    assert_eq!(house.notice(2).await.alike.len(), 1);
    let case = house.does(crew.alice, 2, Command::SetLikenessAside { notice: first }).await;
    assert!(case.alike[0].set_aside);
    house.receives(mails::original().replace("0100018c-", "0100018f-").replace("Hello,", "Hi,")).await;
    house.reads().await;
    assert_eq!(house.notice(2).await.alike.len(), 1, "what was set aside is proposed again");
});

both!(a_part_that_was_split_off_goes_on_alone_and_hears_of_new_dates, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    let ledger = house.notice(1).await.facts.resources.iter().find(|r| r.key.ends_with("ledger-primary")).unwrap().id;
    let new = house.desk.split(crew.bob.actor(), NoticeRef::Number(1), vec![ledger]).await.unwrap();
    let (old, part) = (house.notice(1).await, house.notice(2).await);
    assert_eq!(new.id, part.id);
    assert_eq!((old.facts.resources.len(), part.facts.resources.len()), (2, 1));
    assert!(part.facts.resources[0].mapping.is_some(), "where it belongs was confirmed already");
    assert_eq!(part.messages.len(), 1);
    assert_eq!(part.facts.deadlines[0].when, old.facts.deadlines[0].when);
    assert!(part.impact.is_none(), "the part is assessed for itself");
    assert_eq!((part.split_from, old.split_off[0].notice), (Some(old.id), part.id), "one does not name the other");

    house.receives(mails::moved_forward()).await;
    house.reads().await;
    for number in [1, 2] {
        let case = house.notice(number).await;
        let when = case.facts.deadlines[0].when;
        assert_eq!(when.to_string(), "2024-08-01", "N-{number} did not hear of the earlier date");
        let again = case.facts.resources.iter().filter(|r| r.key.ends_with("ledger-primary")).count();
        assert_eq!(again, usize::from(number == 2), "N-{number} has the ledger {again} times");
    }
    let all = house.notice(1).await.facts.resources.iter().map(|r| r.id).collect();
    let refused = house.desk.split(crew.bob.actor(), NoticeRef::Number(1), all).await;
    assert!(matches!(&refused, Err(DeskError::Refused(no)) if no.code == "nothing_to_split"), "{refused:?}");
});

both!(the_same_by_the_api, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", countersign::identity::Role::Member, &["lead"]).await;
    for n in 0..3 {
        let form =
            json!({"provider": "acme", "kind": "informational", "title": format!("The new console {n} is available")});
        ada.post("/api/v1/notices", form).await.is(201);
    }
    let kind = "informational";
    let waiting = bob.get(&format!("/api/v1/sign-offs?gate=close&kind={kind}")).await.is(200);
    let items = waiting["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 3, "what waits for Bob is not offered together: {waiting}");
    let sign = |items: &[serde_json::Value]| {
        let items: Vec<_> = items
            .iter()
            .map(|item| {
                json!({"notice": item["notice"]["number"].to_string(), "subject_digest": item["gate"]["subject"]["digest"],
                       "level": item["level"]})
            })
            .collect();
        json!({"gate": "close", "verdict": "approve", "items": items})
    };
    let mut stale = items.clone();
    stale[2]["gate"]["subject"]["digest"] = json!("0".repeat(64));
    let done = bob.post("/api/v1/sign-offs", sign(&stale)).await.is(200);
    let signed: Vec<bool> = done["items"].as_array().unwrap().iter().map(|item| item["signed"] == true).collect();
    assert_eq!(signed, [true, true, false], "{done}");
    assert_eq!(done["items"][2]["code"], "subject_changed");

    let other = ada.get("/api/v1/notices/2").await.is(200);
    assert!(other["you"]["may"].as_array().unwrap().contains(&json!("merge")));
    ada.post("/api/v1/notices/2/merge", json!({"into": "N-1"})).await.is(200);
    let gone = ada.get("/api/v1/notices/2").await.is(200);
    assert_eq!(gone["merged_into"]["number"], 1);
    assert_eq!(gone["you"]["may"], json!(["comment", "watch"]), "a notice that is gone offers work");
    ada.post("/api/v1/notices/1/merge", json!({"into": "nonsense"})).await.is(422);
});
