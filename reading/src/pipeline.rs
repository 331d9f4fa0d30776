//! The way from bytes to a reading: structured formats first, else a mail unwrapped; then each announcement by the general
//! rules, and its keys.
//!
//! Owns the order of the steps and nothing else: what a word means is decided in the modules that it calls.

use chrono::{DateTime, Utc};

use super::dates::Base;
use super::document::Document;
use super::formats::{self, Draft, Structured};
use super::mail::{Body, Mail};
use super::profile::{DateOrder, Profile, Providers};
use super::sniff::{self, Form};
use super::{
    Announcement, Automatic, Correlation, Fact, Input, PartText, Reading, Resource, Trace, Trouble, Window, automatic,
    budget, charset, correlate, forward, impact, kind, links, look_alike, mail, meaning, outlook, provider, resources,
    sections, status, title,
};
use countersign_notice::fact::{Authenticity, Kind, Status};

/// A kind that a window alone speaks for.
const UNSURE: f32 = 0.5;

/// Envelopes within envelopes (a webhook in SNS in a queue's message).
const DEEPEST_ENVELOPE: usize = 3;

/// Reads one message. Never fails: what cannot be read is told in `trouble`.
#[must_use]
pub fn read(input: &Input<'_>, providers: &Providers) -> Reading {
    at_depth(input, providers, 0)
}

fn at_depth(input: &Input<'_>, providers: &Providers, depth: usize) -> Reading {
    let mut reading = empty(input);
    if let Some(found) = formats::read(input, providers) {
        structured(found, input, providers, depth, &mut reading);
        return finish(reading);
    }
    if outlook::is_compound(input.bytes) {
        of_outlook(input, providers, &mut reading);
        return finish(reading);
    }
    let form = sniff::form(input.bytes, input.media);
    reading.format = match form {
        Form::Mail => "mail",
        Form::Html => "html",
        Form::Text => "text",
        Form::Binary => "binary",
    }
    .to_owned();
    match taken_apart(input, form) {
        Some(mail) => of_mail(mail, input, providers, &mut reading),
        None => reading.trouble.push(unreadable("Nothing in it can be read as a mail, a page or a text.")),
    }
    finish(reading)
}

fn empty(input: &Input<'_>) -> Reading {
    Reading {
        format: String::new(),
        from: None,
        forwarded_by: None,
        original: None,
        authenticity: input.authenticity,
        remark: None,
        notices: Vec::new(),
        trouble: Vec::new(),
        texts: Vec::new(),
        automatic: None,
        trail: Vec::new(),
    }
}

/// The last step: too many announcements are cut, and a message without any is told.
fn finish(mut reading: Reading) -> Reading {
    if reading.notices.len() > budget::MOST_NOTICES {
        reading.notices.truncate(budget::MOST_NOTICES);
        reading.trouble.push(budget::too_long());
    }
    let mut seen = std::collections::HashSet::new();
    reading.trouble.retain(|t| seen.insert((t.code.clone(), t.message.clone())));
    without_nul(&mut reading);
    reading
}

/// Texts are normalised, but what comes straight from headers may hold NUL, raw or by an encoded word; a database takes it
/// for the end of a string or refuses it.
fn without_nul(reading: &mut Reading) {
    let original =
        reading.original.iter_mut().flat_map(|o| [&mut o.from, &mut o.subject, &mut o.date, &mut o.message_id]);
    let from_headers = original.chain([&mut reading.from, &mut reading.forwarded_by, &mut reading.remark]).flatten();
    let keys = reading.notices.iter_mut().flat_map(|notice| {
        let Correlation { keys, likeness, .. } = &mut notice.correlation;
        keys.iter_mut().chain(likeness).chain([&mut notice.title, &mut notice.provider.value])
    });
    for text in from_headers.chain(keys) {
        if text.contains('\0') {
            *text = text.replace('\0', " ");
        }
    }
}

fn unreadable(why: &str) -> Trouble {
    Trouble {
        code: "unreadable".to_owned(),
        message: format!("{why} Open the original to see what it is."),
        span: None,
    }
}

