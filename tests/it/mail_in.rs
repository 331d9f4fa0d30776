//! Mails that arrive: by SMTP over a real socket. What is acknowledged is there, what is not is refused with the right
//! code, and nothing that anybody sends brings the door down.

use countersign::intake::smtp::Protocol;
use countersign::store::entity::messages;
use countersign::store::intake::{self, state};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, Statement};

use crate::harness::door::{MOST, OpenDoor};
use crate::harness::{House, mails};

async fn all(house: &House) -> Vec<messages::Model> {
    messages::Entity::find().all(house.store().reader()).await.unwrap()
}

async fn raw(house: &House, message: &messages::Model) -> Vec<u8> {
    intake::raw(house.store().reader(), message.blob).await.unwrap().expect("the bytes are kept")
}

both!(a_mail_is_on_disk_before_it_is_acknowledged, |house| async move {
    house.founded().await;
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let reply = door.client().await.sends(mails::original().as_bytes()).await;
    let kept = all(&house).await;
    assert_eq!(reply, format!("250 2.0.0 kept as {}", kept[0].id));
    assert_eq!(raw(&house, &kept[0]).await, mails::original().as_bytes(), "the bytes are not as they came");
    assert_eq!(kept[0].envelope_from.as_deref(), Some("no-reply@provider.example"));
    assert!(kept[0].authenticity_reason.contains("No name server was asked"), "{}", kept[0].authenticity_reason);

    house.reads().await;
    assert_eq!(all(&house).await[0].state, state::FILED);
    assert_eq!(house.notice(1).await.facts.provider.as_str(), "aws");
});

