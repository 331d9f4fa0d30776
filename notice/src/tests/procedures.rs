//! Procedures as data: every shipped one is sound, and what is wrong with an edited one is said by its key.

use std::collections::BTreeSet;

use super::House;
use crate::fact::Kind;
use crate::facts::Priority;
use crate::ids::ProviderId;
use crate::procedure::{Gate, Procedure, Procedures, Size};

fn text() -> String {
    let texts = Procedures::built_in_texts();
    (*texts.iter().find(|text| text.contains("id = \"certificate_rotation\"")).expect("it is shipped")).to_owned()
}

/// The complaint about the shipped procedure after one replacement.
fn complaint(was: &str, now: &str) -> String {
    let text = text();
    assert!(text.contains(was), "the procedure does not hold {was}");
    Procedure::parse(&text.replacen(was, now, 1), 1).expect_err(now).to_string()
}

#[test]
fn a_wrong_key_is_named_with_the_nearest_known_one() {
    assert_eq!(complaint("act_by =", "act_bye ="), "act_by: is missing");
    assert_eq!(
        complaint("insist_from =", "insist_from = \"7 days\"\ninsist_form ="),
        "ladder.insist_form: is not a key here; did you mean “insist_from”?"
    );
    assert_eq!(
        complaint("broad_from", "broadfrom"),
        "priority.broadfrom: is not a key here; did you mean “broad_from”?"
    );
    assert_eq!(
        complaint("[gates.dismiss]", "[gates.dismis]"),
        "gates.dismis: is not a key here; did you mean “dismiss”?"
    );
}

#[test]
fn a_wrong_value_says_what_is_known() {
    let cases = [
        (
            "\"10 business days before hard deadline\"",
            "\"10 moons before hard deadline\"",
            "act_by: “10 moons before hard deadline”: “moons” is not a unit",
        ),
        (
            "kind = \"certificate_rotation\"",
            "kind = \"certificates\"",
            "matches.kind: “certificates” is not a Kind; known are certificate_rotation",
        ),
        ("one = \"engineer\"", "one = \"0 engineer\"", "gates.assess.requires.one: “0 engineer” is not a requirement"),
        ("one = \"engineer\"", "one = []", "gates.assess.requires.one: at least one level has to sign"),
        (
            "many = [\"engineer\", \"lead\"",
            "many = [\"lead\", \"lead\"",
            "gates.assess.requires.many: “lead” is named twice; write “2 lead”",
        ),
        ("gate = \"assess\"", "gate = \"dream\"", "steps[0].gate: “dream” is not a Gate"),
        ("id = \"list_clients\"", "id = \"list_instances\"", "steps[1].id: two steps are called “list_instances”"),
        ("title = \"Certificate rotation\"", "title = 5", "title: a text is wanted, not integer"),
    ];
    for (was, now, wanted) in cases {
        let got = complaint(was, now);
        assert!(got.starts_with(wanted), "{now}: {got}");
    }
    assert!(Procedure::parse("id = ", 1).expect_err("no TOML").to_string().contains("not TOML"));
}

#[test]
fn there_is_one_for_every_kind_and_they_differ_in_more_than_their_title() {
    let procedures = Procedures::built_in(Size::Many);
    let mut seen = BTreeSet::new();
    for kind in Kind::ALL {
        let procedure = procedures.choose(*kind, &"aws".into(), None).expect("one for each");
        assert!(procedure.matches.kinds.contains(kind), "{kind} has none of its own but {}", procedure.id);
        let steps: Vec<_> = procedure.steps.iter().map(|step| &step.title).collect();
        let due: Vec<_> = procedure.gates.iter().map(|(gate, rule)| format!("{gate} {}", rule.due)).collect();
        assert!(seen.insert(format!("{steps:?} {due:?}")), "{} is a copy of another", procedure.id);
        let words: BTreeSet<_> = procedure.gates.values().map(|rule| &rule.words).collect();
        assert_eq!(words.len(), procedure.gates.len(), "{}: two gates are signed with the same words", procedure.id);
    }
    assert_eq!(procedures.current().count(), Kind::ALL.len());
}

#[test]
fn each_set_can_be_satisfied_by_the_people_it_is_for() {
    let houses = [
        (Size::One, vec!["ada: engineer lead executive"]),
        (Size::Two, vec!["ada: engineer", "bob: engineer lead"]),
        (Size::Many, vec!["ada: engineer", "bob: engineer", "lea: lead", "rex: executive"]),
    ];
    for (size, people) in houses {
        let house = House::of(size, &people);
        for procedure in house.context.procedures.current() {
            let short = procedure.unsatisfiable(size, &house.context.directory, house.context.now);
            assert!(short.is_empty(), "{} for {size}: {short:?}", procedure.id);
        }
    }
}

#[test]
fn what_todays_people_cannot_satisfy_is_said() {
    let house = House::of(Size::Many, &["ada: engineer lead", "rex: executive"]);
    let procedure = Procedure::parse(&text(), 1).expect("it is shipped");
    let short = procedure.unsatisfiable(Size::Many, &house.context.directory, house.context.now);
    let lines: Vec<String> = short.iter().map(ToString::to_string).collect();
    assert_eq!(lines[0], "gates.assess asks for 1 at level “lead”, and today's people leave 0 for it", "{lines:#?}");
}

#[test]
fn a_change_of_guidance_or_due_date_is_no_change_of_what_is_signed() {
    let (text, size) = (text(), Size::Many);
    let pin = Procedure::parse(&text, 1).expect("shipped").pin(size);
    let later = Procedure::parse(&text.replace("3 business days after opening", "4 business days after opening"), 2);
    assert_eq!(later.expect("edited").pin(size).gates, pin.gates);
    let words =
        Procedure::parse(&text.replace("were seen to succeed", "were said to succeed"), 2).expect("edited").pin(size);
    let changed: Vec<Gate> = Gate::ALL.iter().copied().filter(|gate| words.gates[gate] != pin.gates[gate]).collect();
    assert_eq!(changed, [Gate::Close]);
}

/// The shipped certificate rotation under another id, for something else.
fn edited(id: &str, matches: &str) -> Procedure {
    let renamed = text().replacen("id = \"certificate_rotation\"", &format!("id = \"{id}\""), 1);
    let now = renamed.replacen("kind = \"certificate_rotation\"", matches, 1);
    Procedure::parse(&now, 1).unwrap_or_else(|told| panic!("{id}: {told}"))
}

#[test]
fn the_procedure_that_names_most_of_a_notice_is_chosen() {
    let mut procedures = Procedures::built_in(Size::Many);
    procedures.add(edited("ours_at_aws", "provider = \"aws\"\nkind = \"certificate_rotation\""));
    procedures.add(edited("anything_critical", "priority = \"critical\""));
    let cases = [
        (Kind::CertificateRotation, "gcp", None, "certificate_rotation"),
        (Kind::CertificateRotation, "aws", None, "ours_at_aws"),
        (Kind::CertificateRotation, "gcp", Some(Priority::Critical), "anything_critical"),
        (Kind::CertificateRotation, "aws", Some(Priority::Critical), "ours_at_aws"),
        (Kind::Security, "aws", Some(Priority::Low), "security"),
    ];
    for (kind, provider, priority, expected) in cases {
        let chosen = procedures.choose(kind, &ProviderId(provider.to_owned()), priority).expect("one always fits");
        assert_eq!(chosen.id.as_str(), expected, "{kind:?} of {provider} at {priority:?}");
    }
}