fn taken_apart(input: &Input<'_>, form: Form) -> Option<Mail> {
    let bare = |body: Body| Mail { subject: input.subject.map(str::to_owned), bodies: vec![body], ..Mail::default() };
    match form {
        Form::Mail => {
            let mut mail = mail::parse(input.bytes)?;
            mail.subject = mail.subject.take().or_else(|| input.subject.map(str::to_owned));
            Some(mail)
        }
        Form::Html => Some(bare(Body::Html {
            id: "1".to_owned(),
            html: charset::decode(input.bytes, None).into_owned(),
            plain: None,
        })),
        Form::Text if !input.bytes.is_empty() => {
            Some(bare(Body::Text { id: "1".to_owned(), text: charset::decode(input.bytes, None).into_owned() }))
        }
        Form::Text | Form::Binary => None,
    }
}

/// Outlook's record of a mail.
fn of_outlook(input: &Input<'_>, providers: &Providers, reading: &mut Reading) {
    reading.format = "msg".to_owned();
    let made = outlook::mail(input.bytes);
    match made.as_deref().map(mail::parse) {
        Ok(Some(mail)) => of_mail(mail, input, providers, reading),
        Ok(None) => reading.trouble.push(unreadable("Nothing in it can be read as a mail.")),
        Err(bad) => {
            reading.trouble.push(Trouble { code: "bad_msg".to_owned(), message: bad.to_string(), span: None });
        }
    }
}

fn of_mail(mail: Mail, input: &Input<'_>, providers: &Providers, reading: &mut Reading) {
    reading.automatic = automatic::tell(&mail);
    let unwrapped = forward::unwrap(mail, input.received);
    reading.from = unwrapped.from;
    reading.forwarded_by = unwrapped.forwarded_by;
    // A mail of ours that somebody sends on announces nothing either. Attached it keeps its id; inline, its last lines.
    let forwarded = !unwrapped.carriers.is_empty();
    let is_own = |document: &Document| document.parts.iter().any(|part| automatic::is_own_text(&part.text));
    if unwrapped.original.message_id.as_deref().is_some_and(automatic::is_own_id)
        || (forwarded && unwrapped.documents.first().is_some_and(is_own))
    {
        reading.automatic = Some(Automatic::OwnMail);
    }
    let claimed = unwrapped.documents.first().and_then(|document| document.headers.from.clone());
    reading.original = Some(unwrapped.original);
    reading.remark = unwrapped.remark;
    reading.trouble.extend(unwrapped.trouble);
    for (nth, document) in unwrapped.documents.into_iter().enumerate() {
        let one =
            Reader { providers, received: input.received, carriers: if nth == 0 { &unwrapped.carriers } else { &[] } };
        one.document(document, reading);
    }
    if let Some(claimed) = claimed
        && let Some(doubt) = look_alike::told(&claimed.name, claimed.domain(), &reading.notices, providers)
    {
        reading.trouble.insert(0, doubt);
        // A colleague who forwards it vouches for having got it, not for who wrote it.
        if reading.authenticity != Authenticity::Failed {
            reading.authenticity = Authenticity::Unverified;
        }
    }
    if reading.notices.is_empty() && reading.trouble.is_empty() && reading.automatic.is_none() {
        reading.trouble.push(unreadable("It holds no words."));
    }
}

fn structured(found: Structured, input: &Input<'_>, providers: &Providers, depth: usize, reading: &mut Reading) {
    if let Some(inner) = found.inner.as_ref().filter(|_| depth < DEEPEST_ENVELOPE) {
        let within = Input {
            bytes: &inner.bytes,
            media: inner.media.as_deref(),
            received: input.received.or(inner.received),
            subject: inner.subject.as_deref().or(input.subject),
            authenticity: input.authenticity,
        };
        *reading = at_depth(&within, providers, depth + 1);
        reading.trouble.splice(0..0, found.trouble);
        return;
    }
    reading.format = found.format.to_owned();
    reading.original = found.original;
    reading.from = reading.original.as_ref().and_then(|o| o.from.clone());
    reading.trouble.extend(found.trouble);
    reading.texts.extend(found.texts);
    reading.trail.extend(found.trail);
    let one = Reader { providers, received: input.received, carriers: &[] };
    let cut = found.drafts.len() > budget::MOST_NOTICES;
    for draft in found.drafts.into_iter().take(budget::MOST_NOTICES) {
        one.draft(draft, reading);
    }
    reading.trouble.extend(cut.then(budget::too_long));
}

/// What all documents of one message share.
struct Reader<'r> {
    providers: &'r Providers,
    received: Option<DateTime<Utc>>,
    carriers: &'r [String],
}

