//! The mail door as real programs meet it: swaks, a Postfix that relays by LMTP and by SMTP, and smtp-source for load.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Output;

use countersign::config::Address;
use countersign::intake::smtp::Protocol;
use countersign::store::entity::messages;
use sea_orm::EntityTrait as _;
use tokio::process::Command;

use crate::harness::door::{Client, OpenDoor, Secrecy, Wanted};
use crate::harness::postfix::Postfix;
use crate::harness::programs::installed;
use crate::harness::{House, eventually, mails, soak};

async fn all(house: &House) -> Vec<messages::Model> {
    messages::Entity::find().all(house.store().reader()).await.unwrap()
}

async fn raw(house: &House, message: &messages::Model) -> Vec<u8> {
    house.desk.raw(message.id).await.unwrap().expect("the bytes are kept")
}

/// Sends a mail to the house by swaks.
async fn swaks(door: SocketAddr, to: &str, more: &[&str]) -> Output {
    let mut command = Command::new(installed("swaks", "swaks"));
    command.args(["--server", "127.0.0.1", "--port", &door.port().to_string(), "--from", "ada@house.example"]);
    command.args(["--to", to, "--h-Subject", "Fwd: certificates", "--body", "They expire.\n.one dot\n"]).args(more);
    command.output().await.expect("swaks runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

both!(swaks_sends_in_the_clear_by_starttls_by_tls_and_by_lmtp, |house| async move {
    let ways: [(Secrecy, bool, &[&str]); 5] = [
        (Secrecy::None, false, &[]),
        (Secrecy::None, false, &["--pipeline"]),
        (Secrecy::Starttls, false, &["-tls"]),
        (Secrecy::Implicit, false, &["--tls-on-connect"]),
        (Secrecy::None, true, &["--protocol", "LMTP"]),
    ];
    for (number, (secrecy, lmtp, more)) in ways.into_iter().enumerate() {
        let door = OpenDoor::as_wanted(&house.desk, Wanted { lmtp, secrecy, ..Wanted::default() }).await;
        let sent = swaks(door.address, "notices@house.example", more).await;
        assert!(sent.status.success(), "{more:?}: {}", told(&sent));
        let kept = all(&house).await;
        assert_eq!(kept.len(), number + 1, "{more:?}");
        assert!(told(&sent).contains("250 2.0.0 kept as"), "{more:?}: {}", told(&sent));
    }
    for message in all(&house).await {
        let raw = String::from_utf8(raw(&house, &message).await).unwrap();
        assert!(raw.contains("They expire.\r\n.one dot\r\n"), "dots were stuffed and not unstuffed: {raw}");
    }
    // What asks for TLS where there is none does not go on in the clear.
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    assert!(!swaks(door.address, "notices@house.example", &["-tls"]).await.status.success());
    assert_eq!(all(&house).await.len(), 5);
});

both!(an_address_with_a_secret_has_a_channel_of_its_own_and_unknown_ones_are_refused_at_rcpt, |house| async move {
    let own = Address {
        address: "in@house.example".to_owned(),
        channel: "aws".to_owned(),
        secret: "7f3a9c".to_owned().into(),
    };
    let door = OpenDoor::as_wanted(&house.desk, Wanted { addresses: vec![own], ..Wanted::default() }).await;
    let sent = swaks(door.address, "in+7f3a9c@house.example", &[]).await;
    assert!(sent.status.success(), "{}", told(&sent));
    let kept = all(&house).await;
    assert_eq!((kept.len(), kept[0].channel.as_str()), (1, "smtp/aws"));
    for refused in ["in@house.example", "in+guess@house.example", "somebody@elsewhere.example"] {
        let sent = swaks(door.address, refused, &[]).await;
        let told = told(&sent);
        // swaks ends with 24 where every recipient was refused; DATA was never reached.
        assert_eq!(sent.status.code(), Some(24), "{refused}: {told}");
        assert!(told.contains("550 5.1.1") && !told.contains("354 "), "{refused}: {told}");
    }
    assert_eq!(all(&house).await.len(), 1);
});

both!(letters_of_every_script_come_through_as_they_were_in_one_go, |house| async move {
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let mut client = Client::on(tokio::net::TcpStream::connect(door.address).await.unwrap());
    client.hears().await;
    client.says("EHLO client.example\r\n").await;
    let mail =
        "From: Bjørn <bjørn@provider.example>\r\nSubject: 証明書の更新\r\n\r\nPrüfen bis 22. August: ž\r\n".as_bytes();
    let mut eight_bits = mail.to_vec();
    eight_bits.extend_from_slice(b"\xe9\xff not UTF-8\r\n");
    client.hears().await;
    let size = eight_bits.len();
    // All commands in one packet (PIPELINING), their parameters with them.
    client
        .says(format!(
            "MAIL FROM:<bjørn@provider.example> SIZE={size} BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<notices@house.example>\r\n\
             RCPT TO:<größe@house.example>\r\nRCPT TO:<nobody@elsewhere.example>\r\nDATA\r\n"
        ))
        .await;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(client.hears().await[..3].to_owned());
    }
    assert_eq!(codes, ["250", "250", "250", "550", "354"]);
    client.says(&eight_bits).await;
    client.says(".\r\n").await;
    assert!(client.hears().await.starts_with("250"));
    let kept = all(&house).await;
    assert_eq!(raw(&house, &kept[0]).await, eight_bits, "a byte was changed on the way");
    assert_eq!(kept[0].envelope_from.as_deref(), Some("bjørn@provider.example"));
    assert_eq!(kept[0].envelope_to, r#"["notices@house.example","größe@house.example"]"#);
});

/// Hands a mail to Postfix, as any sender would.
async fn posts(postfix: &Postfix, mail: &[u8]) {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", postfix.port)).await.unwrap();
    let mut client = Client::on(stream);
    client.hears().await;
    client.says("EHLO client.example\r\n").await;
    client.hears().await;
    client.says("MAIL FROM:<no-reply@provider.example> BODY=8BITMIME\r\n").await;
    assert!(client.hears().await.starts_with("250"));
    for to in ["notices@house.example", "ops+aws@house.example"] {
        client.says(format!("RCPT TO:<{to}>\r\n")).await;
        assert!(client.hears().await.starts_with("250"));
    }
    client.says("DATA\r\n").await;
    client.hears().await;
    client.says(crate::harness::door::stuffed(mail)).await;
    let reply = client.hears().await;
    assert!(reply.starts_with("250"), "Postfix does not take it: {reply}");
}

both!(postfix_relays_by_lmtp_and_by_smtp_over_tls, |house| async move {
    house.founded().await;
    for (number, lmtp) in [(1, true), (2, false)] {
        let secrecy = if lmtp { Secrecy::None } else { Secrecy::Starttls };
        let door = OpenDoor::as_wanted(&house.desk, Wanted { lmtp, secrecy, ..Wanted::default() }).await;
        let port = door.address.port();
        let (hop, more) = if lmtp {
            (format!("lmtp:inet:127.0.0.1:{port}"), "")
        } else {
            (format!("smtp:[127.0.0.1]:{port}"), "smtp_tls_security_level = encrypt")
        };
        let Some(postfix) = tokio::task::block_in_place(|| Postfix::relaying_to(&hop, more)) else { return };
        let mail = mails::of_many(number * 2, 0).replace("Sincerely", "Grüße");
        posts(&postfix, mail.as_bytes()).await;
        eventually("Postfix hands the mail over", async || all(&house).await.len() == number).await;
        let kept = all(&house).await.pop().unwrap();
        let came = raw(&house, &kept).await;
        let (_, body) = mail.split_once("\r\n\r\n").unwrap();
        assert!(came.ends_with(body.as_bytes()), "the body was altered on the way: {}", postfix.log());
        // One transaction for both, and one message.
        let to: BTreeSet<String> = serde_json::from_str(&kept.envelope_to).unwrap();
        assert_eq!(to, BTreeSet::from(["notices@house.example".to_owned(), "ops+aws@house.example".to_owned()]));
        let delivered = || postfix.log().matches("status=sent").count();
        eventually("Postfix hears an answer for each recipient", async || delivered() == 2).await;
    }
    house.reads().await;
    assert!(all(&house).await.iter().all(|message| message.state == "filed"), "{:?}", all(&house).await);
});

both!(what_postfix_cannot_hand_over_waits_with_it_and_comes_once, |house| async move {
    // Nobody listens there yet, as while we are upgraded.
    let port = crate::harness::postgres::free_port();
    let hop = format!("lmtp:inet:127.0.0.1:{port}");
    let Some(postfix) = tokio::task::block_in_place(|| Postfix::relaying_to(&hop, "")) else { return };
    posts(&postfix, mails::original().as_bytes()).await;
    eventually("Postfix finds nobody", async || postfix.log().contains("status=deferred")).await;
    // A door whose database is away answers 451, and Postfix goes on waiting.
    let away = house.restarted().await;
    let broken = OpenDoor::at(&away, port, Wanted { lmtp: true, ..Wanted::default() }).await;
    away.store.clone().close().await.unwrap();
    postfix.flush();
    eventually("Postfix is told to come back", async || postfix.log().contains("451 4.3.0")).await;
    broken.close().await;
    let _door = OpenDoor::at(&house.desk, port, Wanted { lmtp: true, ..Wanted::default() }).await;
    eventually("the mail comes", async || {
        postfix.flush();
        !all(&house).await.is_empty()
    })
    .await;
    eventually("Postfix is done with it", async || postfix.log().matches("status=sent").count() == 2).await;
    assert_eq!(all(&house).await.len(), 1);
});

both!(smtp_source_sends_many_at_once_and_each_is_there_once, |house| async move {
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let count = soak(300, 5_000);
    // Over few connections that stay, and by a new one for each mail.
    for (round, stays) in [(1, true), (2, false)] {
        let mut command = Command::new(installed("smtp-source", "postfix"));
        command.args(["-s", "16", "-l", "4096", "-m", &count.to_string(), "-f", "sender@provider.example", "-N"]);
        command.args(["-t", &format!("round{round}@house.example")]).args(stays.then_some("-d"));
        let sent = command.arg(format!("127.0.0.1:{}", door.address.port())).output().await.expect("smtp-source runs");
        assert!(sent.status.success(), "{}", told(&sent));
    }
    let kept = all(&house).await;
    assert_eq!(kept.len(), 2 * count);
    let addresses: BTreeSet<&str> = kept.iter().map(|message| message.envelope_to.as_str()).collect();
    assert_eq!(addresses.len(), 2 * count, "a mail is there twice, and another is missing");
    assert!(kept.iter().all(|message| message.duplicate_of.is_none()));
});
