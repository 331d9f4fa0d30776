//! Who may see a notice.
//!
//! Where a team's notices are closed to others, a notice that one of its resources makes its own is seen by the owner teams,
//! by whoever was asked, told or mentioned or did anything on it, and by those who read everything. It is the one place
//! that decides it: the rows by which `store` selects are what [`circle`] says. It must not say what may be done with what
//! is seen.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::command::asked_at;
use crate::context::Context;
use crate::directory::{Directory, Right};
use crate::gate::{current_gate, requirements};
use crate::ids::{PersonId, TeamId};

/// With whose eyes somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Administrators, who could open every team anyhow, and auditors, who read everything.
    All,
    Of(PersonId),
}

impl Sight {
    #[must_use]
    pub const fn of(person: PersonId, right: Right) -> Self {
        match right {
            Right::Administrator | Right::Auditor => Self::All,
            Right::Member => Self::Of(person),
        }
    }
}

/// Those to whom a notice is open even where its owner team is closed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Circle {
    pub teams: BTreeSet<TeamId>,
    pub people: BTreeSet<PersonId>,
}

/// The circle of a notice as it stands.
#[must_use]
pub fn circle(case: &Case, context: &Context) -> Circle {
    let mut people = case.took_part.clone();
    people.extend(&case.told);
    people.extend(case.assignments.iter().map(|assignment| assignment.person));
    people.extend(case.comments.iter().flat_map(|comment| &comment.mentions));
    people.extend(case.sign_offs.iter().filter_map(|sign_off| sign_off.on_behalf_of));
    if case.is_open() {
        let views = requirements(case, current_gate(case, context), context);
        let unmet = views.iter().filter(|view| !view.is_met());
        people.extend(unmet.flat_map(|view| asked_at(case, view, context, context.now)));
    }
    Circle { teams: context.directory.teams_of(&case.facts).into_iter().collect(), people }
}

impl Circle {
    /// Whether somebody may see the notice.
    #[must_use]
    pub fn admits(&self, sight: Sight, directory: &Directory) -> bool {
        let Sight::Of(person) = sight else { return true };
        let closed = |team: &TeamId| directory.teams.get(team).is_some_and(|team| team.closed);
        let joined = |team: &TeamId| directory.person(person).is_some_and(|person| person.teams.contains(team));
        !self.teams.iter().any(closed) || self.teams.iter().any(joined) || self.people.contains(&person)
    }
}
