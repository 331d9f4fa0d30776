//! Who there is: people with their levels, teams, absences, and who owns what.
//!
//! Owns the directory as a value, complete at one moment, and the questions that gates ask of it. Names and addresses are not
//! here (they can be erased); people are ids.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::Hours;
use super::fact::words;
use super::facts::{Facts, Mapping, Resource};
use super::ids::{Environment, LevelId, NoticeId, PersonId, ProviderId, TeamId};
use super::text::Digest;

/// Everything a decision needs to know about people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Directory {
    pub people: BTreeMap<PersonId, Person>,
    /// From the lowest rank to the highest.
    pub levels: Vec<Level>,
    pub teams: BTreeMap<TeamId, Team>,
    /// In order; the last that matches decides, as in a CODEOWNERS file.
    pub ownership: Vec<OwnershipRule>,
    pub absences: Vec<Absence>,
    /// Mappings that people confirmed on earlier notices, by the resource's own name.
    pub learned: BTreeMap<(ProviderId, String), Mapping>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    pub active: bool,
    pub right: Right,
    pub levels: BTreeSet<LevelId>,
    pub zone: Tz,
    pub teams: BTreeSet<TeamId>,
    /// When they work; where they have not said, the house's morning counts and nights are quiet.
    #[serde(default)]
    pub hours: Option<Hours>,
}

words! {
    /// What a person may do in the product, whatever level they hold.
    #[schema(as = AccountRole)]
    Right { Administrator = "administrator", Member = "member", Auditor = "auditor" }
}

impl Right {
    /// Whether it lets a person work on notices.
    #[must_use]
    pub const fn may_change(self) -> bool {
        !matches!(self, Self::Auditor)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Level {
    pub id: LevelId,
    pub name: String,
    /// Higher is more responsible. Two levels never share a rank.
    pub rank: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub id: TeamId,
    /// Who is on duty when; where no entry covers a moment, every member is.
    #[serde(default)]
    pub rota: Vec<Duty>,
    /// Its notices are closed to others.
    #[serde(default)]
    pub closed: bool,
}

/// One person's turn. Half open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    pub person: PersonId,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// A person is away and may have named who signs in their place. Half open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    pub person: PersonId,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub delegate: Option<PersonId>,
}

/// Which team owns what. Empty fields match everything; in the others `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnershipRule {
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub account: Option<String>,
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub resource: Option<String>,
    pub team: TeamId,
    /// Proposed with the team, where the rule knows it.
    #[serde(default)]
    pub environment: Option<Environment>,
}

/// The three levels of a fresh installation.
#[must_use]
pub fn default_levels() -> Vec<Level> {
    [("engineer", "Engineer"), ("lead", "Lead"), ("executive", "Executive")]
        .into_iter()
        .zip(1..)
        .map(|((id, name), rank)| Level { id: id.into(), name: name.to_owned(), rank })
        .collect()
}

impl Directory {
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    #[must_use]
    pub fn level(&self, id: &LevelId) -> Option<&Level> {
        self.levels.iter().find(|level| level.id == *id)
    }

    /// For sentences: the level's name in lower case, or its id where it was removed.
    #[must_use]
    pub fn level_name(&self, id: &LevelId) -> String {
        self.level(id).map_or_else(|| id.to_string(), |level| level.name.to_lowercase())
    }

    #[must_use]
    pub fn rank(&self, id: &LevelId) -> u32 {
        self.level(id).map_or(0, |level| level.rank)
    }

    /// The level above, where there is one.
    #[must_use]
    pub fn above(&self, id: &LevelId) -> Option<&Level> {
        let rank = self.rank(id);
        self.levels.iter().filter(|level| level.rank > rank).min_by_key(|level| level.rank)
    }

    /// The highest rank that a person holds; 0 for none.
    #[must_use]
    pub fn rank_of(&self, person: PersonId) -> u32 {
        self.person(person).map_or(0, |p| p.levels.iter().map(|level| self.rank(level)).max().unwrap_or(0))
    }

    /// People who may act: active, and not auditors.
    pub fn acting(&self) -> impl Iterator<Item = &Person> {
        self.people.values().filter(|p| p.may_act())
    }

    pub fn administrators(&self) -> impl Iterator<Item = &Person> {
        self.acting().filter(|p| p.right == Right::Administrator)
    }

    /// The absence that covers a moment.
    #[must_use]
    pub fn absence(&self, person: PersonId, at: DateTime<Utc>) -> Option<&Absence> {
        self.absences.iter().find(|a| a.person == person && a.start <= at && at < a.end)
    }

    /// The moments at which somebody goes away, comes back, or begins or ends a turn, in order. Who may sign, and who is asked
    /// first, is the same at all moments between two of them.
    #[must_use]
    pub fn changes(&self) -> Vec<DateTime<Utc>> {
        let away = self.absences.iter().flat_map(|absence| [absence.start, absence.end]);
        let turns = self.teams.values().flat_map(|team| &team.rota).flat_map(|duty| [duty.start, duty.end]);
        let mut changes: Vec<DateTime<Utc>> = away.chain(turns).collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }

    #[must_use]
    pub fn is_present(&self, person: PersonId, at: DateTime<Utc>) -> bool {
        self.absence(person, at).is_none()
    }

