//! Whose notice it is: a profile's id where one fits, else the organisation's name as far as the message tells it.
//!
//! Owns the weighing of sender, signatures, names and addresses. It must not take the sender's word for proof (that is
//! the door's authentication), and a profile never wins by being known when an unknown sender speaks for itself.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::document::Document;
use super::organisation;
use super::profile::{Profile, Providers};
use super::{Fact, Span, Trace};

/// What a phrase of a profile is, where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkSort {
    Name,
    SubjectMark,
    BodyMark,
    Domain,
    /// Holds a name and speaks of something else.
    Not,
}

/// Every phrase of every profile, found in one pass.
#[derive(Debug, Default)]
pub struct Marks {
    finder: Option<AhoCorasick>,
    sorts: Vec<(usize, MarkSort)>,
}

impl Marks {
    pub(super) fn new(profiles: &[Profile]) -> Self {
        let mut phrases: Vec<String> = Vec::new();
        let mut sorts = Vec::new();
        let mut add = |text: &str, at: usize, sort: MarkSort| {
            phrases.push(text.to_owned());
            sorts.push((at, sort));
        };
        for (at, profile) in profiles.iter().enumerate() {
            profile.names().for_each(|n| add(n, at, MarkSort::Name));
            profile.subject_marks.iter().for_each(|m| add(m, at, MarkSort::SubjectMark));
            profile.body_marks.iter().for_each(|m| add(m, at, MarkSort::BodyMark));
            profile.domains.iter().for_each(|d| add(d, at, MarkSort::Domain));
            profile.not_marks.iter().for_each(|m| add(m, at, MarkSort::Not));
        }
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&phrases)
            .ok();
        Self { finder, sorts }
    }

    fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, MarkSort, std::ops::Range<usize>)> + 't {
        self.finder.iter().flat_map(move |finder| finder.find_iter(text)).filter_map(move |found| {
            let (profile, sort) = self.sorts[found.pattern().as_usize()];
            is_whole(text, found.start(), found.end()).then_some((profile, sort, found.range()))
        })
    }
}

/// Whether no letter or digit touches the range: `Colt` does not stand in `Colton`.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// How much each observation counts. A sender's own domain outweighs any number of mentions.
mod weight {
    pub const SENDER: u32 = 30;
    pub const SIGNER: u32 = 24;
    pub const UNKNOWN_SENDER: u32 = 7;
    pub const SUBJECT_MARK: u32 = 14;
    pub const BODY_MARK: u32 = 10;
    pub const SUBJECT_NAME: u32 = 7;
    pub const ADDRESS: u32 = 3;
    pub const NAME: u32 = 2;
    pub const AGENT: u32 = 3;
    pub const SPEAKER: u32 = 6;
    /// Mentions beyond this many say nothing more.
    pub const MENTIONS: u32 = 4;
    /// A single mention is the least that tells anything, and only where nobody else speaks.
    pub const LEAST: u32 = 2;
}

/// One house that the notice may come from.
#[derive(Debug, Default, Clone)]
struct Candidate {
    score: u32,
    /// What the headers alone gave.
    sender: u32,
    names: u32,
    addresses: u32,
    marks: u32,
    rule: String,
    best: u32,
    span: Option<Span>,
}

impl Candidate {
    fn add(&mut self, points: u32, rule: &str, span: impl FnOnce() -> Option<Span>) {
        self.score += points;
        if points > self.best {
            self.best = points;
            self.rule = rule.to_owned();
            self.span = span();
        }
    }
}

/// Whose notice this is, and its profile where one is known.
#[must_use]
pub fn tell<'p>(
    document: &Document,
    providers: &'p Providers,
    trail: &mut Vec<Trace>,
) -> (Fact<String>, Option<&'p Profile>) {
    let mut known: HashMap<usize, Candidate> = HashMap::new();
    weigh_headers(document, providers, &mut known);
    weigh_texts(document, providers, &mut known);
    share_with_parts(providers, &mut known);
    let best_known = known.into_iter().max_by_key(|(at, c)| (c.score, usize::MAX - at));
    let organisation = organisation::find(document, providers);
    let (value, candidate) = match (best_known, organisation) {
        (Some((at, known)), Some(own))
            if known.score >= weight::LEAST && known.score >= own.score(weight::UNKNOWN_SENDER) =>
        {
            (providers.all()[at].id.clone(), named_rule(known, &providers.all()[at].id))
        }
        (_, Some(own)) => {
            let score = own.score(weight::UNKNOWN_SENDER);
            (own.name, Candidate { score, rule: own.rule.to_owned(), span: own.span, ..Candidate::default() })
        }
        (Some((at, known)), None) if known.score >= weight::LEAST => {
            (providers.all()[at].id.clone(), named_rule(known, &providers.all()[at].id))
        }
        _ => ("unknown".to_owned(), Candidate { rule: "none".into(), ..Candidate::default() }),
    };
    let confidence = match candidate.score {
        0 => 0.0,
        1..=6 => 0.55,
        7..=12 => 0.75,
        13..=23 => 0.85,
        _ => 0.97,
    };
    let span = candidate.span;
    trail.push(Trace { fact: "provider".into(), value: value.clone(), rule: candidate.rule, span: span.clone() });
    let profile = providers.get(&value);
    (Fact { value, span, confidence }, profile)
}

