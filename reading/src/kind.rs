//! What sort of notice it is, by weighted words: the subject says more than a heading, a heading more than the text.
//!
//! Owns the table of words in the languages that providers write. It must not name a provider's own phrases (those stand
//! in its profile) nor read any date.

use std::sync::LazyLock;

use super::cues::{Cues, unwrapped};
use super::document::{Document, LineKind, Place, SUBJECT};
use super::profile::Profile;
use super::{Fact, Trace};
use Kind::{
    AccountBilling as Billing, CertificateRotation as Certificate, Deprecation, EndOfLife, Incident,
    ScheduledMaintenance as Maintenance, Security,
};
use countersign_notice::fact::Kind;

#[rustfmt::skip]
const CUES: &[(&str, Kind, u32)] = &[
    // English: work on the provider's side
    ("scheduled maintenance", Maintenance, 8), ("planned maintenance", Maintenance, 8), ("emergency maintenance", Maintenance, 8),
    ("urgent maintenance", Maintenance, 8), ("maintenance notification", Maintenance, 8), ("maintenance window", Maintenance, 7),
    ("maintenance*", Maintenance, 4), ("their maintenance window*", Maintenance, 1), ("your maintenance window*", Maintenance, 2), ("next maintenance window*", Maintenance, 2), ("planned work*", Maintenance, 8), ("emergency work*", Maintenance, 8), ("planned outage", Maintenance, 7),
    ("planned event", Maintenance, 6), ("scheduled event", Maintenance, 4), ("work notification", Maintenance, 6), ("change window", Maintenance, 4),
    ("service window", Maintenance, 5), ("service affecting", Maintenance, 4), ("service advisory", Maintenance, 4), ("service impacting", Maintenance, 4),
    ("software upgrade", Maintenance, 3), ("code upgrade", Maintenance, 4), ("network upgrade", Maintenance, 4), ("cable repair", Maintenance, 5),
    ("will be rebooted", Maintenance, 6), ("reboot*", Maintenance, 3), ("scheduled for retirement", Maintenance, 9), ("instance retirement", Maintenance, 9),
    ("underlying hardware", Maintenance, 5), ("new hardware", Maintenance, 4), ("hardware replacement*", Maintenance, 6), ("disk replacement*", Maintenance, 6), ("live migrat*", Maintenance, 4), ("operating system update*", Maintenance, 6), ("will automatically update your", Maintenance, 4),
    ("upgraded automatically to", Maintenance, 5), ("automatically upgraded to", Maintenance, 3), ("must stop and restart", Maintenance, 5), ("outage window", Maintenance, 7),
    ("migration window", Maintenance, 6), ("relocation", Maintenance, 3), ("splicing", Maintenance, 5), ("power work*", Maintenance, 5), ("change notification", Maintenance, 4),
    // English: certificates
    ("certificate expir*", Certificate, 8), ("certificates expir*", Certificate, 8), ("certificate authority", Certificate, 5), ("certificate rotation", Certificate, 9),
    ("certificate authorities", Certificate, 5), ("rotate your certificate*", Certificate, 9), ("root certificate*", Certificate, 6), ("intermediate certificate*", Certificate, 6), ("intermediate ca*", Certificate, 6),
    ("certificate chain*", Certificate, 6), ("ssl/tls certificate*", Certificate, 6), ("tls certificate*", Certificate, 5), ("ssl certificate*", Certificate, 5),
    ("server certificate*", Certificate, 4), ("signing certificate*", Certificate, 6), ("root ca*", Certificate, 6), ("ca rotation", Certificate, 9), ("ca will expire", Certificate, 9), ("ca expires", Certificate, 8),
    ("truststore*", Certificate, 6), ("trust store*", Certificate, 6), ("credential rotation", Certificate, 5), ("certificate pinning", Certificate, 5), ("certificate renewal", Certificate, 8),
    ("certificate*", Certificate, 3), ("certificate will expire", Certificate, 9), ("certificate is expiring", Certificate, 9), ("certificate update", Certificate, 7), ("trust anchor*", Certificate, 6), ("revocation", Certificate, 4), ("reissue*", Certificate, 4),
    // English: products and versions that end
    ("end of life", EndOfLife, 8), ("end-of-life", EndOfLife, 8), ("eol", EndOfLife, 7), ("end of support", EndOfLife, 8), ("end-of-support", EndOfLife, 8), ("end of standard support", EndOfLife, 9),
    ("end of sale", EndOfLife, 6), ("end of service", EndOfLife, 6), ("no longer be supported", EndOfLife, 5), ("no longer supported", EndOfLife, 5), ("no longer maintained", EndOfLife, 7), ("end of maintenance", EndOfLife, 9), ("extended support", EndOfLife, 4),
    ("support ends", EndOfLife, 6), ("support will end", EndOfLife, 6), ("support for", EndOfLife, 1), ("being discontinued", EndOfLife, 7), ("discontinu*", EndOfLife, 6), ("sunset*", EndOfLife, 5),
    ("will be retired", EndOfLife, 5), ("retirement notice", EndOfLife, 6), ("retire*", EndOfLife, 3), ("retiring", EndOfLife, 4), ("shutdown of", EndOfLife, 6), ("will be shut down", EndOfLife, 7), ("shut down", EndOfLife, 3), ("no longer receive updates", EndOfLife, 6), ("reaches eol", EndOfLife, 8), ("withdrawn from service", EndOfLife, 7), ("switched off", EndOfLife, 4), ("turned off", EndOfLife, 4), ("shutting down", EndOfLife, 6), ("decommission*", EndOfLife, 6),
    ("community support for", EndOfLife, 5), ("security fixes", EndOfLife, 2), ("runtime*", EndOfLife, 3), ("engine version*", EndOfLife, 3), ("major version*", EndOfLife, 3), ("node.js", EndOfLife, 4),
    ("new deployments", EndOfLife, 3), ("kubernetes version", EndOfLife, 5), ("last order date", EndOfLife, 6), ("phase out", EndOfLife, 5), ("phased out", EndOfLife, 5),
    // English: ways of use that end
    ("deprecat*", Deprecation, 5), ("deprecation notice", Deprecation, 8), ("tls 1.0", Deprecation, 6), ("tls 1.1", Deprecation, 6), ("tlsv1", Deprecation, 6), ("cipher suite*", Deprecation, 5),
    ("weak cipher*", Deprecation, 6), ("api version*", Deprecation, 6), ("legacy api*", Deprecation, 6), ("oauth", Deprecation, 4), ("basic authentication", Deprecation, 6), ("breaking change*", Deprecation, 5), ("old endpoint*", Deprecation, 5),
    ("legacy endpoint*", Deprecation, 6), ("will stop working", Deprecation, 4), ("will be removed", Deprecation, 4), ("will be blocked", Deprecation, 4), ("migrate your", Deprecation, 2), ("sha-1", Deprecation, 5), ("ssh-rsa", Deprecation, 6),
    // English: security
    ("security advisory", Security, 9), ("security bulletin", Security, 9), ("vulnerabilit*", Security, 6), ("cve-*", Security, 6), ("security-update", Security, 9), ("security incident", Security, 8),
    ("security breach", Security, 9), ("data breach", Security, 9), ("unauthorized access", Security, 8), ("unauthorised access", Security, 8), ("unauthorized", Security, 3), ("compromised", Security, 7), ("leaked", Security, 6),
    ("publicly available online", Security, 6), ("publicly exposed", Security, 7), ("exposed credential*", Security, 8), ("access key*", Security, 4), ("secret key*", Security, 4), ("credentials", Security, 2), ("suspicious", Security, 5),
    ("critical security", Security, 6), ("security update is available", Security, 9), ("security update for", Security, 7), ("security release", Security, 8), ("zero-day", Security, 7), ("security patch is available", Security, 7), ("password reset required", Security, 8), ("phishing", Security, 3), ("malicious", Security, 5), ("exploit*", Security, 5),
    // English: money and contracts
    ("billing", Billing, 4), ("price will", Billing, 7), ("prices will", Billing, 7), ("price*", Billing, 3), ("fee", Billing, 3), ("fees", Billing, 3), ("surcharge", Billing, 6), ("renewal of your contract", Billing, 7), ("invoice*", Billing, 6), ("payment method", Billing, 7), ("payment failed", Billing, 8), ("could not charge", Billing, 7), ("payment*", Billing, 3), ("price change*", Billing, 9), ("price increase*", Billing, 9), ("pricing change*", Billing, 9), ("pricing update*", Billing, 8), ("new pricing", Billing, 8),
    ("subscription*", Billing, 3), ("free plan", Billing, 5), ("free tier", Billing, 5), ("free team", Billing, 5), ("paid feature*", Billing, 5), ("paid plan*", Billing, 5), ("upgrade your subscription", Billing, 6), ("begin charging", Billing, 6), ("start charging", Billing, 6), ("be charged", Billing, 4), ("charges", Billing, 2),
    ("account will be suspended", Billing, 8), ("will be suspended", Billing, 5), ("past due", Billing, 8), ("overdue", Billing, 6), ("renewal notice", Billing, 6), ("terms of service", Billing, 4), ("credit card", Billing, 6), ("contract*", Billing, 3), ("quota*", Billing, 2),
    // English: something broke
    ("incident*", Incident, 5), ("unplanned outage", Incident, 7), ("outage*", Incident, 3), ("service disruption", Incident, 6), ("service degradation", Incident, 6), ("degraded performance", Incident, 7), ("elevated error*", Incident, 7), ("increased error*", Incident, 7), ("we are investigating", Incident, 7),
    ("currently investigating", Incident, 7), ("we are experiencing", Incident, 6), ("root cause analysis", Incident, 6), ("post-mortem", Incident, 7), ("postmortem", Incident, 7), ("reason for outage", Incident, 9), ("rfo", Incident, 6), ("fault report", Incident, 7), ("major incident", Incident, 9),
    ("service is restored", Incident, 6), ("has been mitigated", Incident, 6), ("fix has been implemented", Incident, 7), ("fibre cut", Incident, 7), ("fiber cut", Incident, 7), ("trouble ticket", Incident, 4), ("loss of connectivity", Incident, 4),
    // German
    ("wartungsarbeiten", Maintenance, 8), ("wartungsfenster", Maintenance, 8), ("wartung*", Maintenance, 6), ("geplante arbeiten", Maintenance, 8), ("zertifikat*", Certificate, 5), ("abgekündigt", EndOfLife, 7), ("eingestellt", EndOfLife, 5), ("abschaltung", EndOfLife, 6), ("supportende", EndOfLife, 8), ("ende der unterstützung", EndOfLife, 8), ("ende des supports", EndOfLife, 8), ("abgeschaltet", EndOfLife, 5), ("nicht mehr unterstützt", EndOfLife, 8), ("wird eingestellt", EndOfLife, 7), ("end-of-life-datum", EndOfLife, 8),
    ("veraltet", Deprecation, 5), ("störung*", Incident, 7), ("sicherheitslücke*", Security, 9), ("sicherheitshinweis", Security, 8), ("rechnung*", Billing, 6), ("preisanpassung", Billing, 9), ("preiserhöhung", Billing, 9), ("zahlung*", Billing, 5), ("kündigung", Billing, 4),
    // French
    ("maintenance planifiée", Maintenance, 9), ("maintenance programmée", Maintenance, 9), ("travaux programmés", Maintenance, 9), ("travaux planifiés", Maintenance, 9), ("opération de maintenance", Maintenance, 9), ("certificat*", Certificate, 4), ("fin de vie", EndOfLife, 8), ("fin de support", EndOfLife, 8), ("arrêt du service", EndOfLife, 6), ("ne sera plus pris en charge", EndOfLife, 8), ("plus supporté*", EndOfLife, 7),
    ("obsolète", Deprecation, 5), ("panne", Incident, 7), ("interruption de service", Incident, 3), ("faille de sécurité", Security, 9), ("vulnérabilité*", Security, 7), ("facture*", Billing, 6), ("facturation", Billing, 6), ("tarif*", Billing, 5),
    // Spanish and Portuguese
    ("mantenimiento programado", Maintenance, 9), ("ventana de mantenimiento", Maintenance, 9), ("mantenimiento", Maintenance, 6), ("trabajos programados", Maintenance, 8), ("manutenção programada", Maintenance, 9), ("janela de manutenção", Maintenance, 9), ("manutenção", Maintenance, 6), ("certificado*", Certificate, 4),
    ("fin de soporte", EndOfLife, 8), ("fin de vida", EndOfLife, 8), ("fim de suporte", EndOfLife, 8), ("fim da vida útil", EndOfLife, 8), ("descontinua*", EndOfLife, 6), ("dejará de estar disponible", EndOfLife, 7), ("dejará de tener soporte", EndOfLife, 8), ("deixará de ser suportad*", EndOfLife, 8), ("obsoleto", Deprecation, 5), ("incidencia", Incident, 6), ("incidente*", Incident, 5), ("avería", Incident, 7),
    ("vulnerabilidad*", Security, 7), ("vulnerabilidade*", Security, 7), ("factura*", Billing, 5), ("fatura*", Billing, 5), ("cobrança", Billing, 5),
    // Italian, Dutch, Nordic, Polish, Czech, Turkish, Russian, Japanese, Chinese, Korean
    ("manutenzione programmata", Maintenance, 9), ("manutenzione", Maintenance, 6), ("lavori programmati", Maintenance, 9), ("certificato", Certificate, 4), ("certificati", Certificate, 4), ("fine del supporto", EndOfLife, 8), ("dismissione", EndOfLife, 6), ("non sarà più supportat*", EndOfLife, 8), ("guasto", Incident, 7), ("disservizio", Incident, 7), ("vulnerabilità", Security, 7), ("fattura*", Billing, 6),
    ("gepland onderhoud", Maintenance, 9), ("onderhoud*", Maintenance, 6), ("certificaat", Certificate, 4), ("storing", Incident, 7), ("kwetsbaarheid", Security, 7), ("factuur", Billing, 6), ("einde ondersteuning", EndOfLife, 8), ("niet meer ondersteund", EndOfLife, 8), ("wordt uitgefaseerd", EndOfLife, 8),
    ("planerat underhåll", Maintenance, 9), ("underhåll*", Maintenance, 6), ("planerat arbete", Maintenance, 8), ("planlagt arbeid", Maintenance, 8), ("vedlikehold*", Maintenance, 6), ("vedligehold*", Maintenance, 6), ("huolto*", Maintenance, 6), ("driftstörning", Incident, 7), ("driftsforstyrrelse", Incident, 7),
    ("prace planowe", Maintenance, 8), ("prace serwisowe", Maintenance, 8), ("konserwac*", Maintenance, 6), ("plánovaná údržba", Maintenance, 9), ("odstávka", Maintenance, 7), ("karbantartás", Maintenance, 7), ("planlı bakım", Maintenance, 9), ("bakım", Maintenance, 5),
    ("плановые работы", Maintenance, 9), ("технические работы", Maintenance, 8), ("сертификат*", Certificate, 5), ("авария", Incident, 7),
    ("メンテナンス", Maintenance, 7), ("維護", Maintenance, 7), ("版本升级", Maintenance, 6), ("割接", Maintenance, 8), ("到期", Certificate, 2), ("停止服务", EndOfLife, 7), ("下线", EndOfLife, 6), ("停止支持", EndOfLife, 8), ("工事", Maintenance, 6), ("정기 점검", Maintenance, 8), ("証明書", Certificate, 6), ("サポート終了", EndOfLife, 9), ("提供終了", EndOfLife, 8), ("障害", Incident, 6), ("脆弱性", Security, 7), ("维护", Maintenance, 6), ("維護", Maintenance, 6), ("证书", Certificate, 5), ("점검", Maintenance, 6), ("인증서", Certificate, 5),
];

