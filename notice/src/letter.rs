//! What a mail says, as data: composed when a delivery is planned, rendered when it is sent.
//!
//! Owns the shape only. It must not know how a mail looks (that is `dispatch`'s templates) nor when one is owed (that is
//! the ladder's). Times are instants in UTC or dates as written; whoever renders shows them in the addressee's zone.
//! Letters hold names and sentences, so they live in rows that can be erased and never in the record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact::{Authenticity, Kind, When};

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    pub to: Addressee,
    /// The installation's name.
    pub installation: String,
    /// Where people reach the page, without a slash at the end.
    pub public_url: String,
    /// Where a reader who does not want mail of this sort says so; only for what is voluntary (RFC 8058).
    #[serde(default)]
    pub unsubscribe: Option<String>,
    pub body: Body,
}

impl Letter {
    /// The stable name of the template, as the deliveries table keeps it.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.body.template()
    }

    /// The notice that this is about, which makes the thread in a mailbox.
    #[must_use]
    pub const fn notice(&self) -> Option<&Brief> {
        match &self.body {
            Body::Assigned(ask)
            | Body::Reminder(ask)
            | Body::Overdue(ask)
            | Body::Escalated(ask)
            | Body::Stale(ask) => Some(&ask.notice),
            Body::Objected(news)
            | Body::Override(news)
            | Body::SecondPerson(news)
            | Body::Mentioned(news)
            | Body::Closed(news)
            | Body::Reopened(news) => Some(&news.notice),
            Body::Appointment(appointment) => Some(&appointment.notice),
            Body::Duty(_)
            | Body::Invitation(_)
            | Body::SignIn(_)
            | Body::Receipt(_)
            | Body::Digest(_)
            | Body::Report(_)
            | Body::Alarm(_)
            | Body::Canary(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    pub name: String,
    /// A zone of the tz database; an unknown one is shown in UTC.
    pub zone: String,
}

/// What is said. One variant, one template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "template")]
pub enum Body {
    /// Your sign-off is asked for.
    Assigned(Ask),
    /// It is still missing, and the date comes near.
    Reminder(Ask),
    /// Its date has passed.
    Overdue(Ask),
    /// Others have been silent, and now you are asked.
    Escalated(Ask),
    /// You had signed, and what you signed has changed.
    Stale(Ask),
    Objected(News),
    Override(News),
    /// A change for the worse, or an override, waits for a second person's word.
    SecondPerson(News),
    /// Somebody named you in a comment.
    Mentioned(News),
    Closed(News),
    Reopened(News),
    /// A turn on a rota is yours now, or no longer.
    Duty(Duty),
    Invitation(Invitation),
    /// A link that signs in, or a code that proves again who signs.
    SignIn(SignIn),
    /// To the colleague who forwarded a mail: what was read.
    Receipt(Receipt),
    /// What is not urgent, once a day.
    Digest(Digest),
    /// Once a week to those above: what is at risk, what slipped, who has been silent.
    Report(Report),
    /// For the reader's calendar: a planned window, or the day by which to act.
    Appointment(Appointment),
    /// Something about the installation itself that a person must look at.
    Alarm(Alarm),
    /// A mail of ours to a channel of ours, to see it arrive.
    Canary(Alarm),
}

impl Body {
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Assigned(_) => "assigned",
            Self::Reminder(_) => "reminder",
            Self::Overdue(_) => "overdue",
            Self::Escalated(_) => "escalated",
            Self::Stale(_) => "stale",
            Self::Objected(_) => "objected",
            Self::Override(_) => "override",
            Self::SecondPerson(_) => "second_person",
            Self::Mentioned(_) => "mentioned",
            Self::Closed(_) => "closed",
            Self::Reopened(_) => "reopened",
            Self::Duty(_) => "duty",
            Self::Invitation(_) => "invitation",
            Self::SignIn(_) => "sign_in",
            Self::Receipt(_) => "receipt",
            Self::Digest(_) => "digest",
            Self::Report(_) => "report",
            Self::Appointment(_) => "appointment",
            Self::Alarm(_) => "alarm",
            Self::Canary(_) => "canary",
        }
    }
}

/// Templates that tell of several notices, or of one that nobody but the reader is asked about: their reader's alone where a
/// team's notices are closed to others.
pub const OF_SEVERAL: [&str; 3] = ["digest", "report", "receipt"];

/// Templates whose mails let in whoever reads them: nobody but the addressee may see what they say.
pub const SECRET: [&str; 2] = ["invitation", "sign_in"];