both!(a_real_mail_client_can_send, |house| async move {
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let script = "import smtplib, sys\nfrom email.message import EmailMessage\nmail = EmailMessage()\n\
                  mail['From'] = 'Ada <ada@house.example>'\nmail['To'] = 'notices@house.example'\n\
                  mail['Subject'] = 'Fwd: Zertifikate laufen ab: Überprüfung'\n\
                  mail.set_content('Das Zertifikat läuft am 22. August 2024 ab.')\n\
                  smtplib.SMTP('127.0.0.1', int(sys.argv[1])).send_message(mail)";
    let port = door.address.port().to_string();
    // A process of its own: waited for without holding up the door.
    let sent = tokio::process::Command::new("/usr/bin/python3").args(["-c", script, &port]).output().await.unwrap();
    assert!(sent.status.success(), "the door takes a client's mail: {}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(all(&house).await.len(), 1);
});

both!(a_mail_of_forty_megabytes_is_refused_and_holds_no_memory, |house| async move {
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let mut client = door.client().await;
    let mut mail = b"Subject: large\r\n\r\n".to_vec();
    mail.resize(40 * 1024 * 1024, b'x');
    let reply = client.sends(&mail).await;
    assert!(reply.starts_with("552 5.3.4"), "{reply}");
    assert_eq!((all(&house).await.len(), door.held.bytes()), (0, 0));
    client.says(format!("MAIL FROM:<a@b.example> SIZE={}\r\n", MOST + 1)).await;
    assert!(client.hears().await.starts_with("552 5.3.4"), "an announced size is not looked at");
    let reply = client.sends(mails::original().as_bytes()).await;
    assert!(reply.starts_with("250"), "the connection is of no use after a large mail: {reply}");
});

both!(a_mail_cut_off_in_the_middle_was_never_acknowledged_and_is_not_there, |house| async move {
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let mut client = door.client().await;
    client.begins().await;
    client.says("Subject: half\r\n\r\nThis is only the fir").await;
    while door.held.bytes() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    drop(client);
    while door.held.bytes() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(all(&house).await.len(), 0);
});

/// Each odd mail with its name.
fn odd_mails() -> Vec<(&'static str, Vec<u8>)> {
    let mut nest = b"From: a@b.example\r\nSubject: nest\r\nMIME-Version: 1.0\r\n".to_vec();
    for depth in 0..1000 {
        nest.extend(format!("Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n").bytes());
    }
    let mut forwards = Vec::new();
    for depth in 0..1000 {
        forwards.extend(format!("Subject: {depth}\r\nContent-Type: message/rfc822\r\n\r\n").bytes());
    }
    let bomb = format!(
        "From: a@b.example\r\nSubject: bomb\r\nContent-Type: text/html\r\n\r\n<table>{}</table>{}",
        "<tr><td colspan=999999999 rowspan=999999999>x</td></tr>".repeat(2000),
        "<div>".repeat(200_000)
    );
    vec![
        ("a NUL byte", b"From: a@b.example\r\nSubject: n\0l\r\n\r\nbe\0fore\r\n".to_vec()),
        ("no headers", b"\r\nonly a body\r\n".to_vec()),
        ("nothing", b"".to_vec()),
        ("an unknown charset", b"Content-Type: text/plain; charset=klingon-8\r\n\r\nqapla' \xe9\xff\r\n".to_vec()),
        ("bare line feeds", b"From: a@b.example\nSubject: x\n\nbody\n.\nMAIL FROM:<b@c.example>\n".to_vec()),
        ("a nest of 1,000 multiparts", nest),
        ("1,000 forwards in forwards", forwards),
        ("an expansion bomb", bomb.into_bytes()),
        ("a line of two megabytes", [b"Subject: ".as_slice(), &[b'a'; 2 << 20]].concat()),
        ("a hundred thousand short lines", b"a\r\n".repeat(100_000)),
    ]
}

both!(odd_mails_are_kept_as_they_came_and_read_to_an_end, |house| async move {
    house.founded().await;
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let mut client = door.client().await;
    for (name, mail) in odd_mails() {
        let reply = client.sends(&mail).await;
        assert!(reply.starts_with("250"), "{name}: {reply}");
        let id = reply.rsplit(' ').next().unwrap().parse().unwrap();
        let kept = intake::get(house.store().reader(), id).await.unwrap().unwrap();
        assert!(raw(&house, &kept).await.starts_with(&mail), "{name}: the bytes are not as they came");
        assert_eq!(house.reads().await, 1, "{name}: the worker did not take it");
        let read = intake::get(house.store().reader(), id).await.unwrap().unwrap();
        // None of them announces anything: a person looks, and is told why.
        assert_eq!(read.state, state::NEEDS_PERSON, "{name}: it does not wait for a person");
        assert!(read.reason.is_some_and(|why| !why.is_empty()), "{name}: it waits without a reason");
    }
    assert_eq!(door.held.bytes(), 0);
});

both!(a_database_that_is_away_makes_the_sender_try_again, |house| async move {
    let away = house.restarted().await;
    let door = OpenDoor::of(&away, Protocol::Smtp).await;
    let mut client = door.client().await;
    away.store.clone().close().await.unwrap();
    let reply = client.sends(mails::original().as_bytes()).await;
    assert!(reply.starts_with("451 4.3.0"), "{reply}");
    assert_eq!(all(&house).await.len(), 0);
});

both!(many_senders_at_once_and_a_restart_lose_nothing_and_double_nothing, |house| async move {
    house.founded().await;
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let sender = async |one: usize| {
        let mut client = door.client().await;
        for mail in 0..10 {
            let text = mails::original().replace("orders", &format!("orders{one}x{mail}"));
            let reply = client.sends(text.as_bytes()).await;
            assert!(reply.starts_with("250"), "{reply}");
        }
    };
    futures_util::future::join_all((0..8).map(sender)).await;
    assert_eq!(all(&house).await.len(), 80);

    // One process has some in hand and dies; the other, after the lease has run out, reads what is left.
    house.desk.read_pending(30).await.unwrap();
    let second = house.restarted().await;
    while second.read_pending(50).await.unwrap() > 0 {}
    let states: Vec<String> = all(&house).await.into_iter().map(|message| message.state).collect();
    assert!(states.iter().all(|s| s == state::FILED), "{states:?}");
});

both!(lmtp_answers_once_for_each_recipient_and_keeps_one_message, |house| async move {
    let door = OpenDoor::of(&house.desk, Protocol::Lmtp).await;
    let stream = tokio::net::TcpStream::connect(door.address).await.unwrap();
    let mut client = crate::harness::door::Client::on(stream);
    client.hears().await;
    for line in ["LHLO mx", "MAIL FROM:<>", "RCPT TO:<a@house.example>", "RCPT TO:<b@house.example>", "DATA"] {
        client.says(format!("{line}\r\n")).await;
        client.hears().await;
    }
    client.says("Subject: x\r\n\r\ny\r\n.\r\n").await;
    let replies = [client.hears().await, client.hears().await];
    assert!(replies.iter().all(|reply| reply.starts_with("250 2.0.0")), "{replies:?}");
    let kept = all(&house).await;
    assert_eq!((kept.len(), kept[0].envelope_to.as_str()), (1, r#"["a@house.example","b@house.example"]"#));
});

/// Transactions so far that brought messages on PostgreSQL; on SQLite, all that were committed, by the frames in its log that
/// end one (its file format, 4.1).
async fn commits(house: &House) -> usize {
    if let Some(file) = house.url.strip_prefix("sqlite:") {
        let log = std::fs::read(format!("{file}-wal")).unwrap_or_default();
        if log.is_empty() {
            return 0;
        }
        let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
        let frame = 24 + usize::try_from(number(8)).unwrap();
        // Behind what was begun anew lie frames of before, with another salt.
        let frames =
            (32..=log.len().saturating_sub(frame)).step_by(frame).take_while(|at| number(at + 8) == number(16));
        return frames.filter(|at| number(at + 4) != 0).count();
    }
    let counted = Statement::from_string(DbBackend::Postgres, "SELECT count(DISTINCT xmin::text) AS n FROM messages");
    let row = house.store().reader().query_one_raw(counted).await.unwrap().unwrap();
    usize::try_from(row.try_get::<i64>("", "n").unwrap()).unwrap()
}

both!(many_senders_at_once_share_a_flush, |house| async move {
    const SENDERS: usize = 24;
    let door = OpenDoor::of(&house.desk, Protocol::Smtp).await;
    let mut clients = Vec::new();
    for number in 0..SENDERS {
        let mut client = door.client().await;
        client.begins().await;
        client.says(format!("Subject: {number}\r\n\r\nx\r\n")).await;
        clients.push(client);
    }
    // While somebody else writes nothing can be committed, and whoever comes waits.
    let busy = house.restarted().await.store.begin().await.unwrap();
    if busy.get_database_backend() == DbBackend::Postgres {
        busy.execute_unprepared("LOCK TABLE messages IN EXCLUSIVE MODE").await.unwrap();
    }
    let before = commits(&house).await;
    for client in &mut clients {
        client.says(".\r\n").await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    busy.rollback().await.unwrap();
    for client in &mut clients {
        let reply = client.hears().await;
        assert!(reply.starts_with("250"), "{reply}");
    }
    let shared = commits(&house).await - before;
    assert_eq!(all(&house).await.len(), SENDERS);
    assert!(shared <= SENDERS / 4, "{SENDERS} mails that came at once took {shared} commits");
});
