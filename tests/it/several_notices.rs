//! What concerns several notices at once, and a page that was looked at too long.

use countersign::desk::{Asked, DeskError, NoticeRef};
use countersign::notice::Life;
use countersign::notice::command::Command;
use countersign::notice::event::Verdict;
use countersign::notice::procedure::Gate;

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
    assert_eq!(house.notice(1).await.messages.len(), 2, "a later mail went to the notice that is gone");
    let crosswise = house.desk.merge(crew.bob.actor(), first, second).await;
    assert!(matches!(crosswise, Err(DeskError::Refused(_))), "{crosswise:?}");
    assert_eq!(house.notice(2).await.absorbed, [], "a refused merge left its mark on the other notice");
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
