//! Who may see the notices of a team that is closed to others.

use std::collections::BTreeSet;

use super::main_job::expires;
use super::{House, announced, text};
use crate::command::Command;
use crate::directory::Right;
use crate::fact::Kind;
use crate::procedure::Gate;
use crate::sight::{Sight, circle};

/// A notice whose one owner team is closed; nobody is in the team, so that only the circle lets anybody in.
fn closed() -> House {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    house.directory().teams.get_mut(&House::team()).expect("the house has a team").closed = true;
    for person in house.directory().people.values_mut() {
        person.teams.clear();
    }
    house
}

fn sees(house: &House, who: &str) -> bool {
    let directory = &house.context.directory;
    let sight = Sight::of(House::id(who), Right::Member);
    circle(house.case(), &house.context).admits(sight, directory)
}

fn stranger(house: &mut House, who: &str) {
    let directory = house.directory();
    let mut person = directory.people.values().next().expect("somebody is there").clone();
    person.id = House::id(who);
    person.levels = BTreeSet::new();
    person.teams = BTreeSet::new();
    person.right = Right::Member;
    directory.people.insert(person.id, person);
}

#[test]
fn a_closed_notice_is_not_there_for_who_has_nothing_to_do_with_it() {
    let mut house = closed();
    stranger(&mut house, "zoe");
    assert!(!sees(&house, "zoe"), "a stranger sees it");
    assert!(sees(&house, "eve"), "who worked on it lost sight of it");
    let directory = &house.context.directory;
    let reads_all = [Right::Administrator, Right::Auditor].map(|right| Sight::of(House::id("zoe"), right));
    assert!(reads_all.iter().all(|sight| circle(house.case(), &house.context).admits(*sight, directory)));
}

#[test]
fn members_of_an_owner_team_see_it_and_an_open_team_closes_nothing() {
    let mut house = closed();
    stranger(&mut house, "zoe");
    let team = House::team();
    house.directory().people.get_mut(&House::id("zoe")).unwrap().teams.insert(team);
    assert!(sees(&house, "zoe"), "a member of the closed team does not see its notice");
    house.directory().people.get_mut(&House::id("zoe")).unwrap().teams.clear();
    house.directory().teams.get_mut(&team).unwrap().closed = false;
    assert!(sees(&house, "zoe"), "no team is closed, and still it cannot be seen");
}

#[test]
fn whoever_is_mentioned_or_asked_sees_it() {
    let mut house = closed();
    stranger(&mut house, "zoe");
    let comment = Command::Comment { text: text("Zoe, is this yours?"), mentions: [House::id("zoe")].into() };
    house.does("eve", comment);
    assert!(sees(&house, "zoe"), "who was mentioned cannot read where");
    let context = house.context.clone();
    let asked = &house.case().assignments;
    assert!(!asked.is_empty(), "nobody was asked, so this proves nothing");
    let people = circle(house.case(), &context).people;
    assert!(asked.iter().all(|one| people.contains(&one.person)), "who is asked for a signature does not see for what");
    assert_eq!(crate::gate::current_gate(house.case(), &context), Gate::Assess);
}
