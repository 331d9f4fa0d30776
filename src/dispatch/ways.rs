//! One attempt at one delivery: a mail by the post, or a hook by HTTP.
//!
//! Knows how each sort is made and what its failure means. It must not know the outbox: who calls marks what came of it.

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use serde_json::json;

use super::compose::{Desktop, Ticket, compose};
use super::dkim::Signer;
use super::hook;
use super::post::{Fault, Post, SendError};
use super::sender::BadSender;
use crate::clock::machine_now;
use crate::config::Config;
use crate::desk::Desk;
use crate::desk::outward::hooks::{Posted, Receiver};
use crate::notice::letter::{Letter, SECRET};
use crate::paper::{Kept, Rendered, Seal, render_sealed};
use crate::reach::{Client, HttpError};
use crate::store::deliveries::{Delivery, kind};

/// Why nothing goes to a hook after a restore without the right keyring.
const LOCKED: &str =
    "the keyring does not open this hook's address and secret; restore the keyring, or set the hook up anew";

/// What came of an attempt.
pub(super) enum Fate {
    Sent {
        message_id: String,
        /// What the Outbox page shows of it, as JSON.
        rendered: String,
        /// What the other side said.
        answer: String,
    },
    Failed(SendError),
}

/// All ways out of the house.
#[derive(Clone)]
pub(super) struct Ways {
    desk: Desk,
    post: Post,
    desktop: Desktop,
    client: Client,
}

impl Ways {
    pub fn new(desk: Desk, post: Post, config: &Config) -> Result<Self, BadSender> {
        let bad = |key, given: &str, source| BadSender::Address { key, given: given.to_owned(), source };
        let given = config.mail.from.as_str();
        let from: Mailbox = given.parse().map_err(|source| bad("mail.from", given, source))?;
        let reply_to = Some(config.mail.reply_to.as_str())
            .filter(|given| !given.is_empty())
            .map(|given| given.parse().map_err(|source| bad("mail.reply_to", given, source)))
            .transpose()?;
        let signer = Signer::from_config(&config.mail, from.email.domain())?;
        let client = Client::new(&config.hooks).map_err(BadSender::Hooks)?;
        Ok(Self { desk, post, desktop: Desktop { from, reply_to, signer }, client })
    }

    /// The same, with hooks going out by this client.
    pub fn reaching_by(self, client: Client) -> Self {
        Self { client, ..self }
    }

    /// Makes and sends a delivery; a mail with this checkpoint in its footer.
    pub async fn attempt(&self, delivery: &Delivery, seal: Option<&Seal>) -> Fate {
        match delivery.kind.as_str() {
            kind::MAIL => self.mail(delivery, seal).await,
            kind::HOOK => self.hook(delivery).await,
            other => hopeless(format!("this version knows no way to send a “{other}”")),
        }
    }

    async fn mail(&self, delivery: &Delivery, seal: Option<&Seal>) -> Fate {
        let letter: Letter = match serde_json::from_str(&delivery.data) {
            Ok(letter) => letter,
            Err(error) => return hopeless(format!("the letter {} cannot be read: {error}", delivery.template)),
        };
        let now = self.desk.clock.now();
        let rendered = match render_sealed(&letter, seal, now) {
            Ok(rendered) => rendered,
            Err(error) => return hopeless(error.to_string()),
        };
        let ticket = Ticket { delivery: delivery.id, key: &delivery.key, address: &delivery.address };
        let mail = match compose(&self.desktop, &letter, &rendered, ticket, now) {
            Ok(mail) => mail,
            Err(error) => return hopeless(error.to_string()),
        };
        match self.post.send(&mail).await {
            Ok(()) => {
                let rendered = self.kept(delivery, rendered, seal, now);
                Fate::Sent { message_id: mail.message_id, rendered, answer: String::new() }
            }
            Err(error) => Fate::Failed(error),
        }
    }

    /// The newest checkpoint; a mail goes out without one where there is none yet.
    pub async fn seal(&self) -> Option<Seal> {
        let newest = self.desk.checkpoints(None, 1).await;
        let newest = newest.inspect_err(|error| tracing::warn!(%error, "a mail goes out without a checkpoint"));
        newest.ok()?.pop().map(|signed| Seal {
            number: signed.checkpoint.number,
            digest: signed.checkpoint.digest().to_string(),
            key_id: signed.key_id,
        })
    }

    /// What the Outbox page shows of a mail that was sent: its words, and what its HTML is made from once more.
    /// What lets its reader in is kept only in local mode, where the Outbox page is the mailbox.
    fn kept(&self, delivery: &Delivery, rendered: Rendered, seal: Option<&Seal>, at: DateTime<Utc>) -> String {
        let secret = SECRET.contains(&delivery.template.as_str());
        let shown = !secret || self.desk.settings.local_mode;
        let Rendered { subject, text, html } = rendered;
        let kept = Kept {
            from: self.desktop.from.to_string(),
            to: delivery.address.clone(),
            subject,
            text: if shown { text } else { "What this mail said lets its reader in, and is not kept.".to_owned() },
            // Its letter is forgotten, so that it could not be made again.
            html: (secret && shown).then_some(html),
            at: (!secret).then_some(at),
            seal: seal.cloned(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    async fn hook(&self, delivery: &Delivery) -> Fate {
        let posted: Posted = match serde_json::from_str(&delivery.data) {
            Ok(posted) => posted,
            Err(error) => return hopeless(format!("the event {} cannot be read: {error}", delivery.template)),
        };
        let (url, secret) = match self.desk.hook_receiver(posted.hook).await {
            Ok(Receiver::Known { url, secret }) => (url, secret),
            Ok(Receiver::Off(message)) => return Fate::Failed(SendError { fault: Fault::Unwanted, message }),
            Ok(Receiver::Locked) => return hopeless(LOCKED.to_owned()),
            Err(error) => return put_off(error.to_string()),
        };
        // Receivers compare the signature's time with their own clocks, whatever our business clock says.
        let post = match hook::post(&posted, delivery.id, secret.as_deref(), machine_now()) {
            Ok(post) => post,
            Err(why) => return hopeless(why.to_owned()),
        };
        let body = String::from_utf8_lossy(&post.body).into_owned();
        match self.client.post(&url, post.headers, post.body).await {
            Ok(answer) if (200..300).contains(&answer.status) => Fate::Sent {
                message_id: format!("msg_{}", delivery.id.simple()),
                rendered: json!({ "subject": hook::summary(&posted.event), "text": body }).to_string(),
                answer: told(answer.status, &answer.text),
            },
            // Gone for good (Standard Webhooks, "Delivery"): nobody wants it there any more.
            Ok(answer) if answer.status == 410 => match self.desk.hook_is_gone(posted.hook).await {
                Ok(()) => {
                    let message = format!("{}; the hook is switched off", told(answer.status, &answer.text));
                    Fate::Failed(SendError { fault: Fault::Unwanted, message })
                }
                Err(error) => put_off(error.to_string()),
            },
            Ok(answer) => put_off(told(answer.status, &answer.text)),
            Err(HttpError::Refused(message)) => hopeless(message),
            Err(HttpError::Failed(message)) => put_off(message),
        }
    }
}

fn told(status: u16, text: &str) -> String {
    let line: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    format!("HTTP {status} {line}").trim_end().to_owned()
}

fn put_off(message: String) -> Fate {
    Fate::Failed(SendError { fault: Fault::Temporary, message })
}

fn hopeless(message: String) -> Fate {
    Fate::Failed(SendError { fault: Fault::Permanent, message })
}
