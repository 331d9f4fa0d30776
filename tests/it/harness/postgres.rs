//! A throw-away PostgreSQL server, started from the installed binaries, not as root, on a free port.
//!
//! The server's life hangs on a pipe to this process: however the tests end, it is stopped and its folder removed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const MISSING: &str =
    "PostgreSQL is not installed, and every journey runs on it too: apt-get install postgresql (Debian) puts it there";

/// What a server should have beside its defaults.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Put into the data folder before the start: certificates and keys.
    pub files: Vec<(&'static str, String)>,
    /// More settings, as `-c name=value`.
    pub settings: &'static str,
    /// Where its folder is made; none: in memory where there is room, else where temporary files are.
    pub within: Option<PathBuf>,
}

pub struct Server {
    pub port: u16,
    folder: PathBuf,
    bin: PathBuf,
    /// Holds the pipe that keeps the server alive.
    process: Child,
}

impl Server {
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Restarts it as after a power cut: whatever is under way is broken off. Starts it where it has died.
    pub fn restart(&self) {
        let data = self.folder.join("data").display().to_string();
        let program = self.bin.join("pg_ctl").display().to_string();
        let mut command = as_postgres(&program);
        let log = self.folder.join("log").display().to_string();
        command.args(["-D", &data, "-l", &log, "-m", "immediate", "-w", "-s", "restart"]).current_dir("/");
        let status = command.stderr(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "PostgreSQL could not be restarted");
    }

    /// Drops a database, whoever is still connected, without keeping the test that had it waiting.
    pub fn forget(&self, database: &str) {
        let (psql, url) = (self.bin.join("psql"), self.url("postgres"));
        let drop = format!("DROP DATABASE {database} WITH (FORCE)");
        std::thread::spawn(move || {
            // What is not dropped goes with the server.
            let _ = Command::new(psql).args(["-q", "-c", &drop, &url]).stderr(Stdio::null()).status();
        });
    }

    /// Stops it and waits until its folder is gone. Without this it is stopped when the tests end.
    pub fn stop(mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }

    /// Replaces a file of the running server's data folder.
    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join("data").join(name), text).expect("the file can be written");
    }
}

/// Runs until its standard input ends, which is when this process does. Says `ready` once the server answers.
const SCRIPT: &str = r#"
set -eu
umask 077
"$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --no-locale -N >"$DIR/initdb.log" 2>&1 || { cat "$DIR/initdb.log"; exit 1; }
for file in "$DIR"/conf/*; do [ -e "$file" ] && cp "$file" "$DIR/data/"; done
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w -s -o "-p $PORT -k $DIR -c listen_addresses=127.0.0.1 -c fsync=off \
 -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB $SETTINGS" start >/dev/null 2>&1 || { cat "$DIR/log"; exit 1; }
echo ready
cat >/dev/null || true
"$BIN/pg_ctl" -D "$DIR/data" -m immediate -s stop || true
rm -rf "$DIR"
"#;

/// Starts a server and waits until it answers.
#[expect(
    clippy::zombie_processes,
    reason = "the server lives until this process ends, and its shell cleans up by itself"
)]
pub fn start(wanted: &Wanted) -> Server {
    let bin = binaries().unwrap_or_else(|| panic!("{MISSING}"));
    let port = free_port();
    let within = wanted.within.clone().or_else(memory).unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("countersign-pg-").tempdir_in(within);
    let folder = folder.expect("a temporary folder can be made").keep();
    let conf = folder.join("conf");
    std::fs::create_dir(&conf).expect("a folder can be made");
    for (name, text) in &wanted.files {
        std::fs::write(conf.join(name), text).expect("a file can be written");
    }
    if is_root() {
        run("chown", &["-R", "postgres", &folder.display().to_string()]);
    }
    let mut process = as_postgres("sh")
        .args(["-c", SCRIPT])
        .env("BIN", &bin)
        .env("DIR", &folder)
        .env("PORT", port.to_string())
        .env("SETTINGS", wanted.settings)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell can be started");
    let mut told = String::new();
    for line in BufReader::new(process.stdout.take().expect("it was piped")).lines() {
        let line = line.expect("the server's output is text");
        if line == "ready" {
            return Server { port, folder, bin, process };
        }
        told.push_str(&line);
        told.push('\n');
    }
    panic!("the throw-away PostgreSQL did not start:\n{told}");
}

/// A folder in memory with room for the journeys' databases: nothing of theirs has to last, and a disk that is nearly full
/// stops a server in the middle.
fn memory() -> Option<PathBuf> {
    const ROOM: u64 = 2 << 30;
    let said = Command::new("df").args(["--output=avail", "-B1", "/dev/shm"]).output().ok()?;
    let free = String::from_utf8(said.stdout).ok()?.lines().nth(1)?.trim().parse::<u64>().ok()?;
    (free >= ROOM).then(|| PathBuf::from("/dev/shm"))
}

/// A program run by a user whom PostgreSQL lets run it, which root is not.
fn as_postgres(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", program]);
    command
}

/// The newest installed server's programs.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    let elsewhere = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .filter_map(|folder| std::fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned));
    found.into_iter().rev().map(|(_, path)| path).chain(elsewhere).find(|path| path.join("initdb").exists())
}

pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("`id` is there");
    id.stdout.trim_ascii() == b"0"
}

pub fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().expect("the program is there");
    assert!(status.success(), "{program} {arguments:?} failed: {status}");
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a free port").port()
}