/// How much a phrase counts by where it stands, in halves.
mod place_weight {
    pub const SUBJECT: u32 = 8;
    pub const HEADING: u32 = 4;
    pub const LEAD: u32 = 3;
    pub const BODY: u32 = 2;
}

/// The text up to here is its lead.
const LEAD_BYTES: usize = 500;

/// A phrase counts this often in the text below the headings.
const REPEATS: u32 = 2;

/// Below this the words tell nothing, and the notice is for information.
const LEAST: u32 = 6;

static FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(CUES.iter().map(|(phrase, ..)| *phrase)));

/// What one kind has gathered.
#[derive(Debug, Clone, Default)]
struct Tally {
    score: u32,
    best: u32,
    phrase: String,
    place: Option<Place>,
}

impl Tally {
    fn add(&mut self, points: u32, phrase: &str, place: Place) {
        self.score += points;
        if points > self.best {
            self.best = points;
            phrase.clone_into(&mut self.phrase);
            self.place = Some(place);
        }
    }
}

/// The kind that the words speak for. Without any it is informational.
#[must_use]
pub fn tell(document: &Document, profile: Option<&Profile>, trail: &mut Vec<Trace>) -> Fact<Kind> {
    let mut tallies = vec![Tally::default(); Kind::ALL.len()];
    let mut seen = vec![0; CUES.len()];
    let mut lead = 0;
    for view in document.lines() {
        let text = unwrapped(view.text);
        let is_subject = document.parts[view.part].id == SUBJECT;
        let weight = match view.line.kind {
            _ if is_subject => place_weight::SUBJECT,
            LineKind::Heading => place_weight::HEADING,
            _ if lead < LEAD_BYTES => place_weight::LEAD,
            _ => place_weight::BODY,
        };
        lead += if is_subject { 0 } else { text.len() };
        let at = |range: &std::ops::Range<usize>| Place {
            part: view.part,
            range: view.line.range.start + range.start..view.line.range.start + range.end,
        };
        for (cue, range) in FINDER.find(&text) {
            seen[cue] += 1;
            if seen[cue] <= REPEATS || is_subject {
                let (phrase, kind, points) = CUES[cue];
                tallies[index(kind)].add(points * weight / 2, phrase, at(&range));
            }
        }
        for own in profile.into_iter().flat_map(|p| &p.kinds) {
            if let Some(start) = find_ignoring_case(&text, &own.phrase) {
                let range = start..start + own.phrase.len();
                tallies[index(own.kind)].add(u32::from(own.weight) * weight / 2, &own.phrase, at(&range));
            }
        }
    }
    decide(document, &tallies, trail)
}

