//! Senders that do not give up: each mail is sent until it is acknowledged, and what was acknowledged is written down.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::harness::door::{Client, stuffed};
use crate::harness::mails;

const SENDERS: usize = 8;
/// Before a sender tries again.
const REST: Duration = Duration::from_millis(20);

/// The mails of one test and what was said about them.
pub struct Load {
    port: u16,
    pub count: usize,
    /// Bytes that make each mail larger.
    larger: usize,
    acknowledged: Mutex<BTreeMap<usize, Uuid>>,
    next: AtomicUsize,
    /// Conversations that broke after the mail was out and before its answer was in.
    pub torn: AtomicUsize,
    /// Mails that were put off with "try again later".
    pub put_off: AtomicUsize,
}

impl Load {
    /// Begins to send. Ends by itself once every mail is acknowledged.
    pub fn begin(port: u16, count: usize, larger: usize) -> (Arc<Self>, JoinSet<()>) {
        let load = Arc::new(Self {
            port,
            count,
            larger,
            acknowledged: Mutex::default(),
            next: AtomicUsize::default(),
            torn: AtomicUsize::default(),
            put_off: AtomicUsize::default(),
        });
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(Arc::clone(&load).send());
        }
        (load, senders)
    }

    /// One of the mails.
    pub fn mail(&self, number: usize) -> String {
        mails::of_many(number, self.larger)
    }

    pub fn acknowledged(&self) -> MutexGuard<'_, BTreeMap<usize, Uuid>> {
        self.acknowledged.lock().expect("no sender panics while it writes down")
    }

    pub fn is_done(&self) -> bool {
        self.acknowledged().len() == self.count
    }

    /// Waits until so many more are acknowledged, or all.
    pub async fn goes_on(&self, more: usize) {
        let wanted = (self.acknowledged().len() + more).min(self.count);
        while self.acknowledged().len() < wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn send(self: Arc<Self>) {
        let mut connection = None;
        loop {
            let number = self.next.fetch_add(1, Relaxed);
            if number >= self.count {
                return;
            }
            let mail = stuffed(self.mail(number).as_bytes());
            let id = loop {
                match self.attempt(&mut connection, &mail).await {
                    Some(reply) if reply.starts_with("250") => {
                        break reply.rsplit(' ').next().and_then(|id| id.parse().ok());
                    }
                    Some(reply) => {
                        assert!(reply.starts_with('4'), "mail {number} was refused for good: {reply}");
                        self.put_off.fetch_add(1, Relaxed);
                    }
                    None => connection = None,
                }
                tokio::time::sleep(REST).await;
            };
            let id = id.expect("the acknowledgement names the message");
            assert!(self.acknowledged().insert(number, id).is_none(), "mail {number} was acknowledged twice");
        }
    }

    /// What the door says to one mail; none where the conversation broke.
    async fn attempt(&self, connection: &mut Option<Client>, mail: &[u8]) -> Option<String> {
        if connection.is_none() {
            let mut client = Client::on(TcpStream::connect(("127.0.0.1", self.port)).await.ok()?);
            client.may_hear().await?;
            client.says("EHLO client.example\r\n").await;
            client.may_hear().await?;
            *connection = Some(client);
        }
        let client = connection.as_mut()?;
        client.says("MAIL FROM:<no-reply@provider.example>\r\nRCPT TO:<notices@house.example>\r\nDATA\r\n").await;
        for _ in 0..3 {
            let reply = client.may_hear().await?;
            if reply.starts_with('4') {
                *connection = None;
                return Some(reply);
            }
        }
        client.says(mail).await;
        let reply = client.may_hear().await;
        if reply.is_none() {
            self.torn.fetch_add(1, Relaxed);
        }
        reply
    }
}
