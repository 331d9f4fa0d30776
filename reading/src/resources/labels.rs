//! Resources behind a label: `Circuit ID: …`, a cell under `Service ID`, a cell beside `Affected services`.
//!
//! Owns the table of labels in the languages that providers write. It must not take a sentence for a name.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Found;
use crate::document::{Document, Pair, Place};
use crate::profile::Profile;

/// Labels (lower case, without what stands in brackets) and what they name. A label that ends in `*` may go on.
#[rustfmt::skip]
const LABELS: &[(&str, &str)] = &[
    ("circuit id*", "circuit"), ("circuit", "circuit"), ("circuits", "circuit"), ("circuit number*", "circuit"), ("circuit name*", "circuit"), ("circuit reference*", "circuit"), ("circuits affected", "circuit"), ("affected circuit*", "circuit"), ("impacted circuit*", "circuit"), ("a-end circuit*", "circuit"), ("our circuit*", "circuit"), ("your circuit*", "circuit"), ("leitung*", "circuit"), ("leitungsnummer*", "circuit"), ("liaison*", "circuit"), ("circuito*", "circuit"), ("identifiant circuit", "circuit"), ("line id", "circuit"), ("cid", "circuit"), ("cct id", "circuit"), ("ckt id", "circuit"), ("回線番号", "circuit"), ("回線id", "circuit"),
    ("service id*", "service"), ("serviceid", "service"), ("service number*", "service"), ("service name*", "service"), ("service reference*", "service"), ("service serial*", "service"), ("services affected", "service"), ("service affected", "service"), ("services impacted", "service"), ("service impacted", "service"), ("affected service*", "service"), ("impacted service*", "service"), ("service/s under maintenance", "service"), ("services under maintenance", "service"), ("service instance*", "service"), ("service identifier*", "service"), ("service key", "service"), ("your service*", "service"), ("product id*", "service"), ("product instance*", "service"), ("subscription id", "subscription"), ("service", "service"), ("services", "service"),
    ("betroffene dienste", "service"), ("betroffener dienst", "service"), ("betroffene services", "service"), ("dienst*", "service"), ("services impactés", "service"), ("services concernés", "service"), ("service concerné", "service"), ("servicio afectado", "service"), ("servicios afectados", "service"), ("serviços afetados", "service"), ("serviço afetado", "service"), ("servizi impattati", "service"), ("servizio impattato", "service"), ("getroffen diensten", "service"), ("影響サービス", "service"), ("対象サービス", "service"),
    ("order id*", "order"), ("order number*", "order"), ("affected order*", "order"), ("slid/ccsd", "circuit"), ("slid", "circuit"), ("ccsd", "circuit"), ("serial number*", "service"), ("serial #*", "service"), ("serial", "service"), ("asset", "asset"), ("asset id*", "asset"), ("affected asset*", "asset"), ("configuration item*", "asset"), ("ci name", "asset"), ("cross connect*", "cross_connect"), ("cross-connect*", "cross_connect"), ("port", "port"), ("port id*", "port"), ("port name*", "port"), ("interface", "port"), ("vxc*", "circuit"), ("connection id*", "connection"), ("connection name", "connection"), ("affected connection*", "connection"), ("link id", "circuit"), ("bandwidth id", "circuit"),
    ("resource", "resource"), ("resources", "resource"), ("resource id*", "resource"), ("resource name*", "resource"), ("affected resource*", "resource"), ("impacted resource*", "resource"), ("affected element*", "resource"), ("affected system*", "host"), ("betroffene systeme", "host"), ("betroffene ressourcen", "resource"), ("betroffene produkte", "service"), ("ressources concernées", "resource"), ("recursos afectados", "resource"), ("affected item*", "resource"), ("object id*", "resource"), ("affected object*", "resource"),
    ("instance", "instance"), ("instance id*", "instance"), ("instance-id", "instance"), ("instance name*", "instance"), ("affected instance*", "instance"), ("instances", "instance"), ("server", "host"), ("server id*", "host"), ("server name*", "host"), ("servers", "host"), ("affected server*", "host"), ("server number", "host"), ("serveur*", "host"), ("servidor*", "host"), ("serveurs impactés", "host"), ("host", "host"), ("hostname*", "host"), ("host name*", "host"), ("host node", "host"), ("device", "host"), ("device name*", "host"), ("affected device*", "host"), ("node", "host"), ("node name*", "host"), ("router", "host"), ("vm", "virtual_machine"), ("vms", "virtual_machine"), ("virtual machine*", "virtual_machine"), ("vps", "virtual_machine"), ("droplet*", "virtual_machine"), ("affected droplet*", "virtual_machine"), ("linode*", "virtual_machine"), ("affected linode*", "virtual_machine"),
    ("cluster", "cluster"), ("cluster name*", "cluster"), ("cluster id*", "cluster"), ("clusters", "cluster"), ("affected cluster*", "cluster"), ("replica set", "cluster"), ("deployment", "deployment"), ("deployments", "deployment"), ("affected deployment*", "deployment"), ("database", "database"), ("database name*", "database"), ("databases", "database"), ("affected database*", "database"), ("db instance*", "database"), ("datenbank*", "database"), ("base de données", "database"), ("project", "project"), ("project id*", "project"), ("project name*", "project"), ("projects", "project"), ("affected project*", "project"), ("organization", "organization"), ("organisation", "organization"), ("workspace", "workspace"), ("app", "application"), ("apps", "application"), ("application name", "application"), ("app name*", "application"), ("affected app*", "application"),
    ("domain", "domain"), ("domains", "domain"), ("domain name*", "domain"), ("affected domain*", "domain"), ("common name", "domain"), ("cn", "domain"), ("subject alternative name*", "domain"), ("san", "domain"), ("certificate for", "domain"), ("certificate", "certificate"), ("certificate id*", "certificate"), ("certificate name", "certificate"), ("certificate serial*", "certificate"), ("thumbprint", "certificate"), ("zertifikat", "certificate"), ("domäne*", "domain"), ("domaine*", "domain"), ("dominio*", "domain"),
    ("access key", "access_key"), ("access key id", "access_key"), ("api key", "access_key"), ("key id", "access_key"), ("bucket*", "bucket"), ("volume*", "volume"), ("load balancer*", "load_balancer"), ("repository", "repository"), ("repositories", "repository"), ("function", "function"), ("functions", "function"), ("ip address*", "ip_address"), ("ip", "ip_address"), ("ips", "ip_address"), ("affected ip*", "ip_address"), ("peer ip*", "ip_address"), ("neighbor address*", "ip_address"), ("peer neighbor address*", "ip_address"), ("google neighbor address*", "ip_address"), ("our ip*", "ip_address"), ("your ip*", "ip_address"), ("prefix*", "prefix"),
    ("peer as", "as_number"), ("peer asn", "as_number"), ("your as", "as_number"), ("your asn", "as_number"), ("customer as*", "as_number"), ("customer asn", "as_number"), ("asn", "as_number"), ("tenant id*", "tenant"), ("tenant", "tenant"), ("arn", "resource"), ("resource arn*", "resource"), ("aws account*", "aws_account"), ("account id", "account"), ("account", "account"), ("account name*", "account"), ("storage account*", "storage_account"), ("key vault*", "key_vault"), ("tenancy*", "tenant"), ("ocid", "resource"), ("instance ocid", "instance"), ("function app*", "function"), ("resource group*", "resource_group"), ("zone*", "dns_zone"), ("environment id", "environment"), ("endpoint", "endpoint"), ("endpoints", "endpoint"), ("aws-konto", "aws_account"), ("stack", "stack"), ("rack*", "rack"), ("cabinet*", "rack"), ("cage*", "rack"),
];

