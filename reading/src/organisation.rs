//! The name of a sender whom no profile knows: from its display name, its domain, and how the text spells that.
//!
//! It must not invent: where only a free mailbox or a mailing service is known, there is no organisation.

use std::ops::Range;

use super::Span;
use super::document::Document;
use super::profile::Providers;

/// Houses that carry other people's mail. Their domain says nothing of who writes.
#[rustfmt::skip]
const RELAYS: &[&str] = &[
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "aol.com", "statuspage.io", "instatus.com", "zendesk.com", "freshdesk.com", "amazonses.com", "sendgrid.net", "mailgun.org", "mailchimpapp.net", "mcsv.net", "mandrillapp.com", "postmarkapp.com", "mtasv.net", "sparkpostmail.com", "exacttarget.com", "marketo.org", "mktomail.com", "hubspotemail.net", "intercom-mail.com", "customeriomail.com", "googlegroups.com", "groups.io", "service-now.com", "atlassian.net", "onmicrosoft.com", "eloqua.com", "firebaseapp.com",
];

/// Words of a display name that tell the desk and not the house.
#[rustfmt::skip]
const DESK_WORDS: &[&str] = &[
    "noc", "network", "operations", "operation", "center", "centre", "maintenance", "maintenances", "notification", "notifications", "notice", "notices", "support", "service", "services", "customer", "care", "team", "status", "alert", "alerts", "info", "information", "noreply", "no-reply", "donotreply", "do", "not", "reply", "planned", "work", "works", "change", "management", "mgmt", "admin", "administrator", "billing", "update", "updates", "help", "helpdesk", "desk", "communications.", "mailer", "system", "systems.", "incident", "incidents", "events", "event", "the", "from", "via", "technical", "tech", "client", "global", "central", "csc", "gnoc", "soc", "msc", "wartung", "kundenservice", "kundendienst", "equipe", "équipe", "soporte", "suporte", "servicedesk", "ops", "security", "product", "news", "newsletter", "accounts", "account", "automated", "auto", "mail", "email", "announcements", "announce",
];

/// Second-level labels under which names are registered: `example.co.uk`.
#[rustfmt::skip]
const SECOND_LEVEL: &[&str] = &[
    "co", "com", "net", "org", "ac", "gov", "edu", "ne", "or", "gob", "gouv",
];

/// Labels of a domain that are a host's and not a house's name.
#[rustfmt::skip]
const HOST_LABELS: &[&str] = &[
    "mail", "email", "e", "em", "news", "info", "notify", "notifications", "noc", "support", "service", "status", "mailer", "smtp", "mg", "bounce", "bounces", "go", "updates", "alerts",
];

/// Verbs after a name whose house speaks of what it does.
#[rustfmt::skip]
const AGENT_VERBS: &[&str] = &[
    "will", "has", "have", "is", "are", "was", "requires", "begins", "plans", "would", "needs", "must", "has", "wird", "hat", "va", "realizará", "uses",
];

/// Words before a name whose house speaks: `Hello from Acme`, `Dear Acme customer`.
#[rustfmt::skip]
const SPEAKER_WORDS: &[&str] =
    &[
    "from", "dear", "your", "sincerely,", "regards,", "hello", "hi", "team,", "©", "by", "valued", "of",
];

/// The sender's house.
#[derive(Debug)]
pub(super) struct Organisation {
    pub name: String,
    pub rule: &'static str,
    pub span: Option<Span>,
    mentions: u32,
}

impl Organisation {
    /// What it weighs against a profile: the sender speaks for himself, the more so where his name stands in the text.
    pub(super) fn score(&self, base: u32) -> u32 {
        base + 3 * self.mentions.min(6)
    }
}

/// The house behind the sender, where no profile claims its domain.
pub(super) fn find(document: &Document, providers: &Providers) -> Option<Organisation> {
    let headers = &document.headers;
    let own = [&headers.from, &headers.reply_to, &headers.sender];
    let mailbox = own.into_iter().flatten().find(|m| !is_relay(m.domain()) && !m.domain().is_empty());
    let Some(mailbox) = mailbox else { return by_display_name(document).or_else(|| by_speaker(document)) };
    if providers.of_domain(mailbox.domain()).is_some() {
        return None;
    }
    let label = label(mailbox.domain())?.to_lowercase();
    let from_name = spelled_in(&mailbox.name, &label);
    let (spelled, span, mentions) = spelled_in_text(document, &label);
    let (name, rule) = match (from_name, spelled) {
        (Some(name), _) => (name, "organisation/display-name"),
        (None, Some(name)) => (name, "organisation/text"),
        (None, None) => match without_desk(&mailbox.name) {
            Some(name) if !looks_like_person(&name) => (name, "organisation/display-name"),
            _ => (capitalised(&label), "organisation/domain"),
        },
    };
    Some(Organisation { name, rule, span, mentions })
}

/// Whether a domain carries other people's mail.
pub(super) fn is_relay(domain: &str) -> bool {
    RELAYS.iter().any(|relay| domain == *relay || domain.strip_suffix(relay).is_some_and(|rest| rest.ends_with('.')))
}

