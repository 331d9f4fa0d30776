//! One letter of each kind, filled as on a bad day: long titles, markup in names, nothing left out.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::notice::fact::{Authenticity, Kind, When};
use crate::notice::letter::{
    Addressee, Alarm, Appointment, AppointmentSort, Ask, Body, Brief, Changed, Digest, Duty, Invitation, Letter, Line,
    Missing, News, Proof, Read, Receipt, Report, SignIn, Signed, Silent,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a sample's time is RFC 3339")
}

fn brief() -> Brief {
    Brief {
        id: Uuid::from_u128(0x0190_7c3e_8f00_7000_8000_0000_0000_0012),
        number: 12,
        title: "Your RDS CA certificates (rds-ca-2019) expire <soon> & must be rotated".to_owned(),
        provider: "Amazon Web Services".to_owned(),
        kind: Kind::CertificateRotation,
        hard_deadline: Some(When::date(NaiveDate::from_ymd_opt(2024, 8, 22).expect("a date"))),
        authenticity: Authenticity::Vouched,
        chain_head: "9f2c4b1e77a0d3c58e6f1b2a4c9d0e7f9f2c4b1e77a0d3c58e6f1b2a4c9d0e7f".to_owned(),
    }
}

fn ask() -> Ask {
    Ask {
        notice: brief(),
        gate: "assess".to_owned(),
        level: "lead".to_owned(),
        asked: "The impact is understood and written down, and every resource has an owner.".to_owned(),
        due: Some(at("2024-06-14T15:00:00Z")),
        otherwise:
            "On Tue 18 June 2024 it goes up to the level Executive. The provider acts on its date whether or not we have."
                .to_owned(),
        quote: Some("Your certificates expire on August 22, 2024.".to_owned()),
        signed: vec![Signed {
            name: "Ada <Lovelace>".to_owned(),
            level: "engineer".to_owned(),
            at: at("2024-06-05T09:12:00Z"),
        }],
        missing: vec![
            Missing { level: "lead".to_owned(), names: vec!["Grace Hopper".to_owned()] },
            Missing { level: "executive".to_owned(), names: Vec::new() },
        ],
        silent: Vec::new(),
        changes: Vec::new(),
    }
}

fn news(what: &str, words: Option<&str>, next: &str) -> News {
    News {
        notice: brief(),
        what: what.to_owned(),
        at: at("2024-06-07T08:00:00Z"),
        words: words.map(str::to_owned),
        changes: vec![Changed {
            label: "Hard deadline".to_owned(),
            before: Some("2024-08-22".to_owned()),
            after: None,
        }],
        next: next.to_owned(),
    }
}

fn line(what: &str) -> Line {
    Line { notice: brief(), what: what.to_owned(), due: Some(at("2024-06-14T15:00:00Z")) }
}

fn changed() -> Changed {
    Changed {
        label: "Hard deadline".to_owned(),
        before: Some("2024-08-22".to_owned()),
        after: Some("2024-08-15".to_owned()),
    }
}

fn bodies() -> Vec<Body> {
    vec![
        Body::Assigned(ask()),
        Body::Reminder(ask()),
        Body::Overdue(ask()),
        Body::Escalated(Ask { silent: vec!["Grace Hopper".to_owned()], ..ask() }),
        Body::Stale(Ask { changes: vec![changed()], ..ask() }),
        Body::Objected(news(
            "Grace Hopper objected at the gate assess.",
            Some("The replica is missing."),
            "The gate stays shut until this is answered.",
        )),
        Body::SecondPerson(news(
            "Jane <Doe> proposed to lower the priority to low.",
            Some("The replica is not used."),
            "It holds once a second person agrees.",
        )),
        Body::Mentioned(news(
            "Jane <Doe> named you in a comment.",
            Some("@Ada can you look?"),
            "Open the notice to answer.",
        )),
        Body::Override(news(
            "Grace Hopper and Ada Lovelace overrode the executive's sign-off.",
            Some("Everybody is on leave."),
            "The notice bears this mark for good.",
        )),
        Body::Closed(news("The notice was closed.", None, "It is watched until 22 August 2024, the provider's date.")),
        Body::Reopened(news("A later mail moved the date.", None, "The gates assess and schedule are open again.")),
        Body::Duty(Duty {
            team: "Databases".to_owned(),
            start: at("2024-06-17T00:00:00Z"),
            end: at("2024-06-24T00:00:00Z"),
            yours: true,
            other: "Jane <Doe>".to_owned(),
            by: Some("Jane <Doe>".to_owned()),
        }),
        Body::Invitation(Invitation {
            by: Some("Grace Hopper".to_owned()),
            url: "https://countersign.example.com/invitation/abc".to_owned(),
            expires: at("2024-06-21T12:00:00Z"),
        }),
        Body::SignIn(SignIn {
            proof: Proof::Link("https://countersign.example.com/sign-in/link/abc".to_owned()),
            minutes: 15,
        }),
        Body::Receipt(Receipt {
            subject: "Fwd: [Action required] RDS certificates".to_owned(),
            in_reply_to: Some("<original@mail.example.com>".to_owned()),
            notices: vec![Read {
                notice: brief(),
                how: "opened".to_owned(),
                resources: 4,
                doubtful: vec![
                    "“08/09” may be 8 September or August 9: the earlier one counts until you say.".to_owned(),
                ],
            }],
        }),
        Body::Digest(Digest {
            lines: vec![line("Waits for your sign-off as Lead, at the gate assess.")],
            historic: vec![brief()],
            more: 3,
        }),
        Body::Report(Report {
            open: 14,
            at_risk: vec![line("Waits at the gate schedule.")],
            at_risk_count: 3,
            slipped: vec![line("Waits at the gate close, which is overdue.")],
            slipped_count: 1,
            silent: vec![Silent { name: "Grace Hopper".to_owned(), notices: 2, since: at("2024-06-10T15:00:00Z") }],
        }),
        Body::Appointment(appointment(AppointmentSort::Window, false)),
        Body::Alarm(Alarm {
            what: "A reminder could not be delivered".to_owned(),
            details: vec!["To grace@example.com: the mailbox does not exist (550 5.1.1).".to_owned()],
            advice: "Correct the address, or ask somebody else at this level.".to_owned(),
            path: "/outbox".to_owned(),
        }),
    ]
}

