//! The bytes between DATA and the lone dot (RFC 5321, 4.5.2).
//!
//! Only CR LF, dot, CR LF ends a mail. A bare LF or CR around a dot does not, and a dot is only unstuffed after CR LF:
//! reading those more freely than the sender did is what let mails be smuggled inside mails (CVE-2023-51764 to 51766).
//! Bare LF and CR within a mail are kept as they came: we pass nothing on, and what a provider's odd software sends must
//! still reach a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use memchr::memchr;

/// What all connections together hold of unfinished mails, so that many large ones at once cannot exhaust the memory.
#[derive(Debug, Clone)]
pub struct Held {
    bytes: Arc<AtomicUsize>,
    limit: usize,
}

impl Held {
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { bytes: Arc::default(), limit }
    }

    /// Bytes held now.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    fn take(&self, more: usize) -> bool {
        self.bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                held.checked_add(more).filter(|sum| *sum <= self.limit)
            })
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A finished mail's bytes, counted as held until they are dropped.
#[derive(Debug)]
pub struct Raw {
    bytes: Vec<u8>,
    counted: usize,
    held: Held,
}

impl Raw {
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Hands the bytes out; they go on counting as held until this is dropped.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.held.give_back(self.counted);
    }
}

/// What the bytes so far have come to.
#[derive(Debug)]
pub enum Progress {
    More,
    Done(Result<Raw, Spoiled>),
    /// The sender goes on and on beyond what was already too much; there is no end worth waiting for.
    Hopeless,
}

/// Why a mail was read to its end and yet not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoiled {
    /// Larger than one mail may be.
    TooLarge,
    /// All connections together hold too much at the moment.
    TooBusy,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    LineStart,
    Dot,
    DotCr,
    Cr,
    Within,
}

/// Takes the bytes of one mail in pieces of any size.
#[derive(Debug)]
pub struct Receiver {
    place: Place,
    raw: Raw,
    limit: usize,
    spoiled: Option<Spoiled>,
    dropped: usize,
}

impl Receiver {
    #[must_use]
    pub fn new(limit: usize, held: Held) -> Self {
        Self {
            place: Place::LineStart,
            raw: Raw { bytes: Vec::new(), counted: 0, held },
            limit,
            spoiled: None,
            dropped: 0,
        }
    }

    /// Reads from the front of `input` up to the end of the mail or of the input.
    pub fn take(&mut self, input: &mut &[u8]) -> Progress {
        while let Some((&byte, rest)) = input.split_first() {
            match self.place {
                Place::Within => {
                    let until = memchr(b'\r', input).map_or(input.len(), |at| at + 1);
                    let (chunk, rest) = input.split_at(until);
                    self.keep(chunk);
                    *input = rest;
                    if chunk.last() == Some(&b'\r') {
                        self.place = Place::Cr;
                    }
                    continue;
                }
                Place::LineStart if byte == b'.' => self.place = Place::Dot,
                Place::Dot if byte == b'\r' => self.place = Place::DotCr,
                Place::DotCr if byte == b'\n' => {
                    *input = rest;
                    return Progress::Done(self.finish());
                }
                Place::DotCr => {
                    // ".\r" and then something else: the dot was stuffing, the CR is content.
                    self.keep(b"\r");
                    self.place = Place::Cr;
                    continue;
                }
                Place::LineStart | Place::Dot | Place::Cr => {
                    self.keep(&[byte]);
                    self.place = match (self.place, byte) {
                        (Place::Cr, b'\n') => Place::LineStart,
                        (_, b'\r') => Place::Cr,
                        _ => Place::Within,
                    };
                }
            }
            *input = rest;
        }
        if self.dropped > self.limit.saturating_mul(2) { Progress::Hopeless } else { Progress::More }
    }

    fn keep(&mut self, chunk: &[u8]) {
        if self.spoiled.is_none() {
            if self.raw.bytes.len() + chunk.len() > self.limit {
                self.spoil(Spoiled::TooLarge);
            } else if !self.raw.held.take(chunk.len()) {
                self.spoil(Spoiled::TooBusy);
            }
        }
        if self.spoiled.is_some() {
            self.dropped += chunk.len();
        } else {
            self.raw.bytes.extend_from_slice(chunk);
            self.raw.counted += chunk.len();
        }
    }

