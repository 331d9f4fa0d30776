//! What comes back to our mails: bounces, and people's answers.

use countersign::store::deliveries::state;
use countersign::store::intake;

use super::{asked, sender};
use crate::harness::sink::{Sink, Taken};

both!(a_mail_that_comes_back_is_a_failed_one_and_an_alarm_above, |house| async move {
    asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "reply_to = \"answers@house.example\"\n");
    sender.send_due().await.unwrap();
    let sent = sink.mails_to("alice@house.example").into_iter().find(|m| m.subject().starts_with("[N-1]")).unwrap();
    assert!(sent.header("Reply-To").contains("answers@house.example"), "answers go nowhere");
    let report = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.house.example\r\nTo: answers@house.example\r\nSubject: Undelivered\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n\
         Final-Recipient: rfc822; alice@house.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 no such mailbox\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         X-Countersign: {}\r\n\r\n--b--\r\n",
        sent.header("X-Countersign")
    );
    for _ in 0..2 {
        house.receives(report.clone()).await;
    }
    house.reads().await;
    let failed: Vec<_> = house.outbox().await.into_iter().filter(|d| d.state == state::FAILED).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].last_error.as_ref().is_some_and(|why| why.contains("no such mailbox")));
    sender.send_due().await.unwrap();
    let alarmed =
        |who: &str| sink.mails_to(who).iter().filter(|mail| mail.subject().contains("could not be delivered")).count();
    assert_eq!(
        (alarmed("bob@house.example"), alarmed("alice@house.example")),
        (1, 0),
        "the next level hears of it, once"
    );
    assert!(house.desk.case(countersign::desk::NoticeRef::Number(2)).await.is_err(), "a bounce opened a notice");
});

fn answer_to(mail: &Taken, from: &str) -> String {
    format!(
        "From: {from}\r\nTo: answers@house.example\r\nSubject: Re: {}\r\nMessage-ID: <reply@house.example>\r\n\
         In-Reply-To: {}\r\nReferences: {} {}\r\n\r\nThe replica is done, the primaries follow on Monday.\r\n\r\n\
         On Sat, 1 June 2024, Countersign wrote:\r\n> Your sign-off is asked for\r\n",
        mail.subject(),
        mail.header("Message-ID"),
        mail.header("References"),
        mail.header("Message-ID"),
    )
}

both!(a_proven_answer_is_a_comment_and_never_a_signature, |house| async move {
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    sender(&house, &sink, "").send_due().await.unwrap();
    let mail = sink.mails_to("bob@house.example").remove(0);
    let received = house.receives(answer_to(&mail, "Bob Ferrari <bob@house.example>")).await;
    house.reads().await;
    let case = house.notice(1).await;
    assert_eq!(case.comments.len(), 1, "{:?}", house.message(received).await.reason);
    assert_eq!(case.comments[0].by.0, crew.bob.0, "the comment is somebody else's");
    assert!(case.sign_offs.is_empty(), "a mail signed");
    let words = countersign::store::texts::of_stream(
        house.store().reader(),
        countersign::notice::chain::Stream::Notice(case.id),
    )
    .await
    .unwrap();
    assert_eq!(words[&case.comments[0].text.id].words(), "The replica is done, the primaries follow on Monday.");
});

both!(an_answer_that_nobody_proves_waits_for_a_person, |house| async move {
    asked(&house).await;
    let sink = Sink::open().await;
    sender(&house, &sink, "").send_due().await.unwrap();
    let mail = sink.mails_to("bob@house.example").remove(0);
    let mut forged = house.incoming(answer_to(&mail, "Bob Ferrari <bob@house.example>"));
    forged.authenticity = countersign::notice::fact::Authenticity::Unverified;
    let forged = house.desk.receive(forged).await.unwrap();
    let stranger = house.receives(answer_to(&mail, "Mallory <mallory@elsewhere.example>")).await;
    house.reads().await;
    for received in [forged, stranger] {
        let message = house.message(received).await;
        assert_eq!(message.state, intake::state::NEEDS_PERSON);
        assert!(message.reason.as_ref().is_some_and(|why| why.contains("not proven")), "{:?}", message.reason);
    }
    assert!(house.notice(1).await.comments.is_empty());
});
