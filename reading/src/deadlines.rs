//! Deadlines: which dates have consequences, and which role each has. Owns the scoring of what is said around a date; it
//! must not know written forms, and must not invent: a date without a consequence is none.
//!
//! Each date is judged by its sentence. A cue counts for the date it stands nearest to, the more the nearer, less across
//! the border of a clause; what is said of the date in the next sentence (`after that date …`) and in the heading above
//! counts less. The role with the highest sum has it. Of dates in doubt the earlier stays, with low confidence.

use chrono::{DateTime, Utc};

use super::dates::{Dates, Doubt, Mention, Point, Value};
use super::document::{Document, LineKind, Place, Sentence};
use super::kind;
use super::labels::{Labels, heading_above};
use super::windows::Found;
use super::words::{self, Cue, Hit, Label};
use countersign_notice::fact::{Kind, Role, When};

/// The distance in bytes at which a cue counts half.
const HALF: f32 = 60.0;
/// What a cue behind a border of clauses keeps.
const ACROSS: f32 = 0.6;
/// What is said in the next sentence keeps.
const NEXT_SENTENCE: f32 = 0.5;
/// What the heading of a section or the label of a line keeps.
const HEADING: f32 = 0.6;
/// The sum below which nothing has been said of a date.
const LEAST: f32 = 0.25;

/// What must have been said of a date for it to be a deadline in a notice that is otherwise only news.
const OUTRIGHT: f32 = 0.6;

/// A deadline before it is printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Dated {
    pub role: Role,
    pub point: Point,
    pub place: Place,
    pub confidence: f32,
    /// Why it is in doubt, where it is.
    pub stand_in: bool,
}

/// What the words around one date say, as sums.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    ends: f32,
    destroys: f32,
    deprecates: f32,
    automatic: f32,
    enforced: f32,
    asked: f32,
    recommended: f32,
    opt_out: f32,
    new_only: f32,
    upstream: f32,
    rehearsal: f32,
    past: f32,
    superseded: f32,
    next_word: f32,
    onward: f32,
    offers: f32,
    returns: f32,
}

impl Said {
    fn add(&mut self, cue: Cue, weight: f32) {
        let sum = match cue {
            Cue::Ends => &mut self.ends,
            Cue::Destroys => &mut self.destroys,
            Cue::Deprecates => &mut self.deprecates,
            Cue::Automatic => &mut self.automatic,
            Cue::Enforced => &mut self.enforced,
            Cue::Asked => &mut self.asked,
            Cue::Recommended => &mut self.recommended,
            Cue::OptOut => &mut self.opt_out,
            Cue::NewOnly => &mut self.new_only,
            Cue::Upstream => &mut self.upstream,
            Cue::Rehearsal => &mut self.rehearsal,
            Cue::Past => &mut self.past,
            Cue::Superseded => &mut self.superseded,
            Cue::NextWord => &mut self.next_word,
            Cue::Onward => &mut self.onward,
            Cue::Offers => &mut self.offers,
            Cue::Returns => &mut self.returns,
            Cue::Moved | Cue::Begins | Cue::Over => return,
        };
        // Ten words for one thing do not make it ten times as sure.
        *sum = sum.max(weight) + sum.min(weight) * 0.3;
    }

    fn hardest(&self) -> f32 {
        self.ends.max(self.destroys).max(self.deprecates).max(self.automatic).max(self.forced())
    }

    /// What is enforced, or holds from then on and is no offer.
    fn forced(&self) -> f32 {
        if self.offers > self.onward * 0.5 { self.enforced } else { self.enforced.max(self.onward) }
    }
}

/// A candidate with its judgement.
struct Judged {
    dated: Dated,
    said: Said,
    /// Its label calls it a date to act by (`due date`).
    due: bool,
}

/// The dated consequences of a document. Windows are those already found: their ends are no deadlines of their own.
#[must_use]
pub fn find(document: &Document, dates: &Dates, windows: &[Found], kind: Kind) -> Vec<Dated> {
    if kind == Kind::Incident {
        return Vec::new();
    }
    let mut judged = judge_all(document, dates, kind);
    if kind == Kind::Informational {
        // News has no deadline, unless it threatens something outright: the kind may have been misread.
        judged.retain(|j| j.due || (j.said.ends.max(j.said.destroys) > OUTRIGHT && j.dated.role.is_hard()));
    }
    if kind == Kind::ScheduledMaintenance {
        let stays_gone = |said: &Said| said.destroys > LEAST.max(said.returns);
        judged.retain(|j| {
            let means_it = stays_gone(&j.said) && j.dated.role.is_hard() || j.due;
            means_it && !in_window(&j.dated.point, windows)
        });
    }
    settle(judged, dates, kind, document.subject().is_some())
}

