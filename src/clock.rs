//! Time, ids and chance: the three inputs that would make a test differ from run to run.
//!
//! Owns business time ([`Clock`]), ids that carry it ([`Ids`]) and secrets ([`Entropy`]); the only module that may ask the
//! machine for the time. It must not know what the time is used for. Leases, sessions and tokens take [`machine_now`],
//! because a business clock that is set back must not bring an expired session to life.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

/// Now by the machine's own clock, in UTC, cut to microseconds. For leases, sessions and tokens only.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub fn machine_now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Business time: what notices, deadlines and reminders count by. Cheap to clone; all clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// The machine's time, moved by a fixed distance (nought for the machine's own).
    Running(TimeDelta),
    /// Stands still until it is told to move.
    Held(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's own time.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::Running(TimeDelta::zero()))
    }

    /// Begins at the given time now and runs on at normal speed (`--clock`).
    #[must_use]
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self(Kind::Running(start - machine_now()))
    }

    /// Stands at the given time until [`Clock::advance`] or [`Clock::set`] moves it.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Kind::Held(Arc::new(Mutex::new(at.trunc_subsecs(6)))))
    }

    /// Business time in UTC, cut to microseconds, which is what both databases and the record keep.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Kind::Running(distance) => machine_now() + *distance,
            Kind::Held(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Whether this clock tells another time than the machine's, which every page then says.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !matches!(&self.0, Kind::Running(distance) if distance.is_zero())
    }

    /// Whether it stands still until it is moved: then a step says nothing about the machine.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(&self.0, Kind::Held(_))
    }

    /// Moves a fixed clock on (or back, by a negative distance). A running clock cannot be moved and stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Held(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }

    /// Sets a fixed clock. A running clock cannot be set and stays as it is.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Kind::Held(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to.trunc_subsecs(6);
        }
    }
}

/// Reads what `--clock` takes: a date (`2024-06-01`, from its first instant in UTC) or an instant in RFC 3339.
///
/// # Errors
/// Says what was given and what is understood.
pub fn parse_start(written: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = written.parse::<NaiveDate>() {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(written).map(|at| at.to_utc()).map_err(|_| {
        format!("“{written}” is no time to start the clock at; write a date (2024-06-01) or an instant (2024-06-01T08:00:00Z)")
    })
}

/// Makes ids: UUID version 7 (RFC 9562) with business time in front, so that rows made together lie together. Ids made
/// by one process keep their order.
#[derive(Debug, Clone)]
pub struct Ids {
    clock: Clock,
    entropy: Entropy,
    /// The last (milliseconds << 12 | counter) that was given out.
    last: Arc<AtomicU64>,
}

impl Ids {
    #[must_use]
    pub fn new(clock: Clock, entropy: Entropy) -> Self {
        Self { clock, entropy, last: Arc::new(AtomicU64::new(0)) }
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        let counter = self.next_counter(millis << 12);
        let mut tail: [u8; 10] = self.entropy.bytes();
        // rand_a of the RFC: twelve bits that count up within a millisecond.
        tail[0] = (tail[0] & 0xf0) | u8::try_from((counter >> 8) & 0x0f).unwrap_or(0);
        tail[1] = u8::try_from(counter & 0xff).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(counter >> 12, &tail).into_uuid()
    }

    fn next_counter(&self, floor: u64) -> u64 {
        // A clock that is set back, or more than 4096 ids in one millisecond, runs ahead of the time and stays in order.
        let next = |last: u64| floor.max(last + 1);
        let before = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)))
            .unwrap_or_else(|last| last);
        next(before)
    }
}

/// Chance: the operating system's, or in tests a sequence from a seed.
#[derive(Debug, Clone)]
pub struct Entropy(Source);

#[derive(Debug, Clone)]
enum Source {
    System(SystemRandom),
    Seeded(Arc<Mutex<StdRng>>),
}

impl Entropy {
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System(SystemRandom::new()))
    }

    /// The same bytes for the same seed. Never for a running server: its secrets could be guessed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// # Panics
    /// When the operating system has no randomness to give; without it no secret is one.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System(random) => random.fill(&mut bytes).expect("the operating system gives randomness"),
            Source::Seeded(random) => random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A secret for a link, a cookie or a token: 256 bits in base64url without padding.
    #[must_use]
    pub fn secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(written: &str) -> DateTime<Utc> {
        parse_start(written).unwrap()
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told_and_for_all_its_clones() {
        let clock = Clock::fixed(at("2024-06-01"));
        let other = clock.clone();
        clock.advance(TimeDelta::days(3));
        assert_eq!(other.now(), at("2024-06-04"));
        other.set(at("2024-08-22T17:08:50Z"));
        assert_eq!(clock.now(), at("2024-08-22T17:08:50Z"));
    }

    #[test]
    fn a_clock_started_elsewhere_runs_on() {
        let clock = Clock::starting_at(at("2024-06-01"));
        assert!(clock.is_set());
        let (first, limit) = (clock.now(), at("2024-06-01T01:00:00Z"));
        assert!(first >= at("2024-06-01") && first < limit, "a clock started at 2024-06-01 said {first}");
        assert!(!Clock::system().is_set());
    }

    #[test]
    fn ids_keep_the_order_in_which_they_were_made() {
        let ids = Ids::new(Clock::fixed(at("2024-06-01")), Entropy::seeded(7));
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.id()).collect();
        assert!(made.is_sorted_by(|a, b| a < b), "ten thousand ids of one moment are not in order");
        assert_eq!(made[0].get_version_num(), 7);
    }

    #[test]
    fn a_time_that_cannot_be_read_is_told_with_what_can() {
        let told = parse_start("June 1st").unwrap_err();
        assert!(told.contains("June 1st") && told.contains("2024-06-01"), "{told}");
    }
}
