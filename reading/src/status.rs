//! How far a notice has come: planned, confirmed, rescheduled, cancelled, in progress, completed, ongoing.
//!
//! A word counts by where it stands: as the value of a label such as `Status`, in the subject or a heading, or as a whole
//! statement in the text ("has been cancelled"). What is only possible ("if the work is cancelled", "once completed") says
//! nothing. Struck-out and quoted text is not asked.

use std::sync::LazyLock;

use super::cues::{Cues, unwrapped};
use super::document::{Document, LineKind, Place, SUBJECT};
use super::profile::Profile;
use super::{Fact, Trace, kind};
use Status::{Cancelled, Completed, Confirmed, InProgress, Ongoing, Planned, Rescheduled};
use countersign_notice::fact::{Kind, Status};

/// Words that tell the status by themselves where a headline or a status field holds them.
#[rustfmt::skip]
const WORDS: &[(&str, Status)] = &[
    ("cancel*", Cancelled), ("withdrawn", Cancelled), ("withdrawal", Cancelled), ("retracted", Cancelled), ("called off", Cancelled), ("aborted", Cancelled), ("until further notice", Cancelled), ("false alarm", Cancelled), ("sent in error", Cancelled),
    ("abgesagt", Cancelled), ("absage", Cancelled), ("storniert", Cancelled), ("annul*", Cancelled), ("cancelad*", Cancelled), ("cancelación", Cancelled), ("cancelamento", Cancelled), ("geannuleerd", Cancelled), ("inställt", Cancelled), ("avlyst", Cancelled), ("aflyst", Cancelled), ("peruttu", Cancelled), ("odwołan*", Cancelled), ("zrušen*", Cancelled), ("törölve", Cancelled), ("iptal", Cancelled), ("отмен*", Cancelled), ("中止", Cancelled), ("キャンセル", Cancelled), ("取消", Cancelled),
    ("resched*", Rescheduled), ("re-sched*", Rescheduled), ("postpone*", Rescheduled), ("amendment", Rescheduled), ("amended", Rescheduled), ("correction", Rescheduled), ("revised", Rescheduled), ("new date*", Rescheduled), ("date change*", Rescheduled), ("changed date*", Rescheduled), ("time change", Rescheduled), ("moved to", Rescheduled), ("new schedule", Rescheduled),
    ("verschoben", Rescheduled), ("verschiebung", Rescheduled), ("terminänderung", Rescheduled), ("neuer termin", Rescheduled), ("report des travaux", Rescheduled), ("report de la maintenance", Rescheduled), ("reporté*", Rescheduled), ("report de", Rescheduled), ("reprogram*", Rescheduled), ("replanifi*", Rescheduled), ("aplazad*", Rescheduled), ("adiad*", Rescheduled), ("reagendad*", Rescheduled), ("rinviat*", Rescheduled), ("riprogrammat*", Rescheduled), ("verplaatst", Rescheduled), ("uitgesteld", Rescheduled), ("framflyttad", Rescheduled), ("przełożon*", Rescheduled), ("ertelen*", Rescheduled), ("перенес*", Rescheduled), ("延期", Rescheduled), ("変更", Rescheduled),
    ("completed", Completed), ("completion", Completed), ("complete", Completed), ("finished", Completed), ("closed", Completed), ("closure", Completed), ("resolved", Completed), ("restored", Completed), ("mitigated", Completed), ("end of window", Completed), ("end of maintenance", Completed), ("work ended", Completed), ("successful", Completed), ("concluded", Completed), ("implemented", Completed),
    ("abgeschlossen", Completed), ("beendet", Completed), ("behoben", Completed), ("erledigt", Completed), ("terminé*", Completed), ("résolu*", Completed), ("clôtur*", Completed), ("finalizad*", Completed), ("completad*", Completed), ("resuelt*", Completed), ("concluíd*", Completed), ("resolvid*", Completed), ("completat*", Completed), ("conclus*", Completed), ("risolt*", Completed), ("voltooid", Completed), ("afgerond", Completed), ("opgelost", Completed), ("slutför*", Completed), ("avslutad", Completed), ("fullført", Completed), ("zakończon*", Completed), ("dokončen*", Completed), ("tamamland*", Completed), ("заверш*", Completed), ("完了", Completed), ("終了しました", Completed), ("完成", Completed),
    ("in progress", InProgress), ("in-progress", InProgress), ("in_progress", InProgress), ("started", InProgress), ("start maintenance", InProgress), ("start of maintenance", InProgress), ("maintenance start", InProgress), ("has begun", InProgress), ("commencing", InProgress), ("commenced", InProgress), ("under way", InProgress), ("underway", InProgress), ("begonnen", InProgress), ("gestartet", InProgress), ("en cours", InProgress), ("commencé", InProgress), ("en curso", InProgress), ("iniciad*", InProgress), ("em andamento", InProgress), ("in corso", InProgress), ("iniziat*", InProgress), ("påbörjat", InProgress), ("rozpoczęt*", InProgress), ("作業中", InProgress), ("開始しました", InProgress),
    ("investigating", Ongoing), ("identified", Ongoing), ("monitoring", Ongoing), ("ongoing", Ongoing), ("active", Ongoing), ("open", Ongoing),
    ("confirmed", Confirmed), ("confirmation", Confirmed), ("reminder", Confirmed), ("bestätigt", Confirmed), ("erinnerung", Confirmed), ("confirmé*", Confirmed), ("rappel", Confirmed), ("confirmad*", Confirmed), ("recordatorio", Confirmed), ("lembrete", Confirmed), ("confermat*", Confirmed), ("promemoria", Confirmed), ("herinnering", Confirmed), ("påminnelse", Confirmed),
    ("planned", Planned), ("scheduled", Planned), ("tentative", Planned), ("upcoming", Planned), ("new", Planned), ("geplant", Planned), ("planifié*", Planned), ("programad*", Planned), ("programmat*", Planned), ("gepland", Planned),
];

