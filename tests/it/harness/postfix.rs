//! A throw-away Postfix with a queue and settings of its own: the mail server before our door, as most houses have it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::postgres::{free_port, is_root};
use super::programs::installed;

pub struct Postfix {
    /// Takes mails for the house from anybody on this machine.
    pub port: u16,
    folder: tempfile::TempDir,
}

impl Postfix {
    /// Starts a server that hands all mails for the house to this next hop, such as `lmtp:inet:127.0.0.1:2424`. None, said aloud,
    /// where it may not be started: only root may.
    pub fn relaying_to(next_hop: &str, more: &str) -> Option<Self> {
        if !is_root() {
            use std::io::Write as _;
            // By the stream itself: what a passing test prints is shown to nobody.
            let told = b"Postfix was NOT tested: it starts as root only\n";
            std::io::stderr().write_all(told).expect("standard error is open");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("cs-postfix-").tempdir().expect("a temporary folder can be made");
        let server = Self { port: free_port(), folder };
        server.configure(next_hop, more);
        server.run("postfix", &["start"]);
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(120), "Postfix does not answer: {}", server.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    fn configure(&self, next_hop: &str, more: &str) {
        let dir = self.folder.path().display();
        for made in ["etc", "queue", "data"] {
            fs::create_dir(self.path(made)).expect("a folder can be made");
        }
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {dir}/queue\ndata_directory = {dir}/data\n\
             maillog_file = {dir}/log\nmaillog_file_prefixes = {dir}\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             myhostname = mx.house.example\nmydestination =\nmynetworks = 127.0.0.0/8\nrelay_domains = house.example\n\
             relay_transport = {next_hop}\nalias_maps =\nalias_database =\nlocal_recipient_maps =\nrelay_recipient_maps =\n\
             smtp_dns_support_level = disabled\nsmtpd_relay_restrictions = permit_mynetworks, reject\n\
             smtputf8_enable = yes\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\n{more}\n"
        );
        let service = |name: &str, sort: &str, program: &str, rest: &str| {
            // What Postfix's own commands talk to is open to them.
            let private =
                if matches!(name, "pickup" | "cleanup" | "qmgr" | "flush" | "showq" | "postlog") { "n" } else { "-" };
            format!("{name} {sort} {private} - n {rest} {program}\n")
        };
        let master = [
            format!("127.0.0.1:{} inet n - n - - smtpd\n", self.port),
            service("pickup", "unix", "pickup", "60 1"),
            service("cleanup", "unix", "cleanup", "- 0"),
            service("qmgr", "unix", "qmgr", "300 1"),
            service("tlsmgr", "unix", "tlsmgr", "1000? 1"),
            service("rewrite", "unix", "trivial-rewrite", "- -"),
            service("bounce", "unix", "bounce", "- 0"),
            service("defer", "unix", "bounce", "- 0"),
            service("trace", "unix", "bounce", "- 0"),
            service("verify", "unix", "verify", "- 1"),
            service("flush", "unix", "flush", "1000? 0"),
            service("showq", "unix", "showq", "- -"),
            service("proxymap", "unix", "proxymap", "- -"),
            service("smtp", "unix", "smtp", "- -"),
            service("relay", "unix", "smtp", "- -"),
            service("lmtp", "unix", "lmtp", "- -"),
            service("error", "unix", "error", "- -"),
            service("retry", "unix", "error", "- -"),
            service("discard", "unix", "discard", "- -"),
            service("anvil", "unix", "anvil", "- 1"),
            service("scache", "unix", "scache", "- 1"),
            service("postlog", "unix-dgram", "postlogd", "- 1"),
        ];
        fs::write(self.path("etc/main.cf"), main).expect("a file can be written");
        fs::write(self.path("etc/master.cf"), master.concat()).expect("a file can be written");
        let owned = Command::new("chown").arg("postfix").arg(self.path("data")).status();
        assert!(owned.is_ok_and(|status| status.success()), "the folder cannot be given to Postfix");
        // Its parts run as another user, who must get here.
        let open = Command::new("chmod").arg("755").arg(self.folder.path()).status();
        assert!(open.is_ok_and(|status| status.success()), "the folder cannot be opened to Postfix");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let out = Command::new(installed(program, "postfix"))
            .arg("-c")
            .arg(self.path("etc"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("Postfix's programs run");
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{program} {arguments:?} failed: {told}{}", self.log());
    }

    /// Has everything that waits tried again.
    pub fn flush(&self) {
        self.run("postqueue", &["-f"]);
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let stop = Command::new(installed("postfix", "postfix")).arg("-c").arg(self.path("etc")).arg("stop").output();
        drop(stop);
    }
}
