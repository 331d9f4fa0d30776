//! The program as whoever runs it sees it: what `read --explain` prints, and an installation that reads by profiles of its
//! own, whatever door a mail comes by.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use countersign::desk::NoticeRef;
use countersign::notice::Case;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::harness::House;
use crate::harness::door::Client;

/// Longer than any start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_countersign"))
}

async fn reads(arguments: &[&str]) -> Value {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("reading/tests/corpus/resources/upgrade-target.eml");
    let output = program().arg("read").args(arguments).arg(golden).output().await.expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

#[tokio::test]
async fn read_explains_which_rule_found_what_and_only_when_asked() {
    let plain = reads(&[]).await;
    assert_eq!(plain.get("trail"), None, "nobody asked for the rules");
    let explained = reads(&["--explain"]).await;
    assert_eq!(explained["notices"], plain["notices"], "explaining changes what is read");
    let trail: Vec<[&str; 3]> = explained["trail"]
        .as_array()
        .expect("the rules are told")
        .iter()
        .map(|step| {
            ["fact", "value", "rule"].map(|key| step[key].as_str().unwrap_or_else(|| panic!("{step} lacks {key}")))
        })
        .collect();
    for step in [
        ["kind", "end_of_life", "cue:end of standard support"],
        ["resource", "MySQL 5.7", "resource:version"],
        ["deadline", "February 28, 2026", "role:hard_expiry"],
    ] {
        assert!(trail.contains(&step), "{step:?} is not told: {trail:#?}");
    }
    let quoted = explained["trail"].as_array().unwrap().iter().find(|step| step["fact"] == "deadline").unwrap();
    let quote = quoted["span"]["quote"].as_str().expect("the sentence that it stands in");
    assert!(quote.contains("reaches end of standard support on February 28, 2026"), "{quote}");
}

/// What only this house's provider does: how it numbers its works and its racks.
const PROFILE: &str = "id = \"acme\"\nname = \"Acme Hosting\"\nsort = \"hoster\"\ndomains = [\"acme-hosting.example\"]\n\
                       references = ['\\bACM-\\d{6}\\b']\n\n[[resource]]\npattern = '\\bRX/\\d+/\\d+\\b'\ntype = \"rack\"\n";

fn announcement(id: &str, subject: &str) -> String {
    format!(
        "From: Works <noc@acme-hosting.example>\r\nTo: notices@house.example\r\nSubject: {subject}\r\n\
         Message-ID: <{id}@acme-hosting.example>\r\nDate: Sat, 01 Jun 2024 07:10:00 +0000\r\n\r\n\
         Planned maintenance on 14 July 2024 from 01:00 to 03:00 UTC. RX/12/7 loses its power meanwhile.\r\n"
    )
}

struct Installation {
    server: Child,
    environment: Vec<(String, String)>,
    folder: PathBuf,
    smtp: String,
}

impl Installation {
    /// `countersign serve` on the house's own database, with a folder of profiles.
    async fn of(house: &House) -> Self {
        let folder = house.folder().join("installation");
        let providers = folder.join("providers");
        std::fs::create_dir_all(&providers).unwrap();
        std::fs::write(providers.join("acme.toml"), PROFILE).unwrap();
        std::fs::write(folder.join("keyring.toml"), house.desk.keyring.to_text()).unwrap();
        let (web, smtp) = (free(), free());
        let environment: Vec<(String, String)> = [
            ("DATABASE__URL", house.url.clone()),
            ("SERVER__DATA", folder.display().to_string()),
            ("SERVER__LOCAL_MODE", "true".to_owned()),
            ("WEB__LISTEN", web),
            ("SMTP__LISTEN", smtp.clone()),
            ("READING__PROVIDERS", providers.display().to_string()),
            ("WORKER__POLL_SECONDS", "1".to_owned()),
            ("TELEMETRY__LOG", "error".to_owned()),
        ]
        .map(|(name, value)| (format!("COUNTERSIGN_{name}"), value))
        .into();
        let mut serve = program();
        serve.arg("serve").envs(environment.clone()).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
        let server = serve.kill_on_drop(true).spawn().expect("the program starts");
        Self { server, environment, folder, smtp }
    }

    async fn mail_client(&mut self) -> Client {
        let begun = Instant::now();
        loop {
            if let Ok(stream) = TcpStream::connect(&self.smtp).await {
                let mut client = Client::on(stream);
                client.hears().await;
                client.says("EHLO client.example\r\n").await;
                client.hears().await;
                return client;
            }
            let ended = self.server.try_wait().expect("its state can be asked");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "the server is not there: {ended:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A mail server's delivery agent hands a mail over.
    async fn ingests(&self, mail: &str) {
        let mut ingest = program();
        ingest.arg("ingest").envs(self.environment.clone()).current_dir(&self.folder).stdin(Stdio::piped());
        let mut child = ingest.stdout(Stdio::null()).spawn().expect("the program starts");
        let mut input = child.stdin.take().expect("it reads");
        input.write_all(mail.as_bytes()).await.unwrap();
        drop(input);
        assert!(child.wait().await.unwrap().success(), "the mail was not kept");
    }
}

/// An address that nobody listens at.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").to_string()
}

async fn case_with(house: &House, messages: usize) -> Case {
    let begun = Instant::now();
    loop {
        let found = house.desk.case(NoticeRef::Number(1)).await.ok().filter(|case| case.messages.len() == messages);
        if let Some(case) = found {
            return case;
        }
        assert!(begun.elapsed() < PATIENCE, "{messages} messages were not filed under the notice");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

both!(an_installation_reads_by_its_own_profiles_whatever_door_a_mail_comes_by, |house| async move {
    house.founded().await;
    let mut installation = Installation::of(&house).await;
    let answer =
        installation.mail_client().await.sends(announcement("one", "Works in hall 3 (ACM-004711)").as_bytes()).await;
    assert!(answer.starts_with("250"), "{answer}");
    let case = case_with(&house, 1).await;
    assert_eq!(case.facts.provider.as_str(), "acme");
    let named: Vec<(&str, &str)> = case.facts.resources.iter().map(|r| (r.key.as_str(), r.sort.as_str())).collect();
    assert_eq!(named, [("RX/12/7", "rack")], "the profile's pattern found nothing");

    installation.ingests(&announcement("two", "Reminder: ACM-004711 is next week")).await;
    case_with(&house, 2).await;
    installation.server.kill().await.expect("the server can be stopped");
});
