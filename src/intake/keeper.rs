//! What the mail door does with a mail that has come in whole: judges who sent it, and has the desk commit it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mail_auth::MessageAuthenticator;

use super::authenticity::{Judge, Origin, Signer, SpfTold, sender};
use super::names::Names;
use super::smtp::{Keeper, Mail, Outcome};
use crate::config::{Config, Dns};
use crate::desk::providers::installed;
use crate::desk::{Desk, Incoming};
use crate::reading::profile::{Profile, Providers};
use crate::store::proofs;
use crate::telemetry::names;

/// Keeps mails at the desk.
pub struct DeskKeeper {
    desk: Desk,
    judge: Arc<Judge>,
    /// `smtp` or `lmtp`.
    channel: &'static str,
}

impl DeskKeeper {
    #[must_use]
    pub const fn new(desk: Desk, judge: Arc<Judge>, channel: &'static str) -> Self {
        Self { desk, judge, channel }
    }
}

impl Keeper for DeskKeeper {
    async fn keep(&self, mut mail: Mail, peer: SocketAddr) -> Outcome {
        // Without a name server nothing proves anything, whoever it says it is from.
        let colleague = self.judge.can_prove() && is_colleague(&self.desk, mail.raw.bytes()).await;
        let origin =
            Origin { spf: SpfTold::Ask { ip: peer.ip(), helo: &mail.helo }, from: &mail.from, to: &mail.to, colleague };
        let verdict = self.judge.judge(mail.raw.bytes(), origin).await;
        let channel =
            mail.channel.as_ref().map_or_else(|| self.channel.to_owned(), |of| format!("{}/{of}", self.channel));
        let incoming = Incoming {
            channel: channel.clone(),
            raw: mail.raw.take(),
            media: Some("message/rfc822".to_owned()),
            envelope_from: Some(mail.from.clone()),
            envelope_to: mail.to.clone(),
            authenticity: verdict.authenticity,
            authenticity_reason: verdict.reason,
            received_at: self.desk.clock.now(),
        };
        match self.desk.receive(incoming).await {
            Ok(received) => {
                metrics::counter!(names::MESSAGES_RECEIVED, "channel" => channel).increment(1);
                tracing::info!(id = %received.message_id, %peer, authenticity = %verdict.authenticity, "kept");
                Outcome::Kept(received.message_id.to_string())
            }
            Err(error) => {
                metrics::counter!(names::SMTP_REFUSED, "code" => "451").increment(1);
                tracing::error!(%peer, %error, "a mail could not be kept; its sender was told to try again");
                Outcome::Later
            }
        }
    }
}

/// Whether a mail's From is an active person's address. Unknown while the database is away: then nothing is kept anyway.
pub(super) async fn is_colleague(desk: &Desk, raw: &[u8]) -> bool {
    let Some(address) = sender(raw) else { return false };
    matches!(proofs::person_by_email(desk.store.reader(), &address).await, Ok(Some(person)) if person.active)
}

/// The judge that the configuration asks for, knowing the providers' domains.
#[must_use]
pub fn judge(config: &Config, providers: &Providers) -> Judge {
    let asks = match config.authenticity.dns {
        Dns::On => true,
        Dns::Off => false,
        Dns::Auto => !config.server.local_mode,
    };
    let resolver = asks.then(MessageAuthenticator::new_system_conf).and_then(|made| {
        made.inspect_err(|error| tracing::warn!(%error, "no name server can be asked; every mail will be unverified"))
            .ok()
    });
    let signers = providers.all().iter().map(signer).collect();
    Judge::new(
        resolver,
        Names::default(),
        signers,
        config.authenticity.colleague_domains.clone(),
        config.smtp_hostname(),
        Duration::from_secs(config.authenticity.timeout_seconds),
    )
    .believing(&config.authenticity.trusted_sealers)
    .learning(|domain| installed().of_domain(domain).map(signer))
}

fn signer(profile: &Profile) -> Signer {
    Signer { provider: profile.name.clone(), domains: profile.domains.clone(), signers: profile.signers.clone() }
}