/// Values under a resource's label that name nothing.
const NOTHING: &[&str] = &[
    "n/a",
    "na",
    "none",
    "all",
    "any",
    "see below",
    "tbd",
    "tba",
    "yes",
    "no",
    "unknown",
    "various",
    "multiple",
    "-",
    "--",
    "–",
    "keine",
    "aucun",
    "ninguno",
    "nenhum",
    "nessuno",
    "down",
    "at risk",
    "please see",
    "see attached",
    "attached",
    "impact",
    "affected",
    "active",
    "inactive",
    "up",
    "id",
    "name",
    "type",
    "other",
];

pub(super) fn find(document: &Document, profile: Option<&Profile>, found: &mut Vec<Found>) {
    // The heading of a column is the label of many values.
    let mut known: HashMap<(usize, usize), Option<(&'static str, bool)>> = HashMap::new();
    for pair in document.pairs() {
        let named = *known.entry((pair.part, pair.label_range.start)).or_insert_with(|| named(pair.label, profile));
        // `arn:aws:…` is a name of its own and no label with its value.
        let is_arn = || pair.label.eq_ignore_ascii_case("arn") && pair.value.starts_with("aws");
        if let Some((sort, own)) = named.filter(|_| !is_arn()) {
            values(&pair, sort, own, found);
        }
    }
}

/// What a label names, and whether it is the profile's own.
fn named(label: &str, profile: Option<&Profile>) -> Option<(&'static str, bool)> {
    let label = simplified(label);
    let own = profile.is_some_and(|p| p.resource_labels.iter().any(|l| l.eq_ignore_ascii_case(&label)));
    if own { Some(("resource", true)) } else { sort_of(&label).map(|sort| (sort, false)) }
}

/// Lower case, without brackets and their content, numbers' signs and plural brackets: `Circuit(s) Affected` → `circuits
/// affected`.
fn simplified(label: &str) -> String {
    let label = label.replace("(s)", "s").replace("(es)", "es").replace('#', " ").replace("/s ", "s ");
    let mut out = String::with_capacity(label.len());
    let mut depth = 0;
    for c in label.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth > 0 => {}
            c => out.extend(c.to_lowercase()),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// Words that turn a resource's label into one of something else: `Service impact`, `Server type`.
const OTHER_THINGS: &[&str] = &[
    "impact",
    "impacts",
    "type",
    "provider",
    "level",
    "window",
    "time",
    "date",
    "reason",
    "description",
    "status",
    "owner",
    "count",
];

/// The labels by their text, and those that may go on by how they begin.
static BY_TEXT: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| LABELS.iter().map(|(label, sort)| (label.trim_end_matches('*'), *sort)).collect());
static BY_BEGINNING: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| LABELS.iter().filter_map(|(label, sort)| Some((label.strip_suffix('*')?, *sort))).collect());

