//! Postfix's smtp-sink, which keeps nothing: the reference of both benches.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::postgres::{free_port, is_root};

/// Postfix's smtp-sink on a free port, ended with this value.
pub struct Sink {
    pub port: u16,
    process: Child,
}

impl Sink {
    pub fn open() -> Self {
        let port = free_port();
        let mut command = Command::new("smtp-sink");
        // It gives up the rights of root, as Postfix's programs do.
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        command.args([&format!("inet:127.0.0.1:{port}"), "1000"]);
        let process = command.stdin(Stdio::null()).spawn();
        let sink = Self { port, process: process.expect("smtp-sink; scripts/install-test-services.sh installs it") };
        for _ in 0..1000 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return sink;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("smtp-sink did not open port {port}");
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