/// A notice as every mail about it shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    pub id: Uuid,
    /// Shown as `N-12`.
    pub number: u64,
    pub title: String,
    /// The provider's name for people.
    pub provider: String,
    pub kind: Kind,
    pub hard_deadline: Option<When>,
    pub authenticity: Authenticity,
    /// The hash of the newest entry of the notice's record, in hex.
    pub chain_head: String,
}

/// A sign-off that is asked of the addressee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    pub notice: Brief,
    /// `assess`, `schedule`, `close` or `dismiss`.
    pub gate: String,
    /// The name of the level at which the addressee is asked.
    pub level: String,
    /// What signing says, in words: "The impact is understood and written down."
    pub asked: String,
    pub due: Option<DateTime<Utc>>,
    /// What happens if nobody signs, in a sentence.
    pub otherwise: String,
    /// The provider's own sentence that the hard deadline came from.
    #[serde(default)]
    pub quote: Option<String>,
    pub signed: Vec<Signed>,
    pub missing: Vec<Missing>,
    /// Of an escalation: who was asked before and has been silent.
    #[serde(default)]
    pub silent: Vec<String>,
    /// Of a stale sign-off: what changed since.
    #[serde(default)]
    pub changes: Vec<Changed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub name: String,
    pub level: String,
    pub at: DateTime<Utc>,
}

/// A requirement that is not satisfied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    pub level: String,
    /// Whoever is asked for it; empty where nobody holds the level.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub label: String,
    #[serde(default)]
    pub before: Option<String>,
    #[serde(default)]
    pub after: Option<String>,
}

/// Something that has happened to a notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct News {
    pub notice: Brief,
    /// What happened, as a sentence: "Jane Doe objected at the gate assess."
    pub what: String,
    pub at: DateTime<Utc>,
    /// In their own words: the comment, the reason.
    #[serde(default)]
    pub words: Option<String>,
    #[serde(default)]
    pub changes: Vec<Changed>,
    /// What happens now, as a sentence.
    pub next: String,
}

/// A turn that changed hands, as one of the two is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    pub team: String,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Whether the addressee has it now.
    pub yours: bool,
    /// Who has it now, or had it before: the other one.
    pub other: String,
    /// Who handed it over; none where Countersign did.
    pub by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub by: Option<String>,
    pub url: String,
    pub expires: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub proof: Proof,
    /// How long it can be used.
    pub minutes: u32,
}

/// What is mailed to be used once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Link(String),
    /// Digits to be typed in where it was asked for.
    Code(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The subject of the mail that is answered.
    pub subject: String,
    /// Its Message-ID, so that the answer stands below it.
    #[serde(default)]
    pub in_reply_to: Option<String>,
    pub notices: Vec<Read>,
}

/// One notice as it was read from the forwarded mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Read {
    pub notice: Brief,
    /// How the mail came to this notice: "opened", "joined", "changed".
    pub how: String,
    pub resources: u32,
    /// What a person should look at, as sentences.
    pub doubtful: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    pub lines: Vec<Line>,
    /// Notices whose dates had all passed when they arrived.
    pub historic: Vec<Brief>,
    /// How many more of those there are.
    #[serde(default)]
    pub more: u32,
}

/// What waits for a digest, until it is gathered into one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "item")]
pub enum Item {
    Line(Line),
    Historic(Brief),
}

/// A week, for whoever answers for it. The lists hold the most pressing; the counts say how many there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub open: u64,
    /// Open, and their date is near or a gate is late.
    pub at_risk: Vec<Line>,
    pub at_risk_count: u64,
    /// The provider's date has passed, and they are open still.
    pub slipped: Vec<Line>,
    pub slipped_count: u64,
    /// Who has not signed what was due.
    pub silent: Vec<Silent>,
}

/// Somebody whose sign-offs are overdue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silent {
    pub name: String,
    pub notices: u64,
    /// When the first of them was due.
    pub since: DateTime<Utc>,
}

/// One entry of a calendar (RFC 5545), as an invitation or its end (RFC 5546).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appointment {
    pub notice: Brief,
    pub sort: AppointmentSort,
    /// The same for every version of this entry.
    pub uid: String,
    /// Greater in each later version.
    pub sequence: u32,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub cancelled: bool,
    /// The plan in words; empty for a day by which to act.
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentSort {
    /// The planned window of the work.
    Window,
    /// The moment by which we want to have acted.
    ActBy,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub notice: Brief,
    /// What is asked or has happened, as a sentence.
    pub what: String,
    pub due: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// A headline: "A reminder could not be delivered".
    pub what: String,
    /// What is known, as sentences.
    pub details: Vec<String>,
    /// What to do now.
    pub advice: String,
    /// Where to look, below the public address: `/outbox`.
    pub path: String,
}