impl Reader<'_> {
    /// Every announcement of a mail, its calendars' and data files' facts taken over what its prose tells.
    fn document(&self, document: Document, reading: &mut Reading) {
        let mut document = document;
        self.within_budget(&mut document, reading);
        let mut drafts = self.attached(&document, reading);
        let has_words = document.parts.iter().any(|p| !p.text.trim().is_empty());
        if drafts.len() == 1
            && let Some(draft) = drafts.pop()
        {
            let prose = self.announce(&document, told(&draft), reading);
            let keys = prose.correlation.clone();
            let mut whole = draft.complete(prose);
            merge(&mut whole.correlation, keys);
            reading.notices.push(whole);
        } else if !drafts.is_empty() {
            let shared = correlate::keys(&document, self.carriers, "", &[]);
            for draft in drafts.into_iter().take(budget::MOST_NOTICES) {
                self.draft(draft, reading);
                if let Some(last) = reading.notices.last_mut() {
                    merge(&mut last.correlation, Correlation { keys: shared.clone(), ..Correlation::default() });
                }
            }
        } else if has_words {
            for section in sections::split(&document) {
                let notice = self.announce(&section, None, reading);
                let is_known = self.providers.get(&notice.provider.value).is_some();
                if is_known || announces(&section, &notice) {
                    reading.notices.push(notice);
                }
            }
            if reading.notices.is_empty() {
                reading.trouble.insert(0, nothing_announced());
            }
        }
        reading.texts.extend(texts(document));
    }

    /// The announcements of attached calendars and data files.
    fn attached(&self, document: &Document, reading: &mut Reading) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for attachment in &document.attachments {
            let text = charset::decode(&attachment.bytes, None);
            let is_calendar = attachment.media == "text/calendar"
                || attachment.media == "application/ics"
                || text.trim_start().starts_with("BEGIN:VCALENDAR");
            let found = if is_calendar {
                formats::maintnote::calendar(&attachment.part, &text, self.providers)
            } else {
                let input = Input {
                    bytes: &attachment.bytes,
                    media: Some(&attachment.media),
                    received: self.received,
                    subject: None,
                    authenticity: reading.authenticity,
                };
                formats::read(&input, self.providers).filter(|f| f.inner.is_none())
            };
            if let Some(found) = found {
                drafts.extend(found.drafts);
                reading.trouble.extend(found.trouble);
                reading.texts.extend(found.texts);
                reading.trail.extend(found.trail);
            }
        }
        drafts
    }

    /// An announcement from structure, completed by the prose inside it.
    fn draft(&self, draft: Draft, reading: &mut Reading) {
        let document = draft.document();
        let prose = self.announce(&document, told(&draft), reading);
        let likeness =
            correlate::likeness(&document, &draft.announcement.provider.value, &draft.announcement.resources);
        reading.texts.extend(texts(document));
        let mut whole = draft.complete(prose);
        whole.correlation.likeness = whole.correlation.likeness.or(likeness);
        reading.notices.push(whole);
    }

    /// The general rules, in the order in which they need each other. What a date means hangs on the kind, so a kind that
    /// a structure has `told` counts before the one that the prose alone suggests.
    fn announce(&self, document: &Document, told: Option<Kind>, reading: &mut Reading) -> Announcement {
        let trail = &mut reading.trail;
        let (provider, profile) = provider::tell(document, self.providers, trail);
        let kind = kind::tell(document, profile, trail);
        let status = status::tell(document, profile, kind.value, trail);
        let found = meaning::tell(document, &self.base(document, profile), told.unwrap_or(kind.value));
        let kind = self.with_windows(document, kind, &found.windows);
        let resources = resources::find(document, profile, kind.value, trail);
        let references = resources::references(document, profile);
        let correlation = Correlation {
            keys: correlate::keys(document, self.carriers, &provider.value, &references),
            likeness: correlate::likeness(document, &provider.value, &resources),
            page: None,
        };
        note_dates(&found, trail);
        reading.trouble.extend(found.trouble);
        Announcement {
            title: title::tell(document),
            impact: impact::tell(document),
            links: links::find(document, profile),
            provider,
            kind,
            status,
            deadlines: found.deadlines,
            windows: found.windows,
            resources: unique(resources),
            correlation,
            updates: Vec::new(),
        }
    }

    /// Where no word spoke for anything, a window speaks for maintenance, and one that was over when the message was sent
    /// for an incident.
    fn with_windows(&self, document: &Document, kind: Fact<Kind>, windows: &[Window]) -> Fact<Kind> {
        if windows.is_empty() || kind.value != Kind::Informational || kind.confidence >= UNSURE {
            return kind;
        }
        let sent = document.headers.date.map(|d| d.to_utc()).or(self.received);
        let over = |w: &Window| w.end.zip(sent).is_some_and(|(end, sent)| end.latest() < sent);
        let value = if windows.iter().all(over) { Kind::Incident } else { Kind::ScheduledMaintenance };
        Fact { value, confidence: UNSURE, ..kind }
    }

    fn base(&self, document: &Document, profile: Option<&Profile>) -> Base {
        Base {
            sent: document.headers.date,
            received: self.received,
            zone: profile.and_then(|p| p.zone),
            day_first: profile.and_then(|p| p.date_order).map(|o| o == DateOrder::DayFirst),
        }
    }

    /// Cuts what is longer than any notice, so that the cost of all rules together stays linear.
    fn within_budget(&self, document: &mut Document, reading: &mut Reading) {
        let mut left = budget::LONGEST_TEXT;
        let mut was_cut = false;
        for part in &mut document.parts {
            was_cut |= part.cut(left);
            left = left.saturating_sub(part.text.len());
        }
        if was_cut {
            reading.trouble.push(budget::too_long());
        }
    }
}

