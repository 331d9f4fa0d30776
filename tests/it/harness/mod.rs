//! The vocabulary of the journeys: a house with a clock, people who sign, mails that arrive and mails that go out.
//!
//! Owns how a test gets its own database on either kind. Holds no expectation about the product.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

pub mod amazon;
mod browser;
mod database;
pub mod door;
pub mod dovecot;
mod house;
pub mod imap;
pub mod mails;
pub mod moto;
mod openid;
pub mod outlook;
mod people;
pub mod postfix;
pub mod postgres;
mod program;
pub mod programs;
pub mod sink;

pub use browser::*;
pub use database::{Fresh, Kind, fresh, fresh_on};
pub use house::*;
pub use openid::OpenId;
pub use people::{Crew, Person};
pub use program::Program;

/// How much of something a test does: few in `make test`, the issue's number in `make soak`.
pub fn soak(few: usize, many: usize) -> usize {
    if std::env::var_os("COUNTERSIGN_SOAK").is_some() { many } else { few }
}

/// Waits until something holds, however slow the machine is. Fails after minutes, saying what was waited for.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let since = std::time::Instant::now();
    while !holds().await {
        assert!(since.elapsed() < std::time::Duration::from_secs(240), "waited four minutes in vain: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Chance that can be had again: the seed to print, and what it makes.
pub fn chance() -> (u64, StdRng) {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_240_822);
    (seed, StdRng::seed_from_u64(seed))
}

/// Makes one test of a journey on SQLite and one on PostgreSQL. The body gets a [`House`] with an empty database.
///
/// ```ignore
/// both!(a_mail_is_kept, |house| async move { … });
/// ```
macro_rules! both {
    ($(#[$meta:meta])* $name:ident, |$house:ident| $body:expr) => {
        $(#[$meta])*
        async fn $name($house: $crate::harness::House) {
            $body.await;
        }

        mod $name {
            use $crate::harness::{House, Kind};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(House::build(Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name(House::build(Kind::Postgres).await).await;
            }
        }
    };
}