/// So many bytes may follow the beginning of a label that may go on.
const LONGEST_REST: usize = 14;

fn sort_of(label: &str) -> Option<&'static str> {
    own_sort_of(label)
        // `Your port`, `Our circuit`: the same thing. `Asset / Serial`: either.
        .or_else(|| POSSESSIVES.iter().find_map(|p| label.strip_prefix(p)).and_then(own_sort_of))
        .or_else(|| label.split(" / ").skip_while(|part| part.len() == label.len()).find_map(own_sort_of))
        .or_else(|| affected_thing(label))
}

/// Words before a label that say whose it is.
const POSSESSIVES: &[&str] =
    &["your ", "our ", "customer ", "ihr ", "ihre ", "votre ", "vos ", "su ", "sus ", "uw ", "il vostro ", "seu "];

fn own_sort_of(label: &str) -> Option<&'static str> {
    if let Some(sort) = BY_TEXT.get(label) {
        return Some(sort);
    }
    let is_other = label.split(' ').next_back().is_some_and(|last| OTHER_THINGS.contains(&last));
    let shortest = label.len().saturating_sub(LONGEST_REST);
    let begins = || (shortest..label.len()).rev().find_map(|end| BY_BEGINNING.get(label.get(..end)?));
    let begun = if is_other { None } else { begins() };
    begun.copied()
}

/// Words that say that what the label names is touched.
const AFFECTED: &[&str] = &[
    "affected",
    "impacted",
    "impacting",
    "concerned",
    "involved",
    "touched",
    "betroffene",
    "betroffener",
    "betroffen",
    "impactés",
    "impacté",
    "concernés",
    "concerné",
    "afectados",
    "afectado",
    "afectadas",
    "afetados",
    "afetado",
    "impattati",
    "interessati",
    "getroffen",
    "berörda",
    "påvirkede",
    "berørte",
];

/// What such a label names, by the beginning of a word.
#[rustfmt::skip]
const THINGS: &[(&str, &str)] = &[
    ("circuit", "circuit"), ("leitung", "circuit"), ("liaison", "circuit"), ("service", "service"), ("dienst", "service"), ("servic", "service"), ("serviz", "service"), ("tjänst", "service"), ("order", "order"), ("asset", "asset"), ("port", "port"), ("link", "circuit"), ("connection", "connection"), ("server", "host"), ("serveur", "host"), ("servidor", "host"), ("host", "host"), ("device", "host"), ("system", "host"), ("node", "host"), ("router", "host"), ("instance", "instance"), ("cluster", "cluster"), ("database", "database"), ("resource", "resource"), ("ressource", "resource"), ("recurso", "resource"), ("product", "service"), ("produkt", "service"), ("vm", "virtual_machine"), ("machine", "virtual_machine"), ("account", "account"), ("domain", "domain"), ("project", "project"), ("app", "application"), ("site", "site"), ("rack", "rack"), ("vlan", "service"), ("element", "resource"), ("component", "component"),
];

/// `Circuits impacted`, `Betroffene Systeme`: a thing and that it is touched, in either order.
fn affected_thing(label: &str) -> Option<&'static str> {
    let words: Vec<&str> = label.split(' ').collect();
    let is_touched = words.len() <= 5 && words.iter().any(|w| AFFECTED.contains(w));
    let thing = || words.iter().find_map(|w| THINGS.iter().find(|(thing, _)| w.starts_with(thing)));
    is_touched.then(thing).flatten().map(|(_, sort)| *sort)
}

