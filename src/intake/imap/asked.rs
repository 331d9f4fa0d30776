//! One command and all of its answer. The server's last word on it decides: a `NO` is no empty answer, and a connection
//! that ends in the middle has said nothing, least of all that a mail is gone.

use std::collections::BTreeSet;

use async_imap::error::Error;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, Status};

use super::connection::Connected;

/// What the server gives for one mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Mail(Vec<u8>),
    /// It is there, and its bytes are not.
    Empty,
    /// It is no longer in the mailbox.
    Gone,
}

/// Runs a command and shows each line of its answer to `hear`.
async fn ask(session: &mut Connected, command: &str, mut hear: impl FnMut(&Response<'_>) + Send) -> Result<(), Error> {
    let tag = session.run_command(command).await?;
    while let Some(answer) = session.read_response().await? {
        match answer.parsed() {
            Response::Done { tag: of, status, outcome } if *of == tag => {
                let said = || outcome.information.as_deref().unwrap_or("without a word").to_owned();
                return match status {
                    Status::Ok | Status::PreAuth => Ok(()),
                    Status::Bad => Err(Error::Bad(said())),
                    Status::No | Status::Bye => Err(Error::No(said())),
                };
            }
            other => hear(other),
        }
    }
    Err(Error::ConnectionLost)
}

/// The UIDs that a search finds, in order.
pub(super) async fn search(session: &mut Connected, wanted: &str) -> Result<BTreeSet<u32>, Error> {
    let mut found = BTreeSet::new();
    ask(session, &format!("UID SEARCH {wanted}"), |answer| {
        if let Response::MailboxData(MailboxDatum::Search(uids)) = answer {
            found.extend(uids);
        }
    })
    .await?;
    Ok(found)
}

/// How large a mail is; none where the server does not say.
pub(super) async fn size(session: &mut Connected, uid: u32) -> Result<Option<u32>, Error> {
    let mut found = None;
    let asked = ask(session, &format!("UID FETCH {uid} (UID RFC822.SIZE)"), |answer| {
        let Response::Fetch(_, attributes) = answer else { return };
        if uid_of(attributes) == Some(uid) {
            found = attributes.iter().find_map(|one| match one {
                AttributeValue::Rfc822Size(size) => Some(*size),
                _ => None,
            });
        }
    })
    .await;
    match asked {
        // Whether it hands out the mail itself is seen next.
        Ok(()) | Err(Error::No(_) | Error::Bad(_)) => Ok(found),
        Err(other) => Err(other),
    }
}

/// One whole mail, without marking it as seen.
pub(super) async fn mail(session: &mut Connected, uid: u32) -> Result<Found, Error> {
    let mut found = Found::Gone;
    ask(session, &format!("UID FETCH {uid} (UID BODY.PEEK[])"), |answer| {
        let Response::Fetch(_, attributes) = answer else { return };
        if uid_of(attributes) != Some(uid) {
            return;
        }
        for one in attributes {
            match one {
                AttributeValue::BodySection { section: None, data: Some(bytes), .. } => {
                    found = Found::Mail(bytes.to_vec());
                }
                AttributeValue::BodySection { section: None, data: None, .. } if found == Found::Gone => {
                    found = Found::Empty;
                }
                _ => {}
            }
        }
    })
    .await?;
    Ok(found)
}

/// Several UIDs as a command takes them.
pub(super) fn set(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|one| match one {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}
