//! How bad the provider says it is, in its own words.
//!
//! It must not judge: a provider's "no impact" is quoted and not believed.

use super::document::{Document, Pair};

/// Labels, in lower case, whose value tells severity or effect; the first in this list wins.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "expected impact", "expected impact to your service", "expected service impact", "impact", "service impact", "customer impact", "impact description", "impact level", "impact type", "service effect", "effect", "severity", "risk", "risk level", "outage duration", "expected outage/downtime", "expected outage", "expected downtime", "downtime", "duration of impact", "urgency", "priority",
    "auswirkung", "auswirkungen", "beeinträchtigung", "impact prévu", "impact attendu", "impacto", "impacto esperado", "impatto", "impact op uw dienst", "påverkan", "wpływ", "影響",
];

const MAX_CHARS: usize = 200;

/// The impact as told, where a label tells it.
#[must_use]
pub fn tell(document: &Document) -> Option<String> {
    let rank = |pair: &Pair<'_>| {
        let label = pair.lower.trim_end_matches([':', '*', ' ']);
        LABELS.iter().position(|known| label == *known)
    };
    let says = |pair: &Pair<'_>| pair.value.chars().nth(1).is_some();
    let ranked = document.pairs().filter(says).filter_map(|p| Some((rank(&p)?, p)));
    let (_, pair) = ranked.min_by_key(|(rank, _)| *rank)?;
    let words = pair.value.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(words.chars().take(MAX_CHARS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_exact_label_wins() {
        let document = Document::from_text(None, "Urgency: Planned\nExpected Impact: up to 2 hours down");
        assert_eq!(tell(&document).as_deref(), Some("up to 2 hours down"));
    }
}
