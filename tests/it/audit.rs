//! The record proves itself. Each test plays somebody with the database in their hands: they take the triggers off, change
//! one thing, and are found out.

use std::io::{Cursor, Read as _, Write as _};

use countersign::audit::{Judgement, Pack, read_file};
use countersign::desk::house::{NewPerson, PersonChange};
use countersign::notice::checkpoint::SignedCheckpoint;
use countersign::notice::directory::Right;
use countersign::notice::event::Actor;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;
use zip::{ZipArchive, ZipWriter};

use crate::harness::House;

/// A house with some people, some changes to them, and a checkpoint of it all in the returned folder.
struct Kept {
    people: Vec<Uuid>,
    folder: tempfile::TempDir,
}

impl Kept {
    async fn of(house: &House) -> Self {
        let mut people = Vec::new();
        for (name, role) in [("Ada", Right::Member), ("Ben", Right::Member), ("Chiara", Right::Administrator)] {
            let new = NewPerson {
                name: name.to_owned(),
                email: format!("{name}@example.com"),
                zone: None,
                role,
                levels: vec!["engineer".to_owned()],
            };
            people.push(house.desk.add_person(Actor::System, new).await.expect("a person is added").id);
        }
        let kept = Self { people, folder: tempfile::tempdir().expect("a folder can be made") };
        kept.checkpoint(house).await;
        kept
    }

    async fn checkpoint(&self, house: &House) {
        house.desk.checkpoint(&self.path()).await.expect("a checkpoint is made");
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("checkpoints.jsonl")
    }

    fn file(&self) -> Vec<SignedCheckpoint> {
        read_file(&self.path()).expect("the file of checkpoints is sound")
    }

    async fn verify(&self, house: &House) -> Judgement {
        house.desk.verify_record(&self.file()).await.expect("the database answers")
    }
}

/// What somebody does who owns the database.
async fn tamper(house: &House, sql: &str) {
    let off = if house.store().backend() == sea_orm::DbBackend::Postgres {
        "ALTER TABLE events DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER IF EXISTS events_refuse_update; DROP TRIGGER IF EXISTS events_refuse_delete"
    };
    house.store().writer().execute_unprepared(off).await.expect("the owner may take the triggers off");
    let done = house.store().writer().execute_unprepared(sql).await.expect(sql);
    assert!(done.rows_affected() > 0, "nothing was tampered with by {sql}");
}

fn found(judgement: &Judgement, what: &str) {
    assert!(
        judgement.damage.iter().any(|told| told.contains(what)),
        "“{what}” was not found out; told was {:#?}",
        judgement.damage
    );
}

both!(an_untouched_record_is_sound, |house| async move {
    let kept = Kept::of(&house).await;
    let judgement = kept.verify(&house).await;
    assert_eq!(judgement.damage, Vec::<String>::new());
    assert!(judgement.events >= 3 && judgement.texts >= 6 && judgement.checkpoints == 1, "{judgement:?}");
});

both!(an_edited_event_is_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "UPDATE events SET at = at + 1 WHERE stream = 'people' AND sequence = 2").await;
    found(&kept.verify(&house).await, "people: event 2 was edited");
});

both!(an_edited_actor_is_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "UPDATE events SET actor = '{\"kind\":\"nobody\"}' WHERE stream = 'people' AND sequence = 1").await;
    found(&kept.verify(&house).await, "people: event 1 was edited");
});

both!(a_removed_event_is_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "DELETE FROM events WHERE stream = 'people' AND sequence = 2").await;
    found(&kept.verify(&house).await, "people: event 2 is missing");
});

both!(reordered_events_are_found, |house| async move {
    let kept = Kept::of(&house).await;
    for (from, to) in [(1, -1), (2, 1), (-1, 2)] {
        tamper(&house, &format!("UPDATE events SET sequence = {to} WHERE stream = 'people' AND sequence = {from}"))
            .await;
    }
    let judgement = kept.verify(&house).await;
    found(&judgement, "people: event 1 was edited");
    found(&judgement, "people: event 2 was edited");
});

both!(a_cut_off_end_is_found_by_the_checkpoint, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "DELETE FROM events WHERE stream = 'people' AND sequence >= 2").await;
    found(&kept.verify(&house).await, "the end was cut off");
});

