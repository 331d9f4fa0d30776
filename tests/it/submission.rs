//! Handing mail to a real submission server, Postfix with Dovecot's SASL: by STARTTLS, and by each usual way to prove who one
//! is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Query;
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign::config::Config;
use countersign::dispatch::Post;
use countersign::dispatch::compose::Outgoing;
use countersign::dispatch::post::{Fault, SendError};
use serde_json::json;
use tokio::net::TcpStream;

use crate::harness::postgres::{free_port, is_root, run};
use crate::harness::programs::installed;
use crate::harness::sink::Sink;
use crate::probe::authority::Authority;

/// The ways that the server offers, each on a port of its own.
const WAYS: [&str; 5] = ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"];

/// Both servers end with their standard input, which is when this process does.
const SCRIPT: &str = r#"
$SUDO "$DOVECOT" -c "$DIR/dovecot.conf" && $SUDO "$POSTFIX" -c "$DIR/conf" start >"$DIR/started" 2>&1
cat >/dev/null
$SUDO "$POSTFIX" -c "$DIR/conf" stop >/dev/null 2>&1
$SUDO "$DOVEADM" -c "$DIR/dovecot.conf" stop >/dev/null 2>&1
$SUDO rm -rf "$DIR"
"#;

/// A submission server. What it takes goes on to a sink.
struct Submission {
    folder: PathBuf,
    ports: Vec<u16>,
    _process: Child,
}

impl Submission {
    async fn start(sink: &Sink, tokens: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("cs").tempdir().expect("a temporary folder").keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("our own folder");
        let server = Self::described(folder, sink, tokens);
        for port in &server.ports {
            server.listens(*port).await;
        }
        server
    }

    fn described(folder: PathBuf, sink: &Sink, tokens: &str) -> Self {
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("a file can be written");
        let authority = Authority::lasting("The house's own authority");
        let (certificate, key) = authority.server_pem("localhost");
        write("ca.pem", authority.pem.clone());
        write("server.crt", certificate);
        write("server.key", key);
        let (dir, auth, ports) = (folder.display(), free_port(), WAYS.map(|_| free_port()).to_vec());
        for name in ["conf", "queue", "state", "run"] {
            std::fs::create_dir(folder.join(name)).expect("a folder can be made");
        }
        write("oauth2", format!("tokeninfo_url = {tokens}\nusername_attribute = email\n"));
        write(
            "dovecot.conf",
            format!(
                "base_dir = {dir}/run\nstate_dir = {dir}/run\nlog_path = {dir}/dovecot.log\nprotocols =\nlisten = 127.0.0.1\nssl = no\n\
             disable_plaintext_auth = no\nauth_mechanisms = plain login cram-md5 xoauth2 oauthbearer\nfirst_valid_uid = 0\n\
             passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {dir}/oauth2\n}}\n\
             passdb {{\n driver = static\n mechanisms = plain login cram-md5\n args = password=secret\n}}\n\
             userdb {{\n driver = static\n args = uid=65534 gid=65534 home={dir}/run\n}}\nservice anvil {{\n chroot =\n}}\n\
             service auth {{\n inet_listener {{\n  port = {auth}\n }}\n}}\n"
            ),
        );
        write(
            "conf/main.cf",
            format!(
                "compatibility_level = 3.6\nqueue_directory = {dir}/queue\ndata_directory = {dir}/state\n\
             maillog_file_prefixes = {dir}\nmaillog_file = {dir}/log\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             myhostname = mail.house.example\nmydestination =\nlocal_recipient_maps =\nmynetworks =\n\
             smtpd_tls_security_level = may\nsmtpd_tls_auth_only = yes\n\
             smtpd_tls_cert_file = {dir}/server.crt\nsmtpd_tls_key_file = {dir}/server.key\n\
             smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:127.0.0.1:{auth}\n\
             smtpd_relay_restrictions = permit_sasl_authenticated, reject\nsmtpd_recipient_restrictions =\n\
             default_transport = smtp:[127.0.0.1]:{}\n",
                sink.address.port()
            ),
        );
        let doors: String = WAYS
            .iter()
            .zip(&ports)
            .map(|(way, port)| {
                format!(
                    "127.0.0.1:{port} inet n - n - - smtpd -o smtpd_sasl_mechanism_filter={way} -o smtpd_timeout=3s\n"
                )
            })
            .collect();
        write(
            "conf/master.cf",
            format!(
                "{doors}postlog unix-dgram n - n - 1 postlogd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
             qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nsmtp unix - - n - - smtp\n\
             bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nerror unix - - n - - error\n\
             anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\ntlsmgr unix - - n 1000? 1 tlsmgr\n"
            ),
        );
        let state = folder.join("state").display().to_string();
        if is_root() {
            run("chown", &["postfix", &state]);
        } else {
            run("sudo", &["-n", "chown", "postfix", &state]);
        }
        let process = Command::new("sh")
            .args(["-c", SCRIPT])
            .env("DOVECOT", installed("dovecot", "dovecot-imapd"))
            .env("DOVEADM", installed("doveadm", "dovecot-imapd"))
            .env("POSTFIX", installed("postfix", "postfix"))
            .env("DIR", &folder)
            .env("SUDO", if is_root() { "" } else { "sudo -n" })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        Self { folder, ports, _process: process }
    }

