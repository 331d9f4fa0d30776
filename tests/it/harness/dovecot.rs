//! A throw-away Dovecot: mailboxes of anybody with the password `secret`, or with a token that a page of ours knows.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::postgres::free_port;
use super::programs::installed;

const PACKAGE: &str = "dovecot-imapd";

pub struct Dovecot {
    pub port: u16,
    folder: tempfile::TempDir,
    mails: AtomicU32,
}

impl Dovecot {
    /// Starts a server. `tokens` is where it asks whose a token is.
    pub fn start(tokens: Option<&str>) -> Self {
        let folder = tempfile::Builder::new().prefix("cs").tempdir().expect("a temporary folder can be made");
        let server = Self { port: free_port(), folder, mails: AtomicU32::new(0) };
        server.configure(tokens);
        server.up();
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, tokens: Option<&str>) {
        let is_root = id("-u") == "0";
        // A mailbox never belongs to root.
        let (user, group) = if is_root { ("nobody".into(), "nogroup".into()) } else { (id("-un"), id("-gn")) };
        let numbers = if is_root { ("65534".to_owned(), "65534".to_owned()) } else { (id("-u"), id("-g")) };
        let dir = self.folder.path().display();
        let oauth = match tokens {
            Some(url) => {
                let text = format!("tokeninfo_url = {url}\nusername_attribute = email\n");
                fs::write(self.path("oauth2"), text).expect("a file can be written");
                format!(
                    "auth_mechanisms = plain login xoauth2\npassdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {dir}/oauth2\n}}\n"
                )
            }
            None => "auth_mechanisms = plain login\n".to_owned(),
        };
        let text = format!(
            "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/log\nprotocols = imap\n\
             listen = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\n{oauth}mail_location = maildir:{dir}/mail/%n\n\
             first_valid_uid = 0\ndefault_internal_user = {user}\ndefault_internal_group = {group}\n\
             default_login_user = {user}\npassdb {{\n driver = static\n mechanisms = plain login\n args = password=secret\n}}\n\
             userdb {{\n driver = static\n args = uid={} gid={} home={dir}/home/%n\n}}\nservice anvil {{\n chroot =\n}}\n\
             service imap-login {{\n chroot =\n inet_listener imap {{\n port = {}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n\
             namespace inbox {{\n inbox = yes\n mailbox Done {{\n auto = create\n }}\n}}\n",
            numbers.0, numbers.1, self.port
        );
        fs::write(self.path("dovecot.conf"), text).expect("a file can be written");
        for made in ["mail", "home"] {
            fs::create_dir_all(self.path(made)).expect("a folder can be made");
        }
        if is_root {
            let owned = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(self.folder.path()).status();
            assert!(owned.is_ok_and(|status| status.success()), "the folder cannot be given to the mailboxes' user");
        }
    }

    /// Starts the server and waits until it answers.
    pub fn up(&self) {
        let dovecot = installed("dovecot", PACKAGE);
        let started = Command::new(dovecot).arg("-c").arg(self.path("dovecot.conf")).stdin(Stdio::null()).status();
        assert!(started.expect("Dovecot can be started").success(), "{}", self.log());
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(120), "Dovecot does not answer: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server in the middle of whatever it does.
    pub fn down(&self) {
        let _ =
            Command::new(installed("doveadm", PACKAGE)).arg("-c").arg(self.path("dovecot.conf")).arg("stop").output();
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(since.elapsed() < Duration::from_secs(120), "Dovecot does not stop: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Puts a mail into somebody's mailbox.
    pub fn deliver(&self, user: &str, mail: &str) {
        self.deliver_all(user, std::iter::once(mail.to_owned()));
    }

    /// Puts many at once.
    pub fn deliver_all(&self, user: &str, mails: impl Iterator<Item = String>) {
        let folder = self.path("mail").join(user);
        for made in ["new", "cur", "tmp"] {
            fs::create_dir_all(folder.join(made)).expect("a folder can be made");
        }
        for mail in mails {
            let number = self.mails.fetch_add(1, Ordering::Relaxed);
            fs::write(folder.join(format!("new/{number:06}.test")), mail).expect("a mail can be written");
        }
        let _ = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(&folder).stderr(Stdio::null()).status();
    }

    /// Puts one there as it came on another day, by the mailbox's own date.
    pub fn deliver_as_of(&self, user: &str, mail: &str, day: chrono::DateTime<chrono::Utc>) {
        self.deliver(user, mail);
        let number = self.mails.load(Ordering::Relaxed) - 1;
        let file = fs::File::open(self.path("mail").join(user).join(format!("new/{number:06}.test")));
        file.and_then(|file| file.set_modified(day.into())).expect("our own file");
    }

    /// Has the server fail to read one of the mails delivered, as on a damaged disk.
    pub fn forbid(&self, user: &str, number: usize) {
        self.set_mode(user, number, 0o000);
    }

    /// Mends it.
    pub fn allow(&self, user: &str, number: usize) {
        self.set_mode(user, number, 0o644);
    }

    fn set_mode(&self, user: &str, number: usize, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.path("mail").join(user);
        let all = ["new", "cur"].iter().flat_map(|part| fs::read_dir(folder.join(part))).flatten().flatten();
        let begins = format!("{number:06}.test");
        let file = all
            .map(|file| file.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&begins)));
        let file = file.expect("the mail was delivered");
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("our own file");
    }

    /// How many mails of somebody's are marked as seen.
    pub fn seen(&self, user: &str) -> usize {
        let cur = fs::read_dir(self.path("mail").join(user).join("cur")).into_iter().flatten();
        cur.filter(|file| file.as_ref().is_ok_and(|file| file.file_name().to_string_lossy().contains(",S"))).count()
    }

    /// How many mails lie in a folder beside the inbox.
    pub fn in_folder(&self, user: &str, folder: &str) -> usize {
        let folder = self.path("mail").join(user).join(format!(".{folder}"));
        ["new", "cur"].iter().flat_map(|part| fs::read_dir(folder.join(part))).flatten().count()
    }

    /// Makes somebody's mailbox anew: another UIDVALIDITY, and UIDs from one.
    pub fn make_anew(&self, user: &str) {
        fs::remove_dir_all(self.path("mail").join(user)).expect("the mailbox can be removed");
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ =
            Command::new(installed("doveadm", PACKAGE)).arg("-c").arg(self.path("dovecot.conf")).arg("stop").output();
    }
}

fn id(what: &str) -> String {
    let out = Command::new("id").arg(what).output().expect("id runs");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}
