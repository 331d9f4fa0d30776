//! What is dated: of the house, of one team, or of one person. The calendar page and the feeds ask for it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::HorizonNotice;
use crate::desk::house::{DutyView, FreezeView, HolidayView};
use crate::desk::{Desk, DeskError};
use crate::notice::sight::Sight;
use crate::store::lists::{self, Dated};
use crate::store::projection;

/// Notices that one calendar shows; those with the least time left come first.
const MOST: u64 = 1_000;

/// Whose calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    House,
    Team(Uuid),
    /// What they are asked to sign, what they watch, and what touches their teams' resources.
    Person(Uuid),
}

/// Everything dated between two moments.
#[derive(Debug, Clone)]
pub struct Agenda {
    pub notices: Vec<HorizonNotice>,
    pub freezes: Vec<FreezeView>,
    pub holidays: Vec<HolidayView>,
    pub duties: Vec<DutyView>,
}

impl Desk {
    /// Open notices with a date in a time, and the freezes, holidays and turns that fall into it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn agenda(
        &self,
        (whose, sight): (Whose, Sight),
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Agenda, DeskError> {
        let db = self.store.reader();
        let of = match whose {
            Whose::House => Dated::All,
            Whose::Team(team) => Dated::OfTeam(team),
            Whose::Person(person) => Dated::OfPerson(person),
        };
        let rows = lists::dated(db, (of, sight), (from.into(), until.into()), MOST).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut waiting = projection::waiting_at(db, &ids).await?;
        let notices = rows.into_iter().map(|row| {
            let here = waiting.remove(&row.id).unwrap_or_default().into_iter();
            let theirs = here.filter(|waits| match whose {
                Whose::Person(person) => waits.person == person,
                Whose::House | Whose::Team(_) => true,
            });
            let due = theirs.filter_map(|waits| Some((waits.gate, waits.due_at?.utc()))).collect();
            HorizonNotice { row, due }
        });
        let notices = notices.collect();
        let teams = self.teams_of(whose).await?;
        let ours = |team: Option<Uuid>| match (team, &teams) {
            (None, _) | (_, None) => true,
            (Some(team), Some(teams)) => teams.contains(&team),
        };
        let falls = |start: DateTime<Utc>, end: DateTime<Utc>| start < until && from < end;
        let days = (from.date_naive(), until.date_naive());
        Ok(Agenda {
            notices,
            freezes: kept(self.freezes().await?, |f| falls(f.start, f.end) && ours(f.team.as_ref().map(|t| t.0))),
            holidays: kept(self.holidays().await?, |h| {
                days.0 <= h.day && h.day <= days.1 && ours(h.team.as_ref().map(|t| t.0))
            }),
            duties: kept(self.duties().await?, |duty| {
                let theirs = match whose {
                    Whose::House => true,
                    Whose::Team(team) => duty.team.0 == team,
                    Whose::Person(person) => duty.person.0 == person,
                };
                theirs && falls(duty.start, duty.end)
            }),
        })
    }

    /// The teams whose own freezes and holidays concern somebody; none for all of them.
    async fn teams_of(&self, whose: Whose) -> Result<Option<BTreeSet<Uuid>>, DeskError> {
        Ok(match whose {
            Whose::House => None,
            Whose::Team(team) => Some([team].into()),
            Whose::Person(person) => {
                let view = self.person(person).await?;
                Some(view.teams.into_iter().map(|(team, _)| team).collect())
            }
        })
    }
}

fn kept<T>(mut all: Vec<T>, keep: impl Fn(&T) -> bool) -> Vec<T> {
    all.retain(keep);
    all
}