/// Whether anything is said that could be an announcement: a date, a thing that is touched, a status, a reference, a word
/// for any kind of notice, or at least so many words that a person may find one in them. A mail that answers another one
/// may belong to a notice by that alone.
fn announces(document: &Document, notice: &Announcement) -> bool {
    let headers = &document.headers;
    let is_told =
        notice.kind.span.is_some() || notice.kind.confidence >= UNSURE || notice.status.value != Status::Planned;
    let has_facts = !(notice.deadlines.is_empty() && notice.windows.is_empty() && notice.resources.is_empty());
    let refers = notice.correlation.keys.iter().any(|k| k.starts_with("reference:"));
    is_told
        || has_facts
        || refers
        || says_something(document)
        || !(headers.in_reply_to.is_empty() && headers.references.is_empty())
}

/// Fewer different words say next to nothing.
const FEWEST_WORDS: usize = 15;

fn says_something(document: &Document) -> bool {
    let words = document.lines().flat_map(|view| view.text.split(|c: char| !c.is_alphanumeric()));
    let mut seen = std::collections::HashSet::new();
    words
        .filter(|w| w.contains(char::is_alphabetic))
        .any(|w| seen.insert(w.to_lowercase()) && seen.len() >= FEWEST_WORDS)
}

fn nothing_announced() -> Trouble {
    Trouble {
        code: "nothing_announced".to_owned(),
        message:
            "No announcement was recognised in it: no date with a meaning, nothing that is touched, no word for a kind \
                  of notice. Look at the original, and open a notice by hand if it matters."
                .to_owned(),
        span: None,
    }
}

/// The kind that a structure settles or knows better than a guess.
fn told(draft: &Draft) -> Option<Kind> {
    const BETTER_THAN_A_GUESS: f32 = 0.6;
    let kind = &draft.announcement.kind;
    (draft.settled.kind || kind.confidence >= BETTER_THAN_A_GUESS).then_some(kind.value)
}

fn note_dates(found: &meaning::Meaning, trail: &mut Vec<Trace>) {
    let trace = |fact: &'static str, value: &str, rule: String, span: &Option<super::Span>| Trace {
        fact: fact.into(),
        value: value.to_owned(),
        rule,
        span: span.clone(),
    };
    trail.extend(found.windows.iter().map(|w| trace("window", &w.as_written, "window".to_owned(), &w.span)));
    trail.extend(found.deadlines.iter().map(|d| trace("deadline", &d.as_written, format!("role:{}", d.role), &d.span)));
}

fn unique(resources: Vec<Resource>) -> Vec<Resource> {
    let mut seen = std::collections::HashSet::new();
    resources.into_iter().filter(|r| seen.insert((r.id.clone(), r.account.clone()))).collect()
}

fn merge(into: &mut Correlation, from: Correlation) {
    for key in from.keys {
        if !into.keys.contains(&key) {
            into.keys.push(key);
        }
    }
    into.likeness = into.likeness.take().or(from.likeness);
}

fn texts(document: Document) -> impl Iterator<Item = PartText> {
    document.parts.into_iter().map(|p| PartText { part: p.id, text: p.text })
}
