//! Every version of every event ever written stays readable. The file holds one stored line for each; a new event or version
//! adds a line, and no line is ever changed or taken away.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::main_job::expires;
use super::{announced, at, text};
use crate::chain::{Stored, Stream, canonical};
use crate::event::{
    Actor, Authenticated, Bypass, Cause, Downgrade, Event, Evidence, Manner, MessageRef, Method, Opened, Place, Plan,
    ReopenCause, Signed, TakesEffect, Told, Verdict,
};
use crate::fact::{Authenticity, Kind, Status};
use crate::facts::{Facts, Mapping, Priority, Source, TimelineEntry};
use crate::ids::{DeadlineId, Entry, MessageId, NoticeId, PersonId, ResourceId, StepId, TeamId};
use crate::pages::Pages;
use crate::procedure::{Gate, ProcedurePin, Size};
use crate::reminder::Rung;
use crate::stored::{read, seal_all};
use crate::subject::SignedSubject;
use crate::text::Digest;

const GOLDEN: &str = include_str!("golden/events.jsonl");

fn notice() -> NoticeId {
    NoticeId(Uuid::from_u128(1))
}

fn now() -> DateTime<Utc> {
    at("2024-06-03T09:00:00.123456Z")
}

fn person() -> PersonId {
    PersonId(Uuid::from_u128(2))
}

fn message() -> MessageRef {
    MessageRef { id: MessageId(Uuid::from_u128(3)), commitment: Some(Digest::of(b"raw")) }
}

fn facts() -> Facts {
    let mut facts =
        Facts::first(announced(Kind::CertificateRotation, expires()), Source::Reading { message: message().id });
    facts.deadlines[0].as_written = Some(text("August 22, 2024"));
    facts
}

fn subject() -> SignedSubject {
    SignedSubject { version: 1, digest: Digest::of(b"{}"), body: "{}".to_owned() }
}

fn authenticated() -> Authenticated {
    Authenticated { method: Method::Password, at: now() }
}