    fn spoil(&mut self, why: Spoiled) {
        self.spoiled = Some(why);
        self.raw.held.give_back(std::mem::take(&mut self.raw.counted));
        self.raw.bytes = Vec::new();
    }

    fn finish(&mut self) -> Result<Raw, Spoiled> {
        let held = self.raw.held.clone();
        let raw = std::mem::replace(&mut self.raw, Raw { bytes: Vec::new(), counted: 0, held });
        self.spoiled.map_or(Ok(raw), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `wire` in pieces of `size` bytes; gives the mail and what was left unread.
    fn receive(wire: &[u8], size: usize) -> (Option<Vec<u8>>, usize) {
        let mut receiver = Receiver::new(1000, Held::new(1000));
        let mut unread = wire.len();
        for piece in wire.chunks(size) {
            let mut input = piece;
            let progress = receiver.take(&mut input);
            unread -= piece.len() - input.len();
            if let Progress::Done(raw) = progress {
                return (Some(raw.unwrap().bytes().to_vec()), unread);
            }
        }
        (None, unread)
    }

    fn each_piece_size(wire: &[u8], expected: Option<&[u8]>) {
        for size in 1..=wire.len() {
            let (got, _) = receive(wire, size);
            assert_eq!(got.as_deref(), expected, "{:?} in pieces of {size}", String::from_utf8_lossy(wire));
        }
    }

    #[test]
    fn a_mail_ends_at_the_lone_dot_and_stuffed_dots_lose_one() {
        each_piece_size(b"a\r\n..b\r\n.c\r\n.\r\n", Some(b"a\r\n.b\r\nc\r\n"));
        each_piece_size(b".\r\n", Some(b""));
        each_piece_size(b"....\r\n.\r\n", Some(b"...\r\n"));
    }

    #[test]
    fn what_follows_the_end_is_left_unread() {
        let (mail, unread) = receive(b"a\r\n.\r\nQUIT\r\n", 100);
        assert_eq!((mail.unwrap(), unread), (b"a\r\n".to_vec(), 6));
    }

    #[test]
    fn no_other_line_ending_around_the_dot_ends_a_mail() {
        for smuggled in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\n\x00.\r\n"] {
            let wire = format!("a{smuggled}MAIL FROM:<x@example.com>\r\n.\r\n");
            for size in 1..=wire.len() {
                let (mail, unread) = receive(wire.as_bytes(), size);
                let mail = mail.expect("the mail ends at its true end");
                assert!(
                    String::from_utf8_lossy(&mail).contains("MAIL FROM") && unread == 0,
                    "{smuggled:?} in pieces of {size} split the mail in two"
                );
            }
        }
    }

    #[test]
    fn bare_line_feeds_and_nul_bytes_are_kept_as_they_came() {
        each_piece_size(b"a\nb\0c\rd\n\r\n.\r\n", Some(b"a\nb\0c\rd\n\r\n"));
    }

    #[test]
    fn too_large_a_mail_is_read_to_its_end_without_being_held() {
        let held = Held::new(1 << 20);
        let mut receiver = Receiver::new(10, held.clone());
        assert!(matches!(receiver.take(&mut &b"0123456789abc"[..]), Progress::More));
        assert_eq!(held.bytes(), 0, "a spoiled mail still holds memory");
        assert!(matches!(receiver.take(&mut &b"\r\n.\r\n"[..]), Progress::Done(Err(Spoiled::TooLarge))));
    }

    #[test]
    fn a_sender_without_end_is_given_up() {
        let mut receiver = Receiver::new(10, Held::new(100));
        assert!(matches!(receiver.take(&mut &[b'x'; 40][..]), Progress::Hopeless));
    }

    #[test]
    fn all_connections_share_one_allowance_and_give_it_back() {
        let held = Held::new(8);
        let mut first = Receiver::new(100, held.clone());
        let mut second = Receiver::new(100, held.clone());
        first.take(&mut &b"123456"[..]);
        second.take(&mut &b"123"[..]);
        assert!(matches!(second.take(&mut &b"\r\n.\r\n"[..]), Progress::Done(Err(Spoiled::TooBusy))));
        let Progress::Done(Ok(mail)) = first.take(&mut &b"\r\n.\r\n"[..]) else { panic!("the first mail fits") };
        assert_eq!(held.bytes(), 8);
        drop(mail);
        assert_eq!(held.bytes(), 0);
    }
}
