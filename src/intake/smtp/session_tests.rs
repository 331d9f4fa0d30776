//! Conversations as text: `C:` lines go in, `S:` lines must come out, `K:` is a mail kept.

use super::*;

fn rules(protocol: Protocol) -> Rules {
    Rules {
        protocol,
        hostname: "cs.example".to_owned(),
        recipients: Recipients::parse(&["@in.example".to_owned()], &[]).unwrap(),
        max_message: 200,
        max_recipients: 2,
        starttls: false,
        held: Held::new(10_000),
    }
}

/// Feeds `wire` in pieces of `size` bytes, keeping every mail; gives what was said, and the mails.
fn converse(rules: Rules, wire: &[u8], size: usize, outcome: &Outcome) -> (String, Vec<Mail>) {
    let mut session = Session::new(Arc::new(rules));
    let mut mails = Vec::new();
    'wire: for piece in wire.chunks(size) {
        let mut input = piece;
        loop {
            match session.advance(&mut input) {
                Action::Read => break,
                Action::Deliver(mail) => {
                    mails.push(mail);
                    session.settled(outcome);
                }
                Action::StartTls => {
                    session.secured();
                    break;
                }
                Action::Close => break 'wire,
            }
        }
    }
    (String::from_utf8(session.take_replies()).unwrap(), mails)
}

/// Runs a script of `C: …` and `S: …` lines; each `C:` line is sent by itself with CR LF.
fn script(rules: Rules, lines: &str) -> Vec<Mail> {
    let mut session = Session::new(Arc::new(rules));
    let mut mails = Vec::new();
    let mut said = String::new();
    for (number, line) in lines.lines().map(str::trim).filter(|l| !l.is_empty()).enumerate() {
        if let Some(expected) = line.strip_prefix("S: ") {
            said.push_str(&String::from_utf8(session.take_replies()).unwrap());
            let (first, rest) =
                said.split_once("\r\n").unwrap_or_else(|| panic!("line {number}: silence for {expected:?}"));
            assert!(first.starts_with(expected), "line {number}: expected {expected:?}, heard {first:?}");
            said = rest.to_owned();
        } else {
            assert_eq!(said, "", "line {number}: something more was said before {line:?}");
            let wire = format!("{}\r\n", line.strip_prefix("C:").unwrap().strip_prefix(' ').unwrap_or(""));
            let mut input = wire.as_bytes();
            while let Action::Deliver(mail) = session.advance(&mut input) {
                mails.push(mail);
                session.settled(&Outcome::Kept("id".to_owned()));
            }
        }
    }
    assert!(session.take_replies().is_empty() && said.is_empty(), "more was said than the script expects");
    mails
}

const KEPT: Outcome = Outcome::Kept(String::new());

#[test]
fn a_mail_is_taken_and_acknowledged_after_it_was_handed_out() {
    let mails = script(
        rules(Protocol::Smtp),
        "S: 220 cs.example ESMTP
         C: EHLO client.example
         S: 250-cs.example
         S: 250-PIPELINING
         S: 250-SIZE 200
         S: 250-8BITMIME
         S: 250-SMTPUTF8
         S: 250 ENHANCEDSTATUSCODES
         C: MAIL FROM:<aws@provider.example> SIZE=100 BODY=8BITMIME SMTPUTF8
         S: 250
         C: RCPT TO:<ops+aws@in.example>
         S: 250
         C: DATA
         S: 354
         C: Subject: hello
         C:
         C: ..dot
         C: .
         S: 250 2.0.0 kept as id
         C: QUIT
         S: 221",
    );
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].helo.as_str(), mails[0].from.as_str()), ("client.example", "aws@provider.example"));
    assert_eq!(mails[0].to, ["ops+aws@in.example"]);
    assert_eq!(mails[0].raw.bytes(), b"Subject: hello\r\n\r\n.dot\r\n");
}

#[test]
fn the_null_sender_of_a_bounce_is_taken() {
    let wire = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@in.example>\r\nDATA\r\n";
    let (said, _) = converse(rules(Protocol::Smtp), wire, wire.len(), &KEPT);
    assert!(said.ends_with("354 go ahead; end with a lone dot\r\n"), "{said}");
}

