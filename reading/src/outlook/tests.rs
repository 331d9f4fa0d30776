//! Files made as Outlook makes them, and what the reader makes of them.

use super::*;
use crate::profile::Providers;
use crate::{Input, Reading, read};
use countersign_notice::fact::Authenticity;

#[path = "sample.rs"]
mod sample;

use sample::{Made, notice};

fn reading(file: &[u8]) -> Reading {
    let input =
        Input { bytes: file, media: None, received: None, subject: None, authenticity: Authenticity::Unverified };
    read(&input, Providers::embedded())
}

fn text(file: &[u8]) -> String {
    String::from_utf8(mail(file).expect("a good file")).expect("the mail is text")
}

#[test]
fn a_notice_dragged_out_of_outlook_reads_as_the_mail_that_it_was() {
    let found = reading(&notice().file());
    assert_eq!(found.format, "msg");
    assert_eq!(found.from.as_deref(), Some("Amazon Web Services, Inc. <no-reply-aws@amazon.com>"));
    let original = found.original.expect("it is a mail");
    assert_eq!(original.date.as_deref(), Some("2024-06-01T07:10:00Z"));
    assert_eq!(original.message_id.as_deref(), Some("0100018c-from-outlook@email.amazonses.example"));
    assert_eq!(found.notices.len(), 1, "{:?}", found.trouble);
    assert_eq!(found.notices[0].provider.value, "aws");
    assert!(found.notices[0].deadlines.iter().any(|one| one.as_written.contains("August 22, 2024")));
}

#[test]
fn the_headers_that_outlook_kept_win_over_what_it_made_of_them() {
    let kept = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from mx.example\r\n\tby outlook.example;\r\n Sat, 1 Jun 2024 07:11:00 +0000\r\nFrom: AWS <aws@amazon.com>\r\nSubject: As it was sent\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n\tboundary=\"old\"\r\nX-SM-COMMUNICATION-TYPE: 7\r\n";
    let made = text(&notice().text(0x007d, kept).file());
    let (head, _) = made.split_once("\r\n\r\n").expect("headers end");
    assert!(
        head.contains("From: AWS <aws@amazon.com>\r\n") && head.contains("X-SM-COMMUNICATION-TYPE: 7\r\n"),
        "{head}"
    );
    assert!(head.contains("by outlook.example;\r\n Sat, 1 Jun"), "a folded line was lost: {head}");
    assert_eq!(head.matches("Subject:").count(), 1, "{head}");
    assert!(
        !head.contains("old") && !head.contains("Microsoft Mail"),
        "the original's packing describes nothing here: {head}"
    );
    assert!(head.contains("To: \"DBA\" <dba@house.example>\r\n"), "what the headers lack is made: {head}");
}

#[test]
fn an_attached_mail_is_the_providers_and_who_attached_it_only_forwarded() {
    let outer = Made::default()
        .text(0x0037, "FW: certificates")
        .text(0x0042, "Ada")
        .text(0x5d02, "ada@house.example")
        .text(0x1000, "Please look.")
        .with(Made::carrying(notice()));
    let found = reading(&outer.file());
    assert_eq!(found.forwarded_by.as_deref(), Some("Ada <ada@house.example>"));
    assert_eq!(found.remark.as_deref(), Some("Please look."));
    assert_eq!(found.notices.len(), 1, "{:?}", found.trouble);
}

#[test]
fn html_calendars_code_pages_and_rich_text_are_all_read() {
    let calendar = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
    let file = Made::default()
        .text(0x0037, "Maintenance")
        .number(0x3fde, 1252)
        .bare(0x1000, b"pr\xfcfen")
        .bytes(0x1013, b"<p>pr\xfcfen</p>")
        .with(Made::default().text(0x3707, "window.ics").bytes(0x3701, calendar))
        .file();
    let parsed = mail(&file).expect("a good file");
    let parsed = mail_parser::MessageParser::default().parse(&parsed).expect("a mail");
    assert_eq!(parsed.body_text(0).as_deref().map(str::trim), Some("prüfen"));
    assert_eq!(parsed.body_html(0).as_deref().map(str::trim), Some("<p>prüfen</p>"));
    assert_eq!(parsed.attachment(0).map(|part| part.contents().to_vec()).as_deref(), Some(&calendar[..]));

    let rich =
        compressed_rtf::compress_rtf(r"{\rtf1\ansi Only in rich text: 22 August 2024\par}").expect("it is packed");
    let parsed = mail(&Made::default().text(0x0037, "x").bytes(0x1009, &rich).file()).expect("a good file");
    let parsed = mail_parser::MessageParser::default().parse(&parsed).expect("a mail");
    assert_eq!(parsed.body_text(0).as_deref().map(str::trim), Some("Only in rich text: 22 August 2024"));
}

#[test]
fn nothing_in_a_property_becomes_a_header_of_its_own() {
    let made = text(&notice().text(0x1042, "<a@b.example>\r\nX-Countersign: 0197\r\n\r\nbody").file());
    assert!(!made.contains("\r\nX-Countersign"), "{made}");
}

#[test]
fn a_bad_file_is_told_apart_from_a_mail_and_says_what_to_do() {
    let good = notice().file();
    let no_message = {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream("/WordDocument").unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    };
    assert!(matches!(mail(&no_message), Err(BadMsg::NoMessage(_))));
    assert!(matches!(mail(&good[..600]), Err(BadMsg::Damaged(_))));
    for (name, bad) in [("a Word file", no_message), ("half of a file", good[..600].to_vec())] {
        let found = reading(&bad);
        assert!(found.notices.is_empty(), "{name}");
        assert!(
            found.trouble.iter().any(|told| told.code == "bad_msg" && told.message.contains("save it as .eml")),
            "{name}: {:?}",
            found.trouble
        );
    }
}

#[test]
fn no_damage_to_a_file_makes_the_reader_fail() {
    let good = notice().with(Made::carrying(notice())).file();
    for at in (0..good.len()).step_by(37) {
        for byte in [0x00, 0xff, 0x41] {
            let mut bad = good.clone();
            bad[at] = byte;
            let _ = mail(&bad);
        }
        let _ = mail(&good[..at]);
    }
}