/// One of each, in the order of the enum.
fn samples() -> Vec<Event> {
    let gates = [(Gate::Close, Digest::of(b"what close asks"))].into();
    let pin = ProcedurePin { id: "informational".into(), version: 1, size: Size::Many, gates };
    let (first, once, entry) = (DeadlineId(1), Place::Once, Entry(4));
    let window = crate::facts::numbered_windows(
        vec![crate::facts::AnnouncedWindow { start: expires(), end: None, as_written: None }],
        1,
    );
    let resource = facts().resources[0].clone();
    let mapping = Mapping { environment: "production".into(), team: TeamId(Uuid::from_u128(5)) };
    let probe = Evidence::Probe {
        vantage: "production".to_owned(),
        target: "orders-db:5432".to_owned(),
        success: true,
        at: now(),
        result: Digest::of(b"chain"),
    };
    let attachment = Evidence::Attachment { name: text("log.txt"), digest: Digest::of(b"log"), bytes: 3 };
    let place = Place::Environment("production".into());
    vec![
        Event::Opened(Box::new(Opened {
            notice: notice(),
            number: 1,
            facts: facts(),
            authenticity: Authenticity::Verified,
            message: Some(message()),
            procedure: pin.clone(),
            priority: Priority::High,
            historic: false,
        })),
        Event::MessageAttached { message: message(), manner: Manner::Update, authenticity: Authenticity::Vouched },
        Event::DeadlineSet { deadline: facts().deadlines[0].clone() },
        Event::DeadlineRefined { deadline: first, instant: at("2024-08-22T17:08:50Z") },
        Event::DeadlineConfirmed { deadline: first },
        Event::DeadlineDropped { deadline: first },
        Event::WindowsSet { windows: window.clone() },
        Event::StatusChanged { status: Status::InProgress },
        Event::KindChanged { kind: Kind::Security },
        Event::TitleCorrected { title: text("A better title") },
        Event::ProviderCorrected { provider: "azure".into() },
        Event::ResourceAdded { resource },
        Event::ResourceMapped { resource: ResourceId(1), mapping },
        Event::ResourceSetAside { resource: ResourceId(2) },
        Event::ImpactStated { text: text("Clients stop.") },
        Event::PriorityAssigned { priority: Priority::Critical, reason: Some(text("Production.")) },
        Event::WindowPlanned {
            plan: Plan { start: now(), end: now() + chrono::Duration::hours(2), text: text("Rotate.") },
        },
        Event::DismissalProposed { reason: text("Not ours."), consequence: text("It stops.") },
        Event::DismissalWithdrawn,
        Event::ProcedureMoved { procedure: pin },
        Event::Signed(Box::new(Signed {
            gate: Gate::Assess,
            level: "lead".into(),
            verdict: Verdict::Approve,
            on_behalf_of: Some(person()),
            subject: subject(),
            words: "I have read it.".to_owned(),
            authenticated: authenticated(),
            comment: Some(text("Go on.")),
        })),
        Event::SignOffWithdrawn { sign_off: entry, reason: None },
        Event::ObjectionAnswered { sign_off: entry, reason: text("Seen."), authenticated: authenticated() },
        Event::OverrideAsked {
            bypass: Bypass::SignOff { gate: Gate::Close, level: "executive".into() },
            reason: text("On a plane."),
            subject: subject(),
            takes_effect: TakesEffect::At(now()),
            authenticated: authenticated(),
        },
        Event::OverrideConfirmed { asked: entry, authenticated: authenticated() },
        Event::OverrideWithdrawn { asked: entry },
        Event::DowngradeProposed {
            downgrade: Downgrade::MoveWindows { windows: window },
            consequence: text("Later."),
            takes_effect: TakesEffect::OnConfirmation,
            authenticated: None,
        },
        Event::DowngradeAccepted { proposed: entry, authenticated: Some(authenticated()) },
        Event::DowngradeRefused { proposed: entry, reason: None },
        Event::StepDone { step: StepId::from("rotate"), place: once.clone(), evidence: vec![attachment, probe] },
        Event::StepUndone {
            step: StepId::from("rotate"),
            place: Place::Resource(ResourceId(1)),
            reason: text("Rolled back."),
        },
        Event::EvidenceAdded { step: StepId::from("probe"), place, evidence: Evidence::Note { text: text("Seen.") } },
        Event::Assigned { gate: Gate::Assess, level: "engineer".into(), person: person() },
        Event::Acknowledged { gate: Gate::Assess, until: "2024-06-10".parse().expect("a date") },
        Event::Commented { text: text("@lea look"), mentions: [person()].into() },
        Event::Watched,
        Event::Unwatched,
        Event::Seen,
        Event::Reminded {
            reminders: vec![Told {
                person: person(),
                rung: Rung::NextLevel,
                gate: Gate::Assess,
                level: Some("executive".into()),
            }],
        },
        Event::Activated,
        Event::Closed,
        Event::Dismissed,
        Event::Reopened { because: ReopenCause::Message { message: message().id } },
        Event::MergedInto { notice: notice() },
        Event::Absorbed { notice: notice() },
        Event::SplitOff { notice: notice(), resources: vec![ResourceId(2)] },
        Event::LikenessFound { notice: notice() },
        Event::LikenessSetAside { notice: notice() },
        Event::TimelineExtended {
            entries: vec![TimelineEntry {
                at: Some(now()),
                status: "identified".to_owned(),
                text: text("A switch has failed."),
            }],
        },
        Event::PagesCame { pages: Pages { set: "aws-health:arn@1#2".to_owned(), numbers: [2].into(), of: 3 } },
        Event::PagesConfirmed { set: "aws-health:arn@1#2".to_owned() },
        Event::SplitFrom { notice: notice() },
    ]
}

