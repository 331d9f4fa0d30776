//! How each event changes a case.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::parts::Answer;
use super::{
    Acknowledgement, Assignment, Attached, Case, Comment, Dismissal, Done, Impact, Life, Likeness, Override, Planned,
    Proposal, ProposalState, SignOff, SplitOff,
};
use crate::event::{Actor, Event, Manner, MessageRef, Recorded, Signed};
use crate::facts::{Deadline, Resource};
use crate::ids::{DeadlineId, Entry, PersonId, ResourceId};

impl Case {
    /// Folds one more event in.
    pub fn apply(&mut self, recorded: &Recorded) {
        let facts = self.fold_facts(recorded);
        if facts && self.is_announcement(recorded) {
            self.announced_at = Some(recorded.at);
        }
        if facts || self.fold_judgement(recorded) || self.fold_work(recorded) {
            self.revised_at = recorded.at;
        } else {
            self.fold_signatures(recorded);
            self.fold_people(recorded);
            self.fold_life(recorded);
        }
        if recorded.event != Event::Seen {
            self.took_part.extend(recorded.actor.person());
        }
        self.sequence = recorded.sequence;
        self.head = recorded.hash;
        // That somebody looked or was reminded is on record, and is no news.
        if !matches!(recorded.event, Event::Seen | Event::Reminded { .. }) {
            self.updated_at = recorded.at;
        }
    }

    /// Whether the event was one about facts.
    fn fold_facts(&mut self, recorded: &Recorded) -> bool {
        match &recorded.event {
            Event::DeadlineSet { deadline } => self.set_deadline(deadline),
            Event::DeadlineRefined { deadline, instant } => {
                self.with_deadline(*deadline, |d| d.refined = Some(*instant));
            }
            Event::DeadlineConfirmed { deadline } => self.with_deadline(*deadline, |d| d.confirmed = true),
            Event::DeadlineDropped { deadline } => self.facts.deadlines.retain(|d| d.id != *deadline),
            Event::WindowsSet { windows } => self.facts.windows.clone_from(windows),
            Event::StatusChanged { status } => self.facts.status = *status,
            Event::KindChanged { kind } => self.facts.kind = *kind,
            Event::TitleCorrected { title } => self.facts.title = *title,
            Event::ProviderCorrected { provider } => self.facts.provider = provider.clone(),
            Event::ResourceAdded { resource } => self.facts.resources.push(resource.clone()),
            Event::ResourceMapped { resource, mapping } => {
                self.with_resource(*resource, |r| r.mapping = Some(mapping.clone()));
            }
            Event::ResourceSetAside { resource } => self.with_resource(*resource, |r| r.set_aside = true),
            _ => return false,
        }
        true
    }

    fn set_deadline(&mut self, deadline: &Deadline) {
        match self.facts.deadlines.iter_mut().find(|d| d.id == deadline.id) {
            Some(known) => *known = deadline.clone(),
            None => self.facts.deadlines.push(deadline.clone()),
        }
    }

    fn with_deadline(&mut self, id: DeadlineId, change: impl FnOnce(&mut Deadline)) {
        if let Some(deadline) = self.facts.deadlines.iter_mut().find(|d| d.id == id) {
            change(deadline);
        }
    }

    fn with_resource(&mut self, id: ResourceId, change: impl FnOnce(&mut Resource)) {
        if let Some(resource) = self.facts.resources.iter_mut().find(|r| r.id == id) {
            change(resource);
        }
    }

    /// Whether the event was one about judgement, plan or procedure.
    fn fold_judgement(&mut self, recorded: &Recorded) -> bool {
        let at = recorded.at;
        let by = recorded.actor.person();
        match &recorded.event {
            Event::ImpactStated { text } => self.impact = Some(Impact { text: *text, by, at }),
            Event::PriorityAssigned { priority, .. } => self.priority = *priority,
            Event::WindowPlanned { plan } => self.plan = Some(Planned { plan: *plan, by, at }),
            Event::DismissalProposed { reason, consequence } => {
                self.dismissal = Some(Dismissal { reason: *reason, consequence: *consequence, by, at });
            }
            Event::DismissalWithdrawn => self.dismissal = None,
            Event::ProcedureMoved { procedure } => self.procedure = procedure.clone(),
            _ => return false,
        }
        true
    }

