//! Whether one version of a procedure asks less than another. Who moves a notice to one that does needs a second person.
//!
//! Owns the comparison, for every size of organisation: the size that a notice is pinned to may change with the next person
//! who joins. Where two versions cannot be compared, the newer one is taken to ask less: a person then looks.

use super::{Distance, DueRule, DueTerm, EvidenceRule, Gate, Ladder, Procedure, Side, Size, Step, Unit};
use crate::ids::LevelId;

impl Procedure {
    /// What this version asks less than another, each in a sentence. Empty where a notice that moves here is asked for no
    /// less, and no later, than before.
    #[must_use]
    pub fn asks_less_than(&self, before: &Self) -> Vec<String> {
        let mut less = Vec::new();
        for gate in before.gates.keys().copied() {
            less.extend(self.weaker_gate(before, gate));
        }
        if before.gate(Gate::Dismiss).is_none() && self.gate(Gate::Dismiss).is_some() {
            less.push("It can be dismissed, which it could not before.".to_owned());
        }
        less.extend(before.steps.iter().filter_map(|step| self.weaker_step(step)));
        if !is_no_later(&self.act_by, &before.act_by) {
            less.push("Act-by may lie later.".to_owned());
        }
        if !is_no_later(&self.review, &before.review) {
            less.push("Without a date, the review may lie later.".to_owned());
        }
        if is_quieter(&self.ladder, &before.ladder) {
            less.push("Silence moves up later, or people are insisted upon less.".to_owned());
        }
        less
    }

    fn weaker_gate(&self, before: &Self, gate: Gate) -> Vec<String> {
        let (Some(now), Some(was)) = (self.gate(gate), before.gate(gate)) else {
            // Without `dismiss` it can no longer be put aside, which is more and not less.
            let gone = (gate != Gate::Dismiss).then(|| format!("There is no gate “{gate}” any more."));
            return gone.into_iter().collect();
        };
        let mut less: Vec<String> =
            Size::ALL.iter().flat_map(|size| self.fewer_signatures(before, gate, *size)).collect();
        less.dedup();
        let free = Size::ALL.iter().filter(|size| was.independent.contains(size) && !now.independent.contains(size));
        less.extend(free.map(|size| {
            format!("At “{gate}”, in an organisation of {size}, nobody has to sign who performed no step.")
        }));
        if !is_no_later(&now.due, &was.due) {
            less.push(format!("The gate “{gate}” may be due later."));
        }
        less
    }

    fn fewer_signatures(&self, before: &Self, gate: Gate, size: Size) -> Vec<String> {
        let now =
            |level: &LevelId| self.requirements(gate, size).iter().find(|r| r.level == *level).map_or(0, |r| r.count);
        let asked = before.requirements(gate, size).iter();
        let told = |count: u32, r: &super::Requirement| {
            format!(
                "At “{gate}”, in an organisation of {size}, {count} instead of {} at level “{}” sign.",
                r.count, r.level
            )
        };
        asked.filter(|r| now(&r.level) < r.count).map(|r| told(now(&r.level), r)).collect()
    }

    fn weaker_step(&self, before: &Step) -> Option<String> {
        let Some(now) = self.step(&before.id) else {
            return Some(format!("The step “{}” is gone.", before.title));
        };
        let moved = now.gate != before.gate && now.gate > before.gate;
        let narrower = now.scope < before.scope;
        let unshown = now.evidence != before.evidence
            && before.evidence != EvidenceRule::None
            && now.evidence != EvidenceRule::Probe;
        let anywhere = before.vantage.is_some() && now.vantage != before.vantage;
        (moved || narrower || unshown || anywhere)
            .then(|| format!("The step “{}” is shown by less, or later.", before.title))
    }
}

/// A rule gives the earliest of its terms: it gives nothing later where each earlier term has one that comes no later.
fn is_no_later(now: &DueRule, before: &DueRule) -> bool {
    before.terms.iter().all(|was| now.terms.iter().any(|term| comes_no_later(term, was)))
}

fn comes_no_later(term: &DueTerm, was: &DueTerm) -> bool {
    let zero = Distance { count: 0, unit: Unit::Hours };
    let offset = |term: &DueTerm| if term.side == Side::At { (Side::After, zero) } else { (term.side, term.distance) };
    if term.anchor != was.anchor {
        return false;
    }
    match (offset(term), offset(was)) {
        ((Side::Before, now), (Side::Before, was)) => is_no_longer(was, now),
        ((Side::Before, _), _) => true,
        (_, (Side::Before, was)) => was.count == 0,
        ((_, now), (_, was)) => is_no_longer(now, was),
    }
}

/// Business days compare only with business days: how long they last depends on the calendar.
fn is_no_longer(one: Distance, other: Distance) -> bool {
    let hours = |distance: Distance| match distance.unit {
        Unit::Hours => Some(distance.count),
        Unit::Days => Some(distance.count * 24),
        Unit::Weeks => Some(distance.count * 24 * 7),
        Unit::BusinessDays => None,
    };
    match (hours(one), hours(other)) {
        (Some(one), Some(other)) => one <= other,
        (None, None) => one.count <= other.count,
        // A business day lasts at least a day.
        (Some(one), None) => one <= other.count * 24,
        (None, Some(_)) => one.count == 0,
    }
}

fn is_quieter(now: &Ladder, before: &Ladder) -> bool {
    let later = |now: Option<Distance>, was: Option<Distance>| {
        was.is_some_and(|was| now.is_none_or(|now| !is_no_longer(now, was)))
    };
    later(now.next_level_after, before.next_level_after)
        || later(now.everybody_after, before.everybody_after)
        || !is_no_longer(before.insist_from, now.insist_from)
}