fn in_window(point: &Point, windows: &[Found]) -> bool {
    windows.iter().any(|w| {
        let whole = w.start.is_some() && w.end.is_some();
        whole && [&w.start, &w.end].into_iter().flatten().any(|p| p.at == point.at || p.day == point.day)
    })
}

fn judge_all(document: &Document, dates: &Dates, kind: Kind) -> Vec<Judged> {
    let sentences: Vec<_> = document.sentences().collect();
    let mut labels = Labels::of_document(document);
    let mut judged = Vec::new();
    let mut from = 0;
    for (at, sentence) in sentences.iter().enumerate() {
        let place = &sentence.place;
        let inside = |m: &Mention| {
            m.place.part == place.part
                && m.place.range.start >= place.range.start
                && m.place.range.end <= place.range.end
        };
        let before = |m: &Mention| (m.place.part, m.place.range.start) < (place.part, place.range.start);
        while dates.mentions.get(from).is_some_and(before) {
            from += 1;
        }
        let mut end = from;
        while dates.mentions.get(end).is_some_and(inside) {
            end += 1;
        }
        let mentions: Vec<&Mention> = dates.mentions[from..end].iter().filter(|m| m.live && !m.struck).collect();
        from = end;
        if mentions.is_empty() {
            continue;
        }
        let hits = words::cues(sentence.text);
        let next = next_sentence(document, &sentences[at..]);
        let heading = heading_above(document, place.part, sentence.line);
        for mention in &mentions {
            let Some(point) = deadline_point(mention, &hits, kind) else { continue };
            let label = labels.of(mention);
            let context = Context { place, mentions: &mentions, next, heading, label };
            judged.extend(judge(sentence.text, &hits, mention, point, &context));
        }
    }
    judged
}

/// What is said after the first of these sentences; after a row or an item of a list, what is said after them all.
fn next_sentence<'d>(document: &Document, sentences: &[Sentence<'d>]) -> Option<&'d str> {
    let (first, rest) = sentences.split_first()?;
    let is_entry = |s: &Sentence<'_>| {
        let kind = document.parts[s.place.part].lines.get(s.line).map(|l| &l.kind);
        matches!(kind, Some(LineKind::Row(_) | LineKind::ListItem))
    };
    let next = if is_entry(first) { rest.iter().take(ENTRIES).find(|s| !is_entry(s)) } else { rest.first() };
    next.filter(|n| n.place.part == first.place.part).map(|n| n.text)
}

/// So many entries of a list or table may stand between a date and what is said of it.
const ENTRIES: usize = 8;

struct Context<'a> {
    place: &'a Place,
    mentions: &'a [&'a Mention],
    next: Option<&'a str>,
    heading: Option<&'a str>,
    label: Option<&'a str>,
}

/// The point of a mention that can be a deadline: of a move from one date to another the second, of a stretch of work
/// with times none.
fn deadline_point(mention: &Mention, hits: &[Hit], kind: Kind) -> Option<Point> {
    match &mention.value {
        Value::Point(point) => Some(point.clone()),
        Value::Span { start, end } => {
            let moved = hits.iter().any(|h| h.cue == Cue::Moved);
            let bare = start.clock.is_none();
            match (moved, bare) {
                (true, _) => Some(end.clone()),
                (false, true) => Some(start.clone()),
                // `The certificate is replaced on 24 March between 16:00 and 20:00`: no work of the provider's alone.
                (false, false) => Some(start.clone()).filter(|_| needs_deadline(kind)),
            }
        }
        _ => None,
    }
}

fn judge(sentence: &str, hits: &[Hit], mention: &Mention, point: Point, context: &Context<'_>) -> Option<Judged> {
    let base = context.place.range.start;
    let at = (mention.place.range.start - base, mention.place.range.end - base);
    let mut said = Said::default();
    for hit in hits {
        if hit.start < at.1 && at.0 < hit.end {
            continue;
        }
        said.add(hit.cue, hit.weight * nearness(sentence, hit, at, context, base));
    }
    for (text, share) in [(context.label, 1.0), (context.heading, HEADING)] {
        for hit in text.map(words::cues).unwrap_or_default() {
            said.add(hit.cue, hit.weight * share);
        }
    }
    if let Some(next) = context.next.filter(|n| refers_back(n)) {
        for hit in words::cues(next) {
            said.add(hit.cue, hit.weight * NEXT_SENTENCE);
        }
    }
    let by = stands_after_by(&sentence[..at.0]);
    let announced = sentence[..at.0].trim_end().strip_suffix(':');
    let label = context.label.or(announced).and_then(words::label);
    let role = role(&said, by, label)?;
    let confidence = confidence(&said, &point);
    Some(Judged {
        dated: Dated { role, point, place: mention.place.clone(), confidence, stand_in: false },
        said,
        due: label == Some(Label::Deadline),
    })
}

