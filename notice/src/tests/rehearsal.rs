//! What each shipped procedure does with one and the same notice, as a page to read: a change of a due rule or a rung shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::main_job::expires;
use super::{House, announced};
use crate::deadline;
use crate::fact::Kind;
use crate::facts::AnnouncedWindow;
use crate::procedure::{Gate, Procedure, Procedures, Size};
use crate::reminder::rehearse;

fn page(kind: Kind) -> String {
    let mut house = House::of_four();
    let mut notice = announced(kind, expires());
    if kind == Kind::ScheduledMaintenance {
        let end = Some(crate::fact::When::Instant(super::at("2024-08-22T04:00:00Z")));
        notice.windows.push(AnnouncedWindow { start: expires(), end, as_written: None });
    }
    house.receives(notice);
    let (case, context) = (house.case(), &house.context);
    let procedure = context.procedure(case).expect("a procedure");
    let dates = deadline::dates(case, context).expect("dates");
    let mut out = format!("{} from {}, priority {}\n", procedure.id, case.opened_at, case.priority);
    let hard = dates.hard.map(|hard| hard.at.to_string()).unwrap_or_default();
    writeln!(out, "act by {}, hard deadline {hard}", dates.act_by).expect("a string takes it");
    for gate in Gate::ALL.iter().filter(|gate| procedure.gate(**gate).is_some()) {
        let asks = |size| -> Vec<String> {
            procedure.requirements(*gate, size).iter().map(|r| format!("{} {}", r.count, r.level)).collect()
        };
        let [one, two, many] = [Size::One, Size::Two, Size::Many].map(|size| asks(size).join(", "));
        writeln!(out, "\n{gate}: many {many}; two {two}; one {one}").expect("a string takes it");
        for step in procedure.steps_of(*gate) {
            writeln!(out, "  - {} ({}, {})", step.title, step.scope, step.evidence).expect("a string takes it");
        }
    }
    for act in rehearse(case, context) {
        writeln!(out, "\n{} asked {}, due {}", act.gate, act.asked, act.due).expect("a string takes it");
        let mut days: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for reminder in &act.reminders {
            days.entry((reminder.at, reminder.rung)).or_default().push(house.name(reminder.person));
        }
        for ((at, rung), people) in days {
            writeln!(out, "  {} {rung}: {}", at.format("%a %Y-%m-%d %H:%M"), people.join(", "))
                .expect("a string takes it");
        }
    }
    out
}

/// The procedure that a kind of notice opens with.
fn opens_with(kind: Kind) -> String {
    let mut house = House::of_four();
    house.receives(announced(kind, expires()));
    house.case().procedure.id.to_string()
}

#[test]
fn each_shipped_procedure_has_a_rehearsal_of_its_own() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/snapshots");
    let shipped: Vec<String> = Procedures::built_in_texts()
        .iter()
        .map(|text| Procedure::parse(text, 1).expect("a shipped procedure is well formed").id.to_string())
        .collect();
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    for procedure in &shipped {
        let kind = Kind::ALL.iter().find(|kind| opens_with(**kind) == *procedure);
        let kind =
            kind.unwrap_or_else(|| panic!("no kind of notice opens with “{procedure}”, so nothing rehearses it"));
        let file = folder.join(format!("{kind}.snap"));
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{procedure} has no {}: {e}", file.display()));
        assert!(text.contains(&format!("\n{procedure} from ")), "{} rehearses another procedure", file.display());
        // Steps and due dates, without the names and the title: a copy with another title is no procedure of its own.
        let (_, body) = text.split_once("act by").expect("a rehearsal names act-by");
        if let Some(other) = bodies.insert(body.to_owned(), procedure.clone()) {
            panic!("{procedure} asks for the same steps by the same days as {other}");
        }
    }
    assert_eq!(bodies.len(), shipped.len());
}

#[test]
fn every_procedure_is_rehearsed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for kind in Kind::ALL {
            insta::assert_snapshot!(kind.word(), page(*kind));
        }
    });
}
