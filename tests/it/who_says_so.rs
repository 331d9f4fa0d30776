//! Who says so, as people see it on the notice: what the door found, and what the reader doubts.

use countersign::desk::Incoming;
use countersign::notice::fact::Authenticity;

use crate::harness::mails;

both!(a_look_alike_in_an_inline_forward_is_told_as_doubtful_whoever_forwards_it, |house| async move {
    let ada = house.set_up("many").await;
    let forward =
        mails::inline("Ada Lovelace <ada@house.example>").replace("no-reply-aws@amazon.com", "no-reply@arnazon.com");
    let vouched = Incoming {
        authenticity: Authenticity::Vouched,
        authenticity_reason: "Forwarded by ada@house.example, whose own mail authenticates.".to_owned(),
        ..house.incoming(forward)
    };
    house.desk.receive(vouched).await.unwrap();
    house.reads().await;
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!(notice["authenticity"], "unverified", "{notice}");
    let reason = notice["authenticity_reason"].as_str().unwrap();
    for words in ["arnazon.com looks like amazon.com", "Amazon Web Services", "whose own mail authenticates"] {
        assert!(reason.contains(words), "{reason}");
    }
    let receipt =
        house.outbox().await.into_iter().find(|mail| mail.template == "receipt").expect("Ada gets her answer");
    assert!(receipt.data.contains("looks like amazon.com"), "the answer to the forward keeps the doubt to itself");
    // What it says by the real name is another matter, and joins nothing here.
    house.receives(mails::original()).await;
    house.reads().await;
    let shown = ada.get("/api/v1/notices?limit=10").await.is(200);
    let trusted = shown["items"].as_array().unwrap().iter().any(|one| one["authenticity"] == "verified");
    assert!(trusted, "the genuine mail is doubted as well: {shown}");
});

both!(the_reason_for_each_verdict_is_shown_on_the_notice, |house| async move {
    let ada = house.set_up("many").await;
    let reasons = [
        (Authenticity::Verified, "Signed by amazon.com, a domain of Amazon Web Services (DKIM)."),
        (Authenticity::Vouched, "Was signed by amazon.com when lists.house.example received it (ARC)."),
        (Authenticity::Unverified, "Claims to come from amazon.com (Amazon Web Services), but it is not signed."),
        (Authenticity::Failed, "Claims to come from amazon.com, which asks that such mails be refused (DMARC)."),
    ];
    for (number, (authenticity, reason)) in reasons.into_iter().enumerate() {
        let mail = mails::of_many(2 * number, 0);
        let incoming =
            Incoming { authenticity, authenticity_reason: reason.to_owned(), ..house.incoming(mail.into_bytes()) };
        house.desk.receive(incoming).await.unwrap();
        house.reads().await;
        let notice = ada.get(&format!("/api/v1/notices/{}", number + 1)).await.is(200);
        assert_eq!(
            (&notice["authenticity"], &notice["authenticity_reason"]),
            (&authenticity.word().into(), &reason.into())
        );
    }
});