#[test]
fn commands_in_one_packet_are_answered_in_order() {
    let wire = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@in.example>\r\nRCPT TO:<a@other.example>\r\nDATA\r\n";
    for size in [1, 7, wire.len()] {
        let (said, _) = converse(rules(Protocol::Smtp), wire, size, &KEPT);
        let codes: Vec<&str> = said.lines().filter(|l| l.as_bytes()[3] == b' ').map(|l| &l[..3]).collect();
        assert_eq!(codes, ["220", "250", "250", "250", "550", "354"], "in pieces of {size}: {said}");
    }
}

#[test]
fn lmtp_answers_for_each_recipient() {
    script(
        rules(Protocol::Lmtp),
        "S: 220 cs.example LMTP
         C: EHLO client.example
         S: 500 5.5.1 this is LMTP
         C: LHLO client.example
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250 ENHANCEDSTATUSCODES
         C: MAIL FROM:<a@b.example>
         S: 250
         C: RCPT TO:<a@in.example>
         S: 250
         C: RCPT TO:<b@in.example>
         S: 250
         C: DATA
         S: 354
         C: x
         C: .
         S: 250 2.0.0
         S: 250 2.0.0",
    );
}

#[test]
fn commands_out_of_order_are_told_what_comes_first() {
    script(
        rules(Protocol::Smtp),
        "S: 220
         C: MAIL FROM:<a@b.example>
         S: 503 5.5.1 say EHLO
         C: HELO x
         S: 250 cs.example
         C: RCPT TO:<a@in.example>
         S: 503 5.5.1 say MAIL
         C: DATA
         S: 503
         C: MAIL FROM:<a@b.example>
         S: 250
         C: DATA
         S: 554 5.5.1 no recipient
         C: MAIL FROM:<a@b.example>
         S: 503 5.5.1 one mail at a time
         C: RSET
         S: 250
         C: VRFY someone
         S: 252
         C: NOOP
         S: 250
         C: STARTTLS
         S: 502
         C: AUTH PLAIN
         S: 502",
    );
}

#[test]
fn too_many_recipients_are_put_off_and_the_rest_goes_through() {
    script(
        rules(Protocol::Smtp),
        "S: 220
         C: HELO x
         S: 250
         C: MAIL FROM:<a@b.example>
         S: 250
         C: RCPT TO:<a@in.example>
         S: 250
         C: RCPT TO:<b@in.example>
         S: 250
         C: RCPT TO:<c@in.example>
         S: 452 4.5.3
         C: DATA
         S: 354",
    );
}

#[test]
fn too_large_a_mail_is_refused_when_announced_and_when_it_comes() {
    let long = "x".repeat(180);
    script(
        rules(Protocol::Smtp),
        &format!(
            "S: 220
             C: HELO x
             S: 250
             C: MAIL FROM:<a@b.example> SIZE=201
             S: 552 5.3.4
             C: MAIL FROM:<a@b.example> SIZE=99999999999999999999999
             S: 5
             C: MAIL FROM:<a@b.example>
             S: 250
             C: RCPT TO:<a@in.example>
             S: 250
             C: DATA
             S: 354
             C: {long}
             C: {long}
             C: .
             S: 552 5.3.4
             C: MAIL FROM:<a@b.example>
             S: 250"
        ),
    );
}

#[test]
fn a_mail_smuggled_behind_a_bare_line_feed_stays_part_of_the_first() {
    for ending in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r"] {
        let wire = format!(
            "HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@in.example>\r\nDATA\r\n|one{ending}MAIL FROM:<ceo@b.example>\r\nRCPT \
             TO:<a@in.example>\r\nDATA\r\ntwo\r\n.\r\n"
        );
        let (before, after) = wire.split_once('|').unwrap();
        let mut session = Session::new(Arc::new(rules(Protocol::Smtp)));
        assert!(matches!(session.advance(&mut before.as_bytes()), Action::Read));
        let mut rest = after.as_bytes();
        let Action::Deliver(mail) = session.advance(&mut rest) else { panic!("{ending:?}: no mail") };
        assert!(rest.is_empty() && mail.from == "a@b.example", "{ending:?} made two mails of one");
        assert!(String::from_utf8_lossy(mail.raw.bytes()).contains("ceo@"), "{ending:?} lost a part");
    }
}

#[test]
fn a_command_line_without_cr_lf_ends_the_conversation() {
    let (said, mails) = converse(rules(Protocol::Smtp), b"HELO x\nMAIL FROM:<a@b.example>\r\n", 100, &KEPT);
    assert!(said.ends_with("500 5.5.2 lines must end with CR LF\r\n") && mails.is_empty(), "{said}");
}

