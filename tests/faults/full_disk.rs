//! A disk that is full: mails are put off, none is lost, and once there is room again all of them arrive.
//!
//! A file system of its own, held in memory and filled up, where it may be mounted (by root, or by `sudo -n`). Elsewhere
//! SQLite's half runs below a limit on the size of files, and PostgreSQL's says that it did not run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use countersign::store::{Durability, Store};

use super::load::Load;
use super::{SERVE, ledger, read_up, settings};
use crate::harness::postgres::{self, Wanted, is_root, run};
use crate::harness::{House, Kind, Program, fresh_on, soak};

/// Bytes that are put to each mail, so that a few hundred fill the room left.
const LARGER: usize = 8_192;
/// Bytes left at the beginning.
const ROOM: u64 = 1 << 20;

/// A small file system in memory.
struct Disk(tempfile::TempDir);

impl Disk {
    /// None where nothing may be mounted.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("cs-disk-").tempdir().expect("a temporary folder can be made");
        let (size, at) = (format!("size={megabytes}m,mode=0777"), folder.path().display().to_string());
        let mounted = as_root("mount").args(["-t", "tmpfs", "-o", &size, "none", &at]).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it up but for so many bytes.
    fn fill(&self, left: u64) {
        let out = Command::new("df").args(["-B1", "--output=avail"]).arg(self.path()).output().expect("df runs");
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        let free: u64 = told.split_whitespace().last().and_then(|free| free.parse().ok()).expect("df tells a number");
        run("fallocate", &["-l", &free.saturating_sub(left).to_string(), &self.ballast().display().to_string()]);
    }

    /// Makes room again.
    fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("the ballast can be thrown off");
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also while something still has a file open on it: the system lets go of it then.
        let _ = as_root("umount").arg("--lazy").arg(self.path()).status();
    }
}

fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// Sends until mails are put off, makes room, and reckons up.
async fn fills_up(url: &str, mut program: Program, port: u16, room: impl FnOnce(&Program)) -> String {
    let count = soak(240, 2_000);
    program.start();
    program.listens(port);
    let (load, senders) = Load::begin(port, count, LARGER);
    let since = Instant::now();
    while load.put_off.load(Relaxed) < 20 {
        assert!(!load.is_done(), "the disk was never full, and the test shows nothing");
        assert!(since.elapsed() < Duration::from_secs(120), "mails are neither taken nor put off");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = load.acknowledged().len();
    room(&program);
    let all = tokio::time::timeout(Duration::from_secs(180), senders.join_all()).await;
    assert!(all.is_ok(), "only {} of {count} were taken though there is room again", load.acknowledged().len());
    let store = Store::connect_with(url, Durability::Loose).await.expect("the database opens");
    read_up(&store, count).await;
    assert!(program.stop().success(), "the program does not end well after its disk was full");
    let told = ledger::holds(&store, &load).await;
    format!("full after {before}: {told}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_puts_mails_off_on_sqlite() {
    let house = House::build(Kind::Sqlite).await;
    house.founded().await;
    house.store().clone().close().await.unwrap();
    let (port, keyring) = (postgres::free_port(), house.desk.keyring.to_text());
    let file = house.url.strip_prefix("sqlite:").expect("a file");
    let data = house.folder().join("data");
    let (told, how) = if let Some(disk) = Disk::mount(64) {
        let there = disk.path().join("countersign.db");
        std::fs::copy(file, &there).expect("there is room still");
        disk.fill(ROOM);
        let url = format!("sqlite:{}", there.display());
        let program = Program::on(&url, &keyring, &data, SERVE, &settings(Some(port)));
        (fills_up(&url, program, port, |_| disk.free()).await, "a full file system")
    } else {
        let now = std::fs::metadata(file).expect("the database is there").len();
        let blocks = (now + ROOM) / 512;
        let shell = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$@\"");
        let program = Program::of(&house, &data, SERVE, &settings(Some(port))).below(&["sh", "-c", &shell, "sh"]);
        let lift = |program: &Program| run("prlimit", &["--pid", &program.id().to_string(), "--fsize=unlimited"]);
        (fills_up(&house.url, program, port, lift).await, "a limit on files, since nothing may be mounted here")
    };
    println!("SQLite on {how}: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_puts_mails_off_on_postgres() {
    let Some(disk) = Disk::mount(320) else {
        // By the stream itself: what a passing test prints is shown to nobody.
        let told = b"PostgreSQL's full disk was NOT tested: nothing may be mounted here; run as root or allow sudo\n";
        std::io::stderr().write_all(told).expect("standard error is open");
        return;
    };
    let on_disk = Some(disk.path().to_owned());
    let wanted = Wanted { within: on_disk, settings: "-c synchronous_commit=on", ..Wanted::default() };
    let server = postgres::start(&wanted);
    let house = House::on(fresh_on(&server).await);
    house.founded().await;
    house.store().clone().close().await.unwrap();
    let port = postgres::free_port();
    let program = Program::of(&house, &house.folder().join("data"), SERVE, &settings(Some(port)));
    disk.fill(ROOM);
    let room = |_: &Program| {
        disk.free();
        // Without room for its log PostgreSQL stops, and somebody starts it again.
        tokio::task::block_in_place(|| server.restart());
    };
    let told = fills_up(&house.url, program, port, room).await;
    server.stop();
    println!("PostgreSQL on a full file system: {told}");
}