    fn fold_signatures(&mut self, recorded: &Recorded) {
        let (entry, at) = (Entry(recorded.sequence), recorded.at);
        let by = recorded.actor.person();
        match &recorded.event {
            Event::Signed(signed) => self.sign(entry, at, by, signed),
            Event::SignOffWithdrawn { sign_off, .. } => {
                self.with_sign_off(*sign_off, |s| s.withdrawn = Some(at));
            }
            Event::ObjectionAnswered { sign_off, reason, .. } => {
                self.with_sign_off(*sign_off, |s| s.answered = by.map(|by| Answer { by, at, reason: *reason }));
            }
            Event::OverrideAsked { bypass, reason, subject, takes_effect, .. } => {
                self.overrides.extend(by.map(|asked_by| Override {
                    entry,
                    bypass: bypass.clone(),
                    reason: *reason,
                    subject: subject.clone(),
                    takes_effect: *takes_effect,
                    asked_by,
                    asked_at: at,
                    confirmed: None,
                    withdrawn: false,
                }));
            }
            Event::OverrideConfirmed { asked, .. } => {
                self.with_override(*asked, |o| o.confirmed = by.map(|by| (by, at)));
            }
            Event::OverrideWithdrawn { asked } => self.with_override(*asked, |o| o.withdrawn = true),
            Event::DowngradeProposed { downgrade, consequence, takes_effect, .. } => self.proposals.push(Proposal {
                entry,
                downgrade: downgrade.clone(),
                consequence: *consequence,
                takes_effect: *takes_effect,
                by,
                at,
                state: ProposalState::Waiting,
            }),
            Event::DowngradeAccepted { proposed, .. } => {
                self.with_proposal(*proposed, ProposalState::Accepted { by, at });
            }
            Event::DowngradeRefused { proposed, .. } => {
                self.with_proposal(*proposed, ProposalState::Refused { by, at });
            }
            _ => {}
        }
    }

    fn sign(&mut self, entry: Entry, at: DateTime<Utc>, by: Option<PersonId>, signed: &Signed) {
        let Some(person) = by else { return };
        for earlier in self.sign_offs.iter_mut().filter(|s| s.gate == signed.gate && s.person == person) {
            earlier.replaced = true;
        }
        self.sign_offs.push(SignOff {
            entry,
            person,
            on_behalf_of: signed.on_behalf_of,
            gate: signed.gate,
            level: signed.level.clone(),
            verdict: signed.verdict,
            subject: signed.subject.clone(),
            words: signed.words.clone(),
            authenticated: signed.authenticated,
            comment: signed.comment,
            at,
            withdrawn: None,
            replaced: false,
            answered: None,
        });
    }

    fn with_sign_off(&mut self, entry: Entry, change: impl FnOnce(&mut SignOff)) {
        if let Some(sign_off) = self.sign_offs.iter_mut().find(|s| s.entry == entry) {
            change(sign_off);
        }
    }

    fn with_override(&mut self, entry: Entry, change: impl FnOnce(&mut Override)) {
        if let Some(asked) = self.overrides.iter_mut().find(|o| o.entry == entry) {
            change(asked);
        }
    }

    fn with_proposal(&mut self, entry: Entry, state: ProposalState) {
        if let Some(proposal) = self.proposals.iter_mut().find(|p| p.entry == entry) {
            proposal.state = state;
        }
    }

