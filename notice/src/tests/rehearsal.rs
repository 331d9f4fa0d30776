//! What each shipped procedure does with one and the same notice, as a page to read: a change of a due rule or a rung shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::main_job::expires;
use super::{House, announced};
use crate::deadline;
use crate::fact::Kind;
use crate::facts::AnnouncedWindow;
use crate::procedure::{Gate, Size};
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