fn decide(document: &Document, tallies: &[Tally], trail: &mut Vec<Trace>) -> Fact<Kind> {
    let mut order: Vec<usize> = (0..tallies.len()).collect();
    order.sort_by_key(|&k| std::cmp::Reverse(tallies[k].score));
    let (first, second) = (&tallies[order[0]], &tallies[order[1]]);
    if first.score < LEAST {
        trail.push(Trace {
            fact: "kind".into(),
            value: Kind::Informational.to_string(),
            rule: "cue:none".into(),
            span: None,
        });
        return Fact { value: Kind::Informational, span: None, confidence: 0.35 };
    }
    let value = Kind::ALL[order[0]];
    let margin = first.score - second.score;
    let confidence = match (margin * 4).checked_div(first.score) {
        Some(4) => 0.95,
        Some(2 | 3) => 0.9,
        Some(1) => 0.75,
        _ => 0.6,
    };
    let span = first.place.as_ref().map(|place| document.span(place));
    let rule = format!("cue:{}", first.phrase.trim_end_matches('*'));
    trail.push(Trace { fact: "kind".into(), value: value.to_string(), rule, span: span.clone() });
    Fact { value, span, confidence }
}

fn index(kind: Kind) -> usize {
    Kind::ALL.iter().position(|k| *k == kind).unwrap_or_default()
}

