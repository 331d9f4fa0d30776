//! Whether today's people can satisfy a procedure: a warning, never a refusal, since people come and go.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Gate, Procedure, Size};
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