/// A part of a house that the message names has the house's sender as its own, and what it is named besides decides.
fn share_with_parts(providers: &Providers, known: &mut HashMap<usize, Candidate>) {
    for (at, profile) in providers.all().iter().enumerate() {
        let house = profile.part_of.as_deref().and_then(|id| providers.all().iter().position(|p| p.id == id));
        let Some(house) = house.and_then(|h| known.get(&h)).map(|c| c.sender) else { continue };
        if let Some(part) = known.get_mut(&at).filter(|_| house > 0) {
            // One point more: at equal mention the part says more than the whole.
            part.score += house + 1;
        }
    }
}

fn named_rule(mut candidate: Candidate, id: &str) -> Candidate {
    candidate.rule = format!("profile:{id}/{}", candidate.rule);
    candidate
}

fn weigh_headers(document: &Document, providers: &Providers, known: &mut HashMap<usize, Candidate>) {
    let headers = &document.headers;
    let index = |p: &Profile| providers.all().iter().position(|q| q.id == p.id);
    let mut add = |domain: &str, points: u32, rule: &str| {
        if let Some(at) = providers.of_domain(domain).and_then(index) {
            let candidate = known.entry(at).or_default();
            candidate.add(points, rule, || None);
            candidate.sender += points;
        }
    };
    for mailbox in [&headers.from, &headers.sender, &headers.reply_to].into_iter().flatten() {
        if !organisation::is_relay(mailbox.domain()) {
            add(mailbox.domain(), weight::SENDER, "domain");
        }
    }
    for signer in headers.dkim.iter().filter(|d| !organisation::is_relay(d)) {
        add(signer, weight::SIGNER, "signer");
    }
    if let Some(list) = &headers.list_id {
        add(list.trim_end_matches('>').rsplit('<').next().unwrap_or(list), weight::ADDRESS, "list");
    }
    for name in headers.from.iter().map(|m| m.name.as_str()).filter(|n| !n.is_empty()) {
        for (at, sort, _) in providers.marks.find(name) {
            if sort == MarkSort::Name {
                known.entry(at).or_default().add(weight::SPEAKER, "display-name", || None);
            }
        }
    }
}

fn weigh_texts(document: &Document, providers: &Providers, known: &mut HashMap<usize, Candidate>) {
    for (part_at, part) in document.parts.iter().enumerate() {
        let is_subject = part.id == super::document::SUBJECT;
        for (at, sort, range) in providers.marks.find(&part.text) {
            let candidate = known.entry(at).or_default();
            let place = super::document::Place { part: part_at, range: range.clone() };
            let span = || Some(document.span(&place));
            match sort {
                MarkSort::Not => {}
                MarkSort::SubjectMark if is_subject => candidate.add(weight::SUBJECT_MARK, "subject-mark", span),
                MarkSort::BodyMark | MarkSort::SubjectMark => {
                    candidate.marks += 1;
                    if candidate.marks == 1 && sort == MarkSort::BodyMark {
                        candidate.add(weight::BODY_MARK, "body-mark", span);
                    }
                }
                MarkSort::Name if is_subject => candidate.add(weight::SUBJECT_NAME, "name-in-subject", span),
                MarkSort::Name => {
                    candidate.names += 1;
                    if candidate.names <= weight::MENTIONS {
                        let points = weight::NAME
                            + organisation::role_points(&part.text, &range, weight::AGENT, weight::SPEAKER);
                        candidate.add(points, "name", span);
                    }
                }
                MarkSort::Domain => {
                    candidate.addresses += 1;
                    if candidate.addresses <= weight::MENTIONS {
                        candidate.add(weight::ADDRESS, "address", span);
                    }
                }
            }
        }
        for link in part.links.iter().take(40) {
            let host = organisation::host(&link.target);
            let found = host
                .and_then(|h| providers.of_domain(h))
                .and_then(|p| providers.all().iter().position(|q| q.id == p.id));
            if let Some(at) = found {
                let candidate = known.entry(at).or_default();
                candidate.addresses += 1;
                if candidate.addresses <= weight::MENTIONS {
                    candidate.add(weight::ADDRESS, "address", || None);
                }
            }
        }
    }
}
