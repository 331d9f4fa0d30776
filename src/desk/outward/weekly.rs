//! Once a week, to those above the lowest level: what is at risk, what slipped, who has been silent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc, Weekday};
use sea_orm::ConnectionTrait;

use crate::desk::letters::AddressBook;
use crate::desk::outward::choices::{Voluntary, wants};
use crate::desk::providers::name_of;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, World, sight_of};
use crate::notice::directory::Person;
use crate::notice::fact::{Authenticity, Kind, When, Zone};
use crate::notice::ids::PersonId;
use crate::notice::letter::{Body, Brief, Line, Report, Silent};
use crate::notice::sight::Sight;
use crate::store::entity::notices;
use crate::store::{deliveries, standing};

/// The keys of reports that this process has seen planned: a tick then asks nobody.
pub(crate) type Reported = Arc<Mutex<BTreeSet<String>>>;

/// A report that could not be made on its day is made until then; later the next one is nearer.
const STILL_NEWS: TimeDelta = TimeDelta::days(3);
/// An act-by date within this is at risk.
const NEAR: TimeDelta = TimeDelta::days(14);
/// Notices and people that a report names; the rest are counted.
const NAMED: u64 = 12;

impl Desk {
    /// Plans the weekly reports whose moment has come: the first working day's morning, in each reader's zone.
    pub(crate) async fn report_weekly(&self) -> Result<(), DeskError> {
        let now = self.clock.now();
        let world = self.world(self.store.reader()).await?;
        let mut wanted: Vec<(PersonId, String)> = readers(&world)
            .filter(|person| wants(&world.choices, person.id, Voluntary::Report))
            .filter_map(|person| due(person, &world, now).map(|week| (person.id, week)))
            .map(|(person, week)| (person, format!("report/{person}/{week}")))
            .collect();
        {
            let known = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.retain(|(_, key)| !known.contains(key));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = wanted.iter().map(|(_, key)| key.clone()).collect();
        let there = deliveries::known_keys(self.store.reader(), &keys).await?;
        wanted.retain(|(_, key)| !there.contains(key));
        transact!(self, |txn| self.plan_reports(txn, &wanted, now).await)?;
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
        Ok(())
    }

    async fn plan_reports(
        &self,
        txn: &impl ConnectionTrait,
        wanted: &[(PersonId, String)],
        now: DateTime<Utc>,
    ) -> Result<(), DeskError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let (book, world) = (AddressBook::read(txn).await?, self.world(txn).await?);
        let mut letters = Vec::new();
        // Where no team is closed everybody reads the same.
        let shared = if world.directory.closes() { None } else { report(txn, Sight::All, now).await? };
        for (person, key) in wanted {
            let Some(row) = book.reachable(*person) else { continue };
            let own = if world.directory.closes() { report(txn, sight_of(row), now).await? } else { None };
            let Some(report) = own.or_else(|| shared.clone()) else { continue };
            let link = self.unsubscribe_url(*person, Voluntary::Report);
            letters.push(self.letter_of(row, key.clone(), Body::Report(report), Some(link)));
        }
        deliveries::plan(txn, letters, now).await?;
        Ok(())
    }
}

/// Who answers for what others do: everybody above the lowest level.
fn readers(world: &World) -> impl Iterator<Item = &Person> {
    let directory = &world.directory;
    let lowest = directory.levels.iter().map(|level| level.rank).min().unwrap_or(0);
    directory.acting().filter(move |person| directory.rank_of(person.id) > lowest)
}

/// The week whose report a person is owed now.
fn due(person: &Person, world: &World, now: DateTime<Utc>) -> Option<String> {
    let house = &world.calendars.house;
    let week = now.with_timezone(&person.zone).date_naive().iso_week();
    let monday = chrono::NaiveDate::from_isoywd_opt(week.year(), week.week(), Weekday::Mon)?;
    let first = house.business_days_after(monday, 0);
    if first >= monday.checked_add_days(Days::new(7))? {
        return None;
    }
    let begins = person.hours.map_or(house.morning, |hours| hours.from);
    let at = Zone::Named(person.zone).at(first, begins);
    (at <= now && now < at + STILL_NEWS).then(|| format!("{}-W{:02}", week.year(), week.week()))
}

/// The house as it stands; none where nothing is open and nothing slipped, for then there is nothing to tell.
async fn report(db: &impl ConnectionTrait, sight: Sight, now: DateTime<Utc>) -> Result<Option<Report>, DeskError> {
    let standing = standing::standing(db, sight, (now, NEAR), NAMED).await?;
    if standing.open == 0 {
        return Ok(None);
    }
    let book = AddressBook::read(db).await?;
    let silent = standing.silent.into_iter().map(|(person, number, since)| Silent {
        name: book.name(PersonId(person)),
        notices: number,
        since: since.utc(),
    });
    Ok(Some(Report {
        open: standing.open,
        at_risk: standing.at_risk.iter().map(|row| line(row, now)).collect(),
        at_risk_count: standing.at_risk_count,
        slipped: standing.slipped.iter().map(|row| line(row, now)).collect(),
        slipped_count: standing.slipped_count,
        silent: silent.collect(),
    }))
}

fn line(row: &notices::Model, now: DateTime<Utc>) -> Line {
    let overdue = row.overdue_at.is_some_and(|at| at.utc() < now);
    let late = if overdue { ", which is overdue" } else { "" };
    Line {
        notice: Brief {
            id: row.id,
            number: u64::try_from(row.number).unwrap_or(0),
            title: row.title.clone(),
            provider: name_of(&row.provider),
            kind: row.kind.parse().unwrap_or(Kind::Informational),
            hard_deadline: row.hard_deadline.as_deref().and_then(|when| serde_json::from_str::<When>(when).ok()),
            authenticity: row.authenticity.parse().unwrap_or(Authenticity::Unverified),
            chain_head: String::new(),
        },
        what: format!("Waits at the gate {}{late}.", row.stage),
        due: row.act_by_at.map(crate::store::At::utc),
    }
}
