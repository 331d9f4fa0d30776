//! The pipe: one mail on standard input, as a mail server's delivery agent hands it over (`countersign ingest`).

use std::io::{self, Read};

use crate::desk::{Desk, DeskError, Incoming, Received};
use crate::notice::fact::Authenticity;

/// Keeps one message from a pipe. Its sender proved nothing to us: whoever piped it may have altered it.
///
/// # Errors
/// Where the database does not take it; the delivery agent shall try again later.
pub async fn keep(desk: &Desk, raw: Vec<u8>, from: Option<String>, to: Vec<String>) -> Result<Received, DeskError> {
    let incoming = Incoming {
        channel: "pipe".to_owned(),
        raw,
        media: None,
        envelope_from: from,
        envelope_to: to,
        authenticity: Authenticity::Unverified,
        authenticity_reason: "Came by a pipe, which proves no sender.".to_owned(),
        received_at: desk.clock.now(),
    };
    desk.receive(incoming).await
}

/// Reads at most `limit` bytes; none where there are more.
///
/// # Errors
/// Where the pipe breaks.
pub fn read_limited(source: impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    source.take(most.saturating_add(1)).read_to_end(&mut raw)?;
    Ok((raw.len() <= limit).then_some(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_one_mail_may_be() {
        assert_eq!(read_limited(&b"12345"[..], 5).unwrap().as_deref(), Some(&b"12345"[..]));
        assert_eq!(read_limited(io::repeat(b'x'), 1000).unwrap(), None);
    }
}
