//! `countersign read`: what the reader finds in files, one JSON line each. Touches no database and no network (but for
//! `--dns`).

use std::io::{BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{Exit, profiles, say};
use crate::clock::parse_start;
use crate::config::Config;
use crate::desk::providers::{install, installed};
use crate::intake::authenticity::{Origin, SpfTold};
use crate::intake::{keeper, pipe};
use crate::notice::fact::{Authenticity, When};
use crate::reading::{Announcement, Deadline, Input, Reading, Resource, Span, Trouble, Window, read};

/// More than any mail, page or feed; a disk image given by mistake is not read into memory.
const MOST_BYTES: usize = 100 * 1024 * 1024;

/// Prints what is announced in each file: one line of JSON a file, no database needed.
///
/// Reads mails (.eml, also forwarded inline or attached), HTML, text, .ics and the JSON of each known format.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  countersign read notice.eml\n  countersign read --received 2024-06-01 --subject \"RDS \
                        certificates\" body.txt\n  countersign read *.eml | jq '.notices[].hard_deadline'"
)]
pub(super) struct Arguments {
    /// The files; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// When it arrived, where the file itself does not say: a date, or an instant in RFC 3339.
    #[arg(long, value_name = "DATE", value_parser = parse_start)]
    received: Option<DateTime<Utc>>,
    /// Stands in for the subject that a bare body lacks.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Ask the name servers whether a mail's signatures hold. Without it, `authenticity` is "unverified".
    #[arg(long)]
    dns: bool,
    /// Read with the provider profiles of this folder too, as `reading.providers` does for a server.
    #[arg(long, value_name = "FOLDER")]
    providers: Option<PathBuf>,
    /// Also print which rule found what, for somebody who writes a provider profile.
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(arguments: &Arguments) -> Exit {
    if let Some(folder) = &arguments.providers {
        match profiles::load(folder) {
            Ok(providers) => install(providers),
            Err(error) => {
                say(&format!("{error:#}"));
                return Exit::Wrong;
            }
        }
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut exit = Exit::Fine;
    for file in &arguments.files {
        let line = match load(file) {
            Ok(bytes) => line(file, &bytes, arguments),
            Err(trouble) => {
                exit = Exit::No;
                blank(file, trouble)
            }
        };
        // A reader that has seen enough and closed the pipe is no failure of ours.
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    exit
}

fn load(file: &Path) -> Result<Vec<u8>, Trouble> {
    let told = |message: String| Trouble { code: "unreadable_file".to_owned(), message, span: None };
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file).map_err(|e| told(format!("{}: {e}", file.display())))?)
    };
    pipe::read_limited(source, MOST_BYTES)
        .map_err(|e| told(format!("{}: {e}", file.display())))?
        .ok_or_else(|| told(format!("{}: larger than {MOST_BYTES} bytes", file.display())))
}

fn line(file: &Path, bytes: &[u8], arguments: &Arguments) -> Value {
    let extension = file.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    let input = Input {
        bytes,
        media: extension.as_deref(),
        received: arguments.received,
        subject: arguments.subject.as_deref(),
        authenticity: if arguments.dns { authenticity(bytes) } else { Authenticity::Unverified },
    };
    let Ok(reading) = catch_unwind(AssertUnwindSafe(|| read(&input, &installed()))) else {
        let message = "the reader failed on this file, which is a fault of Countersign's".to_owned();
        return blank(file, Trouble { code: "reader_failed".to_owned(), message, span: None });
    };
    let mut line = shown(&reading);
    if let Value::Object(fields) = &mut line {
        fields.shift_insert(0, "file".to_owned(), json!(file.to_string_lossy()));
        fields.shift_insert(1, "sha256".to_owned(), json!(hex::encode(digest(&SHA256, bytes))));
        if arguments.explain {
            fields.insert("trail".to_owned(), json!(reading.trail));
        }
    }
    line
}

/// What a file's own signatures prove. Who handed it over is not known, so SPF has nothing to say.
fn authenticity(bytes: &[u8]) -> Authenticity {
    let mut config = Config::defaults();
    config.authenticity.dns = crate::config::Dns::On;
    let judge = keeper::judge(&config, &installed());
    let origin = Origin { spf: SpfTold::Unknown, from: "", to: &[], colleague: false };
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(judge.judge(bytes, origin)).authenticity,
        Err(error) => {
            say(&format!("no name server can be asked: {error}"));
            Authenticity::Unverified
        }
    }
}

fn blank(file: &Path, trouble: Trouble) -> Value {
    json!({
        "file": file.to_string_lossy(),
        "sha256": null,
        "format": null,
        "from": null,
        "forwarded_by": null,
        "original": null,
        "authenticity": Authenticity::Unverified,
        "notices": [],
        "trouble": [trouble],
    })
}

/// Exactly the fields that the design promises to programs, in its order.
fn shown(reading: &Reading) -> Value {
    let original = reading
        .original
        .as_ref()
        .map(|original| json!({"from": original.from, "subject": original.subject, "date": original.date}));
    json!({
        "format": reading.format,
        "from": reading.from,
        "forwarded_by": reading.forwarded_by,
        "original": original,
        "authenticity": reading.authenticity,
        "notices": reading.notices.iter().map(announcement).collect::<Vec<_>>(),
        "trouble": reading.trouble,
    })
}