    /// Whether the event was one about steps.
    fn fold_work(&mut self, recorded: &Recorded) -> bool {
        let (at, by) = (recorded.at, recorded.actor.person());
        match &recorded.event {
            Event::StepDone { step, place, evidence } => {
                let done = self.steps.entry((step.clone(), place.clone())).or_insert_with(|| Done::new(at));
                done.by = by;
                done.at = at;
                done.done = true;
                done.hands.extend(by);
                done.evidence.extend(evidence.iter().cloned());
            }
            Event::StepUndone { step, place, .. } => {
                // Whose hands were on it stays known: undoing makes nobody independent.
                if let Some(done) = self.steps.get_mut(&(step.clone(), place.clone())) {
                    done.done = false;
                }
            }
            Event::EvidenceAdded { step, place, evidence } => {
                let done = self.steps.entry((step.clone(), place.clone())).or_insert_with(|| Done::new(at));
                done.hands.extend(by);
                done.evidence.push(evidence.clone());
            }
            _ => return false,
        }
        true
    }

    fn fold_people(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        if let Event::Assigned { gate, level, person } = &recorded.event {
            self.assignments.push(Assignment { gate: *gate, level: level.clone(), person: *person, at });
        }
        if let Event::Reminded { reminders } = &recorded.event {
            self.told.extend(reminders.iter().map(|told| told.person));
        }
        let Some(by) = recorded.actor.person() else { return };
        match &recorded.event {
            Event::Acknowledged { gate, until } => {
                self.acknowledgements.push(Acknowledgement { person: by, gate: *gate, until: *until, at });
            }
            Event::Commented { text, mentions } => {
                let entry = Entry(recorded.sequence);
                self.comments.push(Comment { entry, by, at, text: *text, mentions: mentions.clone() });
            }
            Event::Watched => drop(self.watchers.insert(by)),
            Event::Unwatched => drop(self.watchers.remove(&by)),
            Event::Seen => drop(self.seen.entry(by).or_insert(at)),
            _ => {}
        }
    }

    fn fold_life(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::MessageAttached { message, manner, authenticity } => {
                self.authenticity = self.authenticity.min(*authenticity);
                let MessageRef { id: message, commitment } = *message;
                let (manner, authenticity) = (*manner, *authenticity);
                self.messages.push(Attached { message, commitment, manner, authenticity, at });
            }
            Event::TimelineExtended { entries } => {
                self.timeline.extend(entries.iter().cloned());
                self.timeline.sort_by_key(|entry| (entry.at.is_none(), entry.at));
            }
            Event::PagesCame { pages } => self.pages.add(pages),
            Event::PagesConfirmed { set } => self.pages.confirm(set),
            Event::Activated => {
                self.life = Life::Open;
                self.counted_from = at;
            }
            Event::Closed => self.life = Life::Closed { at },
            Event::Dismissed => self.life = Life::Dismissed { at },
            Event::Reopened { .. } => {
                self.life = Life::Open;
                self.dismissal = None;
                self.counted_from = at;
            }
            Event::MergedInto { notice } => self.life = Life::Merged { into: *notice },
            Event::Absorbed { notice } => self.absorbed.push(*notice),
            Event::SplitOff { notice, resources } => {
                let gone = self.facts.resources.extract_if(.., |r| resources.contains(&r.id)).collect();
                self.split_off.push(SplitOff { notice: *notice, resources: gone });
                self.revised_at = at;
            }
            Event::SplitFrom { notice } => self.split_from = Some(*notice),
            Event::LikenessFound { notice } => {
                self.alike.push(Likeness { notice: *notice, at, set_aside: false });
            }
            Event::LikenessSetAside { notice } => {
                for alike in self.alike.iter_mut().filter(|alike| alike.notice == *notice) {
                    alike.set_aside = true;
                }
            }
            _ => {}
        }
    }

    /// Whether a provider told something that people have to look at again. How far its work has come, a date's exact hour
    /// and what a further page of the same announcement brings are not.
    fn is_announcement(&self, recorded: &Recorded) -> bool {
        let detail = matches!(recorded.event, Event::StatusChanged { .. } | Event::DeadlineRefined { .. });
        let Actor::Provider { message } = recorded.actor else { return false };
        let page = self.messages.iter().any(|m| m.message == message && m.manner == Manner::Page);
        !detail && !page
    }
}

impl Done {
    const fn new(at: DateTime<Utc>) -> Self {
        Self { done: false, by: None, at, evidence: Vec::new(), hands: BTreeSet::new() }
    }
}
