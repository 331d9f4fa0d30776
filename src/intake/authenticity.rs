//! Who says so (design, decision 9): what SPF, DKIM and DMARC prove about a mail that has just come in.
//!
//! Owns the judgement and its reason in words. It must never hold a mail up for want of a name server, nor refuse one:
//! a false "rotate your certificate" is shown for what it is, not hidden.
//!
//! RFC 6376 (DKIM), 7208 (SPF), 9989 (DMARC), 8617 (ARC). A DKIM signature counts where it covers the From header and the whole body
//! (no `l=` tag, which would let text be added), and the mail has exactly one From.

use std::borrow::Cow;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, MessageAuthenticator, Parameters, SpfOutput, SpfResult,
};
use mail_parser::{Message, MessageParser, PartType};

use super::names::Names;
use crate::notice::fact::Authenticity;

/// A provider as far as its mails can be told: from the provider profiles.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The provider's name for people.
    pub provider: String,
    /// Domains that its mails come from.
    pub domains: Vec<String>,
    /// Further domains that sign its mails.
    pub signers: Vec<String>,
}

/// What the door saw beside the mail itself.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub spf: SpfTold<'a>,
    /// The sender of the envelope; empty for the null sender.
    pub from: &'a str,
    /// The recipients of the envelope.
    pub to: &'a [String],
    /// Whether the mail's From is a person of this installation.
    pub colleague: bool,
}

/// What is known of the server that a mail came from.
#[derive(Debug, Clone, Copy)]
pub enum SpfTold<'a> {
    /// It came to our own door from this address; name servers are asked.
    Ask { ip: IpAddr, helo: &'a str },
    /// Whoever took it in for us says that it came from a server of its sender's domain.
    Passed,
    /// It was fetched, and nothing is known of its way.
    Unknown,
}

impl SpfTold<'static> {
    #[must_use]
    pub const fn by(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Unknown }
    }
}

/// The judgement, with one sentence of reason for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub authenticity: Authenticity,
    pub reason: String,
}

impl Verdict {
    fn new(authenticity: Authenticity, reason: impl Into<String>) -> Self {
        Self { authenticity, reason: reason.into() }
    }

    fn unverified(reason: impl Into<String>) -> Self {
        Self::new(Authenticity::Unverified, reason)
    }
}

/// Gives the provider that writes from a domain, where it was taught since the judge began to work.
type Learnt = Box<dyn Fn(&str) -> Option<Signer> + Send + Sync>;

/// Judges mails.
pub struct Judge {
    resolver: Option<MessageAuthenticator>,
    names: Names,
    signers: Vec<Signer>,
    learnt: Learnt,
    colleague_domains: Vec<String>,
    /// Domains whose word counts on what they saw of a mail before they passed it on (ARC).
    sealers: Vec<String>,
    hostname: String,
    patience: Duration,
}

impl Judge {
    /// With no resolver, every mail is unverified, and the reason says why.
    #[must_use]
    pub fn new(
        resolver: Option<MessageAuthenticator>,
        names: Names,
        signers: Vec<Signer>,
        colleague_domains: Vec<String>,
        hostname: String,
        patience: Duration,
    ) -> Self {
        let colleague_domains = colleague_domains.iter().map(|d| d.to_lowercase()).collect();
        let (sealers, learnt): (_, Learnt) = (Vec::new(), Box::new(|_| None));
        Self { resolver, names, signers, learnt, colleague_domains, sealers, hostname, patience }
    }

    /// The same judge, asking for providers also here.
    #[must_use]
    pub fn learning(self, learnt: impl Fn(&str) -> Option<Signer> + Send + Sync + 'static) -> Self {
        Self { learnt: Box::new(learnt), ..self }
    }