/// One letter of each kind, to a person in Berlin.
#[must_use]
pub(crate) fn letters() -> Vec<Letter> {
    bodies().into_iter().map(to_grace).collect()
}

fn to_grace(body: Body) -> Letter {
    Letter {
        unsubscribe: matches!(body, Body::Digest(_) | Body::Report(_) | Body::Appointment(_))
            .then(|| "https://countersign.example.com/unsubscribe/grace/digest/abc".to_owned()),
        to: Addressee { name: "Grace Hopper".to_owned(), zone: "Europe/Berlin".to_owned() },
        installation: "Countersign".to_owned(),
        public_url: "https://countersign.example.com".to_owned(),
        body,
    }
}

/// Every letter in every shape that looks different, by name.
#[must_use]
pub(crate) fn every_look() -> Vec<(String, Letter)> {
    let mut looks: Vec<(String, Letter)> =
        letters().into_iter().map(|letter| (letter.template().to_owned(), letter)).collect();
    let doubtful = Brief { authenticity: Authenticity::Unverified, ..brief() };
    let others = [
        ("assigned-unproven", Body::Assigned(Ask { notice: doubtful, ..ask() })),
        (
            "duty-given",
            Body::Duty(Duty {
                team: "Databases".to_owned(),
                start: at("2024-06-17T00:00:00Z"),
                end: at("2024-06-24T00:00:00Z"),
                yours: false,
                other: "Ada Lovelace".to_owned(),
                by: Some("Jane <Doe>".to_owned()),
            }),
        ),
        ("sign_in-code", Body::SignIn(SignIn { proof: Proof::Code("481 502".to_owned()), minutes: 10 })),
        (
            "receipt-unread",
            Body::Receipt(Receipt { subject: "Fwd: lunch".to_owned(), in_reply_to: None, notices: Vec::new() }),
        ),
        ("digest-history", Body::Digest(Digest { lines: Vec::new(), historic: vec![brief(), brief()], more: 58 })),
        (
            "report-quiet",
            Body::Report(Report {
                open: 1,
                at_risk: Vec::new(),
                at_risk_count: 0,
                slipped: Vec::new(),
                slipped_count: 0,
                silent: Vec::new(),
            }),
        ),
        ("appointment-act_by", Body::Appointment(appointment(AppointmentSort::ActBy, false))),
        ("appointment-ended", Body::Appointment(appointment(AppointmentSort::Window, true))),
    ];
    looks.extend(others.map(|(name, body)| (name.to_owned(), to_grace(body))));
    looks
}

fn appointment(sort: AppointmentSort, cancelled: bool) -> Appointment {
    Appointment {
        notice: brief(),
        sort,
        uid: "window.01907c3e-8f00-7000-8000-000000000012.grace".to_owned(),
        sequence: 9,
        start: at("2024-06-20T20:00:00Z"),
        end: at("2024-06-20T22:00:00Z"),
        cancelled,
        words: if sort == AppointmentSort::Window { "Rotate the replica first, then both primaries." } else { "" }
            .to_owned(),
    }
}
