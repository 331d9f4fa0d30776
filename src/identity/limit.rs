//! How often a password may be tried, and a proof begun that is kept here meanwhile: counted in the database, so that all
//! replicas count together.
//!
//! What is limited is a source, and an account from a source, never an account alone: whoever guesses at somebody's
//! password from elsewhere cannot keep them out. Sessions that exist are never touched.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Identity, IdentityError, hash_of};
use crate::clock::machine_now;
use crate::store::proofs;

/// Failures older than this no longer count.
const WITHIN: TimeDelta = TimeDelta::minutes(15);
/// So many failures on one account from one source, then a wait.
const PER_ACCOUNT: usize = 5;
/// So many failures from one source on any accounts, then a wait. An office shares one address.
const PER_SOURCE: usize = 60;

/// What is begun counts for so long: about as long as it is kept.
const BEGUN_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// So many proofs may be begun from one source by people who are not signed in, an office among them.
pub(super) const BEGUN_FROM_ONE: usize = 100;
/// So many by one person who is. Counted apart: nobody but they themselves can use that up.
pub(super) const BEGUN_BY_ONE: usize = 30;

/// Where an attempt comes from, as far as it is counted: an IPv4 address, or an IPv6 network of 64 bits, since whoever has
/// one address of it has them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(String);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        })
    }
}

impl Source {
    /// What counts something else than failures from here.
    pub(super) fn subject(&self, what: &str) -> String {
        hash_of(&format!("{what} from {}", self.0))
    }

    /// The subjects that a failure counts against. Hashed: a table of who mistyped from where is nobody's business.
    fn subjects(&self, email: &str) -> [(String, usize); 2] {
        [
            (hash_of(&format!("account {email} from {}", self.0)), PER_ACCOUNT),
            (hash_of(&format!("source {}", self.0)), PER_SOURCE),
        ]
    }
}

impl Identity {
    /// Whether another attempt may be made now.
    pub(super) async fn may_try(&self, email: &str, source: &Source) -> Result<(), IdentityError> {
        let now = machine_now();
        for (subject, limit) in source.subjects(email) {
            let failed = proofs::failures_since(self.store.reader(), &subject, (now - WITHIN).into()).await?;
            let failed: Vec<_> = failed.into_iter().map(|at| at.utc()).collect();
            if let Some(wait) = wait(&failed, limit, now) {
                return Err(IdentityError::TooManyAttempts { wait });
            }
        }
        Ok(())
    }

    /// Counts that something was begun that is kept until it is finished or runs out, and whether that was too often.
    pub(super) async fn may_begin(&self, subject: String, most: usize) -> Result<(), IdentityError> {
        let now = machine_now();
        let begun = proofs::failures_since(self.store.reader(), &subject, (now - BEGUN_WITHIN).into()).await?;
        if let Some(first) = begun.first().filter(|_| begun.len() >= most) {
            let wait = (first.utc() + BEGUN_WITHIN - now).max(TimeDelta::seconds(1));
            return Err(IdentityError::TooManyAttempts { wait });
        }
        Ok(proofs::add_failures(self.store.writer(), vec![(self.ids.id(), subject)], now.into()).await?)
    }

    pub(super) async fn count_failure(&self, email: &str, source: &Source) -> Result<(), IdentityError> {
        let rows = source.subjects(email).into_iter().map(|(subject, _)| (self.ids.id(), subject)).collect();
        Ok(proofs::add_failures(self.store.writer(), rows, machine_now().into()).await?)
    }

    /// A success clears the account from this source, and not the source: else one own account would buy guesses at others.
    pub(super) async fn forget_failures(&self, email: &str, source: &Source) -> Result<(), IdentityError> {
        let [(account, _), _] = source.subjects(email);
        Ok(proofs::forget_failures(self.store.writer(), &account, (machine_now() - WITHIN * 4).into()).await?)
    }
}

/// How long to wait after these failures: nothing up to the limit, then 30 seconds from the last one, doubled with each
/// more, up to the whole of [`WITHIN`].
fn wait(failed: &[DateTime<Utc>], limit: usize, now: DateTime<Utc>) -> Option<TimeDelta> {
    let last = *failed.last()?;
    let over = failed.len().checked_sub(limit)?;
    let pause = TimeDelta::seconds(30 << over.min(5)).min(WITHIN);
    let left = last + pause - now;
    (left > TimeDelta::zero()).then(|| left.max(TimeDelta::seconds(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(at: &[i64]) -> Vec<DateTime<Utc>> {
        at.iter().map(|s| DateTime::from_timestamp(*s, 0).unwrap()).collect()
    }

    #[test]
    fn up_to_the_limit_nobody_waits_and_then_ever_longer() {
        let now = DateTime::from_timestamp(100, 0).unwrap();
        assert_eq!(wait(&[], 5, now), None);
        assert_eq!(wait(&seconds(&[100, 100, 100, 100]), 5, now), None);
        assert_eq!(wait(&seconds(&[100; 5]), 5, now), Some(TimeDelta::seconds(30)));
        assert_eq!(wait(&seconds(&[100; 6]), 5, now), Some(TimeDelta::seconds(60)));
        assert_eq!(wait(&seconds(&[100; 40]), 5, now), Some(WITHIN));
        assert_eq!(wait(&seconds(&[60; 5]), 5, now), None, "the wait is over after 30 seconds");
    }

    #[test]
    fn a_guesser_elsewhere_does_not_count_against_the_owner() {
        let guesser = Source::from("203.0.113.9".parse::<IpAddr>().unwrap());
        let owner = Source::from("198.51.100.4".parse::<IpAddr>().unwrap());
        let (theirs, mine) = (guesser.subjects("ada@example.com"), owner.subjects("ada@example.com"));
        assert!(
            theirs.iter().all(|(subject, _)| mine.iter().all(|(own, _)| own != subject)),
            "an attempt from elsewhere counts against the owner's own"
        );
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:203.0.113.9"), source("203.0.113.9"));
    }
}
