//! Everything that a decision needs from outside, complete and immutable.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::calendar::{Calendar, Calendars};
use super::case::Case;
use super::directory::Directory;
use super::procedure::{Procedure, Procedures};

/// The outside at one moment. The same context always gives the same answer.
#[derive(Debug, Clone)]
pub struct Context {
    /// Business time, UTC.
    pub now: DateTime<Utc>,
    pub directory: Arc<Directory>,
    pub calendars: Arc<Calendars>,
    pub procedures: Arc<Procedures>,
    /// How long an authentication counts as fresh for signing.
    pub fresh_for: Duration,
}

impl Context {
    /// The procedure that a notice keeps to; none where this installation has lost that version.
    #[must_use]
    pub fn procedure(&self, case: &Case) -> Option<&Procedure> {
        self.procedures.pinned(&case.procedure)
    }

    /// The calendar that a notice's dates are counted in: that of the first owning team which keeps one, else the house's.
    #[must_use]
    pub fn calendar(&self, case: &Case) -> &Calendar {
        // Finding the owners looks at every resource, and most houses keep one calendar.
        if self.calendars.teams.is_empty() {
            return &self.calendars.house;
        }
        let teams = self.directory.teams_of(&case.facts);
        let own = teams.into_iter().find(|team| self.calendars.teams.contains_key(team));
        self.calendars.of(own)
    }

    /// Every calendar whose freezes bind a notice: the house's and those of all owning teams.
    pub fn calendars_of(&self, case: &Case) -> impl Iterator<Item = &Calendar> {
        let teams = self.directory.teams_of(&case.facts).into_iter();
        std::iter::once(&self.calendars.house).chain(teams.filter_map(|team| self.calendars.teams.get(&team)))
    }

    /// The same outside at another moment.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Self {
        Self { now, ..self.clone() }
    }
}