    async fn listens(&self, port: u16) {
        for _ in 0..1_200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the submission server does not listen: {}", self.log());
    }

    fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        ["started", "log", "dovecot.log"].map(read).concat()
    }

    /// A way out that logs in this way.
    fn post(&self, way: &str, more: &str) -> Post {
        let place = WAYS.iter().position(|known| *known == way).expect("one of the ways");
        let file = format!(
            "[mail]\nhost = \"localhost\"\nport = {}\nca_file = \"{}\"\nusername = \"cs@house.example\"\ntimeout_seconds = 60\n{more}",
            self.ports[place],
            self.folder.join("ca.pem").display()
        );
        Post::from_config(&Config::from_parts(&file, &[]).expect("a configuration")).expect("a way out")
    }

    /// Waits until its log says so.
    async fn says(&self, what: &str) {
        for _ in 0..1_200 {
            if self.log().contains(what) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("Postfix never said {what:?}: {}", self.log());
    }
}

fn mail(to: &str) -> Outgoing {
    let address = |text: &str| text.parse().expect("an address");
    let envelope = lettre::address::Envelope::new(Some(address("cs@house.example")), vec![address(to)]);
    Outgoing {
        delivery: uuid::Uuid::from_u128(1),
        envelope: envelope.expect("an envelope"),
        message_id: "<x@house.example>".to_owned(),
        bytes: format!(
            "From: cs@house.example\r\nTo: {to}\r\nSubject: x\r\nMessage-ID: <x@house.example>\r\n\r\n.\r\n..y\r\n"
        )
        .into_bytes(),
    }
}

