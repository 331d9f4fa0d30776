//! Who is at the door, by address: how many connections each has, and how many mails each has sent in this minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// All peers of one door.
#[derive(Debug, Clone)]
pub struct Peers {
    known: Arc<Mutex<HashMap<IpAddr, Peer>>>,
    connections: usize,
    mails_per_minute: Option<u32>,
}

#[derive(Debug)]
struct Peer {
    connections: usize,
    minute: Instant,
    mails: u32,
}

/// One connection of a peer; it counts until it is dropped.
#[derive(Debug)]
pub struct Guest {
    peers: Peers,
    address: IpAddr,
}

impl Peers {
    #[must_use]
    pub fn new(connections: usize, mails_per_minute: Option<u32>) -> Self {
        Self { known: Arc::default(), connections, mails_per_minute }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Peer>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in, where its address has not too many already.
    #[must_use]
    pub fn enter(&self, address: IpAddr) -> Option<Guest> {
        let mut known = self.lock();
        let peer = known.entry(address).or_insert_with(|| Peer { connections: 0, minute: Instant::now(), mails: 0 });
        if peer.connections >= self.connections {
            return None;
        }
        peer.connections += 1;
        Some(Guest { peers: self.clone(), address })
    }
}

impl Guest {
    /// Counts one mail; false where this address has sent its share of the minute.
    #[must_use]
    pub fn may_deliver(&self) -> bool {
        let Some(most) = self.peers.mails_per_minute else { return true };
        let mut known = self.peers.lock();
        let Some(peer) = known.get_mut(&self.address) else { return true };
        if peer.minute.elapsed() >= MINUTE {
            (peer.minute, peer.mails) = (Instant::now(), 0);
        }
        peer.mails = peer.mails.saturating_add(1);
        peer.mails <= most
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut known = self.peers.lock();
        if let Some(peer) = known.get_mut(&self.address) {
            peer.connections -= 1;
        }
        // Whoever left is forgotten a minute later, when the next one leaves: a sender that comes anew for each mail is
        // still counted, and the table does not grow with every address that ever came.
        known.retain(|_, peer| peer.connections > 0 || peer.minute.elapsed() < MINUTE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn one_address_cannot_take_all_places() {
        let peers = Peers::new(2, None);
        let (first, _second) = (peers.enter(ONE).unwrap(), peers.enter(ONE).unwrap());
        assert!(peers.enter(ONE).is_none(), "a third connection was let in");
        assert!(peers.enter(OTHER).is_some(), "somebody else was kept out");
        drop(first);
        assert!(peers.enter(ONE).is_some(), "a place that was given back stays taken");
    }

    #[test]
    fn a_sender_that_comes_anew_for_each_mail_is_counted_all_the_same() {
        let peers = Peers::new(10, Some(3));
        let taken = (0..5).filter(|_| peers.enter(ONE).unwrap().may_deliver()).count();
        assert_eq!(taken, 3);
        assert!(peers.enter(OTHER).unwrap().may_deliver());
    }
}
