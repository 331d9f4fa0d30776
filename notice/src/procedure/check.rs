//! Whether today's people can satisfy a procedure (a warning, never a refusal: people come and go), and whether one version
//! asks less than another.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{EvidenceRule, Gate, Procedure, Scope, Size};
use crate::directory::Directory;
use crate::ids::{LevelId, PersonId};

/// A gate that today's people cannot pass without an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsatisfiable {
    pub gate: Gate,
    pub level: LevelId,
    pub needed: u32,
    /// How many distinct people are left for it once the gate's other levels have taken theirs.
    pub left: u32,
}

impl fmt::Display for Unsatisfiable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gate, level, needed, left } = self;
        write!(f, "gates.{gate} asks for {needed} at level “{level}”, and today's people leave {left} for it")
    }
}

impl Procedure {
    /// Which gates today's people cannot pass, each by the first level that stays short. One person fills one requirement.
    #[must_use]
    pub fn unsatisfiable(&self, size: Size, directory: &Directory, at: DateTime<Utc>) -> Vec<Unsatisfiable> {
        self.gates.keys().filter_map(|gate| self.short(*gate, size, directory, at)).collect()
    }

    fn short(&self, gate: Gate, size: Size, directory: &Directory, at: DateTime<Utc>) -> Option<Unsatisfiable> {
        let mut seats: Vec<Seat> = Vec::new();
        for requirement in self.requirements(gate, size) {
            let able = directory.able(&requirement.level, at);
            for n in 0..requirement.count {
                seats.push(Seat { able: able.clone(), taken: None });
                let last = seats.len() - 1;
                if !seat(&mut seats, last, &mut Vec::new()) {
                    let (level, needed) = (requirement.level.clone(), requirement.count);
                    return Some(Unsatisfiable { gate, level, needed, left: n });
                }
            }
        }
        None
    }
}

impl Procedure {
    /// What this version asks less than another, in an organisation of that size, each in a sentence. Empty where a notice
    /// that moves here is asked for no less than before.
    #[must_use]
    pub fn asks_less_than(&self, before: &Self, size: Size) -> Vec<String> {
        let mut less = Vec::new();
        for (gate, rule) in &before.gates {
            let Some(now) = self.gate(*gate).filter(|_| *gate != Gate::Dismiss) else {
                // Without `dismiss` it can no longer be put aside, which is more and not less.
                if *gate != Gate::Dismiss {
                    less.push(format!("There is no gate “{gate}” any more."));
                }
                continue;
            };
            less.extend(self.fewer_signatures(before, *gate, size));
            if rule.independent.contains(&size) && !now.independent.contains(&size) {
                less.push(format!("At “{gate}” nobody has to sign who performed no step."));
            }
        }
        less.extend(self.fewer_signatures(before, Gate::Dismiss, size));
        less.extend(before.steps.iter().filter_map(|step| self.weaker_step(step)));
        less
    }

    fn fewer_signatures(&self, before: &Self, gate: Gate, size: Size) -> Vec<String> {
        if self.gate(gate).is_none() {
            return Vec::new();
        }
        let now =
            |level: &LevelId| self.requirements(gate, size).iter().find(|r| r.level == *level).map_or(0, |r| r.count);
        let asked = before.requirements(gate, size).iter();
        asked
            .filter(|r| now(&r.level) < r.count)
            .map(|r| format!("At “{gate}”, {} instead of {} at level “{}” sign.", now(&r.level), r.count, r.level))
            .collect()
    }

    fn weaker_step(&self, before: &super::Step) -> Option<String> {
        let Some(now) = self.step(&before.id) else {
            return Some(format!("The step “{}” is gone.", before.title));
        };
        let moved = now.gate != before.gate && now.gate > before.gate;
        let narrower = now.scope != before.scope && now.scope == Scope::Once;
        let unshown = now.evidence != before.evidence
            && before.evidence != EvidenceRule::None
            && now.evidence != EvidenceRule::Probe;
        let anywhere = before.vantage.is_some() && now.vantage != before.vantage;
        (moved || narrower || unshown || anywhere)
            .then(|| format!("The step “{}” is shown by less, or later.", before.title))
    }
}

struct Seat {
    able: Vec<PersonId>,
    taken: Option<PersonId>,
}

/// Finds somebody for a seat, moving others along where that helps (an augmenting path of a bipartite matching).
fn seat(seats: &mut Vec<Seat>, n: usize, tried: &mut Vec<PersonId>) -> bool {
    for person in seats[n].able.clone() {
        if tried.contains(&person) {
            continue;
        }
        tried.push(person);
        let holder = seats.iter().position(|seat| seat.taken == Some(person));
        if holder.is_none_or(|other| seat(seats, other, tried)) {
            seats[n].taken = Some(person);
            return true;
        }
    }
    false
}