/// How much a cue counts for a date: by distance, by clause, and only fully for the date nearest to it.
fn nearness(sentence: &str, hit: &Hit, at: (usize, usize), context: &Context<'_>, base: usize) -> f32 {
    let distance =
        |start: usize, end: usize| if hit.end <= start { start - hit.end } else { hit.start.saturating_sub(end) };
    let own = distance(at.0, at.1);
    let between = if hit.end <= at.0 { &sentence[hit.end..at.0] } else { &sentence[at.1..hit.start.max(at.1)] };
    let clause = if between.contains([';', '(', ')', '\t'])
        || between.contains(" - ")
        || between.contains(", and ")
        || between.contains(" but ")
    {
        ACROSS
    } else {
        1.0
    };
    let nearest = context.mentions.iter().all(|m| {
        let (start, end) = (m.place.range.start - base, m.place.range.end - base);
        distance(start, end) >= own
    });
    #[expect(clippy::cast_precision_loss, reason = "distances in a sentence are small")]
    let decay = HALF / (HALF + own as f32);
    decay * clause * if nearest { 1.0 } else { 0.45 }
}

/// Such words speak of it wherever they stand.
const AFTERWARDS: &[&str] =
    &["after that", "after this date", "after these dates", "after those dates", "from these dates"];

/// Whether a sentence speaks of a date named just before: `after that`, `from then on`, `before that date`.
fn refers_back(sentence: &str) -> bool {
    let start: String = sentence.chars().take(70).collect::<String>().to_lowercase();
    [
        "after that",
        "after this",
        "from then",
        "from this date",
        "from that date",
        "then ",
        " then",
        "at that time",
        "at this time",
        "on this date",
        "on that date",
        "before that",
        "once ",
        "beyond that",
        "danach",
        "ab dann",
        "ab diesem",
        "nach diesem",
        "apres cette",
        "après cette",
        "a partir de esa",
        "dopo tale",
        "will no longer",
        "no longer",
        "daarna",
    ]
    .iter()
    .any(|words| start.contains(words))
        || AFTERWARDS.iter().any(|words| kind::find_ignoring_case(sentence, words).is_some())
}

/// Whether the words before a date set it as the end of a time to act: `before`, `by`, `prior to`, `bis`.
fn stands_after_by(lead: &str) -> bool {
    let tail: Vec<String> = lead.split_whitespace().rev().take(3).map(super::dates::lexicon::fold).collect();
    let last = tail.first().map(String::as_str).unwrap_or_default();
    let articles = ["the", "zum", "den", "le", "el", "il", "del", "of"];
    let word = if articles.contains(&last) { tail.get(1).map(String::as_str).unwrap_or_default() } else { last };
    matches!(
        word,
        "before"
            | "by"
            | "to"
            | "than"
            | "vor"
            | "bis"
            | "avant"
            | "antes"
            | "prima"
            | "voor"
            | "entro"
            | "fore"
            | "inden"
            | "przed"
            | "within"
    ) && !(word == "to" && tail.get(1).map(String::as_str) != Some("prior"))
        || matches!(last, "del" | "de") && tail.get(1).is_some_and(|w| matches!(w.as_str(), "antes" | "prima"))
}

fn role(said: &Said, by: bool, label: Option<Label>) -> Option<Role> {
    let hardest = said.hardest();
    let asked = said.asked.max(said.recommended) + if by { 0.5 } else { 0.0 };
    let against = said.past.max(said.superseded).max(said.next_word);
    if label == Some(Label::Aside) || against > hardest.max(asked) {
        return None;
    }
    if said.opt_out > 0.0 && said.opt_out > hardest {
        return Some(Role::RecommendedBy);
    }
    // `We recommend … by` stays a recommendation, whatever else its sentence threatens.
    if by && said.recommended > LEAST {
        return Some(Role::RecommendedBy);
    }
    if label == Some(Label::Deadline) && hardest < LEAST {
        return Some(Role::RecommendedBy);
    }
    // What is asked `by` a date is a request; a consequence must stand nearer to outweigh it.
    let asks = by && asked > hardest * 1.2 || asked > hardest * 2.5;
    if hardest < LEAST || asks {
        return (asked >= 0.5).then_some(Role::RecommendedBy);
    }
    if said.rehearsal > hardest * 0.9 {
        return Some(Role::RecommendedBy);
    }
    let ends = said.ends.max(said.destroys).max(said.deprecates);
    Some(if said.automatic >= ends && said.automatic >= said.forced() {
        Role::AutoApplied
    } else if said.forced() > ends {
        Role::Forced
    } else {
        Role::HardExpiry
    })
}