both!(a_cut_off_end_is_found_even_where_the_checkpoints_were_cut_too, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "DELETE FROM events WHERE stream = 'people' AND sequence >= 2").await;
    tamper(&house, "DELETE FROM checkpoints").await;
    let judgement = kept.verify(&house).await;
    found(&judgement, "checkpoint 1 is missing");
    found(&judgement, "the end was cut off");
});

both!(a_stream_that_vanished_is_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "DELETE FROM events WHERE stream = 'people'").await;
    found(&kept.verify(&house).await, "people: the whole stream is gone");
});

both!(a_forged_checkpoint_is_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "UPDATE checkpoints SET signed = replace(signed, '\"sequence\":3', '\"sequence\":2')").await;
    let judgement = kept.verify(&house).await;
    found(&judgement, "signature that this installation's keys did not make");
    found(&judgement, "not the one in the database");
});

both!(changed_words_are_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "UPDATE texts SET body = 'Mallory' WHERE body = 'Ada'").await;
    found(&kept.verify(&house).await, "the words that it commits to were changed");
});

both!(removed_words_are_found, |house| async move {
    let kept = Kept::of(&house).await;
    tamper(&house, "DELETE FROM texts WHERE body = 'Ada'").await;
    found(&kept.verify(&house).await, "are gone, and nobody erased them");
});

both!(a_person_who_was_erased_is_told_as_erased_and_not_as_damage, |house| async move {
    let kept = Kept::of(&house).await;
    house.desk.erase_person(Actor::System, kept.people[0]).await.expect("a person can be erased");
    let judgement = kept.verify(&house).await;
    assert_eq!(judgement.damage, Vec::<String>::new());
    assert!(judgement.erased.len() >= 2, "name and address are gone: {:?}", judgement.erased);
    assert!(judgement.erased.iter().all(|erasure| erasure.at == house.now()), "told with their day");
});

both!(a_checkpoint_costs_what_changed, |house| async move {
    let kept = Kept::of(&house).await;
    house.clock.advance(chrono::TimeDelta::hours(1));
    kept.checkpoint(&house).await;
    assert_eq!(kept.file().len(), 1, "nothing moved, so nothing was signed");
    let change = PersonChange { zone: Some("Europe/Oslo".to_owned()), ..PersonChange::default() };
    house.desk.change_person(Actor::System, kept.people[1], change).await.expect("a person can be changed");
    kept.checkpoint(&house).await;
    let file = kept.file();
    assert_eq!(file.len(), 2);
    assert_eq!(file[1].checkpoint.heads.len(), 1, "only the one stream that moved: {:?}", file[1].checkpoint.heads);
    assert_eq!(kept.verify(&house).await.damage, Vec::<String>::new());
});

/// A pack, and the same with one entry changed.
async fn pack(house: &House) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let pack = house.desk.evidence(&[]).await.expect("the evidence is gathered");
    pack.write(&house.desk, "<p>report</p>", &mut file).await.expect("the pack is written");
    file.into_inner()
}

fn with(pack: &[u8], name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(pack)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        let (here, mut text) = (entry.name().unwrap().into_owned(), String::new());
        entry.read_to_string(&mut text).unwrap();
        if here == name {
            let changed = change(text.clone());
            assert_ne!(changed, text, "nothing in {name} was changed");
            text = changed;
        }
        out.start_file(here, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

both!(an_evidence_pack_verifies_without_the_server, |house| async move {
    Kept::of(&house).await;
    let bytes = pack(&house).await;
    let (pack, judgement) = Pack::verify(Cursor::new(bytes.as_slice())).expect("it is a pack");
    assert_eq!(judgement.damage, Vec::<String>::new());
    assert_eq!(pack.installation, "Countersign");
    assert_eq!(pack.public_keys.len(), 1);
    assert!(judgement.events >= 3 && judgement.checkpoints == 1, "{judgement:?}");
});

both!(a_pack_that_was_changed_is_found_out, |house| async move {
    Kept::of(&house).await;
    let bytes = pack(&house).await;
    for (from, to, told) in [
        ("\"Ada\"", "\"Mallory\"", "the words that it commits to were changed"),
        ("\"type\": \"person_added\"", "\"type\": \"person_joined\"", "was edited"),
    ] {
        let changed = with(&bytes, "record.json", |text| text.replacen(from, to, 1));
        let (_, judgement) = Pack::verify(Cursor::new(changed)).expect("it is still a pack");
        found(&judgement, told);
    }
    let error = Pack::verify(Cursor::new(b"PK not really")).expect_err("that is no pack").to_string();
    assert!(error.contains("no evidence pack"), "{error}");
});
