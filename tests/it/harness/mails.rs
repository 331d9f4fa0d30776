//! The announcement of the main job, as a mail program would show it, and the ways in which people pass it on.
//!
//! Written for these tests from the public facts of 2024: the authority rds-ca-2019 of Amazon RDS expires on 22 August 2024.

use sha2::{Digest as _, Sha256};

/// What the provider wrote.
const BODY: &str = "\
Hello,

You are receiving this message because your AWS Account has one or more Amazon RDS or Amazon Aurora database instances \
that use the certificate authority rds-ca-2019. The rds-ca-2019 certificate authority expires on August 22, 2024.

If your applications connect with TLS and verify the server's certificate, connections will fail after this date unless \
you trust a new certificate authority and rotate the certificates of your instances before.

Affected resources in account 123456789012, region us-east-1:
arn:aws:rds:us-east-1:123456789012:db:orders-primary
arn:aws:rds:us-east-1:123456789012:db:orders-replica
arn:aws:rds:us-east-1:123456789012:db:ledger-primary

Sincerely,
Amazon Web Services
";

const SUBJECT: &str =
    "[Action Required] Amazon RDS: rotate certificates signed by rds-ca-2019 [AWS Account: 123456789012]";
const ID: &str = "0100018c-rds-ca-2019@email.amazonses.example";

fn headers(subject: &str, id: &str, date: &str) -> String {
    format!(
        "From: \"Amazon Web Services, Inc.\" <no-reply-aws@amazon.com>\r\nTo: dba@house.example\r\nSubject: {subject}\r\n\
         Date: {date}\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    )
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

const SENT: &str = "Sat, 01 Jun 2024 07:10:00 +0000";

/// As the provider sent it.
pub fn original() -> String {
    format!("{}\r\n{}", headers(SUBJECT, ID, SENT), crlf(BODY))
}

/// As a mail server's redirect passes it on: the same mail with another hop in front.
pub fn redirected() -> String {
    format!(
        "Received: from mx.house.example by countersign.house.example; Sat, 01 Jun 2024 07:20:00 +0000\r\n\
         Resent-From: dba@house.example\r\nResent-To: notices@house.example\r\n{}",
        original()
    )
}

/// One of many events, each announced by two messages: as the provider sent it, and redirected by somebody. Larger by so many
/// bytes that no database can press together.
pub fn of_many(number: usize, larger: usize) -> String {
    let (event, mail) = (number / 2, if number.is_multiple_of(2) { original() } else { redirected() });
    let mail = mail.replace("orders", &format!("orders{event:06}")).replace("ledger", &format!("ledger{event:06}"));
    let lines =
        (0..larger / 64).map(|line| format!(" {}\r\n", hex::encode(Sha256::digest(format!("{number} {line}")))));
    let padding: String = lines.collect();
    let padding = if padding.is_empty() { padding } else { format!("X-Padding:{padding}") };
    padding + &mail.replace(ID, &format!("{event:06}{ID}"))
}

/// As Gmail forwards it inline.
pub fn inline(from: &str) -> String {
    let quoted = format!(
        "FYI, this one is ours.\n\n---------- Forwarded message ---------\nFrom: Amazon Web Services, Inc. \
         <no-reply-aws@amazon.com>\nDate: Sat, Jun 1, 2024 at 7:10 AM\nSubject: {SUBJECT}\nTo: <dba@house.example>\n\n\n{BODY}"
    );
    format!(
        "From: {from}\r\nTo: notices@house.example\r\nSubject: Fwd: {SUBJECT}\r\nDate: Sat, 01 Jun 2024 07:40:00 +0000\r\n\
         Message-ID: <inline-1@mail.house.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}",
        crlf(&quoted)
    )
}

/// As Outlook forwards it when asked to attach.
pub fn attached(from: &str) -> String {
    format!(
        "From: {from}\r\nTo: notices@house.example\r\nSubject: FW: {SUBJECT}\r\nDate: Sat, 01 Jun 2024 07:50:00 +0000\r\n\
         Message-ID: <attached-1@mail.house.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         See attached.\r\n\r\n--part\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n{}\r\n--part--\r\n",
        original()
    )
}

/// A later mail in the same thread that names an earlier date.
pub fn moved_forward() -> String {
    let body = BODY.replace("August 22, 2024", "August 1, 2024");
    let headers = headers(&format!("Update: {SUBJECT}"), "0100018d-update@email.amazonses.example", SENT);
    format!("{headers}In-Reply-To: <{ID}>\r\nReferences: <{ID}>\r\n\r\n{}", crlf(&body))
}