/// The registered domain of a host: `noc.example.co.uk` → `example.co.uk`.
pub(super) fn registered(domain: &str) -> &str {
    let labels: Vec<&str> = domain.split('.').collect();
    let take = if labels.len() >= 3 && SECOND_LEVEL.contains(&labels[labels.len() - 2]) { 3 } else { 2 };
    let skip: usize = labels.iter().take(labels.len().saturating_sub(take)).map(|l| l.len() + 1).sum();
    &domain[skip..]
}

fn label(domain: &str) -> Option<&str> {
    registered(domain).split('.').find(|l| !HOST_LABELS.contains(l)).filter(|l| !l.is_empty())
}

/// The host of an address on the web.
pub(super) fn host(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once(':')?;
    let rest = match scheme {
        "http" | "https" => rest.strip_prefix("//")?,
        "mailto" => rest.rsplit('@').next()?,
        _ => return None,
    };
    rest.split(['/', ':', '?', '#']).next().filter(|h| h.contains('.'))
}

/// Points for the part that a name plays where it stands: it acts, or it speaks.
pub(super) fn role_points(text: &str, range: &Range<usize>, agent: u32, speaker: u32) -> u32 {
    let after = text[range.end..].split_whitespace().next().unwrap_or_default();
    let acts = text[range.end..].starts_with([' ', '\n']) && AGENT_VERBS.contains(&after.to_lowercase().as_str());
    let before = text[..range.start].split_whitespace().next_back().unwrap_or_default().to_lowercase();
    let follows = after.to_lowercase();
    let speaks =
        SPEAKER_WORDS.contains(&before.as_str()) || follows.starts_with("customer") || follows.starts_with("team");
    u32::from(acts) * agent + u32::from(speaks) * speaker
}

/// The leading words of a display name that together are the domain's label: `Crown Castle NOC` and `crowncastle`.
fn spelled_in(name: &str, label: &str) -> Option<String> {
    let words: Vec<&str> =
        name.split(|c: char| c.is_whitespace() || "\"'(),|<>".contains(c)).filter(|w| !w.is_empty()).collect();
    let plain = |w: &str| w.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let label = plain(label);
    (0..words.len()).find_map(|from| {
        let mut joined = String::new();
        (from..words.len()).find_map(|to| {
            joined.push_str(&plain(words[to]));
            (joined == label && joined.len() >= 3).then(|| words[from..=to].join(" "))
        })
    })
}

/// How the text itself writes the label (`FooNet` for `foonet.net`), where first, and how often.
fn spelled_in_text(document: &Document, label: &str) -> (Option<String>, Option<Span>, u32) {
    let mut best: Option<(String, Span)> = None;
    let mut mentions = 0;
    let first = label.chars().next();
    for view in document.lines() {
        let words: Vec<(usize, &str)> = words(view.text).collect();
        for at in 0..words.len() {
            let begins = words[at].1.chars().next().is_some_and(|c| c.to_lowercase().next() == first);
            if !begins {
                continue;
            }
            let mut joined = String::new();
            for (offset, word) in words.iter().skip(at).take(3) {
                joined.extend(word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
                if !label.starts_with(joined.as_str()) {
                    break;
                }
                if joined != label {
                    continue;
                }
                mentions += 1;
                let (start, end) = (words[at].0, offset + word.len());
                let written = &view.text[start..end];
                let is_name = written.chars().next().is_some_and(char::is_uppercase);
                if best.is_none() && is_name {
                    let base = view.line.range.start;
                    let place = super::document::Place { part: view.part, range: base + start..base + end };
                    best = Some((written.to_owned(), document.span(&place)));
                }
            }
        }
    }
    let (name, span) = best.unzip();
    (name, span, mentions)
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |w| {
        let trimmed = w.trim_matches(|c: char| !c.is_alphanumeric());
        (trimmed.as_ptr() as usize - text.as_ptr() as usize, trimmed)
    })
}

/// A display name without the words that tell the desk.
fn without_desk(name: &str) -> Option<String> {
    let kept: Vec<&str> = name
        .split(|c: char| c.is_whitespace() || "\"'(),|<>@".contains(c))
        .filter(|w| {
            !w.is_empty()
                && !DESK_WORDS.contains(&w.to_lowercase().trim_matches('-'))
                && w.chars().any(char::is_alphabetic)
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join(" ")).filter(|n| n.len() >= 2 && !n.contains('@'))
}

/// Two capitalised words and nothing of a company: `Jane Doe`.
fn looks_like_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.len() == 2
        && words
            .iter()
            .all(|w| w.chars().next().is_some_and(char::is_uppercase) && w.chars().skip(1).all(char::is_lowercase))
}

/// For mail through a free or a mailing service: the display name, `Acme Status` or `Acme via Zendesk`.
fn by_display_name(document: &Document) -> Option<Organisation> {
    let mailbox = document.headers.from.as_ref()?;
    let own = mailbox.name.split(" via ").next().unwrap_or_default();
    let name = without_desk(own)?;
    let has_desk = name.len() < own.trim().len();
    let is_service = is_relay(mailbox.domain()) && !looks_like_person(&name);
    (has_desk || is_service).then_some(Organisation {
        name,
        rule: "organisation/display-name",
        span: None,
        mentions: 0,
    })
}

