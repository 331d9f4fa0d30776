//! Nothing that a machine sends back opens a notice, answers one, or is answered: bounces, auto-replies, our own mails however
//! they come home, and what mailing lists make of them.

use countersign::desk::NoticeRef;
use countersign::notice::Case;
use countersign::store::deliveries::state as delivery;
use countersign::store::intake::state;

use super::{asked, sender};
use crate::harness::House;
use crate::harness::sink::{Sink, Taken};

/// A reminder as it left the house.
async fn reminder(house: &House) -> (Sink, Taken) {
    let sink = Sink::open().await;
    sender(house, &sink, "reply_to = \"answers@house.example\"\n").send_due().await.unwrap();
    let sent = sink.mails_to("alice@house.example").into_iter().find(|mail| mail.subject().starts_with("[N-1]"));
    (sink, sent.expect("Alice is asked"))
}

fn text(mail: &Taken) -> String {
    String::from_utf8(mail.raw.clone()).expect("our mails are ASCII")
}

/// What a notice's record holds, and how many mails were planned: neither may change.
async fn counts(house: &House) -> (Case, usize) {
    (house.notice(1).await, house.outbox().await.len())
}

/// Receives a mail and shows that it is settled without anything having come of it.
async fn comes_to_nothing(house: &House, what: &str, mail: String) {
    let (before, mails) = counts(house).await;
    let received = house.receives(mail).await;
    house.reads().await;
    let message = house.message(received).await;
    assert_eq!(message.state, state::AUTOMATIC, "{what}: {:?}", message.reason);
    let (after, now) = counts(house).await;
    assert_eq!(after.comments.len(), before.comments.len(), "{what} answered the notice");
    assert_eq!(now, mails, "{what} was answered, or had somebody told");
    assert!(house.desk.case(NoticeRef::Number(2)).await.is_err(), "{what} opened a notice");
}

/// As Gmail's program forwards a mail inline, with the sender that it writes.
fn inline_forward(mail: &Taken, quoted_from: &str, mark: &str) -> String {
    let quoted: String = mail.text().lines().map(|line| format!("{mark}{line}\r\n")).collect();
    format!(
        "From: Bob Ferrari <bob@house.example>\r\nTo: notices@house.example\r\nSubject: Fwd: {}\r\n\
         Message-ID: <forward-{}@house.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Please have a look.\r\n\r\n---------- Forwarded message ---------\r\nFrom: {quoted_from}\r\n\
         Date: Sat, Jun 1, 2024 at 8:00 AM\r\nSubject: {}\r\nTo: <alice@house.example>\r\n\r\n\r\n{quoted}",
        mail.subject(),
        mark.len() + quoted_from.len(),
        mail.subject(),
    )
}

both!(our_own_mails_come_to_nothing_however_they_come_home, |house| async move {
    asked(&house).await;
    let (_sink, sent) = reminder(&house).await;
    comes_to_nothing(&house, "our own mail", text(&sent)).await;
    let bare: String = text(&sent).split_inclusive("\r\n").filter(|line| !line.starts_with("X-Countersign")).collect();
    let list = format!(
        "Return-Path: <ops-bounces@lists.house.example>\r\nList-Id: <ops.lists.house.example>\r\nPrecedence: list\r\n{}",
        bare.replacen("Subject: ", "Subject: [ops] ", 1)
    );
    comes_to_nothing(&house, "a mailing list's echo", list).await;
    let attached = format!(
        "From: Bob Ferrari <bob@house.example>\r\nTo: notices@house.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: text/plain\r\n\r\nLook.\r\n\
         --outer\r\nContent-Type: message/rfc822\r\n\r\n{bare}\r\n--outer--\r\n"
    );
    comes_to_nothing(&house, "our own mail, attached", attached).await;
    for (what, from, mark) in [
        ("our own mail, forwarded inline", "Countersign <cs@house.example>", ""),
        ("the same where the sender's address is left out", "Countersign", ""),
        ("the same with marks before each line", "Countersign <cs@house.example>", "> "),
    ] {
        comes_to_nothing(&house, what, inline_forward(&sent, from, mark)).await;
    }
});

both!(answers_of_machines_come_to_nothing_however_they_say_so, |house| async move {
    asked(&house).await;
    let (_sink, sent) = reminder(&house).await;
    for (what, head) in [
        ("Auto-Submitted", "Subject: Re: sign-off\r\nAuto-Submitted: auto-replied"),
        ("Auto-Submitted with a comment", "Subject: x\r\nAuto-Submitted: auto-replied (vacation)"),
        ("X-Autoreply", "Subject: Away\r\nX-Autoreply: yes"),
        ("X-Autorespond", "Subject: Away\r\nX-Autorespond: sign-off"),
        ("Precedence", "Subject: Away\r\nPrecedence: auto_reply"),
        ("the null sender", "Return-Path: <>\r\nSubject: Away"),
        ("an English subject", "Subject: Automatic reply: [N-1] sign-off"),
        ("an absence in German", "Subject: Abwesenheitsnotiz: [N-1]"),
        ("an absence in French", "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_[N-1]?="),
    ] {
        // Known, proven, and in the thread of our mail: only that it is a machine's keeps it from being a comment.
        let mail = format!(
            "From: Bob Ferrari <bob@house.example>\r\nTo: answers@house.example\r\nMessage-ID: <{}@house.example>\r\n\
             In-Reply-To: {}\r\nReferences: {}\r\n{head}\r\n\r\nI am away until 22 August 2024. Your certificate expires then.\r\n",
            what.replace(' ', "-"),
            sent.header("Message-ID"),
            sent.header("Message-ID"),
        );
        comes_to_nothing(&house, what, mail).await;
    }
});

both!(a_bounce_that_lost_our_field_is_tied_to_its_delivery_by_the_message_id, |house| async move {
    asked(&house).await;
    let (_sink, sent) = reminder(&house).await;
    // As older servers write them: no report in parts, only words and the head of what came back.
    let bounce = format!(
        "Return-Path: <>\r\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.house.example>\r\nTo: answers@house.example\r\n\
         Subject: Returned mail: User unknown\r\n\r\nThis mail could not be delivered.\r\n\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 no such mailbox\r\n\r\n--- The mail's head:\r\nMessage-ID: {}\r\nSubject: {}\r\n",
        sent.header("Message-ID"),
        sent.subject(),
    );
    let received = house.receives(bounce).await;
    house.reads().await;
    assert_eq!(house.message(received).await.state, state::AUTOMATIC);
    let id: uuid::Uuid = sent.header("X-Countersign").parse().unwrap();
    let all = house.outbox().await;
    let failed = all.iter().find(|one| one.id == id).expect("the delivery");
    assert_eq!(failed.state, delivery::FAILED, "{:?}", failed.last_error);
    assert!(all.iter().any(|one| one.template == "alarm"), "nobody was told that the reminder came back");
    assert!(house.desk.case(NoticeRef::Number(2)).await.is_err(), "a bounce opened a notice");
});
