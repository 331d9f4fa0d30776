//! Every letter, rendered from its sample and looked at as its reader would.

use std::collections::BTreeSet;

use super::*;
use crate::paper::samples::{every_look, letters};

fn now() -> DateTime<Utc> {
    "2024-06-16T10:00:00Z".parse().unwrap()
}

#[test]
fn every_letter_is_rendered_with_all_that_a_reader_needs() {
    let letters = letters();
    let kinds: BTreeSet<&str> = letters.iter().map(Letter::template).collect();
    assert_eq!(kinds.len(), 19, "a kind of letter has no sample: {kinds:?}");
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
            "On Tue 18 June 2024 it goes up to the level Executive",
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

/// The mails as somebody looked at them. `frontend/e2e/pages/mails.spec.ts` takes their pictures and has axe look at them;
/// `UPDATE_MAILS=1 cargo test --lib paper::render` writes them anew.
#[test]
fn every_mail_looks_as_when_somebody_looked_at_it() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("frontend/e2e/mails");
    let seal = Seal { number: 31, digest: "4c1d9a".repeat(10) + "77e0", key_id: "c0ffee1234567890".to_owned() };
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for (name, letter) in every_look() {
        let mail = render_sealed(&letter, Some(&seal), now()).unwrap();
        assert!(!mail.text.contains("\n\n\n"), "{name}: a hole in the text:\n{}", mail.text);
        for (extension, now) in [("html", mail.html), ("txt", format!("{}\n\n{}", mail.subject, mail.text))] {
            let file = format!("{name}.{extension}");
            if std::env::var_os("UPDATE_MAILS").is_some() {
                std::fs::write(folder.join(&file), &now).unwrap();
            }
            let then = std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
            assert!(then == now, "frontend/e2e/mails/{file} has changed; write it with UPDATE_MAILS=1, and look at it");
            kept.insert(file);
        }
    }
    let there = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let strays: Vec<String> = there.filter(|file| !kept.contains(file)).collect();
    assert!(strays.is_empty(), "mails that are no longer sent: {strays:?}");
}
