//! Correlation seen from outside: one mail by four ways has one key, and the order of arrival decides nothing.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{Known, reading_of};

const HEAD: &str = "From: Acme NOC <noc@acme.example>\r\nTo: ops@example.org\r\nDate: Tue, 5 May 2026 10:00:00 +0200\r\nMessage-ID: <n1@acme.example>\r\n";
const SUBJECT: &str = "Planned maintenance AB-7731";
const BODY: &str = "Dear customer,\r\n\r\nwe will replace a line card in Frankfurt. The circuit AB-7731 is down for up to\r\n20 minutes between 12 May 2026 22:00 UTC and 13 May 2026 04:00 UTC.\r\n\r\nPlease plan for it.\r\n";

fn as_it_came() -> String {
    format!("{HEAD}Subject: {SUBJECT}\r\n\r\n{BODY}")
}

fn redirected() -> String {
    format!("Resent-From: ada@example.org\r\nResent-Date: Tue, 5 May 2026 11:00:00 +0200\r\n{}", as_it_came())
}

fn attached() -> String {
    format!(
        "From: Ada <ada@example.org>\r\nSubject: Fwd: {SUBJECT}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlease see.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{}\r\n--b--\r\n",
        as_it_came()
    )
}

fn inline() -> String {
    format!(
        "From: Ada <ada@example.org>\r\nSubject: Fwd: {SUBJECT}\r\nDate: Tue, 5 May 2026 11:00:00 +0200\r\n\r\nPlease see.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Acme NOC <noc@acme.example>\r\nDate: Tue, May 5, 2026 at 10:00 AM\r\nSubject: {SUBJECT}\r\nTo: <ops@example.org>\r\n\r\n{BODY}"
    )
}

fn keys(mail: &str) -> BTreeSet<String> {
    let reading = reading_of(mail.as_bytes(), &Known::default());
    assert_eq!(reading.notices.len(), 1, "one announcement in {mail}");
    reading.notices[0].correlation.keys.iter().cloned().collect()
}

#[test]
fn one_mail_by_four_ways_shares_a_key() {
    let came = keys(&as_it_came());
    let text: Vec<&String> = came.iter().filter(|k| k.starts_with("text:")).collect();
    assert_eq!(text.len(), 1, "{came:?}");
    for (way, mail) in [("redirected", redirected()), ("attached", attached()), ("inline", inline())] {
        let found = keys(&mail);
        assert!(found.contains(text[0]), "{way}: {found:?} lacks {text:?}");
    }
    assert!(keys(&attached()).contains("message-id:<n1@acme.example>"));
}

#[test]
fn the_forwarder_is_told_from_the_sender() {
    for (way, mail, by) in [
        ("attached", attached(), "Ada <ada@example.org>"),
        ("inline", inline(), "Ada <ada@example.org>"),
        ("redirected", redirected(), "ada@example.org"),
    ] {
        let reading = reading_of(mail.as_bytes(), &Known::default());
        let original = reading.original.expect("every mail has an original");
        assert_eq!(original.from.as_deref(), Some("Acme NOC <noc@acme.example>"), "{way}");
        assert_eq!(original.subject.as_deref(), Some(SUBJECT), "{way}");
        assert_eq!(reading.forwarded_by.as_deref(), Some(by), "{way}");
        if way != "redirected" {
            assert_eq!(reading.remark.as_deref(), Some("Please see."), "{way}");
        }
    }
}

/// Joins messages into notices as they arrive: a message belongs to each notice that shares a key with it, and joins
/// those to one.
fn notices(arriving: &[BTreeSet<String>]) -> BTreeSet<BTreeSet<String>> {
    let mut notices: Vec<BTreeSet<String>> = Vec::new();
    for keys in arriving {
        let (mut joined, apart): (Vec<_>, Vec<_>) = notices.into_iter().partition(|n| !n.is_disjoint(keys));
        joined.push(keys.clone());
        notices = apart;
        notices.push(joined.into_iter().flatten().collect());
    }
    notices.into_iter().collect()
}

/// Mails of three events: an announcement, answers in its thread, a forward of one of them, a ticket's reminder.
fn mails() -> Vec<String> {
    let mut mails = Vec::new();
    for event in 1..=3 {
        let head = |id: &str, extra: &str| {
            format!(
                "From: Acme NOC <noc@acme.example>\r\nDate: Tue, {event} Sep 2026 10:00:00 +0000\r\nMessage-ID: <{id}{event}@acme.example>\r\n{extra}Subject: Works on ring {event}\r\n\r\n"
            )
        };
        let body = |what: &str| {
            format!(
                "{what} Ticket: CHG-77{event}\r\nOn {event} September 2026 from 22:00 UTC to 23:00 UTC the circuit AB-77{event} is without light for some minutes.\r\n"
            )
        };
        mails.push(format!("{}{}", head("a", ""), body("First notice.")));
        mails.push(format!("{}{}", head("b", &format!("In-Reply-To: <a{event}@acme.example>\r\n")), body("Reminder.")));
        mails.push(format!(
            "{}{}",
            head("c", &format!("References: <a{event}@acme.example> <b{event}@acme.example>\r\n")),
            body("The work begins.")
        ));
    }
    mails
}

proptest! {
    #[test]
    fn the_order_of_arrival_decides_nothing(order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let keys: Vec<BTreeSet<String>> = mails().iter().map(|m| keys(m)).collect();
        let in_order = notices(&keys);
        prop_assert_eq!(in_order.len(), 3, "three events are three notices: {:?}", in_order);
        let shuffled: Vec<BTreeSet<String>> = order.iter().map(|i| keys[*i].clone()).collect();
        prop_assert_eq!(notices(&shuffled), in_order);
    }
}