    /// The provider that writes from a domain.
    fn signer(&self, domain: &str) -> Option<Cow<'_, Signer>> {
        let known = self.signers.iter().find(|signer| within_any(domain, &signer.domains)).map(Cow::Borrowed);
        known.or_else(|| (self.learnt)(domain).filter(|signer| within_any(domain, &signer.domains)).map(Cow::Owned))
    }

    /// The same judge, believing these domains and our own on what they saw of a mail before they passed it on.
    #[must_use]
    pub fn believing(self, sealers: &[String]) -> Self {
        let own = self.colleague_domains.iter().cloned();
        Self { sealers: own.chain(sealers.iter().map(|d| d.to_lowercase())).collect(), ..self }
    }

    /// Whether there is somebody to ask for proofs.
    #[must_use]
    pub const fn can_prove(&self) -> bool {
        self.resolver.is_some()
    }

    /// Judges one mail. Always answers, within the time that the configuration gives the name servers.
    pub async fn judge(&self, raw: &[u8], origin: Origin<'_>) -> Verdict {
        let Some(resolver) = &self.resolver else {
            return Verdict::unverified("No name server was asked: authenticity.dns is off, as it is in local mode.");
        };
        let work = AssertUnwindSafe(self.examine(resolver, raw, origin)).catch_unwind();
        match tokio::time::timeout(self.patience, work).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_)) => Verdict::unverified(
                "Its signatures could not be checked; they are made in a way that no check expects.",
            ),
            Err(_) => {
                Verdict::unverified(format!("The name servers did not answer within {} s.", self.patience.as_secs()))
            }
        }
    }

    async fn examine(&self, resolver: &MessageAuthenticator, raw: &[u8], origin: Origin<'_>) -> Verdict {
        let Some(mail) = AuthenticatedMessage::parse(raw) else {
            return Verdict::unverified("It has no headers that could prove anything.");
        };
        let Some(from) = only_from(&mail) else {
            return Verdict::unverified("It has no From, or several; neither proves a sender.");
        };
        let domain = domain_of(&from).to_owned();
        let dkim = resolver.verify_dkim(Parameters::new(&mail).with_txt_cache(&self.names)).await;
        let signed_by: Vec<&str> = dkim.iter().filter_map(sound).collect();
        if let Some(signer) = self.signer(&domain) {
            if let Some(by) = signed_by.iter().find(|d| signer.signs(d)) {
                return self.directly(&signer, by, raw, origin);
            }
            if let Some(verdict) = self.sealed(resolver, &mail, &signer, raw, origin).await {
                return verdict;
            }
            return self.unsigned(resolver, &mail, &dkim, origin, &domain, &signer.provider).await;
        }
        let spf = self.spf(resolver, origin).await;
        let proven = signed_by.iter().any(|d| aligned(d, &domain))
            || (spf.result() == SpfResult::Pass && aligned(domain_of(origin.from), &domain));
        self.passed_on(resolver, raw, origin, &from, &domain, proven, &signed_by).await
    }

    /// Signed by the provider. Whoever keeps a genuine mail can send it on to anybody; so it must have been written to us.
    fn directly(&self, signer: &Signer, by: &str, raw: &[u8], origin: Origin<'_>) -> Verdict {
        match self.stranger(raw, origin) {
            None => {
                Verdict::new(Authenticity::Verified, format!("Signed by {by}, a domain of {} (DKIM).", signer.provider))
            }
            Some(stranger) => Verdict::unverified(format!(
                "Signed by {by} (DKIM), but written to {stranger}, who is none of us: it may be somebody else's mail, \
                 sent on."
            )),
        }
    }

    /// Whom a mail was written to, where that is none of us.
    fn stranger(&self, raw: &[u8], origin: Origin<'_>) -> Option<String> {
        let to = addressees(raw);
        let ours = |address: &String| {
            origin.to.iter().any(|t| t.eq_ignore_ascii_case(address))
                || within_any(domain_of(address), &self.colleague_domains)
        };
        let fine = self.colleague_domains.is_empty() || to.iter().any(ours);
        if fine { None } else { to.into_iter().next() }
    }

    /// A list or gateway has altered it, and seals what it had seen before: that the provider's signature held (ARC, RFC
    /// 8617). Counts where every seal of the chain is by somebody whose word counts.
    async fn sealed(
        &self,
        resolver: &MessageAuthenticator,
        mail: &AuthenticatedMessage<'_>,
        signer: &Signer,
        raw: &[u8],
        origin: Origin<'_>,
    ) -> Option<Verdict> {
        let arc = resolver.verify_arc(Parameters::new(mail).with_txt_cache(&self.names)).await;
        if *arc.result() != DkimResult::Pass {
            return None;
        }
        let trusted = arc.sets().iter().all(|set| within_any(&set.seal.header.d, &self.sealers));
        let first = arc.sets().first().filter(|_| trusted)?;
        let results = String::from_utf8_lossy(first.results.value);
        let by = passed_by(&results).into_iter().find(|domain| signer.signs(domain))?;
        let sealer = &arc.sets().last()?.seal.header.d;
        Some(match self.stranger(raw, origin) {
            None => Verdict::new(
                Authenticity::Vouched,
                format!("Was signed by {by} when {sealer} received it, which altered it and passed it on (ARC)."),
            ),
            Some(stranger) => Verdict::unverified(format!(
                "Was signed by {by} when {sealer} received it (ARC), but was written to {stranger}, who is none of us."
            )),
        })
    }

    /// Claims a provider's domain, and is not signed by it.
    async fn unsigned(
        &self,
        resolver: &MessageAuthenticator,
        mail: &AuthenticatedMessage<'_>,
        dkim: &[DkimOutput<'_>],
        origin: Origin<'_>,
        domain: &str,
        provider: &str,
    ) -> Verdict {
        let spf = self.spf(resolver, origin).await;
        let dmarc = resolver
            .verify_dmarc(
                Parameters::new(DmarcParameters::new(mail, dkim, domain_of(origin.from), &spf))
                    .with_txt_cache(&self.names),
            )
            .await;
        let broken = dkim.iter().any(|o| !matches!(o.result(), DkimResult::Pass | DkimResult::TempError(_)));
        let detail = if broken { "its signature is broken or covers too little" } else { "it is not signed" };
        let unsure = dkim.iter().any(|o| matches!(o.result(), DkimResult::TempError(_)))
            || matches!(dmarc.spf_result(), DmarcResult::TempError(_));
        if unsure {
            return Verdict::unverified(format!(
                "Claims to come from {domain} ({provider}); the name servers could not say."
            ));
        }
        let refused = matches!(dmarc.policy(), Policy::Reject | Policy::Quarantine)
            && *dmarc.spf_result() != DmarcResult::Pass
            && *dmarc.dkim_result() != DmarcResult::Pass;
        if refused {
            return Verdict::new(
                Authenticity::Failed,
                format!(
                    "Claims to come from {domain} ({provider}), but {detail}, and {domain} asks that such mails be refused (DMARC)."
                ),
            );
        }
        if spf.result() == SpfResult::Pass && aligned(domain_of(origin.from), domain) {
            return Verdict::unverified(format!("Comes from a server of {domain} (SPF), but {detail}."));
        }
        Verdict::unverified(format!("Claims to come from {domain} ({provider}), but {detail}."))
    }

    /// From somebody who is no provider: a colleague who forwards, or anybody.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that was seen; a struct would only rename them")]
    async fn passed_on(
        &self,
        resolver: &MessageAuthenticator,
        raw: &[u8],
        origin: Origin<'_>,
        from: &str,
        domain: &str,
        proven: bool,
        signed_by: &[&str],
    ) -> Verdict {
        let colleague = origin.colleague || within_any(domain, &self.colleague_domains);
        let inner = self.attached(resolver, raw).await;
        match (inner, colleague && proven) {
            (Some((provider, by)), true) => Verdict::new(
                Authenticity::Verified,
                format!("The attached mail is signed by {by}, a domain of {provider} (DKIM); {from} forwarded it."),
            ),
            (Some((_, by)), false) => Verdict::unverified(format!(
                "The attached mail is signed by {by} (DKIM), but who forwarded it is not proven: it may be somebody else's."
            )),
            (None, true) => {
                Verdict::new(Authenticity::Vouched, format!("Forwarded by {from}, whose own mail authenticates."))
            }
            (None, false) if colleague => Verdict::unverified(format!(
                "Says that {from} forwarded it, which neither a signature nor the server proves."
            )),
            (None, false) => match signed_by.first() {
                Some(by) => Verdict::unverified(format!("Signed by {by}, which is no known provider's domain.")),
                None => Verdict::unverified("Nobody has signed it, and its sender is no known provider or colleague."),
            },
        }
    }

    /// The provider whose signature on an attached mail holds, and the domain that signed.
    async fn attached(&self, resolver: &MessageAuthenticator, raw: &[u8]) -> Option<(String, String)> {
        for inner in attached_mails(raw) {
            let Some(mail) = AuthenticatedMessage::parse(&inner) else { continue };
            let Some(from) = only_from(&mail) else { continue };
            let Some(signer) = self.signer(domain_of(&from)) else { continue };
            let dkim = resolver.verify_dkim(Parameters::new(&mail).with_txt_cache(&self.names)).await;
            if let Some(by) = dkim.iter().filter_map(sound).find(|d| signer.signs(d)) {
                return Some((signer.provider.clone(), by.to_owned()));
            }
        }
        None
    }

    async fn spf(&self, resolver: &MessageAuthenticator, origin: Origin<'_>) -> SpfOutput {
        let (ip, helo) = match origin.spf {
            SpfTold::Ask { ip, helo } => (ip, helo),
            SpfTold::Passed => {
                return SpfOutput::new(domain_of(origin.from).to_owned()).with_result(SpfResult::Pass);
            }
            SpfTold::Unknown => return SpfOutput::new(domain_of(origin.from).to_owned()).with_result(SpfResult::None),
        };
        let asked = if origin.from.is_empty() {
            SpfParameters::verify_ehlo(ip, helo, &self.hostname)
        } else {
            SpfParameters::verify_mail_from(ip, helo, &self.hostname, origin.from)
        };
        resolver.verify_spf(Parameters::new(asked).with_txt_cache(&self.names)).await
    }
}

