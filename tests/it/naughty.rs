//! Strings that have broken programs before, in the manner of the Big List of Naughty Strings, through the texts of the API: what
//! is taken comes back equal, what is not is told with its field, and nothing fails inside.

use serde_json::{Value, json};

use crate::harness::{Answer, Browser, mails};

/// One or two of each sort; the repetition that the public list has would show nothing more.
const STRINGS: &[&str] = &[
    "undefined",
    "null",
    "NaN",
    "true",
    "[object Object]",
    "0x7fffffffffffffff",
    "1E+9999",
    "-1/0",
    "１２３",
    "Ω≈ç√∫˜µ≤≥÷",
    "田中さんにあげて下さい",
    "社會科學院語學研究所",
    "הָיְתָהtestالصفحات",
    "ﷺ",
    "Ṱ̺̺o͞ ͓",
    "Z̮̞̠͙ͅḀ̗A̴̵L̐G̑O̒",
    "👩🏽‍💻👾🇺🇸🇷🇺",
    "👨‍👩‍👧‍👦",
    "\u{feff}byte order mark",
    "\u{202e}right to left",
    "\u{2066}isolated",
    "zero\u{200b}width\u{ad}soft",
    "\u{85}next\u{2028}line\u{2029}paragraph",
    "tab\tand\nlines",
    "'; DROP TABLE notices; --",
    "1' OR '1'='1",
    "%",
    "_%_",
    "\\",
    "\\\\'\"",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<![CDATA[x]]>",
    "&lt;&#0;&amp;",
    "{{ 7 * 191 }}",
    "{% raw %}",
    "${7*191}",
    "#{7*191}",
    "%s%n%x%d",
    "$(touch /tmp/blns)",
    "`id`",
    "|| ls",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "C:\\CON",
    "=1+1|cmd",
    "@SUM(1)",
    "+1",
    "-1",
    "Scunthorpe General Hospital",
    "\u{10ffff}",
    "\u{fffe}",
    "İıſß",
    "e\u{301} and é",
    "http://a/%%30%30",
    "x\u{7f}\u{1b}[31mred",
    "\u{1}\u{8}\u{b}",
];

/// What came back where the text was taken; none where it was refused as it should be.
fn taken<'a>(told: &'a Value, answer: &Answer, field: &str, text: &str) -> Option<&'a Value> {
    let status = answer.status.as_u16();
    assert!(status < 500, "{text:?} as {field} was answered {status}: {told}");
    if status >= 400 {
        assert_eq!((status, &told["field"]), (422, &json!(field)), "{text:?} as {field} was refused with {told}");
        return None;
    }
    Some(told)
}

async fn sends(who: &Browser, path: &str, form: Value, field: &str, text: &str) -> Option<Value> {
    let answer = who.post(path, form).await;
    let told = answer.json();
    taken(&told, &answer, field, text).cloned()
}

both!(naughty_strings_come_back_equal_or_are_refused_with_their_field, |house| async move {
    let ada = house.set_up("many").await;
    house.receives(mails::original()).await;
    house.reads().await;
    let mut equal = 0;
    for text in STRINGS {
        let form = json!({"name": text, "scopes": ["read"]});
        if let Some(made) = sends(&ada, "/api/v1/tokens", form, "name", text).await {
            let kept = ada.get("/api/v1/tokens").await.is(200);
            let found = kept["items"].as_array().unwrap().iter().any(|one| one["name"] == text.trim());
            assert!(found, "a token called {text:?} is kept otherwise: {made}");
            equal += 1;
        }
        let form = json!({"provider": "aws", "kind": "security", "title": text});
        if let Some(made) = sends(&ada, "/api/v1/notices", form, "title", text).await {
            let notice = ada.get(&format!("/api/v1/notices/{}", made["number"])).await.is(200);
            assert_eq!(notice["title"], text.trim(), "a title came back otherwise");
            let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            ada.get(&format!("/api/v1/notices?q={query}")).await.is(200);
            equal += 1;
        }
        let form = json!({"text": text});
        if sends(&ada, "/api/v1/notices/1/comments", form, "text", text).await.is_some() {
            let notice = ada.get("/api/v1/notices/1").await.is(200);
            let wanted = json!(text.trim()).to_string();
            assert!(notice["comments"].to_string().contains(&wanted), "{text:?} is not among the comments");
            equal += 1;
        }
    }
    assert!(equal > 2 * STRINGS.len(), "only {equal} texts were taken: ordinary ones are refused");
});