#[test]
fn text_sent_before_the_answer_to_data_is_not_taken_as_mail_nor_as_commands() {
    let wire = b"HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@in.example>\r\nDATA\r\nQUIT\r\n.\r\n";
    let (said, mails) = converse(rules(Protocol::Smtp), wire, wire.len(), &KEPT);
    assert!(said.ends_with("503 5.5.0 wait for the answer to DATA\r\n") && mails.is_empty(), "{said}");
}

#[test]
fn a_web_browser_is_cut_off() {
    let wire = b"POST / HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\nI: j\r\nK: l\r\nM: n\r\nO: p\r\nMAIL FROM:<a@b.c>\r\n";
    let (said, _) = converse(rules(Protocol::Smtp), wire, wire.len(), &KEPT);
    assert!(said.ends_with("421 4.7.0 too many mistakes\r\n"), "{said}");
}

#[test]
fn one_known_recipient_among_many_unknown_gets_the_mail_and_guessing_ends() {
    let mut wire = "HELO x\r\nMAIL FROM:<a@b.example>\r\n".to_owned();
    for number in 0..20 {
        wire.push_str(&format!("RCPT TO:<p{number}@elsewhere.example>\r\n"));
    }
    wire.push_str("RCPT TO:<a@in.example>\r\nDATA\r\n");
    let (said, _) = converse(rules(Protocol::Smtp), wire.as_bytes(), wire.len(), &KEPT);
    assert!(said.ends_with("354 go ahead; end with a lone dot\r\n"), "{said}");

    let guessing = "MAIL FROM:<a@b.example>\r\nRCPT TO:<guess@elsewhere.example>\r\nRSET\r\n".repeat(120);
    let (said, _) = converse(rules(Protocol::Smtp), format!("HELO x\r\n{guessing}").as_bytes(), 1000, &KEPT);
    assert!(said.ends_with("421 4.7.0 too many unknown addresses\r\n"), "{said}");
}

#[test]
fn lines_without_end_and_nul_bytes_are_refused_without_being_held() {
    let mut session = Session::new(Arc::new(rules(Protocol::Smtp)));
    let mut long = &[b'x'; 100_000][..];
    assert!(matches!(session.advance(&mut long), Action::Read));
    assert!(session.line.capacity() < 10_000, "an endless line is held in memory");
    assert!(matches!(session.advance(&mut &b"\r\nNOOP\0\r\n"[..]), Action::Read));
    let said = String::from_utf8(session.take_replies()).unwrap();
    assert!(said.contains("500 5.5.2 the line is too long") && said.contains("500 5.5.2 CR and NUL"), "{said}");
}

#[test]
fn starttls_forgets_what_was_said_before() {
    let mut with_tls = rules(Protocol::Smtp);
    with_tls.starttls = true;
    let mut session = Session::new(Arc::new(with_tls));
    let mut input = &b"EHLO x\r\nSTARTTLS\r\nMAIL FROM:<evil@b.example>\r\n"[..];
    assert!(matches!(session.advance(&mut input), Action::StartTls));
    assert!(String::from_utf8(session.take_replies()).unwrap().contains("250-STARTTLS"));
    session.secured();
    session.advance(&mut &b"MAIL FROM:<a@b.example>\r\nEHLO y\r\nSTARTTLS\r\n"[..]);
    let said = String::from_utf8(session.take_replies()).unwrap();
    assert!(said.starts_with("503 5.5.1 say EHLO first") && !said.contains("250-STARTTLS"), "{said}");
    assert!(said.ends_with("503 5.5.1 TLS is already on\r\n"), "{said}");
}

#[test]
fn a_database_that_is_away_makes_the_sender_try_again() {
    let mut session = Session::new(Arc::new(rules(Protocol::Smtp)));
    session.advance(&mut &b"HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@in.example>\r\nDATA\r\n"[..]);
    let Action::Deliver(_mail) = session.advance(&mut &b"x\r\n.\r\n"[..]) else { panic!("a mail") };
    assert!(session.is_busy());
    session.take_replies();
    session.settled(&Outcome::Later);
    assert!(session.take_replies().starts_with(b"451 4.3.0"));
    assert!(!session.is_busy());
}