/// Words of a closing line, in lower case.
#[rustfmt::skip]
const CLOSINGS: &[&str] = &[
    "regards", "sincerely", "thank you", "thanks", "cheers", "best,", "yours truly", "grüße", "grüßen", "gruß", "cordialement", "salutations", "atentamente", "saludos", "atenciosamente", "cordiali saluti", "distinti saluti", "vriendelijke groet", "vänliga hälsningar", "vänlig hälsning", "vennlig hilsen", "venlig hilsen", "pozdrawiam", "s pozdravem", "üdvözlettel", "saygılarımızla", "с уважением",
];

/// Words before a name that make a line its signature: `The Acme Team`, `L'équipe Acme`.
#[rustfmt::skip]
const TEAM_BEFORE: &[&str] = &[
    "The ", "Your ", "Ihr ", "Ihre ", "Dein ", "L'équipe ", "L’équipe ", "Votre ", "El equipo de ", "Equipo ", "A equipe ", "Equipe ", "Il team ", "Het team van ", "Team ",
];

/// Words after a name that make a short line its signature.
#[rustfmt::skip]
const TEAM_AFTER: &[&str] = &[
    " Team", " team", "-Team", " NOC", " Support", " Operations", " Inc.", " GmbH", " Ltd", " LLC", " AG", " S.A.", " S.A", " B.V.", " SAS", " AB", " Oy", " A/S", " Corp.",
];

/// A text without any sender: how its writer calls himself.
fn by_speaker(document: &Document) -> Option<Organisation> {
    const SELF: &[&str] = &["hello from ", "the team at ", "your friends at ", "copyright ", "© "];
    for view in document.all_lines() {
        let lower = view.text.to_ascii_lowercase();
        let Some(after) = SELF.iter().find_map(|s| lower.find(s).map(|at| at + s.len())) else { continue };
        if let Some(name) = leading_name(&view.text[after..]) {
            return Some(Organisation { name, rule: "organisation/speaker", span: None, mentions: 0 });
        }
    }
    let name = signature(document)?;
    let mentions = document.lines().map(|v| v.text.matches(name.as_str()).count()).sum::<usize>();
    let mentions = u32::try_from(mentions).unwrap_or(u32::MAX);
    Some(Organisation { name, rule: "organisation/signature", span: None, mentions })
}

/// The house in the lines below a closing, or in a last line that can only be a signature.
fn signature(document: &Document) -> Option<String> {
    let lines: Vec<&str> =
        document.all_lines().flat_map(|v| v.text.split('\n')).map(str::trim).filter(|l| !l.is_empty()).collect();
    let is_closing = |line: &str| {
        let lower = line.to_lowercase();
        lower.chars().count() < 45 && CLOSINGS.iter().any(|c| lower.contains(c))
    };
    if let Some(at) = lines.iter().rposition(|l| is_closing(l)) {
        let is_named_elsewhere = |name: &str| lines[..at].iter().any(|l| l.contains(name));
        let mut below = lines[at + 1..].iter().take(3).filter_map(|l| signed_by(l));
        let house =
            below.find(|(name, is_company)| *is_company || !looks_like_person(name) || is_named_elsewhere(name));
        if let Some((name, _)) = house {
            return Some(name);
        }
    }
    let is_team =
        |line: &str| TEAM_AFTER.iter().any(|t| line.ends_with(t)) || TEAM_BEFORE.iter().any(|t| line.starts_with(t));
    lines
        .iter()
        .rev()
        .take(3)
        .find(|l| l.chars().count() < 50 && !l.ends_with('.') && is_team(l))
        .and_then(|l| signed_by(l))
        .map(|(name, _)| name)
}

/// The house's name in a line of a signature, without its form of company and the words for a desk, and whether such a
/// form or a word for a team told that it is one.
fn signed_by(line: &str) -> Option<(String, bool)> {
    if line.chars().count() > 60 || line.contains(['@', ':', '/']) {
        return None;
    }
    let bare = TEAM_BEFORE.iter().find_map(|t| line.strip_prefix(t)).unwrap_or(line);
    let bare = TEAM_AFTER.iter().find_map(|t| bare.strip_suffix(t)).unwrap_or(bare);
    leading_name(bare).and_then(|name| without_desk(&name)).map(|name| (name, bare.len() < line.len()))
}

/// The capitalised words at the beginning, years left out.
fn leading_name(text: &str) -> Option<String> {
    let mut name: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '&');
        if bare.chars().all(|c| c.is_ascii_digit()) && name.is_empty() {
            continue;
        }
        let is_name = bare.chars().next().is_some_and(|c| c.is_uppercase() || c == '&')
            || (name.is_empty() && bare.chars().any(char::is_uppercase));
        if !is_name || name.len() == 4 {
            break;
        }
        name.push(bare);
        if word.ends_with([',', '.', '!', '—']) {
            break;
        }
    }
    (!name.is_empty()).then(|| name.join(" "))
}

fn capitalised(label: &str) -> String {
    let mut chars = label.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