/// The names that a value holds: one, or several set apart by commas, semicolons or lines.
fn values(pair: &Pair<'_>, sort: &str, own: bool, found: &mut Vec<Found>) {
    let base = pair.value_range.start;
    for (start, piece) in pieces(pair.value).into_iter().flat_map(bracketed) {
        let name = piece.trim_matches(|c: char| c.is_whitespace() || "'\"`*•·".contains(c));
        let name = name.strip_prefix("- ").unwrap_or(name).trim_start();
        let is_name = if own { is_token(name) } else { is_name(name, sort) };
        if !is_name {
            continue;
        }
        let at = base + start + (name.as_ptr() as usize - piece.as_ptr() as usize);
        found.push(Found {
            id: name.to_owned(),
            sort: Some(sort.to_owned()),
            place: Place { part: pair.part, range: at..at + name.len() },
            rule: format!("label/{}", pair.lower),
        });
    }
}

/// `web-01 (10.0.0.1)`: a name and another one for the same thing, where both are single words.
fn bracketed((start, piece): (usize, &str)) -> impl Iterator<Item = (usize, &str)> {
    let two = piece.trim_end().strip_suffix(')').and_then(|p| p.split_once(" ("));
    let two = two.filter(|(name, _)| !name.trim().is_empty() && !name.trim().contains(' '));
    let is_name = |other: &str| other.len() >= 5 && !other.contains([' ', '(']);
    let parts = match two {
        Some((name, other)) => [Some((start, name)), Some((start + name.len() + 2, other)).filter(|_| is_name(other))],
        None => [Some((start, piece)), None],
    };
    parts.into_iter().flatten()
}

fn pieces(value: &str) -> Vec<(usize, &str)> {
    let inner = value.trim_start_matches(['[', '(']);
    let skipped = value.len() - inner.len();
    let inner = if skipped > 0 { inner.trim_end_matches([']', ')']) } else { inner };
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        let ends = matches!(c, ',' | ';' | '\n' | '、') || (c == ' ' && inner[at..].starts_with(" and "));
        if ends && at >= start {
            let piece = inner[start..at].strip_prefix(" and ").unwrap_or(&inner[start..at]);
            pieces.push((skipped + at - piece.len(), piece));
            start = at + usize::from(c != ' ') * c.len_utf8();
        }
    }
    pieces
}

/// Whether this names a thing: short, not an empty word, no sentence; with a digit or a mark inside, unless the label
/// promises names of another kind.
fn is_name(name: &str, sort: &str) -> bool {
    let lower = name.to_lowercase();
    let words = name.split_whitespace().count();
    if name.is_empty()
        || name.len() > 120
        || words > 6
        || NOTHING.contains(&lower.as_str())
        || name.ends_with(['.', ':', '?']) && words > 1
    {
        return false;
    }
    let has_digit = name.bytes().any(|b| b.is_ascii_digit());
    match sort {
        "ip_address" => name.parse::<core::net::IpAddr>().is_ok() || name.contains('/') && has_digit,
        "as_number" => lower.trim_start_matches("as").trim().bytes().all(|b| b.is_ascii_digit()) && has_digit,
        "aws_account" => has_digit || name.contains('*'),
        "domain" => name.contains('.') && words == 1,
        "application" | "project" | "cluster" | "database" | "deployment" | "repository" | "virtual_machine"
        | "host" | "instance" | "bucket" | "storage_account" | "key_vault" | "resource_group" | "function"
        | "workspace" | "stack" => {
            words <= 2 && (words == 1 || has_digit || name.contains(['-', '_'])) && !is_time(name)
        }
        _ => {
            (has_digit || name.contains('_') || words == 1 && name.contains('-') || name.contains('*'))
                && !is_time(name)
                && !is_amount(&lower)
        }
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 80
        && name.split_whitespace().count() <= 6
        && !NOTHING.contains(&name.to_lowercase().as_str())
}

/// `10:00`, `4 May 2026`: a date under a label that elsewhere names a resource.
fn is_time(name: &str) -> bool {
    let digits_only = name.split(|c: char| !c.is_ascii_alphanumeric()).all(|w| w.bytes().all(|b| b.is_ascii_digit()));
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let has_month = name
        .to_lowercase()
        .split(|c: char| !c.is_alphabetic())
        .any(|w| w.len() >= 3 && w.get(..3).is_some_and(|m| months.contains(&m)) && w.len() <= 9);
    name.contains(':') && digits_only || has_month && name.split_whitespace().count() > 1
}

/// `5 minutes`, `10 Gbps`, `up to 2 hours`: a measure.
fn is_amount(lower: &str) -> bool {
    const UNITS: &[&str] = &[
        "min", "mins", "minute", "minutes", "hour", "hours", "hrs", "ms", "sec", "seconds", "day", "days", "gbps",
        "mbps", "gb", "%", "stunden", "minuten", "heures", "horas",
    ];
    lower.split_whitespace().any(|w| UNITS.contains(&w.trim_matches(|c: char| !c.is_alphanumeric() && c != '%')))
}
