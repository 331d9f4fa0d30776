//! Mails of ours that come back: a mail that bounced was not delivered, whatever the first server said.

use mail_parser::MessageParser;
use uuid::Uuid;

use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::store::deliveries::{self, Delivery, state};

/// What a report of a mail server says about a mail of ours (RFC 3464).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounce {
    /// As each mail of ours names its delivery in `X-Countersign`; none where the server that reports dropped that.
    delivery: Option<Uuid>,
    /// The Message-IDs of ours that stand in it, in angle brackets.
    ids: Vec<String>,
    /// What the server says, in one line.
    reason: String,
}

/// Reads a report that says for good that a mail of ours was not delivered. A delay is no bounce.
pub(crate) fn bounce(raw: &[u8]) -> Option<Bounce> {
    let text = whole_text(raw);
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let delivery = field("X-Countersign").and_then(|named| named.parse().ok());
    let ids = own_ids(&text);
    if delivery.is_none() && ids.is_empty() {
        return None;
    }
    let status = field("Status").unwrap_or_default();
    // The action decides (RFC 3464, 2.3.3): a server may well say 5.x.x of what it will try again.
    let failed =
        field("Action").map_or_else(|| status.starts_with('5'), |action| action.eq_ignore_ascii_case("failed"));
    if !failed {
        return None;
    }
    let said = field("Diagnostic-Code").unwrap_or_else(|| "the mailbox's server gave no reason".to_owned());
    let reason: String =
        format!("it came back: {status} {said}").chars().filter(|c| !c.is_control()).take(300).collect();
    Some(Bounce { delivery, ids, reason })
}

/// The Message-IDs of ours in a text. Of those that name a whole notice there is no delivery.
fn own_ids(text: &str) -> Vec<String> {
    let found = text.match_indices("<cs.").filter_map(|(at, _)| {
        let id = &text[at..=at + text[at..].find('>')?];
        (id.contains("@countersign.") && !id.contains(char::is_whitespace)).then(|| id.to_owned())
    });
    found.take(10).collect()
}

/// The report with its parts decoded: the status and the head of the mail that it is about stand in parts of their own.
fn whole_text(raw: &[u8]) -> String {
    let Some(mail) = MessageParser::default().parse(raw) else { return String::new() };
    let mut text = String::new();
    for part in &mail.parts {
        text.push('\n');
        match part.message() {
            Some(inner) => text.push_str(&String::from_utf8_lossy(inner.raw_message())),
            None => text.push_str(&String::from_utf8_lossy(part.contents())),
        }
    }
    text
}

impl Desk {
    /// Marks a delivery that came back as failed and raises the alarm, once.
    pub(crate) async fn bounced(&self, bounce: &Bounce) -> Result<(), DeskError> {
        let turned: Option<Delivery> = transact!(self, |txn| {
            let now = self.clock.now();
            let named = match bounce.delivery {
                Some(id) => Some(id),
                None => deliveries::by_message_id(txn, &bounce.ids).await?.first().map(|delivery| delivery.id),
            };
            let Some(id) = named else { return Ok(None) };
            let reason = Some(bounce.reason.as_str());
            let turned = deliveries::turn(txn, id, &[state::SENT], state::FAILED, reason, now).await?;
            Ok(if turned { deliveries::get_in(txn, id).await? } else { None })
        })?;
        match turned {
            Some(delivery) => {
                tracing::error!(delivery = %delivery.id, reason = %bounce.reason, "a mail came back");
                self.delivery_failed(&delivery, &bounce.reason).await
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\r\nTo: cs@house.example\r\n\
        Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
        Final-Recipient: rfc822; gone@house.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 no such mailbox\r\n\
        --b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: N-1\r\n\
        X-Countersign: 018fd118-97d2-7000-9164-af346c68194c\r\n--b--\r\n";

    #[test]
    fn a_report_of_failure_is_read_and_one_of_delay_is_not() {
        let found = bounce(REPORT.as_bytes()).expect("a bounce");
        assert_eq!(found.delivery, "018fd118-97d2-7000-9164-af346c68194c".parse().ok());
        assert!(found.reason.contains("5.1.1") && found.reason.contains("no such mailbox"), "{}", found.reason);
        let delayed = REPORT.replace("Action: failed", "Action: delayed").replace("Status: 5.1.1", "Status: 4.4.1");
        assert_eq!(bounce(delayed.as_bytes()), None);
        let foreign = REPORT.replace("X-Countersign", "X-Other");
        assert_eq!(bounce(foreign.as_bytes()), None, "a report about somebody else's mail");
        let bare = foreign.replace("X-Other: ", "Message-ID: <cs.0a1b@countersign.house.example>\r\nX-Other: ");
        let found = bounce(bare.as_bytes()).expect("its Message-ID is ours");
        assert_eq!((found.delivery, found.ids), (None, vec!["<cs.0a1b@countersign.house.example>".to_owned()]));
    }
}