impl Signer {
    fn signs(&self, domain: &str) -> bool {
        within_any(domain, &self.domains) || within_any(domain, &self.signers)
    }
}

/// The address in the From header of a mail, in lower case, where there is exactly one.
#[must_use]
pub fn sender(raw: &[u8]) -> Option<String> {
    only_from(&AuthenticatedMessage::parse(raw)?)
}

fn only_from(mail: &AuthenticatedMessage<'_>) -> Option<String> {
    let headers = mail.raw_parsed_headers().iter().filter(|(name, _)| name.trim_ascii().eq_ignore_ascii_case(b"from"));
    match (headers.count(), mail.froms()) {
        (1, [one]) => Some(one.to_lowercase()),
        _ => None,
    }
}

/// The domain of a signature that counts.
fn sound<'a>(output: &'a DkimOutput<'_>) -> Option<&'a str> {
    let signature = output.signature()?;
    let whole = signature.l == 0 && signature.h.iter().any(|h| h.eq_ignore_ascii_case("from"));
    (whole && *output.result() == DkimResult::Pass).then_some(signature.d.as_str())
}

/// The domains whose DKIM signatures held, as an `Authentication-Results` says (RFC 8601, 2.7.1). What stands in brackets
/// is a comment, and may quote anything.
fn passed_by(results: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let plain: String = results
        .chars()
        .filter(|c| {
            depth += u32::from(*c == '(');
            let keep = depth == 0;
            depth = depth.saturating_sub(u32::from(*c == ')'));
            keep
        })
        .collect();
    plain
        .split(';')
        .filter(|part| part.trim_start().to_ascii_lowercase().starts_with("dkim=pass"))
        .filter_map(|part| {
            let tag = |name: &str| part.split_whitespace().find_map(|word| word.strip_prefix(name));
            let domain =
                tag("header.d=").or_else(|| tag("header.i=").map(|i| i.rsplit_once('@').map_or(i, |(_, d)| d)))?;
            Some(domain.trim_matches('"').to_lowercase())
        })
        .collect()
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether `domain` is `parent` or below it.
fn within(domain: &str, parent: &str) -> bool {
    let (domain, parent) = (domain.as_bytes(), parent.as_bytes());
    domain.len() >= parent.len()
        && domain[domain.len() - parent.len()..].eq_ignore_ascii_case(parent)
        && (domain.len() == parent.len() || domain[domain.len() - parent.len() - 1] == b'.')
}

fn within_any(domain: &str, parents: &[String]) -> bool {
    !domain.is_empty() && parents.iter().any(|parent| within(domain, parent))
}

/// Whether one of two domains is the other or below it. Siblings below one registered domain are not taken as aligned:
/// telling where registration ends needs a list that goes stale, and a colleague's mail seldom needs it.
fn aligned(one: &str, other: &str) -> bool {
    !one.is_empty()
        && !other.is_empty()
        && one.contains('.')
        && other.contains('.')
        && (within(one, other) || within(other, one))
}

fn addressees(raw: &[u8]) -> Vec<String> {
    let Some(mail) = MessageParser::new().with_address_headers().parse_headers(raw) else { return Vec::new() };
    [mail.to(), mail.cc()]
        .into_iter()
        .flatten()
        .flat_map(|list| list.iter())
        .filter_map(|one| one.address().map(str::to_lowercase))
        .collect()
}

/// The mails attached to a mail, as their bytes stood in it.
fn attached_mails(raw: &[u8]) -> Vec<Vec<u8>> {
    let Some(outer) = MessageParser::default().parse(raw) else { return Vec::new() };
    let whole = |inner: &Message<'_>| inner.raw_message().to_vec();
    outer
        .parts
        .iter()
        .filter_map(|part| match &part.body {
            PartType::Message(inner) => Some(whole(inner)),
            _ => None,
        })
        .take(5)
        .collect()
}

#[cfg(test)]
#[path = "authenticity_tests.rs"]
mod tests;
