//! The use cases: what a door, a page or a program asks for, each done in one transaction.
//!
//! Loads, lets `notice` decide, and commits events, projections and deliveries together. Must not know HTTP, SMTP or SQL
//! beyond `store`, and holds no rule about gates: those are `notice`'s.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Notify;

use crate::clock::{Clock, Entropy, Ids};
use crate::notice::refusal::Refusal;
use crate::notice::stored::Unreadable;
use crate::reading;
use crate::store::{Store, is_away};

mod act;
mod alike;
mod announce;
mod by_hand;
mod channels;
mod erase;
mod evidence;
mod failed;
mod feeds;
mod file;
pub mod history;
pub mod house;
pub mod hub;
pub mod keyring;
mod learn;
mod letters;
mod look;
mod messages;
pub mod outward;
mod pages;
mod passed_over;
mod pile;
mod project;
pub mod providers;
mod pulse;
mod rebuild;
mod receipt;
mod receive;
mod reconcile;
mod refresh;
mod relay;
mod reread;
mod teach;
mod tick;
mod together;
pub(crate) mod transact;
mod worker;
mod world;

pub use act::{Asked, NoticeRef};
pub use channels::{CANARY, ChannelView, UPLOAD};
pub use evidence::{Attachments, EvidenceFile, PROBE_MEDIA, Probed, Upload};
pub use feeds::{FeedMade, FeedView};
pub use file::announces as opens;
pub use hub::{Change, Hub, Topic};
pub use keyring::Keyring;
pub use look::{
    Agenda, DeliveryPage, Facets, HorizonNotice, MessageDetail, NoticeDetail, NoticeListed, PersonWork, RecordPage,
    RecordPlace, SignedBy, Waits, Whose, sight_of,
};
pub use passed_over::Unfetched;
pub use receive::{Incoming, Received};
pub use reconcile::Instance;
pub use reread::{Difference, Reread};
pub use teach::{Named, ProfileDraft, profile_draft};
pub use tick::Ticked;
pub use worker::Reader;
pub use world::World;

/// Everything a use case needs. Cheap to clone; all clones are the same desk.
#[derive(Clone)]
pub struct Desk {
    pub store: Store,
    pub clock: Clock,
    pub ids: Ids,
    pub entropy: Entropy,
    pub keyring: Arc<Keyring>,
    /// Tells pages what changed.
    pub hub: Hub,
    /// Wakes the worker and the senders: a message was received or a delivery planned.
    pub wake: Arc<Notify>,
    pub settings: Arc<Settings>,
    /// Makes readings of messages.
    reader: Reader,
    /// People, calendars and procedures as last read.
    kept: world::Kept,
    last_beat: pulse::LastBeat,
    /// Weekly reports that this process knows to be planned.
    reported: outward::weekly::Reported,
    /// Messages that wait for their commit.
    inbox: receive::Inbox,
}

/// The few facts about the installation that use cases need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the installation is called on pages and in mails.
    pub installation: String,
    /// Where people's browsers reach it, without a slash at the end.
    pub public_url: String,
    /// Mails land in a folder, the clock may be set, and every page says so.
    pub local_mode: bool,
    /// How long an authentication counts as fresh for signing.
    pub fresh_for: TimeDelta,
    pub attachments: Attachments,
    /// So many times its longest silence lately, a channel may be silent.
    pub silence_factor: u32,
    /// A canary has to come back within so long.
    pub canary_within: TimeDelta,
    /// How long a worker may take for the messages that it has in hand, in machine time. Reading one takes milliseconds.
    pub reading_lease: TimeDelta,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            installation: "Countersign".to_owned(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            local_mode: true,
            fresh_for: TimeDelta::minutes(15),
            attachments: Attachments::default(),
            silence_factor: 2,
            canary_within: TimeDelta::minutes(60),
            reading_lease: TimeDelta::minutes(5),
        }
    }
}

/// Why a use case could not be done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error("there is no {what} “{id}”")]
    NotFound { what: &'static str, id: String },
    /// The request makes no sense as it is; `field` names what to mend.
    #[error("{message}")]
    Invalid { field: &'static str, message: String },
    /// Something else stands in the way, such as an address that another person has.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    /// The notice's own rules say no, with every reason.
    #[error("{0}")]
    Refused(Refusal),
    /// A newer version of the program wrote to this notice; it is shown and not changed.
    #[error("this notice can only be read here: {0}")]
    ReadOnly(Unreadable),
    #[error("the record of this notice does not begin as a notice's does; `countersign audit verify` says more")]
    Unopened,
    /// A row that no version of this program wrote. `countersign audit verify` says everything that is wrong.
    #[error("the record is damaged: {0}")]
    Damaged(String),
    #[error("the database refused: {0}")]
    Store(#[from] sea_orm::DbErr),
}

impl DeskError {
    /// Whether the database cannot work at the moment and the same will succeed once it is well again.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Store(error) if is_away(error))
    }
}

impl Desk {
    #[must_use]
    pub fn new(store: Store, clock: Clock, entropy: Entropy, keyring: Keyring, settings: Settings) -> Self {
        Self {
            store,
            ids: Ids::new(clock.clone(), entropy.clone()),
            clock,
            entropy,
            keyring: Arc::new(keyring),
            hub: Hub::default(),
            wake: Arc::new(Notify::new()),
            settings: Arc::new(settings),
            reader: Arc::new(|input| reading::read(input, &providers::installed())),
            kept: world::Kept::default(),
            last_beat: pulse::LastBeat::default(),
            reported: outward::weekly::Reported::default(),
            inbox: receive::Inbox::default(),
        }
    }

    /// The same desk with another reader: with providers of the installation's own, or one that a test makes fail.
    #[must_use]
    pub fn with_reader(self, reader: Reader) -> Self {
        Self { reader, ..self }
    }
}