fn golden() -> Vec<Stored> {
    GOLDEN.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

fn sealed() -> Vec<Stored> {
    let actor = Actor::Person { id: person() };
    let cause = Cause { message: Some(message().id), command: None };
    let events = samples().into_iter().map(|event| (actor, event));
    seal_all(Stream::Notice(notice()), (0, Digest::ZERO), now(), cause, events)
        .into_iter()
        .map(|(stored, _)| stored)
        .collect()
}

#[test]
fn every_event_ever_written_is_still_read() {
    assert!(!GOLDEN.is_empty());
    for stored in golden() {
        let event = read::<Event>(&stored).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(stored.computed(), stored.hash, "the golden line of {} was edited", stored.name);
        drop(event);
    }
}

#[test]
fn what_is_written_today_is_in_the_golden_file_as_it_is_written() {
    let known: BTreeMap<(String, u16), Vec<u8>> =
        golden().into_iter().map(|s| ((s.name, s.version), canonical(&s.payload))).collect();
    let mut missing = Vec::new();
    for stored in sealed() {
        let line = serde_json::to_string(&stored).expect("JSON");
        match known.get(&(stored.name.clone(), stored.version)) {
            None => missing.push(line),
            Some(written) => {
                let same = *written == canonical(&stored.payload);
                assert!(
                    same,
                    "{} has another shape than before: give it a new version and an upcast\n{line}",
                    stored.name
                );
            }
        }
    }
    assert!(missing.is_empty(), "add to golden/events.jsonl:\n{}", missing.join("\n"));
    let names: BTreeSet<String> = sealed().into_iter().map(|stored| stored.name).collect();
    assert_eq!(names.len(), samples().len(), "two samples are of one type");
}

/// A new variant without a sample does not compile here.
#[test]
fn there_is_a_sample_of_every_event() {
    let number = |event: &Event| match event {
        Event::Opened(_) => 0,
        Event::MessageAttached { .. } => 1,
        Event::DeadlineSet { .. } => 2,
        Event::DeadlineRefined { .. } => 3,
        Event::DeadlineConfirmed { .. } => 4,
        Event::DeadlineDropped { .. } => 5,
        Event::WindowsSet { .. } => 6,
        Event::StatusChanged { .. } => 7,
        Event::KindChanged { .. } => 8,
        Event::TitleCorrected { .. } => 9,
        Event::ProviderCorrected { .. } => 10,
        Event::ResourceAdded { .. } => 11,
        Event::ResourceMapped { .. } => 12,
        Event::ResourceSetAside { .. } => 13,
        Event::ImpactStated { .. } => 14,
        Event::PriorityAssigned { .. } => 15,
        Event::WindowPlanned { .. } => 16,
        Event::DismissalProposed { .. } => 17,
        Event::DismissalWithdrawn => 18,
        Event::ProcedureMoved { .. } => 19,
        Event::Signed(_) => 20,
        Event::SignOffWithdrawn { .. } => 21,
        Event::ObjectionAnswered { .. } => 22,
        Event::OverrideAsked { .. } => 23,
        Event::OverrideConfirmed { .. } => 24,
        Event::OverrideWithdrawn { .. } => 25,
        Event::DowngradeProposed { .. } => 26,
        Event::DowngradeAccepted { .. } => 27,
        Event::DowngradeRefused { .. } => 28,
        Event::StepDone { .. } => 29,
        Event::StepUndone { .. } => 30,
        Event::EvidenceAdded { .. } => 31,
        Event::Assigned { .. } => 32,
        Event::Acknowledged { .. } => 33,
        Event::Commented { .. } => 34,
        Event::Watched => 35,
        Event::Unwatched => 36,
        Event::Seen => 37,
        Event::Reminded { .. } => 38,
        Event::Activated => 39,
        Event::Closed => 40,
        Event::Dismissed => 41,
        Event::Reopened { .. } => 42,
        Event::MergedInto { .. } => 43,
        Event::Absorbed { .. } => 44,
        Event::SplitOff { .. } => 45,
        Event::LikenessFound { .. } => 46,
        Event::LikenessSetAside { .. } => 47,
        Event::TimelineExtended { .. } => 48,
        Event::PagesCame { .. } => 49,
        Event::PagesConfirmed { .. } => 50,
        Event::SplitFrom { .. } => 51,
    };
    let numbers: Vec<usize> = samples().iter().map(number).collect();
    assert_eq!(numbers, (0..52).collect::<Vec<_>>());
}
