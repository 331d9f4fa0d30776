//! The real program as a process of its own, as an operator runs it: started, killed, asked to stop.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::House;

const PATIENCE: Duration = Duration::from_secs(300);

/// One process of an installation, running or not.
pub struct Program {
    command: Vec<String>,
    folder: PathBuf,
    running: Option<Child>,
}

impl Program {
    /// A process on the house's database with the house's keys, and settings as in `countersign.toml`. `folder` is its own.
    pub fn of(house: &House, folder: &Path, arguments: &[&str], settings: &str) -> Self {
        Self::on(&house.url, &house.desk.keyring.to_text(), folder, arguments, settings)
    }

    /// The same on a database elsewhere.
    pub fn on(url: &str, keyring: &str, folder: &Path, arguments: &[&str], settings: &str) -> Self {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        let keys = folder.join("keyring.toml");
        std::fs::write(&keys, keyring).expect("a file can be written");
        let common = format!(
            "[database]\nurl = '{url}'\n[keyring]\nfile = '{}'\n[server]\ndata = '{}'\n[telemetry]\nlog = 'off'\n{settings}\n",
            keys.display(),
            folder.display()
        );
        let config = folder.join("countersign.toml");
        std::fs::write(&config, common).expect("a file can be written");
        let mut command = vec![env!("CARGO_BIN_EXE_countersign").to_owned(), "--config".to_owned()];
        command.push(config.display().to_string());
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        Self { command, folder: folder.to_owned(), running: None }
    }

    /// Runs below another program, such as a shell that sets a limit first.
    pub fn below(mut self, wrapper: &[&str]) -> Self {
        self.command.splice(0..0, wrapper.iter().map(|word| (*word).to_owned()));
        self
    }

    /// The program, to be run once and waited for.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).current_dir(&self.folder);
        command
    }

    pub fn start(&mut self) {
        let child = self.command().stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        self.running = Some(child.expect("the program starts"));
    }

    /// Waits until it listens.
    pub fn listens(&mut self, port: u16) {
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.running.as_mut().expect("it was started").try_wait().expect("it can be asked");
            assert!(ended.is_none(), "the program ended by itself: {ended:?}");
            assert!(since.elapsed() < PATIENCE, "the program does not listen on {port} after {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("it runs").id()
    }

    /// As `kill -9`: it gets no chance to do anything more.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill().expect("a process can be killed");
            running.wait().expect("it ends");
        }
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        super::postgres::run("kill", &["-TERM", &self.id().to_string()]);
        let (mut running, since) = (self.running.take().expect("it runs"), Instant::now());
        loop {
            if let Some(ended) = running.try_wait().expect("it can be asked") {
                return ended;
            }
            assert!(since.elapsed() < PATIENCE, "the program does not stop within {PATIENCE:?} of being asked to");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
