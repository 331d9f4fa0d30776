//! `countersign ingest` as a mail server's delivery agent runs it: what its exit codes say, and that they are true.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use countersign::store::Store;
use countersign::store::entity::messages;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _};

use crate::harness::{House, Kind, Program, mails, outlook, postgres};

/// sysexits.h, as mail servers read them.
const TRY_AGAIN: Option<i32> = Some(75);
const BAD_DATA: Option<i32> = Some(65);
const WRONG_USE: Option<i32> = Some(64);

fn ingests(program: &Program, input: &[u8]) -> Output {
    let mut command = program.command();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    let mut pipe = child.stdin.take().expect("it was piped");
    // One that has seen enough closes the pipe.
    let _ = pipe.write_all(input);
    drop(pipe);
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn count(house: &House) -> u64 {
    messages::Entity::find().count(house.store().reader()).await.unwrap()
}

both!(a_mail_from_a_pipe_is_kept_and_one_that_can_never_be_is_told_apart, |house| async move {
    house.founded().await;
    let folder = house.folder().join("ingest");
    let of = |arguments: &[&str], more: &str| Program::of(&house, &folder, arguments, more);
    let from = ["ingest", "--from", "no-reply@provider.example", "--to", "notices@house.example"];
    let kept = ingests(&of(&from, ""), mails::original().as_bytes());
    assert_eq!(kept.status.code(), Some(0), "{}", said(&kept));
    let id = String::from_utf8(kept.stdout).unwrap().trim().parse().expect("it names the message");
    let raw = house.desk.raw(id).await.unwrap().expect("it is kept");
    assert_eq!(raw, mails::original().as_bytes());

    let outlook_file = outlook::notice().file();
    assert_eq!(ingests(&of(&["ingest"], ""), &outlook_file).status.code(), Some(0));
    assert_eq!(count(&house).await, 2);

    for (what, input, words) in [
        ("nothing", Vec::new(), "nothing on standard input"),
        ("half of an Outlook file", outlook_file[..700].to_vec(), "save it as .eml"),
        ("more than one mail may be", vec![b'x'; 2_000], "smtp.max_message_bytes"),
    ] {
        let refused = ingests(&of(&["ingest"], "[smtp]\nmax_message_bytes = 1000"), &input);
        assert_eq!(refused.status.code(), BAD_DATA, "{what}: {}", said(&refused));
        assert!(said(&refused).contains(words), "{what}: {}", said(&refused));
    }
    let wrong = ingests(&of(&["ingest", "--form", "a@b.example"], ""), b"");
    assert_eq!(wrong.status.code(), WRONG_USE, "{}", said(&wrong));
    let help = ingests(&of(&["ingest", "--help"], ""), b"");
    assert_eq!(help.status.code(), Some(0));
    // A slip in the configuration must not make mails bounce.
    let slip = ingests(&of(&["ingest"], "[smpt]\nlisten = 'x'"), mails::original().as_bytes());
    assert_eq!(slip.status.code(), TRY_AGAIN, "{}", said(&slip));
    assert_eq!(count(&house).await, 2, "what was refused is there");
});

fn elsewhere(url: &str, folder: &Path) -> Program {
    let keys = countersign::desk::Keyring::generate(&countersign::clock::Entropy::seeded(1)).to_text();
    Program::on(url, &keys, folder, &["ingest"], "")
}

#[test]
fn a_database_that_is_away_has_the_mail_server_try_again() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = postgres::free_port();
    let missing = folder.path().join("no such folder/countersign.db").display().to_string();
    let no_database = folder.path().join("a folder");
    std::fs::create_dir(&no_database).unwrap();
    for url in [
        format!("postgres://countersign@127.0.0.1:{nobody}/countersign"),
        format!("sqlite:{missing}"),
        format!("sqlite:{}", no_database.display()),
    ] {
        let put_off = ingests(&elsewhere(&url, &folder.path().join("data")), mails::original().as_bytes());
        assert_eq!(put_off.status.code(), TRY_AGAIN, "{url}: {}", said(&put_off));
        assert!(said(&put_off).starts_with("countersign: "), "{url}: a reason is told: {}", said(&put_off));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_process_has_locked_has_the_mail_server_try_again() {
    let house = House::build(Kind::Sqlite).await;
    house.founded().await;
    let locker = Store::connect(&house.url).await.unwrap();
    locker.writer().execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let program = Program::of(&house, &house.folder().join("ingest"), &["ingest"], "");
    let put_off = tokio::task::block_in_place(|| ingests(&program, mails::original().as_bytes()));
    assert_eq!(put_off.status.code(), TRY_AGAIN, "{}", said(&put_off));
    locker.writer().execute_unprepared("ROLLBACK").await.unwrap();
    assert_eq!(count(&house).await, 0, "what was put off is there");
    let kept = tokio::task::block_in_place(|| ingests(&program, mails::original().as_bytes()));
    assert_eq!((kept.status.code(), count(&house).await), (Some(0), 1), "{}", said(&kept));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_is_not_current_has_the_mail_server_try_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("new.db").display());
    let program = elsewhere(&url, &folder.path().join("data"));
    let put_off = tokio::task::block_in_place(|| ingests(&program, mails::original().as_bytes()));
    assert_eq!(put_off.status.code(), TRY_AGAIN, "{}", said(&put_off));
    assert!(said(&put_off).contains("countersign migrate"), "{}", said(&put_off));
}
