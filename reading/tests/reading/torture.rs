//! Hostile bytes: whatever comes, a reading comes out, in time that grows with the size and no faster.
//!
//! The curve at 1 MB and 10 MB is `cargo bench --bench reading`; here the sizes are such that the suite stays quick.

use std::io::Read as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use proptest::prelude::*;

use crate::{Known, assert_sound, reading_of};

fn read(bytes: &[u8]) -> countersign_reading::Reading {
    let reading = reading_of(bytes, &Known::default());
    assert_sound(&reading, "hostile bytes");
    reading
}

/// `unit` over and over.
fn over(unit: &str, size: usize) -> String {
    unit.repeat(size / unit.len() + 1)
}

fn mail(media: &str, body: &str) -> Vec<u8> {
    format!("From: a@acme.example\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: {media}\r\n\r\n{body}")
        .into_bytes()
}

/// Texts that have made readers quadratic: one unit each, repeated.
const TEXTS: &[&str] = &[
    "The host alpha is retired on 10 May 2026 at 22:00 UTC and on 11 May. ",
    "Start: 10 May 2026 22:00 UTC\n",
    "a",
    "1",
    "1 ",
    "10/05/2026 ",
    "10:00 - ",
    "a: ",
    "a:\n",
    ">",
    "> > > x\n",
    "---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: 1 May 2026\nSubject: x\n\n",
    "From: A\n",
    "On 1 May 2026 a wrote\n",
    "@",
    "a@b.example:\n",
    "https://a.example/x?u=https%3A%2F%2F ",
    "http",
    "a\tb\tc\n",
    "|",
    "a | b | c\n",
    "a   ",
    "   ",
    "a. B. ",
    "arn:aws:rds:us-east-1:123456789012:db:alpha ",
    "circuit AB-1234 ",
    "ckt-77\n",
    "Ticket: CHG-1\nStart: 2026-05-10 22:00 UTC\n\n",
    "(",
    "\"",
    "\u{200b}",
    "é",
    "日時：2026年3月20日（金）02:00 ～ 05:00\n",
    "様：",
    "Größe：\n",
    "Circuit: até 60, é1\n",
    "“、”。",
    "May ",
    "Monday, ",
    "UTC ",
];

const MARKUP: &[&str] = &[
    "<div>",
    "<table><tr><td>",
    "<table><tr><td>a</td><td>b",
    "<td>a</td>",
    "<tr><td>a</td><td>10 May 2026</td></tr>",
    "<tr><td colspan=999999999>a</td><td>b</td></tr>",
    "<s><b>a",
    "</p>",
    "<a href='https://a.example/'>x</a>",
    "<a href='https://a.example/'>",
    "&amp;&#x41;&",
    "<",
    "<!-- x",
    "<blockquote type=cite>a",
    "<li>a",
    "<style>",
    "<script>",
];

