//! What is small and becomes large: it is counted while it unpacks, and stopped before it takes memory. The reader runs as a
//! process of its own under a limit that the unpacked bytes would break.

use std::io::{Cursor, Write as _};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What the process may have of memory, in kilobytes. A large mail takes half of it.
const LIMIT: usize = 160_000;
/// What the bombs that unpack unpack to, in bytes: more than the limit.
const UNPACKED: usize = 256 << 20;

/// Runs a program that may not have more than the limit.
fn limited(program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -d {LIMIT}; exec \"$0\" \"$@\""), program]).args(arguments);
    command.output().expect("a shell is there")
}

/// A spreadsheet whose one sheet is a run of one letter.
fn workbook() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("[Content_Types].xml", options).unwrap();
    zip.write_all(b"<Types/>").unwrap();
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let piece = vec![b'0'; 1 << 20];
    for _ in 0..UNPACKED >> 20 {
        zip.write_all(&piece).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn mail(media: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut mail = format!(
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n\
         Content-Type: {media}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    );
    for line in STANDARD.encode(bytes).as_bytes().chunks(76) {
        mail.push_str(std::str::from_utf8(line).unwrap());
        mail.push_str("\r\n");
    }
    mail.push_str("--b--\r\n");
    mail.into_bytes()
}

/// Each entity is ten of the one before: a thousand million words.
fn laughs() -> String {
    let entities: String =
        (0..9).map(|n| format!("<!ENTITY e{} \"{}\">", n + 1, format!("&e{n};").repeat(10))).collect();
    format!("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e0 \"ha\">{entities}]><rss><title>&e9;</title></rss>")
}

/// Mails in mails, each in base64 within the next.
fn nested() -> Vec<u8> {
    let mut inner = b"Subject: innermost\r\n\r\nhello".to_vec();
    for _ in 0..20 {
        inner = mail("message/rfc822", "a.eml", &inner);
    }
    inner
}

#[test]
fn no_bomb_takes_more_memory_than_the_reader_may_have() {
    // The limit bites: what holds as much as the bombs unpack to does not come to its end.
    let holds = format!("head -c {UNPACKED} /dev/zero | tail -c {UNPACKED} > /dev/null");
    let held = limited("sh", &["-c", &holds]);
    assert!(!held.status.success(), "the shell sets no limit here, so that this test could not fail");

    let folder = tempfile::tempdir().unwrap();
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let packed = workbook();
    assert!(packed.len() < UNPACKED / 500, "this is no bomb: {} bytes", packed.len());
    for (name, bytes, trouble) in [
        ("workbook.eml", mail(sheet, "a.xlsx", &packed), Some("unreadable_attachment")),
        ("workbook-that-says-it-is-text.eml", mail("text/plain", "a.txt", &packed), None),
        ("laughs.xml", laughs().into_bytes(), None),
        ("laughs.eml", mail("application/xml", "a.xml", laughs().as_bytes()), None),
        ("nested.eml", nested(), Some("too_deep")),
        ("brackets.json", "[".repeat(4 << 20).into_bytes(), None),
        ("tags.html", "<div>".repeat(1 << 20).into_bytes(), None),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let read = limited(env!("CARGO_BIN_EXE_countersign"), &["read", file.to_str().unwrap()]);
        let told = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success(), "{name} took more than {LIMIT} kB: {}\n{told}", read.status);
        let line: Value = serde_json::from_slice(&read.stdout).unwrap_or_else(|e| panic!("{name} was not read: {e}"));
        if let Some(wanted) = trouble {
            let codes: Vec<_> = line["trouble"].as_array().unwrap().iter().map(|t| t["code"].clone()).collect();
            assert!(codes.iter().any(|code| code == wanted), "{name} is not told as {wanted}: {codes:?}");
        }
    }
}
