//! Every letter, rendered from its sample and looked at as its reader would.

use std::collections::BTreeSet;

use super::*;
use crate::dispatch::letter_samples::letters;

fn now() -> DateTime<Utc> {
    "2024-06-16T10:00:00Z".parse().unwrap()
}

#[test]
fn every_letter_is_rendered_with_all_that_a_reader_needs() {
    let letters = letters();
    let kinds: BTreeSet<&str> = letters.iter().map(Letter::template).collect();
    assert_eq!(kinds.len(), 18, "a kind of letter has no sample: {kinds:?}");
    for letter in letters {
        let kind = letter.template();
        let mail = render(&letter, now()).unwrap_or_else(|e| panic!("{kind}: {e:?}"));
        let (_, url) = button(&letter);
        assert_eq!(mail.html.matches(&format!("href=\"{url}\"")).count().min(1), 1, "{kind}: the button is missing");
        assert!(mail.text.contains(&url), "{kind}: the text lacks the link");
        if let Some(notice) = letter.notice() {
            for part in [&mail.html, &mail.text] {
                assert!(part.contains(&notice.chain_head), "{kind}: the head of the chain is missing");
                assert!(part.contains("Thu 22 August 2024"), "{kind}: the provider's date is missing");
            }
            assert!(mail.subject.starts_with("[N-12] Amazon Web Services: Your RDS CA"), "{kind}: {}", mail.subject);
        }
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_nothing_of_others_becomes_markup() {
    for letter in letters() {
        let kind = letter.template();
        let html = render(&letter, now()).unwrap().html;
        for loads in ["<img", "<link", "<script", "src=", "url(", "@import"] {
            assert!(!html.contains(loads), "{kind}: the mail loads something: {loads}");
        }
        assert!(!html.contains("<soon>") && !html.contains("<Lovelace>"), "{kind}: a name became markup");
        assert!(html.contains("prefers-color-scheme: dark"), "{kind}: the rules for dark screens are gone");
        assert!(html.contains("style=\"") && html.contains("class=\"button\""), "{kind}: styles were not inlined");
    }
}

#[test]
fn an_ask_says_what_by_when_and_what_otherwise() {
    let letter = letters().into_iter().find(|l| l.template() == "overdue").unwrap();
    let mail = render(&letter, now()).unwrap();
    for part in [&mail.text, &mail.html] {
        for needed in [
            "Your sign-off is overdue",
            "Fri 14 June 2024, 17:00 CEST",
            "2 days ago",
            "in 67 days",
            "The impact is understood",
            "after two days of silence",
            "Your certificates expire on August 22, 2024.",
            "Grace Hopper",
            "nobody holds this level",
        ] {
            assert!(part.contains(needed), "the mail does not say {needed:?}:\n{part}");
        }
    }
    assert!(mail.subject.ends_with("(your sign-off is overdue)"), "{}", mail.subject);
}

#[test]
fn what_nobody_has_proven_is_said_in_the_mail() {
    let mut letter = letters().remove(0);
    assert!(!render(&letter, now()).unwrap().text.contains("proven"));
    let Body::Assigned(ask) = &mut letter.body else { panic!("the first sample is an assignment") };
    ask.notice.authenticity = Authenticity::Unverified;
    let mail = render(&letter, now()).unwrap();
    assert!(mail.text.starts_with("!! Nobody has proven") && mail.html.contains("Nobody has proven"), "{}", mail.text);
}

#[test]
fn a_letter_survives_being_kept_as_json() {
    for letter in letters() {
        let kept = serde_json::to_string(&letter).unwrap();
        let read: Letter = serde_json::from_str(&kept).unwrap_or_else(|e| panic!("{}: {e}\n{kept}", letter.template()));
        assert_eq!(read, letter);
    }
}

/// To look at the mails: `WRITE_MAILS=folder cargo test --lib dispatch::render`.
#[test]
fn the_mails_can_be_written_out_to_look_at() {
    let folder = std::env::var_os("WRITE_MAILS").map(std::path::PathBuf::from);
    for letter in letters() {
        let mail = render(&letter, now()).unwrap();
        assert!(!mail.text.contains("\n\n\n"), "{}: a hole in the text:\n{}", letter.template(), mail.text);
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{}.html", letter.template())), &mail.html).unwrap();
            std::fs::write(folder.join(format!("{}.txt", letter.template())), &mail.text).unwrap();
        }
    }
}