fn announcement(notice: &Announcement) -> Value {
    json!({
        "provider": notice.provider.value,
        "kind": notice.kind.value,
        "status": notice.status.value,
        "title": notice.title,
        "hard_deadline": notice.hard_deadline().map(|deadline| at(&deadline.at)),
        "deadlines": notice.deadlines.iter().map(deadline).collect::<Vec<_>>(),
        "windows": notice.windows.iter().map(window).collect::<Vec<_>>(),
        "resources": notice.resources.iter().map(resource).collect::<Vec<_>>(),
        "correlation": notice.correlation,
    })
}

fn deadline(deadline: &Deadline) -> Value {
    json!({
        "role": deadline.role,
        "at": at(&deadline.at),
        "precision": deadline.at.precision(),
        "as_written": deadline.as_written,
        "span": span(deadline.span.as_ref()),
        "confidence": confidence(deadline.confidence),
    })
}

fn window(window: &Window) -> Value {
    json!({
        "start": window.start.as_ref().map(at),
        "end": window.end.as_ref().map(at),
        "as_written": window.as_written,
        "span": span(window.span.as_ref()),
    })
}

fn resource(resource: &Resource) -> Value {
    json!({
        "id": resource.id,
        "type": resource.sort,
        "account": resource.account,
        "region": resource.region,
        "span": span(resource.span.as_ref()),
    })
}

fn at(when: &When) -> String {
    when.to_string()
}

fn span(span: Option<&Span>) -> Value {
    span.map_or(
        Value::Null,
        |span| json!({"part": span.part, "start": span.start, "end": span.end, "quote": span.quote}),
    )
}

/// Two digits: more would be a precision that no rule has, and 0.9 as an `f32` prints as 0.8999999761581421.
fn confidence(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(given: &[&str]) -> Arguments {
        Cli::parse_from([&["read"], given].concat()).arguments
    }

    const MAIL: &[u8] = b"From: Amazon Web Services <no-reply-aws@amazon.com>\r\nTo: ops@example.com\r\nDate: Mon, 03 Jun 2024 \
                          09:00:00 +0000\r\nSubject: Rotate your RDS certificates\r\n\r\nYour RDS certificate authority \
                          rds-ca-2019 expires on August 22, 2024. Rotate the certificate of database orders-prod before then.\r\n";

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().expect("an object").keys().map(String::as_str).collect()
    }

    #[test]
    fn a_line_has_exactly_the_promised_fields_in_the_promised_order() {
        let line = line(Path::new("notice.eml"), MAIL, &arguments(&["notice.eml"]));
        assert_eq!(
            keys(&line),
            ["file", "sha256", "format", "from", "forwarded_by", "original", "authenticity", "notices", "trouble"]
        );
        let notice = &line["notices"][0];
        assert_eq!(
            keys(notice),
            [
                "provider",
                "kind",
                "status",
                "title",
                "hard_deadline",
                "deadlines",
                "windows",
                "resources",
                "correlation"
            ]
        );
        assert_eq!(
            keys(&notice["deadlines"][0]),
            ["role", "at", "precision", "as_written", "span", "confidence"],
            "{line:#}"
        );
        assert_eq!(keys(&notice["deadlines"][0]["span"]), ["part", "start", "end", "quote"]);
        assert_eq!(keys(&line["original"]), ["from", "subject", "date"]);
    }

    #[test]
    fn the_certificate_notice_of_2024_is_read() {
        let line = line(Path::new("notice.eml"), MAIL, &arguments(&["notice.eml"]));
        let notice = &line["notices"][0];
        assert_eq!(
            (&notice["provider"], &notice["kind"], &notice["hard_deadline"], &line["authenticity"]),
            (&json!("aws"), &json!("certificate_rotation"), &json!("2024-08-22"), &json!("unverified")),
            "{line:#}"
        );
    }

    #[test]
    fn a_bare_body_takes_its_subject_and_time_from_the_arguments() {
        let given =
            arguments(&["--subject", "AWS: rotate your RDS certificates", "--received", "2024-06-01", "body.txt"]);
        let line = line(Path::new("body.txt"), b"They expire on August 22, 2024.\n", &given);
        assert_eq!(line["notices"][0]["hard_deadline"], json!("2024-08-22"), "{line:#}");
    }

    #[test]
    fn a_file_that_is_not_there_gives_a_trouble_and_no_notices() {
        let path = Path::new("no/such/file.eml");
        let line = blank(path, load(path).unwrap_err());
        assert_eq!((&line["notices"], &line["trouble"][0]["code"]), (&json!([]), &json!("unreadable_file")));
    }

    #[test]
    fn whatever_is_given_nothing_panics_and_the_shape_stays() {
        for bytes in [&b""[..], b"\0\0\0\0", b"{", b"[[[[[[[[", b"From:\n\n", b"BEGIN:VCALENDAR", b"\xff\xfe\xfd"] {
            let line = line(Path::new("x"), bytes, &arguments(&["x"]));
            assert!(line["notices"].is_array() && line["trouble"].is_array(), "{line}");
            assert_eq!(line["sha256"].as_str().map(str::len), Some(64));
        }
    }
}
