//! The provider's own numbers for what it announces: change, ticket and work order numbers.
//!
//! They join an update to its notice, so what is no reference must not become one: a customer's number or a circuit
//! would join everything.

use std::sync::LazyLock;

use regex::Regex;

use crate::document::Document;
use crate::profile::Profile;

/// Labels, in lower case, whose value is the provider's number of the work.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "reference", "reference number", "reference no", "reference id", "our reference", "ref", "ref no", "ref number", "change reference", "change number", "change id", "change", "change ticket", "change request", "change no", "ticket", "ticket number", "ticket id", "ticket no", "ticket #", "ticket ref", "internal ticket", "reference internal ticket", "maintenance ticket", "maintenance ticket #", "maintenance id", "maintenance number", "maintenance reference", "maintenance ref", "work order", "work order number", "work order #", "work order no", "planned work ref", "planned work (pw)ref", "planned work reference", "pw reference", "pw ref", "pw number", "work reference", "event id", "event number", "event", "case", "case number", "case id", "case reference", "incident", "incident number", "incident id", "notification id", "notification number", "crq", "task number", "order of work", "service request", "tracking id", "issue id",
    "referenz", "referenznummer", "ticketnummer", "vorgangsnummer", "wartungsnummer", "auftragsnummer", "référence", "numéro de référence", "référence du ticket", "numéro de ticket", "referencia", "número de referencia", "número de ticket", "referência", "número do chamado", "chamado", "riferimento", "numero di riferimento", "referentie", "referentienummer", "ärendenummer", "numer zgłoszenia", "参照番号", "チケット番号",
];

/// References that a subject holds by their shape: letters of a ticket system and a number.
static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b((?:CHG|CRQ|CR|INC|PWIC|PW|TT|TTN|PN|MW|RFC|RITM|TASK|WO|SR|GCR|PCR|VNOC|GIN-CHG|SCR|NOC|EM|EW|NET|MNT|MAINT|CM|CASE|OPS|PM|PE|EQ)[-#/_ ]?\d[\d./-]*\d)\b").ok()
});

/// What a label calls a number has at least so many digits; a profile's own pattern knows better.
const LEAST_DIGITS: usize = 4;

/// Those numbers, each once, in the order of reading.
#[must_use]
pub fn references(document: &Document, profile: Option<&Profile>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &str, least_digits: usize| {
        let text = text.trim_matches(|c: char| c.is_whitespace() || "[]().,;#*".contains(c));
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_number = digits >= least_digits && !text.is_empty() && text.len() <= 60 && !text.contains("  ");
        if is_number && !all.iter().any(|known| known.eq_ignore_ascii_case(text)) {
            all.push(text.to_owned());
        }
    };
    for pattern in profile.into_iter().flat_map(|p| &p.references) {
        for view in document.lines() {
            pattern.find(view.text).for_each(|hit| push(hit.as_str(), 0));
        }
    }
    for pair in document.pairs() {
        let label = pair.lower.trim_end_matches(['.', '#', ' ', ':']);
        if LABELS.contains(&label) && pair.value.split_whitespace().count() <= 2 {
            push(pair.value, LEAST_DIGITS);
        }
    }
    if let (Some(subject), Some(shape)) = (document.subject(), SHAPE.as_ref()) {
        shape.captures_iter(subject).for_each(|c| push(&c[1], LEAST_DIGITS));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_or_a_tickets_shape_makes_a_reference() {
        let text = "Maintenance Ticket #: TTN-0001234567\nCustomer: 12345678\nCircuit ID: AB-99999";
        let document = Document::from_text(Some("Works [CHG0031000] on 10-JAN-2026"), text);
        assert_eq!(references(&document, None), ["TTN-0001234567", "CHG0031000"]);
    }
}