/// Whole statements that tell the status wherever they stand in the text.
#[rustfmt::skip]
const STATEMENTS: &[(&str, Status)] = &[
    ("has been cancel*", Cancelled), ("have been cancel*", Cancelled), ("had to be cancel*", Cancelled), ("was cancelled", Cancelled), ("were cancelled", Cancelled), ("is cancelled", Cancelled), ("is canceled", Cancelled), ("are cancelled", Cancelled), ("been cancelled", Cancelled), ("has cancelled", Cancelled), ("have cancelled", Cancelled), ("stands as cancelled", Cancelled), ("stands cancelled", Cancelled), ("has been withdrawn", Cancelled), ("been called off", Cancelled),
    ("will no longer take place", Cancelled), ("will not take place", Cancelled), ("no longer going ahead", Cancelled), ("notified in error", Cancelled), ("sent in error", Cancelled), ("postponed until further notice", Cancelled), ("not impacted by this work", Cancelled), ("we are cancelling", Cancelled),
    ("wurde abgesagt", Cancelled), ("wurden abgesagt", Cancelled), ("findet nicht statt", Cancelled), ("a été annulé*", Cancelled), ("ont été annulé*", Cancelled), ("est annulé*", Cancelled), ("ha sido cancelad*", Cancelled), ("se ha cancelado", Cancelled), ("foi cancelad*", Cancelled), ("è stata annullata", Cancelled), ("è stato annullato", Cancelled), ("is geannuleerd", Cancelled),
    ("has been rescheduled", Rescheduled), ("have been rescheduled", Rescheduled), ("is rescheduled", Rescheduled), ("was rescheduled", Rescheduled), ("been rescheduled", Rescheduled), ("has rescheduled", Rescheduled), ("have rescheduled", Rescheduled), ("has been postponed", Rescheduled), ("have been postponed", Rescheduled), ("is postponed", Rescheduled), ("has been moved to", Rescheduled), ("has been amended", Rescheduled), ("<<< correction", Rescheduled), ("new start time", Rescheduled), ("revised schedule", Rescheduled), ("new maintenance date", Rescheduled),
    ("wurde verschoben", Rescheduled), ("wurden verschoben", Rescheduled), ("verschiebt sich", Rescheduled), ("sont reporté*", Rescheduled), ("a été reporté*", Rescheduled), ("est reporté*", Rescheduled), ("ha sido reprogramad*", Rescheduled), ("ha sido aplazad*", Rescheduled), ("foi reagendad*", Rescheduled), ("foi adiad*", Rescheduled), ("è stata rinviata", Rescheduled), ("is verplaatst", Rescheduled),
    ("has been completed", Completed), ("have been completed", Completed), ("has now been completed", Completed), ("has now completed", Completed), ("now complete", Completed), ("is now completed", Completed), ("was completed", Completed), ("successfully completed", Completed), ("completed successfully", Completed), ("has been resolved", Completed), ("is resolved", Completed), ("was resolved", Completed), ("have concluded", Completed), ("has concluded", Completed), ("has ended", Completed), ("has been restored", Completed), ("work is finished", Completed),
    ("wurde erfolgreich", Completed), ("sind abgeschlossen", Completed), ("ist abgeschlossen", Completed), ("wurden abgeschlossen", Completed), ("wurde behoben", Completed), ("est terminé*", Completed), ("sont terminé*", Completed), ("ha finalizado", Completed), ("ha sido completad*", Completed), ("se ha completado", Completed), ("foi concluíd*", Completed), ("è stata completata", Completed), ("zijn inmiddels afgerond", Completed), ("is voltooid", Completed), ("完了しました", Completed), ("完了いたしました", Completed),
    ("has started", InProgress), ("has now started", InProgress), ("have started", InProgress), ("has begun", InProgress), ("now in progress", InProgress), ("currently in progress", InProgress), ("is in progress", InProgress), ("has commenced", InProgress), ("commencing momentarily", InProgress), ("is underway", InProgress), ("is under way", InProgress), ("hat begonnen", InProgress), ("haben begonnen", InProgress), ("a commencé", InProgress), ("ha comenzado", InProgress), ("está en curso", InProgress), ("foi iniciad*", InProgress), ("è iniziata", InProgress), ("is begonnen", InProgress),
];