fn confidence(said: &Said, point: &Point) -> f32 {
    let told = said.hardest().max(said.asked);
    (0.6 + told * 0.35).min(point.confidence())
}

/// The list that is printed: past and background dates give way to real ones, the same date is told once, and where only
/// a request is dated it stands in for the deadline.
fn settle(mut judged: Vec<Judged>, dates: &Dates, kind: Kind, has_subject: bool) -> Vec<Dated> {
    let written: Option<DateTime<Utc>> = dates.resolver.base.sent.map(|s| s.to_utc()).or(dates.resolver.base.received);
    let is_past = |p: &Point| written.is_some_and(|w| p.at.latest() < w);
    let standing = |j: &Judged| standing(&j.said, is_past(&j.dated.point));
    let best = judged
        .iter()
        .filter(|j| j.dated.role.is_hard() && !j.dated.point.doubts.contains(&Doubt::Vague))
        .map(standing)
        .min();
    if let Some(best) = best {
        judged.retain(|j| !is_past(&j.dated.point) || best == Standing::Past);
        judged.retain(|j| standing(j) != Standing::Upstream || best == Standing::Upstream);
        for j in judged.iter_mut().filter(|j| standing(j) > best && j.dated.role.is_hard()) {
            j.dated.role = Role::RecommendedBy;
        }
    }
    let due = judged.iter().any(|j| j.due);
    let mut list = once(judged, has_subject);
    if !list.iter().any(|d| d.role.is_hard()) && (needs_deadline(kind) || due) {
        stand_in(&mut list);
    }
    list.sort_by_key(|d| (d.point.at.earliest(), d.role));
    list
}

/// How much a date counts against others: only the best standing in a message makes hard deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// What exists is touched.
    Full,
    /// It is only called deprecated then.
    Deprecated,
    /// Only what is new is refused.
    NewOnly,
    /// A warning or a test of the real thing.
    Rehearsal,
    /// Somebody else's date, told as background.
    Upstream,
    /// Over when the message was written.
    Past,
}

fn standing(said: &Said, is_past: bool) -> Standing {
    if is_past {
        Standing::Past
    } else if said.upstream > 0.2 {
        Standing::Upstream
    } else if said.rehearsal > 0.3 {
        Standing::Rehearsal
    } else if said.new_only > 0.3 && said.new_only > said.destroys {
        Standing::NewOnly
    } else if said.deprecates > said.ends.max(said.destroys).max(said.automatic).max(said.enforced) {
        Standing::Deprecated
    } else {
        Standing::Full
    }
}

/// Kinds whose notices threaten something, so that a date asked for is better than none.
const fn needs_deadline(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::CertificateRotation | Kind::EndOfLife | Kind::Deprecation | Kind::Security | Kind::AccountBilling
    )
}

/// The earliest date asked for stands in for the deadline that is not told.
fn stand_in(list: &mut [Dated]) {
    let earliest = list.iter_mut().min_by_key(|d| d.point.at.earliest());
    if let Some(dated) = earliest {
        dated.role = Role::Forced;
        dated.confidence = dated.confidence.min(0.6);
        dated.stand_in = true;
    }
}

/// Each date and role once; an instant refines the bare date of the same day. A sentence of the text is better evidence than
/// the subject, and what both say is surer.
fn once(judged: Vec<Judged>, has_subject: bool) -> Vec<Dated> {
    let in_subject = |d: &Dated| has_subject && d.place.part == 0;
    let mut list: Vec<Dated> = Vec::new();
    for Judged { dated, .. } in judged {
        let dated = Dated { point: without_zone_guess(dated.point), ..dated };
        let same = list.iter_mut().find(|d| {
            d.role.is_hard() == dated.role.is_hard()
                && (d.point.at == dated.point.at
                    || d.point.at.is_refined_by(&dated.point.at)
                    || dated.point.at.is_refined_by(&d.point.at))
        });
        match same {
            Some(known) => {
                let refines = known.point.at.is_refined_by(&dated.point.at) && known.point.at != dated.point.at;
                let again = in_subject(known) && !in_subject(&dated);
                let surer = again || dated.confidence > known.confidence;
                let role = known.role.max(dated.role);
                let confidence = known.confidence.max(dated.confidence) + if again { TOLD_AGAIN } else { 0.0 };
                if refines || (surer && known.point.at == dated.point.at) {
                    *known = dated;
                }
                known.role = role;
                known.confidence = confidence.min(known.point.confidence());
            }
            None => list.push(dated),
        }
    }
    list
}

/// What a date gains where subject and text both tell it.
const TOLD_AGAIN: f32 = 0.05;

/// A time without a zone is no instant: its day is what is sure.
fn without_zone_guess(point: Point) -> Point {
    if point.doubts.contains(&Doubt::NoZone) { Point { at: When::date(point.day), ..point } } else { point }
}