async fn arrives(server: &Submission, sink: &Sink, to: &str) {
    for _ in 0..1_200 {
        if let Some(mail) = sink.mails_to(to).first() {
            assert!(mail.raw.ends_with(b"\r\n.\r\n..y\r\n"), "{}", String::from_utf8_lossy(&mail.raw));
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the mail to {to} never came through: {}", server.log());
}

const PASSWORD: &str = "password = \"secret\"\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_usual_way_to_log_in_is_taken_by_a_real_server_after_starttls() {
    let sink = Sink::open().await;
    let server = Submission::start(&sink, "http://127.0.0.1:1/").await;
    for way in ["PLAIN", "LOGIN", "CRAM-MD5"] {
        let to = format!("{}@elsewhere.example", way.to_lowercase());
        server.post(way, PASSWORD).send(&mail(&to)).await.unwrap_or_else(|e| panic!("{way}: {e}\n{}", server.log()));
        arrives(&server, &sink, &to).await;
        server.says(&format!("sasl_method={way}, sasl_username=cs@house.example")).await;

        let refused = server.post(way, "password = \"wrong\"\n").send(&mail(&to)).await.unwrap_err();
        assert_eq!(refused.fault, Fault::Unreachable, "{way}: a wrong password is about us: {refused}");
        assert!(refused.message.contains("mail.password") && !refused.message.contains("wrong"), "{way}: {refused}");
    }
    let clear =
        server.post("PLAIN", "password = \"secret\"\ntls = \"none\"\n").send(&mail("a@elsewhere.example")).await;
    let told = clear.expect_err("a password was sent in clear").message;
    assert!(told.contains("no way to log in"), "{told}");
    let other = server.post("XOAUTH2", PASSWORD).send(&mail("a@elsewhere.example")).await.unwrap_err().message;
    assert!(other.contains("XOAUTH2") && other.contains("PLAIN"), "{other}");
}

/// A provider's pages: the newest token it gave is the only good one.
struct Provider {
    base: String,
    given: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    async fn open() -> Self {
        let given: Arc<Mutex<Vec<String>>> = Arc::default();
        let (giving, knowing) = (Arc::clone(&given), Arc::clone(&given));
        let token = async move |body: String| {
            let mut given = giving.lock().unwrap();
            given.push(body);
            Json(json!({
                "access_token": format!("token-{}", given.len()), "expires_in": 3600, "token_type": "Bearer",
                "refresh_token": format!("refresh-{}", given.len()),
            }))
        };
        let info = async move |Query(asked): Query<std::collections::BTreeMap<String, String>>| {
            let good = format!("token-{}", knowing.lock().unwrap().len());
            match asked.get("access_token") == Some(&good) {
                true => Ok(Json(json!({ "email": "cs@house.example", "expires_in": 3600 }))),
                false => Err(axum::http::StatusCode::UNAUTHORIZED),
            }
        };
        let pages = Router::new().route("/token", post(token)).route("/info", get(info));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, pages).await });
        Self { base, given }
    }

    fn asked(&self) -> Vec<String> {
        self.given.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_fetched_kept_while_they_are_good_and_fetched_anew_when_they_are_refused() {
    let (sink, provider) = (Sink::open().await, Provider::open().await);
    let server = Submission::start(&sink, &format!("{}/info?access_token=", provider.base)).await;
    let more = format!(
        "auth = \"xoauth2\"\ntoken_url = \"{}/token\"\nclient_id = \"c\"\nclient_secret = \"s\"\nrefresh_token = \"refresh-0\"\n",
        provider.base
    );
    let post = server.post("XOAUTH2", &more);
    let sent = |result: Result<(), SendError>| result.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
    sent(post.send(&mail("one@elsewhere.example")).await);
    arrives(&server, &sink, "one@elsewhere.example").await;
    let first = "client_id=c&grant_type=refresh_token&refresh_token=refresh-0&client_secret=s";
    assert_eq!(provider.asked(), [first]);

    // The server hangs up on who is silent; the next mail goes by a new connection, and with the token that is there.
    server.says("timeout after END-OF-MESSAGE").await;
    sent(post.send(&mail("two@elsewhere.example")).await);
    arrives(&server, &sink, "two@elsewhere.example").await;
    assert_eq!(provider.asked().len(), 1, "a token that is good was fetched anew");

    // Somebody withdraws it before its time.
    provider.given.lock().unwrap().push("withdrawn".to_owned());
    while server.log().matches("timeout after END-OF-MESSAGE").count() < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sent(post.send(&mail("three@elsewhere.example")).await);
    arrives(&server, &sink, "three@elsewhere.example").await;
    let asked = provider.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked[2].contains("refresh_token=refresh-1"), "the newest refresh token is not used: {}", asked[2]);

    // The application itself, at a server that knows the other name of the same thing.
    let more =
        format!("auth = \"xoauth2\"\ntoken_url = \"{}/token\"\nclient_id = \"c\"\nscope = \"mail\"\n", provider.base);
    sent(server.post("OAUTHBEARER", &more).send(&mail("four@elsewhere.example")).await);
    arrives(&server, &sink, "four@elsewhere.example").await;
    assert_eq!(provider.asked()[3], "client_id=c&grant_type=client_credentials&scope=mail");

    // One that nobody fetches, and that is not good.
    let refused =
        server.post("XOAUTH2", "auth = \"xoauth2\"\npassword = \"old\"\n").send(&mail("a@elsewhere.example")).await;
    let refused = refused.expect_err("a token that is not good was taken");
    assert_eq!(refused.fault, Fault::Unreachable, "{refused}");
    assert!(refused.message.contains("535") && !refused.message.contains("old"), "{refused}");
}