/// Labels whose value is the status.
const LABELS: &[&str] = &[
    "status",
    "current status",
    "maintenance status",
    "event status",
    "ticket status",
    "state",
    "notification type",
    "notice type",
    "type of notification",
    "change status",
    "statut",
    "état",
    "estado",
    "estatus",
    "stato",
    "situação",
    "stav",
    "durum",
    "статус",
    "ステータス",
    "狀態",
    "状态",
];

/// Words that make a whole clause a mere possibility.
const POSSIBLE: &[&str] = &[
    "if",
    "should",
    "unless",
    "once",
    "when",
    "whenever",
    "until",
    "after",
    "before",
    "in case",
    "in the event",
    "prior to",
    "those that",
    "wenn",
    "falls",
    "sobald",
    "nachdem",
    "lorsque",
    "cuando",
    "quando",
    "zodra",
];

/// Words right before a statement that take it back. As written: "May" is a month.
const DOUBTED: &[&str] = &["may", "might", "could", "would", "will", "not", "never", "cannot", "be", "or", "any", "to"];

static WORD_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(WORDS.iter().map(|(w, _)| *w)));
static STATEMENT_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(STATEMENTS.iter().map(|(w, _)| *w)));
static POSSIBLE_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(POSSIBLE.iter().copied()));

/// One place that tells a status, and how surely.
struct Told {
    status: Status,
    strength: u32,
    rule: String,
    place: Place,
}

/// The status that the notice tells, or what its kind begins with.
#[must_use]
pub fn tell(document: &Document, profile: Option<&Profile>, kind: Kind, trail: &mut Vec<Trace>) -> Fact<Status> {
    let mut told = Vec::new();
    profiled(document, profile, &mut told);
    labelled(document, &mut told);
    headlines(document, &mut told);
    statements(document, &mut told);
    told.retain(|t| fits(t.status, kind));
    let best = told.into_iter().reduce(|best, next| if next.strength > best.strength { next } else { best });
    let (value, confidence, rule, span) = match best {
        Some(t) => (t.status, confidence(t.strength), t.rule, Some(document.span(&t.place))),
        None => (beginning(kind), 0.6, "default".to_owned(), None),
    };
    trail.push(Trace {
        fact: "status".into(),
        value: value.to_string(),
        rule: format!("status:{rule}"),
        span: span.clone(),
    });
    Fact { value, span, confidence }
}

/// Whether a notice of this kind can be so far: only work and outages are in progress, only outages are ongoing.
const fn fits(status: Status, kind: Kind) -> bool {
    match status {
        InProgress => matches!(kind, Kind::ScheduledMaintenance | Kind::Incident | Kind::Informational),
        Ongoing => matches!(kind, Kind::Incident),
        // A product's end of maintenance is no maintenance that is over.
        Completed => !matches!(kind, Kind::EndOfLife),
        _ => true,
    }
}

/// What a notice of a kind is as long as nothing else is said.
const fn beginning(kind: Kind) -> Status {
    match kind {
        Kind::Incident => Status::Ongoing,
        _ => Status::Planned,
    }
}

const fn confidence(strength: u32) -> f32 {
    match strength {
        80.. => 0.97,
        60.. => 0.9,
        40.. => 0.85,
        _ => 0.7,
    }
}

/// An end or a change says more than a beginning, which says more than "planned": a cancellation quotes the plan.
const fn rank(status: Status) -> u32 {
    match status {
        Cancelled => 6,
        Completed => 5,
        Rescheduled => 4,
        InProgress => 3,
        Ongoing => 2,
        Confirmed => 1,
        Planned => 0,
    }
}

fn profiled(document: &Document, profile: Option<&Profile>, told: &mut Vec<Told>) {
    for cue in profile.into_iter().flat_map(|p| &p.statuses) {
        for view in document.lines() {
            if let Some(at) = kind::find_ignoring_case(&unwrapped(view.text), &cue.phrase) {
                let start = view.line.range.start + at;
                let place = Place { part: view.part, range: start..start + cue.phrase.len() };
                told.push(Told {
                    status: cue.status,
                    strength: 90 + rank(cue.status),
                    rule: format!("profile/{}", cue.phrase),
                    place,
                });
            }
        }
    }
}