/// Whole messages whose structure is the attack.
fn structures(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: a@b.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n";
    let nested: String =
        (0..size / 60).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    vec![
        ("multiparts in multiparts", format!("{head}{nested}").into_bytes()),
        (
            "mails in mails",
            format!("{head}{}", over("Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n", size)).into_bytes(),
        ),
        (
            "many parts",
            mail("multipart/mixed; boundary=b", &over("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", size)),
        ),
        (
            "many alternatives",
            mail("multipart/alternative; boundary=b", &over("--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n", size)),
        ),
        (
            "many mails",
            mail(
                "multipart/mixed; boundary=b",
                &over("--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nit ends on 10 May 2026\r\n", size),
            ),
        ),
        ("many headers", format!("From: a@b.example\r\n{}\r\nx", over("X-A: b\r\n", size)).into_bytes()),
        (
            "a long subject",
            format!("From: a@b.example\r\nTo: c\r\nSubject: {}\r\n\r\nx", over("a ", size)).into_bytes(),
        ),
        (
            "many references",
            format!("From: a@b.example\r\nSubject: x\r\nReferences: {}\r\n\r\nx", over("<a@b.example> ", size))
                .into_bytes(),
        ),
        (
            "many recipients",
            format!("From: a@b.example\r\nSubject: x\r\nTo: {}\r\n\r\nx", over("a@b.example, ", size)).into_bytes(),
        ),
        (
            "encoded words",
            format!("From: a@b.example\r\nSubject: {}\r\n\r\nx", over("=?utf-8?q?a?= ", size)).into_bytes(),
        ),
        ("a long attribute", mail("text/html", &format!("<p style='{}'>x", over("display:none;", size)))),
        ("many attributes", mail("text/html", &format!("<p {}>x", over("a=b ", size)))),
        (
            "a table of many rows",
            mail(
                "text/html",
                &format!(
                    "<table><tr><th>A</th><th>B</th></tr>{}",
                    over("<tr><td>a</td><td>10 May 2026</td></tr>", size)
                ),
            ),
        ),
        ("csv", mail("text/csv", &over("a,b,c\n", size))),
        ("csv that never closes its quote", mail("text/csv", &over("\"a,", size))),
        (
            "events",
            format!(
                "BEGIN:VCALENDAR\n{}",
                over(
                    "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260510T220000Z\nX-MAINTNOTE-OBJECT-ID:a\nEND:VEVENT\n",
                    size
                )
            )
            .into_bytes(),
        ),
        ("a folded line", format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n{}", over(" x\n", size)).into_bytes()),
        ("deep json", over("[", size).into_bytes()),
        ("deep objects", over("{\"a\":", size).into_bytes()),
        ("long json", format!("{{\"a\":[{}1]}}", over("1,", size)).into_bytes()),
        ("zeros", vec![0; size]),
        ("ones", vec![0xff; size]),
        ("returns", vec![b'\r'; size]),
    ]
}

fn shapes(size: usize) -> Vec<(String, Vec<u8>)> {
    let texts = TEXTS.iter().map(|unit| (format!("text of {unit:?}"), mail("text/plain", &over(unit, size))));
    let markup = MARKUP.iter().map(|unit| (format!("markup of {unit:?}"), mail("text/html", &over(unit, size))));
    let table = MARKUP
        .iter()
        .map(|unit| (format!("a table of {unit:?}"), mail("text/html", &format!("<table>{}", over(unit, size)))));
    texts.chain(markup).chain(table).chain(structures(size).into_iter().map(|(n, b)| (n.to_owned(), b))).collect()
}

/// Eight times the size may cost eight times the time; sixty-four times would be quadratic. Between them lies what a busy
/// machine adds. Small and large are tried in turn, so that a burst of other work hits both, and the best of each counts.
#[test]
fn no_shape_costs_more_than_its_size() {
    const SMALL: usize = 8 << 10;
    const TIMES: u32 = 8;
    const TRIES: usize = 8;
    let timed = |bytes: &[u8]| {
        let begin = Instant::now();
        read(bytes);
        begin.elapsed()
    };
    let allowed = |first: Duration| first * (TIMES * 4) + Duration::from_millis(100);
    read(b"the tables are loaded once, on 10 May 2026");
    let mut slow = Vec::new();
    for ((name, small), (_, large)) in shapes(SMALL).into_iter().zip(shapes(SMALL * TIMES as usize)) {
        let (mut first, mut second) = (timed(&small), timed(&large));
        for _ in 1..TRIES {
            if second <= allowed(first) {
                break;
            }
            (first, second) = (first.min(timed(&small)), second.min(timed(&large)));
        }
        if second > allowed(first) {
            slow.push(format!("{name}: {first:?} for {SMALL} bytes, {second:?} for {TIMES} times as many"));
        }
    }
    assert!(slow.is_empty(), "these cost more than their size:\n{}", slow.join("\n"));
}

/// A reading happens on a worker's thread, whose stack is 2 MB.
#[test]
fn depth_costs_no_stack() {
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        for (name, bytes) in structures(1 << 20).into_iter().filter(|(n, _)| n.contains(" in ") || n.contains("deep")) {
            let reading = read(&bytes);
            assert!(
                name.contains("deep") || reading.trouble.iter().any(|t| t.code == "too_deep"),
                "{name}: what was left out is told"
            );
        }
        read(&mail("text/html", &over("<div><table><tr><td><blockquote>", 1 << 20)));
    });
    worker.expect("a thread starts").join().expect("no shape overflows the stack");
}