/// Where an ASCII phrase stands, without regard to case.
pub(super) fn find_ignoring_case(text: &str, phrase: &str) -> Option<usize> {
    let (text, phrase) = (text.as_bytes(), phrase.as_bytes());
    (!phrase.is_empty() && phrase.len() <= text.len())
        .then(|| text.windows(phrase.len()).position(|w| w.eq_ignore_ascii_case(phrase)))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(subject: &str, text: &str) -> Kind {
        tell(&Document::from_text(Some(subject), text), None, &mut Vec::new()).value
    }

    #[test]
    fn the_subject_outweighs_the_text() {
        let text = "We will carry out maintenance on our billing system. Your invoices are not touched.";
        assert_eq!(kind("Planned maintenance of our billing system", text), Kind::ScheduledMaintenance);
        assert_eq!(
            kind("Your invoice for May", "During the maintenance window invoices may be late."),
            Kind::AccountBilling
        );
    }

    #[test]
    fn every_kind_is_told_by_its_words() {
        for (subject, want) in [
            ("Your TLS certificate will expire in 10 days", Kind::CertificateRotation),
            ("PostgreSQL 12 reaches end of life", Kind::EndOfLife),
            ("TLS 1.0 and TLS 1.1 are deprecated", Kind::Deprecation),
            ("Security advisory: vulnerability in the agent", Kind::Security),
            ("Increased error rates: we are investigating", Kind::Incident),
            ("Price increase from 1 May", Kind::AccountBilling),
            ("Geplante Wartungsarbeiten am Core-Router", Kind::ScheduledMaintenance),
            ("Avis de maintenance planifiée", Kind::ScheduledMaintenance),
            ("Ventana de mantenimiento el 3 de mayo", Kind::ScheduledMaintenance),
            ("Störung im Rechenzentrum", Kind::Incident),
            ("Our new office", Kind::Informational),
        ] {
            assert_eq!(kind(subject, "Hello."), want, "{subject}");
        }
    }

    #[test]
    fn a_profiles_phrase_counts_like_a_cue_of_its_own() {
        let own = "id = 'acme'\nname = 'Acme'\nsort = 'hoster'\ndomains = ['acme.test']\n[[kind]]\nphrase = 'blue ticket'\nkind = 'incident'\nweight = 8";
        let providers = super::super::profile::Providers::with([("acme", own)]).expect("a valid profile");
        let document = Document::from_text(Some("Blue ticket 12"), "Hello.");
        let mut trail = Vec::new();
        assert_eq!(tell(&document, providers.get("acme"), &mut trail).value, Kind::Incident);
        assert_eq!(trail[0].rule, "cue:blue ticket");
    }
}