fn labelled(document: &Document, told: &mut Vec<Told>) {
    for pair in document.pairs() {
        let label = pair.lower;
        if pair.value.len() > 60 || !LABELS.contains(&label) {
            continue;
        }
        if let Some((at, range)) = WORD_FINDER.find(pair.value).next() {
            let start = pair.value_range.start;
            let place = Place { part: pair.part, range: start + range.start..start + range.end };
            told.push(Told { status: WORDS[at].1, strength: 80, rule: format!("label/{label}"), place });
        }
    }
}

/// Lines that name the notice: the subject, headings, and short lines at the top.
fn headlines(document: &Document, told: &mut Vec<Told>) {
    let mut short_lines = 0;
    for view in document.lines() {
        let is_subject = document.parts[view.part].id == SUBJECT;
        let is_heading = view.line.kind == LineKind::Heading;
        let is_top = view.line.kind == LineKind::Text && view.text.len() < 90 && short_lines < 4;
        short_lines += u32::from(!is_subject);
        if !(is_subject || is_heading || is_top) {
            continue;
        }
        let text = unwrapped(view.text);
        for (at, range) in WORD_FINDER.find(&text) {
            let status = WORDS[at].1;
            if is_possible(&text, range.start) {
                continue;
            }
            let base = if is_subject { 60 } else { 40 };
            let weak = matches!(status, Planned | Confirmed | Ongoing);
            let strength = if weak { 20 + rank(status) } else { base + rank(status) };
            let start = view.line.range.start;
            let place = Place { part: view.part, range: start + range.start..start + range.end };
            told.push(Told { status, strength, rule: format!("headline/{}", WORD_FINDER.phrase(at)), place });
        }
    }
}

fn statements(document: &Document, told: &mut Vec<Told>) {
    for sentence in document.sentences() {
        let text = unwrapped(sentence.text);
        for (at, range) in STATEMENT_FINDER.find(&text) {
            if is_possible(&text, range.start) || document.is_struck(&sentence.place) {
                continue;
            }
            let status = STATEMENTS[at].1;
            let start = sentence.place.range.start;
            let place = Place { part: sentence.place.part, range: start + range.start..start + range.end };
            let rule = format!("statement/{}", STATEMENT_FINDER.phrase(at));
            told.push(Told { status, strength: 50 + rank(status), rule, place });
        }
    }
}

/// Whether a word like "if" or "once" stands before in the same clause, or one like "may" right before.
fn is_possible(text: &str, start: usize) -> bool {
    let clause = text[..start].rfind([',', ';', ':', '.']).map_or(0, |at| at + 1);
    let before = text[clause..start].split_whitespace().next_back().unwrap_or_default();
    POSSIBLE_FINDER.find(&text[clause..start]).next().is_some() || DOUBTED.contains(&before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(subject: &str, text: &str, kind: Kind) -> Status {
        tell(&Document::from_text(Some(subject), text), None, kind, &mut Vec::new()).value
    }

    #[test]
    fn a_cancellation_under_the_old_subject_is_found_in_the_text() {
        let text = "We would like to inform you that the maintenance that was scheduled for 4 May has been cancelled.";
        assert_eq!(status("Planned maintenance notification", text, Kind::ScheduledMaintenance), Cancelled);
    }

    #[test]
    fn what_is_only_possible_says_nothing() {
        for text in [
            "When the maintenance has been completed, traffic returns by itself.",
            "If the work has been cancelled you will hear from us.",
            "You will be told once the work has been rescheduled.",
        ] {
            assert_eq!(status("Planned maintenance", text, Kind::ScheduledMaintenance), Planned, "{text}");
        }
    }

    #[test]
    fn a_status_field_says_it_first() {
        assert_eq!(
            status("Maintenance note", "Status: Completed\nStart: 4 May", Kind::ScheduledMaintenance),
            Completed
        );
        assert_eq!(status("Avis de maintenance", "Statut : Annulé", Kind::ScheduledMaintenance), Cancelled);
    }

    #[test]
    fn subjects_tell_it_in_many_languages() {
        for (subject, want) in [
            ("RESCHEDULED: works on route 12", Rescheduled),
            ("COMPLETED - software upgrade", Completed),
            ("Wartung abgesagt", Cancelled),
            ("Mantenimiento reprogramado", Rescheduled),
            ("Manutenção concluída", Completed),
            ("START MAINTENANCE NOTIFICATION", InProgress),
        ] {
            assert_eq!(status(subject, "Dear customer", Kind::ScheduledMaintenance), want, "{subject}");
        }
    }

    #[test]
    fn an_outage_goes_on_until_it_is_said_to_be_over() {
        assert_eq!(status("Elevated errors", "We are looking into it.", Kind::Incident), Ongoing);
        assert_eq!(status("Elevated errors", "The issue has been resolved.", Kind::Incident), Completed);
    }
}
