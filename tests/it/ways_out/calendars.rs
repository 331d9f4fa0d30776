//! Entries of people's calendars: invited, changed, taken away, and never twice for the same.

use chrono::TimeDelta;
use countersign::desk::Asked;
use countersign::notice::command::Command;
use countersign::notice::procedure::Gate;

use super::{asked, assessed, sender, subjects};
use crate::harness::mails;
use crate::harness::sink::{Sink, Taken};

both!(calendars_get_the_window_and_its_change, |house| async move {
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    assessed(&house, crew, 1).await;
    house.prepares(crew.alice, 1, Gate::Schedule, crew.team).await;
    sender.send_due().await.unwrap();
    let windows = |sink: &Sink| entries(sink, "bob@house.example", "window");
    let first = windows(&sink);
    assert_eq!(first.len(), 1, "{:?}", subjects(&sink.mails_to("bob@house.example")));
    assert!(first[0].contains("METHOD:REQUEST"), "{}", first[0]);

    // Planned anew: the same entry in a later version.
    let text = house.desk.draft("On Sunday instead.");
    let (start, end) = (house.now() + TimeDelta::days(5), house.now() + TimeDelta::days(5) + TimeDelta::hours(1));
    let plan = Command::PlanWindow { start, end, text: text.reference };
    house.does(crew.alice, 1, Asked::with(plan, [text])).await;
    sender.send_due().await.unwrap();
    let second = windows(&sink);
    assert_eq!(second.len(), 2);
    assert_eq!(line(&second[0], "UID:"), line(&second[1], "UID:"), "a second entry beside the first");
    assert!(sequence(&second[1]) > sequence(&second[0]), "calendars keep the newest version only");
    assert_ne!(line(&second[0], "DTSTART:"), line(&second[1], "DTSTART:"));

    // Nothing has changed, and nothing is sent.
    house.desk.tick().await.unwrap();
    sender.send_due().await.unwrap();
    assert_eq!(windows(&sink).len(), 2);
});

/// Everything that one person's calendar was sent of one sort, oldest first; the sort is the beginning of its UID.
fn entries(sink: &Sink, who: &str, sort: &str) -> Vec<String> {
    let mine =
        sink.mails_to(who).into_iter().filter(|mail| String::from_utf8_lossy(&mail.raw).contains("text/calendar"));
    let of = |text: &String| line(text, "UID:").starts_with(&format!("{sort}."));
    mine.map(|mail| calendar_of(&mail)).filter(of).collect()
}

fn sequence(text: &str) -> u32 {
    line(text, "SEQUENCE:").parse().unwrap()
}

both!(the_day_to_act_by_is_held_free_of_nothing_and_moves_with_the_providers_date, |house| async move {
    asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    sender.send_due().await.unwrap();
    let first = entries(&sink, "alice@house.example", "act-by");
    assert_eq!(first.len(), 1, "{:?}", subjects(&sink.mails_to("alice@house.example")));
    for wanted in ["METHOD:REQUEST", "TRANSP:TRANSPARENT", "STATUS:CONFIRMED", "ATTENDEE;", "alice@house.example"] {
        assert!(first[0].contains(wanted), "the hold lacks {wanted}:\n{}", first[0]);
    }
    assert!(entries(&sink, "carol@house.example", "act-by").is_empty(), "only those who do the work hold the day");

    house.receives(mails::moved_forward()).await;
    house.reads().await;
    sender.send_due().await.unwrap();
    let all = entries(&sink, "alice@house.example", "act-by");
    assert_eq!(all.len(), 2, "the provider's date moved, and the calendar stayed");
    assert_eq!(line(&all[0], "UID:"), line(&all[1], "UID:"));
    assert!(sequence(&all[1]) > sequence(&all[0]));
    assert!(line(&all[1], "DTEND:") < line(&all[0], "DTEND:"), "an earlier date makes an earlier day to act by");
});

both!(what_a_calendar_holds_is_taken_away_when_the_notice_is_dismissed, |house| async move {
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    assessed(&house, crew, 1).await;
    house.prepares(crew.alice, 1, Gate::Schedule, crew.team).await;
    sender.send_due().await.unwrap();
    let (reason, consequence) =
        (house.desk.draft("It is another account's."), house.desk.draft("Nothing of ours stops."));
    let dismissal = Command::ProposeDismissal { reason: reason.reference, consequence: consequence.reference };
    house.does(crew.bob, 1, Asked::with(dismissal, [reason, consequence])).await;
    for who in [crew.alice, crew.bob, crew.carol] {
        house.signs(who, 1, Gate::Dismiss).await;
    }
    assert!(!house.notice(1).await.is_open(), "three signatures dismiss it");
    sender.send_due().await.unwrap();
    for (who, sort) in [("bob", "window"), ("alice", "window"), ("alice", "act-by")] {
        let all = entries(&sink, &format!("{who}@house.example"), sort);
        let (first, last) = (all.first().expect("an invitation"), all.last().expect("its end"));
        assert!(last.contains("METHOD:CANCEL") && last.contains("STATUS:CANCELLED"), "{who}'s {sort} stays:\n{last}");
        assert_eq!(line(first, "UID:"), line(last, "UID:"), "{who}: another entry is taken away");
        assert!(sequence(last) > sequence(first), "{who}: calendars would take the end for an old version");
    }
    let count = sink.mails().len();
    house.desk.tick().await.unwrap();
    sender.send_due().await.unwrap();
    assert_eq!(sink.mails().len(), count, "an entry was taken away twice");
});

/// The text of a mail's part for calendars, its folded lines unfolded.
fn calendar_of(mail: &Taken) -> String {
    let read = mail_parser::MessageParser::default().parse(&mail.raw).unwrap();
    let part =
        read.parts.iter().find_map(|part| part.text_contents().filter(|text| text.starts_with("BEGIN:VCALENDAR")));
    part.expect("a part for calendars").replace("\r\n ", "").replace("\n ", "")
}

fn line(text: &str, name: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("no {name} in\n{text}")).trim().to_owned()
}