const SEED: &str = "From: Acme NOC <noc@acme.example>\r\nTo: ops@example.org\r\nDate: Tue, 5 May 2026 10:00:00 +0200\r\nSubject: Fwd: Works on AB-1\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hello</p><table><tr><th>Circuit</th><th>Start</th></tr><tr><td>AB-1</td><td>10 May 2026 22:00 CEST</td></tr></table><s>1 May</s>=\r\n-----Original Message-----<br>From: x &lt;x@y.example&gt;<br>Date: 1 May 2026<br>Subject: y<br>\r\n--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260510T200000Z\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nends tomorrow\r\n--b--\r\n";

const HEALTH: &str = r#"{"version":"0","source":"aws.health","detail-type":"AWS Health Event","region":"us-east-1","detail":{"eventArn":"arn:aws:health:us-east-1::event/RDS/AWS_RDS_X/1","service":"RDS","eventTypeCode":"AWS_RDS_X","eventTypeCategory":"scheduledChange","startTime":"Thu, 27 Jan 2028 13:19:03 GMT","eventDescription":[{"language":"en_US","latestDescription":"ends"}],"affectedEntities":[{"entityValue":"alpha"}],"page":"1","totalPages":"2"}}"#;

proptest! {
    #[test]
    fn any_bytes_give_a_reading(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        read(&bytes);
    }

    #[test]
    fn any_words_give_a_reading(text in "([0-9]{1,4}[-/.: ]|[A-Z][a-z]{2,8} |am |UTC|\\PC| |\n|to |> |<[a-z]{1,5}>|[a-z]+: |[：、。（）～“”é日 ]{1,4}){0,200}") {
        read(text.as_bytes());
    }

    #[test]
    fn a_damaged_message_gives_a_reading(
        seed in prop::sample::select(vec![SEED, HEALTH]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, prop::collection::vec(any::<u8>(), 0..12)), 1..8),
    ) {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, cut, put) in damage {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put);
        }
        read(&bytes);
    }
}

/// A zip whose one entry is packed data, with the size that its directory claims.
fn zip(packed: &[u8], claimed: u32) -> Vec<u8> {
    let size = u32::try_from(packed.len()).expect("it is small");
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    zip.extend([0; 8]);
    zip.extend(size.to_le_bytes());
    zip.extend(claimed.to_le_bytes());
    zip.extend([0; 4]);
    zip.extend(packed);
    let directory = u32::try_from(zip.len()).expect("it is small");
    zip.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0");
    zip.extend([0; 8]);
    zip.extend(size.to_le_bytes());
    zip.extend(claimed.to_le_bytes());
    zip.extend([0; 18]);
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(46_u32.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// A workbook that unpacks to a thousand times its size is not opened, whatever its directory claims.
#[test]
fn a_workbook_that_is_a_bomb_is_refused() {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::io::repeat(b' ').take(64 << 20), &mut deflate).expect("memory takes it");
    let packed = deflate.finish().expect("memory takes it");
    for claimed in [u32::MAX, 64 << 20, 1_000] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(zip(&packed, claimed));
        let lines: Vec<&str> =
            (0..encoded.len()).step_by(76).map(|i| &encoded[i..(i + 76).min(encoded.len())]).collect();
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nsee the list\r\n--b\r\nContent-Type: application/vnd.ms-excel; name=list.xlsx\r\nContent-Disposition: attachment; filename=list.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
            lines.join("\r\n")
        );
        let reading = read(&mail("multipart/mixed; boundary=b", &body));
        let told = reading.trouble.iter().find(|t| t.code == "unreadable_attachment");
        assert!(
            told.is_some_and(|t| t.message.contains("unpacks to more")),
            "claimed {claimed}: {:?}",
            reading.trouble
        );
    }
}
