//! What people do with what arrived, and what the house forgets when it is asked to.

use std::collections::BTreeSet;

use countersign::desk::{Asked, DeskError, NoticeRef};
use countersign::notice::chain::{self, Stream};
use countersign::notice::command::Command;
use countersign::notice::ids::PersonId;
use countersign::store::intake::{self, state};
use countersign::store::{projection, record, texts};

use crate::harness::{House, Kind, Program, mails};

const LUNCH: &str = "From: a@b.example\r\nSubject: lunch\r\n\r\nShall we eat at noon?\r\n";

both!(a_message_that_is_no_notice_is_put_aside_and_kept, |house| async move {
    let crew = house.founded().await;
    let lunch = house.receives(LUNCH).await;
    house.reads().await;
    house.desk.dismiss_message(crew.alice.actor(), lunch.message_id, Some("about lunch")).await.unwrap();
    assert_eq!(house.message(lunch).await.state, state::DISMISSED);
    let last = record::load(house.store().reader(), Stream::Installation).await.unwrap().pop().unwrap();
    assert_eq!(last.name, "message_dismissed", "who put it aside is not on record");
    let raw = intake::raw(house.store().reader(), house.message(lunch).await.blob).await.unwrap();
    assert_eq!(raw.as_deref(), Some(LUNCH.as_bytes()), "nothing that arrived is dropped");

    house.desk.read_again(lunch.message_id).await.unwrap();
    house.reads().await;
    assert_eq!(house.message(lunch).await.state, state::NEEDS_PERSON, "it was not read again");
});

both!(a_person_puts_a_message_to_a_notice, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    let lunch = house.receives(LUNCH).await;
    house.reads().await;
    house.desk.attach_message(crew.bob.actor(), lunch.message_id, NoticeRef::Number(1)).await.unwrap();
    assert_eq!(house.notice(1).await.messages.len(), 2);
    assert_eq!(house.message(lunch).await.state, state::FILED);
    let again = house.desk.dismiss_message(crew.bob.actor(), lunch.message_id, None).await;
    assert!(matches!(again, Err(DeskError::Conflict { code: "message_filed", .. })), "{again:?}");
});

both!(an_erased_comment_is_gone_everywhere_and_the_chain_still_proves_itself, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let words = house.desk.draft("Ask Zacharias at extension 4711");
    let text = words.reference;
    let command = Command::Comment { text, mentions: BTreeSet::new() };
    house.does(crew.alice, 1, Asked::with(command, [words])).await;
    let db = house.store().reader();
    let found = |lines: Vec<String>| lines.iter().any(|line| line.contains("Zacharias"));
    assert!(found(projection::dump(db).await.unwrap()), "the comment was never found by its words");

    house.desk.erase_text(crew.carol.actor(), text.id).await.unwrap();
    assert!(!found(projection::dump(db).await.unwrap()), "the search index remembers what was erased");
    let stream = Stream::Notice(house.notice(1).await.id);
    let shown = texts::of_stream(db, stream).await.unwrap().remove(&text.id).unwrap();
    assert_eq!(shown.words(), "[erased on 2024-06-01]");
    let stored = record::load(db, stream).await.unwrap();
    assert_eq!(chain::verify(stream, &stored, &[]), []);
    let before = projection::dump(db).await.unwrap();
    house.desk.rebuild_projections().await.unwrap();
    assert_eq!(before, projection::dump(db).await.unwrap(), "a rebuild brought back what was erased");
});

both!(an_erased_mail_leaves_its_notice_with_the_facts, |house| async move {
    let crew = house.founded().await;
    let received = house.receives(mails::original()).await;
    house.reads().await;
    house.desk.erase_message(crew.carol.actor(), received.message_id).await.unwrap();
    let row = house.message(received).await;
    assert_eq!(intake::raw(house.store().reader(), row.blob).await.unwrap(), None, "the bytes are still there");
    assert_eq!((row.sender, row.subject), (None, None));
    assert!(intake::readings(house.store().reader(), row.id).await.unwrap().is_empty(), "the reading is still there");
    assert!(!house.notice(1).await.facts.deadlines.is_empty(), "people lost the date they work by");
    let before = projection::dump(house.store().reader()).await.unwrap();
    house.desk.rebuild_projections().await.unwrap();
    assert_eq!(before, projection::dump(house.store().reader()).await.unwrap());
});

both!(a_person_who_asked_to_be_forgotten_is_an_id_in_the_record, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let words = house.desk.draft("I know this one.");
    let text = words.reference;
    house.does(crew.alice, 1, Asked::with(Command::Comment { text, mentions: BTreeSet::new() }, [words])).await;
    house.desk.erase_person(crew.carol.actor(), crew.alice.0).await.unwrap();
    let person = house.desk.person(crew.alice.0).await.unwrap();
    assert!(!person.active && !person.name.contains("Alice") && !person.email.contains("alice"), "{person:?}");
    let stream = Stream::Notice(house.notice(1).await.id);
    let shown = texts::of_stream(house.store().reader(), stream).await.unwrap().remove(&text.id).unwrap();
    assert!(matches!(shown, texts::Shown::Erased(_)), "what she wrote is still there: {shown:?}");
    let people = record::load(house.store().reader(), Stream::People).await.unwrap();
    assert_eq!(chain::verify(Stream::People, &people, &[]), []);
    assert!(!format!("{people:?}").contains("alice@"), "an address stands in the record itself");
});

/// How often a word stands in the files of a database, in whatever case.
fn stands(folder: &std::path::Path, word: &str) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).to_lowercase().matches(word).count()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_erase_command_forgets_stands_nowhere_in_the_databases_files() {
    let house = House::build(Kind::Sqlite).await;
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let words = house.desk.draft("Ask Quetzalbert at extension 4711");
    let text = words.reference;
    let command = Command::Comment { text, mentions: [PersonId(crew.bob.0)].into() };
    house.does(crew.alice, 1, Asked::with(command, [words])).await;
    house.sends().await;
    assert!(stands(house.folder(), "quetzalbert") > 1, "the story begins with words in the text, the index and a mail");
    let stored = record::load(house.store().reader(), Stream::Notice(house.notice(1).await.id)).await.unwrap();
    let comment = stored.iter().find(|event| event.payload.to_string().contains(&text.id.to_string()));
    let number = comment.expect("the comment is on record").sequence.to_string();

    let folder = tempfile::tempdir().unwrap();
    let erase = Program::of(&house, folder.path(), &["erase", "text", "N-1", &number], "");
    let done = erase.command().output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(stands(house.folder(), "quetzalbert"), 0, "the files of the database remember what was erased");

    let address = house.desk.person(crew.bob.0).await.unwrap();
    assert!(stands(house.folder(), &address.email) > 0 && stands(house.folder(), &address.name.to_lowercase()) > 0);
    house.desk.erase_person(crew.carol.actor(), crew.bob.0).await.unwrap();
    assert_eq!(stands(house.folder(), &address.email), 0, "the address of who asked to be forgotten is there still");
}
