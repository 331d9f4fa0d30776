//! The protocols as real servers speak them: MariaDB and Postfix from Debian's packages, each showing a certificate of our own
//! authority on a free port.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use countersign::probe::Observation;
use tokio::net::TcpStream;

use super::authority::Authority;
use super::{before_expiry, look};
use crate::harness::postgres::{free_port, is_root, run};
use crate::harness::programs::installed;

const NAME: &str = "db.example.test";

/// Both end with their standard input, which is when this process does.
const MARIADB: &str = r#"
"$PROGRAM" --no-defaults $AS --datadir="$DIR/data" --skip-grant-tables --innodb=OFF --default-storage-engine=Aria \
  --aria-log-dir-path="$DIR/data" --port="$PORT" --bind-address=127.0.0.1 --socket="$DIR/socket" --pid-file="$DIR/pid" \
  --ssl-cert="$DIR/server.crt" --ssl-key="$DIR/server.key" >"$DIR/log" 2>&1 &
cat >/dev/null
kill -9 $!
rm -rf "$DIR"
"#;
const POSTFIX: &str = r#"
$SUDO "$PROGRAM" -c "$DIR/conf" start >"$DIR/started" 2>&1
cat >/dev/null
$SUDO "$PROGRAM" -c "$DIR/conf" stop >/dev/null 2>&1
$SUDO rm -rf "$DIR"
"#;

struct Server {
    port: u16,
    folder: PathBuf,
    _process: Child,
}

impl Server {
    /// Starts a program by its script, in a folder that has the certificate.
    fn start(package: &str, program: &str, script: &str, authority: &Authority, make: impl Fn(&Path, u16)) -> Self {
        let program = installed(program, package);
        let port = free_port();
        let folder =
            tempfile::Builder::new().prefix("countersign-probe-").tempdir().expect("a temporary folder").keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("our own folder");
        let (certificate, key) = authority.server_pem(NAME);
        std::fs::write(folder.join("server.crt"), certificate).expect("a file can be written");
        std::fs::write(folder.join("server.key"), key).expect("a file can be written");
        make(&folder, port);
        let process = Command::new("sh")
            .args(["-c", script])
            .env("PROGRAM", program)
            .env("DIR", &folder)
            .env("PORT", port.to_string())
            .env("AS", if is_root() { "--user=mysql" } else { "" })
            .env("SUDO", if is_root() { "" } else { "sudo -n" })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        Self { port, folder, _process: process }
    }

    /// Waits until it listens.
    async fn listens(self) -> Self {
        for _ in 0..6_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return self;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = ["log", "started"].map(|name| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default());
        panic!("after five minutes the server does not listen:\n{}", log.concat());
    }
}

async fn mariadb(authority: &Authority) -> Server {
    let make = |folder: &Path, _: u16| {
        std::fs::create_dir(folder.join("data")).expect("a folder can be made");
        if is_root() {
            // MariaDB refuses to run as root.
            run("chown", &["-R", "mysql", &folder.display().to_string()]);
        }
    };
    Server::start("mariadb-server", "mariadbd", MARIADB, authority, make).listens().await
}

async fn postfix(authority: &Authority) -> Server {
    let make = |folder: &Path, port: u16| {
        for name in ["conf", "queue", "state"] {
            std::fs::create_dir(folder.join(name)).expect("a folder can be made");
        }
        let dir = folder.display();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {dir}/queue\ndata_directory = {dir}/state\n\
             maillog_file_prefixes = {dir}\nmaillog_file = {dir}/log\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nmyhostname = mail.example.test\nmydestination =\nlocal_recipient_maps =\n\
             smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {dir}/server.crt\nsmtpd_tls_key_file = {dir}/server.key\n"
        );
        let master = format!(
            "127.0.0.1:{port} inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\ncleanup unix n - n - 0 cleanup\n\
             rewrite unix - - n - - trivial-rewrite\nanvil unix - - n - 1 anvil\ntlsmgr unix - - n 1000? 1 tlsmgr\n"
        );
        std::fs::write(folder.join("conf/main.cf"), main).expect("a file can be written");
        std::fs::write(folder.join("conf/master.cf"), master).expect("a file can be written");
        let state = folder.join("state").display().to_string();
        if is_root() {
            run("chown", &["postfix", &state]);
        } else {
            run("sudo", &["-n", "chown", "postfix", &state]);
        }
    };
    Server::start("postfix", "postfix", POSTFIX, authority, make).listens().await
}

/// What a client with each bundle sees of one server.
async fn seen_by(scheme: &str, server: &Server, bundles: [&Authority; 2]) -> [Observation; 2] {
    let look = async |bundle: &Authority| {
        let seen = look(scheme, server.port, bundle.trusted(), before_expiry()).await;
        seen.unwrap_or_else(|error| panic!("{scheme}: {error}"))
    };
    [look(bundles[0]).await, look(bundles[1]).await]
}

fn caught(seen: &[Observation; 2]) {
    let [stale, new] = seen;
    assert!(!stale.is_success() && stale.name_matches, "a client with the stale bundle was not caught: {stale:?}");
    assert!(new.is_success(), "a client with the new bundle was: {new:?}");
    assert_eq!(new.chain[0].issuer, "CN=New CA");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_mariadb_is_seen_as_its_clients_see_it() {
    let (old, new) = (Authority::new("Old CA"), Authority::new("New CA"));
    let server = mariadb(&new).await;
    caught(&seen_by("mysql", &server, [&old, &new]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_postfix_is_seen_as_its_clients_see_it() {
    let (old, new) = (Authority::new("Old CA"), Authority::new("New CA"));
    let server = postfix(&new).await;
    caught(&seen_by("smtp", &server, [&old, &new]).await);
}
