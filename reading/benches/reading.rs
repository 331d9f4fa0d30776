//! How fast the reader is: a typical notice of 6 KB (HTML and text) from bytes to facts, beside the MIME crate alone and the
//! MIME crate with HTML laid out as text; and how the cost grows with the size.
//!
//! `cargo bench --bench reading`

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use countersign_notice::fact::Authenticity;
use countersign_reading::profile::Providers;
use countersign_reading::{Input, Reading, html, read};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mail_parser::{MessageParser, PartType};

/// A notice as carriers and clouds send them: styled HTML with a table, and the same words as text.
fn notice(rows: usize) -> Vec<u8> {
    let mut html = String::from(
        "<html><head><style>.x{font-family:Arial;color:#333}td{padding:4px}</style></head><body style=\"margin:0;padding:0\"><div style=\"display:none\">Planned work</div><table width=\"100%\" cellpadding=\"0\"><tr><td align=\"center\"><table width=\"640\"><tr><td style=\"font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px\"><p>Dear customer,</p><p>Acme Networks will carry out planned work in <b>Frankfurt</b>. Your services listed below will be without light for up to 30&nbsp;minutes.</p><p><b>Reference:</b> CHG-2026-0042<br><b>Start:</b> 10 May 2026 22:00 UTC<br><b>End:</b> 11 May 2026 04:00 UTC</p><table border=\"1\" cellspacing=\"0\"><tr bgcolor=\"#4b6c9e\"><th>Circuit</th><th>Location</th><th>Impact</th></tr>",
    );
    let mut text = String::from(
        "Dear customer,\r\n\r\nAcme Networks will carry out planned work in Frankfurt. Your services listed\r\nbelow will be without light for up to 30 minutes.\r\n\r\nReference: CHG-2026-0042\r\nStart: 10 May 2026 22:00 UTC\r\nEnd: 11 May 2026 04:00 UTC\r\n\r\n",
    );
    for i in 0..rows {
        let _ = write!(
            html,
            "<tr style=\"background:#eee\"><td style=\"padding:2px\">AB-{i:05}</td><td>Frankfurt, Example Street {i}</td><td>30 minutes</td></tr>"
        );
        let _ = write!(text, "AB-{i:05}  Frankfurt, Example Street {i}  30 minutes\r\n");
    }
    html.push_str("</table><p>During this time traffic may take longer ways. Please see <a href=\"https://portal.acme.example/works/CHG-2026-0042\">our portal</a> for news, and write to noc@acme.example with questions. We regret any inconvenience that this causes and thank you for your patience.</p><p>Kind regards,<br>Acme Networks NOC</p><p style=\"font-size:10px;color:#999\">You are receiving this email because you are a customer of Acme Networks. To unsubscribe from such notices use the portal. This email and any attachments are confidential.</p></td></tr></table></td></tr></table></body></html>");
    text.push_str("\r\nDuring this time traffic may take longer ways. Please see\r\nhttps://portal.acme.example/works/CHG-2026-0042 for news.\r\n\r\nKind regards,\r\nAcme Networks NOC\r\n");
    format!(
        "Received: from mx.acme.example by mx.example.org; Tue, 5 May 2026 08:00:01 +0000\r\nDKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=k1; bh=x; b=y\r\nFrom: Acme Networks <noc@acme.example>\r\nTo: ops@example.org\r\nSubject: Planned work CHG-2026-0042 in Frankfurt\r\nDate: Tue, 5 May 2026 10:00:00 +0200\r\nMessage-ID: <CHG-2026-0042@acme.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b1--\r\n"
    )
    .into_bytes()
}

fn reading(bytes: &[u8]) -> Reading {
    let input = Input { bytes, media: None, received: None, subject: None, authenticity: Authenticity::Unverified };
    read(&input, Providers::embedded())
}

fn typical(c: &mut Criterion) {
    let mail = notice(18);
    assert!((5_000..8_000).contains(&mail.len()), "the typical notice has {} bytes", mail.len());
    let found = reading(&mail);
    assert!(
        found.notices.len() == 1 && found.notices[0].windows.len() == 1,
        "the typical notice is understood: {found:?}"
    );
    let mut group = c.benchmark_group("a notice of 6 KB");
    group.throughput(Throughput::Elements(1));
    group.bench_function("the MIME crate alone", |b| b.iter(|| MessageParser::default().parse(black_box(&mail))));
    group.bench_function("the MIME crate and HTML to text", |b| {
        b.iter(|| {
            let message = MessageParser::default().parse(black_box(&mail)).expect("it is a mail");
            let parts = message.parts.iter().filter_map(|p| match &p.body {
                PartType::Html(html) => Some(html::part("1", html)),
                _ => None,
            });
            parts.map(|p| p.text.len()).sum::<usize>()
        });
    });
    group.bench_function("the whole reading", |b| b.iter(|| reading(black_box(&mail))));
    group.finish();
}

fn curve(c: &mut Criterion) {
    let mut group = c.benchmark_group("size");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(300));
    for (name, rows) in [("10 KB", 45), ("100 KB", 620), ("1 MB", 6_400), ("10 MB", 64_000)] {
        let mail = notice(rows);
        group.throughput(Throughput::Bytes(mail.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &mail, |b, mail| b.iter(|| reading(black_box(mail))));
    }
    group.finish();
}

criterion_group!(benches, typical, curve);
criterion_main!(benches);
