//! A client's half of the conversation, against servers that follow a script.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

fn envelope() -> Envelope {
    Envelope::new(Some("cs@house.example".parse().unwrap()), vec!["ada@house.example".parse().unwrap()]).unwrap()
}

/// A server that waits for each text to come in, alone and whole, and answers with the next. Gives what it heard.
async fn server(greeting: &'static str, script: &'static [(&'static str, &'static str)]) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(greeting.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        for (awaited, answer) in script {
            let (mut turn, mut piece) = (String::new(), [0; 4096]);
            while !turn.ends_with(awaited) {
                let read = stream.read(&mut piece).await.unwrap();
                assert!(read > 0, "the client hung up; {awaited:?} was to come after {turn:?}");
                turn.push_str(std::str::from_utf8(&piece[..read]).unwrap());
            }
            all.push(turn);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        all
    });
    (port, heard)
}

type Heard = tokio::task::JoinHandle<Vec<String>>;

async fn open(port: u16) -> Result<Connection, Trouble> {
    Connection::open(("127.0.0.1", port), &Secrecy::None, "", PATIENCE).await
}

const EHLO: (&str, &str) = ("]\r\n", "250-mx\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n");
const ASKED: &str = "MAIL FROM:<cs@house.example>\r\nRCPT TO:<ada@house.example>\r\nDATA\r\n";

#[tokio::test]
async fn a_server_that_can_gets_a_mails_commands_at_once_and_one_that_cannot_gets_them_in_turn() {
    let script = &[EHLO, ("DATA\r\n", "250 ok\r\n250 ok\r\n354 go on\r\n"), ("\r\n.\r\n", "250 taken\r\n")];
    let (port, heard) = server("220-mx\r\n220 at your service\r\n", script).await;
    let mut connection = open(port).await.unwrap();
    assert_eq!(connection.ways(), ["PLAIN", "LOGIN"]);
    connection.hand_over(&envelope(), b"Subject: x\r\n\r\n.one\r\n..two\r\nthree\r\n").await.unwrap();
    assert!(!connection.is_broken());
    let heard = heard.await.unwrap();
    assert_eq!(heard[0], "EHLO [127.0.0.1]\r\n");
    assert_eq!(heard[1..], [ASKED, "Subject: x\r\n\r\n..one\r\n...two\r\nthree\r\n.\r\n"]);

    let script = &[
        ("]\r\n", "250 mx\r\n"),
        ("MAIL FROM:<cs@house.example>\r\n", "250 ok\r\n"),
        ("RCPT TO:<ada@house.example>\r\n", "251 will forward\r\n"),
        ("DATA\r\n", "354 go on\r\n"),
        ("\r\n.\r\n", "250 taken\r\n"),
    ];
    let (port, heard) = server("220 mx\r\n", script).await;
    open(port).await.unwrap().hand_over(&envelope(), b"Subject: x\r\n\r\ny").await.unwrap();
    assert_eq!(heard.await.unwrap().last().map(String::as_str), Some("Subject: x\r\n\r\ny\r\n.\r\n"));
}

#[tokio::test]
async fn a_refused_mail_leaves_the_connection_ready_for_the_next() {
    let script = &[
        EHLO,
        ("DATA\r\n", "250 ok\r\n550-5.1.1 no such\r\n550 5.1.1 mailbox\r\n354 go on\r\n"),
        // Nobody is to get it: an empty mail ends what the server waits for.
        (".\r\n", "554 no valid recipients\r\n"),
        ("RSET\r\n", "250 ok\r\n"),
        ("DATA\r\n", "250 ok\r\n250 ok\r\n354 go on\r\n"),
        ("\r\n.\r\n", "250 taken\r\n"),
    ];
    let (port, heard) = server("220 mx\r\n", script).await;
    let mut connection = open(port).await.unwrap();
    let refused = connection.hand_over(&envelope(), b"first\r\n").await.unwrap_err();
    assert_eq!(refused.to_string(), "550 5.1.1 no such 5.1.1 mailbox");
    assert!(matches!(refused, Trouble::Refused { at: Stage::Mail, .. }) && !connection.has_begun(), "{refused:?}");
    connection.hand_over(&envelope(), b"second\r\n").await.unwrap();
    let heard = heard.await.unwrap();
    assert!(!heard.concat().contains("first"), "a refused mail was sent all the same: {heard:?}");
}

#[tokio::test]
async fn a_goodbye_and_a_hang_up_end_a_connection_and_tell_whether_the_mail_may_have_been_taken() {
    let (port, _heard) = server("220 mx\r\n", &[EHLO, ("DATA\r\n", "421 closing\r\n")]).await;
    let mut connection = open(port).await.unwrap();
    let told = connection.hand_over(&envelope(), b"x\r\n").await.unwrap_err();
    assert!(connection.is_broken() && !connection.has_begun(), "{told:?}");

    let script = &[EHLO, ("DATA\r\n", "250 ok\r\n250 ok\r\n354 go on\r\n"), ("\r\n.\r\n", "")];
    let (port, _heard) = server("220 mx\r\n", script).await;
    let mut connection = open(port).await.unwrap();
    let told = connection.hand_over(&envelope(), b"x\r\n").await.unwrap_err();
    assert!(connection.is_broken() && connection.has_begun(), "{told:?}");
}

#[tokio::test]
async fn what_is_no_mail_server_is_told() {
    let (port, _heard) = server("HTTP/1.1 400 Bad Request\r\n", &[]).await;
    let told = open(port).await.err().expect("a web server takes no mail").to_string();
    assert!(told.contains("HTTP/1.1"), "{told}");
    let (port, _heard) = server("554 go away\r\n", &[]).await;
    let told = open(port).await.err().expect("a server that wants nobody");
    assert!(matches!(told, Trouble::Refused { at: Stage::Hello, .. }), "{told:?}");
}

fn tls() -> Tls {
    let config = trust::tls(std::path::Path::new(""), "mail.ca_file").unwrap();
    Tls { config: Arc::new(config), host: ServerName::try_from("localhost").unwrap() }
}

#[tokio::test]
async fn without_the_tls_that_is_asked_for_nothing_is_said() {
    let (port, _heard) = server("220 mx\r\n", &[EHLO]).await;
    let told = Connection::open(("127.0.0.1", port), &Secrecy::Required(tls()), "", PATIENCE).await;
    assert!(told.is_err_and(|told| told.to_string().contains("STARTTLS")));
    let script = &[("]\r\n", "250-mx\r\n250 STARTTLS\r\n"), ("STARTTLS\r\n", "220 go on\r\n250 injected\r\n")];
    let (port, _heard) = server("220 mx\r\n", script).await;
    let told = Connection::open(("127.0.0.1", port), &Secrecy::Required(tls()), "", PATIENCE).await;
    assert!(told.is_err_and(|told| told.to_string().contains("in clear")), "what came before TLS is believed");
}
