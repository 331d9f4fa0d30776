//! Mails signed with our own keys, and name servers that are a table.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::arc::ArcSealer;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::DkimSigner;
use mail_auth::dmarc::Dmarc;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::spf::Spf;
use mail_auth::{AuthenticationResults, Error, ResolverCache, Txt};

use super::*;

struct Keys(Vec<(&'static str, Vec<u8>)>);

impl Keys {
    fn new() -> Self {
        let domains = [
            "provider.example",
            "mailer.example",
            "house.example",
            "provlder.example",
            "list.example",
            "other.example",
        ];
        Self(domains.map(|d| (d, Ed25519Key::generate_pkcs8().unwrap())).into())
    }

    fn key(&self, domain: &str) -> Ed25519Key {
        let (_, pkcs8) = self.0.iter().find(|(d, _)| *d == domain).unwrap();
        Ed25519Key::from_pkcs8_der(pkcs8).unwrap()
    }

    fn sign(&self, domain: &str, mail: &str) -> String {
        let signature = DkimSigner::from_key(self.key(domain))
            .domain(domain)
            .selector("s")
            .headers(["From", "To", "Subject"])
            .sign(mail.as_bytes())
            .unwrap();
        format!("{}{mail}", signature.to_header())
    }

    /// Name servers that know all keys; provider.example asks that unproven mails be refused, and only 192.0.2.1
    /// may send for house.example.
    fn judge(&self) -> Judge {
        let names = Names::default();
        let until = Instant::now() + Duration::from_secs(600);
        let know = |name: String, txt: Txt| names.insert(name.into_boxed_str(), txt, until);
        for (domain, _) in &self.0 {
            let record = format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(self.key(domain).public_key()));
            let key = Txt::DomainKey(Arc::new(DomainKey::parse(record.as_bytes()).unwrap()));
            know(format!("s._domainkey.{domain}."), key);
            let policy = if *domain == "provider.example" { "reject" } else { "none" };
            let dmarc = Dmarc::parse(format!("v=DMARC1; p={policy}").as_bytes()).unwrap();
            know(format!("_dmarc.{domain}."), Txt::Dmarc(Arc::new(dmarc)));
            let spf = Spf::parse(b"v=spf1 ip4:192.0.2.1 -all").unwrap();
            know(format!("{domain}."), Txt::Spf(Arc::new(spf)));
        }
        know("_dmarc.example.".to_owned(), Txt::Error(Error::Dns(mail_auth::DnsError::InvalidRecordType)));
        let nowhere = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        let resolver = MessageAuthenticator::new(nowhere, ResolverOpts::default()).unwrap();
        Judge::new(
            Some(resolver),
            names,
            vec![Signer {
                provider: "Provider".to_owned(),
                domains: vec!["provider.example".to_owned()],
                signers: vec!["mailer.example".to_owned()],
            }],
            vec!["house.example".to_owned()],
            "cs.example".to_owned(),
            Duration::from_secs(5),
        )
    }
}

const NOTICE: &str = "From: Provider <no-reply@provider.example>\r\nTo: ops@house.example\r\nSubject: CA expires\r\n\r\n\
                      On 22 August.\r\n";

fn to() -> Vec<String> {
    vec!["notices@in.house.example".to_owned()]
}

fn from_ip<'a>(last: u8, from: &'a str, to: &'a [String]) -> Origin<'a> {
    Origin { spf: SpfTold::Ask { ip: [192, 0, 2, last].into(), helo: "client.example" }, from, to, colleague: false }
}

async fn judged(keys: &Keys, mail: &str, origin: Origin<'_>) -> Verdict {
    keys.judge().judge(mail.as_bytes(), origin).await
}

#[track_caller]
fn assert_verdict(verdict: &Verdict, authenticity: Authenticity, says: &str) {
    assert!(verdict.authenticity == authenticity && verdict.reason.contains(says), "{verdict:?}, expected {says:?}");
}

#[tokio::test]
async fn a_mail_that_its_provider_signed_is_verified_however_it_came() {
    let (keys, to) = (Keys::new(), to());
    for signer in ["provider.example", "mailer.example"] {
        let verdict = judged(&keys, &keys.sign(signer, NOTICE), from_ip(9, "bounce@relay.example", &to)).await;
        assert_verdict(&verdict, Authenticity::Verified, signer);
    }
}

#[tokio::test]
async fn a_provider_that_is_taught_while_we_work_is_believed_from_then_on() {
    let (keys, to) = (Keys::new(), to());
    let mail = keys.sign("provlder.example", &NOTICE.replace("provider.example", "provlder.example"));
    let origin = || from_ip(9, "bounce@relay.example", &to);
    assert_verdict(&judged(&keys, &mail, origin()).await, Authenticity::Unverified, "provlder.example");
    let signer =
        Signer { provider: "Provlder".to_owned(), domains: vec!["provlder.example".to_owned()], signers: Vec::new() };
    // Whatever domain is asked for: the judge holds it against those that the provider has.
    let judge = keys.judge().learning(move |_| Some(signer.clone()));
    assert_verdict(&judge.judge(mail.as_bytes(), origin()).await, Authenticity::Verified, "provlder.example");
    let other = keys.sign("house.example", &NOTICE.replace("provider.example", "house.example"));
    assert!(judge.judge(other.as_bytes(), origin()).await.authenticity != Authenticity::Verified);
}

#[tokio::test]
async fn a_spoofed_or_altered_mail_of_a_provider_fails() {
    let (keys, to) = (Keys::new(), to());
    let spoofed = judged(&keys, NOTICE, from_ip(9, "evil@provlder.example", &to)).await;
    assert_verdict(&spoofed, Authenticity::Failed, "not signed");
    let altered = keys.sign("provider.example", NOTICE).replace("22 August", "29 August");
    let altered = judged(&keys, &altered, from_ip(9, "x@relay.example", &to)).await;
    assert_verdict(&altered, Authenticity::Failed, "broken");
    let foreign = keys.sign("provlder.example", NOTICE);
    let foreign = judged(&keys, &foreign, from_ip(9, "x@provlder.example", &to)).await;
    assert_verdict(&foreign, Authenticity::Failed, "provider.example asks that such mails be refused");
}

#[tokio::test]
async fn a_look_alike_domain_is_unverified_and_named_however_well_it_signs() {
    let (keys, to) = (Keys::new(), to());
    let mail = keys.sign("provlder.example", &NOTICE.replace("provider.example", "provlder.example"));
    let verdict = judged(&keys, &mail, from_ip(1, "x@provlder.example", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "provlder.example, which is no known provider's domain");
}

#[tokio::test]
async fn a_genuine_mail_to_somebody_else_is_told_as_sent_on() {
    let (keys, to) = (Keys::new(), to());
    let mail = keys.sign("provider.example", &NOTICE.replace("ops@house.example", "ops@other.example"));
    let verdict = judged(&keys, &mail, from_ip(9, "x@relay.example", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "ops@other.example, who is none of us");
}

#[tokio::test]
async fn a_second_from_header_proves_nothing() {
    let (keys, to) = (Keys::new(), to());
    let mail = format!("From: ceo@house.example\r\n{}", keys.sign("provider.example", NOTICE));
    assert_verdict(&judged(&keys, &mail, from_ip(9, "", &to)).await, Authenticity::Unverified, "several");
}

#[tokio::test]
async fn text_added_below_a_signature_that_covers_only_a_part_is_not_believed() {
    let (keys, to) = (Keys::new(), to());
    let signature = DkimSigner::from_key(keys.key("provider.example"))
        .domain("provider.example")
        .selector("s")
        .headers(["From", "To", "Subject"])
        .body_length(true)
        .sign(NOTICE.as_bytes())
        .unwrap();
    let mail = format!("{}{NOTICE}Click https://evil.example\r\n", signature.to_header());
    let verdict = judged(&keys, &mail, from_ip(9, "x@relay.example", &to)).await;
    assert_ne!(verdict.authenticity, Authenticity::Verified, "{verdict:?}");
}

const FORWARD: &str = "From: Ada <ada@house.example>\r\nTo: notices@in.house.example\r\nSubject: Fwd: CA expires\r\n\r\n\
                       Please look.\r\n";

#[tokio::test]
async fn a_colleague_whose_mail_authenticates_vouches_for_what_they_forward() {
    let (keys, to) = (Keys::new(), to());
    let by_signature = judged(&keys, &keys.sign("house.example", FORWARD), from_ip(9, "x@relay.example", &to)).await;
    assert_verdict(&by_signature, Authenticity::Vouched, "ada@house.example");
    let by_server = judged(&keys, FORWARD, from_ip(1, "ada@house.example", &to)).await;
    assert_verdict(&by_server, Authenticity::Vouched, "ada@house.example");
    let by_neither = judged(&keys, FORWARD, from_ip(9, "ada@house.example", &to)).await;
    assert_verdict(&by_neither, Authenticity::Unverified, "Says that ada@house.example");
}

#[tokio::test]
async fn an_attached_mail_is_verified_by_its_own_signature_where_the_forwarder_is_proven() {
    let (keys, to) = (Keys::new(), to());
    let inner = keys.sign("provider.example", NOTICE);
    let outer = format!(
        "From: Ada <ada@house.example>\r\nTo: notices@in.house.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    );
    let proven = judged(&keys, &keys.sign("house.example", &outer), from_ip(9, "x@relay.example", &to)).await;
    assert_verdict(&proven, Authenticity::Verified, "The attached mail is signed by provider.example");
    let unproven = judged(&keys, &outer, from_ip(9, "x@relay.example", &to)).await;
    assert_verdict(&unproven, Authenticity::Unverified, "who forwarded it is not proven");
}

#[tokio::test]
async fn name_servers_that_do_not_know_hold_nothing_up_and_prove_nothing() {
    let (keys, to) = (Keys::new(), to());
    let strange = "From: a@unknown.invalid\r\nTo: ops@house.example\r\n\r\nHello\r\n";
    let verdict = judged(&keys, strange, from_ip(9, "a@unknown.invalid", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "Nobody has signed it");
    let without = Judge::new(None, Names::default(), Vec::new(), Vec::new(), String::new(), Duration::from_secs(1));
    let verdict = without.judge(NOTICE.as_bytes(), from_ip(1, "", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "No name server was asked");
    for garbage in [&b""[..], b"\0\0\0", b"no headers at all", b"From:\r\n\r\n"] {
        let verdict = keys.judge().judge(garbage, from_ip(1, "", &to)).await;
        assert_eq!(verdict.authenticity, Authenticity::Unverified);
    }
}

impl Keys {
    /// As a list passes a mail on: it looks who signed it, alters it, and seals what it had seen before.
    async fn sealed(&self, sealer: &'static str, mail: &str, altered: &str) -> String {
        let judge = self.judge();
        let resolver = judge.resolver.as_ref().unwrap();
        let before = AuthenticatedMessage::parse(mail.as_bytes()).unwrap();
        let dkim = resolver.verify_dkim(Parameters::new(&before).with_txt_cache(&judge.names)).await;
        let results = AuthenticationResults::new(sealer).with_dkim_results(&dkim, "no-reply@provider.example");
        let after = AuthenticatedMessage::parse(altered.as_bytes()).unwrap();
        let arc = resolver.verify_arc(Parameters::new(&after).with_txt_cache(&judge.names)).await;
        let sealed = ArcSealer::from_key(self.key(sealer))
            .domain(sealer)
            .selector("s")
            .headers(["From", "To", "Subject"])
            .seal(&after, &results, &arc)
            .unwrap();
        format!("{}{altered}", sealed.to_header())
    }

    /// What a house that trusts list.example makes of a mail.
    async fn believes(&self, mail: &str) -> Verdict {
        let to = to();
        let judge = self.judge().believing(&["list.example".to_owned()]);
        judge.judge(mail.as_bytes(), from_ip(9, "list-bounces@list.example", &to)).await
    }
}

/// What a list does to a mail, so that its signature breaks.
fn by_list(mail: &str) -> String {
    mail.replace("Subject: ", "Subject: [ops] ")
}

#[tokio::test]
async fn a_trusted_list_that_had_seen_the_signature_vouches_for_what_it_altered() {
    let keys = Keys::new();
    let signed = keys.sign("provider.example", NOTICE);
    let broken = keys.believes(&by_list(&signed)).await;
    assert_verdict(&broken, Authenticity::Failed, "broken");
    let sealed = keys.sealed("list.example", &signed, &by_list(&signed)).await;
    let verdict = keys.believes(&sealed).await;
    assert_verdict(&verdict, Authenticity::Vouched, "Was signed by provider.example when list.example received it");
}

#[tokio::test]
async fn a_seal_counts_only_where_it_holds_and_is_by_somebody_trusted_who_had_seen_a_signature() {
    let keys = Keys::new();
    let signed = keys.sign("provider.example", NOTICE);
    let altered = by_list(&signed);
    let by_stranger = keys.sealed("other.example", &signed, &altered).await;
    assert_verdict(&keys.believes(&by_stranger).await, Authenticity::Failed, "broken");
    let through_both = keys.sealed("list.example", &altered, &by_stranger).await;
    assert_verdict(&keys.believes(&through_both).await, Authenticity::Failed, "broken");
    let altered_since = keys.sealed("list.example", &signed, &altered).await.replace("22 August", "29 August");
    assert_verdict(&keys.believes(&altered_since).await, Authenticity::Failed, "broken");
    let never_signed = keys.sealed("list.example", NOTICE, &by_list(NOTICE)).await;
    assert_verdict(&keys.believes(&never_signed).await, Authenticity::Failed, "it is not signed");
    let foreign = keys.sign("other.example", NOTICE);
    let signed_by_another = keys.sealed("list.example", &foreign, &by_list(&foreign)).await;
    assert_verdict(&keys.believes(&signed_by_another).await, Authenticity::Failed, "refused");
    let elsewhere = keys.sign("provider.example", &NOTICE.replace("ops@house.example", "ops@other.example"));
    let replayed = keys.sealed("list.example", &elsewhere, &by_list(&elsewhere)).await;
    assert_verdict(&keys.believes(&replayed).await, Authenticity::Unverified, "ops@other.example, who is none of us");
}

#[tokio::test]
async fn a_genuine_signature_by_a_foreign_domain_says_who_signed_and_proves_no_provider() {
    let (keys, to) = (Keys::new(), to());
    let own = keys.sign("other.example", &NOTICE.replace("provider.example", "other.example"));
    let verdict = judged(&keys, &own, from_ip(9, "x@other.example", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "Signed by other.example, which is no known provider's domain");
    let in_the_providers_name = keys.sign("other.example", NOTICE);
    let verdict = judged(&keys, &in_the_providers_name, from_ip(9, "x@other.example", &to)).await;
    assert_verdict(&verdict, Authenticity::Failed, "provider.example");
}

#[tokio::test]
async fn a_replayed_mail_stays_a_strangers_when_it_is_sent_to_us_by_envelope_alone() {
    let (keys, to) = (Keys::new(), to());
    let mail = keys.sign("provider.example", &NOTICE.replace("ops@house.example", "victim@other.example"));
    let verdict = judged(&keys, &mail, from_ip(1, "bounce@provider.example", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "victim@other.example, who is none of us");
    // What was written to somebody else and attached by a stranger proves nothing either.
    let attached = format!(
        "From: x@other.example\r\nTo: notices@in.house.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--b--\r\n"
    );
    let signed = keys.sign("other.example", &attached);
    let verdict = judged(&keys, &signed, from_ip(9, "x@other.example", &to)).await;
    assert_verdict(&verdict, Authenticity::Unverified, "who forwarded it is not proven");
}
