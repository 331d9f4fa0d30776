//! Outlook's `.msg` files: brought in on a page, attached to a mail, and read from the command line.

use axum::http::Method;
use countersign::store::intake::state;
use serde_json::Value;

use crate::harness::Browser;
use crate::harness::outlook::{Made, notice};

async fn brings(ada: &Browser, file: Vec<u8>) -> crate::harness::Answer {
    ada.send_bytes("/api/v1/messages", "application/vnd.ms-outlook", file).await
}

both!(a_file_dragged_out_of_outlook_opens_a_notice_and_is_kept_as_it_was, |house| async move {
    let ada = house.set_up("many").await;
    let file = notice().file();
    let id = brings(&ada, file.clone()).await.is(201)["id"].as_str().unwrap().to_owned();
    house.reads().await;
    let shown = ada.get(&format!("/api/v1/messages/{id}")).await.is(200);
    assert_eq!((&shown["state"], &shown["format"]), (&"filed".into(), &"msg".into()), "{shown}");
    assert_eq!(shown["original"]["from"], "Amazon Web Services, Inc. <no-reply-aws@amazon.com>");
    assert_eq!(house.notice(1).await.facts.provider.as_str(), "aws");
    let raw = ada.send(Method::GET, &format!("/api/v1/messages/{id}/raw"), None).await;
    assert_eq!(raw.bytes, file, "the file is not kept as it was");

    let html = Made::default().text(0x0037, "Maintenance").text(0x1013, "<p>On <b>14 July</b></p>").file();
    let id = brings(&ada, html).await.is(201)["id"].as_str().unwrap().to_owned();
    house.reads().await;
    let page = ada.get(&format!("/api/v1/messages/{id}/html")).await;
    assert!(page.text().contains("<b>14 July</b>"), "{}", page.text());
});

both!(a_mail_attached_as_outlooks_record_of_it_is_unwrapped, |house| async move {
    house.founded().await;
    use base64::Engine as _;
    let packed = base64::engine::general_purpose::STANDARD.encode(notice().file());
    let mail = format!(
        "From: Ada <ada@house.example>\r\nTo: notices@house.example\r\nSubject: FW: certificates\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--b\r\n\
         Content-Type: application/vnd.ms-outlook; name=\"notice.msg\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"notice.msg\"\r\n\r\n{packed}\r\n--b--\r\n"
    );
    let received = house.receives(mail).await;
    house.reads().await;
    let message = house.message(received).await;
    assert_eq!(
        (message.state.as_str(), message.forwarded_by.as_deref()),
        (state::FILED, Some("Ada <ada@house.example>"))
    );
    assert_eq!(house.notice(1).await.facts.provider.as_str(), "aws");
});

both!(a_damaged_file_is_refused_with_what_to_do, |house| async move {
    let ada = house.set_up("many").await;
    let refused = brings(&ada, notice().file()[..700].to_vec()).await;
    refused.is_problem(422, "bad_msg");
    assert!(refused.text().contains("save it as .eml"), "{}", refused.text());
    assert!(ada.get("/api/v1/messages").await.is(200)["items"].as_array().unwrap().is_empty());
});

#[tokio::test]
async fn the_command_line_reads_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("good.msg"), folder.path().join("bad.msg"));
    std::fs::write(&good, notice().file()).unwrap();
    std::fs::write(&bad, &notice().file()[..700]).unwrap();
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    let output = program.arg("read").args([&good, &bad]).output().await.expect("the program runs");
    let lines: Vec<Value> = output
        .stdout
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["format"], &lines[0]["notices"][0]["provider"]),
        (&"msg".into(), &"aws".into()),
        "{}",
        lines[0]
    );
    assert_eq!(lines[1]["trouble"][0]["code"], "bad_msg", "{}", lines[1]);
}
