//! Conversations over real sockets, with a keeper that keeps in memory.

use std::sync::Mutex;

use tokio::io::{AsyncBufReadExt, BufReader};

use super::*;
use crate::intake::smtp::data::Held;
use crate::intake::smtp::{Protocol, Recipients};

#[derive(Default)]
struct Memory {
    kept: Mutex<Vec<Vec<u8>>>,
    slow: Option<Duration>,
}

impl Keeper for Memory {
    async fn keep(&self, mail: Mail, _: SocketAddr) -> Outcome {
        if let Some(time) = self.slow {
            tokio::time::sleep(time).await;
        }
        let mut kept = self.kept.lock().unwrap();
        kept.push(mail.raw.bytes().to_vec());
        Outcome::Kept(kept.len().to_string())
    }
}

struct Running {
    address: SocketAddr,
    keeper: Arc<Memory>,
    held: Held,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

async fn open(keeper: Memory, limits: Limits) -> Running {
    let keeper = Arc::new(keeper);
    let held = Held::new(1 << 20);
    let rules = Rules {
        protocol: Protocol::Smtp,
        hostname: "cs.example".to_owned(),
        recipients: Recipients::parse(&["*".to_owned()], &[]).unwrap(),
        max_message: 100_000,
        max_recipients: 10,
        starttls: false,
        held: held.clone(),
    };
    let door = Door::bind("127.0.0.1:0", rules, Arc::clone(&keeper), limits, Security::Plain).await.unwrap();
    let shutdown = CancellationToken::new();
    Running {
        address: door.address().unwrap(),
        keeper,
        held,
        task: tokio::spawn(door.serve(shutdown.clone())),
        shutdown,
    }
}

const ROOMY: Limits =
    Limits { connections: 50, connections_per_peer: 50, mails_per_minute: None, idle: Duration::from_secs(10) };

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(to: SocketAddr) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(to).await.unwrap()));
        client.hears("2").await;
        client
    }

    async fn hears(&mut self, code: &str) -> String {
        loop {
            let mut line = String::new();
            timeout(Duration::from_secs(10), self.0.read_line(&mut line)).await.expect("an answer in time").unwrap();
            assert!(line.starts_with(code), "expected {code}, heard {line:?}");
            if line.as_bytes()[3] == b' ' {
                return line;
            }
        }
    }

    async fn says(&mut self, wire: &str) {
        self.0.get_mut().write_all(wire.as_bytes()).await.unwrap();
    }

    async fn reaches_data(&mut self) {
        self.says("EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<n@in.example>\r\nDATA\r\n").await;
        for code in ["250", "250", "250", "354"] {
            self.hears(code).await;
        }
    }
}

#[tokio::test]
async fn mails_on_one_connection_are_each_acknowledged_after_they_are_kept() {
    let door = open(Memory::default(), ROOMY).await;
    let mut client = Client::connect(door.address).await;
    for number in 1..=3 {
        client.reaches_data().await;
        client.says(&format!("mail {number}\r\n.\r\n")).await;
        assert_eq!(client.hears("250").await, format!("250 2.0.0 kept as {number}\r\n"));
    }
    assert_eq!(door.keeper.kept.lock().unwrap()[2], b"mail 3\r\n");
}

#[tokio::test]
async fn a_mail_cut_off_in_the_middle_is_not_kept_and_frees_its_memory() {
    let door = open(Memory::default(), ROOMY).await;
    let mut client = Client::connect(door.address).await;
    client.reaches_data().await;
    client.says(&"half of a mail\r\n".repeat(100)).await;
    drop(client);
    for _ in 0..100 {
        if door.held.bytes() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((door.held.bytes(), door.keeper.kept.lock().unwrap().len()), (0, 0));
}

#[tokio::test]
async fn one_connection_too_many_is_told_to_come_back() {
    let door = open(Memory::default(), Limits { connections: 1, ..ROOMY }).await;
    let _first = Client::connect(door.address).await;
    let mut second = Client(BufReader::new(TcpStream::connect(door.address).await.unwrap()));
    assert!(second.hears("421").await.contains("too many connections"));
}

#[tokio::test]
async fn more_mails_in_a_minute_than_one_address_may_send_are_put_off() {
    let door = open(Memory::default(), Limits { mails_per_minute: Some(1), ..ROOMY }).await;
    let mut client = Client::connect(door.address).await;
    client.reaches_data().await;
    client.says("one\r\n.\r\n").await;
    client.hears("250").await;
    client.reaches_data().await;
    client.says("two\r\n.\r\n").await;
    assert!(client.hears("451").await.contains("4.7.1"));
    // A new connection is no new minute.
    let mut again = Client::connect(door.address).await;
    again.reaches_data().await;
    again.says("three\r\n.\r\n").await;
    again.hears("451").await;
    assert_eq!(door.keeper.kept.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let door = open(Memory::default(), Limits { idle: Duration::from_millis(50), ..ROOMY }).await;
    let mut client = Client::connect(door.address).await;
    client.hears("421 4.4.2").await;
}

#[tokio::test]
async fn stopping_lets_a_mail_under_way_end_and_sends_the_idle_away() {
    let door = open(Memory { slow: Some(Duration::from_millis(100)), ..Memory::default() }, ROOMY).await;
    let mut idle = Client::connect(door.address).await;
    let mut busy = Client::connect(door.address).await;
    busy.reaches_data().await;
    busy.says("half ").await;
    // Until the server has read it, it cannot know that this connection is busy.
    while door.held.bytes() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    door.shutdown.cancel();
    idle.hears("421 4.3.2").await;
    busy.says("and half\r\n.\r\n").await;
    busy.hears("250").await;
    busy.hears("421 4.3.2").await;
    timeout(Duration::from_secs(5), door.task).await.expect("the door closes once its mails have ended").unwrap();
    assert_eq!(door.keeper.kept.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_is_sent_away_finds_the_door_closed_and_the_place_free_for_a_successor() {
    let door = open(Memory::default(), ROOMY).await;
    let mut idle = Client::connect(door.address).await;
    let mut busy = Client::connect(door.address).await;
    busy.reaches_data().await;
    door.shutdown.cancel();
    idle.hears("421 4.3.2").await;
    // The old process still has a mail under way; who comes back now must not end up with it.
    assert!(
        TcpStream::connect(door.address).await.is_err(),
        "a client that was sent away got back into the old process"
    );
    let successor = TcpListener::bind(door.address).await;
    assert!(successor.is_ok(), "the next process cannot listen while the old one ends: {successor:?}");
    busy.says("the rest\r\n.\r\n").await;
    busy.hears("250").await;
}