    /// Who holds a level by themselves: active, present or not.
    pub fn holders<'a>(&'a self, level: &'a LevelId) -> impl Iterator<Item = &'a Person> + 'a {
        self.acting().filter(move |p| p.levels.contains(level))
    }

    /// For whom a person may sign at a level now: themselves, or an absent holder who named them.
    #[must_use]
    pub fn standing(&self, person: PersonId, level: &LevelId, at: DateTime<Utc>) -> Option<Standing> {
        let own = self.person(person).filter(|p| p.may_act())?;
        if own.levels.contains(level) {
            return Some(Standing::Own);
        }
        self.absences
            .iter()
            .filter(|a| a.delegate == Some(person) && a.start <= at && at < a.end)
            .find(|a| self.person(a.person).is_some_and(|p| p.may_act() && p.levels.contains(level)))
            .map(|a| Standing::For(a.person))
    }

    /// Whether a person could sign at a level at a moment and is there.
    #[must_use]
    pub fn is_able(&self, person: PersonId, level: &LevelId, at: DateTime<Utc>) -> bool {
        self.standing(person, level, at).is_some() && self.is_present(person, at)
    }

    /// Everybody who could sign at a level at a moment: present holders, and delegates of absent ones.
    #[must_use]
    pub fn able(&self, level: &LevelId, at: DateTime<Utc>) -> Vec<PersonId> {
        self.acting().map(|p| p.id).filter(|person| self.is_able(*person, level, at)).collect()
    }

    /// Whom to ask at a level: those of the owning teams who are on duty first, then those teams' members, then anybody able.
    /// Among equals the notice's id decides, so that work spreads and an answer repeats; when a person joins or leaves, only
    /// their own share moves.
    #[must_use]
    pub fn whom_to_ask(&self, level: &LevelId, teams: &[TeamId], notice: NoticeId, at: DateTime<Utc>) -> Vec<PersonId> {
        let mut able = self.able(level, at);
        able.sort_by_cached_key(|person| {
            (self.distance(*person, teams, at), Digest::of_all(&[notice.0.as_bytes(), person.0.as_bytes()]))
        });
        able
    }

    /// How far a person is from some teams' work: 0 on duty there, 1 in one of them, 2 elsewhere.
    #[must_use]
    pub fn distance(&self, person: PersonId, teams: &[TeamId], at: DateTime<Utc>) -> u8 {
        match self.person(person) {
            Some(p) if teams.iter().any(|t| self.is_on_duty(*t, p.id, at)) => 0,
            Some(p) if teams.iter().any(|t| p.teams.contains(t)) => 1,
            _ => 2,
        }
    }

    fn is_on_duty(&self, team: TeamId, person: PersonId, at: DateTime<Utc>) -> bool {
        let member = self.person(person).is_some_and(|p| p.teams.contains(&team));
        let on = |duty: &Duty| duty.person == person && duty.start <= at && at < duty.end;
        member && self.teams.get(&team).is_some_and(|team| team.rota.iter().any(on))
    }

    /// What rules and earlier notices suggest for a resource. A suggestion only: a person confirms it.
    #[must_use]
    pub fn propose(&self, provider: &ProviderId, resource: &Resource) -> Proposed {
        if let Some(known) = self.learned.get(&(provider.clone(), resource.key.clone())) {
            return Proposed { environment: Some(known.environment.clone()), team: Some(known.team) };
        }
        self.ownership.iter().rev().find(|rule| rule.matches(provider, resource)).map_or_else(
            Proposed::default,
            |rule| Proposed { environment: rule.environment.clone(), team: Some(rule.team) },
        )
    }

    /// Whether any team's notices are closed to others.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.teams.values().any(|team| team.closed)
    }

    /// The teams that a notice concerns: owners of its resources, as mapped or as proposed; where it names no resource, by
    /// the provider alone.
    #[must_use]
    pub fn teams_of(&self, facts: &Facts) -> Vec<TeamId> {
        let of = |r: &Resource| r.mapping.as_ref().map(|m| m.team).or_else(|| self.propose(&facts.provider, r).team);
        let mut teams: Vec<TeamId> = facts.resources.iter().filter(|r| !r.set_aside).filter_map(of).collect();
        if facts.resources.is_empty() {
            let whole = |rule: &&OwnershipRule| rule.resource.is_none() && rule.matches_provider(&facts.provider);
            teams.extend(self.ownership.iter().rev().find(whole).map(|rule| rule.team));
        }
        teams.sort();
        teams.dedup();
        teams
    }
}

impl Person {
    #[must_use]
    pub fn may_act(&self) -> bool {
        self.active && self.right != Right::Auditor
    }
}

/// In whose right a person signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Own,
    For(PersonId),
}

/// A suggested mapping.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proposed {
    pub environment: Option<Environment>,
    pub team: Option<TeamId>,
}

impl OwnershipRule {
    #[must_use]
    pub fn matches(&self, provider: &ProviderId, resource: &Resource) -> bool {
        let optional = |pattern: &Option<String>, value: &Option<String>| {
            pattern.as_deref().is_none_or(|p| value.as_deref().is_some_and(|v| like(p, v)))
        };
        self.matches_provider(provider)
            && optional(&self.account, &resource.account)
            && optional(&self.region, &resource.region)
            && self.resource.as_deref().is_none_or(|p| like(p, &resource.key))
    }

    fn matches_provider(&self, provider: &ProviderId) -> bool {
        self.provider.as_deref().is_none_or(|p| like(p, provider.as_str()))
    }
}

/// Whether a text matches a pattern in which `*` stands for any run of characters, without regard to ASCII case.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    if !pattern.contains('*') {
        return pattern.eq_ignore_ascii_case(text);
    }
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, text) in
            [("*", ""), ("arn:aws:rds:*", "arn:aws:rds:eu"), ("*-db", "Orders-DB"), ("a*b*c", "aXXbYYc"), ("x", "X")]
        {
            assert!(like(pattern, text), "{pattern} does not match {text}");
        }
        for (pattern, text) in [("arn:*:db", "arn:x:dba"), ("a*b*c", "acb"), ("ab*ba", "aba"), ("x", "xy"), ("", "x")] {
            assert!(!like(pattern, text), "{pattern} matches {text}");
        }
    }
}
