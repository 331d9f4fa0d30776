//! Versions of products where a version is what ends.
//!
//! Owns telling a version that ends from one that people are asked to move to: the second is named in every such notice and
//! is nothing that is affected.

use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::inline::{compiled, push};
use crate::document::LineView;

/// Products whose versions end, each with the version behind it.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"\b(Go|Node\.js|Python|PHP|Ruby|Java|\.NET(?: Core)?|PostgreSQL|MySQL|MariaDB|MongoDB|Redis|Valkey|Memcached|Kubernetes(?: version)?|Elasticsearch|OpenSearch|Kafka|RabbitMQ|Debian|Ubuntu|CentOS|RHEL|Windows Server|Amazon Linux|Oracle Database|SQL Server|TLS|Terraform|OpenSSL|Heroku)[ -](\d+(?:\.(?:\d+|x))*(?: ?LTS)?)\b",
    )
});

/// How the words before a version end that is moved to. A preposition counts only after a word for moving.
static AIM: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)
        (?: (?: upgrad | updat | migrat | mov(?:e|ing) | switch | transition | convert | from\b | aktualisier | umgestellt
              | umstell | wechsel | migrier | mett | mise\b | migr | pass(?:er|ez) | actualiz | atualiz | aggiorna )
            [^.;!?]* \b (?: to | auf | vers | à | a | para | zu )
            (?: \s+ (?: at\ least | version | the | a | newer | supported | release | such\ as | mindestens | die | une ) ){0,4}
          | \b (?: such\ as | replaced\ (?:by|with) | in\ favou?r\ of | (?:new|target|latest)\ (?:version|release)s? \s* :? ) )
        \s* $",
    )
});

/// How the words behind such a version begin.
static AND_LATER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix) ^ \s* \(? \s* (?: \+ | (?: or | and | oder | und | ou | o | e ) \s+ (?: later | newer | higher | above | up | neuer
          | höher | spätere | supérieure?s? | ultérieure?s? | superior(?:es)? | posterior(?:es)? )
          | (?: aktualisier | umgestellt | migriert | angehoben ) | (?: is | are | remains? ) \s+ (?: now \s+ | still \s+ | fully \s+ )? (?: supported | available ) (?: \s* [.,;] | $ ) )",
    )
});

/// What may stand between two versions of one choice: `MySQL 8.0 or MySQL 8.4`.
static CHOICE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^\s*(?:[,/]\s*)?(?:(?:or|and|oder|und|ou|et|o|y)\s+)?(?:to\s+)?$"));

pub(super) fn find(view: &LineView<'_>, found: &mut Vec<Found>) {
    let text = view.text;
    let mut aimed_until: Option<usize> = None;
    for hit in VERSION.find_iter(text) {
        let before = clause_before(text, hit.start());
        let chosen = aimed_until.is_some_and(|end| CHOICE.is_match(&text[end..hit.start()]));
        if chosen || AIM.is_match(before) || AND_LATER.is_match(&text[hit.end()..]) {
            aimed_until = Some(hit.end());
        } else {
            push(view, hit.start(), hit.as_str(), "version", "version", found);
        }
    }
}

/// The sentence up to here, without what an earlier version's dots would cut off.
fn clause_before(text: &str, end: usize) -> &str {
    let before = &text[..end];
    let ends = |mark: &str| before.rfind(mark).map(|at| at + mark.len());
    let start = [". ", ".\n", "! ", "? ", "; ", "\n\n"].into_iter().filter_map(ends).max().unwrap_or(0);
    &before[start..]
}
